"""Parquet: the CSV's columns with their types, in one file. Needs polars (extra ``parquet``)."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime
from enum import Enum, auto
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from tui_app.redlist import Cell, Record
from tui_app.redlist.errors import UsageError
from tui_app.redlist.tables import Flattener

from .atomic import Exported, ExportError, FileTransaction, export_errors, in_transaction
from .csv_file import as_csv
from .destinations import can_be_replaced

if TYPE_CHECKING:
    import polars as pl

GROUP_ROWS: Final = 100_000
GROUP_BYTES: Final = 2**24
"""Rows that lie together in the file, at most so many and so much text: polars has a few groups in
memory at a time."""

FILE_BYTES: Final = 2**25
"""Size of a temporary file: polars maps one at a time into memory."""

NO_COLUMNS: Final = "no_columns"
"""The only column of a table that has none; not every program reads such a file."""

_DAY: Final = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_ISO: Final = re.compile(  # finer than a microsecond, or without an offset, stays text
    rf"{_DAY}(?P<time>T[0-9]{{2}}:[0-9]{{2}}:[0-9]{{2}}(\.[0-9]{{1,6}})?"
    r"(Z|[+-][0-9]{2}:[0-9]{2}))?"
)
_MIDNIGHT: Final = re.compile(r"T00:00:00(\.0+)?(Z|\+00:00)")
_LONGEST: Final = len("2016-04-01T00:00:00.000000+00:00")
_OS_ERROR: Final = re.compile(r"\(os error (\d+)\)")


def check_parquet() -> None:
    """Check that polars is installed.

    Raises:
        UsageError: it isn't.
    """
    try:
        import polars  # noqa: F401 - only whether it is there
    except ImportError as error:
        raise UsageError(
            "Parquet needs polars, which is not installed.", "pip install 'iucn-tui[parquet]'"
        ) from error


def write_parquet(
    path: Path,
    records: Iterable[Record],
    *,
    columns: Iterable[str] = (),
    transaction: FileTransaction | None = None,
) -> Exported:
    """Write records as they come; memory doesn't grow with their number.

    Columns and rows are those of the CSV. Integers of 64 bits, numbers, truth values, days and
    instants (UTC) keep their type where all values of a column have it, a day also where the
    API writes it with the time zero; all else is text as the CSV has it.

    Raises:
        UsageError: polars isn't installed.
    """
    check_parquet()
    with export_errors(path):
        if not can_be_replaced(path):
            raise ExportError(f"{path} can't be written: Parquet needs a regular file.")
        with in_transaction(transaction, path) as current:
            table = _Table(lambda: current.scratch(path), columns)
            table.read(records)
            with current.part(path) as part:
                table.sink(part)
            size = part.stat().st_size
    return Exported(path, table.count, size)


class _Table:
    """Rows in temporary files of JSON lines, all as text, with what their columns hold.

    Types and columns are known after the last row only.
    """

    def __init__(self, scratch: Callable[[], Path], columns: Iterable[str]) -> None:
        self._scratch = scratch
        self._files: list[Path] = []
        self._columns = {name: _Column() for name in columns}
        self.count = 0

    def read(self, records: Iterable[Record]) -> None:
        """Write all rows to temporary files; a column is called by its place there."""
        encode = msgspec.json.Encoder().encode_lines
        blocks = Flattener().blocks(records)
        full = True
        while full:
            full = False
            self._files.append(self._scratch())
            with self._files[-1].open("wb") as file:
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
            self._columns.setdefault(name, _Column()).learn(cells)
        place = {name: str(number) for number, name in enumerate(self._columns)}
        keys = [place[name] for name in names]
        return [dict(zip(keys, map(text_of_cell, row), strict=True)) for row in rows]

    def sink(self, part: Path) -> None:
        """Have polars read the temporary files and write ``part``."""
        import polars as pl

        columns = self._columns or {NO_COLUMNS: _Column()}
        keys = [str(number) for number in range(len(columns))]
        size = sum(file.stat().st_size for file in self._files)
        group = min(GROUP_ROWS, max(1, self.count * GROUP_BYTES // max(1, size)))
        typed = [
            column.typed(pl.col(key)).alias(name)
            for key, name, column in zip(keys, _apart(columns), columns.values(), strict=True)
        ]
        try:
            rows = pl.scan_ndjson(self._files, schema=dict.fromkeys(keys, pl.String))
            rows.select(typed).sink_parquet(part, compression="zstd", row_group_size=group)
        except pl.exceptions.PolarsError as error:
            found = _OS_ERROR.search(str(error))  # its sentence is about a library's inside
            if found is None:
                raise OSError(str(error)) from error
            raise OSError(int(found[1]), os.strerror(int(found[1]))) from error


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


class _Column:
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

    def typed(self, text: pl.Expr) -> pl.Expr:
        """The column's text as the type that holds all values; null stays null."""
        import polars as pl

        seen = self._seen
        if not seen:
            return text
        if seen <= {_Kind.BOOLEAN}:
            return text == "true"
        if seen <= {_Kind.SMALL, _Kind.LARGE}:
            return text.cast(pl.Int64)
        if seen <= {_Kind.SMALL, _Kind.FLOAT}:
            return text.cast(pl.Float64)
        if seen <= {_Kind.DAY, _Kind.MIDNIGHT}:
            return text.str.slice(0, 10).str.to_date("%Y-%m-%d")
        if seen <= {_Kind.MIDNIGHT, _Kind.INSTANT}:
            return text.str.to_datetime("%+", time_unit="us", time_zone="UTC")
        return text


def text_of_cell(cell: Cell) -> str | None:
    """A value as CSV has it; None where it is empty there."""
    if cell is None:
        return None
    text = str(as_csv(cell))
    if text.isascii():
        return text
    return text.encode(errors="replace").decode()  # half a surrogate pair is no UTF-8


def _apart(names: Iterable[str]) -> list[str]:
    """Names as a file can have them, each once."""
    found: dict[str, None] = {}
    for name in names:
        text = free = text_of_cell(name) or ""
        number = 2
        while free in found:
            free, number = f"{text}_{number}", number + 1
        found[free] = None
    return list(found)


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
