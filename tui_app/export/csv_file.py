"""CSV: UTF-8, RFC 4180, one row a record, a header always."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from tui_app.redlist import Record
from tui_app.redlist.tables import Flattener

from .atomic import Exported, FileTransaction, can_be_replaced, size_of, writing
from .growing_table import GrowingTable


def write_csv(
    path: Path,
    records: Iterable[Record],
    *,
    columns: Iterable[str] = (),
    safe: bool = False,
    transaction: FileTransaction | None = None,
) -> Exported:
    """Write records as they come; memory doesn't grow with their number.

    Columns stand in the order in which they first arrive, see :class:`GrowingTable`.

    Args:
        path: where; ``-`` is standard output.
        records: nested as they arrived.
        columns: columns that the header has in any case, first.
        safe: put an apostrophe before cells that a spreadsheet would run.
        transaction: replaces the file together with others; None replaces it alone.

    Raises:
        ExportError: it can't be written.
    """
    flat = Flattener(false="false", true="true")
    with (
        writing(path, transaction) as file,
        GrowingTable(_beside(path), columns=columns, safe=safe) as table,
    ):
        for names, rows in flat.blocks(records):
            table.add_rows(names, rows)
        table.finish(file)
        size = size_of(file)
    return Exported(path, table.count, size)


def _beside(path: Path) -> Path | None:
    return Path(os.path.realpath(path)).parent if can_be_replaced(path) else None
