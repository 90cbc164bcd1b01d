"""A figure as SVG and as PNG: told apart by marker, height and dashes as well as by colour.

Own drawing rather than a library's: pygal has neither a Gantt nor a spread, and marks that differ
by colour alone; matplotlib weighs more than all the rest of the program. Places and sizes are in
pixels. Fonts are the reader's own: nothing is loaded from anywhere.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count, pairwise
from math import log
from pathlib import Path
from textwrap import wrap
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from tui_app.export.atomic import Exported, FileTransaction, size_of, writing
from tui_app.export.destinations import data_path
from tui_app.redlist.errors import UsageError
from tui_app.redlist.text import visible

from .count_bars import CountsFigure
from .figure import (
    Bar,
    Figure,
    HistogramMark,
    LaneMark,
    LineMark,
    Plot,
    Point,
    WaterfallMark,
    log_ticks,
    nice_ticks,
    phases_used,
    x_range,
    y_range,
)
from .phases import LIGHT, Phase, mark_of

FIGURE_ENDINGS: Final = (".svg", ".png")
_ZOOM: Final = 2.0
"""Pixels of a PNG to one of the SVG: legible on a slide."""

WIDTH: Final = 860
_FONT: Final = "DejaVu Sans, Verdana, Helvetica, Arial, sans-serif"
_LEFT: Final = 70
_RIGHT: Final = 24
_FIGURES: Final = 72
"""At the right of a waterfall."""
_HEAD: Final = 92
_TITLES: Final = 52
"""Of it, what title and subtitle take."""
_FOOT: Final = 52
_LANE: Final = 12
_AIR: Final = 1.08
"""The axis goes on for so much beyond the highest figure."""
_DASH: Final = 12.0
"""Pixels of a dash, of lines that would hide each other."""
_NEAR: Final = 3.0
"""Pixels between lines or markers that hide each other."""
_BESIDE: Final = 11.0
"""Pixels between the markers of equal points."""
_DOT: Final = 3.0
"""Pixels across a dot of an ideal; between its dots are so many times as many."""
_GAP: Final = 3
_SEARCHED: Final = 40
"""Steps along a line for a place that no marker has; then beyond its end."""

_BAR: Final = 22
"""From one bar of counts to the next."""
_BARS_HEAD: Final = 66
_LEFT_OF_BARS: Final = 24
_LONGEST_VALUE: Final = 40
_COUNTS: Final = 130
"""At the right of the longest bar."""
_NOTE: Final = 130
"""Characters of a line below them."""
_ROW: Final = 14
"""From one request of a waterfall to the next."""
_LONGEST_LABEL: Final = 28
_LETTER: Final = 6.4
_THICK: Final = 10
_STROKES: Final = {
    Phase.PACED: (1.5, "1.5 3", 0.0),
    Phase.CONNECT: (_THICK, "1.5 1.5", 1.5),
    Phase.WAIT: (5.0, "", 1.5),
    Phase.BODY: (_THICK, "", 2.0),
    Phase.RETRY: (1.5, "6 3", 0.0),
}
"""Width, dashes, and least length: a body is often here at once, but is what was waited for."""


def write_figure(path: Path, figure: Figure | CountsFigure) -> list[Exported]:
    """Write a figure, as its ending says (:data:`FIGURE_ENDINGS`), and its data as CSV beside it.

    Raises:
        ExportError: one can't be written.
        UsageError: a PNG's extra is not installed; nothing is written.
    """
    svg = counts_svg(figure) if isinstance(figure, CountsFigure) else to_svg(figure)
    picture = _to_png(svg) if path.suffix.lower() == ".png" else svg.encode()
    beside, table = data_path(path), figure.data
    with FileTransaction(path) as transaction:
        with writing(path, transaction) as file:
            file.buffer.write(picture)
        with writing(beside, transaction) as file:
            write = csv.writer(file)
            write.writerow(table.columns)
            write.writerows(table.rows)
            size = size_of(file)
    return [Exported(path, 0, len(picture)), Exported(beside, len(table.rows), size)]


def _to_png(svg: str) -> bytes:
    try:
        import resvg_py
    except ImportError:
        raise UsageError(
            "A PNG needs the package resvg_py, which is not installed.",
            "Run `pip install 'iucn-tui[png]'`, or write an .svg.",
        ) from None
    return resvg_py.svg_to_bytes(svg_string=svg, zoom=_ZOOM)


def to_svg(figure: Figure, colours: Mapping[str, str] = LIGHT, *, bare: bool = False) -> str:
    """The figure as an SVG document, with its words as its description.

    ``colours`` are by the names of :data:`~tui_app.report.phases.LIGHT`. With ``bare`` its title
    and subtitle are left out: they stand elsewhere.
    """
    pen = _Pen(colours)
    tall = [_height(plot, len(figure.plots)) for plot in figure.plots]
    height = _HEAD + sum(tall) + _FOOT
    above = _TITLES if bare else 0
    pen.add("rect", width=WIDTH, height=height, fill="ground")
    if not bare:
        pen.text((_LEFT, 28), figure.title, 17, font_weight="bold")
        pen.text((_LEFT, 48), figure.subtitle, 12, "grey")
    _legend(figure, pen)
    x = _Scale(*x_range(figure.plots), *_sides(figure), any(plot.log for plot in figure.plots))
    top = float(_HEAD)
    for plot, room in zip(figure.plots, tall, strict=True):
        _plot(figure, plot, x, (top, top + room), pen)
        top += room
    pen.text(((x.start + x.end) / 2, height - 12), figure.x, 13, text_anchor="middle")
    return _document(figure, pen, height, above)


def counts_svg(figure: CountsFigure, colours: Mapping[str, str] = LIGHT) -> str:
    """A picture of counts as an SVG document: a bar a value, with its count and share."""
    pen = _Pen(colours)
    notes = [line for note in figure.notes for line in wrap(note, _NOTE)]
    height = _BARS_HEAD + _BAR * len(figure.bars) + 16 + 16 * len(notes) + 8
    pen.add("rect", width=WIDTH, height=height, fill="ground")
    pen.text((_LEFT_OF_BARS, 28), figure.title, 17, font_weight="bold")
    pen.text((_LEFT_OF_BARS, 48), figure.subtitle, 12, "grey")
    labels = [shortened(bar.label, _LONGEST_VALUE) for bar in figure.bars]
    start = _LEFT_OF_BARS + max(map(len, labels), default=0) * _LETTER + 14
    most = max((bar.rows for bar in figure.bars), default=0)
    x = _Scale(0.0, float(most), start, WIDTH - _COUNTS)
    for place, (bar, label) in enumerate(zip(figure.bars, labels, strict=True)):
        top = float(_BARS_HEAD + place * _BAR)
        pen.text((start - 8, top + 14), label, 12, text_anchor="end")
        colour = figure.colours.get(bar.value or "", "link")
        # With an edge: a white or yellow bar would not be seen on paper.
        size = {"width": max(0.5, x.at(bar.rows) - start), "height": _BAR - 6.0}
        pen.add("rect", x=start, y=top + 1, **size, fill=colour, stroke="ink", stroke_width=0.5)
        words = f"{bar.rows:,} · {bar.share(figure.of)}"
        pen.text((x.at(bar.rows) + 8, top + 14), words, 12)
    top = _BARS_HEAD + _BAR * len(figure.bars) + 24
    for place, line in enumerate(notes):
        pen.text((_LEFT_OF_BARS, top + 16 * place), line, 11, "grey")
    return _document(figure, pen, height)


def shortened(words: str, most: int) -> str:
    """At most so many characters."""
    return words if len(words) <= most else f"{words[: most - 1]}…"


def _document(figure: Figure | CountsFigure, pen: _Pen, height: int, above: int = 0) -> str:
    """What was drawn as a document, without what is ``above``."""
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height - above}" '
        f'viewBox="0 {above} {WIDTH} {height - above}" role="img" font-family={quoteattr(_FONT)}>',
        f"<title>{escaped(figure.title)}</title><desc>{escaped(figure.subtitle)}</desc>",
        *pen.lines,
        "</svg>\n",
    ]
    return "\n".join(lines)


def escaped(words: str) -> str:
    """Words that may hold what a server sent, as XML takes them: no markup, and none that hide."""
    return escape(visible(words, None), {'"': "&quot;"})


class _Pen:
    """Writes elements of SVG, in colours by what they are for."""

    def __init__(self, colours: Mapping[str, str]) -> None:
        self._colours = colours
        self.lines: list[str] = []

    def add(self, element: str, words: str | None = None, /, **attributes: float | str) -> None:
        """Write an element, its ``fill`` and ``stroke`` by the colours' names."""
        shown = f"<{element}"
        for name, value in attributes.items():
            text = value if isinstance(value, str) else f"{value:g}"
            if name in ("fill", "stroke"):
                text = self._colours.get(text, text)
            if text:
                shown += f" {name.replace('_', '-')}={quoteattr(text)}"
        end = "/>" if words is None else f">{escaped(words)}</{element}>"
        self.lines.append(shown + end)

    def text(self, at: Point, words: str, size: int, colour: str = "ink", **more: str) -> None:
        self.add("text", words, x=at[0], y=at[1], font_size=size, fill=colour, **more)

    def rule(
        self, start: Point, end: Point, colour: str, width: float = 1.0, dashes: str = ""
    ) -> None:
        """A straight line; ``dashes`` as SVG's ``stroke-dasharray``."""
        ends = {"x1": start[0], "y1": start[1], "x2": end[0], "y2": end[1]}
        self.add("line", **ends, stroke=colour, stroke_width=width, stroke_dasharray=dashes)

    def line(self, points: Sequence[Point], colour: str, width: float, dashes: str = "") -> None:
        """Points joined by straight lines."""
        if len(points) > 1:
            through = " ".join(f"{a:g},{b:g}" for a, b in points)
            self.add(
                "polyline", points=through, fill="none", stroke=colour, stroke_width=width,
                stroke_dasharray=dashes,
            )  # fmt: skip

    def dots(self, points: Sequence[Point], colour: str, lines: int, place: int) -> None:
        """A dotted line, the ``place``-th of so many that may be equal: each dot is seen.

        A ring in the colour of the ground keeps dots and what they stand on apart.
        """
        if len(points) == 1:
            left, top = points[0]
            points = [
                (left + (place + 1) * _BESIDE, top),
                (left + (place + 1) * _BESIDE + 0.1, top),
            ]
        through = " ".join(f"{a:g},{b:g}" for a, b in points)
        every = _DOT * _GAP
        for ink, width in (("ground", 2 * _DOT), (colour, _DOT)):
            self.add(
                "polyline", points=through, fill="none", stroke=ink, stroke_width=width,
                stroke_linecap="round", stroke_dasharray=f"0 {every * lines:g}",
                stroke_dashoffset=-every * place,
            )  # fmt: skip

    def box(self, at: Point, width: float, bottom: float, colour: str) -> None:
        """A filled rectangle from its upper left corner down to ``bottom``, seen in any case."""
        wide, tall = max(1.0, width), max(0.5, bottom - at[1])
        self.add("rect", x=at[0], y=at[1], width=wide, height=tall, fill=colour)

    def marker(self, method: str, at: Point) -> None:
        mark = mark_of(method)
        if mark.shape:
            place = f"translate({at[0]:g} {at[1]:g})"
            self.add("polygon", points=mark.shape, transform=place, fill=mark.colour)
        else:
            self.add("circle", cx=at[0], cy=at[1], r=4.5, fill=mark.colour)


