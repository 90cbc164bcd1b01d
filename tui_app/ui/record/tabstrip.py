"""The record's tabs in one line: as many as there is room for, the shown one among them."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len
from textual import events
from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from ..looks import QUIET

_EDGE = 2


class TabStrip(Widget):
    """Names side by side; ``‹`` and ``›`` say that there are more."""

    class Chosen(Message):
        """A tab was clicked.

        Attributes:
            place: which.
        """

        def __init__(self, place: int) -> None:
            super().__init__()
            self.place = place

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._names: tuple[str, ...] = ()
        self._shown = 0

    def show(self, names: Sequence[str], shown: int) -> None:
        """Show these names, one of them marked."""
        self._names, self._shown = tuple(names), shown
        self.refresh()

    def render(self) -> Content:
        """As many as there is room for."""
        window = visible(self._names, self._shown, self.size.width)
        parts: list[Content | tuple[str, str] | str] = ["‹ " if window.start else "  "]
        for place in window:
            here = place == self._shown
            style = "bold underline $text-primary" if here else QUIET
            parts += [" ", (self._names[place], style), "  "]
        parts.append("›" if window.stop < len(self._names) else "")
        return Content.assemble(*parts)

    def on_click(self, event: events.Click) -> None:
        """Choose the tab under the mouse, or what is beyond the edge."""
        window = visible(self._names, self._shown, self.size.width)
        x = _EDGE
        if event.x < x and window.start:
            self.post_message(self.Chosen(window.start - 1))
            return
        for place in window:
            x += cell_len(self._names[place]) + 3
            if event.x < x:
                self.post_message(self.Chosen(place))
                return
        if window.stop < len(self._names):
            self.post_message(self.Chosen(window.stop))


def visible(names: Sequence[str], shown: int, width: int) -> range:
    """The names to be drawn: the shown one, then those around it while there is room."""
    if not names:
        return range(0)
    room = width - 2 * _EDGE
    widths = [cell_len(name) + 3 for name in names]
    start, stop = shown, shown + 1
    used = widths[shown]
    # From the left as long as the first one fits: the strip stands still while it can.
    while start > 0 and used + widths[start - 1] <= room:
        start -= 1
        used += widths[start]
    while stop < len(names) and used + widths[stop] <= room:
        used += widths[stop]
        stop += 1
    return range(start, stop)
