"""Help: keys, panels, and what the words mean."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from importlib.resources import files
from typing import ClassVar, Final

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text
from textual.binding import Binding, BindingType
from textual.command import Provider
from textual.screen import Screen, ScreenResultType
from textual.widgets import Static

from .. import keys
from ..footer import ScreenCommands
from ..theme import inks
from . import Dialog

Entry = tuple[str, str]
"""A name or keys, and what is said of them."""

_KEYS: Final[dict[str, Sequence[Binding]]] = {
    "setup": keys.FORM_HINTS,
    "requests": keys.WATERFALL,
    "chart": keys.CHARTS,
    "records": keys.RECORDS,
    "record": keys.RECORD,
    "history": keys.HISTORY,
    "primer": keys.PRIMER,
}
"""Keys of a place's own."""


class HelpScreen(Dialog[None]):
    """A page to read; the keys that opened it close it.

    Args:
        place: where the user is, whose keys and words come first.
    """

    BINDINGS: ClassVar[list[BindingType]] = list(keys.HELP_PAGE)

    def __init__(self, place: str = "") -> None:
        super().__init__("Help", "", Static(_page(place), markup=False), id="help", scrolls=True)


class Place(Screen[ScreenResultType]):
    """A screen of its own, left with nothing; its keys are commands of the palette.

    Attributes:
        PLACE: its name in help.
    """

    PLACE: ClassVar[str]
    COMMANDS: ClassVar[set[type[Provider] | Callable[[], type[Provider]]]] = {ScreenCommands}
    # No ClassVar: Textual's own declaration has none that mypy could see.
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide")]  # noqa: RUF012

    def action_close(self) -> None:
        """Leave."""
        self.dismiss(None)

    def action_help(self) -> None:
        """Keys, panels, words."""
        self.app.push_screen(HelpScreen(self.PLACE))


def _page(place: str) -> RenderableType:
    about = _read()
    everywhere = ("Keys everywhere", _key_lines((*keys.BINDINGS, *keys.APPLICATION)))
    words = "Words", about.pop("words")
    sections = {one: _section(one, entries) for one, entries in about.items()}
    here = [sections.pop(place)] if place in sections else []
    parts: list[RenderableType] = []
    for title, entries in (*here, everywhere, *sections.values(), words):
        grid = Table.grid(padding=(0, 2, 0, 0))
        grid.add_column(width=17, style="bold")
        grid.add_column()
        for name, said in entries:
            grid.add_row(Text(f"  {name}"), Text(said))
        parts += [Text(title, f"bold {inks().title}"), grid, Text("")]
    return Group(*parts[:-1])


def _read() -> dict[str, list[Entry]]:
    """What is to be said of each place, in their order; under ``words``, what words mean."""
    places = re.split(r"^# ", files(__package__).joinpath("help.md").read_text("utf-8"), flags=re.M)
    found: dict[str, list[Entry]] = {}
    own = keys.key_names()
    for place, *entries in (one.split("\n## ") for one in places[1:]):
        parts = (one.partition("\n") for one in entries)
        found[place.strip()] = [
            (name, " ".join(said.format(**own).split())) for name, _, said in parts
        ]
    return found


def _section(place: str, entries: list[Entry]) -> tuple[str, list[Entry]]:
    """A place's title, as its frame has it, and what is said below it."""
    title = entries[0][0]
    about = [(name if name != title else "", said) for name, said in entries]
    return title, [*about, *_key_lines(_KEYS.get(place, ()))]


def _key_lines(bindings: Iterable[Binding]) -> list[Entry]:
    by_action: dict[str, tuple[list[str], str]] = {}
    for one in bindings:
        names, _ = by_action.setdefault(one.action, ([], one.tooltip or ""))
        names += keys.names(keys.of(one)) if keys.first_key(one) else []
    return [("  ".join(names), words) for names, words in by_action.values()]