@dataclass(frozen=True, slots=True)
class _Scale:
    """A stretch of an axis, ``low`` to ``high``, and where it begins and ends on paper."""

    low: float
    high: float
    start: float
    end: float
    log: bool = False

    def at(self, value: float) -> float:
        """Where a figure is, in pixels to a tenth."""
        low, high = self.low, self.high
        if self.log:
            low, high, value = log(low), log(high), log(max(value, low))
        share = (value - low) / ((high - low) or 1.0)
        return round(self.start + share * (self.end - self.start), 1)

    def ticks(self, most: int) -> list[float]:
        """At most so many round figures."""
        found = log_ticks(self.low, self.high) if self.log else nice_ticks(self.high, most)
        return [one for one in found if one >= self.low]


def _sides(figure: Figure) -> tuple[float, float]:
    """Where the x axis begins and ends."""
    falls = figure.waterfalls
    if not falls:
        return _LEFT, WIDTH - _RIGHT
    longest = max((len(_label(bar)) for mark in falls for bar in mark.bars), default=0)
    return max(_LEFT, longest * _LETTER + 20), WIDTH - _FIGURES


def _height(plot: Plot, plots: int) -> int:
    rows = sum(len(mark.bars) for mark in plot.waterfalls)
    lanes = sum(isinstance(mark, LaneMark) for mark in plot.marks)
    if rows or lanes:
        return 34 + rows * _ROW + lanes * _LANE
    return 340 if plots == 1 else 150


