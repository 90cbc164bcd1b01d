"""Lists that changed while they were fetched: rows that came twice, and rows that never came.

A list is read page by page. When one is published or withdrawn between two pages, all that
follow move: a row comes again on the next page, and another one slips through. No page shows
that; all of them together do, beside the total that the newest of them tells.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from tui_app.store import PageRow, RunRow, Store

KIND: Final = "changed"
"""Its kind among a run's errors."""

ROW_ID: Final = {"v4": "assessment_id", "v3": "taxonid"}
"""What tells the rows of a list apart."""


@dataclass(frozen=True, slots=True)
class Shift:
    """What is wrong with one list.

    Attributes:
        target: the operation's place in the run.
        repeated: how many rows came more than once.
        missing: how many never came, as far as the server counts them.
        withdrawn: how many were there when it was begun, and no longer when it was done: for
            each of them another row may have slipped through, and no count tells.
    """

    target: int
    repeated: int
    missing: int
    withdrawn: int

    @property
    def incomplete(self) -> bool:
        """Whether rows are missing, or may be."""
        return bool(self.missing or self.withdrawn)

    def error(self, label: str) -> dict[str, Any]:
        """As one of a run's errors."""
        said = []
        if self.missing:
            said.append(f"{self.missing:,} of its rows never came")
        if self.repeated:
            said.append(f"{self.repeated:,} came twice")
        if self.withdrawn:
            said.append(f"it is {self.withdrawn:,} shorter, and others may have slipped through")
        message = f"the list changed while it was fetched: {', '.join(said)}"
        return {"request": label, "kind": KIND, "message": message, "attempts": 1}


def shifts(store: Store, run: RunRow, pages: list[PageRow]) -> tuple[Shift, ...]:
    """The lists of a run that changed while they were fetched.

    Args:
        store: where its pages are.
        run: the run.
        pages: its pages, without their bodies.
    """
    lists: dict[int, list[PageRow]] = {}
    for page in pages:
        if page.page is not None and page.target >= 0:
            lists.setdefault(page.target, []).append(page)
    if all(len(found) < 2 for found in lists.values()):
        return ()
    found: list[Shift] = []
    for target, rows, distinct in store.distinct_rows(run.run, ROW_ID[run.api]):
        promised = _promised(run, lists[target])
        shift = Shift(
            target,
            repeated=rows - distinct,
            missing=max(0, (promised or 0) - distinct),
            withdrawn=0 if promised is None else max(0, _most(lists[target]) - promised),
        )
        if shift.repeated or shift.incomplete:
            found.append(shift)
    return tuple(found)


def _most(pages: list[PageRow]) -> int:
    # A 304 may come without the list's total: what the kept page says then is old.
    said = [page.total_count for page in pages if page.total_count and page.status != 304]
    return max(said, default=0)


def _promised(run: RunRow, pages: list[PageRow]) -> int | None:
    """How many rows a list has by its newest word; None where not all of it was to be fetched."""
    newest = max(pages, key=lambda page: (page.fetched_utc, page.page or 0))
    if run.settings.get("pages") is not None or len(pages) < (newest.total_pages or 1):
        return None
    return newest.total_count
