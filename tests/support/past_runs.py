"""History, as its tests open and read it."""

from __future__ import annotations

from textual.pilot import Pilot

from tests.support.screens import ScriptedService, kept_run, until
from tui_app.store import RunRow
from tui_app.ui.app import RedListApp
from tui_app.ui.history.screen import HistoryScreen
from tui_app.ui.history.table import RunsTable

FAILED = {
    "pages_total": 89,
    "failed": 2,
    "errors": [
        {"request": "countries/MG page 3", "kind": "server", "message": "HTTP 503", "attempts": 6},
        {"request": "countries/MG page 4", "kind": "server", "message": "HTTP 503", "attempts": 6},
    ],
}


def scripted(rows: int = 0) -> ScriptedService:
    service = ScriptedService()
    service.kept = [
        kept_run(7, "running", method="threads"),
        kept_run(6, "killed", summary={}),
        kept_run(5, "stopped", label="countries/MG + threats/5_3"),
        kept_run(4, "partial", summary=FAILED, source="live", base_url="https://redlist.example"),
        kept_run(3, "failed", pages=0, records=0),
        kept_run(2, "complete", pages=89, records=8_812),
        kept_run(1, "complete", comparison=1),
    ]
    service.kept += [kept_run(10_000 + n) for n in range(rows)]
    return service


def shown(app: RedListApp) -> str:
    """The whole screen as text."""
    return "\n".join(strip.text for strip in app.screen._compositor.render_strips())


def told(app: RedListApp) -> str:
    """What its notifications say."""
    return " ".join(one.message for one in app._notifications)


async def open_history(pilot: Pilot[None], app: RedListApp, key: str = "h") -> HistoryScreen:
    app.main.query_one("#waterfall").focus()
    await pilot.press(key)
    await until(pilot, lambda: isinstance(app.screen, HistoryScreen) and app.screen._here)
    screen = app.screen
    assert isinstance(screen, HistoryScreen)
    await pilot.pause()
    return screen


def listed(screen: HistoryScreen) -> list[RunRow]:
    return screen.query_one(RunsTable)._rows
