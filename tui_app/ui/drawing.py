"""The terminal, for whoever draws on it: it may go away at any moment."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import TextIO


class LastingOutput(io.TextIOBase):
    """Passes on what is drawn. Once the terminal is gone it goes nowhere.

    Textual's thread would end with the error, and everything that draws after that would wait
    for it for ever.

    Args:
        terminal: what is drawn on.
        gone: called once, by whoever draws, when it is gone.
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
