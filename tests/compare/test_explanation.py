"""Why it came out like that: sentences that follow from figures."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import strategies as st

from tests.support.repeatable import given
from tui_app.compare.comparison import Comparison
from tui_app.compare.explanation import explain
from tui_app.compare.statistics import Latency, TimedRun, summarise

METHODS = ("sequential", "threads", "asyncio")


def timed(method: str, seconds: float, **more: object) -> TimedRun:
    run = TimedRun(
        *(method, 10, 1, 1, seconds, seconds, 10, 0, Latency(p50=300.0)),
        in_flight=1 if method == "sequential" else 8,
        bytes=460_000,
        limit="latency",
        terms={"latency": seconds, "cpu": 0.01},
    )
    return replace(run, **more)


def told(*runs: TimedRun, **settings: object) -> str:
    return " ".join(
        explain(Comparison(dict(settings), tuple(runs), tuple(summarise(runs, METHODS))))
    )


def test_waiting_is_explained_by_turns() -> None:
    said = told(timed("sequential", 3.0), timed("threads", 0.6), timed("asyncio", 0.6))
    assert (
        "Sequential waits for each response in turn: 10 pages take at least 3.00 s, 0.30 s each"
        in said
    )
    assert (
        "Threads and asyncio wait for up to 8 responses at the same time: 10 pages take at least "
        "0.60 s." in said
    )
    assert "so threads and asyncio take about the same time" in said
    assert "One run each can't separate threads from asyncio." in said


def test_the_pace_makes_all_alike() -> None:
    terms = {"pace": 4.8, "latency": 0.6}
    runs = [
        timed(method, 4.9, limit="pace", terms=terms, pace_wait_seconds=4.1, ideal_seconds=4.8)
        for method in METHODS
    ]
    said = told(*runs, rate=2.0)
    assert "at 2 requests a second, 10 pages take at least 4.80 s" in said
    assert "4.10 s by sequential" in said
    assert "the methods can't differ" in said


LESS = "aiohttp does less work than requests"


def swept(method: str, took: dict[int, float], **more: object) -> list[TimedRun]:
    return [timed(method, one, in_flight=most, **more) for most, one in took.items()]


@pytest.mark.parametrize(
    ("took", "more", "sentence"),
    [
        (
            {1: 3.0, 4: 2.0, 6: 1.9, 8: 1.88},
            {"limit": "pace"},
            "Beyond 6 in flight only 1% is gained by {who}: the rate limit sets the time.",
        ),
        (
            {1: 3.0, 5: 0.6, 8: 0.6},
            {},
            "Beyond 5 in flight nothing is gained by {who}: 10 pages take 2 turns either way.",
        ),
        (
            {2: 1.5, 10: 0.3, 20: 0.3},
            {},
            "Beyond 10 in flight nothing is gained by {who}: 10 pages can't have more than 10 in "
            "flight.",
        ),
        (
            {1: 0.1, 2: 0.08, 8: 0.12},
            {"limit": "cpu"},
            "Beyond 2 in flight nothing is gained by {who}: this computer sets the time; "
            "8 took 50% longer than 2.",
        ),
        (
            {1: 3.0, 2: 1.5, 4: 0.8},
            {},
            "By {who}, 4 in flight were faster than 2; more were not timed and may be faster "
            "still.",
        ),
        (
            {1: 3.0, 16: 0.3},
            {},
            "By {who}, 16 in flight (10 at most, with 10 pages) were faster than 1.",
        ),
        (
            {1: 3.0, 10: 0.3},
            {},
            "By {who}, 10 in flight were faster than 1; 10 pages can't have more than 10 in "
            "flight.",
        ),
    ],
)
def test_the_knee_is_named_with_what_sets_the_time(
    took: dict[int, float], more: dict[str, object], sentence: str
) -> None:
    said = told(*swept("threads", took, **more), *swept("asyncio", took, **more))
    assert said.startswith(sentence.format(who="threads and asyncio"))


@pytest.mark.parametrize(
    ("took", "words"),
    [
        (0.05, "8 threads were 2.00× faster than sequential."),
        (0.1, "8 threads were no faster than sequential."),
        (0.2, "8 threads took 100% longer than sequential."),
    ],
)
def test_without_the_lock_no_sentence_says_that_one_thread_runs_at_a_time(
    took: float, words: str
) -> None:
    runs = [timed(method, 0.1, limit="cpu") for method in METHODS]
    runs[1] = replace(runs[1], seconds=took)
    said = told(*runs, environment={"GIL": "off"})
    assert words in said
    assert "one thread at a time" not in said
    assert "one thread at a time" in told(*runs, environment={"GIL": "on"})


@given(took=st.lists(st.floats(0.01, 5), min_size=2, max_size=6))
def test_no_knee_contradicts_its_figures(took: list[float]) -> None:
    counts = [2**power for power in range(len(took))]
    said = told(*swept("threads", dict(zip(counts, took, strict=True))))
    by_count = dict(zip(counts, took, strict=True))
    if found := re.search(r"Beyond (\d+) in flight (?:nothing|only (\d)%|no gain) is", said):
        knee, best = by_count[int(found[1])], min(took)
        assert all(knee <= 1.0501 * by_count[one] for one in counts if one > int(found[1]))
        assert found[2] is None or abs(100 * (knee / best - 1) - int(found[2])) <= 0.51
    else:
        flying = re.findall(r"(\d+) in flight(?: \([^)]*\))? were faster than (\d+)", said)
        last, before = flying[0]
        assert by_count[int(last)] < by_count[int(before)]


def test_a_full_link_is_told_with_both_latencies() -> None:
    terms = {"latency": 0.96, "link": 2.2, "cpu": 0.01}
    slow = {"limit": "link", "terms": terms, "latency_ms": Latency(p50=1780.0)}
    said = told(timed("sequential", 4.8), timed("threads", 2.2, **slow))
    assert "one takes 0.48 s alone and 1.78 s alongside others (median)" in said
    assert "460 kB at 209 kB per second take about 2.20 s" in said


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (1.2, "8 threads took 20% longer than sequential"),
        (1.0, "8 threads were no faster than sequential"),
        (0.8, "8 threads were 1.25× faster than sequential"),
    ],
)
def test_the_lock_explains_what_threads_do_without_waiting(seconds: float, words: str) -> None:
    """Else a learner sees threads lose, and not why."""
    busy = {"limit": "cpu", "terms": {"latency": 0.1, "cpu": 0.9}}
    said = told(
        timed("sequential", 1.0, cpu_seconds=0.009, **busy),
        timed("threads", seconds, cpu_seconds=0.011, **busy),
        timed("asyncio", 0.4, cpu_seconds=0.003, **busy),
    )
    assert words in said
    assert "GIL" in said
    assert "CPU time per request: 0.9 ms by sequential, 1.1 ms by threads, 0.3 ms" in said
    assert "needs 33% of sequential's CPU time per request: it is faster because aiohttp" in said


@given(
    st.tuples(*[st.floats(0.05, 20.0)] * 3),
    st.tuples(*[st.floats(0.001, 0.05)] * 3),
    st.sampled_from(["cpu", "latency", "link", "pace"]),
)
def test_no_sentence_contradicts_its_figures(
    seconds: tuple[float, ...], cpu_s: tuple[float, ...], limit: str
) -> None:
    """Else it says that threads gained 87% and can't share the work."""
    terms = {"latency": 0.05, "cpu": 0.01, "link": 0.02, "pace": 0.03}
    runs = [
        timed(method, took, cpu_seconds=cost, limit=limit, terms=terms, ideal_seconds=took * 0.9)
        for method, took, cost in zip(METHODS, seconds, cpu_s, strict=True)
    ]
    said = told(*runs)
    base, threads, tasks = seconds
    if found := re.search(r"8 threads took (\d+)% longer", said):
        assert threads > base
        assert int(found[1]) == round(100 * (threads / base - 1))
    if found := re.search(r"8 threads were ([\d.]+)× faster", said):
        assert float(found[1]) >= 1.0
        assert threads < base
        assert "can't share" not in said
    if found := re.search(r"asyncio needs (\d+)%", said):
        assert tasks < base
        assert ("because aiohttp does less" in said) <= (int(found[1]) <= 90)
    if "threads and asyncio take about the same time" in said:
        assert max(threads, tasks) <= 1.051 * min(threads, tasks)
    if "the methods can't differ" in said:
        assert max(seconds) <= 1.051 * min(seconds)
    for share in re.findall(r"Time over the ideal: .*? \((\d+)%\)", said):
        assert int(share) >= 2


