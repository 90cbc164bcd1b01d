"""Writing large answers bit by bit, so that other connections are not kept waiting.

A v3 page takes a tenth of a second to write: longer than the timers of other answers may be late.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Generator
from typing import Final, Generic, TypeVar

from .answer import Answer

Build = Generator[None, None, Answer]
"""An answer that takes a while: run step by step, and returned at the end."""

_Kept = TypeVar("_Kept")

_SLICE_S: Final = 0.002  # of writing between two looks at the connections


class Builder(Generic[_Kept]):
    """Writes answers one after another, wanted ones before those that may be wanted later."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """A builder that works in the turns of *loop*."""
        self._loop = loop
        self._builds: dict[str, Build] = {}
        self._keep: dict[str, Callable[[Answer], _Kept]] = {}
        self._uses: dict[str, list[Callable[[_Kept], None]]] = {}
        self._running = False

    def __contains__(self, key: str) -> bool:
        """Whether an answer is being written."""
        return key in self._builds

    def add(self, key: str, build: Build, keep: Callable[[Answer], _Kept]) -> None:
        """Begin an answer that may be wanted; *keep* gets it and returns what is to be used."""
        self._builds[key], self._keep[key], self._uses[key] = build, keep, []
        if not self._running:
            self._running = True
            self._loop.call_soon(self._work)

    def want(self, key: str, use: Callable[[_Kept], None]) -> None:
        """Have an answer that was begun finished before others, and then use it."""
        self._uses[key].append(use)

    def _work(self) -> None:
        wanted = (key for key, uses in self._uses.items() if uses)
        key = next(wanted, None) or next(iter(self._builds))
        until = time.monotonic() + _SLICE_S
        try:
            while time.monotonic() < until:
                next(self._builds[key])
        except StopIteration as end:
            del self._builds[key]
            kept = self._keep.pop(key)(end.value)
            for use in self._uses.pop(key):
                use(kept)
        self._running = bool(self._builds)
        if self._running:
            self._loop.call_soon(self._work)
