"""A table of any length, found and sorted: only rows in view are asked for, off the screen."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, ClassVar, Final, NamedTuple

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual import events, work
from textual.binding import BindingType
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from .. import keys
from ..background import in_thread
from ..categories import Category
from ..text import clean
from .sheet import CHUNK, GAP, Sheet, ShownColumn

if TYPE_CHECKING:
    from tui_app.runs.records_table import View

_ARROW: Final = {False: "▲", True: "▼"}
"""Before the heading of the column that sorts: rising, falling."""
_EDGE: Final = "│ "
"""After the pinned column, where columns are scrolled below it."""
_POINTER: Final = "▸"
MOST_READ: Final = 1_000
"""Rows that are searched or sorted at once while they arrive: what is read slows the run down."""


@dataclass(frozen=True, slots=True)
class Arrangement:
    """Which rows are shown, and in which order."""

    find: str = ""  # what they have to contain; nothing for all of them
    sort: str | None = None  # the column that sorts them; None for the server's own order
    descending: bool = False


class ShownRows(NamedTuple):
    """The rows that a table shows now; a search that goes on has no part in them yet."""

    arrangement: Arrangement  # the filter, as typed, and the sorting that gave them
    places: Sequence[int]  # where each is saved, in the order in which they are shown


@dataclass(frozen=True, slots=True)
class Look:
    """What a table shows, so that another thread can show it with further rows."""

    sheet: Sheet
    arrangement: Arrangement
    row: int  # under the cursor
    still: int  # the row that stays where it is on the screen
    top: int  # the first row on the screen
    room: int  # how many there are
    touched: bool  # whether the user has moved in it; else its beginning is shown

    def with_rows(self, rows: View, note: str = "") -> Grown:
        """The same of a table of the same run that has grown, or is its last one.

        Where each row has to be read, to be searched or sorted, a table that grows is shown with
        some more rows; the next time with further ones.
        """
        from tui_app.runs.arriving import ArrivingView, rearranged, same_row
        from tui_app.runs.records_table import arranged

        as_, before = self.arrangement, self.sheet.source
        if as_ != Arrangement() and isinstance(rows, ArrivingView):
            rows = rows.up_to(before.stored_rows + MOST_READ)
        shown = rows
        if as_ != Arrangement():
            arrange = partial(rearranged, before) if rows.grows else arranged
            shown = arrange(rows, find=as_.find, sort=as_.sort, descending=as_.descending)
        row = top = 0
        if self.touched:
            row = still = same_row(before, self.row, shown)
            if self.still != self.row:
                still = same_row(before, self.still, shown)
            top = max(0, self.top + still - self.still)
        chunks = range(top // CHUNK, (top + self.room) // CHUNK + 1)
        sheet = Sheet(shown, note, before=self.sheet, first=chunks)
        whole = sheet if shown is rows else Sheet(rows, note, before=self.sheet, first=())
        return Grown(self, whole, sheet, row, top)


class Grown(NamedTuple):
    """What is shown in place of what a table showed."""

    look: Look  # what it showed
    whole: Sheet  # all rows
    sheet: Sheet  # those that are shown
    row: int  # under the cursor, if it hasn't moved since
    top: int  # the first on the screen


class RecordsTable(ScrollView, can_focus=True):
    """Rows under a fixed heading; numbers and the taxon's name stay while others scroll sideways.

    A row and a column have the cursor.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        f"records--{name}"
        for name in ("heading", "heading-here", "number", "even", "odd", "cursor", "cell")
    }
    BINDINGS: ClassVar[list[BindingType]] = list(keys.RECORDS_TABLE)

    class Opened(Message):
        """The row under the cursor was chosen."""

    class Arranged(Message):
        """What was wanted is shown, or (with an error) can't be read."""

        def __init__(self, error: Exception | None = None) -> None:
            super().__init__()
            self.error = error

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.row = self.column = 0
        self.sheet: Sheet | None = None  # the rows that are shown
        self.arrangement = Arrangement()  # what is wanted
        self._shown_as = self.arrangement  # what is shown
        self._touched = False
        self.hidden: Collection[str] = ()  # names of the columns that are not shown
        self._whole: Sheet | None = None  # all rows, as the server gave them
        self._found: tuple[Sheet, str, View] | None = None  # what was found in which sheet
        self._columns: list[ShownColumn] = []
        self._pinned = False  # whether the first of them does not scroll
        self._margin = self._width = 0  # cells that do not scroll, and all cells
        self._wanted: set[int] = set()
        self._damage = ""

    # -- told ----------------------------------------------------------------------------

    def begin(self, sheet: Sheet | None) -> None:
        """Show a table as it is, and halt what goes on for another; None empties it."""
        self.arrangement = self._shown_as = Arrangement()
        self._whole = sheet
        self._show(sheet)

    def look(self) -> Look | None:
        """What is shown; None where nothing is."""
        if self.sheet is None:
            return None
        top, room = self.scroll_offset.y, self._room
        still = self.row if top <= self.row < top + room else top
        touched = self._touched or top > 0
        return Look(self.sheet, self._shown_as, self.row, still, top, room, touched)

    def grow(self, grown: Grown) -> bool:
        """Show further rows of the same run; whether what is shown is still what was looked at.

        The row under the cursor keeps it, and its place on the screen.
        """
        look, self._whole = grown.look, grown.whole
        if self.sheet is not look.sheet:
            return False
        row, top, now = grown.row, grown.top, self.look()
        assert now is not None
        if (now.row, now.top, now.touched) != (look.row, look.top, look.touched):
            from tui_app.runs.arriving import same_row

            row = same_row(look.sheet.source, now.row, grown.sheet.source)
            still = same_row(look.sheet.source, now.still, grown.sheet.source)
            top = max(0, now.top + still - now.still)
        self._show(grown.sheet, (row, top))
        return True

    def end_growing(self, grown: Grown) -> None:
        """Show the rows that a run had in the end, arranged as what is wanted."""
        if not self.grow(grown) or self.arrangement != self._shown_as:
            assert self._whole is not None
            self._rearrange(self._whole, self.arrangement)

    def hide(self, hidden: Collection[str]) -> None:
        """Hide these columns, and no others."""
        self.hidden = hidden
        self._show(self.sheet)

    def _show(self, sheet: Sheet | None, at: tuple[int, int] | None = None) -> None:
        """Show rows from the first one on; those that are shown already stay where they are.

        ``at`` is the row under the cursor, and the first on the screen.
        """
        same_rows, under_cursor = sheet is self.sheet, self.column_name
        self.sheet = sheet
        self._lay_out()
        names = self.shown_columns
        place = names.index(under_cursor) if under_cursor in names else self.column
        self.column = max(0, min(place, len(names) - 1))
        if not same_rows:
            self._damage = "" if sheet is None else sheet.damage
            self._wanted.clear()
            self._touched = self._touched and at is not None
            self.row, top = at or (0, 0)
            self.scroll_to(y=top, animate=False, immediate=True, force=True)
        if at is None:
            self._follow()
        else:
            self.refresh()

    def _lay_out(self) -> None:
        """Where the columns are that aren't hidden, in the order in which they are read."""
        sheet, start, now = self.sheet, self._first_cell, self.arrangement
        arrow = f"{_ARROW[now.descending]} "
        room = self.size.width
        self._columns = (
            [] if sheet is None else sheet.lay_out(self.hidden, {now.sort: arrow}, start, room)
        )
        self._pinned = sheet is not None and any(
            one.place == sheet.name_place for one in self._columns[:1]
        )
        ends = [start, *(one.start + one.width + GAP for one in self._columns)]
        self._margin, self._width = ends[self._pinned], ends[-1]
        self.virtual_size = Size(0, 0) if sheet is None else Size(self._width, self.length + 1)

    @property
    def _first_cell(self) -> int:
        """Where the first column begins, after the numbers of the rows."""
        return max(3, len(f"{self.length:,}")) + GAP

    @property
    def length(self) -> int:
        """How many rows there are."""
        return 0 if self.sheet is None else self.sheet.length

    @property
    def shown(self) -> ShownRows:
        """The rows shown in their order, and the filter and sorting that gave them."""
        return ShownRows(self._shown_as, () if self.sheet is None else self.sheet.source.order)

    @property
    def shown_columns(self) -> list[str]:
        """The columns that aren't hidden, from the left."""
        return [column.name for column in self._columns]

    @property
    def column_name(self) -> str | None:
        """The column under the cursor; None where there is none."""
        return self._columns[self.column].name if self.column < len(self._columns) else None

    @property
    def cell(self) -> str | None:
        """What is under the cursor; None where no row is, or while it is on its way."""
        row = None if self.sheet is None else self.sheet.row(self.row)
        here = self.row < self.length and row is not None and self._columns
        return row[self._columns[self.column].place] if here and row is not None else None

    # -- found and sorted ----------------------------------------------------------------

    def sort(self) -> None:
        """Sort by the column under the cursor, and again the other way round."""
        name, now = self.column_name, self.arrangement
        if name is not None:
            again = now.sort == name and not now.descending
            self.rearrange(replace(now, sort=name, descending=again))

    def rearrange(self, wanted: Arrangement) -> None:
        """Find and sort, away from the screen. What is wanted later halts what was before."""
        if self._whole is not None and wanted != self.arrangement:
            self.arrangement = wanted
            self._rearrange(self._whole, wanted)

    @work(group="arrange", exclusive=True, exit_on_error=False)
    async def _rearrange(self, whole: Sheet, wanted: Arrangement) -> None:
        try:
            sheet = await in_thread(lambda: self._arranged(whole, wanted))
        except Exception as error:  # the application outlives records that can't be read
            self.post_message(self.Arranged(error))
            return
        if sheet is not None and wanted is self.arrangement:
            self._shown_as = wanted
            self._show(sheet)
            self.post_message(self.Arranged())

    def _arranged(self, whole: Sheet, wanted: Arrangement) -> Sheet | None:
        """The rows; None where something else is wanted by now."""
        # A run has imported these by now; the first frame didn't have to.
        from tui_app.runs.records_table import Halted, arranged, narrows

        def halted() -> bool:
            return self.arrangement is not wanted

        if wanted == Arrangement():
            return whole
        of, find, rows = self._found or (whole, "", whole.source)
        try:
            if of is not whole or not narrows(find, wanted.find, whole.source.columns):
                find, rows = "", whole.source
            if find != wanted.find:
                rows = arranged(rows, find=wanted.find, halted=halted)
                self._found = whole, wanted.find, rows
            rows = arranged(rows, sort=wanted.sort, descending=wanted.descending, halted=halted)
            return Sheet(rows).as_wide_as(whole)
        except Halted:
            return None

    # -- the cursor ----------------------------------------------------------------------

    def move_to(self, row: int) -> None:
        """Put the cursor on a row, or on the last one, and scroll it into view."""
        self._touched = True
        self.row = max(0, min(row, self.length - 1))
        self._follow()

    def action_move(self, step: int) -> None:
        """A row up or down."""
        self.move_to(self.row + step)

    def action_move_page(self, step: int) -> None:
        """A page up or down."""
        self.move_to(self.row + step * max(1, self._room - 1))

    def action_first(self) -> None:
        """The first row, whichever it is while rows arrive."""
        self.move_to(0)
        self._touched = False

    def action_last(self) -> None:
        """The last row."""
        self.move_to(self.length - 1)

    def action_move_column(self, step: int) -> None:
        """A column to the left or right."""
        self.column = max(0, min(self.column + step, len(self._columns) - 1))
        self._follow()

    def action_open(self) -> None:
        """Open the row under the cursor."""
        if self.length:
            self._touched = True
            self.post_message(self.Opened())

    def on_click(self, event: events.Click) -> None:
        """A click on a row puts the cursor there, two open it; one on a heading sorts."""
        offset = event.get_content_offset(self)
        if offset is None:
            return
        fixed = offset.x < self._margin
        x = offset.x if fixed else offset.x + self.scroll_offset.x
        if self._first_cell <= x < self._width and self._columns:
            self.column = self._column_at(x)
            if offset.y == 0:
                self.sort()
        if 0 < offset.y <= self.length - self.scroll_offset.y:
            self.move_to(self.scroll_offset.y + offset.y - 1)
            if event.chain == 2:
                self.action_open()
        self.refresh()

    def _column_at(self, x: int) -> int:
        """The column at ``x`` cells from the left, or the first."""
        return max(0, bisect_right(self._columns, x, key=lambda column: column.start) - 1)

    @property
    def _room(self) -> int:
        """Rows that the screen has place for."""
        return max(1, self.scrollable_content_region.height - 1)

    def _follow(self) -> None:
        """Scroll so that the cursor is in view."""
        x, y = self.scroll_offset
        y = min(max(y, self.row - self._room + 1), self.row)
        if self.column >= self._pinned and self._columns:
            column = self._columns[self.column]
            right = column.start + column.width - self.scrollable_content_region.width
            x = min(max(x, right), column.start - self._margin)
        self.scroll_to(x, y, animate=False, immediate=True, force=True)
        self.refresh()

    def on_resize(self) -> None:
        """Lay the columns out anew, for the pinned one has a part of the width."""
        self._lay_out()
        self._follow()

    # -- drawn ---------------------------------------------------------------------------

    def render_line(self, y: int) -> Strip:
        """One line of the screen."""
        width = self.scrollable_content_region.width
        index = -1 if y == 0 else self.scroll_offset.y + y - 1
        sheet = self.sheet
        if sheet is None or index >= self.length:
            return Strip.blank(width, self.rich_style)
        name = "heading" if index < 0 else "odd" if index % 2 else "even"
        style = self.get_component_rich_style(f"records--{'cursor' if index == self.row else name}")
        line = [self._number(index, style), *self._cells(sheet, index, width, style)]
        return Strip(line).adjust_cell_length(width, style)

    def _number(self, index: int, style: Style) -> Segment:
        room = self._first_cell - GAP
        if index < 0:
            return Segment(f"{'#':>{room}}" + " " * GAP, style)
        style += self.get_component_rich_style("records--number", partial=True)
        here = index == self.row and self.has_focus
        return Segment(f"{index + 1:>{room},}{_POINTER if here else ' ':<{GAP}}", style)

    def _cells(self, sheet: Sheet, index: int, width: int, style: Style) -> list[Segment]:
        row: tuple[str, ...] | None = None
        if index >= 0:
            row = sheet.row(index)
            self._want(sheet, index // CHUNK)
            if row is None:
                return [Segment("…", style)]
        if not self._columns:
            return []
        badges = {} if row is None else sheet.badges(row)

        def drawn(number: int) -> list[Segment]:
            return self._drawn(number, index, row, badges, style)

        fixed: list[Segment] = drawn(0) if self._pinned else []
        if fixed and self.scroll_offset.x:
            fixed[-1] = Segment(_EDGE, style)
        left = self.scroll_offset.x + self._margin
        first = max(self._pinned, self._column_at(left))
        last = self._column_at(max(left, left + width - 1))
        found = [segment for number in range(first, last + 1) for segment in drawn(number)]
        if not found:
            return fixed
        start = left - self._columns[first].start
        shown = Strip(found).crop(start, start + width)
        if start and shown.text[: max(0, self._columns[first].width - start)].strip():
            cut = Segment("…", next(iter(shown)).style)
            shown = Strip([cut, *shown.crop(1)])
        return [*fixed, *shown]

    def _drawn(
        self,
        number: int,
        index: int,
        row: tuple[str, ...] | None,
        badges: Mapping[int, Category],
        style: Style,
    ) -> list[Segment]:
        """A cell of a row, or a heading where there is no row, and the gap after it."""
        place, _, heading, start, room = self._columns[number]
        room = min(room, self.scroll_offset.x + self.scrollable_content_region.width - start)
        cell = heading if row is None else row[place]
        own = style
        if number == self.column and index in (-1, self.row):
            name = "heading-here" if index < 0 else "cell"
            own = self.get_component_rich_style(f"records--{name}")
        gap = Segment(" " * GAP, style)
        badge = badges.get(place)
        if badge is None or cell_len(cell) + 2 > room:
            return [Segment(_cell(cell, room), own), gap]
        coloured = not self.app.no_color
        letters = badge.style(coloured=coloured)
        if not coloured and own is not style:  # the cursor is seen in all of the cell
            letters = own + letters
        rest = Segment(" " * (room - cell_len(cell) - 2), own)
        return [Segment(f" {cell} ", letters), rest, gap]

    def _want(self, sheet: Sheet, number: int) -> None:
        """See to it that a chunk and its neighbours are there, or are on their way."""
        for one in (number, number + 1, number - 1):
            if sheet.lacks(one) and one not in self._wanted:
                self._wanted.add(one)
                self._load(sheet, one)

    @work(group="rows", exit_on_error=False)
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
