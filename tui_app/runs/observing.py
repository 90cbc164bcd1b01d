"""What was measured of a source, by kept runs and by a few requests just made."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from itertools import zip_longest
from typing import Final

from tui_app.compare.observed import Observed, ObservedRun
from tui_app.compare.world import ASSESSMENT, Sort, sort_of
from tui_app.fetch import DETAILS, FailedAttempt, Page, Phases, Plan, Request
from tui_app.redlist import parse_target
from tui_app.redlist.errors import RedListError, Throttled
from tui_app.settings import Settings
from tui_app.store import AttemptRow, RunRow, RunState, Store

from .source import Source

MOST_RUNS: Final = 40
MOST_ATTEMPTS: Final = 1_000
"""Of one run; of a crawl all parts are alike."""
ENOUGH_RUNS: Final = 12
ENOUGH_ANSWERS: Final = 400
"""Of each sort of request: older ones say nothing more."""

PAST_END: Final[Sort] = "past the end"
"""What a page without rows is like; no run is foretold to need any."""


def kept_runs(
    store: Store, source: Source, settings: Settings, sorts: Iterable[Sort]
) -> list[ObservedRun]:
    """The newest kept runs of a source, until they have answers enough of these sorts.

    The demo server answers as fast as its profile says: those of another one tell nothing.
    """
    missing = dict.fromkeys(sorts, ENOUGH_ANSWERS)
    found: list[ObservedRun] = []
    for row in store.measured(source.origin, settings.api, MOST_RUNS):
        if source.name == "demo" and row.settings.get("demo_profile") != settings.demo_profile:
            continue
        run = observed_run(row, store.attempts(row.run, MOST_ATTEMPTS))
        if run.attempts:
            found.append(run)
        for one in run.good:
            if one.sort in missing:
                missing[one.sort] -= 1
        if len(found) >= ENOUGH_RUNS and all(left <= 0 for left in missing.values()):
            break
    return found


def observed_run(row: RunRow, attempts: Sequence[AttemptRow]) -> ObservedRun:
    """A kept run, as it was measured."""
    said = row.summary
    whole = (
        row.state is RunState.COMPLETE
        and row.settings.get("rate") is None
        and row.settings.get("window") is None
        and not (said.get("retries") or said.get("reused") or said.get("failed"))
    )
    sorts = [_sort_of(label, row) for label in row.operations]
    return ObservedRun(
        method=row.method,
        in_flight=int(row.settings.get("in_flight") or 1),
        attempts=tuple(_observed(attempts, sorts)),
        seconds=said.get("seconds") if whole else None,
        requests=int(said.get("requests") or 0),
        cpu_s=said.get("cpu_seconds"),
    )


def _sort_of(label: str, row: RunRow) -> Sort:
    try:
        return sort_of(parse_target(label, "v3" if row.api == "v3" else "v4").operation)
    except RedListError:  # an operation that a newer version of this program knows
        return ""


def _observed(attempts: Sequence[AttemptRow], sorts: Sequence[Sort]) -> Iterable[Observed]:
    for one, later in zip_longest(attempts, attempts[1:]):
        if one.started is None or one.status == 304:  # what hasn't changed is told more quickly
            continue
        again = later if later is not None and later.request == one.request else None
        yield Observed(
            sort=ASSESSMENT if one.target == DETAILS else sorts[one.target],
            label=one.label,
            started=one.started,
            sent=one.sent,
            ended=one.body,
            new_connection=one.connected is not None,
            server_s=_seconds(one.server_s),
            kind=one.kind,
            retry_after_s=_asked_to_wait_s(one, again),
        )


def _asked_to_wait_s(one: AttemptRow, again: AttemptRow | None) -> float | None:
    """For how long a run paused after a 429."""
    if one.kind != Throttled.kind or again is None or again.started is None:
        return None
    ended = max(at for at in (one.started, one.sent, one.headers, one.body) if at is not None)
    return max(0.0, again.started - ended)


def probed_run(plan: Plan, pages: Sequence[Page], failures: Sequence[FailedAttempt]) -> ObservedRun:
    """What a few requests that nobody keeps have shown."""
    some = any(page.rows for page in pages)
    attempts = [
        # What lies past the end of a list has no rows, and comes sooner: it was under way as well.
        _of_phases(page.request, page.phases, page.headers, past_end=some and not page.rows)
        for page in pages
    ]
    attempts += [
        _of_phases(one.request, one.phases, {}, kind=one.error.kind)
        for one in failures
        if not math.isnan(one.phases.started)
    ]
    return ObservedRun(plan.method, plan.in_flight, tuple(attempts))


def _of_phases(
    request: Request,
    phases: Phases,
    headers: Mapping[str, str],
    *,
    kind: str = "",
    past_end: bool = False,
) -> Observed:
    def at(time: float) -> float | None:
        return None if math.isnan(time) else time

    return Observed(
        sort=PAST_END if past_end else sort_of(request.operation),
        label=request.label,
        started=phases.started,
        sent=at(phases.sent),
        ended=at(phases.body),
        new_connection=not math.isnan(phases.connected),
        server_s=_seconds(headers.get("x-runtime")),
        kind=kind,
    )


def _seconds(said: str | float | None) -> float | None:
    """What a server says it spent; None for what can't be."""
    try:
        seconds = math.nan if said is None else float(said)
    except ValueError:
        return None
    return seconds if 0 <= seconds < math.inf else None
