"""Records: the rows of the latest run, searched, sorted, and opened one by one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, Final

from textual import on
from textual.actions import SkipAction
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Static

from tui_app.redlist.text import counted

from .. import keys, messages, text
from ..background import in_thread
from ..dialogs.prompts import ColumnsDialog
from .copying import CopyMenu
from .find import FindLine
from .record import RecordScreen
from .sheet import LONGEST, Sheet
from .table import Arrangement, Grown, Look, RecordsTable

if TYPE_CHECKING:
    from tui_app.runs.selection import Selection

EMPTY: Final = "Records appear as pages arrive."
AFTER: Final = "Records appear when the comparison finishes."


class RecordsPanel(Vertical):
    """The panel of records."""

    BORDER_TITLE = "Records"
    NOUN = "record"
    OPENS = True
    DEFAULT_CLASSES = "-empty"
    # To open a row is the table's own.
    BINDINGS: ClassVar[list[BindingType]] = [one for one in keys.RECORDS if one.action != "open"]

    class Counts(Message):
        """The values of a column are to be counted and drawn."""

        def __init__(self, column: str) -> None:
            super().__init__()
            self.column = column

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._hidden: set[str] = set()  # by the user; it outlives a run
        self._empty: frozenset[str] = frozenset()
        self._whole: Sheet | None = None
        self._whose = ""
        self._so_far = ""  # said while rows arrive
        self._begun = object()  # another one for each run

    def compose(self) -> ComposeResult:
        """A table, or a line in its place."""
        yield Static(EMPTY, id="records-empty", classes="empty", markup=False)
        table = RecordsTable(id="records-table")
        yield FindLine(self._find, table.focus, self._columns, id="records-find")
        yield table

    @property
    def table(self) -> RecordsTable:
        """The rows."""
        return self.query_one(RecordsTable)

    # -- told ----------------------------------------------------------------------------

    def clear(self, words: str = EMPTY) -> None:
        """Show no records, and say why."""
        self._begin(None, "")
        self._so_far = self.border_subtitle = ""
        self.query_one("#records-empty", Static).update(text.clean(words))

    def show(self, sheet: Sheet, whose: str) -> None:
        """Show the records of a run; ``whose`` says of which."""
        if not sheet.length:
            self.clear(f"No records: {whose}.")
            return
        self._begin(sheet, whose)
        self._say_count()

    def look(self) -> Look | None:
        """What is shown, so that another thread can add rows to it; None where nothing is."""
        return self.table.look()

    def grow(self, rows: Grown | Sheet, whose: str) -> bool:
        """Show the rows that have arrived: the first ones, or more than were shown before.

        Returns:
            Whether they could be shown: not if the table was rearranged meanwhile.
        """
        self._so_far, shown = " so far", True
        if isinstance(rows, Sheet):
            self._begin(rows, whose)
        else:
            self._whole, self._whose = rows.whole, text.clean(whose)
            shown = self.table.grow(rows)
        self._say_count()
        return shown

    async def show_in_the_end(self, sheet: Sheet, whose: str) -> None:
        """Show the records that a run had in the end, in place of those that had arrived."""
        look = self.look() if self._so_far else None
        self._so_far = ""
        if look is None or not sheet.length:
            self.show(sheet, whose)
            return
        grown = await in_thread(lambda: look.with_rows(sheet.source, sheet.note))
        if self._whole is not None and not self._so_far:
            self._whole, self._whose = grown.whole, text.clean(whose)
            self.table.end_growing(grown)
            self._say_count()

    def _begin(self, sheet: Sheet | None, whose: str) -> None:
        self.set_class(sheet is None, "-empty")
        self._whole, self._whose = sheet, text.clean(whose)
        self._begun = object()
        self._hidden -= self._empty  # they were empty in another run
        self._empty = frozenset()
        self.table.hidden = self._hidden
        self.table.begin(sheet)
        self.query_one(FindLine).forget()

    def to_export(self) -> tuple[int | None, Selection | None]:
        """How many rows there are, and those shown where they are others or in another order."""
        from tui_app.runs.selection import Selection

        whole, (asked, places) = self._whole, self.table.shown
        if whole is None:
            return None, None
        if asked.sort is None and len(places) == whole.length:
            return whole.length, None
        shown = Selection(places, whole.length, asked.find, asked.sort, asked.descending)
        return whole.length, shown

    def _say_count(self) -> None:
        whole = 0 if self._whole is None else self._whole.length
        found = f"{text.count(self.table.length)} of " if self.table.arrangement.find else ""
        self.border_subtitle = f"{found}{counted(whole, self.NOUN)}{self._so_far} · {self._whose}"
        count = f"{found}{text.count(whole)}" if self.table.length else "No matches."
        self.query_one(FindLine).count(count if found else "")

    def _columns(self) -> tuple[str, ...]:
        return () if self._whole is None else self._whole.source.columns

    # -- searched and sorted -------------------------------------------------------------

    def _find(self, find: str) -> None:
        if self._whole is not None and find != self.table.arrangement.find:
            self.query_one(FindLine).count("…" if find else "")
            self.table.rearrange(replace(self.table.arrangement, find=find))

    @on(RecordsTable.Arranged)
    def _arranged(self, event: RecordsTable.Arranged) -> None:
        if event.error is None:
            self._say_count()
        else:
            words = messages.error_in_words(event.error)
            self.notify(text.clean(words), severity="error", markup=False)
            self.query_one(FindLine).count("")

    def action_find(self) -> None:
        """Open the search line."""
        if self._whole is not None:
            self.query_one(FindLine).open()

    def action_filter(self) -> None:
        """Keep the rows with what is under the cursor in its column; again removes the filter."""
        self._filter(excluded=False)

    def action_exclude(self) -> None:
        """Leave out the rows with what is under the cursor; again removes the filter."""
        self._filter(excluded=True)

    def _filter(self, *, excluded: bool) -> None:
        column, cell = self.table.column_name, self.table.cell
        if column is None or cell is None:
            return
        if len(cell) < LONGEST:
            self.query_one(FindLine).filter_by(column, cell, excluded=excluded)
        else:
            find = keys.name_of(keys.RECORDS_FIND)
            words = f"This value is too long to filter by. {find} finds a part of it."
            self.notify(words, severity="warning", markup=False)

    def action_unfilter(self) -> None:
        """Remove the last filter."""
        if not self.query_one(FindLine).unfilter():
            raise SkipAction

    def action_back(self) -> None:
        """Clear the filters, and the sorting when there are none."""
        if self.table.arrangement.find:
            self.query_one(FindLine).clear()
        elif self.table.arrangement.sort is not None:
            self.table.rearrange(Arrangement())
        else:
            raise SkipAction

    def action_bars(self) -> None:
        """Draw how many records have each value of the column under the cursor."""
        column = self.table.column_name
        if not self.OPENS or column is None:
            raise SkipAction
        self.post_message(self.Counts(column))

    @property
    def narrowed(self) -> bool:
        """Whether some records aren't shown, because they don't match."""
        return self._whole is not None and self.table.length < self._whole.length

    def action_sort(self) -> None:
        """Sort by the column under the cursor, and again the other way round."""
        self.table.sort()

    def action_copy(self) -> None:
        """Ask what to copy of the row under the cursor."""
        table = self.table
        if table.sheet is not None and table.length:
            at = table.row, table.column_name, table.hidden
            self.app.push_screen(CopyMenu(table.sheet.source, *at, cited=self.OPENS))

    # -- columns and records -------------------------------------------------------------

    def action_columns(self) -> None:
        """Ask which columns to show."""
        whole = self._whole
        if whole is None:
            return
        rows, begun = whole.source, self._begun

        def find_empty(halted: Callable[[], bool]) -> frozenset[str] | None:
            from tui_app.runs.records_table import Halted, empty_columns

            try:
                return empty_columns(rows, halted)
            except Halted:
                return None

        def chosen(answer: tuple[set[str], frozenset[str]] | None) -> None:
            if answer is not None and self._begun is begun:
                hidden, self._empty = answer
                self._hidden = (self._hidden - set(rows.columns)) | hidden
                self.table.hide(self._hidden)

        columns = [rows.columns[place] for place in whole.reading]
        self.app.push_screen(ColumnsDialog(columns, self._hidden, find_empty), chosen)

    @on(RecordsTable.Opened)
    def _opened(self) -> None:
        sheet = self.table.sheet
        if sheet is None or not self.OPENS:
            return

        begun = self._begun

        def closed(index: int | None) -> None:
            now = self.table.sheet
            if index is None or now is None or self._begun is not begun:
                return
            if now is not sheet:
                from tui_app.runs.arriving import same_row

                index = same_row(sheet.source, index, now.source)
            self.table.move_to(index)

        self.app.push_screen(RecordScreen(sheet.source, self.table.row), closed)
