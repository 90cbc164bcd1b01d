"""All decisions of a run: what to send when, and what to make of answers.

No I/O and no clock: :meth:`Policy.next` says what may be done at a time ``now``;
:meth:`Policy.answered` and :meth:`Policy.failed` say what becomes of a request whose outcome is
here. Every method asks the same policy, so that no method is politer, or more stubborn, than
another.
"""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import msgspec

from tui_app.redlist import Paging
from tui_app.redlist.errors import (
    CutOff,
    Malformed,
    NotFound,
    RedListError,
    RequestError,
    Retired,
    RunHalted,
    ServerFault,
    Throttled,
    TimedOut,
    TokenRefused,
    Unreachable,
)
from tui_app.redlist.rate_limit import pace_in_words
from tui_app.redlist.text import counted

from .limiter import Pace
from .plan import Frontier, Plan, Request
from .response_cache import CachedResponse

RETRIED: Final = (Unreachable, TimedOut, CutOff, Malformed, ServerFault)
"""What another attempt may mend. All else is given up at once."""

STOPS_RUN: Final = (TokenRefused, Retired)
"""What would meet every other request as well."""

BACKOFF_CAP_S: Final = 30.0
LONGEST_RETRY_AFTER_S: Final = 300.0
"""A server that asks for more than this is not waited for: the run stops and can be resumed."""

SLOW_AFTER: Final = 3
"""So many rounds of failures in a row slow the run down."""

AWAY_ROUNDS: Final = 10
AWAY_REQUESTS: Final = 3
"""So many rounds without any answer, met by so many requests: the server is away, or the
network. With backoff that is two minutes or more: a router that restarts is back by then."""

GIVEN_UP: Final = 8
"""So many requests given up in a row, though the server answers. One whose record can't be
rendered answers 500 for it each time: a few of those beside each other must not end a run."""

ANSWERING_CAP: Final = 1 / 6
"""A server that answers, if badly, is waited for no longer than this part of the longest wait."""

MOST_PAUSES: Final = 5
"""So many pauses after a 429 in a row without one answer: ten minutes of the live API's."""

TOLD_AGAIN_S: Final = 1.0
"""A pause that becomes longer by more than this is reported once more."""


class Send(msgspec.Struct, frozen=True):
    """Send this request now."""

    request: Request
    attempt: int
    queued_at: float
    pace_wait_s: float


@dataclass(frozen=True, slots=True)
class Wait:
    """Send nothing before ``until``."""

    until: float  # on the clock of ``now``
    request: Request  # the one that is first in line
    attempt: int  # which attempt it will be
    # ``pace``, ``window``, ``rate limit`` (the run pauses after a 429), ``retry-after`` (the server
    # asked all to wait), ``failures`` (so much failed that all wait) or ``retry`` (backoff).
    why: str


@dataclass(frozen=True, slots=True)
class Idle:
    """Nothing to send until something in flight returns."""


@dataclass(frozen=True, slots=True)
class Finished:
    """Nothing to send any more."""


Step = Send | Wait | Idle | Finished


