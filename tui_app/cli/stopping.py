"""Ctrl-C, and the other ways in which a process is asked to stop."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from tui_app.export import remove_unfinished
from tui_app.fetch import Cancel
from tui_app.redlist.errors import RedListError

from .exits import Exit

_SIGNALS = [
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
]

_HANG_UP = getattr(signal, "SIGHUP", None)


@contextmanager
def stoppable() -> Iterator[Cancel]:
    """A cancel that the first signal sets; the second ends the process at once.

    Raises:
        KeyboardInterrupt: it was set before anything could be done.
    """
    cancel = Cancel()
    asked = False

    def stop(signum: int, frame: FrameType | None) -> None:
        nonlocal asked
        if asked and signum == _HANG_UP:  # shell and system both say that a terminal closed
            return
        if asked:
            remove_unfinished()
            os._exit(Exit.STOPPED)
        asked = True
        # Listeners take locks that the interrupted code may hold: never set it from here.
        threading.Thread(target=cancel.set, name="stop", daemon=True).start()

    # What is ignored stays so: nohup has a run go on when its terminal closes.
    heard = [one for one in _SIGNALS if signal.getsignal(one) is not signal.SIG_IGN]
    before = {signum: signal.signal(signum, stop) for signum in heard}
    try:
        yield cancel
    except RedListError as error:
        if cancel.is_set():  # it gave up waiting, for a locked store for one
            raise KeyboardInterrupt from error
        raise
    finally:
        for signum, handler in before.items():
            signal.signal(signum, handler)
