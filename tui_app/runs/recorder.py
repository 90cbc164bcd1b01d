"""Recording runs in the store: what arrives, and a run from its first row to its last."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from time import monotonic
from typing import Any, Final

from tui_app.fetch import (
    Cancel,
    FailedAttempt,
    Observer,
    Page,
    Plan,
    ResponseCache,
    Result,
    run,
)
from tui_app.redlist import Query, redact
from tui_app.redlist.errors import KeepError, RunHalted, StoreFault
from tui_app.settings import Settings
from tui_app.store import AttemptRow, NewRun, PageRow, RunRow, RunState, Store

from .planning import Source, kept_settings, shared_starts
from .records import RunRecords
from .summary import (
    MISSING,
    Summary,
    damaged,
    error_of,
    outdated,
    shifts,
    summary_of,
    with_errors,
    without_errors,
)


@dataclass(frozen=True, slots=True)
class StoreRecorder:
    """Records one run's pages and timings, which are relative to ``zero`` (monotonic clock)."""

    store: Store
    run: RunRow
    zero: float

    def keep(self, items: Sequence[Page | FailedAttempt]) -> None:
        """Commit pages and failed attempts with their timings, all of them or none."""
        self.store.keep(self.run.run, [self._rows(item) for item in items])

    def _rows(self, item: Page | FailedAttempt) -> tuple[PageRow | None, AttemptRow | None]:
        if isinstance(item, FailedAttempt):
            return None, attempt_row(item, self.zero)
        cached = item.cached
        target, number = item.request.key
        page = PageRow(
            target=target,
            page=number,
            path=item.request.path,
            status=item.status,
            rows=item.rows,
            etag=item.headers.get("etag") or (cached.etag if cached else None),
            total_pages=item.paging.total_pages,
            total_count=item.paging.total_count,
            body=item.body,
            rows_key=item.request.operation.rows_key,
            # A page that no request was sent for is as old as it was.
            fetched_utc=cached.fetched_utc if cached and not item.was_sent else "",
            body_id=cached.reference if cached else None,
            red_list_version=self.run.red_list_version,
        )
        if not item.was_sent:
            return page, None
        return None if item.past_end else page, attempt_row(item, self.zero)


_TIMES: Final = ("queued", "started", "dns", "connected", "sent", "headers", "body", "decoded")


def attempt_row(item: Page | FailedAttempt, zero: float = 0.0) -> AttemptRow:
    """An attempt as it is saved, its times relative to ``zero``."""
    page = item if isinstance(item, Page) else None
    error = item.error if isinstance(item, FailedAttempt) else None
    request, phases = item.request, item.phases
    times = {name: getattr(phases, name) for name in _TIMES}
    return AttemptRow(
        request=request.number,
        attempt=item.attempt,
        target=request.key[0],
        page=request.key[1],
        label=request.label,
        status=item.status if isinstance(item, Page) else item.error.status,
        kind=error.kind if error else "",
        message=redact(error.detail) if error else "",
        final=not isinstance(item, FailedAttempt) or item.final,
        size_bytes=page.size_bytes if page else 0,
        rows=page.rows if page else 0,
        server_s=seconds_in(page.headers.get("x-runtime")) if page else None,
        pace_wait_s=phases.pace_wait_s,
        **{name: None if math.isnan(at) else round(at - zero, 6) for name, at in times.items()},
    )


def seconds_in(said: str | float | None) -> float | None:
    """What a server says it spent; None for what can't be."""
    try:
        seconds = math.nan if said is None else float(said)
    except ValueError:
        return None
    return seconds if 0 <= seconds < math.inf else None


