"""The first frame: what this is, whose data, and the one thing to do; the panels come after it.

The panels bring the engines, the form and the decoder with them: half a second of imports, which
nobody should look at an empty terminal for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from textual import events
from textual.app import ComposeResult
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from . import keys

if TYPE_CHECKING:
    from tui_app.settings import Settings

WELCOME: Final = "iucn-tui fetches the IUCN Red List by three methods and shows which is fastest."
DEMO: Final = "All data are synthetic: they come from a demo server on this machine."


class Opening(Screen[None]):
    """Stands where the panels are going to be."""

    DEFAULT_CSS = """
    Opening {
        background: $background;
        & > #opening-header { height: 1; padding: 0 1; background: $panel; color: $foreground; }
        & > #opening { height: 1fr; margin: 1 3; color: $foreground 70%; }
        & > #opening-keys { height: 1; padding: 0 1; background: $surface; color: $foreground 75%; }
    }
    """

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self._settings = settings
        self._pressed: list[events.Key] = []

    def on_key(self, event: events.Key) -> None:
        """Keep a key for the panels: somebody was quicker than they."""
        event.stop()
        self._pressed.append(event)
        self.hand_over()

    def hand_over(self) -> None:
        """Give the keys to the panels, if they are there."""
        while self.app.screen is not self and self._pressed:
            key = self._pressed.pop(0)
            self.app.post_message(events.Key(key.key, key.character))

    def compose(self) -> ComposeResult:
        """The header, a few words, the keys that will do something."""
        settings, run = self._settings, keys.name_of(keys.RUN)
        source, style, words = "DEMO (synthetic data)", "bold $text-accent", [WELCOME, DEMO]
        if settings.source == "live":
            source, style = f"LIVE {urlsplit(settings.server).netloc}", "bold $text-error"
            words = [WELCOME]
        name = ("iucn-tui", "bold $text-primary")
        yield Static(Content.assemble(name, " · ", (source, style)), id="opening-header")
        yield Static(Content("\n\n".join([*words, f"Press {run} to start."])), id="opening")
        yield Static(Content.assemble((run, "bold $text-primary"), " Run"), id="opening-keys")
