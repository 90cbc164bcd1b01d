"""While a run is timed the screen holds still; between two runs it catches up.

Drawing takes the interpreter's lock for tens of milliseconds at a time: a run of a tenth of a
second would be half as long again. So nothing is drawn during the first half second of a run, and
two frames a second after that; the next run begins when what the last one did has been drawn.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from time import monotonic
from typing import Final

HOLD_S: Final = 0.5
"""Between two frames while a run is timed."""
PATIENCE_S: Final = 0.5
"""A screen that doesn't draw within this, frozen or left, is not waited for."""


class Stillness:
    """Who may go on: the runs of a comparison, or the screen.

    Args:
        clock: monotonic seconds.
    """

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._drawn = threading.Event()
        self._between = True
        self._since = clock()

    def settle(self) -> None:
        """Wait until the screen has drawn. In the thread of the runs, before each of them."""
        self._drawn.clear()
        self._between = True
        self._drawn.wait(PATIENCE_S)
        self._between = False
        self._since = self._clock()

    def may_draw(self) -> bool:
        """Whether a frame costs no measurement, or is due all the same."""
        return self._between or self._clock() - self._since >= HOLD_S

    def has_drawn(self) -> None:
        """A frame has been drawn."""
        self._since = self._clock()
        self._drawn.set()
