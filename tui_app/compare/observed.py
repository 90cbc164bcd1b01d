"""Runs as they were measured: what an estimate is made from."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from tui_app.redlist.errors import NotFound

from .world import Sort


@dataclass(frozen=True, slots=True)
class Observed:
    """One attempt at one request. Times are seconds of its run's clock.

    Attributes:
        sort: what sort of answer it asked for.
        label: the request in words.
        started: when it was begun: a new connection is made from then on.
        sent: when it left; None where it never did.
        ended: when its answer was here; None where none came, or nobody noted when.
        new_connection: whether a connection was made for it.
        server_s: seconds that the server says it spent (``x-runtime``), or None.
        kind: of its failure, as in :mod:`tui_app.redlist.errors`; empty where it succeeded.
        retry_after_s: what the server asked to wait, as far as that can be told.
    """

    sort: Sort
    label: str
    started: float
    sent: float | None
    ended: float | None
    new_connection: bool = False
    server_s: float | None = None
    kind: str = ""
    retry_after_s: float | None = None

    @property
    def latency_s(self) -> float | None:
        """Seconds from its leaving to the end of its answer; None without a good one.

        That there is no such thing is an answer, too.
        """
        answered = self.kind in ("", NotFound.kind)
        if not answered or self.sent is None or self.ended is None:
            return None
        return max(0.0, self.ended - self.sent)


@dataclass(frozen=True, slots=True)
class ObservedRun:
    """One run, or its newest part.

    Attributes:
        method: how.
        in_flight: requests in flight at most.
        attempts: its attempts.
        seconds: how long it took, where all of it was sent and none of it failed; else None.
        requests: attempts sent in those seconds.
        cpu_s: of this computer's processor meanwhile, or None.
    """

    method: str
    in_flight: int
    attempts: tuple[Observed, ...]
    seconds: float | None = None
    requests: int = 0
    cpu_s: float | None = None

    @property
    def good(self) -> tuple[Observed, ...]:
        """Its attempts that brought an answer."""
        return tuple(one for one in self.attempts if one.latency_s is not None)


def spans_of(attempts: Sequence[Observed]) -> list[tuple[float, float]]:
    """When each good answer was under way."""
    return [
        (one.sent, one.ended)
        for one in attempts
        if one.sent is not None and one.ended is not None and one.latency_s is not None
    ]


def crowds(spans: Sequence[tuple[float, float]]) -> list[float]:
    """How many were under way during each, itself among them, on average."""
    changes = sorted([(start, 1) for start, _ in spans] + [(end, -1) for _, end in spans])
    times = [at for at, _ in changes]
    counts = list(accumulate(change for _, change in changes))
    # The seconds of all that were under way until each change.
    work = [0.0]
    for place in range(1, len(times)):
        work.append(work[-1] + counts[place - 1] * (times[place] - times[place - 1]))
    found = []
    for start, end in spans:
        if end <= start:
            found.append(1.0)
        else:
            done = work[bisect_left(times, end)] - work[bisect_left(times, start)]
            found.append(done / (end - start))
    return found
