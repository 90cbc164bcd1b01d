"""What figures are drawn with: the elements of SVG, their colours by what they are for.

Places and sizes are in pixels. Fonts are the reader's own: nothing is loaded from anywhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from xml.sax.saxutils import escape

from tui_app.methods import place_among_others
from tui_app.redlist.text import visible

from .shapes import Point

FONT: Final = "DejaVu Sans, Verdana, Helvetica, Arial, sans-serif"

PAPER: Final[Mapping[str, str]] = {
    "ground": "#ffffff",
    "ink": "#1d2328",
    "grey": "#59636b",
    "grid": "#dfe3e6",
    # Darker than on the screen: they stand on white.
    "sequential": "#2f69ad",
    "threads": "#a2520f",
    "asyncio": "#17795a",
    "other-1": "#8a3f95",
    "other-2": "#6d6412",
    "other-3": "#a33560",
    "other-4": "#4c5963",
    # Phases of a request, told apart by their lightness as well.
    "paced": "#59636b",
    "connect": "#7a4fae",
    "wait": "#6b97cf",
    "body": "#0f5c43",
    "decode": "#4d7412",
    "retry": "#a8500f",
    "lost": "#ad241c",
}
"""Colours for print: dark on white. Another palette has the same names."""

_SHAPES: Final = {"sequential": "circle", "threads": "triangle", "asyncio": "square"}
_OTHERS: Final = (
    ("other-1", "diamond"),
    ("other-2", "turned"),
    ("other-3", "left"),
    ("other-4", "lozenge"),
)
_OUTLINES: Final = {
    "triangle": "0,-5.5 5.2,4 -5.2,4",
    "square": "-4.2,-4.2 4.2,-4.2 4.2,4.2 -4.2,4.2",
    "diamond": "0,-6 6,0 0,6 -6,0",
    "turned": "0,5.5 5.2,-4 -5.2,-4",
    "left": "-5.5,0 4,-5.2 4,5.2",
    "lozenge": "0,-6.5 3.6,0 0,6.5 -3.6,0",
}


def style_of(method: str) -> tuple[str, str]:
    """Name of a method's colour, and its marker; beyond the usual ones four differ, then share."""
    if method in _SHAPES:
        return method, _SHAPES[method]
    return _OTHERS[place_among_others(method) % len(_OTHERS)]


def clean(words: str) -> str:
    """Words that may hold what a server sent, as XML takes them."""
    return escape(visible(words, None))


class Pen:
    """Writes elements of SVG.

    Args:
        colours: by the names that :data:`PAPER` has.
    """

    def __init__(self, colours: Mapping[str, str] = PAPER) -> None:
        self._colours = colours

    def colour(self, name: str) -> str:
        """A colour as SVG takes it."""
        return self._colours[name]

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
        """Words, as they are: what may be foreign is made clean here."""
        return (
            f'<text x="{at[0]:g}" y="{at[1]:g}" font-size="{size}" font-weight="{weight}" '
            f'fill="{self.colour(colour)}" text-anchor="{anchor}">{clean(words)}</text>'
        )

    def upright(self, at: Point, words: str) -> str:
        """Words along the y axis."""
        place = f"translate({at[0]:g} {at[1]:g}) rotate(-90)"
        return (
            f'<text transform="{place}" font-size="12" fill="{self.colour("ink")}" '
            f'text-anchor="middle">{clean(words)}</text>'
        )

    def rule(
        self, start: Point, end: Point, colour: str, width: float = 1.0, dashes: str = ""
    ) -> str:
        """A straight line; ``dashes`` as SVG's ``stroke-dasharray``."""
        ends = f'x1="{start[0]:g}" y1="{start[1]:g}" x2="{end[0]:g}" y2="{end[1]:g}"'
        return f"<line {ends} {self._stroke(colour, width, dashes)}/>"

    def path(self, points: list[Point], colour: str, width: float, dashes: str = "") -> str:
        """A line through points."""
        through = " ".join(f"{left:g},{top:g}" for left, top in points)
        return f'<polyline points="{through}" fill="none" {self._stroke(colour, width, dashes)}/>'

    def box(self, at: Point, width: float, bottom: float, colour: str) -> str:
        """A filled rectangle from its upper left corner down to ``bottom``."""
        size = f'width="{width:.1f}" height="{max(0.5, bottom - at[1]):.1f}"'
        return f'<rect x="{at[0]:g}" y="{at[1]:g}" {size} fill="{self.colour(colour)}"/>'

    def frame(self, at: Point, width: float, bottom: float, colour: str) -> str:
        """A rectangle that is not filled, within the same bounds as :meth:`box`."""
        place = f'x="{at[0] + 0.5:g}" y="{at[1] + 0.5:g}"'
        size = f'width="{max(0.2, width - 1):.1f}" height="{max(0.2, bottom - at[1] - 1):.1f}"'
        return f'<rect {place} {size} fill="none" {self._stroke(colour, 1.0, "")}/>'

    def marker(self, method: str, at: Point) -> str:
        """A method's mark."""
        colour, shape = style_of(method)
        fill = f'fill="{self.colour(colour)}"'
        if shape == "circle":
            return f'<circle cx="{at[0]:g}" cy="{at[1]:g}" r="4.5" {fill}/>'
        place = f"translate({at[0]:g} {at[1]:g})"
        return f'<polygon points="{_OUTLINES[shape]}" transform="{place}" {fill}/>'

    def _stroke(self, colour: str, width: float, dashes: str) -> str:
        stroke = f'stroke="{self.colour(colour)}" stroke-width="{width:g}"'
        return f'{stroke} stroke-dasharray="{dashes}"' if dashes else stroke


__all__ = ["FONT", "PAPER", "Pen", "clean", "style_of"]
