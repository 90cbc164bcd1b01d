"""asyncio and uvloop: ``aiohttp``, with a worker task for each request in flight, over one session.

aiohttp's parser refuses what is not valid. Not so its connection: one on which another response
waits goes back to the pool, and who reads a body with a bad chunk waits for a timeout. Ours is
strict, as :mod:`tui_app.fetch.network` says.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Coroutine
from contextlib import suppress
from contextvars import ContextVar
from functools import partial
from io import BytesIO
from time import monotonic
from typing import Any, Final

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.client_proto import ResponseHandler
from aiohttp.connector import Connection
from aiohttp.http import HttpProcessingError, HttpVersion10, HttpVersion11, RawResponseMessage
from aiohttp.streams import StreamReader
from yarl import URL

from tui_app.redlist.errors import RequestError

from .attempt import NOT_HTTP, Attempt, Outcome, Response
from .engine import Dispatcher
from .events import Cancelled, State
from .network import (
    MAX_INFORMATIONAL,
    MAX_LINE_BYTES,
    InvalidResponse,
    check_head,
    network_error,
    proxy_for,
    resolve,
    sending_error,
    tls_context,
    too_late,
    watch,
)
from .policy import Finished, Wait

BUFFER_BYTES: Final = 1 << 18

LARGE_BYTES: Final = 1 << 18
"""A body from this size on takes milliseconds to decode: it has a turn of the loop for itself, and
the other sockets are read before the next one's."""


def carry_uvloop(dispatcher: Dispatcher) -> None:
    """Carry a run as :func:`carry_asyncio` does, on a loop written in C over libuv (an extra)."""
    import uvloop

    carry_asyncio(dispatcher, uvloop.new_event_loop)


def carry_asyncio(
    dispatcher: Dispatcher,
    make_loop: Callable[[], asyncio.AbstractEventLoop] = asyncio.new_event_loop,
) -> None:
    """Carry out a run on a new event loop, whose clock may differ from the monotonic one."""
    with asyncio.Runner(loop_factory=make_loop) as runner:
        try:
            runner.run(_carry(dispatcher))
        except asyncio.CancelledError:
            if not dispatcher.halt.is_set():
                raise
        except BaseExceptionGroup as faults:  # as the other methods do: the first of them
            raise faults.exceptions[0] from None


async def _carry(dispatcher: Dispatcher) -> None:
    plan, loop, main = dispatcher.plan, asyncio.get_running_loop(), asyncio.current_task()
    assert main is not None
    connector = aiohttp.TCPConnector(
        limit=plan.in_flight,
        resolver=_Resolver(),
        ssl=tls_context() if plan.root.startswith("https:") else True,
    )
    make: Any = partial(StrictProtocol, loop=loop)
    connector._factory = make
    stop = _from_any_thread(main.cancel)
    async with aiohttp.ClientSession(
        connector=connector,
        max_line_size=MAX_LINE_BYTES,
        max_field_size=MAX_LINE_BYTES,
        headers=plan.headers(),
        timeout=aiohttp.ClientTimeout(total=None, connect=plan.connect_timeout_s),
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        read_bufsize=BUFFER_BYTES,
        response_class=_Answer,
    ) as session:
        # aiohttp sends a GET again by itself where a kept connection turns out to be closed: one
        # request more than was counted, and than the pace allows. The policy decides on retries.
        session._retry_connection = False
        client = _Client(dispatcher, session)
        dispatcher.halt.listen(stop)
        try:
            async with asyncio.TaskGroup() as tasks:
                for _ in range(plan.in_flight):
                    tasks.create_task(client.work())
        finally:
            dispatcher.halt.forget(stop)


def _from_any_thread(call: Callable[[], object]) -> Callable[[], None]:
    """What has the running loop call, from whatever thread."""
    loop = asyncio.get_running_loop()

    def schedule() -> None:
        with suppress(RuntimeError):  # the run is over and its loop closed
            loop.call_soon_threadsafe(call)

    return schedule


