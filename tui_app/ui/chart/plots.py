"""A plot of lines in plotext: execution time by pages, or requests completed over time.

plotext rounds lines, markers and ticks to different grids. They are placed in cells here first,
and plotext draws those cells: a line meets its markers, and ticks are equally far apart even with
ten rows. Titles and legends are outside the plot, where they cover nothing.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from rich.color import Color
from rich.text import Text
from textual.widget import Widget
from textual_plotext import Plot as PlotextPlot

from tui_app.report.figure import Plot, Point, x_range, y_range

from ..requests.drawing import round_up
from ..theme import look_of

_LEAST: Final = 3
"""Rows and columns of the smallest plot."""
_LEAST_LOG: Final = 1e-15
"""A logarithmic axis has no 0."""
_ROWS_BELOW: Final = 2
"""The x axis and its figures."""
_MARGIN: Final = 2
"""Columns left and right of the first and last point: markers of equal points need them."""
_DOTS: Final = ((0x40, 0x04, 0x02, 0x01), (0x80, 0x20, 0x10, 0x08))
"""A cell's dots as bits, from the lowest up, of its left and its right column."""

Cell = tuple[int, int]
"""Column and row, from the lower left corner."""


@dataclass(frozen=True, slots=True)
class CellScale:
    """An axis in cells: a step of its values is always as many cells long.

    On a logarithmic one values are multiplied by ``step``, else it is added.
    """

    first: float  # the value in cell ``cell``
    step: float
    each: float  # cells of a step
    cell: float = 0.0
    log: bool = False

    def at(self, value: float) -> float:
        """Where a value is, in cells."""
        if self.log:
            steps = math.log(max(value, _LEAST_LOG) / self.first, self.step)
        else:
            steps = (value - self.first) / self.step
        return self.cell + steps * self.each

    def ticks(self, cells: int) -> list[tuple[int, float]]:
        """Cell and value of the figures on an axis of so many cells."""
        found = []
        for number in range(cells):
            at = round(self.cell + number * self.each)
            value = self.first * self.step**number if self.log else self.first + number * self.step
            if at < cells:
                found.append((at, value))
        return found


