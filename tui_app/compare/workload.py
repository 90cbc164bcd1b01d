"""What a run has to do, and how long answers took: from kept attempts, or from a few probes.

A forecast draws the measured latencies again, by kind of request, through the schedule that
computes the ideal.
"""

from __future__ import annotations

import math
import statistics
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, chain
from typing import Final

from tui_app.fetch import DETAILS, Plan, make_request
from tui_app.redlist import FIRST_PAGE, Api, Kind, Operation
from tui_app.redlist.errors import (
    CutOff,
    Malformed,
    NotFound,
    ServerFault,
    Throttled,
    TimedOut,
    Unreachable,
)

RequestKind = str
"""Requests of one kind take alike: their latencies are drawn from the same ones."""

PAGE: Final[RequestKind] = "list page"
ASSESSMENT: Final[RequestKind] = "full assessment"

USUAL_COST_S: Final[dict[Api, float]] = {"v4": 0.003, "v3": 0.035}
"""Seconds of a processor for a request, where none was measured: a page of 25 KB, one of 3 MB."""

FAILURES: Final = frozenset(
    one.kind for one in (Unreachable, TimedOut, CutOff, Malformed, Throttled, ServerFault, NotFound)
)
"""Failures that occur by chance; others (cancelled, token refused) are not counted."""

MOST: Final = 400
"""So many latencies of a kind, the newest, are drawn from."""
ALONE: Final = 1.05
"""An answer during which fewer than so many were in flight had everything to itself."""
HELD_UP: Final = 1.15
"""Answers that take so many times as long together as alone share something."""
WORTH_SHARING: Final = 5
"""Answers that take less than so many times what a request costs us are held up by ourselves."""
MATTERS: Final = 0.1
"""The part of a latency that waiting for this computer may be; more is no latency any more."""
OWN_TIME: Final = 0.25
"""Where what differs between latencies of the same request is less than this part of what differs
between all, requests take a time of their own."""
OWN_FROM: Final = 5
"""So many requests that were measured more than once can tell that."""
COST_FROM: Final = 10
"""Requests from which on a run tells what its method costs."""
NEWEST: Final = 5
"""So many such runs of a method count, the newest."""

USUAL_ROWS: Final = (100, 20, 10_000)
"""Rows of a page: of most lists of v4, of those of possibly extinct taxa, of v3."""


def kind_of(operation: Operation) -> RequestKind:
    """What kind of answer an operation gives: ``list page``, ``full assessment`` and so on."""
    if operation.paged:
        return PAGE
    if operation.gives_assessment:
        return ASSESSMENT
    return "taxon" if operation.kind is Kind.RECORD else operation.kind.value


