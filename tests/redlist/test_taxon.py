"""A taxon's answer as rows: its history, and the tables of its lists."""

from __future__ import annotations

from typing import Any

import pytest

from tui_app.redlist import flatten
from tui_app.redlist.columns import HISTORY_COLUMNS, TAXA_TABLES
from tui_app.redlist.tables import tidy_taxon
from tui_app.redlist.taxon import common_name, history, newest_first

GLOBAL = [{"description": {"en": "Global"}, "code": "1"}]
EUROPE = [{"description": {"en": "Europe"}, "code": "2"}]


def assessment(number: int, year: str | None, **more: Any) -> dict[str, Any]:
    return {
        "assessment_date": f"{year}-05-17T01:00:00.000+01:00",
        "year_published": year,
        "latest": False,
        "possibly_extinct": False,
        "possibly_extinct_in_the_wild": False,
        "sis_taxon_id": 3,
        "criteria": None,
        "url": f"https://redlist.invalid/3/{number}",
        "taxon_scientific_name": "Aus bus",
        "red_list_category_code": "VU",
        "assessment_id": number,
        "scopes": GLOBAL,
        **more,
    }


ANSWER: dict[str, Any] = {
    "sis_id": 3,
    "taxon": {
        "sis_id": 3,
        "scientific_name": "Aus bus",
        "species_taxa": [],
        "subpopulation_taxa": None,
        "infrarank_taxa": [{"sis_id": 4, "scientific_name": "Aus bus ssp. cus", "synonyms": []}],
        "kingdom_name": "ANIMALIA",
        "phylum_name": "CHORDATA",
        "class_name": "MAMMALIA",
        "order_name": "AORDER",
        "family_name": "AUSIDAE",
        "genus_name": "Aus",
        "species_name": "bus",
        "subpopulation_name": None,
        "infra_name": None,
        "authority": "(Ficta, 1758)",
        "species": True,
        "subpopulation": False,
        "infrarank": False,
        "ssc_groups": [{"name": "Aus Group", "url": "https://x.invalid", "description": "of Aus"}],
        "common_names": [
            {"main": True, "name": "Lebus", "language": "fre"},
            None,
            {"main": False, "name": "Bus", "language": "eng"},
            {"main": True, "name": "Grey Bus", "language": "eng"},
        ],
        "synonyms": [{"name": "Bus aus", "status": "ACCEPTED", "genus_name": "Bus"}],
    },
    "assessments": [
        assessment(30, "2025", latest=True, red_list_category_code="CR", possibly_extinct=True),
        None,
        assessment(20, "2016", latest=True, scopes=[*EUROPE, *GLOBAL]),
        assessment(10, "1996", scopes=None, red_list_category_code="LR/nt"),
    ],
}


def test_each_assessment_is_a_row_with_the_fields_of_its_taxon() -> None:
    """Else years and categories of one taxon stand in a cell, as 2025|2016|1996."""
    rows = [flatten(row) for row in history(ANSWER)]
    assert tuple(rows[0]) == HISTORY_COLUMNS
    assert [(row["year_published"], row["red_list_category_code"]) for row in rows] == [
        ("2025", "CR"),
        ("2016", "VU"),
        ("1996", "LR/nt"),
    ]
    assert [row["red_list_category_pe"] for row in rows] == ["CR(PE)", "VU", "LR/nt"]
    assert {(row["class_name"], row["authority"], row["common_name"]) for row in rows} == {
        ("MAMMALIA", "(Ficta, 1758)", "Grey Bus")
    }
    assert rows[1]["scopes_code"] == "2|1"
    assert rows[0]["assessment_date"] == "2025-05-17"
    joined = {name for row in rows for name, cell in row.items() if "|" in str(cell)}
    assert joined == {"scopes_code", "scopes_description"}


@pytest.mark.parametrize("listed", [None, [], [None], "none", {"a": 1}])
def test_a_taxon_without_assessments_makes_no_empty_row(listed: object) -> None:
    """Else counts of assessments have one too many."""
    assert history({**ANSWER, "assessments": listed}) == []
    assert history({"taxon": None, "assessments": listed}) == []


def test_what_an_older_answer_lacks_is_filled_from_the_taxon() -> None:
    """In 2024 rows had no name, and a row without one can't be joined by it."""
    old = {"year_published": "2008", "assessment_id": 5, "scopes": []}
    (row,) = history({**ANSWER, "assessments": [old]})
    assert (row["sis_taxon_id"], row["taxon_scientific_name"]) == (3, "Aus bus")
    assert "red_list_category_pe" not in row
    assert old == {"year_published": "2008", "assessment_id": 5, "scopes": []}


