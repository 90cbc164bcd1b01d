"""The fault table: what may befall an answer, what becomes of it, and what the user reads.

Each row is served by a real server over a real socket. ``then``: ``retried`` (another attempt
follows, as many as --retries says), ``paused`` (the run pauses, and stops after five pauses
without an answer), ``given up`` (that request is lost, the run goes on), ``stops`` (nothing more is
asked).
"""

from __future__ import annotations

import gzip
import socket
import struct
import zlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import cache

LIMIT_BYTES = 1 << 20
"""What the tests set as the largest body; the program's own limit is 64 MB."""

Serve = Callable[[socket.socket, bytes], object]
"""Spoils an answer: gets the connection, and the body that would have been right; gives whether
the connection can be used again."""


@dataclass(frozen=True)
class Fault:
    """A row of the table."""

    name: str
    serve: Serve
    then: str
    kind: str
    says: str
    ok: bool = False
    """Whether it is none after all: the client copes."""


def answer(body: bytes, status: str = "200 OK", length: int | None = None, **headers: str) -> bytes:
    """An HTTP answer, byte for byte."""
    headers = {"content_length": str(len(body) if length is None else length), **headers}
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in headers.items() if value]
    return "\r\n".join([f"HTTP/1.1 {status}", *lines]).encode("latin-1") + b"\r\n\r\n" + body


def sends(make: Callable[[bytes], bytes], *, closes: bool = False) -> Serve:
    """Sends what is made of the right body."""

    def serve(sock: socket.socket, body: bytes) -> bool:
        sock.sendall(make(body))
        return not closes

    return serve


def status(line: str, body: bytes = b"", **headers: str) -> Serve:
    return sends(lambda right: answer(body, line, **headers))


def _reset(sock: socket.socket) -> None:
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


def reset_before(sock: socket.socket, body: bytes) -> None:
    _reset(sock)


def reset_inside(sock: socket.socket, body: bytes) -> None:
    sock.sendall(answer(body)[:-20])
    _reset(sock)


def stall(sock: socket.socket, body: bytes) -> None:
    sock.sendall(answer(body)[: -len(body)])
    sock.recv(1)  # until the client has had enough


def drip(sock: socket.socket, body: bytes) -> None:
    sock.settimeout(0.02)
    for byte in answer(body, length=10**6):
        sock.sendall(bytes([byte]))
        with suppress(TimeoutError):
            if not sock.recv(1):
                return


def flood(sock: socket.socket, body: bytes) -> None:
    """400 MB, as fast as they are taken; the client hangs up long before."""
    sock.sendall(answer(b"", length=400 * 2**20))
    block = b" " * 65536
    for _ in range(400 * 16):
        sock.sendall(block)


