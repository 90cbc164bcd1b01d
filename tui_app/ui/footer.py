"""The lines at the bottom: status and keys; and the same keys as commands of the palette.

Textual's Footer orders keys by what has the focus and is built anew whenever that changes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import Enum
from functools import partial
from typing import Any

from textual.binding import Binding
from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Static

from . import keys
from .text import clean


class Severity(Enum):
    """Of a sentence on the status line: a CSS class, and a mark for those without colour."""

    PLAIN = ""
    GOOD = "✓ "
    FAIR = "■ "
    BAD = "✗ "


class StatusLine(Static):
    """A sentence on what just happened; it grows to a few lines where it has to."""

    def __init__(self, *, id: str) -> None:
        super().__init__("", id=id, markup=False)
        self.sentence = ""

    def say(self, sentence: str, severity: Severity = Severity.PLAIN) -> None:
        """Write a sentence in place of the one before."""
        self.sentence = clean(sentence)
        for one in Severity:
            self.set_class(one is severity, f"-{one.name.lower()}")
        self.update(Content(f"{severity.value}{self.sentence}" if self.sentence else ""))


class KeyHint(Static):
    """A key and what it does; a click does it."""

    def __init__(self, binding: Binding) -> None:
        key = keys.name_of(binding)
        self.words = Content.assemble((key, "bold $text-primary"), f" {binding.description}")
        super().__init__(self.words, markup=False, classes=f"-{binding.id}")
        self.binding = binding
        if binding.tooltip:
            self.tooltip = binding.tooltip

    async def on_click(self) -> None:
        """Do it."""
        if not self.has_class("-idle"):
            await self.screen.run_action(self.binding.action)


class KeyLine(Horizontal):
    """A hint for each key that is worth a place."""

    def __init__(self, bindings: Iterable[Binding], *, id: str) -> None:
        super().__init__(*map(KeyHint, bindings), id=id)

    def on_resize(self) -> None:
        """A hint that would be cut off is left out."""
        self.call_after_refresh(self._leave_out)  # styles that hide some are applied first

    def _leave_out(self) -> None:
        used = 0
        for hint in self.query(KeyHint):
            used += hint.words.cell_length if hint.display else 0
            hint.visible = used <= self.content_size.width
            used += hint.styles.margin.right if hint.display else 0

    def idle(self, action: str, idle: bool) -> None:
        """Dim the hint of an action that would do nothing now."""
        for hint in self.query(KeyHint):
            if hint.binding.action == action:
                hint.set_class(idle, "-idle")


class ScreenCommands(Provider):
    """The commands of a screen other than the main one: its keys, by name."""

    def _all(self) -> Iterator[tuple[str, str, Any]]:
        for binding in type(self.screen).BINDINGS:
            if isinstance(binding, Binding):
                act = partial(self.screen.run_action, binding.action)
                yield binding.description, binding.tooltip, act

    async def discover(self) -> Hits:
        """All of them."""
        for title, words, act in self._all():
            yield DiscoveryHit(title, act, help=words)

    async def search(self, query: str) -> Hits:
        """Those that match."""
        matcher = self.matcher(query)
        for title, words, act in self._all():
            if score := matcher.match(title):
                yield Hit(score, matcher.highlight(title), act, help=words)
