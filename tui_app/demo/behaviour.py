"""How the server behaves: its delays, the link that connections share, its rate limit, its faults.

A delay follows from the seed and the page, never from the order or time of requests, so that
every method meets the same server. The one exception is meant: under ``notebook`` all connections
share a link (:class:`SharedLink`).

A fault of the ``flaky`` profile follows from the seed, the page, and how often that page was
requested: a page fails up to three times in a row, then succeeds, and so again the next time
round. So a client that retries gets everything, and every method meets the same faults.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import StrEnum
from http import HTTPStatus
from math import cos, exp, log, sqrt, tau
from typing import Final

from .chance import number, unit
from .response import HTML_TYPE, AnswerKind, DemoAnswer, Headers, error

_TAILS: Final = 2.0  # a spread is cut off at so many sigmas


@dataclass(frozen=True, slots=True)
class Delay:
    """A log-normal delay: its median in seconds and its spread (sigma of the logarithm)."""

    median_s: float
    sigma: float = 0.35

    def of(self, seed: int, page_key: str) -> float:
        """The delay of one page, in seconds from the arrival of the request."""
        if not self.sigma:
            return self.median_s
        one, other = unit(seed, "delay", page_key), unit(seed, "turn", page_key)
        deviation = sqrt(-2 * log(1 - one)) * cos(tau * other)  # Box and Muller's method
        return self.median_s * exp(self.sigma * max(-_TAILS, min(_TAILS, deviation)))


@dataclass(frozen=True, slots=True)
class Profile:
    """A way for the server to behave."""

    delays: dict[AnswerKind, Delay]
    faults: bool = False  # whether some answers are spoilt
    shared_link: bool = False
    """Bodies travel over one link that all connections share: a delay is how long one takes
    alone."""
    about: str = ""  # what the figures don't say

    def in_words(self) -> str:
        """What it is like, its most telling figure first: ``0.3 s/page, no faults``."""
        page_s = self.delays[AnswerKind.PAGE].median_s
        words = [f"{page_s:g} s/page" if page_s else "no delay", self.about]
        words.append("one shared link" if self.shared_link else "")
        faulty = f"{1 - FAULTY_PAGES[0][0]:.0%} of pages fail up to {FAULTY_PAGES[-1][1]} times"
        words.append(faulty if self.faults else "no faults")
        return ", ".join(filter(None, words))


def _delays(page: Delay, v3_page: Delay, record: Delay, codes: Delay) -> dict[AnswerKind, Delay]:
    """In the order of AnswerKind."""
    small = Delay(codes.median_s * 0.7, codes.sigma)
    return dict(zip(AnswerKind, (page, v3_page, record, codes, small), strict=True))


PROFILES: Final[dict[str, Profile]] = {
    "fast": Profile(dict.fromkeys(AnswerKind, Delay(0, 0))),
    "typical": Profile(_delays(Delay(0.3), Delay(0.3), Delay(0.2), Delay(0.08, 0.2))),
    # As slow as the real API was measured to be (a page 0.6 to 1.6 s).
    "iucn": Profile(
        _delays(Delay(0.98, 0.24), Delay(4.4, 0.3), Delay(0.25, 0.15), Delay(0.13, 0.1)),
        about="as slow as the live API",
    ),
    # Five concurrent pages are 2.2× faster than sequential ones; more are no faster.
    "notebook": Profile(
        _delays(Delay(0.48, 0), Delay(0.48, 0), Delay(0.25, 0), Delay(0.06, 0)), shared_link=True
    ),
    "flaky": Profile(_delays(Delay(0.1), Delay(0.1), Delay(0.08), Delay(0.04, 0.2)), faults=True),
}
"""The profiles by their name."""

NOTEBOOK_SHARE: Final = 0.46
"""The part of the link that one transfer can take (from the notebook's measurements)."""

_JUST_NOW_S: Final = 1e-4  # a transfer that ends so soon is done


class SharedLink:
    """A link that all connections share, as fluid; times and work are in seconds.

    One transfer alone runs at rate 1. At most ``1 / share`` transfers' worth of rate is there, so
    each of *n* gets ``min(1, 1 / share / n)``. With a share of 0.46 five pages at once take
    5 x 0.48 x 0.46 = 1.10 s instead of 2.40 s for five in turn.
    """

    def __init__(self, share: float = NOTEBOOK_SHARE) -> None:
        self._capacity = 1 / share
        self._transfers = 0
        self._now = self._done = 0.0  # work that each transfer would have got until now
        self._changed = asyncio.Event()

    def _rate(self) -> float:
        return min(1.0, self._capacity / max(1, self._transfers))

    def _change(self, transfers: int, now: float) -> None:
        self.left_s(0, now)
        self._transfers += transfers
        self._changed.set()
        self._changed = asyncio.Event()

    def join(self, work_s: float, now: float) -> float:
        """Begin a transfer that would take *work_s* alone; returns its end for :meth:`left_s`."""
        self._change(1, now)
        return self._done + work_s

    def leave(self, now: float) -> None:
        """End a transfer, whether it is done or not."""
        self._change(-1, now)

    def left_s(self, end: float, now: float) -> float:
        """How long a transfer still takes at *now* if no other joins or leaves."""
        self._done += max(0.0, now - self._now) * self._rate()
        self._now = max(now, self._now)
        return (end - self._done) / self._rate()

    async def transfer(self, work_s: float, began: float) -> None:
        """Wait until a transfer is done that began at *began*, by the loop's clock."""
        clock = asyncio.get_running_loop().time
        end = self.join(work_s, began)
        try:
            while (left_s := self.left_s(end, clock())) > _JUST_NOW_S:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._changed.wait(), left_s)
        finally:
            self.leave(clock())