@pytest.mark.parametrize(
    ("alone", "reasons"),
    [
        (None, f"{LESS} and responses arrive while it processes others"),
        (0.9, f"{LESS} and responses arrive while it processes others"),
        (0.5, LESS),  # as fast with one in flight: none arrives meanwhile
    ],
)
def test_why_asyncio_is_faster_where_the_computer_is_the_limit(
    alone: float | None, reasons: str
) -> None:
    busy = {"limit": "cpu", "terms": {"latency": 0.1, "cpu": 0.9}}
    tasks = timed("asyncio", 0.5, cpu_seconds=0.006, **busy)
    runs = [timed("sequential", 1.0, cpu_seconds=0.01, **busy), tasks]
    if alone is not None:
        runs.append(replace(tasks, seconds=alone, in_flight=1))
    assert f"faster because {reasons}." in told(*runs)


def test_what_differs_by_a_hair_is_not_said_to_be_within_the_spread() -> None:
    """Ranges that don't meet stand in the table above it."""
    runs = [timed("sequential", 3.0 + at / 1000) for at in range(3)]
    runs += [timed("threads", 0.572 + at / 1000) for at in range(3)]
    apart = [timed("asyncio", 0.568 + at / 1000) for at in range(3)]
    assert "At 10 pages, threads and asyncio differ by less than 1%." in told(*runs, *apart)
    meeting = [timed("asyncio", 0.571 + at / 1000) for at in range(3)]
    assert "shows no difference between threads and asyncio" in told(*runs, *meeting)


