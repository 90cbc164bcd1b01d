"""The export dialog: which rows, in which format, and where to."""

from __future__ import annotations

import csv
import json
import os
from datetime import datetime
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, OptionList, Static

from tests.support.kept_rows import assessed, keep_rows
from tests.support.past_runs import open_history
from tests.support.screens import ScriptedService, play, scripted_app, until, until_done
from tui_app.settings import Settings
from tui_app.store import Store
from tui_app.ui.app import RedListApp
from tui_app.ui.dialogs.export import ExportDialog
from tui_app.ui.dialogs.formats import FORMATS, without_ending
from tui_app.ui.dialogs.lists import complete_path
from tui_app.ui.dialogs.prompts import CreateFolder, ReplaceFiles
from tui_app.ui.fields import Choice, Tick
from tui_app.ui.footer import StatusLine
from tui_app.ui.records.panel import RecordsPanel

SMALL = (80, 24)


def said(app: RedListApp) -> str:
    return str(app.screen.query_one("#export-result", Static).visual)


def rows_words(app: RedListApp) -> str:
    return str(app.screen.query_one("#rows-words", Static).visual)


def path(app: RedListApp) -> Input:
    return app.screen.query_one("#path", Input)


async def open_dialog(pilot: Pilot[None], app: RedListApp) -> None:
    await pilot.press("ctrl+e")
    await until(pilot, lambda: isinstance(app.screen, ExportDialog))


async def with_a_run(pilot: Pilot[None], app: RedListApp) -> None:
    await pilot.press("f5")
    await until_done(pilot, app)
    await open_dialog(pilot, app)


async def write(pilot: Pilot[None], app: RedListApp, name: str) -> str:
    """Write under a name; what came of it."""
    path(app).value = name
    path(app).focus()
    await until(pilot, lambda: "✓" not in said(app))
    await pilot.press("enter")
    await until(pilot, lambda: "✓" in said(app) or "✗" in said(app))
    return said(app)


@pytest.fixture
def saved(settings: Settings) -> RedListApp:
    """A run of 140 rows, 35 of them of one category; the application with its store."""
    store = Store(settings.home)
    codes = ("CR", "LC", "LC", "VU")
    keep_rows(store, [assessed(number, codes[number % 4]) for number in range(140)])
    store.close()
    return RedListApp(settings)


async def filtered(pilot: Pilot[None], app: RedListApp) -> RecordsPanel:
    """Open the saved run, and show the rows of one category, the highest taxon first."""
    await open_history(pilot, app)
    await pilot.press("enter")
    panel = app.main.query_one(RecordsPanel)
    await until(pilot, lambda: "140 records" in str(panel.border_subtitle))
    await pilot.press("3", "slash", *"category:CR")
    await pilot.press("enter")
    await until(pilot, lambda: "35 of 140" in str(panel.border_subtitle))
    table = panel.table
    while table.column_name != "sis_taxon_id":
        await pilot.press("right")
    for arrow in "▲▼":
        await pilot.press("s")
        await until(pilot, lambda arrow=arrow: arrow in table.render_line(0).text)
    return panel


def taxa(name: str) -> list[int]:
    with Path(name).open(encoding="utf-8", newline="") as file:
        return [int(row["sis_taxon_id"]) for row in csv.DictReader(file)]


def test_what_is_shown_is_written_unless_all_is_chosen(saved: RedListApp) -> None:
    """Else 140 rows are written where 35 were shown, and nobody is told."""
    app = saved

    async def scenario(pilot: Pilot[None]) -> None:
        await filtered(pilot, app)
        await open_dialog(pilot, app)
        choice = app.screen.query_one("#rows", Choice)
        assert choice.value == "the 35 shown"
        # No number of all rows above an export of 35.
        assert str(app.screen.query_one(".dialog-what", Static).visual) == "From run 1 · asyncio."
        assert rows_words(app) == (
            "35 of 140 rows match 'category:CR'; in the order shown "
            "(sorted by sis_taxon_id, descending), with all columns in the API's order."
        )
        assert app.screen.query_one("#per-taxon", Tick).disabled  # the rows are as they are shown
        assert "35 rows to" in await write(pilot, app, "some.csv")
        choice.choose("all 140")
        await until(pilot, lambda: rows_words(app).startswith("All 140 rows in the run's order"))
        assert not app.screen.query_one("#per-taxon", Tick).disabled
        assert "140 rows to" in await write(pilot, app, "all.csv")
        for ending in (".bib", ".svg"):
            path(app).value = f"a{ending}"
            await until(pilot, lambda: choice.disabled)
            assert rows_words(app) == ""

    play(app, scenario)
    assert taxa("some.csv") == list(range(136, -1, -4))
    assert taxa("all.csv") == list(range(140))
    meta = json.loads(Path("some.csv.meta.json").read_text())
    assert (meta["rows"], meta["of"], meta["filter"]) == (35, 140, "category:CR")
    assert meta["sort"] == "sis_taxon_id descending"


