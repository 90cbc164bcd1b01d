"""Pictures of a fetch: its records counted by category, year, scope or any column."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from textual.content import Content
from textual.pilot import Pilot
from textual.widgets import Input, Static

from tests.support.kept_rows import assessed, keep_rows
from tests.support.on_screen import choose_fetch, lines_of
from tests.support.screens import play, until, until_done
from tests.support.stepwise import SteppedService, saved_pages
from tui_app.report.count_bars import MOST_BARS
from tui_app.runs import Service
from tui_app.settings import Settings
from tui_app.store import Store
from tui_app.ui.app import RedListApp
from tui_app.ui.categories import CATEGORIES
from tui_app.ui.chart.counts import CHOOSE, Counted, bar_lines
from tui_app.ui.chart.panel import ChartPanel
from tui_app.ui.controller import Wish
from tui_app.ui.dialogs.export import ExportDialog
from tui_app.ui.records.table import RecordsTable
from tui_app.ui.theme import use_inks

EUROPE = {"description": {"en": "Europe"}, "code": "2"}
GLOBAL = {"description": {"en": "Global"}, "code": "1"}
CODES = ("LC", "LC", "LC", "CR", "VU", "EX", "DD", "LC", "CR", "LC")
ROWS = [
    assessed(number, code, year_published=str(2010 + number % 3), criteria=f"C{number}",
             scopes=[EUROPE, GLOBAL] if number % 5 == 0 else [GLOBAL])
    for number, code in enumerate(CODES * 4)
]  # fmt: skip


@pytest.fixture
def steps(settings: Settings) -> Iterator[SteppedService]:
    """Fetches of four pages of ten rows."""
    store = Store(settings.home)
    run = keep_rows(store, ROWS, page_rows=10, source="demo")
    yield SteppedService(settings, run, store)
    store.close()


def panel(app: RedListApp) -> ChartPanel:
    return app.main.query_one(ChartPanel)


def drawn(app: RedListApp) -> list[str]:
    return [
        " ".join(line.split())
        for line in str(app.main.query_one("#chart-text").render()).splitlines()
    ]


def bare(line: str) -> str:
    """A line without its bar."""
    return " ".join(word for word in line.split() if not set(word) <= set("▏▎▍▌▋▊▉█░"))


def lines(app: RedListApp) -> list[str]:
    return [bare(line) for line in drawn(app)] or [""]


def words(app: RedListApp) -> str:
    return str(app.main.query_one("#chart-empty", Static).visual)


async def fetched(
    pilot: Pilot[None], app: RedListApp, steps: SteppedService, operation: str = "countries/MG"
) -> None:
    """Fetch all four pages to the end, the chart in view."""
    app.main.query_one("#operation", Input).value = operation
    await choose_fetch(pilot, app)
    await pilot.press("f5")
    await steps.arrive(*saved_pages(steps._store, steps.of))
    steps.end()
    await until_done(pilot, app)
    await pilot.press("2")
    await until(pilot, lambda: app.focused is panel(app))


def test_a_fetch_is_drawn_while_it_goes_on_and_when_it_has_ended(
    settings: Settings, steps: SteppedService
) -> None:
    """Its chart panel was empty: times by pages are a comparison's."""
    app = RedListApp(settings, make_service=lambda _: steps)
    pages = saved_pages(steps._store, steps.of)

    async def scenario(pilot: Pilot[None]) -> None:
        app.main.query_one("#operation", Input).value = "countries/MG"
        await choose_fetch(pilot, app)
        await pilot.press("f5")
        await until(pilot, lambda: app.main.job is not None and app.main.job.model.runs)
        await pilot.press("2")
        await until(pilot, lambda: "The chart appears as pages arrive." in words(app))
        await steps.arrive(pages[0])
        await until(pilot, lambda: lines(app)[0] == "10 records so far · red_list_category_code")
        assert lines(app)[1:] == [
            "EX 1 10.0%", "CR 2 20.0%", "VU 1 10.0%", "LC 5 50.0%", "DD 1 10.0%",
        ]  # fmt: skip
        await steps.arrive(*pages[1:])
        await until(pilot, lambda: lines(app)[0].startswith("40 records so far"))
        steps.end()
        await until_done(pilot, app)
        await until(pilot, lambda: lines(app)[0] == "40 records · red_list_category_code")
        assert lines(app)[1:] == [
            "EX 4 10.0%", "CR 8 20.0%", "VU 4 10.0%", "LC 20 50.0%", "DD 4 10.0%",
        ]  # fmt: skip
        await pilot.press("right")
        await until(pilot, lambda: lines(app)[0] == "40 records · year_published")
        assert lines(app)[1:] == ["2010 14 35.0%", "2011 13 32.5%", "2012 13 32.5%"]
        await pilot.press("right_square_bracket")
        await until(pilot, lambda: lines(app)[0] == "40 records · scopes_description")
        assert lines(app)[1:3] == ["Global 40 100.0%", "Europe 8 20.0%"]
        assert lines(app)[3] == "A record with several values is counted once for each."
        await pilot.press("right")
        await until(pilot, lambda: CHOOSE.format(key="v") in words(app))
        (name,) = (one for one in panel(app).query(".chart-name") if one.name == "years")
        await pilot.click(name)
        await until(pilot, lambda: panel(app).chart == "years" and "2010" in lines(app)[1])

    play(app, scenario)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
