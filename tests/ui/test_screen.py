"""The screen over a scripted service: input, keys, sizes, colours, faults."""

from __future__ import annotations

import pytest
from textual.pilot import Pilot
from textual.widgets import Button, Input

from tests.support.on_screen import choose_fetch, click_hint, hints, lines, lines_of, said
from tests.support.screens import (
    ZERO,
    ScriptedService,
    play,
    run_events,
    scripted_app,
    until,
    until_done,
)
from tui_app.fetch import Event, State
from tui_app.redlist import Token
from tui_app.redlist.errors import KeepError
from tui_app.settings import Settings
from tui_app.ui.app import RedListApp
from tui_app.ui.dialogs.export import ExportDialog
from tui_app.ui.dialogs.help import HelpScreen
from tui_app.ui.dialogs.prompts import Confirm, LiveComparison
from tui_app.ui.fields import Choice, Field, Tick
from tui_app.ui.header import HeaderLine
from tui_app.ui.model import JobStatus
from tui_app.ui.requests.waterfall import Waterfall


def displayed(pilot: Pilot[None], *names: str) -> list[str]:
    main = pilot.app.main
    return [name for name in names if main.query_one(f"#{name}").display]


PANELS = ("requests", "chart", "records", "errors")


def test_bad_page_counts_are_marked_and_nothing_starts(settings: Settings) -> None:
    app = scripted_app(settings, ScriptedService())

    async def scenario(pilot: Pilot[None]) -> None:
        for value in ("0", "-1", "a", "", "5-1"):
            app.main.query_one("#page_counts", Input).value = value
            await pilot.press("f5")
            assert app.main.job is None
        await pilot.pause()
        assert app.main.job is None
        assert "whole numbers from 1" in said(app)
        field = app.main.query_one("#field-page_counts", Field)
        assert field.has_class("-wrong")
        assert "✗ Pages" in lines(app, "#field-page_counts")
        assert app.focused is app.main.query_one("#page_counts")
        app.main.query_one("#page_counts", Input).value = "1,2"
        await pilot.pause()
        assert not field.has_class("-wrong")
        await pilot.press("f5")
        await until_done(pilot, app)
        assert app.main.job is not None

    play(app, scenario)


def test_on_a_small_screen_bad_input_opens_the_drawer(settings: Settings) -> None:
    app = scripted_app(settings, ScriptedService())

    async def scenario(pilot: Pilot[None]) -> None:
        assert not displayed(pilot, "setup")
        app.main.query_one("#operation", Input).value = "countrys/MG"
        await pilot.press("ctrl+r")
        await pilot.pause()
        assert displayed(pilot, "setup")
        assert "countries/MG" in said(app)
        await pilot.press("escape")
        await pilot.pause()
        assert not displayed(pilot, "setup")

    play(app, scenario, (80, 24))


def test_no_method_ticked(settings: Settings) -> None:
    app = scripted_app(settings, ScriptedService())

    async def scenario(pilot: Pilot[None]) -> None:
        for name in ("sequential", "threads", "asyncio"):
            app.main.query_one(f"#method-{name}", Tick).value = False
        await pilot.press("f5")
        assert app.main.job is None
        assert said(app) == "Tick at least one method."

    play(app, scenario)


def test_live_without_a_token_says_how_to_set_one(settings: Settings) -> None:
    app = scripted_app(settings, ScriptedService())

    async def scenario(pilot: Pilot[None]) -> None:
        app.main.query_one("#source", Choice).choose("live")
        await pilot.press("f5")
        assert app.main.job is None
        assert "Add one with ^S" in said(app)

    play(app, scenario)


async def compare_live(pilot: Pilot[None], app: RedListApp) -> LiveComparison:
    """Press F5 with a comparison on a live server in the form."""
    app.main.query_one("#action", Choice).choose("compare")
    await pilot.pause()
    await pilot.press("f5")
    await until(pilot, lambda: isinstance(app.screen, LiveComparison))
    assert isinstance(app.screen, LiveComparison)
    return app.screen


def live(settings: Settings) -> RedListApp:
    given = Settings(home=settings.home, source="live", token=Token("secret"))
    return scripted_app(given, ScriptedService())


