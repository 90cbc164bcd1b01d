"""A window: at most N requests started in any S seconds; and what a run does when it is refused."""

from __future__ import annotations

from collections import deque
from itertools import pairwise

import pytest
from hypothesis import strategies as st

from tests.support.methods import EVERY_METHOD
from tests.support.raw_server import http, number_of, page, scripted
from tests.support.repeatable import given
from tests.support.simulated import carry
from tests.support.waiting import LONG, StopWhenWaiting
from tui_app.fetch import Plan, State, run
from tui_app.fetch.limiter import Pace
from tui_app.fetch.policy import Policy, Send, Wait
from tui_app.redlist import make_query
from tui_app.redlist.errors import RequestError, ServerFault, Throttled
from tui_app.redlist.rate_limit import Window, first_over, spread_s

each_method = pytest.mark.parametrize("method", EVERY_METHOD)
windows = st.builds(Window, st.integers(1, 20), st.floats(0.1, 100.0))


# -- the pace alone ----------------------------------------------------------------------


@given(
    windows,
    st.sampled_from([None, 0.5, 2.0, 50.0]),
    st.lists(st.floats(0.0, 5.0), min_size=1, max_size=120),
)
def test_no_span_has_more_starts_than_the_window(
    window: Window, rate: float | None, late: list[float]
) -> None:
    """However late each request starts, and however they are spread."""
    pace, now = Pace(rate, window), 0.0
    starts: list[float] = []
    for lateness in late:
        now = max(now, pace.earliest()[0]) + lateness
        pace.started(now)
        starts.append(now)
    for earlier, later in zip(starts, starts[window.requests :], strict=False):
        assert later - earlier >= window.seconds
    if rate is not None:
        assert all(later - earlier >= 0.8 / rate - 1e-9 for earlier, later in pairwise(starts))


@given(windows, st.sampled_from([None, 2.0, 50.0]), st.integers(1, 200))
def test_the_window_is_used_up(window: Window, rate: float | None, requests: int) -> None:
    """A pace that is kept too well makes a long run longer: at most a twentieth."""
    pace, now = Pace(rate, window), 0.0
    for number in range(requests):
        now = max(now, pace.earliest()[0]) if number else 0.0
        pace.started(now)
    least = spread_s(requests, rate, window)
    assert least <= now + 1e-9 or rate is not None
    assert now <= least * 1.05 + 1e-9


def test_a_short_job_goes_at_the_rate_and_a_long_one_waits() -> None:
    """The live default: 90 requests take 45 s, and 250 some 275 s."""
    window = Window(90, 120.0)
    assert spread_s(90, 2.0, window) == 44.5
    assert spread_s(91, 2.0, window) == 120.0
    assert spread_s(250, 2.0, window) == 240 + 69 / 2
    assert spread_s(1000, 0.5, window) == 999 / 0.5, "so slow that the window is never full"
    assert spread_s(250, None, window) == 240
    assert spread_s(250, 2.0, None) == 249 / 2
    assert [spread_s(few, 2.0, window) for few in (0, 1)] == [0, 0]
    assert first_over(250, 2.0, window) == 91
    assert first_over(90, 2.0, window) is None
    assert first_over(250, 0.7, window) is None


# -- the policy in simulated time --------------------------------------------------------


class Server:
    """A server with the live limit: 429 without Retry-After beyond so many in so many seconds."""

    def __init__(self, requests: int, seconds: float) -> None:
        self._limit = Window(requests, seconds)
        self._answered: deque[float] = deque()
        self.refused: list[float] = []

    def __call__(self, number: int, now: float) -> RequestError | None:
        """Answer at a time."""
        while self._answered and self._answered[0] <= now - self._limit.seconds:
            self._answered.popleft()
        if len(self._answered) < self._limit.requests:
            self._answered.append(now)
            return None
        self.refused.append(now)
        return Throttled("x", "HTTP 429")


def policy_of(count: int, **more: object) -> Policy:
    asked = [f"assessment/{one}" for one in range(1, count + 1)]
    return Policy(Plan(make_query(asked), "http://127.0.0.1:1", **more))  # type: ignore[arg-type]


