"""The server: when and how each request is answered, on ``aiohttp.web``.

Decides in this order, as the live server seems to: rate limit, method, token, answer, faults. An
answer goes out when its delay is over, counted from the arrival of the request, so that the time
it takes to write a page is hidden in it. Answers are prepared once, and what a request costs is
aiohttp's own work.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sys
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TextIO, cast

from aiohttp import web

from .answer import V3_BAD_TOKEN, V3_ROOT, V4, V4_ROOT, v3_answer
from .behaviour import (
    ON_THE_WIRE,
    PROFILES,
    Fault,
    Options,
    RequestWindow,
    SharedLink,
    break_off,
    drip,
    fault_for,
    spoil,
)
from .catalogue import Catalogue
from .recording import Recording
from .response import (
    GZIP_FROM,
    AnswerCache,
    AnswerKind,
    DemoAnswer,
    Prepared,
    RequestTarget,
    error,
    no_such_page,
    prepare,
)

_SLICE_S: Final = 0.001  # how long work beside the loop keeps it waiting
_END_S: Final = 0.05  # how long an answer that is going out may take when the server is stopped


class FromCatalogue:
    """The answers of the catalogue: written once, and kept."""

    def __init__(self, options: Options, base_url: str) -> None:
        self._options = options
        self.catalogue = Catalogue(options.seed)
        self._v4 = V4(self.catalogue, base_url)
        self._cache = AnswerCache()
        self._building = asyncio.Lock()

    async def find(self, target: str) -> Prepared:
        """The answer to a target, and how long the profile has it take."""
        # The token is in the query of v3: it is not in the key.
        key = target if target.startswith(V4_ROOT) else RequestTarget.read(target).page_key()
        if kept := self._cache.get(key):
            return kept
        wanted = RequestTarget.read(target)
        if wanted.path.startswith(V4_ROOT):
            return self._keep(key, wanted, self._v4.answer(wanted))
        if not wanted.path.startswith(V3_ROOT):
            return self._keep(key, wanted, no_such_page())
        async with self._building:  # one after another: so the first is there soonest
            if kept := self._cache.get(key):
                return kept
            # Beside the loop, which answers others meanwhile.
            answer = await asyncio.to_thread(v3_answer, self.catalogue, wanted)
            return self._keep(key, wanted, answer)

    def _keep(self, key: str, target: RequestTarget, answer: DemoAnswer) -> Prepared:
        page_key, delay_s = target.page_key(), self._options.delay_s
        if delay_s is None:
            delay = PROFILES[self._options.profile].delays[answer.kind]
            delay_s = delay.of(self._options.seed, page_key)
        prepared = prepare(answer, delay_s, page_key)
        if answer.status == 200:
            self._cache.put(key, prepared)
        return prepared


@dataclass(slots=True)
class Exchange:
    """A request that is being answered; times are by the loop's clock (``time.monotonic``)."""

    number: int  # which request of this server it is, from 1
    connection: int  # which connection of this server it came over, from 1
    arrived: float  # when it was read
    in_flight: int  # how many were being answered then, itself included
    sending: float = 0.0  # when the answer began to go out; 0 before
    status: int = 0  # of the answer; 0 where none was sent
    fault: Fault | None = None  # what the answer was spoilt by


class Sent(web.StreamResponse):
    """An answer that has been written to the transport already; its connection closes."""

    async def prepare(self, request: web.BaseRequest) -> None:
        """Nothing is left to send."""

    async def write_eof(self, data: bytes = b"") -> None:
        """Nothing is left to send."""


