"""A job: one press of F5, run away from the screen's thread, and the gate for its frames."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING, Final

from tui_app.fetch import Cancel, Event
from tui_app.redlist.errors import Advice, RedListError
from tui_app.redlist.text import counted

from . import keys, messages, text
from .model import JobStatus, Model
from .records.arrivals import Arrivals
from .runview import STALLED_S, RunView, Timeouts
from .screenrequest import ScreenRequest
from .service import ServiceHolder

if TYPE_CHECKING:
    from tui_app.runs import Comparison, Summary, TimedStart

HOLD_S: Final = 0.5
"""Between two frames while a run is timed."""
PATIENCE_S: Final = 0.5
"""A screen that doesn't draw within this, frozen or closed, is not waited for."""


class FrameGate:
    """Holds frames back while a run is timed; between two runs the screen catches up.

    Drawing takes the interpreter's lock for tens of milliseconds at a time: a run of a tenth of a
    second would take half as long again. So nothing is drawn in a run's first half second, then
    two frames a second; the next run begins when the last one has been drawn.
    """

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._drawn = threading.Event()
        self._between = True
        self._since = clock()

    def wait_for_frame(self) -> None:
        """Wait until the screen has drawn. In the thread of the runs, before each of them."""
        self._drawn.clear()
        self._between = True
        self._drawn.wait(PATIENCE_S)
        self._between = False
        self._since = self._clock()

    def may_draw(self) -> bool:
        """Whether a frame disturbs no measurement, or is due all the same."""
        return self._between or self._clock() - self._since >= HOLD_S

    def has_drawn(self) -> None:
        """A frame has been drawn."""
        self._since = self._clock()
        self._drawn.set()


@dataclass(frozen=True, slots=True)
class JobOutcome:
    """How a job ended, and what came out."""

    status: JobStatus
    sentence: str
    summary: Summary | None = None
    comparison: Comparison | None = None


