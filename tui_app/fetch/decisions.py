"""What the policy says: the steps of a run, and the verdicts on what came of them."""

from __future__ import annotations

from dataclasses import dataclass

from tui_app.redlist.errors import RedListError, RequestError

from .plan import Request


@dataclass(frozen=True, slots=True)
class Send:
    """Send this request now."""

    request: Request
    attempt: int
    queued_at: float
    pace_wait_s: float


@dataclass(frozen=True, slots=True)
class Wait:
    """Send nothing before ``until``.

    Attributes:
        until: on the clock of ``now``.
        request: the one that is first in line.
        attempt: which attempt it will be.
        why: ``pace``, ``window``, ``rate limit`` (the run pauses after a 429), ``retry-after``
            (the server asked all to wait), ``failures`` (so much failed that all wait) or
            ``retry`` (backoff).
    """

    until: float
    request: Request
    attempt: int
    why: str


@dataclass(frozen=True, slots=True)
class Idle:
    """Nothing to send until something in flight returns."""


@dataclass(frozen=True, slots=True)
class Finished:
    """Nothing to send any more."""


@dataclass(frozen=True, slots=True)
class Reserve:
    """See whether the server's window has room for one more request of anybody's."""


Step = Send | Wait | Idle | Finished


@dataclass(frozen=True, slots=True)
class Keep:
    """The answer is good: keep its ``records`` rows."""

    records: int


@dataclass(frozen=True, slots=True)
class PastEnd:
    """The answer is good and empty: the list has ended before this page."""


@dataclass(frozen=True, slots=True)
class Again:
    """Another attempt follows ``wait_s`` seconds from now, because of ``error``."""

    wait_s: float
    error: RequestError


@dataclass(frozen=True, slots=True)
class GiveUp:
    """No further attempt at this request, because of ``error``."""

    error: RequestError


@dataclass(frozen=True, slots=True)
class Stop:
    """No further attempt at anything: ``error`` befell this one, ``because`` is the run's end."""

    error: RequestError
    because: RedListError


Verdict = Keep | PastEnd | Again | GiveUp | Stop


@dataclass(frozen=True, slots=True)
class Slower:
    """The run sends less from now on.

    Attributes:
        reason: why, in words.
        wait_s: seconds for which it pauses because of a 429; None where it does not pause.
    """

    reason: str
    wait_s: float | None = None
