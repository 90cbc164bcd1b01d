"""One record in full, over the table that it is from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, ClassVar, Final

from rich.cells import cell_len
from textual import events, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from .. import keys, messages, text
from ..background import in_thread
from ..dialogs import Place
from ..footer import KeyLine
from ..theme import QUIET
from .content import RecordHead, RecordSection, head_of, sections
from .copying import CopyMenu
from .drawing import draw_section

if TYPE_CHECKING:
    from tui_app.runs.records_table import View

DEMO: Final = "DEMO (synthetic)"
_EDGE: Final = 2
"""Cells of the tab strip's ends."""


class TabStrip(Widget):
    """Names side by side; ``‹`` and ``›`` say that there are more."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._names: Sequence[str] = ()
        self._shown = 0

    def show(self, names: Sequence[str], shown: int) -> None:
        """Show these names, one of them marked."""
        self._names, self._shown = names, shown
        self.refresh()

    def render(self) -> Content:
        """As many as there is room for."""
        window = tabs_in_view(self._names, self._shown, self.size.width)
        parts: list[Content | tuple[str, str] | str] = ["‹ " if window.start else "  "]
        for place in window:
            here = place == self._shown
            style = "bold underline $text-primary" if here else QUIET
            parts += [" ", (self._names[place], style), "  "]
        parts.append("›" if window.stop < len(self._names) else "")
        return Content.assemble(*parts)

    async def on_click(self, event: events.Click) -> None:
        """Choose the tab under the mouse, or what is beyond the edge."""
        window = tabs_in_view(self._names, self._shown, self.size.width)
        widths = (cell_len(self._names[place]) + 3 for place in window)
        left_of = sum(event.x >= edge for edge in accumulate(widths, initial=_EDGE))
        place = max(0, window.start - 1 + left_of)
        if place < len(self._names):
            await self.run_action(f"screen.choose({place})")


def tabs_in_view(names: Sequence[str], shown: int, width: int) -> range:
    """The names to be drawn: the shown one, then those around it while there is room."""
    room = width - 2 * _EDGE - sum(cell_len(name) + 3 for name in names[shown : shown + 1])
    start, stop = shown, min(shown + 1, len(names))
    # From the left as long as the first one fits: the strip stands still while it can.
    while start > 0 and (wide := cell_len(names[start - 1]) + 3) <= room:
        start, room = start - 1, room - wide
    while stop < len(names) and (wide := cell_len(names[stop]) + 3) <= room:
        stop, room = stop + 1, room - wide
    return range(start, stop)


@dataclass(frozen=True, slots=True)
class _Loaded:
    index: int
    head: RecordHead
    sections: list[RecordSection]

    def place_of(self, tab: str) -> int:
        """Where a tab is; the first one where this record has none of the name."""
        return next((place for place, one in enumerate(self.sections) if one.key == tab), 0)


class RecordBody(VerticalScroll, inherit_bindings=False):
    """What a tab holds, scrolled; left and right are the tabs'."""

    BINDINGS: ClassVar[list[BindingType]] = list(keys.RECORD_BODY)


