"""Whether an answer belongs to its request: the two are compared wherever the answer says so.

A connection that is one answer behind, or a cache that mixes up its entries, gives good answers to
other requests. What an answer does not say is not held against it: fields come and go.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from .operations import OPERATIONS, Kind, Operation
from .spelling import bare
from .target import Target
from .visible import visible

HEADS: Final[dict[str, str]] = {
    "biogeographical_realm": "biogeographical_realms",
    "comprehensive_group": "comprehensive_groups",
    "conservation_action": "conservation_actions",
    "country": "countries",
    "fao": "faos",
    "growth_form": "growth_forms",
    "habitat": "habitats",
    "population_trend": "population_trends",
    "red_list_category": "red_list_categories",
    "research": "research",
    "scope": "scopes",
    "stress": "stresses",
    "system": "systems",
    "threat": "threats",
    "use_and_trade": "use_and_trade",
    "use_trade": "use_and_trade",
}
"""Keys under which a coded list holds the code that was asked for, with that operation's stem."""

PAGE_SIGNS: Final = (*HEADS, "filters", "taxon")
"""Keys of a page, besides its rows, that tell which request it answers."""

_SMALL: Final = ("count", "api_version", "red_list_version")
_OWN_KEYS: Final = frozenset(
    {one.rows_key for one in OPERATIONS if one.kind is Kind.CODES and one.rows_key} | {*_SMALL}
)
_OF_LISTS: Final = _OWN_KEYS | HEADS.keys() | {"filters"}
_ONLY_OF: Final = frozenset(
    {one.takes for one in OPERATIONS if one.stem.startswith("taxa/") and one.kind is Kind.PAGED}
    - {None}
    | {"filter_on"}
)
"""Filters that only those lists have which are asked for by them."""
_NAME: Final = ("genus_name", "species_name", "infra_name", "subpopulation_name")
_RELATIVES: Final = ("synonyms", "species_taxa", "subpopulation_taxa", "infrarank_taxa")
_PARTS: Final = re.compile(r"[\W_]+")
_ENDING: Final = re.compile(r"(?:us|um|is|ii|ae|er|or|os|on|es|a|e|i)$")
_SHOWN: Final = 60
"""Characters of a server's text in a message."""


def other_answer(target: Target, said: Mapping[str, Any]) -> str:
    """What an answer is, where it can't be the one that was asked for; else nothing.

    Args:
        target: what was asked.
        said: the answer's keys and values; of a page, :data:`PAGE_SIGNS` are enough.
    """
    operation = target.operation
    if operation.kind is Kind.PAGED:
        return _other_list(target, said)
    if operation.gives_assessment:
        found = said.get("assessment_id")
        return "" if _same_number(found, target.value) else f"assessment {_shown(found)}"
    if operation.kind is Kind.RECORD:
        return _other_taxon(target, said)
    return _other_sort(operation, said)


def _other_list(target: Target, said: Mapping[str, Any]) -> str:
    filters = said.get("filters")
    if not isinstance(filters, dict):
        if "taxon" in said and filters is None:
            return "a taxon"
        filters = {}
    stem, heads = target.operation.stem, HEADS.keys() & said.keys()
    own = [said[key] for key in heads if HEADS[key] == stem]
    codes = [code for head in own for code in _codes(head)]
    if codes and not any(_alike(one, target.value) for one in codes):
        return f"{stem}/{_shown(codes[0])}"
    if heads and not own and target.operation.takes not in filters:
        return f"a list of {HEADS[min(heads)]}"
    return _other_filters(target, filters) if filters else ""


def _codes(head: Any) -> Iterator[str]:
    """The codes in a list's head: one, or those of a category in several versions."""
    for one in head if isinstance(head, list) else [head]:
        code = one.get("code", one.get("name")) if isinstance(one, dict) else None
        if isinstance(code, str | int):
            yield str(code)