def test_a_live_comparison_needs_a_second_deliberate_answer(settings: Settings) -> None:
    app = live(settings)

    async def scenario(pilot: Pilot[None]) -> None:
        heading = app.main.query_one(HeaderLine)
        assert heading.has_class("-live")
        assert "LIVE api.iucnredlist.org" in str(heading.render())
        dialog = await compare_live(pilot, app)
        assert app.focused is dialog.query_one("#live-demo", Button)
        await pilot.press("escape")
        await until(pilot, lambda: said(app) == "Cancelled; no requests were sent.")
        await compare_live(pilot, app)
        await until(pilot, lambda: "no fetch is saved" in lines_of(app, "#live-saved"))
        await pilot.press("down", "enter")  # what can't be chosen is passed by
        await until(pilot, lambda: isinstance(app.screen, Confirm))
        assert app.focused is app.screen.query_one("#no", Button)
        await pilot.press("enter")
        await until(pilot, lambda: app.screen is app.main)
        assert app.main.job is None
        await compare_live(pilot, app)
        await pilot.press("down", "enter")
        await until(pilot, lambda: isinstance(app.screen, Confirm))
        await pilot.press("y")
        await until_done(pilot, app)
        assert app.main.job is not None
        assert app.main.job.request.live

    play(app, scenario)


def test_enter_compares_on_the_demo_in_place_of_the_live_server(settings: Settings) -> None:
    """The first offer was the live run: one key, and a token could be revoked."""
    app = live(settings)

    async def scenario(pilot: Pilot[None]) -> None:
        await compare_live(pilot, app)
        await pilot.press("enter")
        await until_done(pilot, app)
        assert app.main.job is not None
        assert app.main.job.request.settings.source == "demo"
        assert app.main.form.source == "demo"
        assert "DEMO" in lines(app, "#header")

    play(app, scenario)


# -- layout ------------------------------------------------------------------------------


def test_with_room_requests_stand_above_another_panel(settings: Settings) -> None:
    app = scripted_app(settings, ScriptedService())

    async def scenario(pilot: Pilot[None]) -> None:
        assert displayed(pilot, "setup", *PANELS) == ["setup", "requests", "chart"]
        await pilot.press("3")
        await pilot.pause()
        assert displayed(pilot, *PANELS) == ["requests", "records"]
        await pilot.press("4")
        await pilot.pause()
        assert displayed(pilot, *PANELS) == ["requests", "errors"]
        await pilot.press("1")
        await pilot.pause()
        assert displayed(pilot, *PANELS) == ["requests", "chart"]

    play(app, scenario, (120, 40))


def test_without_room_one_panel_at_a_time(settings: Settings) -> None:
    app = scripted_app(settings, ScriptedService())

    async def scenario(pilot: Pilot[None]) -> None:
        seen = []
        for _ in range(5):
            seen += displayed(pilot, "setup", *PANELS)
            await pilot.press("f3")
            await pilot.pause()
        assert seen == ["requests", "chart", "records", "errors", "requests"]
        await pilot.press("f4", "f4")
        await pilot.pause()
        assert displayed(pilot, *PANELS) == ["errors"] or displayed(pilot, *PANELS) == ["requests"]
        await pilot.press("s")
        await pilot.pause()
        assert displayed(pilot, "setup") == ["setup"]

    play(app, scenario, (80, 24))


def test_a_column_for_setup_from_100_columns_on(settings: Settings) -> None:
    app = scripted_app(settings, ScriptedService())

    async def scenario(pilot: Pilot[None]) -> None:
        assert displayed(pilot, "setup", *PANELS) == ["setup", "requests"]
        await pilot.resize_terminal(80, 24)
        await pilot.pause()
        assert displayed(pilot, "setup", *PANELS) == ["requests"]
        await pilot.resize_terminal(160, 50)
        await pilot.pause()
        assert displayed(pilot, "setup", *PANELS) == ["setup", "requests", "chart"]

    play(app, scenario, (100, 30))


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
def test_no_line_is_cut_off(settings: Settings, size: tuple[int, int]) -> None:
    app = scripted_app(settings, ScriptedService())

    async def scenario(pilot: Pilot[None]) -> None:
        await pilot.press("f5")
        await until_done(pilot, app)
        await pilot.press("1")
        await pilot.pause()
        bars = lines(app, "#bars").splitlines()
        assert len(bars) == 4
        assert bars[0].rstrip().endswith("ideal s")
        # Else the sum of 1, 3, 5 and 10 pages is taken for the time of ten.
        assert bars[0].strip().startswith("all runs together ")
        assert lines(app, "#legend").rstrip().endswith("queued")
        assert "^Q Quit" in lines(app, "#keys")
        header = lines(app, "#header")
        assert "DEMO (synthetic" in header
        assert "red_list_categories/CR" in header
        assert "rate limit off" in header
        assert "done 0 s" in header

    play(app, scenario, size)


