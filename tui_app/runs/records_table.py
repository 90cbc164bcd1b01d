"""The records of a saved run as a table: any slice of rows, searched and sorted."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from bisect import bisect_right
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Sequence
from contextlib import suppress
from copy import copy
from functools import cache, lru_cache
from heapq import merge
from itertools import accumulate, chain, groupby
from operator import itemgetter
from typing import Final, cast

from tui_app.redlist import Cell, Record, flatten
from tui_app.redlist.citation import SYNTHETIC
from tui_app.redlist.errors import UsageError
from tui_app.redlist.status import THREAT
from tui_app.redlist.tables import Flattener

from . import row_filter
from .records import RunRecords

CACHED_PARTS: Final = 16
SAMPLED_PARTS: Final = 3
SAMPLED_ROWS: Final = 200
ENOUGH_ROWS: Final = 2000
"""The first parts are sampled until they have so many rows: v3's have ten thousand each."""

BLOCK: Final = 500
"""Rows that are read at once; between blocks the work can be halted."""

_NUMBER: Final = re.compile(r"\s*[-+]?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?\s*")
_LONGEST_NUMBER: Final = 40
_THREAT: Final = {**THREAT, "DD": -1, "NA": -2, "NE": -3}
"""Where a category stands when rows are sorted by it."""
_PIECE: Final = 4096
"""Keys that are sorted at once."""
_DISTINCT: Final = "assessment_id"
_SORTED_BY: Final = 200
"""Characters of a cell that rows are sorted by."""


class View(ABC):
    """A table, of which :func:`arranged` gives some rows in an order of their own.

    Attributes:
        order: where its rows are stored, in the order in which they are shown.
        stored_rows: how many rows are stored, whichever of them are shown.
        damage: a sentence on damaged answers, which have no rows here; empty where none was found.
        grows: whether there may be a longer table of the same run later: see :func:`rearranged`.
        changes: whether rows that are stored already may get further values then.
        sorted_by: what :func:`arranged` sorted a table by that grows.
        citation: how its data are to be cited; empty where that isn't known.
    """

    columns: tuple[str, ...]
    order: Sequence[int]
    damage = ""
    grows = False
    changes = False
    sorted_by: SortKeys | None = None
    run_citation = ""

    @property
    def stored_rows(self) -> int:
        """See the class."""
        return len(self.order)

    @abstractmethod
    def read(self, start: int, stop: int) -> Iterator[tuple[str, ...]]:
        """Stored rows, as text in the order of the columns; fewer where some can't be had."""

    @abstractmethod
    def stored(self, place: int) -> Record:
        """The record of a stored row, nested, as it arrived."""

    def citation(self, index: int) -> str:
        """How a row asks to be cited, as it arrived; empty where that isn't known."""
        return ""

    def __len__(self) -> int:
        return len(self.order)

    def rows(self, start: int, stop: int) -> list[tuple[str, ...]]:
        """Rows ``start`` up to ``stop`` (left out), as text in the order of the columns."""
        return self.rows_at(self.order[max(0, start) : max(0, stop)])

    def rows_at(self, places: Sequence[int]) -> list[tuple[str, ...]]:
        """The stored rows at these places; those that lie together are read together."""
        found: dict[int, tuple[str, ...]] = {}
        for _, group in groupby(enumerate(sorted(places)), key=lambda one: one[1] - one[0]):
            stretch = [place for _, place in group]
            found.update(enumerate(self.read(stretch[0], stretch[-1] + 1), stretch[0]))
        blank = ("",) * len(self.columns)
        return [found.get(place, blank) for place in places]

    def record(self, index: int) -> Record:
        """The record of a row. Raises IndexError."""
        return self.stored(self.order[index])

    def row_id(self, index: int) -> Hashable:
        """What a row is called in all tables of its run, however long they are."""
        return self.order[index]

    def stored_at(self, row_ids: Collection[Hashable]) -> dict[Hashable, int]:
        """Where rows of these ids are stored; not those that aren't."""
        return {one: one for one in row_ids if isinstance(one, int)}

    def shown_at(self, place: int) -> int | None:
        """Where a stored row is shown; None where it isn't."""
        with suppress(ValueError):
            return self.order.index(place)
        return None

    def cells(
        self, names: Sequence[str], start: int = 0
    ) -> Iterator[tuple[int, Iterator[tuple[Cell, ...]]]]:
        """The cells of two columns or more, of the stored rows from ``start`` on.

        Some rows at a time, each time with the place after them, at which one may go on later.
        """
        places = [self.columns.index(name) if name in self.columns else -1 for name in names]
        pick = itemgetter(*places)
        for begin in range(start, self.stored_rows, BLOCK):
            end = min(begin + BLOCK, self.stored_rows)
            yield end, (pick((*row, "")) for row in self.read(begin, end))


