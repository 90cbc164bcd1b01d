"""Requests as a table, rows filtered by what is under the cursor, panels on all of the screen."""

from __future__ import annotations

import msgspec
import pytest
from textual.pilot import Pilot

from tests.support.live_models import RUN, model_of, request
from tests.support.on_screen import choose_fetch, said
from tests.support.screens import ZERO, ScriptedService, play, scripted_app, until, until_done
from tui_app.fetch import Event, State
from tui_app.settings import Settings
from tui_app.ui.app import RedListApp
from tui_app.ui.keys import PANELS
from tui_app.ui.records.panel import RecordsPanel
from tui_app.ui.requests.table import RequestRows, RequestsScreen
from tui_app.ui.setup import SetupPanel

FLAKY = [
    Event("f1", State.BEGUN, ZERO),
    Event("f1", State.PLANNED, ZERO, total=2),
    Event("f1", State.QUEUED, ZERO, 0, 1, label="countries/MG page 1", page=1),
    Event("f1", State.STARTED, ZERO, 0, 1),
    Event("f1", State.SENT, ZERO, 0, 1),
    Event("f1", State.RETRIED, ZERO + 0.1, 0, 1, kind="server", reason="HTTP 503", status=503),
    Event("f1", State.STARTED, ZERO + 0.3, 0, 2),
    Event("f1", State.SENT, ZERO + 0.3, 0, 2),
    Event("f1", State.HEADERS, ZERO + 0.5, 0, 2, status=200, server_s=0.15),
    Event("f1", State.BODY, ZERO + 0.5, 0, 2, size_bytes=2_000),
    Event("f1", State.KEPT, ZERO + 0.5, 0, 2, records=100),
    Event("f1", State.QUEUED, ZERO, 1, 1, label="countries/MG page 2", page=2),
    Event("f1", State.STARTED, ZERO + 0.5, 1, 1),
    Event("f1", State.FAILED, ZERO + 0.6, 1, 1, kind="server", reason="HTTP 500", status=500),
    Event("f1", State.ENDED, ZERO + 0.6),
]


def test_a_row_has_the_figures_of_its_request() -> None:
    rows = RequestRows(model_of(request(1, 0.0, 2.0), request(2, 1.0, 3.5)), 9.0)
    assert len(rows) == 2
    assert rows.rows(0, 9) == [tuple(rows.record(n).values()) for n in (0, 1)]
    assert tuple(rows.record(0)) == rows.columns
    assert float(rows.record(1)["total_ms"]) == pytest.approx(2500, abs=1)
    assert float(rows.record(1)["started_s"]) == pytest.approx(1.0, abs=0.01)


def test_what_was_held_until_the_clock_stopped_is_saved_with_the_end_of_the_run() -> None:
    """The table said "saved when the run ends" of runs that had ended long before."""
    held = [
        msgspec.structs.replace(one, state=State.HELD) if one.state is State.KEPT else one
        for one in request(1, 0.0, 2.0)
    ]
    model = model_of(held)
    assert RequestRows(model, 9.0).record(0)["outcome"] == "saved when the run ends"
    model.take(Event(RUN, State.ENDED, 2.0))
    assert RequestRows(model, 9.0).record(0)["outcome"] == "saved"


def panel_of(app: RedListApp) -> RecordsPanel:
    return app.screen.query_one(RecordsPanel)


def test_requests_are_searched_and_sorted_in_a_table(settings: Settings) -> None:
    """Else the slowest of 4,000 requests is looked for by scrolling."""
    app = scripted_app(settings, ScriptedService(FLAKY))

    async def scenario(pilot: Pilot[None]) -> None:
        await pilot.press("b")
        assert "No requests yet" in said(app)
        await choose_fetch(pilot, app)
        await pilot.press("f5")
        await until_done(pilot, app)
        await pilot.press("b")
        await until(pilot, lambda: isinstance(app.screen, RequestsScreen))
        panel = panel_of(app)
        await until(pilot, lambda: "2 requests" in str(panel.border_subtitle))
        first, second = (panel.table.sheet.row(n) for n in (0, 1))
        named = dict(zip(panel.table.sheet.columns, first, strict=True))
        assert (named["outcome"], named["attempts"], named["bytes"]) == ("saved", "2", "2000")
        assert (named["retry_ms"], named["server_ms"]) == ("200.0", "150.0")
        assert dict(zip(panel.table.sheet.columns, second, strict=True))["why"] == "HTTP 500"
        await pilot.press("right", "right", "right", "s", "s")
        await until(pilot, lambda: panel.table.arrangement.descending)
        await pilot.press("enter")
        await pilot.pause()
        assert isinstance(app.screen, RequestsScreen)  # there is no record to open
        await pilot.press("escape", "b")
        await until(pilot, lambda: app.screen is app.main)

    play(app, scenario, (80, 24))


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
def test_a_panel_takes_all_of_the_screen_and_gives_it_back(
    settings: Settings, size: tuple[int, int]
) -> None:
    app = scripted_app(settings, ScriptedService())

    def shown() -> list[str]:
        return [name for name in PANELS if app.main.query_one(f"#{name}").display]

    async def scenario(pilot: Pilot[None]) -> None:
        await pilot.press("f5")
        await until_done(pilot, app)
        await pilot.press("2")
        await pilot.pause()
        before = shown()
        await pilot.press("z")
        await pilot.pause()
        assert shown() == ["chart"]
        assert not app.main.query_one(SetupPanel).display
        assert app.main.query_one("#chart").size.width > size[0] - 6
        await pilot.press("1")
        await pilot.pause()
        assert shown() == ["requests"]
        await pilot.press("f2")
        await pilot.pause()
        assert app.main.query_one(SetupPanel).display
        await pilot.press("escape", "2", "ctrl+u")
        await pilot.pause()
        assert shown() == before

    play(app, scenario, size)
