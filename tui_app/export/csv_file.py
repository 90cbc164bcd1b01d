"""CSV: UTF-8, RFC 4180, one row a record, a header always."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import IO, Final

from tui_app.redlist import Cell, Record, flatten

from .atomic import Exported, can_be_replaced, size_of, writing

RISKY_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")
"""What makes a spreadsheet take a cell for a formula (OWASP, CSV injection)."""


def write_csv(
    path: Path,
    records: Iterable[Record],
    *,
    columns: Iterable[str] = (),
    safe: bool = False,
) -> Exported:
    """Write records as they come; memory doesn't grow with their number.

    Columns stand in the order in which they first arrive. Rows that were written before the
    last column arrived are filled up in a second pass; where all pages are alike, which is
    usual, that pass only copies.

    Args:
        path: where; ``-`` is standard output.
        records: nested as they arrived.
        columns: columns that the header has in any case, first.
        safe: put an apostrophe before cells that a spreadsheet would run.

    Raises:
        ExportError: it can't be written.
    """
    names: dict[str, int] = {name: index for index, name in enumerate(columns)}
    with writing(path) as file, _aside(path) as body:
        # The header isn't known before the last record has been seen, so rows wait aside.
        rows = _write_rows(body, records, names, safe=safe)
        header = [_cell(name) for name in names]
        csv.writer(file).writerow([_safe(name) for name in header] if safe else header)
        body.seek(0)
        _fill_up(body, file, len(names), short=rows.short)
        size = size_of(file)
    return Exported(path, rows.count, size)


def _aside(path: Path) -> IO[str]:
    # Beside the target rather than in /tmp, which is often small and in memory.
    folder = path.resolve().parent if can_be_replaced(path) else None
    return tempfile.TemporaryFile("w+", encoding="utf-8", newline="", dir=folder)


class _Rows:
    __slots__ = ("count", "short")

    def __init__(self) -> None:
        self.count = 0
        self.short = False


def _write_rows(
    body: IO[str], records: Iterable[Record], names: dict[str, int], *, safe: bool
) -> _Rows:
    rows = _Rows()
    write = csv.writer(body).writerow
    for record in records:
        flat = flatten(record)
        if flat.keys() - names.keys():
            rows.short = rows.short or rows.count > 0
            for name in flat:
                names.setdefault(name, len(names))
        get = flat.get
        cells = [_cell(get(name)) for name in names]
        write([_safe(cell) for cell in cells] if safe else cells)
        rows.count += 1
    return rows


def _fill_up(body: IO[str], file: IO[str], width: int, *, short: bool) -> None:
    if not short:
        while chunk := body.read(1 << 20):
            file.write(chunk)
        return
    csv.field_size_limit(2**31 - 1)  # the usual limit of 128 KB is less than a long description
    write = csv.writer(file).writerow
    for row in csv.reader(body):
        write(row + [""] * (width - len(row)))


def _cell(value: Cell) -> Cell:
    if value is True:
        return "true"
    if value is False:
        return "false"
    if type(value) is str and "\0" in value:
        return value.replace("\0", "\N{REPLACEMENT CHARACTER}")  # no CSV reader takes it
    return value


def _safe(cell: Cell) -> Cell:
    if isinstance(cell, str) and cell.startswith(RISKY_STARTS):
        return f"'{cell}"
    return cell
