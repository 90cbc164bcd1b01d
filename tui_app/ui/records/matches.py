"""A list of names against all saved runs: counts, a table, and its rows as CSV."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar, Final

from textual import on, work
from textual.binding import BindingType
from textual.widgets import Button, Input

from tui_app.redlist.errors import Advice, RedListError
from tui_app.redlist.names_table import parse_list
from tui_app.runs.records_table import View

from .. import keys, messages
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
    from tui_app.runs import Matches

_FIRST: Final = {
    "outcome": "outcome",
    "input": "input",
    "matched_name": "matched_name",
    "red_list_category_code": "category",
    "year_published": "year",
    "near_matches": "near_matches",
    "message": "message",
}
"""Columns that come first on a screen, with their headings, so that a small one shows them."""


class MatchRows(View):
    """The rows of a match as a table, one per line of the list."""

    def __init__(self, found: Matches) -> None:
        self._rows = list(found.rows())
        names = list(self._rows[0]) if self._rows else list(_FIRST)
        self._names = [*_FIRST, *(name for name in names if name not in _FIRST)]
        self.columns = tuple(_FIRST.get(name, name) for name in self._names)
        self.order = range(len(self._rows))

    def read(self, start: int, stop: int) -> Iterator[tuple[str, ...]]:
        """See :class:`View`."""
        for row in self._rows[start:stop]:
            cells = (row.get(name) for name in self._names)
            yield tuple("" if cell is None else str(cell) for cell in cells)

    def stored(self, place: int) -> Record:
        """See :class:`View`."""
        return self._rows[place]


class MatchScreen(Dialog[None]):
    """What saved runs have on each line of a list of names; requests nothing."""

    BINDINGS: ClassVar[list[BindingType]] = list(keys.MATCHES)
    AUTO_FOCUS = "#changes-table"
    VERTICAL_BREAKPOINTS = [(0, "-short"), (30, "-tall")]  # noqa: RUF012

    def __init__(self, service: ServiceHolder, lines: tuple[str, ...]) -> None:
        self._service = service
        self._lines = lines
        self._found: Matches | None = None
        super().__init__(
            "Match with saved runs",
            "Tab: export · Esc closes",
            result_line("changes-counts", "Matching…"),
            RecordsTable(id="changes-table"),
            PathInput("matches.csv", id="path"),
            result_line("changes-result", "Enter writes the rows as CSV."),
            button_row(Button("Export", id="changes-write"), cancel_button("Close")),
            what="Names and synonyms of all saved runs. No requests are sent.",
        )

    def on_mount(self) -> None:
        """Match, away from the screen."""
        self._match()

    @work(group="matches", exclusive=True, exit_on_error=False)
    async def _match(self) -> None:
        def match() -> tuple[Matches, Sheet]:
            lines = parse_list(self._lines, "names")
            if not self._service.has_store():
                words = "There is nothing to match with: no taxa are saved."
                raise RedListError(words, Advice.FETCH_LIST)
            found = self._service.get().match(lines)
            return found, Sheet(MatchRows(found))

        try:
            found, sheet = await in_thread(match)
        except Exception as error:  # the application outlives a store that can't be read
            self._say_counts(messages.error_in_words(error))
            return
        if self.is_attached:
            self._found = found
            self._say_counts(found.in_words())
            self.query_one(RecordsTable).begin(sheet)
            path = self.query_one(PathInput)
            if found.source == "demo" and path.value == "matches.csv":
                path.value = "demo-matches.csv"

    def _say_counts(self, words: str) -> None:
        if self.is_attached:
            self.query_one("#changes-counts", StatusLine).say(words)

    @on(Input.Submitted)
    @on(Button.Pressed, "#changes-write")
    def _write_rows(self) -> None:
        if self._found is not None:
            self._write(self.query_one(PathInput).value.strip(), self._found)

    @work(group="export", exclusive=True, exit_on_error=False)
    async def _write(self, typed: str, found: Matches) -> None:
        def write() -> list[Exported]:
            from tui_app.export.destinations import check_outputs

            path = typed_path(typed)
            check_outputs([("csv", path)], home=self._service.home)
            return [found.write("csv", path)]

        said = await written_in_words(self.app, write)
        if self.is_attached:
            self.query_one("#changes-result", StatusLine).say(*said)
