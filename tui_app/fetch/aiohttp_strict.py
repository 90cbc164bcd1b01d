"""aiohttp's connections, made strict: what :mod:`tui_app.fetch.http1` is to ``http.client``.

aiohttp's parser refuses what is not valid. Not so its connection: one on which another response
waits goes back to the pool, and who reads a body with a bad chunk waits for a timeout.
"""

from __future__ import annotations

from typing import Any

import aiohttp
from aiohttp.client_proto import ResponseHandler
from aiohttp.connector import Connection
from aiohttp.http import HttpProcessingError, RawResponseMessage
from aiohttp.streams import StreamReader

from .http1 import MAX_INFORMATIONAL, has_bytes
from .outcome import NOT_HTTP


class StrictProtocol(ResponseHandler):
    """aiohttp's end of a connection, which closes it where its state is not certain.

    Attributes:
        doubtful: whether bytes came that are no part of the response that was asked for.
    """

    doubtful = False
    _answer: StreamReader | None = None
    _informational = 0

    def is_connected(self) -> bool:
        """Whether it can be used (again): open, and with nothing to read on it."""
        if self.transport is None or not super().is_connected():
            return False
        return not has_bytes(self.transport.get_extra_info("socket"))

    def set_response_params(self, **more: Any) -> None:
        """A request follows."""
        fresh, transport = self._parser is None, self.transport
        self._answer, self._informational = None, 0
        super().set_response_params(**more)
        plain = transport is not None and transport.get_extra_info("sslcontext") is None
        if fresh and plain and (self._buffer or not self.is_connected()):
            self.refuse()  # the server spoke before it was asked

    def data_received(self, data: bytes) -> None:
        """Bytes came."""
        if data and self._is_over():
            self.refuse(doubtful=bool(data.strip(b"\r\n")))
            return
        super().data_received(data)
        if self._is_over() and not self._is_between():
            self.refuse()

    def feed_data(self, data: tuple[RawResponseMessage, StreamReader], size: int = 0) -> None:
        """A response's head was read."""
        message, payload = data
        if self._answer is not None:
            self.refuse()
        elif not 100 <= message.code < 200 or message.code == 101:
            self._answer = payload
            super().feed_data(data, size)
        else:
            self._informational += 1
            body = message.headers.keys() & {"Content-Length", "Transfer-Encoding"}
            if body or self._informational > MAX_INFORMATIONAL:
                self.set_exception(HttpProcessingError(message=NOT_HTTP))
                self.refuse()

    def set_exception(self, exc: BaseException, *cause: BaseException) -> None:
        """A response can't be read: aiohttp leaves who reads its body waiting."""
        super().set_exception(exc, *cause)
        if isinstance(exc, HttpProcessingError):
            exc.__cause__ = cause[0] if cause else None
            self.doubtful = True
            if self._answer is not None and not self._answer.is_eof():
                self._answer.set_exception(exc)

    def refuse(self, *, doubtful: bool = True) -> None:
        """Close the connection, and take no more from it."""
        self.doubtful = self.doubtful or doubtful
        if self.transport is not None:
            self.transport.close()

    def _is_over(self) -> bool:
        return self._answer is not None and self._answer.is_eof()

    def _is_between(self) -> bool:
        """Whether the parser waits for another response: it passes over empty lines only then."""
        if self._parser is None or self._exception is not None or self._upgraded:
            return False
        try:
            messages, _, _ = self._parser.feed_data(b"\r\n\r\n")
        except HttpProcessingError:
            return False
        return not messages


class StrictAnswer(aiohttp.ClientResponse):
    """A response that knows its connection, also when that has gone back to the pool."""

    line: StrictProtocol | None = None

    async def start(self, connection: Connection) -> aiohttp.ClientResponse:
        """Read status and headers."""
        protocol = connection.protocol
        self.line = protocol if isinstance(protocol, StrictProtocol) else None
        return await super().start(connection)
