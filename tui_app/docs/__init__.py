"""The documentation, one Markdown file a topic: the command line and the application read it here.

A file begins with its title (``# Names``) and one sentence, which lists of topics show. Links to
other topics are relative (``[names](names.md)``). Tests run the commands and code: ``tests/docs``.
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Final

from tui_app.redlist.errors import UsageError
from tui_app.redlist.text import joined

FOLDER: Final = Path(__file__).parent
ORDER: Final = (
    "getting-started",
    "fetching",
    "names",
    "filters-and-operations",
    "records",
    "tables",
    "formats",
    "sql",
    "resume-and-cache",
    "planning",
    "comparing",
    "replay",
    "teachers",
    "demo-server",
    "configuration",
    "keys",
    "troubleshooting",
    "python-api",
    "writing-a-method",
)
"""The topics, in the order in which a new user reads them."""
_HEADING_COUNTS: Final = 10
_MOST_SUGGESTED: Final = 3


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic: its name, its title, its first sentence, and the whole file as Markdown."""

    name: str
    title: str
    summary: str
    text: str


class UnknownTopic(UsageError):
    """No topic has the name; ``nearest`` are topics that may be meant, best first."""

    def __init__(self, message: str, nearest: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.nearest = nearest


@cache
def topics() -> tuple[Topic, ...]:
    """All topics, in reading order."""
    return tuple(_read(name) for name in ORDER)


def topic(asked: str) -> Topic:
    """The topic with this name, or the only one whose name begins so (``resume``).

    Raises:
        UnknownTopic: there is none, or several names begin so.
    """
    word = "-".join(asked.lower().removesuffix(".md").split())
    begun = [one for one in topics() if word and one.name.startswith(word)]
    found = [one for one in begun if one.name == word] or begun
    if len(found) == 1:
        return found[0]
    missing = f"There is no topic '{asked}'."
    near = tuple(one.name for one in begun) or tuple(get_close_matches(word, ORDER, 2, 0.7))
    if near:
        raise UnknownTopic(f"{missing} Topics with a similar name: {joined(near)}.", near)
    near = tuple(one.name for one in topics_about(asked)[:_MOST_SUGGESTED])
    if near:
        raise UnknownTopic(f"{missing} The word occurs most in: {joined(near)}.", near)
    raise UnknownTopic(f"{missing} The word occurs in none.")


def topics_about(words: str) -> tuple[Topic, ...]:
    """Topics whose text has these words, those with most occurrences first.

    An occurrence in a heading counts as ten others.
    """
    sought = words.lower().strip()
    counts = {one.name: _occurrences(one.text.lower(), sought) for one in topics() if sought}
    found = (one for one in topics() if counts.get(one.name))
    return tuple(sorted(found, key=lambda one: -counts[one.name]))


def _occurrences(text: str, sought: str) -> int:
    headings = sum(sought in line for line in text.splitlines() if line.startswith("#"))
    return text.count(sought) + _HEADING_COUNTS * headings


def _read(name: str) -> Topic:
    text = (FOLDER / f"{name}.md").read_text(encoding="utf-8")
    title, summary, *_ = text.split("\n\n", 2)
    return Topic(name, title.removeprefix("# "), " ".join(summary.split()), text)
