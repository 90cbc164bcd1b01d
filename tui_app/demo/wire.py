"""HTTP/1.1 as bytes: reading the head of a request, writing the head of an answer.

Only what the demo needs: GET, keep-alive, bodies of known length, no compression (an answer
always has the identity coding, which every ``Accept-Encoding`` allows).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

END_OF_HEAD: Final = b"\r\n\r\n"
MOST_HEAD: Final = 64 * 1024
"""Bytes that the head of a request may have."""

_PHRASES: Final = {status.value: status.phrase for status in HTTPStatus}


class BadRequest(ValueError):
    """The bytes are no request that this server understands."""


@dataclass(frozen=True, slots=True)
class Request:
    """The head of a request.

    Attributes:
        method: ``GET`` or another.
        target: path and query as they were sent.
        headers: by lower-case name; the last of several counts.
        keep_alive: whether the connection is to stay open.
    """

    method: str
    target: str
    headers: dict[str, str]
    keep_alive: bool

    @property
    def body_length(self) -> int:
        """How many bytes of body follow the head (to be skipped); raises BadRequest."""
        length = self.headers.get("content-length", "0")
        if not length.isdecimal() or "transfer-encoding" in self.headers:
            raise BadRequest("a body of unknown length")
        return int(length)


def read_head(head: bytes) -> Request:
    """The request whose head is *head* (without the empty line); raises BadRequest."""
    first, *lines = head.decode("latin-1").split("\r\n")
    try:
        method, target, version = first.split(" ")
    except ValueError:
        raise BadRequest("no request line") from None
    if not version.startswith("HTTP/1."):
        raise BadRequest("not HTTP/1")
    headers = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon:
            raise BadRequest("a header without a colon")
        headers[name.lower()] = value.strip()
    wish = headers.get("connection", "").lower()
    keep_alive = wish != "close" if version == "HTTP/1.1" else wish == "keep-alive"
    return Request(method, target, headers, keep_alive)


def write_head(
    status: int, headers: Iterable[tuple[str, str]], length: int, *, close: bool = False
) -> bytes:
    """The head of an answer with a body of *length* bytes, the empty line included."""
    lines = [f"HTTP/1.1 {status} {_PHRASES.get(status, 'Unknown')}"]
    lines += [f"{name}: {value}" for name, value in headers]
    if status != HTTPStatus.NOT_MODIFIED:
        lines.append(f"content-length: {length}")
    if close:
        lines.append("connection: close")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")
