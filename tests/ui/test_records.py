"""Records on the screen: looked through, searched, sorted, opened. Over scripted events."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from rich.style import Style
from textual.pilot import Pilot
from textual.widgets import Input, OptionList

from tests.support.on_screen import heading, hints, lines, lines_of, to_records
from tests.support.records_data import ASSESSMENT, Records, Species
from tests.support.screens import ScriptedService, play, scripted_app, until, until_done
from tui_app.redlist.errors import KeepError
from tui_app.settings import Settings
from tui_app.ui.app import RedListApp
from tui_app.ui.categories import CATEGORIES
from tui_app.ui.dialogs.help import HelpScreen
from tui_app.ui.dialogs.prompts import ColumnsDialog
from tui_app.ui.records.panel import RecordsPanel
from tui_app.ui.records.record import RecordScreen
from tui_app.ui.records.table import RecordsTable

SMALL = (80, 24)


def app_with(settings: Settings, table: Any) -> RedListApp:
    service = ScriptedService()
    service.table = table
    return scripted_app(settings, service)


def panel(app: RedListApp) -> RecordsPanel:
    return app.main.query_one(RecordsPanel)


def subtitle(app: RedListApp) -> str:
    return str(panel(app).border_subtitle)


def first_row(app: RedListApp) -> str:
    return lines(app, "#records-table").splitlines()[1]


async def typed(pilot: Pilot[None], text: str) -> None:
    await pilot.press(*("colon" if one == ":" else one for one in text))


@pytest.mark.parametrize("size", [(120, 40), SMALL])
def test_keys_move_the_cursor_and_it_stays_in_view(
    settings: Settings, size: tuple[int, int]
) -> None:
    app = app_with(settings, Species())

    async def scenario(pilot: Pilot[None]) -> None:
        table = await to_records(pilot, app)
        assert (table.row, table.column) == (0, 0)
        for key, row in (
            ("up", 0), ("down", 1), ("end", 999), ("down", 999), ("up", 998), ("home", 0),
        ):  # fmt: skip
            await pilot.press(key)
            assert table.row == row
            await until(pilot, lambda row=row: f"{row + 1:,}▸" in lines(app, "#records-table"))
        await pilot.press("pagedown", "pagedown", "pageup")
        page = table.row
        assert 3 < page < 40
        await pilot.press("pageup")
        assert table.row == 0
        for column in (1, 2, 3, 4, 4):
            await pilot.press("right")
            assert table.column == column
        assert "note" in heading(app)
        for column in (3, 2, 1, 0, 0):
            await pilot.press("left")
            assert table.column == column
        assert table.column_name == "taxon_scientific_name"
        assert "taxon_scientific_name" in heading(app)

    play(app, scenario, size)


class Assessed(Species):
    """Rows of a list, in the order of the API: the name is the ninth column, flags come before."""

    columns = (
        *("assessment_date", "year_published", "latest", "possibly_extinct", "sis_taxon_id"),
        *("criteria", "url", "taxon_scientific_name", "red_list_category_code", "assessment_id"),
        *("scopes_description", "population"),
    )

    def read(self, start: int, stop: int) -> Iterator[tuple[str, ...]]:
        for number, (name, code, year, criteria, _) in enumerate(super().read(start, stop), start):
            yield (
                *("2020-01-01", year, "false" if number % 2 else "true", "false", str(number)),
                *(criteria, f"https://example.org/{number}", f"{name} subspecies longissima", code),
                *(str(100 + number), "Global" if number % 5 else "Europe", "x" * 40),
            )


@pytest.mark.parametrize("size", [SMALL, (104, 30), (120, 40), (200, 60)])
def test_names_stay_while_columns_scroll_and_nothing_hides_what_is_under_the_cursor(
    settings: Settings, size: tuple[int, int]
) -> None:
    """Else a row's values at the right belong to no species."""
    app = app_with(settings, Assessed())

    async def scenario(pilot: Pilot[None]) -> None:
        table = await to_records(pilot, app)
        names = table.shown_columns
        assert names[:5] == [
            *("taxon_scientific_name", "red_list_category_code", "year_published", "latest"),
            "scopes_description",
        ]
        assert names[-4:] == ["sis_taxon_id", "assessment_id", "possibly_extinct", "url"]
        assert "CR" in lines(app, "#records-table")
        assert "Europe" in first_row(app)  # category, year, latest and scope without scrolling
        for keys in (["right"], ["left"]):
            for _ in names:
                assert "name" in heading(app)[: 5 + table.size.width // 3]
                assert first_row(app).index("Genus species") < 10
                await pilot.press(*keys)
                await pilot.pause()
                row = table.sheet.row(0)
                assert row is not None
                cell = row[table.sheet.columns.index(table.column_name)]
                shown = under_cursor(table)
                assert cell.startswith(shown.rstrip("…"))
                assert len(shown) >= min(len(cell), 19)  # all of it, or what there is room for
        assert table.column_name == "taxon_scientific_name"

    play(app, scenario, size)


def under_cursor(table: RecordsTable) -> str:
    """What is drawn of the cell under the cursor."""
    style = table.get_component_rich_style("records--cell")
    colours = {style.bgcolor}
    if "category" in (table.column_name or ""):
        colours |= {Style(bgcolor=one.colour).bgcolor for one in CATEGORIES.values()}
    return "".join(
        segment.text
        for segment in table.render_line(table.row - table.scroll_offset.y + 1)
        if segment.style is not None and segment.style.bgcolor in colours
    ).strip()


def test_the_mouse_puts_the_cursor_sorts_and_opens(settings: Settings) -> None:
    app = app_with(settings, Species())

    async def scenario(pilot: Pilot[None]) -> None:
        table = await to_records(pilot, app)
        await pilot.press("pagedown")
        top = table.scroll_offset.y
        await pilot.click(table, offset=(10, 3))
        assert table.row == top + 2
        year = heading(app).index("year_published")
        await pilot.click(table, offset=(year, 2))
        assert table.column_name == "year_published"
        await pilot.click(table, offset=(year, 0))
        await until(pilot, lambda: "▲ year_published" in heading(app))
        await pilot.click(table, offset=(12, 4), times=2)
        await until(pilot, lambda: isinstance(app.screen, RecordScreen))
        await pilot.press("escape")
        assert table.row == 3
        await pilot.click(table, offset=(2, 0))  # the numbers' heading: nothing to sort by
        await pilot.pause()
        assert panel(app).table.arrangement.sort == "year_published"

    play(app, scenario)


def test_a_search_narrows_as_it_is_typed_and_escape_shows_all_again(settings: Settings) -> None:
    app = app_with(settings, Species())

    async def scenario(pilot: Pilot[None]) -> None:
        table = await to_records(pilot, app)
        await pilot.press("slash")
        await typed(pilot, "species000")
        await until(pilot, lambda: "10 of 1,000" in lines(app, "#records-find"))
        assert subtitle(app).startswith("10 of 1,000 records · run ")
        assert len(lines(app, "#records-table").split("Genus")) == 11
        await typed(pilot, "7")
        await until(pilot, lambda: "1 of 1,000" in lines(app, "#records-find"))
        assert "Genus species0007" in first_row(app)
        await pilot.press("enter")
        assert table.has_focus
        assert "species0007" in lines(app, "#records-find")
        await pilot.press("escape")
        await until(pilot, lambda: subtitle(app).startswith("1,000 records"))
        assert not panel(app).query_one("#records-find").display
        assert table.has_focus
        assert "Genus species0000" in first_row(app)

    play(app, scenario, SMALL)


def test_a_search_that_finds_nothing_says_so_and_breaks_nothing(settings: Settings) -> None:
    app = app_with(settings, Species())

    async def scenario(pilot: Pilot[None]) -> None:
        table = await to_records(pilot, app)
        await pilot.press("slash")
        await typed(pilot, "code:zz[b]")
        await until(pilot, lambda: "No matches." in lines(app, "#records-find"))
        await pilot.press("enter", "down", "end", "pageup", "enter", "s")
        await until(pilot, lambda: "▲" in heading(app))
        assert app.screen is app.main
        assert table.has_focus
        await pilot.press("slash", "escape")
        await until(pilot, lambda: subtitle(app).startswith("1,000 records"))
        assert table.has_focus

    play(app, scenario)


def test_a_column_narrows_the_search(settings: Settings) -> None:
    app = app_with(settings, Species(140))

    async def scenario(pilot: Pilot[None]) -> None:
        await to_records(pilot, app)
        await pilot.press("slash")
        await typed(pilot, "category:cr")
        await until(pilot, lambda: "10 of 140" in lines(app, "#records-find"))

    play(app, scenario)


def chips(app: RedListApp) -> list[str]:
    """The filters that are shown."""
    if not app.main.query_one("#find-filters").display:
        return []
    shown = lines(app, "#find-chips").replace("\N{NO-BREAK SPACE}", " ")
    return [chip.strip() for chip in shown.split("×")[:-1]]


def found(app: RedListApp) -> str:
    return subtitle(app).partition(" records")[0]


@pytest.mark.parametrize("size", [SMALL, (120, 40)])
def test_filters_stack_and_each_can_be_removed(settings: Settings, size: tuple[int, int]) -> None:
    """Else the second filter replaces the first one."""
    app = app_with(settings, Assessed(140))

    async def scenario(pilot: Pilot[None]) -> None:
        table = await to_records(pilot, app)
        await pilot.press("slash")
        await typed(pilot, "category:CR,EN latest:true")
        await until(pilot, lambda: found(app) == "10 of 140")
        await pilot.press("enter")
        assert table.has_focus
        await until(pilot, lambda: chips(app) == ["category:CR,EN", "latest:true"])
        assert not app.main.query_one("#find").display or not app.main.query_one("#find").region
        await pilot.press("slash")
        await typed(pilot, 'name:"genus species000"')
        await until(pilot, lambda: found(app) == "1 of 140")
        await pilot.press("enter")
        await until(pilot, lambda: len(chips(app)) == 3)
        assert chips(app)[2] == 'name:"genus species000"'
        await pilot.press("backspace")
        await until(pilot, lambda: found(app) == "10 of 140")
        assert chips(app) == ["category:CR,EN", "latest:true"]
        await pilot.press("slash", "x", "backspace", "backspace")  # the first one deletes the x
        await until(pilot, lambda: found(app) == "20 of 140")
        assert chips(app) == ["category:CR,EN"]
        assert app.main.query_one("#find", Input).has_focus
        await pilot.press("escape")
        await until(pilot, lambda: found(app) == "140")
        assert chips(app) == []
        assert table.has_focus

    play(app, scenario, size)


def test_a_click_on_a_chip_removes_it(settings: Settings) -> None:
    app = app_with(settings, Assessed(140))

    async def scenario(pilot: Pilot[None]) -> None:
        await to_records(pilot, app)
        await pilot.press("slash")
        await typed(pilot, "category:CR,EN latest:true -scope:europe")
        await pilot.press("enter")
        await until(pilot, lambda: len(chips(app)) == 3)
        at = lines(app, "#find-chips").index("latest") + 3
        await pilot.click("#find-chips", offset=(at, 0))
        await until(pilot, lambda: chips(app) == ["category:CR,EN", "-scope:europe"])
        await until(pilot, lambda: found(app) == "16 of 140")
        end = lines(app, "#find-chips").rindex("×") + 10
        await pilot.click("#find-chips", offset=(end, 0))  # beside them
        await pilot.pause()
        assert len(chips(app)) == 2

    play(app, scenario)


def test_many_chips_take_lines_and_leave_rows_to_see(settings: Settings) -> None:
    app = app_with(settings, Assessed(140))

    async def scenario(pilot: Pilot[None]) -> None:
        table = await to_records(pilot, app)
        await pilot.press("slash")
        app.main.query_one("#find", Input).value = " ".join(f"-name:nothing{n}" for n in range(11))
        await pilot.press("enter")
        await until(pilot, lambda: "nothing8" in lines(app, "#find-chips"))
        assert lines(app, "#find-chips").count("\n") == 2
        assert table.region.height >= 10

    play(app, scenario, SMALL)


def test_f_and_shift_f_filter_by_what_is_under_the_cursor_and_stack(settings: Settings) -> None:
    """Else who sees a value has to type it, and `latest` replaces `category`."""
    app = app_with(settings, Assessed(140))

    async def scenario(pilot: Pilot[None]) -> None:
        table = await to_records(pilot, app)
        await until(pilot, lambda: table.cell)
        await pilot.press("right", "f")
        await until(pilot, lambda: found(app) == "10 of 140")
        assert chips(app) == ["category=EX"]
        await pilot.press("right", "right", "right", "F")
        await until(pilot, lambda: found(app) == "8 of 140")
        assert chips(app) == ["category=EX", "-scope=Europe"]
        assert table.has_focus
        assert "EX" in first_row(app)
        assert "Global" in first_row(app)
        await pilot.press("f")
        await until(pilot, lambda: len(chips(app)) == 3)
        assert chips(app)[2] == "scope=Global"
        await pilot.press("f")  # again: it is removed
        await until(pilot, lambda: len(chips(app)) == 2)
        await pilot.press("f", "F")  # the opposite replaces it
        await until(pilot, lambda: chips(app)[2:] == ["-scope=Global"])
        await until(pilot, lambda: found(app) == "0 of 140")
        await pilot.press("f", "F")  # there is nothing under the cursor
        await pilot.pause()
        assert len(chips(app)) == 3
        await pilot.press("escape")
        await until(pilot, lambda: found(app) == "140")
        assert chips(app) == []

    play(app, scenario)


def test_f_is_exact_where_typing_is_not(settings: Settings) -> None:
    """Else `f` on LC shows LR/lc, and on Genus species1 a hundred others."""
    app = app_with(settings, Species(140))

    async def scenario(pilot: Pilot[None]) -> None:
        await to_records(pilot, app)
        await pilot.press(*["down"] * 3, "right", "right", "right", "f")  # criteria
        await until(pilot, lambda: found(app) == "47 of 140")
        await pilot.press("F")
        await until(pilot, lambda: found(app) == "93 of 140")
        assert chips(app) == ["-criteria=B1ab(iii)"]
        await pilot.press("escape", "down", "f")  # an empty cell
        await until(pilot, lambda: chips(app) == ['criteria=""'])
        await until(pilot, lambda: found(app) == "93 of 140")

    play(app, scenario)


def test_a_column_that_does_not_exist_is_named_and_no_rows_are_taken_for_its(
    settings: Settings,
) -> None:
    """Else `foo:bar` is searched for as text, and 0 rows look like an answer."""
    app = app_with(settings, Assessed(140))

    def wrong() -> str:
        return lines(app, "#find-wrong")

    async def scenario(pilot: Pilot[None]) -> None:
        table = await to_records(pilot, app)
        await pilot.press("slash", *"CR", "enter", "slash")
        await until(pilot, lambda: found(app) == "10 of 140")
        await typed(pilot, "foo:[b]x")
        await until(pilot, lambda: "No column matches 'foo'. Columns: c lists them." in wrong())
        assert found(app) == "10 of 140"
        await pilot.press("enter")
        assert not table.has_focus  # it can be mended
        assert chips(app) == ["CR"]
        app.main.query_one("#find", Input).value = "possibly:x ass:1"
        await until(pilot, lambda: "Several columns match 'ass'." in wrong())
        app.main.query_one("#find", Input).value = "latest:false"
        await until(pilot, lambda: found(app) == "10 of 140" or found(app) == "0 of 140")
        await until(pilot, lambda: not app.main.query_one("#find-wrong").display)
        await pilot.press("enter")
        assert table.has_focus
        await until(pilot, lambda: chips(app) == ["CR", "latest:false"])

    play(app, scenario, SMALL)


def test_a_chip_shows_markup_as_it_is(settings: Settings) -> None:
    app = app_with(settings, Species(20))

    async def scenario(pilot: Pilot[None]) -> None:
        await to_records(pilot, app)
        await pilot.press("slash")
        hostile = f"[red]x[/red] {'y' * 100}"
        app.main.query_one("#find", Input).value = hostile
        await pilot.press("enter")
        await until(pilot, lambda: found(app) == "0 of 20")
        shown = chips(app)
        assert shown[0] == "[red]x[/red]"
        assert shown[1] == "y" * 39 + "…"

    play(app, scenario, SMALL)


def test_a_newer_search_supersedes_a_slow_one_and_the_screen_stays_awake(
    settings: Settings,
) -> None:
    species = Species(20_000)
    app = app_with(settings, species)

    async def scenario(pilot: Pilot[None]) -> None:
        table = await to_records(pilot, app)
        species.gate.clear()
        await pilot.press("slash")
        await typed(pilot, "genus")
        await until(pilot, species.waiting.is_set)
        await pilot.press("down")  # the search hangs; the screen doesn't
        assert table.has_focus
        await pilot.press("down", "down")
        assert table.row == 2
        assert "…" in lines(app, "#records-find")
        asked = len(species.asked)
        await pilot.press("slash")
        app.main.query_one("#find", Input).value = "species01999"
        await pilot.press("enter")
        species.gate.set()
        await until(pilot, lambda: "No matches." in lines(app, "#records-find"))
        blocks = [stop - start for start, stop in species.asked[asked:] if stop - start > 64]
        # All rows once for the newer one; the older one stopped long before its end.
        assert sum(blocks) < 2 * 20_000 - 5_000
        await pilot.pause(0.05)
        assert "No matches." in lines(app, "#records-find")

    play(app, scenario)


def test_s_sorts_by_the_column_under_the_cursor_and_again_the_other_way(
    settings: Settings,
) -> None:
    app = app_with(settings, Species())

    async def scenario(pilot: Pilot[None]) -> None:
        table = await to_records(pilot, app)
        await pilot.press("down", "right", "right", "s")
        await until(pilot, lambda: "▲ year_published" in heading(app))
        assert " 2000 " in first_row(app)
        assert table.row == 0
        assert table.column_name == "year_published"
        await pilot.press("s")
        await until(pilot, lambda: "▼ year_published" in heading(app))
        assert " 2024 " in first_row(app)
        await pilot.press("slash")
        await typed(pilot, "name:species00")
        await until(pilot, lambda: "100 of 1,000" in lines(app, "#records-find"))
        assert "▼ year_published" in heading(app)
        assert " 2024 " in first_row(app)
        await pilot.press("enter", "escape")
        await until(pilot, lambda: subtitle(app).startswith("1,000 records"))
        assert "▼" in heading(app)
        await pilot.press("escape")
        await until(pilot, lambda: "▼" not in heading(app))
        assert "Genus species0000" in first_row(app)

    play(app, scenario)


def test_the_rows_that_are_shown_are_known_by_where_they_are_saved(settings: Settings) -> None:
    """Else an export of what is shown would have to search and sort once more."""
    app = app_with(settings, Species())

    async def scenario(pilot: Pilot[None]) -> None:
        table = await to_records(pilot, app)
        assert list(table.shown.places) == list(range(1000))
        assert table.shown.arrangement.find == ""
        await pilot.press("slash")
        await typed(pilot, "species000")
        await until(pilot, lambda: "10 of 1,000" in lines(app, "#records-find"))
        await pilot.press("enter", "s", "s")
        await until(pilot, lambda: "▼" in heading(app))
        assert list(table.shown.places) == list(range(9, -1, -1))
        assert table.shown.arrangement.find == "species000"
        assert table.shown.arrangement.descending

    play(app, scenario, SMALL)


def test_columns_that_are_hidden_stay_hidden_in_the_next_run(settings: Settings) -> None:
    app = app_with(settings, Species())

    async def scenario(pilot: Pilot[None]) -> None:
        table = await to_records(pilot, app)
        await pilot.press("right", "c")
        await until(pilot, lambda: isinstance(app.screen, ColumnsDialog))
        await pilot.press("down", "space", "c")
        assert app.screen is app.main
        await until(pilot, lambda: "red_list_category_code" not in heading(app))
        assert table.column_name == "year_published"
        await pilot.press("f5")
        await until_done(pilot, app)
        await pilot.press("3")
        await until(pilot, lambda: "year_published" in heading(app))
        assert "red_list_category_code" not in heading(app)
        await pilot.press("c")
        await until(pilot, lambda: isinstance(app.screen, ColumnsDialog))
        assert "[ ] red_list_category_code" in lines_of(app, "#columns")
        await pilot.press("a", "escape")
        await until(pilot, lambda: "red_list_category_code" in heading(app))

    play(app, scenario)


def test_empty_columns_can_be_hidden_until_the_next_run(settings: Settings) -> None:
    app = app_with(settings, Species())

    async def scenario(pilot: Pilot[None]) -> None:
        await to_records(pilot, app)
        assert "note" in heading(app)
        await pilot.press("c")
        await until(pilot, lambda: isinstance(app.screen, ColumnsDialog))
        await pilot.press("e")
        await until(pilot, lambda: "1 column is empty" in lines_of(app, "#columns-note"))
        await pilot.press("escape")
        await until(pilot, lambda: "note" not in heading(app))
        assert "criteria" in heading(app)
        await pilot.press("f5")
        await until_done(pilot, app)
        await pilot.press("3")
        await until(pilot, lambda: "note" in heading(app))

    play(app, scenario, (160, 45))


def test_a_column_at_least_stays(settings: Settings) -> None:
    app = app_with(settings, Species())

    async def scenario(pilot: Pilot[None]) -> None:
        await to_records(pilot, app)
        await pilot.press("c")
        await until(pilot, lambda: isinstance(app.screen, ColumnsDialog))
        for _ in Species.columns:
            await pilot.press("space", "down")
        await pilot.press("escape")
        assert isinstance(app.screen, ColumnsDialog)
        assert app.screen.query_one(OptionList).option_count == len(Species.columns)
        assert "Show at least one column" in lines_of(app, "#columns-note")

    play(app, scenario)


@pytest.mark.parametrize("size", [SMALL, (120, 40)])
def test_columns_are_searched_and_all_that_match_are_hidden_or_shown(
    settings: Settings, size: tuple[int, int]
) -> None:
    """Else 100 columns of a full assessment are hidden one by one."""
    app = app_with(settings, Assessed(20))

    def listed() -> list[str]:
        rows = lines_of(app, "#columns").splitlines()
        region = app.screen.query_one("#columns").region
        cropped = (row[region.x : region.right].strip() for row in rows)
        return [row for row in cropped if row.startswith("[")]

    async def scenario(pilot: Pilot[None]) -> None:
        table = await to_records(pilot, app)
        await pilot.press("c")
        await until(pilot, lambda: isinstance(app.screen, ColumnsDialog))
        assert listed()[:2] == ["[x] taxon_scientific_name", "[x] red_list_category_code"]
        assert app.screen.query_one("#close").region.bottom < size[1]
        await pilot.press("slash", *"id")
        await until(pilot, lambda: listed() == ["[x] sis_taxon_id", "[x] assessment_id"])
        assert "2 of 12 columns match" in lines_of(app, "#columns-note")
        assert app.screen.query_one(OptionList).highlighted == 0
        await pilot.press("enter")
        await until(pilot, lambda: listed()[0] == "[ ] sis_taxon_id")
        await pilot.press("down", "enter")
        await until(pilot, lambda: listed()[1] == "[ ] assessment_id")
        await pilot.press("backspace", "backspace", *"s c")  # scopes_description, scientific…
        await until(pilot, lambda: "[x] scopes_description" in listed())
        assert app.screen.query_one(OptionList).highlighted == 0
        await pilot.press(*"zzz")
        await until(pilot, lambda: listed() == [])
        await pilot.press("enter", "down", "escape")
        await until(pilot, lambda: len(listed()) == 12)
        assert isinstance(app.screen, ColumnsDialog)
        await pilot.press("n")
        await until(pilot, lambda: all("[ ]" in one for one in listed()))
        await pilot.press("slash", *"year", "tab", "a", "escape")
        await until(pilot, lambda: app.screen is app.main)
        assert table.shown_columns == ["year_published"]
        await pilot.press("c", "a", "c")
        await until(pilot, lambda: app.screen is app.main and len(table.shown_columns) == 12)

    play(app, scenario, size)


def test_the_columns_dialog_has_buttons_for_all_and_none(settings: Settings) -> None:
    app = app_with(settings, Assessed(20))

    async def scenario(pilot: Pilot[None]) -> None:
        await to_records(pilot, app)
        await pilot.press("c")
        await until(pilot, lambda: isinstance(app.screen, ColumnsDialog))
        await pilot.click("#none")
        await until(pilot, lambda: "[x]" not in lines_of(app, "#columns"))
        await pilot.click("#all")
        await until(pilot, lambda: "[ ]" not in lines_of(app, "#columns"))

    play(app, scenario, SMALL)


def test_a_record_opens_steps_and_gives_its_place_back(settings: Settings) -> None:
    app = app_with(settings, Species(30))

    def head() -> str:
        return lines_of(app, "#record-head")

    async def scenario(pilot: Pilot[None]) -> None:
        table = await to_records(pilot, app)
        await pilot.press("s", "s")
        await until(pilot, lambda: "▼" in heading(app))
        await pilot.press("down", "enter")
        await until(pilot, lambda: isinstance(app.screen, RecordScreen))
        await until(pilot, lambda: "Genus species0028" in head())
        await until(pilot, lambda: "2 of 30" in head())
        await until(pilot, lambda: "DEMO" in head())
        await pilot.press("n")
        await until(pilot, lambda: "Genus species0027" in head())
        await pilot.press("right")
        await until(pilot, lambda: "Global" in lines_of(app, "#record-body"))
        await pilot.press("n", "n")
        await until(pilot, lambda: "Genus species0025" in head())
        await until(pilot, lambda: "Global" in lines_of(app, "#record-body"))  # the same tab
        await pilot.press(*["p"] * 10)
        await until(pilot, lambda: "1 of 30" in head())
        await pilot.press("n", "f1")
        await until(pilot, lambda: isinstance(app.screen, HelpScreen))
        await pilot.press("escape")
        await until(pilot, lambda: "2 of 30" in head())
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is app.main)
        await until(pilot, lambda: table.row == 1 and table.has_focus)

    play(app, scenario, SMALL)


