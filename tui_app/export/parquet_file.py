"""Parquet: the CSV's columns with their types, in one file. Needs polars (extra ``parquet``)."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tui_app.redlist import Record
from tui_app.redlist.errors import UsageError

from .atomic import Exported, ExportError, FileTransaction, export_errors, in_transaction
from .destinations import can_be_replaced
from .typed_table import ColumnType, TypedTable

if TYPE_CHECKING:
    import polars as pl

GROUP_ROWS: Final = 100_000
GROUP_BYTES: Final = 2**24
"""Rows that lie together in the file, at most so many and so much text: polars has a few groups in
memory at a time."""

NO_COLUMNS: Final = "no_columns"
"""The only column of a table that has none; not every program reads such a file."""

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
            "Parquet needs polars, which is not installed.",
            "Run `pip install 'iucn-tui[parquet]'`.",
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
            table = TypedTable(lambda: current.scratch(path), columns)
            table.read(records)
            with current.part(path) as part:
                sink(table, part)
            size = part.stat().st_size
    return Exported(path, table.count, size)


def sink(table: TypedTable, part: Path) -> int:
    """Have polars read a table's temporary files and write ``part``; gives the rows of a group."""
    import polars as pl

    types = [column.type for column in table.columns.values()] or [ColumnType.TEXT]
    keys = [str(number) for number in range(len(types))]
    size = sum(file.stat().st_size for file in table.files)
    group = min(GROUP_ROWS, max(1, table.count * GROUP_BYTES // max(1, size)))
    typed = [
        _typed(pl.col(key), type_).alias(name)
        for key, name, type_ in zip(keys, table.names() or [NO_COLUMNS], types, strict=True)
    ]
    with polars_errors():
        rows = pl.scan_ndjson(table.files, schema=dict.fromkeys(keys, pl.String))
        rows.select(typed).sink_parquet(part, compression="zstd", row_group_size=group)
    return group


@contextmanager
def polars_errors() -> Iterator[None]:
    """Raise what polars says of a file as an OSError."""
    import polars as pl

    try:
        yield
    except pl.exceptions.PolarsError as error:
        found = _OS_ERROR.search(str(error))  # its sentence is about a library's inside
        if found is None:
            raise OSError(str(error)) from error
        raise OSError(int(found[1]), os.strerror(int(found[1]))) from error


def _typed(text: pl.Expr, type_: ColumnType) -> pl.Expr:
    """A column's text as its type; null stays null."""
    import polars as pl

    match type_:
        case ColumnType.BOOLEAN:
            return text == "true"
        case ColumnType.INTEGER:
            return text.cast(pl.Int64)
        case ColumnType.NUMBER:
            return text.cast(pl.Float64)
        case ColumnType.DAY:
            return text.str.slice(0, 10).str.to_date("%Y-%m-%d")
        case ColumnType.INSTANT:
            return text.str.to_datetime("%+", time_unit="us", time_zone="UTC")
    return text
