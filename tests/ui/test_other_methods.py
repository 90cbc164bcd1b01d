"""Methods of other packages on the screen."""

from __future__ import annotations

from dataclasses import replace

import pytest
from textual.pilot import Pilot
from textual.widgets import OptionList

from tests.support.methods import EVERY_METHOD
from tests.support.packages import Install
from tests.support.screens import ScriptedService, play, scripted_app, until, until_done
from tui_app import methods
from tui_app.methods import DEFAULT_METHODS
from tui_app.settings import Settings
from tui_app.ui.app import RedListApp
from tui_app.ui.dialogs.prompts import ResumeDialog
from tui_app.ui.fields import Tick
from tui_app.ui.footer import StatusLine
from tui_app.ui.setup import SetupPanel


def test_a_method_that_is_not_taken_is_told(settings: Settings, others: Install) -> None:
    others("their-package", {"threads": "theirs", "trio": "theirs"})
    app = scripted_app(settings, ScriptedService())

    async def scenario(pilot: Pilot[None]) -> None:
        await until(pilot, lambda: app._notifications)
        assert [one.message for one in app._notifications] == [
            "The method 'threads' of their-package 1.0 is ignored: iucn-tui has a method of that "
            "name."
        ]

    play(app, scenario)


def test_other_packages_methods_have_a_tick_that_is_off(
    settings: Settings, others: Install
) -> None:
    longest = "a" + "-" * 22 + "_"
    others("their-package", {"trio": "theirs", longest: "theirs"})
    app = scripted_app(settings, ScriptedService())

    async def scenario(pilot: Pilot[None]) -> None:
        ticks = {str(one.label): one for one in app.main.query(Tick) if "method" in str(one.id)}
        assert {name: tick.value for name, tick in ticks.items()} == {
            **{name: name in DEFAULT_METHODS for name in EVERY_METHOD},
            longest: False,
            "trio": False,
        }
        ticks["trio"].value = ticks[longest].value = True
        await pilot.pause()
        await pilot.press("f5")
        await until(pilot, lambda: app.main.job is not None)
        assert app.main.job is not None
        assert app.main.job.request.methods == (*DEFAULT_METHODS, longest, "trio")

    play(app, scenario)


def test_what_is_not_installed_has_no_tick_unless_it_was_asked_for(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who asked for it by name is told what installs it; nobody else is offered it."""
    monkeypatch.setattr(methods, "find_spec", lambda name: None)
    methods.load_method.cache_clear()

    def ticks(app: RedListApp) -> list[str | None]:
        return [tick.id for tick in app.main.query("#methods Tick").results(Tick)]

    async def plain(pilot: Pilot[None]) -> None:
        assert ticks(app) == [f"method-{name}" for name in DEFAULT_METHODS]

    app = RedListApp(settings)
    play(app, plain)

    async def asked_for(pilot: Pilot[None]) -> None:
        assert ticks(app)[-1] == "method-uvloop"
        await pilot.press("f5")
        await until_done(pilot, app)
        said = app.main.query_one(StatusLine).sentence
        assert said.endswith("`pip install 'iucn-tui[uvloop]'` adds it.")
        assert not app.main.job.model.runs  # type: ignore[union-attr]

    app = RedListApp(replace(settings, methods=("threads", "uvloop")))
    play(app, asked_for)


def test_one_that_is_broken_is_told_and_the_others_run_without_it(
    settings: Settings, others: Install
) -> None:
    others("their-package", {"broken": "not_there"})
    app = RedListApp(replace(settings, methods=("threads",), page_counts=(1,)))

    async def scenario(pilot: Pilot[None]) -> None:
        tick = app.main.query_one("#method-broken", Tick)
        tick.value = True
        await pilot.pause()
        await pilot.press("f5")
        await until_done(pilot, app)
        said = app.main.query_one(StatusLine).sentence
        assert said.startswith("The method 'broken' of their-package 1.0 can't be imported: ")
        tick.value = False
        await pilot.pause()
        await pilot.press("f5")
        await until_done(pilot, app)
        assert app.main.job is not None
        assert [one.method for one in app.main.job.model.timed] == ["threads"]

    play(app, scenario)


@pytest.mark.skipif("uvloop" not in EVERY_METHOD, reason="uvloop is not for Windows")
def test_the_form_fits_with_four_methods_and_scrolls_to_the_last_of_many(
    settings: Settings, others: Install
) -> None:
    """Else the button, or what F5 is going to do, is out of sight on a usual terminal."""
    app = scripted_app(settings, ScriptedService())

    async def four(pilot: Pilot[None]) -> None:
        await pilot.press("f2")
        await until(pilot, lambda: app.main.query_one(SetupPanel).display)
        await pilot.pause()
        assert app.main.query_one(SetupPanel).max_scroll_y == 0

    play(app, four, size=(80, 24))
    names = [f"a-rather-long-name-{number:02}" for number in range(20)]
    others("their-package", dict.fromkeys(names, "theirs"))
    app = scripted_app(settings, ScriptedService())

    async def many(pilot: Pilot[None]) -> None:
        await pilot.press("f2")
        tick = app.main.query_one(f"#method-{names[-1]}", Tick)
        tick.focus()
        await until(pilot, lambda: app.main.screen.can_view_entire(tick))
        assert tick.region.width >= len("[ ] ") + len(names[-1])
        assert "their-package 1.0" in str(tick.tooltip)

    play(app, many, size=(80, 24))


def test_a_run_goes_on_by_another_packages_method(settings: Settings, others: Install) -> None:
    others("their-package", {"trio": "theirs"})

    async def scenario(pilot: Pilot[None]) -> None:
        dialog = ResumeDialog("Run 1 was stopped", "trio")
        await app.push_screen(dialog)
        await pilot.pause()
        options = dialog.query_one(OptionList)
        assert options.highlighted == options.option_count - 1
        assert "trio  as before" in str(
            options.get_option_at_index(options.option_count - 1).prompt
        )

    app = scripted_app(settings, ScriptedService())
    play(app, scenario)
