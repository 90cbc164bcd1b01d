"""The requests as a table of their own: searched, sorted, filtered like the records."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.screen import Screen

from .. import keys
from ..dialogs.help import HelpScreen
from ..footer import KeyHint
from ..records.panel import RecordsPanel
from ..records.sheet import Sheet
from ..records.table import RecordsTable
from .rows import RequestRows


class RequestsPanelOfRows(RecordsPanel):
    """Rows without a record to open."""

    BORDER_TITLE = "Requests"
    NAME = "Requests"
    NOUN = "request"
    KEYS = "/ finds · f filters · s sorts · c columns"

    @on(RecordsTable.Opened)
    def _opened(self, event: RecordsTable.Opened) -> None:
        event.prevent_default()


class RequestsScreen(Screen[None]):
    """All requests of a job.

    Args:
        rows: as they were when the screen was opened.
        whose: of what, in words.
    """

    BINDINGS: ClassVar[list[BindingType]] = [*keys.REQUEST_TABLE, keys.HELP]
    AUTO_FOCUS = "#records-table"

    def __init__(self, rows: RequestRows, whose: str) -> None:
        super().__init__(classes="-show-records")
        self._rows = rows
        self._whose = whose

    def compose(self) -> ComposeResult:
        """The table and its keys."""
        yield RequestsPanelOfRows(id="records")
        with Horizontal(id="record-keys"):
            for binding in (*keys.REQUEST_TABLE, keys.HELP):
                yield KeyHint(binding)

    def on_mount(self) -> None:
        """Show them."""
        self.query_one(RecordsPanel).show(Sheet(self._rows), self._whose)

    def action_close(self) -> None:
        """Back to the panels."""
        self.dismiss(None)

    def action_help(self) -> None:
        """Keys, panels, words."""
        self.app.push_screen(HelpScreen("records"))
