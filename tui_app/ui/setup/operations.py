"""Completes operations as they are typed, from the catalogue."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from textual.suggester import Suggester

from tui_app.redlist import Api, operations

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
    """The completion of ``value``, or None where there is nothing to add."""
    for known in candidates(api):
        if known.lower().startswith(value.lower()) and len(known) > len(value):
            return value + known[len(value) :]
    return None


def candidates(api: Api) -> list[str]:
    """What is completed, the usual first."""
    found = list(_USUAL) if api == "v4" else []
    for one in operations(api):
        found.append(f"{one.stem}/" if one.takes else one.path)
        if one.required:
            found.append(f"{one.path}?{one.required[0]}=")
    return found
