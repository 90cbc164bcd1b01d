"""Lists of API v4: pages, counts, filters, headers."""

from __future__ import annotations

import gzip
import hashlib

import pytest

from .conftest import Client, Reply


def ids(replies: list[Reply]) -> list[int]:
    """The ids of the assessments on some pages, in order."""
    return [row["assessment_id"] for reply in replies for row in reply.json["assessments"]]


@pytest.mark.parametrize(
    "path",
    [
        "taxa/family/Felidae",
        "countries/VA",
        "comprehensive_groups/seasnakes",
        "growth_forms/LC",
        "taxa/possibly_extinct_in_the_wild",
    ],
)
def test_pages_are_complete_and_without_duplicates(client: Client, path: str) -> None:
    """All pages together hold as many different assessments as the headers say."""
    replies = client.pages(path)
    total = int(replies[0].headers["total-count"])
    size = int(replies[0].headers["page-items"])
    found = ids(replies)
    assert len(found) == len(set(found)) == total
    assert len(replies) == int(replies[0].headers["total-pages"]) == -(-total // size)
    assert all(len(reply.json["assessments"]) == size for reply in replies[:-1])
    assert [reply.headers["current-page"] for reply in replies] == [
        str(page) for page in range(1, len(replies) + 1)
    ]


@pytest.mark.parametrize(
    ("path", "least", "most"),
    [
        ("taxa/kingdom/ANIMALIA", 1724, 1724),
        ("red_list_categories/CR", 95, 115),
        ("countries/MG", 60, 80),
        ("countries/VA", 2, 8),
        ("taxa/family/Felidae", 2, 6),
        ("taxa/order/Crocodylia", 2, 2),
        ("comprehensive_groups/amphibians", 100, 200),
    ],
)
def test_lists_are_as_long_as_the_real_ones(
    client: Client, path: str, least: int, most: int
) -> None:
    """The numbers of pages resemble the real API's."""
    assert least <= int(client.v4(path).headers["total-pages"]) <= most


def test_last_page_of_the_longest_list(client: Client) -> None:
    """The last page of 1,724 is there, short, and the next one is empty."""
    last = client.v4("taxa/kingdom/ANIMALIA?page=1724")
    assert 0 < len(last.json["assessments"]) <= 100
    assert 'rel="next"' not in last.headers["link"]
    past = client.v4("taxa/kingdom/ANIMALIA?page=1725")
    assert past.status == 200
    assert past.json == {"assessments": [], "filters": {"kingdom_name": "ANIMALIA"}}


def test_links_lead_from_page_to_page(client: Client, demo) -> None:
    """The link header names this server, keeps the filters, and gives per_page."""
    reply = client.v4("countries/MG?latest=true&page=2")
    url = f"{demo.base_url}/api/v4/countries/MG?latest=true"
    last = reply.headers["total-pages"]
    assert reply.headers["link"] == ", ".join(
        f'<{url}&page={page}&per_page=100>; rel="{rel}"'
        for rel, page in (("first", 1), ("prev", 1), ("next", 3), ("last", last))
    )
    assert "items=20" in client.v4("taxa/possibly_extinct").headers["link"]


def test_trailing_slash_and_case_make_no_difference(client: Client) -> None:
    """Lists of taxa answer to any case, all lists with a slash and without."""
    rows = client.v4("taxa/family/Felidae").json["assessments"]
    assert client.v4("taxa/family/FELIDAE/").json["assessments"] == rows
    assert client.v4("taxa/family/felidae?page=1").json["assessments"] == rows
    assert client.v4("countries/").body == client.v4("countries").body


@pytest.mark.parametrize(
    ("query", "holds"),
    [
        ("latest=TRUE", lambda row: row["latest"] is True),
        ("latest=false", lambda row: row["latest"] is False),
        ("year_published=2016", lambda row: row["year_published"] == "2016"),
        ("scope_code=2", lambda row: "2" in [scope["code"] for scope in row["scopes"]]),
        ("possibly_extinct=true", lambda row: row["possibly_extinct"] is True),
        (
            "possibly_extinct_in_the_wild=true",
            lambda row: row["possibly_extinct_in_the_wild"] is True,
        ),
    ],
)
def test_filters_keep_exactly_what_fits(client: Client, query: str, holds) -> None:
    """A filter gives the rows of the whole list that fit, in the same order, and is echoed."""
    everything = client.pages("red_list_categories/EW") + client.pages("countries/VA")
    fitting = [
        row["assessment_id"] for r in everything for row in r.json["assessments"] if holds(row)
    ]
    found = client.pages(f"red_list_categories/EW?{query}") + client.pages(f"countries/VA?{query}")
    assert ids(found) == fitting
    name, _, value = query.partition("=")
    assert client.v4(f"countries/VA?{query}").json["filters"] == {name: value}


def test_taxa_know_fewer_filters(client: Client) -> None:
    """possibly_extinct is no filter of taxa; a year that never was gives an empty list."""
    whole = client.v4("taxa/family/Felidae").headers["total-count"]
    unknown = client.v4("taxa/family/Felidae?possibly_extinct=true")
    assert unknown.headers["total-count"] == whole
    assert unknown.json["filters"] == {"family_name": "Felidae"}
    assert client.v4("taxa/family/Felidae?year_published=1800").json["assessments"] == []


def search(client: Client, *filters: str) -> list[int]:
    """All ids of a search."""
    query, found, page = "&".join(f"filter_on[]={one}" for one in filters), list[int](), 1
    while ids := client.v4(f"assessment_search?{query}&page={page}").json["assessment_ids"]:
        found += ids
        page += 1
    return found


def test_search_gives_ids_alone_and_several_filters_are_an_intersection(client: Client) -> None:
    """100 ids a page; without a filter that is known it is 400."""
    assert client.v4("assessment_search").status == 400
    assert client.v4("assessment_search?filter_on[]=nonsense").status == 400
    assert client.v4("assessment_search?filter_on=endemic").status == 400
    reply = client.v4("assessment_search?filter_on[]=endemic&filter_on[]=amazing")
    assert list(reply.json) == ["assessment_ids", "filters"]
    assert reply.json["filters"] == {"filter_on": ["endemic", "amazing"]}
    both = search(client, "endemic", "amazing")
    assert len(both) == len(set(both)) == int(reply.headers["total-count"])
    assert both != sorted(both)
    amazing = search(client, "amazing")
    assert set(both) < set(amazing)
    full = [client.v4(f"assessment/{one}").json for one in amazing[::40]]
    for one in full:
        endemic = any(place["is_endemic"] for place in one["locations"])
        assert (one["assessment_id"] in both) == endemic
        assert one["latest"]


@pytest.mark.parametrize(
    ("name", "flag"),
    [("cr_pe", "possibly_extinct"), ("cr_pew", "possibly_extinct_in_the_wild")],
)
def test_search_and_lists_agree(client: Client, name: str, flag: str) -> None:
    """What is possibly extinct is found either way."""
    assert set(search(client, name)) == set(ids(client.pages(f"taxa/{flag}")))


def test_rows_ascend_by_id_but_for_those_of_a_group(client: Client) -> None:
    """So a new release inserts rows mid-list."""
    for path in ("countries/VA", "taxa/family/Felidae", "taxa/possibly_extinct"):
        found = ids(client.pages(path))
        assert found == sorted(found)
    found = ids(client.pages("comprehensive_groups/seasnakes"))
    assert found != sorted(found)


def test_a_parent_code_has_its_own_rows_only(client: Client) -> None:
    """Users add the codes up by hand."""
    own, below = client.pages("threats/9_3"), client.pages("threats/9_3_1")
    assert {row["code"] for page in own for row in page.json["assessments"]} == {"9_3"}
    assert set(ids(below)) - set(ids(own))
    empty = client.v4("conservation_actions/1")
    assert (empty.status, empty.json["assessments"]) == (200, [])
    assert empty.headers["total-count"] == "0"


def test_filters_are_echoed_as_they_were_sent(client: Client) -> None:
    """As text, before the name that the server adds; a scope has no filter by scope."""
    reply = client.v4("taxa/class/Aves?latest=True&page=2&nonsense=1&scope_code=2")
    assert list(reply.json["filters"].items()) == [
        ("latest", "True"), ("scope_code", "2"), ("class_name", "Aves"),
    ]  # fmt: skip
    assert client.v4("scopes/2?scope_code=4&latest=true").json["filters"] == {"latest": "true"}
    assert client.v4("scopes/2?scope_code=4").json["assessments"]


def test_codes_with_a_slash(client: Client) -> None:
    """N/A stands in three versions; its rows have neither a date nor a year."""
    head = client.v4("red_list_categories/N%2FA").json
    assert [one["version"] for one in head["red_list_category"]] == [
        "3.1", "Earlier Version", None,
    ]  # fmt: skip
    assert {row["red_list_category_code"] for row in head["assessments"]} == {"N/A"}
    assert {row["year_published"] for row in head["assessments"]} == {None}
    assert client.v4("red_list_categories/LR%2Flc").json["assessments"]
    assert client.v4("red_list_categories/LR/lc").status == 404


def test_an_order_that_is_not_assigned(client: Client) -> None:
    """A name of several words, as the list of names has it."""
    assert "NOT ASSIGNED" in client.v4("taxa/order").json["order_names"]
    rows = client.v4("taxa/order/not%20assigned").json["assessments"]
    taxon = client.v4(f"taxa/sis/{rows[0]['sis_taxon_id']}").json["taxon"]
    assert taxon["order_name"] == "NOT ASSIGNED"
    phyla = client.v4("taxa/phylum").json["phylum_names"]
    assert "HETEROKONTOPHYTA" in phyla
    assert "OCHROPHYTA" not in phyla


def test_live_headers(client: Client) -> None:
    """Cloudflare is in front; the tag is the first half of the body's SHA-256."""
    reply = client.get("/api/v4/countries/MG", accept_encoding="gzip, deflate")
    assert reply.headers["content-type"] == "application/json"
    assert reply.headers["server"] == "cloudflare"
    assert reply.headers["content-encoding"] == "gzip"
    assert reply.headers["transfer-encoding"] == "chunked"
    body = gzip.decompress(reply.body)
    assert reply.headers["etag"] == f'W/"{hashlib.sha256(body).hexdigest()[:32]}"'
    assert body == client.v4("countries/MG").body
    small = client.get("/api/v4/statistics/count", accept_encoding="gzip")
    assert "content-encoding" not in small.headers
    assert client.v4("countries/MG").headers["x-request-id"] != reply.headers["x-request-id"]


@pytest.mark.parametrize(
    ("path", "status", "body"),
    [
        ("countries/ZZ", 404, b'{"error":"Not found"}'),
        ("red_list_categories/XX", 404, b'{"error":"Not found"}'),
        ("comprehensive_groups/unicorns", 404, b'{"error":"Not found"}'),
        ("taxa/family/Nobodyidae", 404, b'{"error":"Not found"}'),
        ("taxa/sis/1", 404, b'{"error":"Not found"}'),
        ("taxa/scientific_name?genus_name=No&species_name=no", 404, b'{"error":"Not found"}'),
        ("assessment/5", 404, b'{"error":"Assessment ID 5 not found"}'),
    ],
)
def test_what_is_unknown_is_not_found(client: Client, path: str, status: int, body: bytes) -> None:
    """Unknown codes, names and ids answer as the real API does."""
    reply = client.v4(path)
    assert (reply.status, reply.body) == (status, body)
    assert reply.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("path", ["/", "/api/v4/nonsense", "/api/v4/taxa/tribe", "/api/v3/none"])
def test_unknown_paths_answer_with_a_page_for_people(client: Client, path: str) -> None:
    """An unknown path is 404 with HTML."""
    reply = client.get(path)
    assert reply.status == 404
    assert reply.headers["content-type"].startswith("text/html")
    assert reply.body.startswith(b"<!DOCTYPE html>")


def test_not_modified(client: Client) -> None:
    """Whoever has a page is not sent it again."""
    first = client.v4("countries/MG")
    etag = first.headers["etag"]
    assert etag.startswith('W/"')
    again = client.get("/api/v4/countries/MG", if_none_match=f'"other", {etag}')
    assert (again.status, again.body, again.headers["etag"]) == (304, b"", etag)
    assert "content-length" not in again.headers
    assert client.get("/api/v4/countries/MG", if_none_match="*").status == 304
    for other in ('W/"old"', "", "old", '"'):
        assert client.get("/api/v4/countries/MG", if_none_match=other).status == 200
