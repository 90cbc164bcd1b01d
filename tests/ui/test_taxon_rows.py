"""Taxa in the application: a row for each assessment, on the real service and demo server."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from tests.support.on_screen import choose_fetch, said
from tests.support.screens import play, until, until_done
from tui_app.demo.taxa import Taxa
from tui_app.settings import Settings
from tui_app.ui.app import RedListApp
from tui_app.ui.fields import Tick
from tui_app.ui.operationfield import OperationField
from tui_app.ui.records.panel import RecordsPanel
from tui_app.ui.records.table import RecordsTable

pytestmark = pytest.mark.xdist_group("screen")


def taxa(settings: Settings) -> list[tuple[int, str, int]]:
    """SIS id, name and number of assessments of some species of the demo that have several."""
    known = Taxa(settings.seed)
    found = []
    for taxon in range(200):
        number, name = len(known.history(taxon)), known.scientific_name(taxon)
        if number > 1 and len(name.split()) == 2:
            found.append((known.sis_id(taxon), name, number))
    return found[:3]


def subtitle(app: RedListApp) -> str:
    return str(app.main.query_one(RecordsPanel).border_subtitle)


async def fetched(pilot: Pilot[Any], app: RedListApp, rows: int) -> RecordsTable:
    await pilot.press("f5")
    await until_done(pilot, app)
    await pilot.press("3")
    await until(pilot, lambda: f"{rows} records" in subtitle(app))
    return app.main.query_one(RecordsTable)


def test_a_taxon_has_a_row_for_each_assessment_and_a_folder_of_tables(
    settings: Settings, tmp_path: Path
) -> None:
    """Else the table of a taxon is one row with all its years in a cell."""
    ((sis_id, _, number), *_) = taxa(settings)
    app = RedListApp(settings)

    async def scenario(pilot: Pilot[None]) -> None:
        await choose_fetch(pilot, app, pages="all")
        app.main.query_one("#operation", Input).value = f"taxa/sis/{sis_id}"
        table = await fetched(pilot, app, number)
        assert table.sheet is not None
        assert {"red_list_category_pe", "class_name", "common_name"} <= set(table.sheet.columns)
        await pilot.press("ctrl+e")
        await pilot.pause()
        app.screen.query_one("#path", Input).value = f"{tmp_path}/tables/"
        await pilot.press("enter")
        result = app.screen.query_one("#export-result")
        await until(pilot, lambda: f"of {number} assessments" in str(result.render()))

    play(app, scenario)
    assert len((tmp_path / "tables/history.csv").read_text("utf-8").splitlines()) == 1 + number


def test_names_have_all_their_assessments_if_ticked(settings: Settings) -> None:
    """Else the history of a list can be had from the command line alone."""
    known = taxa(settings)
    app = RedListApp(settings)

    async def scenario(pilot: Pilot[None]) -> None:
        await choose_fetch(pilot, app, pages="all")
        assert not app.main.query_one("#field-history").display
        app.main.query_one("#operation", Input).value = "species"
        await pilot.pause()
        assert app.main.query_one("#field-history").display
        app.main.query_one(OperationField).lists["names"] = tuple(name for _, name, _ in known)
        app.main.query_one("#history", Tick).value = True
        await fetched(pilot, app, sum(number for *_, number in known))

    play(app, scenario)


def test_names_that_bring_nothing_are_told_as_what_they_are(settings: Settings) -> None:
    """Else a name that the server lacks is a failure, for which F9 is pressed in vain."""
    (_, name, _), *_ = taxa(settings)
    app = RedListApp(settings)

    async def scenario(pilot: Pilot[None]) -> None:
        app.main.query_one(OperationField).lists["names"] = (name, "Nullus nullus", "Genus")
        app.main.query_one("#operation", Input).value = "species"
        await choose_fetch(pilot, app, pages="all")
        await pilot.press("f5")
        await until_done(pilot, app)
        assert said(app).startswith("1 of 3 names found, 1 not on the Red List, 1 malformed, ")
        assert "failed" not in said(app)
        assert "repeats the failed requests" not in said(app)

    play(app, scenario)
