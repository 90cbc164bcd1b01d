"""A plot in plotext: execution time by pages, or requests completed over time.

Titles and legends are the panel's: inside the plot they would cover what they are about.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from textual.app import RenderResult
from textual_plotext import PlotextPlot

from tui_app.report.figure import LineMark, Plot, nice_ticks, x_range, y_top

from ..theme import look_of

_AROUND: Final = 3
"""Lines of a plot that are not its canvas: frame and ticks."""


class LinesPlot(PlotextPlot):
    """A line and markers a method; empty data and single points are fine."""

    _shown = Plot(())

    def show(self, plot: Plot) -> None:
        """Plot this anew."""
        self._shown = plot
        self.refresh()

    def render(self) -> RenderResult:
        """The plot at its present size."""
        self.plt.clear_data()  # a plot without it would keep every earlier one
        if any(line.points for line in self._shown.lines):
            self._draw(max(2, self.size.height - _AROUND))
        return super().render()

    def _draw(self, height: int) -> None:
        plot, plt = self._shown, self.plt
        (left, right), top = x_range((plot,)), y_top(plot)
        for line in plot.lines:
            self._join(line, top, height)
        cell = (right - left) / max(1, self.size.width - _AROUND)
        for method, xs, ys in beside(plot.lines, cell, top / height):
            look = look_of(method)
            plt.scatter(xs, ys, marker=look.marker, color=look.rgb)
        x_ticks = [*plot.x_ticks] or nice_ticks(right, max(3, min(8, self.size.width // 12)))
        y_ticks = nice_ticks(top, max(3, min(6, height * 2 // 3)))
        plt.xlim(left, right)
        plt.ylim(0, top)
        plt.xticks(x_ticks, [f"{tick:g}" for tick in x_ticks])
        plt.yticks(y_ticks, [f"{tick:g}" for tick in y_ticks])

    def _join(self, line: LineMark, top: float, height: int) -> None:
        """What joins a method's points, its ideal, its spread."""
        colour = look_of(line.method).rgb
        joined: list[Sequence[tuple[float, float]]] = [
            ((x, least), (x, most)) for x, least, most in line.spread
        ]
        joined += [points for points in (line.steps, line.points) if len(points) > 1]
        for points in joined:
            meeting = [to_braille(y / top, height) * top for _, y in points]
            self.plt.plot([x for x, _ in points], meeting, marker="braille", color=colour)
        if line.ideal:
            xs, ys = zip(*line.ideal, strict=True)
            self.plt.scatter(xs, ys, marker="·", color=colour)


def beside(
    lines: Sequence[LineMark], cell: float, row: float
) -> list[tuple[str, list[float], list[float]]]:
    """Where markers go, by method: of those that would cover each other, beside each other.

    ``cell`` and ``row`` are the width and height of a cell of the plot in the axes' units.
    """
    taken: list[tuple[float, float]] = []
    placed = []
    for line in lines:
        xs: list[float] = []
        for x, y in line.points:
            near = sum(abs(at - x) < cell and abs(other - y) < row for at, other in taken)
            taken.append((x, y))
            xs.append(x + near * cell)
        placed.append((line.method, xs, [y for _, y in line.points]))
    return placed


def to_braille(share: float, height: int) -> float:
    """Where a braille line has to be drawn to meet a marker, as shares of the axis.

    plotext maps markers and ticks to ``height`` rows, braille dots to four times as many, each
    from its first to its last: without this a line runs half a row beside its markers.
    """
    return (4 * (height - 1) * share + 1.5) / (4 * height - 1)
