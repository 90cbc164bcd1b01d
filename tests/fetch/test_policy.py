"""The policy alone: decisions in simulated time."""

from __future__ import annotations

import random

import pytest

from tui_app.fetch import Plan
from tui_app.fetch.limiter import MARGIN
from tui_app.fetch.policy import Finished, Idle, Policy, Send, Wait
from tui_app.redlist import Paging, make_query
from tui_app.redlist.errors import (
    CutOff,
    Malformed,
    NotFound,
    Redirected,
    Rejected,
    ServerFault,
    Throttled,
    TimedOut,
    TokenRefused,
    TooLarge,
    Unreachable,
)


def plan(*operations: str, api: str = "v4", **more: object) -> Plan:
    query = make_query(operations or ("countries/MG",), api)  # type: ignore[arg-type]
    return Plan(query, "http://127.0.0.1:1", **more)  # type: ignore[arg-type]


def send(policy: Policy, now: float = 0.0) -> Send:
    step = policy.next(now)
    assert isinstance(step, Send), step
    policy.sent(step.request, now)
    return step


def all_pages(policy: Policy, total: int | None, *, empty_from: int | None = None) -> list[int]:
    """Answer whatever the policy asks for; the pages in the order in which they were asked."""
    asked: list[int] = []
    while isinstance(step := policy.next(0.0), Send):
        page = step.request.page
        assert page is not None
        asked.append(page)
        rows = 0 if empty_from is not None and page >= empty_from else 100
        policy.answered(step.request, rows, Paging(total_pages=total))
    assert isinstance(step, Finished)
    return asked


def test_first_page_tells_how_many_there_are() -> None:
    """Without this a list would be fetched in part, or past its end."""
    policy = Policy(plan())
    first = send(policy)
    assert isinstance(policy.next(0.0), Idle)
    assert policy.answered(first.request, 100, Paging(total_pages=3))
    assert all_pages(policy, 3) == [2, 3]
    assert policy.frontier.pages_total() == 3


@pytest.mark.parametrize(("asked", "there", "fetched"), [(2, 5, 2), (10, 3, 3), (1, 3, 1)])
def test_no_more_than_asked_and_none_past_the_end(asked: int, there: int, fetched: int) -> None:
    """--pages is a promise about how much is asked of somebody's server."""
    assert all_pages(Policy(plan(pages=asked)), there) == list(range(1, fetched + 1))


def test_v3_ends_at_the_first_empty_page() -> None:
    """v3 has no page headers: only an empty page tells the end."""
    policy = Policy(plan("species/page", api="v3", concurrency=1))
    assert all_pages(policy, None, empty_from=3) == [0, 1, 2, 3]
    assert policy.frontier.pages_total() == 3


def test_v3_pages_after_the_end_are_no_pages() -> None:
    """Pages asked for ahead, past the end, must not count."""
    policy = Policy(plan("species/page", api="v3", concurrency=4))
    sent = [send(policy) for _ in range(4)]
    within = [
        policy.answered(one.request, rows, Paging())
        for one, rows in zip(sent, (5, 5, 0, 0), strict=True)
    ]
    assert within == [True, True, False, False]
    assert isinstance(policy.next(0.0), Finished)


def test_v4_without_headers_goes_on_until_a_page_is_empty() -> None:
    """A proxy may drop headers; the data must come whole all the same."""
    assert all_pages(Policy(plan(concurrency=1)), None, empty_from=4) == [1, 2, 3, 4]


def test_an_empty_list_is_kept() -> None:
    """A code without assessments is an answer, not a failure."""
    policy = Policy(plan())
    assert policy.answered(send(policy).request, 0, Paging(total_pages=0))
    assert isinstance(policy.next(0.0), Finished)


def test_known_pages_need_no_first_page() -> None:
    """A comparison's runs are told the number of pages, so that all may go at once."""
    policy = Policy(plan(pages=5, known_pages={0: 9}, concurrency=8))
    assert [send(policy).request.page for _ in range(5)] == [1, 2, 3, 4, 5]


def test_kept_pages_are_not_asked_again() -> None:
    """Resuming asks only for what is missing."""
    kept = frozenset({(0, 1), (0, 3)})
    assert all_pages(Policy(plan(known_pages={0: 4}, kept=kept)), 4) == [2, 4]


def test_in_flight_is_bounded() -> None:
    """Whatever a method does, the policy lets no more than --concurrency out."""
    policy = Policy(plan(known_pages={0: 9}, concurrency=2))
    send(policy)
    send(policy)
    assert isinstance(policy.next(0.0), Idle)


