"""A dialog of rows: a table, how many there are of what, and their export as CSV."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

from textual import on, work
from textual.widgets import Button, Input

from tui_app.runs.records_table import View

from .. import messages
from ..background import in_thread
from ..dialogs import Dialog, button_row, cancel_button, result_line
from ..dialogs.export import written_in_words
from ..dialogs.lists import PathInput, typed_path
from ..footer import StatusLine
from ..service import ServiceHolder
from .sheet import Sheet
from .table import RecordsTable

if TYPE_CHECKING:
    from tui_app.export.atomic import Exported
    from tui_app.redlist import Record

T = TypeVar("T")


class ListedRows(View):
    """Rows in memory as a table; ``headings`` are other names for some of the ``columns``."""

    def __init__(
        self,
        rows: Sequence[Record],
        columns: Sequence[str],
        headings: Mapping[str, str],
        damage: str = "",
    ) -> None:
        self._rows, self._names = rows, columns
        self.columns = tuple(headings.get(name, name) for name in columns)
        self.damage = damage
        self.order = range(len(rows))

    def read(self, start: int, stop: int) -> Iterator[tuple[str, ...]]:
        """See :class:`View`."""
        for row in self._rows[start:stop]:
            cells = (row.get(name) for name in self._names)
            yield tuple("" if cell is None else str(cell) for cell in cells)

    def stored(self, place: int) -> Record:
        """See :class:`View`."""
        return self._rows[place]


class DialogRows(NamedTuple, Generic[T]):
    """What a dialog shows."""

    found: T
    rows: ListedRows
    words: str  # how many there are of what


class RowsDialog(Dialog[None], Generic[T]):
    """Finds rows away from the screen, shows them, and writes them as CSV.

    Args:
        title, hint, what: see :class:`Dialog`.
        waiting: the sentence shown while the rows are searched for.
        path: a name for the file.
    """

    AUTO_FOCUS = "#changes-table"
    VERTICAL_BREAKPOINTS = [(0, "-short"), (30, "-tall")]  # noqa: RUF012

    def __init__(
        self,
        service: ServiceHolder,
        title: str,
        hint: str,
        *,
        waiting: str,
        path: str,
        what: str,
    ) -> None:
        self._service = service
        self._found: DialogRows[T] | None = None
        super().__init__(
            title,
            hint,
            result_line("changes-counts", waiting),
            RecordsTable(id="changes-table"),
            PathInput(path, id="path"),
            result_line("changes-result", "Enter writes the rows as CSV, with a .meta.json."),
            button_row(Button("Export", id="changes-write"), cancel_button("Close")),
            what=what,
        )

    @abstractmethod
    def find(self) -> DialogRows[T]:
        """The rows. Not on the screen's thread; may raise anything."""

    @abstractmethod
    def write(self, found: T, path: Path) -> Exported:
        """Write the rows as CSV. Not on the screen's thread; may raise anything."""

    def on_mount(self) -> None:
        """Find the rows, away from the screen."""
        self._find()

    @work(group="rows", exclusive=True, exit_on_error=False)
    async def _find(self) -> None:
        def find() -> tuple[DialogRows[T], Sheet]:
            found = self.find()
            return found, Sheet(found.rows)

        try:
            found, sheet = await in_thread(find)
        except Exception as error:  # the application outlives a store that can't be read
            self._say_counts(messages.error_in_words(error))
            return
        if self.is_attached:
            self._found = found
            self._say_counts(found.words)
            self.query_one(RecordsTable).begin(sheet)
            self.has_found(found.found)

    def has_found(self, found: T) -> None:
        """What else there is to do with what was found."""

    def _say_counts(self, words: str) -> None:
        if self.is_attached:
            self.query_one("#changes-counts", StatusLine).say(words)

    @on(Input.Submitted)
    @on(Button.Pressed, "#changes-write")
    def action_write(self) -> None:
        """Write the rows, away from the screen."""
        if self._found is not None:
            self._write(self.query_one(PathInput).value.strip(), self._found.found)

    @work(group="export", exclusive=True, exit_on_error=False)
    async def _write(self, typed: str, found: Any) -> None:
        said = await written_in_words(
            self.app,
            lambda: [("csv", typed_path(typed))],
            lambda: [self.write(found, typed_path(typed))],
            home=self._service.home,
        )
        if self.is_attached:
            self.query_one("#changes-result", StatusLine).say(*said)
