"""Simulated runs: what no run can beat, what they ask for, and what they say limits them."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import strategies as st

from tests.support.repeatable import given
from tui_app.compare import ideal_seconds
from tui_app.compare.link import Link, capacity_of
from tui_app.compare.simulation import Limit, Simulated, simulate
from tui_app.compare.work import ListSize, Work
from tui_app.compare.world import ASSESSMENT, FEW, PAGE, Cost, Failing, Latencies, World
from tui_app.fetch import Plan
from tui_app.redlist import make_query
from tui_app.redlist.rate_limit import Window, spread_s

BASE = "http://127.0.0.1:1"


def work(pages: int = 20, *, details: bool = False, lists: int = 1, **more) -> Work:
    names = ["countries/MG", "red_list_categories/CR", "threats/2"][:lists]
    query = make_query(names, details=details, intersect=more.pop("intersect", False))
    plan = Plan(query, BASE, method=more.pop("method", "asyncio"), **more)
    return Work(plan, {index: ListSize(pages, pages * 100) for index in range(lists)})


def world(seconds: list[float], **more) -> World:
    many = tuple(seconds * math.ceil(FEW / len(seconds)))
    return World({PAGE: Latencies(many), ASSESSMENT: Latencies(many)}, **more)


LATENCIES = st.lists(st.floats(0.001, 5.0), min_size=1, max_size=8)


@given(
    LATENCIES, st.integers(1, 60), st.integers(1, 20), st.sampled_from([None, 0.5, 2.0, 7.0]),
    st.sampled_from([None, Window(1, 2.0), Window(9, 20.0), Window(90, 120.0)]), st.booleans(),
)  # fmt: skip
def test_no_run_beats_the_pace_or_the_latencies(  # noqa: PLR0917
    latencies, pages, concurrency, rate, window, details
) -> None:
    """Else a forecast promises what can't be had."""
    what = work(
        pages, concurrency=concurrency, rate=rate, window=window, details=details and pages < 5
    )
    run = simulate(what, world(latencies))
    assert run.requests == what.requests
    assert run.seconds >= what.requests * min(latencies) / concurrency * 0.999
    if rate is not None:
        assert run.seconds >= what.requests / rate - max(1.0, 1 / rate)
    if window is not None:
        assert run.seconds >= spread_s(what.requests, None, window)
    assert math.isclose(sum(run.waits.values()), 1.0)


@given(LATENCIES, st.integers(1, 60), st.integers(1, 20), st.integers(1, 20), st.integers(0, 9))
def test_more_in_flight_is_not_slower_where_nothing_is_shared(
    latencies, pages, concurrency, more, seed
) -> None:
    """Else the advice on what to set is noise."""
    few = simulate(work(pages, concurrency=concurrency), world(latencies), seed=seed)
    many = simulate(work(pages, concurrency=concurrency + more), world(latencies), seed=seed)
    assert many.seconds <= few.seconds * 1.0001


@given(LATENCIES, st.integers(0, 5), st.sampled_from([None, 3.0]))
def test_the_same_seed_gives_the_same_run(latencies, seed, rate) -> None:
    """Else a forecast can't be made again."""
    failing = {PAGE: (Failing("server", 0.2), Failing("throttled", 0.1, 1.0))}
    what, where = work(30, rate=rate), world(latencies, failing=failing, setup_s=0.1)
    first, second = (simulate(what, where, seed=seed) for _ in range(2))
    assert first == second
    assert simulate(what, where, seed=seed + 1) != first


@given(st.lists(st.floats(0.01, 3.0), min_size=1, max_size=30), st.integers(1, 9), st.booleans())
def test_a_client_that_costs_nothing_takes_the_ideal_time(latencies, concurrency, paced) -> None:
    """Else the simulation and the ideal are two opinions about the same thing."""
    own = {f"countries/MG page {page}": (one,) for page, one in enumerate(latencies, start=1)}
    known = replace(world([1.0]), latencies={PAGE: Latencies((1.0,) * FEW, own)})
    # At a pace of one in ten seconds, the pace alone decides: its margin is the simulation's own.
    rate = 0.1 if paced else None
    run = simulate(work(len(latencies), concurrency=concurrency, rate=rate), known)
    ideal = ideal_seconds(latencies, concurrency, rate and rate / 1.045, first_alone=True)
    assert run.seconds == pytest.approx(ideal)