# -- keys --------------------------------------------------------------------------------


def test_each_way_to_run(settings: Settings) -> None:
    app = scripted_app(settings, ScriptedService())

    async def scenario(pilot: Pilot[None]) -> None:
        job = None
        for key in ("f5", "ctrl+r", "r"):
            await pilot.press(key)
            await until_done(pilot, app)
            assert app.main.job is not job
            job = app.main.job
            assert job is not None
            assert job.model.status is JobStatus.DONE

    play(app, scenario)


def test_each_way_to_stop(settings: Settings) -> None:
    app = scripted_app(settings, ScriptedService(hold=True))

    async def scenario(pilot: Pilot[None]) -> None:
        await choose_fetch(pilot, app)
        app.main.query_one("#waterfall").focus()
        for key in ("f8", "ctrl+t", "x"):
            await pilot.press("f5")
            await until(pilot, lambda: app.main.job is not None and app.main.job.model.lines)
            await pilot.press("f5")
            assert "A run is already active" in said(app)
            await pilot.press(key)
            await until_done(pilot, app)
            assert app.main.job is not None
            assert app.main.job.model.status is JobStatus.STOPPED

    play(app, scenario)


def test_letters_go_into_a_focused_input_and_ctrl_e_exports_from_it(settings: Settings) -> None:
    app = scripted_app(settings, ScriptedService())

    async def scenario(pilot: Pilot[None]) -> None:
        await pilot.press("f5")
        await until_done(pilot, app)
        operation = app.main.query_one("#operation", Input)
        operation.value = ""
        operation.focus()
        await pilot.press("r", "e", "s", "1")
        assert operation.value == "res1"
        assert app.screen is app.main
        await pilot.press("ctrl+e")
        await pilot.pause()
        assert isinstance(app.screen, ExportDialog)

    play(app, scenario)


def test_before_the_first_run(settings: Settings) -> None:
    """There is nothing to export, resume, stop or freeze; help and palette are there."""
    app = scripted_app(settings, ScriptedService())

    async def scenario(pilot: Pilot[None]) -> None:
        await pilot.press("ctrl+e")
        assert "F5 starts a run" in said(app)
        await pilot.press("f9")
        assert "Nothing to resume" in said(app)
        await pilot.press("f8", "f7")
        assert app.main.job is None
        for key in ("f1", "ctrl+g", "question_mark"):
            await pilot.press(key)
            await pilot.pause()
            assert isinstance(app.screen, HelpScreen)
            await pilot.press("escape")
            assert app.screen is app.main
        titles = [command.title for command in app.get_system_commands(app.main)]
        assert {"Run", "Stop", "Export", "Resume", "Show chart", "Help", "Quit"} <= set(titles)
        await pilot.press("ctrl+p")
        await pilot.pause()
        assert app.screen is not app.main

    play(app, scenario)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
def test_the_last_line_offers_what_can_be_done_now(
    settings: Settings, size: tuple[int, int]
) -> None:
    """Else a stopped fetch is begun again from the first page."""
    app = scripted_app(settings, ScriptedService(hold=True))

    async def scenario(pilot: Pilot[None]) -> None:
        await choose_fetch(pilot, app, pages="10")
        assert "F5 Fetch" in hints(app)
        assert "F9 Resume" not in hints(app)
        await pilot.press("f5")
        await until(pilot, lambda: app.main.busy)
        await click_hint(pilot, app, "F8 Stop")
        await until_done(pilot, app)
        await until(pilot, lambda: "F9 Resume" in hints(app))
        await click_hint(pilot, app, "F9 Resume")
        await until_done(pilot, app)

    service = app.service.get()
    play(app, scenario, size)
    assert isinstance(service, ScriptedService)
    assert service.resumed == ["f1"]