class _Client:
    """Sends attempts over one session, from as many worker tasks as there are."""

    def __init__(self, dispatcher: Dispatcher, session: aiohttp.ClientSession) -> None:
        self._dispatcher = dispatcher
        self._plan = dispatcher.plan
        self._session = session
        self._proxy = proxy_for(self._plan.root)
        self._deadlines = _Deadlines(self._plan.timeout_s)
        self._asking, self._judging = asyncio.Lock(), asyncio.Lock()
        self._more, self._room = asyncio.Event(), asyncio.Event()
        dispatcher.on_change(_from_any_thread(self._more.set))
        dispatcher.memory.on_change(_from_any_thread(self._room.set))

    async def work(self) -> None:
        """One worker: take, send, settle, until there is nothing left."""
        dispatcher, task = self._dispatcher, asyncio.current_task()
        assert task is not None
        while (attempt := await self._take()) is not None:
            try:
                outcome = await self._send(attempt, task)
            except asyncio.CancelledError:
                dispatcher.settle(attempt, Cancelled())
                raise
            room = dispatcher.room_for(outcome) if isinstance(outcome, Response) else 0
            if room >= LARGE_BYTES:
                try:
                    await self._hold(attempt, room)
                    async with self._judging:
                        await asyncio.sleep(0)
                except asyncio.CancelledError:  # it is here: it is kept, if there is room
                    dispatcher.settle(attempt, outcome if attempt.try_hold(room) else Cancelled())
                    raise
            dispatcher.settle(attempt, outcome)
            self._more.set()
            del outcome  # what it holds is counted no more

    async def _take(self) -> Attempt | None:
        """Wait for something to send; None when there is no more."""
        if not self._asking.locked() and isinstance(step := self._dispatcher.poll(), Attempt):
            return step
        async with self._asking:  # one worker waits for more, the others for that one
            while True:
                self._more.clear()
                step = self._dispatcher.poll()
                if isinstance(step, Attempt):
                    return step
                if isinstance(step, Finished):
                    return None
                # A duration, not a time: the loop's clock may differ from the dispatcher's. A
                # worker that is released too early polls again, and waits for the rest.
                wait_s = step.until - monotonic() if isinstance(step, Wait) else None
                with suppress(TimeoutError):
                    async with asyncio.timeout(wait_s):
                        await self._more.wait()

    async def _hold(self, attempt: Attempt, size: int) -> None:
        """Wait until a body may take so many bytes in all."""
        self._room.clear()
        while not attempt.try_hold(size):
            await self._room.wait()
            self._room.clear()

    async def _send(self, attempt: Attempt, task: asyncio.Task[None]) -> Outcome:
        _SENDING.set(attempt)
        self._deadlines.begin(task)
        try:
            # As written: yarl would quote it anew, and the methods would ask for other bytes.
            async with self._session.get(
                URL(attempt.url, encoded=True),
                headers=attempt.headers() or None,
                allow_redirects=False,
                proxy=self._proxy,
            ) as answer:
                return await self._read(attempt, answer)
        except asyncio.CancelledError:
            if self._deadlines.passed(task) and not task.uncancel():
                return too_late(attempt.label, self._plan.timeout_s)
            raise  # the run is stopped
        except RequestError as error:
            return error
        except aiohttp.ConnectionTimeoutError as error:
            return network_error(attempt.label, error, self._plan, connected=False)
        except Exception as error:
            return sending_error(attempt, error, self._plan)
        finally:
            self._deadlines.end(task)

    async def _read(self, attempt: Attempt, answer: aiohttp.ClientResponse) -> Response:
        line = answer.line if isinstance(answer, _Answer) else None
        fields = [
            (name.decode("latin-1"), value.decode("latin-1")) for name, value in answer.raw_headers
        ]
        try:
            if answer.version not in (HttpVersion10, HttpVersion11, None):
                raise InvalidResponse(NOT_HTTP)
            headers = check_head(answer.status, fields)
        except InvalidResponse:
            if line is not None:
                line.refuse()
            raise
        attempt.mark_headers(answer.status, headers)
        body = await self._body(attempt, answer)
        if line is not None and line.doubtful:
            raise InvalidResponse(NOT_HTTP) from line.fault
        return attempt.answered(answer.status, headers, body)

    async def _body(self, attempt: Attempt, answer: aiohttp.ClientResponse) -> bytes:
        told = 0 if answer.status in (204, 304) else answer.content_length
        if told is not None:
            attempt.check_size(told)
            if told <= LARGE_BYTES:
                return await answer.read()
            await self._hold(attempt, told)
        body = BytesIO()  # grows in place: pieces that are joined would be there twice
        async for chunk in answer.content.iter_any():
            size = body.tell() + len(chunk)
            attempt.check_size(size)
            await self._hold(attempt, size)
            body.write(chunk)
        return body.getvalue()


