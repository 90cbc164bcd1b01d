"""A list that follows its newest line until somebody looks at another one."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.binding import BindingType
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView

from .. import keys

HEAD: int = 1
"""Lines above the first one that stay where they are."""


class Following(ScrollView, can_focus=True):
    """Lines under a fixed head. Up and down move a cursor, the mouse hovers, End follows again."""

    BINDINGS: ClassVar[list[BindingType]] = list(keys.WATERFALL)

    follow: reactive[bool] = reactive(True)
    """Whether the newest line is kept in view."""
    cursor: reactive[int | None] = reactive(None)
    """The line that is looked at, from 0; None where none is."""
    hovered: reactive[int | None] = reactive(None)
    """The line under the mouse."""

    class Looked(Message):
        """Another line is looked at, or none."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._moving = False

    @property
    def count(self) -> int:
        """How many lines there are."""
        return max(0, self.virtual_size.height - HEAD)

    @property
    def looked_at(self) -> int | None:
        """The line whose details are worth showing: that under the mouse, else the cursor's."""
        place = self.cursor if self.hovered is None else self.hovered
        return None if place is None or place >= self.count else place

    def set_count(self, lines: int) -> None:
        """There are so many lines now.

        Textual lays the whole screen out anew for another virtual size, at 2,000 events a second
        with each picture; it has to only when the scrollbar comes or goes.
        """
        size, room = Size(0, lines + HEAD), self.container_size.height
        if (size.height > room) != (self.virtual_size.height > room):
            self.virtual_size = size
        elif size != self.virtual_size:
            self.set_reactive(Following.virtual_size, size)
            if size.height > room:
                self.vertical_scrollbar.window_virtual_size = size.height

    def go_to_end(self) -> None:
        """Show the newest line."""
        self._move_to(self.max_scroll_y)

    def _move_to(self, y: float) -> None:
        self._moving = True
        try:
            self.scroll_to(y=y, animate=False, immediate=True, force=True)
        finally:
            self._moving = False

    def forget(self) -> None:
        """Other lines are shown from now on."""
        self.follow, self.cursor, self.hovered = True, None, None

    # -- the cursor ----------------------------------------------------------------------

    def action_cursor(self, by: int) -> None:
        """Move the cursor; it begins at the last line that is seen."""
        if not self.count:
            return
        lines = max(1, self.size.height - HEAD)
        top = self.scroll_offset.y
        if self.cursor is None:
            self.cursor = min(self.count, top + lines) - 1
        else:
            self.cursor = max(0, min(self.count - 1, self.cursor + by))
        self.follow = False
        if not top <= self.cursor < top + lines:
            self._move_to(self.cursor if self.cursor < top else self.cursor - lines + 1)

    def action_follow(self) -> None:
        """Follow the newest line, with no cursor."""
        self.forget()
        self.go_to_end()

    def watch_cursor(self) -> None:
        """Somebody may show its details."""
        self.refresh()
        self.post_message(self.Looked())

    def watch_hovered(self) -> None:
        """Somebody may show its details."""
        self.post_message(self.Looked())

    def _line_at(self, event: events.MouseEvent) -> int | None:
        y = event.get_content_offset_capture(self).y - HEAD
        place = self.scroll_offset.y + y
        return place if y >= 0 and place < self.count else None

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Look at the line under the mouse."""
        self.hovered = self._line_at(event)

    def on_leave(self) -> None:
        """The mouse is elsewhere."""
        self.hovered = None

    def on_click(self, event: events.Click) -> None:
        """Put the cursor on a line; a second click takes it away."""
        place = self._line_at(event)
        self.cursor = None if place == self.cursor else place
        self.follow = self.follow and self.cursor is None

    # -- scrolling -----------------------------------------------------------------------

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """The user's scrolling ends the following; reaching the end begins it again."""
        super().watch_scroll_y(old_value, new_value)
        if not self._moving and round(old_value) != round(new_value):
            self.follow = self.cursor is None and round(new_value) >= self.max_scroll_y

    # Upwards is said before it begins: an animation's first steps are less than a row, and a
    # picture drawn between them would jump back to the end.

    def action_page_up(self) -> None:
        """Stop following, and scroll a page up."""
        self.follow = False
        super().action_page_up()

    def action_scroll_home(self) -> None:
        """Stop following, and scroll to the first request."""
        self.follow = False
        super().action_scroll_home()

    def on_mouse_scroll_up(self) -> None:
        """Stop following."""
        if self.max_scroll_y:
            self.follow = False

    def on_resize(self) -> None:
        """Keep the newest in view."""
        if self.follow:
            self.go_to_end()
