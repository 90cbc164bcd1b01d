"""Forecasts: what no run can beat, what limits it, their rows, their words, their advice."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import msgspec
import pytest
from hypothesis import strategies as st

from tests.support.repeatable import given
from tui_app.compare.advice import advise
from tui_app.compare.forecast import (
    FEW,
    Basis,
    Forecast,
    Forecaster,
    ForecastRow,
    Limit,
    duration,
    lines_of,
)
from tui_app.compare.ideal import ideal_seconds
from tui_app.compare.workload import (
    ASSESSMENT,
    PAGE,
    FailureRate,
    ListSize,
    RequestKind,
    Work,
    Workload,
)
from tui_app.fetch import Plan
from tui_app.methods import DEFAULT_METHODS
from tui_app.redlist import make_query
from tui_app.redlist.rate_limit import Window, spread_s


def work(pages: int = 20, *, details: bool = False, **more) -> Work:
    plan = Plan(
        make_query(["countries/MG"], details=details), "http://127.0.0.1:1",
        method=more.pop("method", "asyncio"), **more,
    )  # fmt: skip
    return Work(plan, {0: ListSize(pages, pages * 100)})


def world(seconds: list[float], **more) -> Workload:
    many = tuple(seconds * math.ceil(FEW / len(seconds)))
    kinds: list[RequestKind] = [PAGE, ASSESSMENT]
    return Workload(dict.fromkeys(kinds, many), **more)


def row(what: Work, where: Workload) -> ForecastRow:
    return Forecaster(what, where, 300).row(what.plan.method, what.plan.concurrency)


LATENCIES = st.lists(st.floats(0.001, 5.0), min_size=1, max_size=8)


@given(
    LATENCIES, st.integers(1, 60), st.integers(1, 20), st.sampled_from([None, 0.5, 2.0, 7.0]),
    st.sampled_from([None, Window(1, 2.0), Window(9, 20.0), Window(90, 120.0)]), st.booleans(),
)  # fmt: skip
def test_no_run_beats_the_pace(  # noqa: PLR0917
    latencies, pages, concurrency, rate, window, details
) -> None:
    """Else a forecast promises what can't be had."""
    what = work(
        pages, concurrency=concurrency, rate=rate, window=window, details=details and pages < 5
    )
    found = row(what, world(latencies))
    assert found.requests == what.requests
    assert 0 < found.low <= found.seconds <= found.high
    assert found.seconds >= spread_s(what.requests, rate, window)


@given(LATENCIES, st.integers(1, 60), st.integers(1, 20), st.integers(1, 20))
def test_more_in_flight_is_not_slower_where_nothing_is_shared(
    latencies, pages, concurrency, more
) -> None:
    """Else the advice on what to set is noise."""
    few = row(work(pages, concurrency=concurrency), world(latencies))
    many = row(work(pages, concurrency=concurrency + more), world(latencies))
    assert many.seconds <= few.seconds * 1.0001


@given(st.lists(st.floats(0.01, 3.0), min_size=1, max_size=30), st.integers(1, 9))
def test_pages_with_times_of_their_own_take_the_ideal_time(latencies, concurrency) -> None:
    """Else the forecast and the ideal are two opinions about the same thing."""
    own = {f"countries/MG page {page}": (one,) for page, one in enumerate(latencies, start=1)}
    found = row(work(len(latencies), concurrency=concurrency), replace(world([1.0]), own_s=own))
    ideal = ideal_seconds(latencies, concurrency, first_alone=True)
    assert found.seconds == pytest.approx(ideal)


def test_what_limits_a_run_is_said() -> None:
    """Else the advice is to set what changes nothing."""
    slow, quick = world([1.0]), world([0.001], usual_cost_s=0.004)
    assert row(work(concurrency=8), slow).limit is Limit.LATENCY
    assert row(work(concurrency=8, rate=2.0), slow).limit is Limit.PACE
    assert row(work(concurrency=1, rate=2.0), slow).limit is Limit.LATENCY
    shared = row(work(concurrency=8), replace(slow, capacity=2.0))
    assert shared.limit is Limit.LINK
    assert shared.seconds == pytest.approx(1 + 19 / 2, rel=0.1)
    busy = row(work(concurrency=8), quick)
    assert busy.limit is Limit.COMPUTER
    assert busy.seconds == pytest.approx(20 * 0.004, rel=0.1)
    down = world([0.01], failing={PAGE: (FailureRate("server", 0.5),)})
    assert row(work(concurrency=8), down).limit is Limit.FAILURES


