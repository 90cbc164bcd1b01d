"""From one full assessment to rows of tidy tables: one table for each of its lists.

::

    assessments      a row: all that is not a list; scopes, systems… also as "a|b"
    documentation    a row a section: range, population, habitats, …
    threats          a row an item, and so for every list at any depth, known or new:
                     taxon_synonyms, supplementary_info_conservation_actions_in_place, …
    …_actions        a list of objects inside an item: its rows begin with the item's number
    other            rows of lists whose name makes no file name, with the name in ``list``

No item and no field is lost.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec

from .codes import full_description
from .decode import Record
from .tables import Cell, flatten
from .text import plain_text

ASSESSMENTS: Final = "assessments"
DOCUMENTATION: Final = "documentation"
OTHER: Final = "other"

IDS: Final = ("assessment_id", "sis_taxon_id", "scientific_name")
"""What every row of every table begins with; joins the tables."""

ITEM: Final = "item"
"""Place in a list, from 1. In the table of a list inside an item this is the item's place, and
``item_2`` the place in the inner list (then ``item_3``): so a table joins with the one above it
by what the two have in common."""

FULL: Final = "description_full"
"""A code's description after those of the codes above it."""

SHORT: Final = ("scopes", "systems", "biogeographical_realms", "growth_forms")
"""Lists that ``assessments`` has too, as ``scopes_code`` and ``scopes_description``."""

OBJECTS: Final = ("taxon", "population_trend", "red_list_category", "supplementary_info")
"""What is an object, with columns for its fields: null leaves these out."""

STEMS: Final = {"researches": "research", "locations": "countries"}
"""Code-list operations that aren't called like the list that uses their codes."""


def _columns(names: str) -> tuple[str, ...]:
    """Names of columns, in order, of a text with blanks between them."""
    return tuple(names.split())


_CODED: Final = ("description", "code")
_IN_PLACE: Final = "supplementary_info_conservation_actions_in_place"
_LINEAGE: Final = _columns(
    "kingdom_name phylum_name class_name order_name family_name genus_name species_name "
    "subpopulation_name infra_name authority"
)
_OF_RELATIVES: Final = ("sis_id", "own_scientific_name", *_LINEAGE)
_OF_LISTS: Final[dict[str, tuple[str, ...]]] = {
    "taxon_species_taxa": _OF_RELATIVES,
    "taxon_subpopulation_taxa": _OF_RELATIVES,
    "taxon_infrarank_taxa": _OF_RELATIVES,
    "taxon_ssc_groups": _columns("name url description"),
    "taxon_common_names": _columns("main name language"),
    "taxon_synonyms": _columns(
        "name status genus_name species_name species_author infrarank_author subpopulation_name "
        "infra_type infra_name"
    ),
    _IN_PLACE: ("name",),
    f"{_IN_PLACE}_actions": _columns("item_2 name value"),
    "biogeographical_realms": _CODED,
    "conservation_actions": ("note", "code", "description", FULL),
    "faos": _CODED,
    "habitats": (*_columns("majorImportance season suitability"), *_CODED, FULL),
    "locations": (*_columns("is_endemic formerlyBred origin presence seasonality"), *_CODED),
    "researches": ("note", "code", "description", FULL),
    "use_and_trade": (*_columns("international national subsistence other"), *_CODED),
    "threats": (
        *_columns("scope timing internationalTrade score severity ancestry virus ias text"),
        *_CODED,
        FULL,
    ),
    "credits": _columns("credit_type_name full value"),
    "errata": ("reason",),
    "references": _columns("citation year title author citation_short"),
    "growth_forms": _CODED,
    "lmes": _CODED,
    "scopes": _CODED,
    "stresses": (*_CODED, FULL),
    "systems": _CODED,
}
_OF_ASSESSMENTS: Final = (
    *_columns(
        "assessment_date year_published latest possibly_extinct possibly_extinct_in_the_wild "
        "criteria url citation assessment_points assessment_ranges taxon_sis_id "
        "taxon_scientific_name"
    ),
    *(f"taxon_{name}" for name in _LINEAGE),
    *_columns(
        "population_trend_description population_trend_code red_list_category_version "
        "red_list_category_description red_list_category_code"
    ),
    *(f"{name}_{part}" for name in SHORT for part in ("code", "description")),
)

WELL_KNOWN: Final[dict[str, tuple[str, ...]]] = {
    ASSESSMENTS: (*IDS, *_OF_ASSESSMENTS),
    DOCUMENTATION: (*IDS, "section", "html", "text"),
    **{name: (*IDS, ITEM, *fields) for name, fields in _OF_LISTS.items()},
}
"""The tables that an assessment has always had, each with its header when it has no rows."""


Row = dict[str, Cell]
Path = tuple[str, ...]
"""Keys that lead to a value, without ``en`` and places in lists."""

_FILE_NAME: Final = re.compile(r"(?!(?:con|prn|aux|nul|(?:com|lpt)[0-9])\Z)[a-z0-9_]{1,80}")
_NO_SCALARS: Final = frozenset((*WELL_KNOWN, *OBJECTS))
_DEEPEST: Final = 12  # what is nested deeper stays JSON; real assessments go to 6


def tidy(assessment: Record, codes: Mapping[str, Mapping[str, str]]) -> Iterator[tuple[str, Row]]:
    """The rows of one full assessment, each with the table that it belongs to.

    Every row begins with ``assessment_id``, ``sis_taxon_id`` and ``scientific_name``, those of
    lists go on with ``item``, the place in the list from 1. Then come the fields under the
    API's names, as :func:`flatten` gives them; one that is called like those before gets
    ``own_`` (a subspecies' ``own_scientific_name``). Plain values in a list stand under
    ``value``. Coded rows of a scheme with steps end with ``description_full``.

    Args:
        assessment: as it arrived, of any shape.
        codes: descriptions by code, by code-list operation (``threats``, ``research``).
    """
    yield from _Assessment(assessment, codes).rows()


