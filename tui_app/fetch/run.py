"""Carry out a plan: whole, or page by page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from time import monotonic

from tui_app.methods import fault_in_words, find_method, load_method
from tui_app.redlist.errors import MethodFailed, RedListError

from .cancel import Cancel
from .cpu import CpuClock
from .dispatcher import Dispatcher, Totals
from .events import Observer, State, nobody
from .hiding import hidden_in_errors
from .outcome import Keeper, MemoryKeeper, Page
from .pace import Starts
from .plan import Plan
from .shelf import Shelf


@dataclass(frozen=True, slots=True)
class Result:
    """What a run came to.

    Attributes:
        plan: what was to be done.
        seconds: from the first request's queueing to the last page kept.
        totals: counts, latencies, failures.
        pages_total: pages that the server says there are; None where it doesn't say.
        cancelled: whether the user stopped it.
        pages: the pages in order; empty where a keeper of the caller's has them.
        cpu_s: seconds of the processor that it took.
        keeping_cpu_s: of them, those of the thread that keeps, which works beside.
        screen_cpu_s: that the program's main thread took meanwhile, where that is another one.
    """

    plan: Plan
    seconds: float
    totals: Totals
    pages_total: int | None
    cancelled: bool
    pages: tuple[Page, ...] = ()
    cpu_s: float = 0.0
    keeping_cpu_s: float = 0.0
    screen_cpu_s: float = 0.0

    @property
    def complete(self) -> bool:
        """Whether everything that was asked for arrived."""
        return not (self.cancelled or self.totals.failures or self.totals.stopped)


def run(
    plan: Plan,
    observer: Observer = nobody,
    cancel: Cancel | None = None,
    keeper: Keeper | None = None,
    shelf: Shelf | None = None,
    *,
    starts: Starts | None = None,
) -> Result:
    """Carry out a plan with its method; return when it has ended, one way or another.

    What goes wrong with requests is in the result, not raised.

    Args:
        plan: what to do.
        observer: told of every step, from the threads of the run.
        cancel: set it from any thread to stop within a second.
        keeper: keeps what arrives; without one the pages are in the result.
        shelf: what earlier runs kept, looked at before anything is asked for; its keeper
            has to be the same store's.
        starts: counts what other runs and programs start at the same server.

    Raises:
        UsageError: there is no such method, or it can't be imported.
    """
    load_method(plan.method)  # before the clock starts
    memory = MemoryKeeper() if keeper is None else None
    dispatcher = Dispatcher(
        plan,
        keeper or memory or MemoryKeeper(),
        observer,
        shelf=shelf,
        starts=starts,
    )
    if cancel is not None:
        cancel.listen(dispatcher.halt.set)
    clock = CpuClock()
    began = monotonic()
    dispatcher.tell_run(State.BEGUN, began)
    try:
        _carry(dispatcher)
        # Else a method that gives up without a word would pass for a complete run.
        if not (dispatcher.done() or (cancel is not None and cancel.is_set())):
            dispatcher.stop(MethodFailed(f"{find_method(plan.method)} left before all was done"))
    finally:
        dispatcher.finish()
        if cancel is not None:
            cancel.forget(dispatcher.halt.set)
        ended = monotonic()
        cpu_s, screen_cpu_s = clock.read()
        stopped = dispatcher.totals.stopped
        dispatcher.tell_run(State.ENDED, ended, reason=str(stopped) if stopped else "")
    return Result(
        plan=plan,
        seconds=ended - began,
        totals=dispatcher.totals,
        pages_total=dispatcher.pages_total(),
        cancelled=cancel is not None and cancel.is_set(),
        pages=tuple(memory.in_order()) if memory is not None else (),
        cpu_s=cpu_s,
        keeping_cpu_s=dispatcher.keeping_cpu_s,
        screen_cpu_s=screen_cpu_s,
    )


def _carry(dispatcher: Dispatcher) -> None:
    """Have the method carry the run. A fault of another package's ends it early, with a sentence.

    One of ours is raised.
    """
    plan = dispatcher.plan
    method = find_method(plan.method)
    try:
        with hidden_in_errors(plan.token):
            load_method(plan.method).carry(dispatcher)
    except RedListError:
        raise
    except Exception as fault:
        if not method.package:
            raise
        failed = MethodFailed(f"{method} failed: {fault_in_words(fault, plan.token)}")
        failed.__cause__ = fault
        dispatcher.stop(failed)


def stream(plan: Plan, observer: Observer = nobody, starts: Starts | None = None) -> Iterator[Page]:
    """Yield each page as it arrives; nothing is asked for before it is wanted.

    One request at a time, whatever the plan's method, because a request sent ahead would be
    one that nobody asked for. Closing the generator early costs nothing.

    Raises:
        RequestError: a request failed for good.
    """
    from .blocking import BlockingTransport  # requests is imported when used

    memory = MemoryKeeper()
    dispatcher = Dispatcher(plan, memory, observer, starts=starts, keep_at_once=True)
    with hidden_in_errors(plan.token), BlockingTransport(dispatcher) as transport:
        while (attempt := dispatcher.take()) is not None:
            dispatcher.settle(attempt, transport.send(attempt))
            if memory.pages:
                yield memory.pages.pop()
            elif dispatcher.totals.failures:
                raise dispatcher.totals.failures[-1].error
            memory.failures.clear()


__all__ = ["Result", "run", "stream"]
