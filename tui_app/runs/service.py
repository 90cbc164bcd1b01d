"""Start, watch, stop, resume, compare, export: what both faces can do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from tui_app.compare import Comparison, TimedRun, TimedStart
from tui_app.export import (
    Exported,
    can_be_replaced,
    write_csv,
    write_jsonl,
    write_meta,
    write_requests,
)
from tui_app.fetch import Cancel, Observer, Plan, stream
from tui_app.fetch.events import nobody
from tui_app.redlist import Query, make_query
from tui_app.redlist.errors import KeepError, RequestError, TokenRefused, UsageError
from tui_app.settings import Settings
from tui_app.store import AttemptRow, RunRow, RunState, Store

from .comparing import Comparer
from .planning import make_plan, settings_of
from .recording import Recorder
from .records import DEMO, RecordsView, RunRecords
from .source import Source, Sources
from .suggest import suggest_codes
from .summary import Summary, last_end_s


@dataclass(frozen=True, slots=True)
class FailureRow:
    """A kind of failure of one run, and how often it came.

    Attributes:
        label: the first request that met it, in words.
        kind: as in :mod:`tui_app.redlist.errors`.
        message: what happened.
        advice: what to do.
        count: how many attempts met it.
        lost: how many requests were given up because of it.
    """

    label: str
    kind: str
    message: str
    advice: str
    count: int
    lost: int


class Service:
    """What both faces stand on. Safe between threads; close it when done.

    Args:
        settings: where runs are kept, and the defaults for what follows.

    Raises:
        KeepError: the store can't be used.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._store = Store(settings.home)
        self._recorder = Recorder(self._store)
        self._sources = Sources()

    def close(self) -> None:
        """Stop the demo servers and close the store; safe to call twice."""
        self._sources.close()
        self._store.close()

    # -- fetching ------------------------------------------------------------------------

    def fetch(
        self,
        query: Query,
        settings: Settings,
        *,
        observer: Observer = nobody,
        cancel: Cancel | None = None,
    ) -> Summary:
        """Fetch and keep; returns when it has ended, one way or another.

        Raises:
            TokenRefused: the token is missing or wrong, and nothing arrived.
            RedListError: nothing could be started or kept; says why.
        """
        source = self.open(settings)
        plan = make_plan(query, settings, source, settings.method, settings.pages)
        run_id = self._recorder.begin(plan, settings, source)
        return self._carry(replace(plan, run=run_id), observer, cancel or Cancel())

    def resume(
        self, run_id: str, *, observer: Observer = nobody, cancel: Cancel | None = None
    ) -> Summary:
        """Finish a run with the settings it began with, asking for nothing that is kept.

        Raises:
            UsageError: there is no such run, or nothing is left of it to do.
        """
        row = self._store.run(run_id)
        if row.state is RunState.COMPLETE:
            raise UsageError(
                f"Run {row.run} is complete: nothing is left to fetch.",
                f"`iucn-tui export {row.run}` writes it.",
            )
        settings = settings_of(row, self.settings)
        query = make_query(row.operations, "v3" if row.api == "v3" else "v4")
        source = self.open(settings)
        pages = self._store.pages(row.run)
        attempts = self._store.attempts(row.run)
        plan = replace(
            make_plan(query, settings, source, settings.method, settings.pages),
            run=row.run,
            kept=frozenset((page.target, page.page) for page in pages),
            known_pages={
                page.target: page.total_pages for page in pages if page.total_pages is not None
            },
            first_number=1 + max((one.request for one in attempts), default=-1),
        )
        self._store.reopen(row.run, plan.method)
        before_s = max(float(row.summary.get("seconds", 0.0)), last_end_s(attempts))
        return self._carry(plan, observer, cancel or Cancel(), offset_s=before_s)

    def open(self, settings: Settings) -> Source:
        """The server that these settings mean; starts the demo server if need be."""
        return self._sources.open(settings)

    def _carry(
        self, plan: Plan, observer: Observer, cancel: Cancel, offset_s: float = 0.0
    ) -> Summary:
        result, summary = self._recorder.carry(plan, observer, cancel, offset_s)
        stopped = result.totals.stopped
        if isinstance(stopped, TokenRefused) and not summary.pages:
            raise stopped
        if isinstance(stopped, KeepError):
            stopped.pages = summary.pages
        if stopped is not None and not isinstance(stopped, RequestError):
            raise stopped  # the store failed: what it has is kept
        return summary

    def versions(self, settings: Settings) -> dict[str, str]:
        """What the server says of itself: ``api_version``, ``red_list_version``.

        Raises:
            RequestError: it can't be reached, or refuses the token.
        """
        asked = (
            ("information/api_version", "information/red_list_version")
            if settings.api == "v4"
            else ("version",)
        )
        query = make_query(asked, settings.api)
        source = self.open(settings)
        plan = make_plan(query, replace(settings, retries=0), source, "sequential", None)
        said: dict[str, str] = {}
        for page in stream(plan):
            said.update({name: str(value) for name, value in page.records()[0].items()})
        return said

    def suggestions(self, run_id: str) -> tuple[str, ...]:
        """For a run that found nothing: codes that exist and look like the one asked for.

        Asks the run's server for the code list, one request.
        """
        row = self._store.run(run_id)
        settings = settings_of(row, self.settings)
        return suggest_codes(row, self.open(settings), settings)

    def compare(
        self,
        query: Query,
        settings: Settings,
        *,
        observer: Observer = nobody,
        cancel: Cancel | None = None,
        on_start: Callable[[TimedStart], None] = lambda start: None,
        on_finish: Callable[[TimedRun], None] = lambda run: None,
    ) -> Comparison:
        """Time methods against each other: see :class:`~tui_app.runs.comparing.Comparer`."""
        comparer = Comparer(self._recorder, query, settings, self.open(settings))
        return comparer.compare(observer, cancel or Cancel(), on_start, on_finish)

    # -- looking back --------------------------------------------------------------------

    def runs(self, limit: int | None = None, *, comparisons: bool = True) -> list[RunRow]:
        """The runs that are kept, newest first; without those of comparisons if so wished."""
        found = self._store.runs(limit if comparisons else None)
        if not comparisons:
            found = [row for row in found if row.comparison is None][:limit]
        return found

    def run(self, run_id: str) -> RunRow:
        """One run, by id or ``last``."""
        return self._store.run(run_id)

    def summary(self, run_id: str) -> Summary:
        """One run in figures; of one that was killed, what can be said."""
        row = self._store.run(run_id)
        seconds = row.summary.get("seconds")
        return self._recorder.summary(row.run, seconds, stopped=row.state is not RunState.COMPLETE)

    def attempts(self, run_id: str) -> list[AttemptRow]:
        """All attempts of a run, by request and attempt."""
        return self._store.attempts(self._store.run(run_id).run)

    def records(self, run_id: str) -> RecordsView:
        """A run's records as a table."""
        return RecordsView(RunRecords(self._store, self._store.run(run_id)))

    def failures(self, run_id: str) -> list[FailureRow]:
        """What went wrong in a run, grouped, most frequent first."""
        groups: dict[tuple[str, str], list[AttemptRow]] = {}
        for attempt in self.attempts(run_id):
            if attempt.kind:
                groups.setdefault((attempt.kind, attempt.message), []).append(attempt)
        advice = {kind.kind: kind.advice for kind in RequestError.__subclasses__()}
        return [
            FailureRow(
                label=group[0].label,
                kind=kind,
                message=message,
                advice=advice.get(kind, ""),
                count=len(group),
                lost=sum(one.final for one in group),
            )
            for (kind, message), group in sorted(groups.items(), key=lambda one: -len(one[1]))
        ]

    def export(
        self,
        run_id: str,
        *,
        csv: Path | None = None,
        jsonl: Path | None = None,
        requests_csv: Path | None = None,
        csv_safe: bool = False,
    ) -> list[Exported]:
        """Write a kept run to files, each beside its ``.meta.json``; fetches nothing.

        Raises:
            ExportError: a file can't be written; says which and why.
        """
        row = self._store.run(run_id)
        written: list[Exported] = []
        if csv is not None:
            records = RunRecords(self._store, row)
            columns = records.columns_if_empty()
            written.append(write_csv(csv, records, columns=columns, safe=csv_safe))
        if jsonl is not None:
            written.append(write_jsonl(jsonl, RunRecords(self._store, row)))
        if requests_csv is not None:
            source = DEMO if row.source == "demo" else row.source
            attempts = self._store.attempts(row.run)
            written.append(write_requests(requests_csv, attempts, method=row.method, source=source))
        summary = self.summary(row.run).to_json()
        for export in written:
            if can_be_replaced(export.path):
                write_meta(export.path, summary, export.rows)
        return written
