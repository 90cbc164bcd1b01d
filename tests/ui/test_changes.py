"""History: what changed between two marked fetches."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest
from textual.pilot import Pilot

from tests.support.kept_rows import assessed, keep_rows
from tests.support.past_runs import open_history, shown
from tests.support.screens import play, until
from tui_app.settings import Settings
from tui_app.store import Store
from tui_app.ui.app import RedListApp
from tui_app.ui.dialogs.prompts import CreateFolder, ReplaceFiles
from tui_app.ui.history.against import AgainstScreen
from tui_app.ui.history.changes import ChangesScreen
from tui_app.ui.history.screen import HistoryScreen
from tui_app.ui.records.table import RecordsTable


@pytest.fixture
def app(settings: Settings) -> RedListApp:
    store = Store(settings.home)
    keep_rows(store, [assessed(1, "VU"), assessed(2, "VU"), assessed(3, "LC")], version="2025-2")
    keep_rows(store, [assessed(1, "EN"), assessed(2, "NT"), assessed(4, "LC")], version="2026-1")
    store.close()
    return RedListApp(settings)


async def open_changes(pilot: Pilot[None], app: RedListApp) -> None:
    await open_history(pilot, app)
    await pilot.press("space", "space", "c")
    await until(pilot, lambda: isinstance(app.screen, ChangesScreen))
    await until(pilot, lambda: "up-listed" in shown(app))


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
def test_two_marked_fetches_show_what_changed(app: RedListApp, size: tuple[int, int]) -> None:
    async def scenario(pilot: Pilot[None]) -> None:
        await open_changes(pilot, app)
        await until(pilot, lambda: "exemplaris4" in shown(app))
        text = shown(app)
        assert "1 up-listed, 1 down-listed, 1 added, 1 removed" in text
        assert text.index("Red List 2025-2") < text.index("Red List 2026-1")
        for row in ("changed", "added", "removed"):
            assert row in text
        assert re.search(r"Inventa exemplaris1 +changed +VU +EN ", text)  # without scrolling
        assert app.screen.query_one(RecordsTable).region.height >= 10  # also on a small screen
        await pilot.press("t")
        await until(pilot, lambda: isinstance(app.screen, AgainstScreen))
        await pilot.press("escape", "escape")
        await until(pilot, lambda: isinstance(app.screen, HistoryScreen))

    play(app, scenario, size)


def test_changes_are_exported_as_csv(app: RedListApp) -> None:
    async def scenario(pilot: Pilot[None]) -> None:
        await open_changes(pilot, app)
        await pilot.press("tab", "enter")
        await until(pilot, lambda: f"4 rows to {Path('changes-1-2.csv').absolute()}" in shown(app))
        await pilot.press("enter")  # the same name again
        await until(pilot, lambda: isinstance(app.screen, ReplaceFiles))
        await pilot.press("escape")
        await until(pilot, lambda: "unchanged" in shown(app))
        for _ in "changes-1-2.csv":
            await pilot.press("backspace")
        await pilot.press(*"no/x.csv", "enter")
        await until(pilot, lambda: isinstance(app.screen, CreateFolder))
        await pilot.press("n")
        await until(pilot, lambda: "Nothing was written: folder " in shown(app))

    play(app, scenario)
    with Path("changes-1-2.csv").open(encoding="utf-8", newline="") as file:
        assert [row["change"] for row in csv.DictReader(file)] == [
            "changed", "changed", "added", "removed",
        ]  # fmt: skip
    assert Path("changes-1-2.csv.meta.json").exists()


def test_runs_that_cannot_be_compared_say_so(settings: Settings) -> None:
    store = Store(settings.home)
    for _ in range(2):
        keep_rows(store, [{"code": "1"}], "threats", key="threats")
    store.close()
    app = RedListApp(settings)

    async def scenario(pilot: Pilot[None]) -> None:
        await open_history(pilot, app)
        await pilot.press("space", "space", "c")
        await until(pilot, lambda: "neither taxa nor assessments" in shown(app))

    play(app, scenario)
