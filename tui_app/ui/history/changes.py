"""What changed between two marked fetches: counts, a table, and its rows as CSV."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar, Final

from textual import on, work
from textual.binding import BindingType
from textual.widgets import Button, Input

from tui_app.runs.difference import release_of
from tui_app.runs.records_table import View

from .. import keys, messages, text
from ..background import in_thread
from ..dialogs import Dialog, button_row, cancel_button, result_line
from ..dialogs.export import written_in_words
from ..dialogs.lists import PathInput, typed_path
from ..footer import StatusLine
from ..records.sheet import Sheet
from ..records.table import RecordsTable
from ..service import ServiceHolder
from .against import AgainstScreen

if TYPE_CHECKING:
    from tui_app.export.atomic import Exported
    from tui_app.redlist import Record
    from tui_app.runs.difference import Difference
    from tui_app.store import RunRow


_HEADINGS: Final = {
    "red_list_category_code_before": "category_before",
    "red_list_category_code_after": "category_after",
}
"""Shorter headings, so that a small screen shows the columns that tell most."""


class Changes(View):
    """The rows of a difference as a table."""

    def __init__(self, found: Difference) -> None:
        self.found = found
        self.columns = tuple(_HEADINGS.get(name, name) for name in found.columns)
        self.damage = found.damage
        self._rows = list(found.rows())
        self.order = range(len(self._rows))

    def read(self, start: int, stop: int) -> Iterator[tuple[str, ...]]:
        """See :class:`View`."""
        for row in self._rows[start:stop]:
            cells = (row[name] for name in self.found.columns)
            yield tuple("" if cell is None else str(cell) for cell in cells)

    def stored(self, place: int) -> Record:
        """See :class:`View`."""
        return self._rows[place]


class ChangesScreen(Dialog[None]):
    """What changed from the earlier of two fetches to the later one."""

    BINDINGS: ClassVar[list[BindingType]] = list(keys.CHANGES)
    AUTO_FOCUS = "#changes-table"
    VERTICAL_BREAKPOINTS = [(0, "-short"), (30, "-tall")]  # noqa: RUF012

    def __init__(self, service: ServiceHolder, rows: list[RunRow]) -> None:
        self._service = service
        self._runs = sorted(rows, key=lambda row: int(row.run))
        self._changes: Changes | None = None
        before, after = self._runs
        times = [text.local(row.fetched_utc) for row in self._runs]
        one, other = (
            f"run {row.run}, {text.fit(row.label, 40).rstrip()} ({release_of(row, fetched)})"
            for row, fetched in zip(self._runs, times, strict=True)
        )
        demo = "demo-" * any(row.source == "demo" for row in rows)
        super().__init__(
            "What changed",
            "{changes_times}: times · Tab: export · {changes_close}: close",
            result_line("changes-counts", "Comparing…"),
            RecordsTable(id="changes-table"),
            PathInput(f"{demo}changes-{before.run}-{after.run}.csv", id="path"),
            result_line("changes-result", "Enter writes the rows as CSV."),
            button_row(Button("Export", id="changes-write"), cancel_button("Close")),
            what=f"From {one} to {other}.",
        )

    def on_mount(self) -> None:
        """Compare them, away from the screen."""
        self._compare()

    @work(group="changes", exclusive=True, exit_on_error=False)
    async def _compare(self) -> None:
        before, after = (row.run for row in self._runs)

        def compare() -> tuple[Changes, Sheet]:
            changes = Changes(self._service.get().difference(before, after))
            return changes, Sheet(changes)

        try:
            changes, sheet = await in_thread(compare)
        except Exception as error:  # the application outlives runs that can't be compared
            self._say_counts(messages.error_in_words(error))
            return
        if self.is_attached:
            self._changes = changes
            found = changes.found
            self._say_counts(" ".join([f"{found.summary}.", *found.doubts, found.damage]).strip())
            self.query_one(RecordsTable).begin(sheet)

    def _say_counts(self, words: str) -> None:
        if self.is_attached:
            self.query_one("#changes-counts", StatusLine).say(words)

    def action_times(self) -> None:
        """The times of the same runs."""
        self.app.push_screen(AgainstScreen(self._runs))

    @on(Input.Submitted)
    @on(Button.Pressed, "#changes-write")
    def action_write(self) -> None:
        """Write the rows, away from the screen."""
        if self._changes is not None:
            self._write(self.query_one(PathInput).value.strip(), self._changes)

    @work(group="export", exclusive=True, exit_on_error=False)
    async def _write(self, typed: str, changes: Changes) -> None:
        def write() -> list[Exported]:
            from tui_app.export.destinations import check_outputs

            path = typed_path(typed)
            check_outputs([("csv", path)], home=self._service.home)
            runs = [row.run for row in self._runs]
            rows = changes.found.rows()
            return [self._service.get().write_rows(path, rows, changes.found.columns, *runs)]

        said = await written_in_words(self.app, write)
        if self.is_attached:
            self.query_one("#changes-result", StatusLine).say(*said)
