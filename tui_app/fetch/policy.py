"""All decisions of a run: what to send when, and what to make of answers.

No I/O and no clock: asked at a time ``now``, :meth:`Policy.next` says what may be done; told
of an outcome, :meth:`Policy.told` says what becomes of the request. Every method asks the same
policy, so that no method is politer, or more stubborn, than another.
"""

from __future__ import annotations

import heapq
import random
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from tui_app.redlist import Paging
from tui_app.redlist.errors import (
    CutOff,
    Malformed,
    NotFound,
    RequestError,
    ServerFault,
    Throttled,
    TimedOut,
    TokenRefused,
    Unreachable,
)

from .agenda import Agenda
from .pace import Pace
from .plan import Plan, Request

RETRIED: Final = (Unreachable, TimedOut, CutOff, Malformed, Throttled, ServerFault)
"""What another attempt may mend. All else is given up at once."""

STOPS_RUN: Final = (TokenRefused,)
"""What would meet every other request as well."""

BACKOFF_BASE_S: Final = 0.5
BACKOFF_CAP_S: Final = 30.0
LONGEST_RETRY_AFTER_S: Final = 300.0
"""A server that asks for more than this is not waited for: the run stops and can be resumed."""


@dataclass(frozen=True, slots=True)
class Send:
    """Send this request now."""

    request: Request
    attempt: int
    queued_at: float
    pace_wait_s: float


@dataclass(frozen=True, slots=True)
class Wait:
    """Send nothing before ``until``.

    Attributes:
        until: on the clock of ``now``.
        request: the one that is first in line.
        attempt: which attempt it will be.
        why: ``pace``, ``retry-after`` (the server asked all to wait) or ``retry`` (backoff).
    """

    until: float
    request: Request
    attempt: int
    why: str


@dataclass(frozen=True, slots=True)
class Idle:
    """Nothing to send until something in flight returns."""


@dataclass(frozen=True, slots=True)
class Finished:
    """Nothing to send any more."""


@dataclass(frozen=True, slots=True)
class Look:
    """See whether this request's answer is kept; nothing new is sent before that is known."""

    request: Request


Step = Send | Wait | Idle | Finished | Look


@dataclass(frozen=True, slots=True)
class Keep:
    """The answer is good: keep its ``records`` rows."""

    records: int


@dataclass(frozen=True, slots=True)
class PastEnd:
    """The answer is good and empty: the list has ended before this page."""


@dataclass(frozen=True, slots=True)
class Again:
    """Another attempt follows ``wait_s`` seconds from now, because of ``error``."""

    wait_s: float
    error: RequestError


@dataclass(frozen=True, slots=True)
class GiveUp:
    """No further attempt at this request, because of ``error``."""

    error: RequestError


@dataclass(frozen=True, slots=True)
class Stop:
    """No further attempt at anything, because of ``error``."""

    error: RequestError


Verdict = Keep | PastEnd | Again | GiveUp | Stop


