"""The API's rate limit: at most so many requests started in any so many seconds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from .text import counted

WINDOW_MARGIN: Final = 1.01
"""A window is kept this much longer than it is: requests do not all take the same time to reach
the server, whose clock counts."""


@dataclass(frozen=True, slots=True)
class Window:
    """A sliding window: at most so many requests started in any so many seconds."""

    requests: int
    seconds: float

    def __str__(self) -> str:
        return f"{self.requests}/{self.seconds:g}" if self.requests else "off"

    @classmethod
    def read(cls, text: str) -> Self:
        """The window that ``90/120`` stands for; else ValueError."""
        requests, slash, seconds = text.partition("/")
        if not (slash and requests.strip().isascii() and requests.strip().isdigit()):
            raise ValueError(text)
        return cls(int(requests), float(seconds))

    def in_words(self) -> str:
        """``90 requests in 120 s``."""
        return f"{counted(self.requests, 'request')} in {self.seconds:g} s"

    @property
    def held_s(self) -> float:
        """Seconds for which a start counts, with the margin."""
        return self.seconds * WINDOW_MARGIN


NO_WINDOW: Final = Window(0, 0.0)
"""Stands for ``off`` where None stands for the default."""

KNOWN_LIMIT: Final = Window(100, 120.0)
"""What the live API was seen to answer before it refuses (429). No limit is published."""

KNOWN_PAUSE_S: Final = 120.0
"""After a refusal without Retry-After: 60 s were too few in 14 of 15 cases, 120 s never were."""


def kept_window(settings: Mapping[str, Any]) -> Window | None:
    """The window among the settings that are kept of a run or a comparison."""
    text = settings.get("window")
    return Window.read(text) if text else None


def pace_in_words(rate: float | None, window: Window | None) -> str:
    """``2 requests a second, 90 requests in 120 s``, or ``off``."""
    parts = [] if rate is None else [f"{rate:g} request{'s' * (rate != 1)} a second"]
    parts += [] if window is None else [window.in_words()]
    return ", ".join(parts) or "off"


def spread_s(requests: int, rate: float | None, window: Window | None) -> float:
    """The least number of seconds from the first start to the last of so many requests."""
    last = max(0, requests - 1)
    step_s = 1 / rate if rate else 0.0
    if window is None or window.requests * step_s >= window.seconds:
        return last * step_s
    full, rest = divmod(last, window.requests)
    return full * window.seconds + rest * step_s


def first_over(requests: int, rate: float | None, window: Window) -> int | None:
    """The first of so many requests, from 1, that a window has no room for; None if all have."""
    slow = rate and window.requests / rate >= window.seconds
    return None if slow or requests <= window.requests else window.requests + 1
