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

from .answer import (
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
from .endpoints import V3_BAD_TOKEN, V3_ROOT, V4, V4_ROOT, v3_answer
from .recording import FromRecording, Recording

_SLICE_S: Final = 0.001  # how long work beside the loop keeps it waiting
_END_S: Final = 0.05  # how long an answer that is going out may take when the server is stopped
_CACHE_BYTES: Final = 96 * 1024 * 1024  # of answers that are kept
_JUST_NOW_S: Final = 1e-4  # a transfer that ends so soon is done


class FromCatalogue:
    """The answers of the catalogue: written once, and kept."""

    def __init__(self, options: Options, base_url: str) -> None:
        """Answers of the catalogue of *options*, for a server at *base_url*."""
        self._options = options
        self.catalogue = Catalogue(options.seed)
        self._v4 = V4(self.catalogue, base_url)
        self._cache = AnswerCache(_CACHE_BYTES)
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

    request: web.BaseRequest
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
    _received: float | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Have what the client did not take yet reported."""
        super().connection_made(transport)
        cast("asyncio.Transport", transport).set_write_buffer_limits(high=0)

    def data_received(self, data: bytes) -> None:
        """Note the time: the handler is called some turns of the loop later."""
        self._received = time.monotonic()
        super().data_received(data)

    def arrived(self) -> float:
        """When the request that is handled now arrived, or was begun where it had to wait."""
        received, self._received = self._received, None
        return time.monotonic() if received is None else received


class _Connections(web.Server):
    """Makes the connections, numbered from 1; a request whose client leaves is cancelled."""

    def __init__(self, handler: Callable[..., Any], **settings: Any) -> None:
        super().__init__(handler, handler_cancellation=True)
        self._settings = settings
        self._count = 0

    def __call__(self) -> web.RequestHandler:
        """A connection."""
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
        self._profile = PROFILES[options.profile]
        self._loop = asyncio.get_running_loop()
        self._answers: FromCatalogue | FromRecording = (
            FromCatalogue(options, base_url) if recording is None else FromRecording(recording)
        )
        self._window = RequestWindow.read(options.rate_limit) if options.rate_limit else None
        self._link = _Link(self._loop)
        self._log = log
        self._asked: Counter[str] = Counter()
        self._in_flight = self._requests = 0

    def protocol_factory(self) -> Callable[[], asyncio.Protocol]:
        """Makes the connections' protocols; a request whose client leaves is cancelled."""
        silent = logging.getLogger(__name__)
        silent.addHandler(logging.NullHandler())
        silent.propagate = False  # bad requests of clients are their business
        self._server = _Connections(
            self.handle, logger=silent, access_log=None, max_line_size=65_536
        )
        return self._server

    async def stop(self) -> None:
        """Cancel the requests that are being answered, and close all connections."""
        await self._server.shutdown(_END_S)

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer a request, now or later, and note it."""
        self._requests += 1
        self._in_flight += 1
        connection = cast("_Connection", request.protocol)
        exchange = Exchange(
            request, self._requests, connection.number, connection.arrived(), self._in_flight
        )
        try:
            return await self._answer(exchange)
        except Exception as error:
            if not isinstance(error, ConnectionError):
                traceback.print_exc()
            raise
        finally:
            self._in_flight -= 1
            if self._log is not None:
                self._log.write(json.dumps(self._line(exchange)) + "\n")

    async def _answer(self, exchange: Exchange) -> web.StreamResponse:
        refusal = self._refusal(exchange)
        if refusal is not None:
            return await self._send(exchange, prepare(refusal))
        prepared = await self._answers.find(exchange.request.raw_path)
        if self._profile.faults:
            key = prepared.page_key
            exchange.fault = fault_for(self._options.seed, key, self._asked[key])
            self._asked[key] += 1
        await self._wait(exchange, prepared.delay_s)
        return await self._send(exchange, prepared)

    def _refusal(self, exchange: Exchange) -> DemoAnswer | None:
        """The answer to one request too many, of another method, or without the right token."""
        request, path, token = exchange.request, exchange.request.raw_path, self._options.token
        if self._window is not None and not self._window.admits(exchange.arrived):
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

    async def _wait(self, exchange: Exchange, delay_s: float) -> None:
        """Wait until an answer's time has come."""
        if self._profile.shared_link and self._options.delay_s is None:
            await self._link.transfer(exchange.number, delay_s, exchange.arrived)
            return
        left_s = exchange.arrived + delay_s - self._loop.time()
        if delay_s and left_s > 0:
            await asyncio.sleep(left_s)

    # -- sending ---------------------------------------------------------------------------

    async def _send(self, exchange: Exchange, prepared: Prepared) -> web.StreamResponse:
        """Send an answer, or what its fault makes of it, until the system has all of it."""
        request, fault, answer = exchange.request, exchange.fault, prepared.answer
        exchange.sending = self._loop.time()
        if fault in ON_THE_WIRE and fault is not None:
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
        response = self._response(exchange, prepared)
        exchange.status = response.status
        await response.prepare(request)
        exchange.sending = self._loop.time()
        await response.write_eof()
        await request.writer.drain()
        return response

    def _response(self, exchange: Exchange, prepared: Prepared) -> web.Response:
        request, answer = exchange.request, prepared.answer
        headers = [*prepared.headers]
        if self._options.replay is None:
            number = f"{exchange.number:08x}"
            headers += [
                ("cf-ray", f"{number}{exchange.connection:08x}-DMO"),
                ("x-request-id", f"{number}-0000-4000-8000-{exchange.connection:012x}"),
            ]
        if prepared.etag and same_tag(request.headers.get("if-none-match"), prepared.etag):
            return web.Response(status=304, headers=headers)
        takes_gzip = "gzip" in request.headers.get("accept-encoding", "").lower()
        if (
            takes_gzip
            and len(answer.body) >= GZIP_FROM
            and exchange.fault is None
            and answer.kind is not AnswerKind.V3_PAGE
            and self._options.replay is None
        ):
            headers.append(("content-encoding", "gzip"))
            response = web.Response(body=prepared.gzipped, status=answer.status, headers=headers)
            if request.version >= (1, 1):
                response.enable_chunked_encoding()
            return response
        return web.Response(body=answer.body, status=answer.status, headers=headers)

    def _line(self, exchange: Exchange) -> dict[str, object]:
        """A request that was answered, or whose client went away, as a line of the log.

        Times are seconds of ``time.monotonic``. ``sending`` is before any client has its answer;
        what was handed to the system may be there before ``answered``.
        """
        request, target = exchange.request, RequestTarget.read(exchange.request.raw_path)
        return {
            "arrived": round(exchange.arrived, 6),
            "answered": round(self._loop.time(), 6),
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

    def warm_up(self) -> None:
        """Do the work of the first requests beforehand, in a thread beside the loop.

        On the loop, a piece of it would hold up requests by 50 ms, and the log would say that
        they arrived later than they did.
        """
        sys.setswitchinterval(_SLICE_S)
        if isinstance(self._answers, FromCatalogue):
            threading.Thread(
                target=self._answers.catalogue.warm, name="warm-up", daemon=True
            ).start()


def same_tag(sent: str | None, etag: str) -> bool:
    """Whether a client has what it asks for (weak comparison, RFC 9110, 13.1.2)."""
    if not sent:
        return False
    tags = (tag.strip().removeprefix("W/") for tag in sent.split(","))
    return sent.strip() == "*" or etag.removeprefix("W/") in tags


class _Link:
    """The shared link against the clock of the loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._link = SharedLink()
        self._timer: asyncio.TimerHandle | None = None
        self._waiting: dict[int, asyncio.Future[None]] = {}

    async def transfer(self, number: int, work_s: float, now: float) -> None:
        """Wait until a transfer is done that began at *now* and takes *work_s* alone."""
        done = self._waiting[number] = self._loop.create_future()
        self._link.join(number, work_s, now)
        self._watch()
        try:
            await done
        finally:
            if self._waiting.pop(number, None) is not None:
                self._link.leave(number, self._loop.time())
                self._watch()

    def _watch(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        end = self._link.next_end()
        self._timer = None if end is None else self._loop.call_at(end, self._done)

    def _done(self) -> None:
        for number in self._link.finished(self._loop.time() + _JUST_NOW_S):
            done = self._waiting.pop(number)
            if not done.done():
                done.set_result(None)
        self._watch()
