"""A lesson's picture: panes of time lines, painted lane by lane."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final, NamedTuple

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Size
from textual.strip import Strip

from tui_app.report.phases import Phase

from .. import text
from ..requests.drawing import Axis, Piece, nice_span, paint, ruler
from ..requests.waterfall import PhaseStyles
from ..runview import RequestRow
from ..theme import look_of

WAIT: Final = Phase.WAIT.glyph

Painter = Callable[[Axis], list[Piece]]
"""Gives the pieces that fill an axis."""


class TimeLane(NamedTuple):
    """One line of time."""

    label: str
    paint: Painter
    note: str = ""  # what is to be said at its end


class Pane(NamedTuple):
    """Lanes that belong together, on one axis."""

    title: str
    lanes: tuple[TimeLane, ...]
    span_s: float = 0.0  # from its beginning to now or its end; 0 before it has begun
    figure: str = ""  # what was measured, in a few words, at the end of the title's line
    method: str = ""  # whose mark and colour the title has; empty for nobody's


class Stroke(NamedTuple):
    """Something that lasts, or (where it ends as it begins) a mark."""

    start_s: float  # from the left edge
    stop_s: float
    glyph: str  # one cell, repeated
    style: str  # of the waterfall's, or a colour ``#rrggbb``


def painter(strokes: Sequence[Stroke]) -> Painter:
    """Paints strokes one over another; marks stay in view, in their order, whatever is beneath."""
    lasting = [one for one in strokes if one.start_s != one.stop_s]
    marks = sorted(one for one in strokes if one.start_s == one.stop_s)

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
                if glyphs[0] not in (" ", Phase.QUEUED.glyph) or cells[first][0] == " ":
                    _put(cells, first, glyphs, style)
                first += len(glyphs)
        return cells

    return paint_rows


def _put(cells: list[Piece], first: int, glyphs: str, style: str) -> None:
    for place, glyph in enumerate(glyphs, max(0, first)):
        if place < len(cells):
            cells[place] = glyph, style


class TimeLine(PhaseStyles):
    """A title, a line a lane, a scale."""

    DEFAULT_CSS = "TimeLine { height: auto; width: 1fr; }"

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._pane = Pane("", ())
        self._span_s = 0.0

    def show(self, pane: Pane, span_s: float) -> None:
        """Draw a pane on an axis of so many seconds; those beside it have the same one."""
        grows = len(pane.lanes) != len(self._pane.lanes)
        self._pane, self._span_s = pane, span_s
        self.refresh(layout=grows)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """A line a lane, one for the title, one for the scale."""
        return len(self._pane.lanes) + 2

    def render_line(self, y: int) -> Strip:
        """One line of the screen."""
        pane, width = self._pane, self.size.width
        label_width = max((len(lane.label) for lane in pane.lanes), default=0)
        note_width = max((len(lane.note) for lane in pane.lanes), default=0)
        bar_width = max(8, width - label_width - 1 - (note_width + 1 if note_width else 0))
        axis = Axis(nice_span(self._span_s), bar_width)
        if y == 0:
            segments = self._title(width)
        elif y <= len(pane.lanes):
            segments = self._lane(pane.lanes[y - 1], axis, label_width, note_width)
        else:
            scale = ruler(axis) if self._span_s else ""
            segments = [Segment(" " * (label_width + 1) + scale, self.style_of("dim"))]
        return Strip(segments).adjust_cell_length(width, self.rich_style)

    def _title(self, width: int) -> list[Segment]:
        pane = self._pane
        heading = self.style_of("heading")
        style, title = heading + Style(bold=True), pane.title
        if pane.method:
            look = look_of(pane.method)
            style, title = style + Style(color=look.colour), f"{look.marker} {title}"
        figure = f" {pane.figure}" if pane.figure else ""
        title = f"{text.fit(title, min(len(title), width - len(figure) - 1))} "
        rule = "─" * max(0, width - len(title) - len(figure))
        return [
            Segment(title, style),
            Segment(rule, self.style_of("dim")),
            Segment(figure, heading),
        ]

    def _lane(self, lane: TimeLane, axis: Axis, label_width: int, note_width: int) -> list[Segment]:
        segments = [Segment(f"{lane.label:<{label_width}} ", self.style_of("label"))]
        segments += [Segment(glyphs, self.style_of(style)) for glyphs, style in lane.paint(axis)]
        if note_width:
            segments.append(Segment(f" {lane.note:>{note_width}}", self.style_of("dim")))
        return segments