def test_tabs_turn_by_keys_and_by_the_mouse(settings: Settings) -> None:
    app = app_with(settings, Records(ASSESSMENT))

    def body() -> str:
        return lines_of(app, "#record-body")

    async def scenario(pilot: Pilot[None]) -> None:
        await to_records(pilot, app)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, RecordScreen))
        await until(pilot, lambda: "assessment_date" in body())
        await pilot.press("right")
        await until(pilot, lambda: "It lives nowhere." in body())
        await pilot.press("left", "left")
        await until(pilot, lambda: '"assessment_date"' in body())
        await pilot.press("end")
        await until(pilot, lambda: "A. Nobody" in body())
        await pilot.press("tab")
        await until(pilot, lambda: "assessment_date" in body())
        await pilot.click("#record-tabs", offset=(16, 0))
        await until(pilot, lambda: "It lives nowhere." in body())

    play(app, scenario, SMALL)


def test_only_the_red_lists_own_pages_open(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    evil = {**ASSESSMENT, "url": "https://iucnredlist.org@evil.example/"}
    demo = {**ASSESSMENT, "source": "DEMO"}
    app = app_with(settings, Records(ASSESSMENT, evil, {"a": 1}, demo))
    opened: list[str] = []
    monkeypatch.setattr(app, "open_url", lambda url, new_tab=True: opened.append(url))

    async def scenario(pilot: Pilot[None]) -> None:
        await to_records(pilot, app)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, RecordScreen))
        await until(pilot, lambda: "o: open" in lines_of(app, "#record-head"))
        await pilot.press("o", "n")
        await until(pilot, lambda: "evil.example" in lines_of(app, "#record-head"))
        assert "o: open" not in lines_of(app, "#record-head")
        await pilot.press("o", "n")
        await until(pilot, lambda: "3 of 4" in lines_of(app, "#record-head"))
        await pilot.press("o", "n")
        none = "Demo records have no page on iucnredlist.org."
        await until(pilot, lambda: none in lines_of(app, "#record-head"))
        assert ASSESSMENT["url"] not in lines_of(app, "#record-head")
        await pilot.press("o")
        assert [note.message for note in app._notifications] == [
            "Opened in your browser.",
            "Nothing to open: its page is not on iucnredlist.org.",
            "Nothing to open: the record has no page address.",
            "Nothing to open: demo records have no page on iucnredlist.org.",
        ]
        await pilot.press("y", "a")
        why = "Nothing was copied: demo records have no page on iucnredlist.org."
        await until(pilot, lambda: why in lines_of(app, "#copy-result"))

    play(app, scenario)
    assert opened == [ASSESSMENT["url"]]


