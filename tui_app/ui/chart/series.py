"""The numbers behind the charts: pure functions of a model."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Final

from tui_app.fetch import State

from ..model import Model, RequestRow, RunView
from ..requestrow import Phase

if TYPE_CHECKING:
    from tui_app.runs import TimedRun

Points = list[tuple[float, float]]
"""``[(x, y), …]``, x rising."""

_ROUND: Final = (1.0, 2.0, 2.5, 5.0, 10.0)


def runs_shown(model: Model) -> list[RunView]:
    """The runs that the charts of one run are about.

    A fetch: its own. A comparison: each method's newest at the largest page count it has got to.
    """
    if model.kind == "fetch":
        return model.runs[-1:]
    found = []
    for method in model.methods:
        runs = [run for run in model.runs if run.method == method and not run.warmup and run.rows]
        if runs:
            found.append(max(runs, key=lambda run: (run.pages or 0, run.order)))
    return found


def ideals(timed: Sequence[TimedRun], methods: Sequence[str]) -> dict[str, Points]:
    """``{method: [(pages, median ideal seconds), …]}``."""
    return {
        method: [(pages, median(one.ideal_seconds for one in runs)) for pages, runs in counts]
        for method, counts in _by_pages(timed, methods)
    }


def spreads(
    timed: Sequence[TimedRun], methods: Sequence[str]
) -> dict[str, list[tuple[int, float, float]]]:
    """``{method: [(pages, least seconds, most seconds), …]}`` of those that were repeated."""
    return {
        method: [
            (pages, min(one.seconds for one in runs), max(one.seconds for one in runs))
            for pages, runs in counts
            if len(runs) > 1
        ]
        for method, counts in _by_pages(timed, methods)
    }


def _by_pages(
    timed: Sequence[TimedRun], methods: Sequence[str]
) -> list[tuple[str, list[tuple[int, list[TimedRun]]]]]:
    found: dict[str, dict[int, list[TimedRun]]] = {}
    for one in timed:
        if math.isfinite(one.seconds) and math.isfinite(one.ideal_seconds):
            found.setdefault(one.method, {}).setdefault(one.pages, []).append(one)
    return [(method, sorted(found[method].items())) for method in methods if method in found]


def throughput(run: RunView, now: float, most: int = 24) -> Points:
    """Requests kept a second over the run's time: ``[(seconds since its beginning, rate), …]``.

    Args:
        run: the run.
        now: monotonic time up to which a run that goes on is drawn.
        most: pieces that its time is cut into; no more than there are requests.
    """
    begun = run.begun
    done = (State.KEPT, State.HELD)
    ends = [row.ended for row in run.rows if row.ended is not None and row.state in done]
    if begun is None or not ends:
        return []
    span_s = max(run.elapsed_s(now), max(ends) - begun)
    pieces = max(1, min(most, len(ends)))
    piece_s = span_s / pieces
    if piece_s <= 0:
        return []
    counts = [0] * pieces
    for end in ends:
        counts[min(pieces - 1, int((end - begun) / piece_s))] += 1
    return [((place + 0.5) * piece_s, count / piece_s) for place, count in enumerate(counts)]


@dataclass(frozen=True, slots=True)
class Histogram:
    """Latencies in classes of equal width.

    Attributes:
        low_ms: where the first class begins.
        width_ms: of a class.
        counts: by method, how many in each class.
    """

    low_ms: float
    width_ms: float
    counts: dict[str, list[int]]


def histogram(latencies_ms: dict[str, list[float]], classes: int) -> Histogram | None:
    """At most so many classes with round borders; None where there is nothing."""
    known = [one for all_ in latencies_ms.values() for one in all_ if math.isfinite(one)]
    if not known or classes < 1:
        return None
    low, high = min(known), max(known)
    rough = max((high - low) / max(1, classes - 1), 0.1)
    power = 10.0 ** math.floor(math.log10(rough))
    width = next(one * power for one in _ROUND if one * power >= rough * 0.9999)
    first = math.floor(low / width) * width
    size = int((high - first) / width) + 1
    counts = {}
    for method, all_ in latencies_ms.items():
        found = [0] * size
        for one in all_:
            if math.isfinite(one):
                found[min(size - 1, int((one - first) / width))] += 1
        counts[method] = found
    return Histogram(first, width, counts)


def lanes(run: RunView, now: float) -> list[list[RequestRow]]:
    """Requests in flight beside each other: each in the first lane that is free when it starts."""
    found: list[list[RequestRow]] = []
    free: list[float] = []
    started = sorted(
        ((start, row.number, row) for row in run.rows if (start := start_of(row)) is not None),
        key=lambda one: one[:2],
    )
    for start, _, row in started:
        end = now if row.ended is None else row.ended
        place = next((n for n, until in enumerate(free) if until <= start + 1e-4), None)
        if place is None:
            found.append([row])
            free.append(end)
        else:
            found[place].append(row)
            free[place] = end
    return found


def start_of(row: RequestRow) -> float | None:
    """When a request's first attempt went out."""
    return next((at for phase, at in row.steps if phase >= Phase.CONNECTING), None)


def mean_in_flight(run: RunView, now: float) -> float:
    """How many requests were in flight on average."""
    elapsed_s = run.elapsed_s(now)
    if elapsed_s <= 0:
        return 0.0
    return sum(row.took_ms(now) for row in run.rows) / 1000 / elapsed_s
