"""What came out of a comparison."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, Final, TypeVar

from .statistics import BASELINE, FASTER, NONE, Latency, SummaryRow, TimedRun, difference

Row = TypeVar("Row", TimedRun, SummaryRow)

NEARLY: Final = 0.9
"""What takes no longer than so much of another is nearly as good."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """What came out of a comparison."""

    settings: dict[str, Any]  # what was compared, and how
    runs: tuple[TimedRun, ...]  # in the order in which they were timed
    summary: tuple[SummaryRow, ...]  # by page count and method
    complete: bool = True  # whether all of it was timed and nothing failed
    note: str = ""  # what the user should know, or empty
    comparison: str = ""  # its id in the store
    created_utc: str = ""  # when it began, ISO 8601

    def to_json(self) -> dict[str, Any]:
        """As it is stored; :func:`~tui_app.compare.explanation.comparison_json` adds why."""
        return {
            "settings": self.settings,
            "runs": [asdict(run) for run in self.runs],
            "summary": [asdict(row) for row in self.summary],
            "complete": self.complete,
            "note": self.note,
            "comparison": self.comparison,
            "created_utc": self.created_utc,
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Comparison | None:
        """What :meth:`to_json` gave, by this version or an older one; None where it can't be."""
        try:
            runs = ({**run, "latency_ms": Latency(**run["latency_ms"])} for run in values["runs"])
            return cls(
                settings=dict(values["settings"]),
                runs=tuple(_row(TimedRun, run) for run in runs),
                summary=tuple(_row(SummaryRow, row) for row in values["summary"]),
                complete=bool(values.get("complete", True)),
                note=str(values.get("note", "")),
                comparison=str(values.get("comparison", "")),
                created_utc=str(values.get("created_utc", "")),
            )
        except (KeyError, TypeError, ValueError):
            return None

    @property
    def most_pages(self) -> int:
        """The largest page count; 0 where nothing was timed."""
        return max((row.pages for row in self.summary), default=0)

    def rows_at(self, pages: int) -> dict[str, SummaryRow]:
        """The methods at one page count, in their order."""
        return {row.method: row for row in self.summary if row.pages == pages}

    def seconds_of(self, method: str, pages: int) -> list[float]:
        """How long each of its runs took."""
        return [run.seconds for run in self.runs if (run.method, run.pages) == (method, pages)]

    def alike(self, one: SummaryRow, other: SummaryRow) -> bool:
        """Whether what two methods took differs by no more than the spread."""
        times, others = (self.seconds_of(row.method, row.pages) for row in (one, other))
        return difference(times, others, self.settings.get("seed", 0)) == NONE

    def fastest(self) -> list[SummaryRow]:
        """The method that was fastest at the largest page count, and those that were like it."""
        rows = list(self.rows_at(self.most_pages).values())
        if not rows:
            return []
        best = min(rows, key=lambda row: row.median)
        return [row for row in rows if row is best or self.alike(row, best)]

    def sentence(self) -> str:
        """The outcome in plain words, or nothing where there is none to tell."""
        rows = self.rows_at(self.most_pages)
        if BASELINE not in rows or len(rows) < 2:
            return ""
        pages = pages_in_words(self.most_pages)
        fastest = [row for row in self.fastest() if row.difference == FASTER]
        if not fastest or any(row.method == BASELINE for row in self.fastest()):
            return f"At {pages} no method was clearly faster than one at a time."
        who = f"{who_in_words(fastest)} {'were' if len(fastest) > 1 else 'was'}"
        times = min(row.speedup or 0 for row in fastest)
        more = self._more(times, fastest)
        return f"At {pages} {who} {times:.1f} times as fast as one at a time{more}."

    def _more(self, times: float, fastest: list[SummaryRow]) -> str:
        """What more could be had, where it is waiting that limits, and not the computer."""
        flying = self.settings.get("concurrency")
        waits = all(row.ideal >= NEARLY * row.median for row in fastest)
        others = any(row.limit not in ("", "latency") for row in fastest)
        paced = self.settings.get("rate") or self.settings.get("window")
        if not flying or paced or others or not waits:
            return ""
        if times >= NEARLY * flying:
            return ""
        return f"; {flying} in flight could give {flying} with many pages"


def who_in_words(rows: Sequence[SummaryRow]) -> str:
    """``threads and asyncio``: the methods of some rows, of which there is one at least."""
    *names, last = (row.method for row in rows)
    return f"{', '.join(names)} and {last}" if names else last


def pages_in_words(pages: int) -> str:
    """``1 page``, ``2 pages``."""
    return f"{pages} page{'s' * (pages != 1)}"


def _row(sort: type[Row], values: Mapping[str, Any]) -> Row:
    """A row of the fields that this version knows."""
    return sort(**{one.name: values[one.name] for one in fields(sort) if one.name in values})
