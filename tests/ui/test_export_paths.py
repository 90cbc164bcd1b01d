"""Paths that are typed into the export dialog: whatever they are, a sentence and no harm."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, Static

from tests.support.screens import ScriptedService, play, scripted_app, until, until_done
from tui_app.settings import Settings
from tui_app.store import Store
from tui_app.ui.app import RedListApp
from tui_app.ui.dialogs.export import ExportDialog
from tui_app.ui.dialogs.formats import requests_path
from tui_app.ui.fields import Tick

STORE = "it is part of the store of runs."
TYPED = (
    ("{home}/runs.sqlite3-wal.csv", STORE),
    ("hard.csv", STORE),
    ("soft.jsonl", STORE),
    ("soft.svg", STORE),
    ("chart.svg", f"chart-data.csv can't be written: {STORE}"),
    ("soft.html", STORE),
    ("rows.csv", f"rows-requests.csv can't be written: {STORE}"),
    ("same.csv", "Two exports would write same-requests.csv."),
    ("/", "the root folder can't have a file beside it."),
    ("loop.csv", "Too many levels of symbolic links."),
    ("file/a.svg", "/file is a file, not a folder."),
    ("~nobody-of-this-name/a.csv", "There is no user for"),
    ("~nobody-of-this-name/", "There is no user for"),
    (f"{'x' * 300}.csv", "File name too long."),
    (f"{'x' * 300}/", "File name too long."),
    (f"{'x' * 248}.csv", "Choose a name that is at least 10 characters shorter"),
)


def said(app: RedListApp) -> str:
    return str(app.screen.query_one("#export-result", Static).visual)


async def open_dialog(pilot: Pilot[None], app: RedListApp) -> None:
    await pilot.press("f5")
    await until_done(pilot, app)
    await pilot.press("ctrl+e")
    await until(pilot, lambda: isinstance(app.screen, ExportDialog))


def test_no_path_that_is_typed_does_harm(settings: Settings) -> None:
    """Else a typing error costs all runs, or ends the application in a traceback."""
    Store(settings.home).close()
    store = settings.home / "runs.sqlite3"
    before = store.read_bytes()
    for link in ("soft.jsonl", "soft.svg", "soft.html", "chart-data.csv", "rows-requests.csv"):
        Path(link).symlink_to(store)
    Path("hard.csv").hardlink_to(store)
    Path("same-requests.csv").symlink_to("same.csv")
    Path("loop.csv").symlink_to("loop.csv")
    Path("file").write_text("x")
    names = sorted(path.name for path in Path().iterdir())
    app = scripted_app(settings, ScriptedService())

    async def scenario(pilot: Pilot[None]) -> None:
        await open_dialog(pilot, app)
        app.screen.query_one("#also-requests", Tick).value = True
        for typed, words in TYPED:
            path = app.screen.query_one("#path", Input)
            path.value = typed.format(home=settings.home)
            await pilot.pause()
            await pilot.press("enter")
            await until(pilot, lambda words=words: words in said(app))
            assert said(app).startswith("✗"), typed
        path.value = "good.csv"
        await pilot.press("enter")
        await until(pilot, lambda: said(app).startswith("✓"))

    play(app, scenario)
    assert store.read_bytes() == before
    assert sorted(path.name for path in Path().iterdir()) == names


@pytest.mark.parametrize(
    ("typed", "name"),
    [("t/", "t-requests.csv"), ("./", "{here}-requests.csv"), ("a.csv", "a-requests.csv")],
)
def test_requests_have_a_name_beside_any_export(typed: str, name: str) -> None:
    """Else `./` ends in a traceback."""
    assert requests_path(Path(typed)).name == name.format(here=Path.cwd().name)