class RequestWindow:
    """The live server's rate limit: at most *most* answers within any *span_s* seconds.

    Refused requests don't count. Raises ValueError where the numbers make no sense.
    """

    def __init__(self, most: int, span_s: float) -> None:
        if not (1 <= most <= 1_000_000 and 0.001 <= span_s <= 86_400):
            raise ValueError("not 1 to 1,000,000 requests in 0.001 to 86,400 seconds")
        self._span_s = span_s
        self._admitted: deque[float] = deque(maxlen=most)

    @classmethod
    def read(cls, text: str) -> RequestWindow:
        """The window for ``N/S``, for instance ``100/120``; raises ValueError."""
        most, _, span_s = text.partition("/")
        return cls(int(most), float(span_s))

    def admits(self, now: float) -> bool:
        """Whether a request may pass at *now* (seconds of any steady clock), and count it if so."""
        full = len(self._admitted) == self._admitted.maxlen
        if full and self._admitted[0] > now - self._span_s:
            return False
        self._admitted.append(now)
        return True


@dataclass(frozen=True, slots=True)
class Options:
    """How a server is to behave, and where it listens, logs and reads."""

    profile: str = "typical"  # a key of PROFILES
    seed: int = 0  # of the catalogue, the delays and the faults
    token: str | None = None  # that every request must carry; None: none is needed
    delay_s: float | None = None  # for every answer, in place of the profile's delays
    rate_limit: str | None = None  # `N/S`: how many requests it answers, see RequestWindow
    log: str | None = None  # a file that gets one JSON line a request
    port: int = 0  # 0: any free one
    replay: str | None = None  # a recording that is served in place of the catalogue


# -- faults --------------------------------------------------------------------------------

STALL_S: Final = 5.0
"""How long a stalled answer keeps its connection open, in seconds.

Long enough to be shown as stalled; as long as the usual timeout, it made a comparison of nine
minutes out of one.
"""

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

_HTML: Final = {
    Fault.ERROR: (500, "<html><body>We're sorry, but something went wrong (500)</body></html>"),
    Fault.BAD_GATEWAY: (502, "<html><head><title>502 Bad Gateway</title></head></html>"),
    Fault.UNAVAILABLE: (503, "<html><h1>503 Service Temporarily Unavailable</h1></html>"),
    Fault.HTML: (200, "<!DOCTYPE html><html><title>Just a moment</title></html>"),
}
_INSTEAD: Final = {
    Fault.TOO_MANY: replace(error(429, "Too Many Requests"), headers=(("retry-after", "1"),)),
    **{
        fault: DemoAnswer(status, page.encode(), content_type=HTML_TYPE)
        for fault, (status, page) in _HTML.items()
    },
}
"""What comes in place of an answer."""


def failures_in_a_row(seed: int, page_key: str) -> int:
    """How often a page fails before it succeeds."""
    chance = unit(seed, "faulty", page_key)
    return next(times for share, times in FAULTY_PAGES if chance < share)


def fault_for(seed: int, page_key: str, asked: int) -> Fault | None:
    """The fault of one answer, or None; the page was requested *asked* times before."""
    times = failures_in_a_row(seed, page_key)
    turn = asked % (times + 1)
    return None if turn == times else _POOL[number(seed, "fault", page_key, turn) % len(_POOL)]


def spoil(fault: Fault, answer: DemoAnswer) -> DemoAnswer:
    """The answer that is whole on the wire, but not the right one."""
    if fault in _INSTEAD:
        return _INSTEAD[fault]
    body, middle = answer.body, len(answer.body) // 2
    bodies = {
        Fault.EMPTY: b"",
        Fault.HALF_JSON: body[:middle],
        Fault.WRONG_SHAPE: b'{"assessments":"none","result":"none"}',
        Fault.BAD_UTF8: body[:middle] + b"\xff\xfe\xc3" + body[middle:],
    }
    return DemoAnswer(answer.status, bodies[fault], headers=answer.headers)


async def break_off(
    fault: Fault, transport: asyncio.Transport, status: int, headers: Headers, body: bytes
) -> None:
    """Send as much of an answer as a fault of :data:`ON_THE_WIRE` lets through.

    The caller closes the connection afterwards.
    """
    if fault is Fault.RESET:
        sock = transport.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
        return
    whole = fault is Fault.WRONG_LENGTH
    length = max(0, len(body) - _TOO_SHORT) if whole else len(body)
    lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}"]
    lines += [f"{name}: {value}" for name, value in (*headers, ("content-length", str(length)))]
    head = "\r\n".join([*lines, "", ""]).encode("latin-1", "replace")
    transport.write(head + (body if whole else body[: len(body) // 2]))
    if fault is Fault.STALL:
        await asyncio.sleep(STALL_S)


async def drip(write: Callable[[bytes], Awaitable[None]], body: bytes) -> None:
    """Write a body in small pieces, with pauses."""
    size = max(_LEAST_DRIP, -(-len(body) // _DRIPS))
    for start in range(0, len(body), size):
        if start:
            await asyncio.sleep(_DRIP_S)
        await write(body[start : start + size])
