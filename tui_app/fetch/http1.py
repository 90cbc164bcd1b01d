"""HTTP/1.1 responses as every method reads them: strictly, and within the same limits.

A connection is used again only where it is certain that the next byte belongs to the next
response. What leaves that open (two lengths, bytes behind the body, a chunk size that is none) is
an error, and its connection is closed. aiohttp's parser is strict by itself; ``http.client``, on
which requests and urllib3 stand, is not, and skips no informational response but 100.
"""

from __future__ import annotations

import http.client
import re
import select
import socket
from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from typing import Any, Final

from .outcome import NOT_HTTP

MAX_FIELD_BYTES: Final = 65_536
"""Limit of one header, name and value together."""

MAX_FIELDS: Final = 100
"""Limit of the number of headers."""

MAX_INFORMATIONAL: Final = 20
"""So many 1xx responses may precede the one that answers the request."""

TOO_LARGE: Final = (
    f"the response headers are too large (at most {MAX_FIELDS} of "
    f"{MAX_FIELD_BYTES // 1024} KB each are read)"
)

MAX_LINE_BYTES: Final = MAX_FIELD_BYTES + 1024
"""With the colon, blanks around the value and the line's end."""

_STATUS_LINE: Final = re.compile(rb"HTTP/1\.([01]) ([0-9]{3})(?: ([^\r\n]*))?\r?\n")
_FIELD: Final = re.compile(rb"([!#$%&'*+\-.^_`|~0-9A-Za-z]+):([^\0\r\n]*)\r?\n")
_CHUNK_SIZE: Final = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;[^\0\r\n]*)?\r\n")
_LINE_ENDS: Final = (b"\r\n", b"\n")

Field = tuple[str, str]


class InvalidResponse(http.client.HTTPException):
    """A response that is not valid HTTP, or whose headers are past a limit; the text says which."""


def watch(sock: Any) -> Callable[[], bool]:
    """What says whether a socket has something to read: bytes, or the end of the connection."""
    if hasattr(select, "poll"):
        poll = select.poll()
        poll.register(sock, select.POLLIN)
        return lambda: bool(poll.poll(0))
    return lambda: bool(select.select([sock], [], [], 0)[0])


def check_head(status: int, fields: Collection[Field]) -> dict[str, str]:
    """Check a response's status and headers, before its body is read.

    Args:
        status: of the response, none of 1xx.
        fields: its headers as they came.

    Returns:
        Its headers, names in lower case; the last one counts where a name occurs twice.

    Raises:
        InvalidResponse: they leave open where the body ends, or are past a limit.
    """
    found = {name.lower(): value for name, value in fields}
    size = sum(map(len, found)) + sum(map(len, found.values()))
    if len(fields) > MAX_FIELDS or (
        (size > MAX_FIELD_BYTES or len(found) < len(fields))
        and any(len(name) + len(value) > MAX_FIELD_BYTES for name, value in fields)
    ):
        raise InvalidResponse(TOO_LARGE)
    length, coding = found.get("content-length"), found.get("transfer-encoding")
    if (
        status < 200
        or (length is not None and not (length.isascii() and length.isdigit() and len(length) < 19))
        or (coding is not None and (length is not None or coding.lower() != "chunked"))
        or (status == 204 and (coding is not None or (length or "0").strip("0")))
        or (len(found) < len(fields) and _count_framing(fields) > 1)
    ):
        raise InvalidResponse(NOT_HTTP)
    return found


def _count_framing(fields: Iterable[Field]) -> int:
    """How many headers say where the body ends."""
    return sum(name.lower() in ("content-length", "transfer-encoding") for name, _ in fields)


