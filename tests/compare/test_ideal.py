"""The ideal's terms: the pace, the latency, the link, the processor; and which of them it is."""

from __future__ import annotations

import pytest

from tui_app.compare.ideal import bandwidth, with_ideals
from tui_app.compare.statistics import Latency, TimedAnswer, TimedRun, network_s, waiting_s
from tui_app.redlist.rate_limit import Window


def run_of(
    answers: list[TimedAnswer],
    *,
    in_flight: int = 8,
    method: str = "asyncio",
    seconds: float | None = None,
    cpu_s: float = 0.001,
) -> tuple[TimedRun, list[TimedAnswer]]:
    took = max(one.ended_s for one in answers) if seconds is None else seconds
    run = TimedRun(
        *(method, len(answers), 1, 1, took, took, len(answers), 0, Latency()),
        in_flight=in_flight,
        cpu_seconds=cpu_s,
        bytes=sum(one.size_bytes for one in answers),
    )
    return run, answers


def in_turn(count: int, latency_s: float, **more: float) -> list[TimedAnswer]:
    return [
        TimedAnswer((0, n), n * latency_s, (n + 1) * latency_s, 1000, **more) for n in range(count)
    ]


def at_once(count: int, latency_s: float) -> list[TimedAnswer]:
    return [TimedAnswer((0, n), 0.0, latency_s, 1000) for n in range(count)]


def test_one_at_a_time_is_limited_by_latency() -> None:
    (found,) = with_ideals([run_of(in_turn(10, 0.3), in_flight=1)], None)
    assert found.limit == "latency"
    assert found.ideal_seconds == pytest.approx(3.0)
    assert found.terms == {"latency": 3.0, "cpu": 0.001}


def test_the_pace_limits_where_it_is_slower_than_the_answers() -> None:
    answers = [TimedAnswer((0, n), n * 0.5, n * 0.5 + 0.3) for n in range(10)]
    (found,) = with_ideals([run_of(answers, in_flight=4)], 2.0)
    assert found.limit == "pace"
    assert found.ideal_seconds == pytest.approx(9 / 2 + 0.3)


def test_a_full_link_limits_however_many_are_in_flight() -> None:
    """As in the notebook: a page takes 0.48 s alone, and five at once 1.1 s."""
    single = run_of(in_turn(5, 0.48), in_flight=1, method="sequential")
    several = run_of(at_once(5, 1.1), seconds=1.12)
    one, five = with_ideals([single, several], None)
    assert (one.limit, five.limit) == ("latency", "link")
    assert five.terms == {"latency": 0.48, "link": 1.1, "cpu": 0.001}
    assert five.ideal_seconds == pytest.approx(1.1)


def test_without_one_at_a_time_the_server_s_own_time_tells_of_the_link() -> None:
    answers = [TimedAnswer((0, n), 0.0, 1.1, 1000, server_s=0.48) for n in range(5)]
    assert bandwidth([run_of(answers)]) == pytest.approx(5000 / 1.1)
    alike = [TimedAnswer((0, n), 0.0, 0.5, 1000, server_s=0.48) for n in range(5)]
    assert bandwidth([run_of(alike)]) is None


def test_answers_that_wait_for_this_computer_say_nothing_of_the_link() -> None:
    """Else threads at 0 ms look as if the network held them up."""
    single = run_of(in_turn(8, 0.001), in_flight=1, method="sequential", cpu_s=0.008)
    busy = run_of(at_once(8, 0.008), cpu_s=0.0078, method="threads")
    assert bandwidth([single, busy]) is None
    _, threads = with_ideals([single, busy], None)
    assert threads.limit == "cpu"
    assert threads.ideal_seconds == pytest.approx(0.0078)


def test_no_ideal_is_longer_than_the_run() -> None:
    """Threads' calls to the system go on beside each other: two processors, one second."""
    (found,) = with_ideals([run_of(at_once(8, 0.5), cpu_s=0.9)], None)
    assert (found.ideal_seconds, found.limit) == (0.5, "cpu")


def test_a_page_counts_as_long_as_it_takes_alone() -> None:
    """Else what stretches a method's own answers is counted as the server's doing."""
    slow = run_of(at_once(2, 0.31), seconds=0.32)
    single = run_of(in_turn(2, 0.3), in_flight=1, method="sequential")
    assert with_ideals([slow, single], None)[0].ideal_seconds == pytest.approx(0.3)


def test_time_is_told_apart() -> None:
    """Waiting for the pace is no time on the network, and neither is the method's own."""
    answers = [
        TimedAnswer((0, 1), 0.0, 0.2),
        TimedAnswer((0, 2), 0.5, 0.7, pace_wait_s=0.4),
        TimedAnswer((0, 3), 0.6, 0.8, pace_wait_s=0.05),
    ]
    assert network_s(answers) == pytest.approx(0.2 + 0.3)
    assert waiting_s(answers) == pytest.approx(0.8)
    assert network_s([]) == waiting_s([]) == 0.0


def test_the_window_limits_a_run_that_has_more_than_it() -> None:
    """At 2 a second 12 take 5.5 s, and at most 5 in any 10 s make it 20.5 s."""
    starts = [0, 0.5, 1, 1.5, 2, 10, 10.5, 11, 11.5, 12, 20, 20.5]
    answers = [TimedAnswer((0, n), start, start + 0.3) for n, start in enumerate(starts)]
    (found,) = with_ideals([run_of(answers, in_flight=4)], 2.0, Window(5, 10.0))
    assert found.limit == "pace"
    assert found.ideal_seconds == pytest.approx(20.5 + 0.3)
    assert found.terms is not None
    assert found.terms["pace"] == pytest.approx(20.5 + 0.3)
    (alone,) = with_ideals([run_of(answers, in_flight=4)], None, Window(5, 10.0))
    assert alone.ideal_seconds == pytest.approx(20 + 0.3)
    (few,) = with_ideals([run_of(answers[:5], in_flight=4)], 2.0, Window(5, 10.0))
    assert few.ideal_seconds == pytest.approx(2.3), "a short run goes at the rate"