class _Connection(web.RequestHandler):
    """A connection that knows its number and when a request arrived."""

    number = 0
    received: float | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Have what the client did not take yet reported."""
        super().connection_made(transport)
        cast("asyncio.Transport", transport).set_write_buffer_limits(high=0)

    def data_received(self, data: bytes) -> None:
        """Note the time: the handler is called some turns of the loop later."""
        self.received = time.monotonic()
        super().data_received(data)


class _Connections(web.Server):
    """Makes the connections, numbered from 1; a request whose client leaves is cancelled."""

    def __init__(self, handler: Callable[..., Any]) -> None:
        super().__init__(handler, handler_cancellation=True)
        self._count = 0
        silent = logging.getLogger(__name__)
        silent.addHandler(logging.NullHandler())
        silent.propagate = False  # bad requests of clients are their business
        self._settings: dict[str, Any] = {
            "logger": silent,
            "access_log": None,
            "max_line_size": 65_536,
        }

    def __call__(self) -> web.RequestHandler:
        self._count += 1
        made = _Connection(self, loop=asyncio.get_running_loop(), **self._settings)
        made.number = self._count
        return made


class DemoService:
    """Answers the requests of all connections."""

    def __init__(
        self,
        options: Options,
        base_url: str,
        log: TextIO | None = None,
        recording: Recording | None = None,
    ) -> None:
        """A service at *base_url* that writes a JSON line for each request to *log*.

        It answers from *recording* where there is one, else from the catalogue.
        """
        self._options = options
        self._replays = recording is not None
        self._profile = PROFILES[options.profile]
        self._window = RequestWindow.read(options.rate_limit) if options.rate_limit else None
        self._catalogue = None if recording else FromCatalogue(options, base_url)
        self._find = (recording or cast("FromCatalogue", self._catalogue)).find
        self._link = SharedLink()
        self._log = log
        self._asked: Counter[str] = Counter()
        self._in_flight = self._requests = 0
        self.connections = _Connections(self.handle)  # makes the connections' protocols

    async def stop(self) -> None:
        """Cancel the requests that are being answered, and close all connections."""
        await self.connections.shutdown(_END_S)

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer a request, now or later, and note it."""
        self._requests += 1
        self._in_flight += 1
        connection = cast("_Connection", request.protocol)
        # A request that had to wait for the one before it arrives when it is begun.
        arrived, connection.received = connection.received or time.monotonic(), None
        exchange = Exchange(self._requests, connection.number, arrived, self._in_flight)
        try:
            return await self._answer(request, exchange)
        except Exception as error:
            if not isinstance(error, ConnectionError):
                traceback.print_exc()
            raise
        finally:
            self._in_flight -= 1
            if self._log is not None:
                self._log.write(json.dumps(_line(request, exchange)) + "\n")

    async def _answer(self, request: web.BaseRequest, exchange: Exchange) -> web.StreamResponse:
        refusal = self._refusal(request, exchange.arrived)
        if refusal is not None:
            return await self._send(request, exchange, prepare(refusal))
        prepared = await self._find(request.raw_path)
        if self._profile.faults:
            key = prepared.page_key
            exchange.fault = fault_for(self._options.seed, key, self._asked[key])
            self._asked[key] += 1
        if self._profile.shared_link and self._options.delay_s is None:
            await self._link.transfer(prepared.delay_s, exchange.arrived)
        elif prepared.delay_s:
            left_s = exchange.arrived + prepared.delay_s - time.monotonic()
            await asyncio.sleep(max(0, left_s))
        return await self._send(request, exchange, prepared)

    def _refusal(self, request: web.BaseRequest, arrived: float) -> DemoAnswer | None:
        """The answer to one request too many, of another method, or without the right token."""
        path, token = request.raw_path, self._options.token
        if self._window is not None and not self._window.admits(arrived):
            return error(429, "Too Many Requests")
        if request.method not in {"GET", "HEAD"}:
            return DemoAnswer(405, b"", headers=(("allow", "GET, HEAD"),))
        if token is None:
            return None
        if path.startswith(V3_ROOT):
            return None if RequestTarget.read(path).value("token") == token else V3_BAD_TOKEN
        if not path.startswith(V4_ROOT):
            return None
        sent = request.headers.get("authorization")
        if not sent:
            return error(403, "Forbidden")
        if sent[:7].lower() == "bearer ":
            sent = sent[7:].strip()
        return None if sent == token else error(401, "Unauthorized")

    # -- sending ---------------------------------------------------------------------------

    async def _send(
        self, request: web.BaseRequest, exchange: Exchange, prepared: Prepared
    ) -> web.StreamResponse:
        """Send an answer, or what its fault makes of it, until the system has all of it."""
        fault, answer = exchange.fault, prepared.answer
        exchange.sending = time.monotonic()
        if fault is not None and fault in ON_THE_WIRE:
            exchange.status = 0 if fault is Fault.RESET else answer.status
            if request.transport is not None:
                await break_off(
                    fault, request.transport, answer.status, prepared.headers, answer.body
                )
            return Sent()
        if fault is Fault.DRIP:
            exchange.status = answer.status
            slow = web.StreamResponse(status=answer.status, headers=dict(prepared.headers))
            slow.content_length = len(answer.body)
            await slow.prepare(request)
            await drip(slow.write, answer.body)
            await slow.write_eof()
            return slow
        if fault is not None:
            prepared = prepare(spoil(fault, answer), prepared.delay_s)
        response = self._response(request, exchange, prepared)
        exchange.status = response.status
        await response.prepare(request)
        exchange.sending = time.monotonic()
        await response.write_eof()
        await request.writer.drain()
        return response

    def _response(
        self, request: web.BaseRequest, exchange: Exchange, prepared: Prepared
    ) -> web.Response:
        answer, headers = prepared.answer, [*prepared.headers]
        if not self._replays:
            number = f"{exchange.number:08x}"
            headers += [
                ("cf-ray", f"{number}{exchange.connection:08x}-DMO"),
                ("x-request-id", f"{number}-0000-4000-8000-{exchange.connection:012x}"),
            ]
        tags = {tag.value for tag in request.if_none_match or ()}
        if prepared.etag and tags & {"*", prepared.etag.removeprefix("W/").strip('"')}:
            return web.Response(status=304, headers=headers)
        if (
            "gzip" in request.headers.get("accept-encoding", "").lower()
            and len(answer.body) >= GZIP_FROM
            and exchange.fault is None
            and answer.kind is not AnswerKind.V3_PAGE
            and not self._replays
        ):
            headers.append(("content-encoding", "gzip"))
            response = web.Response(body=prepared.gzipped, status=answer.status, headers=headers)
            if request.version >= (1, 1):
                response.enable_chunked_encoding()
            return response
        return web.Response(body=answer.body, status=answer.status, headers=headers)

    def warm_up(self) -> None:
        """Do the work of the first requests beforehand, in a thread beside the loop.

        On the loop, a piece of it would hold up requests by 50 ms, and the log would say that
        they arrived later than they did.
        """
        sys.setswitchinterval(_SLICE_S)
        if self._catalogue is not None:
            threading.Thread(target=self._catalogue.catalogue.warm, daemon=True).start()


def _line(request: web.BaseRequest, exchange: Exchange) -> dict[str, object]:
    """A request that was answered, or whose client went away, as a line of the log.

    Times are seconds of ``time.monotonic``. ``sending`` is before any client has its answer;
    what was handed to the system may be there before ``answered``.
    """
    target = RequestTarget.read(request.raw_path)
    return {
        "arrived": round(exchange.arrived, 6),
        "answered": round(time.monotonic(), 6),
        "sending": round(exchange.sending, 6),
        "path": target.path,
        "query": {name: value for name, value in target.query if name != "token"},
        "status": exchange.status,
        "fault": exchange.fault,
        "in_flight": exchange.in_flight,
        "connection": exchange.connection,
        "user_agent": request.headers.get("user-agent"),
        "if_none_match": request.headers.get("if-none-match"),
    }
