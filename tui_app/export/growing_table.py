"""A CSV table whose columns aren't known before its last row."""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from operator import itemgetter
from pathlib import Path
from typing import IO, Final

from tui_app.redlist import Cell

from .formulas import guarded

_BUFFER_BYTES: Final = 1 << 16
_CHUNK_CHARS: Final = 1 << 20


class GrowingTable:
    """Rows wait aside until the header is known; memory doesn't grow with their number.

    Columns stand in the order in which they first arrive. Rows that were written before the
    last column arrived are filled up in a second pass; where all rows are alike, which is
    usual, that pass only copies.

    Attributes:
        count: how many rows it has.
    """

    def __init__(
        self, folder: Path | None, *, columns: Iterable[str] = (), safe: bool = False
    ) -> None:
        """A table without rows.

        Args:
            folder: where rows wait; beside the target rather than in /tmp, which is often
                small and in memory. None takes the system's.
            columns: columns that the header has in any case, first.
            safe: put an apostrophe before cells that a spreadsheet would run.

        Raises:
            OSError: no file can be made there.
        """
        self.count = 0
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
        """Write a row aside."""
        self.add_rows(tuple(row), [[as_text(cell) for cell in row.values()]])

    def add_rows(self, names: Sequence[str], rows: Sequence[Sequence[Cell]]) -> None:
        """Write rows aside whose truth values are text already.

        Args:
            names: of their columns, each once.
            rows: cells in the same order.
        """
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
        """Write the header and all rows to ``file``; once.

        Args:
            file: open for text, without translation of line ends.
            last: name and value of a further column, the same in every row.
        """
        header = [as_text(name) for name in self._names]
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
        """Give back the room that the waiting rows take."""
        self._body.close()

    def __enter__(self) -> GrowingTable:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


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


def as_text(value: Cell) -> Cell:
    """A cell as CSV has it: truth values in JSON's words, and no NUL."""
    if value is True:
        return "true"
    if value is False:
        return "false"
    return _without_nul(value) if type(value) is str and "\0" in value else value


def _without_nul(text: str) -> str:
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}")  # no CSV reader takes it


__all__ = ["GrowingTable", "as_text"]