# -- what has to be done -----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ListSize:
    """How many pages a paged list has, and rows in all of them."""

    pages: int
    rows: int

    @property
    def page_rows(self) -> int:
        """Rows of each page but the last: as many as the API usually gives, if that fits."""
        for usual in USUAL_ROWS:
            if -(-self.rows // usual) == self.pages:
                return usual
        return max(1, -(-self.rows // max(1, self.pages)))


@dataclass(frozen=True, slots=True)
class Work:
    """A plan, and how long its lists are."""

    plan: Plan  # what would be carried out. It says what is cached, as that of a resumed run does.
    # of the paged lists, by the target's index
    sizes: Mapping[int, ListSize] = field(default_factory=dict)
    follows: float = 1.0  # assessments that an answer without pages names, on average

    def pages_of(self, index: int) -> int:
        """Pages of a target that are wanted, cached ones among them."""
        size, limit = self.sizes.get(index), self.plan.pages
        # The first page is always requested: it may be the one that says that there is nothing.
        return 1 if size is None else max(1, min(size.pages, limit or size.pages))

    def rows_of(self, index: int) -> int:
        """Rows of those pages."""
        size = self.sizes[index]
        return min(size.rows, self.pages_of(index) * size.page_rows)

    @property
    def pages(self) -> int:
        """Answers that are wanted: pages of lists, and answers without pages."""
        return sum(map(self.pages_of, range(len(self.plan.query.targets))))

    @property
    def details(self) -> int:
        """Full assessments that rows lead to; at most, where several lists are intersected."""
        query = self.plan.query
        if not query.details:
            return 0
        rows = {index: self.rows_of(index) for index in self.sizes}
        if query.intersect:
            known = (side & rows.keys() for side in query.sides)
            return min((sum(map(rows.__getitem__, side)) for side in known if side), default=0)
        singles = sum(
            one.operation.lists_assessments
            for index, one in enumerate(query.targets)
            if index not in self.sizes
        )
        return sum(rows.values()) + round(singles * self.follows)

    @property
    def kept(self) -> int:
        """Of all these, those that are cached and not requested."""
        return len(self.plan.kept)

    @property
    def requests(self) -> int:
        """Requests that are left to send, retries not counted."""
        return max(0, self.pages + self.details - self.kept)

    @property
    def first_alone(self) -> bool:
        """Whether the first answer tells how many more there are."""
        query = self.plan.query
        return query.api == "v4" and len(query.targets) == 1 and not self.plan.known_pages

    def left(self) -> Iterator[tuple[RequestKind, str]]:
        """Kind and label of each request that is left to send, in their order.

        The label of a full assessment is empty: which ones there are is not known yet.
        """
        plan = self.plan
        first = FIRST_PAGE[plan.query.api]
        # Without a limit v3 is asked until a page is empty.
        past_end = plan.query.api == "v3" and plan.pages is None
        for index, target in enumerate(plan.query.targets):
            kind, pages = kind_of(target.operation), list[int | None]([None])
            if target.operation.paged:
                pages = list(range(first, first + self.pages_of(index) + past_end))
            for page in pages:
                if (index, page) not in plan.kept:
                    yield kind, make_request(0, index, target, page).label
        kept = sum(index == DETAILS for index, _ in plan.kept)
        for _ in range(self.details - kept):
            yield ASSESSMENT, ""


# -- what was measured -------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Sample:
    """A measured attempt. Times are seconds of its run's clock."""

    kind: RequestKind
    label: str
    started: float  # when it began: a new connection is made from then on
    sent: float | None  # when the request left; None where it never did
    ended: float | None  # when its answer was here; None where none came
    new_connection: bool = False  # whether a connection was made for it
    server_s: float | None = None  # seconds that the server says it spent (`x-runtime`), or None
    failure: str = ""  # kind of its failure, as in `redlist.errors`; empty where none
    retry_after_s: float | None = None  # what the server asked to wait, as far as that is known

    @property
    def span(self) -> tuple[float, float] | None:
        """When its answer was under way; None without one. A 404 is an answer as well."""
        if self.failure not in ("", NotFound.kind) or self.sent is None or self.ended is None:
            return None
        return self.sent, max(self.sent, self.ended)


@dataclass(frozen=True, slots=True)
class MeasuredRun:
    """A run's attempts, or its newest ones."""

    method: str
    samples: tuple[Sample, ...]
    requests: int = 0  # attempts that took `cpu_s` of this computer's processor; 0 where unknown
    cpu_s: float = 0.0


@dataclass(frozen=True, slots=True)
class FailureRate:
    """One kind of failure, its share of all attempts, and the wait that the server asked for."""

    failure: str
    share: float
    retry_after_s: float | None = None


@dataclass(frozen=True, slots=True)
class Workload:
    """How long answers take, and what else a run would meet."""

    # by kind of request, each from the request's leaving to the end of the answer, were it alone
    latencies_s: Mapping[RequestKind, tuple[float, ...]]
    # the same by the request's label, where requests were found to take a time of their own,
    # whenever they are sent
    own_s: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    setup_s: float = 0.0  # for a new connection
    # how many answers are as fast together as each alone, where they share a link or a server that
    # does so much at once; None: any number
    capacity: float | None = None
    # by kind of request
    failing: Mapping[RequestKind, tuple[FailureRate, ...]] = field(default_factory=dict)
    # seconds of the processor for a request, by method; others cost `usual_cost_s`
    costs_s: Mapping[str, float] = field(default_factory=dict)
    usual_cost_s: float = 0.0
    crowd: float = 1.0  # the most answers that were under way together, on average of one of them

    def cost_s(self, method: str) -> float:
        """Seconds of the processor for a request by a method."""
        return self.costs_s.get(method, self.usual_cost_s)


@dataclass(slots=True)
class _Answer:
    """A good answer; ``alone_s``: what it would have taken without the others, where known."""

    kind: RequestKind
    label: str
    span: tuple[float, float]
    crowd: float
    server_s: float | None
    alone_s: float | None = None

    @property
    def latency_s(self) -> float:
        return self.span[1] - self.span[0]


def workload_of(runs: Sequence[MeasuredRun], usual_cost_s: float) -> Workload:
    """What measured runs of one source tell, newest first."""
    setups = sorted(
        one.sent - one.started
        for run in runs
        for one in run.samples
        if one.new_connection and one.sent is not None
    )
    # Many at once wait for this computer: the lower quartile.
    setup_s = setups[len(setups) // 4] if setups else 0.0
    by_run = [_answers(run) for run in runs]
    by_kind: dict[RequestKind, list[_Answer]] = {}
    for one in chain.from_iterable(by_run):
        by_kind.setdefault(one.kind, []).append(one)
    for answers in by_kind.values():
        _estimate_alone(answers, setup_s)
    capacity = _capacity(by_run, usual_cost_s)
    costs: dict[str, list[float]] = {}
    for run in runs:
        if run.requests >= COST_FROM:
            costs.setdefault(run.method, []).append(run.cpu_s / run.requests)
    latencies_s: dict[RequestKind, tuple[float, ...]] = {}
    own_s: dict[str, tuple[float, ...]] = {}
    for kind, answers in by_kind.items():
        by_label = _latencies(answers[:MOST], usual_cost_s, shared=capacity is not None)
        latencies_s[kind] = tuple(one for found in by_label.values() for one in found)
        if _have_own_time(by_label.values()):
            own_s |= {label: tuple(found) for label, found in by_label.items()}
    return Workload(
        latencies_s,
        own_s,
        setup_s,
        capacity,
        _failing(runs),
        {method: statistics.median(found[:NEWEST]) for method, found in costs.items()},
        usual_cost_s,
        max((one.crowd for one in chain.from_iterable(by_run)), default=1.0),
    )


def _answers(run: MeasuredRun) -> list[_Answer]:
    good = [(one, one.span) for one in run.samples if one.span is not None]
    found = zip(good, crowds([span for _, span in good]), strict=True)
    return [_Answer(one.kind, one.label, span, crowd, one.server_s) for (one, span), crowd in found]


def crowds(spans: Sequence[tuple[float, float]]) -> list[float]:
    """How many were under way during each span, itself among them, on average."""
    changes = sorted([(start, 1) for start, _ in spans] + [(end, -1) for _, end in spans])
    times = [at for at, _ in changes]
    counts = list(accumulate(change for _, change in changes))
    steps = zip(counts, times, times[1:], strict=False)
    # The seconds of all that were under way until each change.
    work = [0.0, *accumulate(count * (after - at) for count, at, after in steps)]
    return [
        (work[bisect_left(times, end)] - work[bisect_left(times, start)]) / (end - start)
        if end > start
        else 1.0
        for start, end in spans
    ]


def _estimate_alone(answers: Sequence[_Answer], setup_s: float) -> None:
    """Set what each answer of one kind would have taken alone.

    The server says what it spent; what the way takes is seen where an answer was alone. Where
    none was, it is what a connection takes to set up: that is a way there and back as well.
    """
    alone = [one for one in answers if one.crowd <= ALONE]
    ways = [one.latency_s - one.server_s for one in alone if one.server_s is not None]
    way_s = max(0.0, statistics.median(ways)) if ways else setup_s
    mean_s = statistics.fmean(one.latency_s for one in alone) if alone else None
    for one in answers:
        if one.crowd <= ALONE:
            one.alone_s = one.latency_s
        elif one.server_s is not None:
            one.alone_s = min(one.server_s + way_s, one.latency_s)
        else:
            one.alone_s = mean_s


def _capacity(by_run: Sequence[Sequence[_Answer]], cost_s: float) -> float | None:
    """Seconds of work done in a second, where answers were slower together than we explain."""
    together = [
        [(one, one.alone_s) for one in answers if one.crowd > ALONE and one.alone_s is not None]
        for answers in by_run
    ]
    seen = [pair for pairs in together for pair in pairs]
    if not seen:
        return None
    # Most of them, and not a few that were late: a server that wakes up holds up its first ones.
    times = statistics.median(one.latency_s / max(alone_s, 1e-6) for one, alone_s in seen)
    more_s = math.fsum(one.latency_s - alone_s for one, alone_s in seen)
    ours_s = 2 * cost_s * math.fsum(one.crowd for one, _ in seen)
    alone_s = statistics.fmean(alone_s for _, alone_s in seen)
    if times < HELD_UP or more_s < ours_s or alone_s < WORTH_SHARING * cost_s:
        return None
    return max(
        math.fsum(alone_s for _, alone_s in pairs) / covered_s(one.span for one, _ in pairs)
        for pairs in together
        if pairs
    )


def covered_s(spans: Iterable[tuple[float, float]]) -> float:
    """Seconds in which at least one of these spans was."""
    total, until = 0.0, float("-inf")
    for start, end in sorted(spans):
        total += max(0.0, end - max(start, until))
        until = max(until, end)
    return total


def _latencies(
    answers: Sequence[_Answer], cost_s: float, *, shared: bool
) -> dict[str, list[float]]:
    """What is drawn for one kind of request, by label."""
    found: dict[str, list[float]] = {}
    for one in answers:
        ours = one.crowd > ALONE and one.crowd * cost_s > MATTERS * one.latency_s
        drawn = one.alone_s if shared or ours else one.latency_s
        if drawn is not None:
            found.setdefault(one.label, []).append(drawn)
    # Where nothing tells what they would take alone: better that than nothing.
    return found or {"": [one.latency_s for one in answers]}


def _have_own_time(by_label: Iterable[Sequence[float]]) -> bool:
    """Whether the same request takes about the same time again."""
    again = [[math.log(max(s, 1e-6)) for s in found] for found in by_label if len(found) > 1]
    if len(again) < OWN_FROM:
        return False
    of_all = statistics.pvariance([one for found in again for one in found])
    degrees = sum(len(found) - 1 for found in again)
    of_same = sum(statistics.pvariance(found) * len(found) for found in again) / degrees
    return of_same <= OWN_TIME * of_all


def _failing(runs: Iterable[MeasuredRun]) -> dict[RequestKind, tuple[FailureRate, ...]]:
    attempts: Counter[RequestKind] = Counter()
    waits: dict[tuple[RequestKind, str], list[float | None]] = {}
    for run in runs:
        refused_at = -math.inf
        for one in sorted(run.samples, key=lambda one: one.started):
            if one.failure and one.failure not in FAILURES:
                continue
            attempts[one.kind] += 1
            if one.failure == Throttled.kind:
                if one.started < refused_at:
                    continue  # all that are under way when a run pauses are refused once
                refused_at = one.ended or one.started
            if one.failure:
                waits.setdefault((one.kind, one.failure), []).append(one.retry_after_s)
    found: dict[RequestKind, tuple[FailureRate, ...]] = {}
    for (kind, failure), all_ in sorted(waits.items()):
        asked = [wait_s for wait_s in all_ if wait_s is not None]
        wait_s = statistics.median(asked) if asked else None
        rate = FailureRate(failure, len(all_) / attempts[kind], wait_s)
        found[kind] = (*found.get(kind, ()), rate)
    return found
