"""A picture of counts: how many records have each value of a column, a bar a value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from tui_app.redlist.text import counted

from .figure import Table

MOST_BARS: Final = 40
"""Of more values the most frequent ones have bars of their own; the rest is one."""
NO_VALUE: Final = "(empty)"


@dataclass(frozen=True, slots=True)
class CountBar:
    """A bar: a value, or what is left of them, and how many records have it."""

    label: str
    rows: int
    value: str | None = None  # as in the records; None of several

    def share(self, of: int) -> str:
        """Its share of all records, in percent."""
        return f"{self.rows / of:.1%}" if of else ""


@dataclass(frozen=True, slots=True)
class CountsFigure:
    """Counts as a picture with its data; the names of its parts are those of a figure."""

    title: str
    subtitle: str  # what was counted, of which source
    bars: tuple[CountBar, ...]
    of: int  # how many records were counted
    colours: Mapping[str, str]  # `#rrggbb` by value; others have the colour of all bars
    notes: tuple[str, ...]  # below it: what is to be known of the counts, and the citation
    data: Table  # all values


def count_bars(totals: Mapping[str, int]) -> tuple[CountBar, ...]:
    """A bar for each value, in their order; of many values, the rare ones have one at the end."""
    frequent = set(sorted(totals, key=lambda value: -totals[value])[: MOST_BARS - 1])
    if len(totals) <= MOST_BARS:
        frequent = {*totals}
    bars = [
        CountBar(value or NO_VALUE, rows, value)
        for value, rows in totals.items()
        if value in frequent
    ]
    rest = [rows for value, rows in totals.items() if value not in frequent]
    if rest:
        bars.append(CountBar(f"other ({counted(len(rest), 'value')})", sum(rest)))
    return tuple(bars)


def counts_table(column: str, totals: Mapping[str, int], of: int, *, demo: str = "") -> Table:
    """The data of a picture of counts; ``demo`` labels rows of synthetic data."""
    columns = (column, "count", "percent", *(("source",) if demo else ()))
    label = (demo,) if demo else ()
    rows = ((value, rows, round(100 * rows / of, 2), *label) for value, rows in totals.items())
    return Table(columns, tuple(rows))
