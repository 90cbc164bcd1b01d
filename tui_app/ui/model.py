"""What the screen shows, built from events. No Textual, no clock, no I/O.

One :class:`Model` is one press of F5: a fetch, or a comparison of many runs. The engine's
threads append to a deque, the screen hands what it finds there to :meth:`Model.take`, and the
panels are functions of the model.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from heapq import merge
from typing import TYPE_CHECKING, Literal

from tui_app.fetch import Event, State

from .problems import Problems
from .runview import RequestRow, RunView, Timeouts
from .text import clean

if TYPE_CHECKING:
    from tui_app.runs import Comparison, TimedRun, TimedStart

Kind = Literal["fetch", "compare"]


class JobStatus(Enum):
    """How far a job has got."""

    STARTING = "starting"
    RUNNING = "running"
    STOPPING = "stopping"
    DONE = "done"
    PARTIAL = "done in part"
    SETTLED = "done, not all found"  # only what the server doesn't have (404) is missing
    STOPPED = "stopped"
    FAILED = "failed"
    KILLED = "killed"
    ELSEWHERE = "running elsewhere"

    @property
    def busy(self) -> bool:
        """Whether its worker still goes on."""
        return self in (JobStatus.STARTING, JobStatus.RUNNING, JobStatus.STOPPING)


Line = RunView | RequestRow
"""A line of the waterfall: the heading of a run, or a request."""


@dataclass(slots=True, eq=False)
class Model:
    """One press of F5, as the screen sees it. Times are those of the monotonic clock."""

    kind: Kind
    methods: tuple[str, ...]  # those that take part, in order
    expected_runs: int = 1
    expected_requests: Mapping[str, int] = field(default_factory=dict)
    """Pages that a comparison times by each method; empty where they aren't known."""
    fetch_pages: int | None = None
    timeouts: Timeouts | None = None  # of its attempts; None where they are over
    status: JobStatus = JobStatus.STARTING
    started_at: float = 0.0
    finished_at: float | None = None
    runs: list[RunView] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)  # of the waterfall, with a comparison's runs
    timed: list[TimedRun] = field(default_factory=list)  # what a comparison has measured so far
    problems: Problems = field(default_factory=Problems)
    sentence: str = ""  # the outcome in plain words
    slowed: str = ""  # why a run sends less from now on, or pauses
    paused_until: float | None = None
    comparison: Comparison | None = None  # what came out, once a comparison has ended
    _by_id: dict[str, RunView] = field(default_factory=dict)

    def finish(self, status: JobStatus, sentence: str, now: float) -> None:
        """The worker has ended."""
        self.status, self.sentence, self.finished_at = status, sentence, now

    def conclude(self, comparison: Comparison) -> None:
        """A comparison has ended: what one run shows of the server holds for all of them."""
        self.comparison = comparison
        self.timed = list(comparison.runs)
        for timed in comparison.runs:
            if run := self._by_id.get(timed.run):
                run.ideal_s = timed.ideal_seconds

    def elapsed_s(self, now: float) -> float:
        """Seconds since F5, until the end; of a fetch that has ended, what its run took."""
        run = self.current
        if self.kind == "fetch" and self.finished_at is not None and run is not None:
            return run.elapsed_s(now)
        return (now if self.finished_at is None else self.finished_at) - self.started_at

    @property
    def current(self) -> RunView | None:
        """The run that started last."""
        return self.runs[-1] if self.runs else None

    def run_to_show(self) -> RunView | None:
        """The run whose records are worth a look: the latest of those with the most."""
        counting = [run for run in self.runs if run.records] or self.runs
        return max(counting, key=lambda run: (run.records, run.order), default=None)

    def runs_to_chart(self) -> list[RunView]:
        """The runs that the charts of one run are about.

        A fetch: its own. A comparison: each method's newest at the largest page count so far, and
        with the most in flight.
        """
        if self.kind == "fetch":
            return self.runs[-1:]
        counting = [run for run in self.runs if run.rows and not run.warmup]
        counting.sort(key=lambda run: (run.pages or 0, run.concurrency or 0, run.order))
        newest = {run.method: run for run in counting}
        return [newest[method] for method in self.methods if method in newest]

    def open(self, start: TimedStart) -> None:
        """A run of a comparison is about to start."""
        names = ("run", "method", "pages", "order", "of", "warmup", "concurrency")
        run = RunView(**{name: getattr(start, name) for name in names})
        if start.of != self.expected_runs:
            # The list is shorter than the page counts asked for: the service has left some out.
            self.expected_runs, self.expected_requests = start.of, {}
        self._add(run)
        self.lines.append(run)

    def close(self, timed: TimedRun) -> None:
        """A run of a comparison has been timed."""
        if run := self._by_id.get(timed.run):
            run.seconds, run.ideal_s = timed.seconds, timed.ideal_seconds
            self.timed.append(timed)

    def _add(self, run: RunView) -> None:
        self._by_id[run.run] = run
        self.runs.append(run)
        if self.status is JobStatus.STARTING:
            self.status = JobStatus.RUNNING

    def take(self, event: Event) -> None:
        """Take in an event. What belongs to no run of this job is dropped."""
        run = self._by_id.get(event.run)
        if run is None:
            # A fetch learns its run's id from the first event; a comparison is told beforehand.
            early = self.kind == "fetch" and not self.runs
            if early and event.state is State.PAUSED:  # it waits for the Red List's version
                self.slowed = clean(event.reason)
            if not early or event.state is not State.BEGUN:
                return
            self.slowed = ""
            run = RunView(event.run, self.methods[0], self.fetch_pages)
            self._add(run)
        new = run.take(event)
        if new is not None:
            self.lines.append(new)
        if event.state is State.SLOWED:
            self.slowed, self.paused_until = clean(event.reason), None
        elif event.state is State.PAUSED:
            self.slowed, self.paused_until = clean(event.reason), event.at + (event.wait_s or 0.0)
        elif self.paused_until is not None and (
            event.state is State.ENDED
            or (event.state is State.STARTED and event.at >= self.paused_until)
        ):
            self.slowed, self.paused_until = "", None
        if event.state in (State.RETRIED, State.FAILED, State.MISSING):
            row = run.by_number[event.request]
            self.problems.take(event, run.method, row.short_label, row.label)


