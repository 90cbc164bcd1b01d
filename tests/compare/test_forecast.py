"""Forecasts: their rows, their words, the advice that is drawn from them."""

from __future__ import annotations

import json
from dataclasses import replace

import msgspec
import pytest

from tui_app.compare.advice import advise
from tui_app.compare.forecast import Basis, Forecast, Forecaster, ForecastRow, duration, lines_of
from tui_app.compare.simulation import Limit
from tui_app.compare.world import Cost
from tui_app.methods import DEFAULT_METHODS

from .test_simulation import work, world


def advised(what, where, method: str = "asyncio", concurrency: int = 8) -> tuple[str, ...]:
    lines = lines_of(tuple(DEFAULT_METHODS), concurrency)
    forecaster = Forecaster(what, where, len(lines))
    rows = [forecaster.row(*line) for line in lines]
    return advise(rows, method, concurrency, forecaster.row)


COSTS = {"sequential": Cost(0.003), "threads": Cost(0.003), "asyncio": Cost(0.002)}


@pytest.mark.parametrize(
    ("what", "where", "concurrency", "said"),
    [
        (
            work(60, rate=2.0),
            world([1.2]),
            8,
            ("8 in flight is enough: more than 3 wait for the pace.",),
        ),
        (
            work(60, rate=2.0),
            world([0.2]),
            8,
            (
                "8 in flight is enough: more than 1 wait for the pace.",
                "The method makes no difference here: all wait for the pace.",
            ),
        ),
        (
            work(200),
            world([0.5], link=2.17),
            8,
            ("The link is full with 3 in flight: more only share it.",),
        ),
        (
            work(200),
            world([0.5]),
            2,
            ("16 in flight would take 7.0 s in place of 50 s.",),
        ),
        (
            work(200),
            world([0.5]),
            16,
            ("16 in flight is right: fewer take longer.",),
        ),
        (
            work(4),
            world([0.5]),
            8,
            ("3 in flight is enough: more have nothing to do.",),
        ),
        (
            work(200),
            world([0.0005], costs={**COSTS, "threads": Cost(0.0036)}),
            8,
            (
                "8 in flight is enough: more than 2 wait for this computer.",
                "threads gain nothing here: the answers come faster than Python can take them.",
            ),
        ),
    ],
)
def test_the_advice_says_what_to_set(what, where, concurrency, said) -> None:
    """Else a table of times is all there is, and nobody knows what follows from it."""
    assert advised(what, where, concurrency=concurrency) == said


def test_a_slower_method_is_told() -> None:
    """Else who chose it never knows."""
    where = world([0.001], costs={**COSTS, "threads": Cost(0.006), "sequential": Cost(0.02)})
    said = advised(work(200), where, method="threads")
    assert said[-1] == "asyncio is 3.0 times as fast as threads."


def test_a_run_that_would_stop_is_told() -> None:
    """Else its short time looks like good news."""
    row = ForecastRow("asyncio", 8, 3.0, 2.0, 4.0, 60, Limit.FAILURES, halted=True)
    assert advise([row], "asyncio", 8, lambda *_: row) == (
        "So much fails that a run would stop before its end.",
    )
    assert advise([], "asyncio", 8, lambda *_: row) == ()
    one = replace(row, requests=1, halted=False)
    assert advise([one], "asyncio", 8, lambda *_: row) == ()


def test_a_row_is_the_middle_of_runs_with_a_range_around_it() -> None:
    """Else a forecast says more than is known."""
    what, where = work(40), world([0.2, 0.4])
    row = Forecaster(what, where, 11).row("threads", 4)
    assert (row.method, row.concurrency, row.requests) == ("threads", 4, 40)
    assert row.low <= row.seconds * 0.97 < row.seconds * 1.03 <= row.high
    assert Forecaster(what, where, 11).row("threads", 4) == row
    few = replace(where, latencies={sort: replace(one, seconds=one.seconds[:3])
                                    for sort, one in where.latencies.items()})  # fmt: skip
    wider = Forecaster(what, few, 11).row("threads", 4)
    assert wider.high - wider.low > 1.5 * (row.high - row.low)
    busy = Forecaster(what, world([0.0001], costs=COSTS), 11).row("threads", 4)
    assert busy.low <= busy.seconds * 0.75 < busy.seconds * 1.25 <= busy.high


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
        "431 of 1,631 requests, 1,200 are kept already"
    )
    assert forecast(at_most=True).work_in_words() == "at most 78 requests"
    assert Basis(40).in_words() == "from 40 kept answers"
    assert Basis(1).in_words() == "from 1 kept answer"
    assert Basis(0, 3).in_words() == "from 3 answers just asked for"
    assert Basis(40, 1).in_words() == "from 40 kept answers and 1 just asked for"


def test_the_row_that_is_set_is_found() -> None:
    """Else the note says another one's time."""
    assert forecast().own is not None
    assert forecast(rows=()).own is None
    alone = ForecastRow("sequential", 1, 9.0, 8.0, 10.0, 78, Limit.LATENCY)
    found = forecast(settings={"method": "sequential", "concurrency": 8}, rows=(alone,)).own
    assert found is alone


def test_a_forecast_is_json() -> None:
    """Else `plan --json` prints nothing."""
    said = json.loads(msgspec.json.encode(forecast().to_json()))
    assert said["rows"][0]["limit"] == "the latency"
    assert said["basis"]["kept"] == 40


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0.0, "0.00 s"), (0.042, "0.04 s"), (0.9, "0.90 s"), (3.21, "3.2 s"), (41.6, "42 s"),
        (78.4, "1 min 18 s"), (180.0, "3 min"), (599.7, "10 min"), (3_500.0, "58 min"),
        (5_400.0, "1 h 30 min"), (7_200.0, "2 h"), (85_320.0, "24 h"),
    ],
)  # fmt: skip
def test_spans_are_said_as_people_say_them(seconds, said) -> None:
    """Else 85,320 seconds have to be divided in the head."""
    assert duration(seconds) == said
