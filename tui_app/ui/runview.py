"""One run, as far as its events tell."""

from __future__ import annotations

from dataclasses import dataclass, field

from tui_app.fetch import FINAL_STATES, Event, State

from .requestrow import RequestRow


@dataclass(slots=True, eq=False)
class RunView:
    """One run, as far as its events tell.

    Attributes:
        run: its id.
        method: how.
        pages: how many pages are asked for; None for all of them.
        order: which run of the comparison, from 1; 0 for a fetch or a warm-up.
        of: how many runs the comparison times.
        repeat: which repeat, from 1.
        warmup: whether it doesn't count.
        begun: when its clock started; None before.
        ended: when its clock stopped.
        total: requests known of by now; None before the first word.
        rows: its requests, in the order in which they were announced.
        latencies_ms: of each answer that came, from the start of its attempt to its body's end.
        seconds: its time, as measured; None until it has been reported.
        ideal_s: the ideal beside it.
    """

    run: str
    method: str
    pages: int | None = None
    order: int = 0
    of: int = 0
    repeat: int = 1
    warmup: bool = False
    begun: float | None = None
    ended: float | None = None
    total: int | None = None
    rows: list[RequestRow] = field(default_factory=list)
    latencies_ms: list[float] = field(default_factory=list)
    kept: int = 0
    reused: int = 0
    missing: int = 0
    failed: int = 0
    cancelled: int = 0
    retried: int = 0
    records: int = 0
    size_bytes: int = 0
    seconds: float | None = None
    ideal_s: float | None = None
    reason: str = ""
    _by_number: dict[int, RequestRow] = field(default_factory=dict)

    @property
    def done(self) -> int:
        """Requests that need nothing more."""
        return self.kept + self.missing + self.failed

    def elapsed_s(self, now: float) -> float:
        """Seconds from its beginning to its end, or to ``now``."""
        if self.seconds is not None:
            return self.seconds
        if self.begun is None:
            return 0.0
        return (now if self.ended is None else self.ended) - self.begun

    def row(self, number: int) -> RequestRow | None:
        """The request of that number."""
        return self._by_number.get(number)

    def take(self, event: Event) -> RequestRow | None:
        """Take in an event; gives the request's row where it is a new one."""
        if event.request < 0:
            self._take_own(event)
            return None
        row = self._by_number.get(event.request)
        new = row is None
        if row is None:
            row = RequestRow(event.request, event.label, event.page, self)
            self._by_number[event.request] = row
            self.rows.append(row)
        if row.state in FINAL_STATES:
            return None
        latency_s = row.take(event)
        if latency_s is not None:
            self.latencies_ms.append(latency_s * 1000)
        self._count(event)
        return row if new else None

    def _take_own(self, event: Event) -> None:
        if event.state is State.BEGUN:
            self.begun = event.at
        elif event.state is State.PLANNED:
            self.total = event.total
        elif event.state is State.ENDED:
            self.ended = event.at
            self.reason = event.reason
            for row in self.rows:  # what waited for its turn is never going to have one
                if row.ended is None:
                    row.end(State.CANCELLED, event.at)
                    self.cancelled += 1

    def _count(self, event: Event) -> None:
        if event.state in (State.KEPT, State.HELD, State.REUSED):
            self.kept += 1
            self.reused += event.state is State.REUSED
            self.records += event.records or 0
        elif event.state is State.MISSING:
            self.missing += 1
        elif event.state is State.FAILED:
            self.failed += 1
        elif event.state is State.CANCELLED:
            self.cancelled += 1
        elif event.state is State.RETRIED:
            self.retried += 1
        elif event.state is State.BODY:
            self.size_bytes += event.size_bytes or 0
