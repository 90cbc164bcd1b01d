"""One connection of a client: its bytes become requests, and answers become bytes."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final, cast

from .wire import END_OF_HEAD, MOST_HEAD, BadRequest, Request, read_head, write_head

if TYPE_CHECKING:
    from .service import Service

_JOINED: Final = 1 << 16  # a head is joined with a body smaller than this: one packet, one call


class Connection(asyncio.Protocol):
    """A connection that serves one request after another.

    Attributes:
        number: which connection of this server it is, from 1.
        on_lost: called once if the client goes away while a request is answered.
    """

    def __init__(self, service: Service, number: int) -> None:
        """A connection of *service*."""
        self.number = number
        self.on_lost: Callable[[], None] | None = None
        self._service = service
        self._received = bytearray()
        self._skip = 0
        self._busy = False
        self._paused = False
        self._keep_alive = True
        self._when_sent: Callable[[], None] | None = None
        self._transport: asyncio.Transport | None = None

    # -- what asyncio calls ----------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Note the transport; whatever cannot be sent at once is to be reported."""
        self._transport = cast("asyncio.Transport", transport)
        self._transport.set_write_buffer_limits(high=0)

    def data_received(self, data: bytes) -> None:
        """Take bytes, and answer if they make a request."""
        self._received += data
        if not self._busy:
            self._next()

    def eof_received(self) -> None:
        """The client is gone (none that speaks HTTP closes one half only): close, too."""

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the request that was being answered."""
        del exc
        self._transport = None
        self._when_sent = None
        if self.on_lost is not None:
            lost, self.on_lost = self.on_lost, None
            lost()

    def pause_writing(self) -> None:
        """Bytes are left that the client did not take yet."""
        self._paused = True

    def resume_writing(self) -> None:
        """The client has taken all bytes."""
        self._paused = False
        self._sent()

    # -- what the service calls ------------------------------------------------------------

    @property
    def lost(self) -> bool:
        """Whether the client is gone."""
        return self._transport is None

    def send(self, pieces: Sequence[bytes], when_sent: Callable[[], None] | None = None) -> None:
        """Send bytes; *when_sent* is called when the system has taken all of them."""
        if self._transport is None:
            return
        if sum(map(len, pieces)) < _JOINED:
            self._transport.write(b"".join(pieces))
        else:
            for piece in pieces:
                self._transport.write(piece)
        if when_sent is not None:
            self._when_sent = when_sent
            if not self._paused:
                self._sent()

    def done(self) -> None:
        """The answer is complete: close, or go on to the next request."""
        self.on_lost = None
        if self._keep_alive and self._transport is not None:
            self._busy = False
            if self._received:  # pipelined: in a turn of its own, or a long row would nest
                asyncio.get_running_loop().call_soon(self._go_on)
        else:
            self.close()

    def close(self) -> None:
        """Close when all bytes are sent."""
        self.on_lost = None
        if self._transport is not None:
            self._transport.close()

    def reset(self) -> None:
        """Break the connection off, so that the client sees a reset."""
        self.on_lost = None
        if self._transport is not None:
            sock = self._transport.get_extra_info("socket")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self._transport.abort()

    # -- inside ----------------------------------------------------------------------------

    def _sent(self) -> None:
        if self._when_sent is not None:
            sent, self._when_sent = self._when_sent, None
            sent()

    def _go_on(self) -> None:
        if not self._busy and self._transport is not None:
            self._next()

    def _next(self) -> None:
        """Begin with the next request, if it is there."""
        if self._skip:
            skipped = min(self._skip, len(self._received))
            del self._received[:skipped]
            self._skip -= skipped
        end = self._received.find(END_OF_HEAD)
        if self._skip or end < 0:
            if len(self._received) > MOST_HEAD:
                self._refuse(431)
            return
        head = bytes(self._received[:end])
        del self._received[: end + len(END_OF_HEAD)]
        try:
            request = read_head(head)
            self._skip = request.body_length
        except BadRequest:
            self._refuse(400)
            return
        self._begin(request)

    def _begin(self, request: Request) -> None:
        self._busy = True
        self._keep_alive = self._keep_alive and request.keep_alive
        self._service.handle(self, request)

    def _refuse(self, status: int) -> None:
        self.send([write_head(status, (), 0, close=True)])
        self.close()
