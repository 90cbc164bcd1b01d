"""Faults of the ``flaky`` profile: which answers are spoilt, and how.

A fault follows from the seed, the page, and how often that page was requested: a page fails up to
three times in a row, then succeeds, and so again the next time round. So a client that retries
gets everything, and every method meets the same faults.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable
from enum import StrEnum
from http import HTTPStatus
from typing import Final

from .answer import HTML_TYPE, Answer, Headers, error
from .hashing import number, unit

STALL_S: Final = 120.0
"""How long a stalled answer keeps its connection open, in seconds."""

_DRIPS, _DRIP_S, _LEAST_DRIP = 40, 0.04, 512  # pieces of a slow body, seconds apart, bytes
_TOO_SHORT: Final = 11  # bytes by which a wrong content-length is too small


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


ON_THE_WIRE: Final = frozenset((Fault.RESET, Fault.TRUNCATED, Fault.WRONG_LENGTH, Fault.STALL))
"""The faults that break the connection."""

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


def spoil(fault: Fault, answer: Answer) -> Answer:
    """The answer that is whole on the wire, but not the right one."""
    body, middle = answer.body, len(answer.body) // 2
    if fault is Fault.TOO_MANY:
        return Answer(429, error(429, "Too Many Requests").body, headers=(("retry-after", "1"),))
    if fault in STATUS_BODIES:
        status, page = STATUS_BODIES[fault]
        return Answer(status, page, content_type=HTML_TYPE)
    bodies = {
        Fault.EMPTY: b"",
        Fault.HALF_JSON: body[:middle],
        Fault.WRONG_SHAPE: b'{"assessments":"none","result":"none"}',
        Fault.BAD_UTF8: body[:middle] + b"\xff\xfe\xc3" + body[middle:],
    }
    return Answer(answer.status, bodies[fault], headers=answer.headers)


def head(status: int, headers: Headers, length: int) -> bytes:
    """The head of an answer as bytes, for a body of *length* bytes."""
    lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}"]
    lines += [f"{name}: {value}" for name, value in headers]
    return "\r\n".join([*lines, f"content-length: {length}", "", ""]).encode("latin-1", "replace")


async def break_off(
    fault: Fault, transport: asyncio.Transport, status: int, headers: Headers, body: bytes
) -> None:
    """Send as much of an answer as a fault of :data:`ON_THE_WIRE` lets through.

    The caller closes the connection afterwards.
    """
    half = body[: len(body) // 2]
    if fault is Fault.RESET:
        sock = transport.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
    elif fault is Fault.WRONG_LENGTH:
        transport.write(head(status, headers, max(0, len(body) - _TOO_SHORT)) + body)
    else:
        transport.write(head(status, headers, len(body)) + half)
    if fault is Fault.STALL:
        await asyncio.sleep(STALL_S)


async def drip(write: Callable[[bytes], Awaitable[None]], body: bytes) -> None:
    """Write a body in small pieces, with pauses."""
    size = max(_LEAST_DRIP, -(-len(body) // _DRIPS))
    for start in range(0, len(body), size):
        if start:
            await asyncio.sleep(_DRIP_S)
        await write(body[start : start + size])
