"""Rows beget full assessments, and what is kept is not asked for: the policy alone."""

from __future__ import annotations

import pytest

from tui_app.fetch import DETAILS, CachedResponse, Plan
from tui_app.fetch.plan import DETAILS_AHEAD
from tui_app.fetch.policy import Finished, Policy, Send, Wait
from tui_app.redlist import Paging, make_query
from tui_app.redlist.errors import NotFound


def plan(*operations: str, intersect: bool = False, details: bool = True, **more: object) -> Plan:
    query = make_query(operations, details=details, intersect=intersect)
    return Plan(query, "http://127.0.0.1:1", **more)  # type: ignore[arg-type]


def drain(policy: Policy, lists: dict[str, list[list[int]]]) -> list[str]:
    """Answer everything from ``lists`` (ids by page); labels in the order asked."""
    asked: list[str] = []
    while isinstance(step := policy.next(0.0), Send):
        request = step.request
        asked.append(request.label)
        if request.target_index == DETAILS:
            policy.answered(request, 1, Paging())
            continue
        pages = lists[request.target.label]
        assert request.page is not None
        ids = pages[request.page - 1]
        policy.answered(request, len(ids), Paging(total_pages=len(pages)), ids)
    assert isinstance(step, Finished)
    return asked


def test_details_start_while_lists_still_arrive_and_each_is_asked_once() -> None:
    """Else an hour's list has to end before the first assessment is asked for."""
    pages = [[number * 100 + one for one in range(100)] for number in range(5)]
    pages[3][7] = pages[0][7]  # the list shifted: a row comes twice
    policy = Policy(plan("countries/MG", concurrency=1))
    asked = drain(policy, {"countries/MG": pages})
    details = [label for label in asked if label.startswith("assessment/")]
    assert sorted(details) == sorted({f"assessment/{one}" for page in pages for one in page})
    assert asked.index(details[0]) < asked.index("countries/MG page 2")
    assert policy.frontier.planned() == len(asked)


def test_the_next_page_is_asked_for_before_the_details_run_out() -> None:
    """Else every worker waits a page's latency, page after page."""
    pages = [list(range(n * 100, n * 100 + 100)) for n in range(3)]
    asked = drain(Policy(plan("countries/MG", concurrency=4)), {"countries/MG": pages})
    before = asked.index("countries/MG page 2")
    left = 100 - sum(label.startswith("assessment/") for label in asked[:before])
    assert 0 < left <= 4 * DETAILS_AHEAD


def test_an_assessment_that_two_lists_have_is_asked_for_once() -> None:
    """Else a union costs the server twice what it must."""
    lists = {"countries/MG": [[1, 2, 3]], "red_list_categories/CR": [[3, 4]]}
    asked = drain(Policy(plan(*lists, concurrency=1)), lists)
    details = [label for label in asked if label.startswith("assessment/")]
    assert sorted(details) == [f"assessment/{one}" for one in (1, 2, 3, 4)]


def test_an_assessment_asked_for_by_its_id_is_not_asked_for_again_as_a_detail() -> None:
    """Else it is fetched twice."""
    policy = Policy(plan("assessment/2", "countries/MG", concurrency=1))
    first = policy.next(0.0)
    assert isinstance(first, Send)
    policy.answered(first.request, 1, Paging())
    asked = [first.request.label, *drain(policy, {"countries/MG": [[1, 2]]})]
    assert sorted(asked) == ["assessment/1", "assessment/2", "countries/MG page 1"]


def test_of_an_intersection_only_what_all_lists_have_is_followed() -> None:
    """Else thousands of assessments are fetched that nobody asked for."""
    lists = {"countries/MG": [[1, 2], [3, 5]], "red_list_categories/CR": [[5, 1], [9]]}
    asked = drain(Policy(plan(*lists, intersect=True, concurrency=1)), lists)
    assert sorted(label for label in asked if "assessment/" in label) == [
        "assessment/1",
        "assessment/5",
    ]


def test_a_resumed_run_asks_for_the_details_that_it_lacks() -> None:
    """Else a resumed run has lists without their details, or asks for all of them again."""
    resumed = plan(
        "countries/MG",
        concurrency=1,
        kept=frozenset({(0, 1), (DETAILS, 11)}),
        listed=((0, (10, 11, 12)),),
        known_pages={0: 2},
    )
    policy = Policy(resumed)
    asked = drain(policy, {"countries/MG": [[], [13]]})
    assert sorted(asked) == [
        "assessment/10",
        "assessment/12",
        "assessment/13",
        "countries/MG page 2",
    ]
    assert policy.frontier.planned() == len(asked)


def test_a_missing_detail_costs_none_of_the_others() -> None:
    """Else one withdrawn assessment ends a list early."""
    policy = Policy(plan("countries/MG", concurrency=1))
    step = policy.next(0.0)
    assert isinstance(step, Send)
    policy.answered(step.request, 2, Paging(total_pages=2), (1, 2))
    asked = []
    while isinstance(step := policy.next(0.0), Send):
        asked.append(step.request.label)
        if step.request.label == "assessment/1":
            policy.failed(step.request, 1, NotFound("assessment/1", "not found", 404), 0.0)
        else:
            policy.answered(step.request, 0, Paging(total_pages=2))
    assert sorted(asked) == ["assessment/1", "assessment/2", "countries/MG page 2"]


def cached(page: int, *, fresh: bool = True) -> tuple[str, CachedResponse]:
    """A cached page of three, by its path."""
    path = f"/api/v4/countries/MG?page={page}"
    paging = Paging(total_pages=3)
    return path, CachedResponse(100, '"e"', fresh, paging, "2026-01-01", page, lambda: b"")


@pytest.mark.parametrize("rate", [None, 2.0])
def test_what_is_cached_takes_no_pace(rate: float | None) -> None:
    """Else using what is cached costs time, or the server a request."""
    policy = Policy(plan("countries/MG", details=False, rate=rate), dict(map(cached, (1, 2, 3))))
    assert isinstance(policy.next(0.0), Finished)
    assert [request.page for request, _ in policy.reused] == [1, 2, 3]


def test_what_is_not_cached_or_stale_is_sent_in_order_at_the_pace() -> None:
    """Else the cache changes what is requested, or how fast."""
    found = dict((cached(1), cached(2, fresh=False)))
    policy = Policy(plan("countries/MG", details=False, rate=2.0), found)
    sent: list[tuple[int | None, float]] = []
    now = 0.0
    while len(sent) < 2:
        step = policy.next(now)
        if isinstance(step, Wait):
            now = step.until
        elif isinstance(step, Send):
            sent.append((step.request.page, now))
            policy.sent(step.request, now)
    assert [request.page for request, _ in policy.reused] == [1]
    assert [page for page, _ in sent] == [2, 3]
    assert sent[1][1] - sent[0][1] > 0.3
