"""How long until something is seen, beside an application of one line of text.

    python tests/benchmarks/first_frame.py

From the start of the process to the first bytes with the words in them, on a terminal of 120 by
40; in turns, medians.
"""

from __future__ import annotations

import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import tempfile
import termios
from pathlib import Path
from statistics import median
from time import perf_counter

GOAL = 1.4
TIMES = 15
EMPTY = """
from textual.app import App
from textual.widgets import Static

class Empty(App):
    def compose(self):
        yield Static("first frame")

Empty().run()
"""


def seconds_until(words: bytes, *args: str) -> float:
    """Start Python with these arguments on a terminal; seconds until the words are drawn."""
    ours, its = pty.openpty()
    fcntl.ioctl(ours, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
    began = perf_counter()
    process = subprocess.Popen(
        [sys.executable, *args], stdin=its, stdout=its, stderr=its, start_new_session=True
    )
    os.close(its)
    shown = b""
    while words not in shown:
        if select.select([ours], [], [], 30)[0]:
            shown += os.read(ours, 65536)
    took = perf_counter() - began
    process.kill()
    process.wait()
    os.close(ours)
    return took


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ.update(TERM="xterm-256color", IUCN_TUI_HOME=folder)
        script = Path(folder) / "empty.py"
        script.write_text(EMPTY)
        pairs = [
            (
                seconds_until(b"first frame", str(script)),
                seconds_until(b"All data are synthetic", "-m", "tui_app"),
            )
            for _ in range(TIMES)
        ]
    empty, ours = (median(times) for times in zip(*pairs, strict=True))
    print(f"empty {empty:.3f} s, iucn-tui {ours:.3f} s: {ours / empty:.2f} times (goal {GOAL})")


if __name__ == "__main__":
    main()
