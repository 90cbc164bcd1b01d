"""How often requests may start: a generic cell rate algorithm, without a clock of its own.

One :class:`Pace` is shared by all workers of a run, whatever the method, so that "two a
second" means two a second with 1 or with 50 in flight, retries included.
"""

from __future__ import annotations

from collections import deque
from typing import Final

MARGIN: Final = 1.03
"""Starts are spaced by 3 % more than 1/rate: what leaves here evenly arrives a little less so,
and the promise is about any one second of the *server's* clock."""

LATENESS_S: Final = 0.01
"""A start that is late by so much (a thread took its time to wake) doesn't put off the next
ones, or the pace would never be used up. Less than the margin makes up for in a second."""

LOWERED: Final = 0.7
"""What is left of the rate when a server says that it is asked too often (429)."""

CEILING: Final = 0.9
"""The rate never comes back to more than this part of the one that was too much."""

STEP: Final = 0.01
"""Each good answer brings back this part of the ceiling: what one 429 took, some twenty do."""

LEAST_RATE: Final = 0.5
"""It is never lowered to less than this: a server that wants more says so in Retry-After."""


class Pace:
    """Evenly spaced starts.

    Args:
        rate: starts a second, or None for no limit.
    """

    __slots__ = ("_ceiling", "_earliest", "_lowered_at", "_recent", "rate", "why")

    def __init__(self, rate: float | None) -> None:
        self.rate = rate
        """Starts a second as things stand; None for no limit."""
        self.why = "pace"
        """What sets :meth:`earliest`: ``pace``, or ``retry-after`` where a server asked, or
        ``failures`` where too much failed."""
        self._earliest = float("-inf")
        self._ceiling: float | None = None
        self._lowered_at = float("-inf")
        self._recent: deque[float] = deque(maxlen=32)  # starts: what no limit came to

    def earliest(self) -> float:
        """When the next request may start, on the clock that :meth:`started` was told."""
        return self._earliest

    def started(self, now: float) -> None:
        """Note that a request starts at ``now``."""
        self._recent.append(now)
        self._after(now, grid=True)

    def sent(self, now: float) -> None:
        """Note that a request that had started went out at ``now``: connecting takes a while."""
        self._after(now, grid=False)

    def _after(self, now: float, *, grid: bool) -> None:
        if self.rate is None:
            return
        spacing_s = MARGIN / self.rate
        if grid:
            self._earliest = max(self._earliest, now - LATENESS_S) + spacing_s
            self.why = "pace"
        else:
            self._earliest = max(self._earliest, now - LATENESS_S + spacing_s)

    def hold(self, until: float, why: str = "retry-after") -> None:
        """Let nothing start before ``until``: a server's Retry-After, or too many failures."""
        if until > self._earliest:
            self._earliest = until
            self.why = why

    def throttled(self, started: float, now: float) -> bool:
        """A server said that it is asked too often; whether the rate is lower from now on.

        Args:
            started: when that request started. One that was under way when the rate was
                lowered says nothing new.
            now: when it said so.
        """
        if started < self._lowered_at:
            return False
        was = self.rate if self.rate is not None else self._observed(now)
        self._ceiling = CEILING * was
        self.rate = max(min(LEAST_RATE, was), LOWERED * was)
        self._lowered_at = now
        return True

    def _observed(self, now: float) -> float:
        """Starts in the last second."""
        return float(max(1, sum(start > now - 1 for start in self._recent)))

    def good(self) -> None:
        """A good answer came: a lowered rate rises a little."""
        if self._ceiling is not None and self.rate is not None:
            self.rate = min(self._ceiling, self.rate + STEP * self._ceiling)
