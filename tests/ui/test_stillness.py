"""While something is timed the screen holds still."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest
from textual.pilot import Pilot

from tests.support.screens import ScriptedService, play, scripted_app, until_done
from tui_app.settings import Settings
from tui_app.ui import job
from tui_app.ui.job import HOLD_S, FrameGate


class Clock:
    """A clock that stands still until it is set."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_run_waits_for_the_screen_and_then_the_screen_for_the_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Else a run is timed while what the one before did is drawn."""
    monkeypatch.setattr(job, "PATIENCE_S", 30.0)
    clock = Clock()
    still = FrameGate(clock)
    assert still.may_draw()
    runs = threading.Event()

    def carry() -> None:
        still.wait_for_frame()
        runs.set()

    thread = threading.Thread(target=carry)
    thread.start()
    assert still.may_draw()
    assert not runs.is_set()
    still.has_drawn()
    thread.join()
    assert runs.is_set()
    assert not still.may_draw()
    clock.now += HOLD_S
    assert still.may_draw()  # it takes long: two frames a second
    still.has_drawn()
    assert not still.may_draw()


def test_a_screen_that_does_not_draw_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a frozen picture stops a comparison."""
    monkeypatch.setattr(job, "PATIENCE_S", 0.01)
    still = FrameGate(Clock())
    still.wait_for_frame()
    assert not still.may_draw()


def test_all_runs_are_drawn_in_the_end(settings: Settings) -> None:
    app = scripted_app(replace(settings, page_counts=(1, 2)), ScriptedService())

    async def scenario(pilot: Pilot[None]) -> None:
        await pilot.press("f5")
        await until_done(pilot, app)
        job = app.main.job
        assert job is not None
        assert len(job.model.timed) == len(job.model.methods) * 2
        assert not job.feed

    play(app, scenario)
