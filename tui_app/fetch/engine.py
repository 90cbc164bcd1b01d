"""Between the policy and a method: hands out attempts, takes in outcomes, tells and keeps.

A method asks :meth:`Dispatcher.poll` what to do, sends, and hands the outcome to
:meth:`Dispatcher.settle`. All that is the same for every method happens here, once: status
and body are checked, the page is kept, events go out.
"""

from __future__ import annotations

import threading
import warnings
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field
from functools import partial
from time import monotonic, thread_time
from typing import Any, Final

from msgspec.structs import replace

from tui_app.redlist.decode import unpacked_size
from tui_app.redlist.errors import Interrupted, Malformed, NotFound, RedListError, RequestError

from .attempt import (
    TURN_BYTES,
    Attempt,
    FailedAttempt,
    Memory,
    Outcome,
    Page,
    Phases,
    Recorder,
    Response,
)
from .events import Cancel, Cancelled, Event, Observer, State, local_time_in, nobody
from .limiter import Starts
from .plan import DETAILS, Plan, Request
from .policy import Finished, Idle, Policy, Send, Step, Wait
from .recorder import CommitQueue
from .response_cache import Lookup, ResponseCache
from .validation import Validator

UNREADABLE: Final = (ValueError, LookupError, ArithmeticError, RecursionError, MemoryError)
"""What reading untrusted bytes may raise, beside the errors that name what is wrong with them."""

_OUTCOMES: Final = (Response, RequestError, Cancelled)

LONG_WAIT_S: Final = 5.0
"""A wait for the window from here on is reported: nothing seems to happen meanwhile."""


MEASURED_FIRST: Final = 32
MEASURED_EACH: Final = 8
"""The program's own work is measured for so many attempts, and then for one of so many."""


@dataclass(slots=True)
class Totals:
    """What a run has come to so far."""

    requests: int = 0  # attempts sent
    retries: int = 0  # attempts that were followed by another
    pages: int = 0  # answers kept, full assessments of rows not among them
    details: int = 0  # full assessments of rows, kept
    reused: int = 0  # of them, those that were kept already and that nothing was sent for
    records: int = 0  # rows in them
    size_bytes: int = 0  # bytes of bodies on the wire, kept or not
    pace_wait_s: float = 0.0  # seconds in which nothing could be sent because of the pace alone
    # Seconds of the processor that handing out and settling took, of so many attempts.
    measured_s: float = 0.0
    measured: int = 0
    # Request number and seconds on the network of each kept page, from the start of its attempt to
    # the end of its body.
    latencies_s: list[tuple[int, float]] = field(default_factory=list)
    failures: list[FailedAttempt] = field(default_factory=list)  # final ones, missing items too
    stopped: RedListError | None = None  # what ended the run early, if anything did

    @property
    def work_s(self) -> float:
        """Seconds of the processor that the program's own work took, in the threads that did it.

        Policy, checks, decoding and most events; not what a method does to send, nor unpacking,
        which an HTTP library would do. All attempts count as those that were measured.
        """
        return self.measured_s * self.requests / max(1, self.measured)


