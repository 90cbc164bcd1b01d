"""The program, which does something when it reaches a point: no test has to hit it by the clock.

``python -m tests.support.points POINT ACT [ARGUMENT…]`` runs ``iucn-tui [ARGUMENT…]``. At the
first call of the function whose qualified name is POINT, in the main thread, it does ACT:

- the name of a signal: sends it to itself;
- ``closed``: writes :data:`REACHED` to its terminal, and goes on when that has been closed;
- ``stuck``: writes :data:`REACHED` to stderr, and does nothing but hear signals for ever.
"""

from __future__ import annotations

import os
import signal
import sys
from time import sleep
from types import FrameType

REACHED = b"<reached>"
PATIENCE_S = 60


def at(point: str, act: str) -> None:
    """Do ``act`` at the next call of ``point``."""

    def called(frame: FrameType, event: str, arg: object) -> None:
        if event != "call" or frame.f_code.co_qualname != point:
            return
        sys.setprofile(None)
        if act == "closed":
            os.write(2, REACHED)
            while os.isatty(0):
                sleep(0.01)
        elif act == "stuck":
            os.write(2, REACHED)
            while True:
                sleep(0.01)
        else:
            os.kill(os.getpid(), getattr(signal, act))

    sys.setprofile(called)


if __name__ == "__main__":
    signal.alarm(2 * PATIENCE_S)  # whatever the test does, nothing stays
    _, point, act, *words = sys.argv
    sys.argv = ["iucn-tui", *words]
    from tui_app.cli import main

    at(point, act)
    sys.exit(main())
