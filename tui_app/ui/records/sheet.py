"""A table's contents: rows behind a small cache, sorted and searched, and their columns' places.

No Textual.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Collection
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, Final

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
ARROW: Final = {False: "▲", True: "▼"}
"""After the heading of the column that sorts: rising, falling."""
_CHUNKS_KEPT: Final = 32
_SAMPLED: Final = 200
_BADGE_EDGES: Final = 2


class Sheet:
    """Rows of a table. Making one, and :meth:`load`, may take a while: not on the screen's thread.

    Attributes:
        source: where the rows are from.
        columns: their names.
        widths: cells of each column, from the names and the first rows.
        length: how many rows.
    """

    def __init__(self, source: View) -> None:
        self.source = source
        self._chunks: dict[int, list[tuple[str, ...]]] = {}
        self.columns = tuple(_cell(name) for name in source.columns)
        self.length = len(source)
        self._categories = {
            place for place, name in enumerate(self.columns) if may_hold_category(name)
        }
        self.widths = self._measured(source.rows(0, min(_SAMPLED, self.length)))
        self.load(0)

    def _measured(self, rows: list[tuple[str, ...]]) -> list[int]:
        widths = [cell_len(name) for name in self.columns]
        for row in rows:
            for place, cell in enumerate(map(_cell, row)):
                edges = _BADGE_EDGES if place in self._categories else 0
                widths[place] = max(widths[place], cell_len(cell) + edges)
        return [min(width, WIDEST) for width in widths]

    @property
    def damage(self) -> str:
        """A sentence on what can't be shown because it is damaged; mostly empty."""
        return getattr(self.source, "damage", "")

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
        self._chunks[number] = [tuple(_cell(cell) for cell in row) for row in found]
        if len(self._chunks) > _CHUNKS_KEPT:
            self._chunks.pop(next(iter(self._chunks)))


def _cell(text: str) -> str:
    return clean(text[:LONGEST])


@dataclass(frozen=True, slots=True)
class Arrangement:
    """Which rows are shown, and in which order.

    Attributes:
        find: what they have to contain; nothing for all of them.
        sort: the column that sorts them; None for the server's own order.
        descending: the other way round.
    """

    find: str = ""
    sort: str | None = None
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns of a sheet that are shown.

    Attributes:
        sheet: whose.
        places: their places in the sheet's rows.
        headings: what stands above them.
        widths: cells of each, without the gap.
        margin: cells before the first: the rows' numbers and a gap.
        starts: where each begins.
        width: of it all.
    """

    sheet: Sheet
    places: tuple[int, ...]
    headings: tuple[str, ...]
    widths: tuple[int, ...]
    margin: int
    starts: tuple[int, ...]
    width: int

    def name(self, column: int) -> str | None:
        """A column's name; None where there is none."""
        return self.sheet.source.columns[self.places[column]] if column < len(self.places) else None

    def at(self, x: int) -> int | None:
        """The column at ``x`` cells from the left, by its order here; None for no column."""
        column = bisect_right(self.starts, x) - 1
        return column if column >= 0 and x < self.width else None

    def between(self, left: int, right: int) -> range:
        """The columns of which anything stands from ``left`` up to ``right``."""
        first = max(0, bisect_right(self.starts, left) - 1)
        return range(first, bisect_right(self.starts, max(left, right - 1)))


def lay_out(sheet: Sheet, hidden: Collection[str], arrangement: Arrangement) -> Layout:
    """Lay out the columns of a sheet that aren't hidden."""
    places, headings, widths = [], [], []
    for place, name in enumerate(sheet.source.columns):
        if name in hidden:
            continue
        heading, width = sheet.columns[place], sheet.widths[place]
        if name == arrangement.sort:
            # In front: a name that is cut off keeps its arrow.
            heading = f"{ARROW[arrangement.descending]} {heading}"
            width = max(width, min(cell_len(heading), WIDEST))
        places.append(place)
        headings.append(heading)
        widths.append(width)
    margin = max(3, len(f"{sheet.length:,}")) + GAP
    *starts, end = accumulate((width + GAP for width in widths), initial=margin)
    return Layout(sheet, tuple(places), tuple(headings), tuple(widths), margin, tuple(starts), end)


class Arranger:
    """Makes sheets out of one. What is wanted later halts what was wanted before.

    Args:
        sheet: all rows, as the server gave them.

    Attributes:
        columns: names of the columns.
        length: how many rows.
    """

    def __init__(self, sheet: Sheet) -> None:
        self.columns = sheet.source.columns
        self.length = sheet.length
        self._whole = sheet
        self._wanted: Arrangement | None = None
        self._found: tuple[str, View] = ("", sheet.source)

    def stop(self) -> None:
        """Halt what goes on; nothing is wanted any more."""
        self._wanted = None

    def work(self, wanted: Arrangement) -> Callable[[], Sheet | None]:
        """A function that makes the sheet, or None where something else is wanted by then.

        To be called in another thread; it raises what reading the records raises.
        """
        self._wanted = wanted

        def halted() -> bool:
            return self._wanted is not wanted

        def make() -> Sheet | None:
            # A run has imported these by now; the first frame didn't have to.
            from tui_app.runs.records_table import Halted, arranged, narrows

            if wanted == Arrangement():
                return self._whole
            try:
                find, rows = self._found
                if not narrows(find, wanted.find, self.columns):
                    rows = self._whole.source
                if find != wanted.find or rows is self._whole.source:
                    rows = arranged(rows, find=wanted.find, halted=halted)
                    self._found = wanted.find, rows
                made = Sheet(
                    arranged(rows, sort=wanted.sort, descending=wanted.descending, halted=halted)
                )
            except Halted:
                return None
            return None if halted() else made

        return make

    def empty_columns(self, halted: Callable[[], bool]) -> frozenset[str] | None:
        """The columns that hold nothing in any row; None where it was halted."""
        from tui_app.runs.records_table import Halted, empty_columns

        try:
            return empty_columns(self._whole.source, halted)
        except Halted:
            return None
