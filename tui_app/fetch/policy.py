"""The plan's memory and all of its decisions: what to send when, and what to make of answers.

No I/O and no clock: asked at a time ``now``, :meth:`Policy.next` says what may be done; told
of an outcome, :meth:`Policy.told` says what becomes of the request. Every method asks the same
policy, so that no method is politer, or more stubborn, than another.
"""

from __future__ import annotations

import heapq
import random
from dataclasses import dataclass
from typing import Final

from tui_app.redlist import FIRST_PAGE, Paging
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

from .pace import Pace
from .plan import Plan, Request, make_request

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


Step = Send | Wait | Idle | Finished


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


class _Pages:
    """What is known of one target's pages: which come next, and where they end."""

    __slots__ = ("_end", "_limit", "first", "known", "next_page", "probing")

    def __init__(self, first: int, limit: int | None, known: int | None, *, probing: bool) -> None:
        self.first = first
        self.next_page = first
        self.known = known
        """How many pages there are, where that is known."""
        self.probing = probing and known is None
        """Whether the first page has to return before any other is asked for."""
        self._limit = None if limit is None else first + limit
        self._end: int | None = None
        if known is not None:
            self.total(known)

    @property
    def end(self) -> int | None:
        """No page from this one on is asked for; None where that isn't known."""
        ends = [end for end in (self._limit, self._end) if end is not None]
        return min(ends, default=None)

    def total(self, pages: int) -> None:
        """There are so many pages, by the newest word. The first may always be asked for."""
        self.known = pages
        self._end = self.first + max(pages, 1)

    def ends_before(self, page: int) -> None:
        """A page was empty or missing: the list ends before it, or before an earlier one."""
        end = max(page, self.first + 1)
        self._end = end if self._end is None else min(self._end, end)

    def ready(self) -> bool:
        return not self.exhausted() and not (self.probing and self.next_page > self.first)

    def exhausted(self) -> bool:
        end = self.end
        return end is not None and self.next_page >= end


class Policy:
    """The decisions of one run.

    All times are on the clock of the caller's choice, always the same one.

    Args:
        plan: what is to be done.
    """

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._pace = Pace(plan.rate)
        self._random = random.Random(plan.seed)
        self._api_first = FIRST_PAGE[plan.query.api]
        self._lists: list[_Pages | None] = [
            _Pages(
                self._api_first,
                plan.pages,
                plan.known_pages.get(index),
                # Where the first page is kept, it has told its number of pages, or never will.
                probing=plan.query.api == "v4" and (index, self._api_first) not in plan.kept,
            )
            if target.operation.paged
            else None
            for index, target in enumerate(plan.query.targets)
        ]
        # Counted once: there may be thousands of targets, and planned() is asked at each answer.
        self._paged = [pages for pages in self._lists if pages is not None]
        self._singles = sum(
            pages is None and (index, None) not in plan.kept
            for index, pages in enumerate(self._lists)
        )
        self._kept_pages = sum(page is not None for _, page in plan.kept)
        self._cursor = 0  # targets before it have nothing new to send
        self._asked_single: set[int] = set()
        self._numbers = plan.first_number
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
            self._head = self._take(now)
        if self._head is None:
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

    def _take(self, now: float) -> tuple[Request, int, float] | None:
        if self._retries and self._retries[0][0] <= now:
            ready_at, _, request, attempt = heapq.heappop(self._retries)
            return request, attempt, ready_at
        request_now = self._new_request()
        return None if request_now is None else (request_now, 1, now)

    def _new_request(self) -> Request | None:
        targets = self._plan.query.targets
        for index in range(self._cursor, len(targets)):
            pages = self._lists[index]
            page: int | None = None
            if pages is None:
                if index == self._cursor:
                    self._cursor += 1
                if index in self._asked_single:
                    continue
                self._asked_single.add(index)
                if (index, None) in self._plan.kept:
                    continue
            else:
                while pages.ready() and (index, pages.next_page) in self._plan.kept:
                    pages.next_page += 1
                if not pages.ready():
                    if pages.exhausted() and index == self._cursor:
                        self._cursor += 1
                    continue
                page = pages.next_page
                pages.next_page += 1
            self._numbers += 1
            return make_request(self._numbers - 1, index, targets[index], page)
        return None

    # -- told ----------------------------------------------------------------------------

    def answered(self, request: Request, records: int, paging: Paging) -> Verdict:
        """A good answer with ``records`` rows came back; the request is no longer in flight."""
        self._in_flight -= 1
        pages = self._lists[request.target_index]
        if pages is None or request.page is None:
            return Keep(records)
        if paging.total_pages is not None:
            # The newest word counts: lists grow and shrink while we fetch.
            pages.total(paging.total_pages)
            pages.probing = False
            self._cursor = min(self._cursor, request.target_index)
            return Keep(records)
        if records == 0:
            pages.ends_before(request.page)
            pages.known = (pages.end or request.page) - pages.first
            if request.page == pages.first:
                pages.known = 0
            pages.probing = False
            return Keep(0) if request.page == pages.first else PastEnd()
        pages.probing = False  # no page headers: ask on until a page is empty
        return Keep(records)

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
        pages = self._lists[request.target_index]
        if pages is not None and request.page == pages.first and pages.probing:
            pages.ends_before(pages.first)  # how many more there are will never be known
            pages.probing = False
        if isinstance(error, NotFound) and pages is not None and request.page is not None:
            pages.ends_before(request.page)
        return GiveUp(error)

    def _backoff_s(self, attempt: int) -> float:
        full = min(BACKOFF_CAP_S, BACKOFF_BASE_S * 2.0 ** (attempt - 1))
        return full * self._random.uniform(0.5, 1.0)

    # -- looked at -----------------------------------------------------------------------

    def planned(self) -> int:
        """How many requests are known of by now, kept ones left out."""
        total = self._singles - self._kept_pages
        for pages in self._paged:
            end = pages.end if pages.known is not None else None
            total += max(end or 0, pages.next_page) - pages.first
        return total

    def pages_total(self) -> int | None:
        """Pages of all paged targets, as far as the server said; None if any is unknown."""
        known = [pages.known for pages in self._paged]
        return None if any(one is None for one in known) else sum(one or 0 for one in known)
