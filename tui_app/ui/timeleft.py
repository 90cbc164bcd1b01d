"""How long it is going to take: from the pace, the latency, and what has been seen so far."""

from __future__ import annotations

from math import ceil
from statistics import median
from typing import TYPE_CHECKING, Final

from tui_app.methods import has_one_in_flight
from tui_app.redlist.rate_limit import spread_s

from .model import method_figures

if TYPE_CHECKING:
    from tui_app.settings import Settings

    from .model import Model

_LATEST: Final = 50
"""Latencies that count: a server's mood changes."""


def seconds_left(model: Model, settings: Settings, now: float) -> float | None:
    """Seconds until a job that goes on will have ended; None where nobody can tell yet.

    Of a fetch it is the longest of what rate and window allow after a pause, what the latest
    latencies take with so many in flight, and what the run has shown so far: it never promises
    more than that.
    """
    if not model.standing.busy or (model.slowed and model.paused_until is None):
        return None
    return _of_fetch(model, settings, now) if model.kind == "fetch" else _of_comparison(model, now)


def _of_fetch(model: Model, settings: Settings, now: float) -> float | None:
    run = model.current
    if run is None or run.total is None or not run.latencies_ms:
        return None
    left = run.total - run.done
    if left <= 0:
        return None
    flying = 1 if has_one_in_flight(run.method) else settings.concurrency
    answers = [row for row in run.rows[-_LATEST:] if row.ended is not None]
    latency_s = median([row.took_ms(now) for row in answers] or run.latencies_ms) / 1000
    asked, window = run.done - run.reused, settings.effective_window()
    # Where requests come in a burst for each window, the time so far says little of what is left.
    even = window is None or run.total <= window.requests
    return max(
        _paced_s(model, settings, left, now),
        ceil(left / flying) * latency_s,
        run.elapsed_s(now) * left / asked if even and asked > 2 * flying else 0.0,
    )


def _paced_s(model: Model, settings: Settings, left: int, now: float) -> float:
    """What rate and window allow for so many requests, and what is left of a pause before them."""
    pause_s = max(0.0, (model.paused_until or now) - now)
    rate, window = settings.effective_rate(), settings.effective_window()
    if window is None or model.current is None:
        return pause_s + (left / rate if rate else 0.0)
    # The window has room again when those that started in it are old enough.
    since = now + pause_s - window.held_s
    began: list[float] = []
    for row in reversed(model.current.rows):
        if row.attempt_at is not None:
            if row.attempt_at <= since:
                break
            began.append(row.attempt_at)
    used_s = now + pause_s - min(began) if began else 0.0
    return pause_s + max(0.0, spread_s(len(began) + left, rate, window) - used_s)


def _of_comparison(model: Model, now: float) -> float | None:
    left = 0.0
    for one in method_figures(model, now):
        if one.total is None or not one.done or one.rate_per_s is None:
            return None
        left += max(0, one.total - one.done) / one.rate_per_s
    return left or None
