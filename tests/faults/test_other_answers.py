"""Good answers to other requests, by each method: asked again, and never a row.

A connection that is one answer behind gives each request the answer to the one before. So does a
cache that mixes up its entries.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.support.methods import EVERY_METHOD
from tests.support.raw_server import http, number_of, scripted
from tui_app.fetch import Page, Plan, Result, run
from tui_app.redlist import Query, make_query

each_method = pytest.mark.parametrize("method", EVERY_METHOD)
PAGES = 4
NAMES = ["Aaa aaa", "Bbb bbb", "Ccc ccc"]


def plain_page(path: str) -> bytes:
    """A page that only its header tells from another."""
    rows = [{"assessment_id": number_of(path) * 10 + one} for one in range(2)]
    headers = {"total_pages": str(PAGES), "current_page": str(number_of(path))}
    return http(json.dumps({"assessments": rows}).encode(), **headers)


def coded_page(path: str) -> bytes:
    """A list of one page, which names its code."""
    code = urlsplit(path).path.rpartition("/")[2]
    rows = [{"assessment_id": sum(map(ord, code)), "code": code}]
    body = {"country": {"code": code}, "assessments": rows}
    return http(json.dumps(body).encode(), total_pages="1")


def rank_page(path: str) -> bytes:
    """A list of one page, which echoes its taxon among the filters."""
    name = urlsplit(path).path.rpartition("/")[2]
    body = {"assessments": [{"assessment_id": len(name)}], "filters": {"family_name": name}}
    return http(json.dumps(body).encode(), total_pages="1")


def v3_page(path: str) -> bytes:
    """A page that says its number in the body."""
    number = int(urlsplit(path).path.rpartition("/")[2])
    rows = [{"taxonid": number * 10 + one} for one in range(2 * (number < PAGES))]
    return http(json.dumps({"count": len(rows), "page": str(number), "result": rows}).encode())


def named(path: str) -> bytes:
    """A taxon, with what was asked for."""
    asked = {name: values[0] for name, values in parse_qs(urlsplit(path).query).items()}
    return http(json.dumps({**taxon_of(asked), "params": asked}).encode())


def named_without_echo(path: str) -> bytes:
    """A taxon, with its name alone."""
    asked = {name: values[0] for name, values in parse_qs(urlsplit(path).query).items()}
    return http(json.dumps(taxon_of(asked)).encode())


def taxon_of(asked: dict[str, str]) -> dict[str, object]:
    name = f"{asked['genus_name']} {asked['species_name']}"
    return {"taxon": {"scientific_name": name}, "assessments": []}


def by_sis_id(path: str) -> bytes:
    """A taxon by its number."""
    number = int(path.rpartition("/")[2])
    return http(json.dumps({"sis_id": number, "taxon": {}, "assessments": []}).encode())


def assessment(path: str) -> bytes:
    """A full assessment."""
    return http(json.dumps({"assessment_id": int(path.rpartition("/")[2])}).encode())


def codes(path: str) -> bytes:
    """A code list, under its own key."""
    key = path.rpartition("/")[2]
    return http(json.dumps({key: [{"code": key}]}).encode())


CASES: list[tuple[str, Query, Callable[[str], bytes]]] = [
    ("pages", make_query(["taxa/possibly_extinct"]), plain_page),
    ("codes of lists", make_query(["countries/MG", "countries/ZZ", "countries/AD"]), coded_page),
    ("ranks", make_query(["taxa/family/Felidae", "taxa/family/Equidae"]), rank_page),
    ("pages of v3", make_query(["species/page"], "v3"), v3_page),
    ("names", make_query(["species"], names=NAMES), named),
    ("names without echo", make_query(["species"], names=NAMES), named_without_echo),
    ("SIS ids", make_query(["taxa/sis/1", "taxa/sis/2", "taxa/sis/3"]), by_sis_id),
    ("assessments", make_query(["assessments"], ids=["1", "2", "3"]), assessment),
    ("code lists", make_query(["threats", "stresses", "systems"]), codes),
]
each_case = pytest.mark.parametrize(
    ("query", "right"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)


def fetch(base_url: str, query: Query, method: str, retries: int = 5) -> Result:
    plan = Plan(query, base_url, method=method, retries=retries, concurrency=3, backoff_s=0.001)
    return run(plan)


def rows(pages: list[Page]) -> list[object]:
    ordered = sorted(pages, key=lambda one: (one.request.target_index, one.number or 0))
    return [row for page in ordered for row in page.records()]


@each_method
@each_case
def test_the_answer_to_another_request_is_asked_for_again(
    query: Query, right: Callable[[str], bytes], method: str
) -> None:
    """Each first answer is that to the request before; the rows are the right ones."""
    before: list[str] = []

    def behind(path: str, nth: int) -> bytes:
        other = before[-1] if before else path
        before.append(path)
        return right(other if nth == 1 else path)

    with scripted(lambda path, nth: right(path)) as server:
        expected = fetch(server.base_url, query, method)
    with scripted(behind) as server:
        result = fetch(server.base_url, query, method)
    assert result.complete, result.totals.failures
    assert result.totals.retries > 0
    assert rows(list(result.pages)) == rows(list(expected.pages))


@each_method
@each_case
def test_it_is_no_row_where_nothing_else_comes(
    query: Query, right: Callable[[str], bytes], method: str
) -> None:
    """All requests get the first one's answer: only that one has rows."""
    first: list[str] = []

    def stuck(path: str, nth: int) -> bytes:
        first.append(path)
        return right(first[0])

    with scripted(stuck) as server:
        result = fetch(server.base_url, query, method, retries=0)
    assert len(result.pages) == 1
    assert not result.complete
    kinds = {one.error.kind for one in result.totals.failures}
    assert kinds == {"malformed"}
    assert all(": the answer is " in str(one.error) for one in result.totals.failures)
