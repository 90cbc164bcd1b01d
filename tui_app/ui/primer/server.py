"""The primer's demo server: one at a time, started when a lesson needs it."""

from __future__ import annotations

import threading

from tui_app.demo import DemoServer

from .lesson import Stopped


class Server:
    """Starts a demo server, keeps it for as long as lessons want the same one, ends it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: DemoServer | None = None
        self._wanted: tuple[str, float | None] | None = None
        self._closed = False

    @property
    def pid(self) -> int | None:
        """The id of its process, or None while there is none."""
        return None if self._running is None else self._running.pid

    def open(self, profile: str, delay_s: float | None) -> str:
        """The address of a server that behaves so; one that behaves otherwise ends.

        Raises:
            DemoError: it did not come up.
            Stopped: the primer has been left.
        """
        with self._lock:
            if self._closed:
                raise Stopped
            if self._running is None or self._wanted != (profile, delay_s):
                self._end()
                server = DemoServer(profile, delay=delay_s)
                server.start()
                self._running, self._wanted = server, (profile, delay_s)
            return self._running.base_url

    def close(self) -> None:
        """End it, for good; blocks for a second at most, and again does nothing."""
        with self._lock:
            self._closed = True
            self._end()

    def _end(self) -> None:
        running, self._running = self._running, None
        if running is not None:
            running.close()
