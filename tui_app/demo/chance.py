"""Numbers that look random, and are the same in every process and every Python.

Python's own ``hash`` differs between processes, and :mod:`random` between versions; all chance in
the demo comes from here: whole columns of bytes from SHAKE-128, single numbers from BLAKE2b, and
a cheap mixer for what is needed thousands of times a page.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b, shake_128
from itertools import accumulate
from typing import Final, TypeVar

_T = TypeVar("_T")
_MASK: Final = 0xFFFFFFFF


def column(seed: int, name: str, length: int) -> bytes:
    """A column of *length* random bytes that belongs to *name*."""
    return shake_128(f"{seed}/{name}".encode()).digest(length)


def number(seed: int, *parts: object) -> int:
    """A number of 64 bits that belongs to *parts*."""
    key = "/".join(map(str, (seed, *parts)))
    return int.from_bytes(blake2b(key.encode(), digest_size=8).digest(), "big")


def unit(seed: int, *parts: object) -> float:
    """A number from 0 to just below 1 that belongs to *parts*."""
    return (number(seed, *parts) >> 11) / (1 << 53)


def mix(value: int) -> int:
    """A number of 32 bits for another: one to one below 2**32 (Chris Wellons' *lowbias32*)."""
    value = (value ^ (value >> 16)) & _MASK
    value = (value * 0x7FEB352D) & _MASK
    value ^= value >> 15
    value = (value * 0x846CA68B) & _MASK
    return value ^ (value >> 16)


def spread(shares: dict[int, float]) -> bytes:
    """A table for ``bytes.translate`` that turns random bytes into values by their shares."""
    total = sum(shares.values())
    table = bytearray()
    for value, edge in zip(shares, accumulate(shares.values()), strict=True):
        table += bytes([value]) * (round(256 * edge / total) - len(table))
    return bytes(table)


class Dice:
    """A stream of choices for one thing."""

    __slots__ = ("_state", "seed")

    def __init__(self, seed: int, *parts: object) -> None:
        self.seed = seed
        self._state = number(seed, *parts) & _MASK

    def below(self, limit: int) -> int:
        """A number from 0 to *limit* - 1."""
        self._state = (self._state + 0x9E3779B9) & _MASK
        return mix(self._state) * limit >> 32

    def chance(self, percent: float) -> bool:
        """True in *percent* of a hundred throws."""
        return self.below(10_000) < percent * 100

    def pick(self, options: Sequence[_T]) -> _T:
        """One of *options*."""
        return options[self.below(len(options))]
