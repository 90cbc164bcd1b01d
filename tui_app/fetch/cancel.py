"""A run's off switch, which any thread may press."""

from __future__ import annotations

import threading
from collections.abc import Callable


class Cancel:
    """Set once, heard by everyone who waits: sleeping workers, hanging sockets, event loops."""

    def __init__(self) -> None:
        self._set = threading.Event()
        self._lock = threading.Lock()
        self._listeners: list[Callable[[], None]] = []

    def set(self) -> None:
        """Stop the run. From any thread, any number of times.

        Not from a signal handler, which could interrupt a holder of the locks that listeners
        take: start a thread there.
        """
        with self._lock:
            if self._set.is_set():
                return
            self._set.set()
            listeners, self._listeners = self._listeners, []
        for listener in listeners:
            listener()

    def is_set(self) -> bool:
        """Whether the run is to stop."""
        return self._set.is_set()

    @property
    def heard(self) -> bool:
        """Whether anybody listens: a run is under way."""
        return bool(self._listeners)

    def wait(self, timeout_s: float | None = None) -> bool:
        """Sleep until set, at most ``timeout_s`` seconds; whether it is set."""
        return self._set.wait(timeout_s)

    def listen(self, listener: Callable[[], None]) -> None:
        """Have ``listener`` called when set; at once if it is."""
        with self._lock:
            if not self._set.is_set():
                self._listeners.append(listener)
                return
        listener()

    def forget(self, listener: Callable[[], None]) -> None:
        """Undo :meth:`listen`; quiet where there is nothing to undo."""
        with self._lock:
            if listener in self._listeners:
                self._listeners.remove(listener)
