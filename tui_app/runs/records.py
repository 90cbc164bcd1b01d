"""The records of a kept run: one after another for an export, any slice for the screen."""

from __future__ import annotations

import threading
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterator
from itertools import accumulate
from typing import Final

from tui_app.redlist import USUAL_COLUMNS, Cell, Record, Target, flatten, parse_target, records
from tui_app.redlist.errors import KeepError
from tui_app.store import PageRow, RunRow, Store

SOURCE_COLUMN: Final = "source"
DEMO: Final = "DEMO"
OPERATION_COLUMN: Final = "operation"
CACHED_PAGES: Final = 16
SAMPLED_PAGES: Final = 3


class RunRecords:
    """Reads one run's records, in order of operation, page and the server's own.

    Two fields may be added: ``operation`` where the run has several, and ``source`` = ``DEMO``
    where its rows are synthetic, so that they can't be taken for the real thing.
    """

    def __init__(self, store: Store, run: RunRow) -> None:
        self._store = store
        self._run = run
        self._targets: list[Target] = [
            parse_target(text, "v3" if run.api == "v3" else "v4") for text in run.operations
        ]
        self.pages = [page for page in store.pages(run.run) if page.rows]

    def columns_if_empty(self) -> tuple[str, ...]:
        """The header of a table without rows; nothing where there are rows to tell it."""
        if self.pages or not self._targets[0].operation.paged:
            return ()
        return USUAL_COLUMNS[self._targets[0].operation.api]

    def of_page(self, page: PageRow) -> list[Record]:
        """The records of one page."""
        target = self._targets[page.target]
        body = self._store.body(self._run.run, page)
        try:
            found = records(target.operation, body)
        except (ValueError, RecursionError) as error:  # it was checked when it came
            raise KeepError(f"Run {self._run.run}'s page {page.path} is damaged.") from error
        if len(self._targets) > 1:
            found = [{OPERATION_COLUMN: target.label, **record} for record in found]
        if self._run.source == "demo":
            found = [{**record, SOURCE_COLUMN: DEMO} for record in found]
        return found

    def __iter__(self) -> Iterator[Record]:
        for page in self.pages:
            yield from self.of_page(page)


class RecordsView:
    """A kept run's records as a table of which any slice is cheap. Safe between threads.

    Attributes:
        columns: names, from the first pages.
    """

    def __init__(self, source: RunRecords) -> None:
        self._source = source
        self._ends = list(accumulate(page.rows for page in source.pages))
        self._lock = threading.Lock()
        self._cache: OrderedDict[int, list[dict[str, Cell]]] = OrderedDict()
        names: dict[str, None] = {}
        for index in range(min(SAMPLED_PAGES, len(source.pages))):
            for row in self._page(index)[:200]:
                names.update(dict.fromkeys(row))
        self.columns: tuple[str, ...] = tuple(names)

    def __len__(self) -> int:
        return self._ends[-1] if self._ends else 0

    def rows(self, start: int, stop: int) -> list[tuple[str, ...]]:
        """Rows ``start`` up to ``stop`` (left out), as text in the order of :attr:`columns`."""
        found: list[tuple[str, ...]] = []
        start, stop = max(0, start), min(stop, len(self))
        while start < stop:
            index = bisect_right(self._ends, start)
            first = self._ends[index - 1] if index else 0
            part = self._page(index)[start - first : stop - first]
            if not part:
                break
            found += [tuple(_text(row.get(name)) for name in self.columns) for row in part]
            start += len(part)
        return found

    def _page(self, index: int) -> list[dict[str, Cell]]:
        with self._lock:
            if index in self._cache:
                self._cache.move_to_end(index)
                return self._cache[index]
            rows = [flatten(record) for record in self._source.of_page(self._source.pages[index])]
            self._cache[index] = rows
            if len(self._cache) > CACHED_PAGES:
                self._cache.popitem(last=False)
            return rows


def _text(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    return str(cell)