class Damaged(Species):
    """A table that can be looked at, but neither searched nor opened."""

    def read(self, start: int, stop: int) -> Iterator[tuple[str, ...]]:
        if stop - start > 200:
            raise KeepError("Page 2 is [b]damaged[/b].")
        return super().read(start, stop)

    def stored(self, place: int) -> dict[str, Any]:
        raise KeepError("Page 2 is [b]damaged[/b].")


def test_records_that_cannot_be_read_say_why_and_the_table_stays(settings: Settings) -> None:
    app = app_with(settings, Damaged())

    def notes() -> list[str]:
        return [note.message for note in app._notifications]

    async def scenario(pilot: Pilot[None]) -> None:
        table = await to_records(pilot, app)
        await pilot.press("s")
        await until(pilot, lambda: any("[b]damaged" in note for note in notes()))
        assert "Genus species0000" in first_row(app)
        await pilot.press("c")
        await until(pilot, lambda: isinstance(app.screen, ColumnsDialog))
        await pilot.press("e")
        await until(pilot, lambda: "[b]damaged" in lines_of(app, "#columns-note"))
        await pilot.press("escape", "enter")
        await until(pilot, lambda: isinstance(app.screen, RecordScreen))
        await until(pilot, lambda: "[b]damaged" in lines_of(app, "#record-body"))
        await pilot.press("n", "right", "o", "escape")
        assert table.has_focus

    play(app, scenario)


