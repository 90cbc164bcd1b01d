"""Keys of the user's own."""

from __future__ import annotations

import importlib
import pkgutil
import re
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Button, Input

from tests.support.on_screen import hints
from tests.support.past_runs import shown
from tests.support.screens import ScriptedService, play, until, until_done
from tui_app import ui
from tui_app.redlist.errors import UsageError
from tui_app.settings import Settings, load_settings
from tui_app.ui import keys
from tui_app.ui.app import RedListApp
from tui_app.ui.dialogs.export import ExportDialog
from tui_app.ui.dialogs.help import HelpScreen
from tui_app.ui.keys import read_keymap
from tui_app.ui.records.table import RecordsTable
from tui_app.ui.requests.waterfall import Waterfall


@pytest.fixture(autouse=True)
def usual_keys() -> object:
    """The next test has them again."""
    yield
    keys.use({})


def application(settings: Settings, own: dict[str, str]) -> RedListApp:
    return RedListApp(settings, make_service=lambda _: ScriptedService(), own_keys=own)


def test_a_key_of_ones_own_does_it_and_the_usual_one_does_not(settings: Settings) -> None:
    """Else who has F5 taken by their terminal is told to press it."""
    app = application(settings, {"run": "f11,g", "records_sort": "w"})

    async def scenario(pilot: Pilot[None]) -> None:
        assert "F11 Compare" in hints(app)
        assert str(app.main.query_one("#run", Button).label) == "Compare F11"
        await until(pilot, lambda: "F11 compares" in shown(app))
        assert "F5" not in shown(app)
        await pilot.press("f5")
        await pilot.pause()
        assert app.main.job is None
        await pilot.press("g")
        await until_done(pilot, app)
        await pilot.press("f1")
        await until(pilot, lambda: isinstance(app.screen, HelpScreen))
        app.screen.show("keys")  # type: ignore[attr-defined]
        await until(pilot, lambda: "F11, g " in shown(app))

    play(app, scenario)


def test_an_export_key_that_can_be_typed_is_typed_in_an_input(settings: Settings) -> None:
    """Else a w in an operation's name opens a dialog."""
    app = application(settings, {"export": "w,ctrl+w"})

    async def scenario(pilot: Pilot[None]) -> None:
        await pilot.press("f5")
        await until_done(pilot, app)
        app.main.action_setup()
        await pilot.pause()
        field = app.main.query_one("#operation", Input)
        field.value = ""
        await pilot.press("w")
        assert field.value == "w"
        for key in ("ctrl+w", "escape", "1", "w"):
            await pilot.press(key)
            await pilot.pause()
            if key.endswith("w"):
                await until(pilot, lambda: isinstance(app.screen, ExportDialog))
                await pilot.press("escape")
                await until(pilot, lambda: app.screen is app.main)

    play(app, scenario)


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("rum", "f11", "unknown action. Did you mean run?"),
        ("run", "ctrl+h", "terminals send ctrl+h for backspace."),
        ("run", "f99x", "unknown key 'f99x'."),
        ("run", "hyper+x", "unknown key 'hyper+x'."),
        ("run", "x", "x is already used by Stop."),
        ("run", " , ", "no key is given."),
        ("quit", "q", "has to be a function key or have ctrl"),
        ("history_open", "u", "u is already used by Resume."),
        ("records_find", "ctrl+f", "ctrl+f is already used by Screenshot."),
    ],
)
def test_what_cannot_be_used_is_told_and_changes_nothing(name: str, text: str, says: str) -> None:
    """Else a user has no key to leave with, or wonders why one does nothing."""
    found = read_keymap({name: text})
    assert found.keys == {}
    (notice,) = found.notices
    assert says in notice
    assert name in notice


def test_keys_can_change_places() -> None:
    found = read_keymap({"stop": "f7", "freeze": "x,f8"})
    assert found.notices == []
    assert found.keys == {"stop": "f7", "freeze": "x,f8"}
    assert read_keymap({"run": "F11, R", "chart": "ctrl+f9"}).keys == {
        "run": "f11,R",
        "chart": "ctrl+f9",
    }


NAMES = {str(one.id).removesuffix("_too"): one for table in keys.PLACES.values() for one in table}


def test_the_example_configuration_has_every_key_and_no_other() -> None:
    """Else a user doesn't find what can be changed, or changes what isn't there."""
    ini = (Path(__file__).parents[2] / "config.example.ini").read_text(encoding="utf-8")
    lines = re.findall(r"^# (\w+) = (.+)$", ini.split("[keys]")[1], re.MULTILINE)
    assert len(lines) == len(dict(lines))
    usual = {name: one.key for name, one in NAMES.items()}
    usual |= {"export": "ctrl+e,f6,e", "palette": "ctrl+p,colon", "quit": "ctrl+q,q"}
    assert dict(lines) == usual