class _Deadlines:
    """Cancels tasks that send for too long, by one timer; aiohttp's own is one a request."""

    def __init__(self, timeout_s: float) -> None:
        self._timeout_s = timeout_s
        self._loop = asyncio.get_running_loop()
        self._until: dict[asyncio.Task[None], float] = {}  # on the loop's clock, the first first
        self._passed: set[asyncio.Task[None]] = set()
        self._timer: asyncio.TimerHandle | None = None

    def begin(self, task: asyncio.Task[None]) -> None:
        """A task sends from now on."""
        until = self._until[task] = self._loop.time() + self._timeout_s
        if self._timer is None:
            self._timer = self._loop.call_at(until, self._check)

    def passed(self, task: asyncio.Task[None]) -> bool:
        """Whether this is what cancelled a task."""
        return task in self._passed

    def end(self, task: asyncio.Task[None]) -> None:
        """A task has done sending."""
        self._until.pop(task, None)
        self._passed.discard(task)

    def _check(self) -> None:
        self._timer = None
        for task, until in list(self._until.items()):
            if until > self._loop.time():
                self._timer = self._loop.call_at(until, self._check)
                break
            del self._until[task]
            self._passed.add(task)
            task.cancel()


_SENDING: Final[ContextVar[Attempt]] = ContextVar("_SENDING")
"""The attempt that a worker's task sends. What aiohttp starts for it has the same context.

A ``TraceConfig`` would tell as much, at a tenth of a request's own time.
"""


class _Answer(aiohttp.ClientResponse):
    """aiohttp's response, which marks when its request was sent."""

    line: StrictProtocol | None = None  # a response that is here whole has no connection any more

    def start(self, connection: Connection) -> Coroutine[Any, Any, aiohttp.ClientResponse]:
        """Read the head: the request has just been written."""
        _SENDING.get().mark(State.SENT)
        line = connection.protocol
        self.line = line if isinstance(line, StrictProtocol) else None
        return super().start(connection)


class _Resolver(AbstractResolver):
    """aiohttp's own would resolve in the loop's executor, whose threads a process waits for."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await asyncio.wrap_future(resolve(host, port))
        _SENDING.get().mark(State.DNS)
        return [
            ResolveResult(
                hostname=host,
                host=address[0],
                port=port,
                family=kind,
                proto=protocol,
                flags=socket.AI_NUMERICHOST,
            )
            for kind, _, protocol, _, address in found
            if family in (socket.AF_UNSPEC, kind)
        ]

    async def close(self) -> None:
        """Nothing to close."""


class StrictProtocol(ResponseHandler):
    """aiohttp's end of a connection, which closes it where its state is not certain."""

    doubtful = False  # whether bytes arrived that are no part of the response
    fault: HttpProcessingError | None = None  # what the parser said of them, if it did
    _answer: StreamReader | None = None
    _readable: Callable[[], bool] | None = None
    _informational = 0

    def is_connected(self) -> bool:
        """Whether it can be used (again): open, and with nothing to read on it."""
        transport = self.transport
        if transport is None or transport.is_closing():
            return False
        if self._readable is None:
            self._readable = watch(transport.get_extra_info("socket"))
        return not self._readable()

    def set_response_params(self, **more: Any) -> None:
        """A request follows."""
        fresh, transport = self._parser is None, self.transport
        self._answer, self._informational = None, 0
        super().set_response_params(**more)
        if not fresh:
            return
        _SENDING.get().mark(State.CONNECTED)
        if transport is None or transport.get_extra_info("sslcontext") is not None:
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
        with suppress(Exception):
            return not self._parser.feed_data(b"\n\n")[0]
        return False
