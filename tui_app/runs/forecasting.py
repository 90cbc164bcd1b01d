"""Forecasts: what a run would take, from what is kept, or from a few requests."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import chain, islice
from typing import Final

from tui_app.compare.advice import advise
from tui_app.compare.forecast import Basis, Forecast, Forecaster, ForecastRow, Total, lines_of
from tui_app.compare.sweep import cap_page_counts, schedule, warm_ups
from tui_app.compare.workload import (
    ASSESSMENT,
    USUAL_COST_S,
    MeasuredRun,
    RequestKind,
    Work,
    Workload,
    kind_of,
    workload_of,
)
from tui_app.fetch import Cancel, MemoryRecorder, Page, Plan, Starts, run
from tui_app.methods import find_method, known_methods
from tui_app.redlist import ASSESSMENT as FULL_ASSESSMENT
from tui_app.redlist import FIRST_PAGE, Query, Target, assessment_ids
from tui_app.redlist.errors import NotFound
from tui_app.redlist.rate_limit import spread_s
from tui_app.settings import COURTEOUS_RATE, COURTEOUS_WINDOW, Settings
from tui_app.store import Store

from .comparing import sweep_of
from .history import with_saved_codes
from .kept_workload import KnownWork, kept_runs, known_work, probed_run
from .planning import (
    PATIENCE_S,
    Source,
    Sources,
    StoreCache,
    described,
    make_plan,
    saved_version,
    shared_starts,
)

ENOUGH: Final = 3
"""Kept answers of a kind: where there are fewer a few are asked for."""

TOGETHER: Final = 1.5
"""With fewer answers under way nothing is known of what they share."""

FEWEST_LINES: Final = 4
"""One row alone is not drawn more often than as one of so many: a form waits for it."""


class Forecasting:
    """Estimates what runs and comparisons would take, from what a store keeps."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._sources = Sources()
        self._awake: set[str] = set()  # demo servers that have been asked before

    def forecast(
        self,
        query: Query,
        settings: Settings,
        *,
        cancel: Cancel | None = None,
        ask: bool = True,
        only_own: bool = False,
    ) -> Forecast | None:
        """Estimate what fetching would take.

        Where too little is saved, ``ask`` permits up to four test requests. ``only_own``: just for
        the method and concurrency that are set. None where it was cancelled, or too little is
        known and nothing may be requested.

        Raises:
            RequestError: a test request failed.
        """
        cancel = cancel or Cancel()
        source = self._sources.open(settings) if ask else self._sources.unopened(settings)
        query = with_saved_codes(self._store, query, source.origin)
        plan = make_plan(query, settings, source, settings.method, settings.pages)
        cache = None
        if not settings.fresh:
            _, version = saved_version(self._store, source)
            cache = StoreCache(self._store, source.origin, version)
        known = known_work(self._store, source.origin, plan, cache)
        found = self._measured(known, settings, source, cancel if ask else None)
        if found is None or cancel.is_set():
            return None
        workload, basis = found
        # Those that are compared, and the one that fetches, in the usual order.
        wanted = {find_method(one).name for one in (*settings.methods, settings.method)}
        methods = [name for name in known_methods() if name in wanted]
        lines = lines_of(methods, settings.concurrency)
        if only_own:
            lines = [(plan.method, plan.in_flight)]
        work = known.work()
        rows: list[ForecastRow] = []
        advice: tuple[str, ...] = ("Everything is already saved.",)
        if work.requests:
            forecaster = Forecaster(work, workload, max(len(lines), FEWEST_LINES))
            for method, concurrency in lines:
                if cancel.is_set():
                    return None
                rows.append(forecaster.row(method, concurrency))
            advice = advise(rows, settings.method, settings.concurrency, forecaster.row)
        if cancel.is_set():
            return None
        all_paged = len(work.sizes) == len(query.targets)
        return Forecast(
            settings={
                **described(query, settings, source),
                "base_url": source.base_url if source.name == "live" else None,
                "method": plan.method,
                "pages": plan.pages,
                "details": query.details,
                "intersect": query.intersect,
            },
            pages=work.pages,
            records=sum(map(work.rows_of, work.sizes)) if all_paged else None,
            details=work.details,
            requests=work.requests,
            kept=work.kept,
            at_most=query.details and len(query.targets) > 1 and bool(work.sizes),
            rows=tuple(rows),
            basis=basis,
            assumed=tuple(dict.fromkeys(known.assumed)),
            advice=advice,
            lists=known.lists,
        )

    def forecast_comparison(
        self, query: Query, settings: Settings, *, cancel: Cancel | None = None
    ) -> Total | None:
        """Estimate what a comparison would take, from saved runs alone; None as of a forecast."""
        cancel = cancel or Cancel()
        settings = replace(settings, fresh=True)
        source = self._sources.unopened(settings)
        plan = make_plan(query, settings, source, settings.method, max(settings.page_counts))
        known = known_work(self._store, source.origin, plan, None)
        found = self._measured(known, settings, source, None)
        if found is None:
            return None
        workload, basis = found
        longest = max(known.lists, default=None)
        sweep = sweep_of(settings, cap_page_counts(settings.page_counts, longest))
        planned = Counter(
            (one.method, one.pages, one.concurrency or settings.concurrency)
            for one in (*warm_ups(sweep), *schedule(sweep))
        )
        known_pages = {index: size.pages for index, size in known.sizes.items()}
        rows: list[ForecastRow] = []
        for (method, pages, concurrency), times in planned.items():
            if cancel.is_set():
                return None
            work = Work(replace(plan, pages=pages, known_pages=known_pages), known.sizes)
            row = Forecaster(work, workload, len(planned)).row(method, concurrency)
            rows += [row] * times
        # A run waits until the window has room for it: its starts are all runs' together.
        least_s = spread_s(sum(row.requests for row in rows), plan.rate, plan.window)
        return Total(
            seconds=max(least_s, sum(row.seconds for row in rows)),
            low=max(least_s, sum(row.low for row in rows)),
            high=max(least_s, sum(row.high for row in rows)),
            runs=len(schedule(sweep)),
            basis=basis,
            lists=known.lists,
        )

    def _measured(
        self, known: KnownWork, settings: Settings, source: Source, ask: Cancel | None
    ) -> tuple[Workload, Basis] | None:
        """What was measured, after probing where too little was; then ``known`` knows more, too.

        ``ask`` stops probing; None: no requests may be sent.
        """
        usual_s = USUAL_COST_S[settings.api]
        left = known.kinds_left()
        runs = kept_runs(self._store, source, settings, left)
        workload = workload_of(runs, usual_s)
        counts = {kind: len(found) for kind, found in workload.latencies_s.items()}
        kept = sum(counts.get(kind, 0) for kind in left)
        missing = {kind for kind in left if counts.get(kind, 0) < ENOUGH}
        probed: list[MeasuredRun] = []
        if ask is not None and (missing or known.unknown):
            polite = _at_probing_pace(known.plan, settings)
            starts = shared_starts(self._store, polite)
            if source.name == "demo" and source.base_url not in self._awake:
                # It has only just been started, and is slow at first; it costs nobody anything.
                probe(known, polite, missing, ask, starts=starts)
                self._awake.add(source.base_url)
            probed, pages = probe(known, polite, missing, ask, starts=starts)
            if ask.is_set():
                return None
            known.learn(pages)
            workload = workload_of([*probed, *runs], usual_s)
        if not known.assume():
            return None
        missing = known.kinds_left() - set(workload.latencies_s)
        if missing:
            if ask is None or not workload.latencies_s:
                return None
            usual = next(iter(workload.latencies_s.values()))
            latencies_s = {**workload.latencies_s, **dict.fromkeys(missing, usual)}
            workload = replace(workload, latencies_s=latencies_s)
            known.assumed += [
                f"The latency of a {kind} is unknown; that of other requests is assumed."
                for kind in sorted(missing)
            ]
        answers = sum(one.span is not None for run in probed for one in run.samples)
        if workload.crowd < TOGETHER and known.plan.concurrency > 1:
            known.assumed.append(
                "Responses were measured one by one; concurrent ones are assumed to be as fast."
            )
        basis = Basis(kept, answers, link=workload.capacity, crowd=round(workload.crowd, 2))
        return workload, basis


