"""Time lines without a screen: panes, lanes in them, and how a lane is painted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from tui_app.ui.requestrow import Phase, RequestRow
from tui_app.ui.requests.paint import GLYPHS, Axis, Piece, paint

WAIT: Final = GLYPHS[Phase.WAITING]
_QUEUED: Final = GLYPHS[Phase.QUEUED]

Painter = Callable[[Axis], list[Piece]]
"""Gives the pieces that fill an axis."""


@dataclass(frozen=True, slots=True)
class Lane:
    """One line of time.

    Attributes:
        label: whose.
        paint: how it looks.
        note: what is to be said at its end.
    """

    label: str
    paint: Painter
    note: str = ""


@dataclass(frozen=True, slots=True)
class Pane:
    """Lanes that belong together, on one axis.

    Attributes:
        title: of what.
        lanes: from the top down.
        span_s: seconds from its beginning to now or its end; 0 before it has begun.
        figure: what was measured, in a few words, at the end of the title's line.
        method: whose mark and colour the title has; empty for nobody's.
    """

    title: str
    lanes: tuple[Lane, ...]
    span_s: float = 0.0
    figure: str = ""
    method: str = ""


@dataclass(frozen=True, slots=True)
class Stroke:
    """Something that lasts, or (where it ends as it begins) a mark.

    Attributes:
        start_s: seconds from the left edge.
        stop_s: the same.
        glyph: one cell, repeated.
        style: a style of the waterfall's, or a colour ``#rrggbb``.
    """

    start_s: float
    stop_s: float
    glyph: str
    style: str

    @property
    def is_mark(self) -> bool:
        """Whether it takes no time."""
        return self.start_s == self.stop_s


def painter(strokes: Sequence[Stroke]) -> Painter:
    """Paints strokes one over another; marks stay in view, in their order, whatever is beneath."""
    lasting = [one for one in strokes if not one.is_mark]
    marks = sorted((one for one in strokes if one.is_mark), key=lambda one: one.start_s)

    def paint_strokes(axis: Axis) -> list[Piece]:
        cells: list[Piece] = [(" ", "")] * axis.width
        for stroke in lasting:
            first = round(axis.cell(stroke.start_s))
            length = max(1, round(axis.cell(stroke.stop_s)) - first)
            _put(cells, first, stroke.glyph * length, stroke.style)
        places = [round(axis.cell(mark.start_s)) for mark in marks]
        for place, mark in zip(_apart(places, axis.width), marks, strict=True):
            _put(cells, place, mark.glyph, mark.style)
        return cells

    return paint_strokes


def _apart(places: list[int], width: int) -> list[int]:
    """Places in order, moved aside where two are the same or one is beyond the edge."""
    least = 0
    for index, place in enumerate(places):
        places[index] = max(place, least)
        least = places[index] + 1
    most = width - 1
    for index in reversed(range(len(places))):
        places[index] = min(places[index], most)
        most = places[index] - 1
    return places


def row_painter(rows: Iterable[RequestRow], left_s: float, now: float) -> Painter:
    """Paints requests as the waterfall does, all of them in one lane."""
    rows = tuple(rows)

    def paint_rows(axis: Axis) -> list[Piece]:
        cells: list[Piece] = [(" ", "")] * axis.width
        for row in rows:
            first = 0
            for glyphs, style in paint(row, left_s, axis, now):
                # That one waits in the queue hides no other's bar.
                if glyphs[0] not in (" ", _QUEUED) or cells[first][0] == " ":
                    _put(cells, first, glyphs, style)
                first += len(glyphs)
        return cells

    return paint_rows


def _put(cells: list[Piece], first: int, glyphs: str, style: str) -> None:
    for place, glyph in enumerate(glyphs, max(0, first)):
        if place < len(cells):
            cells[place] = glyph, style
