"""API v3: pages from 0, 10,000 a page, and an odd way to refuse a token."""

from __future__ import annotations

from tui_app.demo.catalogue import Catalogue

from .conftest import Client

KEYS = [
    "taxonid", "kingdom_name", "phylum_name", "class_name", "order_name", "family_name",
    "genus_name", "scientific_name", "taxonomic_authority", "infra_rank", "infra_name",
    "population", "category", "main_common_name",
]  # fmt: skip


def test_sixteen_pages_of_species(client: Client) -> None:
    """16 pages hold every taxon once; the page after them is empty."""
    taxa = Catalogue(0).taxa
    ids = [taxa.sis_id(taxon) for taxon in range(taxa.count)]
    assert len(set(ids)) == len(ids) == client.v4("statistics/count").json["count"]
    assert 150_000 < len(ids) <= 160_000
    records = []
    for number in (0, 9, 15, 16):  # each is computed for itself, and takes a quarter of a second
        page = client.get(f"/api/v3/species/page/{number}?token=any").json
        found = page.pop("result")
        assert page == {"count": len(found), "region": "global", "page": str(number)}
        listed = ids[number * 10_000 : (number + 1) * 10_000]
        assert [record["taxonid"] for record in found] == listed
        records += found
    assert all(list(record) == KEYS for record in records)
    assert {record["infra_rank"] for record in records} == {None, "ssp.", "var."}
    assert any(record["population"] for record in records)
    assert any('"' in (record["main_common_name"] or "") for record in records)
    assert any(not record["taxonomic_authority"].isascii() for record in records)


def test_v3_and_v4_tell_the_same(client: Client) -> None:
    """A record of v3 is the latest global assessment of v4, else the latest, else the newest."""
    for record in client.get("/api/v3/species/page/9").json["result"][::1500]:
        body = client.v4(f"taxa/sis/{record['taxonid']}").json
        assert body["taxon"]["scientific_name"] == record["scientific_name"]
        assert body["taxon"]["authority"] == record["taxonomic_authority"]
        latest = max(
            body["assessments"],
            key=lambda one: (
                one["latest"],
                "1" in [scope["code"] for scope in one["scopes"]],
                one["year_published"],
            ),
        )
        assert latest["red_list_category_code"] == record["category"]


def test_single_answers(client: Client) -> None:
    """The version, and the count as the text that it was."""
    assert list(client.get("/api/v3/version").json) == ["version"]
    count = client.get("/api/v3/speciescount").json["count"]
    assert count == str(client.v4("statistics/count").json["count"])
