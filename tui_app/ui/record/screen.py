"""One record in full, over the table that it is from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from rich.console import RenderableType
from textual import events, on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.command import Provider
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from tui_app.redlist.errors import RedListError

from .. import keys, text
from ..background import in_thread
from ..dialogs.help import HelpScreen
from ..footer import KeyHint, ScreenCommands
from ..looks import QUIET
from ..records.sheet import Rows
from .draw import draw
from .head import Head, head_of, may_be_opened
from .sections import Section, sections
from .tabstrip import TabStrip

DEMO: Final = "DEMO: invented"


@dataclass(frozen=True, slots=True)
class _Loaded:
    index: int
    head: Head
    sections: list[Section]


class RecordBody(VerticalScroll, inherit_bindings=False):
    """What a tab holds, scrolled; left and right are the tabs'."""

    BINDINGS: ClassVar[list[BindingType]] = list(keys.RECORD_BODY)


class RecordScreen(Screen[int]):
    """A record: head, tabs, and what the shown tab holds. Gives the index of the last one shown.

    Args:
        rows: the table, as it is searched and sorted.
        index: which row.
    """

    BINDINGS: ClassVar[list[BindingType]] = [*keys.RECORD, keys.HELP]
    COMMANDS: ClassVar[set[type[Provider] | Callable[[], type[Provider]]]] = {ScreenCommands}
    AUTO_FOCUS = "#record-body"

    def __init__(self, rows: Rows, index: int) -> None:
        super().__init__()
        self._rows = rows
        self._length = len(rows)
        self._index = index
        self._loaded: _Loaded | None = None
        self._tab = "overview"

    def compose(self) -> ComposeResult:
        """Head, tabs, body, keys."""
        yield Static("", id="record-head", markup=False)
        yield TabStrip(id="record-tabs")
        with RecordBody(id="record-body"):
            yield Static("", id="record-content", markup=False)
        with Horizontal(id="record-keys"):
            for binding in (*keys.RECORD, keys.HELP):
                if binding.action != "turn(-1)":
                    yield KeyHint(binding)

    def on_mount(self) -> None:
        """Load the record."""
        self._show()

    # -- loaded and drawn ----------------------------------------------------------------

    @work(group="record", exclusive=True, exit_on_error=False)
    async def _show(self) -> None:
        """Show the tab of the record that is wanted now; what was wanted before is dropped."""
        try:
            loaded = self._loaded
            if loaded is None or loaded.index != self._index:
                loaded = await self._load(self._index)
            keys = [one.key for one in loaded.sections]
            place = keys.index(self._tab) if self._tab in keys else 0
            width = max(20, self.size.width - 4)
            coloured = not self.app.no_color
            drawn = await in_thread(lambda: draw(loaded.sections[place], width, coloured=coloured))
        except Exception as error:  # the application outlives a record that can't be read
            said = error.sentence() if isinstance(error, RedListError) else repr(error)
            self._fill(text.clean(said))
            return
        self.query_one(TabStrip).show([one.heading for one in loaded.sections], place)
        self._draw_head()
        self._fill(drawn)
        self.query_one("#record-body").scroll_to(0, 0, animate=False, immediate=True, force=True)

    async def _load(self, index: int) -> _Loaded:
        def read() -> _Loaded:
            record: dict[str, Any] = self._rows.record(index)
            return _Loaded(index, head_of(record), sections(record))

        self._loaded = await in_thread(read)
        return self._loaded

    def _fill(self, content: RenderableType) -> None:
        self.query_one("#record-content", Static).update(content)

    def _draw_head(self) -> None:
        if self._loaded is not None:
            place = f"{text.count(self._loaded.index + 1)} of {text.count(self._length)}"
            head = drawn_head(
                self._loaded.head, place, self.size.width - 2, coloured=not self.app.no_color
            )
            self.query_one("#record-head", Static).update(head)

    def on_resize(self, event: events.Resize) -> None:
        """All of it is as wide as the screen."""
        if self._loaded is not None:
            self._show()

    # -- keys ----------------------------------------------------------------------------

    def action_close(self) -> None:
        """Back to the table, where the cursor goes to this record."""
        self.dismiss(self._index)

    def action_step(self, step: int) -> None:
        """The next record, or the one before."""
        index = self._index + step
        if 0 <= index < self._length:
            self._index = index
            self._show()

    def action_turn(self, step: int) -> None:
        """The next tab, or the one before."""
        if self._loaded is not None:
            keys = [one.key for one in self._loaded.sections]
            place = keys.index(self._tab) if self._tab in keys else 0
            self._choose((place + step) % len(keys))

    @on(TabStrip.Chosen)
    def _tab_chosen(self, event: TabStrip.Chosen) -> None:
        self._choose(event.place)

    def _choose(self, place: int) -> None:
        if self._loaded is not None:
            self._tab = self._loaded.sections[place].key
            self._show()

    def action_help(self) -> None:
        """Keys, panels, words."""
        self.app.push_screen(HelpScreen("record"))

    def action_open(self) -> None:
        """Open the record's page, where that is one of the Red List's own."""
        address = "" if self._loaded is None else self._loaded.head.address
        if may_be_opened(address):
            self.app.open_url(address)
            self.notify("Opened in your browser.", markup=False)
        elif address:
            self.notify(
                "Not opened: the address is not one of iucnredlist.org.",
                severity="warning",
                markup=False,
            )
        else:
            self.notify("This record names no page.", severity="warning", markup=False)


def drawn_head(head: Head, place: str, width: int, *, coloured: bool = True) -> Content:
    """Three lines: who, how, where."""
    right = f"  {place}"
    badge = Content("")
    if head.category is not None:
        colours = f" {head.category.ink} on {head.category.colour}" if coloured else ""
        style = f"bold{colours}"
        badge = Content.assemble("  ", (f" {head.category.code} ", style))
    words = Content(f" {head.category_words}" if head.category_words else "")
    name = Content.styled(head.title, "bold italic" if head.scientific else "bold")
    room = width - badge.cell_length - len(right)
    name = name.truncate(max(10, room), ellipsis=True)
    words = words.truncate(max(0, room - name.cell_length), ellipsis=True)
    gap = room - name.cell_length - words.cell_length
    first = Content.assemble(name, badge, words, " " * max(0, gap), (right, QUIET))
    demo = (f" {DEMO} ", "bold $background on $warning")
    facts = " · ".join(one for one in (head.common, *head.facts) if one)
    second = Content.assemble(*((demo, "  ") if head.demo else ()), facts)
    opens = "" if not may_be_opened(head.address) else "  o opens it"
    third = Content.assemble((head.address, "underline" if opens else QUIET), (opens, QUIET))
    return Content("\n").join((first, second, third))
