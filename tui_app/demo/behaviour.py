"""How the server behaves: its delays, the link that connections share, its rate limit.

A delay follows from the seed and the page, never from the order or time of requests, so that
every method meets the same server. The one exception is meant: under ``notebook`` all connections
share a link (:class:`SharedLink`).
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from math import cos, exp, log, sqrt, tau
from pathlib import Path
from typing import Final

from .answer import Kind
from .hashing import unit

_TAILS: Final = 2.0  # a spread is cut off at so many sigmas


@dataclass(frozen=True, slots=True)
class Delay:
    """A log-normal delay: its median in seconds and its spread (sigma of the logarithm)."""

    median_s: float
    sigma: float = 0.35

    def at(self, one: float, other: float) -> float:
        """The delay, in seconds, for two numbers from 0 to below 1 (Box and Muller's method)."""
        deviation = sqrt(-2 * log(1 - one)) * cos(tau * other)
        return self.median_s * exp(self.sigma * max(-_TAILS, min(_TAILS, deviation)))


@dataclass(frozen=True, slots=True)
class Profile:
    """A way for the server to behave.

    Attributes:
        name: as the command line names it.
        help: a line for people.
        delays: of each kind of answer.
        faults: whether some answers are spoilt.
        shared_link: whether bodies travel over one link that all connections share; delays are
            then how long each takes alone.
    """

    name: str
    help: str
    delays: dict[Kind, Delay]
    faults: bool = False
    shared_link: bool = False

    def delay_s(self, seed: int, page_key: str, kind: Kind) -> float:
        """The delay of one page, in seconds from the arrival of the request."""
        delay = self.delays[kind]
        if not delay.sigma:
            return delay.median_s
        return delay.at(unit(seed, "delay", page_key), unit(seed, "turn", page_key))


def _delays(page: Delay, v3_page: Delay, record: Delay, codes: Delay) -> dict[Kind, Delay]:
    return {
        Kind.PAGE: page,
        Kind.V3_PAGE: v3_page,
        Kind.RECORD: record,
        Kind.CODES: codes,
        Kind.SMALL: Delay(codes.median_s * 0.7, codes.sigma),
    }


_NONE: Final = Delay(0, 0)

PROFILES: Final[dict[str, Profile]] = {
    profile.name: profile
    for profile in (
        Profile("fast", "no delay at all", dict.fromkeys(Kind, _NONE)),
        Profile(
            "typical",
            "a page takes 0.3 s, give or take",
            _delays(Delay(0.3), Delay(0.3), Delay(0.2), Delay(0.08, 0.2)),
        ),
        Profile(
            "iucn",
            "as slow as the real API was measured to be (a page 0.6 to 1.6 s)",
            _delays(Delay(0.98, 0.24), Delay(4.4, 0.3), Delay(0.25, 0.15), Delay(0.13, 0.1)),
        ),
        Profile(
            "notebook",
            "0.48 s a page alone, over a link that five at once make 2.2 times faster, no more",
            _delays(Delay(0.48, 0), Delay(0.48, 0), Delay(0.25, 0), Delay(0.06, 0)),
            shared_link=True,
        ),
        Profile(
            "flaky",
            "a page takes 0.1 s, and some answers fail in every way that answers fail",
            _delays(Delay(0.1), Delay(0.1), Delay(0.08), Delay(0.04, 0.2)),
            faults=True,
        ),
    )
}
"""The profiles by their name."""

NOTEBOOK_SHARE: Final = 0.46
"""The part of the link that one transfer can take (from the notebook's measurements)."""

_DONE: Final = 1e-9  # work left, in seconds, that counts as none


class SharedLink:
    """A link that all connections share, as fluid; times and work are in seconds.

    One transfer alone runs at rate 1. At most ``1 / share`` transfers' worth of rate is there, so
    each of *n* gets ``min(1, 1 / share / n)``. With a share of 0.46 five pages at once take
    5 x 0.48 x 0.46 = 1.10 s instead of 2.40 s one after another. No clock: the caller gives it.
    """

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


_MOST_REQUESTS: Final = 1_000_000
_SHORTEST_S: Final = 0.001
_LONGEST_S: Final = 86_400.0


class Window:
    """The live server's rate limit: at most *most* answers within any *span_s* seconds.

    Refused requests don't count.
    """

    def __init__(self, most: int, span_s: float) -> None:
        """An empty window; raises ValueError where the numbers make no sense."""
        if not (1 <= most <= _MOST_REQUESTS and _SHORTEST_S <= span_s <= _LONGEST_S):
            raise ValueError(
                "a rate limit is N/S: 1 to 1,000,000 requests in 0.001 to 86,400 seconds"
            )
        self._span_s = span_s
        self._admitted: deque[float] = deque(maxlen=most)

    @classmethod
    def read(cls, text: str) -> Window:
        """The window for ``N/S``, for instance ``100/120``; raises ValueError."""
        most, _, span_s = text.partition("/")
        return cls(int(most), float(span_s))

    def admits(self, now: float) -> bool:
        """Whether a request may pass at *now* (seconds of any steady clock), and count it if so."""
        full = len(self._admitted) == self._admitted.maxlen
        if full and self._admitted[0] > now - self._span_s:
            return False
        self._admitted.append(now)
        return True


ENVIRONMENT_VARIABLE: Final = "IUCN_TUI_DEMO_TOKEN"
"""The environment variable that may hold the token, which then shows in no process list."""


@dataclass(frozen=True, slots=True)
class Options:
    """How a server is to behave.

    Attributes:
        profile: a key of :data:`PROFILES`.
        seed: seed of the catalogue, the delays and the faults.
        token: the token that every request must carry; None: none is needed.
        delay_s: seconds for every answer, in place of the profile's delays.
        rate_limit: ``N/S``: at most N requests in any S seconds; None: no limit.
        replay: a recording that is served in place of the catalogue, see :mod:`.recording`.
    """

    profile: str = "typical"
    seed: int = 0
    token: str | None = None
    delay_s: float | None = None
    rate_limit: str | None = None
    replay: Path | None = None
