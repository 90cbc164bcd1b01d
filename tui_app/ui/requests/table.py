"""The requests as a table of their own: searched, sorted, filtered like the records."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from tui_app.runs.records_table import View

from .. import keys, text
from ..dialogs import Place
from ..footer import KeyLine
from ..model import Model
from ..records.panel import RecordsPanel
from ..records.sheet import Sheet
from .panel import PHASES_SHOWN, outcome_word


class RequestRows(View):
    """A table of a job's requests, as they were at ``now``.

    Times are in ms, ``started_s`` is since the run began.
    """

    def __init__(self, model: Model, now: float) -> None:
        self._now, self._timeouts = now, model.timeouts
        self._rows = [row for run in model.runs for row in run.rows]
        self.order = range(len(self._rows))
        self.columns = tuple(self.stored(0)) if self._rows else ()

    def read(self, start: int, stop: int) -> Iterator[tuple[str, ...]]:
        """See :class:`View`."""
        return (tuple(self.stored(place).values()) for place in range(start, stop))

    def stored(self, place: int) -> dict[str, Any]:
        """One request, by column."""
        row = self._rows[place]
        run, spent = row.owner, row.spent_ms(self._now)
        stall = row.stall(self._now, self._timeouts)
        began = row.began if run.begun is None else run.begun
        return {
            "method": run.method,
            "run": run.run,
            "request": str(row.number),
            "outcome": outcome_word(row),
            "status": _cell(row.status),
            "total_ms": _cell(row.took_ms(self._now)),
            **{f"{phase.key}_ms": _cell(spent.get(phase)) for phase in PHASES_SHOWN},
            "server_ms": _cell(None if row.server_s is None else row.server_s * 1000),
            "started_s": f"{max(0.0, row.began - began):.3f}",
            "attempts": str(row.attempts),
            "records": _cell(row.records),
            "bytes": _cell(row.size_bytes),
            "label": text.clean(row.label),
            "why": row.reason if stall is None else stall.words,
        }


def _cell(value: float | None) -> str:
    if value is None:
        return ""
    if isinstance(value, int):
        return str(value)
    return text.milliseconds(value) if value < 9.95 else f"{value:.1f}"  # no commas: it is sorted


class RequestsPanelOfRows(RecordsPanel):
    """Rows without a record to open."""

    BORDER_TITLE = "Requests"
    NOUN = "request"
    OPENS = False


class RequestsScreen(Place[None]):
    """All requests of a job; ``whose`` says of which."""

    BINDINGS: ClassVar[list[BindingType]] = [*keys.REQUEST_TABLE, keys.HELP]
    AUTO_FOCUS = "#records-table"

    def __init__(self, rows: RequestRows, whose: str) -> None:
        super().__init__(classes="-show-records")
        self._rows = rows
        self._whose = whose

    def compose(self) -> ComposeResult:
        """The table and its keys."""
        yield RequestsPanelOfRows(id="records")
        line = KeyLine(last=(*keys.REQUEST_TABLE, keys.HELP), follows=True, id="record-keys")
        line.hide("open", True)  # a request has nothing more to show
        yield line

    def on_mount(self) -> None:
        """Show them."""
        self.query_one(RecordsPanel).show(Sheet(self._rows), self._whose)