@dataclass(frozen=True, slots=True)
class MethodFigures:
    """One method, over all of its runs that count."""

    method: str
    done: int = 0  # requests that need nothing more
    total: int | None = None  # that it takes in all; None while unknown
    ok: int = 0  # saved; missing items count as neither ok nor failed
    retried: int = 0  # attempts that were followed by another
    not_found: int = 0
    failed: int = 0
    rate_per_s: float | None = None  # requests done a second; None before the first
    p50_ms: float | None = None  # median latency
    p95_ms: float | None = None
    elapsed_s: float = 0.0
    ideal_s: float | None = None  # of a client that costs nothing; None until all is known
    running: bool = False


def method_figures(model: Model, now: float) -> list[MethodFigures]:
    """The figures of each method, in the model's order."""
    return [_figures(model, method, now) for method in model.methods]


def _figures(model: Model, method: str, now: float) -> MethodFigures:
    runs = [run for run in model.runs if run.method == method and not run.warmup]
    if not runs:
        return MethodFigures(method, total=model.expected_requests.get(method))
    from tui_app.compare.statistics import percentile

    for run in runs:
        run.latencies_ms.sort()  # all but the newest are in order already: nearly free
    latencies = list(merge(*(run.latencies_ms for run in runs)))
    elapsed_s = sum(run.elapsed_s(now) for run in runs)
    done = sum(run.done for run in runs)
    ideals = [run.ideal_s for run in runs]
    return MethodFigures(
        method=method,
        done=done,
        total=_total(model, method, runs),
        ok=sum(run.kept for run in runs),
        retried=sum(run.retried for run in runs),
        not_found=sum(run.missing for run in runs),
        failed=sum(run.failed for run in runs),
        rate_per_s=done / elapsed_s if done and elapsed_s > 0 else None,
        p50_ms=percentile(latencies, 50),
        p95_ms=percentile(latencies, 95),
        elapsed_s=elapsed_s,
        ideal_s=None if None in ideals else sum(one for one in ideals if one is not None),
        running=model.status.busy and runs[-1] is model.current and runs[-1].ended is None,
    )


def _total(model: Model, method: str, runs: list[RunView]) -> int | None:
    if method in model.expected_requests:
        return max(model.expected_requests[method], sum(run.done for run in runs))
    known = [run.total for run in runs]
    if model.kind == "compare":
        known = [run.pages if run.total is None else run.total for run in runs]
    return None if None in known else sum(one for one in known if one is not None)
