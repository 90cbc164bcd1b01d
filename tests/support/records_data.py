"""Invented records for the tests of the table and of a record in full."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

from tui_app.runs.records_table import View

Row = tuple[str, ...]

CATEGORIES = (
    "EX", "EW", "RE", "CR", "EN", "VU", "LR/cd", "LR/nt", "NT", "LR/lc", "LC", "DD", "NA", "NE",
)  # fmt: skip
COLUMNS = ("taxon_scientific_name", "red_list_category_code", "year_published", "criteria", "note")

ASSESSMENT: dict[str, Any] = {
    "assessment_date": "2021-03-04T00:00:00.000Z",
    "year_published": "2021",
    "latest": True,
    "possibly_extinct": False,
    "sis_taxon_id": 41,
    "criteria": "B1ab(iii)",
    "url": "https://www.iucnredlist.org/species/41/4100",
    "citation": "Nobody, A. 2021. <i>Inventa exemplaris</i>. An invented assessment.",
    "assessment_id": 4100,
    "taxon": {
        "sis_id": 41,
        "scientific_name": "Inventa exemplaris",
        "family_name": "INVENTIDAE",
        "infra_name": None,
        "common_names": [
            {"main": False, "name": "Beispieltier", "language": "ger"},
            {"main": True, "name": "Exemplary Beast", "language": "eng"},
        ],
        "synonyms": [],
    },
    "population_trend": {"description": {"en": "Decreasing"}, "code": "1"},
    "red_list_category": {"version": "3.1", "description": {"en": "Endangered"}, "code": "EN"},
    "supplementary_info": {
        "generational_length": "7",
        "population_size": None,
        "conservation_actions_in_place": [
            {
                "name": "In-place education",
                "actions": [{"name": "Included in legislation", "value": "Yes"}],
            }
        ],
    },
    "documentation": {
        "range": "It lives <em>nowhere</em>.<br/><br/>Not even at sea &amp; on islands.",
        "threats": "Being found out.",
        "measures": None,
    },
    "habitats": [
        {
            "majorImportance": "Yes",
            "season": "Resident",
            "suitability": "Suitable",
            "description": {"en": "Forest - Subtropical/Tropical Swamp"},
            "code": "1_8",
        }
    ],
    "threats": [
        {
            "scope": "Majority (50-90%)",
            "timing": "Ongoing",
            "ias": None,
            "severity": "Slow, Significant Declines",
            "score": "Medium Impact: 6",
            "description": {"en": "Unintentional effects: (large scale) [harvest]"},
            "code": "5_3_4",
        },
        {"timing": "Future", "description": {"en": "Droughts"}, "code": "11_2"},
    ],
    "locations": [
        {"origin": "Native", "presence": "Extant", "description": {"en": "Andorra"}, "code": "AD"}
    ],
    "faos": [],
    "scopes": [{"description": {"en": "Global"}, "code": "1"}],
    "references": [{"citation": "Nobody, A. 2001. <i>On nothing.</i> No Press."}] * 3,
    "credits": [{"credit_type_name": "assessor", "full": "Nobody, A.", "value": ["A. Nobody"]}],
}
"""A full assessment of a species that isn't."""

TAXON: dict[str, Any] = {
    "sis_id": 41,
    "taxon": ASSESSMENT["taxon"],
    "assessments": [
        {
            "year_published": year,
            "latest": latest,
            "url": f"https://www.iucnredlist.org/species/41/{year}",
            "taxon_scientific_name": "Inventa exemplaris",
            "red_list_category_code": code,
            "assessment_id": int(year),
            "scopes": [{"description": {"en": scope}, "code": scope_code}],
        }
        for year, latest, code, scope, scope_code in (
            ("2004", False, "LC", "Global", "1"),
            ("2020", True, "CR", "Europe", "2"),
            ("2021", True, "EN", "Global", "1"),
        )
    ],
}
"""What a name or SIS id is answered with."""


class Species(View):
    """A table of invented species, one category after another.

    Attributes:
        gate: where it is cleared, rows come only when it is set again.
        waiting: set when somebody waits at the gate.
    """

    columns = COLUMNS

    def __init__(self, length: int = 1000) -> None:
        self.order = range(length)
        self.gate = threading.Event()
        self.gate.set()
        self.waiting = threading.Event()
        self.asked: list[tuple[int, int]] = []

    def read(self, start: int, stop: int) -> Iterator[Row]:
        if not self.gate.is_set():
            self.waiting.set()
            assert self.gate.wait(30)
        self.asked.append((start, stop))
        for number in range(start, stop):
            yield (
                f"Genus species{number:04}",
                CATEGORIES[number % len(CATEGORIES)],
                str(2000 + number * 7 % 25),
                "" if number % 3 else "B1ab(iii)",
                "",
            )

    def stored(self, place: int) -> dict[str, Any]:
        ((name, code, year, criteria, _),) = self.read(place, place + 1)
        return {
            "year_published": year,
            "url": f"https://www.iucnredlist.org/species/{place}/{place}",
            "taxon_scientific_name": name,
            "red_list_category_code": code,
            "criteria": criteria or None,
            "assessment_id": place,
            "scopes": [{"description": {"en": "Global"}, "code": "1"}],
            "source": "DEMO",
        }


class Records(Species):
    """A table whose records are given."""

    def __init__(self, *records: dict[str, Any]) -> None:
        super().__init__(len(records))
        self.records = records

    def stored(self, place: int) -> dict[str, Any]:
        return self.records[place]
