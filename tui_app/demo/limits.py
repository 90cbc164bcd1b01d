"""The server's rate limit: a token bucket."""

from __future__ import annotations

from math import ceil
from typing import Final

LOWEST_RATE: Final = 0.0001
"""Requests a second."""
HIGHEST_RATE: Final = 1_000_000


class Bucket:
    """Lets *rate* requests a second through, and *burst* at once; no clock of its own."""

    def __init__(self, rate: float, burst: float, now: float = 0.0) -> None:
        """A full bucket at *now* (seconds of any steady clock)."""
        if not (LOWEST_RATE <= rate <= HIGHEST_RATE and 1 <= burst <= HIGHEST_RATE):
            raise ValueError(
                f"a rate limit needs a rate from {LOWEST_RATE:g} and a burst from 1, "
                f"both to {HIGHEST_RATE}"
            )
        self._rate, self._burst = rate, burst
        self._level, self._filled = burst, now

    @classmethod
    def read(cls, text: str, now: float = 0.0) -> Bucket:
        """The bucket for ``RATE`` or ``RATE:BURST``; raises ValueError if it is neither."""
        rate, _, burst = text.partition(":")
        return cls(float(rate), float(burst) if burst else max(1.0, float(rate)), now)

    def take(self, now: float) -> int:
        """0 if a request may pass at *now*, else after how many whole seconds one may."""
        self._level = min(self._burst, self._level + (now - self._filled) * self._rate)
        self._filled = now
        if self._level >= 1:
            self._level -= 1
            return 0
        return max(1, ceil((1 - self._level) / self._rate))
