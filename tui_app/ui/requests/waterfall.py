"""The waterfall: a row a request, drawn line by line, at 2,000 requests as fast as at 10."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import ClassVar, Final, NamedTuple

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import BindingType
from textual.geometry import Size
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widget import Widget

from tui_app.fetch import State
from tui_app.redlist.text import counted
from tui_app.report.phases import LOST_GLYPH, Phase

from .. import keys, text
from ..model import Line, Model
from ..runview import RequestRow, RunView, critical_path
from ..theme import look_of
from .drawing import ENDS, Axis, nice_span, paint, ruler, say_in_bar
from .medians import Lane, MedianHeading, MedianLine, median_lines, paint_lane

_HEAD: Final = 1
"""Lines above the first one that stay where they are."""
CRITICAL: Final = "▸"
"""Beside a request on the critical path."""
PATH_EVERY_S: Final = 1.0
"""While a run goes on its critical path is found anew after so many seconds."""
PATH_MOST: Final = 5_000
"""Of more requests than these it is found when the run has ended."""
_PLACE: Final = 17
"""Cells to the right of a bar: time, status, attempts."""
_LABEL_MOST: Final = 30


class PhaseStyles(Widget):
    """Draws with the waterfall's colours, by the same CSS."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        f"waterfall--{name}"
        for name in (
            *(phase.key for phase in Phase),
            "failed", "missing", "cancelled", "label", "dim", "heading", "cursor", "blank",
        )
    }  # fmt: skip

    def style_of(self, name: str) -> Style:
        """The style of a phase, of anything else named above, of a ``#rrggbb``; or the widget's."""
        colour = name if name.startswith("#") else None
        named = "blank" if colour or not name else name
        style = self.get_component_rich_style(f"waterfall--{named}")  # Textual remembers it
        return style + Style(color=colour) if colour else style


class _View(NamedTuple):
    """What is in view: computed once a frame, used by every line of it."""

    axis: Axis
    label_width: int
    lefts: dict[str, float]  # monotonic time at the left edge, by run
    from_s: float  # seconds since the run's beginning at the left edge, for the ruler


def _took(row: RequestRow, now: float) -> str:
    return f"{text.milliseconds(row.took_ms(now)):>7} ms "


