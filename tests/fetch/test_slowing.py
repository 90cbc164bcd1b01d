"""What a run does when much goes wrong: it asks less often, and in the end no more."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest

from tests.support.methods import EVERY_METHOD
from tests.support.raw_server import http, number_of, page, scripted
from tests.support.simulated import carry
from tui_app.fetch import Event, Plan, State, run
from tui_app.fetch.limiter import CEILING, CLOSEST, LEAST_RATE, LOWERED, MARGIN, Pace
from tui_app.fetch.policy import (
    AWAY_REQUESTS,
    AWAY_ROUNDS,
    GIVEN_UP,
    Idle,
    Policy,
    Send,
    Wait,
)
from tui_app.redlist import make_query
from tui_app.redlist.errors import (
    NotFound,
    Rejected,
    RequestError,
    ServerFault,
    Throttled,
    TimedOut,
    Unreachable,
)

REFUSED = Unreachable("x", "connection refused")
BROKEN = ServerFault("x", "HTTP 500", 500)
each_method = pytest.mark.parametrize("method", EVERY_METHOD)


def many(count: int = 400, **more: object) -> Policy:
    asked = [f"assessment/{one}" for one in range(1, count + 1)]
    return Policy(Plan(make_query(asked), "http://127.0.0.1:1", **more))  # type: ignore[arg-type]


@pytest.mark.parametrize("concurrency", [1, 8])
def test_a_server_that_is_away_is_waited_for_and_then_left(concurrency: int) -> None:
    """A crawl of 4,000 species must not knock 24,000 times at a door that is shut."""
    policy = many(concurrency=concurrency)
    starts, ended = carry(policy, lambda number, now: REFUSED)
    assert policy.stopped is not None
    assert "No response" in str(policy.stopped)
    assert "connection refused" in str(policy.stopped)
    assert len(starts) <= AWAY_ROUNDS * concurrency + AWAY_REQUESTS * 6
    assert 30 < ended < 600, "a router takes a minute to restart, nobody waits for an hour"


@pytest.mark.parametrize("concurrency", [1, 8])
def test_an_outage_of_half_a_minute_costs_nothing(concurrency: int) -> None:
    """A dropped network comes back; a run that sits it out needs no resume."""
    policy = many(concurrency=concurrency, retries=20)
    clock = iter(range(1, 10_000))
    starts, _ = carry(
        policy, lambda number, now: REFUSED if next(clock) < 5 * concurrency else None
    )
    assert policy.stopped is None
    assert len(starts) == 400 + 5 * concurrency - 1


@pytest.mark.parametrize(
    "error", [BROKEN, Rejected("x", "HTTP 403", 403)], ids=lambda one: one.kind
)
@pytest.mark.parametrize("concurrency", [1, 8])
def test_a_server_that_only_fails_is_left(concurrency: int, error: RequestError) -> None:
    """An API that answers 500 to everything is down: the other 392 would fare no better."""
    policy = many(concurrency=concurrency)
    starts, ended = carry(policy, lambda number, now: error)
    assert f"{GIVEN_UP} requests in a row failed" in str(policy.stopped)
    assert len(starts) <= 3 * GIVEN_UP * 6, "some others were tried between the retries"
    assert ended < 600


@pytest.mark.parametrize("error", [BROKEN, TimedOut("x", "late")], ids=lambda one: one.kind)
def test_some_that_fail_for_good_beside_each_other_do_not_end_a_run(error: RequestError) -> None:
    """A record that can't be rendered fails each time; the ones behind it must still come."""
    bad = {100, 101}
    policy = many(concurrency=1)
    starts, _ = carry(policy, lambda number, now: error if number in bad else None)
    assert policy.stopped is None
    assert len(starts) == 398 + 2 * 6


def test_what_is_not_found_is_no_failure() -> None:
    """A list of 400 old names, none of which is known, is asked to its end."""
    policy = many(concurrency=8)
    starts, ended = carry(policy, lambda number, now: NotFound("x", "404", 404))
    assert (policy.stopped, len(starts)) == (None, 400)
    assert ended < 10


def test_failures_in_a_row_make_all_wait() -> None:
    """Nothing new is sent while everything fails: not even a request that has not failed yet."""
    policy = many(concurrency=1, retries=0)
    starts, _ = carry(policy, lambda number, now: BROKEN)
    gaps = [later - earlier for earlier, later in pairwise(starts)]
    assert gaps[0] < 0.2
    assert gaps[3] > gaps[2] > gaps[1]
    assert any("failures in a row" in reason for reason, _ in policy.news)


