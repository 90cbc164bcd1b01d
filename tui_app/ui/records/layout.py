"""Which columns a table shows, and where each of them stands. No Textual."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection
from dataclasses import dataclass
from itertools import accumulate
from typing import Final

from rich.cells import cell_len

from .sheet import WIDEST, Sheet

GAP: Final = 2
"""Blank cells after each column."""
ARROW: Final = {False: "▲", True: "▼"}
"""After the heading of the column that sorts: rising, falling."""


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
        places: their places in the sheet's rows.
        headings: what stands above them.
        widths: cells of each, without the gap.
        margin: cells before the first: the rows' numbers and a gap.
        starts: where each begins.
        width: of it all.
    """

    places: tuple[int, ...]
    headings: tuple[str, ...]
    widths: tuple[int, ...]
    margin: int
    starts: tuple[int, ...]
    width: int

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
    return Layout(tuple(places), tuple(headings), tuple(widths), margin, tuple(starts), end)