class Dispatcher:
    """Carries one run between a policy and a method."""

    def __init__(
        self,
        plan: Plan,
        recorder: Recorder,
        observer: Observer,
        *,
        cache: ResponseCache | None = None,
        starts: Starts | None = None,
        timed: bool = False,
        keep_at_once: bool = False,
    ) -> None:
        self.plan = plan
        # Set when nothing in flight can matter any more: the user cancelled, the token was refused,
        # the disk is full. Transports listen to it.
        self.halt = Cancel()
        self.totals = Totals()
        self.memory = Memory(plan.max_body_bytes, self.halt)
        self._commits = CommitQueue(
            recorder, self._done, self._wake, self.stop, hold=timed, at_once=keep_at_once
        )
        self._observer = observer
        validator = Validator(plan)
        self._validate = validator.validate
        self.lookup = Lookup(plan, cache, validator.saved_ids, self.halt)
        reserve = None if starts is None else partial(starts.reserve, plan.window)
        self.policy = Policy(plan, self.lookup.found, reserve=reserve)
        # One lock for policy and totals; waiting workers wait on it. It may be taken twice: an
        # observer that is told under it may cancel the run.
        self._lock = threading.RLock()
        self._changed = threading.Condition(self._lock)
        self._wakers: list[Callable[[], None]] = []
        self._announced = plan.first_number - 1  # the newest request that the observer knows
        self._paced: tuple[int, int] | None = None
        self._window_told = float("-inf")  # until when the window was reported to be full
        self._planned = 0
        self.halt.listen(self._wake_all)

    def poll(self) -> Attempt | Wait | Idle | Finished:
        """What to do now. Whoever gets an attempt has to send and settle it."""
        began_s = self._work_began_s()
        with self._lock:
            step = self._next()
        return self._begin(step, began_s) if isinstance(step, Send) else step

    def take(self) -> Attempt | None:
        """Wait, in the calling thread, for something to send; None when there is no more."""
        began_s = self._work_began_s()
        with self._lock:
            while not isinstance(step := self._next(), Send):
                if isinstance(step, Finished):
                    self._changed.notify_all()
                    return None
                until = step.until if isinstance(step, Wait) else None
                self._changed.wait(None if until is None else max(0.0, until - monotonic()))
            self._changed.notify()  # there may be something for another one as well
        return self._begin(step, began_s)

    def on_change(self, waker: Callable[[], None]) -> None:
        """Have ``waker`` called, from any thread, when :meth:`poll` may answer differently.

        Of several workers that wait it is enough to wake one, who then wakes the next.
        """
        self._wakers.append(waker)

    def _next(self) -> Step:
        if self.halt.is_set():
            return Finished()
        now = monotonic()
        if self._commits.crowded(now):
            return Idle()
        step = self.policy.next(now)
        self._record_reused(now)
        if isinstance(step, Wait) and step.why != "retry":
            self._announce(step.request, now)
            key, wait_s = (step.request.number, step.attempt), step.until - now
            if self._paced != key:
                self._paced = key
                self.tell(
                    State.PACED, now, step.request, step.attempt, wait_s=wait_s, reason=step.why
                )
            window = self.plan.window
            untold = step.until > max(self._window_told, now + LONG_WAIT_S)
            if step.why == "window" and window is not None and untold:
                self._window_told = step.until
                self._tell_pause(f"Waiting for the rate limit ({window.in_words()})", now, wait_s)
            if self.halt.is_set():  # an observer that was just told has cancelled the run
                return Finished()
        elif isinstance(step, Send):
            self._announce(step.request, now)
            self.totals.requests += 1
            self.totals.pace_wait_s += step.pace_wait_s
        return step

    def _record_reused(self, now: float) -> None:
        """Record the cached responses that are used in the place of requests."""
        reused, self.policy.reused = self.policy.reused, []
        for request, one in reused:
            page = Page(request, 200, {}, b"", 0, one.rows, 0, Phases(), one.paging, cached=one)
            self._commits.add(page)
        if reused:
            self._announce_planned(now)

    def _announce(self, request: Request, now: float) -> None:
        if request.number > self._announced:
            self._announced = request.number
            self.tell(State.QUEUED, now, request, 1, label=request.label, page=request.page)

    def _work_began_s(self) -> float | None:
        """When the next attempt is handed out, if that is measured; asking takes 1 µs."""
        number = self.totals.requests
        return thread_time() if number < MEASURED_FIRST or number % MEASURED_EACH == 0 else None

    def _begin(self, send: Send, began_s: float | None) -> Attempt:
        cached = self.lookup.found.get(send.request.path)
        attempt = Attempt(self.plan, send, cached, self._marked, self.memory)
        attempt.mark(State.STARTED)
        if began_s is not None:
            attempt.work_s = thread_time() - began_s
        return attempt

    def settle(self, attempt: Attempt, outcome: Outcome) -> None:
        """Check an outcome, keep what is good, plan what follows. Raises TypeError if it is none.

        The worker has to ask for more afterwards, until there is no more: nobody else is woken.
        """
        if attempt.work_s is None:
            self._settle(attempt, outcome)
            return
        began_s = thread_time()
        self._settle(attempt, outcome)
        with self._lock:
            self.totals.measured += 1
            self.totals.measured_s += attempt.work_s + thread_time() - began_s

    def _settle(self, attempt: Attempt, outcome: Outcome) -> None:
        given: object = outcome  # of another package's method it may be anything
        if not isinstance(given, _OUTCOMES):
            kind = type(given).__name__
            raise TypeError(f"An outcome is a Response, a RequestError or Cancelled(), not {kind}")
        judged = self._judged(attempt, outcome) if isinstance(outcome, Response) else outcome
        body = judged.body if isinstance(judged, Page) else b""
        # Until it is kept, a page's body holds its room; the wire's is gone when this returns.
        self.memory.shrink(attempt.request.number, len(body))
        if isinstance(judged, RequestError):
            judged.redact(self.plan.token)  # a server may repeat what it was sent
            judged.let_go()
        elif isinstance(judged, Page):
            self.lookup.follow(attempt.request, judged.paging, judged.ids)
        with self._lock:
            now = monotonic()  # in the order of the lock: what starts later is later
            if isinstance(outcome, Response):
                self.totals.size_bytes += len(outcome.body)
            if isinstance(judged, Cancelled):
                self.tell(State.CANCELLED, now, attempt.request, attempt.number)
                # It was asked: it counts among the requests that were made of the server.
                error = Interrupted(attempt.label, "stopped before it finished")
                self._commits.add(_failure(attempt, error))
                return
            request, wait_s = attempt.request, None
            if isinstance(judged, RequestError):
                wait_s = self.policy.failed(request, attempt.number, judged, now)
            elif not self.policy.answered(request, judged.rows, judged.paging, judged.ids):
                judged = replace(judged, past_end=True)
            self._announce_planned(now)
            news, self.policy.news = self.policy.news, []
            for reason, pause_s in news:
                if pause_s is None:
                    self.tell(State.SLOWED, now, reason=reason)
                else:
                    self._tell_pause("Rate limit reached (429)", now, pause_s, reason)
            if wait_s is None or isinstance(judged, Malformed):
                # Asked whole from now on: a 304 to a page that can't be read helps nobody.
                self.lookup.found.pop(request.path, None)
        if isinstance(judged, Page):
            self._commits.add(judged)
        else:
            self._failed(attempt, judged, wait_s)

    def _judged(self, attempt: Attempt, response: Response) -> Page | RequestError | Cancelled:
        try:
            room = self.room_for(response)
            attempt.hold(room)
            with self.memory.turn() if room >= TURN_BYTES else nullcontext():
                return self._validate(attempt, response)
        except Cancelled as stopped:
            return stopped
        except UNREADABLE as fault:
            return Malformed(attempt.label, f"the response can't be read ({type(fault).__name__})")

    def room_for(self, response: Response) -> int:
        """Bytes that a response takes at most while it is judged: as it came, and unpacked.

        Settling waits for so much room. An event loop waits by :meth:`Attempt.try_hold` first.
        """
        coding = response.headers.get("content-encoding", "")
        unpacked = unpacked_size(response.body, coding, self.plan.max_body_bytes)
        return unpacked if unpacked == len(response.body) else len(response.body) + unpacked

    def stop(self, error: RedListError) -> None:
        """End the run early because of ``error``; the first one counts."""
        with self._lock:
            self.totals.stopped = self.totals.stopped or error
        self.halt.set()

    def done(self) -> bool:
        """Whether no request is left to send; called when no worker polls and none is in flight."""
        with self._lock:
            return bool(self.totals.stopped) or isinstance(self.policy.next(monotonic()), Finished)

    def finish(self) -> None:
        """Wait until everything that arrived is committed."""
        self._commits.finish()

    def tell(
        self, state: State, at: float, request: Request | None = None, attempt: int = 0, **more: Any
    ) -> None:
        """Tell the observer of a step of a request, or of the run itself."""
        number = -1 if request is None else request.number
        try:
            self._observer(Event(self.plan.run, state, at, number, attempt, **more))
        except Exception as fault:  # its faults are none of the run's
            self._observer = nobody
            warnings.warn(
                f"The observer of run {self.plan.run} raised {fault!r}; it gets no more events.",
                RuntimeWarning,
                stacklevel=2,
            )

    def _marked(self, state: State, attempt: Attempt, at: float, **more: Any) -> None:
        if self.policy.pace.rate is not None:
            # Whose headers are here was sent, where a method doesn't know when.
            headers = state is State.HEADERS and not attempt.phases.was_sent
            if state is State.SENT or headers:
                with self._lock:
                    self.policy.sent(attempt.request, at)
                self._wake()
        self.tell(state, at, attempt.request, attempt.number, **more)

    def _tell_pause(self, what: str, now: float, wait_s: float, more: str = "") -> None:
        words = f"{what}. The run continues at {local_time_in(wait_s)}. {more}"
        self.tell(State.PAUSED, now, wait_s=wait_s, reason=words.strip())

    def _done(self, page: Page, state: State | None) -> None:
        """A page counts as done from now on; without a state it is lost."""
        request, totals = page.request, self.totals
        if state is not None:
            detail = request.target_index == DETAILS
            rows = 0 if detail else page.rows
            if not page.past_end:
                with self._lock:
                    totals.details += detail
                    totals.pages += not detail
                    totals.records += rows
                    totals.reused += not page.was_sent
                    if page.was_sent:
                        totals.latencies_s.append((request.number, page.phases.latency_s))
            more: dict[str, Any] = {"records": rows}
            if not page.was_sent:
                state, more = State.REUSED, more | {"label": request.label, "page": request.page}
            self.tell(state, monotonic(), request, page.attempt, **more)
        self.memory.shrink(request.number, 0)

    def _announce_planned(self, now: float) -> None:
        planned = self.policy.frontier.planned()
        if planned != self._planned:
            self._planned = planned
            self.tell(State.PLANNED, now, total=planned)

    def _failed(self, attempt: Attempt, error: RequestError, wait_s: float | None) -> None:
        """An attempt came to nothing; another follows in ``wait_s`` seconds, or none."""
        final = wait_s is None
        failed = _failure(attempt, error, final=final)
        with self._lock:
            if final:
                state = State.MISSING if isinstance(error, NotFound) else State.FAILED
                self.totals.failures.append(failed)
            else:
                state = State.RETRIED
                self.totals.retries += 1
        more: dict[str, Any] = {"reason": error.detail, "kind": error.kind, "status": error.status}
        self.tell(state, monotonic(), attempt.request, attempt.number, wait_s=wait_s, **more)
        self._commits.add(failed)
        if final and self.policy.stopped is not None:
            self.stop(self.policy.stopped)

    def _wake(self) -> None:
        with self._lock:
            self._changed.notify()
        for waker in self._wakers:
            waker()

    def _wake_all(self) -> None:
        with self._lock:
            self._changed.notify_all()


def _failure(attempt: Attempt, error: RequestError, *, final: bool = True) -> FailedAttempt:
    return FailedAttempt(attempt.request, attempt.number, attempt.phases, error, final)
