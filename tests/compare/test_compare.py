"""Comparing: the ideal, the order, the figures, and the sentence that is drawn from them."""

from __future__ import annotations

import json
import random
from collections import Counter
from dataclasses import replace
from itertools import product

import pytest
from hypothesis import strategies as st

from tests.support.repeatable import given
from tui_app.compare.comparison import Comparison
from tui_app.compare.explanation import comparison_sentence
from tui_app.compare.ideal import ideal_seconds
from tui_app.compare.statistics import Latency, TimedRun, latency, summarise
from tui_app.compare.sweep import Sweep, cap_page_counts, count_requests, schedule, warm_ups

METHODS = ("sequential", "threads", "asyncio")


@pytest.mark.parametrize(
    ("latencies", "in_flight", "rate", "first_alone", "seconds"),
    [
        ([], 8, None, False, 0.0),
        ([0.5], 8, 2.0, True, 0.5),
        ([1, 2, 3], 1, None, False, 6.0),
        ([1, 2, 3], 3, None, False, 3.0),
        ([3, 1, 1, 1], 2, None, False, 3.0),
        ([1, 1, 1, 3], 2, None, False, 4.0),
        ([1, 1, 1], 8, None, True, 2.0),
        ([0.1] * 5, 8, 2.0, False, 2.1),
        ([0.1] * 5, 1, 2.0, False, 2.1),
        ([1.0] * 3, 1, 2.0, False, 3.0),
        ([3.0, 0.1, 0.1], 8, 1.0, True, 4.1),
        ([1, 1], 0, None, False, 2.0),
    ],
)
def test_the_ideal_of_cases_worked_by_hand(
    latencies, in_flight, rate, first_alone, seconds
) -> None:
    """Else efficiency says something about nothing."""
    found = ideal_seconds(latencies, in_flight, rate, first_alone=first_alone)
    assert found == pytest.approx(seconds)


def stepwise(ticks: list[int], in_flight: int, gap: int, first_alone: bool) -> int:
    """The same by a clock that ticks: at each tick, start what may start."""
    ends: list[int] = []
    now, next_start = 0, 0
    while len(ends) < len(ticks):
        busy = sum(end > now for end in ends)
        held = first_alone and len(ends) == 1 and ends[0] > now
        if busy < in_flight and now >= next_start and not held:
            ends.append(now + ticks[len(ends)])
            next_start = now + gap
            if gap:
                continue
        else:
            now += 1
    return max(ends, default=0)


@given(
    st.lists(st.integers(1, 9), max_size=12),
    st.integers(1, 4),
    st.integers(0, 3),
    st.booleans(),
)
def test_the_ideal_is_what_a_ticking_clock_finds(ticks, in_flight, gap, first_alone) -> None:
    """Else the ideal is beaten by real runs, or is out of anybody's reach."""
    found = ideal_seconds(
        [float(tick) for tick in ticks],
        in_flight,
        1 / gap if gap else None,
        first_alone=first_alone,
    )
    assert found == pytest.approx(stepwise(ticks, in_flight, gap, first_alone))


def test_latencies_are_exact_percentiles() -> None:
    """Else p95 is a number that no request ever took."""
    seconds = [number / 1000 for number in range(1, 101)]
    random.Random(1).shuffle(seconds)
    assert latency(seconds) == Latency(50.0, 90.0, 95.0, 99.0, 100.0)
    assert latency([0.2]) == Latency(200.0, 200.0, 200.0, 200.0, 200.0)
    assert latency([0.1, 0.3]) == Latency(100.0, 300.0, 300.0, 300.0, 300.0)
    assert latency([]) == Latency(None, None, None, None, None)


def test_every_combination_is_timed_once_a_round() -> None:
    """Else a method is measured less often than another."""
    sweep = Sweep(METHODS, (1, 3, 5), repeats=4, seed=7)
    plan = schedule(sweep)
    assert [start.order for start in plan] == list(range(1, 37))
    assert {start.of for start in plan} == {36}
    for repeat in range(4):
        one_round = plan[repeat * 9 : repeat * 9 + 9]
        assert {(start.method, start.pages) for start in one_round} == set(
            product(METHODS, (1, 3, 5))
        )
        assert {start.repeat for start in one_round} == {repeat + 1}
    assert not any(start.warmup for start in plan)


def test_the_seed_decides_the_order_and_nothing_else_does() -> None:
    """Else a comparison can't be done again as it was."""

    def order(**more):
        return [(s.method, s.pages) for s in schedule(Sweep(METHODS, (1, 3, 5), **more))]

    assert order(seed=1) == order(seed=1)
    assert order(seed=1) != order(seed=2)
    plain = order(shuffle=False, repeats=1)
    assert plain == [(method, pages) for pages in (1, 3, 5) for method in METHODS]
    assert order(seed=1, repeats=2)[:9] != order(seed=1, repeats=2)[9:]


