"""The catalogue: every operation that the Red List API offers, as data."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Literal
from urllib.parse import quote

Api = Literal["v4", "v3"]

API_ROOTS: Final[dict[Api, str]] = {"v4": "/api/v4/", "v3": "/api/v3/"}
"""Path below which each version answers."""

LIVE_BASE_URLS: Final[dict[Api, str]] = {
    "v4": "https://api.iucnredlist.org",
    "v3": "https://apiv3.iucnredlist.org",
}
"""The real servers' roots, without ``/api/v4``."""

FIRST_PAGE: Final[dict[Api, int]] = {"v4": 1, "v3": 0}
"""Number of the first page: v4 counts from 1, v3 from 0."""


SEARCH_FILTER: Final = "filter_on[]"
"""The parameter of ``assessment_search``; given several times, all of them must hold."""

SEARCH_ROWS: Final = "assessment_ids"
"""Its answer's list: integers, where every other list of assessments has objects."""

SEARCH_FILTERS: Final[dict[str, str]] = {
    "amazing": "in IUCN's list of amazing species",
    "cr_pe": "Critically Endangered, possibly extinct",
    "cr_pew": "Critically Endangered, possibly extinct in the wild",
    "endemic": "endemic to one country",
    "eu_27_post_2020_endemic": "endemic to the EU of 27 states (since 2020)",
    "gss": "has a Green Status assessment",
    "needs_updating": "older than ten years: needs updating",
}
"""The filters that ``assessment_search`` is known to take, with what they mean.

Source: recorded answers and the API's documentation of 2026. The API describes none of them; the
meanings are read from their names and from the site's own search.
"""

NOT_GIVEN: Final[dict[str, str]] = {
    "cites appendix appendices": "The Red List API has no CITES appendices. Species+ has them: "
    "api.speciesplus.net.",
    "gbif taxonkey usagekey": "The Red List API has no GBIF keys. GBIF's own API gives the key of "
    "a scientific name: api.gbif.org/v1/species/match.",
    "change changes changed reason reasons genuine nongenuine": "The Red List API has no reasons "
    "for a change of category. Table 7 of IUCN's summary statistics has them for each release.",
    "stress stresses stressor": "The Red List API lists stresses and threats apart: it doesn't say "
    "which threat causes a stress. The assessment's PDF on the Red List site does.",
}
"""What people look for and the API doesn't have: the words that they use, and a sentence."""


def not_given(text: str) -> str:
    """The sentence on what ``text`` asks for and the API doesn't have; mostly empty."""
    asked = set(re.split("[^a-z]+", text.casefold()))
    found = (said for words, said in NOT_GIVEN.items() if asked.intersection(words.split()))
    return next(found, "")


class Kind(StrEnum):
    """What sort of answer an operation gives."""

    CODES = "code list"
    PAGED = "paged list"
    RECORD = "one record"
    ANSWER = "one response"


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of the API."""

    path: str  # the API's own, with {code} where a value belongs
    kind: Kind
    help: str  # a line for people
    # key of the list in its body; None where the body itself is the record
    rows_key: str | None = None
    row_id: str | None = None  # key of an integer that every row has; None where nothing is certain
    filters: tuple[str, ...] = ()  # parameters that narrow a paged list
    required: tuple[str, ...] = ()  # parameters without which it answers nothing
    optional: tuple[str, ...] = ()  # further parameters of a single record
    api: Api = "v4"

    @property
    def paged(self) -> bool:
        """Whether it answers in numbered pages."""
        return self.kind is Kind.PAGED

    @property
    def takes(self) -> str | None:
        """Name of the value in its path (``code`` in ``countries/{code}``), or None."""
        start = self.path.find("{")
        return None if start < 0 else self.path[start + 1 : self.path.index("}")]

    @property
    def gives_taxon(self) -> bool:
        """Whether it answers with one taxon and its assessments."""
        return self.kind is Kind.RECORD and self.stem.startswith("taxa/")

    @property
    def lists_assessments(self) -> bool:
        """Whether its answer has a list of assessments, each with its id."""
        return self.gives_taxon or (self.paged and self.row_id == "assessment_id")

    @property
    def gives_assessment(self) -> bool:
        """Whether it answers with one full assessment."""
        return self.kind is Kind.RECORD and self.row_id == "assessment_id"

    @property
    def lists_in_full(self) -> bool:
        """Whether each of its rows is a whole assessment with its taxon: of Green Status."""
        return self.stem == "green_status/all"

    @property
    def stem(self) -> str:
        """Its path up to the value: ``countries`` for ``countries/{code}``."""
        return self.path.split("/{", 1)[0]


_TAXA_FILTERS: Final = ("latest", "year_published", "scope_code")
_CODE_FILTERS: Final = (*_TAXA_FILTERS, "possibly_extinct", "possibly_extinct_in_the_wild")

_CODE_LISTS: Final = {
    "biogeographical_realms": ("biogeographical_realm", "biogeographical realm"),
    "comprehensive_groups": ("comprehensive_group", "comprehensively assessed group"),
    "conservation_actions": ("conservation_action", "conservation action"),
    "countries": ("country", "country (ISO alpha-2)"),
    "faos": ("fao", "FAO marine fishing area"),
    "growth_forms": ("growth_form", "plant growth form"),
    "habitats": ("habitat", "habitat"),
    "population_trends": ("population_trend", "population trend"),
    "red_list_categories": ("red_list_category", "Red List category"),
    "research": ("research", "research needed"),
    "scopes": ("scope", "scope of the assessment"),
    "stresses": ("stress", "stress"),
    "systems": ("system", "system (land, fresh water, sea)"),
    "threats": ("threat", "threat"),
    "use_and_trade": ("use_and_trade", "use and trade"),
}
"""Each code list: the key under which a coded list holds the code, and what its codes are."""

CODE_HEADS: Final[dict[str, str]] = {
    **{head: stem for stem, (head, _) in _CODE_LISTS.items()},
    "use_trade": "use_and_trade",
}
"""Keys under which a coded list holds the code that was asked for, with that operation's stem."""

