"""The switch for one row per taxon: in the form, the records and the export."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

from textual.pilot import Pilot
from textual.widgets import Input, Static

from tests.support.on_screen import choose_fetch, said, to_records
from tests.support.past_runs import open_history
from tests.support.scopes import STATUSES, scoped_list
from tests.support.screens import (
    ScriptedService,
    kept_run,
    play,
    scripted_app,
    until,
    until_done,
)
from tui_app.redlist.status import SeveralLatest
from tui_app.settings import Settings
from tui_app.ui.app import RedListApp
from tui_app.ui.dialogs.export import ExportDialog
from tui_app.ui.fields import Choice, Tick
from tui_app.ui.footer import StatusLine
from tui_app.ui.records.panel import RecordsPanel


def switch(app: RedListApp) -> Tick:
    return app.main.query_one("#one-per-taxon", Tick)


def subtitle(app: RedListApp) -> str:
    return str(app.main.query_one(RecordsPanel).border_subtitle)


def test_the_switch_changes_the_records_that_are_shown(settings: Settings) -> None:
    """Else it takes another fetch, or nobody knows which rows are shown."""
    service = ScriptedService()
    app = scripted_app(settings, service)

    async def scenario(pilot: Pilot[None]) -> None:
        await to_records(pilot, app)
        assert subtitle(app).startswith("1,000 records · run")
        switch(app).value = True
        await until(pilot, lambda: subtitle(app).startswith("500 records · one per taxon · run"))
        words = "1,000 records in 10 pages, 0.70 s by asyncio (ideal 0.68 s)."
        assert said(app) == f"{words} Shown: 500 records, one per taxon."
        switch(app).value = False
        await until(pilot, lambda: subtitle(app).startswith("1,000 records · run"))
        assert said(app) == words
        assert len(service.observers) == 1  # nothing was fetched for it

    play(app, scenario)


def test_it_is_a_fetchs_of_version_4(settings: Settings) -> None:
    """A comparison shows all rows, and v3 has one row a taxon."""
    app = scripted_app(settings, ScriptedService())

    async def scenario(pilot: Pilot[None]) -> None:
        app.main.action_setup()  # where it is a drawer
        await pilot.pause()
        assert not switch(app).region
        await choose_fetch(pilot, app)
        await until(pilot, lambda: switch(app).region)
        app.main.query_one("#api", Choice).choose("v3")
        await until(pilot, lambda: not switch(app).region)

    play(app, scenario)


def test_the_form_begins_as_the_settings_say(settings: Settings) -> None:
    """Else what the configuration says holds for the command line alone."""
    app = scripted_app(replace(settings, one_per_taxon=True), ScriptedService())

    async def scenario(pilot: Pilot[None]) -> None:
        await to_records(pilot, app)
        assert switch(app).value
        await until(pilot, lambda: subtitle(app).startswith("500 records · one per taxon"))

    play(app, scenario)


def test_an_export_begins_as_the_form_says_and_can_be_changed(settings: Settings) -> None:
    """Else a file has other rows than the table that was looked at."""
    service = ScriptedService()
    service.kept = [kept_run(1)]
    app = scripted_app(settings, service)

    async def written(pilot: Pilot[None]) -> str:
        await until(pilot, lambda: isinstance(app.screen, ExportDialog))
        path = app.screen.query_one("#path", Input)
        await until(pilot, lambda: app.focused is path)
        await pilot.press("enter")
        result = app.screen.query_one("#export-result", Static)
        await until(pilot, lambda: "rows to" in str(result.render()))
        return str(result.render())

    async def scenario(pilot: Pilot[None]) -> None:
        await to_records(pilot, app)
        switch(app).value = True
        await until(pilot, lambda: "one per taxon" in subtitle(app))
        await pilot.press("ctrl+e")
        assert "500 rows to" in await written(pilot)
        app.screen.query_one("#per-taxon", Tick).value = False
        assert "1,000 rows to" in await written(pilot)
        await pilot.press("escape")
        await open_history(pilot, app)
        await pilot.press("e")
        assert "500 rows to" in await written(pilot)

    play(app, scenario)


def test_several_latest_assessments_are_told_in_the_applications_words(settings: Settings) -> None:
    """Else regional assessments are counted as species; an option would be no help here."""
    service = ScriptedService()
    service.several = SeveralLatest(312, ("Global", "Europe", "Mediterranean"))
    app = scripted_app(settings, service)

    async def scenario(pilot: Pilot[None]) -> None:
        await choose_fetch(pilot, app)
        await pilot.press("f5")
        await until_done(pilot, app)
        told = said(app)
        assert "312 taxa have more than one latest assessment (Global, Europe…)." in told
        assert told.endswith("Tick `one per taxon` in Setup, or filter by scope.")
        assert "--" not in told
        switch(app).value = True
        await pilot.press("f5")
        await until(pilot, lambda: app.main.query_one(StatusLine).sentence != told)
        await until_done(pilot, app)
        assert "more than one" not in said(app)

    play(app, scenario)


def test_a_fetch_of_a_real_list(settings: Settings, tmp_path: Path) -> None:
    """The rows that are chosen are those of the command line."""
    with scoped_list() as host:
        live = replace(settings, source="live", base_url=host.base_url, rate=None)
        app = RedListApp(live)

        async def scenario(pilot: Pilot[None]) -> None:
            app.main.query_one("#operation", Input).value = "countries/MG"
            switch(app).value = True
            await choose_fetch(pilot, app, pages="all")
            await pilot.press("f5")
            await until_done(pilot, app)
            await until(pilot, lambda: subtitle(app).startswith("4 records · one per taxon"))
            await pilot.press("ctrl+e")
            await until(pilot, lambda: isinstance(app.screen, ExportDialog))
            app.screen.query_one("#path", Input).value = str(tmp_path / "a.csv")
            await pilot.press("enter")
            await until(pilot, (tmp_path / "a.csv").exists)

        play(app, scenario)
    with (tmp_path / "a.csv").open() as file:
        assert [int(row["assessment_id"]) for row in csv.DictReader(file)] == STATUSES
