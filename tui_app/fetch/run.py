"""Carry out a plan: whole, or page by page."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from time import monotonic
from typing import Final

from tui_app.methods import fault_in_words, find_method, load_method
from tui_app.redlist.errors import MethodFailed, RedListError

from .attempt import MemoryRecorder, Page, Recorder
from .engine import Dispatcher, Totals
from .events import Cancel, Observer, State, nobody
from .library_logs import hidden_in_errors
from .limiter import Starts
from .plan import Plan
from .response_cache import ResponseCache

FREED_BYTES: Final = 1 << 24
"""Until a block of such a size was freed, glibc takes the memory of each response from the system
and gives it back: a page fault for each 4 KB, which costs asyncio a tenth of a request."""


@dataclass(frozen=True, slots=True)
class Result:
    """What a run came to."""

    plan: Plan
    seconds: float  # until the last commit; of a timed run until the last response
    totals: Totals  # counts, latencies, failures
    pages_total: int | None  # pages that the server says there are; None where it doesn't say
    cancelled: bool  # by the user
    pages: tuple[Page, ...] = ()  # in order; empty where a recorder of the caller's has them
    cpu_s: float = 0.0  # seconds of the processor that it took
    screen_cpu_s: float = 0.0  # those of the main thread meanwhile, where that is another one

    @property
    def complete(self) -> bool:
        """Whether everything that was asked for arrived."""
        return not (self.cancelled or self.totals.failures or self.totals.stopped)


def run(
    plan: Plan,
    observer: Observer = nobody,
    cancel: Cancel | None = None,
    recorder: Recorder | None = None,
    cache: ResponseCache | None = None,
    *,
    starts: Starts | None = None,
    timed: bool = False,
) -> Result:
    """Carry out a plan with its method; return when it has ended, one way or another.

    What goes wrong with requests is in the result, not raised.

    Args:
        plan: what to do.
        observer: told of every step, from the threads of the run.
        cancel: set it from any thread to stop within a second.
        recorder: keeps what arrives; without one the pages are in the result.
        cache: what earlier runs saved, of the same store as the recorder.
        starts: counts what other runs and programs start at the same server.
        timed: commit what arrives when the clock has stopped, as far as memory allows: writing
            is no part of what a comparison measures.

    Raises:
        UsageError: there is no such method, or it can't be imported.
    """
    load_method(plan.method)  # before the clock starts
    bytes(FREED_BYTES)
    memory, cancel = MemoryRecorder(), cancel or Cancel()
    dispatcher = Dispatcher(
        plan, recorder or memory, observer, cache=cache, starts=starts, timed=timed
    )
    cancel.listen(dispatcher.halt.set)
    process_s, main_s = _cpu_s()
    began = monotonic()
    dispatcher.tell(State.BEGUN, began)
    try:
        dispatcher.lookup.begin()
        _carry(dispatcher)
        # Else a method that gives up without a word would pass for a complete run.
        if not (dispatcher.done() or cancel.is_set()):
            dispatcher.stop(
                MethodFailed(f"{find_method(plan.method)} ended before all requests were complete")
            )
    finally:
        ended, cpu_s = monotonic(), _cpu_s()
        dispatcher.finish()
        cancel.forget(dispatcher.halt.set)
        if not timed:
            ended, cpu_s = monotonic(), _cpu_s()
        stopped = dispatcher.totals.stopped
        dispatcher.tell(State.ENDED, ended, reason=str(stopped) if stopped else "")
    screen_cpu_s = cpu_s[1] - main_s
    return Result(
        plan=plan,
        seconds=ended - began,
        totals=dispatcher.totals,
        pages_total=dispatcher.policy.frontier.pages_total(),
        cancelled=cancel.is_set(),
        pages=tuple(memory.in_order()),
        cpu_s=max(0.0, cpu_s[0] - process_s - screen_cpu_s),
        screen_cpu_s=screen_cpu_s,
    )


def _carry(dispatcher: Dispatcher) -> None:
    """Have the method carry the run; a fault of another package's ends it early, in words."""
    plan = dispatcher.plan
    method = find_method(plan.method)
    try:
        with hidden_in_errors(plan.token):
            load_method(plan.method)(dispatcher)
    except RedListError:
        raise
    except Exception as fault:
        if not method.package:
            raise
        failed = MethodFailed(f"{method} failed: {fault_in_words(fault, plan.token)}")
        failed.__cause__ = fault
        dispatcher.stop(failed)


def stream(plan: Plan, observer: Observer = nobody, starts: Starts | None = None) -> Iterator[Page]:
    """Yield each page as it arrives, one request at a time whatever the plan's method.

    Nothing is requested before it is wanted. Raises RequestError where one failed for good.
    """
    from .requests_client import RequestsClient  # takes 60 ms to import

    memory = MemoryRecorder()
    dispatcher = Dispatcher(plan, memory, observer, starts=starts, keep_at_once=True)
    with hidden_in_errors(plan.token), RequestsClient(dispatcher) as client:
        while (attempt := dispatcher.take()) is not None:
            dispatcher.settle(attempt, client.send(attempt))
            if memory.pages:
                yield memory.pages.pop()
            elif dispatcher.totals.failures:
                raise dispatcher.totals.failures[-1].error
            memory.failures.clear()


def _cpu_s() -> tuple[float, float]:
    """Seconds of the processor by now: the process's, and the screen's among them.

    What the program's main thread takes is not the run's, where that is another one: the screen
    lives there. Only Linux can tell; elsewhere the screen's share counts as the run's.
    """
    main, screen_s = threading.main_thread(), 0.0
    apart = threading.current_thread() is not main and main.ident is not None
    if apart and hasattr(time, "pthread_getcpuclockid"):
        assert main.ident is not None
        screen_s = time.clock_gettime(time.pthread_getcpuclockid(main.ident))
    return time.process_time(), screen_s
