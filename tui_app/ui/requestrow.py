"""One request of a run, as the waterfall sees it: the phases it went through, and how it ended."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING, Final

from tui_app.fetch import FINAL_STATES, Event, State

from .text import clean

if TYPE_CHECKING:
    from .runview import RunView


class Phase(IntEnum):
    """What a request spends its time on."""

    QUEUED = 0
    PACED = 1
    CONNECTING = 2
    WAITING = 3  # for the server
    BODY = 4
    KEEPING = 5  # decoded and written to the store
    RETRY = 6  # the gap before the next attempt


_BEGINS: Final[dict[State, Phase]] = {
    State.QUEUED: Phase.QUEUED,
    State.PACED: Phase.PACED,
    State.STARTED: Phase.CONNECTING,
    State.SENT: Phase.WAITING,
    State.HEADERS: Phase.BODY,
    State.BODY: Phase.KEEPING,
    State.RETRIED: Phase.RETRY,
    State.REUSED: Phase.KEEPING,
}
"""The phase that begins when a state is reached."""

_TOO_SHORT_S: Final = 0.0001
_FLEETING: Final = (Phase.QUEUED, Phase.PACED, Phase.CONNECTING)
"""On a warm connection these often take no time at all; then they are not worth the memory."""


@dataclass(slots=True, eq=False)
class RequestRow:
    """One request.

    Attributes:
        number: its number in the run.
        label: in words.
        page: its page number, or None.
        owner: its run.
        state: the newest.
        steps: phases with the monotonic times at which they began, in order.
        ended: when it needed nothing more; None while it does.
        attempts: how many were made.
        status: the newest HTTP status.
        reason: why the newest attempt failed.
        records: rows that it brought.
        size_bytes: of its body on the wire.
        server_s: seconds that the server says it spent.
    """

    number: int
    label: str
    page: int | None
    owner: RunView
    state: State = State.QUEUED
    steps: list[tuple[Phase, float]] = field(default_factory=list)
    ended: float | None = None
    attempts: int = 0
    status: int | None = None
    kind: str = ""
    reason: str = ""
    records: int | None = None
    size_bytes: int | None = None
    server_s: float | None = None
    _attempt_at: float | None = None

    def take(self, event: Event) -> float | None:
        """Take in an event; gives the latency in seconds when a body is here."""
        self.state = event.state
        if event.label and not self.label:
            self.label = event.label
        if event.status is not None:
            self.status = event.status
        if event.size_bytes is not None:
            self.size_bytes = event.size_bytes
        if event.server_s is not None:
            self.server_s = event.server_s
        phase = _BEGINS.get(event.state)
        if phase is not None:
            self._step(phase, event.at)
        if event.state is State.STARTED:
            self.attempts = event.attempt
            self._attempt_at = event.at
            self.status = None
        elif event.state is State.BODY and self._attempt_at is not None:
            return event.at - self._attempt_at
        elif event.state in (State.RETRIED, State.FAILED, State.MISSING):
            self.kind, self.reason = event.kind, clean(event.reason)
        if event.state in FINAL_STATES:
            self.records = event.records
            self.ended = event.at
        return None

    def end(self, state: State, at: float) -> None:
        """It will have no further events."""
        self.state = state
        self.ended = at

    @property
    def began(self) -> float:
        """When it was announced, on the monotonic clock."""
        return self.steps[0][1] if self.steps else 0.0

    @property
    def attempt_at(self) -> float | None:
        """When its newest attempt started, on the monotonic clock; None before the first."""
        return self._attempt_at

    @property
    def phase(self) -> Phase:
        """The newest phase."""
        return self.steps[-1][0] if self.steps else Phase.QUEUED

    @property
    def short_label(self) -> str:
        """``page 3`` for a page of the run's list, else the whole label."""
        return clean(self.label) if self.page is None else f"page {self.page}"

    def took_ms(self, now: float) -> float:
        """Milliseconds from the start of its first attempt to its end, or ``now``."""
        start = next((at for phase, at in self.steps if phase >= Phase.CONNECTING), None)
        if start is None:
            return 0.0
        return ((now if self.ended is None else self.ended) - start) * 1000

    def _step(self, phase: Phase, at: float) -> None:
        newest, since = self.steps[-1] if self.steps else (phase, at)
        if self.steps and newest in _FLEETING and at - since < _TOO_SHORT_S:
            self.steps[-1] = (phase, since)
        else:
            self.steps.append((phase, at))
