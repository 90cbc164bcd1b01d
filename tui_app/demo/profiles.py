"""Profiles: how long the demo server takes, and whether it makes mistakes.

A delay follows from the seed and the page asked for, never from the order or time of asking, so
that every method of fetching meets the same server.  The one exception is meant: under
``notebook`` all connections share a link (:mod:`tui_app.demo.link`), as they did there.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, exp, log, sqrt, tau
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
