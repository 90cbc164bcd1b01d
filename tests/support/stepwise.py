"""Runs that go on: a saved run's pages, saved again as another run's, when a test says so."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from queue import Queue
from time import monotonic
from typing import Any

import msgspec

from tests.support.screens import PATIENCE_S, request_events
from tui_app.fetch import Cancel, Event, Observer, State
from tui_app.redlist import Query
from tui_app.runs import Service, Summary
from tui_app.settings import Settings
from tui_app.store import NewRun, PageRow, RunState, Store

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


class SteppedService(Service):
    """A service whose fetches save what a test hands to them, and end when it says so.

    Attributes:
        run: the id of the fetch that goes on.
    """

    def __init__(self, settings: Settings, of: str, store: Store) -> None:
        super().__init__(settings, store=store)
        self.of = of  # the run that is fetched again
        self.run_id = ""
        self._steps: Queue[Sequence[PageRow] | None] = Queue()
        self._done: Queue[None] = Queue()

    async def arrive(self, *pages: PageRow) -> None:
        """Have these pages saved; returns when they are committed and reported.

        The application goes on meanwhile, as it may still be starting the fetch.
        """
        self._steps.put(pages)
        await asyncio.to_thread(self._done.get, timeout=PATIENCE_S)

    def end(self) -> None:
        """Have the fetch end."""
        self._steps.put(None)

    def _carry_on(self, run: str, query: Query, observer: Observer, cancel: Cancel) -> Summary:
        self.run_id, store, number = run, self._store, 0
        observer(Event(run, State.BEGUN, monotonic()))
        observer(Event(run, State.PLANNED, monotonic(), total=100))
        while (pages := self._steps.get(timeout=60)) is not None:
            keep(store, run, pages)
            for _ in pages:
                for event in request_events(run, number, monotonic() - 0.01, 0.005):
                    observer(event)
                number += 1
            self._done.put(None)
        observer(Event(run, State.ENDED, monotonic()))
        summary = self._recorder.summary(run, 1.0, stopped=cancel.is_set(), query=query)
        store.end(run, RunState.COMPLETE, summary.to_json())
        return summary

    def fetch(
        self, query: Query, settings: Settings, *, observer: Any = None, cancel: Any = None
    ) -> Summary:
        """See the class."""
        return self._carry_on(begin_again(self._store, self.of), query, observer, cancel)

    def resume(self, run_id: str, *, observer: Any = None, cancel: Any = None, **_: Any) -> Summary:
        """See the class."""
        self._store.reopen(run_id, "asyncio")
        return self._carry_on(run_id, self.wanted(run_id)[0], observer, cancel)
