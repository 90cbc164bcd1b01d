"""Between a run and the store: what a fetch hands over becomes rows."""

from __future__ import annotations

import math
from collections.abc import Sequence

from tui_app.fetch import FailedAttempt, Page, Phases, Request
from tui_app.redlist import redact
from tui_app.store import AttemptRow, PageRow, Store


class StoreKeeper:
    """Keeps one run's pages and timings.

    Args:
        store: where.
        run: the run's id.
        began: the run's beginning on the monotonic clock; times are kept relative to it.
        offset_s: seconds that earlier parts of a resumed run took.
        red_list_version: which Red List the server has, if that is known.
    """

    def __init__(
        self,
        store: Store,
        run: str,
        began: float,
        offset_s: float = 0.0,
        red_list_version: str | None = None,
    ) -> None:
        self._store = store
        self._run = run
        self._version = red_list_version
        self._zero = began - offset_s
        self._rows: dict[int, tuple[PageRow, AttemptRow]] = {}  # of secured pages, by request

    def secure(self, page: Page) -> bool:
        """Make a page safe from a kill, ahead of its commit, where it has a body of its own."""
        if page.shelved is not None:
            return False
        row, attempt = self._page(page)
        if row is None or attempt is None:
            return False
        self._rows[page.request.number] = row, attempt
        return self._store.secure(self._run, row, attempt)

    def keep(self, items: Sequence[Page | FailedAttempt]) -> None:
        """Commit pages and failed attempts with their timings, all of them or none."""
        self._store.keep(self._run, [self._row(item) for item in items])
        for item in items:
            self._rows.pop(item.request.number, None)

    def _row(self, item: Page | FailedAttempt) -> tuple[PageRow | None, AttemptRow | None]:
        if isinstance(item, FailedAttempt):
            return None, self._failed(item)
        return self._rows.get(item.request.number) or self._page(item)

    def _page(self, page: Page) -> tuple[PageRow | None, AttemptRow | None]:
        said = page.paging
        shelved = page.shelved
        target, number = page.request.key
        row = PageRow(
            target=target,
            page=number,
            path=page.request.path,
            status=page.status,
            rows=page.rows,
            etag=page.headers.get("etag") or (shelved.etag if shelved else None),
            total_pages=said.total_pages,
            total_count=said.total_count,
            body=page.body,
            rows_key=page.request.operation.rows_key,
            # A page that nobody was asked about is as old as it was.
            fetched_utc=shelved.fetched_utc if shelved and not page.was_sent else "",
            body_id=shelved.reference if shelved else None,
            red_list_version=self._version,
        )
        if not page.was_sent:
            return row, None
        return None if page.past_end else row, self._attempt(
            page.request,
            page.attempt,
            page.phases,
            status=page.status,
            size_bytes=page.size_bytes,
            rows=page.rows,
            server_s=_number(page.headers.get("x-runtime")),
        )

    def _failed(self, attempt: FailedAttempt) -> AttemptRow:
        return self._attempt(
            attempt.request,
            attempt.attempt,
            attempt.phases,
            status=attempt.error.status,
            kind=attempt.error.kind,
            message=redact(attempt.error.detail),
            final=attempt.final,
        )

    def _attempt(
        self,
        request: Request,
        number: int,
        phases: Phases,
        *,
        status: int | None,
        kind: str = "",
        message: str = "",
        final: bool = True,
        size_bytes: int = 0,
        rows: int = 0,
        server_s: float | None = None,
    ) -> AttemptRow:
        return AttemptRow(
            request=request.number,
            attempt=number,
            target=request.key[0],
            page=request.key[1],
            label=request.label,
            status=status,
            kind=kind,
            message=message,
            final=final,
            size_bytes=size_bytes,
            rows=rows,
            server_s=server_s,
            pace_wait_s=phases.pace_wait_s,
            queued=self._since(phases.queued),
            started=self._since(phases.started),
            dns=self._since(phases.dns),
            connected=self._since(phases.connected),
            sent=self._since(phases.sent),
            headers=self._since(phases.headers),
            body=self._since(phases.body),
            decoded=self._since(phases.decoded),
        )

    def _since(self, at: float) -> float | None:
        return None if math.isnan(at) else round(at - self._zero, 6)


def _number(text: str | None) -> float | None:
    try:
        return None if text is None else float(text)
    except ValueError:
        return None