def test_clicks_on_tabs_and_key_hints(settings: Settings) -> None:
    app = scripted_app(settings, ScriptedService())

    async def scenario(pilot: Pilot[None]) -> None:
        await pilot.click("#tabs-all .tab-errors")
        await pilot.pause()
        assert displayed(pilot, *PANELS) == ["errors"]
        await click_hint(pilot, app, "F5 Compare")
        await until_done(pilot, app)
        assert app.main.job is not None

    play(app, scenario, (80, 24))


def test_every_binding_has_an_id_and_a_tooltip() -> None:
    from tui_app.ui import keys

    assert all(binding.id and binding.tooltip for binding in keys.BINDINGS)
    used = [key for binding in keys.BINDINGS for key in binding.key.split(",")]
    assert len(used) == len(set(used))
    assert not {"ctrl+h", "ctrl+i", "ctrl+j", "ctrl+m"} & set(used)


# -- the picture -------------------------------------------------------------------------


def test_the_waterfall_follows_until_it_is_scrolled_and_again_from_end_on(
    settings: Settings,
) -> None:
    service = ScriptedService(run_events("f1", 300, 8)[:-5], hold=True)
    app = scripted_app(settings, service)

    async def scenario(pilot: Pilot[None]) -> None:
        await choose_fetch(pilot, app, pages="all")
        await pilot.press("f5")
        waterfall = app.main.query_one(Waterfall)
        await until(pilot, lambda: waterfall.max_scroll_y > 100)
        await until(pilot, lambda: "page 300" in lines(app, "#waterfall"))
        assert waterfall.follow
        waterfall.focus()
        await pilot.press("home")
        await until(pilot, lambda: "page 1 " in lines(app, "#waterfall"))
        assert not waterfall.follow
        for event in run_events("f1", 400, 8):
            if event.request >= 300:
                service.observers[0](event)
        await until(pilot, lambda: waterfall.max_scroll_y > 380)
        assert waterfall.scroll_offset.y < 5
        await pilot.press("end")
        await until(pilot, lambda: "page 400" in lines(app, "#waterfall"))
        assert waterfall.follow
        await pilot.press("f8")
        await until_done(pilot, app)

    play(app, scenario)


def test_frozen_means_that_nothing_moves(settings: Settings) -> None:
    service = ScriptedService(run_events("f1", 5, 1)[:-1], hold=True)
    app = scripted_app(settings, service)

    async def scenario(pilot: Pilot[None]) -> None:
        await choose_fetch(pilot, app)
        app.main.query_one("#waterfall").focus()
        await pilot.press("f5")
        await until(pilot, lambda: "page 5" in lines(app, "#waterfall"))
        await pilot.press("space")
        for event in run_events("f1", 7, 1):
            if event.request >= 5:
                service.observers[0](event)
        await pilot.pause(0.3)
        assert "page 7" not in lines(app, "#waterfall")
        await pilot.press("space")
        await until(pilot, lambda: "page 7" in lines(app, "#waterfall"))
        await pilot.press("x")
        await until_done(pilot, app)

    play(app, scenario)


def test_a_new_run_hears_nothing_of_the_one_before(settings: Settings) -> None:
    service = ScriptedService()
    app = scripted_app(settings, service)

    async def scenario(pilot: Pilot[None]) -> None:
        await choose_fetch(pilot, app)
        await pilot.press("f5")
        await until_done(pilot, app)
        first = service.observers[0]
        await pilot.press("f5")
        await until_done(pilot, app)
        first(Event("f1", State.QUEUED, ZERO, 77, 1, label="stale page 78", page=78))
        app.main.tick()
        await pilot.pause()
        assert "page 78" not in lines(app, "#waterfall")

    play(app, scenario)


