"""What the form asks for: several operations in one line, their filters, their query.

Operations stand in one line with `` + `` between them. No path has that in it, and a name that
does is written with ``%2B``, as :func:`join` does it; commas may be part of a name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from tui_app.redlist import IDS, NAMES, Api, Query, make_query, parse_target
from tui_app.redlist.errors import RedListError
from tui_app.redlist.query import ROW_FILTERS

BETWEEN: Final = " + "
"""Stands between operations."""

_BETWEEN: Final = re.compile(r"\s\+(?=\s)")

Filters = tuple[tuple[str, str], ...]
"""Filters by the API's names, each with its value."""

_WORDS: Final[dict[str, tuple[str, str]]] = {
    "latest": ("latest", "not the latest"),
    "possibly_extinct": ("possibly extinct", "not possibly extinct"),
    "possibly_extinct_in_the_wild": (
        "possibly extinct in the wild",
        "not possibly extinct in the wild",
    ),
}
_VALUED: Final = {"scope_code": "scope", "year_published": "published"}


def split(line: str) -> tuple[str, ...]:
    """The operations of a line, in their order."""
    parts = _BETWEEN.split(f" {line} ")
    return tuple(part.strip() for part in parts if part.strip())


def join(operations: Iterable[str]) -> str:
    """A line of operations that :func:`split` reads back."""
    return BETWEEN.join(_BETWEEN.sub(" %2B", one.strip()) for one in operations)


def filters_for(line: str, api: Api) -> tuple[str, ...]:
    """The filters that every operation of a line takes; none while one of them is unreadable."""
    found: tuple[str, ...] | None = None
    for text in split(line):
        taken = _filters_of(text, api)
        found = taken if found is None else tuple(name for name in found if name in taken)
    return found or ()


def _filters_of(text: str, api: Api) -> tuple[str, ...]:
    if text in (NAMES, IDS) and api == "v4":
        return ROW_FILTERS if text == NAMES else ()
    try:
        operation = parse_target(text, api).operation
    except RedListError:
        return ()
    # A taxon comes with all of its assessments: these filters choose among them here.
    taxon = operation.lists_assessments and not operation.paged
    return ROW_FILTERS if taxon else operation.filters


def has_pages(line: str, api: Api) -> bool:
    """Whether every operation of a line answers in pages, as far as they can be read."""
    for text in split(line):
        try:
            if text in (NAMES, IDS) or not parse_target(text, api).operation.paged:
                return False
        except RedListError:
            continue
    return True


def only(filters: Filters, taken: Iterable[str]) -> Filters:
    """The filters that are among those taken."""
    names = set(taken)
    return tuple((name, value) for name, value in filters if name in names)


def filters_in_words(filters: Filters) -> str:
    """``latest, scope 1``; empty where there are none."""
    words = []
    for name, value in filters:
        if name in _VALUED:
            words.append(f"{_VALUED[name]} {value}")
        else:
            yes, no = _WORDS.get(name, (name, f"not {name}"))
            words.append(yes if value == "true" else no)
    return ", ".join(words)


# The form is read at every key; a list of 4,000 names need not be.
@lru_cache(maxsize=4)
def ask(
    line: str,
    api: Api,
    filters: Filters = (),
    names: tuple[str, ...] = (),
    ids: tuple[str, ...] = (),
    *,
    details: bool = False,
    intersect: bool = False,
) -> Query:
    """The query that the form means.

    Args:
        line: operations, as :func:`split` reads them.
        api: the version whose catalogue applies.
        filters: those that all operations take.
        names: lines of a list of names; of no effect unless ``species`` is asked for.
        ids: lines of a list of ids; of no effect unless ``assessments`` is asked for.
        details: follow every row to its full assessment.
        intersect: of several lists, only what all have; of no effect on one.

    Raises:
        RedListError: it can't be asked for; says why.
    """
    asked = split(line)
    return make_query(
        asked,
        api,
        filters=dict(filters),
        names=names if NAMES in asked and api == "v4" else None,
        ids=ids if IDS in asked and api == "v4" else None,
        details=details,
        intersect=intersect and len(asked) > 1,
    )
