"""Saved answers that are damaged, in the application: the rest is shown, and F9 fetches them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, Static

from tests.support.damage import damage
from tests.support.on_screen import choose_fetch
from tests.support.screens import (
    ScriptedService,
    Table,
    play,
    scripted_app,
    until,
    until_done,
)
from tui_app.redlist import make_query
from tui_app.runs import Service
from tui_app.settings import Settings
from tui_app.ui.app import RedListApp
from tui_app.ui.dialogs.export import ExportDialog
from tui_app.ui.footer import StatusLine
from tui_app.ui.records.table import RecordsTable

pytestmark = pytest.mark.xdist_group("screen")


def test_a_run_with_a_damaged_page_is_shown_without_it_and_resumed(settings: Settings) -> None:
    """Else the panel is empty, and nothing says that the rest could be had."""
    settings = replace(settings, source="demo")
    service = Service(settings)
    run = service.fetch(make_query(["taxa/order/Crocodylia"]), settings).run
    whole = len(service.records(run))
    service.close()
    damage(settings.home, "cut off")
    app = RedListApp(settings)

    def told() -> str:
        return app.main.query_one(StatusLine).sentence

    async def scenario(pilot: Pilot[None]) -> None:
        app.main.query_one("#waterfall").focus()
        await pilot.press("h")
        await until(pilot, lambda: app.screen is not app.main)
        await until(pilot, lambda: getattr(app.screen, "_here", None))
        await pilot.press("enter")
        await until(pilot, lambda: "is damaged" in told())
        assert "taxa/order/Crocodylia page 2" in told()
        assert "F9" in told()
        table = app.main.query_one(RecordsTable)
        assert table.sheet is not None
        assert table.sheet.length == 100
        await pilot.press("ctrl+e")
        await until(pilot, lambda: isinstance(app.screen, ExportDialog))
        app.screen.query_one(Input).value = "part.csv"
        await pilot.press("enter")
        result = app.screen.query_one("#export-result", Static)
        await until(pilot, lambda: "is damaged" in str(result.render()))
        assert f"100 rows to {Path('part.csv').absolute()}" in str(result.render())
        await pilot.press("escape")
        await pilot.press("f9")
        await until(pilot, lambda: "damaged" not in told())
        await until_done(pilot, app)
        assert table.sheet is not None
        assert table.sheet.length == whole

    play(app, scenario)


class FoundLate(Table):
    """A table in which a row far down is found damaged when it is read."""

    damage = ""

    def rows(self, start: int, stop: int) -> list[tuple[str, ...]]:
        if stop > 500:
            self.damage = "1 saved response is damaged: assessment/5."
        return super().rows(start, stop)


def test_what_is_found_damaged_later_is_told_once(settings: Settings) -> None:
    """Reading every full assessment of a large run beforehand would take minutes."""
    service = ScriptedService()
    service.table = FoundLate(1000)
    app = scripted_app(settings, service)

    async def scenario(pilot: Pilot[None]) -> None:
        await choose_fetch(pilot, app)
        await pilot.press("f5")
        await until_done(pilot, app)
        await pilot.press("3")
        table = app.main.query_one(RecordsTable)
        await until(pilot, lambda: table.has_focus)
        assert not app._notifications
        await pilot.press("G", "g", "G")
        await until(pilot, lambda: app._notifications)
        await until(pilot, lambda: not table._wanted)
        assert [note.message for note in app._notifications] == [service.table.damage]

    play(app, scenario)
