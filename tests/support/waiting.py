"""Runs that come to wait for a rate limit: what would be sent after that is never sent."""

from __future__ import annotations

import threading
from typing import Final

from tui_app.fetch import Cancel, Event, State

LONG: Final = 3600.0
"""Seconds of a window or a pause; no test lasts as long."""


class StopWhenWaiting:
    """An observer that cancels a run when it waits for its window, or pauses.

    Args:
        state: the state to wait for.
        quiet: whether to wait until nothing is in flight as well.
    """

    def __init__(self, state: State, *, quiet: bool = False) -> None:
        self.cancel = Cancel()
        self.events: list[Event] = []
        self._state, self._quiet = state, quiet
        self._lock = threading.Lock()
        self._flying = 0
        self._met = False

    def __call__(self, event: Event) -> None:
        """Take in an event."""
        with self._lock:
            self.events.append(event)
            self._flying += event.state is State.STARTED
            self._flying -= event.state in (State.RETRIED, State.KEPT)
            self._met = self._met or event.state is self._state
            over = self._met and not (self._quiet and self._flying)
        if over:
            self.cancel.set()
