"""What the picker is made of: search line, rows below it, the collection, lines for values."""

from __future__ import annotations

from collections.abc import Collection
from typing import ClassVar, Final

from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from tui_app.redlist import Operation, Target, parse_target
from tui_app.redlist.errors import UsageError
from tui_app.redlist.operations import SEARCH_FILTER

from .. import keys, text
from ..fields import Field
from .operationsearch import Found, FoundRow

_WIDEST: Final = 27
"""Cells for paths and codes; longer ones push what they mean to the right."""
_LONGEST: Final = 200
"""Characters of a path, a code or its meaning that are drawn."""
_LABELS: Final = {
    "genus_name": ("Genus", "Canis"),
    "species_name": ("Species", "lupus"),
    "infra_name": ("Infra", "a subspecies or variety; may stay empty"),
    "subpopulation_name": ("Subpop.", "a subpopulation; may stay empty"),
    "sis_id": ("SIS id", "a number, such as 3746"),
    "assessment_id": ("Id", "an assessment's number, such as 163508960"),
}


class SearchInput(Input):
    """An input whose arrows move in the rows below."""

    BINDINGS: ClassVar[list[BindingType]] = list(keys.PICKER_SEARCH)


class FoundRows(OptionList, can_focus=False):
    """What was found, under headings, one row highlighted."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id, markup=False, compact=True)
        self._rows: list[FoundRow | None] = []

    @property
    def row(self) -> FoundRow | None:
        """The highlighted one."""
        return None if self.highlighted is None else self.row_at(self.highlighted)

    def row_at(self, index: int) -> FoundRow | None:
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


def _prompt(row: FoundRow, width: int, ticked: bool) -> Content:
    shown = f"{'  ' * row.depth}{text.clean(row.text[:_LONGEST])}"
    return Content.assemble(
        ("✓ " if ticked else "  ", "bold $text-success"),
        (shown.ljust(width), "$foreground 70%" if row.context else "bold"),
        (
            f"  {text.clean(row.words[:_LONGEST])}",
            "$foreground 70%" if row.context else "$foreground 75%",
        ),
    )


class ChosenOperations(OptionList):
    """The operations that were collected; Enter, Delete or a click takes one away."""

    BINDINGS: ClassVar[list[BindingType]] = list(keys.PICKER_CHOSEN)

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


def asks_for_values(operation: Operation) -> bool:
    """Whether it has a value that no code list holds, or parameters that it can't do without."""
    if operation.required == (SEARCH_FILTER,):  # one of a few filters: chosen like a code
        return False
    return bool(operation.required) or operation.takes in ("sis_id", "assessment_id")


class OperationValues(Vertical):
    """A line a value."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._operation: Operation | None = None

    async def ask_for(self, operation: Operation) -> None:
        """Show empty lines for an operation's values and give the first one the focus."""
        self._operation = operation
        await self.remove_children()
        fields: list[Field] = []
        for name in _names(operation):
            label, example = _LABELS.get(name, (name[:9], name))
            widget = Input(name=name, placeholder=example, compact=True, id=f"value-{len(fields)}")
            fields.append(Field(f"value-{len(fields)}", label, widget))
        await self.mount(*fields)
        fields[0].focus_inner()

    def operation_with_values(self) -> str:
        """The operation as it is written with what was typed.

        Raises:
            UsageError: something is missing or is no number.
        """
        operation = self._operation
        assert operation is not None
        typed = {one.name or "": one.value.strip() for one in self.query(Input)}
        if operation.takes is not None:
            value = typed[operation.takes]
            if not value:
                raise UsageError(f"{operation.path} needs its {operation.takes}.")
            target = Target(operation, value)
        else:
            given = tuple((name, value) for name, value in typed.items() if value)
            target = Target(operation, None, given)
        return parse_target(target.label, operation.api).label


def _names(operation: Operation) -> tuple[str, ...]:
    if operation.takes is not None:
        return (operation.takes,)
    return (*operation.required, *operation.optional)
