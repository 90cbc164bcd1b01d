"""A store that is read-only or locked, in the application."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest
from textual.pilot import Pilot

from tests.support.read_only import WAYS, read_only
from tests.support.screens import play, until, until_done
from tui_app.redlist import make_query
from tui_app.runs import Service
from tui_app.settings import Settings
from tui_app.store import sqlite
from tui_app.ui import screen
from tui_app.ui.app import RedListApp
from tui_app.ui.footer import StatusLine
from tui_app.ui.history.screen import HistoryScreen
from tui_app.ui.history.table import RunsTable

pytestmark = pytest.mark.xdist_group("screen")


def said(app: RedListApp) -> str:
    return app.main.query_one(StatusLine).sentence


@pytest.mark.parametrize("how", WAYS)
def test_a_store_that_is_read_only_has_its_history_and_says_what_can_t_be_done(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    service = Service(settings)
    kept = service.fetch(make_query(["countries/VA"]), settings)
    service.close()

    async def scenario(pilot: Pilot[None]) -> None:
        app.main.query_one("#waterfall").focus()
        await pilot.press("h")
        await until(pilot, lambda: isinstance(app.screen, HistoryScreen) and app.screen._here)
        (row,) = app.screen.query_one(RunsTable)._rows
        assert (row.run, row.records) == (kept.run, kept.records)
        await pilot.press("enter")  # opens it
        await until(pilot, lambda: not isinstance(app.screen, HistoryScreen))
        await until(pilot, lambda: app.main.job is not None)
        await until_done(pilot, app)
        assert app.main.job is not None
        assert app.main.job.model.current is not None
        assert app.main.job.model.current.records == kept.records
        app.main.query_one("#waterfall").focus()
        await pilot.press("f5")
        await until(pilot, lambda: "can be listed, shown and exported" in said(app))
        assert "Free some space" not in said(app)

    with read_only(settings.home, how, monkeypatch):
        app = RedListApp(settings)
        play(app, scenario)


def test_waiting_for_a_locked_store_is_seen(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a run stands still without a word."""
    monkeypatch.setattr(sqlite, "TRY_S", 0.02)
    monkeypatch.setattr(screen, "STORE_LOOKS_S", 0.02)
    Service(settings).close()
    file = settings.home / "runs.sqlite3"

    async def scenario(pilot: Pilot[None]) -> None:
        app.main.query_one("#waterfall").focus()
        with closing(sqlite3.connect(file, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            await pilot.press("f5")
            await until(pilot, lambda: "release the store (1 s)…" in said(app))
            assert said(app).startswith("Waiting for another program")
            other.execute("ROLLBACK")
        await until(pilot, lambda: "release the store" not in said(app))
        await pilot.press("escape")
        app.main.action_stop()
        await until_done(pilot, app)

    app = RedListApp(settings)
    play(app, scenario)
