"""A figure as SVG and as PNG: told apart by marker, height and dashes as well as by colour.

Own drawing rather than a library's: pygal has neither a Gantt nor a spread, and marks that differ
by colour alone; matplotlib weighs more than all the rest of the program. Places and sizes are in
pixels. Fonts are the reader's own: nothing is loaded from anywhere.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from tui_app.export import Exported, FileTransaction, writing
from tui_app.export.atomic import size_of
from tui_app.export.destinations import data_path
from tui_app.redlist.errors import UsageError
from tui_app.redlist.text import visible

from .figure import (
    Bar,
    Figure,
    HistogramMark,
    LaneMark,
    LineMark,
    Plot,
    Point,
    WaterfallMark,
    nice_ticks,
    phases_used,
    x_range,
    y_top,
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
_DOTS: Final = "2 4"

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


def write_figure(path: Path, figure: Figure) -> list[Exported]:
    """Write a figure, as its ending says (:data:`FIGURE_ENDINGS`), and its data as CSV beside it.

    Returns:
        The picture, which has no rows, and the data.

    Raises:
        ExportError: one can't be written.
        UsageError: a PNG's extra is not installed; nothing is written.
    """
    svg = to_svg(figure)
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
            "pip install 'iucn-tui[png]', or write an .svg.",
        ) from None
    return resvg_py.svg_to_bytes(svg_string=svg, zoom=_ZOOM)


def to_svg(figure: Figure, colours: Mapping[str, str] = LIGHT, *, bare: bool = False) -> str:
    """The figure as an SVG document, with its words as its description.

    Args:
        figure: the figure.
        colours: by the names of :data:`~tui_app.report.phases.LIGHT`.
        bare: without its title and subtitle, which stand elsewhere.
    """
    pen = _Pen(colours)
    tall = [_height(plot, len(figure.plots)) for plot in figure.plots]
    height = _HEAD + sum(tall) + _FOOT
    above = _TITLES if bare else 0
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height - above}" '
        f'viewBox="0 {above} {WIDTH} {height - above}" role="img" font-family={quoteattr(_FONT)}>',
        f"<title>{_escaped(figure.title)}</title><desc>{_escaped(figure.subtitle)}</desc>",
        f'<rect width="{WIDTH}" height="{height}" fill="{colours["ground"]}"/>',
    ]
    if not bare:
        out += [
            pen.text((_LEFT, 28), figure.title, size=17, weight="bold"),
            pen.text((_LEFT, 48), figure.subtitle, size=12, colour="grey"),
        ]
    out += _legend(figure, pen)
    x = _Scale(*x_range(figure.plots), *_sides(figure))
    top = float(_HEAD)
    for plot, room in zip(figure.plots, tall, strict=True):
        out += _plot(figure, plot, x, (top, top + room), pen)
        top += room
    out.append(pen.text(((x.start + x.end) / 2, height - 12), figure.x, anchor="middle"))
    return "\n".join([*out, "</svg>\n"])


def _escaped(words: str) -> str:
    """Words that may hold what a server sent, as XML takes them."""
    return escape(visible(words, None))


@dataclass(frozen=True, slots=True)
class _Scale:
    """A stretch of an axis, ``low`` to ``high``, and where it begins and ends on paper."""

    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> float:
        """Where a figure is, in pixels to a tenth."""
        share = (value - self.low) / ((self.high - self.low) or 1.0)
        return round(self.start + share * (self.end - self.start), 1)


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


def _plot(figure: Figure, plot: Plot, x: _Scale, room: tuple[float, float], pen: _Pen) -> list[str]:
    top, begin, bottom = room[0], room[0] + 22, room[1] - 8
    falls = plot.waterfalls
    left = x.start
    out = [pen.marker(mark.method, (left + 5, top + 11)) for mark in falls]
    if plot.note:
        left += 16 * len(falls)
        out.append(pen.text((left, top + 15), plot.note, size=12, colour="grey"))
    for tick in plot.x_ticks or [one for one in nice_ticks(x.high, 8) if one >= x.low]:
        at = x.at(tick)
        out.append(pen.rule((at, begin), (at, bottom), "grid"))
        if plot is figure.plots[-1]:
            out.append(pen.text((at, bottom + 16), f"{tick:g}", size=11, anchor="middle"))
    y = _Scale(0.0, y_top(plot), bottom, begin)
    if not any(isinstance(mark, LaneMark | WaterfallMark) for mark in plot.marks):
        for tick in nice_ticks(y.high, 6 if bottom - top > 200 else 3):
            at = y.at(tick)
            out.append(pen.rule((x.start, at), (x.end, at), "grid"))
            out.append(pen.text((x.start - 8, at + 4), f"{tick:g}", size=11, anchor="end"))
        out.append(pen.upright((18, (begin + bottom) / 2), figure.y))
    out.append(pen.rule((x.start, bottom), (x.end, bottom), "ink"))
    for place, mark in enumerate(plot.marks):
        match mark:
            case LineMark():
                out += _line(mark, x, y, pen)
            case HistogramMark():
                out += _histogram(mark, x, y, pen)
            case LaneMark():
                out += _lane(mark, x, begin + place * _LANE, pen)
            case WaterfallMark():
                out += _waterfall(mark, x, begin, pen)
    return out


# -- marks -------------------------------------------------------------------------------


def _line(mark: LineMark, x: _Scale, y: _Scale, pen: _Pen) -> list[str]:
    colour = mark_of(mark.method).colour
    out = []
    for points, dots, width in ((mark.ideal, _DOTS, 1.5), (mark.points, "", 2.0)):
        if len(points) > 1:
            out.append(pen.path([(x.at(a), y.at(b)) for a, b in points], colour, width, dots))
    for at, least, most in mark.spread:
        left = x.at(at)
        out.append(pen.rule((left, y.at(least)), (left, y.at(most)), colour, 1.5))
        out += [
            pen.rule((left - 4, y.at(end)), (left + 4, y.at(end)), colour, 1.5)
            for end in (least, most)
        ]
    return [*out, *(pen.marker(mark.method, (x.at(a), y.at(b))) for a, b in mark.points)]


def _histogram(mark: HistogramMark, x: _Scale, y: _Scale, pen: _Pen) -> list[str]:
    colour = mark_of(mark.method).colour
    out = []
    for place, count in enumerate(mark.counts):
        if count:
            left = x.at(mark.low + place * mark.width)
            right = x.at(mark.low + (place + 1) * mark.width)
            out.append(pen.box((left, y.at(count)), max(1.0, right - left - 1), y.start, colour))
    return out


def _lane(mark: LaneMark, x: _Scale, top: float, pen: _Pen) -> list[str]:
    colour, bottom = mark_of(mark.method).colour, top + _LANE - 2
    return [
        pen.box((x.at(start), top + 2), max(1.0, x.at(end) - x.at(start) - 1), bottom, colour)
        for start, end in mark.spans
    ]


def _waterfall(mark: WaterfallMark, x: _Scale, top: float, pen: _Pen) -> list[str]:
    out = []
    for place, bar in enumerate(mark.bars):
        middle = top + (place + 0.5) * _ROW
        out.append(pen.text((x.start - 8, middle + 4), _label(bar), size=11, anchor="end"))
        end = x.start
        for phase, start, stop in bar.spans:
            end = max(end, x.at(stop))
            out.append(_phase(phase, (x.at(start), middle), x.at(stop), pen))
        if bar.lost:
            out += _cross((end + 6, middle), pen)
        out.append(pen.text((WIDTH - 8, middle + 4), bar.figure, size=11, anchor="end"))
    return out


def _phase(phase: Phase, at: Point, end: float, pen: _Pen) -> str:
    left, middle = at
    if phase is Phase.DECODE:
        top, bottom = middle - _THICK / 2, middle + _THICK / 2
        return pen.frame((left, top), max(1.0, end - left), bottom, phase.key)
    width, dashes, least = _STROKES[phase]
    return pen.rule((left, middle), (max(end, left + least), middle), phase.key, width, dashes)


def _cross(at: Point, pen: _Pen) -> list[str]:
    left, top = at
    return [
        pen.rule((left - 3.5, top - rise), (left + 3.5, top + rise), "lost", 2.0)
        for rise in (3.5, -3.5)
    ]


def _label(bar: Bar) -> str:
    label = bar.label
    return label if len(label) <= _LONGEST_LABEL else f"{label[: _LONGEST_LABEL - 1]}…"


# -- legends -----------------------------------------------------------------------------


def _legend(figure: Figure, pen: _Pen) -> list[str]:
    if figure.waterfalls:
        unit = pen.text((WIDTH - 8, _HEAD + 15), figure.y, size=12, colour="grey", anchor="end")
        return [*_phases(figure.waterfalls, pen), unit]
    out, left = [], float(_LEFT)
    marks = [mark for plot in figure.plots for mark in plot.marks]
    for method in dict.fromkeys(mark.method for mark in marks):
        out += [pen.marker(method, (left + 5, 68)), pen.text((left + 16, 72), method, size=12)]
        left += 36 + 8 * len(method)
    lines = [line for plot in figure.plots for line in plot.lines]
    if any(line.ideal for line in lines):
        out += [
            pen.rule((left, 68), (left + 24, 68), "grey", 1.5, _DOTS),
            pen.text((left + 32, 72), "the ideal", size=12),
        ]
        left += 120
    if any(line.spread for line in lines):
        out += [
            pen.rule((left, 61), (left, 75), "grey", 1.5),
            pen.text((left + 10, 72), "least to most", size=12),
        ]
    return out


def _phases(falls: list[WaterfallMark], pen: _Pen) -> list[str]:
    """The phases that occur, from left to right."""
    out, left = [], float(_LEFT)
    for phase in phases_used(falls):
        out += [
            _phase(phase, (left, 68), left + 24, pen),
            pen.text((left + 30, 72), phase.meaning, size=12),
        ]
        left += 46 + 6.6 * len(phase.meaning)
    if any(bar.lost for mark in falls for bar in mark.bars):
        out += [*_cross((left + 6, 68), pen), pen.text((left + 16, 72), "lost", size=12)]
    return out


class _Pen:
    """Writes elements of SVG, in colours by what they are for."""

    def __init__(self, colours: Mapping[str, str]) -> None:
        self._colours = colours

    def text(
        self,
        at: Point,
        words: str,
        *,
        size: int = 13,
        colour: str = "ink",
        weight: str = "normal",
        anchor: str = "start",
    ) -> str:
        return (
            f'<text x="{at[0]:g}" y="{at[1]:g}" font-size="{size}" font-weight="{weight}" '
            f'fill="{self._colours[colour]}" text-anchor="{anchor}">{_escaped(words)}</text>'
        )

    def upright(self, at: Point, words: str) -> str:
        """Words along the y axis."""
        place = f"translate({at[0]:g} {at[1]:g}) rotate(-90)"
        return (
            f'<text transform="{place}" font-size="12" fill="{self._colours["ink"]}" '
            f'text-anchor="middle">{_escaped(words)}</text>'
        )

    def rule(
        self, start: Point, end: Point, colour: str, width: float = 1.0, dashes: str = ""
    ) -> str:
        """A straight line; ``dashes`` as SVG's ``stroke-dasharray``."""
        ends = f'x1="{start[0]:g}" y1="{start[1]:g}" x2="{end[0]:g}" y2="{end[1]:g}"'
        return f"<line {ends} {self._stroke(colour, width, dashes)}/>"

    def path(self, points: list[Point], colour: str, width: float, dashes: str = "") -> str:
        through = " ".join(f"{left:g},{top:g}" for left, top in points)
        return f'<polyline points="{through}" fill="none" {self._stroke(colour, width, dashes)}/>'

    def box(self, at: Point, width: float, bottom: float, colour: str) -> str:
        """A filled rectangle from its upper left corner down to ``bottom``."""
        size = f'width="{width:.1f}" height="{max(0.5, bottom - at[1]):.1f}"'
        return f'<rect x="{at[0]:g}" y="{at[1]:g}" {size} fill="{self._colours[colour]}"/>'

    def frame(self, at: Point, width: float, bottom: float, colour: str) -> str:
        """A rectangle that is not filled, within the same bounds as :meth:`box`."""
        place = f'x="{at[0] + 0.5:g}" y="{at[1] + 0.5:g}"'
        size = f'width="{max(0.2, width - 1):.1f}" height="{max(0.2, bottom - at[1] - 1):.1f}"'
        return f'<rect {place} {size} fill="none" {self._stroke(colour, 1.0, "")}/>'

    def marker(self, method: str, at: Point) -> str:
        mark = mark_of(method)
        fill = f'fill="{self._colours[mark.colour]}"'
        if not mark.shape:
            return f'<circle cx="{at[0]:g}" cy="{at[1]:g}" r="4.5" {fill}/>'
        place = f"translate({at[0]:g} {at[1]:g})"
        return f'<polygon points="{mark.shape}" transform="{place}" {fill}/>'

    def _stroke(self, colour: str, width: float, dashes: str) -> str:
        stroke = f'stroke="{self._colours[colour]}" stroke-width="{width:g}"'
        return f'{stroke} stroke-dasharray="{dashes}"' if dashes else stroke
