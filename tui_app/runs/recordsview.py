"""The records of a kept run as a table of which any slice is cheap."""

from __future__ import annotations

import threading
from bisect import bisect_right
from collections import OrderedDict
from itertools import accumulate
from typing import Final

from tui_app.redlist import Cell, Record, flatten

from .records import RunRecords

CACHED_PARTS: Final = 16
SAMPLED_PARTS: Final = 3
SAMPLED_ROWS: Final = 200
ENOUGH_ROWS: Final = 2000
"""Parts with so many rows in all are sample enough: v3's have ten thousand each."""


class _Part:
    """A part that is in memory; its rows are flattened when they are asked for."""

    def __init__(self, records: list[Record]) -> None:
        self.records = records
        self._flat: list[dict[str, Cell] | None] = [None] * len(records)

    def flat(self, start: int, stop: int) -> list[dict[str, Cell]]:
        """Rows ``start`` up to ``stop``, which may be beyond the last."""
        found = []
        for place in range(start, min(stop, len(self.records))):
            row = self._flat[place]
            if row is None:
                row = self._flat[place] = flatten(self.records[place])
            found.append(row)
        return found


class RecordsView:
    """A kept run's records as a table. Safe between threads.

    Attributes:
        columns: names, from the first records.
    """

    def __init__(self, source: RunRecords) -> None:
        self._source = source
        self._parts = source.parts
        self._ends = list(accumulate(part.rows for part in self._parts))
        self._lock = threading.Lock()
        self._cache: OrderedDict[int, _Part] = OrderedDict()
        names: dict[str, None] = {}
        sampled = 0
        for index in range(len(self._parts)):
            enough = SAMPLED_ROWS if index >= SAMPLED_PARTS else ENOUGH_ROWS
            if sampled >= enough:
                break
            part = self._part(index)
            sampled += len(part.records)
            for row in part.flat(0, SAMPLED_ROWS):
                names.update(dict.fromkeys(row))
        self.columns: tuple[str, ...] = tuple(names)

    @property
    def damage(self) -> str:
        """A sentence on saved answers that were found damaged by now and have no rows here."""
        return self._source.damage

    def __len__(self) -> int:
        return self._ends[-1] if self._ends else 0

    def rows(self, start: int, stop: int) -> list[tuple[str, ...]]:
        """Rows ``start`` up to ``stop`` (left out), as text in the order of :attr:`columns`."""
        found: list[tuple[str, ...]] = []
        start, stop = max(0, start), min(stop, len(self))
        while start < stop:
            index, place = self._place(start)
            rows = self._part(index).flat(place, place + stop - start)
            if not rows:
                break
            found += [tuple(_text(row.get(name)) for name in self.columns) for row in rows]
            start += len(rows)
        return found

    def record(self, index: int) -> Record:
        """One record with all that is known of it, nested as it arrived.

        Raises:
            IndexError: there is no such row.
        """
        if not 0 <= index < len(self):
            raise IndexError(index)
        part, place = self._place(index)
        return self._part(part).records[place]

    def _place(self, row: int) -> tuple[int, int]:
        """Which part has a row, and where in it."""
        index = bisect_right(self._ends, row)
        return index, row - (self._ends[index - 1] if index else 0)

    def _part(self, index: int) -> _Part:
        with self._lock:
            if index in self._cache:
                self._cache.move_to_end(index)
                return self._cache[index]
            self._cache[index] = _Part(self._parts[index].load())
            if len(self._cache) > CACHED_PARTS:
                self._cache.popitem(last=False)
            return self._cache[index]


def _text(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    return str(cell)
