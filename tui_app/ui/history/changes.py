"""What changed between two marked fetches: counts, a table, and its rows as CSV."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final

from textual.binding import BindingType

from tui_app.runs.difference import release_of

from .. import keys, text
from ..records.rowsdialog import DialogRows, ListedRows, RowsDialog
from ..service import ServiceHolder
from .against import AgainstScreen

if TYPE_CHECKING:
    from tui_app.export.atomic import Exported
    from tui_app.runs.difference import Difference
    from tui_app.store import RunRow


_HEADINGS: Final = {
    "red_list_category_code_before": "category_before",
    "red_list_category_code_after": "category_after",
}
"""Shorter headings, so that a small screen shows the columns that tell most."""


class ChangesScreen(RowsDialog["Difference"]):
    """What changed from the earlier of two fetches to the later one."""

    BINDINGS: ClassVar[list[BindingType]] = list(keys.CHANGES)

    def __init__(self, service: ServiceHolder, rows: list[RunRow]) -> None:
        self._runs = sorted(rows, key=lambda row: int(row.run))
        before, after = self._runs
        times = [text.local(row.fetched_utc) for row in self._runs]
        one, other = (
            f"run {row.run}, {text.fit(row.label, 40).rstrip()} ({release_of(row, fetched)})"
            for row, fetched in zip(self._runs, times, strict=True)
        )
        demo = "demo-" * any(row.source == "demo" for row in rows)
        super().__init__(
            service,
            "What changed",
            "{changes_times}: times · Tab: export · {changes_close}: close",
            waiting="Comparing…",
            path=f"{demo}changes-{before.run}-{after.run}.csv",
            what=f"From {one} to {other}.",
        )

    def find(self) -> DialogRows[Difference]:
        """See :class:`RowsDialog`."""
        found = self._service.get().difference(*(row.run for row in self._runs))
        rows = ListedRows(list(found.rows()), found.columns, _HEADINGS, found.damage)
        words = " ".join([f"{found.summary}.", *found.doubts, found.damage]).strip()
        return DialogRows(found, rows, words)

    def write(self, found: Difference, path: Path) -> Exported:
        """See :class:`RowsDialog`."""
        runs = [row.run for row in self._runs]
        return self._service.get().write_rows(path, found.rows(), found.columns, *runs)

    def action_times(self) -> None:
        """The times of the same runs."""
        self.app.push_screen(AgainstScreen(self._runs))