def test_failed_attempts_are_no_overhead_of_a_method() -> None:
    """A minute of a stuck response was told as the method's own."""
    said = told(
        timed("sequential", 61.5, ideal_seconds=1.1, own_seconds=0.01, retry_seconds=60.4),
        timed("threads", 0.66, ideal_seconds=0.6, own_seconds=0.05),
    )
    first = "Failed attempts and the waits for their retries set the time: "
    assert said.startswith(f"{first}60.4 s of 61.5 s by sequential. ")
    assert "over the ideal: 60 ms (10%) by threads. Outside network and waits: 50" in said


def test_a_few_failed_attempts_are_told_behind_the_limit() -> None:
    said = told(
        timed("sequential", 3.5, ideal_seconds=3.0, retry_seconds=0.4),
        timed("threads", 0.6, ideal_seconds=0.6),
    )
    assert said.startswith("Sequential waits for each response")
    assert "Failed attempts and the waits for their retries took 0.40 s by sequential." in said


def test_what_a_method_takes_beyond_the_ideal_is_told() -> None:
    said = told(timed("sequential", 3.0), timed("threads", 0.66, ideal_seconds=0.6))
    assert "Time over the ideal: 60 ms (10%) by threads" in said
    assert "by sequential: what" not in said


def test_the_programs_own_work_is_told_by_method_where_it_differs() -> None:
    """Of what takes a page 0.05 ms nobody needs to hear three times."""
    own = "This program's own work (CPU time for pace, checks, decoding and events): "
    said = told(*(timed(method, 1.0, work_seconds=0.0005) for method in METHODS))
    assert f"{own}0.05 ms a page." in said
    runs = (timed("sequential", 1.0, work_seconds=0.0004), timed("threads", 1.0, work_seconds=8e-4))
    assert f"{own}0.04 ms a page by sequential, 0.08 ms a page by threads." in told(*runs)
    assert own not in told(timed("threads", 1.0))  # made before it was measured


def test_nothing_timed_explains_nothing() -> None:
    assert explain(Comparison({}, (), ())) == []
