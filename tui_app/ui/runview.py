"""A run and its requests, as far as their events tell."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple
from urllib.parse import parse_qsl

from tui_app.fetch import FINAL_STATES, Event, State
from tui_app.redlist.names import NAME_PARTS
from tui_app.report.phases import Phase

from .text import clean

_BEGINS: Final[Mapping[State, Phase]] = {
    State.QUEUED: Phase.QUEUED,
    State.PACED: Phase.PACED,
    State.STARTED: Phase.CONNECT,
    State.SENT: Phase.WAIT,
    State.HEADERS: Phase.BODY,
    State.BODY: Phase.DECODE,
    State.RETRIED: Phase.RETRY,
    State.REUSED: Phase.DECODE,
}
"""The phase that begins when a request reaches a state. On the screen decoding ends when the page
is saved; what is kept of a request tells only when it was decoded."""

HANDED_OVER_S: Final = 0.05
"""A place that became free no longer ago than this was what a request waited for."""
_TOO_SHORT_S: Final = 0.0001
_FLEETING: Final = (Phase.QUEUED, Phase.PACED, Phase.CONNECT)
"""On a warm connection these often take no time at all; then they are not worth the memory."""


STALLED_S: Final = 3.0
"""An attempt that takes no step for so long is shown with its timeout."""
_WAITED_FOR: Final[Mapping[Phase, str]] = {
    Phase.CONNECT: "not connected",
    Phase.WAIT: "no response",
    Phase.BODY: "body incomplete",
}
"""What an attempt lacks, by the phases that a timeout ends."""


class Timeouts(NamedTuple):
    """What ends an attempt that goes no further, in seconds from its start."""

    attempt_s: float
    connect_s: float


class Stall(NamedTuple):
    """An attempt that goes no further for now."""

    lacks: str
    since_s: float  # from the attempt's start, as the timeout counts
    timeout_s: float

    @property
    def words(self) -> str:
        """``no response after 12 s; timeout at 60 s``."""
        return f"{self.lacks} after {self.since_s:.0f} s; {self.end}"

    @property
    def end(self) -> str:
        """``timeout at 60 s``."""
        return f"timeout at {self.timeout_s:g} s"

    @property
    def figure(self) -> str:
        """``12/60 s``."""
        return f"{self.since_s:.0f}/{self.timeout_s:g} s"


@dataclass(slots=True, eq=False)
class RequestRow:
    """One request. Times are those of the monotonic clock."""

    number: int
    label: str
    page: int | None  # its number in the run's list, or None
    owner: RunView
    state: State = State.QUEUED
    steps: list[tuple[Phase, float]] = field(default_factory=list)  # phases, when they began
    ended: float | None = None  # when it needed nothing more; None while it does
    attempts: int = 0
    attempt_at: float | None = None  # when the newest started
    latency_ms: float | None = None  # of the newest, once its body is here
    status: int | None = None  # the newest HTTP status
    reason: str = ""  # why the newest attempt failed
    records: int | None = None  # rows that it brought
    size_bytes: int | None = None  # of its body on the wire
    server_s: float | None = None  # seconds that the server says it spent

    def take(self, event: Event) -> None:
        """Take in an event."""
        self.state = event.state
        self.label = self.label or event.label
        for name in ("status", "size_bytes", "server_s"):
            if (value := getattr(event, name)) is not None:
                setattr(self, name, value)
        phase = _BEGINS.get(event.state)
        if phase is not None:
            self._step(phase, event.at)
        if event.state is State.STARTED:
            self.attempts, self.attempt_at, self.status = event.attempt, event.at, None
            self.latency_ms = None
        elif event.state is State.BODY and self.attempt_at is not None:
            self.latency_ms = (event.at - self.attempt_at) * 1000
        elif event.state in (State.RETRIED, State.FAILED, State.MISSING):
            self.reason = clean(event.reason)
        if event.state in FINAL_STATES:
            self.records, self.ended = event.records, event.at

    @property
    def began(self) -> float:
        """When it was announced, on the monotonic clock."""
        return self.steps[0][1] if self.steps else 0.0

    @property
    def started(self) -> float | None:
        """When its first attempt went out; None where none did."""
        return next((at for phase, at in self.steps if phase >= Phase.CONNECT), None)

    @property
    def phase(self) -> Phase:
        """The newest phase."""
        return self.steps[-1][0] if self.steps else Phase.QUEUED

    @property
    def was_paced(self) -> bool:
        """Whether its first attempt waited for the pace."""
        phases = (phase for phase, _ in self.steps if phase is not Phase.QUEUED)
        return next(phases, None) is Phase.PACED

    @property
    def short_label(self) -> str:
        """A short name of the request: ``page 3``, ``Canis lupus``, ``taxon 9404``."""
        return clean(_asked_for(self.label)) if self.page is None else f"page {self.page}"

    def end_by(self, now: float) -> float:
        """When it ended, or ``now``."""
        return now if self.ended is None else self.ended

    def took_ms(self, now: float) -> float:
        """Milliseconds from the start of its first attempt to its end, or ``now``."""
        started = self.started
        return 0.0 if started is None else (self.end_by(now) - started) * 1000

    def stall(self, now: float, timeouts: Timeouts | None) -> Stall | None:
        """What its attempt waits for, where it has gone no further for :data:`STALLED_S`."""
        lacks = _WAITED_FOR.get(self.phase)
        if timeouts is None or self.ended is not None or self.attempt_at is None or lacks is None:
            return None
        if now - self.steps[-1][1] < STALLED_S:
            return None
        connects = self.phase is Phase.CONNECT
        timeout_s = min(timeouts) if connects else timeouts.attempt_s
        return Stall(lacks, now - self.attempt_at, timeout_s)

    def spent_ms(self, now: float) -> dict[Phase, float]:
        """Milliseconds by phase, all attempts together, in the order of first appearance."""
        spent: dict[Phase, float] = {}
        afters = [at for _, at in self.steps[1:]] + [self.end_by(now)]
        for (phase, start), after in zip(self.steps, afters, strict=True):
            spent[phase] = spent.get(phase, 0.0) + max(0.0, after - start) * 1000
        return spent

    def _step(self, phase: Phase, at: float) -> None:
        newest, since = self.steps[-1] if self.steps else (phase, at)
        if self.steps and newest in _FLEETING and at - since < _TOO_SHORT_S:
            self.steps[-1] = (phase, since)
        else:
            self.steps.append((phase, at))


_NUMBERED: Final = {"assessment": "assessment", "taxa/sis": "taxon"}


def _asked_for(label: str) -> str:
    """The name or the id in a request's label, else the label."""
    path, _, params = label.partition("?")
    if name := [value for key, value in parse_qsl(params) if key in NAME_PARTS]:
        return " ".join(name)
    stem, _, number = path.rpartition("/")
    known = stem in _NUMBERED and number.isdigit()
    return f"{_NUMBERED[stem]} {number}" if known else label


