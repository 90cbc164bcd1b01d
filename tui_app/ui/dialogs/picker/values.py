"""What an operation wants to know that no list has: a number, a name, genus and species."""

from __future__ import annotations

from typing import Final

from textual.containers import Vertical
from textual.widgets import Input

from tui_app.redlist import Operation, Target, parse_target
from tui_app.redlist.errors import UsageError
from tui_app.redlist.operations import SEARCH_FILTER

from ...setup.fields import Field

_LABELS: Final = {
    "genus_name": ("Genus", "Canis"),
    "species_name": ("Species", "lupus"),
    "infra_name": ("Infra", "a subspecies or variety; may stay empty"),
    "subpopulation_name": ("Subpop.", "a subpopulation; may stay empty"),
    "sis_id": ("SIS id", "a number, such as 3746"),
    "assessment_id": ("Id", "an assessment's number, such as 163508960"),
}


def asks_for_values(operation: Operation) -> bool:
    """Whether it has a value that no code list holds, or parameters that it can't do without."""
    if operation.required == (SEARCH_FILTER,):  # one of a few filters: chosen like a code
        return False
    return bool(operation.required) or operation.takes in ("sis_id", "assessment_id")


class Values(Vertical):
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
