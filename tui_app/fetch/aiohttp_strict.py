"""aiohttp's connections, made strict: what :mod:`tui_app.fetch.http1` is to ``http.client``.

aiohttp's parser refuses what is not valid. Not so its connection: one on which another response
waits goes back to the pool, and who reads a body with a bad chunk waits for a timeout.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from aiohttp.client_proto import ResponseHandler
from aiohttp.http import HttpProcessingError, RawResponseMessage
from aiohttp.streams import StreamReader

from .http1 import MAX_INFORMATIONAL, watch
from .outcome import NOT_HTTP


class StrictProtocol(ResponseHandler):
    """aiohttp's end of a connection, which closes it where its state is not certain.

    Attributes:
        doubtful: whether bytes came that are no part of the response that was asked for.
        fault: what the parser said of them, if it did.
    """

    doubtful = False
    fault: HttpProcessingError | None = None
    _answer: StreamReader | None = None
    _informational = 0
    _has_bytes: Callable[[], bool] | None = None

    def is_connected(self) -> bool:
        """Whether it can be used (again): open, and with nothing to read on it."""
        transport = self.transport
        if transport is None or transport.is_closing():
            return False
        if self._has_bytes is None:
            self._has_bytes = watch(transport.get_extra_info("socket"))
        return not self._has_bytes()

    def set_response_params(self, **more: Any) -> None:
        """A request follows."""
        fresh, transport = self._parser is None, self.transport
        self._answer, self._informational = None, 0
        super().set_response_params(**more)
        if not fresh or transport is None or transport.get_extra_info("sslcontext") is not None:
            return  # TLS may have tickets to read already
        if self._buffer or not self.is_connected():
            self.refuse()  # the server spoke before it was asked

    def data_received(self, data: bytes) -> None:
        """Bytes came."""
        answer = self._answer
        if answer is not None and answer.is_eof():  # with nothing, reading goes on after a pause
            if data:
                self.refuse(doubtful=bool(data.strip(b"\r\n")))
            return
        super().data_received(data)
        answer = self._answer
        if answer is not None and answer.is_eof() and not self._is_between():
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
            body = "Content-Length" in message.headers or "Transfer-Encoding" in message.headers
            if body or self._informational > MAX_INFORMATIONAL:
                self.set_exception(HttpProcessingError(message=NOT_HTTP))

    def set_exception(self, exc: BaseException, *cause: BaseException) -> None:
        """A response can't be read: aiohttp leaves who reads its body waiting."""
        super().set_exception(exc, *cause)
        if isinstance(exc, HttpProcessingError):
            exc.__cause__ = cause[0] if cause else None
            self.fault = exc
            self.refuse()
            if self._answer is not None and not self._answer.is_eof():
                self._answer.set_exception(exc)
                self._answer.feed_eof()  # who is just being woken looks for data alone

    def refuse(self, *, doubtful: bool = True) -> None:
        """End the connection at once: without a farewell of TLS, which would be waited for."""
        self.doubtful = self.doubtful or doubtful
        if self.transport is not None:
            self.transport.abort()

    def _is_between(self) -> bool:
        """Whether the parser waits for another response: it passes over empty lines only then."""
        if self._parser is None or self._exception is not None or self.upgraded:
            return False
        try:
            messages, _, _ = self._parser.feed_data(b"\n\n")
        except Exception:
            return False
        return not messages
