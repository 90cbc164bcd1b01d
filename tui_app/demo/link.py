"""A link that all connections share, as fluid: the model of the ``notebook`` profile.

One transfer alone runs at rate 1.  At most ``1 / share`` transfers' worth of rate is there, so
each of *n* gets ``min(1, 1 / share / n)``.  With a share of 0.46 five pages at once take
5 x 0.48 x 0.46 = 1.10 s instead of 2.40 s one after another.  No clock: the caller says when it is.
"""

from __future__ import annotations

from typing import Final

NOTEBOOK_SHARE: Final = 0.46
"""The part of the link that one transfer can take (from the notebook's measurements)."""

_DONE: Final = 1e-9  # work left, in seconds, that counts as none


class SharedLink:
    """Transfers in progress; times and work are in seconds."""

    def __init__(self, share: float = NOTEBOOK_SHARE) -> None:
        """A link of which one transfer takes *share* when alone."""
        self._capacity = 1 / share
        self._left: dict[int, float] = {}
        self._now = 0.0

    def _rate(self) -> float:
        return min(1.0, self._capacity / len(self._left)) if self._left else 1.0

    def _advance(self, now: float) -> None:
        done = max(0.0, now - self._now) * self._rate()
        for number in self._left:
            self._left[number] -= done
        self._now = max(now, self._now)

    def join(self, number: int, work: float, now: float) -> None:
        """Begin a transfer that would take *work* seconds alone."""
        self._advance(now)
        self._left[number] = work

    def leave(self, number: int, now: float) -> None:
        """Give up a transfer, or nothing if it is not there."""
        self._advance(now)
        self._left.pop(number, None)

    def next_end(self) -> float | None:
        """When the next transfer will be done if none joins or leaves; None if there is none."""
        if not self._left:
            return None
        return self._now + max(0.0, min(self._left.values())) / self._rate()

    def finished(self, now: float) -> list[int]:
        """Take out the transfers that are done at *now*, in the order in which they joined."""
        self._advance(now)
        done = [number for number, left in self._left.items() if left <= _DONE]
        for number in done:
            del self._left[number]
        return done
