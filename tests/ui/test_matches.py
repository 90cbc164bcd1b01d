"""Names against saved runs, from the dialog of names: a table, exported as CSV, no requests."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import TextArea

from tests.support.kept_taxa import full, keep, listed, page_of, taxon_of
from tests.support.past_runs import shown
from tests.support.screens import ScriptedService, play, scripted_app, until
from tui_app.settings import Settings
from tui_app.store import Store
from tui_app.ui.app import RedListApp
from tui_app.ui.dialogs.lists import ListDialog
from tui_app.ui.fields import Choice
from tui_app.ui.operationfield import OperationField
from tui_app.ui.records.matches import MatchScreen
from tui_app.ui.records.table import RecordsTable

pytestmark = pytest.mark.xdist_group("screen")

NAMES = ("# mine", "Inventa minor", "Ficta leonina", "Inventa mimor", "Inventa sp.")


@pytest.fixture
def app(settings: Settings) -> RedListApp:
    """Over a store with some of the names; no server is started for it."""
    store = Store(settings.home)
    keep(store, page_of(listed("Inventa minor", 11)))
    keep(store, full(taxon_of("Inventa leonina", "Ficta leonina"), 31))
    store.close()
    return RedListApp(settings)


async def press_match(pilot: Pilot[None], app: RedListApp, names: Iterable[str] = NAMES) -> None:
    app.main.query_one(OperationField).choose("names")
    await until(pilot, lambda: "0 names" in shown(app))
    if names:
        app.screen.query_one(TextArea).text = "\n".join(names)
        await until(pilot, lambda: "3 names (1 malformed)" in shown(app))
    await pilot.press("f3")
    await pilot.pause()


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
def test_names_are_matched_with_saved_runs(
    app: RedListApp, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """On the command line alone it could be done."""
    monkeypatch.setattr("tui_app.demo.launch.DemoServer.start", lambda _: pytest.fail("requested"))

    async def scenario(pilot: Pilot[None]) -> None:
        await press_match(pilot, app)
        await until(pilot, lambda: isinstance(app.screen, MatchScreen))
        counts = "1 of 4 names found, 1 synonym, 1 not in 2 saved runs"
        await until(pilot, lambda: counts in " ".join(shown(app).replace("│", " ").split()))
        text = shown(app)
        for words in ("found", "synonym", "not found", "malformed", "Inventa leonina"):
            assert words in text
        assert app.screen.query_one(RecordsTable).region.height >= 10  # also on a small screen
        await pilot.press("tab", "enter")
        await until(pilot, lambda: "4 rows to" in shown(app))
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, ListDialog))

    play(app, scenario, size)
    with Path("matches.csv").open(encoding="utf-8", newline="") as file:
        assert [row["outcome"] for row in csv.DictReader(file)] == [
            "found", "synonym", "not found", "malformed",
        ]  # fmt: skip
    assert Path("matches.csv.meta.json").exists()


def test_what_can_not_be_matched_says_why(settings: Settings) -> None:
    app = RedListApp(settings)

    async def scenario(pilot: Pilot[None]) -> None:
        await press_match(pilot, app, ())
        assert "No names yet" in shown(app)
        await pilot.press("escape")
        await press_match(pilot, app)
        await until(pilot, lambda: "no taxa are saved yet. Fetch a list" in shown(app))
        await pilot.press("tab", "enter")
        await pilot.press("escape", "escape")
        app.main.query_one(OperationField).choose("ids")
        await until(pilot, lambda: "Ids" in shown(app))
        assert "Match" not in shown(app)

    play(app, scenario)
    assert not Path("matches.csv").exists()
    assert not (settings.home / "runs.sqlite3").exists()


def test_matching_waits_for_a_run_that_may_be_timed(settings: Settings) -> None:
    app = scripted_app(settings, ScriptedService(hold=True))

    async def scenario(pilot: Pilot[None]) -> None:
        app.main.query_one("#action", Choice).choose("fetch")
        await pilot.pause()
        await pilot.press("f5")
        await until(pilot, lambda: app.main.busy)
        await press_match(pilot, app)
        await until(pilot, lambda: "Names can be matched when the run has ended." in shown(app))
        await pilot.press("escape", "f8")
        await until(pilot, lambda: not app.main.busy)

    play(app, scenario)
