"""Timing methods against each other: the same pages, from the same server."""

from __future__ import annotations

import gc
import os
import platform
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from time import monotonic
from typing import Any, Final

from tui_app import __version__
from tui_app.compare.comparison import GIL, Comparison
from tui_app.compare.explanation import comparison_json
from tui_app.compare.ideal import with_ideals
from tui_app.compare.statistics import (
    SummaryRow,
    TimedAnswer,
    TimedRun,
    latency,
    network_s,
    screen_share,
    summarise,
    waiting_s,
)
from tui_app.compare.sweep import (
    Sweep,
    TimedStart,
    cap_page_counts,
    count_requests,
    schedule,
    warm_ups,
)
from tui_app.fetch import Cancel, Event, Observer, Plan, State, run
from tui_app.fetch.events import local_time_in
from tui_app.fetch.plan import make_request
from tui_app.interpreter import gil_enabled, is_free_threaded_build
from tui_app.methods import known_methods, load_method
from tui_app.redlist import Query
from tui_app.redlist.errors import RunHalted, UsageError
from tui_app.redlist.rate_limit import KNOWN_LIMIT, first_over
from tui_app.redlist.text import counted
from tui_app.settings import Settings

from .planning import Source, described, make_plan, shared_starts
from .recorder import RunRecorder
from .replaying import Replay

FIRST: Final = "sequential"
UNDELAYED: Final = "fast"
"""The demo profile without delays."""
MOST_COMPARISONS: Final = 50
"""Newest saved comparisons that are searched for the times of the bare loops."""
_LIBRARIES: Final = ("requests", "urllib3", "aiohttp", "msgspec")
NOT_THE_SAME: Final = (
    "The runs received different responses: the data changed during the comparison, which may "
    "affect the times."
)
_HALTED: Final = "Ended early: {}. The runs timed before are saved."


def sweep_of(settings: Settings, page_counts: tuple[int, ...] | None = None) -> Sweep:
    """The timed runs of these settings, at other page counts if given."""
    counts = settings.page_counts if page_counts is None else page_counts
    return Sweep(
        settings.methods,
        counts[-1:] if settings.in_flight_counts else counts,
        settings.repeats,
        settings.warmup,
        settings.shuffle,
        settings.seed,
        settings.in_flight_counts,
    )


def requests_of(settings: Settings, lists: Sequence[int | None]) -> int:
    """How many requests a comparison makes of lists of so many pages, if none is retried.

    None is for a list whose pages are not known.
    """
    longest = None if None in lists else max(filter(None, lists), default=None)
    sweep = sweep_of(settings, cap_page_counts(settings.page_counts, longest))
    return count_requests(sweep, lists, prepared=settings.source == "demo")


def limit_met(settings: Settings, requests: int) -> str:
    """When a comparison of so many requests meets a rate limit, in a sentence; or empty."""
    own = settings.effective_window()
    window = own or KNOWN_LIMIT
    over = first_over(requests, settings.effective_rate(), window)
    words = "Request {} of {} waits for the rate limit ({})."
    if own is None:
        words = "Request {} of {} would meet the live API's rate limit (about {})."
    return "" if over is None else words.format(over, requests, window.in_words())


