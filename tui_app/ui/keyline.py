"""The last line: the keys that matter, always in the same order.

Textual's Footer orders keys by what has the focus and is built anew whenever that changes.
"""

from __future__ import annotations

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Static

from . import keys


class KeyHint(Static):
    """A key and what it does; a click does it."""

    def __init__(self, binding: Binding) -> None:
        key = keys.names(keys.of(binding))[0]
        words = Content.assemble((key, "bold $text-primary"), f" {binding.description}")
        super().__init__(words, markup=False, classes=f"-{binding.id}")
        self.binding = binding
        if binding.tooltip:
            self.tooltip = binding.tooltip

    async def on_click(self) -> None:
        """Do it."""
        if not self.has_class("-idle"):
            await self.screen.run_action(self.binding.action)


class KeyLine(Horizontal):
    """A hint a key."""

    def compose(self) -> ComposeResult:
        """Those that are worth a place."""
        for binding in keys.HINTS:
            yield KeyHint(binding)

    def offer(self, action: str, offered: bool) -> None:
        """Show the hint of an action that is seldom possible, or hide it."""
        self.set_class(offered, f"-{action}")

    def idle(self, action: str, idle: bool) -> None:
        """Dim the hint of an action that would do nothing now."""
        for hint in self.query(KeyHint):
            if hint.binding.action == action:
                hint.set_class(idle, "-idle")