def chunks_that_break_off(sock: socket.socket, body: bytes) -> None:
    sock.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    sock.sendall(b"%x\r\n%s\r\n" % (len(body) // 2, body[: len(body) // 2]))


def _ago() -> str:
    return format_datetime(datetime.now(UTC) - timedelta(days=1), usegmt=True)


def _in_a_year() -> str:
    return format_datetime(datetime.now(UTC) + timedelta(days=365), usegmt=True)


@cache
def _bomb() -> bytes:
    packer = zlib.compressobj(9, wbits=31)
    return b"".join(packer.compress(b" " * 2**20) for _ in range(20)) + packer.flush()


def _members(body: bytes) -> bytes:
    half = len(body) // 2
    return gzip.compress(body[:half]) + gzip.compress(body[half:])


GZIP = {"content_encoding": "gzip"}
HTML = b"<!DOCTYPE html><html><title>Just a moment</title></html>"
CUT, RESET = "the body is cut off", "the connection was reset"
LATE = "no complete response within 0.3 s"
NOT_HTTP = "the response is not valid HTTP"
WRONG = "not a response of this operation"
AWAY = "the server redirects to another address"
YEAR = "The server requires a wait of 36[45] days"

FAULTS = (
    Fault("reset before the answer", reset_before, "retried", "connection", RESET),
    Fault("reset inside the body", reset_inside, "retried", "connection|cut-off", f"{RESET}|{CUT}"),
    Fault("closed without a word", sends(lambda right: b"", closes=True), "retried", "connection",
          RESET),
    Fault("stalls after the headers", stall, "retried", "timeout", LATE),
    Fault("a byte at a time", drip, "retried", "timeout", LATE),
    Fault("cut off", sends(lambda r: answer(r, length=len(r) + 9), closes=True), "retried",
          "cut-off", CUT),
    Fault("length too short",
          sends(lambda r: answer(r, length=len(r) - 9, connection="close"), closes=True),
          "retried", "malformed", NOT_HTTP),
    Fault("chunks that break off", chunks_that_break_off, "retried", "cut-off", CUT),
    Fault("gzip cut off", sends(lambda r: answer(gzip.compress(r)[:-9], **GZIP)), "retried",
          "cut-off", "the gzip body is cut off"),
    Fault("gzip that is none", sends(lambda r: answer(r, **GZIP)), "retried", "malformed",
          "the gzip body can't be unpacked"),
    Fault("gzip in two members", sends(lambda r: answer(_members(r), **GZIP)), "", "", "", ok=True),
    Fault("another encoding", sends(lambda r: answer(r, content_encoding="br")), "retried",
          "malformed", "unknown content encoding 'br'"),
    Fault("empty", sends(lambda r: answer(b"")), "retried", "malformed", "the body is empty"),
    Fault("a web page", sends(lambda r: answer(HTML)), "retried", "malformed",
          "a web page came instead of JSON"),
    Fault("half the JSON", sends(lambda r: answer(r[: len(r) // 2])), "retried", "malformed",
          WRONG),
    Fault("another shape", sends(lambda r: answer(b'{"assessments":"none"}')), "retried",
          "malformed", WRONG),
    Fault("no UTF-8", sends(lambda r: answer(r[:-1] + b',"x":"\xff"}')), "retried", "malformed",
          "the body is not UTF-8"),
    Fault("NaN", sends(lambda r: answer(r[:-1] + b',"x":NaN}')), "retried", "malformed", WRONG),
    Fault("nested 100,000 deep", sends(lambda r: answer(r[:-1] + b',"x":' + b"[" * 10**5)),
          "retried", "malformed", f"{WRONG}|nested too deeply"),
    Fault("400 MB", flood, "given up", "too-large", "the body is larger than 1 MB"),
    Fault("a bomb", sends(lambda r: answer(_bomb(), **GZIP)), "given up", "too-large",
          "the body unpacks to more than 1 MB"),
    Fault("429", status("429 X"), "paused", "throttled", "HTTP 429"),
    Fault("429, a moment", status("429 X", retry_after="0"), "paused", "throttled", "HTTP 429"),
    Fault("429, a date gone by", status("429 X", retry_after=_ago()), "paused", "throttled",
          "HTTP 429"),
    Fault("429, a date in no calendar",
          status("429 X", retry_after="Mon, 01 Jan 2024 00:00:00 +99999999999999"), "paused",
          "throttled", "HTTP 429"),
    Fault("429, negative", status("429 X", retry_after="-5"), "paused", "throttled", "HTTP 429"),
    Fault("429, nonsense", status("429 X", retry_after="soon"), "paused", "throttled", "HTTP 429"),
    Fault("429, a year", status("429 X", retry_after="31536000"), "stops", "throttled", YEAR),
    Fault("429, next year", status("429 X", retry_after=_in_a_year()), "stops", "throttled", YEAR),
    Fault("500", status("500 X", HTML), "retried", "server", "HTTP 500"),
    Fault("502", status("502 X", HTML), "retried", "server", "HTTP 502"),
    Fault("501", status("501 X", b"no"), "retried", "server", "HTTP 501"),
    Fault("520", status("520 X", HTML), "retried", "server", "HTTP 520"),
    Fault("522", status("522 X", HTML), "retried", "server", "HTTP 522"),
    Fault("530", status("530 X", HTML), "retried", "server", "HTTP 530"),
    Fault("408", status("408 X"), "retried", "server", "HTTP 408"),
    Fault("503", status("503 X", b'{"error":"busy"}'), "retried", "server", r"HTTP 503 \(busy\)"),
    Fault("redirect elsewhere", status("302 X", location="http://127.0.0.1:9/"), "given up",
          "redirected", AWAY),
    Fault("redirect to itself", status("301 X", location="?page=1"), "given up", "redirected",
          AWAY),
    Fault("400", status("400 X", b'{"error":"Bad scope"}'), "given up", "rejected",
          r"HTTP 400 \(Bad scope\)"),
    Fault("403", status("403 X", HTML), "stops", "forbidden", r"refuses the request \(HTTP 403"),
    Fault("404, a web page", status("404 X", HTML), "given up", "unexpected",
          "HTTP 404: Just a moment"),
    Fault("404, text", status("404 X", b"no such\n path"), "given up", "unexpected",
          "HTTP 404: no such path"),
    Fault("204", status("204 X"), "given up", "unexpected", "HTTP 204"),
    Fault("418", status("418 X", b"short and stout " * 9), "given up", "unexpected",
          "HTTP 418: short and stout short and"),
    Fault("401", status("401 X"), "stops", "token", "the token is missing or refused"),
    Fault("status line garbage", sends(lambda r: b"NONSENSE\r\n\r\n", closes=True), "retried",
          "malformed", NOT_HTTP),
    Fault("a header of 1 MB", sends(lambda r: answer(r, x_long="y" * 2**20)), "retried",
          "malformed", "the response headers are too large"),
)  # fmt: skip
