"""A table's rows searched and sorted: which rows, in which order, and nothing of the rows."""

from __future__ import annotations

import re
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from heapq import merge
from typing import Any, Final, Protocol

BLOCK: Final = 500
"""Rows that are read at once; between blocks the work can be halted."""

_NUMBER: Final = re.compile(r"\s*[-+]?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?\s*")
_LONGEST_NUMBER: Final = 40
_PIECE: Final = 4096
"""Keys that are sorted at once."""
_SORTED_BY: Final = 200
"""Characters of a cell that tell its place; beyond them rows keep their order."""


class View(Protocol):
    """A table: :class:`~tui_app.runs.RecordsView`, or an arrangement of one."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns."""

    def __len__(self) -> int: ...

    def rows(self, start: int, stop: int) -> list[tuple[str, ...]]:
        """Rows ``start`` up to ``stop``, as text in the order of the columns."""

    def record(self, index: int) -> dict[str, Any]:
        """The record of a row, nested, as it arrived."""


class Halted(Exception):
    """The work was halted: its result is wanted no more."""


class Arranged:
    """Some rows of a table in an order of their own. Made by :func:`arranged`.

    Args:
        view: the table.
        order: indexes of its rows.
    """

    def __init__(self, view: View, order: array[int]) -> None:
        self._view = view
        self._order = order

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns."""
        return self._view.columns

    def __len__(self) -> int:
        return len(self._order)

    def rows(self, start: int, stop: int) -> list[tuple[str, ...]]:
        """Rows ``start`` up to ``stop`` (left out), as text in the order of the columns."""
        wanted = self._order[max(0, start) : max(0, stop)]
        # In the table's own order: rows that lie together are read together.
        found: dict[int, tuple[str, ...]] = {}
        for first, last in _stretches(sorted(wanted)):
            for index, row in enumerate(self._view.rows(first, last), first):
                found[index] = row
        blank = ("",) * len(self.columns)
        return [found.get(index, blank) for index in wanted]

    def record(self, index: int) -> dict[str, Any]:
        """The record of a row, nested, as it arrived.

        Raises:
            IndexError: there is no such row.
        """
        return self._view.record(self._order[index])


def arranged(
    view: View,
    *,
    find: str = "",
    sort: str | None = None,
    descending: bool = False,
    halted: Callable[[], bool] = lambda: False,
) -> View:
    """The rows that contain ``find``, sorted by a column. Reads every row, which may take seconds.

    Args:
        view: the table; one that is arranged already is narrowed and sorted further.
        find: what a cell has to contain, in any case; ``column:text`` looks into one column.
        sort: a column's name; numbers come before text, empty cells last, equals stay in order.
        descending: the other way round; empty cells still come last.
        halted: asked now and then whether to give up.

    Returns:
        ``view`` itself where nothing is asked of it.

    Raises:
        Halted: ``halted`` said so.
        RedListError: the records can't be read.
    """
    if sort not in view.columns:
        sort = None
    if not find and sort is None:
        return view
    base, order = view, array("L", range(len(view)))
    if isinstance(view, Arranged):
        base, order = view._view, view._order
    if find:
        order = _found(base, order, find, halted)
    if sort is not None:
        order = _sorted(base, order, base.columns.index(sort), descending, halted)
    return Arranged(base, order)


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


def column_of(find: str, columns: Sequence[str]) -> tuple[int | None, str]:
    """Read ``column:text``: the column's place and the text.

    A column may be named by a part that no other has: ``category:vu``. Where there is no such
    column, all of ``find`` is text, and the place None.
    """
    name, colon, text = find.partition(":")
    name = name.strip().lower()
    if colon and name:
        lower = [column.lower() for column in columns]
        if name in lower:
            return lower.index(name), text.strip()
        like = [place for place, column in enumerate(lower) if name in column]
        if len(like) == 1:
            return like[0], text.strip()
    return None, find


def narrows(before: str, find: str, columns: Sequence[str]) -> bool:
    """Whether all rows that contain ``find`` are among those that contain ``before``."""
    old_column, old_text = column_of(before, columns)
    column, text = column_of(find, columns)
    return not old_text or (old_column == column and old_text.casefold() in text.casefold())


def _found(view: View, order: array[int], find: str, halted: Callable[[], bool]) -> array[int]:
    column, text = column_of(find, view.columns)
    wanted = text.casefold()
    if not wanted:
        return order
    found = array("L")
    for place, row in _read(view, order, halted):
        # One search a row, not one a cell: nobody types the NUL between them.
        cell = "\0".join(row) if column is None else row[column]
        if wanted in cell.casefold():
            found.append(place)
    return array("L", (order[place] for place in sorted(found)))


def _sorted(
    view: View, order: array[int], column: int, descending: bool, halted: Callable[[], bool]
) -> array[int]:
    numbers, numbered = array("d"), array("L")
    texts: list[str] = []
    texted, empty = array("L"), array("L")
    for place, row in _read(view, order, halted):
        cell = row[column]
        if not cell or cell.isspace():
            empty.append(place)
        elif len(cell) < _LONGEST_NUMBER and _NUMBER.fullmatch(cell):
            numbers.append(float(cell))
            numbered.append(place)
        else:
            texts.append(cell[:_SORTED_BY].casefold())
            texted.append(place)
    parts = [_by_key(numbered, numbers, descending), _by_key(texted, texts, descending)]
    if descending:
        parts.reverse()
    return array("L", (order[place] for part in (*parts, sorted(empty)) for place in part))


def _by_key(
    places: array[int], keys: Sequence[float] | Sequence[str], descending: bool
) -> list[int]:
    entries = sorted(range(len(places)), key=places.__getitem__)
    # Piece by piece: one sort of 100,000 keys would hold the interpreter, and so the screen, for
    # a tenth of a second. `reverse` keeps equals in their order, as turning round would not.
    key = keys.__getitem__
    pieces = [
        sorted(entries[start : start + _PIECE], key=key, reverse=descending)
        for start in range(0, len(entries), _PIECE)
    ]
    return [places[entry] for entry in merge(*pieces, key=key, reverse=descending)]


def _read(
    view: View, order: array[int], halted: Callable[[], bool]
) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Rows with their places in ``order``, in the table's own order: each page is read once."""
    places = array("L", sorted(range(len(order)), key=order.__getitem__))
    for start in range(0, len(order), BLOCK):
        _check(halted)
        block = places[start : start + BLOCK]
        part = Arranged(view, array("L", (order[place] for place in block)))
        yield from zip(block, part.rows(0, BLOCK), strict=True)
    _check(halted)


def _check(halted: Callable[[], bool]) -> None:
    if halted():
        raise Halted


def _stretches(indexes: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Rising indexes as stretches: 3, 4, 5, 9 becomes (3, 6), (9, 10)."""
    first = last = -1
    for index in indexes:
        if index != last:
            if last > first:
                yield first, last
            first = index
        last = index + 1
    if last > first:
        yield first, last
