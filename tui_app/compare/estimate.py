"""From runs that were measured to the world that a simulated run meets."""

from __future__ import annotations

import math
import statistics
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from tui_app.redlist import Api
from tui_app.redlist.errors import Throttled

from .link import capacity_of
from .observed import Observed, ObservedRun, crowds, spans_of
from .simulation import ERRORS
from .world import Cost, Failing, Latencies, Sort, World

MOST: Final = 400
"""So many latencies of a sort, the newest, are drawn from."""

ALONE: Final = 1.05
"""An answer during which fewer than so many were under way had everything to itself."""

HELD_UP: Final = 1.15
"""Answers that take so many times as long together as alone share something."""

WORTH_SHARING: Final = 5
"""Answers that take less than so many times what a request costs us are held up by ourselves."""

MATTERS: Final = 0.1
"""The part of a latency that waiting for this computer may be; more is no latency any more."""

OWN_TIME: Final = 0.25
"""Where what differs between latencies of the same request is less than this part of what differs
between all, requests are said to take a time of their own."""
OWN_FROM: Final = 5
"""So many requests that were measured more than once can tell that."""

TELLING: Final = 10
"""Requests from which on a run tells what its method costs."""
NEWEST: Final = 5
"""So many such runs of a method are asked, the newest."""

USUAL_COST: Final[dict[Api, Cost]] = {"v4": Cost(0.003, 0.005), "v3": Cost(0.035, 0.005)}
"""Of any method, where nothing was measured: for a page of 25 KB, and one of 3 MB."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """What measured runs tell.

    Attributes:
        world: what a run would meet; it has the costs of those methods that the runs tell of.
        answers: how many good answers it is drawn from, by sort.
        crowd: the most answers that were under way together, on average of one of them.
    """

    world: World
    answers: dict[Sort, int]
    crowd: float


@dataclass(slots=True)
class _Answer:
    """A good answer; ``alone_s``: what it would have taken without the others, if that is told."""

    seen: Observed
    latency_s: float
    crowd: float
    alone_s: float | None = None


def estimate(runs: Sequence[ObservedRun], usual: Cost) -> Estimate:
    """What these runs tell of the world.

    Args:
        runs: newest first; all of one source.
        usual: what a request costs a method, more or less.
    """
    setup_s = _setup_s(runs)
    by_run = [_answers(run) for run in runs]
    by_sort: dict[Sort, list[_Answer]] = {}
    for answers in by_run:
        for one in answers:
            by_sort.setdefault(one.seen.sort, []).append(one)
    for answers in by_sort.values():
        _say_alone(answers, setup_s)
    link = _link(by_run, usual)
    world = World(
        {sort: _latencies(answers, usual, link) for sort, answers in by_sort.items()},
        setup_s,
        link,
        _failing(runs),
        _costs(runs, by_run, usual),
    )
    return Estimate(
        world,
        {sort: len(answers) for sort, answers in by_sort.items()},
        max((one.crowd for answers in by_run for one in answers), default=1.0),
    )


def _answers(run: ObservedRun) -> list[_Answer]:
    good = run.good
    found = zip(good, crowds(spans_of(good)), strict=True)
    return [_Answer(one, one.latency_s or 0.0, crowd) for one, crowd in found]


def _setup_s(runs: Iterable[ObservedRun]) -> float:
    """Seconds for a connection. Many at once wait for this computer: the lower quartile."""
    found = sorted(
        one.sent - one.started
        for run in runs
        for one in run.attempts
        if one.new_connection and one.sent is not None
    )
    return found[len(found) // 4] if found else 0.0


def _say_alone(answers: Sequence[_Answer], setup_s: float) -> None:
    """Say of answers of one sort what each would have taken alone.

    The server tells what it spent; what the way takes is seen where an answer was alone. Where
    none was, it is what a connection takes to set up: that is a way there and back as well.
    """
    alone = [one for one in answers if one.crowd <= ALONE]
    ways = [one.latency_s - one.seen.server_s for one in alone if one.seen.server_s is not None]
    way_s = max(0.0, statistics.median(ways)) if ways else setup_s
    mean_s = statistics.fmean(one.latency_s for one in alone) if alone else None
    for one in answers:
        if one.crowd <= ALONE:
            one.alone_s = one.latency_s
        elif one.seen.server_s is not None:
            one.alone_s = min(one.seen.server_s + way_s, one.latency_s)
        else:
            one.alone_s = mean_s


def _link(by_run: Sequence[Sequence[_Answer]], usual: Cost) -> float | None:
    """What answers share, where they were slower together than this computer explains."""
    together = [
        answers for answers in by_run if answers and all(one.alone_s is not None for one in answers)
    ]
    seen = [one for answers in together for one in answers if one.crowd > ALONE]
    if not seen:
        return None
    # Most of them, and not a few that were late: a server that wakes up holds up its first ones.
    times = statistics.median(one.latency_s / max(one.alone_s or 0.0, 1e-6) for one in seen)
    more_s = math.fsum(one.latency_s - (one.alone_s or 0.0) for one in seen)
    ours_s = 2 * usual.request_s * math.fsum(one.crowd for one in seen)
    alone_s = statistics.fmean(one.alone_s or 0.0 for one in seen)
    if times < HELD_UP or more_s < ours_s or alone_s < WORTH_SHARING * usual.request_s:
        return None
    spans = [spans_of([one.seen for one in answers]) for answers in together]
    total_s = math.fsum(one.alone_s or 0.0 for answers in together for one in answers)
    return capacity_of(spans, total_s, most=max(map(len, spans)))


def _latencies(answers: Sequence[_Answer], usual: Cost, link: float | None) -> Latencies:
    """What is drawn for one sort of request."""
    seconds: list[float] = []
    own: dict[str, list[float]] = {}
    for one in answers[:MOST]:
        ours = one.crowd > ALONE and one.crowd * usual.request_s > MATTERS * one.latency_s
        drawn = one.alone_s if link is not None or ours else one.latency_s
        if drawn is not None:
            seconds.append(drawn)
            own.setdefault(one.seen.label, []).append(drawn)
    if not seconds:  # nothing tells what they would take alone: better that than nothing
        return Latencies(tuple(one.latency_s for one in answers[:MOST]))
    if not _have_own_time(own.values()):
        own = {}
    return Latencies(tuple(seconds), {label: tuple(found) for label, found in own.items()})


def _have_own_time(by_label: Iterable[Sequence[float]]) -> bool:
    """Whether the same request takes about the same time again."""
    again = [[math.log(max(s, 1e-6)) for s in found] for found in by_label if len(found) > 1]
    if len(again) < OWN_FROM:
        return False
    of_all = statistics.pvariance([one for found in again for one in found])
    degrees = sum(len(found) - 1 for found in again)
    of_same = sum(statistics.pvariance(found) * len(found) for found in again) / degrees
    return of_same <= OWN_TIME * of_all


def _failing(runs: Iterable[ObservedRun]) -> dict[Sort, tuple[Failing, ...]]:
    attempts: Counter[Sort] = Counter()
    failed: Counter[tuple[Sort, str]] = Counter()
    waits: dict[tuple[Sort, str], list[float]] = {}
    for run in runs:
        refused_at = -math.inf
        for one in sorted(run.attempts, key=lambda one: one.started):
            if one.kind and one.kind not in ERRORS:
                continue  # stopped by the user, or nothing that chance brings
            attempts[one.sort] += 1
            if one.kind == Throttled.kind:
                if one.started < refused_at:
                    continue  # all that are under way when a run pauses are refused once
                refused_at = one.ended or one.started
            if one.kind:
                failed[one.sort, one.kind] += 1
                if one.retry_after_s is not None:
                    waits.setdefault((one.sort, one.kind), []).append(one.retry_after_s)
    found: dict[Sort, tuple[Failing, ...]] = {}
    for (sort, kind), count in sorted(failed.items()):
        asked = waits.get((sort, kind))
        wait_s = statistics.median(asked) if asked else None
        found[sort] = (*found.get(sort, ()), Failing(kind, count / attempts[sort], wait_s))
    return found


def _costs(
    runs: Sequence[ObservedRun], by_run: Sequence[Sequence[_Answer]], usual: Cost
) -> dict[str, Cost]:
    """What each method costs, by the runs that tell."""
    told: dict[str, list[Cost]] = {}
    for run, answers in zip(runs, by_run, strict=True):
        cost_s = _cost_s(run, answers)
        if cost_s is not None and len(told.setdefault(run.method, [])) < NEWEST:
            # A run's clock starts just before its first request does.
            start_s = min(usual.start_s, *(one.started for one in run.attempts))
            told[run.method].append(Cost(cost_s, max(0.0, start_s)))
    return {
        method: Cost(
            statistics.median(one.request_s for one in found),
            statistics.median(one.start_s for one in found),
        )
        for method, found in told.items()
        if found
    }


def _cost_s(run: ObservedRun, answers: Sequence[_Answer]) -> float | None:
    """What a request of this run cost, or None where it doesn't tell.

    A request takes ``latency + cost``, and no more than ``in_flight`` of them or one cost at a
    time: so the cost is the lesser of what both say, and no more than the processor was busy.
    """
    if run.seconds is None or run.requests < TELLING or not answers:
        return None
    each_s = run.seconds / run.requests
    latency_s = statistics.fmean(one.alone_s or one.latency_s for one in answers)
    bounds = [each_s, max(0.0, run.in_flight * each_s - latency_s)]
    if run.cpu_s is not None:
        bounds.append(run.cpu_s / run.requests)
    elif run.in_flight > 1:
        return None
    return min(bounds)