def test_an_idle_screen_draws_nothing(settings: Settings) -> None:
    app = scripted_app(settings, ScriptedService())

    async def scenario(pilot: Pilot[None]) -> None:
        await pilot.press("f5")
        await until_done(pilot, app)
        assert app.main._frames is not None
        assert not app.main._frames._active.is_set()

    play(app, scenario)


def test_foreign_text_is_shown_and_not_obeyed(settings: Settings) -> None:
    bad = "[red]x[/red]\x1b[2J\x07"
    events = [
        Event("f1", State.BEGUN, ZERO),
        Event("f1", State.QUEUED, ZERO, 0, 1, label=bad),
        Event("f1", State.STARTED, ZERO, 0, 1),
        Event("f1", State.FAILED, ZERO + 1, 0, 1, reason=bad, kind="server", status=500),
        Event("f1", State.ENDED, ZERO + 1),
    ]
    app = scripted_app(settings, ScriptedService(events))

    async def scenario(pilot: Pilot[None]) -> None:
        await choose_fetch(pilot, app)
        await pilot.press("f5")
        await until_done(pilot, app)
        await pilot.press("4")
        await pilot.pause()
        assert "[red]x[/red]�[2J�" in lines(app, "#errors")
        assert "[red]x[/red]" in lines(app, "#waterfall")
        assert "\x1b" not in lines(app, "#waterfall")

    play(app, scenario)


# -- faults ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("failure", "words"),
    [
        (KeepError("The folder /runs can't be written to."), "The folder /runs can't"),
        (ZeroDivisionError("division by zero"), "error in this program: ZeroDivisionError"),
    ],
)
def test_the_application_outlives_a_fault(
    settings: Settings, failure: Exception, words: str
) -> None:
    app = scripted_app(settings, ScriptedService(failure=failure))

    async def scenario(pilot: Pilot[None]) -> None:
        await pilot.press("f5")
        await until_done(pilot, app)
        assert words in said(app)
        assert app.main.job is not None
        assert app.main.job.model.status is JobStatus.FAILED
        await pilot.press("f5")
        await until_done(pilot, app)

    play(app, scenario)


def test_records_that_cannot_be_read_say_so(settings: Settings) -> None:
    class Broken(ScriptedService):
        def records(self, run_id: str, **how: bool) -> object:  # type: ignore[override]
            raise KeepError("The store is locked.")

    app = scripted_app(settings, Broken())

    async def scenario(pilot: Pilot[None]) -> None:
        await pilot.press("f5")
        await until_done(pilot, app)
        await pilot.press("3")
        await pilot.pause()
        assert "The store is locked." in lines(app, "#records")

    play(app, scenario)


def test_the_service_is_closed_once_however_the_application_ends(settings: Settings) -> None:
    service = ScriptedService()
    app = scripted_app(settings, service)

    async def scenario(pilot: Pilot[None]) -> None:
        await pilot.press("f5")
        await until_done(pilot, app)

    play(app, scenario)
    app.service.close()
    assert service.closed == 1


# -- without colour ----------------------------------------------------------------------


def test_without_colour_glyphs_tell_on_from_off(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "")
    app = scripted_app(settings, ScriptedService())
    assert app.no_color

    async def scenario(pilot: Pilot[None]) -> None:
        app.main.query_one("#method-threads", Tick).value = False
        await pilot.pause()
        assert "[x] sequential" in lines(app, "#field-method-sequential")
        assert "[ ] threads" in lines(app, "#field-method-threads")
        assert "(•) demo  ( ) live" in lines(app, "#field-source")
        await pilot.press("f5")
        await until_done(pilot, app)
        assert "━" in lines(app, "#waterfall")
        assert {"═", "█", "▓"} <= set(lines(app, "#legend"))
        assert "●" in lines(app, "#bars")
        assert "■" in lines(app, "#bars")

    play(app, scenario)


def test_a_panel_has_the_focus_as_soon_as_it_is_chosen(settings: Settings) -> None:
    """Else the next key, typed before the next frame, goes to the panel before."""
    app = scripted_app(settings, ScriptedService())

    async def scenario(pilot: Pilot[None]) -> None:
        app.main.query_one("#waterfall").focus()
        await pilot.pause()
        await app.main.run_action("panel('chart')")
        assert app.focused is app.main.query_one("#chart")

    play(app, scenario)
