"""Columns of a run's rows: which one a name means, and in which order they are read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import Final

from tui_app.redlist.errors import UsageError
from tui_app.redlist.operations import not_given

NEAR: Final = 12
"""So many columns are suggested at most."""

_LEADING: Final = {
    "name": ("taxon_scientific_name", "scientific_name", "input", "matched_name"),
    "outcome": ("change", "outcome"),
    "category": ("red_list_category_code", "category", "category_before", "category_after"),
    "year": ("year_published", "published_year", "assessment_year"),
    "latest": ("latest",),
    "scope": ("scopes_description", "scopes", "scope"),
}
"""What a reader looks for first, under short names that a filter may use."""
_SHORT: Final = {**_LEADING, "code": _LEADING["category"]}
_IDS: Final = re.compile(
    "(sis_taxon_id|taxon_sis_id|sis_id|taxonid|assessment_id)(_before|_after)?"
)
_FLAGS: Final = frozenset(
    (
        *("possibly_extinct", "possibly_extinct_in_the_wild", "assessment_points"),
        *("assessment_ranges", "taxon_species", "taxon_subpopulation", "taxon_infrarank"),
    )
)
_RANK_FLAGS: Final = ("species", "subpopulation", "infrarank")
"""Flags of a taxon; without the last one they are columns of the user's."""
_TAILS: Final = ("_code", "", "_name", "_published", "_description")


def reading_order(columns: Iterable[str]) -> list[str]:
    """Columns as a screen shows them: the taxon and its status first; ids, flags and url last.

    The columns between keep their order, as do all of a table without a name. Files keep the
    order in which the columns arrived.
    """
    columns = list(columns)
    if name_column(columns) is None:
        return columns
    flags = _FLAGS.union(_RANK_FLAGS) if _RANK_FLAGS[-1] in columns else _FLAGS
    first = [one for group in _LEADING.values() for one in group if one in columns]

    def part(column: str) -> int:
        if column in first:
            return 0
        if _IDS.fullmatch(column):
            return 2
        if column in flags:
            return 3
        return 4 if column == "url" else 1

    return sorted(columns, key=lambda one: (part(one), first.index(one) if one in first else 0))


def name_column(columns: Sequence[str]) -> str | None:
    """The column that says which taxon a row is about; None where there is none."""
    return next((one for one in _LEADING["name"] if one in columns), None)


def short_name(column: str, columns: Sequence[str]) -> str:
    """The part of a column's name by which :func:`column_meant` finds it, or all of its name."""
    short = (name for name, group in _LEADING.items() if column in group and name in column)
    return next((one for one in short if column_meant(one, columns) == column), column)


def column_meant(name: str, columns: Sequence[str]) -> str:
    """The column that a filter names: in full, by a short name, by its beginning, by a part.

    Raises:
        UsageError: there is none, or more than one; names near ones.
    """
    if name in columns:
        return name
    text = _normal(name)
    same = [one for one in columns if one.casefold() == text]
    known = [one for one in _SHORT.get(text, ()) if one in columns]
    like = [one for one in columns if text and one.casefold().startswith(text)]
    if found := same or known or (like if len(like) == 1 else []):
        return found[0]
    try:
        return column_like(name, columns)
    except UsageError as error:
        some = any(text in one.casefold() for one in columns)
        what = "Several columns match" if text and some else "No column matches"
        raise UsageError(f"{what} '{name}'.", error.advice) from None


def column_like(name: str, columns: Sequence[str]) -> str:
    """The column that is meant by a name or a part of one: ``category``, ``class``, ``year``.

    Of ``red_list_category_version``, ``…_code`` and ``…_description`` it is the code, and so it is
    of ``population_trend``, which only rows without one have, and ``population_trend_code``.

    Raises:
        UsageError: there is none, or more than one; names near ones.
    """
    text = _normal(name)
    lower = {column.casefold(): column for column in reversed(columns)}
    if text in lower and f"{text}_code" not in lower:
        return lower[text]
    endings = [f"{text}{plural}{tail}" for tail in _TAILS for plural in ("", "s")] if text else []
    for ending in endings:
        like = [one for one in lower if one == ending] or [
            one for one in lower if one.endswith(f"_{ending}")
        ]
        if len(like) == 1:
            return lower[like[0]]
    near = [lower[one] for one in lower if text and text in one]
    if len(near) == 1:
        return near[0]
    what = f"'{name}' is in several fields." if near else f"There is no field '{name}'."
    if not near and (elsewhere := not_given(text)):
        raise UsageError(what, elsewhere)
    words = {word: one for one in lower for word in (*one.split("_"), one)}
    close = [lower[words[word]] for word in get_close_matches(text, words, 3)]
    near = sorted({*near} or {*close} or {*columns})[:NEAR]
    raise UsageError(what, f"Choose one of {', '.join(near)}." if near else "There are no rows.")


def _normal(name: str) -> str:
    return re.sub(r"[\s-]+", "_", name.strip().casefold())
