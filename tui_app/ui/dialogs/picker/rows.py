"""The picker's search line and the rows below it; the search line keeps the focus."""

from __future__ import annotations

from collections.abc import Collection
from typing import ClassVar, Final

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from ... import text
from ...setup.finding import Found, Row

_WIDEST: Final = 27
"""Cells for paths and codes; longer ones push what they mean to the right."""
_LONGEST: Final = 200
"""Characters of a path, a code or its meaning that are drawn."""


class SearchInput(Input):
    """An input whose arrows move in the rows below."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "screen.move('cursor_up')", show=False),
        Binding("down", "screen.move('cursor_down')", show=False),
        Binding("pageup", "screen.move('page_up')", show=False),
        Binding("pagedown", "screen.move('page_down')", show=False),
        # Nothing that is searched for has a plus in it.
        Binding("plus", "screen.collect", show=False, priority=True),
    ]


class Rows(OptionList, can_focus=False):
    """What was found, under headings, one row highlighted."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id, markup=False, compact=True)
        self._rows: list[Row | None] = []

    @property
    def row(self) -> Row | None:
        """The highlighted one."""
        return None if self.highlighted is None else self.row_at(self.highlighted)

    def row_at(self, index: int) -> Row | None:
        """The row of an option; None for a heading."""
        return self._rows[index] if index < len(self._rows) else None

    def show_found(self, found: Found, ticked: Collection[str], keep: str | None = None) -> None:
        """Show rows.

        Args:
            found: the rows.
            ticked: texts of rows that have a tick.
            keep: text of the row to highlight, where it is among them; else the best is.
        """
        longest = max((2 * row.depth + len(row.text) for row in found.rows), default=0)
        width = min(longest, _WIDEST)
        options: list[Option] = []
        self._rows = []
        group, highlight = "", None
        for number, row in enumerate(found.rows):
            if row.group != group:
                group = row.group
                self._rows.append(None)
                options.append(Option(Content.styled(group, "bold $text-primary"), disabled=True))
            if row.text == keep or (number == found.best and highlight is None):
                highlight = len(options)
            self._rows.append(row)
            options.append(Option(_prompt(row, width, row.text in ticked)))
        if found.left_out:
            self._rows.append(None)
            more = f"  … {text.count(found.left_out)} more: type to narrow them down"
            options.append(Option(Content.styled(more, "$foreground 70%"), disabled=True))
        self.set_options(options)
        self.highlighted = highlight
        if highlight is not None and highlight <= 1:
            self.scroll_home(animate=False)


def _prompt(row: Row, width: int, ticked: bool) -> Content:
    shown = f"{'  ' * row.depth}{text.clean(row.text[:_LONGEST])}"
    return Content.assemble(
        ("✓ " if ticked else "  ", "bold $text-success"),
        (shown.ljust(width), "$foreground 70%" if row.context else "bold"),
        (
            f"  {text.clean(row.words[:_LONGEST])}",
            "$foreground 70%" if row.context else "$foreground 75%",
        ),
    )


class Chosen(OptionList):
    """The operations that were collected; Enter, Delete or a click takes one away."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("delete,backspace", "select", "Remove", show=False),
    ]

    class Removed(Message):
        """One is to be taken away.

        Attributes:
            operation: which.
        """

        def __init__(self, operation: str) -> None:
            super().__init__()
            self.operation = operation

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id, markup=False, compact=True)
        self._operations: list[str] = []

    def show_operations(self, operations: list[str]) -> None:
        """Show these."""
        self._operations = list(operations)
        at = self.highlighted
        prompts = [
            Content.assemble(("× ", "bold $text-error"), text.clean(one)) for one in operations
        ]
        self.set_options([Option(prompt) for prompt in prompts])
        self.highlighted = min(at or 0, len(prompts) - 1) if prompts else None

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Take it away."""
        event.stop()
        if event.option_index < len(self._operations):
            self.post_message(self.Removed(self._operations[event.option_index]))
