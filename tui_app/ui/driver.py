"""Textual's driver for terminals: the terminal may close at any moment and send any byte."""

from __future__ import annotations

import codecs
import os
import selectors
import signal
import termios
from collections.abc import Iterable
from contextlib import suppress
from typing import Any, Final

from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver
from textual.message import Message

_TICK_S: Final = 0.1
"""Longest wait for a key before the driver checks whether the application has ended."""

_AS_BEFORE: Final = (
    "\x1b[?2026l\x1b[?1000l\x1b[?1003l\x1b[?1015l\x1b[?1006l\x1b[?2004l\x1b[?1004l\x1b[?7h"
    "\x1b[<u\x1b[?1049l\x1b[?25h"
)
"""Turns off what Textual turned on: mouse, paste and focus reports, its screen, its cursor."""


class TerminalDriver(LinuxDriver):
    """Textual's driver, which ignores invalid input and leaves when the terminal is closed.

    Textual's own stops with a traceback at a byte that isn't UTF-8, and reads a closed terminal
    in an endless loop.
    """

    def __init__(self, app: Any, **more: Any) -> None:
        super().__init__(app, **more)
        self._gone = app.leave_soon
        self._suspended = False

    def write(self, data: str) -> None:
        """Write to the terminal; ignored before it was started."""
        if self._writer_thread is not None:
            super().write(data)

    def start_application_mode(self) -> None:
        """Take the terminal; leave if it is closed already."""
        super().start_application_mode()  # type: ignore[no-untyped-call]
        if self._key_thread is None:
            self._gone()

    def run_input_thread(self) -> None:
        """Read keys until the application ends or the terminal is closed."""
        decode = codecs.getincrementaldecoder("utf-8")("ignore").decode
        parser = XTermParser(self._debug)
        with selectors.SelectSelector() as selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            while not self.exit_event.is_set():
                if not selector.select(_TICK_S):
                    if not self._processed(parser.tick()):
                        parser = XTermParser(self._debug)
                    continue
                typed = b""
                with suppress(OSError):
                    typed = os.read(self.fileno, 4096)
                if not typed:
                    self._gone()
                    return
                for character in decode(typed):
                    if not self._processed(parser.feed(character)):
                        parser = XTermParser(self._debug)

    def _processed(self, messages: Iterable[Message]) -> bool:
        """Process what was typed; False where it was an escape sequence that can't be parsed."""
        try:
            for message in messages:
                self.process_message(message)
        except (OverflowError, ValueError):
            return False
        return True

    def suspend_application_mode(self) -> None:
        """Give the terminal to the shell for a while."""
        self._suspended = True
        super().suspend_application_mode()

    def resume_application_mode(self) -> None:
        """Take the terminal again.

        Textual calls it at each SIGCONT, which also follows the SIGHUP of a closed terminal, and
        would start a second pair of threads that never end.
        """
        if self._suspended:
            self._suspended = False
            super().resume_application_mode()
        else:  # after a SIGSTOP, the shell may have changed the terminal's settings
            self._loop.call_soon_threadsafe(self._take_again)

    def _take_again(self) -> None:
        running = self._key_thread is not None and self._key_thread.is_alive()
        if running and os.isatty(self.fileno):
            super().suspend_application_mode()
            super().resume_application_mode()

    def restore(self) -> None:
        """Restore the terminal without waiting, for a process that ends at once."""
        if self._writer_thread is None:
            return
        with suppress(OSError):
            # A new file description: O_NONBLOCK must not change the shell's.
            terminal = os.open(os.ttyname(self.fileno), os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK)
            os.write(terminal, _AS_BEFORE.encode())
            os.close(terminal)
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTTOU})  # stops a background process
        with suppress(termios.error):
            termios.tcflush(self.fileno, termios.TCIFLUSH)
            if self.attrs_before is not None:
                termios.tcsetattr(self.fileno, termios.TCSANOW, self.attrs_before)