def badge_styles(app: RedListApp) -> dict[str, Style]:
    """How the letters of categories are drawn, by the letters."""
    table = app.main.query_one(RecordsTable)
    found: dict[str, Style] = {}
    for y in range(1, table.size.height):
        for segment in table.render_line(y):
            if segment.text.strip() in CATEGORIES and segment.style is not None:
                found[segment.text.strip()] = segment.style
    return found


def test_categories_have_the_red_lists_colours_behind_their_letters(settings: Settings) -> None:
    app = app_with(settings, Species())

    async def scenario(pilot: Pilot[None]) -> None:
        await to_records(pilot, app)
        await pilot.press("c", "escape")
        styles = badge_styles(app)
        assert len(styles) > 8
        for code, style in styles.items():
            assert style.bgcolor is not None
            assert style.bgcolor.name == CATEGORIES[code].colour

    play(app, scenario)


def test_categories_have_no_colour_where_none_is_wanted(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = app_with(settings, Species())

    async def scenario(pilot: Pilot[None]) -> None:
        await to_records(pilot, app)
        styles = badge_styles(app)
        assert len(styles) > 8
        assert all(style.bgcolor is None for style in styles.values())

    play(app, scenario)


def test_keys_of_the_records_are_the_forms_letters_while_it_has_the_focus(
    settings: Settings,
) -> None:
    """Else a search for `s` sorts, or `s` opens the form instead of sorting."""
    app = app_with(settings, Species())

    async def scenario(pilot: Pilot[None]) -> None:
        await to_records(pilot, app)
        assert "s Sort" in hints(app)
        await pilot.press("slash", "s", "c", "x")
        assert app.main.query_one("#find", Input).value == "scx"
        assert app.screen is app.main
        await pilot.press("enter")
        await until(pilot, lambda: "s Sort" in hints(app))
        await pilot.press("escape", "f2")
        await until(pilot, lambda: "s Sort" not in hints(app))

    play(app, scenario)


def test_what_is_cut_at_an_edge_says_so(settings: Settings) -> None:
    """Else a heading ends in the middle of a word, and a value looks whole that isn't."""
    app = app_with(settings, Species())

    async def scenario(pilot: Pilot[None]) -> None:
        table = await to_records(pilot, app)
        await until(pilot, lambda: re.search(r" year_published +cr[a-z]*…$", seen(0)))
        assert re.search(r" B1a.*…$", seen(1))  # its cells as well
        await pilot.press("end", *["right"] * 4)
        await until(pilot, lambda: "note" in seen(0))
        columns = set(table.shown_columns)
        words = seen(0).replace("│", " ").split()[1:]
        assert [one for one in words if one not in columns and "…" not in one] == []

    def seen(row: int) -> str:
        return lines(app, "#records-table").splitlines()[row].rstrip()

    play(app, scenario, SMALL)
