"""Rows of a run that are read together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from tui_app.redlist import Record


@dataclass(frozen=True, slots=True)
class Part:
    """Some rows that are read together: those of a page, or of an input line."""

    rows: int
    load: Callable[[], list[Record]]  # may raise KeepError
    # the same with every field that came, where `load` leaves some out: of a taxon, its answer
    answers: Callable[[], list[Record]] | None = None
    # the same without full assessments, where `load` reads them
    listed: Callable[[], list[Record]] | None = None
    of_line: bool = False
    key: tuple[int, int] = (0, 0)  # its target and page (-1: no pages); of a line -1 and its index
    places: Sequence[int] | None = None  # of its rows in their page; None for all of them

    def only(self, places: Sequence[int]) -> Part:
        """Those of the rows that stand at these places."""

        def rows() -> list[Record]:
            found = self.load()
            return [found[place] for place in places]

        inside = places if self.places is None else [self.places[place] for place in places]
        return replace(self, rows=len(places), load=rows, places=inside)
