"""Ctrl-C, and the other ways in which a process is asked to stop."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from tui_app.fetch import Cancel

from .exits import Exit

_SIGNALS = [
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
]


@contextmanager
def stoppable() -> Iterator[Cancel]:
    """A cancel that the first signal sets; the second ends the process at once."""
    cancel = Cancel()
    asked = False

    def stop(signum: int, frame: FrameType | None) -> None:
        nonlocal asked
        if asked:
            os._exit(Exit.STOPPED)
        asked = True
        # Listeners take locks that the interrupted code may hold: never set it from here.
        threading.Thread(target=cancel.set, name="stop", daemon=True).start()

    before = {signum: signal.signal(signum, stop) for signum in _SIGNALS}
    try:
        yield cancel
    finally:
        for signum, handler in before.items():
            signal.signal(signum, handler)
