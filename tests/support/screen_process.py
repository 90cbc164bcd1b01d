"""The application in a terminal of its own, as a process."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
from collections.abc import Callable
from contextlib import suppress
from time import monotonic

from tests.support.servers import StopAfter
from tui_app.redlist import make_query
from tui_app.runs import Service
from tui_app.settings import Settings

# Opening a terminal makes it the one that controls a session which has none.
ON_THE_TERMINAL = """
import os, sys
tty = os.open(sys.argv[1], os.O_RDWR)
for number in (0, 1, 2):
    os.dup2(tty, number)
os.execv(sys.executable, [sys.executable, "-m", *sys.argv[2:]])
"""


PATIENCE_S = 60


class Terminal:
    """A terminal with the application on it.

    Args:
        reaching: a point, and what to do there: see :mod:`tests.support.points`.
        environ: added to the environment.

    Attributes:
        shown: all that was written to it.
    """

    def __init__(self, *reaching: str, **environ: str) -> None:
        program = ["tests.support.points", *reaching] if reaching else ["tui_app"]
        self._ours, its = pty.openpty()
        fcntl.ioctl(self._ours, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
        self.before = termios.tcgetattr(its)
        self.process = subprocess.Popen(
            [sys.executable, "-c", ON_THE_TERMINAL, os.ttyname(its), *program],
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            env={**os.environ, "TERM": "xterm-256color", **environ},
        )
        self._its = its
        self.shown = b""

    def until(self, condition: Callable[[], object]) -> None:
        """Read what is written until a condition holds; fails if it never does."""
        end = monotonic() + PATIENCE_S
        while not condition():
            assert monotonic() < end, self.shown[-2000:]
            if self._ours >= 0 and select.select([self._ours], [], [], 0.02)[0]:
                with suppress(OSError):  # nobody has it open any more
                    self.shown += os.read(self._ours, 65536)

    def type(self, key: bytes) -> None:
        """Press a key."""
        os.write(self._ours, key)

    def hang_up(self) -> None:
        """Close the window."""
        os.close(self._its)
        os.close(self._ours)
        self._ours = self._its = -1

    def left(self) -> int:
        """Wait until the application has ended; gives its exit code."""
        if self._ours < 0:  # nothing more to read
            return self.process.wait(PATIENCE_S)
        self.until(lambda: self.process.poll() is not None)
        self.until(lambda: not select.select([self._ours], [], [], 0)[0])
        return self.process.returncode

    @property
    def settings(self) -> list[object]:
        """How the terminal is set."""
        return termios.tcgetattr(self._its)

    def close(self) -> None:
        """End what is left."""
        self.process.kill()
        self.process.wait()
        if self._ours >= 0:
            self.hang_up()


def leave(terminal: Terminal, how: str) -> None:
    if how == "ctrl+q":
        terminal.type(b"\x11\x11")  # during a run the first one asks
    elif how == "closed":
        terminal.hang_up()
    else:
        terminal.process.send_signal(getattr(signal, how))


def begin(settings: Settings) -> None:
    """Leave a fetch that was stopped after its first page."""
    watch = StopAfter(1)
    service = Service(settings)
    query = make_query(["countries/MG"])
    service.fetch(query, settings, observer=watch, cancel=watch.cancel)
    service.close()
