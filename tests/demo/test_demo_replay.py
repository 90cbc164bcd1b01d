"""A recording in the catalogue's place: what was answered comes again, as slow as it was."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tui_app.demo import DemoError, DemoServer
from tui_app.demo.recording import Recorded, Recording, RecordingError, write_recording
from tui_app.demo.response import RequestTarget

from .conftest import Client

Connect = Callable[[DemoServer], Client]
NO_FILE = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}

FIRST = Recorded(
    "/api/v4/countries/MG?latest=true&page=1",
    200,
    {"etag": 'W/"abc"', "total-pages": "3", "total-count": "254", "x-runtime": "0.123456"},
    0.25,
)
SECOND = Recorded("/api/v4/countries/MG?latest=true&page=2", 200, {"total-pages": "3"}, 0.0)
V3 = Recorded("/api/v3/species/page/0", 200, {}, 0.0)
BODIES = (b'{"assessments":[]}\n\n', bytes(range(256)) * 5, b'{"count":0,"result":[]}')


def recorded(file: Path, *pages: Recorded) -> Path:
    """Write a recording."""
    pages = pages or (FIRST, SECOND, V3)
    with file.open("wb") as opened:
        assert write_recording(opened, zip(pages, BODIES, strict=False)) == len(pages)
    return file


@pytest.fixture(scope="module")
def log(tmp_path_factory) -> Path:
    """Where the server logs."""
    return tmp_path_factory.mktemp("replay") / "requests.jsonl"


@pytest.fixture(scope="module")
def server(tmp_path_factory, log: Path) -> Iterator[DemoServer]:
    """A server of three pages, which is told to ask for a token."""
    file = recorded(tmp_path_factory.mktemp("replay") / "recording")
    with DemoServer(replay=file, log=log, token="of no use", profile="flaky") as started:
        yield started


def lines(log: Path) -> list[dict[str, Any]]:
    """What the server has logged."""
    whole, _, _ = log.read_text().rpartition("\n")  # the last line may be half written
    return [json.loads(line) for line in whole.splitlines()]


def test_answers_are_byte_for_byte_what_was_recorded(server: DemoServer, connect: Connect) -> None:
    """Status, body and the headers that are known; of the others none is made up."""
    client = connect(server)
    for page, body in zip((FIRST, SECOND, V3), BODIES, strict=True):
        reply = client.get(page.path)
        assert (reply.status, reply.body) == (200, body)
        own = {"content-type": "application/json", "content-length": str(len(body))}
        every_server_has = {"date", "server"}
        found = {name: text for name, text in reply.headers.items() if name not in every_server_has}
        assert found == {**page.headers, **own}
    assert client.get(FIRST.path, method="HEAD").body == b""


@pytest.mark.parametrize(
    "path",
    [
        "/api/v4/countries/MG?latest=true",
        "/api/v4/countries/mg/?page=1&latest=true",
        "/api/v4/COUNTRIES/MG?latest=TRUE&per_page=100&page=1",
        "/api/v4/countries/MG?token=x&latest=true",
    ],
)
def test_a_page_is_found_however_it_is_spelt(
    server: DemoServer, connect: Connect, path: str
) -> None:
    """As the server of the catalogue finds it."""
    assert connect(server).get(path).body == BODIES[0]


@pytest.mark.parametrize(
    "path", ["/api/v4/countries/MG?latest=true&page=3", "/api/v4/countries/MG", "/api/v4/threats/"]
)
def test_what_was_not_recorded_is_not_found(
    server: DemoServer, connect: Connect, path: str
) -> None:
    """The catalogue does not step in."""
    reply = connect(server).get(path)
    assert (reply.status, reply.json) == (404, {"error": "Not found"})


def test_a_page_that_did_not_change_is_not_sent_again(server: DemoServer, connect: Connect) -> None:
    """Where its tag is known."""
    client = connect(server)
    reply = client.get(FIRST.path, if_none_match='"abc"')
    assert (reply.status, reply.body) == (304, b"")
    assert reply.headers["total-pages"] == "3"
    assert client.get(SECOND.path, if_none_match="*").status == 200


def test_each_answer_takes_as_long_as_it_did(tmp_path: Path, connect: Connect) -> None:
    """From the arrival of the request, by the server's own log; none waits for another."""
    slow, quick = replace(FIRST, delay_s=0.7), replace(SECOND, delay_s=0.05)
    file, log = recorded(tmp_path / "recording", slow, quick), tmp_path / "log"
    with DemoServer(replay=file, log=log) as server:
        clients = [connect(server) for _ in range(2)]
        with ThreadPoolExecutor(2) as pool:
            slower = pool.submit(clients[0].get, slow.path)
            quicker = pool.submit(clients[1].get, quick.path)
            assert (slower.result().body, quicker.result().body) == BODIES[:2]
        clients[1].get("/up-to-here")
        found = {line["query"].get("page"): line for line in lines(log)}
    for page, number in ((slow, "1"), (quick, "2")):
        took_s = found[number]["answered"] - found[number]["arrived"]
        assert took_s >= page.delay_s - 2e-6  # the log has six places
    assert found["2"]["answered"] < found["1"]["answered"]


