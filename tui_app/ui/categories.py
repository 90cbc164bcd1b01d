"""The Red List's categories and their colours: never the colour without the letters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from rich.style import Style


@dataclass(frozen=True, slots=True)
class Category:
    """A category of the Red List."""

    code: str
    name: str
    colour: str
    """The Red List's own, ``#rrggbb``."""

    @property
    def ink(self) -> str:
        """Black or white: what is easier to read on the colour."""
        return max(("#ffffff", "#000000"), key=partial(contrast, self.colour))

    def style(self, *, coloured: bool = True) -> Style:
        """As rich draws it; without colours where the user wants none."""
        if not coloured:
            return Style(bold=True)
        return Style(color=self.ink, bgcolor=self.colour, bold=True)


CATEGORIES: Final = {
    one.code: one
    for one in (
        Category("EX", "Extinct", "#000000"),
        Category("EW", "Extinct in the Wild", "#542344"),
        Category("RE", "Regionally Extinct", "#9b4f96"),
        Category("CR", "Critically Endangered", "#d81e05"),
        Category("EN", "Endangered", "#fc7f3f"),
        Category("VU", "Vulnerable", "#f9e814"),
        # Of version 2.3, before there was NT: each has the colour of what it would be now.
        Category("LR/cd", "Lower Risk/conservation dependent", "#cce226"),
        Category("LR/nt", "Lower Risk/near threatened", "#cce226"),
        Category("NT", "Near Threatened", "#cce226"),
        Category("LR/lc", "Lower Risk/least concern", "#60c659"),
        Category("LC", "Least Concern", "#60c659"),
        Category("DD", "Data Deficient", "#d1d1c6"),
        Category("NA", "Not Applicable", "#c1b5a5"),
        Category("NE", "Not Evaluated", "#ffffff"),
    )
}
"""By their letters, the worst first."""

_COLUMNS: Final = ("red_list_category_code", "category", "red_list_category")


def category(code: object) -> Category | None:
    """The category of these letters; None where there is none."""
    return CATEGORIES.get(code) if isinstance(code, str) else None


def may_hold_category(column: str) -> bool:
    """Whether a column of this name could hold a category's letters."""
    return column == "code" or column.endswith(_COLUMNS)


def category_in(column: str, row: Mapping[str, Any]) -> Category | None:
    """The category that a cell names.

    ``code`` alone says nothing, for CR is also Costa Rica: the row has to say what it is a code
    of, or describe it in the category's own words.
    """
    found = category(row.get(column)) if may_hold_category(column) else None
    if found is None or column != "code" or row.get("code_type") == "red_list_category":
        return found
    return found if row.get("description") == found.name else None


def contrast(one: str, other: str) -> float:
    """The contrast of two colours ``#rrggbb`` after WCAG 2: from 1 to 21."""
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
              for part in parts]  # fmt: skip
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
