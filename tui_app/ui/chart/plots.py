"""Charts in plotext: execution time by pages, and requests a second over time.

Titles and legends are the panel's: inside the plot they would cover what they are about.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from textual.app import RenderResult
from textual_plotext import PlotextPlot

from tui_app.report.figure import LineMark, nice_ticks

from ..theme import look_of

_AROUND: Final = 3
"""Lines of a plot that are not its canvas: frame and ticks."""


class LinesPlot(PlotextPlot):
    """A line and markers a method; empty data and single points are fine."""

    _lines: Sequence[LineMark] = ()

    def show(self, lines: Sequence[LineMark]) -> None:
        """Plot these anew."""
        self._lines = lines
        self.refresh()

    def render(self) -> RenderResult:
        """The plot at its present size."""
        self.plt.clear_data()  # a plot without it would keep every earlier one
        if any(line.points for line in self._lines):
            self.plot_lines(max(2, self.size.height - _AROUND))
        return super().render()

    def plot_lines(self, height: int) -> None:
        """Plot what there is, over time from 0 on, in ``height`` lines."""
        right = max(x for line in self._lines for x, _ in line.points) * 1.04 or 1.0
        top = self.scale_y(height)
        for line in self._lines:
            self.plot_line(line, top, height)
            look = look_of(line.method)
            xs, ys = [x for x, _ in line.points], [y for _, y in line.points]
            self.plt.scatter(xs, ys, marker=look.marker, color=look.rgb)
        self.plt.xlim(0, right)
        ticks = nice_ticks(right, max(3, min(8, self.size.width // 12)))
        self.plt.xticks(ticks, [f"{tick:g}" for tick in ticks])

    def plot_line(self, line: LineMark, top: float, height: int) -> None:
        """What joins a method's points, its ideal, its spread."""
        colour = look_of(line.method).rgb
        joined: list[Sequence[tuple[float, float]]] = [
            ((x, least), (x, most)) for x, least, most in line.spread
        ]
        for points in [*joined, line.points] if len(line.points) > 1 else joined:
            meeting = [to_braille(y / top, height) * top for _, y in points]
            self.plt.plot([x for x, _ in points], meeting, marker="braille", color=colour)
        if line.ideal:
            xs, ys = [x for x, _ in line.ideal], [y for _, y in line.ideal]
            self.plt.scatter(xs, ys, marker="·", color=colour)

    def scale_y(self, height: int) -> float:
        """Scale the y axis by what there is; gives its end."""
        highest = [y for line in self._lines for _, y in line.points]
        highest += [most for line in self._lines for _, _, most in line.spread]
        top = max(*highest, 0.001) * 1.12
        self.plt.ylim(0, top)
        ticks = nice_ticks(top, max(3, min(6, height * 2 // 3)))
        self.plt.yticks(ticks, [f"{tick:g}" for tick in ticks])
        return top


class TimesPlot(LinesPlot):
    """Execution time against number of pages.

    Attributes:
        page_counts: all that are going to be timed, so that the axis doesn't move.
    """

    page_counts: tuple[int, ...] = ()

    def plot_lines(self, height: int) -> None:
        """A tick a page count; markers that would cover each other stand beside each other."""
        counts = sorted({*self.page_counts, *(x for line in self._lines for x, _ in line.points)})
        margin = max(0.5, (counts[-1] - counts[0]) * 0.04)
        left, right = counts[0] - margin, counts[-1] + margin
        top = self.scale_y(height)
        for line in self._lines:
            self.plot_line(line, top, height)
        cell = (right - left) / max(1, self.size.width - _AROUND)
        for method, xs, ys in beside(self._lines, cell, top / height):
            look = look_of(method)
            self.plt.scatter(xs, ys, marker=look.marker, color=look.rgb)
        self.plt.xlim(left, right)
        self.plt.xticks([float(count) for count in counts], [f"{count:g}" for count in counts])


def beside(
    lines: Sequence[LineMark], cell: float, row_s: float
) -> list[tuple[str, list[float], list[float]]]:
    """Where markers go: of those that would cover each other, beside each other.

    Args:
        lines: what is plotted.
        cell: pages a cell of the plot.
        row_s: seconds a row of it.
    """
    taken: list[tuple[float, float]] = []
    placed = []
    for line in lines:
        xs: list[float] = []
        for pages, seconds in line.points:
            near = sum(at == pages and abs(s - seconds) < row_s for at, s in taken)
            taken.append((pages, seconds))
            xs.append(pages + near * cell)
        placed.append((line.method, xs, [s for _, s in line.points]))
    return placed


def to_braille(share: float, height: int) -> float:
    """Where a braille line has to be drawn to meet a marker, as shares of the axis.

    plotext maps markers and ticks to ``height`` rows, braille dots to four times as many, each
    from its first to its last: without this a line runs half a row beside its markers.
    """
    return (4 * (height - 1) * share + 1.5) / (4 * height - 1)
