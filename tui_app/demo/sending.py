"""Sending an answer: whole, as "not modified", or spoilt by a fault."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from typing import Final

from .answer import HTML_TYPE, Answer, error
from .cache import Kept
from .exchange import Exchange
from .faults import STATUS_BODIES, Fault, spoil
from .wire import write_head

STALL_S: Final = 120.0
"""How long a stalled answer keeps its connection open, in seconds."""

_DRIPS, _DRIP_S, _LEAST_DRIP = 40, 0.04, 512  # pieces of a slow body, seconds apart, bytes
_TOO_SHORT: Final = 11  # bytes by which a wrong content-length is too small

Finish = Callable[[Exchange, Callable[[], None]], None]
"""What to call when an answer is sent: with the exchange, and what its connection is to do."""


def headers_of(answer: Answer, delay_s: float) -> list[tuple[str, str]]:
    """The headers of an answer that the server says it worked on for *delay_s* seconds."""
    headers = []
    if answer.etag:
        headers += [("cache-control", "max-age=0, private, must-revalidate"), ("etag", answer.etag)]
    elif answer.content_type != HTML_TYPE:
        headers.append(("cache-control", "no-cache"))
    headers.append(("content-type", answer.content_type))
    headers += answer.headers
    headers.append(("x-runtime", f"{delay_s:.6f}"))
    return headers


def ready(answer: Answer, delay_s: float, page_key: str = "") -> Kept:
    """An answer with its headers, to be sent after *delay_s* seconds."""
    headers = tuple(headers_of(answer, delay_s))
    head = write_head(answer.status, headers, len(answer.body))
    return Kept(answer, page_key, delay_s, headers, head)


def too_many_requests(wait_s: int) -> Answer:
    """The answer to one request too many: try again after *wait_s* seconds."""
    headers = (("retry-after", str(wait_s)),)
    return Answer(429, error(429, "Too Many Requests").body, headers=headers)


def same_tag(sent: str | None, etag: str) -> bool:
    """Whether a client has what it asks for (weak comparison, RFC 9110, 13.1.2)."""
    if not sent:
        return False
    tags = (tag.strip().removeprefix("W/") for tag in sent.split(","))
    return sent.strip() == "*" or etag.removeprefix("W/") in tags


class Sender:
    """Sends answers."""

    def __init__(self, loop: asyncio.AbstractEventLoop, finish: Finish) -> None:
        """A sender that calls *finish* after each answer."""
        self._loop = loop
        self._finish = finish

    def send(self, exchange: Exchange, kept: Kept) -> None:
        """Send an answer, or what its fault makes of it."""
        exchange.timer = None
        exchange.sending = self._loop.time()
        answer = kept.answer
        if exchange.fault is not None:
            self._send_spoilt(exchange, kept, exchange.fault)
            return
        exchange.status = answer.status
        pieces = [kept.head, answer.body]
        if answer.etag and same_tag(exchange.request.headers.get("if-none-match"), answer.etag):
            exchange.status = HTTPStatus.NOT_MODIFIED.value
            pieces = [write_head(exchange.status, kept.headers, 0)]
        elif exchange.request.method == "HEAD":
            pieces = [kept.head]
        exchange.connection.send(pieces, self._done(exchange))

    def _done(self, exchange: Exchange) -> Callable[[], None]:
        return partial(self._finish, exchange, exchange.connection.done)

    def _send_spoilt(self, exchange: Exchange, kept: Kept, fault: Fault) -> None:
        connection, answer = exchange.connection, kept.answer
        break_off = partial(self._finish, exchange, connection.close)
        half = answer.body[: len(answer.body) // 2]
        exchange.status = answer.status
        if fault is Fault.RESET:
            exchange.status = 0
            self._finish(exchange, connection.reset)
        elif fault is Fault.TRUNCATED:
            connection.send([kept.head, half], break_off)
        elif fault is Fault.WRONG_LENGTH:
            length = max(0, len(answer.body) - _TOO_SHORT)
            head = write_head(answer.status, kept.headers, length)
            connection.send([head, answer.body], break_off)
        elif fault is Fault.STALL:
            connection.send([kept.head, half])
            exchange.timer = self._loop.call_later(STALL_S, break_off)
        elif fault is Fault.DRIP:
            connection.send([kept.head])
            self._drip(exchange, answer.body, 0)
        else:
            self._send_instead(exchange, kept, _instead(fault, answer))

    def _send_instead(self, exchange: Exchange, kept: Kept, answer: Answer) -> None:
        exchange.status = answer.status
        head = ready(answer, kept.delay_s).head
        exchange.connection.send([head, answer.body], self._done(exchange))

    def _drip(self, exchange: Exchange, body: bytes, start: int) -> None:
        end = start + max(_LEAST_DRIP, -(-len(body) // _DRIPS))
        if end >= len(body):
            exchange.connection.send([body[start:]], self._done(exchange))
            return
        exchange.connection.send([body[start:end]])
        exchange.timer = self._loop.call_later(_DRIP_S, self._drip, exchange, body, end)


def _instead(fault: Fault, answer: Answer) -> Answer:
    """The whole but wrong answer that a fault puts in the place of the right one."""
    if fault is Fault.TOO_MANY:
        return too_many_requests(1)
    if fault in STATUS_BODIES:
        status, page = STATUS_BODIES[fault]
        return Answer(status, page, content_type=HTML_TYPE)
    return Answer(answer.status, spoil(fault, answer.body), headers=answer.headers)