def _plot(figure: Figure, plot: Plot, x: _Scale, room: tuple[float, float], pen: _Pen) -> None:
    top, begin, bottom = room[0], room[0] + 22, room[1] - 8
    left = x.start
    for fall in plot.waterfalls:
        pen.marker(fall.method, (left + 5, top + 11))
        left += 16
    if plot.note:
        pen.text((left, top + 15), plot.note, 12, "grey")
    for tick in plot.x_ticks or x.ticks(8):
        at = x.at(tick)
        pen.rule((at, begin), (at, bottom), "grid")
        if plot is figure.plots[-1]:
            pen.text((at, bottom + 16), f"{tick:g}", 11, text_anchor="middle")
    low, high = y_range(plot)
    y = _Scale(low / _AIR, high * _AIR, bottom, begin, plot.log)
    if not any(isinstance(mark, LaneMark | WaterfallMark) for mark in plot.marks):
        for tick in y.ticks(6 if bottom - top > 200 else 3):
            at = y.at(tick)
            pen.rule((x.start, at), (x.end, at), "grid")
            pen.text((x.start - 8, at + 4), f"{tick:g}", 11, text_anchor="end")
        upright = f"translate(18 {(begin + bottom) / 2:g}) rotate(-90)"
        pen.text((0, 0), figure.y, 12, text_anchor="middle", transform=upright)
    pen.rule((x.start, bottom), (x.end, bottom), "ink")
    _lines(plot.lines, x, y, pen)
    for place, mark in enumerate(plot.marks):
        colour = mark_of(mark.method).colour
        match mark:
            case HistogramMark():
                for number, count in enumerate(mark.counts):
                    if count:
                        first, after = (
                            x.at(mark.low + edge * mark.width) for edge in (number, number + 1)
                        )
                        pen.box((first, y.at(count)), after - first - 1, bottom, colour)
            case LaneMark():
                upper = begin + place * _LANE + 2
                for start, end in mark.spans:
                    wide = x.at(end) - x.at(start) - 1
                    pen.box((x.at(start), upper), wide, upper + _LANE - 4, colour)
            case WaterfallMark():
                _waterfall(mark, x, begin, pen)


