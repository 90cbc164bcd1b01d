"""From measured runs to a world: what is told apart, and what odd measurements don't tell."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

import pytest

from tui_app.compare.estimate import USUAL_COST, estimate
from tui_app.compare.link import Link
from tui_app.compare.observed import Observed, ObservedRun, crowds
from tui_app.compare.world import ASSESSMENT, PAGE, Cost

USUAL = USUAL_COST["v4"]
WAY_S = 0.02


def run_of(
    alone: list[float],
    in_flight: int = 1,
    link: float = float("inf"),
    method: str = "asyncio",
    tells: Callable[[float], float | None] = lambda alone_s: alone_s - WAY_S,
    **more,
) -> ObservedRun:
    """A run over a link, as it would be measured; page n takes what stands there, alone."""
    shared, now, begun, done = Link(link), 0.0, {}, []
    waiting = list(enumerate(alone, start=1))
    while waiting or begun:
        while waiting and len(begun) < in_flight:
            page, alone_s = waiting.pop(0)
            begun[page] = (now, alone_s)
            shared.join(page, alone_s, now)
        now = shared.next_end()
        page = shared.pop(now)
        start, alone_s = begun.pop(page)
        done.append(Observed(PAGE, f"page {page}", start, start, now, server_s=tells(alone_s)))
    return ObservedRun(method, in_flight, tuple(done), **more)


def spread(count: int = 40, seed: int = 1) -> list[float]:
    chance = random.Random(seed)
    return [0.3 * chance.lognormvariate(0, 0.35) for _ in range(count)]


def test_how_many_were_under_way_beside_each() -> None:
    """Else an answer that was held up is taken for one that was alone."""
    assert crowds([(0, 2), (1, 3), (5, 6)]) == [1.5, 1.5, 1.0]
    assert crowds([(0, 1), (0, 1), (0, 1)]) == [3.0, 3.0, 3.0]
    assert crowds([(1, 1)]) == [1.0]
    assert crowds([]) == []


def test_a_shared_link_is_told_from_slow_answers() -> None:
    """Else more in flight is advised where it gains nothing."""
    runs = [run_of([0.48] * 10, 8, link=2.17), run_of([0.48] * 10, 1)]
    found = estimate(runs, USUAL).world
    assert found.link == pytest.approx(2.17, rel=0.02)
    assert found.latencies[PAGE].seconds == pytest.approx([0.48] * 20)
    plain = estimate([run_of(spread(), 8), run_of(spread(), 1)], USUAL).world
    assert plain.link is None
    assert sorted(plain.latencies[PAGE].seconds) == pytest.approx(sorted(spread() * 2))


def test_three_answers_at_once_show_a_link() -> None:
    """Else probes don't see what they were sent together for."""
    (run,) = [run_of([0.48] * 3, 3, link=2.17)]
    first = replace(run.attempts[0], started=-WAY_S, new_connection=True)
    probes = replace(run, attempts=(first, *run.attempts[1:]))
    assert estimate([probes], USUAL).world.link == pytest.approx(2.17, rel=0.05)
    free = replace(probes, attempts=run_of([0.3, 0.4, 0.2], 3).attempts)
    assert estimate([free], USUAL).world.link is None


def test_a_link_is_seen_without_the_servers_word() -> None:
    """Else it takes a server with `x-runtime`."""
    alone = run_of(spread(seed=2), 1, tells=lambda s: None)
    shared = run_of(spread(seed=2), 8, link=3.0, tells=lambda s: None)
    found = estimate([shared, alone], USUAL).world
    assert found.link == pytest.approx(3.0, rel=0.05)
    # What was measured together tells nothing of each: those that were alone are drawn.
    unknown = estimate([shared], USUAL)
    assert unknown.world.link is None
    assert unknown.crowd == pytest.approx(8, abs=0.2)


def test_a_few_late_answers_are_no_link() -> None:
    """Else a server that has just been started looks like a narrow one."""
    slow = run_of(spread(), 8)
    late = [
        replace(one, ended=(one.ended or 0) + 0.5) if number < 8 else one
        for number, one in enumerate(slow.attempts)
    ]
    assert estimate([replace(slow, attempts=tuple(late))], USUAL).world.link is None


def test_waiting_for_this_computer_is_no_link_and_no_latency() -> None:
    """Else what the client costs is counted twice."""
    # Each answer waits for seven others, two milliseconds each.
    busy = run_of([0.001] * 40, 8, link=1 / 2.5, tells=lambda s: 0.0)
    alone = run_of([0.001] * 40, 1, tells=lambda s: 0.0)
    found = estimate([busy, alone], USUAL).world
    assert found.link is None
    assert max(found.latencies[PAGE].seconds) == pytest.approx(0.001)