class StrictResponse(http.client.HTTPResponse):
    """``http.client``'s response, made strict: for a connection's ``response_class``.

    Every 1xx response is skipped but 101, for which nobody asks. All errors are
    :class:`InvalidResponse`, ``IncompleteRead`` and ``RemoteDisconnected``.
    """

    def __init__(self, sock: socket.socket, *args: Any, **more: Any) -> None:
        super().__init__(sock, *args, **more)
        self._socket = sock
        self._whole = False  # whether the body's end is known, and was read

    def begin(self, **_limits: Any) -> None:
        """Read status and headers; newer Pythons name limits of their own."""
        begun: object = self.headers
        if begun is not None:
            return
        version, self.status, self.reason = self._read_status()
        self.code = self.status
        self.version = 10 if version == "HTTP/1.0" else 11
        fields = self._read_fields()
        found = check_head(self.status, fields)
        self.headers = self.msg = http.client.HTTPMessage()
        for name, value in fields:
            self.headers[name] = value
        length = found.get("content-length")
        self.chunked = "transfer-encoding" in found
        self.chunk_left = None
        self.length = None if length is None else int(length)
        if self.status in (204, 304) or getattr(self, "_method", "") == "HEAD":
            self.chunked, self.length = False, 0
        closes: bool = self._check_close()  # type: ignore[attr-defined]  # by version and headers
        self.will_close = closes or (self.length is None and not self.chunked)

    def _read_status(self) -> tuple[str, int, str]:
        for _ in range(MAX_INFORMATIONAL + 1):
            line = self._read_line()
            while line in _LINE_ENDS:  # some servers end a body with one too many
                line = self._read_line()
            match = _STATUS_LINE.fullmatch(line)
            if match is None:
                break
            status = int(match[2])
            if not 100 <= status < 200:
                reason = (match[3] or b"").decode("latin-1").strip()
                return f"HTTP/1.{int(match[1])}", status, reason
            if status == 101 or _count_framing(self._read_fields()):
                break
        raise InvalidResponse(NOT_HTTP)

    def _read_line(self) -> bytes:
        line = self.fp.readline(MAX_LINE_BYTES + 1)
        if line.endswith(b"\n"):
            return line
        if len(line) > MAX_LINE_BYTES:
            raise InvalidResponse(TOO_LARGE)
        raise http.client.RemoteDisconnected("the connection ended within the headers")

    def _read_fields(self) -> list[Field]:
        fields: list[Field] = []
        while (line := self._read_line()) not in _LINE_ENDS:
            if line[0] in b" \t" and fields:  # folded, as RFC 9112 still has clients read it
                folded, before = fields.pop()
                if len(folded) + len(before) + len(line) > MAX_FIELD_BYTES:
                    raise InvalidResponse(TOO_LARGE)
                fields.append((folded, f"{before} {line.strip().decode('latin-1')}"))
                continue
            match = _FIELD.fullmatch(line)
            if match is None:
                raise InvalidResponse(NOT_HTTP)
            name, value = match[1], match[2].strip(b" \t")
            fields.append((name.decode("ascii"), value.decode("latin-1")))
            if len(fields) > MAX_FIELDS:
                raise InvalidResponse(TOO_LARGE)
        return fields

    def _get_chunk_left(self) -> int | None:
        if self.chunk_left:
            return self.chunk_left
        if self.chunk_left is not None and (end := self.fp.readline(2)) not in _LINE_ENDS:
            raise InvalidResponse(NOT_HTTP) if end else http.client.IncompleteRead(b"")
        line = self.fp.readline(MAX_LINE_BYTES + 1)
        match = _CHUNK_SIZE.fullmatch(line)
        if match is None:
            if line.endswith(b"\n") or len(line) > MAX_LINE_BYTES:
                raise InvalidResponse(NOT_HTTP)
            raise http.client.IncompleteRead(b"")
        self.chunk_left = int(match[1], 16) or None
        if self.chunk_left is None:
            try:
                self._read_fields()  # trailers, which nobody reads
            except http.client.RemoteDisconnected:
                raise http.client.IncompleteRead(b"") from None
            self._whole = True
            self._close_conn()
        return self.chunk_left

    def _close_conn(self) -> None:
        """The body was read to its end: see that nothing is behind it."""
        extra = self._unread() if self._whole or self.length == 0 else b""
        super()._close_conn()  # type: ignore[misc]
        if not extra:
            return
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)  # a pool finds it closed, and makes another
        if extra.strip(b"\r\n"):
            raise InvalidResponse(NOT_HTTP)

    def close(self) -> None:
        """Close it wherever it is."""
        self._whole, self.length = False, None
        super().close()

    def _unread(self) -> bytes:
        try:
            before = self._socket.gettimeout()
            self._socket.settimeout(0)
            try:
                return self.fp.peek(1)
            finally:
                self._socket.settimeout(before)
        except OSError:  # nothing is there; or a halt has closed it
            return b""
