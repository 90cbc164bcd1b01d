"""What the server says to a request, before anything is done to it on the way."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from hashlib import blake2b
from http import HTTPStatus
from typing import Final
from urllib.parse import parse_qsl, urlsplit

JSON_TYPE: Final = "application/json"
HTML_TYPE: Final = "text/html; charset=UTF-8"
_OF_BODY: Final = ""  # no tag is so: it is to be made


class Kind(StrEnum):
    """What sort of answer it is; profiles give each its own delay."""

    PAGE = "list page"
    V3_PAGE = "v3 page"
    RECORD = "full assessment"
    CODES = "code list"
    SMALL = "single answer"


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer: status, body and the headers that belong to it.

    Attributes:
        status: the HTTP status.
        body: the whole body.
        kind: what sort it is.
        headers: further headers, lower case, in order.
        content_type: the media type of the body.
        etag: the tag that a later request may come back with; None where it has none.
    """

    status: int
    body: bytes
    kind: Kind = Kind.SMALL
    headers: tuple[tuple[str, str], ...] = ()
    content_type: str = JSON_TYPE
    etag: str | None = _OF_BODY

    def __post_init__(self) -> None:
        """Give a good answer its weak tag, unless it is known already."""
        if self.etag != _OF_BODY:
            return
        tag = (
            f'W/"{blake2b(self.body, digest_size=16).hexdigest()}"'
            if self.status == HTTPStatus.OK
            else None
        )
        object.__setattr__(self, "etag", tag)


@dataclass(frozen=True, slots=True)
class Target:
    """What a request asks for: the path and query of its URL.

    Attributes:
        path: the path as it was sent, still encoded.
        query: names and values in order, decoded.
    """

    path: str
    query: tuple[tuple[str, str], ...]

    @classmethod
    def read(cls, target: str) -> Target:
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


def dump(value: object) -> str:
    """A value as the API writes JSON: compact, letters as they are, ``&<>`` escaped."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def in_json(value: object, kind: Kind = Kind.SMALL, status: int = 200) -> Answer:
    """An answer with a JSON body."""
    return Answer(status, dump(value).encode(), kind)


def error(status: int, message: str) -> Answer:
    """An error as the API words it: ``{"error": message}``."""
    return Answer(status, dump({"error": message}).encode())


def no_such_page() -> Answer:
    """What the API answers to a path that it does not know: a page for people."""
    body = (
        "<!DOCTYPE html>\n<html>\n<head>\n  <title>Nothing here (404)</title>\n</head>\n"
        '<body class="error-page">\n  <h1>Page cannot be found</h1>\n'
        "  <p>This is the demo server of iucn-tui: its data are invented.</p>\n</body>\n</html>\n"
    )
    return Answer(404, body.encode(), content_type=HTML_TYPE)
