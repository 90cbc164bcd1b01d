"""The server as a process: coming up, going down, and being nobody's orphan."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tui_app.demo import DemoError, DemoServer
from tui_app.demo.answer import V4
from tui_app.demo.catalogue import Catalogue
from tui_app.demo.response import DemoAnswer, RequestTarget

from .conftest import Client

ROOT = str(Path(__file__).parents[2])


def test_starts_stops_and_does_both_twice() -> None:
    """start and close may be called again; the address is known only while it runs."""
    server = DemoServer("fast")
    with pytest.raises(DemoError, match="not running"):
        _ = server.base_url
    url = server.start()
    assert server.start() == server.base_url == url
    pid = server.pid
    server.close()
    server.close()
    assert pid
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)  # reaped, too: not even a zombie
    assert server.start() != ""
    server.close()


def test_a_new_session_keeps_ctrl_c_away(demo: DemoServer) -> None:
    """It leads a session of its own."""
    assert demo.pid
    assert os.getsid(demo.pid) == demo.pid != os.getsid(0)


def test_runs_from_any_folder(tmp_path, monkeypatch) -> None:
    """Neither the folder nor a module in it that bears a standard name matters."""
    (tmp_path / "json.py").write_text("raise SystemExit('the wrong json')")
    monkeypatch.chdir(tmp_path)
    with DemoServer("fast", log="requests.jsonl") as server:
        client = Client(server.base_url)
        assert client.v4("information/api_version").json == {"api_version": "v4"}
        client.http.close()
    assert (tmp_path / "requests.jsonl").exists()


def test_same_answers_in_every_process(demo: DemoServer, client: Client) -> None:
    """Two processes with other hash seeds give the same bytes; another seed gives others."""
    paths = [
        "taxa/family/Felidae?page=2", "threats/8_1_2", "countries/MG?latest=true&page=3",
        "green_status/all", "taxa/possibly_extinct",
    ]  # fmt: skip
    row = client.v4("countries/MG").json["assessments"][3]
    paths += [f"assessment/{row['assessment_id']}", f"taxa/sis/{row['sis_taxon_id']}"]
    with DemoServer("fast") as other:
        second = Client(other.base_url)
        for path in paths:
            assert second.v4(path).body == client.v4(path).body
        second.http.close()
    different = V4(Catalogue(1), "")

    def answer(path: str) -> DemoAnswer:
        return different.answer(RequestTarget.read(f"/api/v4/{path}"))

    assert answer(paths[0]).body != client.v4(paths[0]).body
    assert dict(answer("taxa/kingdom/ANIMALIA").headers)["total-pages"] == "1724"


def test_a_port_in_use(demo: DemoServer) -> None:
    """One sentence, exit code 2, and no traceback."""
    port = demo.base_url.rpartition(":")[2]
    done = subprocess.run(
        [sys.executable, "-m", "tui_app", "demo", "--port", port],
        capture_output=True, text=True, timeout=30, env={**os.environ, "PYTHONPATH": ROOT},
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr == (
        f"The demo server cannot listen on 127.0.0.1:{port}: Address already in use.\n"
    )
    with pytest.raises(DemoError, match="Address already in use"):
        DemoServer("fast", port=int(port)).start()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_stops_cleanly_on_a_signal(number: signal.Signals) -> None:
    """Ctrl-C and SIGTERM end it with code 0 and without a word."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tui_app", "demo", "--profile", "fast"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**os.environ, "PYTHONPATH": ROOT},
    )  # fmt: skip
    assert process.stdout
    assert process.stdout.readline().startswith(b"listening on http://127.0.0.1:")
    process.send_signal(number)
    _, complaints = process.communicate(timeout=30)
    assert (process.returncode, complaints) == (0, b"")


def test_stops_in_the_middle_of_an_answer(tmp_path) -> None:
    """Requests in flight are logged without a status, and nothing complains."""
    log = tmp_path / "log"
    process = subprocess.Popen(
        [sys.executable, "-m", "tui_app", "demo", "--delay", "60", "--log", str(log)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**os.environ, "PYTHONPATH": ROOT},
    )  # fmt: skip
    assert process.stdout
    host, _, port = process.stdout.readline().decode().split("//")[1].strip().partition(":")
    with (
        socket.create_connection((host, int(port)), timeout=30) as waiting,
        socket.create_connection((host, int(port)), timeout=30) as other,
    ):
        waiting.sendall(b"GET /api/v4/scopes/ HTTP/1.1\r\nHost: x\r\n\r\n")
        in_flight = 0
        while in_flight < 2:  # 405 comes at once, and its line tells of the request that waits
            other.sendall(b"POST / HTTP/1.1\r\nHost: x\r\n\r\n")
            other.recv(65536)
            lines = log.read_text().rpartition("\n")[0].splitlines()
            in_flight = json.loads(lines[-1])["in_flight"] if lines else 0
        process.send_signal(signal.SIGTERM)
        _, complaints = process.communicate(timeout=30)
    assert (process.returncode, complaints) == (0, b"")
    last = json.loads(log.read_text().splitlines()[-1])
    assert (last["path"], last["status"]) == ("/api/v4/scopes/", 0)


def test_ends_with_its_parent() -> None:
    """A parent that is killed takes the server along: its connections close."""
    parent = subprocess.Popen(
        [
            sys.executable, "-c",
            "from tui_app.demo import DemoServer; import time\n"
            "print(DemoServer('fast').start(), flush=True); time.sleep(600)",
        ],
        stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": ROOT},
    )  # fmt: skip
    assert parent.stdout
    host, _, port = parent.stdout.readline().decode().strip().removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=30) as sock:
        sock.sendall(b"GET /api/v4/information/api_version HTTP/1.1\r\nHost: x\r\n\r\n")
        assert sock.recv(65536).startswith(b"HTTP/1.1 200")
        parent.kill()
        parent.communicate()
        with contextlib.suppress(ConnectionResetError):
            assert sock.recv(1) == b""


def test_a_client_that_goes_away_is_forgotten(tmp_path) -> None:
    """A request whose client leaves is logged without a status, and is no longer in flight."""
    log = tmp_path / "log"
    with DemoServer("fast", delay=60, log=log) as server:
        host, _, port = server.base_url.removeprefix("http://").partition(":")
        client = Client(server.base_url)
        with socket.create_connection((host, int(port))) as sock:
            sock.sendall(b"GET /api/v4/scopes/ HTTP/1.1\r\nHost: x\r\n\r\n")
        for _ in range(1000):  # 405 comes at once; soon it is alone
            client.get("/api/v4/scopes/", method="POST")
            lines = [json.loads(line) for line in log.read_text().splitlines()]
            if any(line["status"] == 0 for line in lines):
                break
        client.get("/api/v4/scopes/", method="POST")
        client.http.close()
        lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert [line["path"] for line in lines if line["status"] == 0] == ["/api/v4/scopes/"]
    assert lines[-1]["in_flight"] == 1
