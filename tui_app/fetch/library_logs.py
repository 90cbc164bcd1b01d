"""Tokens kept out of what others say of our requests: the HTTP libraries' logs, and errors."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from tui_app.redlist.errors import RedListError
from tui_app.redlist.redaction import Token, redact

LOGGERS: Final = (
    "urllib3.connection",
    "urllib3.connectionpool",
    "urllib3.poolmanager",
    "urllib3.response",
    "urllib3.util.retry",
    "urllib3.util.ssl_",
    "requests",
    "aiohttp.client",
    "aiohttp.internal",
    "asyncio",
)
"""Those that may name a URL; urllib3 does at DEBUG. A filter holds for no logger below its own."""


class _Redacting(logging.Filter):
    """Takes what looks like a token out of records, before any handler sees them."""

    def filter(self, record: logging.LogRecord) -> bool:
        try:
            said = record.getMessage()
        except (TypeError, ValueError):  # a format that doesn't fit: logging reports it
            said = f"{record.msg} {record.args}"
        clean = redact(said)
        if clean != said:
            record.msg, record.args = clean, None
        if record.exc_info and record.exc_info[0] is not None:
            trace = "".join(traceback.format_exception(*record.exc_info)).rstrip("\n")
            record.exc_text = redact(trace)
            record.exc_info = None  # some handlers would word it anew
        return True


_REDACTING: Final = _Redacting("redacting")


def hide_in_logs() -> None:
    """Have the libraries' loggers redact what they say; again does nothing."""
    for name in LOGGERS:
        logging.getLogger(name).addFilter(_REDACTING)


@contextmanager
def hidden_in_errors(token: Token | None) -> Iterator[None]:
    """Whatever is raised inside, a fault of our own for one, leaves without the token.

    Messages are redacted, and the variables of the frames that it came through are let go of:
    crash reports show both. Where it was raised stays.
    """
    try:
        yield
    except BaseException as error:
        _scrub(error, token)
        raise


def _scrub(error: BaseException, token: Token | None) -> None:
    queue: list[BaseException | None] = [error]
    seen: set[int] = set()
    while queue:
        one = queue.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        one.args = tuple(_redacted(part, token) for part in one.args)
        traceback.clear_frames(one.__traceback__)
        for name, value in list(getattr(one, "__dict__", {}).items()):
            # Those of libraries hold requests with their headers, and URLs.
            if isinstance(value, str) or not isinstance(one, RedListError):
                vars(one)[name] = _redacted(value, token)
        queue += [one.__cause__, one.__context__]
        if isinstance(one, BaseExceptionGroup):
            queue += one.exceptions


def _redacted(part: object, token: Token | None) -> object:
    if isinstance(part, bool | int | float | None | BaseException | list):
        return part
    if isinstance(part, bytes):
        return redact(part.decode("latin-1"), token).encode("latin-1", "replace")
    return redact(str(part), token)
