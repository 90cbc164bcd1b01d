"""Timing methods against each other: the same pages, from the same server."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from tui_app.compare import (
    Comparison,
    Sweep,
    TimedRun,
    TimedStart,
    cap_page_counts,
    latency,
    schedule,
    summarise,
    warm_ups,
)
from tui_app.fetch import Cancel, Observer, run
from tui_app.methods import METHODS
from tui_app.redlist import Query
from tui_app.redlist.errors import UsageError
from tui_app.settings import Settings, parse_choice

from .planning import make_plan
from .recording import Recorder
from .source import Source


class Comparer:
    """One comparison.

    A first request learns how many pages there are, and every timed run is told: none has to
    wait for its first page before it may ask for the others, and none asks past the end.

    Args:
        recorder: keeps the runs.
        query: what to fetch, again and again.
        settings: methods, page counts, repeats, warm-up, seed.
        source: the server.

    Raises:
        UsageError: there is nothing to compare: no pages, or no method.
    """

    def __init__(
        self, recorder: Recorder, query: Query, settings: Settings, source: Source
    ) -> None:
        if not all(target.operation.paged for target in query.targets):
            raise UsageError(
                f"{query.label} has no pages to compare at.",
                "Try a list, such as red_list_categories/CR.",
            )
        self._methods = tuple(
            parse_choice(name, "method", tuple(METHODS)) for name in settings.methods
        )
        if not self._methods:
            raise UsageError("No method is chosen.", f"Choose from {', '.join(METHODS)}.")
        self._recorder = recorder
        self._query = query
        self._settings = settings
        self._source = source

    def compare(
        self,
        observer: Observer,
        cancel: Cancel,
        on_start: Callable[[TimedStart], None],
        on_finish: Callable[[TimedRun], None],
    ) -> Comparison:
        """Time it all; what is done so far where it is cancelled.

        Raises:
            RequestError: the first request failed, or the token was refused.
            KeepError: the store failed.
        """
        known = self._learn_pages(cancel)
        sweep, note = self._sweep(known)
        store = self._recorder.store
        comparison = store.begin_comparison(self._query.label)
        done: list[TimedRun] = []
        lost = 0
        for planned in (*warm_ups(sweep), *schedule(sweep)):
            if cancel.is_set():
                break
            timed = self._time(
                planned, known, comparison, observer=observer, cancel=cancel, on_start=on_start
            )
            if cancel.is_set():
                break  # a run that was cut short is no measurement
            lost += timed.failed
            if not planned.warmup:
                done.append(timed)
                on_finish(timed)
        outcome = Comparison(
            settings=self._described(sweep),
            runs=tuple(done),
            summary=tuple(summarise(done, self._methods, self._settings.seed)),
            complete=not cancel.is_set() and not lost,
            note=note,
        )
        store.end_comparison(comparison, outcome.to_json())
        return outcome

    def _learn_pages(self, cancel: Cancel) -> dict[int, int]:
        plan = make_plan(self._query, self._settings, self._source, "sequential", 1)
        result = run(plan, cancel=cancel)
        if result.totals.stopped is not None:
            raise result.totals.stopped
        if result.totals.failures:
            raise result.totals.failures[0].error
        return {
            page.request.target_index: page.paging.total_pages
            for page in result.pages
            if page.paging.total_pages is not None
        }

    def _sweep(self, known: dict[int, int]) -> tuple[Sweep, str]:
        settings = self._settings
        # "--pages N" is N of each operation, so the longest list sets the limit.
        total = max(known.values()) if len(known) == len(self._query.targets) else None
        counts = cap_page_counts(settings.page_counts, total)
        note = ""
        if counts != settings.page_counts:
            note = f"{self._query.label} has only {total} pages; larger page counts became {total}."
        sweep = Sweep(
            self._methods,
            counts,
            settings.repeats,
            settings.warmup,
            settings.shuffle,
            settings.seed,
        )
        return sweep, note

    def _time(
        self,
        planned: TimedStart,
        known: dict[int, int],
        comparison: int,
        *,
        observer: Observer,
        cancel: Cancel,
        on_start: Callable[[TimedStart], None],
    ) -> TimedRun:
        plan = replace(
            make_plan(self._query, self._settings, self._source, planned.method, planned.pages),
            known_pages=known,
        )
        run_id = self._recorder.begin(plan, self._settings, self._source, comparison)
        on_start(replace(planned, run=run_id))
        result, summary = self._recorder.carry(replace(plan, run=run_id), observer, cancel)
        if result.totals.stopped is not None:
            raise result.totals.stopped
        return TimedRun(
            method=planned.method,
            pages=planned.pages,
            repeat=planned.repeat,
            order=planned.order,
            seconds=round(result.seconds, 6),
            ideal_seconds=summary.ideal_seconds,
            requests=summary.requests,
            failed=summary.failed,
            latency_ms=latency(seconds for _, seconds in result.totals.latencies_s),
            run=run_id,
        )

    def _described(self, sweep: Sweep) -> dict[str, Any]:
        settings = self._settings
        demo = self._source.name == "demo"
        return {
            "source": self._source.name,
            "api": self._query.api,
            "base_url": self._source.base_url,
            "demo_profile": settings.demo_profile if demo else None,
            "operations": [target.label for target in self._query.targets],
            "methods": list(sweep.methods),
            "pages": list(sweep.page_counts),
            "concurrency": settings.concurrency,
            "rate": settings.effective_rate(),
            "repeats": sweep.repeats,
            "warmup": sweep.warmup,
            "shuffle": sweep.shuffle,
            "seed": sweep.seed,
        }
