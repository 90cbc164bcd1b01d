"""Figures as data, for screen, paper and reports, and the figures of a comparison.

A figure has plots under each other, a plot has marks, and the numbers behind it are a table.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from tui_app.compare.comparison import Comparison
from tui_app.compare.statistics import SummaryRow, TimedRun, sweeps_in_flight
from tui_app.redlist.text import counted, ms_figure, timespan
from tui_app.store import AttemptRow

from .phases import Phase

MOST_ROWS: Final = 60
"""Requests of a run that are drawn: more can't be told apart."""

_TOO_SHORT_MS: Final = 0.1
"""On a warm connection there is nothing to connect."""

_DECADES: Final = 2.5
"""Over more powers of ten, figures between them have no room."""

DRAWN: Final = tuple(Phase)[1:]
"""The phases that a waterfall shows."""

Point = tuple[float, float]
"""x and y, in the units of the axes."""

Span = tuple[Phase, float, float]
"""A phase, where it begins and where it ends."""


@dataclass(frozen=True, slots=True)
class LineMark:
    """A line with a marker at each point."""

    method: str  # gives colour and marker, and stands in the legend
    points: tuple[Point, ...]  # x rising
    ideal: tuple[Point, ...] = ()  # drawn as a thin dotted line
    spread: tuple[tuple[float, float, float], ...] = ()  # (x, min, max) where measured again
    steps: tuple[Point, ...] = ()  # corners of a line without markers, which ends at a point


@dataclass(frozen=True, slots=True)
class HistogramMark:
    """A histogram: ``counts`` in classes of equal ``width``, the first from ``low``."""

    method: str
    low: float
    width: float
    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class LaneMark:
    """Bars behind each other in one line: ``(start, end)``, rising."""

    method: str
    spans: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Bar:
    """A row of a waterfall: one request."""

    label: str
    spans: tuple[Span, ...]  # its phases, rising
    figure: str = ""  # stands at the right of it
    lost: bool = False  # whether it failed


@dataclass(frozen=True, slots=True)
class WaterfallMark:
    """Requests under each other; the method's marker stands beside the plot's note."""

    method: str
    bars: tuple[Bar, ...]


Mark = LineMark | HistogramMark | LaneMark | WaterfallMark


@dataclass(frozen=True, slots=True)
class Plot:
    """Marks over one pair of axes."""

    marks: tuple[Mark, ...]  # all of one sort; of waterfalls, one
    note: str = ""  # a few words above it
    x_ticks: tuple[float, ...] = ()  # where the x axis has its figures; empty: at round ones
    x_unit: str = ""  # stands after the last figure of an axis that has no words
    y_unit: str = ""
    log: bool = False  # whether both axes are logarithmic

    @property
    def waterfalls(self) -> list[WaterfallMark]:
        """Those of the marks that are waterfalls."""
        return [mark for mark in self.marks if isinstance(mark, WaterfallMark)]

    @property
    def lines(self) -> list[LineMark]:
        """Those of the marks that are lines."""
        return [mark for mark in self.marks if isinstance(mark, LineMark)]


@dataclass(frozen=True, slots=True)
class Table:
    """The data of a figure: column names, and rows in their order."""

    columns: tuple[str, ...]
    rows: tuple[tuple[object, ...], ...]


@dataclass(frozen=True, slots=True)
class Figure:
    """One picture: plots under each other that share their x axis."""

    title: str
    subtitle: str  # the source, what was fetched, when
    x: str  # the axis in words, with its unit
    y: str  # likewise; of a waterfall the unit of the figures at the right of its bars
    plots: tuple[Plot, ...]  # from above
    data: Table  # the numbers behind it

    @property
    def waterfalls(self) -> list[WaterfallMark]:
        """All of its waterfalls."""
        return [mark for plot in self.plots for mark in plot.waterfalls]


def phases_used(marks: Sequence[WaterfallMark]) -> list[Phase]:
    """The phases that occur in waterfalls, in their order."""
    return sorted({phase for mark in marks for bar in mark.bars for phase, _, _ in bar.spans})


# -- axes --------------------------------------------------------------------------------


def nice_ticks(top: float, most: int = 6) -> list[float]:
    """At most ``most`` round figures from 0 up to ``top``."""
    rough = top / max(1, most - 1)
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(one * power for one in (1, 2, 5, 10) if one * power >= rough * 0.9999)
    return [round(number * step, 9) for number in range(int(top / step) + 1)]


