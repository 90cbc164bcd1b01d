"""A figure as SVG: dark on white, legible in print, told apart by marker as well as by colour.

Sizes are in pixels.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from xml.sax.saxutils import quoteattr

from .axes import Scale, nice_ticks, x_range, y_top
from .pen import FONT, PAPER, Pen, clean, style_of
from .shapes import Columns, Figure, Lane, Line, Plot, Waterfall
from .waterfall import ROW, draw, label_width, legend

WIDTH: Final = 860
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


def to_svg(figure: Figure, colours: Mapping[str, str] = PAPER, *, bare: bool = False) -> str:
    """The figure as an SVG document, with its words as its description.

    Args:
        figure: what.
        colours: by the names of :data:`~tui_app.export.figure.PAPER`.
        bare: without its title and subtitle, which stand elsewhere.
    """
    pen = Pen(colours)
    tall = [_height(plot, len(figure.plots)) for plot in figure.plots]
    height = _HEAD + sum(tall) + _FOOT
    above = _TITLES if bare else 0
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height - above}" '
        f'viewBox="0 {above} {WIDTH} {height - above}" role="img" font-family={quoteattr(FONT)}>',
        f"<title>{clean(figure.title)}</title><desc>{clean(figure.subtitle)}</desc>",
        f'<rect width="{WIDTH}" height="{height}" fill="{pen.colour("ground")}"/>',
        *([] if bare else _titles(figure, pen)),
        *_legend(figure, pen),
    ]
    low, high = x_range(figure.plots)
    x = Scale(low, high, *_sides(figure))
    top = float(_HEAD)
    for plot, room in zip(figure.plots, tall, strict=True):
        out += _plot(figure, plot, x, (top, top + room), pen)
        top += room
    out.append(pen.text(((x.start + x.end) / 2, height - 12), figure.x, anchor="middle"))
    return "\n".join([*out, "</svg>\n"])


def _titles(figure: Figure, pen: Pen) -> list[str]:
    return [
        pen.text((_LEFT, 28), figure.title, size=17, weight="bold"),
        pen.text((_LEFT, 48), figure.subtitle, size=12, colour="grey"),
    ]


def _sides(figure: Figure) -> tuple[float, float]:
    """Where the x axis begins and ends."""
    falls = [one for plot in figure.plots for one in plot.marks if isinstance(one, Waterfall)]
    if not falls:
        return _LEFT, WIDTH - _RIGHT
    return max(_LEFT, *(label_width(one) for one in falls)), WIDTH - _FIGURES


def _height(plot: Plot, plots: int) -> int:
    rows = sum(len(mark.bars) for mark in plot.marks if isinstance(mark, Waterfall))
    if rows:
        return 34 + rows * ROW
    lanes = sum(isinstance(mark, Lane) for mark in plot.marks)
    if lanes:
        return 34 + lanes * _LANE
    return 340 if plots == 1 else 150


def _plot(figure: Figure, plot: Plot, x: Scale, room: tuple[float, float], pen: Pen) -> list[str]:
    top, begin, bottom = room[0], room[0] + 22, room[1] - 8
    falls = [mark for mark in plot.marks if isinstance(mark, Waterfall)]
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
    y = Scale(0.0, y_top(plot), bottom, begin)
    if not any(isinstance(mark, Lane | Waterfall) for mark in plot.marks):
        for tick in nice_ticks(y.high, 6 if bottom - top > 200 else 3):
            at = y.at(tick)
            out.append(pen.rule((x.start, at), (x.end, at), "grid"))
            out.append(pen.text((x.start - 8, at + 4), f"{tick:g}", size=11, anchor="end"))
        out.append(pen.upright((18, (begin + bottom) / 2), figure.y))
    out.append(pen.rule((x.start, bottom), (x.end, bottom), "ink"))
    for place, mark in enumerate(plot.marks):
        if isinstance(mark, Line):
            out += _line(mark, x, y, pen)
        elif isinstance(mark, Columns):
            out += _columns(mark, x, y, pen)
        elif isinstance(mark, Lane):
            out += _lane(mark, x, begin + place * _LANE, pen)
        else:
            out += draw(mark, x, begin, WIDTH - 8, pen)
    return out


# -- marks -------------------------------------------------------------------------------


def _line(mark: Line, x: Scale, y: Scale, pen: Pen) -> list[str]:
    colour, _ = style_of(mark.method)
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
    out += [pen.marker(mark.method, (x.at(a), y.at(b))) for a, b in mark.points]
    return out


def _columns(mark: Columns, x: Scale, y: Scale, pen: Pen) -> list[str]:
    colour, _ = style_of(mark.method)
    out = []
    for place, count in enumerate(mark.counts):
        if count:
            left = x.at(mark.low + place * mark.width)
            right = x.at(mark.low + (place + 1) * mark.width)
            out.append(pen.box((left, y.at(count)), max(1.0, right - left - 1), y.start, colour))
    return out


def _lane(mark: Lane, x: Scale, top: float, pen: Pen) -> list[str]:
    colour, _ = style_of(mark.method)
    return [
        pen.box(
            (x.at(start), top + 2), max(1.0, x.at(end) - x.at(start) - 1), top + _LANE - 2, colour
        )
        for start, end in mark.spans
    ]


def _legend(figure: Figure, pen: Pen) -> list[str]:
    marks = [mark for plot in figure.plots for mark in plot.marks]
    falls = [mark for mark in marks if isinstance(mark, Waterfall)]
    if falls:
        said = pen.text((WIDTH - 8, _HEAD + 15), figure.y, size=12, colour="grey", anchor="end")
        return [*legend(falls, (_LEFT, 68), pen), said]
    out, left = [], float(_LEFT)
    methods = dict.fromkeys(mark.method for mark in marks)
    for method in methods:
        out += [pen.marker(method, (left + 5, 68)), pen.text((left + 16, 72), method, size=12)]
        left += 36 + 8 * len(method)
    lines = [mark for mark in marks if isinstance(mark, Line)]
    if any(mark.ideal for mark in lines):
        out += [
            pen.rule((left, 68), (left + 24, 68), "grey", 1.5, _DOTS),
            pen.text((left + 32, 72), "the ideal", size=12),
        ]
        left += 120
    if any(mark.spread for mark in lines):
        out += [
            pen.rule((left, 61), (left, 75), "grey", 1.5),
            pen.text((left + 10, 72), "least to most", size=12),
        ]
    return out


__all__ = ["WIDTH", "to_svg"]
