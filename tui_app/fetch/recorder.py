"""Recording in the background: what arrived is committed while the next request is under way.

A commit takes a millisecond on a cold cache: in a worker a hundredth of every request's time, in
an event loop a stall for all of them. One thread commits instead, a moment later and many pages
together. A page counts as saved when it is committed, and a run has ended when nothing waits.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from time import monotonic
from typing import Final

from tui_app.redlist.errors import KeepError, StoreFault

from .attempt import FailedAttempt, Page, Recorder
from .events import State

MOST_AT_ONCE: Final = 32
"""Pages in one transaction."""

MOST_BYTES_AT_ONCE: Final = 1 << 24
"""Bytes of bodies in one transaction, unless one page has more: the database copies them."""

MOST_BYTES_WAITING: Final = 1 << 24
MOST_WAITING: Final = 1_024
"""With so many bytes of bodies, or so many responses waiting, no further request is sent."""

MOST_BYTES_HELD: Final = 1 << 26
"""So much of a timed run is held in memory until its clock has stopped."""

PAUSE_S: Final = 0.01
"""How long the first page waits for others: a transaction of twenty takes the time of four."""

LATEST_S: Final = 0.05
"""Where a page has waited longer than this for its commit, no further request is sent: a kill
costs no more than what arrived in this time, and what was in flight."""

Item = Page | FailedAttempt


class CommitQueue:
    """Hands what arrived to a recorder, in order, from a thread of its own.

    Args:
        recorder: commits it.
        done: told of each page: KEPT when it is committed, HELD when it is held until the clock
            has stopped, None when it is lost.
        rested: told when no more waits than may.
        broken: told when the recorder failed; what waits then is lost.
        hold: commit nothing before :meth:`finish`, as far as memory allows.
        at_once: commit in :meth:`add`, without a thread.
    """

    def __init__(
        self,
        recorder: Recorder,
        done: Callable[[Page, State | None], None],
        rested: Callable[[], None],
        broken: Callable[[KeepError], None],
        *,
        hold: bool = False,
        at_once: bool = False,
    ) -> None:
        self._recorder = recorder
        self._done = done
        self._rested = rested
        self._broken = broken
        self._hold = hold
        self._failed = False
        self._fault: Exception | None = None
        self._changed = threading.Condition()
        self._waiting: list[tuple[Item, float, bool]] = []  # when it came, whether it was held
        self._waiting_bytes = 0
        self._finishing = False
        self._crowded = False
        self._thread: threading.Thread | None = None
        if not at_once:
            self._thread = threading.Thread(target=self._work, name="recorder", daemon=True)
            self._thread.start()

    def add(self, item: Item) -> None:
        """Have it committed; never waits."""
        size = len(item.body)
        hold = self._hold and self._waiting_bytes + size <= MOST_BYTES_HELD
        if hold and isinstance(item, Page):
            self._done(item, State.HELD)
        with self._changed:
            self._hold = hold
            self._waiting.append((item, monotonic(), hold))
            self._waiting_bytes += size
            if self._thread is not None:
                if not hold:  # waking a thread costs a worker more than all else that happens here
                    self._changed.notify()
                return
        self._commit_next()

    def crowded(self, now: float) -> bool:
        """Whether so much waits that no further request should be sent until it is told."""
        if self._hold or not self._waiting:
            return False
        with self._changed:
            if not self._waiting:
                return False
            self._crowded = (
                len(self._waiting) >= MOST_WAITING
                or self._waiting_bytes >= MOST_BYTES_WAITING
                or now - self._waiting[0][1] > LATEST_S
            )
            if self._crowded:
                self._changed.notify()
            return self._crowded

    def finish(self) -> None:
        """Wait until everything is committed; a fault of the recorder's own is raised."""
        if self._thread is not None:
            with self._changed:
                self._finishing, self._hold = True, False
                self._changed.notify()
            self._thread.join()
        if self._fault is not None:
            raise self._fault

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(
                    lambda: self._finishing or (self._waiting and not self._hold)
                )
                if not self._waiting:
                    return
                self._changed.wait_for(
                    lambda: self._finishing or self._crowded or len(self._waiting) >= MOST_AT_ONCE,
                    PAUSE_S,
                )
            self._commit_next()

    def _commit_next(self) -> None:
        """Commit what comes next, and tell of it."""
        count = size = 0
        for item, *_ in self._waiting[:MOST_AT_ONCE]:
            count, size = count + 1, size + len(item.body)
            if size >= MOST_BYTES_AT_ONCE:
                break
        items = self._waiting[:count]
        self._commit(items)
        with self._changed:
            del self._waiting[:count]
            self._waiting_bytes -= size
            crowded, self._crowded = self._crowded, False
        if crowded or self._thread is None:
            self._rested()

    def _commit(self, items: Sequence[tuple[Item, float, bool]]) -> None:
        state = None
        try:
            if not self._failed:
                self._recorder.keep([item for item, *_ in items])
                state = State.KEPT
        except KeepError as error:
            # Perhaps there is room for some of them; one that is locked is locked for each.
            if len(items) > 1 and error.fault is not StoreFault.LOCKED:
                for one in items:
                    self._commit([one])
                return
            self._fail(error)
        except Exception as fault:
            self._fault = fault
            self._fail(KeepError("Responses could not be saved"))
        for item, _, held in items:
            if isinstance(item, Page) and not held:
                self._done(item, state)

    def _fail(self, error: KeepError) -> None:
        # The thread goes on taking what comes, so that memory is freed.
        self._failed = True
        self._broken(error)