def test_the_column_under_the_cursor_is_drawn(
    settings: Settings, steps: SteppedService, size: tuple[int, int]
) -> None:
    app = RedListApp(settings, make_service=lambda _: steps)

    async def scenario(pilot: Pilot[None]) -> None:
        await fetched(pilot, app, steps)
        await pilot.press("3")
        table = app.main.query_one(RecordsTable)
        await until(pilot, lambda: table.has_focus and table.length == 40)
        await pilot.press("right", "right", "right", "v")
        await until(pilot, lambda: app.focused is panel(app))
        await until(pilot, lambda: lines(app) == ["40 records · latest", "true 40 100.0%"])
        assert panel(app).border_title == "Chart: Records by latest"

    play(app, scenario, size)


@pytest.mark.parametrize("width", [60, 80, 100, 104, 120, 200])
def test_names_and_bars_fit_at_any_width(
    settings: Settings, steps: SteppedService, width: int
) -> None:
    """A name was cut off at the edge, and beside a scroll bar each share had a line of its own."""
    app = RedListApp(settings, make_service=lambda _: steps)

    async def scenario(pilot: Pilot[None]) -> None:
        await fetched(pilot, app, steps)
        for size, chart in (((width, 40), "column"), ((width, 24), "categories")):
            await pilot.resize_terminal(*size)
            app.main.show_chart(chart)
            await pilot.pause()
            strip = app.main.query_one("#chart-names").region
            names = [one for one in panel(app).query(".chart-name") if one.display]
            assert chart in [one.name for one in names]
            assert len(names) >= 6
            for one in names:
                assert one.region.right <= strip.right
                assert one.region.width == len(str(one.name))
        await until(pilot, lambda: "EX" in lines_of(app, "#chart-scroll"))
        seen = lines_of(app, "#chart-scroll").splitlines()
        at = next(place for place, line in enumerate(seen) if " EX " in line)
        assert " CR " in seen[at + 1]
        assert "20.0%" in seen[at + 1]

    play(app, scenario, (width, 40))


def test_all_rows_are_counted_and_this_is_said_where_some_are_hidden(
    settings: Settings, steps: SteppedService
) -> None:
    app = RedListApp(settings, make_service=lambda _: steps)

    async def scenario(pilot: Pilot[None]) -> None:
        await fetched(pilot, app, steps)
        await pilot.press("3")
        table = app.main.query_one(RecordsTable)
        await until(pilot, lambda: table.has_focus and table.length == 40)
        await pilot.press("right", "right", "f")
        await until(pilot, lambda: table.length == 14)
        await pilot.press("2")
        said = "rows hidden by the filter in Records are counted too"
        await until(pilot, lambda: lines(app)[0].endswith(said))
        assert lines(app)[0].startswith("40 records")

    play(app, scenario)


