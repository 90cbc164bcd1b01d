"""A figure as SVG: dark on white, legible in print, told apart by marker as well as by colour.

Sizes are in pixels. Fonts are the reader's own: nothing is loaded from anywhere.
"""

from __future__ import annotations

from typing import Final
from xml.sax.saxutils import escape, quoteattr

from tui_app.methods import place_among_others
from tui_app.redlist.visible import visible

from .axes import Scale, nice_ticks, x_range, y_top
from .shapes import Columns, Figure, Lane, Line, Plot, Point

WIDTH: Final = 860
_LEFT: Final = 70
_RIGHT: Final = 24
_HEAD: Final = 92
_FOOT: Final = 52
_LANE: Final = 12
_FONT: Final = "DejaVu Sans, Verdana, Helvetica, Arial, sans-serif"
_INK: Final = "#1d2328"
_GREY: Final = "#59636b"
_GRID: Final = "#dfe3e6"
_DOTS: Final = 'stroke-dasharray="2 4"'

# Darker than on the screen: they stand on white.
_STYLES: Final = {
    "sequential": ("#2f69ad", "circle"),
    "threads": ("#a2520f", "triangle"),
    "asyncio": ("#17795a", "square"),
}
_OTHERS: Final = (
    ("#8a3f95", "diamond"),
    ("#6d6412", "turned"),
    ("#a33560", "left"),
    ("#4c5963", "lozenge"),
)


def to_svg(figure: Figure) -> str:
    """The figure as an SVG document, with its words as its description."""
    tall = [_height(plot, len(figure.plots)) for plot in figure.plots]
    height = _HEAD + sum(tall) + _FOOT
    title, subtitle = _clean(figure.title), _clean(figure.subtitle)
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
        f'viewBox="0 0 {WIDTH} {height}" role="img" font-family={quoteattr(_FONT)}>',
        f"<title>{title}</title><desc>{subtitle}</desc>",
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
        _text(_LEFT, 28, title, size=17, weight="bold"),
        _text(_LEFT, 48, subtitle, size=12, fill=_GREY),
        *_legend(figure),
    ]
    low, high = x_range(figure.plots)
    x = Scale(low, high, _LEFT, WIDTH - _RIGHT)
    top = float(_HEAD)
    for plot, room in zip(figure.plots, tall, strict=True):
        out += _plot(plot, x, top, room, figure.y, last=plot is figure.plots[-1])
        top += room
    out.append(_text((_LEFT + WIDTH - _RIGHT) / 2, height - 12, _clean(figure.x), anchor="middle"))
    return "\n".join([*out, "</svg>\n"])


def _height(plot: Plot, plots: int) -> int:
    lanes = sum(isinstance(mark, Lane) for mark in plot.marks)
    if lanes:
        return 34 + lanes * _LANE
    return 340 if plots == 1 else 150


def _plot(plot: Plot, x: Scale, top: float, room: int, label: str, *, last: bool) -> list[str]:
    begin, bottom = top + 22, top + room - 8
    out = [_text(_LEFT, top + 15, _clean(plot.note), size=12, fill=_GREY)] if plot.note else []
    for tick in plot.x_ticks or [one for one in nice_ticks(x.high, 8) if one >= x.low]:
        at = x.at(tick)
        out.append(_rule((at, begin), (at, bottom), _GRID))
        if last:
            out.append(_text(at, bottom + 16, f"{tick:g}", size=11, anchor="middle"))
    y = Scale(0.0, y_top(plot), bottom, begin)
    lanes = [mark for mark in plot.marks if isinstance(mark, Lane)]
    if not lanes:
        for tick in nice_ticks(y.high, 6 if room > 200 else 3):
            at = y.at(tick)
            out.append(_rule((x.start, at), (x.end, at), _GRID))
            out.append(_text(x.start - 8, at + 4, f"{tick:g}", size=11, anchor="end"))
        middle = (begin + bottom) / 2
        out.append(
            f'<text transform="translate(18 {middle:g}) rotate(-90)" font-size="12" fill="{_INK}" '
            f'text-anchor="middle">{_clean(label)}</text>'
        )
    out.append(_rule((x.start, bottom), (x.end, bottom), _INK))
    for place, mark in enumerate(plot.marks):
        if isinstance(mark, Line):
            out += _line(mark, x, y)
        elif isinstance(mark, Columns):
            out += _columns(mark, x, y)
        else:
            out += _lane(mark, x, begin + place * _LANE)
    return out


# -- marks -------------------------------------------------------------------------------