def test_warming_up_is_the_same_for_every_method() -> None:
    """Else the one that was warmed up less pays for it."""
    sweep = Sweep(METHODS, (1, 3, 5), warmup=2)
    found = warm_ups(sweep)
    assert all(start.warmup and start.order == 0 for start in found)
    assert Counter((start.method, start.pages) for start in found) == dict.fromkeys(
        product(METHODS, (1,)), 2
    )
    assert warm_ups(Sweep(METHODS, (1,), warmup=0)) == []


def test_requests_are_counted_beforehand() -> None:
    """Else the user agrees to fewer requests than are made."""
    sweep = Sweep(METHODS, (1, 3, 5), repeats=2, warmup=1)
    assert count_requests(sweep) == 1 + 3 * 1 + 3 * 2 * 9
    assert count_requests(sweep, (None, None), prepared=True) == 2 * (5 + 3 * 1 + 3 * 2 * 9)
    assert count_requests(sweep, (3, None)) == (1 + 3 * 1 + 3 * 2 * 7) + count_requests(sweep)


@pytest.mark.parametrize(
    ("counts", "total", "capped"),
    [
        ((1, 3, 5, 10), None, (1, 3, 5, 10)),
        ((1, 3, 5, 10), 10, (1, 3, 5, 10)),
        ((1, 3, 5, 10), 4, (1, 3, 4)),
        ((5, 10), 2, (2,)),
        ((1, 3), 0, (1,)),
    ],
)
def test_page_counts_end_where_the_list_does(counts, total, capped) -> None:
    """Else pages past the end are asked for, and `10 pages` are timed that were 4."""
    assert cap_page_counts(counts, total) == capped


def timed(method: str, pages: int, *seconds: float) -> list[TimedRun]:
    return [
        TimedRun(method, pages, repeat, 0, one, one / 2, pages, 0, Latency())
        for repeat, one in enumerate(seconds, start=1)
    ]


def test_figures_of_a_comparison() -> None:
    """Else medians and speed-ups are of other runs than they say."""
    runs = [
        *timed("asyncio", 5, 1.0, 2.0, 3.0),
        *timed("sequential", 5, 8.0, 9.0, 4.0),
        *timed("asyncio", 1, 2.0),
    ]
    rows = summarise(runs, METHODS)
    assert [(row.pages, row.method, row.n) for row in rows] == [
        (1, "asyncio", 1),
        (5, "sequential", 3),
        (5, "asyncio", 3),
    ]
    alone, slow, fast = rows
    assert (alone.speedup, alone.ci_low, alone.ci_high) == (None, None, None)
    assert (slow.median, slow.min, slow.max, slow.speedup) == (8.0, 4.0, 9.0, 1.0)
    assert (fast.median, fast.ideal, fast.speedup) == (2.0, 1.0, 4.0)
    assert fast.min <= fast.ci_low <= fast.median <= fast.ci_high <= fast.max
    assert summarise(runs, METHODS) == rows
    assert summarise([], METHODS) == []


def test_the_interval_narrows_around_the_median_with_more_repeats() -> None:
    """Else the interval shown has nothing to do with the measurements."""
    drawn = random.Random(3)

    def width(n: int) -> float:
        (row,) = summarise(timed("threads", 1, *(drawn.gauss(10, 1) for _ in range(n))), METHODS)
        return row.ci_high - row.ci_low

    assert 0 < width(200) < width(8)
    (row,) = summarise(timed("threads", 1, *[2.0] * 5), METHODS)
    assert (row.ci_low, row.ci_high) == (2.0, 2.0)


ONE = "faster than sequential."


@pytest.mark.parametrize(
    ("seconds", "sentence"),
    [
        (
            {"sequential": 5.6, "threads": 2.0, "asyncio": 1.0},
            f"At 10 pages, asyncio was 5.6× {ONE}",
        ),
        (
            {"sequential": 5.6, "threads": 1.0, "asyncio": 2.0},
            f"At 10 pages, threads were 5.6× {ONE}",
        ),
        (
            {"sequential": 5.6, "threads": 1.0, "asyncio": 1.0},
            f"At 10 pages, threads and asyncio were 5.6× {ONE}",
        ),
        (
            {"sequential": 5.6, "threads": 1.04, "asyncio": 1.0},
            f"At 10 pages, threads and asyncio were at least 5.4× {ONE}",
        ),
        (
            {"sequential": 5.6, "threads": 1.0, "asyncio": 1.04},
            f"At 10 pages, threads and asyncio were at least 5.4× {ONE}",
        ),
        (
            {"sequential": 5.6, "threads": 1.06, "asyncio": 1.0},
            f"At 10 pages, asyncio was 5.6× {ONE}",
        ),
        ({"sequential": 1.1, "asyncio": 1.0}, f"At 10 pages, asyncio was 1.1× {ONE}"),
        ({"sequential": 1.06, "asyncio": 1.0}, f"At 10 pages, asyncio was 1.06× {ONE}"),
        (
            {"sequential": 1.04, "threads": 1.0, "asyncio": 1.0},
            "At 10 pages, no method was clearly faster than sequential.",
        ),
        (
            {"sequential": 1.0, "threads": 2.0, "asyncio": 3.0},
            "At 10 pages, no method was clearly faster than sequential.",
        ),
        ({"threads": 2.0, "asyncio": 3.0}, ""),
        ({"sequential": 1.0}, ""),
        ({}, ""),
    ],
)
def test_the_sentence_says_what_the_figures_do(seconds, sentence: str) -> None:
    """Else the user is told that one method won when it was chance."""
    runs = [run for method, one in seconds.items() for run in timed(method, 10, one)]
    runs += [run for method in seconds for run in timed(method, 1, 1.0)]
    outcome = Comparison({}, tuple(runs), tuple(summarise(runs, METHODS)))
    assert comparison_sentence(outcome) == sentence


