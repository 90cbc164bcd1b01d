"""Flattening many records that are alike, several times as fast as one by one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from types import NoneType
from typing import Any, Final

import msgspec

from .decode import Record
from .tables import Cell, flatten

Names = tuple[str, ...]
Row = tuple[Cell, ...]
Block = tuple[Names, list[Row]]
"""Names of columns, and rows that have them in this order."""

_Part = tuple[Names, Row]
"""What becomes of one list or object."""

_MOST_ROWS: Final = 200
_PLAIN: Final = frozenset((str, int, float, NoneType))
_PLAIN_OR_BOOL: Final = _PLAIN | {bool}
_SHORT_ITEMS: Final = 10
_SHORT_BYTES: Final = 600
_MOST_SHORT: Final = 2000


class Flattener:
    """Gives the rows that :func:`flatten` gives, some at a time.

    Records of a list have the same fields, so that one look at a column tells what is in it for
    many rows; and few kinds of ``scopes``, so that these are flattened once.
    """

    def __init__(self, *, false: Cell = False, true: Cell = True) -> None:
        """Nothing is remembered yet.

        Args:
            false: what stands for it in a cell.
            true: the same.
        """
        self._truth = (false, true)
        self._short: dict[tuple[str, bytes], _Part] = {}
        self._pack = msgspec.json.Encoder().encode

    def blocks(self, records: Iterable[Record]) -> Iterator[Block]:
        """All rows in order; those of a block, and at most so many, have the same columns."""
        alike: list[Record] = []
        fields: Names = ()
        for record in records:
            names = tuple(record)
            if names != fields or len(alike) >= _MOST_ROWS:
                yield from self._flat(fields, alike)
                fields, alike = names, []
            alike.append(record)
        yield from self._flat(fields, alike)

    def _flat(self, fields: Names, alike: list[Record]) -> Iterator[Block]:
        columns: list[Sequence[Any]] = list(zip(*[one.values() for one in alike], strict=True))
        parts: dict[int, list[_Part]] = {}
        for place, column in enumerate(columns):
            types = set(map(type, column))
            if types <= _PLAIN:
                continue
            if types <= _PLAIN_OR_BOOL:
                columns[place] = self._told(column)
            else:
                parts[place] = [self._part(fields[place], value) for value in column]
        if not parts:
            layouts = [()] * len(alike)
        else:
            layouts = list(
                zip(*[[names for names, _ in one] for one in parts.values()], strict=True)
            )
        start = 0
        for layout, run in groupby(layouts):
            stop = start + len(list(run))
            names: list[str] = []
            cells: list[Sequence[Cell]] = []
            inner = iter(layout)
            for place, field in enumerate(fields):
                if place in parts:
                    names += next(inner)
                    cells += zip(*[one for _, one in parts[place][start:stop]], strict=True)
                else:
                    names.append(field)
                    cells.append(columns[place][start:stop])
            if len(set(names)) == len(names):
                yield (
                    tuple(names),
                    list(zip(*cells, strict=True)) if cells else [()] * (stop - start),
                )
            else:  # two fields come to the same name: that takes a look at their values
                yield from map(self._one, alike[start:stop])
            start = stop

    def _one(self, record: Record) -> Block:
        row = flatten(record)
        return tuple(row), [tuple(self._told(row.values()))]

    def _part(self, name: str, value: Any) -> _Part:
        """What becomes of a value, if it isn't the cell itself; of short lists remembered."""
        if type(value) is not list or len(value) > _SHORT_ITEMS:
            return self._new_part(name, value)
        try:
            key = name, self._pack(value)
        except (TypeError, ValueError):  # half a surrogate pair is no JSON
            return self._new_part(name, value)
        if key in self._short:
            return self._short[key]
        part = self._new_part(name, value)
        # As JSON an infinite number is null, too: that must not be taken for the same.
        if len(key[1]) <= _SHORT_BYTES and b"null" not in key[1]:
            if len(self._short) >= _MOST_SHORT:
                self._short.clear()
            self._short[key] = part
        return part

    def _new_part(self, name: str, value: Any) -> _Part:
        row = flatten({name: value})
        return tuple(row), tuple(self._told(row.values()))

    def _told(self, cells: Iterable[Cell]) -> list[Cell]:
        """Cells with truth values as they are to be."""
        false, true = self._truth
        return [true if cell is True else false if cell is False else cell for cell in cells]


__all__ = ["Block", "Flattener", "Names", "Row"]
