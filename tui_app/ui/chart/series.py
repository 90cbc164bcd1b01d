"""The numbers behind the charts, and the charts as figures for paper."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Final

from tui_app.compare.statistics import SummaryRow, percentile, summarise, sweeps_in_flight
from tui_app.fetch import State
from tui_app.redlist.text import counted
from tui_app.report.figure import (
    Figure,
    HistogramMark,
    LaneMark,
    LineMark,
    Plot,
    Table,
    times_figure,
)

from .. import text
from ..model import Model
from ..requests.drawing import round_up
from ..runview import RequestRow, RunView, lanes

_CLASSES: Final = 40
STEPS: Final = 200
"""Steps of a staircase at most: more have no room on a screen."""
_AXES: Final = {
    "throughput": (
        "Requests completed over time",
        "Time since the run began (s)",
        "Requests completed",
        ("method", "seconds", "requests_completed"),
    ),
    "latency": (
        "Responses by latency",
        "Latency (ms), from the start of an attempt to the end of its body",
        "Responses",
        ("method", "latency_ms"),
    ),
    "in flight": (
        "Requests in flight over time",
        "Time since the run began (s)",
        "In flight",
        ("method", "lane", "request", "start_s", "end_s"),
    ),
}
"""Titles, axes and columns of the data."""


def summary_rows(model: Model) -> Sequence[SummaryRow]:
    """What a comparison has measured so far, by page count and method."""
    if model.comparison is not None:
        return model.comparison.summary
    return summarise(model.timed, model.methods)


def rows_to_compare(summary: Sequence[SummaryRow]) -> list[SummaryRow]:
    """A row a method, at the largest page count that most methods have been timed at.

    Of several numbers of requests in flight, the fastest.
    """
    by_pages: dict[int, list[SummaryRow]] = {}
    if sweeps_in_flight(summary):
        methods = dict.fromkeys(row.method for row in summary)
        every = ([row for row in summary if row.method == one] for one in methods)
        return [min(rows, key=lambda row: row.median) for rows in every]
    for row in summary:
        by_pages.setdefault(row.pages, []).append(row)
    return max(by_pages.values(), key=lambda rows: (len(rows), rows[0].pages), default=[])


def completed(run: RunView) -> list[float]:
    """When each request was saved, in seconds since the run began, in order."""
    done = (State.KEPT, State.HELD)
    begun = run.begun or 0.0
    ends = (row.ended for row in run.rows if row.state in done)
    return sorted(end - begun for end in ends if end is not None)


def staircase(run: RunView, now: float) -> tuple[tuple[float, float], ...]:
    """Requests completed over time: corners from (0, 0) up; the slope is the throughput.

    Of many requests a step is several; a run that goes on is drawn up to ``now``.
    """
    ends = completed(run)
    if run.begun is None or not ends:
        return ()
    each = math.ceil(len(ends) / STEPS)
    corners = [(0.0, 0.0)]
    for count in (*range(each, len(ends), each), len(ends)):
        corners += [(ends[count - 1], corners[-1][1]), (ends[count - 1], float(count))]
    if run.ended is None:
        corners.append((max(run.elapsed_s(now), ends[-1]), float(len(ends))))
    return tuple(corners)


def completed_marks(runs: Sequence[RunView], now: float) -> tuple[LineMark, ...]:
    """Requests completed over time, a staircase a run, its marker at the top."""
    stairs = ((run.method, staircase(run, now)) for run in runs)
    return tuple(LineMark(method, steps[-1:], steps=steps) for method, steps in stairs)


def histogram(latencies_ms: dict[str, list[float]], classes: int) -> list[HistogramMark]:
    """By method, at most so many classes with round borders, the same for all of them."""
    known = [one for all_ in latencies_ms.values() for one in all_ if math.isfinite(one)]
    if not known or classes < 1:
        return []
    low, high = min(known), max(known)
    width = round_up(max((high - low) / max(1, classes - 1), 0.1), (1.0, 2.0, 2.5, 5.0, 10.0))
    first = math.floor(low / width) * width
    columns = []
    for method, all_ in latencies_ms.items():
        counts = [0] * (int((high - first) / width) + 1)
        for one in filter(math.isfinite, all_):
            counts[min(len(counts) - 1, int((one - first) / width))] += 1
        columns.append(HistogramMark(method, first, width, tuple(counts)))
    return columns


def latencies(runs: Sequence[RunView], classes: int) -> list[tuple[HistogramMark, str]]:
    """A histogram a method that has responses, and its percentiles in words."""
    samples = {run.method: sorted(run.latencies_ms) for run in runs if run.latencies_ms}
    found = []
    for mark in histogram(samples, classes):
        ordered = samples[mark.method]
        p50, p95, most = (text.milliseconds(percentile(ordered, one)) for one in (50, 95, 100))
        responses = counted(len(ordered), "response")
        found.append((mark, f"{responses}: p50 {p50}, p95 {p95}, max {most} ms"))
    return found


def lane_plot(run: RunView, found: Sequence[Sequence[RequestRow]], now: float) -> Plot:
    """The lanes of a run as marks, and how many they are in words."""
    elapsed_s = run.elapsed_s(now)
    marks = [LaneMark(run.method, tuple(_span(row, now) for row in lane)) for lane in found]
    spent_s = sum(stop - start for mark in marks for start, stop in mark.spans)
    mean = spent_s / elapsed_s if elapsed_s > 0 else 0.0
    most = counted(len(marks), "request")
    return Plot(tuple(marks), f"{run.method}: up to {most} in flight, mean {mean:.1f}")


def _span(row: RequestRow, now: float) -> tuple[float, float]:
    """When a request that started was in flight, in seconds since its run began."""
    begun = row.owner.begun or 0.0
    return (row.started or begun) - begun, row.end_by(now) - begun


def figure_of(
    model: Model, chart: str, about: str, now: float = 0.0, *, log: bool = False
) -> Figure | None:
    """One of :data:`~tui_app.ui.chart.panel.DRAWN` as a figure; None while there is nothing.

    ``about`` names the operation and the server. A run that goes on is drawn up to ``now``.
    With ``log`` times have logarithmic scales.
    """
    if chart == "times":
        summary = summary_rows(model)
        return times_figure(model.timed, summary, about, log=log) if summary else None
    runs = [run for run in model.runs_to_chart() if any(row.ended for row in run.rows)]
    if not runs:
        return None
    rows: Iterable[tuple[object, ...]]
    if chart == "throughput":
        plots = [Plot(completed_marks(runs, now))]
        rows = ((run.method, at, n) for run in runs for n, at in enumerate(completed(run), 1))
    elif chart == "latency":
        found = latencies(runs, _CLASSES)
        plots = [Plot((mark,), f"{mark.method}: {words}") for mark, words in found]
        rows = ((run.method, ms) for run in runs for ms in sorted(run.latencies_ms))
    else:
        beside = [(run, lanes(run, now)) for run in runs]
        plots = [lane_plot(run, all_, now) for run, all_ in beside]
        rows = (
            (run.method, place, row.short_label, *_span(row, now))
            for run, all_ in beside
            for place, lane in enumerate(all_, 1)
            for row in lane
        )
    title, x, y, columns = _AXES[chart]
    return Figure(title, about, x, y, tuple(plots), Table(columns, tuple(rows)))
