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


class RecordsView:
    """A kept run's records as a table. Safe between threads.

    Attributes:
        columns: names, from the first records.
    """

    def __init__(self, source: RunRecords) -> None:
        self._parts = source.parts
        self._ends = list(accumulate(part.rows for part in self._parts))
        self._lock = threading.Lock()
        self._cache: OrderedDict[int, tuple[list[Record], list[dict[str, Cell]]]] = OrderedDict()
        names: dict[str, None] = {}
        sampled = 0
        for index in range(len(self._parts)):
            if index >= SAMPLED_PARTS and sampled >= SAMPLED_ROWS:
                break
            for row in self._part(index)[1][:SAMPLED_ROWS]:
                names.update(dict.fromkeys(row))
                sampled += 1
        self.columns: tuple[str, ...] = tuple(names)

    def __len__(self) -> int:
        return self._ends[-1] if self._ends else 0

    def rows(self, start: int, stop: int) -> list[tuple[str, ...]]:
        """Rows ``start`` up to ``stop`` (left out), as text in the order of :attr:`columns`."""
        found: list[tuple[str, ...]] = []
        start, stop = max(0, start), min(stop, len(self))
        while start < stop:
            index, place = self._place(start)
            rows = self._part(index)[1][place : place + stop - start]
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
        return self._part(part)[0][place]

    def _place(self, row: int) -> tuple[int, int]:
        """Which part has a row, and where in it."""
        index = bisect_right(self._ends, row)
        return index, row - (self._ends[index - 1] if index else 0)

    def _part(self, index: int) -> tuple[list[Record], list[dict[str, Cell]]]:
        with self._lock:
            if index in self._cache:
                self._cache.move_to_end(index)
                return self._cache[index]
            found = self._parts[index].load()
            self._cache[index] = found, [flatten(record) for record in found]
            if len(self._cache) > CACHED_PARTS:
                self._cache.popitem(last=False)
            return self._cache[index]


def _text(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    return str(cell)
