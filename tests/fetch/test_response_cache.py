"""Cached responses are looked up many at once, before requests are sent."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

import pytest

from tests.support.methods import EVERY_METHOD
from tests.support.raw_server import http, number_of, scripted
from tui_app.fetch import CachedResponse, Plan, State, run
from tui_app.fetch import response_cache as cache_module
from tui_app.redlist import Paging, make_query
from tui_app.redlist.errors import KeepError

each_method = pytest.mark.parametrize("method", EVERY_METHOD)
PAGES, ROWS = 7, 3


def rows(page: int) -> bytes:
    found = [{"assessment_id": page * 100 + row} for row in range(ROWS)]
    return json.dumps({"assessments": found}).encode()


def answer(path: str, nth: int) -> bytes:
    if "/assessment/" in path:
        return http(json.dumps({"assessment_id": int(path.rpartition("/")[2])}).encode())
    page = number_of(path)
    return http(rows(page), total_pages=str(PAGES), current_page=str(page))


class Cache:
    """Has some responses, and notes what is looked up together."""

    def __init__(self, *saved: int | str, stale: Sequence[int] = ()) -> None:
        self.saved = saved
        self.stale = stale
        self.asked: list[list[str]] = []

    def find(self, paths: Sequence[str]) -> Iterator[tuple[str, CachedResponse, bytes]]:
        self.asked.append([path.rpartition("/")[2] for path in paths])
        for path in paths:
            name = path.rpartition("/")[2]
            page = number_of(path) if "page=" in path else None
            if (name if page is None else page) not in self.saved:
                continue
            body, count, paging = f'{{"assessment_id":{name}}}'.encode(), 1, Paging()
            if page is not None:
                body, count, paging = rows(page), ROWS, Paging(PAGES, PAGES * ROWS)
            fresh = page not in self.stale
            yield path, CachedResponse(count, None, fresh, paging, "", 1, lambda: b""), body


def fetch(cache: Cache, method: str, *operations: str, details: bool = False) -> list[str]:
    """Fetch; gives what the server was asked."""
    states: list[State] = []
    with scripted(answer) as server:
        query = make_query(operations, details=details)
        plan = Plan(query, server.base_url, method=method, concurrency=2)
        result = run(plan, lambda event: states.append(event.state), cache=cache)
    assert result.complete, result.totals.failures
    assert result.totals.reused == states.count(State.REUSED)
    return sorted(path.rpartition("/")[2] for _, path in server.asked)


def pages(*numbers: int) -> list[str]:
    return [f"MG?page={number}" for number in numbers]


@each_method
def test_a_list_is_looked_up_in_two_steps_and_what_lacks_is_sent(method: str) -> None:
    """Its first page tells how many there are."""
    cache = Cache(1, 2, 3, 5, 7, stale=(5,))
    assert fetch(cache, method, "countries/MG") == pages(4, 5, 6)
    assert cache.asked == [pages(1), pages(2, 3, 4, 5, 6, 7)]


@each_method
def test_where_the_first_page_lacks_the_others_are_looked_up_when_it_is_here(method: str) -> None:
    """How many there are is known only then."""
    cache = Cache(2, 3, 4, 5)
    assert fetch(cache, method, "countries/MG") == pages(1, 6, 7)
    assert cache.asked == [pages(1), pages(2, 3, 4, 5, 6, 7)]


@each_method
def test_a_long_list_is_looked_up_in_parts(method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server may say that it has a thousand million pages."""
    monkeypatch.setattr(cache_module, "PAGES_AHEAD", 3)
    monkeypatch.setattr(cache_module, "MARGIN", 1)
    cache = Cache(1, 2, 3, 4)
    assert fetch(cache, method, "countries/MG") == pages(5, 6, 7)
    assert cache.asked[:3] == [pages(1), pages(2, 3, 4), pages(5, 6, 7)]


@each_method
def test_full_assessments_are_looked_up_page_by_page(method: str) -> None:
    """Also those that only a new page names."""
    cache = Cache(1, 2, 3, 4, 5, 6, "101", "701")
    sent = fetch(cache, method, "countries/MG", details=True)
    named = {str(page * 100 + row) for page in range(1, 8) for row in range(ROWS)}
    assert set(sent) == {"MG?page=7"} | named - {"101", "701"}
    assert len(cache.asked) == 4
    assert cache.asked[-1] == ["700", "701", "702"]


def test_names_are_looked_up_together() -> None:
    """Ten thousand of them are no ten thousand questions."""
    cache = Cache()
    lists = [f"countries/{code}" for code in ("MG", "VA", "MC", "SM")]
    fetch(cache, "asyncio", *lists)
    assert len(cache.asked[0]) == len(lists)


def test_a_store_that_can_t_be_read_caches_nothing() -> None:
    """The run goes on without it, as far as it can."""

    class Broken(Cache):
        def find(self, paths: Sequence[str]) -> Iterator[tuple[str, CachedResponse, bytes]]:
            raise KeepError("it is damaged")

    assert len(fetch(Broken(), "asyncio", "countries/MG")) == PAGES
