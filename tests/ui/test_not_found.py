"""What the server doesn't have (404) is counted by itself, and the same in every place."""

from __future__ import annotations

import re
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from tests.support.on_screen import choose_fetch, lines, said
from tests.support.past_runs import open_history, shown, told
from tests.support.screens import play, until, until_done
from tui_app.demo.taxa import Taxa
from tui_app.settings import Settings
from tui_app.ui.app import RedListApp
from tui_app.ui.fields import Tick
from tui_app.ui.model import JobStatus
from tui_app.ui.operationfield import OperationField
from tui_app.ui.records.panel import RecordsPanel

pytestmark = pytest.mark.xdist_group("screen")

MANY = 140


async def fetch(pilot: Pilot[Any], app: RedListApp, operation: str, **lists: list[str]) -> None:
    """Fetch an operation, one request at a time."""
    for name, given in lists.items():
        app.main.query_one(OperationField).lists[name] = tuple(given)
    app.main.query_one("#operation", Input).value = operation
    await choose_fetch(pilot, app, method="sequential", pages="all")
    await pilot.press("f5")
    await until_done(pilot, app)


def subtitle(app: RedListApp) -> str:
    return str(app.main.query_one(RecordsPanel).border_subtitle)


def test_every_place_counts_140_that_were_not_found(settings: Settings) -> None:
    """Else one place says that nothing failed, and the next one that all did."""
    app = RedListApp(settings)

    async def scenario(pilot: Pilot[None]) -> None:
        ids = [str(900_000_000 + number) for number in range(MANY)]
        await fetch(pilot, app, "assessments", ids=ids)
        assert said(app).startswith(f"0 of {MANY} ids found, {MANY} not found, ")
        assert "failed" not in said(app)
        heading, figures = lines(app, "#bars").splitlines()
        assert "not found" in heading
        assert re.search(rf"{MANY}/{MANY} .* 0 +0 +{MANY} ", figures)
        assert f"4 Errors ({MANY} not found)" in lines(app, "#tabs-lower")
        assert "?" in lines(app, "#waterfall")
        assert "not found" in lines(app, "#legend")
        # What it could not have taken less than is what its answers took.
        run = app.main.job.model.current
        assert run.ideal_s > 0.5 * sum(run.latencies_ms) / 1000
        await pilot.press("4")
        await until(pilot, lambda: "? Not found" in lines(app, "#errors"))
        assert f"{MANY} not found" in lines(app, "#errors")
        assert "given up" not in lines(app, "#errors")
        assert "no assessment with this id" in " ".join(lines(app, "#errors").split())

    play(app, scenario)


def test_what_was_not_found_is_not_offered_for_resume(settings: Settings) -> None:
    """Else the same requests are sent again and again, and bring nothing."""
    app = RedListApp(settings)

    async def scenario(pilot: Pilot[None]) -> None:
        await fetch(pilot, app, "assessments", ids=["900000001", "900000002"])
        assert "F9" not in said(app)
        assert app.main.job.model.status is JobStatus.SETTLED
        assert app.main.controller.to_resume is None
        await pilot.press("f9")
        assert said(app).startswith("Nothing to resume")
        await open_history(pilot, app)
        await until(pilot, lambda: "2 ids" in shown(app))
        assert "not found" in shown(app)
        assert "failed" not in shown(app).replace(" failed ", "", 1)  # the column's heading
        await pilot.press("u")
        await until(pilot, lambda: told(app))
        assert "Run 1 found nothing: " in told(app)
        assert "2 not found: nothing to resume" in told(app)
        await pilot.press("enter")
        await until(pilot, lambda: app.screen is app.main and "Run 1" in said(app))
        assert "finishes it" not in said(app)
        assert app.main.controller.to_resume is None

    play(app, scenario)


def test_a_codes_404_says_which_list_has_the_codes(settings: Settings) -> None:
    app = RedListApp(settings)

    async def scenario(pilot: Pilot[None]) -> None:
        await fetch(pilot, app, "countries/QQ")
        assert said(app).startswith("Nothing was found; 1 not found (countries/QQ page 1: ")
        await pilot.press("4")
        await until(pilot, lambda: "Fetch countries to list" in lines(app, "#errors"))

    play(app, scenario)


def test_names_are_counted_as_the_command_line_counts_them(settings: Settings) -> None:
    app = RedListApp(settings)
    known = Taxa(settings.seed)
    names = [name for one in range(40) if len((name := known.scientific_name(one)).split()) == 2]

    async def scenario(pilot: Pilot[None]) -> None:
        given = [*names[:3], "Nullus nullus", "Nullus minor", names[0], "Genus", "Canis 99"]
        await fetch(pilot, app, "species", names=given)
        assert said(app).startswith(
            "3 of 8 names found, 2 not on the Red List, 2 malformed, 1 duplicate, "
        )
        await until(pilot, lambda: "8 records" in subtitle(app))

    play(app, scenario)


def test_the_status_line_counts_the_rows_of_the_panel(settings: Settings) -> None:
    """Of a taxon the panel has a row for each assessment."""
    app = RedListApp(settings)
    known = Taxa(settings.seed)
    taxon = next(one for one in range(200) if len(known.history(one)) > 1)
    rows = len(known.history(taxon))
    name = next(
        known.scientific_name(one)
        for one in range(200)
        if len(known.history(one)) == 3 and len(known.scientific_name(one).split()) == 2
    )

    async def scenario(pilot: Pilot[None]) -> None:
        await fetch(pilot, app, f"taxa/sis/{known.sis_id(taxon)}")
        assert said(app).startswith(f"{rows} records in 1 page, ")
        await until(pilot, lambda: f"{rows} records" in subtitle(app))
        app.main.query_one("#history", Tick).value = True
        await fetch(pilot, app, "species", names=[name, "Nullus nullus"])
        assert said(app).startswith("1 of 2 names found, 1 not on the Red List, 4 records, ")
        await until(pilot, lambda: "4 records" in subtitle(app))
        await open_history(pilot, app)
        await until(pilot, lambda: "2 names" in shown(app))
        assert re.search(rf"1 +{rows}\b", shown(app))

    play(app, scenario)
