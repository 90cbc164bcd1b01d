"""A table's contents: any number of rows behind a small cache. No Textual."""

from __future__ import annotations

from typing import Final, Protocol

from rich.cells import cell_len

from ..text import clean

CHUNK: Final = 64
"""Rows that are asked for at once."""
_CHUNKS_KEPT: Final = 32
_SAMPLED: Final = 200
_WIDEST: Final = 44


class Rows(Protocol):
    """What a table shows: ``tui_app.runs.RecordsView``, or anything like it."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns."""

    def __len__(self) -> int: ...

    def rows(self, start: int, stop: int) -> list[tuple[str, ...]]:
        """Rows ``start`` up to ``stop``, as text in the order of the columns."""


class Sheet:
    """Rows of a table. Making one, and :meth:`load`, may take a while: not on the screen's thread.

    Attributes:
        columns: their names.
        widths: cells of each column, from the names and the first rows.
        length: how many rows.
    """

    def __init__(self, source: Rows) -> None:
        self._source = source
        self._chunks: dict[int, list[tuple[str, ...]]] = {}
        self.columns = tuple(clean(name) for name in source.columns)
        self.length = len(source)
        widths = [cell_len(name) for name in self.columns]
        for row in source.rows(0, min(_SAMPLED, self.length)):
            widths = [
                max(one, cell_len(clean(cell))) for one, cell in zip(widths, row, strict=True)
            ]
        self.widths = [min(width, _WIDEST) for width in widths]
        self.load(0)

    def row(self, index: int) -> tuple[str, ...] | None:
        """A row, cleaned; None where its chunk is not loaded."""
        number, place = divmod(index, CHUNK)
        chunk = self._chunks.get(number)
        if chunk is None:
            return None
        return chunk[place] if place < len(chunk) else ("",) * len(self.columns)

    def lacks(self, number: int) -> bool:
        """Whether a chunk exists that is not loaded."""
        return 0 <= number * CHUNK < self.length and number not in self._chunks

    def load(self, number: int) -> None:
        """Load a chunk, forgetting the one that was loaded first."""
        found = self._source.rows(number * CHUNK, (number + 1) * CHUNK)
        self._chunks[number] = [tuple(clean(cell) for cell in row) for row in found]
        if len(self._chunks) > _CHUNKS_KEPT:
            self._chunks.pop(next(iter(self._chunks)))
