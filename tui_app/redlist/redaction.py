"""Redaction: the token, wrapped so that it can't be shown by accident, and taken out of texts."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

DOTS: Final = "••••"
"""What stands in the place of a token."""

SHORTEST: Final = 8
"""Characters of a token that is looked for in data and within words. Real ones have 20 or more."""

# Also where the URL is itself part of another one, or of HTML.
_IN_URL: Final = re.compile(
    r"(?i)((?:[?&]|%3f|%26|&amp;)(?:token|api_?key|key)(?:=|%3d))(?:(?!%26|%23|\\)[^&#\s'\"<>)])*"
)
_IN_HEADER: Final = re.compile(
    r"(?i)(authorization(?:\\?['\"])?\s*[:=,]\s*b?(?:\\?['\"])?(?:bearer |basic |token )?)"
    r"[^\s\\'\",]+"
)
_IN_AUTHORITY: Final = re.compile(r"//[^/?#\s@]*@")
_ESCAPED_BY_BACKSLASH: Final = "\"'/\\"


class Token:
    """A secret. ``str``, ``repr`` and formatting give dots; only :meth:`reveal` gives it.

    ``server`` is the one that is named where the token is named, if one is, as
    :func:`~tui_app.settings.servers.server_of` writes it. Tokens are equal without it.
    """

    __slots__ = ("_value", "server")

    def __init__(self, value: str, server: str | None = None) -> None:
        self._value = value
        self.server = server

    def reveal(self) -> str:
        """The token itself, for the header (or v3's query) of a request and nothing else."""
        return self._value

    def __repr__(self) -> str:
        return f"Token({DOTS})"

    def __str__(self) -> str:
        return DOTS

    def __reduce__(self) -> tuple[object, ...]:
        raise TypeError("A token must not be serialised.")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Token) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)


def redact(text: str, token: Token | None = None) -> str:
    """``text`` without the token, however it is escaped, and without what looks like one.

    A token of less than eight characters is taken out only where it stands alone, as a word or a
    value: it may be a part of any other word. Without knowing the token: the value of ``token=``
    in a URL, of an ``Authorization`` header, and a user with a password before a host.
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
    """``data`` without the token, however it is escaped: a server may repeat what it was sent.

    Tokens of less than eight characters stay, because they may occur by chance.
    """
    if token is None or len(token.reveal()) < SHORTEST:
        return data
    plain = token.reveal().encode()
    if plain in data:
        data = data.replace(plain, DOTS.encode())
    in_json = (f"\\{char}".encode() for char in _ESCAPED_BY_BACKSLASH if char in token.reveal())
    begins = (b"%", b"&", b"\\u", b"\\x", *in_json)
    if any(one in data for one in begins):  # looking for a pattern takes ten times longer
        parts = _spellings(token).split(data.decode("latin-1"))  # a character a byte
        if len(parts) > 1:
            data = DOTS.encode().join(part.encode("latin-1") for part in parts)
    return data


# Not within a word, a number or a file's name; a backslash before it makes another character of it.
_BEFORE: Final = r"(?<![\w.%\\-])(?<!\w['’])"
_AFTER: Final = r"(?![\w-]|['’.]\w)"


@lru_cache(maxsize=8)
def _spellings(token: Token) -> re.Pattern[str]:
    pattern = "".join(map(_spellings_of, token.reveal()))
    if len(token.reveal()) < SHORTEST:
        pattern = f"{_BEFORE}{pattern}{_AFTER}"
    return re.compile(pattern)


def _spellings_of(char: str) -> str:
    """A pattern for a character as it is, or escaped for URLs, JSON, Python or HTML, even again.

    Each alternative begins with a literal, by which ``re`` skips quickly, and no repetition is
    unbounded: a hostile body costs no more than time in proportion to its length.
    """
    number, in_hex = ord(char), _either_case(f"{ord(char):x}")
    decimal, hexadecimal = f"#0{{0,6}}{number}", f"#[xX]0{{0,6}}{in_hex}"
    # A server may escape the & of an entity once more, as JSON of Ruby on Rails does.
    entity = f"(?:amp;){{0,4}}(?:{'|'.join((decimal, hexadecimal, *_entities(char)))});?"
    in_url = "%(?:25){0,4}".join(_either_case(f"{byte:02x}") for byte in char.encode())
    after_backslash = [f"u0{{0,2}}{in_hex}", f"x{in_hex}", f"u0026{entity}"]
    if char in _ESCAPED_BY_BACKSLASH:
        after_backslash.append(re.escape(char))
    ways = (
        re.escape(char),
        f"%(?:25){{0,4}}(?:{in_url}|26{entity})",
        rf"\\\\{{0,8}}(?:{'|'.join(after_backslash)})",
        f"&{entity}",
    )
    return f"(?:{'|'.join(ways)})"


def _entities(char: str) -> list[str]:
    """A character's names in HTML, the longest first."""
    from html.entities import html5  # most programs have no need of its 2,000 names

    names = {name.rstrip(";") for name, stands_for in html5.items() if stands_for == char}
    return sorted(names, key=len, reverse=True)


def _either_case(digits: str) -> str:
    return "".join(f"[{one}{one.upper()}]" if one.isalpha() else one for one in digits)
