"""API v3: pages from 0, 10,000 a page, and an odd way to refuse a token."""

from __future__ import annotations

from .conftest import Client

KEYS = [
    "taxonid", "kingdom_name", "phylum_name", "class_name", "order_name", "family_name",
    "genus_name", "scientific_name", "taxonomic_authority", "infra_rank", "infra_name",
    "population", "category", "main_common_name",
]  # fmt: skip


def test_sixteen_pages_of_species(client: Client) -> None:
    """16 pages hold every taxon once; the page after them is empty."""
    pages = [client.get(f"/api/v3/species/page/{page}?token=any").json for page in range(17)]
    assert [page["count"] for page in pages[:15]] == [10_000] * 15
    assert 0 < pages[15]["count"] <= 10_000
    assert pages[16] == {"count": 0, "region": "global", "page": "16", "result": []}
    assert [page["page"] for page in pages] == [str(number) for number in range(17)]
    records = [record for page in pages for record in page["result"]]
    assert all(list(record) == KEYS for record in records)
    total = client.v4("statistics/count").json["count"]
    assert len({record["taxonid"] for record in records}) == len(records) == total
    assert {record["infra_rank"] for record in records} == {None, "ssp.", "var."}
    assert any(record["population"] for record in records)
    assert any(
        not record["scientific_name"].isascii() or '"' in (record["main_common_name"] or "")
        for record in records
    )
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
