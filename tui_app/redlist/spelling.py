"""Text as files hold it, made plain: no tags, no invisible marks, one sort of blank and dash.

Nothing here knows what a name is; :mod:`tui_app.redlist.names` does.
"""

from __future__ import annotations

import re
import unicodedata
from html import unescape
from typing import Final

LONGEST: Final = 300
"""Characters of a line; no scientific name with its authors has nearly as many."""

_CUT: Final = "…"
_TAG: Final = re.compile(r"</?[a-zA-Z][^<>]*>")
_ALIKE: Final = str.maketrans(
    {
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"),
        **dict.fromkeys("“”„‟«»″", '"'),
        **dict.fromkeys("‘’‚‛´`ʼʹ′", "'"),
        **dict.fromkeys("✕✖⨯╳", "×"),
        **dict.fromkeys("*†‡", ""),
        # Both Codes write a ligature in two letters, and so does the API.
        "æ": "ae", "Æ": "Ae", "œ": "oe", "Œ": "Oe",
        "[": "(", "]": ")", "_": " ",
    }
)  # fmt: skip
_QUOTED: Final = re.compile(r"""\s*(?:"([^"]*)"|'([^']*)')\s*(?:[,;|\t].*)?""", re.DOTALL)
_PARTING: Final = re.compile(r"[(),;|\t]")
_BULLET: Final = re.compile(r"^\s*(?:\d{1,5}[.)]|[-•·])\s+(?=\S)")


def line_text(line: str) -> str:
    """A line of a file as it can be shown and kept: on one line, at most LONGEST characters.

    Its line end, control characters, invisible marks and half characters are gone; tabs stay,
    because they part columns. A longer line ends in ``…``. Applied twice it changes nothing.
    """
    kept = line.rstrip("\r\n")
    if not kept.isprintable():
        kept = "".join(map(_harmless, kept))
    return kept if len(kept) <= LONGEST else kept[: LONGEST - 1] + _CUT


def too_long(text: str) -> bool:
    """Whether a text is longer than LONGEST characters, or is what :func:`line_text` left of it."""
    return len(text) > LONGEST or (len(text) == LONGEST and text.endswith(_CUT))


def plain(text: str) -> str:
    """Text without tags, entities and marks of emphasis; look-alike signs become one.

    Tabs stay, runs of other blanks become one blank. Applied twice it changes nothing, but for
    tags and entities that only show once others are read.
    """
    text = unescape(_TAG.sub(" ", text)) if "<" in text or "&" in text else text
    if text.isascii() and text.isprintable():  # nearly all lines
        return " ".join(text.translate(_ALIKE).split())
    text = "".join(map(_harmless, text))
    for _ in range(2):  # look-alikes come out of the one and go into the other
        text = unicodedata.normalize("NFKC", text).translate(_ALIKE)
    return re.sub(r"[^\S\t]+", " ", unicodedata.normalize("NFKC", text)).strip()


def first_column(text: str) -> tuple[str, str]:
    """What stands in the first column of a line, and what stands behind it.

    Columns end at ``,``, ``;`` or ``|`` that is not within brackets, and at a tab where the
    first column has two words already (else the tab is a blank: ``Panthera⇥leo``). A comma and a
    blank before a year belong to an author. Quotes around the column, and the number or dash
    that a list begins its items with, are left out.
    """
    text = _BULLET.sub("", text, count=1)
    if quoted := _QUOTED.fullmatch(text):
        text = quoted[1] or quoted[2] or ""
    text = text.replace('"', "")
    text = re.sub(r", (?=\(?(?:1[5-9]|20)\d\d\b)", " ", text.strip(" ,;|\t"))
    depth = 0
    for sign in _PARTING.finditer(text):
        depth += (sign[0] == "(") - (sign[0] == ")")
        column = text[: sign.start()]
        apart = sign[0] in ",;|" and depth <= 0
        if apart or (sign[0] == "\t" and len(column.split()) > 1):
            return column.replace("\t", " ").strip(), text[sign.end() :].strip()
    return text.replace("\t", " ").strip(), ""


def without_brackets(text: str) -> str:
    """Text without what stands in round brackets; one that is never closed reaches to the end."""
    return re.sub(r"\([^()]*(?:\)|$)", " ", text).replace(")", " ").replace("(", " ")


def is_latin(word: str) -> bool:
    """Whether all letters of a word are Latin ones, whatever marks they carry."""
    return word.isascii() or all(
        unicodedata.name(sign, "").startswith("LATIN") for sign in word if sign.isalpha()
    )


def bare(text: str) -> str:
    """Text for comparing: no case, no marks on its letters, blanks as one."""
    if not text.isascii():
        parts = unicodedata.normalize("NFKD", text)
        text = "".join(sign for sign in parts if not unicodedata.combining(sign))
    return " ".join(text.casefold().split())


def words_of(text: str) -> frozenset[str]:
    """The words of a text."""
    return frozenset(text.split())


def _harmless(sign: str) -> str:
    if " " <= sign <= "~" or sign == "\t":
        return sign
    match unicodedata.category(sign):
        case "Cc" | "Zl" | "Zp":
            return " " if sign.isspace() else ""
        case "Cf":
            return ""
        case "Cs":
            return "\N{REPLACEMENT CHARACTER}"
    return sign
