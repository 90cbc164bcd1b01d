"""Attempts that go no further: what they wait for, when that ends, and no estimate that rises."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from time import monotonic

import pytest
from textual.pilot import Pilot

from tests.support.faults import FAULTS
from tests.support.faulty_server import faulty
from tests.support.live_models import RUN, model_of, request
from tests.support.methods import EVERY_METHOD
from tests.support.on_screen import choose_fetch, lines
from tests.support.screens import play, run_events, until, until_done
from tui_app.fetch import Event, State
from tui_app.redlist import make_query
from tui_app.report.phases import Phase
from tui_app.runs import TimedStart
from tui_app.settings import Settings
from tui_app.ui.app import RedListApp
from tui_app.ui.header import heading, seconds_left
from tui_app.ui.model import JobStatus, Model
from tui_app.ui.requests.drawing import say_in_bar
from tui_app.ui.requests.panel import request_details
from tui_app.ui.requests.table import RequestRows
from tui_app.ui.runview import STALLED_S, Timeouts
from tui_app.ui.screenrequest import ScreenRequest

TIMEOUTS = Timeouts(60.0, 10.0)
STALLS = next(one for one in FAULTS if one.name == "stalls after the headers")


def attempt(*states: State, at: float = 0.0, number: int = 1) -> list[Event]:
    """A request that takes these steps, a tenth of a second apart."""
    steps = (State.QUEUED, State.STARTED, *states)
    return [
        Event(RUN, state, at + 0.1 * place, number, 1, label=f"page {number}", page=number)
        for place, state in enumerate(steps)
    ]


@pytest.mark.parametrize(
    ("states", "words"),
    [
        ((), "not connected after 8 s; timeout at 10 s"),
        ((State.SENT,), "no response after 8 s; timeout at 60 s"),
        ((State.SENT, State.HEADERS), "body incomplete after 8 s; timeout at 60 s"),
    ],
)
def test_what_ends_an_attempt_is_said_of_each_phase(states: tuple[State, ...], words: str) -> None:
    """Else who waits doesn't know whether, and when, that ends."""
    model = model_of(attempt(*states))
    model.timeouts = TIMEOUTS
    (row,) = model.runs[0].rows
    now = 0.1 + 8.0
    stall = row.stall(now, TIMEOUTS)
    assert stall is not None
    assert stall.words == words
    assert stall.figure == words.replace("timeout at ", "").split(" after ")[1].replace(" s; ", "/")
    assert words in request_details(row, now, TIMEOUTS)[0]
    assert RequestRows(model, now).stored(0)["why"] == words
    assert row.stall(row.steps[-1][1] + STALLED_S - 0.01, TIMEOUTS) is None
    assert row.stall(now, None) is None


def test_a_timeout_shorter_than_that_to_connect_is_what_counts() -> None:
    (row,) = model_of(attempt()).runs[0].rows
    stall = row.stall(4.0, Timeouts(5.0, 10.0))
    assert stall is not None
    assert stall.timeout_s == 5.0


@pytest.mark.parametrize(
    "states",
    [
        (State.SENT, State.HEADERS, State.BODY),
        (State.SENT, State.HEADERS, State.BODY, State.KEPT),
        (State.SENT, State.RETRIED),
        (State.SENT, State.CANCELLED),
    ],
)
def test_what_no_timeout_ends_is_no_stall(states: tuple[State, ...]) -> None:
    (row,) = model_of(attempt(*states)).runs[0].rows
    assert row.stall(99.0, TIMEOUTS) is None
    waiting = model_of([Event(RUN, State.QUEUED, 0.0, 1, 1), Event(RUN, State.PACED, 0.0, 1, 1)])
    assert waiting.runs[0].rows[0].stall(99.0, TIMEOUTS) is None


def test_the_words_leave_something_of_the_bar() -> None:
    bar = [("═" * 2, "connect"), ("━" * 28, "wait")]
    drawn = say_in_bar(bar, "no response")
    assert "".join(glyphs for glyphs, _ in drawn) == f"══{'━' * 16} no response"
    assert say_in_bar(bar, "x" * 24) == bar
    assert "".join(glyphs for glyphs, _ in say_in_bar(bar, "x" * 24, "end")).endswith("━ end")


def estimates(model: Model, settings: Settings, from_s: float) -> list[float | None]:
    """What is left, second by second."""
    return [seconds_left(model, settings, from_s + later) for later in range(60)]


