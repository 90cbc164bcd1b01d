"""asyncio: ``aiohttp``, with as many worker tasks over one session as there may be in flight."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from time import monotonic
from types import SimpleNamespace
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.client_proto import ResponseHandler
from aiohttp.connector import Connection
from aiohttp.http import HttpProcessingError, HttpVersion10, HttpVersion11, RawResponseMessage
from aiohttp.streams import StreamReader
from yarl import URL

from tui_app.redlist.errors import RequestError

from .attempt import Attempt
from .decisions import Finished, Wait
from .dispatcher import Dispatcher
from .events import State
from .http1 import (
    MAX_FIELD_BYTES,
    MAX_INFORMATIONAL,
    InvalidResponse,
    check_head,
    has_bytes,
)
from .network import (
    Address,
    is_of_the_answer,
    network_error,
    proxy_for,
    resolve,
    tls_context,
    too_large,
    too_late,
)
from .outcome import NOT_HTTP, Cancelled, Outcome, Response
from .plan import Plan

BUFFER_BYTES = 1 << 18

LARGE_BYTES = 1 << 18
"""A body from this size on takes milliseconds to decode: it has a turn of the loop for itself, and
the other sockets are read before the next one's."""


def carry(
    dispatcher: Dispatcher,
    make_loop: Callable[[], asyncio.AbstractEventLoop] = asyncio.new_event_loop,
) -> None:
    """Carry a run on an event loop of its own, in the calling thread.

    Args:
        dispatcher: of the run.
        make_loop: makes the loop, which may have a clock of its own.
    """
    loop = make_loop()
    try:
        main = loop.create_task(_carry(dispatcher))

        def stop() -> None:
            with suppress(RuntimeError):  # the loop has just closed
                loop.call_soon_threadsafe(main.cancel)

        dispatcher.halt.listen(stop)
        try:
            loop.run_until_complete(main)
        except asyncio.CancelledError:
            if not dispatcher.halt.is_set():
                raise
        except BaseExceptionGroup as faults:  # as the other methods do: the first of them
            raise faults.exceptions[0] from None
        finally:
            dispatcher.halt.forget(stop)
    finally:
        # Not asyncio.run: it would wait for the default executor's threads.
        left = asyncio.all_tasks(loop)  # there are some after a KeyboardInterrupt only
        for task in left:
            task.cancel()
        if left:
            loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        loop.close()


async def _carry(dispatcher: Dispatcher) -> None:
    plan = dispatcher.plan
    connector = aiohttp.TCPConnector(
        limit=plan.in_flight,
        resolver=_Resolver(),
        ssl=tls_context() if plan.root.startswith("https:") else True,
    )
    make: Any = partial(_Protocol, loop=asyncio.get_running_loop())
    connector._factory = make
    async with aiohttp.ClientSession(
        connector=connector,
        response_class=_Answer,
        max_line_size=MAX_FIELD_BYTES,
        max_field_size=MAX_FIELD_BYTES,
        headers=plan.headers(),
        timeout=aiohttp.ClientTimeout(total=plan.timeout_s, connect=plan.connect_timeout_s),
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        read_bufsize=BUFFER_BYTES,
        trace_configs=[_trace()],
    ) as session:
        # aiohttp sends a GET again by itself where a kept connection turns out to be closed: one
        # request more than was counted, and than the pace allows. The policy decides on retries.
        session._retry_connection = False
        sender = _Sender(session, plan)
        takers = _Takers(dispatcher)
        turns = asyncio.Lock()
        async with asyncio.TaskGroup() as tasks:
            for _ in range(plan.in_flight):
                tasks.create_task(_work(dispatcher, takers, sender, turns))


async def _work(
    dispatcher: Dispatcher, takers: _Takers, sender: _Sender, turns: asyncio.Lock
) -> None:
    while (attempt := await takers.take()) is not None:
        try:
            outcome = await sender.send(attempt)
        except asyncio.CancelledError:
            dispatcher.settle(attempt, Cancelled())
            raise
        try:
            if isinstance(outcome, Response) and len(outcome.body) >= LARGE_BYTES:
                async with turns:
                    await asyncio.sleep(0)
        finally:  # it is here: it is kept, also where the run is cancelled while it waits
            dispatcher.settle(attempt, outcome)


