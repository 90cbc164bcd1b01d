"""Completes operations as they are typed, from the catalogue."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, Final

from textual.binding import Binding, BindingType
from textual.message import Message
from textual.suggester import Suggester
from textual.widgets import Input

from tui_app.redlist import IDS, NAMES, Api, operations_of

from ..asking import BETWEEN

_USUAL: Final = (
    "red_list_categories/CR",
    "red_list_categories/EN",
    "red_list_categories/EW",
    "red_list_categories/VU",
    "countries/MG",
    "comprehensive_groups/mammals",
    "taxa/family/Felidae",
    "taxa/order/Crocodylia",
    "taxa/class/Amphibia",
    "threats/8_1_2",
    "habitats/1_6",
)
"""Come before the rest: the catalogue knows paths, but no codes."""


class OperationInput(Input):
    """An input below which all operations lie: down opens the picker."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "pick", "Operations", tooltip="All operations", show=False),
    ]

    class PickPressed(Message):
        """The picker is wanted."""

    def action_pick(self) -> None:
        """Ask for the picker."""
        self.post_message(self.PickPressed())


class OperationSuggester(Suggester):
    """The first operation that begins with what has been typed.

    Args:
        api: gives the version whose catalogue applies.
    """

    def __init__(self, api: Callable[[], Api]) -> None:
        super().__init__(use_cache=False, case_sensitive=True)  # complete() minds the case
        self._api = api

    async def get_suggestion(self, value: str) -> str | None:
        """The completion of ``value``, or None."""
        return complete(value, self._api()) if value else None


def complete(value: str, api: Api) -> str | None:
    """The completion of ``value``, or None where there is nothing to add.

    Of several operations, the last one is completed.
    """
    _, _, last = value.rpartition(BETWEEN)
    for known in candidates(api) if last else ():
        if known.lower().startswith(last.lower()) and len(known) > len(last):
            return value + known[len(last) :]
    return None


def candidates(api: Api) -> list[str]:
    """What is completed, the usual first."""
    found = [*_USUAL, NAMES, IDS] if api == "v4" else []
    for one in operations_of(api):
        found.append(f"{one.stem}/" if one.takes else one.path)
        if one.required:
            found.append(f"{one.path}?{one.required[0]}=")
    return found
