"""A run in simulated time: the very policy of a fetch, against a server that is only drawn.

A discrete-event simulation. The policy says what may be sent when; each request's answer is drawn
from what was measured; an answer begets further pages and full assessments, or a failure its
retries, as in a real run. No I/O and no clock; the same seed gives the same run.
"""

from __future__ import annotations

import heapq
import math
import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from tui_app.fetch import Plan, Request
from tui_app.fetch.policy import Finished, Policy, Reserve, Send, Step, Wait
from tui_app.redlist.errors import (
    CutOff,
    Malformed,
    NotFound,
    RequestError,
    ServerFault,
    Throttled,
    TimedOut,
    Unreachable,
)

from .link import Link
from .work import Answers, Work
from .world import Cost, Failing, Sort, World, sort_of

_WHAT: Final = "simulated"
ERRORS: Final[dict[str, Callable[[float | None], RequestError]]] = {
    Unreachable.kind: lambda wait_s: Unreachable(_WHAT, _WHAT),
    TimedOut.kind: lambda wait_s: TimedOut(_WHAT, _WHAT),
    CutOff.kind: lambda wait_s: CutOff(_WHAT, _WHAT),
    Malformed.kind: lambda wait_s: Malformed(_WHAT, _WHAT),
    Throttled.kind: lambda wait_s: Throttled(_WHAT, _WHAT, wait_s),
    ServerFault.kind: lambda wait_s: ServerFault(_WHAT, _WHAT, 503, wait_s),
    NotFound.kind: lambda wait_s: NotFound(_WHAT, _WHAT, 404),
}
"""Failures that can be simulated, by kind; each is told what the server asked to wait."""

_BREAKS_CONNECTION: Final = frozenset({Unreachable.kind, TimedOut.kind, CutOff.kind})


class Limit(StrEnum):
    """What keeps a run from ending sooner."""

    PACE = "the pace"
    LATENCY = "the latency"
    LINK = "the link"
    COMPUTER = "this computer"
    FAILURES = "failures"


@dataclass(frozen=True, slots=True)
class Simulated:
    """One simulated run.

    Attributes:
        seconds: from the first request's queueing to the last answer kept.
        requests: attempts sent, retries included.
        waits: what was waited for, in parts of the time.
        halted: whether the policy stopped it, because too much failed.
    """

    seconds: float
    requests: int
    waits: dict[Limit, float]
    halted: bool = False

    @property
    def limit(self) -> Limit:
        """What was waited for most."""
        return max(self.waits, key=self.waits.__getitem__, default=Limit.LATENCY)


@dataclass(slots=True)
class _Flight:
    """One attempt under way; ``failing`` says how it is going to end."""

    request: Request
    attempt: int
    left_s: float
    failing: Failing | None


def simulate(
    work: Work,
    world: World,
    *,
    seed: int = 0,
    luck: float = 0.5,
    most: int | None = None,
    total: int | None = None,
) -> Simulated:
    """Carry out a plan in simulated time.

    Args:
        work: the plan, and what there is to be found.
        world: how long answers take, and what else there is to meet.
        seed: of all that is drawn.
        luck: see :meth:`Latencies.drawer`.
        most: simulate so many answers at most, and reckon that the rest goes on like those
            after their first quarter: of long runs all parts are alike.
        total: the work's requests, where they are counted already.
    """
    return _Simulation(work, world, random.Random(seed), luck).run(most, total)