def test_what_was_asked_is_logged_as_ever(server: DemoServer, connect: Connect, log: Path) -> None:
    """The tests that read the log read this one, too."""
    client = connect(server)
    client.get(SECOND.path)
    client.get("/up-to-here")  # by its answer, the line of the one before is written
    line = [line for line in lines(log) if line["path"] == "/api/v4/countries/MG"][-1]
    assert (line["query"], line["status"]) == ({"latest": "true", "page": "2"}, 200)
    assert line["fault"] is None


def test_a_file_without_a_name_is_served_and_gone_with_the_server(connect: Connect) -> None:
    """Else what is private stays where the program was killed."""
    with tempfile.TemporaryFile() as file:
        assert os.fstat(file.fileno()).st_nlink == 0
        write_recording(file, [(V3, BODIES[2])])
        server = DemoServer(replay=file)
        server.start()
    try:
        assert connect(server).get(V3.path).body == BODIES[2]
    finally:
        server.close()


def test_bodies_are_not_held_in_memory(tmp_path: Path, connect: Connect) -> None:
    """Else a large run is there twice, once on each side."""
    pages = 40
    body = os.urandom(1 << 20)
    with (tmp_path / "recording").open("wb") as file:
        write_recording(
            file, ((replace(V3, path=f"/api/v3/species/page/{n}"), body) for n in range(pages))
        )
    with DemoServer(replay=tmp_path / "recording") as server:
        before = anonymous_bytes(server)
        client = connect(server)
        for number in range(pages):
            assert client.get(f"/api/v3/species/page/{number}").body == body
        assert anonymous_bytes(server) - before < pages * len(body) / 2


def anonymous_bytes(server: DemoServer) -> int:
    """Memory of a process that is no file's."""
    status = Path(f"/proc/{server.pid}/status").read_text()
    found = next(line for line in status.splitlines() if line.startswith("RssAnon:"))
    return int(found.split()[1]) * 1024


# -- what is no recording ----------------------------------------------------------------


def first_line_of(page: Recorded, **changed: Any) -> bytes:
    """What stands before the first page, with something changed."""
    given = {"path": page.path, "status": 200, "headers": {}, "delay_s": 0, "size_bytes": 2}
    return b'{"recording":1}\n' + json.dumps({**given, **changed}).encode() + b"\n{}\n"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "it is no recording"),
        (b"SQLite format 3\0" * 100, "it is no recording"),
        (b'{"recording":1}\nnonsense', "what stands before page 1 can't be read"),
        (b'{"recording":1}\n' + b"[" * 100_000, "what stands before page 1 can't be read"),
        (b'{"recording":1}\n{}\n', "what stands before page 1 can't be read"),
        (first_line_of(V3, size_bytes=3), "page 1 is not as long as it says"),
        (first_line_of(V3, size_bytes=4), "page 1 is cut off"),
        (first_line_of(V3, size_bytes=-1), "before page 1"),
        (first_line_of(V3, size_bytes=True), "before page 1"),
        (first_line_of(V3, status=304), "before page 1"),
        (first_line_of(V3, status=100), "before page 1"),
        (first_line_of(V3, delay_s=float("nan")), "before page 1"),
        (first_line_of(V3, delay_s=-1), "before page 1"),
        (first_line_of(V3, path="http://example.org/"), "before page 1"),
        (first_line_of(V3, path=None), "before page 1"),
        (first_line_of(V3, headers={"x": "a\r\nset-cookie: b"}), "before page 1"),
        (first_line_of(V3, headers={"content-length": "9"}), "before page 1"),
        (first_line_of(V3, headers={"a b": "9"}), "before page 1"),
    ],
)
def test_a_file_that_is_no_recording_is_told(tmp_path: Path, content: bytes, reason: str) -> None:
    """In a sentence, and not as a page that never comes."""
    file = tmp_path / "recording"
    file.write_bytes(content)
    with pytest.raises(RecordingError, match=reason):
        Recording(file)


def test_the_server_says_why_it_does_not_start(tmp_path: Path) -> None:
    """Exit code 2, one sentence, no traceback."""
    with pytest.raises(DemoError, match=r"cannot replay .*/nowhere: No such file or directory"):
        DemoServer(replay=tmp_path / "nowhere").start()
    done = subprocess.run(
        [sys.executable, "-m", "tui_app.demo"],
        input=json.dumps({"replay": str(tmp_path)}),
        capture_output=True, text=True, timeout=30, env=NO_FILE,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"The demo server cannot replay {tmp_path}: Is a directory.\n"


def test_a_header_that_would_break_out_is_left_out(tmp_path: Path) -> None:
    """A server's headers are as little to be trusted as anything that it sends."""
    bad = {"etag": 'W/"a"\r\n x', "connection": "close", "total-pages": "2"}
    with Recording(recorded(tmp_path / "r", replace(FIRST, headers=bad))) as recording:
        found = recording.page(RequestTarget.read(FIRST.path))
    assert found is not None
    assert found[0].headers == {"total-pages": "2"}


def test_a_recording_that_is_cut_off_meanwhile_is_an_error_and_no_end(
    tmp_path: Path, connect: Connect
) -> None:
    """The other pages are still there."""
    file = recorded(tmp_path / "recording", replace(FIRST, delay_s=0), SECOND)
    with DemoServer(replay=file) as server:
        client = connect(server)
        os.truncate(file, file.stat().st_size - 10)
        assert client.get(SECOND.path).status == 500
        assert client.get(FIRST.path).body == BODIES[0]
