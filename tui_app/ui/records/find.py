"""The search line: what rows have to contain, and how many do."""

from __future__ import annotations

from typing import ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Input, Static

from .. import keys

PAUSE_S: Final = 0.15
"""A pause in typing so long begins the search."""
_LONGEST: Final = 200


class FindLine(Horizontal):
    """An input and a count. It is there while it has the focus, or something is searched for."""

    BINDINGS: ClassVar[list[BindingType]] = list(keys.FIND)

    class Wanted(Message):
        """Something else is searched for.

        Attributes:
            find: what; nothing to see all rows again.
        """

        def __init__(self, find: str) -> None:
            super().__init__()
            self.find = find

    class Left(Message):
        """Typing has ended: the rows want the focus."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._said = ""
        self._pause: Timer | None = None

    def compose(self) -> ComposeResult:
        """See the class."""
        yield Static("/", id="find-mark")
        yield Input(
            placeholder="find; column:text looks into one column",
            id="find",
            compact=True,
            max_length=_LONGEST,
        )
        yield Static("", id="find-count", markup=False)

    def open(self) -> None:
        """Show the line, and type."""
        self.add_class("-open")
        self.query_one(Input).focus()

    def look_for(self, find: str) -> None:
        """Search for something that was not typed."""
        self.add_class("-open")
        with self.prevent(Input.Changed):
            self.query_one(Input).value = find[:_LONGEST]
        self._say()

    def clear(self) -> None:
        """Search for nothing any more; says so only to who asks."""
        self._stop()
        self._said = ""
        self.remove_class("-open")
        with self.prevent(Input.Changed):
            self.query_one(Input).value = ""
        self.count("")

    def count(self, words: str) -> None:
        """Say how many rows were found."""
        self.query_one("#find-count", Static).update(words)

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self._stop()
        self._pause = self.set_timer(PAUSE_S, self._say)

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_done()

    def action_done(self) -> None:
        """Search at once, and go to the rows."""
        self._say()
        if not self._said:
            self.clear()
        self.post_message(self.Left())

    def action_cancel(self) -> None:
        """See all rows again."""
        self.clear()
        self.post_message(self.Wanted(""))
        self.post_message(self.Left())

    def _say(self) -> None:
        self._stop()
        find = self.query_one(Input).value
        if find != self._said:
            self._said = find
            self.post_message(self.Wanted(find))

    def _stop(self) -> None:
        if self._pause is not None:
            self._pause.stop()
            self._pause = None
