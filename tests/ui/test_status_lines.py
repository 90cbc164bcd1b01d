"""Sentences on the status line: which of them last, and when the others go."""

from __future__ import annotations

from dataclasses import replace

import pytest
from textual.pilot import Pilot
from textual.widgets import Input
from textual.widgets._toast import Toast

from tests.support.on_screen import choose_fetch, lines, lines_of, said, to_records
from tests.support.past_runs import open_history, scripted
from tests.support.raw_server import HANG
from tests.support.raw_server import scripted as scripted_server
from tests.support.screens import ScriptedService, play, run_events, scripted_app, until, until_done
from tui_app.fetch import Event, State
from tui_app.settings import Settings
from tui_app.ui import footer
from tui_app.ui.app import RedListApp
from tui_app.ui.dialogs.prompts import ColumnsDialog
from tui_app.ui.fields import Choice, Tick
from tui_app.ui.footer import StatusLine
from tui_app.ui.model import Model
from tui_app.ui.setup import SetupPanel

OUTCOME = "1,000 records in 10 pages"


async def fetched(pilot: Pilot[None], app: RedListApp) -> None:
    await choose_fetch(pilot, app, pages="10")
    await pilot.press("f5")
    await until_done(pilot, app)
    assert said(app).startswith(OUTCOME)


def test_a_refusal_goes_with_the_next_key_and_the_outcome_is_there_again(
    settings: Settings,
) -> None:
    """Else "Nothing to resume" stays until the end, and hides what the run brought."""
    app = scripted_app(settings, ScriptedService())

    async def scenario(pilot: Pilot[None]) -> None:
        await pilot.press("f9")
        await until(pilot, lambda: said(app).startswith("Nothing to resume"))
        await pilot.press("3")
        await until(pilot, lambda: said(app) == "")
        await fetched(pilot, app)
        await pilot.press("f9")
        await until(pilot, lambda: said(app).startswith("Nothing to resume"))
        await pilot.press("up")
        await until(pilot, lambda: said(app).startswith(OUTCOME))

    play(app, scenario)