class RecordsView(View):
    """A saved run's records as a table, its columns from the first ones. Safe between threads.

    ``cited_as`` is how the run is cited as a whole.
    """

    def __init__(self, source: RunRecords, cited_as: str | None = None) -> None:
        self._source = source
        self._cited_as = cited_as or ""
        parts = source.parts
        self._ends = list(accumulate(part.rows for part in parts))
        self._part = self._cache()
        self.order = range(self.stored_rows)
        self.columns = ()
        self._sampled = 0
        self._sample(0)

    def _cache(self) -> Callable[[int], list[Record]]:
        parts = self._source.parts
        return lru_cache(CACHED_PARTS)(lambda index: parts[index].load())

    def _sample(self, first: int) -> None:
        """Add the columns of the parts from ``first`` on, until enough rows have been read."""
        names = dict.fromkeys(self.columns)
        for index in range(first, len(self._ends)):
            enough = SAMPLED_ROWS if index >= SAMPLED_PARTS else ENOUGH_ROWS
            if self._sampled >= enough:
                break
            part = self._part(index)
            self._sampled += len(part)
            for record in part[:SAMPLED_ROWS]:
                names.update(dict.fromkeys(flatten(record)))
        self.columns = tuple(names)

    @property
    def stored_rows(self) -> int:
        """See :class:`View`."""
        return self._ends[-1] if self._ends else 0

    @property
    def damage(self) -> str:  # type: ignore[override]  # is found while rows are read
        """See :class:`View`."""
        return self._source.damage

    @property
    def run_citation(self) -> str:  # type: ignore[override]
        """See :class:`View`."""
        return self._source.citation

    def read(self, start: int, stop: int) -> Iterator[tuple[str, ...]]:
        """See :class:`View`."""
        while start < stop:
            index, place = self._place(start)
            part = self._part(index)[place : place + stop - start]
            if not part:
                break
            for row in map(flatten, part):
                yield tuple(_text(row.get(name)) for name in self.columns)
            start += len(part)

    def stored(self, place: int) -> Record:
        """See :class:`View`."""
        index, in_part = self._place(place)
        part, rows = self._source.parts[index], self._part(index)
        answers = rows if part.answers is None else part.answers()
        return (answers if len(answers) == len(rows) else rows)[in_part]

    def citation(self, index: int) -> str:
        """A full assessment's own citation, else the Red List's; rows of the demo have none."""
        own = self.record(index).get("citation")
        whole = self._cited_as
        return own if isinstance(own, str) and own.strip() and whole != SYNTHETIC else whole

    def _place(self, row: int) -> tuple[int, int]:
        """Which part has a row, and where in it."""
        index = bisect_right(self._ends, row)
        return index, row - self._start(index)

    def _start(self, index: int) -> int:
        return self._ends[index - 1] if index else 0

    def row_id(self, index: int) -> Hashable:
        """See :class:`View`: the page or input line, and the row's place there.

        Of a distinct query, whose rows may be in one page or another, it is the assessment.
        """
        number, place = self._place(self.order[index])
        if self._source.query.distinct:
            return self._part(number)[place].get(_DISTINCT)
        part = self._source.parts[number]
        return part.key, place if part.places is None else part.places[place]

    def stored_at(self, row_ids: Collection[Hashable]) -> dict[Hashable, int]:
        """See :class:`View`; of a distinct query it reads all rows."""
        wanted, distinct = {*row_ids}, self._source.query.distinct
        pages = {} if distinct else {key for key, _ in cast("set[tuple[object, int]]", wanted)}
        found: dict[Hashable, int] = {}
        for index, part in enumerate(self._source.parts):
            if distinct:
                ids: Iterable[Hashable] = [one.get(_DISTINCT) for one in self._part(index)]
            elif part.key in pages:
                inside = range(part.rows) if part.places is None else part.places
                ids = ((part.key, place) for place in inside)
            else:
                continue
            found |= {one: at for at, one in enumerate(ids, self._start(index)) if one in wanted}
        return found

    def cells(
        self, names: Sequence[str], start: int = 0
    ) -> Iterator[tuple[int, Iterator[tuple[Cell, ...]]]]:
        """See :class:`View`; ``start`` is where a part begins."""
        for index in range(bisect_right(self._ends, start), len(self._ends)):
            part = self._source.parts[index]
            # A run that goes on has some of its full assessments by now: none is counted.
            load = (part.listed if self.grows and self._source.query.details else None) or part.load
            yield self._ends[index], cells_of(load(), names)


class Halted(Exception):
    """The work was halted: its result is no longer needed."""


