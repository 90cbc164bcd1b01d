"""How much of the processor a run takes, told apart from what the screen takes meanwhile."""

from __future__ import annotations

import threading
import time


class CpuClock:
    """Counts from when it is made, in the thread that carries the run.

    What the program's main thread takes is not the run's, where that is another one: the screen
    lives there. Only Linux can tell; elsewhere the screen's share counts as the run's.
    """

    __slots__ = ("_began", "_screen", "_screen_began")

    def __init__(self) -> None:
        self._screen = _main_thread()
        self._screen_began = self._screen_s()
        self._began = time.process_time()

    def read(self) -> tuple[float, float]:
        """Seconds of the processor by now: the run's, and the screen's."""
        both = time.process_time() - self._began
        screen = self._screen_s() - self._screen_began
        return max(0.0, both - screen), screen

    def _screen_s(self) -> float:
        return 0.0 if self._screen is None else time.clock_gettime(self._screen)


def _main_thread() -> int | None:
    main = threading.main_thread()
    if threading.current_thread() is main or main.ident is None:
        return None
    if not hasattr(time, "pthread_getcpuclockid"):
        return None
    return time.pthread_getcpuclockid(main.ident)