def limit_of(run: Simulated) -> Limit:
    assert run.limit in run.waits
    return run.limit


def test_what_limits_a_run_is_said() -> None:
    """Else the advice is to set what changes nothing."""
    slow, quick = world([1.0]), world([0.001], costs={"asyncio": Cost(0.004)})
    assert limit_of(simulate(work(concurrency=8), slow)) is Limit.LATENCY
    assert limit_of(simulate(work(concurrency=8, rate=2.0), slow)) is Limit.PACE
    assert limit_of(simulate(work(concurrency=1, rate=2.0), slow)) is Limit.LATENCY
    shared = simulate(work(concurrency=8), replace(slow, link=2.0))
    assert limit_of(shared) is Limit.LINK
    assert shared.seconds == pytest.approx(1 + 19 / 2, rel=0.1)
    busy = simulate(work(concurrency=8), quick)
    assert limit_of(busy) is Limit.COMPUTER
    assert busy.seconds == pytest.approx(20 * 0.004, rel=0.1)
    down = world([0.01], failing={PAGE: (Failing("server", 0.5),)})
    assert limit_of(simulate(work(concurrency=8), down)) is Limit.FAILURES


def test_one_after_another_takes_the_sum() -> None:
    """Else what a method costs is counted twice, or not at all."""
    where = world([0.2], setup_s=0.05, costs={"sequential": Cost(0.01, 0.5)})
    run = simulate(work(20, method="sequential", concurrency=8), where)
    assert run.seconds == pytest.approx(0.5 + 0.05 + 20 * 0.21)


def test_a_connection_is_made_for_each_in_flight_and_kept() -> None:
    """Else long runs pay for connections that they have."""
    where = world([1.0], setup_s=0.5)
    assert simulate(work(20, method="sequential"), where).seconds == pytest.approx(20.5)
    # The first page has a connection; the other seven are made at once, later.
    assert simulate(work(9, concurrency=8), where).seconds == pytest.approx(1.5 + 1.5)


def test_failures_are_tried_again_as_the_policy_has_it() -> None:
    """Else a forecast for a bad server is one for a good server."""
    good = simulate(work(50, concurrency=4), world([0.1]))
    failing = {PAGE: (Failing("server", 0.2),)}
    bad = simulate(work(50, concurrency=4), world([0.1], failing=failing))
    assert 50 < bad.requests < 100
    assert bad.seconds > good.seconds
    late = world([0.1], failing={PAGE: (Failing("timeout", 0.2),)})
    plan = replace(work(50).plan, timeout_s=30.0)
    assert simulate(Work(plan, work(50).sizes), late).seconds > 30
    throttled = {PAGE: (Failing("throttled", 0.3, 5.0),)}
    assert simulate(work(50), world([0.1], failing=throttled)).seconds > 5
    gone = simulate(work(50), world([0.1], failing={PAGE: (Failing("not-found", 1.0),)}))
    assert (gone.requests, gone.halted) == (1, False)
    lost = world([0.1], failing={PAGE: (Failing("connection", 1.0),)})
    away = simulate(work(50, lists=3, retries=20), lost)
    assert away.halted


def test_an_answer_that_takes_longer_than_the_time_out_fails() -> None:
    """Else a time-out that is too short looks harmless."""
    plan = replace(work(2).plan, timeout_s=0.5, retries=1)
    run = simulate(Work(plan, work(2).sizes), world([1.0]))
    assert run.requests == 2  # the first page twice; how many follow is never known


def test_rows_beget_details_and_each_is_asked_for_once() -> None:
    """Else the time of a run with details is that of its lists."""
    assert simulate(work(3, details=True), world([0.1])).requests == 3 + 300
    both = work(3, details=True, lists=2)
    assert simulate(both, world([0.1])).requests == both.requests == 6 + 600
    common = work(3, details=True, lists=2, intersect=True)
    assert simulate(common, world([0.1])).requests == common.requests == 6 + 300


@pytest.mark.parametrize(
    ("pages", "rows", "page_rows"),
    [(5, 444, 100), (3, 44, 20), (16, 157_000, 10_000), (1, 1, 100), (3, 20, 7), (0, 0, 100)],
)
def test_pages_have_as_many_rows_as_the_api_gives(pages, rows, page_rows) -> None:
    """Else the first pages of a list are said to have fewer."""
    assert ListSize(pages, rows).page_rows == page_rows


