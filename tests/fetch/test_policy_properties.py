"""The policy against any server: simulated time, any outcomes in any order."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

from hypothesis import strategies as st

from tests.support.repeatable import given
from tui_app.fetch import Plan
from tui_app.fetch.policy import Finished, Idle, Policy, Send, Wait
from tui_app.redlist import Paging, make_query
from tui_app.redlist.errors import (
    CutOff,
    Malformed,
    NotFound,
    Rejected,
    RequestError,
    ServerFault,
    Throttled,
    TimedOut,
    TokenRefused,
    Unreachable,
)
from tui_app.redlist.rate_limit import Window

OUTCOMES: tuple[RequestError | None, ...] = (
    *(None,) * 12,
    Unreachable("x", "refused"),
    TimedOut("x", "late"),
    CutOff("x", "cut"),
    Malformed("x", "odd"),
    Throttled("x", "429", 1.0),
    Throttled("x", "429"),
    ServerFault("x", "503", 503, 2.0),
    ServerFault("x", "500", 500),
    NotFound("x", "404", 404),
    Rejected("x", "400", 400),
    TokenRefused("x", "401", 401),
)


@given(
    st.lists(st.sampled_from(OUTCOMES), max_size=60),
    st.lists(st.floats(0.01, 3.0), min_size=1, max_size=10),
    st.integers(1, 9),
    st.integers(0, 4),
    st.sampled_from([None, 1.0, 2.0, 5.0]),
    st.sampled_from([None, Window(1, 1.5), Window(4, 6.0), Window(7, 2.0)]),
    st.integers(1, 12),
)
def test_whatever_the_server_does(  # noqa: PLR0915, PLR0917
    outcomes: list[RequestError | None],
    latencies: list[float],
    concurrency: int,
    retries: int,
    rate: float | None,
    window: Window | None,
    pages: int,
) -> None:
    """It ends; it asks for all, no more often than it may, no faster, no more at once."""
    plan = Plan(
        make_query(["countries/MG", "assessment/1", "assessment/2"]),
        "http://127.0.0.1:1",
        concurrency=concurrency,
        retries=retries,
        rate=rate,
        window=window,
        pause_s=5.0,
    )
    policy = Policy(plan)
    now, sent = 0.0, 0
    starts: list[float] = []
    attempts: Counter[int] = Counter()
    refused: Counter[int] = Counter()
    good: Counter[int] = Counter()
    given_up: set[int] = set()
    flying: list[tuple[float, Send]] = []
    for _ in range(5000):
        step = policy.next(now)
        if isinstance(step, Send):
            policy.sent(step.request, now)
            attempts[step.request.number] += 1
            most = retries + 1 + refused[step.request.number]
            assert step.attempt == attempts[step.request.number] <= most
            starts.append(now)
            flying.append((now + latencies[sent % len(latencies)], step))
            flying.sort(key=lambda one: one[0])
            sent += 1
            assert len(flying) <= concurrency
            continue
        if isinstance(step, Finished) and not flying:
            break
        assert isinstance(step, Wait | Idle | Finished)
        assert isinstance(step, Wait) or flying, "nothing to wait for"
        until = step.until if isinstance(step, Wait) else float("inf")
        if not flying or until < flying[0][0]:
            assert until > now
            now = until
            continue
        now, back = flying.pop(0)
        place = sum(attempts.values()) - len(flying) - 1
        error = outcomes[place] if place < len(outcomes) else None
        if error is None:
            good[back.request.number] += 1
            paged = back.request.page is not None
            policy.answered(back.request, 5, Paging(total_pages=pages if paged else None))
        else:
            policy.failed(back.request, back.attempt, error, now)
            refused[back.request.number] += isinstance(error, Throttled)
            if attempts[back.request.number] - refused[back.request.number] > retries:
                given_up.add(back.request.number)
    else:
        raise AssertionError("it does not end")
    assert all(count == 1 for count in good.values())
    assert not given_up & set(good)
    assert all(later >= earlier for earlier, later in pairwise(starts))
    for limit in filter(None, (rate and Window(int(rate), 1.0), window)):
        ends = [start + limit.seconds for start in starts]
        for start, end in zip(starts, ends, strict=True):
            assert sum(start <= other < end for other in starts) <= limit.requests
    if not any(outcomes[: sum(attempts.values())]):
        assert sum(good.values()) == pages + 2
