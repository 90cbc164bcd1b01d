"""What came out of a comparison."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

import msgspec

from tui_app.redlist.text import counted

from .statistics import NONE, SummaryRow, TimedRun, difference, sweeps_in_flight

GIL: Final = "GIL"
"""Where the environment of a comparison says ``on`` or ``off`` of Python's global lock."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """What came out of a comparison."""

    settings: dict[str, Any]  # what was compared, and how
    runs: tuple[TimedRun, ...]  # in the order in which they were timed
    summary: tuple[SummaryRow, ...]  # by page count, method and requests in flight
    complete: bool = True  # whether all of it was timed and nothing failed
    note: str = ""  # what the user should know, or empty
    comparison: str = ""  # its id in the store
    created_utc: str = ""  # when it began, ISO 8601

    def to_json(self) -> dict[str, Any]:
        """As plain values; :func:`~tui_app.compare.explanation.comparison_json` adds why."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Comparison | None:
        """What :meth:`to_json` gave; None where the values are no comparison."""
        try:
            return msgspec.convert(dict(values), cls)
        except msgspec.ValidationError:
            return None

    @property
    def most_pages(self) -> int:
        """The largest page count; 0 where nothing was timed."""
        return max((row.pages for row in self.summary), default=0)

    @property
    def free_threaded(self) -> bool:
        """Whether Python could run several threads at the same time."""
        environment = self.settings.get("environment")
        return isinstance(environment, dict) and environment.get(GIL) == "off"

    def where(self) -> str:
        """The point that :meth:`rows_at` the largest page count is about, in words."""
        pages = counted(self.most_pages, "page")
        if not sweeps_in_flight(self.summary):
            return pages
        return f"{pages} and {max(row.in_flight for row in self.summary)} in flight"

    def rows_at(self, pages: int) -> dict[str, SummaryRow]:
        """The methods at one page count, in their order, with the most requests in flight."""
        return {row.method: row for row in self.summary if row.pages == pages}

    def runs_of(self, row: SummaryRow) -> list[TimedRun]:
        """The timed runs that a row sums up."""
        point = row.method, row.pages, row.in_flight
        return [run for run in self.runs if (run.method, run.pages, run.in_flight) == point]

    def alike(self, one: SummaryRow, other: SummaryRow) -> bool:
        """Whether what two methods took differs by no more than the spread."""
        times, others = ([run.seconds for run in self.runs_of(row)] for row in (one, other))
        return difference(times, others, self.settings.get("seed", 0)) == NONE

    def fastest(self) -> list[SummaryRow]:
        """The method that was fastest at the largest page count, and those that were like it."""
        rows = list(self.rows_at(self.most_pages).values())
        if not rows:
            return []
        best = min(rows, key=lambda row: row.median)
        return [row for row in rows if row is best or self.alike(row, best)]
