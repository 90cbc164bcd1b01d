"""How often requests may start: a generic cell rate algorithm, without a clock of its own.

One :class:`Pace` is shared by all workers of a run, whatever the method, so that "two a
second" means two a second with 1 or with 50 in flight, retries included.
"""

from __future__ import annotations

from typing import Final

MARGIN: Final = 1.04
"""Starts are spaced by 4 % more than 1/rate: what leaves here evenly arrives a little less so,
and the promise is about any one second of the *server's* clock."""

LATENESS_S: Final = 0.01
"""A start that is late by so much (a thread took its time to wake) doesn't put off the next
ones, or the pace would never be used up. Less than the margin makes up for in a second."""


class Pace:
    """Evenly spaced starts.

    Args:
        rate: starts a second, or None for no limit.
    """

    __slots__ = ("_earliest", "_spacing_s", "why")

    def __init__(self, rate: float | None) -> None:
        self._spacing_s = MARGIN / rate if rate else 0.0
        self._earliest = float("-inf")
        self.why = "pace"
        """What sets :meth:`earliest`: ``pace``, or ``retry-after`` where a server asked."""

    def earliest(self) -> float:
        """When the next request may start, on the clock that :meth:`started` was told."""
        return self._earliest

    def started(self, now: float) -> None:
        """Note that a request starts at ``now``."""
        if self._spacing_s:
            self._earliest = max(self._earliest, now - LATENESS_S) + self._spacing_s
            self.why = "pace"

    def hold(self, until: float) -> None:
        """Let nothing start before ``until`` (a server's Retry-After)."""
        if until > self._earliest:
            self._earliest = until
            self.why = "retry-after"
