"""One attempt at a request: what is sent, the memory that its body holds, and what comes back.

Bodies are bounded in memory over all workers of a run; what is beyond that waits.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, ClassVar, Final, Protocol

import msgspec

from tui_app.redlist import Paging, Record, records
from tui_app.redlist.errors import RequestError, TooLarge

from .events import Cancel, Cancelled, State
from .plan import Plan, Request
from .policy import Send
from .response_cache import CachedResponse

NOT_HTTP: Final = "the response is not valid HTTP"

NEVER: Final = math.nan

LIMIT_BYTES: Final = 256 << 20
"""Limit of all bodies together: as they come over the wire, unpacked, and until they are kept."""

FREE_BYTES: Final = 1 << 18
"""Bodies up to this size are not counted: a worker has one of them at most."""

TURN_BYTES: Final = 1 << 22
"""Bodies of this size and more are validated one at a time: it takes several times their size."""


class Phases(msgspec.Struct, gc=False):
    """When each phase of one attempt ended, in seconds of the monotonic clock; NaN: never.

    ``queued → (pace) → started → dns → connected → sent → headers → body → decoded``.
    On a connection that was kept alive there is no ``dns`` and no ``connected``.
    """

    queued: float = NEVER
    pace_wait_s: float = 0.0
    started: float = NEVER
    dns: float = NEVER
    connected: float = NEVER
    sent: float = NEVER
    headers: float = NEVER
    body: float = NEVER
    decoded: float = NEVER

    @property
    def was_sent(self) -> bool:
        """Whether the request got on its way, so that a connection stood."""
        return not math.isnan(self.sent)

    @property
    def latency_s(self) -> float:
        """Seconds on the network: from the start of the attempt to the end of its body."""
        return self.body - self.started


class Response(msgspec.Struct, frozen=True):
    """An answer as it came over the wire: any status, body still packed."""

    status: int
    headers: Mapping[str, str]  # names in lower case
    body: bytes  # at most the plan's limit


Outcome = Response | RequestError | Cancelled
"""What a transport says of an attempt. It raises only for faults of its own."""


_PHASE_OF = [one.name.lower() for one in State]  # hashing an enum's member is slow


class Attempt:
    """One try at a request. A transport sends it and marks its phases."""

    __slots__ = (
        *("_memory", "_plan", "_tell", "cached", "number", "phases", "request", "url", "work_s"),
    )

    def __init__(
        self,
        plan: Plan,
        send: Send,
        cached: CachedResponse | None,
        tell: Callable[..., None],
        memory: Memory,
    ) -> None:
        self._plan = plan
        self._tell = tell
        self._memory = memory
        self.request = send.request
        self.number = send.attempt  # from 1
        self.url = plan.wire_url(send.request)  # with the token on v3: never show it
        self.phases = Phases(queued=send.queued_at, pace_wait_s=send.pace_wait_s)
        self.cached = cached  # the response that it asks about, if any
        # Seconds of the processor that we took for it, but for unpacking; None: not measured.
        self.work_s: float | None = None

    def headers(self) -> dict[str, str]:
        """Headers of this attempt alone: the token, and what is kept. Never log them."""
        headers = self._plan.token_header()
        if self.cached is not None and (etag := self.cached.validator):
            headers["If-None-Match"] = etag
        return headers

    @property
    def label(self) -> str:
        """The request in words, for errors."""
        return self.request.label

    def check_size(self, size: int) -> None:
        """Raise TooLarge for a body that is larger than any answer's."""
        limit = self._plan.max_body_bytes
        if size > limit:
            raise TooLarge(self.label, f"the body is larger than {limit // 2**20} MB")

    def answered(self, status: int, headers: Mapping[str, str], body: bytes) -> Response:
        """Note that the body is here whole."""
        self.mark(State.BODY, size_bytes=len(body))
        return Response(status, headers, body)

    def hold(self, size: int) -> None:
        """Wait until its body may take so many bytes in all. Raises Cancelled if the run stops."""
        if size > FREE_BYTES:
            self._memory.hold(self.request.number, size)

    def try_hold(self, size: int) -> bool:
        """Whether its body may take so many bytes in all now; for event loops, which can't wait."""
        return size <= FREE_BYTES or self._memory.try_hold(self.request.number, size)

    def mark(self, state: State, **more: Any) -> None:
        """Note that a phase ends now, and tell the observer."""
        at = monotonic()
        setattr(self.phases, _PHASE_OF[state], at)
        self._tell(state, self, at, **more)

    def mark_headers(self, status: int, headers: Mapping[str, str]) -> None:
        """Note that status and headers are here."""
        server_s = None
        if "x-runtime" in headers:
            with suppress(ValueError):
                server_s = float(headers["x-runtime"])
        self.mark(State.HEADERS, status=status, server_s=server_s)


