"""What comes back from a transport, and what is handed on to be kept."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final, Protocol

import msgspec

from tui_app.redlist import Kind, Paging, Record, records
from tui_app.redlist.decode import error_message, first_words
from tui_app.redlist.errors import (
    AccessRefused,
    Malformed,
    NotFound,
    Redirected,
    Rejected,
    RequestError,
    ServerFault,
    Throttled,
    TokenRefused,
    Unexpected,
)

from .plan import Request
from .response_cache import CachedResponse

NOT_HTTP: Final = "the response is not valid HTTP"

NEVER = math.nan
"""A time at which nothing happened."""


@dataclass(slots=True)
class Phases:
    """When each phase of one attempt ended, in seconds of the monotonic clock; NaN: never.

    ``queued → (pace) → started → dns → connected → sent → headers → body → decoded``.
    On a connection that was kept alive there is no ``dns`` and no ``connected``.
    """

    queued: float = NEVER
    pace_wait_s: float = 0.0
    started: float = NEVER
    dns: float = NEVER
    connected: float = NEVER
    sent: float = NEVER
    headers: float = NEVER
    body: float = NEVER
    decoded: float = NEVER

    @property
    def was_sent(self) -> bool:
        """Whether the request got on its way, so that a connection stood."""
        return not math.isnan(self.sent)

    @property
    def latency_s(self) -> float:
        """Seconds on the network: from the start of the attempt to the end of its body."""
        return self.body - self.started


@dataclass(frozen=True, slots=True)
class Response:
    """An answer as it came over the wire: any status, body still packed.

    Attributes:
        status: HTTP status.
        headers: names in lower case.
        body: bytes of the body, at most the plan's limit.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes


class Cancelled(Exception):
    """The attempt was stopped by the user."""


Outcome = Response | RequestError | Cancelled
"""What a transport says of an attempt. It raises only for faults of its own."""


def check_outcome(given: object) -> None:
    """See that what a method gives is an outcome.

    Raises:
        TypeError: it isn't.
    """
    if not isinstance(given, Response | RequestError | Cancelled):
        kind = type(given).__name__
        raise TypeError(f"An outcome is a Response, a RequestError or Cancelled(), not {kind}")


class Page(msgspec.Struct, frozen=True):
    """A good answer, ready to be kept.

    Attributes:
        request: which one.
        status: HTTP status.
        headers: those worth keeping, names in lower case.
        body: unpacked.
        size_bytes: on the wire.
        rows: how many records it has.
        attempt: which attempt brought it.
        phases: when.
        paging: what its headers say of the whole list; a 304 may leave that to the kept page.
        past_end: whether the list had ended before it: its timings count, its body doesn't.
        cached: where its body is saved already: nothing was sent, or the server said 304.
        ids: assessments that its rows name, where they are to be followed.
    """

    request: Request
    status: int
    headers: Mapping[str, str]
    body: bytes
    size_bytes: int
    rows: int
    attempt: int
    phases: Phases
    paging: Paging = Paging()
    past_end: bool = False
    cached: CachedResponse | None = None
    ids: tuple[int, ...] = ()

    @property
    def was_sent(self) -> bool:
        """Whether a request was made for it."""
        return self.attempt > 0

    @property
    def number(self) -> int | None:
        """Its number as the API counts, or None."""
        return self.request.page

    def records(self) -> list[Record]:
        """Its rows with every field."""
        return records(self.request.operation, self.body)


@dataclass(frozen=True, slots=True)
class FailedAttempt:
    """An attempt that brought nothing.

    Attributes:
        request: which one.
        attempt: which attempt, from 1.
        phases: when.
        error: why.
        final: whether it was given up.
    """

    request: Request
    attempt: int
    phases: Phases
    error: RequestError
    final: bool


class Recorder(Protocol):
    """Where what arrived is kept."""

    def keep(self, items: Sequence[Page | FailedAttempt]) -> None:
        """Keep pages and failed attempts for good before returning, all of them or none.

        Called from one thread at a time.

        Raises:
            KeepError: they can't be kept; the run stops.
        """


@dataclass(slots=True)
class MemoryRecorder:
    """Keeps everything in lists, for callers without a store."""

    pages: list[Page] = field(default_factory=list)
    failures: list[FailedAttempt] = field(default_factory=list)

    def keep(self, items: Sequence[Page | FailedAttempt]) -> None:
        """Append them."""
        for item in items:
            if isinstance(item, FailedAttempt):
                self.failures.append(item)
            elif not item.past_end:
                self.pages.append(item)

    def in_order(self) -> list[Page]:
        """Pages by target and number, whatever the order in which they arrived."""
        return sorted(
            self.pages, key=lambda page: (page.request.target_index, page.request.page or 0)
        )


def status_error(response: Response, request: Request, body: bytes = b"") -> RequestError | None:
    """The error that a status means, or None where the answer may be good.

    Args:
        response: as it came.
        request: which one; a name or an id that is answered without a body is not found.
        body: the unpacked body.
    """
    status, label = response.status, request.label
    single = request.operation.kind is Kind.RECORD
    if status == 200:
        empty = single and not response.body
        return NotFound(label, "not found (the answer is empty)", status) if empty else None
    if status < 200:  # by a method that skips no informational response
        return Malformed(label, NOT_HTTP)
    said = error_message(body)
    detail = f"HTTP {status}" + (f" ({said})" if said else "")
    if status == 401:
        return TokenRefused(label, f"the token is missing or refused ({detail})", status)
    if status == 403:
        return AccessRefused(label, f"the server refuses the request ({detail})", status)
    if (status == 404 and (said or not body.strip())) or (status == 204 and single):
        return NotFound(label, f"not found ({detail})", status)
    if status == 429:
        return Throttled(label, detail, retry_after_s(response.headers))
    if status == 408 or 500 <= status < 600:
        return ServerFault(label, detail, status, retry_after_s(response.headers))
    if 300 <= status < 400 and status != 304:
        return Redirected(label, f"{detail}: the server points to another address", status)
    if status in (400, 422):
        return Rejected(label, detail, status)
    words = "" if said else first_words(body)
    return Unexpected(label, detail + (f": {words}" if words else ""), status)


def retry_after_s(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """Seconds that a Retry-After header asks for: a number, or an HTTP date (RFC 9110, 10.2.3).

    Nonsense counts as absent; what lies in the past is 0.
    """
    text = headers.get("retry-after", "").strip()
    if not text:
        return None
    if text.isascii() and text.isdigit():
        return float(text[:12])
    try:
        when = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
    if when.tzinfo is None:
        when = when.replace(tzinfo=UTC)
    return max(0.0, (when - (now or datetime.now(UTC))).total_seconds())
