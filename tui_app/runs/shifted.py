"""Lists counted against what their server says of them: rows that came twice, or never came.

A list is read page by page. When one is published or withdrawn between two pages, all that
follow move: a row comes again on the next page, and another one slips through. No page shows
that; all of them together do, beside the total that the newest of them tells. The same count
finds what a server left out: empty pages, pages that are cut short, a list that ends too soon.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from tui_app.fetch import EMPTY_PAGES
from tui_app.store import PageRow, RunRow, Store

CHANGED: Final = "changed"
MISSING: Final = "missing"
"""Kinds among a run's errors: of a list that changed meanwhile, and of one that lacks rows."""

PAGE_SIZES: Final = (100, 20)
"""Rows of a page of v4: of most lists, and of the possibly extinct."""

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
        total: how many rows it has by the server's count, where all of it was to be fetched.
        changed: whether it changed while it was fetched.
        counted: whether the server counts its rows, or not all of them were to be fetched.
        ended: first and last of the empty pages after which no further one was requested.
    """

    target: int
    repeated: int
    missing: int
    withdrawn: int
    total: int | None = None
    changed: bool = True
    counted: bool = True
    ended: tuple[int, int] | None = None

    @property
    def incomplete(self) -> bool:
        """Whether rows are missing, or may be: a row that came twice has taken another's place."""
        uncounted = self.repeated and not self.counted
        return bool(self.missing or self.withdrawn or self.ended or uncounted)

    def error(self, label: str) -> dict[str, Any]:
        """As one of a run's errors."""
        kind = CHANGED if self.changed else MISSING
        return {"request": label, "kind": kind, "message": self._message(), "attempts": 1}

    def _message(self) -> str:
        said = []
        if self.ended is not None:
            first, last = self.ended
            said.append(f"pages {first:,} to {last:,} are empty, so no further page was requested")
        if self.changed:
            found = []
            if self.missing:
                found.append(f"{self.missing:,} of its rows never came")
            if self.repeated:
                found.append(f"{self.repeated:,} came twice")
            if self.withdrawn:
                found.append(
                    f"it is {self.withdrawn:,} shorter, and others may have slipped through"
                )
            said.append(f"the list changed while it was fetched: {', '.join(found)}")
        elif self.missing and self.total is not None:
            said.append(
                f"{self.missing:,} of {self.total:,} rows {_are(self.missing)} missing: "
                "the server counts more than it sent"
            )
        elif self.missing:
            said.append(
                f"at least {self.missing:,} {'row' if self.missing == 1 else 'rows'} "
                f"{_are(self.missing)} missing: pages came with fewer rows than they should have"
            )
        return "; ".join(said)


def _are(count: int) -> str:
    return "is" if count == 1 else "are"


def shifts(store: Store, run: RunRow, pages: Sequence[PageRow]) -> tuple[Shift, ...]:
    """The lists of a run that lack rows, or have some twice.

    Args:
        store: where its pages are.
        run: the run.
        pages: its pages, without their bodies; damaged ones left out.
    """
    lists: dict[int, list[PageRow]] = {}
    for page in pages:
        # A list that comes whole may be counted as well.
        if page.target >= 0 and (page.page is not None or page.total_count is not None):
            lists.setdefault(page.target, []).append(page)
    if not lists:
        return ()
    bodies = [page.body_id for found in lists.values() for page in found if page.body_id]
    counted = {
        target: (rows, distinct)
        for target, rows, distinct in store.distinct_rows(run.run, ROW_ID[run.api], bodies)
    }
    found = (_shift(run, lists[target], counted.get(target, (0, 0))) for target in sorted(lists))
    return tuple(one for one in found if one.repeated or one.incomplete)


def _shift(run: RunRow, pages: list[PageRow], counted: tuple[int, int]) -> Shift:
    rows, distinct = counted
    unread = sum(page.rows for page in pages) - rows  # without pages, or too deep for SQLite
    rows, distinct = rows + unread, distinct + unread
    newest = max(pages, key=lambda page: (page.fetched_utc, page.page or 0))
    limit = run.settings.get("pages")
    wanted = newest.total_pages or 1
    partial = limit is not None and (newest.total_pages is None or limit < wanted)
    # Where a page failed, or the run was stopped, that tells of its rows.
    total = None if partial or len(pages) < wanted else newest.total_count
    if total is not None:
        missing = max(0, total - distinct)
    elif partial or newest.total_count is None:
        missing = _missing_of_pages(pages, newest)
    else:
        missing = 0
    withdrawn = 0 if total is None else max(0, _most(pages) - total)
    counts = {page.total_count for page in pages if page.status != 304} - {None}
    return Shift(
        pages[0].target,
        repeated=rows - distinct,
        missing=missing,
        withdrawn=withdrawn,
        total=total,
        counted=partial or newest.total_count is not None,
        changed=bool(rows > distinct or withdrawn or (missing and len(counts) > 1)),
        ended=_ended(pages, wanted if limit is None else min(limit, wanted)),
    )


def _most(pages: list[PageRow]) -> int:
    # A 304 may come without the list's total: what the saved page says then is old.
    said = [page.total_count for page in pages if page.total_count and page.status != 304]
    return max(said, default=0)


def _missing_of_pages(pages: list[PageRow], newest: PageRow) -> int:
    """How many rows pages lack at least, beside each other: all but the last are equally long."""
    if newest.total_pages is None:
        return 0
    last = newest.total_pages  # v4 counts from 1; v3 doesn't say how many there are
    size = max(page.rows for page in pages)
    if newest.total_count is not None and last:
        # As long as the last page isn't here, several sizes go with the totals: the API's own
        # is the likely one among them.
        least = -(-newest.total_count // last)
        most = (newest.total_count - 1) // (last - 1) if last > 1 else newest.total_count
        usual = next((one for one in PAGE_SIZES if least <= one <= most), least)
        size = max(size, usual)
    lacks = 0
    for page in pages:
        if page.page is not None and page.page < last:
            lacks += size - page.rows
        elif page.page == last > 1 and not page.rows:
            lacks += 1
    return lacks


def _ended(pages: list[PageRow], wanted: int) -> tuple[int, int] | None:
    """The empty pages in a row because of which fewer pages were requested than there are."""
    if len(pages) >= wanted:
        return None
    empty: list[int] = []
    for page in sorted(pages, key=lambda page: page.page or 0):
        if page.rows or page.page is None or (empty and page.page != empty[-1] + 1):
            empty = []
        if not page.rows and page.page is not None:
            empty.append(page.page)
        if len(empty) == EMPTY_PAGES:
            return empty[0], empty[-1]
    return None
