"""What answers share, as fluid: a link, or a server that does only so much at once.

Up to ``capacity`` transfers each go as fast as one alone; of more each gets an even share. In
*virtual time*, which passes the slower the more there are, each takes as long as it would alone:
so that the next end is the least of a heap, however many share.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Sequence
from typing import Final

LEAST_CAPACITY: Final = 0.1


class Link:
    """Transfers under way. No clock: the caller says when it is, never earlier than before.

    Args:
        capacity: how many are as fast together as one alone; infinity for any number.
    """

    __slots__ = ("_capacity", "_ends", "_now", "_number", "_virtual")

    def __init__(self, capacity: float = math.inf) -> None:
        self._capacity = max(capacity, LEAST_CAPACITY)
        self._ends: list[tuple[float, int, object]] = []
        self._number = 0
        self._now = 0.0
        self._virtual = 0.0

    @property
    def full(self) -> bool:
        """Whether those under way slow each other down."""
        return len(self._ends) > self._capacity

    def join(self, what: object, alone_s: float, now: float) -> None:
        """Begin a transfer that would take so many seconds alone."""
        self._advance(now)
        self._number += 1
        heapq.heappush(self._ends, (self._virtual + alone_s, self._number, what))

    def next_end(self) -> float:
        """When the next one ends if none joins; infinity where there is none."""
        if not self._ends:
            return math.inf
        return self._now + max(0.0, self._ends[0][0] - self._virtual) / self._speed()

    def pop(self, now: float) -> object:
        """Take out the next one, which ends now."""
        self._advance(now)
        return heapq.heappop(self._ends)[2]

    def _speed(self) -> float:
        return min(1.0, self._capacity / len(self._ends)) if self._ends else 1.0

    def _advance(self, now: float) -> None:
        self._virtual += (now - self._now) * self._speed()
        self._now = now


def capacity_of(
    spans: Sequence[Sequence[tuple[float, float]]], alone_s: float, *, most: float
) -> float | None:
    """The capacity with which transfers that were seen would have taken as long as they did.

    While ``n`` are under way, ``min(n, capacity)`` seconds of work are done each second.

    Args:
        spans: when each began and ended, run by run.
        alone_s: seconds that all of them would have taken alone, one after another.
        most: a capacity of so many is none: nothing was held up.

    Returns:
        None where nothing held them up.
    """
    times: dict[int, float] = {}
    for run in spans:
        _add_times(run, times)

    def done_s(capacity: float) -> float:
        return sum(min(count, capacity) * time_s for count, time_s in times.items())

    if done_s(most) <= alone_s * (1 + 1e-9):
        return None
    low, high = LEAST_CAPACITY, most
    for _ in range(50):
        middle = (low + high) / 2
        if done_s(middle) < alone_s:
            low = middle
        else:
            high = middle
    return high


def _add_times(run: Sequence[tuple[float, float]], times: dict[int, float]) -> None:
    """Add for how long how many of a run's transfers were under way."""
    changes = sorted([(start, 1) for start, _ in run] + [(end, -1) for _, end in run])
    count, before = 0, 0.0
    for at, change in changes:
        if count:
            times[count] = times.get(count, 0.0) + at - before
        count += change
        before = at
