"""By the mouse out of everything that opens above the panels; own keys in what dialogs say."""

from __future__ import annotations

import pytest
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widgets import TextArea

from tests.support.on_screen import click_hint, hints, to_records
from tests.support.past_runs import shown
from tests.support.screens import ScriptedService, kept_run, play, scripted_app, until
from tui_app.settings import Settings
from tui_app.ui import keys
from tui_app.ui.app import RedListApp
from tui_app.ui.dialogs import Dialog
from tui_app.ui.dialogs.lists import ListDialog
from tui_app.ui.dialogs.prompts import Confirm
from tui_app.ui.history.table import RunsTable


@pytest.fixture(autouse=True)
def usual_keys() -> object:
    """The next test has them again."""
    yield
    keys.use({})


def edge(screen: Screen[object]) -> tuple[int, int, str]:
    """Where the lower edge of a dialog's frame is, and what is in its line."""
    region = screen.query_one(".dialog").region
    row = screen._compositor.render_strips()[region.bottom - 1]
    return region.x, region.bottom - 1, row.crop(region.x, region.right).text


DIALOGS: dict[str, str] = {
    "help": "f1", "filters": "f", "names": "n", "ids": "i", "token": "t", "plan": "p",
    "export": "e", "operations": "o", "columns": "c", "what changed": "h", "question": "q",
}  # fmt: skip


async def opened(pilot: Pilot[None], app: RedListApp, name: str) -> None:
    await to_records(pilot, app)
    if name != "columns":
        await pilot.press("1")
        await until(pilot, lambda: app.focused is app.main.query_one("#waterfall"))
    if name == "what changed":
        await pilot.press("h")
        await until(pilot, lambda: app.screen.query("#history-runs"))
        await until(pilot, lambda: app.screen.query_one(RunsTable).here)
        await pilot.press("space", "down", "space", "c")
    elif name == "question":
        app.push_screen(Confirm("A question", "Really?", "Yes"))
    else:
        await pilot.press(DIALOGS[name])
    await until(pilot, lambda: isinstance(app.screen, Dialog))
    await pilot.pause()


@pytest.mark.parametrize("name", DIALOGS)
@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
def test_a_click_on_the_edge_closes_every_dialog(
    settings: Settings, name: str, size: tuple[int, int]
) -> None:
    """Else help, which has no button, is left by the keyboard only."""
    service = ScriptedService()
    service.kept = [kept_run(2), kept_run(1)]
    app = scripted_app(settings, service)

    async def scenario(pilot: Pilot[None]) -> None:
        await opened(pilot, app, name)
        dialog = app.screen
        x, y, text = edge(dialog)
        await pilot.click(offset=(x + text.index("Esc"), y))
        await until(pilot, lambda: app.screen is not dialog)

    play(app, scenario, size)


@pytest.mark.parametrize("name", ["help", "plan", "question"])
def test_a_click_beside_a_dialog_closes_it(settings: Settings, name: str) -> None:
    app = scripted_app(settings, ScriptedService())

    async def scenario(pilot: Pilot[None]) -> None:
        await opened(pilot, app, name)
        dialog = app.screen
        await pilot.click(offset=(40, 20))
        await pilot.pause()
        assert app.screen is dialog  # in the frame
        await pilot.click(offset=(0, 0))
        await until(pilot, lambda: app.screen is app.main)

    play(app, scenario, (100, 40))


def test_a_click_beside_a_list_keeps_what_was_typed(settings: Settings) -> None:
    """Else a stray click loses a list that was pasted."""
    app = scripted_app(settings, ScriptedService())

    async def scenario(pilot: Pilot[None]) -> None:
        await opened(pilot, app, "names")
        app.screen.query_one(TextArea).text = "Canis lupus"
        await pilot.click(offset=(0, 0))
        await pilot.pause()
        assert isinstance(app.screen, ListDialog)

    play(app, scenario)


@pytest.mark.parametrize("key", ["h", "l", "b", "enter"])
@pytest.mark.parametrize("width", [60, 80, 120])
def test_a_click_leaves_every_screen(settings: Settings, key: str, width: int) -> None:
    """History, the primer, the table of requests, a record: at every width."""
    app = scripted_app(settings, ScriptedService())

    async def scenario(pilot: Pilot[None]) -> None:
        await to_records(pilot, app)
        await pilot.press(key)
        await until(pilot, lambda: app.screen is not app.main)
        await until(pilot, lambda: "Esc Back" in hints(app))
        await click_hint(pilot, app, "Esc Back")
        await until(pilot, lambda: app.screen is app.main)

    play(app, scenario, (width, 30))


OWN = {
    "help_close": "f11", "list_use": "ctrl+f8", "filters_clear": "ctrl+f8", "plan_close": "f11",
    "token_page": "ctrl+f8", "picker_use": "ctrl+f8", "columns_all": "[",
}  # fmt: skip
SAYS = {
    "help": "F11: close", "names": "^F8: use", "filters": "Clear ^F8", "plan": "F11: close",
    "token": "^F8: open the page", "operations": "+: collect several", "columns": "Show all [",
}  # fmt: skip


@pytest.mark.parametrize("name", SAYS)
def test_dialogs_name_the_users_own_keys(settings: Settings, name: str) -> None:
    app = RedListApp(settings, make_service=lambda _: ScriptedService(), own_keys=OWN)

    async def scenario(pilot: Pilot[None]) -> None:
        await opened(pilot, app, name)
        strips = app.screen._compositor.render_strips()
        assert SAYS[name] in "\n".join(strip.text for strip in strips)

    play(app, scenario)


def test_sentences_name_the_users_own_keys(settings: Settings) -> None:
    """Tooltips, the form's faults, help: none of them has a key written out."""
    own = {"token": "f11", "pick": "ctrl+f8", "run": "ctrl+f7", "export": "ctrl+f6"}
    app = RedListApp(settings, make_service=lambda _: ScriptedService(), own_keys=own)

    def tooltip(name: str) -> str:
        return str(app.main.query_one(f"#{name}").tooltip)

    async def scenario(pilot: Pilot[None]) -> None:
        assert "(F11)" in tooltip("add-token")
        assert "(^F8)" in tooltip("pick")
        assert "What ^F7 does" in tooltip("action")
        await pilot.press("f1")
        await until(pilot, lambda: "Mode (F12)" in shown(app))
        assert "(^F7)" in shown(app)  # behind "Run", perhaps on the next line
        assert "F5" not in shown(app)

    play(app, scenario, (100, 300))
