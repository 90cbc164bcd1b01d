"""Records: the rows of the latest run, searched, sorted, and opened one by one."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar, Final

from textual import on
from textual.actions import SkipAction
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Input, Static

from .. import keys, messages, text
from ..background import in_thread
from ..dialogs.prompts import ColumnsDialog
from .record import RecordScreen
from .sheet import Arrangement, Arranger, Sheet
from .table import RecordsTable

EMPTY: Final = "Here come the records of a run, once it has ended or was stopped."
PAUSE_S: Final = 0.15
"""A pause in typing so long begins the search."""
_LONGEST: Final = 200


class FindLine(Horizontal):
    """An input and a count. It is there while it has the focus, or something is searched for."""

    BINDINGS: ClassVar[list[BindingType]] = list(keys.FIND)

    class Wanted(Message):
        """Something else is searched for; nothing to see all rows again."""

        def __init__(self, find: str) -> None:
            super().__init__()
            self.find = find

    class Left(Message):
        """Typing has ended: the rows want the focus."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._said = ""

    def compose(self) -> ComposeResult:
        """See the class."""
        yield Static("/", id="find-mark")
        yield Input(
            placeholder="find; column:text looks into one column",
            id="find",
            compact=True,
            max_length=_LONGEST,
        )
        yield Static("", id="find-count", markup=False)

    def open(self) -> None:
        """Show the line, and type."""
        self.add_class("-open")
        self.query_one(Input).focus()

    def look_for(self, find: str) -> None:
        """Search for something that was not typed."""
        self.add_class("-open")
        with self.prevent(Input.Changed):
            self.query_one(Input).value = find[:_LONGEST]
        self._say()

    def clear(self) -> None:
        """Search for nothing any more; says so only to who asks."""
        self._said = ""
        self.remove_class("-open")
        with self.prevent(Input.Changed):
            self.query_one(Input).value = ""
        self.count("")

    def count(self, words: str) -> None:
        """Say how many rows were found."""
        self.query_one("#find-count", Static).update(words)

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        typed = event.value

        def say() -> None:
            if self.query_one(Input).value == typed:  # else more has been typed
                self._say()

        self.set_timer(PAUSE_S, say)

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_done()

    def action_done(self) -> None:
        """Search at once, and go to the rows."""
        self._say()
        if not self._said:
            self.clear()
        self.post_message(self.Left())

    def action_cancel(self) -> None:
        """See all rows again."""
        self.clear()
        self.post_message(self.Wanted(""))
        self.post_message(self.Left())

    def _say(self) -> None:
        find = self.query_one(Input).value
        if find != self._said:
            self._said = find
            self.post_message(self.Wanted(find))


