"""Searching and sorting a run's rows, away from the screen: only the latest wish is carried out."""

from __future__ import annotations

from collections.abc import Callable

from .layout import Arrangement
from .sheet import Rows, Sheet


class Arranger:
    """Makes sheets out of one. What is wanted later halts what was wanted before.

    Args:
        sheet: all rows, as the server gave them.

    Attributes:
        columns: their names.
        length: how many rows.
    """

    def __init__(self, sheet: Sheet) -> None:
        self.columns = sheet.source.columns
        self.length = sheet.length
        self._whole = sheet
        self._wanted: Arrangement | None = None
        self._found: tuple[str, Rows] = ("", sheet.source)

    def stop(self) -> None:
        """Halt what goes on; nothing is wanted any more."""
        self._wanted = None

    def work(self, wanted: Arrangement) -> Callable[[], Sheet | None]:
        """What makes the sheet; to be called in another thread.

        Returns:
            A function that gives the sheet, or None where something else is wanted by now; it
            raises what reading the records raises.
        """
        self._wanted = wanted

        def halted() -> bool:
            return self._wanted is not wanted

        def make() -> Sheet | None:
            # A run has imported these by now; the first frame didn't have to.
            from tui_app.runs.records_table import Halted, arranged, narrows

            if wanted == Arrangement():
                return self._whole
            try:
                find, rows = self._found
                if not narrows(find, wanted.find, self.columns):
                    rows = self._whole.source
                if find != wanted.find or rows is self._whole.source:
                    rows = arranged(rows, find=wanted.find, halted=halted)
                    self._found = wanted.find, rows
                made = Sheet(
                    arranged(rows, sort=wanted.sort, descending=wanted.descending, halted=halted)
                )
            except Halted:
                return None
            return None if halted() else made

        return make

    def empty_columns(self, halted: Callable[[], bool]) -> frozenset[str] | None:
        """The columns that hold nothing in any row; None where it was halted."""
        from tui_app.runs.records_table import Halted, empty_columns

        try:
            return empty_columns(self._whole.source, halted)
        except Halted:
            return None
