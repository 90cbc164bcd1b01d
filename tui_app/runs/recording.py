"""Carrying out a plan with the store as its keeper, from the run's first row to its last."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from time import monotonic

from tui_app.fetch import Cancel, Observer, Plan, Result, Shelf, run
from tui_app.redlist import Query
from tui_app.redlist.errors import KeepError, RunHalted
from tui_app.settings import Settings
from tui_app.store import NewRun, RunRow, RunState, Store

from .keeper import StoreKeeper
from .planning import kept_settings
from .records import RunRecords
from .shifted import shifts
from .source import Source
from .summary import Summary, summarise


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
        red_list_version: str | None = None,
    ) -> str:
        """Note that a plan is going to be carried out; gives the run's id."""
        if source.replays is not None:  # the rows are of that Red List, and cited as such
            red_list_version = source.replays.red_list_version
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
                red_list_version=red_list_version,
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
        ask_version: Callable[[], str | None] | None = None,
    ) -> tuple[Result, Summary]:
        """Carry out a plan that has its id, and note how it ended.

        Args:
            plan: with :attr:`~tui_app.fetch.Plan.run` set.
            observer: told of every step.
            cancel: stops it.
            offset_s: seconds that earlier parts of a resumed run took.
            shelf: what earlier runs kept; None uses nothing of it.
            ask_version: asks which Red List this was, where nobody knows yet.
        """
        try:
            return self._carried(
                plan, observer, cancel, offset_s, shelf=shelf, ask_version=ask_version
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
        ask_version: Callable[[], str | None] | None,
    ) -> tuple[Result, Summary]:
        keeper = StoreKeeper(self.store, plan.run, monotonic(), offset_s)
        before_s = self.store.run(plan.run).summary.get("cpu_seconds") or 0.0
        try:
            result = run(plan, observer, cancel, keeper, shelf)
        except Exception:
            summary = self.summary(plan.run, None, stopped=True, query=plan.query)
            state = RunState.PARTIAL if summary.pages else RunState.FAILED
            self.store.end(plan.run, state, summary.to_json())
            raise
        stopped = result.cancelled or result.totals.stopped is not None
        if ask_version is not None and result.totals.pages and not stopped:
            version = ask_version()
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
        try:
            self.store.end(plan.run, state, summary.to_json())
        except KeepError:  # the disk is still full: the run stays open, and resume finishes it
            if not isinstance(result.totals.stopped, KeepError):
                raise
        return result, summary

    def summary(
        self, run_id: str, seconds: float | None, *, stopped: bool, query: Query | None = None
    ) -> Summary:
        """A run in figures, counted anew from the store.

        Args:
            run_id: its id.
            seconds: how long it took; None where it was killed.
            stopped: whether it was stopped before its end.
            query: what it was asked, of a run that has just ended; where it was stopped,
                somebody waits, and its lines are counted quickly.
        """
        row = self.store.run(run_id)
        summary = summarise(
            row,
            self.store.pages(row.run),
            self.store.attempts(row.run),
            self.store.details(row.run),
            seconds=seconds,
            stopped=stopped,
        )
        summary = self._shifted(row, summary)
        kept = row.settings
        if not (kept.get("details") or kept.get("intersect") or kept.get("lines")):
            return summary
        records = RunRecords(self.store, row, query)
        if kept.get("intersect"):
            count = sum(part.rows for part in records.parts)
            summary = replace(summary, records=count, records_total=None)
        if kept.get("details"):
            total = sum(1 for _ in records.wanted_assessments())
            summary = replace(summary, details_total=total)
        if records.lines is not None:
            hurried = stopped and query is not None
            counts = records.lines.counts_at_stop if hurried else records.lines.counts
            summary = replace(summary, lines=counts())
        return summary

    def _shifted(self, row: RunRow, summary: Summary) -> Summary:
        """A run whose lists changed while they were fetched is not complete."""
        if row.comparison is not None:  # timed, not kept: its pages are the same ones each time
            return summary
        found = shifts(self.store, row, self.store.pages(row.run))
        repeated = sum(one.repeated for one in found)
        errors = tuple(one.error(row.operations[one.target]) for one in found if one.incomplete)
        return replace(
            summary,
            records=summary.records - repeated,
            repeated=repeated,
            errors=summary.errors + errors,
            failed=summary.failed + len(errors),
            complete=summary.complete and not errors,
        )