def test_without_a_filter_there_is_no_choice(saved: RedListApp) -> None:
    app = saved

    async def scenario(pilot: Pilot[None]) -> None:
        await filtered(pilot, app)
        await pilot.press("escape", "escape")
        await until(pilot, lambda: app.main.query_one(RecordsPanel).to_export() == (140, None))
        await open_dialog(pilot, app)
        assert not app.screen.query("#rows")
        assert (
            rows_words(app)
            == "All 140 rows in the run's order, with all columns in the API's order."
        )
        app.screen.query_one("#per-taxon", Tick).value = True  # whose number is not known
        await until(pilot, lambda: rows_words(app).startswith("One row per taxon, in"))

    play(app, scenario)


def test_the_formats_are_listed_with_what_each_is_for(settings: Settings) -> None:
    """Else who doesn't know the endings finds CSV only."""
    app = scripted_app(settings, ScriptedService())

    async def scenario(pilot: Pilot[None]) -> None:
        await with_a_run(pilot, app)
        formats = app.screen.query_one("#formats", OptionList)
        lines = [str(option.prompt) for option in formats.options]
        assert [line.split("  ")[0] for line in lines] == [one.name for one in FORMATS]
        assert "spreadsheets, R, pandas" in lines[0]
        assert "DuckDB, polars, Spark" in lines[2]
        assert formats.highlighted == 0
        for place, one in enumerate(FORMATS):  # typing an ending chooses
            path(app).value = f"x{one.ending}"
            await until(pilot, lambda place=place: formats.highlighted == place)
        path(app).value = "felidae.csv"
        await until(pilot, lambda: formats.highlighted == 0)
        formats.focus()
        await pilot.pause()
        for one in FORMATS[1:]:  # choosing changes the ending
            await pilot.press("down")
            assert path(app).value == f"felidae{one.ending}"
        await pilot.press("home", "enter")
        assert path(app).value == "felidae.csv"
        assert app.focused is path(app)
        words = "Writes a CSV file. felidae.csv.meta.json beside it holds the provenance."
        assert said(app) == words
        path(app).value = "felidae"
        await until(pilot, lambda: "has no known extension" in said(app))
        assert formats.highlighted is None

    play(app, scenario)


def test_a_fetch_of_history_offers_what_it_has(saved: RedListApp) -> None:
    """A report is of a comparison, a chart of a run that is open."""
    app = saved

    async def scenario(pilot: Pilot[None]) -> None:
        await open_history(pilot, app)
        await pilot.press("e")
        await until(pilot, lambda: isinstance(app.screen, ExportDialog))
        lines = [str(one.prompt) for one in app.screen.query_one("#formats", OptionList).options]
        assert not any(word in "".join(lines) for word in ("SVG", "PNG", "HTML", "Markdown"))
        assert "exported from its panel" in await write(pilot, app, "a.svg")
        assert "Only comparisons have a report" in await write(pilot, app, "a.md")

    play(app, scenario)


def test_an_extra_that_is_missing_is_named(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "tui_app.ui.dialogs.formats.find_spec", lambda name: None if name == "openpyxl" else name
    )
    notes = {one.name: one.note for one in FORMATS}
    assert notes["Excel"] == "needs: pip install 'iucn-tui[excel]'"
    assert "DuckDB" in notes["Parquet"]


