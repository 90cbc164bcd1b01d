"""From a nested record to one flat row, under names that R users know.

``scopes: [{"description": {"en": "Global"}, "code": "1"}]`` becomes ``scopes_code`` = ``1``
and ``scopes_description`` = ``Global``; several items are joined as ``a|b``, each column in
the same order, so that the parts still line up. Dates become days: ``2024-05-17``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby, islice
from types import NoneType
from typing import Any, Final, TypeVar

import msgspec

from .decode import Record

_TIMESTAMP: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T")

Cell = str | int | float | bool | None
"""What a cell of a flat row can hold."""


def is_date(name: str) -> bool:
    """Whether a field holds a date, by its name: ``assessment_date``."""
    return name.endswith("date")


def day_of(value: Any) -> Any:
    """The day of a date as the API writes it; anything else as it is.

    The API has written days as midnight in UTC and as midnight in London with its offset; in
    every form the first ten characters are the day.
    """
    return value[:10] if isinstance(value, str) and _TIMESTAMP.match(value) else value


def flatten(record: Record) -> dict[str, Cell]:
    """One flat row: nested objects get ``parent_child`` names, lists become ``a|b``.

    What is nested deeper than a list of flat objects is kept as JSON text: nothing is lost.
    """
    row: dict[str, Cell] = {}
    for name, value in record.items():
        if (type(value) is str or value is None) and name not in row:  # most fields by far
            row[name] = day_of(value) if is_date(name) else value
        else:
            _add(row, _cells(name, value))
    return row


def _add(row: dict[str, Cell], cells: Iterable[tuple[str, Cell]]) -> None:
    """Add cells; one whose name is taken by another value gets a number: ``a_b_2``."""
    for name, cell in cells:
        free, number = name, 2
        while row.get(free, cell) != cell:
            free, number = f"{name}_{number}", number + 1
        row[free] = cell


def _cells(name: str, value: Any) -> Iterator[tuple[str, Cell]]:
    if isinstance(value, dict):
        if value.keys() == {"en"}:  # {"description": {"en": "Global"}}: the language says nothing
            yield from _cells(name, value["en"])
            return
        for key, inner in value.items():
            yield from _cells(f"{name}_{key}", inner)
    elif isinstance(value, list):
        yield from _list_cells(name, value)
    else:
        yield name, day_of(value) if is_date(name) else value


def _list_cells(name: str, items: list[Any]) -> Iterator[tuple[str, Cell]]:
    if not items:  # no column of its own: beside scopes_code an empty "scopes" would only puzzle
        return
    objects = [item for item in items if item is not None]
    if not objects or not all(isinstance(item, dict) for item in objects):
        yield name, "|".join(_text(item) for item in items)
        return
    flat: list[dict[str, Cell]] = []
    for item in objects:
        flat.append({})
        for key, inner in item.items():
            _add(flat[-1], _inner(key, inner))
    for key in dict.fromkeys(key for item in flat for key in item):
        cells = [_text(item.get(key)) for item in flat]
        yield f"{name}_{key}", "|".join(cells) if any(cells) else None


def _inner(key: str, value: Any) -> Iterator[tuple[str, Cell]]:
    if isinstance(value, list):
        yield key, msgspec.json.encode(value).decode() if value else None
    else:
        yield from _cells(key, value)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict | list):
        return msgspec.json.encode(value).decode()
    return str(value).replace("|", "\\|")


Names = tuple[str, ...]
Row = tuple[Cell, ...]
Block = tuple[Names, list[Row]]
"""Names of columns, and rows that have them in this order."""

_Part = tuple[Names, Row]
"""What becomes of one list or object."""

_Key = TypeVar("_Key")

_MOST_ROWS: Final = 200
_PLAIN: Final = frozenset((str, int, float, NoneType))
_PLAIN_OR_BOOL: Final = _PLAIN | {bool}
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
        rest = iter(records)
        while some := list(islice(rest, _MOST_ROWS)):
            for fields, run in _runs(list(map(tuple, some))):
                yield from self._flat(fields, some[run])

    def _flat(self, fields: Names, alike: list[Record]) -> Iterator[Block]:
        columns: list[Sequence[Any]] = list(zip(*[one.values() for one in alike], strict=True))
        parts: dict[int, list[_Part]] = {}
        for place, column in enumerate(columns):
            types = set(map(type, column))
            if types <= _PLAIN:
                if str in types and is_date(fields[place]):
                    columns[place] = [day_of(value) for value in column]
                continue
            if types <= _PLAIN_OR_BOOL:
                columns[place] = self._told(column)
            else:
                parts[place] = self._parts(fields[place], column)
        layouts: list[tuple[Names, ...]] = [()] * len(alike)
        if parts:
            layouts = list(
                zip(*[[names for names, _ in one] for one in parts.values()], strict=True)
            )
        for layout, run in _runs(layouts):
            names: list[str] = []
            cells: list[Sequence[Cell]] = []
            inner = iter(layout)
            for place, field in enumerate(fields):
                if place in parts:
                    names += next(inner)
                    cells += zip(*[one for _, one in parts[place][run]], strict=True)
                else:
                    names.append(field)
                    cells.append(columns[place][run])
            if not names:
                yield (), [()] * len(alike[run])
            elif len(set(names)) == len(names):
                yield tuple(names), list(zip(*cells, strict=True))
            else:  # two fields come to the same name: that takes a look at their values
                yield from map(self._one, alike[run])

    def _one(self, record: Record) -> Block:
        row = flatten(record)
        return tuple(row), [tuple(self._told(row.values()))]

    def _parts(self, name: str, column: Sequence[Any]) -> list[_Part]:
        """What becomes of values that aren't cells themselves; of short lists remembered."""
        try:
            packed = list(map(self._pack, column))
        except (TypeError, ValueError):  # half a surrogate pair is no JSON
            return [self._part(name, value) for value in column]
        known = self._short
        return [
            known.get((name, key)) or self._part(name, value, key)
            for key, value in zip(packed, column, strict=True)
        ]

    def _part(self, name: str, value: Any, packed: bytes = b"") -> _Part:
        row = flatten({name: value})
        part = tuple(row), tuple(self._told(row.values()))
        # As JSON an infinite number is null, too: that must not be taken for the same.
        if 0 < len(packed) <= _SHORT_BYTES and b"null" not in packed:
            if len(self._short) >= _MOST_SHORT:
                self._short.clear()
            self._short[name, packed] = part
        return part

    def _told(self, cells: Iterable[Cell]) -> list[Cell]:
        """Cells with truth values as they are to be."""
        false, true = self._truth
        return [true if cell is True else false if cell is False else cell for cell in cells]


def _runs(keys: Iterable[_Key]) -> Iterator[tuple[_Key, slice]]:
    """Where neighbours are the same."""
    start = 0
    for key, run in groupby(keys):
        stop = start + len(list(run))
        yield key, slice(start, stop)
        start = stop
