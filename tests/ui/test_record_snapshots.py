"""What the records look like: the table with the Red List's colours, and a record in full.

After a change that is meant: ``pytest tests/ui/test_record_snapshots.py --snapshot-update -n 0``,
and look at the pictures in ``__snapshots__``.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from textual.pilot import Pilot

from tests.support.on_screen import heading, lines_of, still, to_records
from tests.support.records_data import ASSESSMENT, Records, Species
from tests.support.screens import ScriptedService, scripted_app, until
from tui_app.settings import Settings
from tui_app.ui.records.record import RecordScreen
from tui_app.ui.records.table import RecordsTable

pytestmark = pytest.mark.xdist_group("snapshots")
Snap = Callable[..., bool]
SIZES = pytest.mark.parametrize("size", [(120, 40), (80, 24)], ids=["room", "small"])


@SIZES
def test_table_sorted_and_searched(
    settings: Settings, snap_compare: Snap, size: tuple[int, int]
) -> None:
    service = ScriptedService()
    service.table = Species()  # type: ignore[assignment]
    app = scripted_app(settings, service)

    async def sort_and_search(pilot: Pilot[None]) -> None:
        await to_records(pilot, app)
        await pilot.press("right", "right", "s", "left", "slash", *"species00", "enter")
        await until(pilot, lambda: "100 of 1,000" in lines_of(app, "#records-find"))
        await pilot.press("down", "down")
        assert "▲ year_published" in heading(app)
        await until(pilot, lambda: not app.main.query_one(RecordsTable)._wanted)

    assert snap_compare(app, terminal_size=size, run_before=still(app, sort_and_search))


@SIZES
@pytest.mark.parametrize(("tab", "turns"), [("overview", 0), ("threats", 4)])
def test_record(
    settings: Settings, snap_compare: Snap, size: tuple[int, int], tab: str, turns: int
) -> None:
    service = ScriptedService()
    service.table = Records({**ASSESSMENT, "source": "DEMO"})  # type: ignore[assignment]
    app = scripted_app(settings, service)

    async def open_record(pilot: Pilot[None]) -> None:
        await to_records(pilot, app)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, RecordScreen))
        await until(pilot, lambda: "assessment_date" in lines_of(app, "#record-body"))
        await pilot.press(*["right"] * turns)
        words = {"overview": "assessment_date", "threats": "Droughts"}[tab]
        await until(pilot, lambda: words in lines_of(app, "#record-body"))

    assert snap_compare(app, terminal_size=size, run_before=still(app, open_record))
