"""Comparisons of one store, found again and written as reports."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from tui_app.compare import Comparison
from tui_app.export import Exported, check_outputs
from tui_app.export.report import write_report
from tui_app.redlist.errors import Advice, UsageError
from tui_app.store import Store

from .build import make_report

_SAME_LIST: Final = timedelta(days=1)
"""Which Red List a server had holds for so long: as for what is kept."""


class Reporter:
    """Reports of comparisons.

    Args:
        store: where they are.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def find(self, comparison: str) -> Comparison:
        """A comparison that was made earlier.

        Args:
            comparison: its id, or ``last`` (the newest that came to its end).

        Raises:
            UsageError: there is none, or it did not come to its end.
        """
        row = self._store.comparison(comparison)
        found = Comparison.from_json(row.result)
        if found is None:
            raise UsageError(
                f"Comparison {row.comparison} did not come to its end and has no figures.",
                Advice.NEWEST_COMPARISON,
            )
        return replace(found, comparison=row.comparison, created_utc=row.created_utc)

    def write(self, comparison: Comparison, path: Path) -> Exported:
        """Write a report.

        Args:
            comparison: with one timed run at least.
            path: its ending says the format.

        Raises:
            ExportError: the file can't be written; says why.
            UsageError: the ending says no format, the file may not be replaced, or nothing was
                timed.
        """
        check_outputs([("report", path)], home=self._store.folder)
        if not comparison.runs:
            raise UsageError("Nothing was timed: there is nothing to report.")
        report = make_report(comparison, self._store.attempts, self._version(comparison))
        return write_report(path, report)

    def _version(self, comparison: Comparison) -> str | None:
        """Which Red List it was, where the server was asked within a day of it."""
        found = self._store.source_version(str(comparison.settings.get("base_url")))
        if found is None:
            return None
        version, asked_utc = found
        try:
            apart = datetime.fromisoformat(asked_utc) - datetime.fromisoformat(
                comparison.created_utc
            )
        except (ValueError, TypeError):  # not known, or one of them without a zone
            return None
        return version if abs(apart) < _SAME_LIST else None


__all__ = ["Reporter"]
