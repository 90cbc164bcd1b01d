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
from textual.widget import Widget

from . import keys

if TYPE_CHECKING:
    from tui_app.settings import Settings

WELCOME: Final = (
    "iucn-tui fetches the IUCN Red List by three methods, and shows which of them is fastest."
)
DEMO: Final = "All data here are invented: a demo server on this machine answers."


class _Line(Widget):
    """A line or a few of text."""

    def __init__(self, words: Content, *, id: str) -> None:
        super().__init__(id=id)
        self._words = words

    def render(self) -> Content:
        """The words."""
        return self._words


class Opening(Screen[None]):
    """Stands where the panels are going to be.

    Args:
        settings: what the program was started with.
    """

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
        live = self._settings.source == "live"
        host = urlsplit(self._settings.server).netloc if live else ""
        source = f"LIVE {host}" if live else "DEMO (synthetic data)"
        style = "bold $text-error" if live else "bold $text-accent"
        name = ("iucn-tui", "bold $text-primary")
        yield _Line(Content.assemble(name, " · ", (source, style)), id="opening-header")
        run = keys.name_of(keys.RUN)
        words = [WELCOME, "" if live else DEMO, f"{run} begins."]
        yield _Line(Content("\n\n".join(filter(None, words))), id="opening")
        hint = Content.assemble((run, "bold $text-primary"), " Run")
        yield _Line(hint, id="opening-keys")
