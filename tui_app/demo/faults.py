"""Faults of the ``flaky`` profile: which answers are spoilt, and how.

What happens follows from the seed, the page, and how often that page was asked for: a page fails up
to three times in a row and then succeeds, and so again the next time round.  So a client that
tries again gets everything, and every method meets the same faults.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from .hashing import number, unit


class Fault(StrEnum):
    """What may befall an answer."""

    RESET = "reset"
    TRUNCATED = "truncated"
    WRONG_LENGTH = "wrong-length"
    STALL = "stall"
    DRIP = "drip"
    EMPTY = "empty"
    HTML = "html-200"
    HALF_JSON = "half-json"
    WRONG_SHAPE = "wrong-shape"
    BAD_UTF8 = "bad-utf8"
    TOO_MANY = "429"
    ERROR = "500"
    BAD_GATEWAY = "502"
    UNAVAILABLE = "503"


FAULTY_PAGES: Final = ((0.70, 0), (0.90, 1), (0.98, 2), (1.0, 3))
"""Shares of the pages (summed up) that fail that often before they succeed."""

_WEIGHTS: Final[dict[Fault, int]] = {**dict.fromkeys(Fault, 8), Fault.STALL: 1, Fault.DRIP: 5}
_POOL: Final = tuple(fault for fault, weight in _WEIGHTS.items() for _ in range(weight))

STATUS_BODIES: Final[dict[Fault, tuple[int, bytes]]] = {
    Fault.ERROR: (500, b"<html><body>We're sorry, but something went wrong (500)</body></html>"),
    Fault.BAD_GATEWAY: (502, b"<html><head><title>502 Bad Gateway</title></head></html>"),
    Fault.UNAVAILABLE: (503, b"<html><h1>503 Service Temporarily Unavailable</h1></html>"),
    Fault.HTML: (200, b"<!DOCTYPE html><html><title>Just a moment</title></html>"),
}
"""Status and HTML body of the faults that replace an answer by a page for people."""


def failures_in_a_row(seed: int, page_key: str) -> int:
    """How often a page fails before it succeeds."""
    chance = unit(seed, "faulty", page_key)
    return next(times for share, times in FAULTY_PAGES if chance < share)


def fault_for(seed: int, page_key: str, asked: int) -> Fault | None:
    """The fault of one answer, or None.

    Args:
        seed: the server's seed.
        page_key: the page asked for.
        asked: how often it was asked for before.
    """
    turn = asked % (failures_in_a_row(seed, page_key) + 1)
    if turn == failures_in_a_row(seed, page_key):
        return None
    return _POOL[number(seed, "fault", page_key, turn) % len(_POOL)]


def spoil(fault: Fault, body: bytes) -> bytes:
    """The body of an answer that is whole on the wire but wrong inside."""
    if fault is Fault.EMPTY:
        return b""
    if fault is Fault.HALF_JSON:
        return body[: len(body) // 2]
    if fault is Fault.WRONG_SHAPE:
        return b'{"assessments":"none","result":"none"}'
    if fault is Fault.BAD_UTF8:
        middle = len(body) // 2
        return body[:middle] + b"\xff\xfe\xc3" + body[middle:]
    return body
