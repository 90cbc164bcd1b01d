"""Columns: which of them the table of records shows."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, OptionList, Static

from .. import keys, messages, text
from ..background import in_thread

FindEmpty = Callable[[Callable[[], bool]], frozenset[str] | None]
"""Names the columns without a value, or None where the callable it is given said to halt."""


class ColumnsDialog(ModalScreen[tuple[set[str], frozenset[str]]]):
    """A tick a column. Gives the names of those to hide, and which of them as empty ones.

    Args:
        columns: their names, in their order.
        hidden: those that are hidden now, and perhaps others.
        find_empty: finds those without a value; reads all rows, so it is called in a thread.
    """

    BINDINGS: ClassVar[list[BindingType]] = list(keys.COLUMNS)
    AUTO_FOCUS = "#columns"

    def __init__(
        self, columns: Sequence[str], hidden: Collection[str], find_empty: FindEmpty
    ) -> None:
        super().__init__()
        self._columns = columns
        self._before = {name for name in columns if name in hidden}
        self._hidden = set(self._before)
        self._find_empty = find_empty
        self._empty: frozenset[str] = frozenset()
        self._done = False

    def compose(self) -> ComposeResult:
        """The list, and what can be done to all of it."""
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = "Columns"
            dialog.border_subtitle = "Space hides and shows · Esc closes"
            yield OptionList(*map(self._option, self._columns), id="columns", compact=True)
            yield Static("", id="columns-note", markup=False)
            with Horizontal(classes="dialog-buttons"):
                yield Button("Show all (a)", id="all", compact=True)
                yield Button("Hide empty (e)", id="empty", compact=True)
                yield Button("Close", id="close", compact=True, variant="primary")

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        {"all": self.action_all, "empty": self.action_empty}.get(
            event.button.id or "", self.action_close
        )()

    def _option(self, name: str) -> Content:
        # A mark that is told without colour, unlike a SelectionList's.
        mark = "[ ]" if name in self._hidden else "[x]"
        return Content(f"{mark} {text.clean(name[:80])}")

    def _draw(self) -> None:
        shown = self.query_one(OptionList)
        for place, name in enumerate(self._columns):
            shown.replace_option_prompt_at_index(place, self._option(name))

    @on(OptionList.OptionSelected)
    def _chosen(self, event: OptionList.OptionSelected) -> None:
        self._hidden ^= {self._columns[event.option_index]}
        self._draw()

    def action_tick(self) -> None:
        """Hide or show the column under the cursor."""
        self.query_one(OptionList).action_select()

    def action_all(self) -> None:
        """Show every column."""
        self._hidden.clear()
        self._draw()
        self._say("")

    def action_empty(self) -> None:
        """Hide those that hold nothing in any row."""
        self._say("Reading all rows…")
        self._hide_empty()

    @work(group="columns", exclusive=True, exit_on_error=False)
    async def _hide_empty(self) -> None:
        try:
            empty = await in_thread(lambda: self._find_empty(lambda: self._done))
        except Exception as error:  # the application outlives records that can't be read
            self._say(messages.sentence(error))
            return
        if empty is None or self._done:
            return
        self._empty = empty
        self._hidden |= empty
        self._draw()
        one = len(empty) == 1
        self._say(
            f"{text.plural(len(empty), 'column')} {'is' if one else 'are'} empty and hidden."
            if empty
            else "No column is empty."
        )

    def action_close(self) -> None:
        """Hide what isn't ticked; a table without columns would be nothing to look at."""
        if len(self._hidden) == len(self._columns):
            self._say("Tick a column at least.")
            return
        self._done = True
        self.dismiss((self._hidden, frozenset(self._hidden & self._empty - self._before)))

    def _say(self, words: str) -> None:
        self.query_one("#columns-note", Static).update(text.clean(words))
