"""Records: the rows of the latest run."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Static

from .. import text
from .sheet import Sheet
from .table import RecordsTable

EMPTY = "Here come the records of a run, once it has ended or was stopped."


class RecordsPanel(Vertical):
    """The panel of records."""

    BORDER_TITLE = "Records"
    DEFAULT_CLASSES = "-empty"

    def compose(self) -> ComposeResult:
        """A table, or a line in its place."""
        yield Static(EMPTY, id="records-empty", classes="empty", markup=False)
        yield RecordsTable(id="records-table")

    def clear(self, words: str = EMPTY) -> None:
        """Show no records, and say why."""
        self.add_class("-empty")
        self.border_subtitle = ""
        self.query_one("#records-empty", Static).update(text.clean(words))
        self.query_one(RecordsTable).show(None)

    def show(self, sheet: Sheet, whose: str) -> None:
        """Show the records of a run; ``whose`` says of which."""
        if not sheet.length:
            self.clear(f"No records: {whose} brought none.")
            return
        self.remove_class("-empty")
        self.border_subtitle = f"{text.plural(sheet.length, 'record')} · {text.clean(whose)}"
        self.query_one(RecordsTable).show(sheet)
