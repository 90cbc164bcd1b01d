"""Text from elsewhere on a terminal: nothing in it may steer, reorder or flood the screen."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import Final

LONGEST: Final = 2000
"""Characters of one line. A server's error message has 200 at most; a field may have a million."""

INSTEAD: Final = "\N{REPLACEMENT CHARACTER}"


def visible(text: str, longest: int | None = LONGEST) -> str:
    """``text`` on one line, as it can be shown: escapes, marks that reorder or hide are ``�``.

    White space of any kind becomes a blank each.

    Args:
        text: as it came.
        longest: at most so many characters, the last an ellipsis where more had to go; None
            for all of them.
    """
    if longest is not None and len(text) > longest:
        text = text[: longest - 1] + "…"
    if text.isprintable():
        return text
    return "".join(map(_shown, text.replace("\r\n", " ")))


@lru_cache(maxsize=1024)
def _shown(char: str) -> str:
    if char.isprintable():
        return char
    return " " if char in "\n\t" or unicodedata.category(char) == "Zs" else INSTEAD


__all__ = ["INSTEAD", "LONGEST", "visible"]