@pytest.mark.parametrize(
    ("only", "ids"),
    [
        ((("latest", "true"),), [30]),
        ((("scope_code", "2"),), [20]),
        ((("year_published", "1996"),), [10]),
        ((("year_published", "1900"),), []),
    ],
)
def test_filters_choose_among_the_rows(only: tuple, ids: list[int]) -> None:
    """Else `--scope 1` of a taxon gives assessments of Europe as well."""
    assert [row["assessment_id"] for row in history(ANSWER, only)] == ids


def test_full_assessments_add_their_fields_and_no_second_taxon() -> None:
    """Else each field of the taxon has two columns."""

    def detailed(row: dict[str, Any]) -> dict[str, Any]:
        full = {"taxon": ANSWER["taxon"], "citation": "C", "threats": [{"code": "1_1"}], "new": 1}
        return {**row, **full, "red_list_category": {"version": "3.1", "code": "CR"}}

    row = flatten(history(ANSWER, detailed=detailed)[0])
    assert (row["citation"], row["threats_code"], row["new"]) == ("C", "1_1", 1)
    assert (row["red_list_category_code"], row["red_list_category_version"]) == ("CR", "3.1")
    assert row["class_name"] == "MAMMALIA"
    assert not any(name.startswith("taxon_") for name in row.keys() - {"taxon_scientific_name"})


@pytest.mark.parametrize(
    ("names", "found"),
    [
        ([("A", "fre", True), ("B", "eng", False), ("C", "eng", True)], "C"),
        ([("A", "fre", True), ("B", "eng", False), ("C", "eng", False)], "B"),
        ([("A", "fre", False), ("B", "fre", True)], "B"),
        ([("A", "fre", False)], None),
        ([(None, "eng", True), (7, "eng", True), ("D", None, True)], "D"),
        ([], None),
    ],
)
def test_the_common_name_is_the_main_english_one(names: list, found: str | None) -> None:
    """Else a table of English names has a French one, or the first of many."""
    listed = [{"name": name, "language": tongue, "main": main} for name, tongue, main in names]
    assert common_name({"common_names": [None, *listed]}) == found
    assert common_name({"common_names": None}) is None


def test_the_newest_assessment_comes_first() -> None:
    """Whatever the server's order; one without a year comes last."""
    rows = [assessment(number, year) for number, year in ((1, "1996"), (2, None), (3, "2025"))]
    rows.append(assessment(4, "2025", assessment_date="2025-11-01"))
    assert [row["assessment_id"] for row in newest_first(rows)] == [4, 3, 1, 2]


def test_the_tables_of_a_taxon() -> None:
    """Else synonyms and common names can be had in JSON only."""
    found: dict[str, list[dict[str, Any]]] = {}
    for name, row in tidy_taxon(ANSWER | {"params": {"genus_name": "AUS"}}, history(ANSWER), {}):
        found.setdefault(name, []).append(row)
    assert [row["assessment_id"] for row in found.pop("history")] == [30, 20, 10]
    (taxon,) = found.pop("taxa")
    assert tuple(taxon) == (*TAXA_TABLES["taxa"], "params_genus_name")
    assert (taxon["sis_taxon_id"], taxon["common_name"]) == (3, "Grey Bus")
    ids = {"sis_taxon_id": 3, "scientific_name": "Aus bus"}
    assert found == {
        "infrarank_taxa": [
            {**ids, "item": 1, "sis_id": 4, "own_scientific_name": "Aus bus ssp. cus"}
        ],
        "ssc_groups": [
            {**ids, "item": 1, "name": "Aus Group", "url": "https://x.invalid",
             "description": "of Aus"},
        ],
        "common_names": [
            {**ids, "item": 1, "main": True, "name": "Lebus", "language": "fre"},
            {**ids, "item": 3, "main": False, "name": "Bus", "language": "eng"},
            {**ids, "item": 4, "main": True, "name": "Grey Bus", "language": "eng"},
        ],
        "synonyms": [
            {**ids, "item": 1, "name": "Bus aus", "status": "ACCEPTED", "genus_name": "Bus"}
        ],
    }  # fmt: skip


@pytest.mark.parametrize(
    "answer", [{}, {"taxon": []}, {"sis_id": [1], "taxon": {"scientific_name": {"a": 1}}}]
)
def test_any_answer_is_taken(answer: dict[str, Any]) -> None:
    """Else one odd taxon ends the export of ten thousand."""
    assert [name for name, _ in tidy_taxon(answer, history(answer), {})] == ["taxa"]
