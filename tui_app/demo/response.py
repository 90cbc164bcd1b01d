"""What is sent and kept of an answer: status, headers and body; and the target of a request.

What the answer to a path is, says :mod:`tui_app.demo.answer`.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import cached_property
from hashlib import sha256
from typing import Final
from urllib.parse import parse_qsl, urlsplit

import msgspec

JSON_TYPE: Final = "application/json"
HTML_TYPE: Final = "text/html; charset=UTF-8"
GZIP_FROM: Final = 1_000
"""Bytes from which a body is compressed, if the client takes gzip."""

Headers = tuple[tuple[str, str], ...]


class AnswerKind(StrEnum):
    """What sort of answer it is; profiles give each its own delay."""

    PAGE = "list page"
    V3_PAGE = "v3 page"
    RECORD = "full assessment"
    CODES = "code list"
    SMALL = "single answer"


@dataclass(frozen=True, slots=True)
class DemoAnswer:
    """An answer: status, body and the headers that belong to it."""

    status: int
    body: bytes
    kind: AnswerKind = AnswerKind.SMALL
    headers: Headers = ()  # further ones, lower case, in order
    content_type: str = JSON_TYPE
    day: str | None = None  # that the body names, in ISO 8601; it is another one tomorrow


@dataclass(frozen=True, slots=True)
class RequestTarget:
    """What a request asks for: the path and query of its URL."""

    path: str  # as it was sent, still encoded
    query: tuple[tuple[str, str], ...]  # names and values in order, decoded

    @classmethod
    def read(cls, target: str) -> RequestTarget:
        """Take apart what stands in the first line of a request."""
        parts = urlsplit(target)
        return cls(parts.path, tuple(parse_qsl(parts.query, keep_blank_values=True)))

    def value(self, name: str) -> str | None:
        """The last value of a query parameter, or None."""
        return next((value for key, value in reversed(self.query) if key == name), None)

    def page_key(self) -> str:
        """One key for all ways to ask for the same page: no token, no case, no page 1."""
        kept = sorted(
            f"{name}={value.lower()}"
            for name, value in self.query
            if name not in {"token", "per_page"} and (name, value) != ("page", "1")
        )
        return self.path.rstrip("/").lower() + "?" + "&".join(kept)


def dump(value: object) -> bytes:
    """A value as the API writes JSON: compact, letters as they are, ``&<>`` escaped."""
    text = msgspec.json.encode(value)
    return text.replace(b"&", b"\\u0026").replace(b"<", b"\\u003c").replace(b">", b"\\u003e")


def in_json(
    value: object, kind: AnswerKind = AnswerKind.SMALL, status: int = 200, headers: Headers = ()
) -> DemoAnswer:
    """An answer with a JSON body."""
    return DemoAnswer(status, dump(value), kind, headers)


def error(status: int, message: str) -> DemoAnswer:
    """An error as the API words it: ``{"error": message}``."""
    return in_json({"error": message}, status=status)


def no_such_page() -> DemoAnswer:
    """The answer to an unknown path: a page for people."""
    body = (
        "<!DOCTYPE html>\n<html><head><title>Not found (404)</title></head>\n<body>"
        "<p>This is the demo server of iucn-tui: its data are invented.</p></body></html>\n"
    )
    return DemoAnswer(404, body.encode(), content_type=HTML_TYPE)


@dataclass(frozen=True)
class Prepared:
    """An answer that is ready to be sent."""

    answer: DemoAnswer
    page_key: str  # the page it is the answer to
    delay_s: float  # how long the server takes over it
    headers: Headers  # but for those that differ from one request to the next
    etag: str | None = None

    @cached_property
    def gzipped(self) -> bytes:
        """The body, compressed once."""
        return zlib.compress(self.answer.body, level=1, wbits=31)


def prepare(answer: DemoAnswer, delay_s: float = 0.0, page_key: str = "") -> Prepared:
    """An answer with the live server's headers, to be sent after *delay_s* seconds."""
    etag = f'W/"{sha256(answer.body).hexdigest()[:32]}"' if answer.status == 200 else None
    headers = (
        ("content-type", answer.content_type),
        ("cache-control", "max-age=0, private, must-revalidate" if etag else "no-cache"),
        ("strict-transport-security", "max-age=31556952; includeSubDomains"),
        ("vary", "Accept-Encoding"),
        ("x-cache", "miss"),
        ("cf-cache-status", "DYNAMIC"),
        ("server", "cloudflare"),
        *((("etag", etag),) if etag else ()),
        *answer.headers,
        ("x-runtime", f"{delay_s:.6f}"),
    )
    return Prepared(answer, page_key, delay_s, headers, etag)


class AnswerCache:
    """The answers used last, up to 96 MB of bodies."""

    def __init__(self) -> None:
        self._left = 96 << 20
        self._kept: dict[str, Prepared] = {}  # that not used for longest comes first

    def _drop(self, key: str) -> Prepared | None:
        dropped = self._kept.pop(key, None)
        self._left += len(dropped.answer.body) if dropped else 0
        return dropped

    def get(self, key: str) -> Prepared | None:
        """The answer that is kept under a key, or None; one of another day is none."""
        kept = self._drop(key)
        if kept is None or kept.answer.day not in (None, datetime.now(UTC).date().isoformat()):
            return None
        self.put(key, kept)
        return kept

    def put(self, key: str, prepared: Prepared) -> None:
        """Keep an answer, and drop those not used for longest if there are too many."""
        self._drop(key)
        self._kept[key] = prepared
        self._left -= len(prepared.answer.body)
        while self._left < 0 and len(self._kept) > 1:
            self._drop(next(iter(self._kept)))
