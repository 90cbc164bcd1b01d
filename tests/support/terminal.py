"""The program at a terminal of its own."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from collections.abc import Callable


def at_a_terminal(
    *args: str, when: bytes, act: Callable[[subprocess.Popen[bytes], int], None]
) -> tuple[int, str]:
    """Run a command; gives its exit code and all that it said.

    Args:
        args: the command's.
        when: what it says before something is done, once.
        act: does it; is given the process, and the terminal to write to.
    """
    ours, its = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "tui_app", *args], stdin=its, stdout=its, stderr=its
    )
    os.close(its)
    said = b""
    acted = False
    while True:
        try:
            piece = os.read(ours, 4096)
        except OSError:  # it has ended
            break
        if not piece:
            break
        said += piece
        if not acted and when in said:
            act(process, ours)
            acted = True
    os.close(ours)
    return process.wait(30), said.decode()
