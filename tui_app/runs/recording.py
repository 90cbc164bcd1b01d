"""Carrying out a plan with the store as its keeper, from the run's first row to its last."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from time import monotonic
from typing import Any

from tui_app.fetch import Cancel, Observer, Plan, Result, Shelf, run
from tui_app.redlist import Query
from tui_app.redlist.errors import KeepError, RunHalted, StoreFault
from tui_app.settings import Settings
from tui_app.store import NewRun, PageRow, RunRow, RunState, Store

from .keeper import StoreKeeper
from .planning import kept_settings, shared_starts
from .records import RunRecords
from .shifted import MISSING, shifts
from .source import Source
from .summary import Summary, outdated, summary_of, with_damaged, with_errors


class Recorder:
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
    ) -> str:
        """Note that a plan is going to be carried out; gives the run's id."""
        replays = source.replays  # its rows are of that Red List, and cited as such
        return self.store.begin(
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

    def carry(
        self,
        plan: Plan,
        observer: Observer,
        cancel: Cancel,
        offset_s: float = 0.0,
        *,
        shelf: Shelf | None = None,
        check_version: Callable[[float], str | None] = lambda seconds: None,
    ) -> tuple[Result, Summary]:
        """Carry out a plan that has its id, and note how it ended.

        Args:
            plan: with :attr:`~tui_app.fetch.Plan.run` set.
            observer: told of every step.
            cancel: stops it.
            offset_s: seconds that earlier parts of a resumed run took.
            shelf: what earlier runs kept; None uses nothing of it.
            check_version: told how many seconds this part took, asks which Red List the server
                has now, if it may be another one than when the part began.
        """
        try:
            return self._carried(
                plan, observer, cancel, offset_s, shelf=shelf, check_version=check_version
            )
        except KeyboardInterrupt:  # before it was under way, or while its lines were counted
            self.store.end(plan.run, RunState.STOPPED, self.store.run(plan.run).summary)
            raise

    def _carried(
        self,
        plan: Plan,
        observer: Observer,
        cancel: Cancel,
        offset_s: float,
        *,
        shelf: Shelf | None,
        check_version: Callable[[float], str | None],
    ) -> tuple[Result, Summary]:
        row = self.store.run(plan.run)
        keeper = StoreKeeper(self.store, plan.run, monotonic(), offset_s, row.red_list_version)
        before_s = row.summary.get("cpu_seconds") or 0.0
        try:
            starts = shared_starts(self.store, plan)
            result = run(plan, observer, cancel, keeper, shelf, starts=starts)
        except Exception:
            summary = self.summary(plan.run, None, stopped=True, query=plan.query)
            state = RunState.PARTIAL if summary.pages else RunState.FAILED
            self.store.end(plan.run, state, summary.to_json())
            raise
        stopped = result.cancelled or result.totals.stopped is not None
        if result.totals.pages and not stopped:
            version = check_version(result.seconds)
            if version is not None:
                self.store.set_version(plan.run, version)
        summary = self.summary(
            plan.run, offset_s + result.seconds, stopped=stopped, query=plan.query
        )
        if isinstance(reason := result.totals.stopped, RunHalted | KeepError):
            summary = replace(summary, stopped_because=reason.sentence())
        if summary.pages_total is None and result.pages_total:
            # v3's pages do not tell; the policy found their end.
            summary = replace(summary, pages_total=result.pages_total)
        summary = replace(summary, cpu_seconds=round(before_s + result.cpu_s, 6))
        if summary.complete:
            state = RunState.COMPLETE
        elif result.cancelled:
            state = RunState.STOPPED
        else:
            state = RunState.PARTIAL if summary.pages else RunState.FAILED
        failed = result.totals.stopped
        locked = isinstance(failed, KeepError) and failed.fault is StoreFault.LOCKED
        try:
            # Who has waited for a minute already need not wait for another one.
            with self.store.waiting.unless(lambda: locked or cancel.is_set()):
                self.store.end(plan.run, state, summary.to_json())
        except KeepError as error:  # the run stays open, and resume finishes it
            if failed is None:
                summary = replace(summary, complete=False, stopped_because=error.sentence())
        return result, summary

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

        Args:
            run_id: its id.
            seconds: how long it took; None where that is not known.
            stopped: whether it was stopped before its end.
            records: of the run, whose damaged pages are left out; None: those just saved are not.
            query: what it was asked, of a run that has just ended; where it was stopped,
                somebody waits, and its lines are counted quickly.
        """
        row = self.store.run(run_id)
        records = records or RunRecords(self.store, row, query, trusted=True)
        pages = records.sound
        details = self.store.details(row.run)
        summary = summary_of(
            row,
            pages,
            self.store.attempts(row.run),
            details,
            seconds=seconds,
            stopped=stopped,
        )
        summary = with_damaged(self._counted(row, pages, summary), records.damaged)
        summary = with_errors(summary, outdated(self.store, row))
        kept = row.settings
        if not (kept.get("details") or kept.get("intersect") or kept.get("lines")):
            return summary
        if kept.get("intersect"):
            count = sum(part.rows for part in records.parts)
            summary = replace(summary, records=count, records_total=None)
        if kept.get("details"):
            wanted = set(records.wanted_assessments())
            summary = replace(summary, details_total=len(wanted))
            if not stopped:
                summary = with_errors(summary, _lacking(wanted - set(details), row, pages, summary))
        if records.lines is not None:
            hurried = stopped and query is not None
            counts = records.lines.counts_at_stop if hurried else records.lines.counts
            summary = replace(summary, lines=counts())
        return summary

    def _counted(self, row: RunRow, pages: list[PageRow], summary: Summary) -> Summary:
        """A run whose lists lack rows, or changed while they were fetched, is not complete."""
        if row.comparison is not None:  # timed, not kept: its pages are the same ones each time
            return summary
        found = shifts(self.store, row, pages)
        repeated = sum(one.repeated for one in found)
        errors = [one.error(row.operations[one.target]) for one in found if one.incomplete]
        summary = replace(summary, records=summary.records - repeated, repeated=repeated)
        return with_errors(summary, errors)


def _lacking(
    ids: set[int], row: RunRow, pages: list[PageRow], summary: Summary
) -> list[dict[str, Any]]:
    """The full assessments that rows name and that are neither saved nor given up."""
    known = {one["request"] for one in summary.errors}
    known.update(row.operations[page.target] for page in pages if page.page is None)
    lacking = len({f"assessment/{one}" for one in ids} - known)
    if not lacking:
        return []
    are = "is" if lacking == 1 else "are"
    message = f"{lacking:,} of the full assessments that its rows name {are} missing"
    return [{"request": row.label, "kind": MISSING, "message": message, "attempts": 1}]
