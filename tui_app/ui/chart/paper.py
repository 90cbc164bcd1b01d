"""The chart that is shown, as a figure for paper, with the numbers behind it."""

from __future__ import annotations

from typing import Final

from tui_app.compare import summarise
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
from ..figures import percentile
from ..model import Model, RunView
from .series import (
    histogram,
    lanes,
    mean_in_flight,
    runs_shown,
    start_of,
    throughput,
)

_CLASSES: Final = 40


def figure_of(model: Model, chart: str, about: str, now: float = 0.0) -> Figure | None:
    """A chart as a figure.

    Args:
        model: what was measured.
        chart: one of :data:`~tui_app.ui.chart.strip.CHARTS`.
        about: what was asked for, of whom, in words.
        now: monotonic time up to which a run that goes on is drawn.

    Returns:
        The figure, or None while there is nothing to draw.
    """
    if chart == "times":
        summary = summarise(model.timed, model.methods)
        return times_figure(model.timed, summary, about) if summary else None
    runs = [run for run in runs_shown(model) if any(row.ended for row in run.rows)]
    if not runs:
        return None
    make = {"throughput": _throughput, "latency": _latency, "in flight": _in_flight}[chart]
    return make(runs, about, now)


def _throughput(runs: list[RunView], about: str, now: float) -> Figure:
    series = {run.method: throughput(run, now) for run in runs}
    return Figure(
        "Throughput",
        about,
        "seconds since the run began",
        "requests kept a second",
        (Plot(tuple(LineMark(method, tuple(points)) for method, points in series.items())),),
        Table(
            ("method", "seconds", "requests_per_second"),
            tuple((method, x, y) for method, points in series.items() for x, y in points),
        ),
    )


def _latency(runs: list[RunView], about: str, now: float) -> Figure:
    samples = {run.method: sorted(run.latencies_ms) for run in runs if run.latencies_ms}
    found = histogram(samples, _CLASSES)
    plots = []
    for method, ordered in samples.items() if found else ():
        assert found is not None
        p50, p95 = (text.milliseconds(percentile(ordered, one)) for one in (50, 95))
        note = f"{method}: {text.plural(len(ordered), 'answer')}, p50 {p50} ms, p95 {p95} ms"
        column = HistogramMark(method, found.low_ms, found.width_ms, tuple(found.counts[method]))
        plots.append(Plot((column,), note))
    return Figure(
        "How long answers took",
        about,
        "milliseconds from the start of an attempt to the end of its body",
        "answers",
        tuple(plots),
        Table(
            ("method", "latency_ms"),
            tuple((method, ms) for method, ordered in samples.items() for ms in ordered),
        ),
    )


def _in_flight(runs: list[RunView], about: str, now: float) -> Figure:
    plots, rows = [], []
    for run in runs:
        begun = run.begun or 0.0
        marks = []
        for place, lane in enumerate(lanes(run, now), 1):
            spans = []
            for row in lane:
                start, end = start_of(row), now if row.ended is None else row.ended
                assert start is not None  # those that never started are in no lane
                spans.append((start - begun, end - begun))
                rows.append((run.method, place, row.short_label, *spans[-1]))
            marks.append(LaneMark(run.method, tuple(spans)))
        most, mean = len(marks), mean_in_flight(run, now)
        note = f"{run.method}: {most} in flight at most, {mean:.1f} on average"
        plots.append(Plot(tuple(marks), note))
    return Figure(
        "Requests beside each other",
        about,
        "seconds since the run began",
        "in flight",
        tuple(plots),
        Table(("method", "lane", "request", "start_s", "end_s"), tuple(rows)),
    )


__all__ = ["figure_of"]
