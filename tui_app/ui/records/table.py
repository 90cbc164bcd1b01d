"""A table of any length: only the rows in view are ever asked for, and away from the screen."""

from __future__ import annotations

from collections.abc import Collection
from typing import ClassVar, Final

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import BindingType
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from .. import keys
from ..background import in_thread
from ..text import clean
from .sheet import CHUNK, GAP, Arrangement, Layout, Sheet, lay_out

_POINTER: Final = "▸"


class RecordsTable(ScrollView, can_focus=True):
    """Rows under a fixed heading, beside fixed numbers; a row and a column have the cursor."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        f"records--{name}"
        for name in ("heading", "heading-here", "number", "even", "odd", "cursor", "cell")
    }
    BINDINGS: ClassVar[list[BindingType]] = list(keys.RECORDS_TABLE)

    class Opened(Message):
        """A row was chosen."""

        def __init__(self, row: int) -> None:
            super().__init__()
            self.row = row

    class HeadingClicked(Message):
        """A heading was clicked, and has the column cursor now."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.row = self.column = 0
        self._layout: Layout | None = None
        self._wanted: set[int] = set()
        self._damage = ""

    # -- told ----------------------------------------------------------------------------

    def show(
        self,
        sheet: Sheet | None,
        hidden: Collection[str] = (),
        arrangement: Arrangement | None = None,
    ) -> None:
        """Show a sheet's columns that aren't hidden, from its first row on; None empties the table.

        The heading has an arrow where the arrangement sorts by it.
        """
        same_rows = self._layout is not None and sheet is self._layout.sheet
        under_cursor = self.column_name
        layout = None
        if sheet is not None:
            layout = lay_out(sheet, hidden, arrangement or Arrangement())
            names = [layout.name(column) for column in range(len(layout.places))]
            place = names.index(under_cursor) if under_cursor in names else self.column
            self.column = max(0, min(place, len(names) - 1))
        self._layout = layout
        self.virtual_size = Size(0, 0) if layout is None else Size(layout.width, self.length + 1)
        if not same_rows:
            self._damage = "" if sheet is None else sheet.damage
            self._wanted.clear()
            self.row = 0
            self.scroll_to(y=0, animate=False, immediate=True, force=True)
        self._follow()

    @property
    def sheet(self) -> Sheet | None:
        """The rows."""
        return None if self._layout is None else self._layout.sheet

    @property
    def length(self) -> int:
        """How many rows there are."""
        return 0 if self._layout is None else self._layout.sheet.length

    @property
    def column_name(self) -> str | None:
        """The column under the cursor; None where there is none."""
        return None if self._layout is None else self._layout.name(self.column)

    @property
    def cell(self) -> str:
        """What is under the cursor; empty where nothing is, or while it is on its way."""
        layout = self._layout
        row = None if layout is None else layout.sheet.row(self.row)
        if layout is None or row is None or self.column_name is None:
            return ""
        return row[layout.places[self.column]]

    # -- the cursor ----------------------------------------------------------------------

    def move_to(self, row: int) -> None:
        """Put the cursor on a row, or on the last one, and scroll it into view."""
        if self._layout is not None:
            self.row = max(0, min(row, self.length - 1))
            self._follow()

    def action_move(self, step: int) -> None:
        """A row up or down."""
        self.move_to(self.row + step)

    def action_move_page(self, step: int) -> None:
        """A page up or down."""
        self.move_to(self.row + step * max(1, self._room - 1))

    def action_first(self) -> None:
        """The first row."""
        self.move_to(0)

    def action_last(self) -> None:
        """The last row."""
        self.move_to(self.length - 1)

    def action_move_column(self, step: int) -> None:
        """A column to the left or right."""
        if self._layout is not None:
            self.column = max(0, min(self.column + step, len(self._layout.places) - 1))
            self._follow()

    def action_open(self) -> None:
        """Open the row under the cursor."""
        if self.length:
            self.post_message(self.Opened(self.row))

    def on_click(self, event: events.Click) -> None:
        """A click on a row puts the cursor there, two open it; one on a heading sorts."""
        layout, offset = self._layout, event.get_content_offset(self)
        if layout is None or offset is None:
            return
        if offset.x >= layout.margin:
            column = layout.at(offset.x + self.scroll_offset.x)
            self.column = self.column if column is None else column
            if offset.y == 0 and column is not None:
                self.post_message(self.HeadingClicked())
        if 0 < offset.y <= self.length - self.scroll_offset.y:
            self.move_to(self.scroll_offset.y + offset.y - 1)
            if event.chain == 2:
                self.action_open()
        self.refresh()

    @property
    def _room(self) -> int:
        """Rows that the screen has place for."""
        return max(1, self.scrollable_content_region.height - 1)

    def _follow(self) -> None:
        """Scroll so that the cursor is in view."""
        layout, (x, y) = self._layout, self.scroll_offset
        room = self._room
        y = min(max(y, self.row - room + 1), self.row)
        if layout is not None and self.column < len(layout.starts):
            left = layout.starts[self.column] - layout.margin
            right = left + layout.widths[self.column] + layout.margin
            x = min(max(x, right - self.scrollable_content_region.width), left)
        self.scroll_to(x, y, animate=False, immediate=True, force=True)
        self.refresh()

    def on_resize(self) -> None:
        """Keep the cursor in view."""
        self._follow()

    # -- drawn ---------------------------------------------------------------------------

    def render_line(self, y: int) -> Strip:
        """One line of the screen."""
        width = self.scrollable_content_region.width
        index = -1 if y == 0 else self.scroll_offset.y + y - 1
        layout = self._layout
        if layout is None or index >= self.length:
            return Strip.blank(width, self.rich_style)
        style = self._style_of(index)
        left = self.scroll_offset.x + layout.margin
        cells = self._cells(layout, index, left, width)
        number = self._number(layout, index, style)
        return Strip([number, *cells]).adjust_cell_length(width, style)

    def _number(self, layout: Layout, index: int, style: Style) -> Segment:
        room = layout.margin - GAP
        if index < 0:
            return Segment(f"{'#':>{room}}" + " " * GAP, style)
        style += self.get_component_rich_style("records--number", partial=True)
        here = index == self.row and self.has_focus
        return Segment(f"{index + 1:>{room},}{_POINTER if here else ' ':<{GAP}}", style)

    def _cells(self, layout: Layout, index: int, left: int, width: int) -> list[Segment]:
        style = self._style_of(index)
        columns = layout.between(left, left + width)
        row: tuple[str, ...] | None = None
        if index >= 0:
            row = layout.sheet.row(index)
            self._want(layout.sheet, index // CHUNK)
            if row is None:
                return [Segment("…", style)]
        if not columns:
            return []
        badges = {} if row is None else layout.sheet.badges(row)
        found: list[Segment] = []
        for column in columns:
            place, room = layout.places[column], layout.widths[column]
            cell = layout.headings[column] if row is None else row[place]
            own = self._style_at(index, column, style)
            badge = badges.get(place)
            if badge is not None and cell_len(cell) + 2 <= room:
                found += [
                    Segment(f" {cell} ", badge.style(coloured=not self.app.no_color)),
                    Segment(" " * (room - len(cell) - 2), own),
                ]
            else:
                found.append(Segment(_cell(cell, room), own))
            found.append(Segment(" " * GAP, style))
        start = left - layout.starts[columns.start]
        return list(Strip(found).crop(start, start + width))

    def _style_of(self, index: int) -> Style:
        name = "heading" if index < 0 else "odd" if index % 2 else "even"
        if index == self.row:
            name = "cursor"
        return self.get_component_rich_style(f"records--{name}")

    def _style_at(self, index: int, column: int, style: Style) -> Style:
        if column != self.column or index not in (-1, self.row):
            return style
        return self.get_component_rich_style(f"records--{'heading-here' if index < 0 else 'cell'}")

    def _want(self, sheet: Sheet, number: int) -> None:
        """See to it that a chunk and its neighbours are there, or are on their way."""
        for one in (number, number + 1, number - 1):
            if sheet.lacks(one) and one not in self._wanted:
                self._wanted.add(one)
                self.run_worker(self._load(sheet, one), group="rows", exit_on_error=False)

    async def _load(self, sheet: Sheet, number: int) -> None:
        try:
            await in_thread(lambda: sheet.load(number))
        finally:
            if sheet is self.sheet:
                if sheet.damage != self._damage:
                    self._damage = sheet.damage
                    self.notify(clean(self._damage), severity="warning", markup=False)
                self._wanted.discard(number)
                self.refresh()


def _cell(cell: str, width: int) -> str:
    if len(cell) <= width and cell.isascii():
        return cell.ljust(width)
    if cell_len(cell) > width:
        cell = set_cell_size(cell, max(0, width - 1)).rstrip() + "…"
    return set_cell_size(cell, width)