def cell_scale(top: float, cells: int, most: int, low: float = 0.0) -> CellScale:
    """The scale from 0 (with ``low``: logarithmic, from below it) that uses most of the cells.

    Of those with a round step, whole cells apart, and 2 to ``most`` figures.
    """
    last = max(1, cells - 1)
    scales: list[CellScale] = []
    for each in range(1, last + 1):
        if last // each + 1 > max(2, most):
            continue
        if low <= 0:
            step = round_up(max(top, 1e-9) * each / last, (1.0, 2.0, 5.0, 10.0))
            scales.append(CellScale(0.0, step, each))
            continue
        for factor in (10.0, 2.0):
            first = factor ** math.floor(math.log(low * 1.0001, factor))
            scales.append(CellScale(first, factor, each, log=True))
    fitting = [scale for scale in scales if scale.at(top) < last + 0.5]
    if not fitting:  # so much lies between them that tenfold steps are less than a cell
        steps = math.log10(top / low) + 1
        return CellScale(10.0 ** math.floor(math.log10(low)), 10.0, last / steps, log=True)

    def use(scale: CellScale) -> tuple[int, float]:
        used = scale.at(top) - (scale.at(low) if scale.log else 0)
        return min(3, last // int(scale.each) + 1), used

    return max(fitting, key=use)


@dataclass(slots=True)
class Canvas:
    """Lines, markers and dots of ideals by cell; none of them hides another."""

    columns: int
    rows: int
    lines: dict[Cell, dict[str, int]] = field(default_factory=dict)
    """Dots of each method's line, as bits of a braille character."""
    ideals: dict[Cell, str] = field(default_factory=dict)
    markers: dict[Cell, str] = field(default_factory=dict)

    def line(self, method: str, points: Sequence[Point]) -> None:
        """Join points, given in cells."""
        for column, row in _dots(points):
            cell, bit = (column // 2, row // 4), _DOTS[column % 2][row % 4]
            if self._holds(cell):
                owners = self.lines.setdefault(cell, {})
                owners[method] = owners.get(method, 0) | bit

    def mark(self, method: str, points: Sequence[Point]) -> None:
        """Put a marker at each point; where another stands, the next free cell of the line."""
        path = _cells(points)
        for point in points:
            here = _cell(point)
            if len(points) > 1:
                near = sorted(path, key=lambda cell: _apart(cell, here))
            else:
                near = [(here[0] + by, here[1]) for by in (0, 1, -1, 2, -2)]
            free = (cell for cell in near if self._holds(cell) and cell not in self.markers)
            self.markers[next(free, here)] = method

    def dot(self, method: str, points: Sequence[Point], start: int, every: int) -> None:
        """Dot a line, beside markers and in its own cells: every so many, from ``start`` on."""
        path = [cell for cell in _cells(points) if self._holds(cell)]
        free = [cell for cell in path if cell not in self.markers and cell not in self.ideals]
        if len(points) == 1 and not free:
            beside = [(column + by, row) for column, row in path for by in (1, -1, 2, -2, 3, -3)]
            free = [cell for cell in beside if self._holds(cell) and cell not in self.markers][:1]
        for cell in free[min(start, max(0, len(free) - 1)) :: every]:
            self.ideals[cell] = method

    def owner(self, cell: Cell) -> str:
        """The method whose colour a cell of lines has: those that share cells are dashes."""
        owners = list(self.lines[cell])
        return owners[(cell[0] // 2 + cell[1]) % len(owners)]

    def draw(self, plotext: PlotextPlot) -> None:
        """Draw it with plotext, whose canvas has these columns and rows."""
        dots: dict[tuple[str, str], list[Cell]] = defaultdict(list)
        for (column, row), owners in self.lines.items():
            if (column, row) in self.markers or (column, row) in self.ideals:
                continue
            place = "braille", look_of(self.owner((column, row))).colour
            dots[place] += [
                (2 * column + across, 4 * row + up)
                for across, bits in enumerate(_DOTS)
                for up, bit in enumerate(bits)
                if any(bit & own for own in owners.values())
            ]
        for (marker, colour), places in dots.items():
            across, up = (
                (self.columns - 1) / (2 * self.columns - 1),
                (self.rows - 1) / (4 * self.rows - 1),
            )
            _scatter(plotext, [(x * across, y * up) for x, y in places], marker, colour)
        for glyph, cells in (("·", self.ideals), ("", self.markers)):
            by_method: dict[str, list[Point]] = defaultdict(list)
            for cell, method in cells.items():
                by_method[method].append(cell)
            for method, points in by_method.items():
                look = look_of(method)
                _scatter(plotext, points, glyph or look.marker, look.colour)

    def _holds(self, cell: Cell) -> bool:
        return 0 <= cell[0] < self.columns and 0 <= cell[1] < self.rows


def _cell(point: Point) -> Cell:
    return math.floor(point[0] + 0.5), math.floor(point[1] + 0.5)


def _apart(one: Cell, other: Cell) -> tuple[int, int, int]:
    """How far apart cells are: those in one row are nearer, and of them those at the right."""
    across, up = one[0] - other[0], abs(one[1] - other[1])
    return max(abs(across), up), up, -across


def _dots(points: Sequence[Point]) -> Iterator[Cell]:
    """The dots on the straight lines between points: two a column, four a row."""
    dots = [(math.floor((x + 0.5) * 2), math.floor((y + 0.5) * 4)) for x, y in points]
    yield from dots[:1]
    for (x, y), (to_x, to_y) in pairwise(dots):
        steps = max(abs(to_x - x), abs(to_y - y))
        for step in range(1, steps + 1):
            share = step / steps
            yield round(x + (to_x - x) * share), round(y + (to_y - y) * share)


def _cells(points: Sequence[Point]) -> list[Cell]:
    """The cells that a line goes through, in order."""
    return list(dict.fromkeys((column // 2, row // 4) for column, row in _dots(points)))


def _scatter(plotext: PlotextPlot, points: Sequence[Point], marker: str, colour: str) -> None:
    red, green, blue = Color.parse(colour).get_truecolor()
    xs, ys = zip(*points, strict=True)
    plotext.scatter(xs, ys, marker=marker, color=(red, green, blue))


def plot_in_cells(plot: Plot, width: int, height: int) -> Text:
    """A plot in so many cells, with its axes."""
    rows = max(_LEAST, height - _ROWS_BELOW)
    low, top = y_range(plot)
    y = cell_scale(top, rows, min(7, rows // 2 + 1), low)
    y_ticks = {row: _figure(value) for row, value in y.ticks(rows)}
    widest = max(map(len, y_ticks.values()), default=0)
    for row, figure in y_ticks.items():  # the unit stands at the highest one
        unit = f" {plot.y_unit}" if plot.y_unit else ""
        y_ticks[row] = f"{figure:>{widest}}{unit if row == max(y_ticks) else ' ' * len(unit)}"
    margin = max(map(len, y_ticks.values()), default=1)
    columns = max(_LEAST, width - margin - 1)
    x, x_ticks = _x_axis(plot, columns)
    canvas = Canvas(columns, rows)
    for line in plot.lines:
        for at, least, most in line.spread:
            canvas.line(line.method, _placed(((at, least), (at, most)), x, y))
        for points in (line.steps, line.points):
            canvas.line(line.method, _placed(points, x, y))
        canvas.mark(line.method, _placed(line.points, x, y))
    ideals = [line for line in plot.lines if line.ideal]
    for place, line in enumerate(ideals):
        placed = _placed(line.ideal, x, y)
        canvas.dot(line.method, placed, place, 2 * len(ideals) - place)
    plotext = PlotextPlot()
    plotext.theme("clear")
    size = margin + 1 + columns, rows + _ROWS_BELOW
    plotext.plotsize(*size)
    plotext._set_size(*size)  # as textual-plotext does: else it is cut to the terminal's
    plotext.xaxes(True, False)
    plotext.yaxes(True, False)
    plotext.xlim(0, columns - 1)
    plotext.ylim(0, rows - 1)
    plotext.yticks([float(row) for row in y_ticks], list(y_ticks.values()))
    ticks, figures = _below(x_ticks, margin, columns, plot.x_unit)
    plotext.xticks([float(column) for column in ticks], ["" for _ in ticks])
    canvas.draw(plotext)
    drawn = Text.from_ansi(plotext.build()).split()
    # plotext centres a figure with its unit at the tick: here the figure alone is.
    return Text("\n").join([*drawn[: rows + 1], Text(figures)])


def _placed(points: Sequence[Point], x: CellScale, y: CellScale) -> list[Point]:
    return [(x.at(a), y.at(b)) for a, b in points if math.isfinite(a) and math.isfinite(b)]


def _x_axis(plot: Plot, columns: int) -> tuple[CellScale, list[tuple[int, float]]]:
    """The scale of the x axis, and the cells of its figures."""
    low, high = x_range((plot,), margin=False)
    if not plot.x_ticks:
        scale = cell_scale(high, columns - _MARGIN, max(3, columns // 12))
        return scale, scale.ticks(columns)
    room = max(1, columns - 1 - 2 * _MARGIN)
    if high <= low:  # one number of pages
        scale = CellScale(low, 1.0, room, columns // 2)
    elif plot.log:
        scale = CellScale(low, high / low, room, _MARGIN, log=True)
    else:
        scale = CellScale(low, high - low, room, _MARGIN)
    return scale, [(round(scale.at(tick)), tick) for tick in plot.x_ticks]


def _below(
    ticks: Sequence[tuple[int, float]], margin: int, columns: int, unit: str
) -> tuple[list[int], str]:
    """The columns that have a tick, and their figures as a line.

    Those that have room beside the last one, which has the unit.
    """
    figures, marked = [" "] * (margin + 1 + columns), []
    last = len(ticks) - 1
    for place, (column, value) in sorted(enumerate(ticks), key=lambda one: -(one[0] == last)):
        figure = words = _figure(value)
        if place == last:
            words = f"{figure} {unit}".rstrip()
        first = margin + 1 + column - (len(figure) - 1) // 2
        first = min(first, len(figures) - len(words))
        around = figures[max(0, first - 1) : first + len(words) + 1]
        if first >= 0 and 0 <= column < columns and not "".join(around).strip():
            figures[first : first + len(words)] = words
            marked.append(column)
    return marked, "".join(figures)


def _figure(value: float) -> str:
    return f"{float(f'{value:.4g}'):,g}"


class LinesPlot(Widget):
    """A line and markers a method; empty data and single points are fine."""

    _shown = Plot(())

    def show(self, plot: Plot) -> None:
        """Plot this anew."""
        self._shown = plot
        self.refresh()

    def render(self) -> Text:
        """The plot at its present size."""
        if not any(line.points for line in self._shown.lines):
            return Text("")
        return plot_in_cells(self._shown, self.size.width, self.size.height)
