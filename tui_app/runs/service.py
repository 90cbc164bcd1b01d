"""Fetch, resume, compare, replay and forecast: what all faces call.

What they can do with saved runs is in :mod:`tui_app.runs.history`, forecasts in
:mod:`tui_app.runs.forecasting`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec

from tui_app.compare.comparison import Comparison
from tui_app.compare.statistics import TimedRun
from tui_app.compare.sweep import TimedStart
from tui_app.export.atomic import Exported
from tui_app.fetch import Cancel, Event, Observer, Plan, stream
from tui_app.fetch.events import nobody
from tui_app.redlist import Query, Token, make_query, parse_target
from tui_app.redlist.codes import Code, nearest
from tui_app.redlist.errors import (
    Advice,
    KeepError,
    RedListError,
    Retired,
    TokenRefused,
    UsageError,
)
from tui_app.redlist.names_file import SCIENTIFIC_NAME, asked_name
from tui_app.settings import Settings
from tui_app.store import RunInUse, RunRow, RunState, Store, Waiting

from .comparing import Comparer
from .forecasting import Forecasting
from .history import History, read_codes, saved_codes, with_saved_codes
from .kept_workload import known_work
from .matching import look_up
from .planning import (
    HOLDS_S,
    PATIENCE_S,
    JobRequest,
    Source,
    StoreCache,
    ask_version,
    make_plan,
    query_of,
    saved_version,
    settings_of,
    shared_starts,
)
from .records import RunRecords
from .replaying import Replay, look_at, recorded
from .summary import Summary


class Service(History, Forecasting):
    """Fetches, compares and reads saved runs. Safe between threads; close it when done.

    ``on_wait`` is called from any thread with the seconds that it has waited for another program
    to release the store, again and again, and with 0 when that is over. A given ``store`` is used
    and closed; without one the settings' is opened. For ``version_holds_s`` seconds a run that
    sends requests relies on the Red List version that a server named.

    Raises:
        KeepError: the store can't be used.
    """

    def __init__(
        self,
        settings: Settings,
        on_wait: Callable[[float], None] = lambda waited_s: None,
        *,
        store: Store | None = None,
        version_holds_s: float = HOLDS_S,
    ) -> None:
        self.settings = settings
        self._version_holds_s = version_holds_s
        if store is None:
            store = Store(settings.home, Waiting(on_wait))
        store.waiting.tell = on_wait
        History.__init__(self, store)
        Forecasting.__init__(self, store)

    @property
    def notices(self) -> tuple[str, ...]:
        """Sentences that the user must read: what was wrong with the store when it was opened."""
        return self._store.notices

    def on_wait(self, tell: Callable[[float], None]) -> None:
        """Replace the function that is called while the store is waited for."""
        self._store.waiting.tell = tell

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
        """Fetch and save; returns when the run has ended, one way or another.

        Saved responses younger than a day are not requested, older ones are revalidated
        (``If-None-Match``), unless the settings say ``fresh``.

        Raises:
            TokenRefused: the token is missing or wrong, and nothing arrived.
            RedListError: nothing could be started or saved; says why.
        """
        cancel = cancel or Cancel()
        with self._writing(cancel):
            source = self.open(settings)
            query = with_saved_codes(self._store, query, source.origin)
            plan = make_plan(query, settings, source, settings.method, settings.pages)
            plan = self._recorder.begin(plan, settings, source)
            return self._carry(plan, settings, source, observer, cancel)

    @contextmanager
    def _writing(self, cancel: Cancel) -> Iterator[None]:
        """Around what writes to the store; once cancelled, it doesn't wait for another's lock.

        Raises:
            KeepError: the store is read-only. Nothing has been sent yet.
        """
        self._store.check_writable()
        with self._store.waiting.unless(cancel.is_set):
            yield

    def resume(
        self,
        run_id: str,
        *,
        observer: Observer = nobody,
        cancel: Cancel | None = None,
        **changes: Any,
    ) -> Summary:
        """Finish a run; what is saved of it is not requested again.

        ``changes`` are settings to go on with (``method``, ``concurrency``, ``rate``, ``window``,
        ``retries``, ``timeout_s``…); those left out or None are as the run began.

        Raises:
            UsageError: there is no such run, nothing is left of it to do, or it is running.
            TokenWithheld: today's token may not go to the run's server.
            TokenRefused: the token is missing or wrong, and nothing has arrived by now.
            RedListError: nothing could be started or saved; says why.
        """
        row = self._store.run(run_id)
        if row.replay_of is not None:
            raise UsageError(
                f"Run {row.run} was timed on a replay of run {row.replay_of}, which has ended.",
                Advice.REPLAY_ORIGINAL,
                run=row.replay_of,
            )
        if self.is_whole(row.run):
            raise UsageError(
                f"Run {row.run} is complete: all its pages are saved.",
                Advice.EXPORT_RUN,
                run=row.run,
            )
        settings = settings_of(row, self.settings, **changes)
        cancel = cancel or Cancel()
        with self._writing(cancel):
            source = self.open(settings)
            plan = make_plan(query_of(row), settings, source, settings.method, settings.pages)
            # Claimed before it is read and anything is sent: no other program can resume it now.
            self._store.reopen(row.run, plan.method)
            plan = replace(plan, run=row.run)
            return self._carry(plan, settings, source, observer, cancel, resumed=row)

    def wanted(self, run_id: str) -> JobRequest:
        """What a saved run is to fetch, and the settings with which it began; today's token."""
        row = self._store.run(run_id)
        return JobRequest(query_of(row), settings_of(row, self.settings))

    def open(self, settings: Settings) -> Source:
        """The server that these settings mean: see :meth:`Sources.open`."""
        return self._sources.open(settings)

    @contextmanager
    def _ended_if_it_fails(self, run: str) -> Iterator[None]:
        """End a run that has begun where what comes before its first request fails."""
        try:
            yield
        except BaseException as error:
            state = RunState.PARTIAL if self._store.pages(run) else RunState.FAILED
            if isinstance(error, KeyboardInterrupt):
                state = RunState.STOPPED
            self._store.end(run, state, self._store.run(run).summary)
            raise

    def _carry(
        self,
        plan: Plan,
        settings: Settings,
        source: Source,
        observer: Observer,
        cancel: Cancel,
        *,
        resumed: RunRow | None = None,
    ) -> Summary:
        """Carry out a run that has begun; then the accepted names of synonyms, if it resolves."""
        summary = self._carry_part(plan, settings, source, observer, cancel, resumed=resumed)
        if not plan.query.resolve or cancel.is_set() or summary.stopped_because:
            return summary
        row = self._store.run(summary.run)
        lines = RunRecords(self._store, row, trusted=True).lines
        if lines is None or not (further := lines.unresolved()):
            return summary
        operations = (*row.operations, *(target.label for target in further))
        self._store.reopen(row.run, plan.method, operations)
        row = self._store.run(row.run)
        plan = make_plan(query_of(row), settings, source, plan.method, plan.pages)
        plan = replace(plan, run=row.run)
        done = summary.pages + (summary.details or 0) + summary.failed

        def observe(event: Event) -> None:  # one run, so that one total counts both parts
            in_all = None if event.total is None else event.total + done
            observer(event if in_all is None else msgspec.structs.replace(event, total=in_all))

        parts = (plan, settings, source, observe, cancel)
        return self._carry_part(*parts, resumed=row, missing=False)

    def _carry_part(
        self,
        plan: Plan,
        settings: Settings,
        source: Source,
        observer: Observer,
        cancel: Cancel,
        *,
        resumed: RunRow | None = None,
        missing: bool = True,
    ) -> Summary:
        """Carry out a run that has begun; requests the Red List's version if need be.

        A saved version is used for a day by a run that sends nothing. One that does send requests
        asks first: its pages are labelled with the answer.
        """
        store, before_s = self._store, 0.0
        relied_on = timedelta(seconds=self._version_holds_s)

        def cached() -> StoreCache | None:
            return None if settings.fresh else StoreCache(store, source.origin, version)

        with self._ended_if_it_fails(plan.run):
            answered, version = saved_version(store, source)
            if (
                settings.fresh
                or not answered
                or not (
                    saved_version(store, source, relied_on)[0]
                    or not known_work(store, source.origin, plan, cached()).kinds_left()
                )
            ):
                version = ask_version(
                    store, source, settings, cancel, run_id=plan.run, observer=observer
                )
                if rate := settings.effective_rate():
                    cancel.wait(1 / rate)
                answered, _ = saved_version(store, source, timedelta(seconds=60))
            if version:
                store.set_version(plan.run, version)
            cache = cached()
            if resumed is not None:  # by now the pages of an older Red List are known to be left
                plan, moved, before_s = RunRecords(store, resumed).left(plan, missing=missing)
                if cache is not None:
                    cache.moved = moved

        def check_version(seconds: float) -> str | None:
            if answered and (version is None or seconds < self._version_holds_s):
                return None
            return ask_version(store, source, settings, cancel, after_a_run=True)

        result, summary = self._recorder.carry(
            plan, observer, cancel, before_s, cache=cache, check_version=check_version
        )
        stopped = result.totals.stopped
        if isinstance(stopped, TokenRefused | Retired | KeepError) and not summary.pages:
            raise stopped
        return summary

    def use_token(self, token: Token) -> None:
        """Send this token from now on, also for runs that began with another."""
        self.settings = replace(self.settings, token=token)

    def versions(self, settings: Settings, *, observer: Observer = nobody) -> dict[str, str]:
        """Request the server's ``api_version`` and ``red_list_version``.

        Raises:
            RequestError: it can't be reached, or refuses the token.
        """
        operations = (
            ("information/api_version", "information/red_list_version")
            if settings.api == "v4"
            else ("version",)
        )
        query = make_query(operations, settings.api)
        source = self.open(settings)
        plan = make_plan(query, replace(settings, retries=0), source, "sequential", None)
        plan = replace(plan, patience_s=PATIENCE_S)
        found: dict[str, str] = {}
        for page in stream(plan, observer, starts=shared_starts(self._store, plan)):
            found.update({name: str(value) for name, value in page.records()[0].items()})
        return found

    def suggestions(self, run_id: str) -> tuple[str, ...]:
        """For a run that found nothing: codes or names that are spelt nearly like the given one.

        The code list is requested unless it is saved; names are those of saved lists.
        """
        row = self._store.run(run_id)
        for text in row.operations:
            target = parse_target(text, "v3" if row.api == "v3" else "v4")
            stem, value = target.operation.stem, target.value
            if target.operation is SCIENTIFIC_NAME:
                name = asked_name(target)
                return look_up(self._store, row.source, [name]).near(name) if name else ()
            if value is None or stem in ("assessment", "taxa/sis"):
                continue
            codes = self.codes(stem, settings_of(row, self.settings))
            if any(one.code.casefold() == value.casefold() for one in codes):
                continue  # the code is right: something else about the request is not
            return tuple(
                f"{stem}/{one.code}" + (f" ({one.description})" if one.description else "")
                for one in nearest(value, codes)
            )
        return ()

    def codes(self, stem: str, settings: Settings) -> tuple[Code, ...]:
        """The codes of an operation (``threats``, ``countries``): saved for a day, else requested.

        Raises:
            UsageError: there is no such list.
            RequestError: it is not saved, and can't be fetched.
        """
        source, query = self.open(settings), make_query([stem], settings.api)
        (target,) = query.targets
        known, fresh = saved_codes(self._store, stem, source.origin, settings.api)
        if known and fresh:
            return known
        older = self._store.lookups(source.origin, query.label)
        plan = make_plan(query, replace(settings, retries=1), source, "sequential", None)
        plan = replace(plan, patience_s=PATIENCE_S)
        plan = self._recorder.begin(plan, settings, source, lookup=True)
        cache = StoreCache(self._store, source.origin, None)
        result, summary = self._recorder.carry(plan, nobody, Cancel(), cache=cache)
        if summary.complete:
            for one in older:
                with suppress(RunInUse):  # another program fetches the same list
                    self._store.forget(one)
            (page,) = self._store.pages(plan.run)
            return read_codes(target, self._store.body(plan.run, page))
        self._store.forget(plan.run)
        if known:  # an old list is better than none
            return known
        failures = result.totals.failures
        raise failures[0].error if failures else result.totals.stopped or RedListError(stem)

    def saved_codes(self, stem: str, settings: Settings) -> tuple[Code, ...]:
        """The codes of an operation, if they are saved; requests nothing, starts no server."""
        origin = self._sources.unopened(settings).origin
        return saved_codes(self._store, stem, origin, settings.api)[0]

    def replayable(self, run_id: str) -> Replay:
        """What of a saved run can be replayed by :meth:`compare`.

        Raises:
            UsageError: there is no such run, or nothing of it can be replayed; says why.
        """
        return look_at(self._store, self._store.run(run_id))

    def compare(
        self,
        what: Query | Replay,
        settings: Settings,
        *,
        observer: Observer = nobody,
        cancel: Cancel | None = None,
        on_start: Callable[[TimedStart], None] = lambda start: None,
        on_finish: Callable[[TimedRun], None] = lambda run: None,
    ) -> Comparison:
        """Time methods against each other: see :class:`~tui_app.runs.comparing.Comparer`.

        The pages of a replay are served by the embedded server, with the latencies that they had;
        nothing is requested of their own server. Server and API are then the run's, whatever the
        settings say.

        Raises:
            KeepError: the store failed, or there is no room for a copy of the pages.
        """
        cancel = cancel or Cancel()
        with ExitStack() as stack:
            stack.enter_context(self._writing(cancel))
            if isinstance(what, Query):
                query, replay, source = what, None, self.open(settings)
            else:
                query, replay, settings = what.query, what, what.settings(settings)
                most = max(settings.page_counts)
                file = stack.enter_context(recorded(self._store, what, most, cancel))
                source = stack.enter_context(self._sources.replaying(what.row, file))
            watched = observer, cancel, on_start, on_finish
            return Comparer(self._recorder, query, settings, source, *watched, replay).compare()

    def comparison(self, comparison: str) -> Comparison:
        """A saved comparison, by its id or ``last``.

        Raises:
            UsageError: there is none, or it did not come to its end.
        """
        from tui_app.report.report import find_comparison  # with all that draws: most do without

        return find_comparison(self._store, comparison)

    def report(self, comparison: Comparison, path: Path) -> Exported:
        """Write a report of a comparison, ``.html`` or ``.md``; fetches nothing.

        Raises:
            ExportError: the file can't be written; says why.
            UsageError: the ending gives no format, or nothing was timed.
        """
        from tui_app.report.report import report_comparison

        return report_comparison(self._store, comparison, path)