@pytest.mark.parametrize(
    ("typed", "base"),
    [
        ("out/fel.csv", "out/fel"), ("fel", "fel"), ("fel.parquet/", "fel"), ("t/", "t"),
        ("v1.2/a.b.jsonl", "v1.2/a.b"), ("here/", "here/rows"), ("./", "./rows"), ("~/", "~/rows"),
        ("", "rows"), ("/", "/rows"), ("a.MD", "a"), (".csv", ".csv"),
    ],
)  # fmt: skip
def test_an_ending_takes_the_place_of_another(typed: str, base: str) -> None:
    """Else a name grows by an ending at each choice, or a folder's name becomes a file's."""
    Path("here").mkdir()
    assert without_ending(typed, "rows") == base


def test_the_dialog_fits_a_small_screen(saved: RedListApp) -> None:
    """Path, choice of rows and button are seen, also under a long result."""
    app = saved

    async def scenario(pilot: Pilot[None]) -> None:
        await filtered(pilot, app)
        await open_dialog(pilot, app)

        def seen() -> None:
            frame = app.screen.query_one(".dialog").content_region
            for name in ("#path", "#rows", "#also-requests", "#write", "#export-result"):
                region = app.screen.query_one(name).region
                assert region.area
                assert region in frame
            assert app.screen.query_one("#formats").region.height >= 4

        seen()
        app.screen.query_one("#also-requests", Tick).value = True
        folder = "/".join(["deeply"] * 12)
        Path(folder).mkdir(parents=True)
        await write(pilot, app, f"{folder}/x.csv")
        await pilot.pause()
        seen()

    play(app, scenario, SMALL)


def test_a_missing_folder_is_created_if_the_user_agrees(settings: Settings) -> None:
    """Else a path has to be typed again, after a shell; or a typing error makes a folder."""
    app = scripted_app(settings, ScriptedService())

    async def asked(pilot: Pilot[None], name: str) -> str:
        path(app).value = name
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, CreateFolder))
        return str(app.screen.query_one(Static).visual)

    async def scenario(pilot: Pilot[None]) -> None:
        await with_a_run(pilot, app)
        folder = Path("new/inner").absolute()
        words = await asked(pilot, "new/inner/a.csv")
        assert words == f"Folder {folder} doesn't exist. Create it?"
        await pilot.press("n")
        await until(pilot, lambda: "✗" in said(app))
        assert said(app) == (
            f"✗ Nothing was written: folder {folder} doesn't exist. Create it, or choose another."
        )
        assert not Path("new").exists()
        await asked(pilot, "new/inner/full.csv")  # which fails: the folder goes again
        await pilot.press("enter")
        await until(pilot, lambda: "no space is left" in said(app))
        assert not Path("new").exists()
        await asked(pilot, "new/inner/a.csv")
        await pilot.press("enter")
        await until(pilot, lambda: said(app).startswith("✓ 1,000 rows to"))
        assert folder.is_dir()

    play(app, scenario)


def test_a_folder_that_cannot_be_created_says_why(settings: Settings) -> None:
    app = scripted_app(settings, ScriptedService())

    async def scenario(pilot: Pilot[None]) -> None:
        await with_a_run(pilot, app)
        path(app).value = "/proc/nowhere/a.csv"
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, CreateFolder))
        await pilot.press("enter")
        await until(pilot, lambda: "✗" in said(app))
        words = "✗ Nothing was written. /proc/nowhere can't be created: "
        assert said(app).startswith(words)
        assert said(app).endswith("Choose another folder.")

    play(app, scenario)


