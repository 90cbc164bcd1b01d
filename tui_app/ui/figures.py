"""The figures beside the bars, the points of the chart and the speed-ups: pure functions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from .model import Model, RunView

if TYPE_CHECKING:
    from tui_app.runs import TimedRun

BASELINE = "sequential"


@dataclass(frozen=True, slots=True)
class MethodFigures:
    """One method, over all of its runs that count.

    Attributes:
        method: its name.
        done: requests that need nothing more.
        total: requests that it takes in all; None while unknown.
        ok: kept. Missing items count as neither ok nor failed.
        retried: attempts that were followed by another.
        failed: given up.
        rate_per_s: requests done a second; None before the first.
        p50_ms: median latency; p95_ms: its 95th percentile.
        elapsed_s: seconds so far.
        ideal_s: what a client that costs nothing would have taken; None until all is known.
        running: whether it is the one that runs now.
    """

    method: str
    done: int = 0
    total: int | None = None
    ok: int = 0
    retried: int = 0
    failed: int = 0
    rate_per_s: float | None = None
    p50_ms: float | None = None
    p95_ms: float | None = None
    elapsed_s: float = 0.0
    ideal_s: float | None = None
    running: bool = False


def percentile(ordered: Sequence[float], percent: int) -> float | None:
    """Nearest rank in a sorted sequence; None where it is empty."""
    if not ordered:
        return None
    return ordered[max(0, -(-percent * len(ordered) // 100) - 1)]


def method_figures(model: Model, now: float) -> list[MethodFigures]:
    """The figures of each method, in the model's order."""
    return [_figures(model, method, now) for method in model.methods]


def _figures(model: Model, method: str, now: float) -> MethodFigures:
    runs = [run for run in model.runs if run.method == method and not run.warmup]
    if not runs:
        return MethodFigures(method, total=model.expected_requests or None)
    latencies: list[float] = []
    for run in runs:
        run.latencies_ms.sort()  # all but the newest are in order already: nearly free
        latencies += run.latencies_ms
    if len(runs) > 1:
        latencies.sort()
    elapsed_s = sum(run.elapsed_s(now) for run in runs)
    done = sum(run.done for run in runs)
    ideals = [run.ideal_s for run in runs]
    current = model.current
    return MethodFigures(
        method=method,
        done=done,
        total=_total(model, runs),
        ok=sum(run.kept for run in runs),
        retried=sum(run.retried for run in runs),
        failed=sum(run.failed for run in runs),
        rate_per_s=done / elapsed_s if done and elapsed_s > 0 else None,
        p50_ms=percentile(latencies, 50),
        p95_ms=percentile(latencies, 95),
        elapsed_s=elapsed_s,
        ideal_s=None if None in ideals else sum(one for one in ideals if one is not None),
        running=model.status.busy and current in runs and current.ended is None,
    )


def _total(model: Model, runs: list[RunView]) -> int | None:
    if model.kind == "compare":
        if model.expected_requests:
            return max(model.expected_requests, sum(run.done for run in runs))
        known = [run.total if run.total is not None else run.pages for run in runs]
    else:
        known = [run.total for run in runs]
    return None if None in known else sum(one for one in known if one is not None)


def chart_points(
    timed: Sequence[TimedRun], methods: Sequence[str]
) -> dict[str, list[tuple[int, float]]]:
    """``{method: [(pages, median seconds), …]}``, pages rising, methods in their order."""
    times: dict[str, dict[int, list[float]]] = {}
    for one in timed:
        times.setdefault(one.method, {}).setdefault(one.pages, []).append(one.seconds)
    return {
        method: [(pages, median(times[method][pages])) for pages in sorted(times[method])]
        for method in methods
        if method in times
    }


@dataclass(frozen=True, slots=True)
class SpeedUp:
    """One method at one page count; medians over the repeats.

    Attributes:
        limit: what sets the ideal; empty while that isn't known.
    """

    method: str
    seconds: float | None
    ideal_s: float | None
    times_as_fast: float | None
    limit: str = ""


def speed_ups(timed: Sequence[TimedRun], methods: Sequence[str]) -> tuple[int, list[SpeedUp]]:
    """Each method at the largest page count that most methods have been timed at.

    Returns:
        That page count (0 where nothing has been timed) and a row a method.
    """
    by_pages: dict[int, dict[str, list[TimedRun]]] = {}
    for one in timed:
        by_pages.setdefault(one.pages, {}).setdefault(one.method, []).append(one)
    if not by_pages:
        return 0, []
    pages = max(by_pages, key=lambda count: (len(by_pages[count]), count))
    found = by_pages[pages]
    seconds = {name: median(run.seconds for run in runs) for name, runs in found.items()}
    base = seconds.get(BASELINE)
    rows = []
    for method in methods:
        runs = found.get(method)
        if not runs:
            rows.append(SpeedUp(method, None, None, None))
            continue
        own = seconds[method]
        ideal = median(run.ideal_seconds for run in runs)
        times = base / own if base and own > 0 else None
        rows.append(SpeedUp(method, own, ideal, times, runs[-1].limit))
    return pages, rows