@pytest.mark.parametrize(
    ("settings", "ideal", "more"),
    [
        ({"concurrency": 8, "rate": None}, 0.95, "; with many pages, 8 in flight could reach 8×"),
        ({"concurrency": 8, "rate": None}, 0.5, ""),  # it is the computer that limits
        ({"concurrency": 8, "rate": 2.0}, 0.95, ""),  # it is the pace
        ({"concurrency": 5, "rate": None}, 0.95, ""),  # there is no more
        ({}, 0.95, ""),
    ],
)
def test_the_sentence_says_what_more_could_be_had(
    settings: dict[str, object], ideal: float, more: str
) -> None:
    """Else 5 times as fast with 8 in flight looks like a fault of the method."""
    runs = [*timed("sequential", 10, 5.0), *timed("asyncio", 10, 1.0)]
    runs = [replace(run, ideal_seconds=run.seconds * ideal) for run in runs]
    outcome = Comparison(settings, tuple(runs), tuple(summarise(runs, METHODS)))
    expected = f"At 10 pages, asyncio was 5.0× {ONE}"
    assert comparison_sentence(outcome) == expected.removesuffix(".") + f"{more}."


def test_one_page_is_singular() -> None:
    """Else the sentence reads like a machine's."""
    runs = [*timed("sequential", 1, 3.0), *timed("threads", 1, 1.0)]
    outcome = Comparison({}, tuple(runs), tuple(summarise(runs, METHODS)))
    assert comparison_sentence(outcome) == f"At 1 page, threads were 3.0× {ONE}"


def test_the_json_has_the_columns_that_are_promised() -> None:
    """Else scripts that read `compare --json` break."""
    runs = timed("sequential", 1, 3.0)
    said = Comparison({"seed": 0}, tuple(runs), tuple(summarise(runs, METHODS))).to_json()
    assert {"settings", "runs", "summary"} <= said.keys()
    assert [*said["runs"][0]][:9] == [
        *("method", "pages", "repeat", "order", "seconds", "ideal_seconds"),
        *("requests", "failed", "latency_ms"),
    ]
    assert [*said["summary"][0]][:10] == [
        *("method", "pages", "n", "median", "min", "max"),
        *("ci_low", "ci_high", "ideal", "speedup"),
    ]
    assert [*said["runs"][0]["latency_ms"]] == ["p50", "p90", "p95", "p99", "max"]


def test_a_comparison_is_read_back_as_it_was() -> None:
    """Else a report of last week's comparison tells of another one."""
    runs = [*timed("sequential", 3, 3.0, 3.2, 3.1), *timed("threads", 3, 1.0, 1.1, 1.2)]
    runs = [replace(run, limit="latency", terms={"latency": 0.5}) for run in runs]
    outcome = Comparison(
        {"seed": 0, "operations": ["a"]}, tuple(runs), tuple(summarise(runs, METHODS)),
        complete=False, note="Stopped.", comparison="7", created_utc="2026-11-25T21:18:18+00:00",
    )  # fmt: skip
    kept = json.loads(json.dumps(outcome.to_json()))
    assert Comparison.from_json(kept) == outcome
    # What an older version kept had fewer fields, and a newer one may have more.
    for run in kept["runs"]:
        del run["terms"]
        run["invented_later"] = 1
    assert Comparison.from_json(kept).runs[0].terms is None


@pytest.mark.parametrize("kept", [{}, {"settings": {}, "runs": [{}], "summary": []}, {"runs": 1}])
def test_what_is_no_comparison_is_not_read_as_one(kept: dict[str, object]) -> None:
    assert Comparison.from_json(kept) is None


def test_a_gain_is_a_figure_only_where_there_is_one() -> None:
    runs = [*timed("sequential", 1, 3.0), *timed("threads", 1, 2.99), *timed("asyncio", 1, 1.0)]
    assert [row.gain for row in summarise(runs, METHODS)] == ["1.00", "no difference", "3.00"]
    assert [row.gain for row in summarise(timed("asyncio", 1, 1.0), METHODS)] == [""]