@dataclass(frozen=True, slots=True)
class Comparer:
    """One comparison.

    A first request learns how many pages there are, so that no timed run has to wait for its
    first page before it requests the others, and none requests pages past the end. From an
    embedded server all pages are requested beforehand, so that it has them ready.

    Raises:
        UsageError: there is nothing to compare: no pages, or no method; or an unknown method.
    """

    recorder: RunRecorder
    query: Query  # what to fetch, again and again
    settings: Settings  # methods, page counts, repeats, warm-up, seed
    source: Source
    observer: Observer
    cancel: Cancel
    on_start: Callable[[TimedStart], None]
    on_finish: Callable[[TimedRun], None]
    replay: Replay | None = None  # what the source replays, so that nothing has to be learnt

    def __post_init__(self) -> None:
        # Malformed names have no target: none of those that are left would say so.
        if self.query.lines or not all(one.operation.paged for one in self.query.targets):
            raise UsageError(
                f"{self.query.label} has no pages to compare.",
                "Try a list, such as red_list_categories/CR.",
            )
        for name in self.settings.methods:
            load_method(name)  # sooner than after half of the comparison
        if not self.settings.methods:
            raise UsageError("No method is selected.", f"Choose from {', '.join(known_methods())}.")

    def compare(self) -> Comparison:
        """Time all runs; those done so far where it is cancelled, or the server goes away.

        Raises:
            RequestError: the first request failed, or the token was refused.
            RunHalted: too much failed before anything was timed.
            KeepError: the store failed.
        """
        replay, cancel = self.replay, self.cancel
        known = self._prepare() if replay is None else replay.known_pages
        # "--pages N" is N of each operation, so the longest list sets the limit.
        most = max(known.values()) if len(known) == len(self.query.targets) else None
        has_only = f"{self.query.label} has only {counted(most or 0, 'page')}"
        notes: tuple[str, ...] = ()
        if replay is not None:
            most, has_only, notes = replay.most, replay.has_only, replay.notes
        settings, source = self.settings, self.source
        asked = sweep_of(settings).page_counts
        page_counts = cap_page_counts(asked, most)
        if page_counts != asked:
            notes = (*notes, f"{has_only}; larger page counts were reduced to {most}.")
        sweep, note = sweep_of(settings, page_counts), " ".join(notes)
        store = self.recorder.store
        comparison = store.begin_comparison(self.query.label)
        done: list[tuple[TimedRun, list[TimedAnswer]]] = []
        lost, ended = 0, False
        for planned in (*warm_ups(sweep), *schedule(sweep)):
            if cancel.is_set():
                break
            try:
                timed, answers = self._time(planned, known, comparison)
            except RunHalted as halted:
                if not done:
                    raise
                ended, note = True, f"{note} {_HALTED.format(halted)}".strip()
                break
            if cancel.is_set():
                break  # a run that was cut short is no measurement
            lost += timed.failed
            if not planned.warmup:
                done.append((timed, answers))
                self.on_finish(timed)
        cores = 1 if gil_enabled() else _processors()
        runs = with_ideals(done, settings.effective_rate(), settings.effective_window(), cores)
        bodies: dict[tuple[int, int | None], int | None] = {}
        same = all(
            bodies.setdefault((page.target, page.page), page.body_id) == page.body_id
            for timed in runs
            for page in store.pages(timed.run)
        )
        if not same:
            note = f"{note} {NOT_THE_SAME}".strip()
        lists = [known.get(index) for index in range(len(self.query.targets))]
        prepared = source.name != "live"
        requests = count_requests(sweep, lists, prepared=prepared)
        begun = store.comparison(str(comparison))
        summary = summarise(runs, settings.methods, settings.seed)
        outcome = Comparison(
            settings={
                **described(self.query, settings, source),
                "methods": list(sweep.methods),
                "pages": list(sweep.page_counts),
                "in_flight_counts": list(sweep.in_flight_counts) or None,
                "planned": len(schedule(sweep)),
                "rate_limit": limit_met(settings, requests) or None,
                "repeats": sweep.repeats,
                "warmup": sweep.warmup,
                "shuffle": sweep.shuffle,
                "seed": sweep.seed,
                "retries": settings.retries,
                "timeout": settings.timeout_s,
                "connect_timeout": settings.connect_timeout_s,
                "environment": benchmark_environment(),
                **source.kept(),
                "same_answers": same,
                "screen": screen_share(runs),
                "written_bare": self._written_bare(summary, known),
            },
            runs=tuple(runs),
            summary=tuple(summary),
            complete=not cancel.is_set() and not lost and not ended,
            note=note,
            comparison=begun.comparison,
            created_utc=begun.created_utc,
        )
        store.end_comparison(comparison, comparison_json(outcome))
        return outcome

    def _written_bare(
        self, summary: Sequence[SummaryRow], known: Mapping[int, int]
    ) -> dict[str, Any] | None:
        """How long the loops take without this program.

        On the embedded server without delays, where the processor is the limit. A saved
        comparison on this machine may have timed them, too: of each loop the shorter time counts,
        as it may have been busy then or now.
        """
        most = max((row.pages for row in summary), default=0)
        rows = [row for row in summary if row.pages == most]
        embedded = self.source.name == "demo" and self.replay is None
        if not embedded or self.settings.demo_profile != UNDELAYED or not rows:
            return None
        in_flight = max(row.in_flight for row in rows)
        methods = tuple(dict.fromkeys(row.method for row in rows))
        about = {
            "pages": most,
            "in_flight": in_flight,
            "operations": list(self.query.operations),
            "methods": list(methods),
        }
        shortest: dict[str, float] = {}
        environment = benchmark_environment()
        for one in self.recorder.store.comparisons(MOST_COMPARISONS):
            said = one.result.get("settings") or {}
            bare = said.get("written_bare")
            if said.get("environment") == environment and bare and bare.get("about") == about:
                shortest = bare.get("seconds") or {}
                break
        from .bare import time_bare

        plan = make_plan(self.query, self.settings, self.source, FIRST, most)
        urls = [
            plan.wire_url(make_request(0, index, target, page))
            for index, target in enumerate(plan.query.targets)
            for page in range(1, min(most, known.get(index, most)) + 1)
        ]
        try:
            seconds = time_bare(urls, in_flight, methods, self.cancel)
        except Exception:  # what was timed before is saved without these
            return None
        if seconds is None:
            return None
        kept = {name: min(took, shortest.get(name, took)) for name, took in seconds.items()}
        return {"about": about, "seconds": kept}

    def _prepare(self) -> dict[int, int]:
        """Learn how many pages there are; have an embedded server make those that are timed.

        Making a page would else be part of the time of the first run that requests it.
        """
        embedded = self.source.name != "live"
        method, pages = ("asyncio", max(self.settings.page_counts)) if embedded else (FIRST, 1)
        plan = make_plan(self.query, self.settings, self.source, method, pages)
        result = run(plan, cancel=self.cancel, starts=shared_starts(self.recorder.store, plan))
        if result.totals.stopped is not None:
            raise result.totals.stopped
        if result.totals.failures:
            raise result.totals.failures[0].error
        return {
            page.request.target_index: page.paging.total_pages
            for page in result.pages
            if page.paging.total_pages is not None
        }

    def _time(
        self, planned: TimedStart, known: dict[int, int], comparison: int
    ) -> tuple[TimedRun, list[TimedAnswer]]:
        settings, source = self.settings, self.source
        if planned.concurrency is not None:
            settings = replace(settings, concurrency=planned.concurrency)
        plan = make_plan(self.query, settings, source, planned.method, planned.pages)
        plan = replace(plan, known_pages=known, as_planned=True)
        plan = self.recorder.begin(plan, settings, source, comparison)
        self.on_start(replace(planned, run=plan.run))
        self._await_room(plan)
        gc.collect()  # garbage of the run before is not part of this one's time
        result, summary = self.recorder.carry(plan, self.observer, self.cancel)
        if result.totals.stopped is not None:
            raise result.totals.stopped
        attempts = self.recorder.store.attempts(plan.run)
        answers = [  # in the order of the plan
            TimedAnswer(
                (one.target, one.page),
                one.started,
                one.body,
                one.size_bytes,
                one.server_s,
                one.pace_wait_s,
            )
            for one in attempts
            if not one.kind and one.body is not None and one.started is not None
        ]
        # From a failed attempt's start to that of the next one.
        retried = [
            (one.started, after.started)
            for one, after in pairwise(attempts)
            if one.kind and one.request == after.request
            if one.started is not None and after.started is not None
        ]
        waited_s, covered = waiting_s(answers), waiting_s(answers, retried)
        timed = TimedRun(
            method=planned.method,
            pages=planned.pages,
            repeat=planned.repeat,
            order=planned.order,
            seconds=round(result.seconds, 6),
            ideal_seconds=summary.ideal_seconds,
            requests=summary.requests,
            failed=summary.failed,
            latency_ms=latency(seconds for _, seconds in result.totals.latencies_s),
            run=plan.run,
            in_flight=plan.in_flight,
            network_seconds=round(network_s(answers), 6),
            pace_wait_seconds=summary.pace_wait_seconds,
            own_seconds=round(max(0.0, result.seconds - covered), 6),
            retry_seconds=round(covered - waited_s, 6),
            cpu_seconds=round(result.cpu_s, 6),
            screen_cpu_seconds=round(result.screen_cpu_s, 6),
            work_seconds=round(result.totals.work_s, 6),
            bytes=summary.bytes,
        )
        return timed, answers

    def _await_room(self, plan: Plan) -> None:
        """Wait until the window has room for a whole run, which would else be slowed by others."""
        window, starts = plan.window, shared_starts(self.recorder.store, plan)
        if window is None or starts is None:
            return
        requests = (plan.pages or 1) * len(plan.query.targets)
        while (wait_s := starts.room_in(window, requests)) > 0:
            words = (
                f"Waiting for the rate limit ({window.in_words()}). "
                f"The run starts at {local_time_in(wait_s)}."
            )
            self.observer(Event(plan.run, State.PAUSED, monotonic(), wait_s=wait_s, reason=words))
            if self.cancel.wait(wait_s):
                return


def benchmark_environment() -> dict[str, str | int]:
    """What a comparison ran on: versions of program, Python and libraries; system, processors.

    Nothing that identifies the machine.
    """
    # Most of what imports this room has no use for it, and it takes a while to import.
    from importlib.metadata import PackageNotFoundError, version

    found: dict[str, str | int] = {"iucn-tui": __version__, "python": platform.python_version()}
    if is_free_threaded_build():
        found["python"] = f"{found['python']} (free-threaded build)"
    found[GIL] = "on" if gil_enabled() else "off"
    for name in _LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:  # put into one file by a packer, for one
            continue
    found["system"] = f"{platform.system()} {platform.release()} {platform.machine()}"
    found["processors"] = _processors()
    return found


def _processors() -> int:
    """How many this process may use."""
    usable = hasattr(os, "sched_getaffinity")
    return len(os.sched_getaffinity(0)) if usable else os.cpu_count() or 1
