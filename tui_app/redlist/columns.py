"""The order of columns in tables and CSV files, where it doesn't follow the answer itself.

A table begins with these columns, also when it has no rows; fields that the API adds come after.
"""

from typing import Final

from .operations import Api


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split())


USUAL_COLUMNS: Final[dict[Api, tuple[str, ...]]] = {
    "v4": _names(
        "assessment_date year_published latest possibly_extinct possibly_extinct_in_the_wild "
        "sis_taxon_id criteria url taxon_scientific_name red_list_category_code assessment_id "
        "scopes_description scopes_code"
    ),
    "v3": _names(
        "taxonid kingdom_name phylum_name class_name order_name family_name genus_name "
        "scientific_name taxonomic_authority infra_rank infra_name population category "
        "main_common_name"
    ),
}
"""Columns of a paged list's rows, as the API answered in 2026: the header of an empty table."""

HISTORY: Final = "history"
TAXA: Final = "taxa"
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

_IN_PLACE: Final = "supplementary_info_conservation_actions_in_place"
_LINEAGE: Final = (
    "kingdom_name phylum_name class_name order_name family_name genus_name species_name "
    "subpopulation_name infra_name authority"
)
_RELATIVE: Final = f"sis_id own_scientific_name {_LINEAGE}"
_CODED: Final = "description code"
_OF_LISTS: Final = {
    "taxon_species_taxa": _RELATIVE,
    "taxon_subpopulation_taxa": _RELATIVE,
    "taxon_infrarank_taxa": _RELATIVE,
    "taxon_ssc_groups": "name url description",
    "taxon_common_names": "main name language",
    "taxon_synonyms": "name status genus_name species_name species_author infrarank_author "
    "subpopulation_name infra_type infra_name",
    _IN_PLACE: "name",
    f"{_IN_PLACE}_actions": "item_2 name value",
    "biogeographical_realms": _CODED,
    "conservation_actions": f"note code description {FULL}",
    "faos": _CODED,
    "habitats": f"majorImportance season suitability {_CODED} {FULL}",
    "locations": f"is_endemic formerlyBred origin presence seasonality {_CODED}",
    "researches": f"note code description {FULL}",
    "use_and_trade": f"international national subsistence other {_CODED}",
    "threats": "scope timing internationalTrade score severity ancestry virus ias text "
    f"{_CODED} {FULL}",
    "credits": "credit_type_name full value",
    "errata": "reason",
    "references": "citation year title author citation_short",
    "growth_forms": _CODED,
    "lmes": _CODED,
    "scopes": _CODED,
    "stresses": f"{_CODED} {FULL}",
    "systems": _CODED,
}

WELL_KNOWN: Final[dict[str, tuple[str, ...]]] = {
    ASSESSMENTS: (
        *IDS,
        *_names(
            "assessment_date year_published latest possibly_extinct possibly_extinct_in_the_wild "
            "criteria url citation assessment_points assessment_ranges taxon_sis_id "
            "taxon_scientific_name"
        ),
        *(f"taxon_{name}" for name in _names(_LINEAGE)),
        *_names(
            "population_trend_description population_trend_code red_list_category_version "
            "red_list_category_description red_list_category_code red_list_category_pe"
        ),
        *(f"{name}_{part}" for name in SHORT for part in ("code", "description")),
        "common_name",
    ),
    DOCUMENTATION: (*IDS, "section", "html", "text"),
    **{name: (*IDS, ITEM, *_names(fields)) for name, fields in _OF_LISTS.items()},
}
"""The tables that an assessment has always had, each with its header when it has no rows."""

TAXON_IDS: Final = ("sis_taxon_id", "scientific_name")
"""What every row of every table of taxa begins with, except those of the history."""

_OF_TAXON: Final = _names(f"{_LINEAGE} species subpopulation infrarank common_name")

HISTORY_COLUMNS: Final = (
    *_names(
        "assessment_date year_published latest possibly_extinct possibly_extinct_in_the_wild "
        "sis_taxon_id criteria url taxon_scientific_name red_list_category_code "
        "red_list_category_pe assessment_id scopes_description scopes_code"
    ),
    *_OF_TAXON,
)
"""Columns of a taxon's assessments: the header of an empty table."""

TAXA_TABLES: Final[dict[str, tuple[str, ...]]] = {
    HISTORY: HISTORY_COLUMNS,
    TAXA: (*TAXON_IDS, *_OF_TAXON),
    **{
        name.removeprefix("taxon_"): (*TAXON_IDS, ITEM, *_names(fields))
        for name, fields in _OF_LISTS.items()
        if name.startswith("taxon_")
    },
}
"""The tables that taxa have always had, each with its header when it has no rows."""
