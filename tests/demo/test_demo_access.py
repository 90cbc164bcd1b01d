"""Tokens, rate limits, methods, connections and the log."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator

import pytest

from tui_app.demo import DemoServer

from .conftest import Client

Connect = Callable[[DemoServer], Client]


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    """Where the guarded server logs."""
    return tmp_path_factory.mktemp("demo") / "requests.jsonl"


@pytest.fixture(scope="module")
def guarded(log) -> Iterator[DemoServer]:
    """A server that asks for a token, and logs."""
    with DemoServer("fast", token="s3cret", log=log) as server:
        yield server


def test_v4_wants_the_token_in_a_header(guarded: DemoServer, connect: Connect) -> None:
    """Bare or as a bearer; a wrong one is 401, none is 403, as the live server answers."""
    client, path = connect(guarded), "/api/v4/scopes/"
    assert client.get(path, authorization="s3cret").status == 200
    assert client.get(path, authorization="Bearer s3cret").status == 200
    for wrong in ("wrong", "Bearer wrong", "s3cret2"):
        reply = client.get(path, authorization=wrong)
        assert (reply.status, reply.body) == (401, b'{"error":"Unauthorized"}')
    assert client.get(path).status == client.get(f"{path}?token=s3cret").status == 403


def test_v3_wants_the_token_in_the_query(guarded: DemoServer, connect: Connect) -> None:
    """A bad token is 200 with a message."""
    client, path = connect(guarded), "/api/v3/version"
    assert "version" in client.get(f"{path}?token=s3cret").json
    for reply in (client.get(path), client.get(f"{path}?token=wrong")):
        assert (reply.status, reply.body) == (200, b'{"message":"Token not valid!"}')


def test_the_token_is_neither_in_the_process_list_nor_in_the_log(
    guarded: DemoServer, connect: Connect, log
) -> None:
    """It comes by the environment, and is taken out of what is logged."""
    client = connect(guarded)
    client.get("/api/v3/version?token=s3cret&a=b", user_agent="test")
    client.get("/api/v3/version")  # by its answer, the line of the one before is written
    with open(f"/proc/{guarded.pid}/cmdline", "rb") as arguments:
        assert b"s3cret" not in arguments.read()
    text = log.read_text()
    assert "s3cret" not in text
    line = next(line for line in map(json.loads, text.splitlines()) if line["query"])
    assert line["query"] == {"a": "b"}
    assert (line["path"], line["status"], line["fault"]) == ("/api/v3/version", 200, None)
    assert line["arrived"] <= line["answered"]
    assert line["in_flight"] == 1
    assert line["user_agent"] == "test"
    assert line.keys() >= {"connection", "if_none_match"}


def test_too_many_requests(connect: Connect) -> None:
    """Beyond the window comes 429, without Retry-After."""
    with DemoServer("fast", rate_limit="3/3600") as server:
        client = connect(server)
        replies = [client.get("/api/v4/scopes/") for _ in range(4)]
    assert [reply.status for reply in replies] == [200, 200, 200, 429]
    assert replies[3].json == {"error": "Too Many Requests"}
    assert "retry-after" not in replies[3].headers


def test_other_methods(client: Client) -> None:
    """HEAD gives the head alone; anything but GET and HEAD is refused."""
    head = client.get("/api/v4/scopes/", method="HEAD")
    whole = client.get("/api/v4/scopes/")
    assert head.body == b""
    of_the_request = {"date", "cf-ray", "x-request-id"}
    assert head.headers.keys() == whole.headers.keys()
    assert {
        name for name in whole.headers if head.headers[name] != whole.headers[name]
    } <= of_the_request
    assert client.get("/api/v4/scopes/", method="POST").status == 405


def exchange_bytes(demo: DemoServer, sent: bytes) -> bytes:
    """Send bytes, and read until the server closes."""
    host, _, port = demo.base_url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=30) as sock:
        sock.sendall(sent)
        return b"".join(iter(lambda: sock.recv(65536), b""))


def test_pipelined_requests_and_a_body_that_nobody_asked_for(demo: DemoServer) -> None:
    """Several requests in one packet are answered in order; bodies are skipped."""
    first = b"POST /api/v4/scopes/ HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello"
    second = b"GET /api/v4/information/api_version HTTP/1.1\r\nHost: x\r\n\r\n"
    last = b"GET /api/v4/statistics/count HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    received = exchange_bytes(demo, first + second * 500 + last)
    assert received.count(b"HTTP/1.1 200 OK") == 501
    assert received.startswith(b"HTTP/1.1 405 ")
    assert received.count(b'{"api_version":"v4"}') == 500
    assert b'{"count":' in received[-40:]


@pytest.mark.parametrize(
    "sent",
    [
        b"nonsense\r\n\r\n",
        b"GET / HTTP/2\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nno colon\r\n\r\n",
        b"GET /" + b"x" * 70_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    ],
)
def test_what_is_no_request_is_refused(demo: DemoServer, sent: bytes) -> None:
    """Bytes that make no request are answered once, and the connection closes."""
    assert exchange_bytes(demo, sent).partition(b"\r\n")[0].endswith(b" 400 Bad Request")


def test_http_1_0_closes(demo: DemoServer) -> None:
    """A client of HTTP/1.0 gets its answer, and the end of the connection."""
    assert b"v4" in exchange_bytes(demo, b"GET /api/v4/information/api_version HTTP/1.0\r\n\r\n")
