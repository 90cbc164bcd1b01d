"""A server of a list whose taxa have assessments of several scopes, all invented."""

from __future__ import annotations

import json
from contextlib import AbstractContextManager
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.support.raw_server import Scripted, http, number_of, scripted

GLOBAL, EUROPE, MEDITERRANEAN = ("1", "Global"), ("2", "Europe"), ("5", "Mediterranean")


EPITHETS = ("nulla", "prima", "secunda", "tertia", "quarta")


def name_of(taxon: int) -> str:
    """The invented name of a taxon."""
    return f"Inventa {EPITHETS[taxon % len(EPITHETS)]}"


def row(number: int, taxon: int, year: int, *scopes: tuple[str, str], latest: bool) -> Any:
    """A row as the API has it."""
    return {
        "assessment_date": f"{year}-01-31T00:00:00.000+00:00",
        "year_published": str(year),
        "latest": latest,
        "possibly_extinct": False,
        "possibly_extinct_in_the_wild": False,
        "sis_taxon_id": taxon,
        "criteria": None,
        "url": f"https://www.iucnredlist.example/species/{taxon}/{number}",
        "taxon_scientific_name": name_of(taxon),
        "red_list_category_code": "VU",
        "assessment_id": number,
        "scopes": [{"description": {"en": name}, "code": code} for code, name in scopes],
    }


ROWS = [
    row(101, 1, 2012, EUROPE, latest=True),
    row(102, 1, 2008, GLOBAL, latest=True),
    row(103, 2, 2010, EUROPE, latest=True),
    row(104, 2, 2020, MEDITERRANEAN, latest=True),
    row(105, 3, 1996, GLOBAL, latest=False),
    row(106, 3, 2004, EUROPE, latest=False),
    row(107, 4, 2024, GLOBAL, EUROPE, latest=True),
    row(108, 1, 2023, GLOBAL, latest=False),
]
"""Two taxa have two latest assessments, taxon 3 has none."""

STATUSES = [102, 104, 106, 107]
"""The assessment of each taxon that is its status, in the order of the rows."""

_PAGE_SIZE = 3


def scoped_answer(path: str, nth: int) -> bytes:
    """An answer about :data:`ROWS`."""
    given = urlsplit(path)
    params = {name: values[0] for name, values in parse_qs(given.query).items()}
    stem = given.path.removeprefix("/api/v4/")
    if "information" in stem:
        return http(b'{"red_list_version":"2026-1"}')
    if stem.startswith("assessment/"):
        found = next(one for one in ROWS if one["assessment_id"] == int(stem.rpartition("/")[2]))
        name = {"sis_id": found["sis_taxon_id"], "scientific_name": found["taxon_scientific_name"]}
        return http(json.dumps({**found, "taxon": name, "threats": []}).encode())
    if stem == "taxa/scientific_name":
        taxon = EPITHETS.index(params["species_name"])
        body = {
            "taxon": {"sis_id": taxon, "scientific_name": name_of(taxon)},
            "assessments": [one for one in ROWS if one["sis_taxon_id"] == taxon],
        }
        return http(json.dumps(body).encode())
    rows = [one for one in ROWS if one["latest"] or params.get("latest") != "true"]
    if (scope := params.get("scope_code", "*")) != "*":
        rows = [one for one in rows if any(scope == its["code"] for its in one["scopes"])]
    if stem == "assessment_search":
        ids = [one["assessment_id"] for one in rows]
        return http(json.dumps({"assessment_ids": ids}).encode(), total_pages="1")
    start = (number_of(path) - 1) * _PAGE_SIZE
    body = {"assessments": rows[start : start + _PAGE_SIZE]}
    said = {"total_pages": -(-len(rows) // _PAGE_SIZE), "total_count": len(rows)}
    return http(json.dumps(body).encode(), **{name: str(value) for name, value in said.items()})


def scoped_list() -> AbstractContextManager[Scripted]:
    """Serves :data:`ROWS` in pages of three; takes ``latest`` and ``scope_code``, ``*`` for all."""
    return scripted(scoped_answer)