class Memory:
    """Bytes that the bodies of a run hold, by request.

    All bodies share what the limit leaves beside the room for one, the one that began to hold
    first: that never waits, whatever the others hold, and so the run always gets on. One body
    may be there twice, packed and unpacked.

    ``limit_bytes`` is twice ``max_body_bytes``, the limit of one body, at least.
    """

    def __init__(self, max_body_bytes: int, halt: Cancel, limit_bytes: int = LIMIT_BYTES) -> None:
        self._shared = max(0, limit_bytes - 2 * max_body_bytes)
        self._by_request: dict[int, int] = {}  # who began first is the first
        self._changed = threading.Condition()
        self._wakers: list[Callable[[], None]] = []
        self._wanted = False  # whether somebody waits
        self._halt = halt
        self._turn = threading.Lock()
        self.held = self.peak = 0  # bytes: now, and the most at once
        halt.listen(self._wake)

    def try_hold(self, request: int, size: int) -> bool:
        """Have a request hold ``size`` bytes in all, if there is room for them now.

        Who is told that there is none is called when there may be: see :meth:`on_change`.
        """
        with self._changed:
            more = size - self._by_request.get(request, 0)
            oldest = next(iter(self._by_request), request) == request
            if more > 0 and self.held + more > self._shared and not oldest:
                self._wanted = True
                return False
            self._add(request, max(0, more))
            return True

    def hold(self, request: int, size: int) -> None:
        """Wait until there is room for so many bytes in all. Raises Cancelled if the run stops."""
        with self._changed:
            while not self.try_hold(request, size):
                if self._halt.is_set():
                    raise Cancelled
                self._changed.wait()

    def shrink(self, request: int, size: int) -> None:
        """Have a request hold ``size`` bytes at most; 0 for none."""
        if request not in self._by_request:  # most bodies are small
            return
        with self._changed:
            less = self._by_request.get(request, 0) - size
            if less <= 0:
                return
            self._add(request, -less)
            wanted, self._wanted = self._wanted, False
        if wanted:
            self._wake()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Within it one large body is judged at a time. Raises Cancelled if the run stops."""
        while not self._turn.acquire(timeout=0.1):
            if self._halt.is_set():
                raise Cancelled
        try:
            yield
        finally:
            self._turn.release()

    def on_change(self, waker: Callable[[], None]) -> None:
        """Have ``waker`` called, from any thread, when there may be room again, or on a halt."""
        self._wakers.append(waker)

    def _add(self, request: int, size: int) -> None:
        self.held += size
        self.peak = max(self.peak, self.held)
        self._by_request[request] = self._by_request.get(request, 0) + size
        if not self._by_request[request]:
            del self._by_request[request]

    def _wake(self) -> None:
        with self._changed:
            self._changed.notify_all()
        for waker in self._wakers:
            waker()


class Page(msgspec.Struct, frozen=True):
    """A good answer, ready to be kept."""

    request: Request
    status: int
    headers: Mapping[str, str]  # those worth keeping, names in lower case
    body: bytes  # unpacked
    size_bytes: int  # on the wire
    rows: int  # how many records it has
    attempt: int  # which attempt brought it
    phases: Phases
    paging: Paging = Paging()  # of the whole list; a 304 may leave that to the kept page
    past_end: bool = False  # the list had ended before it: its timings count, its body doesn't
    cached: CachedResponse | None = None  # has its body: nothing was sent, or the answer was 304
    ids: tuple[int, ...] = ()  # assessments that its rows name, where they are to be followed

    @property
    def was_sent(self) -> bool:
        """Whether a request was made for it."""
        return self.attempt > 0

    @property
    def number(self) -> int | None:
        """Its number as the API counts, or None."""
        return self.request.page

    def records(self) -> list[Record]:
        """Its rows with every field."""
        return records(self.request.operation, self.body)


@dataclass(frozen=True, slots=True)
class FailedAttempt:
    """An attempt that brought nothing."""

    request: Request
    attempt: int  # which attempt, from 1
    phases: Phases
    error: RequestError
    final: bool  # whether it was given up
    body: ClassVar[bytes] = b""


class Recorder(Protocol):
    """Where what arrived is kept."""

    def keep(self, items: Sequence[Page | FailedAttempt]) -> None:
        """Keep pages and failed attempts for good before returning, all of them or none.

        Called from one thread at a time. Raises KeepError where they can't be kept.
        """


@dataclass(slots=True)
class MemoryRecorder:
    """Keeps everything in lists, for callers without a store."""

    pages: list[Page] = field(default_factory=list)
    failures: list[FailedAttempt] = field(default_factory=list)

    def keep(self, items: Sequence[Page | FailedAttempt]) -> None:
        """Append them."""
        for item in items:
            if isinstance(item, FailedAttempt):
                self.failures.append(item)
            elif not item.past_end:
                self.pages.append(item)

    def in_order(self) -> list[Page]:
        """Pages by target and number, whatever the order in which they arrived."""
        return sorted(self.pages, key=lambda page: (page.request.target_index, page.number or 0))