def _at_probing_pace(plan: Plan, settings: Settings) -> Plan:
    """The plan at the user's own pace, but at a real host no faster than by default.

    To foretell what a faster one would bring takes nobody's leave.
    """
    if settings.hasty:
        rate = min(plan.rate or COURTEOUS_RATE, COURTEOUS_RATE)
        plan = replace(plan, rate=rate)
        if replace(settings, rate=rate).hasty:
            plan = replace(plan, window=COURTEOUS_WINDOW)
    return plan


# -- probes ------------------------------------------------------------------------------

PROBES: Final = 3
"""Requests at most; without a pace, and with full assessments, one more."""

Pick = tuple[int, int | None]
"""A target's index, and its page."""


def probe(
    known: KnownWork,
    plan: Plan,
    missing: set[RequestKind],
    cancel: Cancel,
    *,
    starts: Starts | None,
) -> tuple[list[MeasuredRun], list[Page]]:
    """Ask a source a few of the requests that a plan would take; what came until cancelled.

    Without a pace they are sent together, which shows what answers share; with one each waits for
    the one before it.

    The plan has the pace at which the source may be asked; of ``missing`` kinds of request nothing
    was measured yet; ``starts`` counts what others start at the source.

    Raises:
        RequestError: nothing came; or the token was refused.
    """
    query = plan.query
    runs: list[MeasuredRun] = []
    pages: list[Page] = []

    def carry(probing: Plan) -> None:
        recorder = MemoryRecorder()
        result = run(probing, cancel=cancel, recorder=recorder, starts=starts)
        if cancel.is_set():
            return
        failures = result.totals.failures
        if result.totals.stopped is not None:
            raise failures[-1].error if failures else result.totals.stopped
        # That an item of the user's list, or an assessment that a page names, doesn't exist is an
        # answer: some historical ids do not.
        lacking = bool(query.lines or pages) and all(
            isinstance(one.error, NotFound) for one in failures
        )
        if failures and not recorder.pages and not lacking:
            raise min(failures, key=lambda one: one.request.number).error
        pages.extend(recorder.in_order())
        runs.append(probed_run(probing, [*recorder.pages, *recorder.failures]))

    detail = ASSESSMENT in missing and query.details
    # Two together tell less of what answers share than three: there one more is asked for.
    spared = detail and plan.rate is not None
    picks = list(islice(_picks(known, missing, plan), PROBES - spared))
    if picks:
        carry(_plan_of(plan, picks))
    if detail and not cancel.is_set():
        # Of the assessments that the answers name, or that are asked for anyway.
        named = (assessment_ids(one.request.operation, one.body, query.only) for one in pages)
        listed = (ids for _, ids in known.listed)
        first = next(chain.from_iterable(chain(named, listed)), None)
        wait_s = 1 / plan.rate if plan.rate and picks else 0.0
        if first is not None and not (wait_s and cancel.wait(wait_s)):
            carry(_probing(plan, Query(query.api, (Target(FULL_ASSESSMENT, str(first)),))))
    return runs, pages