def _line(mark: Line, x: Scale, y: Scale) -> list[str]:
    colour, shape = style_of(mark.method)
    out = []
    for points, dots, width in ((mark.ideal, _DOTS, 1.5), (mark.points, "", 2.0)):
        if len(points) > 1:
            path = " ".join(f"{x.at(a):g},{y.at(b):g}" for a, b in points)
            out.append(
                f'<polyline points="{path}" fill="none" stroke="{colour}" '
                f'stroke-width="{width:g}" {dots}/>'
            )
    for at, least, most in mark.spread:
        left = x.at(at)
        out.append(_rule((left, y.at(least)), (left, y.at(most)), colour, 1.5))
        out += [
            _rule((left - 4, y.at(end)), (left + 4, y.at(end)), colour, 1.5)
            for end in (least, most)
        ]
    out += [_marker(shape, colour, (x.at(a), y.at(b))) for a, b in mark.points]
    return out


def _columns(mark: Columns, x: Scale, y: Scale) -> list[str]:
    colour, _ = style_of(mark.method)
    out = []
    for place, count in enumerate(mark.counts):
        if count:
            left = x.at(mark.low + place * mark.width)
            right = x.at(mark.low + (place + 1) * mark.width)
            out.append(_box(left, y.at(count), max(1.0, right - left - 1), colour, y.start))
    return out


def _lane(mark: Lane, x: Scale, top: float) -> list[str]:
    colour, _ = style_of(mark.method)
    return [
        _box(x.at(start), top + 2, max(1.0, x.at(end) - x.at(start) - 1), colour, top + _LANE - 2)
        for start, end in mark.spans
    ]


def _legend(figure: Figure) -> list[str]:
    methods = dict.fromkeys(mark.method for plot in figure.plots for mark in plot.marks)
    out, left = [], float(_LEFT)
    for method in methods:
        colour, shape = style_of(method)
        out += [
            _marker(shape, colour, (left + 5, 68)),
            _text(left + 16, 72, _clean(method), size=12),
        ]
        left += 36 + 8 * len(method)
    lines = [mark for plot in figure.plots for mark in plot.marks if isinstance(mark, Line)]
    if any(mark.ideal for mark in lines):
        out += [
            f'<path d="M{left:g} 68h24" stroke="{_GREY}" stroke-width="1.5" {_DOTS}/>',
            _text(left + 32, 72, "the ideal", size=12),
        ]
        left += 120
    if any(mark.spread for mark in lines):
        out += [
            _rule((left, 61), (left, 75), _GREY, 1.5),
            _text(left + 10, 72, "least to most", size=12),
        ]
    return out


def style_of(method: str) -> tuple[str, str]:
    """Colour and marker of a method; beyond the usual ones four differ, then they share."""
    return _STYLES.get(method) or _OTHERS[place_among_others(method) % len(_OTHERS)]


def _marker(shape: str, colour: str, at: Point) -> str:
    left, top = at
    if shape == "circle":
        return f'<circle cx="{left:g}" cy="{top:g}" r="4.5" fill="{colour}"/>'
    outline = {
        "triangle": "0,-5.5 5.2,4 -5.2,4",
        "square": "-4.2,-4.2 4.2,-4.2 4.2,4.2 -4.2,4.2",
        "diamond": "0,-6 6,0 0,6 -6,0",
        "turned": "0,5.5 5.2,-4 -5.2,-4",
        "left": "-5.5,0 4,-5.2 4,5.2",
        "lozenge": "0,-6.5 3.6,0 0,6.5 -3.6,0",
    }[shape]
    place = f"translate({left:g} {top:g})"
    return f'<polygon points="{outline}" transform="{place}" fill="{colour}"/>'


def _rule(start: Point, end: Point, colour: str, width: float = 1.0) -> str:
    ends = f'x1="{start[0]:g}" y1="{start[1]:g}" x2="{end[0]:g}" y2="{end[1]:g}"'
    return f'<line {ends} stroke="{colour}" stroke-width="{width:g}"/>'


def _box(left: float, top: float, width: float, colour: str, bottom: float) -> str:
    size = f'width="{width:.1f}" height="{max(0.5, bottom - top):.1f}"'
    return f'<rect x="{left:g}" y="{top:g}" {size} fill="{colour}"/>'


def _text(
    left: float,
    top: float,
    words: str,
    *,
    size: int = 13,
    fill: str = _INK,
    weight: str = "normal",
    anchor: str = "start",
) -> str:
    return (
        f'<text x="{left:g}" y="{top:g}" font-size="{size}" font-weight="{weight}" fill="{fill}" '
        f'text-anchor="{anchor}">{words}</text>'
    )


def _clean(words: str) -> str:
    """Words that may hold what a server sent, as XML takes them."""
    return escape(visible(words, None))


__all__ = ["WIDTH", "style_of", "to_svg"]
