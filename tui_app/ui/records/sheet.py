"""A table's contents: rows behind a small cache, and the widths of their columns. No Textual."""

from __future__ import annotations

from collections.abc import Iterable
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
_CHUNKS_KEPT: Final = 32
_SAMPLED: Final = 200
_BADGE_EDGES: Final = 2


class Sheet:
    """Rows of a table; ``note`` says which they are, where they aren't all.

    Of a table that has grown, ``before`` is the sheet until now: columns keep their widths, and
    rows that are where they were aren't read again. The chunks ``first`` are loaded.

    To make one or :meth:`load` may take a while: not on the screen's thread.
    """

    def __init__(
        self,
        source: View,
        note: str = "",
        *,
        before: Sheet | None = None,
        first: Iterable[int] = (0,),
    ) -> None:
        self.source = source
        self.note = note
        self.length = len(source)
        self.columns = tuple(map(_cell, source.columns))
        self._chunks: dict[int, list[tuple[str, ...]]] = {}
        self._categories = {
            place for place, name in enumerate(self.columns) if may_hold_category(name)
        }
        # Cells of each column, from the names and the first rows.
        known: dict[str, int] = {}
        if before is not None:
            known = dict(zip(before.columns, before.widths, strict=True))
        self.widths: list[int] = [
            known.get(name, min(cell_len(name), WIDEST)) for name in self.columns
        ]
        self.sampled = min(_SAMPLED, self.length)
        sampled = 0 if before is None or before.columns != self.columns else before.sampled
        for row in source.rows(sampled, self.sampled) if sampled < self.sampled else ():
            for place, cell in enumerate(map(_cell, row)):
                edges = _BADGE_EDGES if place in self._categories else 0
                width = min(cell_len(cell) + edges, WIDEST)
                self.widths[place] = max(self.widths[place], width)
        if before is not None and source.grows and sampled and not source.changes:
            self._chunks = {
                number: rows
                for number, rows in before._chunks.items()
                if _order(before, number) == _order(self, number)
            }
        for number in first:
            if number not in self._chunks:
                self.load(number)

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
