"""From measured runs to a workload: what is told apart, and what odd measurements don't tell."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

import pytest

from tui_app.compare.workload import (
    ASSESSMENT,
    PAGE,
    USUAL_COST_S,
    ListSize,
    MeasuredRun,
    Sample,
    Work,
    crowds,
    workload_of,
)
from tui_app.fetch import Plan
from tui_app.redlist import make_query

USUAL_S = USUAL_COST_S["v4"]
WAY_S = 0.02


def run_of(
    alone: list[float],
    in_flight: int = 1,
    capacity: float = float("inf"),
    method: str = "asyncio",
    tells: Callable[[float], float | None] = lambda alone_s: alone_s - WAY_S,
    **more,
) -> MeasuredRun:
    """A run as it would be measured, so many at once; page n takes what stands there, alone."""
    now, found = 0.0, []
    for place in range(0, len(alone), in_flight):
        batch = alone[place : place + in_flight]
        stretched = [one * max(1.0, len(batch) / capacity) for one in batch]
        for number, (alone_s, took_s) in enumerate(zip(batch, stretched, strict=True), place + 1):
            label, end = f"page {number}", now + took_s
            found.append(Sample(PAGE, label, now, now, end, server_s=tells(alone_s)))
        now += max(stretched)
    return MeasuredRun(method, tuple(found), **more)


def spread(count: int = 40, seed: int = 1) -> list[float]:
    chance = random.Random(seed)
    return [0.3 * chance.lognormvariate(0, 0.35) for _ in range(count)]


def workload(*runs: MeasuredRun):
    return workload_of(runs, USUAL_S)


def test_how_many_were_under_way_beside_each() -> None:
    """Else an answer that was held up is taken for one that was alone."""
    assert crowds([(0, 2), (1, 3), (5, 6)]) == [1.5, 1.5, 1.0]
    assert crowds([(0, 1), (0, 1), (0, 1)]) == [3.0, 3.0, 3.0]
    assert crowds([(1, 1)]) == [1.0]
    assert crowds([]) == []


def test_a_shared_link_is_told_from_slow_answers() -> None:
    """Else more in flight is advised where it gains nothing."""
    found = workload(run_of([0.48] * 16, 8, 2.17), run_of([0.48] * 10))
    assert found.capacity == pytest.approx(2.17, rel=0.02)
    assert found.latencies_s[PAGE] == pytest.approx([0.48] * 26)
    plain = workload(run_of(spread(), 8), run_of(spread()))
    assert plain.capacity is None
    assert sorted(plain.latencies_s[PAGE]) == pytest.approx(sorted(spread() * 2))


def test_three_answers_at_once_show_a_link() -> None:
    """Else probes don't see what they were sent together for."""
    run = run_of([0.48] * 3, 3, 2.17)
    first = replace(run.samples[0], started=-WAY_S, new_connection=True)
    probes = replace(run, samples=(first, *run.samples[1:]))
    assert workload(probes).capacity == pytest.approx(2.17, rel=0.05)
    free = replace(probes, samples=run_of([0.3, 0.4, 0.2], 3).samples)
    assert workload(free).capacity is None


def test_a_link_is_seen_without_the_servers_word() -> None:
    """Else it takes a server with `x-runtime`."""
    alone = run_of([0.48] * 10, tells=lambda s: None)
    shared = run_of([0.48] * 16, 8, 3.0, tells=lambda s: None)
    assert workload(shared, alone).capacity == pytest.approx(3.0, rel=0.05)
    # What was measured together tells nothing of each: those that were alone are drawn.
    unknown = workload(shared)
    assert unknown.capacity is None
    assert unknown.crowd == pytest.approx(8)


def test_a_few_late_answers_are_no_link() -> None:
    """Else a server that has just been started looks like a narrow one."""
    slow = run_of(spread(), 8)
    late = [
        replace(one, ended=(one.ended or 0) + 0.5) if number < 8 else one
        for number, one in enumerate(slow.samples)
    ]
    assert workload(replace(slow, samples=tuple(late))).capacity is None


def test_waiting_for_this_computer_is_no_link_and_no_latency() -> None:
    """Else what the client costs is counted twice."""
    # Each answer waits for seven others, two milliseconds each.
    busy = run_of([0.001] * 40, 8, 1 / 2.5, tells=lambda s: 0.0)
    found = workload(busy, run_of([0.001] * 40, tells=lambda s: 0.0))
    assert found.capacity is None
    assert max(found.latencies_s[PAGE]) == pytest.approx(0.001)


def test_pages_with_times_of_their_own_are_found() -> None:
    """Else what was measured of the very same pages is as good as that of any."""
    times = spread(12)
    again = [run_of(times), run_of(times, 4)]
    assert workload(*again).own_s["page 3"] == pytest.approx((times[2], times[2]))
    assert workload(*(run_of(spread(12, seed)) for seed in range(4))).own_s == {}
    assert workload(again[0]).own_s == {}


