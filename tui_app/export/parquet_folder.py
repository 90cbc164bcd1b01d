"""A folder of Parquet files, partitioned as Hive does: ``operation=…/class_name=…``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final
from urllib.parse import quote

from tui_app.redlist import Record

from .atomic import Exported, ExportError, FileTransaction, in_transaction, made_folder
from .destinations import PARTITION
from .parquet_file import NO_COLUMNS, check_parquet, polars_errors, sink
from .typed_table import TypedTable

OPERATION: Final = "operation"
CLASS: Final = "class_name"
"""What it is partitioned by. These columns are in the folders' names, and not in the files."""

FULL_CLASS: Final = "taxon_class_name"
"""The class in a full assessment; this column stays in the files."""

MOST_PARTITIONS: Final = 2000
"""Each is a file. The Red List has about 150 classes."""

_NULL: Final = "__HIVE_DEFAULT_PARTITION__"
"""The folder of rows without a value, which readers show as null."""

_FILES: Final = f"{PARTITION}*/**/rows-[0-9]*.parquet"


def write_parquet_folder(
    folder: Path,
    records: Iterable[Record],
    *,
    operation: str,
    columns: Iterable[str] = (),
    transaction: FileTransaction | None = None,
) -> Exported:
    """Write the rows of :func:`write_parquet`, a file for each operation and class.

    All files have the same columns of the same types. ``operation`` is that of rows that don't name
    theirs. Where no row has a class, the folder is partitioned by operation only. The files that an
    earlier export wrote there are replaced when all new ones are whole.

    Raises:
        ExportError: there are too many partitions, or a file can't be written.
        UsageError: polars isn't installed.
    """
    check_parquet()
    import polars as pl

    with in_transaction(transaction, folder) as current:
        current.keep(made_folder(folder, "partitions"))
        current.keep(_without_empty_folders(folder))
        table = TypedTable(lambda: current.scratch(folder), (OPERATION, *columns))
        table.read({OPERATION: operation, **record} for record in records)
        whole = current.scratch(folder)
        with polars_errors():
            group = sink(table, whole)
            rows = pl.scan_parquet(whole, hive_partitioning=False)
            by = _partitioned_by(table.columns)
            values = rows.select(pl.col(*by).cast(pl.String)).unique(maintain_order=True)
            found = values.collect().rows() or [(operation, None)[: len(by)]]
            if len(found) > MOST_PARTITIONS:
                raise ExportError(
                    f"{folder} can't be written: there are {len(found):,} operations and classes, "
                    f"and at most {MOST_PARTITIONS:,}.",
                    "Write a single file.",
                )
            kept = [name for name in table.names() if name not in (OPERATION, CLASS)]
            rows = rows if kept else rows.with_columns(pl.lit(None, pl.String).alias(NO_COLUMNS))
            size = 0
            for number, of in enumerate(found, 1):
                here = [
                    pl.col(name).cast(pl.String).eq_missing(pl.lit(value, pl.String))
                    for name, value in zip(by, of, strict=True)
                ]
                # A number, because some file systems hold two names that differ by case for one.
                path = folder.joinpath(*map(_named, by, of), f"rows-{number}.parquet")
                path.parent.mkdir(parents=True, exist_ok=True)
                with current.part(path) as part:
                    mine = rows.filter(here).select(kept or [NO_COLUMNS])
                    mine.sink_parquet(part, compression="zstd", row_group_size=group)
                size += part.stat().st_size
        current.replace_all(folder, _FILES)
    note = "" if len(by) > 1 else "The rows have no class: partitioned by operation only."
    return Exported(folder, table.count, size, note)


def _partitioned_by(columns: Iterable[str]) -> list[str]:
    """The operation, and the class where rows have one."""
    names = set(columns)
    return [OPERATION, *[name for name in (CLASS, FULL_CLASS) if name in names][:1]]


def _named(column: str, value: str | None) -> str:
    """``class_name=MAMMALIA``; characters that readers decode again are encoded."""
    column = CLASS if column == FULL_CLASS else column
    return f"{column}={quote(value, safe='') if value else _NULL}"


@contextmanager
def _without_empty_folders(folder: Path) -> Iterator[None]:
    try:
        yield
    finally:
        for one in sorted(folder.glob(f"{PARTITION}*/**/"), reverse=True):
            with suppress(OSError):  # it isn't empty
                one.rmdir()