class Job:
    """Runs a request. Its feed is its own: what an earlier job still reports is not read.

    A saved run comes with its ``model``, and has ended.
    """

    def __init__(
        self,
        request: ScreenRequest,
        service: ServiceHolder,
        clock: Callable[[], float] = monotonic,
        model: Model | None = None,
    ) -> None:
        self.request = request
        self.starting = request.starting
        """What the status line says until the first run."""
        self.cancel = Cancel()
        self.ended = threading.Event()
        self.gate = FrameGate()
        self.shown = ""
        """Which of its records are shown, in a sentence, where they aren't all."""
        self.damaged = False
        """Whether saved responses of its run are damaged, so that it can be resumed."""
        self.feed: deque[Event | Callable[[], None]] = deque()
        """Of its threads: events, and what to do between them. Emptied by the screen."""
        self.model = model or Model(
            kind=request.kind,
            methods=request.methods,
            expected_runs=request.runs,
            expected_requests=request.requests_by_method,
            fetch_pages=request.settings.pages,
            timeouts=Timeouts(request.settings.timeout_s, request.settings.connect_timeout_s),
            started_at=clock(),
        )
        self.arrivals: Arrivals | None = None
        """What it has saved, while it goes on. Of a comparison nothing is read meanwhile."""
        if model is not None:
            self.ended.set()
        elif request.kind == "fetch":
            self.arrivals = Arrivals(service, request.query)
        self._service = service
        self._clock = clock

    def drain(self) -> None:
        """Hand the events of its threads to the model."""
        feed, take = self.feed, self.model.take
        while feed:
            item = feed.popleft()
            if isinstance(item, Event):
                take(item)
            else:
                item()

    def waiting(self, now: float) -> str:
        """What it waits for before its first run, in a sentence; empty where that takes no time."""
        model, since_s = self.model, self.model.elapsed_s(now)
        waits = model.status is JobStatus.STARTING and self.request.live and not model.slowed
        if not waits or model.timeouts is None or since_s < STALLED_S:
            return ""
        limit = f"an attempt times out after {model.timeouts.attempt_s:g} s"
        return f"Waiting for the first response: {since_s:.0f} s so far; {limit}."

    def stop(self) -> None:
        """Stop it within a second; what arrived is saved."""
        if self.model.status.busy:
            self.model.status = JobStatus.STOPPING
            self.cancel.set()

    def to_resume(self) -> ScreenRequest | None:
        """The request that fetches what is missing; None where nothing is."""
        run = self.model.current
        if run is None or self.request.kind == "compare" or self.request.replay_of is not None:
            return None
        incomplete = (JobStatus.STOPPED, JobStatus.PARTIAL, JobStatus.FAILED, JobStatus.KILLED)
        if self.damaged or self.model.status in incomplete:
            return replace(self.request, resumes=run.run)
        return None

    def finish(self, outcome: JobOutcome) -> None:
        """Note how it ended."""
        self.drain()
        self.arrivals = None
        run = self.model.current
        if run is not None and (summary := outcome.summary):
            run.seconds, run.ideal_s = summary.seconds, summary.ideal_or_none
            run.records = run.records if summary.rows is None else summary.rows
        if outcome.comparison is not None:
            self.model.conclude(outcome.comparison)
        self.model.finish(outcome.status, outcome.sentence, self._clock())

    def run(self) -> JobOutcome:
        """Run it in the calling thread. Never raises: an error becomes a sentence."""
        try:
            return self._compare() if self.request.kind == "compare" else self._fetch()
        except RedListError as error:
            words = messages.error_in_words(error)
        except Exception as error:  # the application outlives any fault of a run
            what = f"{type(error).__name__}: {error}"
            words = f"The run ended with an error in this program: {what}."
        finally:
            self.ended.set()
        return JobOutcome(JobStatus.FAILED, text.clean(words))

    def _fetch(self) -> JobOutcome:
        summary = self._summary()
        what = summary.fetched
        if summary.details is not None:
            what += f", {summary.details:,} in full"
        if summary.source == "live" and summary.red_list_version:
            what += f" of Red List {text.clean(summary.red_list_version)}"
        if summary.reused:
            what += f" ({summary.reused:,} cached)"
        took = f"{text.seconds(summary.seconds)} by {summary.method}"
        lost = f"; {summary.given_up}" if summary.given_up else ""
        resume = keys.name_of(keys.RESUME)
        status = JobStatus.PARTIAL if summary.pages else JobStatus.FAILED
        saved = f"{what}{'' if summary.lines else ' saved'}, {took}{lost}"
        first = summary.errors[0] if summary.errors else None
        why = text.clean(f" ({first['request']}: {first['message']})") if first else ""
        if self.cancel.is_set():
            status = JobStatus.STOPPED
            sentence = f"Stopped: {saved}. {resume} fetches the rest."
        elif summary.stopped_because:
            because = f"{summary.stopped_because} {messages.key_advice(Advice.RESUME)}"
            sentence = f"Ended early: {saved}. {text.clean(because)}"
        elif summary.complete or summary.settled:
            ideal = text.seconds(summary.ideal_or_none)
            sentence = f"{what}, {took} (ideal {ideal}){lost}."
            status = JobStatus.DONE if summary.complete else JobStatus.SETTLED
            if not (summary.pages or summary.complete or summary.lines):
                sentence = f"Nothing was found{lost}{why}."
            if not self.request.settings.one_per_taxon:
                found = self._service.get().several_latest(summary.run, self.request.query)
                if found is not None:
                    how = "Tick `one per taxon` in Setup, or filter by scope."
                    sentence += f" {text.clean(str(found))} {how}"
        else:
            sentence = f"Nothing was fetched{lost}{why}."
            if summary.pages:
                sentence = f"In part: {what}, {took}{lost}{why}. {resume} fetches the rest."
        if summary.pages:
            sentence = " ".join((sentence, *self._codes_left_out(summary.run)))
        return JobOutcome(status, sentence, summary=summary)

    def _codes_left_out(self, run: str) -> list[str]:
        """Sentences on the codes below those that were fetched."""
        sentences = self._service.get().codes_left_out(run, self.request.query)
        found = [text.clean(sentence) for sentence in sentences]
        more = [f"The same holds for {len(found) - 1} more codes."] if len(found) > 2 else found[1:]
        return [*found[:1], *more]

    def _summary(self) -> Summary:
        service, request = self._service.get(), self.request
        act = partial(service.fetch, request.query, request.settings)
        if request.resumes is not None:
            act = partial(service.resume, request.resumes, method=request.settings.method)
        return act(observer=self.feed.append, cancel=self.cancel)

    def _open(self, start: TimedStart) -> None:
        self.feed.append(partial(self.model.open, start))
        self.gate.wait_for_frame()

    def _compare(self) -> JobOutcome:
        # Importing the charts takes everyone's time: not while something is timed.
        from .chart import plots, series, texts  # noqa: F401

        service, request = self._service.get(), self.request
        compare = partial(service.compare, request.query)
        if request.replay_of is not None:
            compare = partial(service.compare, service.replayable(request.replay_of))
        comparison = compare(
            request.settings,
            observer=self.feed.append,
            cancel=self.cancel,
            on_start=self._open,
            on_finish=lambda timed: self.feed.append(partial(self.model.close, timed)),
        )
        from tui_app.compare.explanation import comparison_sentence

        words = comparison_sentence(comparison)
        if self.cancel.is_set():
            done = counted(len(comparison.runs), "timed run")
            status, words = JobStatus.STOPPED, f"Stopped after {done} of {request.runs}. {words}"
        else:
            status = JobStatus.DONE if comparison.complete else JobStatus.PARTIAL
            lost = "" if comparison.complete else "Some requests failed: see Errors."
            words = text.clean(" ".join(filter(None, (words, comparison.note, lost))))
        return JobOutcome(status, words.strip(), comparison=comparison)


def run_in_words(run: RunView) -> str:
    """A run in words: ``run 12 · asyncio · 10 pages``."""
    pages = "" if run.pages is None else f" · {counted(run.pages, 'page')}"
    return f"run {run.run} · {run.method}{pages}"
