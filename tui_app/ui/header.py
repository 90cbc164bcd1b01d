"""The header line: which program, whose data, what, how fast, how far it has got, time left.

::

    iucn-tui · DEMO (synthetic data) · red_list_categories/CR · rate limit off      running 00:12
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from statistics import median
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from tui_app.methods import has_one_in_flight
from tui_app.redlist.rate_limit import spread_s

from . import text
from .model import JobStatus, Model, method_figures
from .runview import STALLED_S, RunView
from .screenrequest import ScreenRequest

if TYPE_CHECKING:
    from tui_app.settings import Settings

_LATEST: Final = 50
"""Latencies that count for the time left: a server's change."""


@dataclass(frozen=True, slots=True)
class Heading:
    """What the header says."""

    live: bool  # whether requests go to a real server
    source: str  # whose data: ``LIVE api.iucnredlist.org``
    source_short: str  # the same where there is little room
    operation: str
    pace: str
    status: str = ""  # ``running 00:12``; empty before the first run
    colour: str = ""  # of the status


def heading(request: ScreenRequest, model: Model | None, now: float) -> Heading:
    """What the header says of this request and its job."""
    source, short = _sources(request)
    status = colour = ""
    if model is not None:
        colours = {JobStatus.DONE: "$text-success", JobStatus.FAILED: "$text-error"}
        colour = colours.get(model.status, "$text-warning")
        status = _status(model, request.settings, now)
    operation = text.clean(request.query.label) or "form incomplete"
    return Heading(request.live, source, short, operation, request.pace, status, colour)


def _sources(request: ScreenRequest) -> tuple[str, str]:
    """Whose data, in words and in fewer."""
    if request.live:
        return f"LIVE {urlsplit(request.settings.server).netloc}", "LIVE"
    demo, demo_short = "DEMO (synthetic data)", "DEMO (synthetic)"
    if request.replay_of is None:
        return demo, demo_short
    replay, replay_short = f"REPLAY of run {request.replay_of}", f"REPLAY {request.replay_of}"
    if request.settings.source == "live":
        return replay, replay_short
    return f"{replay}, {demo}", f"{replay_short}, DEMO"


def _status(model: Model, settings: Settings, now: float) -> str:
    run, which = model.current, ""
    if model.kind == "compare" and model.status is JobStatus.RUNNING and run is not None:
        which = "warm-up · " if run.warmup else f"run {run.order} of {run.of} · "
    left_s = seconds_left(model, settings, now)
    left = "" if left_s is None or left_s < 1 else f" · {text.clock(left_s)} left"
    silent_s = run.unanswered_s(now) if run is not None and model.status.busy else 0.0
    if silent_s >= STALLED_S:  # no estimate is possible
        left = f" · no response for {silent_s:.0f} s"
    elapsed_s = model.elapsed_s(now)
    # One that has ended is rounded as in the sentence on the status line.
    time = text.clock(elapsed_s) if model.status.busy else text.seconds(elapsed_s)
    return f"{which}{model.status.value} {time}{left}"


class HeaderLine(Widget):
    """One line across the screen."""

    heading: reactive[Heading | None] = reactive(None)
    """What it says."""

    def watch_heading(self, new: Heading | None) -> None:
        """Live data looks different from far away."""
        self.set_class(new is not None and new.live, "-live")

    def render(self) -> Content:
        """The parts, those that matter least left out where there is no room."""
        if self.heading is None:
            return Content("iucn-tui")
        return draw_heading(self.heading, self.size.width)


def draw_heading(what: Heading, width: int) -> Content:
    """The line in ``width`` cells."""
    choices = (
        ("iucn-tui", what.source, what.operation, what.pace),
        ("iucn-tui", what.source_short, what.operation, what.pace),
        (what.source_short, what.operation, what.pace),
        (what.source_short, what.operation),
    )
    room = width - (len(what.status) + 2 if what.status else 0)
    parts = next((one for one in choices if len(" · ".join(one)) <= room), choices[-1])
    left = text.fit(" · ".join(parts), room) if room > 0 else ""
    content, source = Content(left), what.source if what.source in left else what.source_short
    for part, colour in (("iucn-tui", "primary"), (source, "error" if what.live else "accent")):
        at = left.find(part)
        if at == 0 or (at > 0 and part is source):
            content = content.stylize(f"bold $text-{colour}", at, at + len(part))
    status = what.status.rjust(max(0, width - len(left)))
    return content + Content.styled(status, f"bold {what.colour}") if what.status else content


def seconds_left(model: Model, settings: Settings, now: float) -> float | None:
    """Seconds until a job that goes on will have ended; None where nobody can tell yet.

    Of a fetch it is the longest of what rate and window allow after a pause, what the latest
    latencies take with so many in flight, and what the run has shown so far: it never promises
    more than that. As long as nothing arrives it doesn't rise.
    """
    if not model.status.busy or (model.slowed and model.paused_until is None):
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
        _as_before_s(run, left / asked, now) if even and asked > 2 * flying else 0.0,
    )


def _as_before_s(run: RunView, times: float, now: float) -> float:
    """So many times what the run took up to the request that was last done, less the time since."""
    idle_s = run.idle_s(now)
    return max(0.0, (run.elapsed_s(now) - idle_s) * times - idle_s)


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
    left_s = 0.0
    idle_s = 0.0 if model.current is None else model.current.idle_s(now)
    for one in method_figures(model, now):
        busy_s = one.elapsed_s - (idle_s if one.running else 0.0)
        if one.total is None or not one.done or busy_s <= 0:
            return None
        left_s += max(0, one.total - one.done) * busy_s / one.done
    return max(0.0, left_s - idle_s) or None
