"""Methods of other packages on the screen."""

from __future__ import annotations

from textual.pilot import Pilot

from tests.every_method import EVERY_METHOD
from tests.packages import Install
from tests.ui.helpers import ScriptedService, play, scripted_app, until
from tui_app.methods import DEFAULT_METHODS
from tui_app.settings import Settings
from tui_app.ui.setup.fields import Tick


def test_a_method_that_is_not_taken_is_told(settings: Settings, others: Install) -> None:
    others("their-package", {"threads": "theirs", "trio": "theirs"})
    app = scripted_app(settings, ScriptedService())

    async def scenario(pilot: Pilot[None]) -> None:
        await until(pilot, lambda: app._notifications)
        assert [one.message for one in app._notifications] == [
            "The method 'threads' of their-package 1.0 is not taken: this program has one of that "
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
        assert app.main.job.order.methods == (*DEFAULT_METHODS, longest, "trio")

    play(app, scenario)