def _lines(marks: Sequence[LineMark], x: _Scale, y: _Scale, pen: _Pen) -> None:
    """Lines, then ideals, then markers: what would hide another is dashed, or stands beside it."""
    joined = [[(x.at(a), y.at(b)) for a, b in mark.steps or mark.points] for mark in marks]
    for place, (mark, line) in enumerate(zip(marks, joined, strict=True)):
        colour = mark_of(mark.method).colour
        hides = sum(_alike(line, before) for before in joined[:place])
        dashes = f"{_DASH:g} {_DASH * hides:g}" if hides else ""
        pen.line(line, colour, 1.5 if mark.steps else 2.0, dashes)
        for at, least, most in mark.spread:
            # Ranges of equal points stand beside each other, as their markers do.
            left = x.at(at) + hides * _BESIDE / 2
            pen.rule((left, y.at(least)), (left, y.at(most)), colour, 1.5)
            for end in (least, most):
                pen.rule((left - 4, y.at(end)), (left + 4, y.at(end)), colour, 1.5)
    ideals = [mark for mark in marks if mark.ideal]
    for place, mark in enumerate(ideals):
        ideal = [(x.at(a), y.at(b)) for a, b in mark.ideal]
        pen.dots(ideal, mark_of(mark.method).colour, len(ideals), place)
    taken: list[Point] = []
    for mark in marks:
        line = [(x.at(a), y.at(b)) for a, b in mark.points]
        for point in line:
            free = next(one for one in _along(line, point) if not _near(one, taken))
            taken.append(free)
            pen.marker(mark.method, free)


