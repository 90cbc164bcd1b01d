"""A line a run, drawn when it is in view: a thousand cost no more than ten."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import BindingType
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from .. import keys
from .lines import GAP, Column, cell, columns, state

if TYPE_CHECKING:
    from tui_app.store import RunRow


_MARK: Final = "◆ "


class RunsTable(ScrollView, can_focus=True):
    """Runs under a fixed heading; one of them has the cursor.

    Attributes:
        place: of the run under the cursor.
        marked: ids of the runs that are marked, in the order in which they were.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        f"runs--{name}"
        for name in ("heading", "line", "cursor", "demo", "good", "fair", "bad", "busy")
    }
    BINDINGS: ClassVar[list[BindingType]] = list(keys.HISTORY_TABLE)

    class Moved(Message):
        """The cursor is on another run."""

    class Chosen(Message):
        """The run under the cursor was clicked twice."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self.place = 0
        self.marked: list[str] = []
        self._rows: list[RunRow] = []
        self._columns: list[Column] = []
        self._styles: dict[str, Style] = {}

    # -- told ----------------------------------------------------------------------------

    def show(self, rows: list[RunRow]) -> None:
        """Show these runs, with the cursor on the same one as before if it is among them."""
        here = None if self.here is None else self.here.run
        self._rows = rows
        there = {row.run for row in rows}
        self.marked = [run for run in self.marked if run in there]
        self.virtual_size = Size(0, len(rows) + 1)
        self._fit()
        self.action_move_to(next((n for n, row in enumerate(rows) if row.run == here), 0))

    @property
    def here(self) -> RunRow | None:
        """The run under the cursor; None where there is none."""
        return self._rows[self.place] if self.place < len(self._rows) else None

    @property
    def chosen(self) -> list[RunRow]:
        """The marked runs, in the order in which they were marked."""
        by_id = {row.run: row for row in self._rows}
        return [by_id[run] for run in self.marked]

    def mark(self) -> None:
        """Mark the run under the cursor, or not any more, and go to the next one."""
        here = self.here
        if here is None:
            return
        if here.run in self.marked:
            self.marked.remove(here.run)
        else:
            self.marked.append(here.run)
        self.action_move(1)

    def on_resize(self) -> None:
        """Other columns may fit."""
        self._fit()

    def _fit(self) -> None:
        self._columns = columns(self._rows, self.scrollable_content_region.width - len(_MARK))
        self.refresh()

    def notify_style_update(self) -> None:
        """Colours may have changed."""
        super().notify_style_update()
        self._styles.clear()

    # -- the cursor ----------------------------------------------------------------------

    def action_move_to(self, place: int) -> None:
        """Put the cursor on a run, the last one where it is -1, and scroll it into view."""
        last = len(self._rows) - 1
        self.place = max(0, last if place < 0 else min(place, last))
        top, lines = self.scroll_offset.y, max(1, self.size.height - 1)
        if not top <= self.place < top + lines:
            to = self.place if self.place < top else self.place - lines + 1
            self.scroll_to(y=to, animate=False, immediate=True, force=True)
        self.refresh()
        self.post_message(self.Moved())

    def action_move(self, by: int) -> None:
        """Move the cursor by so many runs."""
        self.action_move_to(max(0, self.place + by))

    def action_move_page(self, by: int) -> None:
        """Move the cursor by so many screens."""
        self.action_move(by * max(1, self.size.height - 2))

    def on_click(self, event: events.Click) -> None:
        """Put the cursor where it was clicked; twice opens the run."""
        place = self.scroll_offset.y + event.y - 1
        if event.y > 0 and place < len(self._rows):
            self.action_move_to(place)
            if event.chain > 1:
                self.post_message(self.Chosen())

    # -- drawn ---------------------------------------------------------------------------

    def render_line(self, y: int) -> Strip:
        """One line of the screen."""
        width = self.scrollable_content_region.width
        place = self.scroll_offset.y + y - 1
        if y == 0:
            style = self._style("heading")
            said = " " * len(_MARK) + "".join(
                one.fit(one.name) + " " * GAP for one in self._columns
            )
            return Strip([Segment(said, style)]).adjust_cell_length(width, style)
        if place >= len(self._rows):
            return Strip.blank(width, self.rich_style)
        row = self._rows[place]
        base = self._style("cursor" if place == self.place else "line")
        sign = _MARK if row.run in self.marked else " " * len(_MARK)
        strip = Strip(
            [
                Segment(sign, base + self._accent_of("demo")),
                *(
                    Segment(cell(row, column) + " " * GAP, base + self._accent(row, column))
                    for column in self._columns
                ),
            ]
        )
        return strip.adjust_cell_length(width, base)

    def _accent(self, row: RunRow, column: Column) -> Style:
        name = ""
        if column.name == "from" and row.source == "demo":
            name = "demo"
        elif column.name == "state":
            name = state(row)[1]
        elif column.name == "failed":
            name = "bad"
        return self._accent_of(name) if name else Style()

    def _accent_of(self, name: str) -> Style:
        accent = self._style(name)
        return Style(color=accent.color, bold=accent.bold)  # the line's own background stays

    def _style(self, name: str) -> Style:
        style = self._styles.get(name)
        if style is None:
            style = self._styles[name] = self.get_component_rich_style(f"runs--{name}")
        return style