class Policy:
    """The decisions of one run. All times are on one clock of the caller's choice.

    Args:
        plan: what is to be done.
        cached: responses by path; a fresh one is used in the place of its request.
        reserve: as :meth:`Starts.reserve`, of the plan's window.
    """

    def __init__(
        self,
        plan: Plan,
        cached: Mapping[str, CachedResponse] | None = None,
        *,
        reserve: Callable[[], float] | None = None,
    ) -> None:
        self._plan = plan
        self.pace = Pace(plan.rate, plan.window)  # where its rate is set, `sent` is to be called
        self._random = random.Random(plan.seed)
        self.frontier = Frontier(plan)
        self._cached = {} if cached is None else cached
        self._reserve = reserve
        self._retries: list[tuple[float, int, Request, int]] = []
        self._head: tuple[Request, int, float] | None = None  # taken, but not let go yet
        self._head_since = 0.0
        # What all requests of the run meet together: a good answer, or a plain "not found", forgets
        # all that was before it.
        self._rounds = 0  # of failures in a row: those of requests in flight together are one
        self._counted_at = float("-inf")  # when the last of them was
        self._failing: set[int] = set()  # the requests that met them
        self._away = True  # whether none of them brought an answer
        self._given_up = 0  # requests in a row
        self._pauses = 0  # after a 429, in a row; a 429 is no failure: nothing else here counts it
        self._refused: dict[int, int] = {}  # by request, how many of its attempts met a 429
        self._paused_until = float("-inf")
        self._in_flight: dict[int, float] = {}  # by request, when its attempt started
        self._unsent: set[int] = set()  # those of them that still connect
        self.stopped: RedListError | None = None  # why, where something stopped the run
        # Both until they are reported: requests that a cached response has taken the place of; and
        # why the run sends less from now on, with the seconds of a pause after a 429.
        self.reused: list[tuple[Request, CachedResponse]] = []
        self.news: list[tuple[str, float | None]] = []

    def next(self, now: float) -> Step:
        """What may be done at ``now``. A Send counts as sent: the caller has to send it."""
        if self.stopped is not None:
            return Finished()
        if len(self._in_flight) >= self._plan.in_flight:
            return Idle()
        if self._head is None:
            self._head, self._head_since = self._take(now), now
        if self._head is None:
            if self._retries:
                ready_at, _, request, attempt = self._retries[0]
                return Wait(ready_at, request, attempt, "retry")
            return Idle() if self._in_flight else Finished()
        request, attempt, queued_at = self._head
        if self._unsent and self.pace.rate is not None:
            # It may go out at any moment: only then is it known when the next one may.
            return Idle()
        earliest, why = self.pace.earliest()
        if now >= earliest and self._reserve is not None and (wait_s := self._reserve()) > 0:
            earliest, why = now + wait_s, "window"
            self.pace.hold(earliest, why)
        if now < earliest:
            return Wait(earliest, request, attempt, why)
        self._head = None
        self._in_flight[request.number] = now
        self._unsent.add(request.number)
        self.pace.started(now)
        return Send(request, attempt, queued_at, now - self._head_since)

    def _take(self, now: float) -> tuple[Request, int, float] | None:
        if self._retries and self._retries[0][0] <= now:
            ready_at, _, request, attempt = heapq.heappop(self._retries)
            return request, attempt, ready_at
        while (request_now := self.frontier.next()) is not None:
            cached = self._cached.get(request_now.path)
            if cached is None or not cached.fresh:
                return request_now, 1, now
            self.reused.append((request_now, cached))
            self.frontier.answered(request_now, cached.rows, cached.paging, cached.ids)
        return None

    def sent(self, request: Request, now: float) -> None:
        """The request left at ``now``: before, its connection may have taken a while."""
        if request.number in self._unsent:
            self._unsent.discard(request.number)
            self.pace.sent(now)

    def _returned(self, request: Request) -> float:
        """A request is no longer in flight; when its attempt started."""
        self._unsent.discard(request.number)
        return self._in_flight.pop(request.number)

    def answered(
        self, request: Request, records: int, paging: Paging, ids: Iterable[int] = ()
    ) -> bool:
        """A good answer came back: see :meth:`Frontier.answered`. It is no longer in flight."""
        self._returned(request)
        self._refused.pop(request.number, None)
        self._server_answers()
        self.pace.good()
        return self.frontier.answered(request, records, paging, ids)

    def failed(
        self, request: Request, attempt: int, error: RequestError, now: float
    ) -> float | None:
        """An attempt came to nothing; the request is no longer in flight.

        Gives the seconds until another attempt; None for none, and then :attr:`stopped` says
        whether none follows at any other request either.
        """
        started = self._returned(request)
        if isinstance(error, STOPS_RUN):
            return self._stop(error)
        asked_s: float | None = getattr(error, "retry_after_s", None)
        if (halted := self._impatient(error, asked_s)) is not None:
            return self._stop(halted)
        if isinstance(error, Throttled):
            return self._pause(request, attempt, error, started, now)
        if isinstance(error, NotFound):
            self._server_answers()
        else:
            self._slow_down(request, error, started, now)
        wait_s = self._again(request, attempt, error, asked_s, now)
        if wait_s is None:
            self._refused.pop(request.number, None)
            self.frontier.failed(request, missing=isinstance(error, NotFound))
            if not isinstance(error, NotFound):
                self._given_up += 1
        if self.stopped is None and (halted := self._verdict(error)) is not None:
            return self._stop(halted)
        return wait_s

    def _stop(self, because: RedListError) -> float | None:
        self.stopped = self.stopped or because
        return None

    def _impatient(self, error: RequestError, asked_s: float | None) -> RunHalted | None:
        """Why the run stops rather than waiting as long as the server wants."""
        plan, why = self._plan, "Retry-After"
        if asked_s is None and isinstance(error, Throttled):
            asked_s, why = plan.pause_s, error.detail
        longest_s = plan.patience_s or max(LONGEST_RETRY_AFTER_S, plan.pause_s)
        if asked_s is None or asked_s <= longest_s:
            return None
        return RunHalted(
            f"The server requires a wait of {_long(asked_s)} ({why}), and a run waits "
            f"at most {_long(longest_s)}"
        )

    def _again(
        self, request: Request, attempt: int, error: RequestError, asked_s: float | None, now: float
    ) -> float | None:
        """Have another attempt made, if one may mend it and is left."""
        counted = attempt - self._refused.get(request.number, 0)
        if not isinstance(error, RETRIED) or counted > self._plan.retries:
            return None
        # A Retry-After of 0 or in the past is no leave to hammer.
        wait_s = max(asked_s or 0.0, self._backoff_s(counted))
        heapq.heappush(self._retries, (now + wait_s, request.number, request, attempt + 1))
        if asked_s is not None:
            self.pace.hold(now + wait_s)  # said to one worker, meant for all
        return wait_s

    def _pause(
        self, request: Request, attempt: int, error: Throttled, started: float, now: float
    ) -> float | None:
        """A 429 is no failure of its request: the whole run pauses, then goes on more slowly."""
        new = self.pace.throttled(started, now)
        if new and self._pauses == MOST_PAUSES:
            words = f"The server still refuses requests after {MOST_PAUSES} pauses"
            return self._stop(RunHalted(f"{words} in a row: rate limit reached (HTTP 429)"))
        self._pauses += new
        asked_s = error.retry_after_s
        if new or asked_s is not None:
            # A Retry-After of 0 or in the past is no leave to hammer.
            pause_s = self._plan.pause_s if asked_s is None else max(asked_s, self._backoff_s(1))
            longer = now + pause_s > self._paused_until + TOLD_AGAIN_S
            self._paused_until = max(self._paused_until, now + pause_s)
            if new or longer:
                pace = pace_in_words(float(f"{self.pace.rate:.2g}"), None)
                rate = f"The rate is lowered to {pace}."
                self.news.append((rate, self._paused_until - now))
        self.pace.hold(self._paused_until, "rate limit")
        self._refused[request.number] = self._refused.get(request.number, 0) + 1
        # First in line: the pause holds it as it holds all others.
        heapq.heappush(self._retries, (now, request.number, request, attempt + 1))
        return max(0.0, self._paused_until - now)

    def _slow_down(self, request: Request, error: RequestError, started: float, now: float) -> None:
        """Failures of any kind in a row make all wait."""
        self._away = self._away and isinstance(error, Unreachable | TimedOut)
        self._failing.add(request.number)
        new_round = started >= self._counted_at
        if new_round:
            self._rounds, self._counted_at = self._rounds + 1, now
        if self._rounds >= SLOW_AFTER:
            cap_s = BACKOFF_CAP_S if self._away else BACKOFF_CAP_S * ANSWERING_CAP
            # At most what the request that failed waits itself, so that its retry is not late.
            wait_s = min(cap_s, self._plan.backoff_s * 2.0 ** min(self._rounds - 1, 30)) / 2
            self.pace.hold(now + wait_s, "failures")
            if new_round:
                words = f"{self._rounds} failures in a row: waiting {wait_s:.2g} s"
                self.news.append((words, None))

    def _server_answers(self) -> None:
        self._rounds = self._given_up = self._pauses = 0
        self._away = True
        self._failing.clear()

    def _verdict(self, error: RequestError) -> RunHalted | None:
        """Why nothing more should be asked, after ``error``; None where more may be."""
        if self._away:
            if self._rounds >= AWAY_ROUNDS and len(self._failing) >= AWAY_REQUESTS:
                return RunHalted(f"No response {self._rounds} times in a row ({error.detail})")
        elif self._given_up >= GIVEN_UP:
            words = f"{counted(self._given_up, 'request')} in a row failed"
            return RunHalted(f"{words} (last: {error.detail})")
        return None

    def _backoff_s(self, attempt: int) -> float:
        full = min(BACKOFF_CAP_S, self._plan.backoff_s * 2.0 ** (attempt - 1))
        return full * self._random.uniform(0.5, 1.0)


def _long(seconds: float) -> str:
    """A span in words: ``5 minutes``, ``365 days``."""
    for unit, size in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= 2 * size or seconds == size:
            return counted(round(seconds / size), unit)
    return counted(round(seconds), "second")
