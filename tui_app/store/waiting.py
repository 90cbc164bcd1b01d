"""Waiting for another program that has locked the store."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic, sleep
from typing import Final, TypeVar

from . import fitness

Done = TypeVar("Done")

_PAUSE_S: Final = 0.02
"""Between two attempts; SQLite itself waits in each, mostly."""


class Waiting:
    """Tries again while another program has locked the store, for a minute at most.

    Args:
        tell: told the seconds of waiting so far, a few times a second, and 0 when it is over; from
            the thread that waits.
        limit_s: how long it waits at most; None: :data:`~tui_app.store.fitness.BUSY_S`.
        clock: monotonic seconds.

    Attributes:
        tell: as given; may be changed.
        waited_s: how long it waited when it gave up last.
    """

    def __init__(
        self,
        tell: Callable[[float], None] = lambda waited_s: None,
        limit_s: float | None = None,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self.tell = tell
        self.waited_s = 0.0
        self._given_up: Callable[[], bool] = lambda: False
        self._limit_s = limit_s
        self._clock = clock

    @contextmanager
    def unless(self, given_up: Callable[[], bool]) -> Iterator[None]:
        """Wait no longer, meanwhile, once ``given_up`` says so: the run was stopped, for one."""
        before, self._given_up = self._given_up, given_up
        try:
            yield
        finally:
            self._given_up = before

    def until_free(self, act: Callable[[], Done]) -> Done:
        """Do something that fails as a whole where the store is locked.

        Raises:
            sqlite3.OperationalError: it is locked for longer than the limit.
        """
        limit_s = fitness.BUSY_S if self._limit_s is None else self._limit_s
        began, told = self._clock(), False
        try:
            while True:
                try:
                    return act()
                except sqlite3.OperationalError as error:
                    waited_s = self._clock() - began
                    if not fitness.is_locked(error):
                        raise
                    if waited_s >= limit_s or self._given_up():
                        self.waited_s = waited_s
                        raise
                told = True
                self.tell(waited_s)
                sleep(_PAUSE_S)
        finally:
            if told:
                self.tell(0.0)
