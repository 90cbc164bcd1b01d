"""The user's token, wrapped so that it can't be shown by accident."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final
from urllib.parse import quote

DOTS: Final = "••••"
"""What stands in the place of a token."""

SHORTEST: Final = 8
"""Characters of a token that is looked for in data. Real ones have 20 and more."""

# Also where the URL is itself part of another one, or of HTML.
_IN_URL: Final = re.compile(
    r"(?i)((?:[?&]|%3f|%26|&amp;)(?:token|api_?key|key)(?:=|%3d))(?:(?!%26|%23|\\)[^&#\s'\"<>)])*"
)
_IN_HEADER: Final = re.compile(
    r"(?i)(authorization(?:\\?['\"])?\s*[:=,]\s*b?(?:\\?['\"])?(?:bearer |basic |token )?)"
    r"[^\s\\'\",]+"
)
_IN_AUTHORITY: Final = re.compile(r"//[^/?#\s@]*@")


class Token:
    """A secret. ``str``, ``repr`` and formatting give dots; only :meth:`reveal` gives it."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The token itself, for the header (or v3's query) of a request and nothing else."""
        return self._value

    def __repr__(self) -> str:
        return f"Token({DOTS})"

    def __str__(self) -> str:
        return DOTS

    def __reduce__(self) -> tuple[object, ...]:
        raise TypeError("A token is not to be written down.")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Token) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)


def redact(text: str, token: Token | None = None) -> str:
    """``text`` without the token, however it is quoted, and without what looks like one.

    Without knowing the token: the value of ``token=`` in a URL, of an ``Authorization`` header,
    and a user with a password before a host.
    """
    if token is not None and token.reveal():
        text = _spellings(token).sub(DOTS, text)
    # Headers of every page come through here: most have nothing that any pattern begins with.
    lower = text.lower() if text.isascii() else None  # patterns know more cases of a letter
    if lower is None or "token" in lower or "key" in lower:
        text = _IN_URL.sub(rf"\1{DOTS}", text)
    if lower is None or "authorization" in lower:
        text = _IN_HEADER.sub(rf"\1{DOTS}", text)
    return _IN_AUTHORITY.sub(f"//{DOTS}@", text) if "@" in text else text


def redact_bytes(data: bytes, token: Token | None) -> bytes:
    """``data`` without the token: a server may repeat what it was sent.

    Tokens of less than eight characters stay, because they may occur by chance.
    """
    if token is None or len(token.reveal()) < SHORTEST:
        return data
    for spelt in _spellings_in_bytes(token):
        if spelt in data:
            data = data.replace(spelt, DOTS.encode())
    return data


@lru_cache(maxsize=8)
def _spellings(token: Token) -> re.Pattern[str]:
    # Any mixture of plain and percent-encoded characters: libraries differ in what they quote.
    parts = (f"(?:{re.escape(one)}|(?i:{re.escape(_quoted(one))}))" for one in token.reveal())
    return re.compile("".join(parts))


@lru_cache(maxsize=8)
def _spellings_in_bytes(token: Token) -> frozenset[bytes]:
    value = token.reveal()
    quoted = quote(value, safe="")
    lower = re.sub("%..", lambda found: found[0].lower(), quoted)
    in_json = value.replace("/", "\\/")
    return frozenset(one.encode() for one in (value, quoted, lower, in_json))


def _quoted(char: str) -> str:
    return "".join(f"%{byte:02x}" for byte in char.encode())