# -- 429 ---------------------------------------------------------------------------------


def test_a_429_lowers_the_pace_for_good_and_it_rises_gently() -> None:
    """The server knows best; whoever comes back as fast as before is refused again."""
    pace = Pace(2.0)
    assert pace.throttled(1.0, 1.5)
    assert pace.rate == pytest.approx(LOWERED * 2.0)
    assert not pace.throttled(1.2, 1.6), "under way when it was lowered"
    pace.good()
    assert LOWERED * 2.0 < pace.rate < 1.05 * LOWERED * 2.0
    for _ in range(200):
        pace.good()
    assert pace.rate == pytest.approx(CEILING * 2.0)


def test_a_pace_is_never_lowered_to_nothing() -> None:
    """A server that answers 429 to everything must not make a run hang."""
    pace = Pace(2.0)
    for second in range(100):
        pace.throttled(second, second + 0.5)
    assert pace.rate == LEAST_RATE
    slow = Pace(0.2)
    slow.throttled(0, 1)
    assert slow.rate == 0.2


def test_without_a_pace_a_429_makes_one() -> None:
    """`--rate off` is a wish, 429 the answer to it."""
    policy = many(concurrency=8)
    limited = iter([Throttled("x", "HTTP 429", 1.0)])
    starts, ended = carry(policy, lambda number, now: next(limited, None))
    assert policy.pace.rate is not None
    assert len(starts) == 401
    for start in starts[20:]:
        assert sum(start <= other < start + 1 for other in starts) <= 8, "as many as it came to"
    assert [pause_s for _, pause_s in policy.news] == [1.0]
    assert ended > 401 / 8


@each_method
def test_the_user_reads_when_the_run_continues(method: str) -> None:
    """A run that stands still without a word looks broken."""

    def answer(path: str, nth: int) -> bytes:
        if number_of(path) == 1 and nth == 1:
            return http(b"{}", 429)
        return page(number_of(path), 3)

    events: list[Event] = []
    with scripted(answer) as server:
        query = make_query(["countries/MG"])
        plan = Plan(query, server.base_url, method=method, rate=50, retries=0, pause_s=0.01)
        result = run(plan, events.append)
    assert result.complete
    (paused,) = [event for event in events if event.state is State.PAUSED]
    assert paused.wait_s == pytest.approx(0.01)
    assert re.fullmatch(
        r"Rate limit reached \(429\)\. The run continues at \d\d:\d\d:\d\d\. "
        r"The rate is lowered to 35 requests a second\.",
        paused.reason,
    )


@each_method
def test_a_server_that_is_gone_stops_the_run_with_a_sentence(method: str) -> None:
    """Each method, and really: 50 names, nobody listens."""
    query = make_query([f"assessment/{number}" for number in range(50)])
    result = run(Plan(query, "http://127.0.0.1:9", method=method, backoff_s=0.001))
    assert "No response" in str(result.totals.stopped)
    assert not result.complete
    assert result.totals.requests < 150


# -- what leaves, not what starts --------------------------------------------------------


def test_the_pace_counts_from_when_a_request_leaves() -> None:
    """Two that start half a second apart must not arrive together, the first being late."""
    policy = many(rate=2.0, concurrency=8)
    first = policy.next(0.0)
    assert isinstance(first, Send)
    assert isinstance(policy.next(0.6), Idle), "it still connects, and may go out at any moment"
    policy.sent(first.request, 0.9)
    step = policy.next(0.9)
    assert isinstance(step, Wait)
    assert step.until == pytest.approx(0.9 + CLOSEST / 2)
    second = policy.next(step.until)
    assert isinstance(second, Send)
    policy.sent(second.request, 1.4)
    step = policy.next(1.8)
    assert isinstance(step, Wait)
    assert step.until == pytest.approx(0.9 + MARGIN), "two in any second, not three"


def test_one_that_does_not_connect_lets_the_others_go_on() -> None:
    """A connection that fails must not block the pace for ever."""
    policy = many(rate=2.0, concurrency=8)
    first = policy.next(0.0)
    assert isinstance(first, Send)
    policy.failed(first.request, 1, REFUSED, 1.0)
    assert isinstance(policy.next(1.0), Send)
