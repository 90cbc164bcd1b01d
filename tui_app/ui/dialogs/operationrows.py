"""The picker's widgets: what was typed, what was found, what was collected, values to type."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import ClassVar, Final

from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from tui_app.redlist import Operation, Target, parse_target
from tui_app.redlist.errors import UsageError
from tui_app.redlist.operations import SEARCH_FILTER

from .. import keys, text
from ..fields import Field, TextInput
from .operationsearch import Found, FoundRow

_WIDEST: Final = 27
"""Cells for paths and codes; longer ones push what they mean to the right."""
_LONGEST: Final = 200
"""Characters of a path, a code or its meaning that are drawn."""


class SearchInput(Input):
    """An input whose arrows move in the rows below."""

    BINDINGS: ClassVar[list[BindingType]] = list(keys.PICKER_SEARCH)


class FoundRows(OptionList, can_focus=False):
    """What was found, under headings, one row highlighted."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id, markup=False, compact=True)
        self._rows: list[FoundRow | None] = []  # None: a heading

    @property
    def row(self) -> FoundRow | None:
        """The highlighted one."""
        return None if self.highlighted is None else self._rows[self.highlighted]

    def show_found(self, found: Found, ticked: Collection[str], keep: str | None = None) -> None:
        """Show rows, some with a tick; the one named ``keep`` is highlighted, or else the best."""
        longest = max((2 * row.depth + len(row.text) for row in found.rows), default=0)
        options: list[Option] = []
        self._rows = []

        def add(row: FoundRow | None, words: Content) -> None:
            self._rows.append(row)
            options.append(Option(words, disabled=row is None))

        group, highlight = "", None
        for number, row in enumerate(found.rows):
            if row.group != group:
                group = row.group
                add(None, Content.styled(group, "bold $text-primary"))
            if row.text == keep or (number == found.best and highlight is None):
                highlight = len(options)
            add(row, _prompt(row, min(longest, _WIDEST), row.text in ticked))
        if found.left_out:
            more = f"  … {text.count(found.left_out)} more: type to narrow them down"
            add(None, Content.styled(more, "$foreground 70%"))
        self.set_options(options)
        self.highlighted = highlight
        if highlight is not None and highlight <= 1:
            self.scroll_home(animate=False)


def _prompt(row: FoundRow, width: int, ticked: bool) -> Content:
    shown = f"{'  ' * row.depth}{text.clean(row.text[:_LONGEST])}"
    code, words = ("$foreground 70%",) * 2 if row.context else ("bold", "$foreground 75%")
    return Content.assemble(
        ("✓ " if ticked else "  ", "bold $text-success"),
        (shown.ljust(width), code),
        (f"  {text.clean(row.words[:_LONGEST])}", words),
    )


class ChosenOperations(OptionList):
    """The operations that were collected; Enter, Delete or a click selects one, to be removed."""

    BINDINGS: ClassVar[list[BindingType]] = list(keys.PICKER_CHOSEN)

    def show_operations(self, operations: Sequence[str]) -> None:
        """Show these, with the highlight where it was."""
        at = self.highlighted or 0
        self.set_options(
            Option(Content.assemble(("× ", "bold $text-error"), text.clean(one)))
            for one in operations
        )
        self.highlighted = min(at, len(operations) - 1) if operations else None


_LABELS: Final = {
    "genus_name": ("Genus", "Canis"),
    "species_name": ("Species", "lupus"),
    "infra_name": ("Infra", "a subspecies or variety; may stay empty"),
    "subpopulation_name": ("Subpop.", "a subpopulation; may stay empty"),
    "sis_id": ("SIS id", "a number, such as 3746"),
    "assessment_id": ("Id", "an assessment's number, such as 163508960"),
}


def typed_values(operation: Operation) -> tuple[str, ...]:
    """Names of the values that are typed, as no list has them; none where a code is chosen."""
    if operation.takes is not None:
        return (operation.takes,) if operation.takes in ("sis_id", "assessment_id") else ()
    if operation.required == (SEARCH_FILTER,):  # one of a few filters: chosen like a code
        return ()
    return (*operation.required, *operation.optional) if operation.required else ()


class OperationValues(Vertical):
    """A line a value."""

    async def ask_for(self, operation: Operation) -> None:
        """Show empty lines for an operation's values and give the first one the focus."""
        await self.remove_children()
        if not self.is_attached:  # the application was left meanwhile
            return
        fields: list[Field] = []
        for number, name in enumerate(typed_values(operation)):
            label, example = _LABELS.get(name, (name[:9], name))
            widget = TextInput(name=name, placeholder=example, compact=True, id=f"value-{number}")
            fields.append(Field(f"value-{number}", label, widget))
        await self.mount(*fields)
        fields[0].focus_inner()

    def operation_with_values(self, operation: Operation) -> str:
        """The operation as it is written with what was typed.

        Raises:
            UsageError: something is missing or is no number.
        """
        typed = {one.name or "": one.value.strip() for one in self.query(Input)}
        if operation.takes is None:
            given = tuple((name, value) for name, value in typed.items() if value)
            target = Target(operation, None, given)
        elif value := typed[operation.takes]:
            target = Target(operation, value)
        else:
            raise UsageError(f"{operation.path} needs its {operation.takes}.")
        return parse_target(target.label, operation.api).label