def _picks(known: KnownWork, missing: set[RequestKind], plan: Plan) -> Iterable[Pick]:
    """The first page of each list whose length is not known, then what has to be measured."""
    first = FIRST_PAGE[plan.query.api]
    picks: dict[Pick, None] = dict.fromkeys((index, first) for index in known.unknown)
    for index, target in enumerate(plan.query.targets):
        if kind_of(target.operation) not in missing:
            continue
        if not target.operation.paged:
            picks[index, None] = None
            continue
        size = known.sizes.get(index)
        most = PROBES if size is None else max(1, size.pages)
        for place in range(min(PROBES, most, plan.pages or PROBES)):
            picks[index, first + place] = None
    return picks


def _plan_of(plan: Plan, picks: Sequence[Pick]) -> Plan:
    """A plan that asks just for these: pages of a list are its first ones, in a row."""
    counts = Counter(index for index, _ in picks)
    most = max(counts.values())
    first = FIRST_PAGE[plan.query.api]
    targets = tuple(plan.query.targets[index] for index in counts)
    left_out = {
        (place, first + page)
        for place, count in enumerate(counts.values())
        for page in range(count, most)
    }
    paged = {place: most for place, target in enumerate(targets) if target.operation.paged}
    plan = _probing(plan, Query(plan.query.api, targets, only=plan.query.only))
    # As planned: else a first response that comes early may leave the others unsent.
    return replace(plan, pages=most, known_pages=paged, as_planned=True, kept=frozenset(left_out))


def _probing(plan: Plan, query: Query) -> Plan:
    """The user's own token, retries and time-outs."""
    return replace(
        plan,
        query=replace(query, details=False),
        method="sequential" if plan.rate else "threads",
        concurrency=PROBES,
        patience_s=PATIENCE_S,
        pages=None,
    )
