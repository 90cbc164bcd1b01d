"""What a run and its caller tell each other: events upwards, a cancel downwards.

An observer is any callable that takes an :class:`Event`, one for each step of a request. It is
called from whatever thread carries the request, many thousand times in a large run, so it has to
be quick and must not raise: append to a ``collections.deque`` and look at it elsewhere.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from enum import IntEnum

import msgspec


class State(IntEnum):
    """Where a request, or the run, has got to. Times are those at which it got there."""

    BEGUN = 0  # the run: its clock starts
    PLANNED = 1  # the run: ``total`` requests are known of by now
    QUEUED = 2  # the request is known of
    PACED = 3  # it waits for pace, window, pause or Retry-After (``wait_s``, ``reason``)
    STARTED = 4  # this attempt goes to the transport
    DNS = 5  # the host's name is resolved (new connections only)
    CONNECTED = 6  # the connection stands, TLS included (new connections only)
    SENT = 7  # the request is on its way
    HEADERS = 8  # status and headers are here (``status``, ``server_s``)
    BODY = 9  # the body is here whole (``size_bytes``)
    DECODED = 10  # it is what the operation answers (``records``)
    KEPT = 11  # no kill can cost it any more: only now the request counts as done
    RETRIED = 12  # this attempt failed, another follows (``wait_s``, ``reason``)
    FAILED = 13  # given up (``reason``)
    MISSING = 14  # 404: that item doesn't exist
    CANCELLED = 15  # the user stopped it
    ENDED = 16  # the run: its clock stops (``reason`` where something stopped it)
    REUSED = 17  # it was kept already, and nothing is sent (``label``, ``page``, ``records``)
    SLOWED = 18  # the run: it asks less often from now on (``reason``)
    PAUSED = 19  # the run: it sends nothing for ``wait_s`` seconds (``reason``)
    HELD = 20  # of a timed run: it counts as done, and is committed when the clock has stopped


FINAL_STATES = frozenset(
    {State.KEPT, State.HELD, State.REUSED, State.FAILED, State.MISSING, State.CANCELLED}
)
"""States after which a request has no further events."""


class Event(msgspec.Struct, frozen=True, gc=False):
    """One step."""

    run: str  # the run's id; an observer that outlives a run drops what is stale
    state: State
    at: float  # when, in seconds of the monotonic clock
    request: int = -1  # the request's number in the run, from 0; -1 for the run itself
    attempt: int = 0  # 1 for the first try
    # The request in words (``countries/MG page 3``); set at QUEUED and REUSED, else empty.
    label: str = ""
    page: int | None = None  # its page number; None where it has none
    status: int | None = None
    size_bytes: int | None = None  # bytes of the body on the wire
    records: int | None = None  # rows in the page
    wait_s: float | None = None  # seconds that it is going to wait
    server_s: float | None = None  # seconds that the server says it spent (``x-runtime``)
    total: int | None = None  # requests known of by now (PLANNED only)
    reason: str = ""  # why, in words a person reads
    kind: str = ""  # the error's kind, as in :mod:`tui_app.redlist.errors` (``timeout``…)


Observer = Callable[[Event], None]
"""Anything that wants to know."""


def local_time_in(wait_s: float) -> str:
    """The local time so many seconds from now, as a reason says it: ``14:32:10``."""
    return f"{datetime.now() + timedelta(seconds=wait_s):%H:%M:%S}"


def nobody(event: Event) -> None:
    """The observer of a run that nobody watches."""


class Cancelled(Exception):
    """The attempt was stopped by the user."""


class Cancel(threading.Event):
    """A run's off switch. Set once, heard by everyone who waits: workers, sockets, event loops."""

    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.Lock()
        self._listeners: list[Callable[[], object]] = []

    def set(self) -> None:
        """Stop the run, from any thread. Listeners take locks: a signal handler starts a thread."""
        with self._lock:
            super().set()
            listeners, self._listeners = self._listeners, []
        for listener in listeners:
            listener()

    @property
    def heard(self) -> bool:
        """Whether anybody listens: a run is under way."""
        return bool(self._listeners)

    def listen(self, listener: Callable[[], object]) -> None:
        """Have ``listener`` called when set; at once if it is."""
        with self._lock:
            if not self.is_set():
                self._listeners.append(listener)
                return
        listener()

    def forget(self, listener: Callable[[], object]) -> None:
        """Undo :meth:`listen`; quiet where there is nothing to undo."""
        with self._lock:
            if listener in self._listeners:
                self._listeners.remove(listener)