@dataclass(slots=True, eq=False)
class RunView:
    """One run."""

    run: str
    method: str
    pages: int | None = None  # that are asked for; None for all of them
    order: int = 0  # which run of the comparison, from 1; 0 for a fetch or a warm-up
    of: int = 0  # how many runs the comparison times
    warmup: bool = False
    concurrency: int | None = None  # in flight at most, where a comparison is over that
    begun: float | None = None  # when its clock started
    ended: float | None = None
    total: int | None = None  # requests known of by now
    by_number: dict[int, RequestRow] = field(default_factory=dict)
    latencies_ms: list[float] = field(default_factory=list)
    """Of each answer that came, from the start of its attempt to its body's end."""
    kept: int = 0
    reused: int = 0
    missing: int = 0
    failed: int = 0
    retried: int = 0
    records: int = 0
    seconds: float | None = None  # as measured; None until it has been reported
    ideal_s: float | None = None
    reason: str = ""
    rows: list[RequestRow] = field(default_factory=list)  # in the order of their announcement
    flying: dict[int, RequestRow] = field(default_factory=dict)  # attempts that go on, by number
    heard_at: float | None = None  # when something last came of an attempt
    done_at: float | None = None  # when a request was last done
    met: set[State] = field(default_factory=set)  # states that any of its requests has met

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

    def idle_s(self, now: float) -> float:
        """Seconds since a request was last done: they say nothing of how fast the run is."""
        since = self.begun if self.done_at is None else self.done_at
        return 0.0 if self.ended is not None or since is None else max(0.0, now - since)

    def unanswered_s(self, now: float) -> float:
        """Seconds in which nothing came though something was in flight."""
        if self.ended is not None or not self.flying:
            return 0.0
        oldest = min(row.attempt_at or now for row in self.flying.values())
        return max(0.0, now - max(oldest, self.heard_at or oldest))

    def take(self, event: Event) -> RequestRow | None:
        """Take in an event; gives the request's row where it is a new one."""
        if event.request < 0:
            self._take_own(event)
            return None
        row = self.by_number.get(event.request)
        new = row is None
        if row is None:
            row = RequestRow(event.request, event.label, event.page, self)
            self.by_number[event.request] = row
            self.rows.append(row)
        if row.state in FINAL_STATES:
            return None
        row.take(event)
        self.met.add(event.state)
        self._note(event, row)
        if row.latency_ms is not None and event.state is State.BODY:
            self.latencies_ms.append(row.latency_ms)
        elif row.latency_ms is not None and event.state is State.RETRIED:
            self.latencies_ms.remove(row.latency_ms)  # as in the run's summary: of final attempts
        self._count(event)
        return row if new else None

    def _take_own(self, event: Event) -> None:
        if event.state is State.BEGUN:
            self.begun = event.at
        elif event.state is State.PLANNED:
            self.total = event.total
        elif event.state is State.ENDED:
            self.ended, self.reason = event.at, event.reason
            for row in self.rows:  # what waited for its turn is never going to have one
                if row.ended is None:
                    row.state, row.ended = State.CANCELLED, event.at
                    self.met.add(State.CANCELLED)

    def _note(self, event: Event, row: RequestRow) -> None:
        """Note what is in flight, and when something came."""
        state = event.state
        if state is State.STARTED:
            self.flying[event.request] = row
        elif state in (State.HEADERS, State.BODY, State.RETRIED, *FINAL_STATES):
            self.heard_at = event.at
        if state is State.RETRIED or state in FINAL_STATES:
            self.flying.pop(event.request, None)
        if state in FINAL_STATES:
            self.done_at = event.at

    def _count(self, event: Event) -> None:
        if event.state in (State.KEPT, State.HELD, State.REUSED):
            self.kept += 1
            self.reused += event.state is State.REUSED
            self.records += event.records or 0
        elif event.state is State.MISSING:
            self.missing += 1
        elif event.state is State.FAILED:
            self.failed += 1
        elif event.state is State.RETRIED:
            self.retried += 1


