"""The user's token, wrapped so that it can't be shown by accident."""

from __future__ import annotations

import re
from typing import Final

_IN_URL: Final = re.compile(r"(?i)([?&](?:token|api_?key|key)=)[^&\s'\"<>)]*")


class Token:
    """A secret. ``str``, ``repr`` and formatting give dots; only :meth:`reveal` gives it."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The token itself, for the header (or v3's query) of a request and nothing else."""
        return self._value

    def __repr__(self) -> str:
        return "Token(••••)"

    def __str__(self) -> str:
        return "••••"

    def __reduce__(self) -> tuple[object, ...]:
        raise TypeError("A token is not to be written down.")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Token) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)


def redact(text: str, token: Token | None = None) -> str:
    """``text`` without the token and without the value of any ``token=`` in a URL."""
    if token is not None and token.reveal():
        text = text.replace(token.reveal(), "••••")
    return _IN_URL.sub(r"\1••••", text)
