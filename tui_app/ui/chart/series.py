"""The numbers behind the charts, and the charts as figures for paper."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from tui_app.compare.statistics import SummaryRow, percentile, summarise
from tui_app.fetch import State
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
from ..runview import RequestRow, RunView

Points = list[tuple[float, float]]
"""``[(x, y), …]``, x rising."""

_ROUND: Final = (1.0, 2.0, 2.5, 5.0, 10.0)


def summary_rows(model: Model) -> Sequence[SummaryRow]:
    """What a comparison has measured so far, by page count and method."""
    if model.comparison is not None:
        return model.comparison.summary
    return summarise(model.timed, model.methods)


def rows_to_compare(summary: Sequence[SummaryRow]) -> list[SummaryRow]:
    """A row a method, at the largest page count that most methods have been timed at."""
    by_pages: dict[int, list[SummaryRow]] = {}
    for row in summary:
        by_pages.setdefault(row.pages, []).append(row)
    return max(by_pages.values(), key=lambda rows: (len(rows), rows[0].pages), default=[])


def throughput(run: RunView, now: float, most: int = 24) -> Points:
    """Requests kept a second over a run's time: ``[(seconds since its beginning, rate), …]``.

    The time is cut into ``most`` pieces, and no more than there are requests.
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


def histogram(latencies_ms: dict[str, list[float]], classes: int) -> list[HistogramMark]:
    """By method, at most so many classes with round borders, the same for all of them."""
    known = [one for all_ in latencies_ms.values() for one in all_ if math.isfinite(one)]
    if not known or classes < 1:
        return []
    low, high = min(known), max(known)
    rough = max((high - low) / max(1, classes - 1), 0.1)
    power = 10.0 ** math.floor(math.log10(rough))
    width = next(one * power for one in _ROUND if one * power >= rough * 0.9999)
    first = math.floor(low / width) * width
    size = int((high - first) / width) + 1
    columns = []
    for method, all_ in latencies_ms.items():
        counts = [0] * size
        for one in filter(math.isfinite, all_):
            counts[min(size - 1, int((one - first) / width))] += 1
        columns.append(HistogramMark(method, first, width, tuple(counts)))
    return columns


def lanes(run: RunView, now: float) -> list[list[RequestRow]]:
    """Requests in flight beside each other: each in the first lane that is free when it starts."""
    found: list[list[RequestRow]] = []
    free: list[float] = []
    started = sorted(
        ((row.started, row.number, row) for row in run.rows if row.started is not None),
        key=lambda one: one[:2],
    )
    for start, _, row in started:
        end = row.end_by(now)
        place = next((n for n, until in enumerate(free) if until <= start + 1e-4), None)
        if place is None:
            found.append([row])
            free.append(end)
        else:
            found[place].append(row)
            free[place] = end
    return found


def mean_in_flight(run: RunView, now: float) -> float:
    """How many requests were in flight on average."""
    elapsed_s = run.elapsed_s(now)
    if elapsed_s <= 0:
        return 0.0
    return sum(row.took_ms(now) for row in run.rows) / 1000 / elapsed_s


_CLASSES: Final = 40


def figure_of(model: Model, chart: str, about: str, now: float = 0.0) -> Figure | None:
    """A chart as a figure; None while there is nothing to draw.

    Args:
        model: what was measured.
        chart: one of :data:`~tui_app.ui.chart.panel.DRAWN`.
        about: what was asked for, of whom, in words.
        now: monotonic time up to which a run that goes on is drawn.
    """
    if chart == "times":
        summary = summary_rows(model)
        return times_figure(model.timed, summary, about) if summary else None
    runs = [run for run in model.runs_to_chart() if any(row.ended for row in run.rows)]
    if not runs:
        return None
    make = {"throughput": _throughput, "latency": _latency, "in flight": _in_flight}[chart]
    return make(runs, about, now)


def rate_marks(runs: Sequence[RunView], now: float) -> tuple[LineMark, ...]:
    """Requests kept a second over time, a line a run."""
    return tuple(LineMark(run.method, tuple(throughput(run, now))) for run in runs)


def _throughput(runs: list[RunView], about: str, now: float) -> Figure:
    marks = rate_marks(runs, now)
    return Figure(
        "Throughput",
        about,
        "seconds since the run began",
        "requests kept a second",
        (Plot(marks),),
        Table(
            ("method", "seconds", "requests_per_second"),
            tuple((line.method, x, y) for line in marks for x, y in line.points),
        ),
    )


def _latency(runs: list[RunView], about: str, now: float) -> Figure:
    samples = {run.method: sorted(run.latencies_ms) for run in runs if run.latencies_ms}
    plots = []
    for columns in histogram(samples, _CLASSES):
        ordered = samples[columns.method]
        p50, p95 = (text.milliseconds(percentile(ordered, one)) for one in (50, 95))
        answers = text.plural(len(ordered), "answer")
        note = f"{columns.method}: {answers}, p50 {p50} ms, p95 {p95} ms"
        plots.append(Plot((columns,), note))
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
                assert row.started is not None  # those that never started are in no lane
                spans.append((row.started - begun, row.end_by(now) - begun))
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
