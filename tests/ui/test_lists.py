"""Names, ids and filters: their dialogs, and what the form says of them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook
from textual import events
from textual.pilot import Pilot
from textual.widgets import Input, Static, TextArea

from tests.support.on_screen import lines
from tests.support.screens import ScriptedService, play, scripted_app, until
from tui_app.redlist import Token
from tui_app.redlist.errors import UsageError
from tui_app.redlist.names_file import read_ids, read_names
from tui_app.settings import Settings
from tui_app.ui.app import RedListApp
from tui_app.ui.dialogs.lists import (
    LARGEST_FILE,
    FiltersDialog,
    ListDialog,
    harmless,
    read_list,
    tally,
)
from tui_app.ui.fields import Choice, Tick
from tui_app.ui.form import FormValues
from tui_app.ui.setup import SetupPanel

SMALL = (80, 24)
MIXED = "Canis lupus\nPanthera leo\n# a comment\n\nPanthera leo\nCanis 99\n"


def values(app: RedListApp) -> FormValues:
    return app.main.query_one(SetupPanel).values()


def tallied(app: RedListApp) -> str:
    return str(app.screen.query_one("#list-tally", Static).render())


async def open_list(pilot: Pilot[Any], app: RedListApp, word: str = "species") -> None:
    await pilot.press("n" if word == "species" else "i")
    await until(pilot, lambda: isinstance(app.screen, ListDialog) and app.focused is not None)


async def paste(pilot: Pilot[Any], app: RedListApp, words: str) -> None:
    app.post_message(events.Paste(words))
    await pilot.pause()


# -- a list as text ------------------------------------------------------------------------


def test_lines_are_counted_by_what_becomes_of_them() -> None:
    counted = tally("names", read_names(MIXED.split("\n")))
    assert (counted.understood, counted.duplicates, counted.malformed) == (2, 1, 1)
    assert counted.in_words() == "2 names (1 duplicate, 1 malformed)"
    assert counted.in_short() == "2 names (1 malformed)"
    assert len(counted.reasons) == 1
    assert counted.reasons[0].startswith("line 6 'Canis 99': ")
    one = tally("ids", read_ids(["163508960"]))
    assert (one.in_words(), one.in_short()) == ("1 id", "1 id")


def test_reasons_are_grouped_and_few() -> None:
    bad = ["Canis 99"] * 5 + [f"Canis {number}x7" for number in range(30)]
    counted = tally("names", read_names(bad))
    assert counted.malformed == 35
    assert len(counted.reasons) == 3
    assert "(and 4 lines more)" in counted.reasons[0]


def test_pasted_text_is_made_harmless() -> None:
    assert harmless("\ufeffCanis\u200b lupus\r\nA\rB\tC\x1b[2J\x00") == (
        "Canis lupus\nA\nB\tC�[2J�"
    )
    assert max(map(len, harmless("x" * 10**6 + "\ny").split("\n"))) == 5_000


def test_files_that_are_no_list_say_why(tmp_path: Path) -> None:
    (tmp_path / "binary").write_bytes(b"\xfe\x00\xff")
    (tmp_path / "large").write_bytes(b"x" * (LARGEST_FILE + 1))
    (tmp_path / "good").write_text("\ufeffCanis lupus\r\nPanthera leo\r\n", encoding="utf-8")
    for name, words in (("none", "can't be read"), ("binary", "is not text"), ("large", "4.0 MB")):
        with pytest.raises(UsageError, match=words):
            read_list(tmp_path / name)
    with pytest.raises(UsageError, match="can't be read"):
        read_list(tmp_path)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UsageError, match=r"pipe can't be read: it is a pipe, not a regular file\."):
        read_list(tmp_path / "pipe")
    with pytest.raises(UsageError, match="not a path"):
        read_list(Path("a\0b"))
    assert read_list(tmp_path / "good") == "Canis lupus\nPanthera leo\n"


# -- the dialog ----------------------------------------------------------------------------


def test_names_are_pasted_counted_and_fetched(settings: Settings) -> None:
    app = scripted_app(settings, ScriptedService())

    async def scenario(pilot: Pilot[None]) -> None:
        await open_list(pilot, app)
        await paste(pilot, app, MIXED)
        await until(pilot, lambda: "2 names (1 duplicate, 1 malformed)" in tallied(app))
        assert "line 6 'Canis 99'" in tallied(app)
        await pilot.press("ctrl+s")
        await until(pilot, lambda: app.screen is app.main)
        await pilot.pause()
        held = values(app)
        assert held.action == "fetch"
        assert held.operation == "species"
        assert [one for one in held.names if one] == [one for one in MIXED.split("\n") if one]
        assert "Names     2 names (1 malformed)" in lines(app, "#field-list")
        order, problems = app.main.query_one(SetupPanel).read()
        assert not problems
        assert order is not None
        assert len(order.query.targets) == 2
        # It is gone on with.
        await pilot.click("#open-list")
        await until(pilot, lambda: isinstance(app.screen, ListDialog))
        assert "Panthera leo" in app.screen.query_one(TextArea).text

    play(app, scenario)


def test_ids_are_read_from_a_file(settings: Settings, tmp_path: Path) -> None:
    app = scripted_app(settings, ScriptedService())
    (tmp_path / "ids.txt").write_text("163508960\nx\n46364616\n")

    async def scenario(pilot: Pilot[None]) -> None:
        await open_list(pilot, app, "assessments")
        path = app.screen.query_one("#list-path", Input)
        path.focus()
        await pilot.press("enter")
        await until(pilot, lambda: "Type the path" in tallied(app))
        path.value = str(tmp_path / "nothing")
        await pilot.press("enter")
        await until(pilot, lambda: "can't be read" in tallied(app))
        path.value = str(tmp_path / "ids.tx")
        await pilot.press("end", "tab")
        assert path.value == str(tmp_path / "ids.txt")
        await pilot.press("enter")
        await until(pilot, lambda: "2 ids (1 malformed)" in tallied(app))
        await pilot.press("ctrl+s")
        await until(pilot, lambda: app.screen is app.main)
        await pilot.pause()
        assert values(app).ids == ("163508960", "x", "46364616")
        assert "Ids       2 ids (1 malformed)" in lines(app, "#field-list")

    play(app, scenario)


def test_a_table_is_read_from_a_workbook_or_pasted(settings: Settings, tmp_path: Path) -> None:
    """As on the command line: the column is found, the user's own ones stay."""
    app = scripted_app(settings, ScriptedService())
    book = Workbook()
    wide = "x" * 600
    for row in (["plot", "species", "note"], [7, "Canis lupus", wide], [8, "Canis 99"]):
        book.active.append(row)
    book.save(tmp_path / "t.xlsx")

    async def scenario(pilot: Pilot[None]) -> None:
        await open_list(pilot, app)
        path = app.screen.query_one("#list-path", Input)
        path.value = str(tmp_path / "t.xlsx")
        path.focus()
        await pilot.press("enter")
        said = "1 name (1 malformed) in a table of 3 columns."
        await until(pilot, lambda: said in tallied(app))
        assert "line 3 'Canis 99'" in tallied(app)
        await pilot.press("ctrl+s")
        await until(pilot, lambda: app.screen is app.main)
        await until(pilot, lambda: "1 name (1 malformed)" in lines(app, "#field-list"))
        order, problems = app.main.query_one(SetupPanel).read()
        assert not problems
        assert order is not None
        assert [line.own for line in order.query.lines] == [
            {"plot": "7", "species": "Canis lupus", "note": wide},
            {"plot": "8", "species": "Canis 99", "note": ""},
        ]
        await pilot.click("#open-list")
        await until(pilot, lambda: isinstance(app.screen, ListDialog))
        app.screen.query_one(TextArea).text = "nr;Art\n1;Canis lupus"
        words = "No column of names was found among: nr, Art."
        await until(pilot, lambda: words in tallied(app))
        await pilot.press("ctrl+s")
        await until(pilot, lambda: app.screen is app.main)
        await pilot.pause()
        _, problems = app.main.query_one(SetupPanel).read()
        assert [one.field for one in problems] == ["list"]
        assert problems[0].sentence == f"{words} Give it the heading scientific_name."

    play(app, scenario)