def test_where_it_was_written_stays_said(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The whole path, in the dialog and below it: else the file has to be looked for."""
    app = scripted_app(settings, ScriptedService())
    home = Path("home").absolute()
    deep = home / "/".join(["folder"] * 20)
    deep.mkdir(parents=True)
    monkeypatch.setenv("HOME", str(home))

    async def scenario(pilot: Pilot[None]) -> None:
        await with_a_run(pilot, app)
        line = app.main.query_one(StatusLine)
        assert await write(pilot, app, "~/a.csv") == f"✓ 1,000 rows to {home}/a.csv (132 kB)."
        await pilot.press("escape")
        await pilot.pause()
        assert app.screen is app.main
        assert line.sentence == f"1,000 rows to {home}/a.csv (132 kB)."
        await open_dialog(pilot, app)
        whole = f"1,000 rows to {deep}/long.csv (132 kB)."
        assert await write(pilot, app, f"{deep}/long.csv") == f"✓ {whole}"
        await pilot.press("escape")
        assert "to …" in line.sentence  # cut at the left: the name is whole
        assert line.sentence.endswith("/folder/long.csv (132 kB).")
        assert line.tooltip == whole
        await pilot.press("ctrl+e", "escape")
        app.main.say("Something else.")
        assert line.tooltip is None

    play(app, scenario, SMALL)


def test_an_existing_file_is_replaced_only_if_the_user_agrees(settings: Settings) -> None:
    """Else one Enter destroys work of hours."""
    app = scripted_app(settings, ScriptedService())
    old = Path("a.csv")
    old.write_text("mine\n")
    os.utime(old, (0, datetime(2026, 11, 27, 10, 13).timestamp()))

    async def asked(pilot: Pilot[None], name: str = "a.csv") -> str:
        path(app).value = name
        await pilot.press("enter")
        await until(
            pilot, lambda: isinstance(app.screen, ReplaceFiles) and app.screen.query(Static)
        )
        return str(app.screen.query_one(Static).visual)

    async def scenario(pilot: Pilot[None]) -> None:
        await with_a_run(pilot, app)
        path(app).value = "a.csv"
        await until(pilot, lambda: "you are asked before it is replaced" in said(app))
        whole = old.absolute()
        words = f"{whole} (5 B, 2026-11-27 10:13) exists. Replace it?"
        assert await asked(pilot) == words
        await pilot.press("escape")
        await until(pilot, lambda: "Nothing was written" in said(app))
        assert said(app) == f"Nothing was written: {whole} is unchanged."
        assert await asked(pilot) == words
        await pilot.press("enter")
        await until(pilot, lambda: said(app).startswith("✓ 1,000 rows to"))
        # Those beside it as well: the data of a chart are a file of the user's own, too.
        Path("c-data.csv").write_text("mine\n")
        assert "c-data.csv" in await asked(pilot, "c.svg")
        await pilot.press("n")
        await until(pilot, lambda: "c-data.csv is unchanged" in said(app))
        assert not Path("c.svg").exists()
        assert Path("c-data.csv").read_text() == "mine\n"

    play(app, scenario)


@pytest.mark.parametrize("name", ["t/", "t.parquet/"])
def test_files_of_a_folder_are_replaced_only_if_the_user_agrees(
    saved: RedListApp, name: str
) -> None:
    app = saved
    there = Path("t/threats.csv" if name == "t/" else "t.parquet/operation=a/rows-1.parquet")
    there.parent.mkdir(parents=True)
    there.write_text("mine\n")

    async def scenario(pilot: Pilot[None]) -> None:
        await open_history(pilot, app)
        await pilot.press("e")
        await until(pilot, lambda: isinstance(app.screen, ExportDialog))
        path(app).value = name
        await pilot.press("enter")
        await until(
            pilot, lambda: isinstance(app.screen, ReplaceFiles) and app.screen.query(Static)
        )
        words = str(app.screen.query_one(Static).visual)
        assert words.startswith(f"{there.absolute()} (5 B, ")
        await pilot.press("escape")
        await until(pilot, lambda: "is unchanged" in said(app))

    play(app, scenario)
    assert there.read_text() == "mine\n"


def test_files_beside_an_export_do_not_complete() -> None:
    """They are no target of an export, and no list of names."""
    for name in ("felidae.csv.meta.json", "felidae.csv", "felidae-requests.csv", "chart-data.csv"):
        Path(name).touch()
    assert complete_path("felidae.csv") is None
    assert complete_path("felidae-") is None
    assert complete_path("fel") == "felidae.csv"
    assert complete_path("chart") == "chart-data.csv"  # the user's own: there is no chart of it
    Path("chart.svg").touch()
    assert complete_path("chart") == "chart.svg"
    assert complete_path("chart-") is None
