"""What a run would take: from what is kept, or from a few requests, by simulation."""

from __future__ import annotations

import statistics
from collections import Counter
from dataclasses import replace
from typing import Any, Final

from tui_app.compare import cap_page_counts, schedule, warm_ups
from tui_app.compare.advice import advise
from tui_app.compare.estimate import USUAL_COST, Estimate, estimate
from tui_app.compare.forecast import (
    IN_FLIGHT,
    Basis,
    Forecast,
    Forecaster,
    ForecastRow,
    Total,
    lines_of,
)
from tui_app.compare.work import Work
from tui_app.compare.world import Cost, Sort, World
from tui_app.fetch import Cancel, Plan
from tui_app.methods import find_method, known_methods
from tui_app.redlist import Query
from tui_app.redlist.rate_limit import spread_s
from tui_app.settings import COURTEOUS_RATE, COURTEOUS_WINDOW, Settings
from tui_app.store import Store

from .calibration import Calibration
from .comparing import sweep_of
from .known import Known, what_is_known
from .observing import kept_runs
from .planning import make_plan, shared_starts
from .probing import Prober, Probes
from .response_cache import StoreCache
from .server_facts import Provenance
from .source import Source, Sources

ENOUGH: Final = 3
"""Kept answers of a sort: where there are fewer a few are asked for."""

TOGETHER: Final = 1.5
"""With fewer answers under way nothing is known of what they share."""

FEWEST_LINES: Final = 4
"""One row alone is not simulated more often than as one of so many: a form waits for it."""

COST_MATTERS: Final = 0.4
"""The part of a processor that a method may need at the most in flight before it is tried."""


class Forecasting:
    """Makes forecasts.

    Args:
        store: where runs are kept.
        sources: whom a forecast is of; and the demo server on which methods are tried.
        provenance: what is known of the sources' data.
    """

    def __init__(self, store: Store, sources: Sources, provenance: Provenance) -> None:
        self._store = store
        self._sources = sources
        self._provenance = provenance
        self._calibration = Calibration(sources)
        self._awake: set[str] = set()  # demo servers that have been asked before

    def forecast(
        self, query: Query, settings: Settings, cancel: Cancel, *, ask: bool, only_own: bool
    ) -> Forecast | None:
        """What fetching this would take.

        Args:
            query: what.
            settings: of whom, and how; which methods.
            cancel: stops it.
            ask: whether a few requests may be made, where too little is kept, and the methods
                tried on the demo server, where what they cost matters.
            only_own: leave out all methods and concurrencies but those that are set.

        Returns:
            None where it was cancelled, or too little is known and nothing may be asked.

        Raises:
            RequestError: what was asked for failed.
        """
        source = self._sources.open(settings) if ask else self._sources.unopened(settings)
        plan = make_plan(query, settings, source, settings.method, settings.pages)
        known = what_is_known(self._store, source.origin, plan, self._cache(settings, source))
        found = self._estimate(known, settings, source, cancel if ask else None)
        if found is None or cancel.is_set():
            return None
        estimated, basis = found
        methods = [plan.method] if only_own else _methods(settings)
        world, tried = self._priced(estimated, settings, methods, cancel if ask else None)
        lines = lines_of(methods, settings.concurrency)
        if only_own:
            lines = [(plan.method, plan.in_flight)]
        rows, advice = _simulated(known, world, settings, lines, cancel)
        if cancel.is_set():
            return None
        work = known.work()
        all_paged = len(work.sizes) == len(query.targets)
        return Forecast(
            settings=_described(plan, settings, source),
            pages=work.pages,
            records=sum(map(work.rows_of, work.sizes)) if all_paged else None,
            details=work.details,
            requests=work.requests,
            kept=work.kept,
            at_most=query.details and len(query.targets) > 1 and bool(work.sizes),
            rows=tuple(rows),
            basis=replace(basis, tried=tried, link=world.link),
            assumed=tuple(dict.fromkeys(known.assumed)),
            advice=advice,
        )

    def comparison(self, query: Query, settings: Settings, cancel: Cancel) -> Total | None:
        """What a comparison would take, warm-up included, by what is kept: nothing is asked.

        Returns:
            None where it was cancelled, or too little is known.
        """
        settings = replace(settings, fresh=True)
        source = self._sources.unopened(settings)
        plan = make_plan(query, settings, source, settings.method, max(settings.page_counts))
        known = what_is_known(self._store, source.origin, plan, None)
        found = self._estimate(known, settings, source, None)
        if found is None:
            return None
        estimated, basis = found
        methods = _methods(settings)
        world, _ = self._priced(estimated, settings, methods, None)
        longest = max((size.pages for size in known.sizes.values()), default=None)
        sweep = sweep_of(settings, cap_page_counts(settings.page_counts, longest))
        planned = Counter((one.method, one.pages) for one in (*warm_ups(sweep), *schedule(sweep)))
        rows: list[tuple[int, ForecastRow]] = []
        requests = 0
        for (method, pages), times in planned.items():
            if cancel.is_set():
                return None
            known_pages = {index: size.pages for index, size in known.sizes.items()}
            work = Work(replace(plan, pages=pages, known_pages=known_pages), known.sizes)
            row = Forecaster(work, world, len(planned)).row(method, settings.concurrency)
            rows.append((times, row))
            requests += times * row.requests
        # A run waits until the window has room for it: its starts are all runs' together.
        least_s = spread_s(requests, plan.rate, plan.window)
        return Total(
            seconds=max(least_s, sum(times * row.seconds for times, row in rows)),
            low=max(least_s, sum(times * row.low for times, row in rows)),
            high=max(least_s, sum(times * row.high for times, row in rows)),
            runs=len(schedule(sweep)),
            basis=basis,
        )

    def _cache(self, settings: Settings, source: Source) -> StoreCache | None:
        if settings.fresh:
            return None
        _, version = self._provenance.known(source)
        return StoreCache(self._store, source.origin, version)

    def _estimate(
        self, known: Known, settings: Settings, source: Source, ask: Cancel | None
    ) -> tuple[Estimate, Basis] | None:
        """What was measured, after asking where too little was; then ``known`` knows more, too.

        Args:
            known: what is known of the work.
            settings: of whom, and how.
            source: whom.
            ask: stops asking; None: nothing may be asked.
        """
        usual = USUAL_COST[settings.api]
        left = known.sorts_left()
        runs = kept_runs(self._store, source, settings, left)
        estimated = estimate(runs, usual)
        kept = sum(estimated.answers.get(sort, 0) for sort in left)
        missing = {sort for sort in left if estimated.answers.get(sort, 0) < ENOUGH}
        probes = Probes()
        if ask is not None and (missing or known.unknown):
            polite = _at_probing_pace(known.plan, settings)
            prober = Prober(known, missing, polite, shared_starts(self._store, polite), ask)
            if source.name == "demo" and source.base_url not in self._awake:
                # It has only just been started, and is slow at first; it costs nobody anything.
                prober.ask()
                self._awake.add(source.base_url)
            probes = prober.ask()
            if ask.is_set():
                return None
            known.learn(probes.pages)
            estimated = estimate([*probes.runs, *runs], usual)
        if not known.assume():
            return None
        left = known.sorts_left()
        if any(sort not in estimated.answers for sort in left):
            if ask is None or not estimated.answers:
                return None
            estimated = _as_the_others(estimated, left, known)
        probed = sum(len(run.good) for run in probes.runs)
        if estimated.crowd < TOGETHER and known.plan.concurrency > 1:
            known.assumed.append(
                "Answers were measured one at a time: together each is taken to be as quick."
            )
        return estimated, Basis(kept, probed, crowd=round(estimated.crowd, 2))

    def _priced(
        self, estimated: Estimate, settings: Settings, methods: list[str], ask: Cancel | None
    ) -> tuple[World, bool]:
        """The world with what methods cost; and whether they had to be tried for it."""
        usual, world = USUAL_COST[settings.api], estimated.world
        told = all(method in world.costs for method in methods)
        tried: dict[str, Cost] = {}
        if not told and settings.api == "v4" and _cost_matters(world, settings, usual):
            tried = self._calibration.costs(methods, settings, usual, ask)
        costs = {method: world.costs.get(method, usual) for method in methods}
        return replace(world, costs={**costs, **tried}), bool(tried)