def test_several_operations_start_together() -> None:
    """The first pages of all operations may be under way at once."""
    policy = Policy(plan("countries/MG", "countries/FR", "threats"))
    assert [send(policy).request.label for _ in range(3)] == [
        "countries/MG page 1",
        "countries/FR page 1",
        "threats",
    ]


@pytest.mark.parametrize("rate", [0.5, 2.0, 50.0])
def test_pace_holds_in_every_second(rate: float) -> None:
    """More than the pace in any one second gets a token limited."""
    policy = Policy(plan(known_pages={0: 500}, concurrency=200, rate=rate))
    now, starts = 0.0, []
    while len(starts) < 150:
        step = policy.next(now)
        if isinstance(step, Wait):
            assert step.why == "pace"
            now = step.until
        else:
            assert isinstance(step, Send)
            policy.sent(step.request, now)
            starts.append(now)
    for start in starts:
        assert sum(start <= other < start + 1 for other in starts) <= max(1, rate)
    assert (len(starts) - 1) / (starts[-1] - starts[0]) >= 0.95 * rate


def test_pace_wait_is_told_apart() -> None:
    """Waiting for the pace is not waiting for the network."""
    policy = Policy(plan(known_pages={0: 9}, rate=1.0))
    assert send(policy, 0.0).pace_wait_s == 0
    waiting = policy.next(0.1)
    assert isinstance(waiting, Wait)
    assert 1.0 < waiting.until <= MARGIN
    assert send(policy, waiting.until).pace_wait_s == pytest.approx(waiting.until - 0.1)


@pytest.mark.parametrize("rate", [2.0, 5.0, 50.0])
def test_pace_is_used_up_by_workers_that_wake_late(rate: float) -> None:
    """A pace of 50 a second must not become 40 because each thread wakes 2 ms late."""
    policy = Policy(plan(known_pages={0: 500}, concurrency=200, rate=rate))
    late = random.Random(7)
    now, starts = 0.0, []
    while len(starts) < 150:
        step = policy.next(now)
        if isinstance(step, Wait):
            now = step.until + late.uniform(0, 0.008)
        else:
            assert isinstance(step, Send)
            policy.sent(step.request, now)
            starts.append(now)
    for start in starts:
        assert sum(start <= other < start + 1 for other in starts) <= rate
    assert (len(starts) - 1) / (starts[-1] - starts[0]) >= 0.95 * rate


RETRIED = [
    Unreachable("x", "refused"),
    TimedOut("x", "late"),
    CutOff("x", "cut"),
    Malformed("x", "odd"),
    ServerFault("x", "500", 500),
]


@pytest.mark.parametrize("error", RETRIED, ids=lambda error: error.kind)
def test_what_may_pass_is_tried_again_later_and_later(error: object) -> None:
    """A hiccup must not cost a page; a server in trouble must not be hammered."""
    policy = Policy(plan(retries=4))
    now, waits = 0.0, []
    for attempt in range(1, 5):
        step = policy.next(now)
        if isinstance(step, Wait):
            now = step.until
            step = policy.next(now)
        assert isinstance(step, Send)
        assert step.attempt == attempt
        wait_s = policy.failed(step.request, attempt, error, now)  # type: ignore[arg-type]
        assert wait_s is not None
        waits.append(wait_s)
    for attempt, wait_s in enumerate(waits):
        assert 0.25 * 2**attempt <= wait_s <= 0.5 * 2**attempt
    step = policy.next(now)
    assert isinstance(step, Wait)
    last = send(policy, step.until)
    assert policy.failed(last.request, 5, error, now) is None  # type: ignore[arg-type]
    assert isinstance(policy.next(now), Finished)


def test_a_429_without_retry_after_pauses_for_two_minutes_and_costs_no_attempt() -> None:
    """The live API says nothing of how long: 60 s were too few, 120 s always were enough."""
    policy = Policy(plan(retries=0))
    wait_s = policy.failed(send(policy).request, 1, Throttled("x", "429"), 0.0)
    assert wait_s is not None
    assert wait_s == 120.0
    step = policy.next(119.9)
    assert isinstance(step, Wait)
    assert (step.until, step.why) == (120.0, "rate limit")
    again = send(policy, 120.0)
    assert (again.request.page, again.attempt) == (1, 2)
    error = ServerFault("x", "500", 500)
    assert policy.failed(again.request, 2, error, 121.0) is None, "retries=0 holds"