def test_four_thousand_names_are_fine(settings: Settings) -> None:
    app = scripted_app(settings, ScriptedService())

    def epithet(number: int) -> str:
        return "".join(chr(97 + (number // 26**place) % 26) for place in range(4)) + "us"

    names = "\n".join(f"Canis {epithet(number)}" for number in range(4000))

    async def scenario(pilot: Pilot[None]) -> None:
        await open_list(pilot, app)
        await paste(pilot, app, names)
        await until(pilot, lambda: tallied(app) == "4,000 names.")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: app.screen is app.main)
        order, problems = app.main.query_one(SetupPanel).read()
        assert not problems
        assert order is not None
        assert len(order.query.targets) == 4000

    play(app, scenario)


def test_cancelling_keeps_what_there_was(settings: Settings) -> None:
    app = scripted_app(settings, ScriptedService())

    async def scenario(pilot: Pilot[None]) -> None:
        app.main.query_one("#operation", Input).value = "species"
        app.main.query_one("#action", Choice).choose("fetch")
        await pilot.pause()
        await open_list(pilot, app)
        await paste(pilot, app, "Canis lupus")
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is app.main)
        await pilot.press("f5")
        assert app.main.job is None
        assert values(app).names == ()
        await until(pilot, lambda: "No names yet" in lines(app, "#status"))
        assert app.focused is app.main.query_one("#open-list")

    play(app, scenario)


def test_what_is_pasted_is_shown_and_not_obeyed(settings: Settings) -> None:
    app = scripted_app(settings, ScriptedService())

    async def scenario(pilot: Pilot[None]) -> None:
        await open_list(pilot, app)
        await paste(pilot, app, "[red]Canis[/red]\x1b[2J\u202e lupus")
        await until(pilot, lambda: "1 malformed" in tallied(app))
        assert "\x1b" not in app.screen.query_one(TextArea).text
        strips = app.screen._compositor.render_strips()
        assert not any("\x1b" in strip.text or "\u202e" in strip.text for strip in strips)

    play(app, scenario, SMALL)


# -- filters -------------------------------------------------------------------------------


def words_of(app: RedListApp) -> str:
    return str(app.screen.query_one("#filters-words", Static).render())


async def open_filters(pilot: Pilot[Any], app: RedListApp) -> None:
    app.main.query_one("#open-filters").focus()
    await pilot.press("enter")
    await until(pilot, lambda: isinstance(app.screen, FiltersDialog) and app.focused is not None)


def test_filters_are_set_by_keyboard_and_shown_in_words(settings: Settings) -> None:
    app = scripted_app(settings, ScriptedService())

    async def scenario(pilot: Pilot[None]) -> None:
        await open_filters(pilot, app)
        assert "no filters" in words_of(app)
        await pilot.press("right", "space")
        await until(pilot, lambda: words_of(app) == "latest")
        scope = app.screen.query_one("#filter-scope_code", Input)
        scope.focus()
        await pilot.press(*"europe")
        await until(pilot, lambda: words_of(app) == "latest, scope 2")
        year = app.screen.query_one("#filter-year_published", Input)
        year.focus()
        await pilot.press(*"20x")
        await until(pilot, lambda: "four digits" in words_of(app))
        await pilot.press("ctrl+s")
        assert isinstance(app.screen, FiltersDialog)
        year.value = ""
        await pilot.press("ctrl+s")
        await until(pilot, lambda: app.screen is app.main)
        await until(pilot, lambda: "latest, scope 2" in lines(app, "#field-filters"))
        assert dict(values(app).filters) == {"latest": "true", "scope_code": "2"}
        assert "latest=true" in lines(app, "#header")
        # They stay, and are sent only where they are taken.
        operation = app.main.query_one("#operation", Input)
        operation.value = "threats"
        await until(pilot, lambda: "none apply" in lines(app, "#field-filters"))
        operation.value = "countries/MG"
        await until(pilot, lambda: "latest, scope 2" in lines(app, "#field-filters"))
        await open_filters(pilot, app)
        assert app.screen.query_one("#filter-latest", Choice).value == "yes"
        await pilot.press("ctrl+d")
        await until(pilot, lambda: "no filters" in words_of(app))
        await pilot.press("ctrl+s")
        await until(pilot, lambda: app.screen is app.main)
        await until(pilot, lambda: values(app).filters == ())

    play(app, scenario)


def test_only_filters_that_all_operations_take_are_offered(settings: Settings) -> None:
    app = scripted_app(settings, ScriptedService())

    async def scenario(pilot: Pilot[None]) -> None:
        app.main.query_one("#operation", Input).value = "countries/MG + taxa/class/Aves"
        await pilot.pause()
        await open_filters(pilot, app)
        assert app.screen.query("#filter-latest")
        assert not app.screen.query("#filter-possibly_extinct")

    play(app, scenario)


# -- ticks ---------------------------------------------------------------------------------


def test_ticks_are_a_fetchs_and_fresh_follows_the_source(settings: Settings) -> None:
    app = scripted_app(Settings(home=settings.home, token=Token("secret")), ScriptedService())

    async def scenario(pilot: Pilot[None]) -> None:
        main = app.main
        assert not main.query_one("#field-take").display
        main.query_one("#action", Choice).choose("fetch")
        await until(pilot, lambda: main.query_one("#field-take").display)
        assert main.query_one("#fresh", Tick).value
        main.query_one("#source", Choice).choose("live")
        await until(pilot, lambda: not main.query_one("#fresh", Tick).value)
        main.query_one("#source", Choice).choose("demo")
        await until(pilot, lambda: main.query_one("#fresh", Tick).value)
        main.query_one("#details", Tick).value = True
        await pilot.pause()
        order, _ = main.query_one(SetupPanel).read()
        assert order is not None
        assert order.query.details
        main.query_one("#api", Choice).choose("v3")
        await until(pilot, lambda: not main.query_one("#details").display)
        order, problems = main.query_one(SetupPanel).read()
        assert not problems
        assert order is not None
        assert not order.query.details

    play(app, scenario)