def falls(found: list[float | None]) -> bool:
    known = [one for one in found if one is not None]
    return len(known) > 1 and known == sorted(known, reverse=True)


@pytest.mark.parametrize("rate", [None, 5.0])
def test_what_is_left_of_a_fetch_never_rises_while_nothing_arrives(
    settings: Settings, rate: float | None
) -> None:
    """Else a stalled run promises more minutes with each second."""
    done = [request(n, n * 0.5, n * 0.5 + 0.4) for n in range(10)]
    model = model_of(*done, attempt(State.SENT, State.HEADERS, at=5.0, number=10), total=110)
    found = estimates(model, replace(settings, rate=rate, concurrency=2), 5.3)
    assert falls(found)
    assert found[0] == pytest.approx(50, rel=0.1)


def test_what_is_left_of_a_comparison_never_rises_while_nothing_arrives(
    settings: Settings,
) -> None:
    methods = ("sequential", "asyncio")
    expected = dict.fromkeys(methods, 20)
    model = Model("compare", methods, expected_runs=4, expected_requests=expected)
    for order, method in enumerate(("sequential", "asyncio", "sequential"), 1):
        model.open(TimedStart(f"c{order}", method, 10, 1, order, 4))
        events = run_events(f"c{order}", 10, 1, began=order * 10.0)
        cut = [one for one in events if order < 3 or one.at < 31.5]
        for event in cut:
            model.take(event)
    model.status = JobStatus.RUNNING
    assert falls(estimates(model, settings, 31.5))


def status(model: Model, settings: Settings, now: float) -> str:
    screen_request = ScreenRequest("fetch", make_query(["countries/MG"]), settings)
    return heading(screen_request, model, now).status


def test_the_header_says_how_long_nothing_has_come(settings: Settings) -> None:
    done = [request(n, n * 0.5, n * 0.5 + 0.4) for n in range(10)]
    model = model_of(*done, attempt(State.SENT, at=5.0, number=10), total=110)
    assert status(model, settings, 6.0).endswith(" left")
    assert status(model, settings, 17.0).endswith("· no response for 12 s")
    model.take(Event(RUN, State.HEADERS, 17.0, 10, 1))
    assert "no response" not in status(model, settings, 18.0)
    assert status(model, settings, 27.0).endswith("· no response for 10 s")
    paced = model_of(request(1, 0.0, 0.4), attempt(State.SENT, at=20.0, number=2), total=10)
    assert "no response" not in status(paced, settings, 21.0), "it began a second ago"
    model.take(Event(RUN, State.RETRIED, 60.0, 10, 1, reason="timeout"))
    assert "no response" not in status(model, settings, 90.0), "nothing is in flight"


@pytest.mark.parametrize("method", EVERY_METHOD)
def test_a_body_that_stalls_is_seen_with_its_timeout(settings: Settings, method: str) -> None:
    """From a real server, by every method; the application's clock is put forward."""
    skew_s = [0.0]
    with faulty(STALLS, every=2) as server:
        live = replace(settings, source="live", base_url=server.base_url, timeout_s=60.0, retries=0)
        app = RedListApp(live, clock=lambda: monotonic() + skew_s[0])

        def phases() -> list[Phase]:
            job = app.main.job
            return [] if job is None else [row.phase for run in job.model.runs for row in run.rows]

        def sees(words: str, selector: str = "#waterfall") -> Callable[[], bool]:
            return lambda: words in lines(app, selector)

        async def scenario(pilot: Pilot[None]) -> None:
            await choose_fetch(pilot, app, method=method)
            await pilot.press("f5")
            await until(pilot, lambda: Phase.BODY in phases())
            assert "timeout at" not in lines(app, "#waterfall")
            skew_s[0] = 12.0
            await until(pilot, sees(" s; timeout at 60 s"))
            assert "body incomplete after 1" in lines(app, "#waterfall")
            assert "/60 s" in lines(app, "#waterfall")
            await until(pilot, sees("no response for 1", "#header"))
            await pilot.press("1", "up")
            await until(pilot, sees("body incomplete after 1", "#request-details"))
            await pilot.press("f8")
            await until_done(pilot, app)
            assert "timeout at" not in lines(app, "#waterfall")

        play(app, scenario, (80, 24))