class RecordScreen(Place[int]):
    """A row of a table in full: head, tabs, what one holds. Gives the index of the last one."""

    BINDINGS: ClassVar[list[BindingType]] = [*keys.RECORD, keys.HELP]
    AUTO_FOCUS = "#record-body"

    def __init__(self, rows: View, index: int) -> None:
        super().__init__()
        self._rows, self._index = rows, index
        self._loaded: _Loaded | None = None
        self._tab = "overview"

    def compose(self) -> ComposeResult:
        """Head, tabs, body, keys."""
        yield Static("", id="record-head", markup=False)
        yield TabStrip(id="record-tabs")
        with RecordBody(id="record-body"):
            yield Static("", id="record-content", markup=False)
        *own, back = keys.RECORD
        yield KeyLine(more=own, last=(back, keys.HELP), id="record-keys")

    def on_mount(self) -> None:
        """Load the record."""
        self._show()

    # -- loaded and drawn ----------------------------------------------------------------

    @work(group="record", exclusive=True, exit_on_error=False)
    async def _show(self) -> None:
        """Show the tab of the record that is wanted now; what was wanted before is dropped."""
        width, coloured = self.size.width, not self.app.no_color
        content = self.query_one("#record-content", Static)
        try:
            loaded = await in_thread(lambda: self._read(self._index))
            place = loaded.place_of(self._tab)
            section = loaded.sections[place]
            drawn = await in_thread(
                lambda: draw_section(section, max(20, width - 4), coloured=coloured)
            )
        except Exception as error:  # the application outlives a record that can't be read
            content.update(text.clean(messages.error_in_words(error)))
            return
        self._loaded = loaded
        self.query_one(TabStrip).show([one.heading for one in loaded.sections], place)
        where = f"{text.count(loaded.index + 1)} of {text.count(len(self._rows))}"
        head = head_lines(loaded.head, where, width - 2, coloured=coloured)
        self.query_one("#record-head", Static).update(head)
        content.update(drawn)
        self.query_one("#record-body").scroll_to(0, 0, animate=False, immediate=True, force=True)

    def _read(self, index: int) -> _Loaded:
        if self._loaded is not None and self._loaded.index == index:
            return self._loaded
        record = self._rows.record(index)
        return _Loaded(index, head_of(record), sections(record))

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
        if 0 <= index < len(self._rows):
            self._index = index
            self._show()

    def action_turn(self, step: int) -> None:
        """The next tab, or the one before."""
        if self._loaded is not None:
            place = self._loaded.place_of(self._tab) + step
            self.action_choose(place % len(self._loaded.sections))

    def action_choose(self, place: int) -> None:
        """A tab, by its place."""
        if self._loaded is not None:
            self._tab = self._loaded.sections[place].key
            self._show()

    def action_copy(self) -> None:
        """Ask what to copy of the record."""
        self.app.push_screen(CopyMenu(self._rows, self._index))

    def action_open(self) -> None:
        """Open the record's page, where that is one of the Red List's own."""
        head = None if self._loaded is None else self._loaded.head
        if head is not None and head.page:
            self.app.open_url(head.page)
            self.notify("Opened in your browser.", markup=False)
        elif head is not None:
            self.notify(f"Nothing to open: {head.no_page}.", severity="warning", markup=False)


def head_lines(head: RecordHead, place: str, width: int, *, coloured: bool = True) -> Content:
    """Three lines: who, how, where."""
    right = f"  {place}"
    badge = Content("")
    if head.category is not None:
        style = f"bold {head.category.ink} on {head.category.colour}" if coloured else "bold"
        badge = Content.assemble("  ", (f" {head.category.code} ", style))
    room = width - badge.cell_length - len(right)
    name = Content.styled(head.title, "bold italic" if head.scientific else "bold")
    name = name.truncate(max(10, room), ellipsis=True)
    words = Content(f" {head.category_words}" if head.category_words else "")
    words = words.truncate(max(0, room - name.cell_length), ellipsis=True)
    gap = " " * max(0, room - name.cell_length - words.cell_length)
    demo = ((f" {DEMO} ", "bold $background on $warning"), "  ") if head.demo else ()
    opens = f"  {keys.key_name('record_open')}: open" if head.page else ""
    address = head.address
    if head.demo:  # invented like the rest, it leads nowhere
        address = f"{head.no_page[0].upper()}{head.no_page[1:]}."
    return Content("\n").join(
        (
            Content.assemble(name, badge, words, gap, (right, QUIET)),
            Content.assemble(*demo, " · ".join(filter(None, (head.common, *head.facts)))),
            Content.assemble((address, "underline" if opens else QUIET), (opens, QUIET)),
        )
    )
