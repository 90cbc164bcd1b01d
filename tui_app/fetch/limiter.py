"""How often requests may start: a rate and a window. No I/O and no clock.

One :class:`Pace` is shared by all workers of a run, whatever the method, so that "two a
second" means two a second with 1 or with 50 in flight, retries included.

What counts is when requests really left. A grid of planned times would lose, or catch up on,
every start that is late; a window loses what one start in a second is late.
"""

from __future__ import annotations

from collections import deque
from operator import itemgetter
from typing import Final, Protocol

from tui_app.redlist.rate_limit import Window

MARGIN: Final = 1.045
"""As many requests as fit into a second take 4.5 % more than one: what leaves here evenly arrives
a little less so, and the promise is about any one second of the *server's* clock. A twentieth is
what the pace may leave unused."""

CLOSEST: Final = 0.8
"""Two starts are at least this part of 1/rate apart: evenly spaced, but for threads that take
their time to wake."""

LOWERED: Final = 0.7
"""What is left of the rate when a server reports that the rate limit is reached (429)."""

CEILING: Final = 0.9
"""The rate never comes back to more than this part of the one that was too much."""

STEP: Final = 0.01
"""Each good answer brings back this part of the ceiling: what one 429 took, some twenty do."""

LEAST_RATE: Final = 0.5
"""It is never lowered to less than this: a server that wants more says so in Retry-After."""

MOST_REMEMBERED: Final = 4096
"""A window of more requests than these is never full: a pace of thousands is none."""


class Starts(Protocol):
    """When requests to one server started, whichever run or program sent them.

    A rate limit belongs to a token: what others start counts as well.
    """

    def reserve(self, window: Window | None) -> float:
        """Count a start now, where the window has room for it; None has room always.

        Gives the seconds until there is room, 0 where the start is counted. From any thread.
        """


class Pace:
    """Evenly spaced starts, and no more than a window has room for; None is no limit."""

    __slots__ = ("_ceiling", "_held", "_held_why", "_left", "_lowered_at", "_window", "rate")

    def __init__(self, rate: float | None, window: Window | None = None) -> None:
        self.rate = rate  # starts a second as things stand
        self._window = window
        most = max(MOST_REMEMBERED, 0 if window is None else window.requests)
        self._left: deque[float] = deque(maxlen=most)  # when requests left
        self._held = float("-inf")
        self._held_why = ""
        self._ceiling: float | None = None
        self._lowered_at = float("-inf")

    def earliest(self) -> tuple[float, str]:
        """When the next request may start, on the same clock as the times given to :meth:`started`.

        And what sets it: ``pace``, ``window``, or what :meth:`hold` was told.
        """
        limits = (self._paced(), "pace"), (self._windowed(), "window"), (self._held, self._held_why)
        return max(limits, key=itemgetter(0))

    def _paced(self) -> float:
        if self.rate is None or not self._left:
            return float("-inf")
        several = max(1, int(self.rate))
        closest = self._left[-1] + CLOSEST / self.rate
        if len(self._left) < several:
            return closest
        return max(closest, self._left[-several] + MARGIN * several / self.rate)

    def _windowed(self) -> float:
        window = self._window
        if window is None or len(self._left) < window.requests:
            return float("-inf")
        return self._left[-window.requests] + window.held_s

    def started(self, now: float) -> None:
        """Note that a request starts at ``now``."""
        self._left.append(now)

    def sent(self, now: float) -> None:
        """Note that the request that started last left at ``now``: connecting takes a while."""
        self._left[-1] = now

    def hold(self, until: float, why: str = "retry-after") -> None:
        """Let nothing start before ``until``: a server's Retry-After, or too many failures."""
        if until > self._held:
            self._held, self._held_why = until, why

    def throttled(self, started: float, now: float) -> bool:
        """A server reported that the rate limit is reached; whether the rate is lower now.

        A request that had ``started`` before the rate was lowered says nothing new.
        """
        if started < self._lowered_at:
            return False
        last_second = sum(left > now - 1 for left in self._left)
        was = float(max(1, last_second)) if self.rate is None else self.rate
        self._ceiling = CEILING * was
        self.rate = max(min(LEAST_RATE, was), LOWERED * was)
        self._lowered_at = now
        return True

    def good(self) -> None:
        """A good answer came: a lowered rate rises a little."""
        if self._ceiling is not None and self.rate is not None:
            self.rate = min(self._ceiling, self.rate + STEP * self._ceiling)