def _alike(one: Sequence[Point], other: Sequence[Point]) -> bool:
    """Whether two lines would hide each other."""
    pairs = zip(one, other, strict=False)
    return len(one) == len(other) > 1 and all(_near(a, [b]) for a, b in pairs)


def _near(point: Point, others: Sequence[Point]) -> bool:
    return any(abs(point[0] - x) <= _NEAR and abs(point[1] - y) <= _NEAR for x, y in others)


def _along(line: Sequence[Point], point: Point) -> Iterator[Point]:
    """A point, then those of its line beside it, further and further away."""
    yield point
    for step in count(1):
        for by in (step * _BESIDE, -step * _BESIDE):
            at = point[0] + by
            within = [pair for pair in pairwise(line) if pair[0][0] <= at <= pair[1][0]]
            for (left, top), (right, bottom) in within[:1]:
                share = (at - left) / ((right - left) or 1.0)
                yield round(at, 1), round(top + share * (bottom - top), 1)
            if not within and (len(line) == 1 or step > _SEARCHED):
                yield at, point[1]


def _waterfall(mark: WaterfallMark, x: _Scale, top: float, pen: _Pen) -> None:
    for place, bar in enumerate(mark.bars):
        middle = top + (place + 0.5) * _ROW
        pen.text((x.start - 8, middle + 4), _label(bar), 11, text_anchor="end")
        for phase, start, stop in bar.spans:
            _phase(phase, (x.at(start), middle), x.at(stop), pen)
        if bar.lost:
            end = max((x.at(stop) for _, _, stop in bar.spans), default=x.start)
            _cross((end + 6, middle), pen)
        pen.text((WIDTH - 8, middle + 4), bar.figure, 11, text_anchor="end")


def _phase(phase: Phase, at: Point, end: float, pen: _Pen) -> None:
    left, middle = at
    if phase is Phase.DECODE:  # the only one that is a frame
        size = {"width": max(0.2, end - left - 1), "height": _THICK - 1.0}
        place = {"x": left + 0.5, "y": middle - _THICK / 2 + 0.5}
        pen.add("rect", **place, **size, fill="none", stroke=phase.key, stroke_width=1.0)
    else:
        width, dashes, least = _STROKES[phase]
        pen.rule((left, middle), (max(end, left + least), middle), phase.key, width, dashes)


def _cross(at: Point, pen: _Pen) -> None:
    left, top = at
    for rise in (3.5, -3.5):
        pen.rule((left - 3.5, top - rise), (left + 3.5, top + rise), "lost", 2.0)


def _label(bar: Bar) -> str:
    return shortened(bar.label, _LONGEST_LABEL)


def _legend(figure: Figure, pen: _Pen) -> None:
    """What methods, lines or phases look like, from left to right."""
    left = float(_LEFT)
    if falls := figure.waterfalls:
        for phase in phases_used(falls):
            _phase(phase, (left, 68), left + 24, pen)
            pen.text((left + 30, 72), phase.meaning, 12)
            left += 46 + 6.6 * len(phase.meaning)
        if any(bar.lost for mark in falls for bar in mark.bars):
            _cross((left + 6, 68), pen)
            pen.text((left + 16, 72), "failed", 12)
        pen.text((WIDTH - 8, _HEAD + 15), figure.y, 12, "grey", text_anchor="end")
        return
    for method in dict.fromkeys(mark.method for plot in figure.plots for mark in plot.marks):
        pen.marker(method, (left + 5, 68))
        pen.text((left + 16, 72), method, 12)
        left += 36 + 8 * len(method)
    lines = [line for plot in figure.plots for line in plot.lines]
    if any(line.ideal for line in lines):
        pen.dots([(left, 68), (left + 24, 68)], "grey", 1, 0)
        pen.text((left + 32, 72), "ideal", 12)
        left += 90
    if any(line.spread for line in lines):
        pen.rule((left, 61), (left, 75), "grey", 1.5)
        pen.text((left + 10, 72), "min to max", 12)
