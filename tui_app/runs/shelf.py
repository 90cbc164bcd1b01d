"""What earlier runs kept of the same source, and whether it is still good."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final

from tui_app.fetch import Shelved
from tui_app.redlist import Paging
from tui_app.store import PageRow, Store

FRESH_FOR: Final = timedelta(days=1)
"""The Red List is published two or three times a year, and corrected in between."""


class StoreShelf:
    """The kept pages of one source.

    Args:
        store: where.
        origin: whose pages.
        red_list_version: which Red List the source has now; None where it doesn't say. Pages
            of another are asked about anew, however young.
        moved: paths of lists that changed while they were fetched: asked about anew as well.
    """

    def __init__(
        self,
        store: Store,
        origin: str,
        red_list_version: str | None,
        moved: frozenset[str] = frozenset(),
    ) -> None:
        self._store = store
        self._origin = origin
        self._version = red_list_version
        self.moved = moved

    def find(self, path: str) -> Shelved | None:
        """The newest page kept for a path, or None."""
        page = self._store.shelved(self._origin, path)
        if page is None or page.body_id is None:
            return None
        return Shelved(
            rows=page.rows,
            etag=page.etag,
            fresh=path not in self.moved
            and is_fresh(page.fetched_utc)
            and self._same_version(page),
            paging=Paging(page.total_pages, page.total_count),
            fetched_utc=page.fetched_utc,
            reference=page.body_id or 0,
            body=partial(self._store.shelved_body, page.body_id or 0),
        )

    def fresh(self) -> dict[str, PageRow]:
        """All pages that are as good as new, by their path, without their bodies."""
        since = datetime.now(UTC) - FRESH_FOR
        kept = self._store.shelved_since(self._origin, since.isoformat(timespec="seconds"))
        return {
            path: page
            for path, page in kept.items()
            if path not in self.moved
            and page.body_id is not None
            and is_fresh(page.fetched_utc)
            and self._same_version(page)
        }

    def _same_version(self, page: PageRow) -> bool:
        versions = {self._version, page.red_list_version} - {None}
        return len(versions) < 2


def is_fresh(then_utc: str, within: timedelta = FRESH_FOR) -> bool:
    """Whether a time (ISO 8601, UTC) is less than so long ago, and not in the future."""
    try:
        then = datetime.fromisoformat(then_utc)
    except ValueError:
        return False
    if then.tzinfo is None:
        then = then.replace(tzinfo=UTC)
    # A minute's grace: two machines that share a folder don't agree to the second.
    return -timedelta(minutes=1) < datetime.now(UTC) - then < within
