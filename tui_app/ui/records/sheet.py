"""A table's contents: rows behind a small cache, and the widths of their columns. No Textual."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Final, NamedTuple

from rich.cells import cell_len

from ..categories import Category, category_in, may_hold_category
from ..text import clean

if TYPE_CHECKING:
    from tui_app.runs.records_table import View

CHUNK: Final = 64
"""Rows that are asked for at once."""
LONGEST: Final = 2000
"""Characters of a cell that are kept: more than any screen is wide, less than a chapter."""
WIDEST: Final = 44
"""Cells of the widest column."""
GAP: Final = 2
"""Blank cells after each column."""
_LEAST_NAME: Final = 10
"""Cells of the column of names, which else has a third of the room at most."""
_CHUNKS_KEPT: Final = 32
_SAMPLED: Final = 200
_BADGE_EDGES: Final = 2


class ShownColumn(NamedTuple):
    """A column that is shown."""

    place: int  # in the sheet's rows
    name: str
    heading: str
    start: int  # cells from the left
    width: int  # without the gap


class Sheet:
    """Rows of a table; ``note`` says which they are, where they aren't all.

    Of a table that has grown, ``before`` is the sheet until now: columns keep their widths, and
    rows that are where they were aren't read again. The chunks ``first`` are loaded.

    To make one or :meth:`load` may take a while: not on the screen's thread.

    Attributes:
        columns: their names, cleaned, in the order of the rows' cells.
        reading: the places of the columns in the order in which they are shown.
        name_place: the place of the column that says which taxon a row is about, or None.
        widths: cells of each column, from its name and the first rows.
        short: shorter headings by place, for where there is little room, and how wide they are.
    """

    def __init__(
        self,
        source: View,
        note: str = "",
        *,
        before: Sheet | None = None,
        first: Iterable[int] = (0,),
    ) -> None:
        # A run has imported these by now; the first frame didn't have to.
        from tui_app.runs.columns import name_column, reading_order, short_name

        self.source = source
        self.note = note
        self.length = len(source)
        self.columns = tuple(map(_cell, source.columns))
        places = {name: place for place, name in enumerate(source.columns)}
        self.reading = [places[name] for name in reading_order(source.columns)]
        self.name_place = places.get(name_column(source.columns) or "")
        self._chunks: dict[int, list[tuple[str, ...]]] = {}
        self._categories = {
            place for place, name in enumerate(self.columns) if may_hold_category(name)
        }
        # Cells of each column, from the first rows.
        known: dict[str, int] = {}
        if before is not None:
            known = dict(zip(before.columns, before.contents, strict=True))
        self.contents: list[int] = [known.get(name, 0) for name in self.columns]
        self.sampled = min(_SAMPLED, self.length)
        sampled = 0 if before is None or before.columns != self.columns else before.sampled
        for row in source.rows(sampled, self.sampled) if sampled < self.sampled else ():
            for place, cell in enumerate(map(_cell, row)):
                edges = _BADGE_EDGES if place in self._categories else 0
                width = min(cell_len(cell) + edges, WIDEST)
                self.contents[place] = max(self.contents[place], width)
        self.widths = [
            max(width, min(cell_len(name), WIDEST))
            for name, width in zip(self.columns, self.contents, strict=True)
        ]
        self.short: dict[int, tuple[str, int]] = {}
        for place, name in enumerate(source.columns):
            if (short := short_name(name, source.columns)) != name:
                self.short[place] = short, max(self.contents[place], len(short))
        if before is not None and source.grows and sampled and not source.changes:
            self._chunks = {
                number: rows
                for number, rows in before._chunks.items()
                if _order(before, number) == _order(self, number)
            }
        for number in first:
            if number not in self._chunks:
                self.load(number)

    def lay_out(
        self, hidden: Collection[str], marks: Mapping[str | None, str], start: int, room: int
    ) -> list[ShownColumn]:
        """The columns in the order in which they are read, without the hidden ones.

        Args:
            hidden: names of the columns to leave out.
            marks: what stands before the heading of a column, by its name.
            start: where the first one begins.
            room: cells that can be seen. Where the columns that are read first don't fit, their
                headings are short.
        """
        shown = [one for one in self.reading if self.source.columns[one] not in hidden]
        most = max(_LEAST_NAME, room // 3)
        last = max((number for number, one in enumerate(shown) if one in self.short), default=-1)
        full = (min(self.widths[one], most) + GAP for one in shown[: last + 1])
        tight = start + sum(full) > room
        found: list[ShownColumn] = []
        for place in shown:
            name, heading = self.source.columns[place], self.columns[place]
            width = self.widths[place]
            if tight and place in self.short:
                heading, width = self.short[place]
            if mark := marks.get(name):
                # In front: a name that is cut off keeps its mark.
                heading = mark + heading
                width = max(width, min(cell_len(heading), WIDEST))
            if not found and place == self.name_place:
                width = min(width, most)
            found.append(ShownColumn(place, name, heading, start, width))
            start += width + GAP
        return found

    def as_wide_as(self, other: Sheet) -> Sheet:
        """This sheet, its columns at least as wide as the same ones of another."""
        self.widths = list(map(max, self.widths, other.widths))
        for place, (heading, width) in self.short.items():
            self.short[place] = heading, max(width, other.short[place][1])
        return self

    @property
    def damage(self) -> str:
        """A sentence on what can't be shown because it is damaged; mostly empty."""
        return self.source.damage

    def row(self, index: int) -> tuple[str, ...] | None:
        """A row, cleaned; None where its chunk is not loaded."""
        number, place = divmod(index, CHUNK)
        chunk = self._chunks.get(number)
        if chunk is None:
            return None
        return chunk[place] if place < len(chunk) else ("",) * len(self.columns)

    def badges(self, row: tuple[str, ...]) -> dict[int, Category]:
        """The cells of a row that name a Red List category, by their columns' places."""
        if not self._categories:
            return {}
        named = dict(zip(self.columns, row, strict=True))
        found = {place: category_in(self.columns[place], named) for place in self._categories}
        return {place: one for place, one in found.items() if one is not None}

    def lacks(self, number: int) -> bool:
        """Whether a chunk exists that is not loaded."""
        return 0 <= number * CHUNK < self.length and number not in self._chunks

    def load(self, number: int) -> None:
        """Load a chunk, forgetting the one that was loaded first."""
        found = self.source.rows(number * CHUNK, (number + 1) * CHUNK)
        self._chunks[number] = [tuple(map(_cell, row)) for row in found]
        if len(self._chunks) > _CHUNKS_KEPT:
            self._chunks.pop(next(iter(self._chunks)))


def _order(sheet: Sheet, number: int) -> list[int]:
    """Where the rows of a chunk are stored."""
    return list(sheet.source.order[number * CHUNK : (number + 1) * CHUNK])


def _cell(text: str) -> str:
    return clean(text[:LONGEST])