class Waterfall(ScrollView, PhaseStyles, can_focus=True):
    """A row a request under a fixed time scale.

    It follows the newest request until it is scrolled, and again from End on. Up and down move a
    cursor, the mouse hovers. When a comparison has ended its median runs come first.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = PhaseStyles.COMPONENT_CLASSES
    BINDINGS: ClassVar[list[BindingType]] = list(keys.WATERFALL)

    follow: reactive[bool] = reactive(True)
    """Whether the newest line is kept in view."""
    cursor: reactive[int | None] = reactive(None)
    """The line that is looked at, from 0; None where none is."""
    hovered: reactive[int | None] = reactive(None, repaint=False)
    """The line under the mouse."""
    part: reactive[int] = reactive(0)
    """Where the cursor's line is a lane: which of its requests is looked at."""
    hovered_part: reactive[int] = reactive(0, repaint=False)
    """Likewise of the line under the mouse."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._moving = False
        self._model: Model | None = None
        self._lines: Sequence[Line | MedianLine] = ()
        self._medians: list[MedianLine] = []
        self._now = 0.0
        self._view: tuple[tuple[int, Size], _View] | None = None
        self._paths: dict[str, tuple[float, int, frozenset[int]]] = {}

    # -- told ----------------------------------------------------------------------------

    def show(self, model: Model, now: float) -> None:
        """Draw a model as it is at ``now``."""
        if model is not self._model:
            self._model = model
            self.follow, self.cursor, self.hovered = True, None, None
            self._paths.clear()
            self._medians = []
        self._now = now
        self._view = None
        self._lay_out(model)
        if self.follow:
            self._move_to(self.max_scroll_y)
        self.refresh()

    @property
    def shows_medians(self) -> bool:
        """Whether the median runs are seen."""
        return self.scroll_offset.y < len(self._medians)

    def _lay_out(self, model: Model) -> None:
        """The lines: those of the model, below the median runs once there are any.

        What is looked at stays where it is: its details take room, which must not move it. Who
        followed the newest is taken to the median runs.
        """
        before = self._medians
        if not before or (self.cursor is None and self.hovered is None):
            self._medians = median_lines(model, self.size.height - _HEAD)
        self._lines = [*self._medians, *model.lines] if self._medians else model.lines
        self._set_count(len(self._lines))
        more, place = len(self._medians) - len(before), self.scroll_offset.y
        if not more:
            return
        if self.cursor is not None:
            self.cursor, self.part = max(0, self.cursor + more), 0
        if self.follow and not before:
            self.follow = False
            self._move_to(0)
        elif place and not self.follow:
            self._move_to(place + more)

    @property
    def request(self) -> RequestRow | None:
        """The request that is looked at: that under the mouse, else the cursor's."""
        place = self.cursor if self.hovered is None else self.hovered
        if place is None or self._model is None or place >= self._count:
            return None
        line = self._lines[place]
        if isinstance(line, Lane):
            part = self.part if self.hovered is None else self.hovered_part
            return line.rows[part] if 0 <= part < len(line.rows) else None
        return line if isinstance(line, RequestRow) else None

    def is_critical(self, row: RequestRow) -> bool:
        """Whether a request is on the critical path of its run, as far as it has got."""
        run = row.owner
        at, done, path = self._paths.get(run.run, (float("-inf"), -1, frozenset()))
        wait_s = PATH_EVERY_S if len(run.rows) <= PATH_MOST else float("inf")
        if done != run.done and (run.ended is not None or self._now - at >= wait_s):
            path = critical_path(run.rows)
            self._paths[run.run] = self._now, run.done, path
        return row.number in path

    # -- drawn ---------------------------------------------------------------------------

    def render_line(self, y: int) -> Strip:
        """One line of the screen."""
        width = self.scrollable_content_region.width
        model = self._model
        if model is None or not self._lines or width < 20:
            return Strip.blank(width, self.rich_style)
        key = self.scroll_offset.y, self.size
        if self._view is None or self._view[0] != key:
            first = self.scroll_offset.y
            lines = self._lines[first : first + self.size.height - 1]
            self._view = key, self._make_view(lines, width)
        view = self._view[1]
        index = self.scroll_offset.y + y - _HEAD
        if y == 0:
            margin = " " * (view.label_width + 1)
            scale = Segment(margin + ruler(view.axis, view.from_s), self.style_of("dim"))
            return Strip([scale]).adjust_cell_length(width, self.rich_style)
        if index >= len(self._lines):
            return Strip.blank(width, self.rich_style)
        line, looked_at = self._lines[index], index == self.cursor
        if isinstance(line, Lane):
            drawn = self._lane(line, view, self.part if looked_at else -1)
            return Strip(drawn).adjust_cell_length(width, self.rich_style)
        drawn = self._row(line, view) if isinstance(line, RequestRow) else self._head(line, width)
        strip = Strip(drawn).adjust_cell_length(width, self.rich_style)
        if not looked_at:
            return strip
        over = self._over
        return Strip([Segment(one.text, (one.style or over) + over) for one in strip])

    @property
    def _over(self) -> Style:
        """What the cursor does to what is beneath it."""
        over = self.style_of("cursor")
        return Style(bgcolor=over.bgcolor, reverse=over.reverse)

    def _make_view(self, lines: Sequence[Line | MedianLine], width: int) -> _View:
        rows = [line for line in lines if isinstance(line, RequestRow)]
        medians = {line.run.run: line.run for line in lines if isinstance(line, Lane)}
        lefts: dict[str, float] = {run: one.begun or 0.0 for run, one in medians.items()}
        span_s, from_s = 0.0, 0.0
        if medians:  # all of them have one scale, whether they are seen or not
            lanes = (line for line in self._medians if isinstance(line, Lane))
            ends = ((lane.run, lane.rows[-1].end_by(self._now)) for lane in lanes)
            span_s = max(end - (run.begun or 0.0) for run, end in ends)
        for row in rows:
            run, at = row.owner, row.began
            if row is run.rows[0] and run.begun is not None:
                at = run.begun
            lefts[run.run] = min(lefts.get(run.run, at), at)
        for row in rows:
            span_s = max(span_s, row.end_by(self._now) - lefts[row.owner.run])
        if len(lefts) == 1 and not medians and rows[0].owner.begun is not None:
            from_s = max(0.0, lefts[rows[0].owner.run] - rows[0].owner.begun)
        longest = max((len(row.short_label) for row in rows), default=7)
        label_width = max(7, min(longest, _LABEL_MOST, width // 3))
        bar_width = max(8, width - label_width - 2 - _PLACE)
        return _View(Axis(nice_span(span_s or 1.0), bar_width), label_width, lefts, from_s)

    def _head(self, line: RunView | MedianHeading, width: int) -> list[Segment]:
        run = line.run if isinstance(line, MedianHeading) else line
        look = look_of(run.method)
        if isinstance(line, MedianHeading):
            words = line.words
        else:
            pages = "" if run.pages is None else f"{counted(run.pages, 'page')} · "
            words = pages + ("warm-up" if run.warmup else f"run {run.order} of {run.of}")
        name = f"{look.marker} {run.method} · {words} "
        if run.seconds is not None:
            tail = f" {text.seconds(run.seconds)} · ideal {text.seconds(run.ideal_s)}"
        elif run.ended is not None and run.begun is not None:
            tail = f" {text.seconds(run.ended - run.begun)}"
        else:
            tail = " running"
        if len(name) + len(tail) + 1 >= width:
            tail = tail.partition(" · ")[0]
        rule = "─" * max(1, width - len(name) - len(tail) - 1)
        heading = self.style_of("heading")
        return [
            Segment(name, heading + Style(color=look.colour, bold=True)),
            Segment(rule, self.style_of("dim")),
            Segment(tail, heading),
        ]

    def _lane(self, lane: Lane, view: _View, part: int) -> list[Segment]:
        """A lane; of the request that is looked at all cells are marked."""
        cells = paint_lane(lane, view.lefts[lane.run.run], view.axis, self._now)
        label = self.style_of("label")
        drawn = [
            Segment(
                text.fit(lane.label, view.label_width), label + self._over if part >= 0 else label
            )
        ]
        drawn.append(Segment(" ", self.rich_style))
        for ((glyph, name), place), same in groupby(cells):
            style = self.style_of(name)
            over = self._over if 0 <= part == place else Style()
            drawn.append(Segment(glyph * len(list(same)), style + over))
        return [
            *drawn,
            Segment(f"{counted(len(lane.rows), 'request'):>{_PLACE}}", self.style_of("dim")),
        ]

    def _row(self, row: RequestRow, view: _View) -> list[Segment]:
        left = view.lefts.get(row.owner.run, row.began)
        again = f"↻{row.attempts - 1}" if row.attempts > 1 else ""
        status = "" if row.status is None else str(row.status)
        style = "retry" if again or row.state is State.RETRIED else "dim"
        if row.state is State.REUSED:
            status, again, style = "kept", "", "dim"
        elif row.state is State.FAILED:
            status, style = status or LOST_GLYPH, "failed"
        elif row.state is State.MISSING:
            status, style = status or ENDS[row.state].glyph, "missing"
        elif row.state is State.CANCELLED:
            status, style = ENDS[row.state].glyph, "cancelled"
        bar, took = paint(row, left, view.axis, self._now), (_took(row, self._now), "dim")
        timeouts = None if self._model is None else self._model.timeouts
        if stall := row.stall(self._now, timeouts):
            bar, took = say_in_bar(bar, stall.words, stall.end), (f"{stall.figure:>10} ", "retry")
        pieces = [
            (text.fit(row.short_label, view.label_width), "label"),
            (CRITICAL if self.is_critical(row) else " ", "heading"),
            *bar,
            took,
            (f"{status:<3} {again:<3}", style),
        ]
        return [Segment(words, self.style_of(name)) for words, name in pieces]

    # -- lines and the cursor --------------------------------------------------------------

    @property
    def _count(self) -> int:
        """How many lines are drawn."""
        return max(0, self.virtual_size.height - _HEAD)

    def _set_count(self, lines: int) -> None:
        """There are so many lines now.

        Textual lays the whole screen out anew for another virtual size, at 2,000 events a second
        with each picture; it has to only when the scrollbar comes or goes.
        """
        size, room = Size(0, lines + _HEAD), self.container_size.height
        if (size.height > room) != (self.virtual_size.height > room):
            self.virtual_size = size
        elif size != self.virtual_size:
            self.set_reactive(Waterfall.virtual_size, size)
            if size.height > room:
                self.vertical_scrollbar.window_virtual_size = size.height

    def _move_to(self, y: float) -> None:
        self._moving = True
        try:
            self.scroll_to(y=y, animate=False, immediate=True, force=True)
        finally:
            self._moving = False

    def action_cursor(self, by: int) -> None:
        """Move the cursor; it begins at the last line that is seen."""
        if not self._count:
            return
        lines = max(1, self.size.height - _HEAD)
        top = self.scroll_offset.y
        if self.cursor is None:
            below = isinstance(self._lines[top], MedianHeading)
            first = top + below if self.shows_medians else min(self._count, top + lines) - 1
            self.cursor, self.part = first, 0
        elif not self._step_in_lane(self.cursor, by):
            self.cursor = max(0, min(self._count - 1, self.cursor + by))
            line = self._lines[self.cursor]
            self.part = len(line.rows) - 1 if by < 0 and isinstance(line, Lane) else 0
        self.follow = False
        if not top <= self.cursor < top + lines:
            self._move_to(self.cursor if self.cursor < top else self.cursor - lines + 1)

    def _step_in_lane(self, place: int, by: int) -> bool:
        """Look at the next request of the cursor's lane, if there is one."""
        line = self._lines[place]
        there = isinstance(line, Lane) and 0 <= self.part + by < len(line.rows)
        self.part += by if there else 0
        return there

    def action_follow(self) -> None:
        """Follow the newest line, with no cursor."""
        self.follow, self.cursor, self.hovered = True, None, None
        self._move_to(self.max_scroll_y)

    def _line_at(self, event: events.MouseEvent) -> int | None:
        y = event.get_content_offset_capture(self).y - _HEAD
        place = self.scroll_offset.y + y
        return place if y >= 0 and place < self._count else None

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Look at the line under the mouse, of a lane at the request."""
        self.hovered_part = self._part_at(event)
        self.hovered = self._line_at(event)

    def _part_at(self, event: events.MouseEvent) -> int:
        """Which request of a lane is under the mouse; -1 for none."""
        place, view = self._line_at(event), self._view
        line = None if place is None else self._lines[place]
        if not isinstance(line, Lane) or view is None:
            return 0
        cells = paint_lane(line, view[1].lefts[line.run.run], view[1].axis, self._now)
        column = event.get_content_offset_capture(self).x - view[1].label_width - 1
        return cells[column][1] if 0 <= column < len(cells) else -1

    def on_leave(self) -> None:
        """The mouse is elsewhere."""
        self.hovered = None

    def on_click(self, event: events.Click) -> None:
        """Put the cursor on a line; a second click takes it away."""
        place, part = self._line_at(event), max(0, self._part_at(event))
        again = (place, part) == (self.cursor, self.part)
        self.cursor, self.part = None if again else place, part
        self.follow = self.follow and self.cursor is None

    # -- scrolling -----------------------------------------------------------------------

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """The user's scrolling ends the following; reaching the end begins it again."""
        super().watch_scroll_y(old_value, new_value)
        if not self._moving and round(old_value) != round(new_value):
            self.follow = self.cursor is None and round(new_value) >= self.max_scroll_y

    # Upwards is said before it begins: an animation's first steps are less than a row, and a
    # picture drawn between them would jump back to the end.

    def action_page_up(self) -> None:
        """Stop following, and scroll a page up."""
        self.follow = False
        super().action_page_up()

    def action_scroll_home(self) -> None:
        """Stop following, and scroll to the first request."""
        self.follow = False
        super().action_scroll_home()

    def on_mouse_scroll_up(self) -> None:
        """Stop following."""
        if self.max_scroll_y:
            self.follow = False

    def on_resize(self) -> None:
        """Keep the newest in view, or fit the median runs into the room that there is now."""
        if self._model is not None:
            self._lay_out(self._model)
        if self.follow:
            self._move_to(self.max_scroll_y)
