"""What bodies take in memory: bounded over all workers of a run. What is beyond that waits."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from .cancel import Cancel
from .outcome import Cancelled

LIMIT_BYTES: Final = 256 << 20
"""Limit of all bodies together: as they come over the wire, unpacked, and until they are kept."""

FREE_BYTES: Final = 1 << 18
"""Bodies up to this size are not counted: a worker has one of them at most."""

TURN_BYTES: Final = 1 << 22
"""Bodies from this size on are judged one after another."""


class Memory:
    """Bytes that the bodies of a run hold, by request.

    All bodies share what the limit leaves beside the room for one, the one that began to hold
    first: that never waits, whatever the others hold, and so the run always gets on. One body
    may be there twice, packed and unpacked.

    Args:
        max_body_bytes: limit of one body.
        halt: ends all waiting.
        limit_bytes: limit of all together; twice ``max_body_bytes`` at least.

    Attributes:
        held: bytes held now.
        peak: the most that were held at once.
    """

    def __init__(self, max_body_bytes: int, halt: Cancel, limit_bytes: int = LIMIT_BYTES) -> None:
        self._shared = max(0, limit_bytes - 2 * max_body_bytes)
        self._by_request: dict[int, int] = {}  # who began first is the first
        self._changed = threading.Condition()
        self._wakers: list[Callable[[], None]] = []
        self._wanted = False  # whether somebody waits
        self._rounds = 0  # how often there was room again
        self._halt = halt
        self._turn = threading.Lock()
        self.held = self.peak = 0
        halt.listen(self._wake)

    def try_hold(self, request: int, size: int) -> bool:
        """Have a request hold ``size`` bytes in all, if there is room for them now.

        Who is told that there is none is called when there may be: see :meth:`on_change`.
        """
        with self._changed:
            before = self._by_request.get(request, 0)
            more = size - before
            oldest = next(iter(self._by_request), request) == request
            if more > 0 and self.held + more > self._shared and not oldest:
                self._wanted = True
                return False
            self._set(request, max(before, size))
            return True

    def hold(self, request: int, size: int) -> None:
        """Have a request hold ``size`` bytes in all; waits, in the calling thread, for room.

        Raises:
            Cancelled: the run is to stop.
        """
        while True:
            seen = self._rounds
            if self.try_hold(request, size):
                return
            with self._changed:
                while self._rounds == seen and not self._halt.is_set():
                    self._changed.wait()
            if self._halt.is_set():
                raise Cancelled

    def shrink(self, request: int, size: int) -> None:
        """Have a request hold ``size`` bytes at most; 0 for none."""
        if request not in self._by_request:  # most bodies are small
            return
        with self._changed:
            before = self._by_request.get(request, 0)
            if size >= before:
                return
            self._set(request, size)
            wanted, self._wanted = self._wanted, False
            if wanted:
                self._rounds += 1
                self._changed.notify_all()
        if wanted:
            self._tell()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Within it a large body is judged, one after another: that takes several times its size.

        Raises:
            Cancelled: the run is to stop.
        """
        while not self._turn.acquire(timeout=0.1):
            if self._halt.is_set():
                raise Cancelled
        try:
            yield
        finally:
            self._turn.release()

    def on_change(self, waker: Callable[[], None]) -> None:
        """Have ``waker`` called, from any thread, when there may be room again, or on a halt."""
        self._wakers.append(waker)

    def _set(self, request: int, size: int) -> None:
        self.held += size - self._by_request.get(request, 0)
        self.peak = max(self.peak, self.held)
        if size:
            self._by_request[request] = size
        else:
            self._by_request.pop(request, None)

    def _wake(self) -> None:
        with self._changed:
            self._changed.notify_all()
        self._tell()

    def _tell(self) -> None:
        for waker in self._wakers:
            waker()
