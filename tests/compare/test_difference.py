"""A difference within the spread is no difference."""

from __future__ import annotations

import random

import pytest

from tui_app.compare.comparison import Comparison
from tui_app.compare.explanation import comparison_sentence
from tui_app.compare.statistics import Latency, TimedRun, difference, summarise

METHODS = ("sequential", "threads", "asyncio")


@pytest.mark.parametrize(
    ("seconds", "others", "found"),
    [
        ([1.0], [1.04], "none"),
        ([1.0], [1.06], "faster"),
        ([1.06], [1.0], "slower"),
        ([1.0, 1.2], [1.1, 1.3], "none"),
        ([1.0, 1.05], [1.1, 1.3], "faster"),
        ([1.0, 1.0, 1.0], [1.01, 1.01, 1.01], "none"),  # sure, and not worth a word
        ([1.0, 1.0, 1.0], [1.03, 1.03, 1.03], "faster"),
        ([1.0, 1.5, 0.9], [1.2, 1.0, 1.4], "none"),
        ([2.0, 2.1, 1.9], [1.0, 1.1, 0.9], "slower"),
    ],
)
def test_of_cases_worked_by_hand(seconds, others, found: str) -> None:
    assert difference(seconds, others) == found


def test_chance_is_seldom_called_a_difference() -> None:
    """The same method against itself, 200 times, with a spread of a tenth."""
    drawn = random.Random(11)

    def sample() -> list[float]:
        return [drawn.gauss(1.0, 0.1) for _ in range(7)]

    wrong = sum(difference(sample(), sample()) != "none" for _ in range(200))
    assert wrong <= 20  # 5 % of them are expected; the bootstrap of so few is a little bold


def test_a_difference_that_is_there_is_found() -> None:
    drawn = random.Random(12)
    found = [
        difference(
            [drawn.gauss(1.0, 0.05) for _ in range(7)], [drawn.gauss(1.5, 0.05) for _ in range(7)]
        )
        for _ in range(50)
    ]
    assert set(found) == {"faster"}


def timed(method: str, *seconds: float) -> list[TimedRun]:
    return [
        TimedRun(method, 10, repeat, 0, one, one / 2, 10, 0, Latency())
        for repeat, one in enumerate(seconds, start=1)
    ]


def test_the_sentence_names_no_winner_within_the_spread() -> None:
    runs = [*timed("sequential", 1.0, 1.3, 1.1), *timed("threads", 1.05, 0.9, 1.2)]
    outcome = Comparison({}, tuple(runs), tuple(summarise(runs, METHODS)))
    assert (
        comparison_sentence(outcome) == "At 10 pages, no method was clearly faster than sequential."
    )
    assert [row.difference for row in outcome.summary] == ["", "none"]


def test_two_that_differ_by_chance_win_together() -> None:
    runs = [
        *timed("sequential", 5.0, 5.1, 4.9),
        *timed("threads", 1.0, 1.2, 0.9),
        *timed("asyncio", 0.95, 1.1, 1.05),
    ]
    outcome = Comparison({}, tuple(runs), tuple(summarise(runs, METHODS)))
    assert comparison_sentence(outcome).startswith("At 10 pages, threads and asyncio were ")