@pytest.mark.parametrize("concurrency", [1, 8])
@pytest.mark.parametrize("rate", [2.0, None])
def test_who_keeps_to_the_window_is_never_refused(concurrency: int, rate: float | None) -> None:
    """250 requests against the live limit: all of them, none refused, hardly later than allowed."""
    server, window = Server(100, 120.0), Window(90, 120.0)
    policy = policy_of(250, concurrency=concurrency, rate=rate, window=window)
    starts, ended = carry(policy, server)
    assert (server.refused, len(starts)) == ([], 250)
    assert ended <= 1.1 * spread_s(250, rate, window)


@pytest.mark.parametrize("concurrency", [1, 8])
@pytest.mark.parametrize("rate", [2.0, None])
def test_without_a_window_a_pause_costs_no_more_refusals_than_were_in_flight(
    concurrency: int, rate: float | None
) -> None:
    """And no attempt: not even where none is left."""
    server = Server(100, 120.0)
    policy = policy_of(250, concurrency=concurrency, rate=rate, retries=0)
    starts, ended = carry(policy, server)
    pauses = [pause_s for _, pause_s in policy.news if pause_s is not None]
    assert policy.stopped is None
    assert len(starts) == 250 + len(server.refused)
    assert 1 <= len(pauses) <= 3
    assert len(server.refused) <= concurrency * len(pauses)
    for refused in server.refused:
        assert not any(refused < start < refused + 119 for start in starts), "nothing is sent"
    assert ended < 3 * 250


def test_after_a_pause_the_rate_is_lower_and_rises_gently() -> None:
    """Whoever comes back as fast as before is refused again."""
    answers = iter([*[None] * 20, Throttled("x", "HTTP 429", 10.0)])
    policy = policy_of(200, rate=2.0)
    starts, _ = carry(policy, lambda number, now: next(answers, None))
    pause = next(place for place in range(200) if starts[place + 1] - starts[place] > 9)

    def each_s(first: int, last: int) -> float:
        return (starts[last] - starts[first]) / (last - first)

    before, after, late = each_s(5, 15), each_s(pause + 1, pause + 7), each_s(-11, -1)
    assert after > 1.2 * before
    assert before < late < 1.2 * before


def test_a_retry_after_is_obeyed_and_the_longest_counts() -> None:
    """Those under way together are one pause, however many are refused."""
    policy = policy_of(9, concurrency=3)
    sent = [policy.next(0.0) for _ in range(3)]
    for one, wait_s in zip(sent, (5.0, 60.0, None), strict=True):
        assert isinstance(one, Send)
        policy.failed(one.request, 1, Throttled("x", "HTTP 429", wait_s), 1.0)
    step = policy.next(2.0)
    assert isinstance(step, Wait)
    assert (step.until, step.why) == (61.0, "rate limit")
    assert [pause_s for _, pause_s in policy.news] == [5.0, 60.0]


@pytest.mark.parametrize("concurrency", [1, 8])
def test_five_pauses_in_a_row_without_an_answer_end_the_run(concurrency: int) -> None:
    """A token that is refused for hours must not keep a program waiting for hours."""
    policy = policy_of(400, concurrency=concurrency, rate=2.0)
    starts, ended = carry(policy, lambda number, now: Throttled("x", "HTTP 429"))
    assert "still refuses requests after 5 pauses in a row" in str(policy.stopped)
    assert 600 <= ended < 660
    assert len(starts) <= 6 * concurrency


def test_an_answer_between_two_pauses_lets_a_run_go_on() -> None:
    """However many pauses it takes: each brings something."""
    numbers = iter(range(1, 1000))
    policy = policy_of(30, concurrency=1, rate=2.0)
    starts, _ = carry(
        policy,
        lambda number, now: Throttled("x", "HTTP 429", 1.0) if next(numbers) % 3 else None,
    )
    assert policy.stopped is None
    assert len(starts) == 90


