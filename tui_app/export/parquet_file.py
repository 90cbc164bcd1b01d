"""Parquet: the CSV's columns with their types; a file, or a folder of parts where it is large."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tui_app.redlist import Cell, Record
from tui_app.redlist.errors import UsageError
from tui_app.redlist.tables import Flattener

from .atomic import STDOUT, Exported, ExportError, FileTransaction, in_transaction
from .column_types import ColumnType, Learner, text_of, typed
from .swapping import Swap

if TYPE_CHECKING:
    import polars as pl

Row = dict[str, Cell]

ROWS_PER_PART: Final = 250_000
"""More than the Red List has assessments, so that a list of all of them is one file."""

BYTES_PER_PART: Final = 64 * 2**20
"""In memory, before it is packed: full assessments are a hundred times as long as rows."""

NO_COLUMNS: Final = "no_columns"
"""The only column of a table that has none; not every program reads such a file."""

_CHUNK_ROWS: Final = 500
_CHANGED: Final = "The records changed while they were being written."


def check_parquet(path: Path | str) -> None:
    """Say before a fetch what would end the export after it.

    Raises:
        UsageError: polars isn't installed.
        ExportError: ``path`` is standard output, or something that can't be replaced.
    """
    try:
        import polars  # noqa: F401 - only whether it is there
    except ImportError as error:
        raise UsageError(
            "Parquet needs polars, which is not installed.", "pip install 'iucn-tui[parquet]'"
        ) from error
    if Path(path) == STDOUT:
        raise ExportError("Parquet can't go to standard output: it may be a folder of parts.")
    try:
        Swap.check(Path(path))
    except OSError as error:
        raise _unwritable(path, error) from error


def write_parquet(
    path: Path | str,
    records: Callable[[], Iterable[Record]],
    *,
    columns: Iterable[str] = (),
    rows_per_part: int = ROWS_PER_PART,
    transaction: FileTransaction | None = None,
) -> Exported:
    """Write records twice read: once for the columns and their types, once for the rows.

    Columns and rows are those of the CSV. Integers of 64 bits, numbers, truth values, days and
    instants (UTC) keep their type where all values of a column have it, a day also where the
    API writes it with the time zero; all else is text as the CSV has it. All parts have the
    same columns and types, and memory doesn't grow with the number of rows.

    Args:
        path: a file; where the rows don't fit one part, or it ends with a slash (as text: a
            Path has none), or is a folder, a folder of ``part-00000.parquet`` and so on. What is
            in the way is replaced when the new one is whole: a file, or such a folder.
        records: gives the same records from the first on, whenever it is called.
        columns: columns that the table has in any case, first.
        rows_per_part: at most; parts of long rows have fewer.
        transaction: replaces the file together with others; None replaces it alone.

    Raises:
        UsageError: polars isn't installed.
        ExportError: it can't be written. What was in the way is still there.
    """
    check_parquet(path)
    as_folder = str(path).endswith(("/", os.sep)) or Path(path).is_dir()
    path = Path(path)
    try:
        with in_transaction(transaction, path) as current:
            swap = current.keep(Swap(path))
            table = _Table(records(), columns)
            for number, part in enumerate(table.parts(records(), rows_per_part)):
                swap.add(f"part-{number:05d}.parquet", _packed(part))
            current.then(swap.target, partial(swap.finish, as_folder=as_folder))
    except OSError as error:
        raise _unwritable(path, error) from error
    return Exported(path, table.rows, swap.size_bytes)


class _Table:
    """Columns and types, learnt from all records."""

    def __init__(self, records: Iterable[Record], columns: Iterable[str]) -> None:
        learners = {name: Learner() for name in columns}
        self.rows = 0
        rows = _flat(records)
        while chunk := list(islice(rows, _CHUNK_ROWS)):
            self.rows += len(chunk)
            for name in dict.fromkeys(name for row in chunk for name in row):
                learner = learners.setdefault(name, Learner())
                learner.learn([row.get(name) for row in chunk])
        learners = learners or {NO_COLUMNS: Learner()}
        self._types = {name: learner.type for name, learner in learners.items()}
        self._written = dict(zip(self._types, _written(self._types), strict=True))

    def parts(self, records: Iterable[Record], most_rows: int) -> Iterator[pl.DataFrame]:
        """The rows as frames of at most so many; a frame without rows where there are none."""
        import polars as pl

        frames: list[pl.DataFrame] = []
        left, size_bytes, done = most_rows, 0, 0
        rows = _flat(records)
        while chunk := list(islice(rows, min(_CHUNK_ROWS, left))):
            frames.append(self._frame(chunk))
            left -= len(chunk)
            done += len(chunk)
            size_bytes += int(frames[-1].estimated_size())
            if left == 0 or size_bytes >= BYTES_PER_PART:
                yield pl.concat(frames)
                frames, left, size_bytes = [], most_rows, 0
        if frames or not done:
            yield pl.concat(frames or [self._frame([])])
        if done != self.rows:
            raise ExportError(_CHANGED)

    def _frame(self, rows: list[Row]) -> pl.DataFrame:
        import polars as pl

        if any(row.keys() - self._types.keys() for row in rows):
            raise ExportError(_CHANGED)
        types = {
            ColumnType.TEXT: pl.String(),
            ColumnType.INTEGER: pl.Int64(),
            ColumnType.FLOAT: pl.Float64(),
            ColumnType.BOOLEAN: pl.Boolean(),
            ColumnType.DATE: pl.Date(),
            ColumnType.INSTANT: pl.Datetime("us", "UTC"),
        }
        try:
            return pl.DataFrame(
                [
                    pl.Series(
                        self._written[name],
                        typed([row.get(name) for row in rows], column),
                        dtype=types[column],
                    )
                    for name, column in self._types.items()
                ]
            )
        except (TypeError, ValueError) as error:
            raise ExportError(_CHANGED) from error


def _flat(records: Iterable[Record]) -> Iterator[Row]:
    for names, rows in Flattener().blocks(records):
        for row in rows:
            yield dict(zip(names, row, strict=True))


def _written(names: Iterable[str]) -> list[str]:
    """Names as a file can have them, each once."""
    found: dict[str, None] = {}
    for name in names:
        free, number = text_of(name), 2
        while free in found:
            free, number = f"{text_of(name)}_{number}", number + 1
        found[free] = None
    return list(found)


def _unwritable(path: Path | str, error: OSError) -> ExportError:
    return ExportError(f"{path} can't be written: {error.strerror or error}.")


def _packed(part: pl.DataFrame) -> memoryview:
    # Not straight to the file: of a full disk polars says what only it understands.
    buffer = io.BytesIO()
    part.write_parquet(buffer, compression="zstd")
    return buffer.getbuffer()


__all__ = ["ROWS_PER_PART", "check_parquet", "write_parquet"]
