"""The lessons' names: a list at the left, a strip where there is no room for one."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import Container
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from .lesson import Lesson


class Entry(Static):
    """One lesson; a click shows it."""

    class Chosen(Message):
        """A lesson was clicked.

        Attributes:
            place: which.
        """

        def __init__(self, place: int) -> None:
            super().__init__()
            self.place = place

    def __init__(self, place: int, lesson: Lesson) -> None:
        super().__init__(markup=False, classes="entry")
        self.place = place
        self._lesson = lesson
        self.tooltip = lesson.title

    def mark(self, *, shown: bool, done: bool) -> None:
        """Say whether it is the one that is shown, and whether it has been run."""
        self.set_class(shown, "-shown")
        number = ("▸" if shown else " ") + f"{self.place + 1} "
        name = Content.styled(self._lesson.name, "underline" if shown else "")
        self.update(Content.assemble(number, name, " ✓" if done else "  "))

    def on_click(self) -> None:
        """Show it."""
        self.post_message(self.Chosen(self.place))


class Contents(Container):
    """All of them.

    Args:
        lessons: in their order.
    """

    def __init__(self, lessons: Sequence[Lesson], *, id: str) -> None:
        super().__init__(id=id)
        self._lessons = lessons

    def compose(self) -> ComposeResult:
        """An entry a lesson."""
        for place, lesson in enumerate(self._lessons):
            yield Entry(place, lesson)

    def mark(self, shown: int, done: set[int]) -> None:
        """Say which one is shown, and which have been run."""
        for entry in self.query(Entry):
            entry.mark(shown=entry.place == shown, done=entry.place in done)
