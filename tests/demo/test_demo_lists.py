"""Lists of API v4: pages, counts, filters, headers."""

from __future__ import annotations

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


def test_search_by_several_codes(client: Client) -> None:
    """assessment_search wants a filter, and gives what stands on all lists named."""
    assert client.v4("assessment_search").status == 400
    assert client.v4("assessment_search?filter_on[]=nonsense:1").status == 400
    both = client.pages("assessment_search?filter_on[]=countries:VA&filter_on[]=systems:0")
    wanted = set(ids(client.pages("countries/VA")))
    assert 0 < len(ids(both)) < len(wanted)
    assert set(ids(both)) <= wanted


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
    assert client.get("/api/v4/countries/MG", if_none_match='W/"old"').status == 200