def test_every_binding_of_a_screen_panel_or_table_is_in_the_table() -> None:
    """Else it can't be changed, and help may say something else."""
    table = [one for places in keys.PLACES.values() for one in places]
    assert len({one.id for one in table}) == len(table)
    for module in pkgutil.walk_packages(ui.__path__, "tui_app.ui."):
        for cls in vars(importlib.import_module(module.name)).values():
            if isinstance(cls, type) and cls.__module__ == module.name:
                bindings = vars(cls).get("BINDINGS", ())
                assert all(one in table for one in bindings), cls


@pytest.mark.parametrize("name", sorted(NAMES))
def test_every_key_can_be_changed(name: str) -> None:
    """Else help lists a key that `[keys]` doesn't know."""
    found = read_keymap({name: "ctrl+f8"})
    assert found.notices == []
    assert found.keys[name] == "ctrl+f8"


def test_keys_of_screens_tables_and_dialogs_are_changed(settings: Settings) -> None:
    """A few of each kind: those that could not be changed, and those of tables and dialogs."""
    own = {
        "table": "f11", "requests_back": "f12", "zoom": "ctrl+f9", "palette": "ctrl+f10",
        "records_down": "w", "requests_up": "q", "confirm_no": "v", "record_next": "w",
        "history_mark": "w", "picker_back": "f12", "plan_close": "f12",
    }  # fmt: skip
    assert read_keymap(own).notices == []
    app = application(settings, own)

    async def press(pilot: Pilot[None], key: str, screen: str) -> None:
        await pilot.press(key)
        await until(pilot, lambda: type(app.screen).__name__ == screen)

    async def scenario(pilot: Pilot[None]) -> None:
        await pilot.press("f5")
        await until_done(pilot, app)
        await pilot.press("b")
        await pilot.pause()
        assert app.screen is app.main
        await press(pilot, "f11", "RequestsScreen")
        await pilot.press("escape", "b")
        await pilot.pause()
        assert app.screen is not app.main
        await press(pilot, "f12", "MainScreen")
        await pilot.press("q")
        await until(pilot, lambda: app.main.query_one(Waterfall).cursor is not None)
        await pilot.press("ctrl+f9")
        await until(pilot, lambda: app.main.has_class("-zoom"))
        await press(pilot, "o", "Picker")
        await press(pilot, "f12", "MainScreen")
        await press(pilot, "p", "PlanDialog")
        await press(pilot, "f12", "MainScreen")
        await pilot.press("3")
        table = app.main.query_one(RecordsTable)
        await until(pilot, lambda: table.has_focus)
        await pilot.press("w")
        await until(pilot, lambda: table.row == 1)
        await press(pilot, "ctrl+f10", "CommandPalette")

    play(app, scenario)


def test_the_configuration_has_them(tmp_path: Path) -> None:
    here, there = tmp_path / "config.ini", tmp_path / "home" / ".config" / "iucn-tui"
    here.write_text("[keys]\nrun = f12\n")
    there.mkdir(parents=True)
    (there / "config.ini").write_text("[keys]\nrun = f11\nstop = f10\n")
    assert load_settings({}, {}, tmp_path).keys == {"run": "f12", "stop": "f10"}
    here.write_text("[keys]\nrun f12\n")
    with pytest.raises(UsageError, match="line 2"):
        load_settings({}, {}, tmp_path)


def test_a_bad_line_is_told_on_the_screen(settings: Settings) -> None:
    app = application(settings, {"rum": "f12"})

    async def scenario(pilot: Pilot[None]) -> None:
        await until(pilot, lambda: any("mean run" in one.message for one in app._notifications))

    play(app, scenario)


def test_no_key_is_one_that_terminals_send_for_another() -> None:
    used = {key for table in keys.PLACES.values() for one in table for key in one.key.split(",")}
    assert not {"ctrl+h", "ctrl+i", "ctrl+j", "ctrl+m"} & used
    assert not {"ctrl+a", "ctrl+b", "ctrl+c", "ctrl+v", "ctrl+w", "f11"} & used


ONLY_LETTERS = (
    "filters",
    "names",
    "ids",
    "table",
    "theme",
    "requests",
    "chart",
    "records",
    "errors",
)
"""Fields of the form, panels that F3 turns to, and what the palette has as well."""


def test_every_main_action_has_a_letter_and_a_key_that_inputs_leave() -> None:
    """Else VS Code's terminal, which keeps F5, or a focused input has no key for it."""
    taken: dict[str, list[str]] = {}
    for one in keys.PLACES["the application"]:
        taken.setdefault(str(one.id).removesuffix("_too"), []).extend(one.key.split(","))
    for name, some in taken.items():
        if name in ("leave", "next_panel", "previous_panel", "screenshot"):
            continue
        letters = [
            key for key in some if len(key) == 1 or key in ("space", "colon", "question_mark")
        ]
        assert letters, name
        assert name in ONLY_LETTERS or len(letters) < len(some), name
