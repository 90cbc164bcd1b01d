"""The answers that the server keeps, so that a page is written once."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

from .answer import Answer


@dataclass(slots=True)
class Kept:
    """An answer and what goes with it.

    Attributes:
        answer: the answer.
        page_key: the page it is the answer to.
        delay_s: how long the server takes over it.
        headers: those that it is sent with, but for its length.
        head: its head as bytes, for the plain case of an open connection.
    """

    answer: Answer
    page_key: str
    delay_s: float
    headers: tuple[tuple[str, str], ...]
    head: bytes


class Cache:
    """The answers used last, up to a number of bytes."""

    def __init__(self, most_bytes: int) -> None:
        """Keep bodies of *most_bytes* together."""
        self._most = most_bytes
        self._size = 0
        self._kept: OrderedDict[str, Kept] = OrderedDict()

    def get(self, target: str) -> Kept | None:
        """What is kept for a target, or None."""
        kept = self._kept.get(target)
        if kept is not None:
            self._kept.move_to_end(target)
        return kept

    def put(self, target: str, kept: Kept) -> None:
        """Keep an answer, and drop those not used for longest if there are too many."""
        self.drop(target)
        self._kept[target] = kept
        self._size += len(kept.answer.body)
        while self._size > self._most and len(self._kept) > 1:
            self.drop(next(iter(self._kept)))

    def drop(self, target: str) -> None:
        """Forget an answer, if it is kept."""
        if target in self._kept:
            self._size -= len(self._kept.pop(target).answer.body)
