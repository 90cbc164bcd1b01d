"""A job: one press of F5, carried out away from the screen."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING, Any

from tui_app.fetch import Cancel
from tui_app.redlist.errors import Advice, RedListError

from . import messages, text
from .form import Order
from .model import Closed, FeedItem, Model, Opened, Standing
from .runview import RunView
from .service import ServiceHolder
from .stillness import Stillness

if TYPE_CHECKING:
    from tui_app.runs import Comparison, Summary, TimedStart


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a job ended.

    Attributes:
        standing: done, stopped or failed.
        sentence: in plain words.
        seconds: of a fetch, as measured; None for a comparison.
        ideal_s: the ideal beside it.
        comparison: what came out of a comparison; None for a fetch.
    """

    standing: Standing
    sentence: str
    seconds: float | None = None
    ideal_s: float | None = None
    comparison: Comparison | None = None


class Job:
    """Carries an order. Its feed is its own: what an earlier job still says, nobody hears.

    Attributes:
        order: what to do.
        model: what the screen shows of it.
        feed: what its threads say; appended to by them, emptied by the screen.
        cancel: stops it.
        ended: set when nothing more is done for it.
        still: holds the screen still while something is timed.
        damaged: whether saved answers of its run are damaged, so that it can be resumed.
    """

    def __init__(
        self, order: Order, service: ServiceHolder, clock: Callable[[], float] = monotonic
    ) -> None:
        self.order = order
        self.cancel = Cancel()
        self.ended = threading.Event()
        self.still = Stillness()
        self.damaged = False
        self.feed: deque[FeedItem] = deque()
        self.model = Model(
            kind=order.kind,
            methods=order.methods,
            expected_runs=order.runs,
            expected_requests=order.requests_per_method,
            fetch_pages=order.settings.pages,
            started_at=clock(),
        )
        self._service = service
        self._clock = clock

    @classmethod
    def kept(cls, order: Order, service: ServiceHolder, model: Model) -> Job:
        """A job of the past, as ``model`` tells it."""
        job = cls(order, service)
        job.model = model
        job.ended.set()
        return job

    def drain(self) -> None:
        """Hand to the model what the threads have said."""
        feed, take = self.feed, self.model.take
        while feed:
            take(feed.popleft())

    def stop(self) -> None:
        """Stop it within a second; what arrived is kept."""
        if self.model.standing.busy:
            self.model.standing = Standing.STOPPING
            self.cancel.set()

    def resumed(self) -> Order | None:
        """The order that finishes what this one left; None where it left nothing."""
        run = self.model.current
        standing = self.model.standing
        if run is None or self.order.kind == "compare" or self.order.replay_of is not None:
            return None
        if self.damaged or standing in (
            Standing.STOPPED,
            Standing.PARTIAL,
            Standing.FAILED,
            Standing.KILLED,
        ):
            return replace(self.order, resumes=run.run)
        return None

    def finish(self, outcome: Outcome) -> None:
        """Note how it ended."""
        self.drain()
        run = self.model.current
        if run is not None and outcome.seconds is not None:
            run.seconds, run.ideal_s = outcome.seconds, outcome.ideal_s
        if outcome.comparison is not None:
            self.model.conclude(outcome.comparison)
        self.model.finish(outcome.standing, outcome.sentence, self._clock())

    def carry(self) -> Outcome:
        """Do it, in the calling thread. Never raises: what goes wrong becomes a sentence."""
        try:
            if self.order.kind == "compare":
                return self._compare()
            return self._fetch()
        except RedListError as error:
            return Outcome(Standing.FAILED, text.clean(messages.sentence(error)))
        except Exception as error:  # the application outlives any fault of a run
            what = text.clean(f"{type(error).__name__}: {error}")
            return Outcome(Standing.FAILED, f"The run ended with a fault of this program: {what}.")
        finally:
            self.ended.set()

    def _fetch(self) -> Outcome:
        summary = self._ask_service()
        what = f"{text.plural(summary.records, 'record')} in {text.plural(summary.pages, 'page')}"
        if summary.details is not None:
            what += f", {summary.details:,} in full"
        if summary.source == "live" and summary.red_list_version:
            what += f" of Red List {text.clean(summary.red_list_version)}"
        if summary.reused:
            what += f" ({summary.reused:,} kept before and not asked for)"
        took = f"{text.seconds(summary.seconds)} by {summary.method}"
        lost = f"; {text.plural(summary.failed, 'request')} failed" if summary.failed else ""
        resume = messages.key_of("key_resume")
        if self.cancel.is_set():
            standing = Standing.STOPPED
            sentence = f"Stopped: {what} are kept, {took}{lost}. {resume} fetches the rest."
        elif summary.stopped_because:
            standing = Standing.PARTIAL if summary.pages else Standing.FAILED
            why = text.clean(f"{summary.stopped_because} {messages.advice_on(Advice.RESUME)}")
            sentence = f"Ended early: {what} are kept, {took}{lost}. {why}"
        elif summary.complete:
            ideal = text.seconds(summary.ideal_seconds)
            standing, sentence = Standing.DONE, f"{what}, {took} (ideal {ideal})."
        else:
            standing = Standing.PARTIAL if summary.pages else Standing.FAILED
            why = _first_error(summary.errors)
            sentence = (
                f"In part: {what}, {took}{lost}{why}. {resume} asks again for what is missing."
            )
            if not summary.pages:
                sentence = f"Nothing was fetched{lost}{why}."
        return Outcome(standing, sentence, summary.seconds, summary.ideal_seconds)

    def _ask_service(self) -> Summary:
        service, order = self._service.get(), self.order
        observer, cancel = self.feed.append, self.cancel
        if order.resumes is not None:
            return service.resume(
                order.resumes, method=order.settings.method, observer=observer, cancel=cancel
            )
        return service.fetch(order.query, order.settings, observer=observer, cancel=cancel)

    def _open(self, start: TimedStart) -> None:
        self.feed.append(Opened(start))
        self.still.settle()

    def _compare(self) -> Outcome:
        # Importing the chart takes 0.1 s of everyone's time: not while something is timed.
        import textual_plotext  # noqa: F401

        service, order = self._service.get(), self.order
        compare = partial(service.compare, order.query)
        if order.replay_of is not None:
            compare = partial(service.replay, order.replay_of)
        comparison = compare(
            order.settings,
            observer=self.feed.append,
            cancel=self.cancel,
            on_start=self._open,
            on_finish=lambda timed: self.feed.append(Closed(timed)),
        )
        said = comparison.sentence()
        if self.cancel.is_set():
            done = text.plural(len(comparison.runs), "timed run")
            words = f"Stopped after {done} of {self.order.runs}. {said}".strip()
            return Outcome(Standing.STOPPED, words, comparison=comparison)
        lost = "" if comparison.complete else " Some requests failed: see Errors."
        note = f" {comparison.note}" if comparison.note else ""
        standing = Standing.DONE if comparison.complete else Standing.PARTIAL
        words = text.clean(f"{said}{note}{lost}".strip())
        return Outcome(standing, words, comparison=comparison)


def _first_error(errors: tuple[dict[str, Any], ...]) -> str:
    return text.clean(f" ({errors[0]['request']}: {errors[0]['message']})") if errors else ""


def whose(run: RunView) -> str:
    """A run in words: ``run 12 · asyncio · 10 pages``."""
    pages = "" if run.pages is None else f" · {text.plural(run.pages, 'page')}"
    return f"run {run.run} · {run.method}{pages}"
