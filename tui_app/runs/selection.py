"""Some rows of a saved run: those that a table shows, in its order."""

from __future__ import annotations

import json
from array import array
from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

from tui_app.redlist import Record
from tui_app.redlist.errors import UsageError
from tui_app.redlist.status import taxon_id
from tui_app.redlist.taxon import taxon_of
from tui_app.redlist.text import counted
from tui_app.store import RunRow, Store

from .parts import Part
from .records import RunRecords
from .records_table import RecordsView


@dataclass(frozen=True, slots=True)
class Selection:
    """Rows of a run's records, and how they were chosen."""

    places: Sequence[int]  # among all rows in saved order, in the order in which they are written
    of: int  # number of all rows
    filter: str = ""  # as it was typed; empty where the rows are all
    sort: str | None = None  # the column that sorts them; None for the saved order
    descending: bool = False

    def facts(self) -> dict[str, Any]:
        """What the provenance says of it."""
        sort = f"{self.sort} descending" if self.sort and self.descending else self.sort
        return {"of": self.of, "filter": self.filter or None, "sort": sort}


class SelectedRecords(RunRecords):
    """The rows of a :class:`Selection` in its order; their columns are those of all rows.

    Rows in another order than the saved one go through a temporary file, which ``scratch`` makes:
    each page is read once, and memory holds the place of each row only. Full assessments and taxa
    are those that the rows name, in saved order. A taxon's answer stands for its row where it has
    one.

    Raises:
        UsageError: the run has another number of rows by now, so that places mean other rows.
    """

    def __init__(
        self, store: Store, run: RunRow, selection: Selection, *, one_per_taxon: bool
    ) -> None:
        super().__init__(store, run, one_per_taxon=one_per_taxon)
        self.selection = selection
        self.scratch: Callable[[], Path] | None = None
        rows = sum(part.rows for part in self.parts)
        if rows != selection.of:
            raise UsageError(
                f"The rows shown can't be written: run {run.run} has {counted(rows, 'row')} now, "
                f"not {selection.of:,}.",
                "Open it again from History, then export.",
            )

    def columns_if_empty(self) -> tuple[str, ...]:
        """The columns of the table, also those that the selected rows lack."""
        return RecordsView(self).columns or super().columns_if_empty()

    def __iter__(self) -> Iterator[Record]:
        return self._in_order(lambda part: part.load())

    def answers(self) -> Iterator[Record]:
        """See :class:`RunRecords`."""
        return self._in_order(_answers)

    def _in_order(self, read: Callable[[Part], list[Record]]) -> Iterator[Record]:
        places = self.selection.places
        if all(one < other for one, other in pairwise(places)):
            return (row for _, row in self._rows(range(len(places)), read))
        return self._reordered(read)

    def _reordered(self, read: Callable[[Part], list[Record]]) -> Iterator[Record]:
        assert self.scratch is not None  # an export sets it
        places = self.selection.places
        starts = array("q", [-1]) * len(places)
        with ExitStack() as closing:
            file = closing.enter_context(self.scratch().open("w+b"))
            saved = sorted(range(len(places)), key=places.__getitem__)
            for index, row in self._rows(saved, read):
                starts[index] = file.tell()
                file.write(json.dumps(row).encode() + b"\n")  # also of half a surrogate pair
            for start in starts:
                if start >= 0:
                    file.seek(start)
                    yield json.loads(file.readline())

    def _rows(
        self, indexes: Sequence[int], read: Callable[[Part], list[Record]]
    ) -> Iterator[tuple[int, Record]]:
        """Selected rows with their indexes, which are given in saved order; a part at a time."""
        parts, rows, start, stop = iter(self.parts), None, 0, 0
        part: Part | None = None
        for index in indexes:
            place = self.selection.places[index]
            while place >= stop:
                part, rows, start = next(parts), None, stop
                stop = start + part.rows
            if rows is None and part is not None:
                rows = read(part)
            if rows is not None and place - start < len(rows):  # else it was found damaged
                yield index, rows[place - start]

    @cached_property
    def _named(self) -> tuple[set[object], set[str], set[Hashable]]:
        """The assessments that the rows name, their taxa, and the Green Status of those."""
        saved = sorted(range(len(self.selection.places)), key=self.selection.places.__getitem__)
        rows = [row for _, row in self._rows(saved, lambda part: (part.listed or part.load)())]
        ids, taxa = (row.get("assessment_id") for row in rows), (str(taxon_id(row)) for row in rows)
        return set(ids), set(taxa), set(map(_green, rows))

    def assessments(self) -> Iterator[Record]:
        """See :class:`RunRecords`."""
        ids, _, green = self._named
        for one in self.wanted_assessments():
            if one in ids and (found := self._assessment(one)) is not None:
                yield found
        for page in self.sound:
            if self._operation(page).lists_in_full:
                yield from (row for row in self.as_arrived(page) if _green(row) in green)

    def taxa(self) -> Iterator[tuple[Record, list[Record]]]:
        """See :class:`RunRecords`; of a name that has one row, all of its taxon's history."""
        ids, taxa, _ = self._named
        whole = bool(self.query.lines) and not self.query.history
        for answer, rows in super().taxa():
            if whole and str(taxon_of(answer).get("sis_id")) in taxa:
                yield answer, rows
            elif not whole and (some := [row for row in rows if row.get("assessment_id") in ids]):
                yield answer, some


def _answers(part: Part) -> list[Record]:
    rows = part.load()
    answers = rows if part.answers is None else part.answers()
    return answers if len(answers) == len(rows) else rows


def _green(row: Record) -> Hashable:
    """What tells a row of Green Status from others."""
    return str(taxon_of(row).get("sis_id")), str(row.get("assessment_year"))