class RunRecorder:
    """Begins, carries out and ends runs in one store."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def begin(
        self,
        plan: Plan,
        settings: Settings,
        source: Source,
        comparison: int | None = None,
        *,
        lookup: bool = False,
    ) -> Plan:
        """Note that a plan is going to be carried out; gives it the run's id."""
        replays = source.replays  # its rows are of that Red List, and cited as such
        run_id = self.store.begin(
            NewRun(
                source=source.name,
                api=plan.query.api,
                base_url=source.base_url,
                method=plan.method,
                label=plan.query.label,
                operations=tuple(target.label for target in plan.query.targets),
                settings={**kept_settings(plan, settings), **source.kept()},
                comparison=comparison,
                origin=source.origin,
                lookup=lookup,
                red_list_version=None if replays is None else replays.red_list_version,
            )
        )
        return replace(plan, run=run_id)

    def carry(
        self,
        plan: Plan,
        observer: Observer,
        cancel: Cancel,
        offset_s: float = 0.0,
        *,
        cache: ResponseCache | None = None,
        check_version: Callable[[float], str | None] = lambda seconds: None,
    ) -> tuple[Result, Summary]:
        """Carry out a plan that has its run's id, and note how it ended.

        ``offset_s`` are the seconds that earlier parts of a resumed run took. ``check_version``
        gets those of this part, and requests the Red List version that the server has now, if it
        may be another one than when the part began.
        """
        store = self.store
        try:
            row = store.run(plan.run)
            recorder = StoreRecorder(store, row, monotonic() - offset_s)
            starts, timed = shared_starts(store, plan), row.comparison is not None
            try:
                result = run(plan, observer, cancel, recorder, cache, starts=starts, timed=timed)
            except Exception:
                summary = self.summary(plan.run, None, stopped=True, query=plan.query)
                store.end(plan.run, _state(summary), summary.to_json())
                raise
            return result, self._end(plan, result, cancel, offset_s, check_version)
        except KeyboardInterrupt:  # before it was under way, or while its lines were counted
            store.end(plan.run, RunState.STOPPED, store.run(plan.run).summary)
            raise

    def _end(
        self,
        plan: Plan,
        result: Result,
        cancel: Cancel,
        offset_s: float,
        check_version: Callable[[float], str | None],
    ) -> Summary:
        failed = result.totals.stopped
        stopped = result.cancelled or failed is not None
        if result.totals.pages and not stopped:
            version = check_version(result.seconds)
            if version is not None:
                self.store.set_version(plan.run, version)
        summary = self.summary(
            plan.run, offset_s + result.seconds, stopped=stopped, query=plan.query
        )
        because = failed.sentence() if isinstance(failed, RunHalted | KeepError) else None
        before_s = self.store.run(plan.run).summary.get("cpu_seconds") or 0.0
        summary = replace(
            summary,
            stopped_because=because,
            # v3's pages do not tell; the policy found their end.
            pages_total=result.pages_total or None
            if summary.pages_total is None
            else summary.pages_total,
            cpu_seconds=round(before_s + result.cpu_s, 6),
        )
        state = _state(summary)
        if result.cancelled and not summary.complete:
            state = RunState.STOPPED
        locked = isinstance(failed, KeepError) and failed.fault is StoreFault.LOCKED
        try:
            # Who has waited for a minute already need not wait for another one.
            with self.store.waiting.unless(lambda: locked or cancel.is_set()):
                self.store.end(plan.run, state, summary.to_json())
        except KeepError as error:  # the run stays open, and resume finishes it
            if failed is None:
                summary = replace(summary, complete=False, stopped_because=error.sentence())
        return summary

    def summary(
        self,
        run_id: str,
        seconds: float | None,
        *,
        stopped: bool,
        records: RunRecords | None = None,
        query: Query | None = None,
    ) -> Summary:
        """A run in figures, counted anew from the store.

        Damaged pages of ``records`` are left out. Without them the run has just ended, with
        ``query``: nothing is checked, and if it was stopped, its lines are counted quickly.
        """
        row = self.store.run(run_id)
        records = records or RunRecords(self.store, row, query, trusted=True)
        pages = records.sound
        details, attempts = self.store.details(row.run), self.store.attempts(row.run)
        summary = summary_of(row, pages, attempts, details, seconds=seconds, stopped=stopped)
        # The runs of a comparison are timed, not kept: their pages are the same each time. A run
        # that ended complete had no such rows; reading them all again takes a second for 160,000.
        whole = row.state is RunState.COMPLETE and row.summary.get("complete")
        known = whole and not records.may_repeat and len(pages) == len(records.pages)
        found = () if row.comparison is not None or known else shifts(self.store, row, pages)
        # A run whose lists lack rows, or changed while they were fetched, is not complete.
        wrong = [error_of(row.operations[one.target], *one.wrong) for one in found if one.wrong]
        wrong += damaged(records.damaged)
        wrong += outdated(self.store, row)
        repeated = sum(one.repeated for one in found)
        changes: dict[str, Any] = {"records": summary.records - repeated, "repeated": repeated}
        if row.settings.get("intersect") or row.settings.get("distinct"):
            changes["records"] = sum(part.rows for part in records.all_parts)
            changes["records_total"] = None
        if row.settings.get("details"):
            wanted = set(records.wanted_assessments())
            changes["details_total"] = len(wanted)
            known = {one["request"] for one in (*summary.errors, *wrong)}
            known.update(row.operations[page.target] for page in pages if page.page is None)
            names = () if stopped else (f"assessment/{one}" for one in wanted.difference(details))
            lacking = len(set(names) - known)
            if lacking:
                are = "is" if lacking == 1 else "are"
                words = f"{lacking:,} of the full assessments that its rows name {are} missing"
                wrong.append(error_of(row.label, MISSING, words))
        hurried = stopped and query is not None
        if records.lines is not None:
            counts = records.lines.counts_at_stop if hurried else records.lines.counts
            changes["lines"], changes["lines_repeated"] = counts()
            if records.query.resolved and not hurried:
                summary = without_errors(summary, records.lines.resolved(), stopped=stopped)
        taxa = any(target.operation.gives_taxon for target in records.query.targets)
        if (records.lines is not None or taxa) and not (hurried and records.query.history):
            changes["rows"] = records.count()
        return with_errors(replace(summary, **changes), wrong)


def _state(summary: Summary) -> RunState:
    if summary.complete:
        return RunState.COMPLETE
    return RunState.PARTIAL if summary.pages else RunState.FAILED