def test_runs_tell_what_their_method_costs() -> None:
    """Else each method is said to cost the same."""
    told = run_of([0.3] * 20, method="threads", requests=20, cpu_s=0.1)
    short = run_of([0.3] * 5, requests=5, cpu_s=0.1)
    found = workload(told, short, run_of([0.3] * 20, method="sequential"))
    assert found.costs_s == {"threads": pytest.approx(0.005)}
    assert found.cost_s("threads") == pytest.approx(0.005)
    assert found.cost_s("asyncio") == USUAL_S


def test_failures_are_counted_by_kind_of_request() -> None:
    """Else a forecast for a bad server is one for a good server."""
    good = Sample(PAGE, "a", 0, 0, 0.1)
    bad = Sample(PAGE, "a", 0, 0, None, failure="server")
    late = Sample(PAGE, "a", 0, 0, None, failure="throttled", retry_after_s=7.0)
    stopped = Sample(PAGE, "a", 0, 0, None, failure="cancelled")
    whole = Sample(ASSESSMENT, "b", 0, 0, 0.2)
    found = workload(MeasuredRun("threads", (good, good, bad, late, stopped, whole)))
    assert [(one.failure, one.share, one.retry_after_s) for one in found.failing[PAGE]] == [
        ("server", 0.25, None),
        ("throttled", 0.25, 7.0),
    ]
    assert ASSESSMENT not in found.failing
    assert {kind: len(all_) for kind, all_ in found.latencies_s.items()} == {PAGE: 2, ASSESSMENT: 1}


def test_all_that_a_pause_refused_count_once() -> None:
    """Eight in flight that are refused together make one pause, not eight."""
    good = [Sample(PAGE, "a", at, at, at + 0.3) for at in range(9)]
    refused = [
        Sample(PAGE, "b", 10 + n / 10, 10, 11.0, failure="throttled", retry_after_s=120.0)
        for n in range(8)
    ]
    again = Sample(PAGE, "b", 130.0, 130.0, 131.0, failure="throttled", retry_after_s=120.0)
    (found,) = workload(MeasuredRun("threads", (*good, *refused, again))).failing[PAGE]
    assert (found.failure, found.retry_after_s) == ("throttled", 120.0)
    assert found.share == pytest.approx(2 / 18)


def test_odd_measurements_break_nothing() -> None:
    """Clocks that jump, servers that say nonsense: a forecast is no place for a traceback."""
    odd = (
        Sample(PAGE, "a", 5.0, 5.0, 4.0, server_s=9.0),
        Sample(PAGE, "b", 5.0, None, None),
        Sample(PAGE, "c", 5.0, 5.0, 5.0, server_s=0.0),
        Sample("", "d", 0.0, 0.0, 1e9, server_s=1e300),
    )
    found = workload(MeasuredRun("asyncio", odd, 12, 0.0))
    assert set(found.latencies_s) == {PAGE, ""}
    assert all(0 <= s < 1e10 for one in found.latencies_s.values() for s in one)
    assert workload().latencies_s == {}


@pytest.mark.parametrize(
    ("pages", "rows", "page_rows"),
    [(5, 444, 100), (3, 44, 20), (16, 157_000, 10_000), (1, 1, 100), (3, 20, 7), (0, 0, 100)],
)
def test_pages_have_as_many_rows_as_the_api_gives(pages, rows, page_rows) -> None:
    """Else the first pages of a list are said to have fewer."""
    assert ListSize(pages, rows).page_rows == page_rows


def test_what_is_left_of_a_plan_is_named() -> None:
    """Else cached pages are forecast, or details are left out."""
    query = make_query(["countries/MG"], details=True)
    plan = Plan(query, "http://127.0.0.1:1", kept=frozenset({(0, 1), (0, 3), (-1, 7)}))
    what = Work(plan, {0: ListSize(3, 300)})
    left = list(what.left())
    assert left[0] == (PAGE, "countries/MG page 2")
    assert left[1:] == [(ASSESSMENT, "")] * 299
    assert len(left) == what.requests
    v3 = Work(Plan(make_query(["species/page"], "v3"), "http://x"), {0: ListSize(16, 160_000)})
    assert len(list(v3.left())) == 17, "v3 is asked until a page is empty"


def test_several_lists_with_details_in_common_are_counted_once() -> None:
    """Else the time of a run with details is that of its lists."""
    names = ["countries/MG", "red_list_categories/CR"]
    sizes = {0: ListSize(3, 300), 1: ListSize(3, 300)}

    def requests(**more: bool) -> int:
        return Work(Plan(make_query(names, details=True, **more), "http://x"), sizes).requests

    assert requests() == 6 + 600
    assert requests(intersect=True) == 6 + 300
