"""Text from files, servers and assessments, made plain and harmless."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from html import unescape
from math import floor, log10
from typing import Final

LONGEST: Final = 2000
"""Characters of one line. A server's error message has 200 at most; a field may have a million."""

INSTEAD: Final = "\N{REPLACEMENT CHARACTER}"


def visible(text: str, longest: int | None = LONGEST) -> str:
    """``text`` on one line, as it can be shown: escapes, marks that reorder or hide are ``�``.

    White space of any kind becomes a blank each. Of a text with more than *longest* characters
    (None: no limit) the last one is an ellipsis.
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


LONGEST_LINE: Final = 300
"""Characters of a line; no scientific name with its authors has nearly as many."""

_CUT: Final = "…"
_HTML_TAG: Final = re.compile(r"</?[a-zA-Z][^<>]*>")
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
    """A line of a file as it can be shown and kept: on one line, at most LONGEST_LINE characters.

    Its line end, control characters, invisible marks and half characters are gone; tabs stay,
    because they part columns. A longer line ends in ``…``. Applied twice it changes nothing.
    """
    kept = line.rstrip("\r\n")
    if not kept.isprintable():
        kept = "".join(map(_harmless, kept))
    return kept if len(kept) <= LONGEST_LINE else kept[: LONGEST_LINE - 1] + _CUT


def too_long(text: str) -> bool:
    """Whether a text is too long for a line, or is what :func:`line_text` left of such."""
    return len(text) > LONGEST_LINE or (len(text) == LONGEST_LINE and text.endswith(_CUT))


def without_markup(text: str) -> str:
    """Text without tags, entities and marks of emphasis; look-alike signs become one.

    Tabs stay, runs of other blanks become one blank.
    """
    text = unescape(_HTML_TAG.sub(" ", text)) if "<" in text or "&" in text else text
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
    category = unicodedata.category(sign)
    if category in ("Cc", "Cf", "Zl", "Zp"):  # no format character is a blank
        return " " if sign.isspace() else ""
    return INSTEAD if category == "Cs" else sign


# The standard library's HTMLParser takes minutes for a megabyte of "<a" and fails at "<![";
# each pattern here looks no further than the next "<", so the whole takes linear time.
_TAG: Final = re.compile(
    r"""<(?: (/?) ([a-zA-Z][^\s<>/]*+)
           (?: (?:[^<>"'] | "[^"<]*+" | '[^'<]*+')*+ > | [^<>]*+ > )
           | [!?] [^<>]*+ > )""",
    re.VERBOSE,
)
# An unclosed one ends the text, so that nothing is looked at twice.
_COMMENT: Final = re.compile(r"(?s)<!--.*?(?:-->|\Z)")
_CODE: Final = re.compile(r"(?is)<(?:script|style)\b[^<>]*>.*?(?:</(?:script|style)\b[^<>]*>|\Z)")
_LINE_END: Final = re.compile(r"\r\n?|\n")
_LONG_NUMBER: Final = re.compile(r"&#(?:[0-9]{9,}|[xX][0-9a-fA-F]{9,});?")
# What moves a terminal's cursor or turns the text of its neighbours around.
_CONTROL: Final = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069]")

_PARAGRAPHS: Final = frozenset(
    ("p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "dl", "table", "blockquote", "pre", "hr")
)
_LINES: Final = frozenset(
    ("div", "tr", "dt", "dd", "section", "article", "header", "footer", "caption")
)
_BREAKS: Final = _PARAGRAPHS | _LINES | {"br", "li"}
_DEEPEST: Final = 6  # steps to the right, however deep lists are nested


def plain_text(html: str) -> str:
    """Documentation as text: paragraphs stand apart, items begin with ``-``, tags are gone.

    What isn't a tag stays (``p < 0.05``), and a text without any paragraph or line tag keeps
    its line ends. Scripts, styles, comments and control characters are left out, of which an
    unclosed one ends the text as it does in a browser. Takes time in proportion to the length.
    """
    html = _CODE.sub("", _COMMENT.sub("", html))
    tags = [(tag.start(), tag.end(), tag[1], (tag[2] or "").lower()) for tag in _TAG.finditer(html)]
    page = _Page(marked_up=any(name in _BREAKS for *_, name in tags))
    at = 0
    for start, end, slash, name in tags:
        page.text(html[at:start])
        page.tag(name, closing=bool(slash))
        at = end
    page.text(html[at:])
    return "".join(page.parts)


class _Page:
    """Text as it comes; breaks are owed until there is something to stand behind them."""

    def __init__(self, *, marked_up: bool) -> None:
        self.parts: list[str] = []
        self._marked_up = marked_up
        self._gap = 0  # line ends owed
        self._blank = False  # a blank owed
        self._bullet = ""
        self._depth = 0

    def text(self, raw: str) -> None:
        text = _CONTROL.sub("", unescape(_LONG_NUMBER.sub(INSTEAD, raw)))
        for number, line in enumerate([text] if self._marked_up else _LINE_END.split(text)):
            if number:
                self.tag("br", closing=False)
            self._words(line)

    def _words(self, text: str) -> None:
        words = text.split()
        if not words:
            self._blank = self._blank or bool(text)
            return
        if self.parts and self._gap:
            self.parts.append("\n" * self._gap)
        elif self.parts and (self._blank or text[0].isspace()) and not self._bullet:
            self.parts.append(" ")
        self.parts += (self._bullet, " ".join(words))
        self._gap, self._bullet, self._blank = 0, "", text[-1].isspace()

    def tag(self, name: str, *, closing: bool) -> None:
        if name == "br":
            self._gap = min(self._gap + 1, 2)
        elif name == "li":
            self._gap = max(self._gap, 1)
            self._bullet = "" if closing else "  " * min(self._depth - 1, _DEEPEST) + "- "
        elif name in ("td", "th"):
            self._blank = True
        elif name in ("ul", "ol"):
            inner = self._depth > closing
            self._depth = max(0, self._depth + (-1 if closing else 1))
            self._bullet = ""
            self._gap = max(self._gap, 1 if inner else 2)
        elif name in _BREAKS and not self._bullet:  # <li><p>: the bullet stands before the text
            self._gap = max(self._gap, 1 if name in _LINES else 2)


def counted(number: int, word: str) -> str:
    """``1 page``, ``1,000 pages``."""
    return f"{number:,} {word}{'s' * (number != 1)}"


def timespan(value: float) -> str:
    """A span of time with the unit that fits: ``0.4 ms``, ``12 ms``, ``0.61 s``, ``1,234 s``."""
    ms = value * 1000
    if 0 < ms < 99.5:
        return f"{ms:.0f} ms" if ms >= 9.95 else f"{_digits(ms)} ms"
    decimals = 0 if value >= 99.95 or not value else 1 if value >= 9.995 else 2
    return f"{value:,.{decimals}f} s"


def seconds_figure(value: float, decimals: int = 2) -> str:
    """Seconds for a table whose heading has the unit: ``0.0004``, ``0.61``, ``12.3``, ``1,234``.

    ``decimals`` are those of figures below ten, unless the figure is so small that it takes more.
    """
    if not 0 < value < 0.5 * 10**-decimals:
        decimals -= (value >= 10 - 0.5 * 10**-decimals) + (value >= 99.95)
        return f"{value:,.{0 if value >= 99.95 else decimals}f}"
    return _digits(value)


def ms_figure(value: float) -> str:
    """Milliseconds for a table whose heading has the unit: ``0.04``, ``3.2``, ``12,300``."""
    return seconds_figure(value, 1) if value < 9.95 else f"{value:,.0f}"


def _digits(value: float) -> str:
    """A positive figure: one decimal, or up to its first significant digit."""
    return f"{value:.{max(1, min(9, -floor(log10(value))))}f}"


def joined(names: Iterable[object]) -> str:
    """``a, b and c``; nothing where there are none."""
    *others, last = (*map(str, names),) or ("",)
    return f"{', '.join(others)} and {last}" if others else last
