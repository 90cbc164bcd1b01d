"""Runs that go on: a saved run's pages, saved again as another run's, when a test says so."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from tui_app.store import NewRun, PageRow, Store

DETAILS = -1


def saved_pages(store: Store, run: str) -> list[PageRow]:
    """A run's pages with their bodies, in order; then its full assessments."""
    pages = [
        msgspec.structs.replace(page, body=store.body(run, page), body_id=None)
        for page in store.pages(run)
    ]
    for number in store.details(run):
        body = store.detail(run, number)
        assert body is not None
        path = f"/api/v4/assessment/{number}"
        pages.append(
            PageRow(DETAILS, number, path, 200, 1, None, None, None, body, fetched_utc="2026-11-01")
        )
    return pages


def begin_again(store: Store, run: str) -> str:
    """Begin a run that fetches what another one did."""
    row = store.run(run)
    return store.begin(
        NewRun(
            row.source, row.api, row.base_url, row.method, row.label, row.operations, row.settings
        )
    )


def keep(store: Store, run: str, pages: Sequence[PageRow]) -> None:
    """Commit pages of a run that goes on."""
    store.keep(run, [(page, None) for page in pages])
