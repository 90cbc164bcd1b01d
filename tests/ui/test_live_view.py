"""The live view: one request's details, the critical path, the time that is left."""

from __future__ import annotations

from dataclasses import replace

import pytest
from textual.pilot import Pilot

from tests.support.live_models import RUN, model_of, request
from tests.support.on_screen import choose_fetch
from tests.support.screens import ScriptedService, play, run_events, scripted_app, until, until_done
from tui_app.fetch import Event, State
from tui_app.redlist.rate_limit import Window
from tui_app.settings import Settings
from tui_app.ui.footer import StatusLine
from tui_app.ui.header import seconds_left
from tui_app.ui.requests.panel import request_details
from tui_app.ui.requests.waterfall import Waterfall
from tui_app.ui.runview import critical_path


def test_the_critical_path_is_the_chain_that_made_the_run_as_long_as_it_was() -> None:
    """Two places: 1, then 3, then 4 follow each other; 2 ended early and held up nobody."""
    model = model_of(
        request(1, 0.0, 1.0), request(2, 0.0, 0.4), request(3, 1.001, 2.0), request(4, 2.001, 3.0)
    )
    assert critical_path(model.runs[0].rows) == {1, 3, 4}


def test_where_the_pace_decides_each_start_is_on_it() -> None:
    model = model_of(*(request(n, n * 0.5, n * 0.5 + 0.2, paced=0.4) for n in range(1, 5)))
    assert critical_path(model.runs[0].rows) == {1, 2, 3, 4}


def test_a_pause_that_nothing_explains_ends_it() -> None:
    """A backoff, for one: nobody handed a place over."""
    model = model_of(request(1, 0.0, 1.0), request(2, 5.0, 6.0))
    assert critical_path(model.runs[0].rows) == {2}
    assert critical_path([]) == frozenset()


def test_details_tell_phases_status_bytes_and_the_servers_own_time() -> None:
    row = model_of(request(1, 1.0, 1.3, paced=0.5)).runs[0].rows[0]
    what, when = request_details(row, 9.0, critical=True)
    assert what == (
        "countries/MG page 1 · saved · HTTP 200 · 46,710 bytes · 100 records · on the critical path"
    )
    assert when == "paced 500 ms · connect 1.0 ms · wait 289 ms (server's own 50) · " \
        "body 5.0 ms · decode 5.0 ms"  # fmt: skip


def test_details_of_what_failed_tell_why_and_how_often() -> None:
    model = model_of()
    for event in (
        Event(RUN, State.QUEUED, 0.0, 1, label="\x1b[31mpage", page=None),
        Event(RUN, State.STARTED, 0.0, 1, 1),
        Event(RUN, State.RETRIED, 1.0, 1, 1, reason="HTTP 503", kind="server"),
        Event(RUN, State.STARTED, 3.0, 1, 2),
        Event(RUN, State.FAILED, 4.0, 1, 2, status=503, reason="HTTP 503", kind="server"),
    ):
        model.take(event)
    what, when = request_details(model.runs[0].rows[0], 9.0)
    assert "failed · HTTP 503 · 2 attempts · HTTP 503" in what
    assert "\x1b" not in what
    assert when == "connect 2,000 ms · retry 2,000 ms"


def settings_with(settings: Settings, **more: object) -> Settings:
    return replace(settings, **more)  # type: ignore[arg-type]


def test_the_time_left_is_the_longest_of_pace_latency_and_what_was_seen(settings: Settings) -> None:
    model = model_of(*(request(n, n * 0.1, n * 0.1 + 0.2) for n in range(10)), total=110)
    fast = settings_with(settings, rate=None, concurrency=10)
    now = model.runs[0].rows[-1].ended
    assert now is not None
    assert seconds_left(model, fast, now) == pytest.approx(10 * 0.2)
    slow = settings_with(settings, rate=2.0, concurrency=10)
    assert seconds_left(model, slow, now) == pytest.approx(100 / 2)
    few = settings_with(settings, rate=None, concurrency=2)
    assert seconds_left(model, few, now) == pytest.approx(max(50 * 0.2, now * 100 / 10))


