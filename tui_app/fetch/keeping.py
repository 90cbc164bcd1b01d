"""Keeping in the background: what arrived is committed while the next request is under way.

A commit takes a millisecond on a cold cache. In the worker that would be a hundredth of every
request's time, and in an event loop a stall for all of them. One thread writes instead, a little
later and many pages together: what is secured has time. A page counts as done when it is
secured, or else committed, and a run has ended when nothing waits any more.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue
from time import thread_time
from typing import Final

from tui_app.redlist.errors import KeepError, StoreFault

from .outcome import FailedAttempt, Page, Recorder

MOST_WAITING: Final = 1_024
"""Answers that may wait; then workers wait for the store. What isn't safe holds its place in
flight, and a keeper secures only so much: this bounds the rest, failures and what was kept
already."""

MOST_AT_ONCE: Final = 32
"""Pages in one transaction."""

MOST_BYTES_AT_ONCE: Final = 1 << 24
"""Bytes of bodies in one transaction, unless one page has more: the database copies them."""

PAUSE_S: Final = 0.01
"""How long the first page waits for others to be committed with it, where nobody waits for it: a
transaction of twenty takes the time of four, and asks for the interpreter's lock as often as one.
"""

Item = Page | FailedAttempt


class Keeping:
    """Hands what arrived to a keeper, in order, from a thread of its own.

    Args:
        keeper: whom.
        kept: told of each page that was not secured, when it is committed.
        gone: told of each that was handed to the keeper, whether that kept it or not.
        rested: told when all that was taken up is committed and told, where somebody waits.
        broken: told when the keeper failed; what waits then is lost, and the run has to stop.
        halted: whether the run is to stop, so that nobody should wait for room any more.
        at_once: keep in :meth:`add`, without a thread; nothing is secured.
    """

    def __init__(
        self,
        keeper: Recorder,
        kept: Callable[[Page], None],
        broken: Callable[[KeepError], None],
        *,
        gone: Callable[[Item], None] = lambda item: None,
        rested: Callable[[], None] = lambda: None,
        halted: Callable[[], bool] = lambda: False,
        at_once: bool = False,
    ) -> None:
        self._keeper = keeper
        self._kept = kept
        self._broken = broken
        self._gone = gone
        self._rested = rested
        self._halted = halted
        self.cpu_s = 0.0
        """Seconds of the processor that its thread took, once it has ended."""
        self._failed = False
        self._fault: Exception | None = None
        self._waiting: SimpleQueue[tuple[Item, bool] | None] = SimpleQueue()
        self._hurry = threading.Event()
        self._room = threading.Condition()
        self._crowded = False
        self._thread: threading.Thread | None = None
        if not at_once:
            self._thread = threading.Thread(target=self._work, name="keeping", daemon=True)
            self._thread.start()

    def secure(self, page: Page) -> bool:
        """Make a page safe, ahead of :meth:`add`; whether that was done, so that it is kept."""
        return self._thread is not None and self._keeper.secure(page)

    def add(self, item: Item, *, safe: bool = False) -> None:
        """Have it kept; waits where too much waits already.

        Args:
            item: what.
            safe: whether it is secured, so that nobody waits for it.
        """
        if self._thread is None:
            self._keep([(item, safe)])
            self._gone(item)
            self._rested()
            return
        if self._waiting.qsize() >= MOST_WAITING:
            self._wait_for_room()
        self._waiting.put((item, safe))
        if not safe:
            self._hurry.set()

    def _wait_for_room(self) -> None:
        with self._room:
            while self._waiting.qsize() >= MOST_WAITING and not self._halted():
                self._crowded = True
                self._hurry.set()
                self._room.wait(0.1)

    def finish(self) -> None:
        """Wait until everything is kept.

        Raises:
            Exception: a fault of the keeper's own, which is none of the run's errors.
        """
        if self._thread is not None:
            self._waiting.put(None)
            self._hurry.set()
            self._thread.join()
        if self._fault is not None:
            raise self._fault

    def _work(self) -> None:
        began = thread_time()
        more = True
        while more:
            items, more = self._batch()
            if items:
                self._keep(items)
                for item, _ in items:
                    self._gone(item)
                if self._crowded:
                    with self._room:
                        self._crowded = False
                        self._room.notify_all()
                if not all(safe for _, safe in items):
                    self._rested()
                del item  # while nothing comes, nothing is held
            del items
        self.cpu_s = thread_time() - began

    def _batch(self) -> tuple[list[tuple[Item, bool]], bool]:
        """What is to be committed together, and whether more may follow."""
        items: list[tuple[Item, bool]] = []
        size = 0
        item = self._waiting.get()
        if item is not None:
            self._hurry.wait(PAUSE_S)
            self._hurry.clear()
        while item is not None:
            items.append(item)
            size += len(item[0].body) if isinstance(item[0], Page) else 0
            if len(items) == MOST_AT_ONCE or size >= MOST_BYTES_AT_ONCE:
                if not self._waiting.empty():
                    self._hurry.set()
                return items, True
            try:
                item = self._waiting.get_nowait()
            except Empty:
                return items, True
        return items, False

    def _keep(self, items: Sequence[tuple[Item, bool]]) -> None:
        if self._failed:
            return
        try:
            self._keeper.keep([item for item, _ in items])
            for item, safe in items:
                if isinstance(item, Page) and not safe:
                    self._kept(item)
        except KeepError as error:
            # Perhaps there is room for some of them; one that is locked is locked for each.
            if len(items) > 1 and error.fault is not StoreFault.LOCKED:
                for one in items:
                    self._keep([one])
                return
            self._fail(error)
        except Exception as fault:
            self._fault = fault
            self._fail(KeepError("What arrived could not be kept"))

    def _fail(self, error: KeepError) -> None:
        # The thread goes on taking what comes, so that no worker waits for room in vain.
        self._failed = True
        self._broken(error)