def log_ticks(low: float, high: float) -> list[float]:
    """Figures 1, 2 and 5 of each power of ten between two; of many powers only 1."""
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    digits = (1, 2, 5) if math.log10(high / low) <= _DECADES else (1,)
    found = [digit * 10.0**power for power in powers for digit in digits]
    return [tick for tick in found if low <= tick <= high]


def x_range(plots: tuple[Plot, ...], *, margin: bool = True) -> Point:
    """The shared x axis: lines by ``x_ticks`` get a margin, the rest begins at 0."""
    xs = [x for plot in plots for mark in plot.marks for x in _xs(mark)]
    xs += [x for plot in plots for x in plot.x_ticks]
    if not xs:
        return 0.0, 1.0
    low, high = min(xs), max(xs)
    if any(isinstance(mark, HistogramMark) for plot in plots for mark in plot.marks):
        return low, high
    ticks = any(plot.x_ticks for plot in plots)
    if not margin:
        return (low if ticks else 0.0), high
    if any(plot.log for plot in plots) and low > 0:
        air = (high / low) ** 0.04 if high > low else 1.5
        return low / air, high * air
    air = (high - low) * 0.04 or 0.5
    return (low - air if ticks else 0.0), high + air


def y_range(plot: Plot) -> Point:
    """The lowest and the highest figure of a plot: 0, or the least that is drawn on a log scale."""
    ys = [0.001] if not plot.log else []
    for mark in plot.marks:
        if isinstance(mark, LineMark):
            ys += [y for _, y in (*mark.points, *mark.ideal)]
            ys += [y for _, *ends in mark.spread for y in ends]
        elif isinstance(mark, HistogramMark):
            ys += mark.counts
    if not plot.log:
        return 0.0, max(ys)
    positive = [y for y in ys if y > 0] or [1.0]
    return min(positive), max(positive)


def _xs(mark: Mark) -> list[float]:
    match mark:
        case LineMark():
            return [x for x, _ in (*mark.points, *mark.steps)]
        case HistogramMark():
            return [mark.low, mark.low + mark.width * len(mark.counts)]
        case LaneMark():
            return [x for span in mark.spans for x in span]
        case WaterfallMark():
            return [x for bar in mark.bars for _, *ends in bar.spans for x in ends]


# -- a comparison ------------------------------------------------------------------------


PAGES: Final = "pages"
IN_FLIGHT: Final = "requests in flight"
"""What the times of a comparison are drawn over."""


def time_marks(summary: Sequence[SummaryRow], times: float = 1.0) -> tuple[LineMark, ...]:
    """Medians by number of pages, or in flight, a line a method, with the ideal and the spread.

    In seconds, or in what has so many ``times`` as many.
    """
    x = "in_flight" if sweeps_in_flight(summary) else "pages"
    methods = dict.fromkeys(row.method for row in summary)
    rows = {method: [row for row in summary if row.method == method] for method in methods}
    return tuple(
        LineMark(
            method,
            tuple((getattr(row, x), row.median * times) for row in found),
            tuple((getattr(row, x), row.ideal * times) for row in found),
            tuple(
                (getattr(row, x), row.min * times, row.max * times) for row in found if row.n > 1
            ),
        )
        for method, found in rows.items()
    )


def times_plot(
    summary: Sequence[SummaryRow],
    counts: Iterable[int] = (),
    *,
    in_flight: bool = False,
    log: bool = False,
) -> Plot:
    """Execution time by number of pages, in milliseconds where all are less than a second.

    By requests in flight where several numbers of them were timed, or ``in_flight`` says that
    they are going to be. The axis has all of ``counts`` too, which may not have been timed yet.
    """
    in_flight = in_flight or sweeps_in_flight(summary)
    longest = max((max(row.max, row.ideal) for row in summary), default=0.0)
    unit, times = ("s", 1.0) if longest >= 1 else ("ms", 1000.0)
    x = [row.in_flight if in_flight else row.pages for row in summary]
    ticks = tuple(map(float, sorted({*counts, *x})))
    name = IN_FLIGHT if in_flight else PAGES
    return Plot(time_marks(summary, times), "", ticks, name, unit, log=log)


def times_title(plot: Plot) -> str:
    """What is drawn, with its unit: ``Time (s) by pages``."""
    return f"Time ({plot.y_unit}) by {plot.x_unit}{', log scales' if plot.log else ''}"