def test_other_failures_are_counted_beside_refusals() -> None:
    """A 429 neither uses up an attempt nor gives one back."""
    refused, broken = Throttled("x", "HTTP 429", 1.0), ServerFault("x", "HTTP 500", 500)
    outcomes = iter([refused, broken, refused, refused, broken, refused, broken])
    policy = policy_of(1, retries=2)
    starts, _ = carry(policy, lambda number, now: next(outcomes))
    assert len(starts) == 7
    assert policy.stopped is None


def test_a_reservation_is_made_for_each_request_when_it_may_start() -> None:
    """What others start counts; what is not going to start soon takes nobody's place."""
    room_in_s = [30.0, 0.0, 0.0, 0.0]
    policy = Policy(
        Plan(make_query(["assessment/1", "assessment/2"]), "http://127.0.0.1:1", rate=2.0),
        reserve=lambda: room_in_s.pop(0),
    )
    step = policy.next(0.0)
    assert isinstance(step, Wait)
    assert (step.until, step.why) == (30.0, "window")
    assert isinstance(policy.next(29.9), Wait)
    assert len(room_in_s) == 3, "nobody's place is taken before"
    first = policy.next(30.0)
    assert isinstance(first, Send)
    policy.sent(first.request, 30.0)
    assert isinstance(policy.next(30.1), Wait), "the rate first, then the window"
    assert len(room_in_s) == 2
    policy.failed(first.request, 1, Throttled("x", "HTTP 429"), 31.2)
    assert isinstance(policy.next(31.3), Wait)
    assert len(room_in_s) == 2, "one of two minutes ago would be none"
    assert isinstance(policy.next(152.0), Send)
    assert len(room_in_s) == 1


# -- each method, and really -------------------------------------------------------------


@each_method
def test_no_more_are_sent_than_the_window_has_room_for(method: str) -> None:
    """Whatever the method, and retries included."""

    def answer(path: str, nth: int) -> bytes:
        return http(b"", 500) if nth == 1 and number_of(path) == 2 else page(number_of(path), 30)

    watch = StopWhenWaiting(State.PAUSED, quiet=True)
    with scripted(answer) as server:
        query, window = make_query(["countries/MG"]), Window(7, LONG)
        plan = Plan(
            query, server.base_url, method=method, window=window, concurrency=3, backoff_s=0.001
        )
        run(plan, watch, watch.cancel)
        assert len(server.asked) == 7
    waiting = next(event for event in watch.events if event.state is State.PAUSED)
    assert waiting.reason.startswith("Waiting for the rate limit (7 requests in 3600 s). The run ")
    paced = [event for event in watch.events if event.state is State.PACED]
    assert paced[-1].reason == "window"


@each_method
def test_a_refused_run_sends_nothing_more(method: str) -> None:
    """Of four in flight four may be refused, and then it waits."""

    def answer(path: str, nth: int) -> bytes:
        return page(1, 30) if number_of(path) == 1 else http(b'{"error":"Too Many Requests"}', 429)

    watch = StopWhenWaiting(State.PAUSED, quiet=True)
    with scripted(answer) as server:
        query = make_query(["countries/MG"])
        plan = Plan(query, server.base_url, method=method, concurrency=4, pause_s=LONG)
        result = run(plan, watch, watch.cancel)
        assert len(server.asked) <= 1 + 4
    assert sum(event.state is State.PAUSED for event in watch.events) == 1
    assert not result.totals.failures, "a 429 is no failure of its request"


@each_method
def test_refusals_cost_no_attempt(method: str) -> None:
    """Each page is refused twice, and there are no retries."""

    def answer(path: str, nth: int) -> bytes:
        return http(b"", 429) if nth <= 2 else page(number_of(path), 5)

    with scripted(answer) as server:
        plan = Plan(
            make_query(["countries/MG"]), server.base_url, method=method, rate=10_000, retries=0,
            pause_s=0.001, concurrency=2,
        )  # fmt: skip
        result = run(plan)
        assert len(server.asked) == 5 * 3
    assert result.complete
    assert [one.number for one in result.pages] == [1, 2, 3, 4, 5]