def arranged(
    view: View,
    *,
    find: str = "",
    sort: str | None = None,
    descending: bool = False,
    halted: Callable[[], bool] = lambda: False,
) -> View:
    """The rows that a filter keeps, sorted by a column. Reads every row, which may take seconds.

    ``find`` is as :func:`.row_filter.read` has it. Numbers come before text, categories by threat,
    empty cells last, equals stay in order. An arrangement is narrowed and sorted further; where
    there is nothing to do it is ``view`` itself. ``halted`` is called between blocks.

    Raises:
        Halted: ``halted`` said so.
        UsageError: the filter names a column that does not exist.
        RedListError: the records can't be read.
    """
    if sort not in view.columns:
        sort = None
    if not find and sort is None:
        return view
    view = copy(view)
    if find:
        view.order = _found(view, find, halted)
    if sort is not None:
        keys = SortKeys()
        keys.read(view, sort, halted)
        view.order = keys.in_order(view.order, descending=descending)
        view.sorted_by = keys if view.grows else None
    return view


def empty_columns(view: View, halted: Callable[[], bool] = lambda: False) -> frozenset[str]:
    """The columns that hold nothing in any row.

    Raises:
        Halted: ``halted`` said so.
        RedListError: the records can't be read.
    """
    empty = dict(enumerate(view.columns))
    for start in range(0, len(view), BLOCK):
        _check(halted)
        for row in view.rows(start, start + BLOCK):
            for place in [place for place in empty if row[place]]:
                del empty[place]
        if not empty:
            break
    return frozenset(empty.values())


def cells_of(records: Iterable[Record], names: Sequence[str]) -> Iterator[tuple[Cell, ...]]:
    """The cells of two columns or more, row by row; None where a row has no such column."""

    @cache  # rows of a list have the same fields
    def needed(fields: tuple[str, ...]) -> list[str]:
        begins = tuple(f"{name}_" for name in names)
        return [field for field in fields if any(one.startswith(f"{field}_") for one in begins)]

    slim = ({field: row[field] for field in needed(tuple(row))} for row in records)
    for header, rows in Flattener().blocks(slim):
        places = {name: place for place, name in enumerate(header)}
        pick = itemgetter(*(places.get(name, -1) for name in names))
        for row in rows:
            yield pick((*row, None))


def narrows(before: str, find: str, columns: Sequence[str]) -> bool:
    """Whether all rows that ``find`` keeps are surely among those that ``before`` keeps."""
    try:
        old, new = row_filter.read(before, columns), row_filter.read(find, columns)
    except UsageError:
        return False
    return all(any(one.within(other) for one in new) for other in old)


def _found(view: View, find: str, halted: Callable[[], bool]) -> Sequence[int]:
    terms = row_filter.read(find, view.columns)
    if not terms:
        return view.order
    kept = row_filter.all_of(terms)
    found = [index for index, row in _rows_of(view, halted) if kept(row)]
    return [view.order[index] for index in sorted(found)]


class SortKeys:
    """What rows are sorted by, by where they are stored: numbers before text, empty cells last."""

    def __init__(self) -> None:
        self._numbers: dict[int, float] = {}
        self._texts: dict[int, str] = {}

    def read(self, view: View, sort: str, halted: Callable[[], bool]) -> None:
        """Take in the rows that a table shows, by its column ``sort``."""
        column, order = view.columns.index(sort), view.order
        by_threat = row_filter.holds_category(sort)
        for index, row in _rows_of(view, halted):
            cell = row[column]
            if not cell or cell.isspace():
                continue
            if by_threat and cell in _THREAT:
                self._numbers[order[index]] = _THREAT[cell]
            elif len(cell) < _LONGEST_NUMBER and _NUMBER.fullmatch(cell):
                self._numbers[order[index]] = float(cell)
            else:
                self._texts[order[index]] = cell[:_SORTED_BY].casefold()

    def in_order(self, places: Sequence[int], *, descending: bool) -> list[int]:
        """These rows, sorted; equals stay in their order."""
        parts = [_by_key(keys, places, descending) for keys in (self._numbers, self._texts)]
        if descending:
            parts.reverse()
        empty = (one for one in places if one not in self._numbers and one not in self._texts)
        return [*chain(*parts, empty)]


def _by_key(
    keys: dict[int, float] | dict[int, str], order: Sequence[int], descending: bool
) -> Iterable[int]:
    places, key = [one for one in order if one in keys], keys.__getitem__
    # Piece by piece: one sort of 100,000 keys would hold the interpreter, and so the screen, for
    # a tenth of a second. `reverse` keeps equals in their order, as turning round would not.
    pieces = [
        sorted(places[start : start + _PIECE], key=key, reverse=descending)
        for start in range(0, len(places), _PIECE)
    ]
    return merge(*pieces, key=key, reverse=descending)


def _rows_of(view: View, halted: Callable[[], bool]) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Rows with their indexes, in the run's own order: each page is read once."""
    indexes = sorted(range(len(view)), key=view.order.__getitem__)
    for start in range(0, len(view), BLOCK):
        _check(halted)
        block = indexes[start : start + BLOCK]
        yield from zip(block, view.rows_at([view.order[one] for one in block]), strict=True)
    _check(halted)


def _check(halted: Callable[[], bool]) -> None:
    if halted():
        raise Halted


def _text(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    return str(cell)
