"""Signals: the first stops the work cleanly, the second ends the process."""

from __future__ import annotations

import _thread
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from time import monotonic, sleep
from types import FrameType
from typing import TYPE_CHECKING, Any, Final, NoReturn

if TYPE_CHECKING:
    from tui_app.fetch import Cancel

_SIGNALS: Final = [
    getattr(signal, name)
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT")
    if hasattr(signal, name)
]
_HANG_UP: Final = getattr(signal, "SIGHUP", None)
_ONE_CLOSING_S: Final = 1.0
"""Shell and system both report a closed terminal; a second SIGHUP within this time is the same."""
_STOPPED: Final = 130
"""``Exit.STOPPED``, known before anything is imported."""


class Signals:
    """Handles signals: the first calls what :meth:`asking` sets, the second ends the process.

    Outside of :meth:`asking` the first one ends the process, too.
    """

    def __init__(self) -> None:
        self.interrupted = False  # whether `interrupt` was called
        self._first_at: float | None = None
        self._ask: Callable[[], object] = self.end
        self._give_back: Callable[[], object] | None = None
        self._within_s: float | None = None

    def hear(self, signum: int, frame: FrameType | None) -> None:
        """The handler. Python calls it in the main thread, between any two instructions."""
        now = monotonic()
        if self._first_at is not None:
            if signum == _HANG_UP and now - self._first_at < _ONE_CLOSING_S:
                return
            self.end()
        self._first_at = now
        if self._within_s is not None:
            # Not threading.Thread: the interrupted code may hold the lock that its start takes.
            _thread.start_new_thread(self._end_after, (self._within_s,))
        self._ask()

    @contextmanager
    def asking(
        self,
        ask: Callable[[], object],
        give_back: Callable[[], object] | None = None,
        within_s: float | None = None,
    ) -> Iterator[None]:
        """Within the context, the first signal calls ``ask``, which asks the work to stop.

        It must not take a lock that the main thread may hold. ``give_back`` restores the terminal
        before the process ends, and must not block; ``within_s`` seconds after the first signal
        the process ends in any case.
        """
        before = self._ask, self._give_back, self._within_s
        self._ask, self._give_back, self._within_s = ask, give_back, within_s
        try:
            yield
        finally:
            self._ask, self._give_back, self._within_s = before

    def interrupt(self) -> NoReturn:
        """Raise a KeyboardInterrupt in the main thread."""
        self.interrupted = True
        raise KeyboardInterrupt

    def end(self) -> NoReturn:
        """Restore the terminal, remove unfinished files, and end the process at once."""
        for tidy in (self._give_back, _remove_unfinished):
            with suppress(Exception):
                if tidy is not None:
                    tidy()
        os._exit(_STOPPED)

    def _end_after(self, seconds: float) -> None:
        sleep(seconds)
        if _heard is self:  # else the process has left the program, and does something else
            self.end()


_heard: Signals | None = None


@contextmanager
def heard() -> Iterator[Signals]:
    """Handle signals within the context; a context inside another one shares its handlers.

    Ignored signals stay ignored: under nohup a run continues when its terminal closes. Outside
    the main thread no handlers are installed.
    """
    global _heard  # noqa: PLW0603 - a process has one set of handlers
    if _heard is not None:
        yield _heard
        return
    _heard = signals = Signals()
    before: dict[int, Any] = {}
    if threading.current_thread() is threading.main_thread():
        for signum in _SIGNALS:
            if signal.getsignal(signum) not in (signal.SIG_IGN, None):
                before[signum] = signal.signal(signum, signals.hear)
    try:
        yield signals
    finally:
        _heard = None
        for signum, handler in before.items():
            signal.signal(signum, handler)


@contextmanager
def stoppable(*, one_run: bool = False) -> Iterator[Cancel]:
    """A cancel that the first signal sets.

    With ``one_run`` it raises a KeyboardInterrupt instead while no run is under way: before and
    after it, a list of a million names takes a minute.
    """
    from tui_app.fetch import Cancel
    from tui_app.redlist.errors import RedListError

    cancel = Cancel()
    with heard() as signals:

        def stop() -> None:
            if one_run and not cancel.heard:
                signals.interrupt()
            # Listeners take locks that the interrupted code may hold: never set it from here.
            _thread.start_new_thread(cancel.set, ())

        with signals.asking(stop):
            try:
                yield cancel
            except RedListError as error:
                if cancel.is_set():  # it gave up waiting, for a locked store for one
                    raise KeyboardInterrupt from error
                raise


def _remove_unfinished() -> None:
    # If the module isn't imported, nothing is being written; a handler should import nothing.
    module = sys.modules.get("tui_app.export.atomic")
    remove = getattr(module, "remove_unfinished", None)
    if remove is not None:
        remove()