def test_one_after_another_takes_the_sum() -> None:
    """Else what a method costs is counted twice, or not at all."""
    where = world([0.2], costs_s={"sequential": 0.01})
    found = row(work(20, method="sequential", concurrency=8), where)
    assert found.seconds == pytest.approx(20 * 0.21)


def test_connections_are_made_by_those_in_flight_alone() -> None:
    """Else long runs pay for connections that they have."""
    where = world([1.0], setup_s=0.5)
    assert row(work(9, concurrency=8), where).seconds == pytest.approx(1.5 + 1.5)
    assert row(work(60, concurrency=2), where).seconds < 34


def test_failures_are_tried_again() -> None:
    """Else a forecast for a bad server is one for a good server."""
    good = row(work(50, concurrency=4), world([0.1]))

    def failing(kind: str, share: float, wait_s: float | None = None, **more) -> ForecastRow:
        where = world([0.1], failing={PAGE: (FailureRate(kind, share, wait_s),)})
        return row(work(50, concurrency=4, **more), where)

    bad = failing("server", 0.2)
    assert 50 < bad.requests < 100
    assert bad.seconds > good.seconds
    assert failing("timeout", 0.2, timeout_s=30.0).seconds > 30
    assert failing("throttled", 0.3, 5.0).seconds > 5
    kept = failing("throttled", 0.3, 120.0, window=Window(90, 120.0))
    assert kept.requests == 50, "a run that keeps to a window is not refused"
    assert not failing("not-found", 1.0).halted
    assert failing("connection", 1.0).halted


def test_an_answer_that_takes_longer_than_the_time_out_fails() -> None:
    """Else a time-out that is too short looks harmless."""
    assert row(work(2, timeout_s=0.5, retries=1), world([1.0])).requests == 4


def test_a_long_run_is_reckoned_from_a_part_of_it() -> None:
    """Else a forecast of a day's work takes minutes."""
    what = work(200, details=True, concurrency=8)
    found = row(what, world([0.2, 0.3, 0.4]))
    assert found.requests == 20_200
    assert found.seconds == pytest.approx(20_200 * 0.3 / 8, rel=0.03)
    paced = row(replace(what, plan=replace(what.plan, rate=2.0)), world([0.3]))
    assert paced.seconds == pytest.approx(20_200 / 2 * 1.045, rel=0.01)
    windowed = row(work(4000, concurrency=8, rate=2.0, window=Window(90, 120.0)), world([0.3]))
    assert windowed.seconds == pytest.approx(spread_s(4000, 2.0, Window(90, 120.0)), rel=0.03)
    assert windowed.limit is Limit.PACE


def advised(what, where, method: str = "asyncio", concurrency: int = 8) -> tuple[str, ...]:
    lines = lines_of(tuple(DEFAULT_METHODS), concurrency)
    forecaster = Forecaster(what, where, len(lines))
    rows = [forecaster.row(*line) for line in lines]
    return advise(rows, method, concurrency, forecaster.row)


COSTS = {"sequential": 0.003, "threads": 0.003, "asyncio": 0.002}


@pytest.mark.parametrize(
    ("what", "where", "concurrency", "said"),
    [
        (
            work(60, rate=2.0),
            world([1.2]),
            8,
            ("8 in flight is enough: more than 3 wait for the rate limit.",),
        ),
        (
            work(60, rate=2.0),
            world([0.2]),
            8,
            (
                "8 in flight is enough: more than 1 wait for the rate limit.",
                "The method makes no difference here: all wait for the rate limit.",
            ),
        ),
        (
            work(200),
            world([0.5], capacity=2.17),
            8,
            ("The link is full with 3 in flight: more only share it.",),
        ),
        (
            work(200),
            world([0.5]),
            2,
            ("16 in flight would take 7.0 s instead of 50 s.",),
        ),
        (
            work(200),
            world([0.5]),
            16,
            ("16 in flight is right: fewer would take longer.",),
        ),
        (
            work(4),
            world([0.5]),
            8,
            ("3 in flight is enough: more would be idle.",),
        ),
        (
            work(200),
            world([0.0005], costs_s={**COSTS, "threads": 0.0036}),
            8,
            (
                "8 in flight is enough: more than 2 wait for this computer.",
                "threads gain nothing here: responses arrive faster than Python can process them.",
            ),
        ),
    ],
)
def test_the_advice_says_what_to_set(what, where, concurrency, said) -> None:
    """Else a table of times is all there is, and nobody knows what follows from it."""
    assert advised(what, where, concurrency=concurrency) == said