def test_of_one_category_the_years_come_first(settings: Settings, steps: SteppedService) -> None:
    """One bar of 100% says nothing."""
    app = RedListApp(settings, make_service=lambda _: steps)

    async def scenario(pilot: Pilot[None]) -> None:
        await fetched(pilot, app, steps, "red_list_categories/LC")
        await until(pilot, lambda: lines(app)[0] == "40 records · year_published")
        await fetched(pilot, app, steps, "red_list_categories/LC + red_list_categories/CR")
        assert panel(app).chart == "categories"

    play(app, scenario)


def test_records_without_categories_have_the_throughput_first(
    settings: Settings, store_of_codes: SteppedService
) -> None:
    app = RedListApp(settings, make_service=lambda _: store_of_codes)

    async def scenario(pilot: Pilot[None]) -> None:
        await fetched(pilot, app, store_of_codes, "threats")
        assert panel(app).chart == "throughput"
        app.main.show_chart("years")
        await until(pilot, lambda: "These records have no year." in words(app))

    play(app, scenario)


@pytest.fixture
def store_of_codes(settings: Settings) -> Iterator[SteppedService]:
    """Fetches of a list of codes."""
    store = Store(settings.home)
    codes = [{"code": code, "description": {"en": f"Threat {code}"}} for code in ("1", "2")]
    run = keep_rows(store, codes, "threats", key="threats", source="demo")
    yield SteppedService(settings, run, store)
    store.close()


def test_a_saved_fetch_has_the_same_pictures(settings: Settings, steps: SteppedService) -> None:
    app = RedListApp(settings, make_service=lambda _: steps)

    async def scenario(pilot: Pilot[None]) -> None:
        app.main._wished(Wish("1"))
        await until(pilot, lambda: app.main.job is not None)
        await pilot.press("2")
        await until(pilot, lambda: lines(app)[:1] == ["40 records · red_list_category_code"])
        assert lines(app)[1:] == [
            "EX 4 10.0%", "CR 8 20.0%", "VU 4 10.0%", "LC 20 50.0%", "DD 4 10.0%",
        ]  # fmt: skip

    play(app, scenario)