class _Simulation:
    def __init__(self, work: Work, world: World, rng: random.Random, luck: float) -> None:
        plan = work.plan
        self._policy = Policy(plan)
        self._answers = Answers(work)
        self._work = work
        self._timeout_s = plan.timeout_s
        self._chance = rng.random
        self._draws = {
            sort: latencies.drawer(rng, luck) for sort, latencies in world.latencies.items()
        }
        self._sorts: dict[int, Sort] = {}  # by operation; there may be thousands of targets
        self._failing = world.failing
        if plan.window is not None:  # who keeps to a window is not refused
            self._failing = {
                sort: tuple(one for one in kinds if one.kind != Throttled.kind)
                for sort, kinds in world.failing.items()
            }
        self._setup_s = world.setup_s
        self._cost = world.costs.get(plan.method, Cost())
        self._now = self._cost.start_s
        self._link = Link(math.inf if world.link is None else world.link)
        self._events: list[tuple[float, int, Callable[[_Flight], None], _Flight]] = []
        self._number = 0
        self._idle_connections = 0
        self._processing: deque[_Flight] = deque()
        self._flying = 0
        self._sent = 0
        self._settled = 0
        self._waits = dict.fromkeys(Limit, 0.0)

    def run(self, most: int | None, total: int | None) -> Simulated:
        policy = self._policy
        quarter = math.inf
        if most is not None:
            quarter, most = _whole_windows(self._work.plan, most // 4, most)
        quarter_at = 0.0
        while True:
            step = policy.next(self._now)
            if isinstance(step, Send):
                self._send(step)
                continue
            if not self._flying and isinstance(step, Finished):
                break
            self._wait(step)
            if self._settled >= quarter:
                quarter_at = quarter_at or self._now
                if most is not None and self._settled >= most:
                    total = self._work.requests if total is None else total
                    return self._reckoned(total, quarter_at, self._settled - int(quarter))
        return self._result(self._now, self._sent)

    def _result(self, seconds: float, requests: int) -> Simulated:
        spent = sum(self._waits.values()) or 1.0
        waits = {limit: waited / spent for limit, waited in self._waits.items() if waited}
        return Simulated(seconds, requests, waits, self._policy.stopped is not None)

    def _reckoned(self, total: int, since: float, settled_since: int) -> Simulated:
        """The whole run, of which so much is done: the rest goes on as it did since then."""
        left = max(0, total - self._settled)
        seconds = self._now + left * (self._now - since) / settled_since
        attempts = (self._sent - self._flying) / self._settled
        return self._result(seconds, round(total * attempts))

    # -- time ------------------------------------------------------------------------------

    def _wait(self, step: Step | Reserve) -> None:
        """Let time pass until something may be sent, or happens."""
        events = self._events
        at = events[0][0] if events else math.inf
        arrives = self._link.next_end()
        until = step.until if isinstance(step, Wait) else math.inf
        now = min(at, arrives, until)
        assert now < math.inf, "nothing would ever happen"
        self._waits[self._waits_for(step)] += max(0.0, now - self._now)
        self._now = max(self._now, now)
        if until <= at and until <= arrives:
            return
        if at <= arrives:
            _, _, happen, flight = heapq.heappop(events)
            happen(flight)
        else:
            self._arrived(self._link.pop(self._now))

    def _waits_for(self, step: Step | Reserve) -> Limit:
        if isinstance(step, Wait):
            if step.why in ("pace", "window"):
                return Limit.PACE
            return Limit.FAILURES
        if self._processing:
            return Limit.COMPUTER
        return Limit.LINK if self._link.full else Limit.LATENCY

    def _later(self, wait_s: float, happen: Callable[[_Flight], None], flight: _Flight) -> None:
        self._number += 1
        heapq.heappush(self._events, (self._now + wait_s, self._number, happen, flight))

    # -- one attempt -----------------------------------------------------------------------

    def _send(self, step: Send) -> None:
        request = step.request
        sort = self._sort_of(request)
        failing = self._fails(sort)
        late = failing is not None and failing.kind == TimedOut.kind
        latency_s = math.inf if late else self._draws[sort](request.label)
        flight = _Flight(request, step.attempt, latency_s, failing)
        self._sent += 1
        self._flying += 1
        if self._idle_connections:
            self._idle_connections -= 1
            self._leave(flight)
        else:
            self._later(self._setup_s, self._leave, flight)

    def _sort_of(self, request: Request) -> Sort:
        operation = request.target.operation
        found = self._sorts.get(id(operation))
        if found is None:
            found = self._sorts[id(operation)] = sort_of(operation)
        return found

    def _fails(self, sort: Sort) -> Failing | None:
        kinds = self._failing.get(sort)
        if not kinds:
            return None
        chance = self._chance()
        for failing in kinds:
            chance -= failing.share
            if chance < 0:
                return failing
        return None

    def _leave(self, flight: _Flight) -> None:
        self._policy.sent(flight.request, self._now)
        if flight.left_s > self._timeout_s:
            flight.failing = Failing(TimedOut.kind, 0.0)
            self._later(self._timeout_s, self._process, flight)
        else:
            self._link.join(flight, flight.left_s, self._now)

    def _arrived(self, flight: object) -> None:
        assert isinstance(flight, _Flight)
        self._process(flight)

    def _process(self, flight: _Flight) -> None:
        """An answer is here: it waits for the processor, and takes it for a while."""
        self._processing.append(flight)
        if len(self._processing) == 1:
            self._later(self._cost.request_s, self._settle, flight)

    def _settle(self, flight: _Flight) -> None:
        self._processing.popleft()
        if self._processing:
            self._later(self._cost.request_s, self._settle, self._processing[0])
        self._flying -= 1
        failing, request = flight.failing, flight.request
        if failing is None or failing.kind not in _BREAKS_CONNECTION:
            self._idle_connections += 1
        if failing is not None:
            error = ERRORS[failing.kind](failing.retry_after_s)
            again = self._policy.failed(request, flight.attempt, error, self._now)
            self._settled += not hasattr(again, "wait_s")
            return
        self._settled += 1
        records, paging, ids = self._answers.to(request)
        self._policy.answered(request, records, paging, ids)


def _whole_windows(plan: Plan, quarter: int, most: int) -> tuple[int, int]:
    """Where the part of a run begins and ends after which the rest goes on alike.

    Requests come in a burst for each window: only whole ones are alike.
    """
    window = plan.window
    if window is None or 2 * window.requests > most:
        return quarter, most
    each = window.requests
    quarter = -(-quarter // each) * each
    return quarter, quarter + max(1, (most - quarter) // each) * each
