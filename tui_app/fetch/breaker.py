"""The circuit breaker: a run that keeps meeting failures slows down, and stops after a bound.

No I/O and no clock. A request's own retries are the policy's; this looks at what all requests
of a run meet together. A good answer, or a plain "not found", forgets all that was before it.
"""

from __future__ import annotations

from typing import Final

from tui_app.redlist.errors import RequestError, RunHalted, TimedOut, Unreachable

SLOW_AFTER: Final = 3
"""So many rounds of failures in a row slow the run down."""

AWAY_ROUNDS: Final = 10
AWAY_REQUESTS: Final = 3
"""So many rounds without any answer, met by so many requests: the server is away, or the
network. With backoff that is two minutes or more: a router that restarts is back by then."""

GIVEN_UP: Final = 8
"""So many requests given up in a row, though the server answers. One whose record can't be
rendered answers 500 for it each time: a few of those beside each other must not end a run."""

ANSWERING_CAP: Final = 1 / 6
"""A server that answers, if badly, is waited for no longer than this part of the longest wait."""

MOST_PAUSES: Final = 5
"""So many pauses after a 429 in a row without one answer: ten minutes of the live API's."""


class Breaker:
    """Counts failures in a row."""

    __slots__ = ("_counted_at", "_given_up", "_requests", "away", "pauses", "rounds")

    def __init__(self) -> None:
        self.rounds = 0
        """Rounds of failures in a row: those of requests in flight together are one."""
        self.away = True
        """Whether none of them brought an answer."""
        self.pauses = 0
        """Pauses after a 429 in a row. A 429 is no failure: nothing else here counts it."""
        self._counted_at = float("-inf")
        self._requests: set[int] = set()
        self._given_up = 0

    def good(self) -> None:
        """The server answers."""
        self.pauses = 0
        if self.rounds or self._given_up:
            self.rounds = self._given_up = 0
            self.away = True
            self._requests.clear()

    def failed(self, request: int, error: RequestError, started: float, now: float) -> bool:
        """An attempt at a request came to nothing; whether that is a new round."""
        self.away = self.away and isinstance(error, Unreachable | TimedOut)
        self._requests.add(request)
        if started < self._counted_at:
            return False
        self.rounds += 1
        self._counted_at = now
        return True

    def gave_up(self) -> None:
        """A request was given up."""
        self._given_up += 1

    def refused(self) -> RunHalted | None:
        """The server's rate limit is reached: why the run stops rather than pausing once more."""
        if self.pauses == MOST_PAUSES:
            return RunHalted(
                f"The server refuses requests after {MOST_PAUSES} pauses without an answer between "
                "them: rate limit reached (HTTP 429)"
            )
        self.pauses += 1
        return None

    def slows(self) -> bool:
        """Whether the run is to wait before it sends anything more."""
        return self.rounds >= SLOW_AFTER

    def verdict(self, error: RequestError) -> RunHalted | None:
        """Why nothing more should be asked, after ``error``; None where more may be."""
        if self.away:
            if self.rounds >= AWAY_ROUNDS and len(self._requests) >= AWAY_REQUESTS:
                return RunHalted(f"No answer {self.rounds} times in a row ({error.detail})")
        elif self._given_up >= GIVEN_UP:
            return RunHalted(
                f"{self._given_up} requests in a row were given up (the last: {error.detail})"
            )
        return None
