"""Axes: round figures, and from data to a place on paper."""

from __future__ import annotations

import math
from dataclasses import dataclass

from .shapes import Columns, Lane, Line, Plot, Waterfall


def nice_ticks(top: float, most: int = 6) -> list[float]:
    """At most ``most`` round figures from 0 up to ``top``."""
    rough = top / max(1, most - 1)
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(one * power for one in (1, 2, 5, 10) if one * power >= rough * 0.9999)
    return [round(number * step, 9) for number in range(int(top / step) + 1)]


@dataclass(frozen=True, slots=True)
class Scale:
    """A stretch of an axis, and where it is on paper.

    Attributes:
        low: the figure at ``start``; high: the one at ``end``.
        start: where it begins, in pixels; end: where it ends.
    """

    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> float:
        """Where a figure is, in pixels to a tenth."""
        share = (value - self.low) / ((self.high - self.low) or 1.0)
        return round(self.start + share * (self.end - self.start), 1)


def x_range(plots: tuple[Plot, ...]) -> tuple[float, float]:
    """From where to where the shared axis goes: lines get a margin, the rest begins at 0."""
    xs = [x for plot in plots for x in (*plot.x_ticks, *_xs(plot))]
    if not xs:
        return 0.0, 1.0
    low, high = min(xs), max(xs)
    if any(isinstance(mark, Columns) for plot in plots for mark in plot.marks):
        return low, high
    margin = (high - low) * 0.04 or 0.5
    return (low - margin if any(plot.x_ticks for plot in plots) else 0.0), high + margin


def y_top(plot: Plot) -> float:
    """The highest figure of a plot, with a little air above it."""
    tops = [0.001]
    for mark in plot.marks:
        if isinstance(mark, Line):
            tops += [y for _, y in (*mark.points, *mark.ideal)]
            tops += [most for _, _, most in mark.spread]
        elif isinstance(mark, Columns):
            tops += mark.counts
    return max(tops) * 1.08


def _xs(plot: Plot) -> list[float]:
    found: list[float] = []
    for mark in plot.marks:
        if isinstance(mark, Line):
            found += [x for x, _ in mark.points]
        elif isinstance(mark, Columns):
            found += [mark.low, mark.low + mark.width * len(mark.counts)]
        elif isinstance(mark, Lane):
            found += [x for span in mark.spans for x in span]
        elif isinstance(mark, Waterfall):
            found += [x for bar in mark.bars for _, *ends in bar.spans for x in ends]
    return found
