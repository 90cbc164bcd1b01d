"""A table's contents: any number of rows behind a small cache. No Textual."""

from __future__ import annotations

from typing import Any, Final, Protocol

from rich.cells import cell_len

from ..categories import Category, category_in, may_hold_category
from ..text import clean

CHUNK: Final = 64
"""Rows that are asked for at once."""
LONGEST: Final = 2000
"""Characters of a cell that are kept: more than any screen is wide, less than a chapter."""
WIDEST: Final = 44
"""Cells of the widest column."""
_CHUNKS_KEPT: Final = 32
_SAMPLED: Final = 200
_BADGE_EDGES: Final = 2


class Rows(Protocol):
    """What a table shows: ``tui_app.runs.RecordsView``, or anything like it."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns."""

    def __len__(self) -> int: ...

    def rows(self, start: int, stop: int) -> list[tuple[str, ...]]:
        """Rows ``start`` up to ``stop``, as text in the order of the columns."""

    def record(self, index: int) -> dict[str, Any]:
        """The record of a row, nested, as it arrived."""


class Sheet:
    """Rows of a table. Making one, and :meth:`load`, may take a while: not on the screen's thread.

    Attributes:
        source: where the rows are from.
        columns: their names.
        widths: cells of each column, from the names and the first rows.
        length: how many rows.
    """

    def __init__(self, source: Rows) -> None:
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
