"""The requests as a table of their own: searched, sorted, filtered like the records."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.screen import Screen

from tui_app.report.phases import Phase

from .. import keys, text
from ..dialogs.help import HelpScreen
from ..keyline import KeyHint
from ..model import Model
from ..records.panel import RecordsPanel
from ..records.sheet import Sheet
from ..records.table import RecordsTable
from ..runview import RequestRow
from .panel import outcome_word

_PHASES: Final = {phase: f"{phase.key}_ms" for phase in Phase if phase is not Phase.QUEUED}


class RequestRows:
    """A table of requests, as they were when it was made.

    Args:
        model: whose.
        now: monotonic time up to which those that go on have taken.

    Attributes:
        columns: their names; times are in ms, ``started_s`` is since the run began.
    """

    columns: tuple[str, ...] = (
        "method",
        "run",
        "request",
        "outcome",
        "status",
        "total_ms",
        *_PHASES.values(),
        "server_ms",
        "started_s",
        "attempts",
        "records",
        "bytes",
        "label",
        "why",
    )

    def __init__(self, model: Model, now: float) -> None:
        self._now = now
        self._rows: Sequence[RequestRow] = tuple(row for run in model.runs for row in run.rows)

    def __len__(self) -> int:
        return len(self._rows)

    def rows(self, start: int, stop: int) -> list[tuple[str, ...]]:
        """Rows ``start`` up to ``stop`` (left out), as text in the order of the columns."""
        return [tuple(self.record(index).values()) for index in range(start, min(stop, len(self)))]

    def record(self, index: int) -> dict[str, Any]:
        """One request, by column."""
        row = self._rows[index]
        run, spent = row.owner, row.spent_ms(self._now)
        began = run.begun if run.begun is not None else row.began
        return {
            "method": run.method,
            "run": run.run,
            "request": str(row.number),
            "outcome": outcome_word(row),
            "status": _said(row.status),
            "total_ms": _figure(row.took_ms(self._now)),
            **{name: _figure(spent.get(phase)) for phase, name in _PHASES.items()},
            "server_ms": _figure(None if row.server_s is None else row.server_s * 1000),
            "started_s": f"{max(0.0, row.began - began):.3f}",
            "attempts": str(row.attempts),
            "records": _said(row.records),
            "bytes": _said(row.size_bytes),
            "label": text.clean(row.label),
            "why": row.reason,
        }


def _said(value: int | None) -> str:
    return "" if value is None else str(value)


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:.1f}"


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
