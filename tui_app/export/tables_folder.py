"""Full assessments as a folder of tidy CSV tables: one file for each of their lists."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Final

from tui_app.redlist import Cell, Record
from tui_app.redlist.codes import schemes
from tui_app.redlist.tidy import OTHER, WELL_KNOWN, tidy

from .atomic import (
    STDOUT,
    Exported,
    ExportError,
    FileTransaction,
    can_be_replaced,
    in_transaction,
    size_of,
    writing,
)
from .growing_table import GrowingTable

MAX_TABLES: Final = 100
"""Each takes an open file; a server that makes up further lists has them in ``other``."""

SOURCE: Final = "source"


def write_tables(
    folder: Path,
    assessments: Iterable[Record],
    *,
    codes: Mapping[str, Mapping[str, str]] | None = None,
    safe: bool = False,
    source: str | None = None,
    transaction: FileTransaction | None = None,
) -> list[Exported]:
    """Write ``habitats.csv``, ``threats.csv`` and so on; memory doesn't grow with the number.

    What is in which table is told in :mod:`tui_app.redlist.tidy`. The well-known ones are
    written in any case, so that scripts find them. Files that are in the way are replaced when
    all new ones are whole; others in the folder stay.

    Args:
        folder: where; made if need be, but not what it lies in.
        assessments: as they arrived; read once.
        codes: the server's own descriptions by code, by code-list operation (``threats``);
            they go before the built-in ones.
        safe: put an apostrophe before cells that a spreadsheet would run.
        source: value of a last column ``source`` in every table, or None for no such column.
        transaction: replaces the files together with others; None replaces them alone.

    Returns:
        The files, ``assessments.csv`` first.

    Raises:
        ExportError: they can't be written; says why. Nothing is left behind.
    """
    known = {stem: {**titles, **(codes or {}).get(stem, {})} for stem, titles in schemes().items()}
    known |= {stem: dict(titles) for stem, titles in (codes or {}).items() if stem not in known}
    with in_transaction(transaction, folder) as current, ExitStack() as closing:
        current.keep(_made(folder))
        tables = _Tables(folder, closing, safe=safe)
        for assessment in assessments:
            for name, row in tidy(_without_source(assessment, source), known):
                tables.add(name, row if source is None else _apart(row, SOURCE))
        return _finished(folder, tables.by_name, source, current)


class _Tables:
    """The tables by name, in the order of their first rows after the well-known ones."""

    def __init__(self, folder: Path, closing: ExitStack, *, safe: bool) -> None:
        self.by_name: dict[str, GrowingTable] = {}
        self._folder = folder
        self._closing = closing
        self._safe = safe
        for name in WELL_KNOWN:
            self._new(name)

    def add(self, name: str, row: dict[str, Cell]) -> None:
        table = self.by_name.get(name)
        if table is None and name != OTHER and len(self.by_name) >= MAX_TABLES:
            self.add(OTHER, {"list": name, **_apart(row, "list")})
        else:
            (table or self._new(name)).add(row)

    def _new(self, name: str) -> GrowingTable:
        table = GrowingTable(self._folder, safe=self._safe)
        self.by_name[name] = self._closing.enter_context(table)
        return table


def _finished(
    folder: Path, tables: dict[str, GrowingTable], source: str | None, transaction: FileTransaction
) -> list[Exported]:
    last = None if source is None else (SOURCE, source)
    done: list[Exported] = []
    for name, table in tables.items():
        path = folder / f"{name}.csv"
        if not can_be_replaced(path):
            raise ExportError(f"{path} can't be written: something else is in its place.")
        with writing(path, transaction) as file:
            if not table.count:
                table.head(WELL_KNOWN[name])
            table.finish(file, last=last)
            table.close()
            done.append(Exported(path, table.count, size_of(file)))
    return done


def _without_source(assessment: Record, source: str | None) -> Record:
    # Records of a demo run say so themselves: once is enough.
    if source is not None and assessment.get(SOURCE) == source:
        return {key: value for key, value in assessment.items() if key != SOURCE}
    return assessment


def _apart(row: dict[str, Cell], name: str) -> dict[str, Cell]:
    """A row in which a column of that name is called otherwise."""
    if name not in row:
        return row
    free = f"own_{name}"
    while free in row:
        free = f"own_{free}"
    return {free if key == name else key: cell for key, cell in row.items()}


@contextmanager
def _made(folder: Path) -> Iterator[None]:
    if folder == STDOUT:
        raise ExportError("Tables are many files: they can't go to standard output.")
    new = False
    try:
        new = not folder.exists()
        if not new and not folder.is_dir():
            raise ExportError(f"{folder} can't hold the tables: it is a file, not a folder.")
        if not folder.parent.is_dir():
            raise ExportError(f"{folder} can't be made: there is no folder {folder.parent}.")
        folder.mkdir(exist_ok=True)
        yield
    except BaseException as error:
        if new:
            with suppress(OSError):
                folder.rmdir()
        if isinstance(error, OSError):
            why = error.strerror or error
            raise ExportError(f"{folder} can't be written: {why}.") from error
        raise