@pytest.mark.parametrize(
    "error",
    [
        NotFound("x", "404", 404),
        Rejected("x", "400", 400),
        Redirected("x", "302", 302),
        TooLarge("x", "huge"),
    ],
    ids=lambda error: error.kind,
)
def test_what_a_repeat_cannot_mend_is_given_up_and_the_run_goes_on(error: object) -> None:
    """One missing species must not cost the other 399."""
    policy = Policy(plan("assessment/1", "assessment/2", concurrency=1))
    first = send(policy)
    assert policy.failed(first.request, 1, error, 0.0) is None  # type: ignore[arg-type]
    assert send(policy).request.target.label == "assessment/2"


def test_a_refused_token_stops_the_run() -> None:
    """Asking on with a refused token only annoys the server."""
    policy = Policy(plan("assessment/1", "assessment/2"))
    error = TokenRefused("x", "401", 401)
    assert policy.failed(send(policy).request, 1, error, 0.0) is None
    assert policy.stopped is error
    assert isinstance(policy.next(0.0), Finished)


@pytest.mark.parametrize("error", [Throttled("x", "", 7.0), ServerFault("x", "", 503, 7.0)])
def test_retry_after_holds_all_workers(error: object) -> None:
    """The server told one worker, and meant the program."""
    policy = Policy(plan(known_pages={0: 9}))
    first, second = send(policy), send(policy)
    wait_s = policy.failed(first.request, 1, error, 10.0)  # type: ignore[arg-type]
    assert wait_s is not None
    assert wait_s == 7.0
    policy.answered(second.request, 5, Paging(total_pages=9))
    step = policy.next(10.1)
    assert isinstance(step, Wait)
    assert step.until == 17.0
    assert step.why == ("rate limit" if isinstance(error, Throttled) else "retry-after")
    assert isinstance(policy.next(17.0), Send)


def test_a_retry_after_of_a_year_is_not_waited_for() -> None:
    """A program that sleeps for a year looks hung; one that stops can be resumed."""
    policy = Policy(plan(known_pages={0: 9}))
    error = Throttled("x", "", 31_536_000.0)
    wait_s = policy.failed(send(policy).request, 1, error, 0.0)
    assert wait_s is None
    assert "365 days" in str(policy.stopped)
    assert isinstance(policy.next(0.0), Finished)


def test_a_billion_pages_cost_nothing_until_asked_for() -> None:
    """total-pages comes from the server, and may say anything."""
    policy = Policy(plan(concurrency=3))
    policy.answered(send(policy).request, 100, Paging(total_pages=999_999_999))
    assert send(policy).request.page == 2
    assert policy.frontier.planned() == 999_999_999


def test_a_list_that_grows_while_it_is_fetched_comes_whole() -> None:
    """The newest word counts: what was published meanwhile must not be cut off."""
    policy = Policy(plan("countries/MG", "threats", concurrency=1))
    pages: list[int] = []
    while isinstance(step := policy.next(0.0), Send):
        page = step.request.page
        total = None if page is None else (3 if page == 1 else 5)
        policy.answered(step.request, 100, Paging(total_pages=total))
        pages += [] if page is None else [page]
    assert pages == [1, 2, 3, 4, 5]


def test_a_list_that_shrinks_is_not_asked_past_its_end() -> None:
    """Pages that are gone need not be asked for."""
    policy = Policy(plan(concurrency=1))
    policy.answered(send(policy).request, 100, Paging(total_pages=9))
    policy.answered(send(policy).request, 100, Paging(total_pages=3))
    assert all_pages(policy, 3) == [3]


@pytest.mark.parametrize("told", [2, 4, 9])
def test_a_comparison_s_runs_ask_for_the_same_whatever_answers_say(told: int) -> None:
    """Else which answer comes first decides how many pages a run is timed with."""
    assert all_pages(Policy(plan(known_pages={0: 4}, as_planned=True)), told) == [1, 2, 3, 4]
    assert all_pages(Policy(plan(as_planned=True)), told) == list(range(1, told + 1))


def test_a_retry_after_of_nothing_is_no_leave_to_hammer() -> None:
    """0, or a date that has passed, still means that the server is in trouble."""
    policy = Policy(plan())
    error = ServerFault("x", "", 503, 0.0)
    wait_s = policy.failed(send(policy).request, 1, error, 0.0)
    assert wait_s is not None
    assert wait_s >= 0.25