def times_figure(
    runs: Sequence[TimedRun], summary: Sequence[SummaryRow], subtitle: str, *, log: bool = False
) -> Figure:
    """Execution time by number of pages, or in flight; the runs are the data behind it."""
    columns: tuple[str, ...] = (
        *("method", "pages", "repeat", "order", "seconds", "ideal_seconds", "failed"),
    )
    plot = times_plot(summary, log=log)
    if plot.x_unit == IN_FLIGHT:
        columns = (*columns, "in_flight")
    return Figure(
        times_title(plot),
        subtitle,
        plot.x_unit,
        f"Time ({plot.y_unit})",
        (plot,),
        Table(columns, tuple(tuple(getattr(run, name) for name in columns) for run in runs)),
    )


def median_run(outcome: Comparison, method: str) -> TimedRun:
    """A method's run at the largest page count that took the median time.

    Of an even number of runs: the faster one of the two in the middle.
    """
    runs = outcome.runs_of(outcome.rows_at(outcome.most_pages)[method])
    return sorted(runs, key=lambda run: run.seconds)[(len(runs) - 1) // 2]


def waterfall_figure(
    timed: Sequence[tuple[TimedRun, Sequence[AttemptRow]]], subtitle: str, *, several: bool = False
) -> Figure:
    """A row a request of some runs, below each other on one scale, in milliseconds.

    Attempts are ordered by request and attempt; with ``several`` operations the number of a page
    alone doesn't identify a request.
    """
    plots, rows = [], []
    for run, attempts in timed:
        bars = [
            _bar(list(tries), several=several)
            for _, tries in groupby(attempts, key=lambda one: one.request)
        ]
        cut = len(bars) > MOST_ROWS
        more = f", the first {MOST_ROWS} of {counted(len(bars), 'request')}" if cut else ""
        bars = bars[:MOST_ROWS]
        note = f"{run.method}: {timespan(run.seconds)}{more}"
        plots.append(Plot((WaterfallMark(run.method, tuple(bars)),), note))
        rows += [(run.method, bar.label, *_spent(bar), bar.figure) for bar in bars]
    columns = ("method", "request", *(f"{phase.key}_ms" for phase in DRAWN), "total_ms")
    return Figure(
        "Requests over time",
        subtitle,
        "Time since the start of the run (ms)",
        "ms",
        tuple(plots),
        Table(columns, tuple(rows)),
    )


def _bar(tries: Sequence[AttemptRow], *, several: bool) -> Bar:
    """One request, all attempts behind each other.

    When an attempt failed isn't kept: from its last step on it is drawn as until a retry.
    """
    spans: list[Span] = []
    begun: float | None = None
    ended = 0.0
    for one in tries:
        if one.started is None:
            continue
        paced = max(ended, one.started - one.pace_wait_s)
        if begun is not None and paced > ended:
            spans.append((Phase.RETRY, ended * 1000, paced * 1000))
        if one.started > paced:
            spans.append((Phase.PACED, paced * 1000, one.started * 1000))
        begun = one.started if begun is None else begun
        steps = (one.started, one.sent, one.headers, one.body, one.decoded)
        spans += _network(steps)
        ended = max(at for at in steps if at is not None)
    total = ms_figure((ended - begun) * 1000) if begun is not None and ended > begun else ""
    first = tries[0]
    label = first.label if several or first.page is None else f"page {first.page}"
    return Bar(label, tuple(spans), total, lost=bool(tries[-1].kind))


def _network(steps: Sequence[float | None]) -> list[Span]:
    """The phases of an attempt, as far as it got."""
    found: list[Span] = []
    phases = (Phase.CONNECT, Phase.WAIT, Phase.BODY, Phase.DECODE)
    for phase, start, end in zip(phases, steps, steps[1:], strict=False):
        if start is None or end is None:
            break
        if phase in (Phase.WAIT, Phase.BODY) or (end - start) * 1000 >= _TOO_SHORT_MS:
            found.append((phase, start * 1000, end * 1000))
    return found


def _spent(bar: Bar) -> list[str]:
    """Milliseconds by phase, as they are shown; nothing for those that it did not go through."""
    spent: dict[Phase, float] = {}
    for phase, start, end in bar.spans:
        spent[phase] = spent.get(phase, 0.0) + end - start
    return [ms_figure(spent[phase]) if phase in spent else "" for phase in DRAWN]
