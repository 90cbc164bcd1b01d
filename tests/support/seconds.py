"""Seconds as the tables of a comparison have them."""

from __future__ import annotations

from collections.abc import Iterable


def decimals_of(longest: Iterable[float]) -> int:
    """How many decimals times have, given the longest time of each row."""
    return 3 if any(one >= 0.1 for one in longest) else 4