def test_what_is_kept_is_not_asked_for() -> None:
    """Else a second fetch is forecast to take as long as the first."""
    what = work(3, details=True)
    plan = replace(
        what.plan,
        kept=frozenset({(0, 1), (0, 3), (-1, 7)}),
        listed=((0, (7, 8)),),
        known_pages={0: 3},
    )
    # Page 2 with its hundred rows, and of those that page 1 lists the one that isn't kept.
    assert simulate(Work(plan, what.sizes), world([0.1])).requests == 1 + 100 + 1


def test_v3_is_asked_until_a_page_is_empty() -> None:
    """Else its last requests, which nobody needed, are not counted."""
    plan = Plan(make_query(["species/page"], "v3"), BASE, concurrency=4)
    run = simulate(Work(plan, {0: ListSize(16, 160_000)}), world([1.0]))
    assert 17 <= run.requests <= 20


def test_a_long_run_is_reckoned_from_a_part_of_it() -> None:
    """Else a forecast of a day's work takes minutes."""
    what = work(200, details=True, concurrency=8)
    for where in (world([0.2, 0.3, 0.4]), world([0.3], link=3.0)):
        whole, part = simulate(what, where), simulate(what, where, most=2000)
        assert part.seconds == pytest.approx(whole.seconds, rel=0.03)
        assert part.requests == pytest.approx(whole.requests, rel=0.01)
    paced = replace(what, plan=replace(what.plan, rate=2.0))
    whole, part = (simulate(paced, world([0.3]), most=most) for most in (None, 2000))
    assert part.seconds == pytest.approx(whole.seconds, rel=0.01)


@given(
    st.lists(st.floats(0.1, 3.0), min_size=4, max_size=30),
    st.floats(1.2, 3.5),
    st.integers(4, 12),
)
def test_the_capacity_of_a_link_is_found_again(alone, capacity, in_flight) -> None:
    """Else what answers share is taken for slow answers, or the other way round."""
    link = Link(capacity)
    now, spans, begun, waiting = 0.0, [], {}, list(enumerate(alone))
    while waiting or begun:
        while waiting and len(begun) < in_flight:
            number, alone_s = waiting.pop(0)
            begun[number] = now
            link.join(number, alone_s, now)
        now = link.next_end()
        number = link.pop(now)
        spans.append((begun.pop(number), now))
    found = capacity_of([spans], sum(alone), most=in_flight)
    assert found == pytest.approx(capacity, rel=0.01)
    assert capacity_of([spans], sum(end - start for start, end in spans), most=in_flight) is None


def test_few_measurements_leave_the_truth_open() -> None:
    """Else three answers promise what only a thousand could."""
    few, many = Latencies((0.2, 0.3, 0.5)), Latencies((0.2, 0.3, 0.5) * 300)
    assert few.scale(0.5) == many.scale(0.5) == 1.0
    assert few.scale(0.1) < 0.8
    assert 0.97 < many.scale(0.1) < 1.0 < many.scale(0.9) < few.scale(0.9)
    what = work(40, concurrency=4)
    lucky, usual, unlucky = (
        simulate(what, World({PAGE: few}), luck=luck).seconds for luck in (0.1, 0.5, 0.9)
    )
    assert lucky < usual < unlucky


@pytest.mark.parametrize("pages", [250, 940, 4000, 4043])
def test_a_long_run_within_a_window_is_not_reckoned_by_half_of_one(pages: int) -> None:
    """Requests come in bursts: what is simulated of a long run has to be whole ones."""
    window = Window(90, 120.0)
    what = work(pages, concurrency=8, rate=2.0, window=window)
    run = simulate(what, world([0.3]), most=800)
    assert run.seconds == pytest.approx(spread_s(pages, 2.0, window), rel=0.03)
    assert limit_of(run) is Limit.PACE


def test_who_keeps_to_a_window_is_not_refused() -> None:
    """Refusals of earlier runs, which had none, say nothing of it."""
    refusing = world([0.3], failing={PAGE: (Failing("throttled", 0.1, 120.0),)})
    kept = simulate(work(60, rate=2.0, window=Window(90, 120.0)), refusing)
    assert kept.requests == 60
    assert simulate(work(60, rate=2.0), refusing).requests > 60