class Policy:
    """The decisions of one run.

    All times are on the clock of the caller's choice, always the same one.

    Args:
        plan: what is to be done.
        look: have every new request looked for among what is kept before it is sent.
    """

    def __init__(self, plan: Plan, *, look: bool = False) -> None:
        self._plan = plan
        self._pace = Pace(plan.rate)
        self._random = random.Random(plan.seed)
        self._agenda = Agenda(plan)
        self._look = look
        self._looking = False
        self._ready: deque[Request] = deque()  # looked for, and not kept
        self._retries: list[tuple[float, int, Request, int]] = []
        self._head: tuple[Request, int, float] | None = None  # taken, but not let go yet
        self._head_waits_since: float | None = None
        self._in_flight = 0
        self.stopped: RequestError | None = None
        """Why the run was stopped, where something stopped it."""

    # -- asked ---------------------------------------------------------------------------

    def next(self, now: float) -> Step:
        """What may be done at ``now``. A Send counts as sent: the caller has to send it."""
        if self.stopped is not None:
            return Finished()
        if self._in_flight >= self._plan.in_flight:
            return Idle()
        if self._head is None:
            taken = self._take(now)
            if isinstance(taken, Look):
                return taken
            self._head = taken
        if self._head is None:
            if self._looking:
                return Idle()
            if self._retries:
                ready_at, _, request, attempt = self._retries[0]
                return Wait(ready_at, request, attempt, "retry")
            return Finished() if self._in_flight == 0 else Idle()
        request, attempt, queued_at = self._head
        earliest = self._pace.earliest()
        if now < earliest:
            if self._head_waits_since is None:
                self._head_waits_since = now
            return Wait(earliest, request, attempt, self._pace.why)
        waited = 0.0 if self._head_waits_since is None else now - self._head_waits_since
        self._head = self._head_waits_since = None
        self._in_flight += 1
        self._pace.started(now)
        return Send(request, attempt, queued_at, waited)

    def _take(self, now: float) -> tuple[Request, int, float] | Look | None:
        if self._retries and self._retries[0][0] <= now:
            ready_at, _, request, attempt = heapq.heappop(self._retries)
            return request, attempt, ready_at
        if self._ready:
            return self._ready.popleft(), 1, now
        if self._looking:  # one after another, so that requests keep their order
            return None
        request_now = self._agenda.next()
        if request_now is None:
            return None
        if self._look:
            self._looking = True
            return Look(request_now)
        return request_now, 1, now

    # -- told ----------------------------------------------------------------------------

    def lacking(self, request: Request) -> None:
        """A request that was looked for is not kept, or has to be asked about anew."""
        self._looking = False
        self._ready.append(request)

    def reused(
        self, request: Request, records: int, paging: Paging, ids: Iterable[int] = ()
    ) -> None:
        """A request that was looked for is kept, and as good as new."""
        self._looking = False
        self._agenda.answered(request, records, paging, ids)

    def answered(
        self, request: Request, records: int, paging: Paging, ids: Iterable[int] = ()
    ) -> Verdict:
        """A good answer with ``records`` rows came back; the request is no longer in flight.

        Args:
            request: which one.
            records: how many rows it has.
            paging: what its headers say of the whole list.
            ids: assessments that its rows name, where they are to be followed.
        """
        self._in_flight -= 1
        return Keep(records) if self._agenda.answered(request, records, paging, ids) else PastEnd()

    def failed(self, request: Request, attempt: int, error: RequestError, now: float) -> Verdict:
        """An attempt came to nothing; the request is no longer in flight."""
        self._in_flight -= 1
        if isinstance(error, STOPS_RUN):
            self.stopped = error
            return Stop(error)
        if isinstance(error, RETRIED):
            asked_s = getattr(error, "retry_after_s", None)
            if asked_s is not None and asked_s > LONGEST_RETRY_AFTER_S:
                self.stopped = error
                return Stop(error)
            if attempt <= self._plan.retries:
                # A Retry-After of 0 or in the past is no leave to hammer.
                wait_s = max(asked_s or 0.0, self._backoff_s(attempt))
                if asked_s is not None or isinstance(error, Throttled):
                    # Said to one worker, meant for all.
                    self._pace.hold(now + wait_s)
                heapq.heappush(self._retries, (now + wait_s, request.number, request, attempt + 1))
                return Again(wait_s, error)
        self._agenda.failed(request, missing=isinstance(error, NotFound))
        return GiveUp(error)

    def _backoff_s(self, attempt: int) -> float:
        full = min(BACKOFF_CAP_S, BACKOFF_BASE_S * 2.0 ** (attempt - 1))
        return full * self._random.uniform(0.5, 1.0)

    # -- looked at -----------------------------------------------------------------------

    def planned(self) -> int:
        """How many requests are known of by now, kept ones left out."""
        return self._agenda.planned()

    def pages_total(self) -> int | None:
        """Pages of all paged targets, as far as the server said; None if any is unknown."""
        return self._agenda.pages_total()