class _Takers:
    """Worker tasks that wait for something to send."""

    def __init__(self, dispatcher: Dispatcher) -> None:
        self._dispatcher = dispatcher
        self._loop = asyncio.get_running_loop()
        self._thread = threading.get_ident()
        self._waiting: deque[asyncio.Future[None]] = deque()
        dispatcher.on_change(self._changed)

    async def take(self) -> Attempt | None:
        while True:
            step = self._dispatcher.poll()
            if isinstance(step, Attempt):
                self._wake()  # there may be something for another one as well
                return step
            if isinstance(step, Finished):
                self._wake_all()
                return None
            waiter = self._loop.create_future()
            self._waiting.append(waiter)
            # For so long, not until then: a loop's clock need not be the dispatcher's. Who is
            # released too early asks once more, and waits for the rest.
            timer = (
                self._loop.call_later(step.until - monotonic(), _release, waiter)
                if isinstance(step, Wait)
                else None
            )
            try:
                await waiter
            finally:
                if timer is not None:
                    timer.cancel()

    def _changed(self) -> None:
        if threading.get_ident() == self._thread:
            self._wake()
        else:
            with suppress(RuntimeError):  # the run is over and its loop closed
                self._loop.call_soon_threadsafe(self._wake)

    def _wake(self) -> None:
        while self._waiting:
            waiter = self._waiting.popleft()
            if not waiter.done():
                waiter.set_result(None)
                return

    def _wake_all(self) -> None:
        while self._waiting:
            _release(self._waiting.popleft())


def _release(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)


class _Protocol(ResponseHandler):
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


class _Answer(aiohttp.ClientResponse):
    """A response that knows its connection, also when that has gone back to the pool."""

    line: _Protocol | None = None

    async def start(self, connection: Connection) -> aiohttp.ClientResponse:
        """Read status and headers."""
        protocol = connection.protocol
        self.line = protocol if isinstance(protocol, _Protocol) else None
        return await super().start(connection)


class _Sender:
    """Sends attempts over one session."""

    def __init__(self, session: aiohttp.ClientSession, plan: Plan) -> None:
        self._session = session
        self._plan = plan
        self._proxy = proxy_for(plan.root)

    async def send(self, attempt: Attempt) -> Outcome:
        try:
            # As written: yarl would quote it anew, and the methods would ask for other bytes.
            async with self._session.get(
                URL(attempt.url, encoded=True),
                headers=attempt.headers() or None,
                allow_redirects=False,
                proxy=self._proxy,
                trace_request_ctx=attempt,
            ) as answer:
                return await self._read(attempt, answer, getattr(answer, "line", None))
        except RequestError as error:
            return error
        except aiohttp.ConnectionTimeoutError as error:
            return network_error(attempt.label, error, self._plan, connected=False)
        except TimeoutError:
            return too_late(attempt.label, self._plan.timeout_s)
        except Exception as error:
            if not is_of_the_answer(error):
                raise
            sent = attempt.phases.was_sent
            return network_error(attempt.label, error, self._plan, connected=sent)

    async def _read(
        self, attempt: Attempt, answer: aiohttp.ClientResponse, line: _Protocol | None
    ) -> Response:
        fields = [
            (name.decode("latin-1"), value.decode("latin-1")) for name, value in answer.raw_headers
        ]
        try:
            if answer.version not in (HttpVersion10, HttpVersion11, None):
                raise InvalidResponse(NOT_HTTP)
            headers = check_head(answer.status, fields)
        except InvalidResponse:
            if line is not None:  # perhaps it is in the pool already
                line.refuse()
            raise
        attempt.mark_headers(answer.status, headers)
        body = await self._body(attempt, answer)
        if line is not None and line.doubtful:
            raise InvalidResponse(NOT_HTTP)
        attempt.mark(State.BODY, size_bytes=len(body))
        return Response(answer.status, headers, body)

    async def _body(self, attempt: Attempt, answer: aiohttp.ClientResponse) -> bytes:
        limit = self._plan.max_body_bytes
        told = answer.content_length
        if told is not None and told <= limit:
            return await answer.read()
        chunks: list[bytes] = []
        size = 0
        async for chunk in answer.content.iter_any():
            chunks.append(chunk)
            size += len(chunk)
            if size > limit:
                raise too_large(attempt.label, limit)
        return chunks[0] if len(chunks) == 1 else b"".join(chunks)


class _Resolver(AbstractResolver):
    """aiohttp's own would resolve in the loop's executor, whose threads a process waits for."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[list[Address] | OSError] = loop.create_future()

        def tell(found: list[Address] | OSError) -> None:
            if not answer.done():
                answer.set_result(found)

        def done(found: list[Address] | OSError) -> None:
            with suppress(RuntimeError):  # the run is over and its loop closed
                loop.call_soon_threadsafe(tell, found)

        resolve(host, port, done)
        found = await answer
        if isinstance(found, OSError):
            raise found
        return [
            ResolveResult(
                hostname=host,
                host=address[4][0],
                port=port,
                family=address[0],
                proto=address[2],
                flags=socket.AI_NUMERICHOST,
            )
            for address in found
            if family in (socket.AF_UNSPEC, address[0])
        ]

    async def close(self) -> None:
        """Nothing to close."""


def _trace() -> aiohttp.TraceConfig:
    def marks(state: State) -> Any:
        async def mark(
            session: aiohttp.ClientSession, context: SimpleNamespace, params: object
        ) -> None:
            context.trace_request_ctx.mark(state)

        return mark

    trace = aiohttp.TraceConfig()
    trace.on_dns_resolvehost_end.append(marks(State.DNS))
    trace.on_connection_create_end.append(marks(State.CONNECTED))
    trace.on_request_headers_sent.append(marks(State.SENT))
    return trace