PAGE_SIGNS: Final = (*CODE_HEADS, "filters", "taxon")
"""Keys of a page, besides its rows, that tell which request it answers."""


TAXON_RANKS: Final = ("kingdom", "phylum", "class", "order", "family")
"""The ranks that the API lists, from the widest to the narrowest."""


def _assessments(path: str, about: str, filters: tuple[str, ...] = ()) -> Operation:
    return Operation(path, Kind.PAGED, about, "assessments", "assessment_id", filters)


def _catalogue() -> Iterator[Operation]:
    for stem, (_, what) in _CODE_LISTS.items():
        groups = stem == "comprehensive_groups"
        key, value = ("comprehensive_group", "name") if groups else (stem, "code")
        filters = tuple(name for name in _CODE_FILTERS if (stem, name) != ("scopes", "scope_code"))
        yield Operation(stem, Kind.CODES, f"codes: each {what}", key)
        yield _assessments(f"{stem}/{{{value}}}", f"assessments of one {what}", filters)
    for rank in TAXON_RANKS:
        path = f"taxa/{rank}"
        yield Operation(path, Kind.CODES, f"names: each {rank}", f"{rank}_names")
        yield _assessments(f"{path}/{{{rank}_name}}", f"assessments of one {rank}", _TAXA_FILTERS)
    for path, what in (
        ("taxa/possibly_extinct", "possibly extinct taxa"),
        ("taxa/possibly_extinct_in_the_wild", "taxa possibly extinct in the wild"),
    ):
        yield _assessments(path, f"latest assessments of {what} (20 a page)")
    yield Operation(
        "assessment_search",
        Kind.PAGED,
        "ids of the assessments that match all filter_on[] filters",
        SEARCH_ROWS,
        "assessment_id",
        required=(SEARCH_FILTER,),
    )
    yield Operation(
        "assessment/{assessment_id}", Kind.RECORD, "one full assessment", None, "assessment_id"
    )
    yield Operation("taxa/sis/{sis_id}", Kind.RECORD, "a taxon and its assessments, by SIS id")
    yield Operation(
        "taxa/scientific_name",
        Kind.RECORD,
        "a taxon and its assessments, by name",
        required=("genus_name", "species_name"),
        optional=("infra_name", "subpopulation_name"),
    )
    yield Operation("green_status/all", Kind.ANSWER, "all Green Status assessments", "assessments")
    yield Operation("statistics/count", Kind.ANSWER, "how many species are assessed")
    yield Operation("information/api_version", Kind.ANSWER, "version of the API")
    yield Operation("information/red_list_version", Kind.ANSWER, "version of the Red List")
    species = "all species, 10,000 a page (retired)"
    yield Operation("species/page", Kind.PAGED, species, "result", "taxonid", api="v3")
    yield Operation("version", Kind.ANSWER, "version of the Red List (retired)", api="v3")


OPERATIONS: Final[tuple[Operation, ...]] = tuple(_catalogue())
"""All 50 operations of v4, and those of v3 that the tool knows."""

ASSESSMENT: Final = next(one for one in OPERATIONS if one.gives_assessment)
"""The operation that answers with one full assessment."""


def operations_of(api: Api) -> tuple[Operation, ...]:
    """The operations of one version, in the catalogue's order."""
    return tuple(op for op in OPERATIONS if op.api == api)


WITH_BELOW: Final = "+"
"""Behind a code: that code and all codes below it, ``threats/5+``."""

Params = tuple[tuple[str, str], ...]
"""Query parameters in the order in which they are sent; a name may occur twice."""


@dataclass(frozen=True, slots=True)
class Target:
    """One operation with its value and filters: ``countries/MG``, ``latest=true``."""

    operation: Operation
    value: str | None = None  # what stands in for {code} in its path
    params: Params = ()  # without the page, and never with a token

    def __hash__(self) -> int:
        # By default the whole of the operation is hashed: with a million names that is a second.
        return hash((self.operation.path, self.value, self.params))

    @property
    def path(self) -> str:
        """The path below the API's root, percent-encoded: ``countries/MG``."""
        if self.value is None:
            return self.operation.path
        return f"{self.operation.stem}/{quote(self.value, safe='')}"

    @property
    def label(self) -> str:
        """The target as a person writes it, with its parameters; reads back as the same target."""
        base = self.operation.stem
        if self.value is not None:
            base += f"/{_written(self.value, '%/?')}"
            if base.endswith(WITH_BELOW):  # else the codes below it would be read as well
                base = f"{base[:-1]}{quote(WITH_BELOW)}"
        if not self.params:
            return base
        pairs = (
            f"{_written(name, '%&+=')}={_written(value, '%&+')}" for name, value in self.params
        )
        return f"{base}?{'&'.join(pairs)}"


def _written(text: str, special: str) -> str:
    # Only what would be read differently is encoded: "Bay of Fundy" stays as it is.
    if text != text.strip():
        special += " "
    return "".join(
        char if char.isprintable() and char not in special else quote(char, safe="")
        for char in text
    )
