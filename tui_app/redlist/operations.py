"""The catalogue: every operation that the Red List API offers, as data.

Source: the OpenAPI description of v4 (https://api.iucnredlist.org/api-docs) as recorded
by the R package rredlist 1.1, and the v3 documentation for ``species/page``.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Literal

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


class Kind(StrEnum):
    """What sort of answer an operation gives."""

    CODES = "code list"
    PAGED = "paged list"
    RECORD = "one record"
    ANSWER = "one answer"


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of the API.

    Attributes:
        path: the API's own path, with ``{code}`` where a value belongs.
        kind: what sort of answer it gives.
        help: a line for people.
        rows_key: key of the list in its body; None where the body itself is the record.
        row_id: key of an integer that every row must have; None where nothing is certain.
        filters: query parameters that narrow a paged list.
        required: query parameters without which it answers nothing.
        optional: further query parameters of a single record.
        api: the version that has it.
    """

    path: str
    kind: Kind
    help: str
    rows_key: str | None = None
    row_id: str | None = None
    filters: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
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
    def lists_assessments(self) -> bool:
        """Whether its answer has a list of assessments, each with its id."""
        taxon = self.kind is Kind.RECORD and self.stem.startswith("taxa/")
        return taxon or (self.paged and self.row_id == "assessment_id")

    @property
    def gives_assessment(self) -> bool:
        """Whether it answers with one full assessment."""
        return self.kind is Kind.RECORD and self.row_id == "assessment_id"

    @property
    def stem(self) -> str:
        """Its path up to the value: ``countries`` for ``countries/{code}``."""
        return self.path.split("/{", 1)[0]


_TAXA_FILTERS: Final = ("latest", "year_published", "scope_code")
_CODE_FILTERS: Final = (*_TAXA_FILTERS, "possibly_extinct", "possibly_extinct_in_the_wild")

# path, key of the code list's rows, what the codes are, name of the value
_CODED: Final = (
    ("biogeographical_realms", "biogeographical_realms", "biogeographical realm", "code"),
    ("comprehensive_groups", "comprehensive_group", "comprehensively assessed group", "name"),
    ("conservation_actions", "conservation_actions", "conservation action", "code"),
    ("countries", "countries", "country (ISO alpha-2)", "code"),
    ("faos", "faos", "FAO marine fishing area", "code"),
    ("growth_forms", "growth_forms", "plant growth form", "code"),
    ("habitats", "habitats", "habitat", "code"),
    ("population_trends", "population_trends", "population trend", "code"),
    ("red_list_categories", "red_list_categories", "Red List category", "code"),
    ("research", "research", "research needed", "code"),
    ("scopes", "scopes", "scope of the assessment", "code"),
    ("stresses", "stresses", "stress", "code"),
    ("systems", "systems", "system (land, fresh water, sea)", "code"),
    ("threats", "threats", "threat", "code"),
    ("use_and_trade", "use_and_trade", "use and trade", "code"),
)
_RANKS: Final = ("kingdom", "phylum", "class", "order", "family")


def _catalogue() -> tuple[Operation, ...]:
    found: list[Operation] = []
    for stem, key, what, value in _CODED:
        found.append(Operation(stem, Kind.CODES, f"codes: each {what}", key))
        found.append(
            Operation(
                f"{stem}/{{{value}}}",
                Kind.PAGED,
                f"assessments of one {what}",
                "assessments",
                "assessment_id",
                _CODE_FILTERS,
            )
        )
    for rank in _RANKS:
        found.append(Operation(f"taxa/{rank}", Kind.CODES, f"names: each {rank}", f"{rank}_names"))
        found.append(
            Operation(
                f"taxa/{rank}/{{{rank}_name}}",
                Kind.PAGED,
                f"assessments of one {rank}",
                "assessments",
                "assessment_id",
                _TAXA_FILTERS,
            )
        )
    found += [
        Operation(
            "taxa/possibly_extinct",
            Kind.PAGED,
            "latest assessments of possibly extinct taxa (20 a page)",
            "assessments",
            "assessment_id",
        ),
        Operation(
            "taxa/possibly_extinct_in_the_wild",
            Kind.PAGED,
            "latest assessments of taxa possibly extinct in the wild (20 a page)",
            "assessments",
            "assessment_id",
        ),
        Operation(
            "assessment_search",
            Kind.PAGED,
            "assessments by several criteria at once (beta)",
            "assessments",
            "assessment_id",
            required=("filter_on[]",),
        ),
        Operation(
            "assessment/{assessment_id}",
            Kind.RECORD,
            "one assessment in full",
            None,
            "assessment_id",
        ),
        Operation("taxa/sis/{sis_id}", Kind.RECORD, "a taxon and its assessments, by SIS id"),
        Operation(
            "taxa/scientific_name",
            Kind.RECORD,
            "a taxon and its assessments, by name",
            required=("genus_name", "species_name"),
            optional=("infra_name", "subpopulation_name"),
        ),
        Operation("green_status/all", Kind.ANSWER, "all Green Status assessments", "assessments"),
        Operation("statistics/count", Kind.ANSWER, "how many species are assessed"),
        Operation("information/api_version", Kind.ANSWER, "version of the API"),
        Operation("information/red_list_version", Kind.ANSWER, "version of the Red List"),
        Operation(
            "species/page",
            Kind.PAGED,
            "all species, 10,000 a page (retired)",
            "result",
            "taxonid",
            api="v3",
        ),
        Operation("version", Kind.ANSWER, "version of the Red List (retired)", api="v3"),
    ]
    return tuple(found)


OPERATIONS: Final[tuple[Operation, ...]] = _catalogue()
"""All 50 operations of v4, and those of v3 that the tool knows."""


ASSESSMENT: Final = next(one for one in OPERATIONS if one.gives_assessment)
"""The operation that answers with one full assessment."""

USUAL_COLUMNS: Final[dict[Api, tuple[str, ...]]] = {
    "v4": (
        "year_published",
        "latest",
        "sis_taxon_id",
        "url",
        "assessment_id",
        "scopes_description",
        "scopes_code",
    ),
    "v3": (
        "taxonid",
        "kingdom_name",
        "phylum_name",
        "class_name",
        "order_name",
        "family_name",
        "genus_name",
        "scientific_name",
        "taxonomic_authority",
        "infra_rank",
        "infra_name",
        "population",
        "category",
        "main_common_name",
    ),
}
"""Columns of a paged list's rows since it was first recorded: the header of an empty table."""


def operations(api: Api) -> tuple[Operation, ...]:
    """The operations of one version, in the catalogue's order."""
    return tuple(op for op in OPERATIONS if op.api == api)
