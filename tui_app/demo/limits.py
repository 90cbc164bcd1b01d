"""The server's rate limit: a token bucket."""

from __future__ import annotations

from math import ceil


class Bucket:
    """Lets *rate* requests a second through, and *burst* at once; no clock of its own."""

    def __init__(self, rate: float, burst: float, now: float = 0.0) -> None:
        """A full bucket at *now* (seconds of any steady clock)."""
        if rate <= 0 or burst < 1:
            raise ValueError("a rate limit needs a rate above 0 and a burst of 1 at least")
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
