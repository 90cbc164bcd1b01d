"""The The recipe for the input of a Red List Index, in the topic python-api."""

from __future__ import annotations

import csv
from pathlib import Path

from tests.support.doc_blocks import blocks
from tui_app.docs import topic
from tui_app.export.tables_folder import write_tables
from tui_app.redlist.taxon import history


def assessment(number: int, year: str, category: str, scope: str = "1", **more) -> dict:
    return {
        "assessment_id": number,
        "year_published": year,
        "sis_taxon_id": number // 10,
        "red_list_category_code": category,
        "scopes": [{"code": scope, "description": {"en": "a scope"}}],
        **more,
    }


def taxon(number: int, *assessments: dict) -> dict:
    about = {"sis_id": number, "scientific_name": f"Aus bus{number}", "class_name": "AVES"}
    return {"taxon": about, "assessments": list(assessments)}


def test_the_recipe_makes_what_the_index_reads_of_the_history() -> None:
    """Else the columns have other names or types, or a species has two categories in a year."""
    answers = [
        taxon(
            1,
            assessment(10, "2024", "CR", possibly_extinct=True),
            assessment(11, "2004", "EN"),
            assessment(12, "2008", "LC", scope="2"),
            assessment(13, "1994", "LR/nt"),
        ),
        taxon(2, assessment(20, "2007", "LC", scopes=[{"code": "2"}, {"code": "1"}])),
        taxon(3, assessment(30, "2024", "N/A")),
    ]
    write_tables(Path("taxa"), None, ((one, history(one)) for one in answers))
    section = topic("python-api").text.partition("## Input of a Red List Index")[2]
    (recipe,) = (block.text for block in blocks(section) if block.kind == "python")
    exec(recipe, {})
    with Path("index.csv").open(encoding="utf-8", newline="") as file:
        found = list(csv.reader(file))
    assert found == [
        ["id", "red_list_category", "year", "group"],
        ["1", "EN", "2004", "AVES"],
        ["1", "EN", "2008", "AVES"],
        ["1", "CR(PE)", "2024", "AVES"],
        ["2", "LC", "2008", "AVES"],
        ["2", "LC", "2024", "AVES"],
    ]