def _other_filters(target: Target, filters: Mapping[str, Any]) -> str:
    """Filters are echoed as they were sent; a taxon's rank and name are among them."""
    operation = target.operation
    asked: dict[str, list[str]] = {}
    if operation.takes is not None and target.value is not None:
        asked[operation.takes] = [target.value]
    for name, value in target.params:
        if name in operation.filters or name in operation.required:
            asked.setdefault(name.removesuffix("[]"), []).append(value)
    for name, echo in filters.items():
        values = echo if isinstance(echo, list) else [echo]
        if not values or not all(isinstance(one, str | int) and one != "" for one in values):
            continue
        expected = asked.get(name, [] if name in _ONLY_OF else values)
        if {_plain(one) for one in values} != {_plain(one) for one in expected}:
            return f"a list with {_shown(name)}={_shown(values[0])}"
    return ""


def _other_taxon(target: Target, said: Mapping[str, Any]) -> str:
    if "assessment_id" in said and "assessments" not in said:
        return "a full assessment"
    if "taxon" not in said and not _OF_LISTS.isdisjoint(said):
        return "no taxon"
    taxon = said.get("taxon")
    taxon = taxon if isinstance(taxon, dict) else {}
    if target.value is not None:
        found = said.get("sis_id", taxon.get("sis_id"))
        if not isinstance(found, str | int) or _same_number(found, target.value):
            return ""
        return f"taxon {_shown(found)}"
    asked = {name: value for name, value in target.params if name in _NAME and value.strip()}
    echo = said.get("params")
    if isinstance(echo, dict) and isinstance(echo.get("genus_name"), str):
        # What it was asked tells more than the name it gives: that may be a synonym's.
        given = {name: echo[name] for name in _NAME if isinstance(echo.get(name), str)}
        wrong = any(one and not _alike(one, asked.get(name)) for name, one in given.items())
        return _shown(" ".join(given.values())) if wrong else ""
    if not taxon or _related(asked, taxon):
        return ""
    return _shown(taxon.get("scientific_name"))


def _related(asked: Mapping[str, str], taxon: Mapping[str, Any]) -> bool:
    """Whether a taxon may be what was asked for by name: it, or a relative, shares a word of it."""
    genus, species = _plain(asked.get("genus_name", "")), _stem(asked.get("species_name", ""))
    names = [taxon]
    for key in _RELATIVES:
        listed = taxon.get(key)
        names += (
            [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else ()
        )
    told = False
    for one in names:
        words = [one.get("genus_name"), one.get("species_name")]
        text = one.get("scientific_name", one.get("name"))
        words += text.split()[:2] if isinstance(text, str) else ()
        for word in filter(None, words):
            if isinstance(word, str):
                told = True
                if _plain(word) == genus or _stem(word) == species:
                    return True
    return not told


def _other_sort(operation: Operation, said: Mapping[str, Any]) -> str:
    """Of code lists and small answers: another's key in the place of their own."""
    own = operation.path.rpartition("/")[2] if operation.rows_key is None else operation.rows_key
    # Of what a server says of itself, only the value under its own name is ever used.
    if not operation.path.startswith("information/"):
        for key, what in (("assessment_id", "a full assessment"), ("taxon", "a taxon")):
            if key in said:
                return what
        if "assessments" in said and (own != "assessments" or "filters" in said):
            return "a list of assessments"
    other = sorted(_OWN_KEYS & said.keys() - {own})
    return _shown(other[0]) if other and own not in said else ""


def _same_number(found: Any, asked: str | None) -> bool:
    return str(found) == ((asked or "").lstrip("0") or "0")


def _alike(one: str, other: str | None) -> bool:
    return one == other or _plain(one) == _plain(other or "")


def _plain(value: str | int) -> str:
    """A code, name or filter for comparing: in any case, whatever parts its words."""
    return bare(_PARTS.sub(" ", str(value)))


def _stem(epithet: str) -> str:
    """An epithet without its ending, which follows its genus: ``albus``, ``alba``."""
    return _ENDING.sub("", _plain(epithet))


def _shown(text: Any) -> str:
    return visible(str(text), _SHOWN)


__all__ = ["HEADS", "PAGE_SIGNS", "other_answer"]
