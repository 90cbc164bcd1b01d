"""What earlier runs saved of the same source, and whether it is still good."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final

from tui_app.fetch import CachedResponse
from tui_app.redlist import Paging
from tui_app.store import PageRow, Store

FRESH_FOR: Final = timedelta(days=1)
"""The Red List is published two or three times a year, and corrected in between."""


class StoreCache:
    """The saved pages of one source.

    Args:
        store: where.
        origin: whose pages.
        red_list_version: which Red List the source has now; None where it doesn't say. Pages
            of another are requested anew, however young.
        moved: paths of lists that changed while they were fetched: requested anew as well.
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

    def find(self, paths: Sequence[str]) -> Iterator[tuple[str, CachedResponse, bytes]]:
        """Of each path the newest page, if any; damaged ones are left out."""
        for page, body in self._store.cached(self._origin, paths):
            if body is not None and page.body_id is not None:
                found = CachedResponse(
                    rows=page.rows,
                    etag=page.etag,
                    fresh=self._is_fresh(page),
                    paging=Paging(page.total_pages, page.total_count),
                    fetched_utc=page.fetched_utc,
                    reference=page.body_id,
                    body=partial(self._store.cached_body, page.body_id),
                )
                yield page.path, found, body

    def fresh(self) -> dict[str, PageRow]:
        """All pages that are as good as new, by their path, without their bodies."""
        since = datetime.now(UTC) - FRESH_FOR
        saved = self._store.cached_since(self._origin, since.isoformat(timespec="seconds"))
        return {path: page for path, page in saved.items() if self._is_fresh(page)}

    def _is_fresh(self, page: PageRow) -> bool:
        same_version = len({self._version, page.red_list_version} - {None}) < 2
        return page.path not in self.moved and is_fresh(page.fetched_utc) and same_version


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