class _Assessment:
    def __init__(self, assessment: Record, codes: Mapping[str, Mapping[str, str]]) -> None:
        self._all = assessment
        self._codes = codes
        self._ids = _ids(assessment)
        self._owners: dict[str, Path] = dict.fromkeys((ASSESSMENTS, DOCUMENTATION, OTHER), ())

    def rows(self) -> Iterator[tuple[str, Row]]:
        sections = self._all.get(DOCUMENTATION)
        lists = _Lists(joined=False)
        row = dict(self._ids)
        for key, value in self._all.items():
            if key == DOCUMENTATION and isinstance(value, dict):
                continue
            _put(row, flatten({key: lists.taken_from(value, (key,), 0)}))
        found = [pair for one in lists.found for pair in self._items(*one, ())]
        for name in SHORT:
            own = [one for table, one in found if table == name]
            for part in ("code", "description"):
                _put(row, {f"{name}_{part}": _joined(own, part)})
        yield ASSESSMENTS, row
        yield from found
        if isinstance(sections, dict):
            yield from self._sections(sections)

    def _items(
        self, path: Path, items: list[Any], depth: int, above: tuple[int, ...]
    ) -> Iterator[tuple[str, Row]]:
        table, head = self._table(path)
        scheme = self._codes.get(STEMS.get(path[-1], path[-1]), {})
        stepped = any("_" in code for code in scheme)
        for place, item in enumerate(items, 1):
            if item is None:
                continue
            places = (*above, place)
            row = {**head, ITEM: places[0]}
            for level, inner in enumerate(places[1:], 2):
                row[f"{ITEM}_{level}"] = inner
            lists = _Lists(joined=True)
            fields = item if isinstance(item, dict) else {"value": item}
            own = flatten(
                {key: lists.taken_from(value, (*path, key), depth) for key, value in fields.items()}
            )
            taken = own.keys() & row.keys()
            for name, cell in own.items() if taken else ():
                _put(row, {f"own_{name}" if name in taken else name: cell})
            if not taken:
                row.update(own)
            code, leaf = own.get("code"), own.get("description")
            if stepped and code is not None:
                full = full_description(str(code), scheme, leaf if isinstance(leaf, str) else None)
                _put(row, {FULL: full or None})
            yield table, row
            for one in lists.found:
                yield from self._items(*one, places)

    def _table(self, path: Path) -> tuple[str, Row]:
        name = "_".join(path).lower()
        # Two lists may make one name (a_b, and b in a): the second goes where its name is told.
        if _FILE_NAME.fullmatch(name) and self._owners.setdefault(name, path) == path:
            return name, self._ids
        return OTHER, {**self._ids, "list": ".".join(path)}

    def _sections(self, sections: dict[str, Any]) -> Iterator[tuple[str, Row]]:
        for section, value in sections.items():
            html = _cell(value["en"] if _is_worded(value) else value)
            if html is not None:
                text = plain_text(html) if isinstance(html, str) else None
                yield DOCUMENTATION, {**self._ids, "section": section, "html": html, "text": text}


class _Lists:
    """The lists that are taken out of an object, to become tables."""

    def __init__(self, *, joined: bool) -> None:
        self.found: list[tuple[Path, list[Any], int]] = []
        self._joined = joined  # lists of plain values stay, as one cell

    def taken_from(self, value: Any, path: Path, depth: int) -> Any:
        """``value`` without its lists: an empty one, in the place of each, makes no column."""
        if isinstance(value, dict | list) and depth >= _DEEPEST:
            return _json(value)
        if isinstance(value, dict):
            if _is_worded(value):
                return {"en": self.taken_from(value["en"], path, depth + 1)}
            return {
                key: self.taken_from(inner, (*path, key), depth + 1) for key, inner in value.items()
            }
        if isinstance(value, list):
            if self._joined and not any(isinstance(item, dict | list) for item in value):
                return value
            self.found.append((path, value, depth + 1))
            return []
        if value is None and not self._joined and "_".join(path) in _NO_SCALARS:
            return []  # null in the place of a list: no items
        return value


def _ids(assessment: Record) -> Row:
    taxon = assessment.get("taxon")
    taxon = taxon if isinstance(taxon, dict) else {}
    found = (
        assessment.get("assessment_id"),
        assessment.get("sis_taxon_id", taxon.get("sis_id")),
        taxon.get("scientific_name", assessment.get("taxon_scientific_name")),
    )
    return {name: _cell(value) for name, value in zip(IDS, found, strict=True)}


def _put(row: Row, cells: Row) -> None:
    """Add cells; one whose name is taken by another value gets a number: ``item_2``."""
    for name, cell in cells.items():
        free, number = name, 2
        while row.get(free) is not None and row[free] != cell and cell is not None:
            free, number = f"{name}_{number}", number + 1
        if row.get(free) is None:
            row[free] = cell


def _joined(rows: list[Row], name: str) -> Cell:
    cells = [row.get(name) for row in rows]
    return flatten({name: cells}).get(name) if any(cell is not None for cell in cells) else None


def _is_worded(value: Any) -> bool:
    return isinstance(value, dict) and value.keys() == {"en"}


def _cell(value: Any) -> Cell:
    return _json(value) if isinstance(value, dict | list) else value


def _json(value: dict[str, Any] | list[Any]) -> str:
    try:
        return msgspec.json.encode(value).decode()
    except RecursionError:
        return "(nested too deeply)"
