"""Execution time against number of pages, in plotext.

Title and legend are the panel's: inside the plot they would cover what they are about.
"""

from __future__ import annotations

import math
from typing import Final

from textual.app import RenderResult
from textual_plotext import PlotextPlot

from tui_app.report.figure import nice_ticks

from ..looks import look_of

Points = dict[str, list[tuple[int, float]]]
"""``{method: [(pages, seconds), …]}``, pages rising."""

_AROUND: Final = 3
"""Lines of a plot that are not its canvas: frame and ticks."""


class TimesPlot(PlotextPlot):
    """A line and a marker a method; empty data and single points are fine."""

    _points: Points = {}  # noqa: RUF012 - replaced, never changed
    _page_counts: tuple[int, ...] = ()
    _ideals: dict[str, list[tuple[float, float]]] = {}  # noqa: RUF012
    _spreads: dict[str, list[tuple[int, float, float]]] = {}  # noqa: RUF012

    def draw(
        self,
        points: Points,
        page_counts: tuple[int, ...],
        ideals: dict[str, list[tuple[float, float]]],
        spreads: dict[str, list[tuple[int, float, float]]],
    ) -> None:
        """Plot anew.

        Args:
            points: what has been timed.
            page_counts: all that are going to be, so that the axis doesn't move.
            ideals: the ideal beside each.
            spreads: least and most seconds of those that were repeated.
        """
        self._ideals, self._spreads = ideals, spreads
        self._points = {
            method: [(pages, s) for pages, s in found if math.isfinite(s)]
            for method, found in points.items()
        }
        self._page_counts = page_counts
        self.refresh()

    def render(self) -> RenderResult:
        """The plot at its present size."""
        self._plot_all()
        return super().render()

    def _plot_all(self) -> None:
        plt = self.plt
        plt.clear_data()  # a plot without it would keep every earlier one
        seconds = [s for found in self._points.values() for _, s in found]
        counts = sorted(
            {*self._page_counts, *(p for all_ in self._points.values() for p, _ in all_)}
        )
        if not seconds or not counts:
            return
        widest = [most for found in self._spreads.values() for _, _, most in found]
        top = max(*seconds, *widest, 0.001) * 1.12
        margin = max(0.5, (counts[-1] - counts[0]) * 0.04)
        left, right = counts[0] - margin, counts[-1] + margin
        height = max(2, self.size.height - _AROUND)
        for method, found in self._points.items():
            look = look_of(method)
            for pages, least, most in self._spreads.get(method, ()):
                ends = [to_braille(one / top, height) * top for one in (least, most)]
                plt.plot([pages, pages], ends, marker="braille", color=look.rgb)
            ideal = self._ideals.get(method, ())
            if ideal:
                plt.scatter(
                    [pages for pages, _ in ideal], [s for _, s in ideal], marker="·", color=look.rgb
                )
            if len(found) > 1:
                line = [to_braille(s / top, height) * top for _, s in found]
                plt.plot([pages for pages, _ in found], line, marker="braille", color=look.rgb)
        cell = (right - left) / max(1, self.size.width - _AROUND)
        for method, xs, ys in beside(self._points, cell, top / height):
            plt.scatter(xs, ys, marker=look_of(method).marker, color=look_of(method).rgb)
        plt.xlim(left, right)
        plt.ylim(0, top)
        plt.xticks([float(count) for count in counts], [str(count) for count in counts])
        ticks = nice_ticks(top, max(3, min(6, height * 2 // 3)))
        plt.yticks(ticks, [f"{tick:g}" for tick in ticks])


def beside(points: Points, cell: float, row_s: float) -> list[tuple[str, list[float], list[float]]]:
    """Where markers go: of those that would cover each other, beside each other.

    Args:
        points: what is plotted.
        cell: pages a cell of the plot.
        row_s: seconds a row of it.
    """
    taken: list[tuple[int, float]] = []
    placed = []
    for method, found in points.items():
        xs: list[float] = []
        for pages, seconds in found:
            near = sum(at == pages and abs(s - seconds) < row_s for at, s in taken)
            taken.append((pages, seconds))
            xs.append(pages + near * cell)
        placed.append((method, xs, [s for _, s in found]))
    return placed


def to_braille(share: float, height: int) -> float:
    """Where a braille line has to be drawn to meet a marker, as shares of the axis.

    plotext maps markers and ticks to ``height`` rows, braille dots to four times as many, each
    from its first to its last: without this a line runs half a row beside its markers.
    """
    return (4 * (height - 1) * share + 1.5) / (4 * height - 1)
