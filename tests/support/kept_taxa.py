"""Invented answers on taxa, and runs that have them saved."""

from __future__ import annotations

from typing import Any

import msgspec

from tui_app.store import NewRun, PageRow, RunState, Store


def listed(name: str, number: int, **more: Any) -> dict[str, Any]:
    """A row of a list: a latest global assessment, unless ``more`` says otherwise."""
    row = {
        "assessment_date": "2020-05-17T01:00:00.000+01:00",
        "year_published": "2020",
        "latest": True,
        "possibly_extinct": False,
        "possibly_extinct_in_the_wild": False,
        "sis_taxon_id": number // 10,
        "criteria": None,
        "url": f"https://www.iucnredlist.example/species/{number // 10}/{number}",
        "taxon_scientific_name": name,
        "red_list_category_code": "LC",
        "assessment_id": number,
        "scopes": [{"description": {"en": "Global"}, "code": "1"}],
    }
    return {**row, **more}


def page_of(*rows: Any) -> dict[str, Any]:
    """A page of a list."""
    return {"assessments": list(rows), "filters": {}}


def taxon_of(name: str, *synonyms: str, **more: Any) -> dict[str, Any]:
    """A taxon as full answers have it."""
    genus, species = name.split()[:2]
    return {
        "sis_id": 1,
        "scientific_name": name,
        "class_name": "INVENTA",
        "order_name": "INVENTIFORMES",
        "family_name": "INVENTIDAE",
        "genus_name": genus,
        "species_name": species,
        "common_names": [{"main": True, "name": f"Main {species}", "language": "eng"}],
        "synonyms": [{"name": one, "status": "ADDED"} for one in synonyms],
        **more,
    }


def full(taxon: dict[str, Any], number: int, code: str = "EN") -> dict[str, Any]:
    """A full assessment."""
    row = listed(taxon["scientific_name"], number)
    del row["taxon_scientific_name"], row["red_list_category_code"]
    return {**row, "taxon": taxon, "red_list_category": {"code": code}, "habitats": []}


def keep(store: Store, *answers: Any, source: str = "live") -> str:
    """Save answers, as objects or bytes, in a run of their own; gives its id."""
    run = store.begin(NewRun(source, "v4", "http://h", "asyncio", "a", ("a",), {}))
    for number, answer in enumerate(answers):
        body = answer if isinstance(answer, bytes) else msgspec.json.encode(answer)
        key = "assessments" if b'"filters"' in body else None
        page = PageRow(0, number, f"/{run}/{number}", 200, 1, None, None, None, body, key)
        store.keep(run, [(page, None)])
    store.end(run, RunState.COMPLETE, {})
    return run