def test_one_row_per_taxon_is_counted_once_it_is_chosen(
    settings: Settings, steps: SteppedService
) -> None:
    """What is counted is what Records shows."""
    settings = replace(settings, one_per_taxon=True)
    rows = [assessed(taxon // 2, "VU" if taxon % 2 else "EN") for taxon in range(20)]
    steps.of = keep_rows(steps._store, rows, source="demo")
    app = RedListApp(settings, make_service=lambda _: steps)

    async def scenario(pilot: Pilot[None]) -> None:
        await fetched(pilot, app, steps)
        await until(pilot, lambda: "10 records" in lines(app)[0])
        assert lines(app)[0] == "10 records · red_list_category_code · one per taxon"

    play(app, scenario)


@pytest.mark.parametrize("chart", ["categories", "years", "scopes"])
def test_a_picture_is_written_with_its_data(
    settings: Settings, steps: SteppedService, tmp_path: Path, chart: str
) -> None:
    app = RedListApp(settings, make_service=lambda _: steps)
    path = tmp_path / "picture.svg"

    def said() -> str:
        return str(app.screen.query_one("#export-result", Static).visual)

    async def scenario(pilot: Pilot[None]) -> None:
        await fetched(pilot, app, steps)
        app.main.show_chart(chart)
        await until(pilot, lambda: panel(app).has_focus and panel(app).figure(0.0) is not None)
        await pilot.press("ctrl+e")
        await until(pilot, lambda: isinstance(app.screen, ExportDialog))
        path_field = app.screen.query_one("#path", Input)
        assert path_field.value.endswith(f"-{chart}.svg")
        path_field.value = str(path)
        await pilot.press("enter")
        await until(pilot, lambda: "picture.svg" in said() and "Writes" not in said())

    play(app, scenario)
    svg = path.read_text("utf-8")
    assert "DEMO (synthetic data) · countries/MG · the demo server" in svg
    assert "not to be cited" in svg
    if chart == "categories":
        assert "CR Critically Endangered" in svg
        assert CATEGORIES["CR"].colour in svg
    with (tmp_path / "picture-data.csv").open(encoding="utf-8", newline="") as file:
        found = list(csv.DictReader(file))
    column = next(iter(found[0]))
    with closing(Service(settings)) as service:
        counted = service.counts("last", [column])
    assert {row[column]: int(row["count"]) for row in found} == counted.totals
    assert [row[column] for row in found] == list(counted.totals)
    assert {row["source"] for row in found} == {"DEMO"}


def counted(totals: dict[str, int], column: str = "red_list_category_code") -> Counted:
    return Counted(column, totals, sum(totals.values()), whole=True, crowded=False)


@pytest.mark.parametrize("width", [30, 60, 78, 150])
def test_bars_are_as_long_as_their_counts_in_any_width(width: int) -> None:
    found = bar_lines(counted({"EX": 1, "CR": 50, "LR/nt": 25, "LC": 100}), width)
    assert {line.cell_length for line in found} == {width}
    full, half, quarter, least = (str(found[place]).count("█") for place in (3, 1, 2, 0))
    assert abs(full / 2 - half) <= 1
    assert abs(full / 4 - quarter) <= 1
    assert least <= 1
    assert ("Critically Endangered" in str(found[1])) == (width >= 90)


@pytest.mark.parametrize("dark", [True, False])
def test_categories_have_their_colours_and_none_is_as_what_is_behind_it(dark: bool) -> None:
    use_inks(dark=dark)
    try:
        found = bar_lines(counted(dict.fromkeys(CATEGORIES, 5)), 80)
        plain = bar_lines(counted(dict.fromkeys(CATEGORIES, 5)), 80, coloured=False)
    finally:
        use_inks(dark=True)
    for code, line in zip(CATEGORIES, found, strict=True):
        assert str(line).strip().startswith(code)
        assert CATEGORIES[code].colour in str([span.style for span in line.spans])
    hatched = {code for code, line in zip(CATEGORIES, found, strict=True) if "░" in str(line)}
    assert ("EX" if dark else "NE") in hatched
    assert "CR" not in hatched
    assert not any("#" in str(span.style) for line in plain for span in line.spans)


def test_a_country_is_no_category() -> None:
    found = bar_lines(counted({"CR": 3, "LC": 2}, "code"), 60)
    assert "#d81e05" not in str([span.style for line in found for span in line.spans])


def test_rare_values_share_a_bar() -> None:
    totals = {f"value {number}": 100 - number for number in range(MOST_BARS + 10)}
    found = [bare(str(line)) for line in bar_lines(counted(totals, "criteria"), 80)]
    assert len(found) == MOST_BARS
    assert found[0].startswith("value 0 100")
    rest = sum(sorted(totals.values())[:11])
    assert found[-1].startswith(f"other (11 values) {rest} ")


def test_what_a_server_sends_can_not_steer_the_terminal() -> None:
    (line,) = bar_lines(counted({"\x1b[31m[bold]red": 1}, "criteria"), 60)
    assert isinstance(line, Content)
    assert "\x1b" not in str(line)
    assert "[bold]" in str(line)


def test_a_column_of_names_is_not_counted(
    settings: Settings, steps: SteppedService, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else counting 160,000 names takes as much memory as the names."""
    monkeypatch.setattr("tui_app.runs.counts.MOST_COUNTED", 30)
    app = RedListApp(settings, make_service=lambda _: steps)
    column: Callable[[], object] = lambda: panel(app)._counts.found("column")  # noqa: E731

    async def scenario(pilot: Pilot[None]) -> None:
        await fetched(pilot, app, steps)
        panel(app).draw_column("criteria")
        await until(pilot, column)
        await until(pilot, lambda: "criteria has too many values for a chart." in words(app))

    play(app, scenario)
