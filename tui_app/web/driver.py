"""What the application draws with where a browser shows it: pipes to the server."""

from __future__ import annotations

import os
import signal
import sys
import threading
from contextlib import suppress
from time import sleep
from typing import Any, Final

from textual.app import App
from textual.drivers.web_driver import WebDriver
from textual.message import Message

from tui_app.ui.app import RedListApp

_BETWEEN_REMINDERS_S: Final = 0.2
MOST_WAITING: Final = 1_000
"""Keys and clicks that the application has not taken yet; then the server waits, and the browser.
"""
_BETWEEN_LOOKS: Final = 100
_PAUSE_S: Final = 0.01


class PipeDriver(WebDriver):
    """Textual's driver for browsers, that leaves as after a signal when the server is gone.

    Textual's own goes on for ever without keys, and ends with a traceback when it draws.
    """

    def __init__(self, app: App[Any], **more: Any) -> None:
        super().__init__(app, **more)
        self._writing = threading.Lock()
        self._write = self._write_whole  # type: ignore[assignment]
        self._handed_on = 0

    def start_application_mode(self) -> None:
        """Start drawing. Signals stay with the program: Textual would exit with 0 at once."""
        taken = () if sys.platform == "win32" else (signal.SIGINT, signal.SIGTERM)
        before = [signal.getsignal(one) for one in taken]
        super().start_application_mode()
        for one, handler in zip(taken, before, strict=True):
            self._loop.remove_signal_handler(one)
            signal.signal(one, handler)

    def _write_whole(self, packet: bytes) -> int:
        # Downloads are written by the thread that reads keys: packets must not mix.
        with self._writing:
            rest = memoryview(packet)
            try:
                while rest:
                    rest = rest[os.write(self.fileno, rest) :]
            except OSError:
                self._leave()
        return len(packet)

    def _leave(self) -> None:
        assert isinstance(self._app, RedListApp)
        self._app.leave_soon()

    def on_meta(self, packet_type: str, payload: dict[str, object]) -> None:
        """Do what the server asks; asked to quit, let the run note first that it was stopped."""
        if packet_type == "quit":
            self._leave()
        else:
            super().on_meta(packet_type, payload)

    def process_message(self, message: Message) -> None:
        """Hand on a key or a click; wait where the application has many of them to do."""
        super().process_message(message)
        self._handed_on += 1
        if self._handed_on % _BETWEEN_LOOKS == 0 and threading.current_thread() is self._key_thread:
            self._wait_for_the_application()

    def _wait_for_the_application(self) -> None:
        taken = threading.Event()
        with suppress(RuntimeError):  # it has ended meanwhile
            self._loop.call_soon_threadsafe(taken.set)
        while not self.exit_event.is_set():
            if taken.wait(_PAUSE_S) and self._app.message_queue_size < MOST_WAITING:
                return
            sleep(_PAUSE_S)

    def run_input_thread(self) -> None:
        """Read keys until the application ends, or end it when there can be no more."""
        super().run_input_thread()
        # At its very start it can't be told yet.
        while not self.exit_event.wait(_BETWEEN_REMINDERS_S):
            self._leave()
