"""Full assessments agree with the lists that they stand on."""

from __future__ import annotations

import pytest

from .conftest import Client, Reply

FACETS = {  # the list's path: the key of the full assessment
    "biogeographical_realms": "biogeographical_realms",
    "conservation_actions": "conservation_actions",
    "countries": "locations",
    "faos": "faos",
    "growth_forms": "growth_forms",
    "habitats": "habitats",
    "research": "researches",
    "scopes": "scopes",
    "stresses": "stresses",
    "systems": "systems",
    "threats": "threats",
    "use_and_trade": "use_and_trade",
}


def details(client: Client, path: str) -> list[tuple[dict, dict]]:
    """Some rows of a list, each with its full assessment."""
    rows = client.v4(path).json["assessments"][::12]
    replies = [(row, client.v4(f"assessment/{row['assessment_id']}")) for row in rows]
    return [(row, reply.json) for row, reply in replies if is_there(row, reply)]


def is_there(row: dict, reply: Reply) -> bool:
    """Some historical ids are named by lists alone; whatever is latest is there."""
    if row["latest"]:
        assert reply.status == 200
    return reply.status == 200


@pytest.mark.parametrize(("path", "key"), FACETS.items())
def test_who_is_listed_has_the_code(client: Client, path: str, key: str) -> None:
    """An assessment that is listed under a code has it, with the list's own title."""
    code = client.v4(path).json[path][3 if path not in {"systems"} else 1]
    for row, full in details(client, f"{path}/{code['code']}"):
        assert {"description": code["description"], "code": code["code"]}.items() <= next(
            item for item in full[key] if item["code"] == row["code"]
        ).items()


def test_who_has_a_code_is_listed(client: Client) -> None:
    """And the other way round: each code of an assessment leads to a list with it."""
    row = client.v4("taxa/kingdom/CHROMISTA").json["assessments"][-1]
    full = client.v4(f"assessment/{row['assessment_id']}").json
    for path, key in FACETS.items():
        for code in {item["code"] for item in full[key] or ()}:
            query = f"?year_published={row['year_published']}"
            listed = client.pages(f"{path}/{code}{query}")
            ids = {r["assessment_id"] for page in listed for r in page.json["assessments"]}
            assert row["assessment_id"] in ids, (path, code)
            break


def test_rows_tell_what_the_assessment_tells(client: Client) -> None:
    """Year, category, names, dates and flags of a row are those of the full assessment."""
    for row, full in details(client, "red_list_categories/CR"):
        assert row["code"] == full["red_list_category"]["code"] == "CR"
        assert row["taxon_scientific_name"] == full["taxon"]["scientific_name"]
        for key in row.keys() - {
            "taxon_scientific_name",
            "red_list_category_code",
            "code",
            "code_type",
        }:
            assert row[key] == full[key]
    for row, full in details(client, "population_trends/1"):
        assert full["population_trend"]["code"] == row["code"]


def test_a_taxon_is_found_by_id_and_by_name(client: Client) -> None:
    """taxa/sis and taxa/scientific_name give the same taxon and assessments, in any case."""
    for row in client.v4("taxa/class/MAMMALIA").json["assessments"][::7]:
        by_id = client.v4(f"taxa/sis/{row['sis_taxon_id']}").json
        taxon = by_id["taxon"]
        query = f"genus_name={taxon['genus_name'].upper()}&species_name={taxon['species_name']}"
        for key in ("infra_name", "subpopulation_name"):
            if taxon[key]:
                query += f"&{key}={taxon[key].replace(' ', '%20')}"
        by_name = client.v4(f"taxa/scientific_name?{query}").json
        assert by_name["taxon"] == taxon
        assert by_name["assessments"] == by_id["assessments"]
        assert row["assessment_id"] in [one["assessment_id"] for one in by_id["assessments"]]
        assert sum(taxon[rank] for rank in ("species", "subpopulation", "infrarank")) == 1


def test_infraranks_and_subpopulations_know_their_species(client: Client) -> None:
    """What stands below a species names it, and is named by it."""
    seen = set()
    for page in client.pages("taxa/order/CARNIVORA"):
        for row in page.json["assessments"]:
            if len(row["taxon_scientific_name"].split()) > 2 and len(seen) < 2:
                taxon = client.v4(f"taxa/sis/{row['sis_taxon_id']}").json["taxon"]
                kind = "infrarank_taxa" if taxon["infrarank"] else "subpopulation_taxa"
                above = client.v4(f"taxa/sis/{taxon['species_taxa'][0]['sis_id']}").json["taxon"]
                assert above["species"]
                assert taxon["sis_id"] in [below["sis_id"] for below in above[kind]]
                seen.add(kind)
    assert seen == {"infrarank_taxa", "subpopulation_taxa"}


def test_assessments_are_as_awkward_as_real_ones(client: Client) -> None:
    """9 to 130 KB; repeated codes, nulls, markup, quotes, line breaks, several scripts."""
    replies = []
    for page in range(1, 160, 5):
        for row in client.v4(f"comprehensive_groups/amphibians?page={page}").json["assessments"][
            ::25
        ]:
            reply = client.v4(f"assessment/{row['assessment_id']}")
            if is_there(row, reply):
                replies.append(reply)
    sizes = [len(reply.body) for reply in replies]
    assert min(sizes) < 12_000
    assert 90_000 < max(sizes) < 150_000
    full = [reply.json for reply in replies]
    assert any(len(one["stresses"]) > len({s["code"] for s in one["stresses"]}) for one in full)
    assert any(one["population_trend"] is None for one in full)
    text = b"".join(reply.body for reply in replies).decode()
    for awkward in ("\\u003cem\\u003e", '\\"', "\\r\\n", "\\u0026#160;", "ü", "ř", "й", "夜"):
        assert awkward in text
    assert any("\u0600" <= letter <= "\u06ff" for letter in text)  # from right to left


def test_green_status(client: Client) -> None:
    """One unpaged list of Green Status assessments."""
    reply = client.v4("green_status/all")
    assert "total-pages" not in reply.headers
    assert {"species_recovery_category", "recovery_potential_best", "taxon"} <= reply.json[
        "assessments"
    ][0].keys()