class RecordsPanel(Vertical):
    """The panel of records.

    Attributes:
        hidden: names of the columns that the user has hidden; it outlives a run.
        arrangement: which rows are wanted, in which order.
    """

    BORDER_TITLE = "Records"
    NOUN = "record"
    KEYS = "Enter opens · / finds · f filters · s sorts · c columns"
    DEFAULT_CLASSES = "-empty"
    BINDINGS: ClassVar[list[BindingType]] = [
        one
        for one in keys.RECORDS
        if one.action != "open"  # that is the table's own
    ]

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self.hidden: set[str] = set()
        self.arrangement = Arrangement()
        self._arranger: Arranger | None = None
        self._empty: frozenset[str] = frozenset()
        self._sheet: Sheet | None = None
        self._whose = ""

    def compose(self) -> ComposeResult:
        """A table, or a line in its place."""
        yield Static(EMPTY, id="records-empty", classes="empty", markup=False)
        yield FindLine(id="records-find")
        yield RecordsTable(id="records-table")

    @property
    def table(self) -> RecordsTable:
        """The rows."""
        return self.query_one(RecordsTable)

    # -- told ----------------------------------------------------------------------------

    def clear(self, words: str = EMPTY) -> None:
        """Show no records, and say why."""
        self._begin(None, "")
        self.add_class("-empty")
        self.border_subtitle = ""
        self.query_one("#records-empty", Static).update(text.clean(words))
        self.table.show(None)

    def show(self, sheet: Sheet, whose: str) -> None:
        """Show the records of a run; ``whose`` says of which."""
        if not sheet.length:
            self.clear(f"No records: {whose} brought none.")
            return
        self._begin(sheet, whose)
        self.remove_class("-empty")
        self._draw(sheet)

    def _begin(self, sheet: Sheet | None, whose: str) -> None:
        if self._arranger is not None:
            self._arranger.stop()
        self._arranger = None if sheet is None else Arranger(sheet)
        self._sheet = sheet
        self._whose = text.clean(whose)
        self.hidden -= self._empty  # they were empty in another run
        self._empty = frozenset()
        self.arrangement = Arrangement()
        self.query_one(FindLine).clear()

    def _draw(self, sheet: Sheet) -> None:
        self._sheet = sheet
        self.table.show(sheet, self.hidden, self.arrangement)
        whole = 0 if self._arranger is None else self._arranger.length
        found = f"{text.count(sheet.length)} of " if self.arrangement.find else ""
        self.border_subtitle = f"{found}{text.plural(whole, self.NOUN)} · {self._whose}"
        self.query_one(FindLine).count(f"{found}{text.count(whole)}" if found else "")

    def on_descendant_focus(self) -> None:
        """Say the keys, while they are this panel's."""
        self._say_keys()

    def on_descendant_blur(self) -> None:
        """They may be another panel's now."""
        self._say_keys()

    def _say_keys(self) -> None:
        name = self.BORDER_TITLE
        # Between the search line and the table, blur may come after focus.
        self.border_title = f"{name} · {self.KEYS}" if self.has_focus_within else name

    # -- searched and sorted -------------------------------------------------------------

    def _arrange(self, wanted: Arrangement) -> None:
        if self._arranger is None or wanted == self.arrangement:
            return
        self.arrangement = wanted
        if wanted.find:
            self.query_one(FindLine).count("…")
        self.run_worker(
            self._carry(self._arranger, wanted),
            group="arrange",
            exclusive=True,
            exit_on_error=False,
        )

    async def _carry(self, arranger: Arranger, wanted: Arrangement) -> None:
        try:
            sheet = await in_thread(arranger.work(wanted))
        except Exception as error:  # the application outlives records that can't be read
            said = messages.error_in_words(error)
            self.notify(text.clean(said), severity="error", markup=False)
            self.query_one(FindLine).count("")
            return
        # None: it was halted, because something else is wanted by now.
        if sheet is not None and arranger is self._arranger and wanted == self.arrangement:
            self._draw(sheet)

    @on(FindLine.Wanted)
    def _find_wanted(self, event: FindLine.Wanted) -> None:
        self._arrange(replace(self.arrangement, find=event.find))

    @on(FindLine.Left)
    def _find_left(self) -> None:
        self.table.focus()

    def action_find(self) -> None:
        """Open the search line."""
        if self._arranger is not None:
            self.query_one(FindLine).open()

    def action_filter(self) -> None:
        """Show only the rows with what is under the cursor in its column."""
        name, cell = self.table.column_name, self.table.cell
        if self._arranger is not None and name is not None and cell:
            self.query_one(FindLine).look_for(f"{name}:{cell}")

    def action_back(self) -> None:
        """Clear the search, and the sorting when there is none."""
        if self.arrangement.find:
            self.query_one(FindLine).clear()
            self._arrange(replace(self.arrangement, find=""))
        elif self.arrangement.sort is not None:
            self._arrange(Arrangement())
        else:
            raise SkipAction

    @on(RecordsTable.HeadingClicked)
    def action_sort(self) -> None:
        """Sort by the column under the cursor, and again the other way round."""
        name = self.table.column_name
        if name is not None:
            again = self.arrangement.sort == name and not self.arrangement.descending
            self._arrange(replace(self.arrangement, sort=name, descending=again))

    # -- columns and records -------------------------------------------------------------

    def action_columns(self) -> None:
        """Ask which columns to show."""
        arranger = self._arranger
        if arranger is None:
            return

        def chosen(answer: tuple[set[str], frozenset[str]] | None) -> None:
            if answer is not None and arranger is self._arranger and self._sheet is not None:
                here = set(arranger.columns)
                hidden, self._empty = answer
                self.hidden = (self.hidden - here) | hidden
                self.table.show(self._sheet, self.hidden, self.arrangement)

        dialog = ColumnsDialog(arranger.columns, self.hidden, arranger.empty_columns)
        self.app.push_screen(dialog, chosen)

    @on(RecordsTable.Opened)
    def _opened(self, event: RecordsTable.Opened) -> None:
        if self._sheet is None:
            return
        rows = self._sheet.source

        def closed(index: int | None) -> None:
            if index is not None and self._sheet is not None and self._sheet.source is rows:
                self.table.move_to(index)

        self.app.push_screen(RecordScreen(rows, event.row), closed)
