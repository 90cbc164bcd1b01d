"""Formats that the export dialog knows by the ending of a name."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import polars as pl
from textual.pilot import Pilot
from textual.widgets import Input, Static

from tests.support.on_screen import choose_fetch
from tests.support.screens import play, until, until_done
from tui_app.settings import Settings
from tui_app.ui.app import RedListApp
from tui_app.ui.dialogs.export import ExportDialog


def said(app: RedListApp) -> str:
    return str(app.screen.query_one("#export-result", Static).visual)


def export(settings: Settings, name: str, sort: str, outcome: str) -> None:
    """Fetch, and export under a name: what the dialog says beforehand and afterwards."""
    app = RedListApp(settings)

    async def scenario(pilot: Pilot[None]) -> None:
        await choose_fetch(pilot, app, pages="1")
        await pilot.press("f5")
        await until_done(pilot, app)
        await pilot.press("ctrl+e")
        await until(pilot, lambda: isinstance(app.screen, ExportDialog))
        app.screen.query_one("#path", Input).value = name
        await until(pilot, lambda: sort in said(app))
        await pilot.press("enter")
        await until(pilot, lambda: outcome in said(app))
        assert said(app).startswith("✓")

    play(app, scenario)


def test_a_workbook_is_written(settings: Settings) -> None:
    """Else who works in the application converts a CSV by hand."""
    export(
        settings,
        "out.xlsx",
        "Writes an Excel workbook",
        "/out.xlsx (",
    )
    book = openpyxl.load_workbook("out.xlsx")
    header, first, *_ = book["records"].values
    assert dict(zip(header, first, strict=True))["source"] == "DEMO"
    assert next(book["provenance"].iter_rows(2, 2, values_only=True))[0] == "notice"
    assert Path("out.xlsx.meta.json").is_file()


def test_a_partitioned_folder_is_written(settings: Settings) -> None:
    """Else only the command line has it."""
    export(
        settings,
        "out.parquet/",
        "Writes a folder of Parquet files, one for each operation and class",
        "partitioned by operation only.",
    )
    frame = pl.read_parquet("out.parquet", hive_partitioning=True)
    assert frame["operation"].unique().to_list() == ["red_list_categories/CR"]
    assert frame.height == 100
