"""Full assessments, and taxa, as a folder of tidy CSV tables: one file for each of their lists."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from tui_app.redlist import Cell, Record
from tui_app.redlist.codes import schemes
from tui_app.redlist.columns import OTHER, TAXA_TABLES, WELL_KNOWN
from tui_app.redlist.tables import tidy, tidy_taxon

from .atomic import (
    Exported,
    ExportError,
    FileTransaction,
    in_transaction,
    made_folder,
    size_of,
    writing,
)
from .csv_file import GrowingTable
from .destinations import can_be_replaced

MAX_TABLES: Final = 100
"""Each takes an open file; a server that makes up further lists has them in ``other``."""

SOURCE: Final = "source"


def write_tables(
    folder: Path,
    assessments: Iterable[Record] | None,
    taxa: Iterable[tuple[Record, list[Record]]] | None = None,
    *,
    codes: Mapping[str, Mapping[str, str]] | None = None,
    safe: bool = False,
    source: str | None = None,
    transaction: FileTransaction | None = None,
) -> list[Exported]:
    """Write ``habitats.csv``, ``threats.csv`` and so on; memory doesn't grow with the number.

    :mod:`tui_app.redlist.tables` says what is in which table. The well-known ones of assessments,
    and those of taxa (answers with the rows of their history), are written in any case, so that
    scripts find them; None for none of these. Old files are replaced when all new ones are whole;
    others in the folder stay. The folder is made if need be, but not its parent. Gives the files,
    ``assessments.csv`` or else ``history.csv`` first.

    ``codes`` are the server's own descriptions by code, by code-list operation (``threats``); they
    go before the built-in ones. ``source`` is the value of a last column in every table, None for
    no such column. ``safe`` is :func:`write_csv`'s.
    """
    codes = codes or {}
    builtin = schemes()
    known = {
        stem: {**builtin.get(stem, {}), **codes.get(stem, {})}
        for stem in dict.fromkeys((*builtin, *codes))
    }
    with in_transaction(transaction, folder) as current, ExitStack() as closing:
        current.keep(made_folder(folder, "tables"))
        headers = {} if assessments is None else dict(WELL_KNOWN)
        headers |= {} if taxa is None else TAXA_TABLES
        tables = _Tables(folder, closing, headers, safe=safe)
        for assessment in assessments or ():
            # Records of a demo run have the column themselves: once is enough.
            once = dict(assessment)
            if source is not None and once.get(SOURCE) == source:
                del once[SOURCE]
            for name, row in tidy(once, known):
                tables.add(name, row if source is None else _apart(row, SOURCE))
        for answer, rows in taxa or ():
            for name, row in tidy_taxon(answer, rows, known):
                tables.add(name, row if source is None else _apart(row, SOURCE))
        return tables.write(source, current)


def tables_in(written: Sequence[Exported]) -> list[Exported]:
    """The tables of a folder among written files, as :func:`write_tables` gives them; else none."""
    for first in written:
        beside = [one for one in written if one.path.parent == first.path.parent]
        tables = [one for one in beside if one.path.suffix == ".csv"]
        stems = {one.path.stem for one in tables}
        if stems >= WELL_KNOWN.keys() or stems >= TAXA_TABLES.keys():
            return tables
    return []


class _Tables:
    """The tables by name, in the order of their first rows after the well-known ones."""

    def __init__(
        self,
        folder: Path,
        closing: ExitStack,
        headers: Mapping[str, tuple[str, ...]],
        *,
        safe: bool,
    ) -> None:
        self._by_name: dict[str, GrowingTable] = {}
        self._folder = folder
        self._closing = closing
        self._headers = headers
        self._safe = safe
        for name in headers:
            self._new(name)

    def add(self, name: str, row: dict[str, Cell]) -> None:
        table = self._by_name.get(name)
        if table is None and name != OTHER and len(self._by_name) >= MAX_TABLES:
            self.add(OTHER, {"list": name, **_apart(row, "list")})
        else:
            (table or self._new(name)).add(row)

    def write(self, source: str | None, transaction: FileTransaction) -> list[Exported]:
        last = None if source is None else (SOURCE, source)
        done: list[Exported] = []
        for name, table in self._by_name.items():
            path = self._folder / f"{name}.csv"
            if not can_be_replaced(path):
                raise ExportError(f"{path} can't be written: another kind of file has its name.")
            with writing(path, transaction) as file:
                if not table.count:
                    table.head(self._headers[name])
                table.finish(file, last=last)
                table.close()
                done.append(Exported(path, table.count, size_of(file)))
        return done

    def _new(self, name: str) -> GrowingTable:
        table = GrowingTable(self._folder, safe=self._safe)
        self._by_name[name] = self._closing.enter_context(table)
        return table


def _apart(row: dict[str, Cell], name: str) -> dict[str, Cell]:
    """A row in which a column of that name is called otherwise."""
    if name not in row:
        return row
    free = f"own_{name}"
    while free in row:
        free = f"own_{free}"
    return {free if key == name else key: cell for key, cell in row.items()}