def test_a_slower_method_is_told() -> None:
    """Else who chose it never knows."""
    where = world([0.001], costs_s={**COSTS, "threads": 0.006, "sequential": 0.02})
    said = advised(work(200), where, method="threads")
    assert said[-1] == "asyncio is 3.0× faster than threads."


def test_a_run_that_would_stop_is_told() -> None:
    """Else its short time looks like good news."""
    row = ForecastRow("asyncio", 8, 3.0, 2.0, 4.0, 60, Limit.FAILURES, halted=True)
    assert advise([row], "asyncio", 8, lambda *_: row) == (
        "So many requests fail that a run would stop early.",
    )
    assert advise([], "asyncio", 8, lambda *_: row) == ()
    one = replace(row, requests=1, halted=False)
    assert advise([one], "asyncio", 8, lambda *_: row) == ()


def test_a_row_is_the_middle_of_runs_with_a_range_around_it() -> None:
    """Else a forecast says more than is known."""
    what, where = work(40), world([0.2, 0.4])
    one = Forecaster(what, where, 11).row("threads", 4)
    assert (one.method, one.concurrency, one.requests) == ("threads", 4, 40)
    assert one.low <= one.seconds * 0.97 < one.seconds * 1.03 <= one.high
    assert Forecaster(what, where, 11).row("threads", 4) == one
    few = replace(where, latencies_s={PAGE: where.latencies_s[PAGE][:3]})
    wider = Forecaster(what, few, 11).row("threads", 4)
    assert wider.high - wider.low > 1.5 * (one.high - one.low)
    busy = Forecaster(what, world([0.0001], costs_s=COSTS), 11).row("threads", 4)
    assert busy.low <= busy.seconds * 0.5 < busy.seconds * 1.5 <= busy.high


def test_every_method_has_a_line_for_each_concurrency() -> None:
    """Else the one that is set is not in the table."""
    assert lines_of(("sequential", "asyncio"), 3) == [
        ("sequential", 1),
        *(("asyncio", count) for count in (1, 2, 3, 4, 8, 16)),
    ]


def forecast(**more) -> Forecast:
    row = ForecastRow("asyncio", 8, 3.0, 2.0, 4.0, 78, Limit.LATENCY)
    given = {
        "settings": {"method": "asyncio", "concurrency": 8}, "pages": 78, "records": 7800,
        "details": 0, "requests": 78, "kept": 0, "at_most": False, "rows": (row,),
        "basis": Basis(40),
    }  # fmt: skip
    return Forecast(**{**given, **more})


def test_a_forecast_in_words() -> None:
    """Else the two faces say it differently."""
    assert forecast().work_in_words() == "78 requests"
    assert forecast(requests=1).work_in_words() == "1 request"
    assert forecast(requests=431, kept=1200).work_in_words() == (
        "431 of 1,631 requests, 1,200 already saved"
    )
    assert forecast(at_most=True).work_in_words() == "at most 78 requests"
    assert Basis(40).in_words() == "from 40 saved responses"
    assert Basis(1).in_words() == "from 1 saved response"
    assert Basis(0, 3).in_words() == "from 3 test requests"
    assert Basis(40, 1).in_words() == "from 40 saved responses and 1 test request"


def test_the_row_that_is_set_is_found() -> None:
    """Else the note says another one's time."""
    assert forecast().own is not None
    assert forecast(rows=()).own is None
    alone = ForecastRow("sequential", 1, 9.0, 8.0, 10.0, 78, Limit.LATENCY)
    found = forecast(settings={"method": "sequential", "concurrency": 8}, rows=(alone,)).own
    assert found is alone


def test_a_forecast_is_json() -> None:
    """Else `plan --json` prints nothing."""
    said = json.loads(msgspec.json.encode(forecast()))
    assert said["rows"][0]["limit"] == "the latency"
    assert said["basis"]["kept"] == 40


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0.0, "0 s"), (0.042, "42 ms"), (0.9, "0.90 s"), (3.21, "3.2 s"), (41.6, "42 s"),
        (78.4, "1 min 18 s"), (180.0, "3 min"), (599.7, "10 min"), (3_500.0, "58 min"),
        (5_400.0, "1 h 30 min"), (7_200.0, "2 h"), (85_320.0, "24 h"),
    ],
)  # fmt: skip
def test_spans_are_said_as_people_say_them(seconds, said) -> None:
    """Else 85,320 seconds have to be divided in the head."""
    assert duration(seconds) == said
