"""From the HTML of an assessment's documentation to text that reads well without it."""

from __future__ import annotations

import re
from html import unescape
from typing import Final

# The standard library's HTMLParser takes minutes for a megabyte of "<a" and fails at "<![";
# each pattern here looks no further than the next "<", so the whole takes linear time.
_TAG: Final = re.compile(
    r"""<(?: (/?) ([a-zA-Z][^\s<>/]*+)
           (?: (?:[^<>"'] | "[^"<]*+" | '[^'<]*+')*+ > | [^<>]*+ > )
           | [!?] [^<>]*+ > )""",
    re.VERBOSE,
)
_CODE_START: Final = re.compile(r"(?i)<(?:script|style)\b[^<>]*>")
_CODE_END: Final = re.compile(r"(?i)</(?:script|style)\b[^<>]*>")
_COMMENT_START: Final = re.compile(r"<!--")
_COMMENT_END: Final = re.compile(r"-->")
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
_DEEPEST: Final = 6  # steps to the right, however deep lists are nested


def plain_text(html: str) -> str:
    """Documentation as text: paragraphs stand apart, items begin with ``-``, tags are gone.

    What isn't a tag stays (``p < 0.05``), and a text without any paragraph or line tag keeps
    its line ends. Scripts, styles, comments and control characters are left out, of which an
    unclosed one ends the text as it does in a browser. Takes time in proportion to the length.
    """
    html = _without(html, _COMMENT_START, _COMMENT_END)
    html = _without(html, _CODE_START, _CODE_END)
    page = _Page(marked_up=any(_breaks(tag[2]) for tag in _TAG.finditer(html)))
    at = 0
    for tag in _TAG.finditer(html):
        page.text(html[at : tag.start()])
        page.tag((tag[2] or "").lower(), closing=bool(tag[1]))
        at = tag.end()
    page.text(html[at:])
    return "".join(page.parts)


def _without(html: str, start: re.Pattern[str], end: re.Pattern[str]) -> str:
    kept: list[str] = []
    at = 0
    while opening := start.search(html, at):
        kept.append(html[at : opening.start()])
        closing = end.search(html, opening.end())
        if closing is None:
            return "".join(kept)
        at = closing.end()
    kept.append(html[at:])
    return "".join(kept)


def _breaks(name: str | None) -> bool:
    name = (name or "").lower()
    return name in ("br", "li") or name in _PARAGRAPHS or name in _LINES


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
        if not raw:
            return
        text = _CONTROL.sub("", unescape(_LONG_NUMBER.sub("\N{REPLACEMENT CHARACTER}", raw)))
        if self._marked_up:
            self._words(text)
            return
        for number, line in enumerate(_LINE_END.split(text)):
            if number:
                self._gap = min(self._gap + 1, 2)
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
        elif name in _PARAGRAPHS:
            self._nest(name, -1 if closing else 1)
        elif name in _LINES and not self._bullet:
            self._gap = max(self._gap, 1)

    def _nest(self, name: str, step: int) -> None:
        is_list = name in ("ul", "ol")
        inner = is_list and self._depth > (step < 0)
        if is_list:
            self._depth = max(0, self._depth + step)
            self._bullet = ""
        if not self._bullet:  # <li><p>: the bullet stands before the paragraph's text
            self._gap = max(self._gap, 1 if inner else 2)
