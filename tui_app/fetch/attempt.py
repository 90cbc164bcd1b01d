"""One try at a request: what a transport sends, and when each of its phases ended."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from time import monotonic
from typing import Any

from .decisions import Send
from .events import State
from .memory import FREE_BYTES, Memory
from .outcome import Phases
from .plan import Plan
from .response_cache import CachedResponse

_PHASE_OF = [one.name.lower() for one in State]
"""Names of :class:`Phases`' fields by state: a list, since hashing an enum's member is slow."""


class Attempt:
    """One try at a request. A transport sends it and marks its phases.

    Args:
        plan: of its run.
        send: what the policy said.
        cached: the cached response that it asks about, if any.
        tell: tells the observer of a step: state, attempt, time, and more.
        memory: what bodies hold.

    Attributes:
        request: which one.
        number: which attempt, from 1.
        url: what to ask. On v3 it holds the token: never show it.
        phases: when each ended.
        cached: the cached response that it asks about, if any.
    """

    __slots__ = ("_memory", "_plan", "_tell", "cached", "number", "phases", "request", "url")

    def __init__(
        self,
        plan: Plan,
        send: Send,
        cached: CachedResponse | None,
        tell: Callable[..., None],
        memory: Memory,
    ) -> None:
        self._plan = plan
        self._tell = tell
        self._memory = memory
        self.request = send.request
        self.number = send.attempt
        self.url = plan.wire_url(send.request)
        self.phases = Phases(queued=send.queued_at, pace_wait_s=send.pace_wait_s)
        self.cached = cached

    def headers(self) -> dict[str, str]:
        """Headers of this attempt alone: the token, and what is kept. Never log them."""
        headers = self._plan.token_header()
        if self.cached is not None and (etag := self.cached.validator):
            headers["If-None-Match"] = etag
        return headers

    @property
    def label(self) -> str:
        """The request in words, for errors."""
        return self.request.label

    def hold(self, size: int) -> None:
        """Wait, in the calling thread, until its body may take so many bytes in all.

        Raises:
            Cancelled: the run is to stop.
        """
        if size > FREE_BYTES:
            self._memory.hold(self.request.number, size)

    def try_hold(self, size: int) -> bool:
        """Whether its body may take so many bytes in all now; for event loops, which can't wait."""
        return size <= FREE_BYTES or self._memory.try_hold(self.request.number, size)

    def mark(self, state: State, **more: Any) -> None:
        """Note that a phase ends now, and tell the observer."""
        at = monotonic()
        setattr(self.phases, _PHASE_OF[state], at)
        self._tell(state, self, at, **more)

    def mark_headers(self, status: int, headers: Mapping[str, str]) -> None:
        """Note that status and headers are here."""
        try:
            server_s = float(headers.get("x-runtime", ""))
        except ValueError:
            server_s = None
        self.mark(State.HEADERS, status=status, server_s=server_s)
