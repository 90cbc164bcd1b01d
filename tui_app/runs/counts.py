"""How many rows of a saved run have each value of a field, or of two."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Final

from tui_app.redlist import Cell
from tui_app.redlist.errors import UsageError
from tui_app.redlist.status import THREAT

from .columns import column_like
from .records import RunRecords
from .records_table import RecordsView, View, cells_of

CATEGORY: Final = "red_list_category_code"
MOST_FIELDS: Final = 2
MOST_COUNTED: Final = 2_000
"""Different cells of a column: one with more, as of names, has nothing to be counted by."""

_BAR: Final = re.compile(r"(?<!\\)\|")
_CODE: Final = re.compile("[0-9]{1,18}(?:_[0-9]{1,18})*")
"""A year, an id, a code such as 5_1_2."""


class RowCounts:
    """The rows of a run counted by a field, or by two; by category where none is named.

    A cell of several values (``a|b``) counts for each. Reads all rows: half a second for 160,000.

    Attributes:
        fields: the columns that are counted.
        records: how many rows there are.
        totals: by value of the first field, how many rows have it; in order.
        pairs: the same by the values of both fields; empty where there is one field.
        values: of the second field, in order.
        damage: a sentence on saved responses that are damaged and left out; mostly empty.

    Raises:
        UsageError: there is no such field; names near ones.
    """

    def __init__(self, source: RunRecords, fields: Sequence[str] = ()) -> None:
        if len(fields) > MOST_FIELDS:
            raise UsageError("Rows can be counted by one or two fields.")
        columns = RecordsView(source).columns or source.columns_if_empty()
        if not fields:
            fields = (CATEGORY,) if CATEGORY in columns else ("category",)
        self.fields = tuple(column_like(field, columns) for field in fields)
        cells = Counter(cells_of(source, (self.fields[0], self.fields[-1])))
        firsts: Counter[Cell] = Counter()
        others: Counter[str] = Counter()
        self.pairs: Counter[tuple[str, str]] = Counter()
        for (one, other), rows in cells.items():
            firsts[one] += rows
            if len(self.fields) > 1:
                others.update(dict.fromkeys(_values(other), rows))
                for value in _values(one):
                    for second in _values(other):
                        self.pairs[value, second] += rows
        self.records = cells.total()
        self.totals = totals_of(firsts, self.fields[0])
        self.values = tuple(_in_order(others, self.fields[-1]))
        self.damage = source.damage

    @property
    def columns(self) -> tuple[str, ...]:
        """Those of :meth:`table`."""
        return (self.fields[0], *(self.values or ("count",)))

    def table(self) -> Iterator[dict[str, Cell]]:
        """A row for each value of the first field, with a column for each of the second."""
        for value, total in self.totals.items():
            counts = [self.pairs[value, second] for second in self.values] or [total]
            yield dict(zip(self.columns, (value, *counts), strict=True))

    def rows(self) -> Iterator[dict[str, Cell]]:
        """A row for each value, or pair of values, that occurs."""
        for value, total in self.totals.items():
            for second in self.values:
                if count := self.pairs[value, second]:
                    yield dict(zip((*self.fields, "count"), (value, second, count), strict=True))
            if not self.values:
                yield {self.fields[0]: value, "count": total}


_USUAL: Final = {
    "category": (CATEGORY, "category"),
    "year": ("year_published", "year"),
    "scope": ("scopes_description", "scopes"),
}
"""What most records can be counted by, and the names of its column, the best one first."""


def usual_column(what: str, columns: Sequence[str]) -> str | None:
    """The column with the category, year or scope of records; None where they have none."""
    best, like = _USUAL[what]
    if best in columns:
        return best
    with suppress(UsageError):
        return column_like(like, columns)
    return None


class ValueCounts:
    """The rows of a table counted by some columns, some at a time, also while it grows.

    Attributes:
        rows: how many are counted by now.
        crowded: the columns with too many values to be counted.
    """

    def __init__(self, columns: Sequence[str]) -> None:
        self.rows = 0
        self.crowded: set[str] = set()
        self._cells: dict[str, Counter[Cell]] = {name: Counter() for name in columns}

    def count(self, view: View, halted: Callable[[], bool] = lambda: False) -> bool:
        """Count the rows of a table that aren't counted yet, until ``halted`` says so.

        Returns:
            Whether all of them are counted.

        Raises:
            RedListError: the records can't be read.
        """
        for end, cells in view.cells((*self._cells, ""), self.rows):
            columns = zip(*cells, strict=True)
            for (name, counter), column in zip(self._cells.items(), columns, strict=False):
                if name not in self.crowded:
                    counter.update(column)
                    if len(counter) > MOST_COUNTED:
                        counter.clear()
                        self.crowded.add(name)
            self.rows = end
            if halted():
                break
        return self.rows >= view.stored_rows

    def totals(self, column: str) -> dict[str, int]:
        """How many rows have each value of a column, in order; see :class:`RowCounts`."""
        return totals_of(self._cells[column].copy(), column)


def totals_of(cells: Counter[Cell], field: str) -> dict[str, int]:
    """How many rows have each value, in order, where cells may have several."""
    totals: Counter[str] = Counter()
    for cell, rows in cells.items():
        for value in _values(cell):
            totals[value] += rows
    return _in_order(totals, field)


def _values(cell: Cell) -> list[str]:
    """The values of a cell, each once; of an empty one an empty text."""
    if isinstance(cell, str):
        return list(dict.fromkeys(_BAR.split(cell))) if "|" in cell else [cell]
    if isinstance(cell, bool):
        return ["true" if cell else "false"]
    return ["" if cell is None else str(cell)]


def _in_order(totals: Counter[str], field: str) -> dict[str, int]:
    """Categories by threat, codes and numbers in theirs, the rest by frequency, nothing last."""
    threat = THREAT if "category" in field else {}  # CR is also Costa Rica

    def place(value: str) -> tuple[int, Sequence[int], str]:
        if value in threat:
            return 0, [-threat[value]], value
        if _CODE.fullmatch(value):
            return 1, list(map(int, value.split("_"))), value
        return 2 + (not value), [-totals[value]], value

    return {value: totals[value] for value in sorted(totals, key=place)}
