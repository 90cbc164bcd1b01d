"""Codes that exist, for one that doesn't."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from tui_app.redlist import Api, Target, parse_target
from tui_app.redlist.accounting import SCIENTIFIC_NAME, NameIndex
from tui_app.redlist.codes import Code, nearest
from tui_app.redlist.names import Name
from tui_app.store import RunRow


def suggest(
    row: RunRow, codes_of: Callable[[str], tuple[Code, ...]], names: Callable[[], Iterable[str]]
) -> tuple[str, ...]:
    """Codes or names like those that a run asked for in vain.

    At most three: ``countries/MG (Madagascar)``, or a species' name.

    Args:
        row: the run.
        codes_of: gives the code list of an operation.
        names: gives the names that are known.
    """
    api: Api = "v3" if row.api == "v3" else "v4"
    for text in row.operations:
        target = parse_target(text, api)
        stem = target.operation.stem
        if target.operation is SCIENTIFIC_NAME:
            return _near_names(target, names())
        if target.value is None or stem in ("assessment", "taxa/sis"):
            continue
        codes = codes_of(stem)
        if any(one.code.casefold() == target.value.casefold() for one in codes):
            continue  # the code is right: something else about the request is not
        return tuple(_shown(stem, one) for one in nearest(target.value, codes))
    return ()


def _near_names(target: Target, names: Iterable[str]) -> tuple[str, ...]:
    known = NameIndex()
    for name in names:
        known.add_name(name)
    given = dict(target.params)
    asked = Name(given.get("genus_name", ""), given.get("species_name", ""))
    return known.near(asked)


def _shown(stem: str, one: Code) -> str:
    return f"{stem}/{one.code}" + (f" ({one.description})" if one.description else "")