def _simulated(
    known: Known,
    world: World,
    settings: Settings,
    lines: list[tuple[str, int]],
    cancel: Cancel,
) -> tuple[list[ForecastRow], tuple[str, ...]]:
    """A forecast's rows and its advice, as far as it gets until it is cancelled."""
    work = known.work()
    if not work.requests:
        return [], ("Nothing would be asked for: all of it is kept.",)
    forecaster = Forecaster(work, world, max(len(lines), FEWEST_LINES))
    rows: list[ForecastRow] = []
    for method, concurrency in lines:
        if cancel.is_set():
            return rows, ()
        rows.append(forecaster.row(method, concurrency))
    return rows, advise(rows, settings.method, settings.concurrency, forecaster.row)


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


def _methods(settings: Settings) -> list[str]:
    """Those that are compared, and the one that fetches, in the usual order."""
    wanted = {find_method(one).name for one in (*settings.methods, settings.method)}
    return [name for name in known_methods() if name in wanted]


def _as_the_others(estimated: Estimate, left: set[Sort], known: Known) -> Estimate:
    """Take what could not be measured to be as what could."""
    world = estimated.world
    usual = next(iter(world.latencies.values()))
    missing = sorted(left - set(world.latencies))
    for sort in missing:
        known.assumed.append(f"How long a {sort} takes isn't known: it is taken to be as others.")
    latencies = {**world.latencies, **dict.fromkeys(missing, usual)}
    return replace(estimated, world=replace(world, latencies=latencies))


def _cost_matters(world: World, settings: Settings, usual: Cost) -> bool:
    """Whether the answers may come faster than this computer takes them."""
    means = [statistics.fmean(one.seconds) for one in world.latencies.values()]
    flying = max(*IN_FLIGHT, settings.concurrency)
    return usual.request_s * flying > COST_MATTERS * min(means, default=0.0)


def _described(plan: Plan, settings: Settings, source: Source) -> dict[str, Any]:
    """Of whom what would be asked, and how. No token."""
    query, live = plan.query, source.name == "live"
    return {
        "source": source.name,
        "api": query.api,
        "base_url": source.base_url if live else None,
        "demo_profile": None if live else settings.demo_profile,
        "operations": [target.label for target in query.targets],
        "method": plan.method,
        "concurrency": plan.concurrency,
        "rate": plan.rate,
        "window": None if plan.window is None else str(plan.window),
        "pages": plan.pages,
        "details": query.details,
        "intersect": query.intersect,
    }
