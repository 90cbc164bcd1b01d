"""A faulty server, as the command line tells of it: exit code, sentence, and how it is finished."""

from __future__ import annotations

import json

import pytest

from tests.support.faults import FAULTS
from tests.support.faulty_server import PAGES, ROWS, FaultyServer, faulty
from tests.support.methods import EVERY_METHOD
from tests.support.raw_server import Send, http, pieces, scripted

BY_NAME = {fault.name: fault for fault in FAULTS}
TELLS = (
    # the fault, the exit code, what the user reads
    ("reset before the answer", 1, "the connection was reset"),
    ("stalls after the headers", 1, "no complete response within 0.2 s"),
    ("cut off", 1, "the body is cut off"),
    ("gzip cut off", 1, "the gzip body is cut off"),
    ("empty", 1, "the body is empty"),
    ("a web page", 1, "a web page came instead of JSON"),
    ("no UTF-8", 1, "the body is not UTF-8"),
    ("429", 1, "Lower --rate or --window."),
    ("429", 1, "still refuses requests after 5 pauses in a row: rate limit reached (HTTP 429)"),
    ("429, a year", 1, "The server requires a wait of 365 days"),
    ("503", 1, "HTTP 503 (busy)"),
    ("redirect elsewhere", 1, "Give the new address with --base-url if you trust it."),
    ("400", 1, "HTTP 400 (Bad scope)"),
    ("401", 4, "the token is missing or refused"),
    ("403", 4, "the server is refusing requests for now"),
    ("404, a web page", 1, "Check the base URL, or try again later."),
    ("418", 1, "HTTP 418: short and stout"),
    ("522", 1, "HTTP 522"),
)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IUCN_TUI_BACKOFF", "0.001")
    monkeypatch.setenv("IUCN_TUI_PAUSE", "0.001")


def fetch(server: FaultyServer, *more: str) -> tuple[str, ...]:
    return (
        *("fetch", "countries/MG", "--base-url", server.base_url, "--timeout", "0.2"),
        # A rate that is no limit, and that a 429 makes none.
        *("--retries", "1", "--rate", "10000", *more),
    )


@pytest.mark.parametrize(("name", "code", "says"), TELLS, ids=[name for name, *_ in TELLS])
def test_a_server_that_only_fails(cli, name: str, code: int, says: str) -> None:
    with faulty(BY_NAME[name]) as server:
        done = cli(*fetch(server))
    assert done.code == code, done.err
    assert says in done.err
    assert "Traceback" not in done.err
    assert server.base_url not in done.out


@pytest.mark.parametrize("status", ["401 X", "403 Forbidden"])
def test_check_says_that_the_server_refuses(cli, status: str) -> None:
    """Exit 4, and what has been seen before; else a valid token is thrown away."""
    with scripted(lambda path, nth: http(b"<p>no", int(status[:3]))) as server:
        done = cli("check", "--base-url", server.base_url)
        assert len(server.asked) == 1
    assert done.code == 4, done.err
    assert f"HTTP {status[:3]}" in done.out
    assert "iucn-tui check" not in done.out


@pytest.mark.parametrize("method", EVERY_METHOD)
@pytest.mark.parametrize(
    "answer",
    [
        http(b"no", 403),
        http(b'{"error":"Not found"}', 404),
        http(status=410),
        http(b"<!DOCTYPE html><title>Gone</title>"),
        http(b"API v3 has been retired.", content_type="text/plain"),
    ],
    ids=["403", "404", "410", "HTML", "text"],
)
def test_a_server_without_v3_is_asked_once(cli, answer: bytes, method: str) -> None:
    """Else a retired API is hammered, and its pages look like faults of the network."""
    with scripted(lambda path, nth: answer) as server:
        done = cli(*["fetch", "species/page", "--api", "v3", "--method"], method,
                   "--base-url", server.base_url)  # fmt: skip
        assert len(server.asked) == 1
    assert done.code == 1, done.err
    assert "API v3 is retired: the server returned HTTP" in done.err
    assert "Use v4: leave out `--api v3`." in done.err


@pytest.mark.parametrize("method", EVERY_METHOD)
@pytest.mark.parametrize("empty", [http(status=204), http()], ids=["204", "an empty 200"])
def test_no_body_for_a_name_or_an_id_is_not_found(cli, empty: bytes, method: str) -> None:
    """Else a name that the server doesn't know is retried five times, and looks like a fault."""

    def answer(path: str, nth: int) -> bytes:
        return http(b'{"red_list_version":"2026-1"}') if "information" in path else empty

    with scripted(answer) as server:
        done = cli("fetch", "taxa/sis/5", "assessment/7", "--json", "--method", method,
                   "--base-url", server.base_url)  # fmt: skip
        assert len(server.asked) == 3
    summary = json.loads(done.out)
    assert done.code == 1
    assert {error["kind"] for error in summary["errors"]} == {"not-found"}


@pytest.mark.parametrize("method", ["sequential", "threads", "asyncio"])
def test_what_failed_in_part_is_finished_by_resume_without_asking_twice(
    cli, method: str, tmp_path
) -> None:
    """A request that is rejected isn't tried again; when the server is well, resume asks for it."""
    fault = BY_NAME["400"]
    with faulty(fault, every=4) as server:
        first = cli(*fetch(server, "--method", method, "--concurrency", "3"))
        asked = list(server.asked)
        server.mend()
        csv = tmp_path / "all.csv"
        second = cli("resume", "last", "--csv", str(csv))
        anew = server.asked[len(asked) :]
    assert (first.code, second.code) == (3, 0), second.err
    assert "`iucn-tui resume 1` finishes the run" in first.err
    assert len(csv.read_text().splitlines()) == 1 + PAGES * ROWS
    kept = set(range(1, PAGES + 1)) - set(anew)
    assert sorted(anew) == sorted(set(anew))
    assert len(anew) == sum(nth % 4 == 0 for nth in range(1, len(asked) + 1))
    assert kept <= set(asked)


def test_code_lists_and_check_are_answered_behind_early_hints(cli) -> None:
    """What asks for a list or for a version reads responses as a fetch does."""

    def answer(path: str, nth: int) -> Send:
        name = path.rpartition("/")[2]
        rows = [{"code": "1", "description": {"en": "Housing"}}]
        body = json.dumps({name: rows if name == "threats" else "v4"}).encode()
        return pieces(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n", http(body))

    with scripted(answer) as server:
        checked = cli("check", "--base-url", server.base_url)
        listed = cli("fetch", "threats", "--base-url", server.base_url, "--csv", "-", "-q")
    assert checked.code == 0, checked.out + checked.err
    assert "server   responds" in checked.out
    assert listed.code == 0, listed.err
    assert "1,Housing" in listed.out