def test_the_time_left_knows_the_window(settings: Settings) -> None:
    """Requests come in a burst for each window: 250 at the live pace take 275 s."""
    live = settings_with(settings, rate=2.0, window=Window(90, 120.0))
    model = model_of(*(request(n, n * 0.5, n * 0.5 + 0.2) for n in range(60)), total=250)
    assert seconds_left(model, live, 30.0) == pytest.approx(274.5 - 30, abs=2)
    model = model_of(*(request(n, n * 0.5, n * 0.5 + 0.2) for n in range(90)), total=250)
    assert seconds_left(model, live, 45.0) == pytest.approx(274.5 - 45, abs=2)
    assert seconds_left(model, live, 110.0) == pytest.approx(274.5 - 110, abs=2)
    few = model_of(*(request(n, n * 0.5, n * 0.5 + 0.2) for n in range(40)), total=60)
    assert seconds_left(few, live, 20.0) == pytest.approx(10, abs=2)


def test_a_pause_is_shown_and_counted_until_requests_start_again(settings: Settings) -> None:
    """Else a run that stands still for two minutes looks broken, or promises too much."""
    model = model_of(*(request(n, n * 0.1, n * 0.1 + 0.2) for n in range(10)), total=40)
    fast = settings_with(settings, rate=2.0, concurrency=10)
    words = "Rate limit reached (429). The run continues at 14:32:10."
    model.take(Event(RUN, State.PAUSED, 1.5, wait_s=120.0, reason=words))
    assert model.slowed == words
    assert seconds_left(model, fast, 21.5) == pytest.approx(100 + 30 / 2)
    model.take(Event(RUN, State.STARTED, 1.6, 11, 1))
    assert model.slowed == words, "it was under way"
    model.take(Event(RUN, State.STARTED, 121.5, 12, 1))
    assert (model.slowed, model.paused_until) == ("", None)


def test_the_screen_says_when_a_paused_run_continues(settings: Settings) -> None:
    """Where the user looks for what goes on; and no longer when it goes on."""
    words = "Rate limit reached (429). The run continues at 14:32:10."
    *events, end = run_events(RUN, 30, 8)
    paused = Event(RUN, State.PAUSED, end.at, wait_s=120.0, reason=words)
    app = scripted_app(settings, ScriptedService([*events, paused], hold=True))

    async def watch(pilot: Pilot[None]) -> None:
        await choose_fetch(pilot, app)
        await pilot.press("f5")
        line = app.main.query_one(StatusLine)
        await until(pilot, lambda: line.sentence == words)
        job = app.main.job
        assert job is not None
        job.feed.append(Event(RUN, State.STARTED, end.at + 120, 29, 2))
        await until(pilot, lambda: line.sentence == "")
        await pilot.press("f8")
        await until_done(pilot, app)

    play(app, watch)


def test_nobody_tells_before_an_answer_or_after_the_end(settings: Settings) -> None:
    assert seconds_left(model_of(total=10), settings, 1.0) is None
    whole = model_of(request(1, 0.0, 0.2), total=1)
    assert seconds_left(whole, settings, 1.0) is None


def test_a_request_is_looked_at_by_key_and_by_mouse(settings: Settings) -> None:
    app = scripted_app(settings, ScriptedService(run_events(RUN, 30, 8)))

    async def scenario(pilot: Pilot[None]) -> None:
        await choose_fetch(pilot, app)
        await pilot.press("f5")
        await until_done(pilot, app)
        await pilot.press("1")
        waterfall, details = app.main.query_one(Waterfall), app.main.query_one("#request-details")
        await until(pilot, lambda: app.focused is waterfall)
        assert not details.display
        await pilot.press("up", "up")
        await until(pilot, lambda: details.display)
        assert waterfall.request is not None
        seen = waterfall.request.short_label
        assert f"{seen} ·" in str(details.render())
        assert not waterfall.follow
        await pilot.hover(Waterfall, offset=(5, 1))
        await until(pilot, lambda: waterfall.hovered == waterfall.scroll_offset.y)
        assert waterfall.request.short_label != seen
        await pilot.hover("#header")
        await until(pilot, lambda: waterfall.hovered is None)
        assert waterfall.request.short_label == seen
        await pilot.press("end")
        await until(pilot, lambda: not details.display)
        assert waterfall.follow
        await pilot.click(Waterfall, offset=(5, 2))
        await until(pilot, lambda: waterfall.cursor == waterfall.scroll_offset.y + 1)

    play(app, scenario, size=(80, 24))
