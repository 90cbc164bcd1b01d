"""Rows in temporary files, with the type that holds all values of each column.

Types and columns are known after the last row only; formats that need them read the rows again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from enum import Enum, auto
from pathlib import Path
from typing import Final

import msgspec

from tui_app.redlist import Cell, Record
from tui_app.redlist.tables import Flattener, each_once

from .csv_file import as_csv

FILE_BYTES: Final = 2**25
"""Size of a temporary file: polars maps one at a time into memory."""

_DAY: Final = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_ISO: Final = re.compile(  # finer than a microsecond, or without an offset, stays text
    rf"{_DAY}(?P<time>T[0-9]{{2}}:[0-9]{{2}}:[0-9]{{2}}(\.[0-9]{{1,6}})?"
    r"(Z|[+-][0-9]{2}:[0-9]{2}))?"
)
_MIDNIGHT: Final = re.compile(r"T00:00:00(\.0+)?(Z|\+00:00)")
_LONGEST: Final = len("2016-04-01T00:00:00.000000+00:00")


class ColumnType(Enum):
    """What all values of a column are."""

    TEXT = auto()
    BOOLEAN = auto()
    INTEGER = auto()  # of 64 bits
    NUMBER = auto()
    DAY = auto()  # text that begins with it
    INSTANT = auto()


class TypedTable:
    """Rows in temporary files of JSON lines, all as text, with what their columns hold.

    ``scratch`` gives a new temporary file; ``columns`` are there in any case, first. Attributes
    are the ``files``, the ``columns`` by name, and the ``count`` of rows.
    """

    def __init__(self, scratch: Callable[[], Path], columns: Iterable[str]) -> None:
        self._scratch = scratch
        self.files: list[Path] = []
        self.columns = {name: TypedColumn() for name in columns}
        self.count = 0

    def read(self, records: Iterable[Record]) -> None:
        """Write all rows to temporary files; a column is called by its place there."""
        encode = msgspec.json.Encoder().encode_lines
        blocks = Flattener().blocks(records)
        full = True
        while full:
            full = False
            self.files.append(self._scratch())
            with self.files[-1].open("wb") as file:
                for names, rows in blocks:
                    file.write(encode(self._lines(names, rows)))
                    if full := file.tell() >= FILE_BYTES:
                        break

    def _lines(
        self, names: Sequence[str], rows: Sequence[Sequence[Cell]]
    ) -> list[dict[str, str | None]]:
        self.count += len(rows)
        if not names:
            return [{} for _ in rows]
        for name, cells in zip(names, zip(*rows, strict=True), strict=True):
            self.columns.setdefault(name, TypedColumn()).learn(cells)
        place = {name: str(number) for number, name in enumerate(self.columns)}
        keys = [place[name] for name in names]
        return [dict(zip(keys, map(text_of_cell, row), strict=True)) for row in rows]

    def names(self) -> list[str]:
        """Names of the columns as a file can have them, each once."""
        return each_once(text_of_cell(name) or "" for name in self.columns)

    def rows(self) -> Iterator[list[str | None]]:
        """The rows again, in order, each with all columns."""
        keys = [str(number) for number in range(len(self.columns))]
        decode = msgspec.json.Decoder(dict[str, str | None]).decode
        for path in self.files:
            with path.open("rb") as file:
                yield from (list(map(decode(line).get, keys)) for line in file)


class _Kind(Enum):
    """What one value is."""

    TEXT = auto()
    SMALL = auto()  # an integer that a double holds exactly
    LARGE = auto()  # one that it doesn't, of 64 bits
    FLOAT = auto()
    BOOLEAN = auto()
    DAY = auto()  # 2016-04-01
    MIDNIGHT = auto()  # 2016-04-01T00:00:00.000Z: how the API writes a day
    INSTANT = auto()


class TypedColumn:
    """Learns from all values of a column which type holds them."""

    def __init__(self) -> None:
        self._seen: set[_Kind] = set()

    def learn(self, cells: Sequence[Cell]) -> None:
        """Take further values into account."""
        if _Kind.TEXT in self._seen:
            return  # text holds everything
        types = set(map(type, cells))
        if bool in types:
            self._seen.add(_Kind.BOOLEAN)
        if float in types:
            self._seen.add(_Kind.FLOAT)
        if int in types:
            numbers = [cell for cell in cells if type(cell) is int]
            self._seen |= {_kind_of_integer(min(numbers)), _kind_of_integer(max(numbers))}
        if str in types:
            for cell in cells:
                if type(cell) is str:
                    self._seen.add(_kind_of_text(cell))
                    if _Kind.TEXT in self._seen:
                        return

    @property
    def type(self) -> ColumnType:
        """The type that holds all values; an empty column is text."""
        seen = self._seen
        if not seen:
            return ColumnType.TEXT
        for kinds, type_ in _TYPES:
            if seen <= kinds:
                return type_
        return ColumnType.TEXT


_TYPES: Final = (
    ({_Kind.BOOLEAN}, ColumnType.BOOLEAN),
    ({_Kind.SMALL, _Kind.LARGE}, ColumnType.INTEGER),
    ({_Kind.SMALL, _Kind.FLOAT}, ColumnType.NUMBER),
    ({_Kind.DAY, _Kind.MIDNIGHT}, ColumnType.DAY),
    ({_Kind.MIDNIGHT, _Kind.INSTANT}, ColumnType.INSTANT),
)


def text_of_cell(cell: Cell) -> str | None:
    """A value as CSV has it; None where it is empty there."""
    if cell is None:
        return None
    text = str(as_csv(cell))
    if text.isascii():
        return text
    return text.encode(errors="replace").decode()  # half a surrogate pair is no UTF-8


def _kind_of_integer(number: int) -> _Kind:
    if abs(number) <= 2**53:
        return _Kind.SMALL
    return _Kind.LARGE if -(2**63) <= number < 2**63 else _Kind.TEXT


def _kind_of_text(text: str) -> _Kind:
    found = _ISO.fullmatch(text) if len(text) <= _LONGEST else None
    if found is None:
        return _Kind.TEXT
    time = found["time"]
    try:
        date.fromisoformat(text[:10])
        if time is not None:
            datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):  # 2016-02-30, or before the year 1 in UTC
        return _Kind.TEXT
    if time is None:
        return _Kind.DAY
    return _Kind.MIDNIGHT if _MIDNIGHT.fullmatch(time) else _Kind.INSTANT
