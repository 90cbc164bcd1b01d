"""CSV: UTF-8, RFC 4180, one row a record, a header always, formulas quoted if asked."""

from __future__ import annotations

import csv
import io
import os
import re
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from operator import itemgetter
from pathlib import Path
from typing import IO, Final

from tui_app.redlist import Cell, Record
from tui_app.redlist.tables import Flattener

from .atomic import Exported, FileTransaction, size_of, writing
from .destinations import can_be_replaced

_BUFFER_BYTES: Final = 1 << 16
_CHUNK_CHARS: Final = 1 << 20

# Signs in all their widths. White space, quotes and invisible marks before one are as good as
# nothing to some spreadsheets; tab and line ends may begin a cell of their own (OWASP, CSV
# injection).
_SIGNS: Final = "=+@\\-\uff1d\uff0b\uff20\uff0d\ufe62\ufe63\ufe66\ufe6b\u2212"
_NOTHING: Final = '[\\s"`\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\x00-\x1f]'
_RISKY: Final = re.compile(f"[\t\r\n]|{_NOTHING}*[{_SIGNS}]")

# Where the list separator is a semicolon, as in much of Europe, a cell ends at every one of them.
# A bound, because a megabyte of tabs would else be looked through from each of them.
_INNER: Final = re.compile(f"([;\t]{_NOTHING}{{0,8}})(?=[{_SIGNS}])")


def write_csv(
    path: Path,
    records: Iterable[Record],
    *,
    columns: Iterable[str] = (),
    safe: bool = False,
    transaction: FileTransaction | None = None,
) -> Exported:
    """Write records as they come; memory doesn't grow with their number.

    The header has ``columns`` in any case, first. With ``safe`` an apostrophe stands before cells
    that a spreadsheet would run.
    """
    flat = Flattener(false="false", true="true")
    with writing(path, transaction) as file:
        folder = Path(os.path.realpath(path)).parent if can_be_replaced(path) else None
        with GrowingTable(folder, columns=columns, safe=safe) as table:
            for names, rows in flat.blocks(records):
                table.add_rows(names, rows)
            table.finish(file)
        size = size_of(file)
    return Exported(path, table.count, size)


class GrowingTable:
    """A CSV table whose columns aren't known before its last row; used as a context.

    Rows are written to a temporary file until the header is known. Columns stand in the order in
    which they first arrive. Rows that were written before the last column arrived are filled up
    in a second pass; where all rows are alike, which is usual, that pass only copies. ``columns``
    and ``safe`` are :func:`write_csv`'s. The temporary file is in ``folder``: beside the target
    rather than in /tmp (None), which is often small and in memory.
    """

    def __init__(
        self, folder: Path | None, *, columns: Iterable[str] = (), safe: bool = False
    ) -> None:
        self.count = 0  # of its rows
        self._names: dict[str, int] = {}
        self.head(columns)
        self._safe = safe
        self._short = False
        self._body = tempfile.TemporaryFile(buffering=0, dir=folder)  # noqa: SIM115 - see close()
        # A text file that could read as well would lose time with every row.
        self._text = io.TextIOWrapper(
            io.BufferedWriter(self._body, _BUFFER_BYTES), "utf-8", "replace", newline=""
        )
        self._write = csv.writer(self._text).writerows

    def head(self, columns: Iterable[str]) -> None:
        """Have these columns in any case, after those that are there."""
        for name in columns:
            self._names.setdefault(name, len(self._names))

    def add(self, row: Mapping[str, Cell]) -> None:
        """Add a row."""
        self.add_rows(tuple(row), [[as_csv(cell) for cell in row.values()]])

    def add_rows(self, names: Sequence[str], rows: Sequence[Sequence[Cell]]) -> None:
        """Add rows of these columns, in their order; truth values are text already."""
        if set(names) - self._names.keys():
            self._short = self._short or self.count > 0
            self.head(names)
        self.count += len(rows)
        if tuple(names) != tuple(self._names):
            rows = _in_order(rows, names, self._names)
        if self._safe:
            rows = [[guarded(cell) for cell in row] for row in rows]
        self._write(rows)

    def finish(self, file: IO[str], *, last: tuple[str, Cell] | None = None) -> None:
        """Write the header and all rows to a text file that keeps line ends as they are; once.

        ``last`` is the name and the value of a further column, the same in every row.
        """
        header = [as_csv(name) for name in self._names]
        header = [guarded(name) for name in header] if self._safe else header
        write = csv.writer(file).writerow
        write(header if last is None else [*header, last[0]])
        self._text.flush()
        self._body.seek(0)
        with io.TextIOWrapper(io.BufferedReader(self._body), "utf-8", newline="") as text:
            if last is None and not self._short:
                while chunk := text.read(_CHUNK_CHARS):
                    file.write(_without_nul(chunk))
                return
            csv.field_size_limit(2**31 - 1)  # the usual limit, 128 KB, is less than a long text
            tail = [] if last is None else [last[1]]
            for row in csv.reader(map(_without_nul, text)):
                write([*row, *[""] * (len(header) - len(row)), *tail])

    def close(self) -> None:
        """Remove the temporary file."""
        self._body.close()

    def __enter__(self) -> GrowingTable:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def guarded(cell: Cell) -> Cell:
    """A cell that no spreadsheet takes for a formula: an apostrophe stands before its sign.

    What arrived as a number stays one.
    """
    if not isinstance(cell, str) or not cell:
        return cell
    if ";" in cell or "\t" in cell:
        cell = _INNER.sub(r"\1'", cell)
    return f"'{cell}" if _RISKY.match(cell) else cell


def as_csv(value: Cell) -> Cell:
    """A cell as CSV has it: truth values in JSON's words, and no NUL."""
    if value is True:
        return "true"
    if value is False:
        return "false"
    return _without_nul(value) if type(value) is str and "\0" in value else value


def _in_order(
    rows: Sequence[Sequence[Cell]], names: Sequence[str], header: Iterable[str]
) -> list[Sequence[Cell]]:
    """Rows with the cells that the header wants, in its order; None where they have none."""
    places = {name: place for place, name in enumerate(names)}
    wanted = [places.get(name, -1) for name in header]
    if len(wanted) < 2:  # itemgetter gives a single one bare
        return [[(*row, None)[place] for place in wanted] for row in rows]
    pick = itemgetter(*wanted)
    return [pick((*row, None)) for row in rows]


def _without_nul(text: str) -> str:
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}")  # no CSV reader takes it