def test_pages_with_times_of_their_own_are_found() -> None:
    """Else what was measured of the very same pages is as good as that of any."""
    times = spread(12)
    again = [run_of(times, 1), run_of(times, 4)]
    own = estimate(again, USUAL).world.latencies[PAGE].own
    assert own["page 3"] == pytest.approx((times[2], times[2]))
    by_chance = [run_of(spread(12, seed), 1) for seed in range(4)]
    assert estimate(by_chance, USUAL).world.latencies[PAGE].own == {}
    assert estimate(again[:1], USUAL).world.latencies[PAGE].own == {}


@pytest.mark.parametrize(
    ("run", "cost_s"),
    [
        # One after another: what is left of the time.
        (run_of([0.3] * 20, method="sequential", seconds=6.1, requests=20), 0.005),
        # A busy computer: each takes the time that all take, divided by their number.
        (run_of([0.001] * 40, 8, seconds=0.08, requests=40, cpu_s=0.1), 0.002),
        # A slow server: the processor's time bounds it.
        (run_of([0.3] * 40, 8, seconds=1.6, requests=40, cpu_s=0.12), 0.003),
        # Nothing bounds it: a server that serves one at a time looks alike.
        (run_of([0.001] * 40, 8, seconds=0.08, requests=40), None),
        (run_of([0.3] * 5, 1, seconds=1.6, requests=5), None),
        (run_of([0.3] * 20, 1), None),
    ],
)
def test_runs_tell_what_their_method_costs(run, cost_s) -> None:
    """Else each method is said to cost the same."""
    costs = estimate([run], USUAL).world.costs
    if cost_s is None:
        assert costs == {}
    else:
        assert list(costs) == [run.method]
        assert costs[run.method].request_s == pytest.approx(cost_s, rel=0.05)


@pytest.mark.parametrize(
    ("later_s", "start_s"), [(0.002, 0.002), (0.0, 0.0), (30.0, USUAL.start_s)]
)
def test_runs_tell_what_beginning_costs(later_s: float, start_s: float) -> None:
    """A short run's forecast is half of that; a resumed one begins where the other ended."""
    run = run_of(spread(), seconds=14.0, requests=40, cpu_s=0.2)
    first_s = min(one.started for one in run.attempts)
    moved = tuple(
        replace(
            one,
            started=one.started - first_s + later_s,
            sent=(one.sent or 0.0) - first_s + later_s,
            ended=(one.ended or 0.0) - first_s + later_s,
        )
        for one in run.attempts
    )
    costs = estimate([replace(run, attempts=moved)], USUAL).world.costs
    assert costs[run.method].start_s == pytest.approx(start_s)


def test_failures_are_counted_by_sort_and_kind() -> None:
    """Else a forecast for a bad server is one for a good server."""
    good = Observed(PAGE, "a", 0, 0, 0.1)
    bad = Observed(PAGE, "a", 0, 0, None, kind="server")
    late = Observed(PAGE, "a", 0, 0, None, kind="throttled", retry_after_s=7.0)
    stopped = Observed(PAGE, "a", 0, 0, None, kind="cancelled")
    whole = Observed(ASSESSMENT, "b", 0, 0, 0.2)
    run = ObservedRun("threads", 2, (good, good, bad, late, stopped, whole))
    found = estimate([run], USUAL)
    assert [(one.kind, one.share, one.retry_after_s) for one in found.world.failing[PAGE]] == [
        ("server", 0.25, None),
        ("throttled", 0.25, 7.0),
    ]
    assert ASSESSMENT not in found.world.failing
    assert found.answers == {PAGE: 2, ASSESSMENT: 1}


def test_odd_measurements_break_nothing() -> None:
    """Clocks that jump, servers that say nonsense: a forecast is no place for a traceback."""
    odd = [
        Observed(PAGE, "a", 5.0, 5.0, 4.0, server_s=9.0),
        Observed(PAGE, "b", 5.0, None, None),
        Observed(PAGE, "c", 5.0, 5.0, 5.0, server_s=0.0),
        Observed("", "d", 0.0, 0.0, 1e9, server_s=1e300),
    ]
    found = estimate([ObservedRun("asyncio", 8, tuple(odd), 0.0, 12, 0.0)], Cost(0.003))
    assert set(found.answers) == {PAGE, ""}
    assert all(0 <= s < 1e10 for one in found.world.latencies.values() for s in one.seconds)
    assert estimate([], USUAL).answers == {}


def test_all_that_a_pause_refused_count_once() -> None:
    """Eight in flight that are refused together make one pause, not eight."""
    good = [Observed(PAGE, "a", at, at, at + 0.3) for at in range(9)]
    refused = [
        Observed(PAGE, "b", 10 + n / 10, 10, 11.0, kind="throttled", retry_after_s=120.0)
        for n in range(8)
    ]
    again = Observed(PAGE, "b", 130.0, 130.0, 131.0, kind="throttled", retry_after_s=120.0)
    (found,) = estimate([ObservedRun("threads", 8, (*good, *refused, again))], USUAL).world.failing[
        PAGE
    ]
    assert (found.kind, found.retry_after_s) == ("throttled", 120.0)
    assert found.share == pytest.approx(2 / 18)
