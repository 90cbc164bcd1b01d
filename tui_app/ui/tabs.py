"""The strip of panels: which there are, and which one is shown."""

from __future__ import annotations

from typing import Final

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Static

PANELS: Final = ("requests", "chart", "records", "errors")


class Tab(Static):
    """One name; a click chooses it."""

    class Chosen(Message):
        """A tab was clicked.

        Attributes:
            panel: whose.
        """

        def __init__(self, panel: str) -> None:
            super().__init__()
            self.panel = panel

    def __init__(self, panel: str) -> None:
        super().__init__(classes=f"tab tab-{panel}", markup=False)
        self.panel = panel
        self.note("")

    def note(self, words: str) -> None:
        """Write something after the name: how many there are."""
        number = PANELS.index(self.panel) + 1
        name = self.panel.capitalize()
        self.update(f"{number} {name} {words}".rstrip())

    def on_click(self) -> None:
        """Choose it."""
        self.post_message(self.Chosen(self.panel))


class Tabs(Horizontal):
    """Some of the panels' names, the shown one marked.

    Args:
        panels: which.
    """

    def __init__(self, panels: tuple[str, ...], *, id: str) -> None:
        super().__init__(id=id)
        self._panels = panels

    def compose(self) -> ComposeResult:
        """A tab a panel."""
        for panel in self._panels:
            yield Tab(panel)

    def mark(self, panel: str) -> None:
        """Mark the one that is shown."""
        for tab in self.query(Tab):
            tab.set_class(tab.panel == panel, "-shown")

    def note(self, panel: str, words: str) -> None:
        """Write something after a name."""
        for tab in self.query(Tab):
            if tab.panel == panel:
                tab.note(words)