def test_a_refusal_goes_after_a_time(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(footer, "PASSING_S", 0.01)
    app = scripted_app(settings, ScriptedService())

    async def scenario(pilot: Pilot[None]) -> None:
        await fetched(pilot, app)
        await pilot.press("f9")
        await until(pilot, lambda: said(app).startswith(OUTCOME))

    play(app, scenario)


def test_the_header_and_the_outcome_say_one_duration(settings: Settings) -> None:
    """Else it is done after 00:01 and took 0.70 s."""
    clock = iter(range(1000, 9000))
    app = scripted_app(settings, ScriptedService(), clock=lambda: float(next(clock)))

    async def scenario(pilot: Pilot[None]) -> None:
        await fetched(pilot, app)
        assert ", 0.70 s by asyncio" in said(app)
        await until(pilot, lambda: "done 0.70 s" in lines(app, "#header"))

    play(app, scenario)


def test_a_comparison_that_waits_for_its_first_response_says_so(settings: Settings) -> None:
    """Else the screen says "Starting…" for a minute, six times."""
    now = [1000.0]
    with scripted_server(lambda path, nth: HANG) as server:
        live = replace(settings, source="live", base_url=server.base_url, timeout_s=60)
        app = RedListApp(live, clock=lambda: now[0])

        async def scenario(pilot: Pilot[None]) -> None:
            app.main.query_one("#action", Choice).choose("compare")
            await pilot.pause()
            request, _ = app.main.query_one(SetupPanel).read()
            assert request is not None
            app.main.begin(request)
            await until(pilot, lambda: server.asked)
            assert said(app) == "Starting…"
            now[0] += 12
            words = "Waiting for the first response: 12 s so far; an attempt times out after 60 s."
            await until(pilot, lambda: said(app) == words)
            await pilot.press("f8")
            await until_done(pilot, app)
            assert said(app).startswith("Stopped after 0 timed runs")

        play(app, scenario)


def test_the_wait_for_the_red_lists_version_is_told(settings: Settings) -> None:
    model = Model(kind="fetch", methods=("asyncio",))
    model.take(Event("1", State.PAUSED, 0.0, reason="Waiting for the version…"))
    assert model.slowed == "Waiting for the version…"
    model.take(Event("1", State.BEGUN, 0.0))
    assert model.slowed == ""


def test_a_form_that_cannot_be_read_at_first_has_its_server_in_the_header(
    settings: Settings,
) -> None:
    app = RedListApp(settings, lambda _: ScriptedService(), form={"operation": "nonsense/1"})

    async def scenario(pilot: Pilot[None]) -> None:
        header = lines(app, "#header")
        assert "DEMO (synthetic data) · form incomplete" in header

    play(app, scenario)


def test_an_outcome_stays_until_the_form_means_something_else(settings: Settings) -> None:
    """Else it is read as the outcome of what the header says now."""
    app = scripted_app(settings, ScriptedService())

    async def scenario(pilot: Pilot[None]) -> None:
        await fetched(pilot, app)
        for key in ("2", "3", "down", "f2", "escape", "f1", "escape"):
            await pilot.press(key)
            await pilot.pause()
            assert said(app).startswith(OUTCOME), key
        app.main.query_one("#one-per-taxon", Tick).value = True  # shows the same run otherwise
        await until(pilot, lambda: app.main.controller.one_per_taxon)
        assert said(app).startswith(OUTCOME)
        app.main.query_one("#pages", Input).value = "4"
        await until(pilot, lambda: said(app) == "")

    play(app, scenario)


def test_what_is_wrong_with_the_form_is_said_until_it_is_right(settings: Settings) -> None:
    app = scripted_app(settings, ScriptedService())

    async def scenario(pilot: Pilot[None]) -> None:
        pages = app.main.query_one("#page_counts", Input)
        pages.value = "0"
        await pilot.press("f5")
        await until(pilot, lambda: "whole numbers from 1" in said(app))
        pages.value = "12"
        await until(pilot, lambda: said(app) == "")

    play(app, scenario)


def test_a_paused_display_names_the_users_own_key_and_goes_on_silently(settings: Settings) -> None:
    service = ScriptedService(run_events("f1", 5, 1)[:-1], hold=True)
    app = RedListApp(settings, make_service=lambda _: service, own_keys={"freeze": "w"})

    async def scenario(pilot: Pilot[None]) -> None:
        await choose_fetch(pilot, app)
        await pilot.press("escape", "f5")
        await until(pilot, lambda: app.main.busy and app.main.job.model.lines)  # type: ignore[union-attr]
        app.main.query_one("#waterfall").focus()
        await pilot.press("w")
        words = "Display paused; the run continues. w: continue."
        await until(pilot, lambda: said(app) == words)
        await pilot.press("up")
        await pilot.pause()
        assert said(app) == words
        await pilot.press("w")
        await until(pilot, lambda: said(app) == "")
        await pilot.press("f8")
        await until_done(pilot, app)

    play(app, scenario)


def test_a_dialogs_refusal_goes_with_the_next_key(settings: Settings) -> None:
    app = scripted_app(settings, ScriptedService())

    async def scenario(pilot: Pilot[None]) -> None:
        await to_records(pilot, app)
        await pilot.press("c")
        await until(pilot, lambda: isinstance(app.screen, ColumnsDialog))
        await pilot.press("space", "down", "space", "down", "space", "escape")
        await until(pilot, lambda: "Show at least one" in lines_of(app, "#columns-note"))
        await pilot.press("space")
        await until(pilot, lambda: "Show at least" not in lines_of(app, "#columns-note"))

    play(app, scenario)


def test_a_refused_token_is_said_of_that_token_only(settings: Settings) -> None:
    app = scripted_app(settings, ScriptedService())

    async def scenario(pilot: Pilot[None]) -> None:
        await pilot.press("t", "enter")
        line = app.screen.query_one("#token-result", StatusLine)
        before = "It is checked at"
        await until(pilot, lambda: not line.sentence.startswith(before))
        await pilot.press("a")
        await until(pilot, lambda: line.sentence.startswith(before))

    play(app, scenario)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
def test_a_notice_covers_neither_status_nor_keys(settings: Settings, size: tuple[int, int]) -> None:
    """Else a sentence of three lines and the keys can't be read for half a minute."""
    app = scripted_app(settings, scripted())
    long = "Your config.ini has a setting that this version does not know, and so it is ignored. "

    def toasts() -> list[Toast]:
        return [one for one in app.screen.walk_children() if isinstance(one, Toast)]

    async def scenario(pilot: Pilot[None]) -> None:
        async def seen(*below: str) -> None:
            app.notify(long, timeout=60)
            await until(pilot, lambda: any(one.region.area for one in toasts()))
            toast = toasts()[0].region
            assert toast.height <= 2
            for selector in below:
                assert not toast.overlaps(app.screen.query_one(selector).region), selector
            app.clear_notifications()
            await until(pilot, lambda: not toasts())

        app.main.say(long * 3, lasting=True)
        await pilot.pause()
        await seen("#status", "#keys")
        await open_history(pilot, app)
        await seen("#history-about", "#history-keys")

    play(app, scenario, size, notices=True)
