"""The terminal: whether the application can open on it, and drawing on one that may close.

Imports nothing of Textual: the command line asks before it is loaded.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import TextIO

_INSTEAD = "`iucn-tui fetch` does the same without a screen."


def why_not_here(
    stdin_tty: bool, stdout_tty: bool, stderr_tty: bool, term: str | None
) -> str | None:
    """The sentence that says why the application can't open here, or None where it can.

    Textual reads keys from stdin, takes its size from stdout and draws on stderr.
    """
    terminals = {"stdin": stdin_tty, "stdout": stdout_tty, "stderr": stderr_tty}
    missing = [name for name, is_tty in terminals.items() if not is_tty]
    if missing:
        verb = "is" if len(missing) == 1 else "are"
        names = " and ".join(missing)
        return f"The application needs a terminal, but {names} {verb} not a terminal; {_INSTEAD}"
    if term in ("dumb", "unknown"):
        return f"The application needs a terminal that can draw, but TERM is '{term}'; {_INSTEAD}"
    return None


def without_lines(encoding: str) -> str | None:
    """What to do where lines and marks can't be drawn, or None where they can."""
    if encoding.lower().replace("-", "").replace("_", "") == "utf8":
        return None
    return (
        f"The locale's encoding, {encoding}, lacks lines and symbols: they appear as ?. "
        "Start with LC_ALL=C.UTF-8 iucn-tui."
    )


class LastingOutput(io.TextIOBase):
    """Passes on what is drawn until the terminal is closed, then ignores it.

    Else Textual's thread would end with the error, and all that draws would wait for it for ever.
    When it is closed, the thread that draws calls ``gone`` once.
    """

    def __init__(self, terminal: TextIO, gone: Callable[[], None]) -> None:
        self._terminal = terminal
        self._tell = gone
        self._gone = False

    def write(self, text: str) -> int:
        """Draw, if there is anything to draw on."""
        self._try(lambda: self._terminal.write(text))
        return len(text)

    def flush(self) -> None:
        """Draw what was held back."""
        self._try(self._terminal.flush)

    def _try(self, draw: Callable[[], object]) -> None:
        if self._gone:
            return
        try:
            draw()
        except (OSError, ValueError):  # ValueError: it was closed by this program
            self._gone = True
            self._tell()

    def isatty(self) -> bool:
        """Whether it is, or was, a terminal."""
        return not self._gone and self._terminal.isatty()

    def fileno(self) -> int:
        """The terminal's own."""
        return self._terminal.fileno()