def lanes(run: RunView, now: float) -> list[list[RequestRow]]:
    """Requests in flight beside each other: each in the first lane that is free when it starts."""
    found: list[list[RequestRow]] = []
    started = ((row.started, row.number, row) for row in run.rows)
    for start, _, row in sorted((at, n, row) for at, n, row in started if at is not None):
        free = (lane for lane in found if lane[-1].end_by(now) <= start + 1e-4)
        lane = next(free, None)
        if lane is None:
            found.append([row])
        else:
            lane.append(row)
    return found


def even_shares(wanted: list[int], room: int) -> list[int]:
    """How many of the lanes of each run have room: as evenly as they are wanted, one at least."""
    shares = [1] * len(wanted)
    while sum(shares) < room:
        hungry = [place for place, share in enumerate(shares) if share < wanted[place]]
        if not hungry:
            break
        shares[min(hungry, key=shares.__getitem__)] += 1
    return shares


def critical_path(rows: list[RequestRow]) -> frozenset[int]:
    """Numbers of the requests that, one after another, made a run as long as it was.

    Read backwards from the request that ended last. Each could start because something let it:
    the pace, then the request that started before it; or a place that became free, then the one
    that ended just before. A shorter request beside the path would have saved nothing.
    """
    by_number = {row.number: row for row in rows if row.ended is not None}
    begins = {
        number: began for number, row in by_number.items() if (began := row.started) is not None
    }
    if not begins:
        return frozenset()
    started = sorted((began, number) for number, began in begins.items())
    ended = sorted((by_number[number].end_by(0.0), number) for number in begins)
    ends, starts = [at for at, _ in ended], [at for at, _ in started]
    path: set[int] = set()
    number: int | None = ended[-1][1]
    while number is not None and number not in path:
        path.add(number)
        began = begins[number]
        if by_number[number].was_paced:
            place = bisect_left(starts, began) - 1
            number = started[place][1] if place >= 0 else None
        else:
            place = bisect_right(ends, began) - 1
            free = place >= 0 and began - ends[place] <= HANDED_OVER_S
            number = ended[place][1] if free else None
    return frozenset(path)
