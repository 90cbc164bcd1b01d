"""The line above the footer: what just happened, in a sentence."""

from __future__ import annotations

from enum import Enum

from textual.content import Content
from textual.widgets import Static

from .text import clean


class Mood(Enum):
    """What sort of news it is: a CSS class, and a mark for those without colour."""

    PLAIN = ""
    GOOD = "✓ "
    FAIR = "■ "
    BAD = "✗ "


class StatusLine(Static):
    """A sentence; it grows to a few lines where it has to."""

    def __init__(self, *, id: str) -> None:
        super().__init__("", id=id, markup=False)
        self.sentence = ""

    def say(self, sentence: str, mood: Mood = Mood.PLAIN) -> None:
        """Write a sentence in place of the one before."""
        self.sentence = clean(sentence)
        for one in Mood:
            self.set_class(one is mood, f"-{one.name.lower()}")
        self.update(Content(f"{mood.value}{self.sentence}" if self.sentence else ""))
