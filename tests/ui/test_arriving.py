"""Records appear as pages arrive, and nothing that the user looks at moves."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Static

from tests.support.kept_rows import assessed, keep_rows
from tests.support.on_screen import choose_fetch, heading, lines
from tests.support.screens import ScriptedService, play, scripted_app, until, until_done
from tests.support.stepwise import SteppedService, saved_pages
from tui_app.redlist.errors import KeepError
from tui_app.settings import Settings
from tui_app.store import PageRow, RunState, Store
from tui_app.ui.app import RedListApp
from tui_app.ui.panels import Tab
from tui_app.ui.records.panel import AFTER, EMPTY, RecordsPanel
from tui_app.ui.records.record import RecordScreen
from tui_app.ui.records.table import RecordsTable

PAGE = 20
CATEGORIES = ("LC", "VU", "CR", "EN")


@pytest.fixture
def steps(settings: Settings) -> Iterator[SteppedService]:
    """Fetches of five pages of twenty rows, two assessments a taxon."""
    store = Store(settings.home)
    rows = [
        assessed(number // 2, CATEGORIES[number % 4], assessment_id=number,
                 year_published=str(2000 + number // 2 % 20))
        for number in range(5 * PAGE)
    ]  # fmt: skip
    settings = replace(settings, source="live", base_url="http://127.0.0.1:1")
    yield SteppedService(settings, keep_rows(store, rows, page_rows=PAGE), store)
    store.close()


def fetching(
    settings: Settings,
    steps: SteppedService,
    scenario: Callable[[Pilot[None], RedListApp, list[PageRow]], Awaitable[None]],
    size: tuple[int, int] = (120, 40),
) -> None:
    """Act a scenario in the application while a fetch of five pages goes on."""
    pages = saved_pages(steps._store, steps.of)
    app = RedListApp(settings, make_service=lambda _: steps)

    async def act(pilot: Pilot[None]) -> None:
        await choose_fetch(pilot, app)
        await pilot.press("f5")
        await until(pilot, lambda: app.main.job is not None and app.main.job.model.runs)
        try:
            await scenario(pilot, app, pages)
        finally:
            steps.end()
        await until_done(pilot, app)

    play(app, act, size)


def table(app: RedListApp) -> RecordsTable:
    return app.main.query_one(RecordsTable)


def subtitle(app: RedListApp) -> str:
    return str(app.main.query_one(RecordsPanel).border_subtitle)


def tab(app: RedListApp) -> str:
    return next(str(one.visual) for one in app.main.query(Tab) if one.panel == "records")


async def to_table(pilot: Pilot[None], app: RedListApp, *keys: str) -> None:
    """Give the rows the focus, then press keys."""
    await pilot.press("3")
    await until(pilot, lambda: table(app).has_focus)
    await pilot.press(*keys)


async def rows(pilot: Pilot[None], app: RedListApp, count: int) -> None:
    """Wait until so many rows are shown."""
    await until(pilot, lambda: table(app).length == count)


def under_cursor(app: RedListApp) -> tuple[Any, int]:
    """The assessment of the row under the cursor, and its line on the screen."""
    one = table(app)
    assert one.sheet is not None
    return one.sheet.source.record(one.row)["assessment_id"], one.row - one.scroll_offset.y


def test_rows_appear_while_the_fetch_goes_on(settings: Settings, steps: SteppedService) -> None:
    """The panel that a fetch gives half of a roomy screen was empty until the end."""

    async def scenario(pilot: Pilot[None], app: RedListApp, pages: list[PageRow]) -> None:
        assert EMPTY == "Records appear as pages arrive."
        assert EMPTY in lines(app, "#records")
        await steps.arrive(pages[0])
        await rows(pilot, app, PAGE)
        await until(pilot, lambda: " 2005 " in lines(app, "#records-table"))
        assert subtitle(app).startswith("20 records so far · run 2")
        await until(pilot, lambda: "(20)" in tab(app))
        await steps.arrive(*pages[1:3])
        await rows(pilot, app, 3 * PAGE)
        assert app.main.busy
        steps.end()
        await until_done(pilot, app)
        await rows(pilot, app, 3 * PAGE)
        assert subtitle(app) == "60 records · run 2 · asyncio · 3 pages"
        assert "(60)" in tab(app)

    fetching(settings, steps, scenario)


def test_the_beginning_is_shown_until_the_user_moves(
    settings: Settings, steps: SteppedService
) -> None:
    """Pages that are late come before those that are there."""

    async def scenario(pilot: Pilot[None], app: RedListApp, pages: list[PageRow]) -> None:
        await steps.arrive(pages[2])
        await rows(pilot, app, PAGE)
        assert under_cursor(app) == (2 * PAGE, 0)
        await steps.arrive(pages[0])
        await rows(pilot, app, 2 * PAGE)
        assert under_cursor(app) == (0, 0)
        await to_table(pilot, app, "down", "up")
        await steps.arrive(pages[3], pages[1])
        await rows(pilot, app, 4 * PAGE)
        assert under_cursor(app) == (0, 0)

    fetching(settings, steps, scenario)


@pytest.mark.parametrize("keys", ["", "s", "s s", "slash v u enter s"])
def test_arriving_rows_leave_the_cursors_row_where_it_is(
    settings: Settings, steps: SteppedService, keys: str
) -> None:
    """Rows are sorted and searched in above it and below it; then the run ends."""

    async def scenario(pilot: Pilot[None], app: RedListApp, pages: list[PageRow]) -> None:
        await pilot.press("3")
        await steps.arrive(*pages[1:3])
        await rows(pilot, app, 2 * PAGE)
        await to_table(pilot, app, *keys.split())
        wanted = 10 if "v" in keys else 2 * PAGE
        await until(pilot, lambda: table(app)._shown_as == table(app).arrangement)
        await rows(pilot, app, wanted)
        await pilot.press(*["down"] * 7)
        before, first = under_cursor(app), heading(app)[:20]
        await steps.arrive(pages[0])
        await rows(pilot, app, wanted * 3 // 2)
        assert under_cursor(app) == before
        await steps.arrive(*pages[3:])
        await rows(pilot, app, wanted * 5 // 2)
        assert under_cursor(app) == before
        steps.end()
        await until_done(pilot, app)
        await until(pilot, lambda: "so far" not in subtitle(app))
        assert not table(app).sheet.source.grows  # type: ignore[union-attr]
        assert (under_cursor(app), heading(app)[:20]) == (before, first)
        assert table(app).length == wanted * 5 // 2
        if "v" in keys:
            assert "25 of 100" in lines(app, "#records-find")
        shown = [table(app).sheet.row(row) for row in range(10)]  # type: ignore[union-attr]
        assert len(set(shown)) == 10

    fetching(settings, steps, scenario, (80, 20))  # more rows than there is room for


def test_what_was_scrolled_to_stays_though_the_cursor_is_elsewhere(
    settings: Settings, steps: SteppedService
) -> None:
    async def scenario(pilot: Pilot[None], app: RedListApp, pages: list[PageRow]) -> None:
        await steps.arrive(*pages[1:4])
        await rows(pilot, app, 3 * PAGE)
        await pilot.pause()  # else the scroll bar, which is new, brings the cursor into view
        one = table(app)
        one.scroll_to(y=30, animate=False, immediate=True, force=True)
        assert one.sheet is not None
        top = one.sheet.source.record(one.scroll_offset.y)
        await steps.arrive(pages[0])
        await rows(pilot, app, 4 * PAGE)
        assert one.sheet.source.record(one.scroll_offset.y) == top
        assert one.scroll_offset.y == 30 + PAGE

    fetching(settings, steps, scenario)


def test_an_opened_record_stays_and_the_table_is_where_it_was_left(
    settings: Settings, steps: SteppedService
) -> None:
    async def scenario(pilot: Pilot[None], app: RedListApp, pages: list[PageRow]) -> None:
        await steps.arrive(pages[1])
        await rows(pilot, app, PAGE)
        await to_table(pilot, app, "down", "enter")
        await until(pilot, lambda: isinstance(app.screen, RecordScreen))
        await until(pilot, lambda: "Inventa" in str(app.screen.query_one("#record-head").render()))
        await steps.arrive(pages[0])
        await rows(pilot, app, 2 * PAGE)
        await pilot.press("n", "n")
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is app.main)
        assert under_cursor(app)[0] == PAGE + 3

    fetching(settings, steps, scenario)


def test_a_paused_display_stands_still(settings: Settings, steps: SteppedService) -> None:
    async def scenario(pilot: Pilot[None], app: RedListApp, pages: list[PageRow]) -> None:
        await steps.arrive(pages[0])
        await rows(pilot, app, PAGE)
        await pilot.press("f7")
        await steps.arrive(*pages[1:3])
        job = app.main.job
        assert job is not None
        await until(pilot, lambda: len(job.feed) > 10)
        for _ in range(20):
            await pilot.pause(0.05)
        assert table(app).length == PAGE
        assert "(20)" in tab(app)
        await pilot.press("f7")
        await rows(pilot, app, 3 * PAGE)

    fetching(settings, steps, scenario)


def test_rows_that_were_saved_before_are_there_at_once(
    settings: Settings, steps: SteppedService
) -> None:
    """Of a run that is resumed, before anything arrives."""
    store = steps._store
    run = keep_rows(store, [assessed(n, "VU") for n in range(30)], state=RunState.STOPPED)
    app = RedListApp(settings, make_service=lambda _: steps)

    async def scenario(pilot: Pilot[None]) -> None:
        request = replace((await read(pilot, app)), resumes=run)
        app.main.begin(request)
        await rows(pilot, app, 30)
        assert app.main.busy
        steps.end()
        await until_done(pilot, app)

    play(app, scenario)


async def read(pilot: Pilot[None], app: RedListApp) -> Any:
    """What the form means, once it is a fetch."""
    await choose_fetch(pilot, app)
    await until(pilot, lambda: app.main.controller.planned is not None)
    return app.main.controller.planned


def test_one_row_per_taxon_is_chosen_in_the_end(settings: Settings, steps: SteppedService) -> None:
    app_settings = replace(settings, one_per_taxon=True)

    async def scenario(pilot: Pilot[None], app: RedListApp, pages: list[PageRow]) -> None:
        await steps.arrive(*pages)
        await rows(pilot, app, 5 * PAGE)
        assert "one per taxon" not in subtitle(app)
        await to_table(pilot, app, *["down"] * 5)
        assert under_cursor(app) == (5, 5)
        steps.end()
        await until_done(pilot, app)
        await rows(pilot, app, 5 * PAGE // 2)
        assert subtitle(app).startswith("50 records · one per taxon · run 2")
        assert under_cursor(app)[0] in (4, 5, 6)

    fetching(app_settings, steps, scenario)


def test_rows_that_can_not_be_read_are_told_once_and_the_run_goes_on(
    settings: Settings, steps: SteppedService, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def fail(run: str, query: object = None) -> Any:
        asked.append(run)
        raise KeepError("The store can't be read.")

    monkeypatch.setattr(steps, "arriving", fail)

    async def scenario(pilot: Pilot[None], app: RedListApp, pages: list[PageRow]) -> None:
        await steps.arrive(pages[0])
        await until(pilot, lambda: len(asked) > 1)
        await steps.arrive(pages[1])
        await until(pilot, lambda: len(asked) > 2)
        told = [one.message for one in app._notifications]
        assert told == ["The store can't be read. The run continues."]
        assert app.main.busy
        steps.end()
        await until_done(pilot, app)
        await rows(pilot, app, 2 * PAGE)

    fetching(settings, steps, scenario)


def test_a_panel_that_is_not_seen_has_its_count_and_reads_no_row(
    settings: Settings, steps: SteppedService
) -> None:
    async def scenario(pilot: Pilot[None], app: RedListApp, pages: list[PageRow]) -> None:
        await steps.arrive(*pages[:2])
        await until(pilot, lambda: "(40)" in tab(app))
        assert table(app).sheet is None
        await pilot.press("3")
        await rows(pilot, app, 2 * PAGE)

    fetching(settings, steps, scenario, (80, 24))


def test_nothing_is_read_while_runs_are_timed(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = ScriptedService()
    asked: list[str] = []
    monkeypatch.setattr(service, "arriving", asked.append)
    app = scripted_app(settings, service)

    async def scenario(pilot: Pilot[None]) -> None:
        await pilot.press("f5")
        assert AFTER in str(app.main.query_one("#records-empty", Static).visual)
        await until_done(pilot, app)
        await rows(pilot, app, 1000)
        assert not asked

    play(app, scenario)


def test_nothing_runs_when_the_fetch_has_ended(settings: Settings, steps: SteppedService) -> None:
    async def scenario(pilot: Pilot[None], app: RedListApp, pages: list[PageRow]) -> None:
        await steps.arrive(pages[0])
        steps.end()
        await until_done(pilot, app)
        await rows(pilot, app, PAGE)
        job = app.main.job
        assert job is not None
        assert job.arrivals is None
        assert not [one for one in app.workers if one.group == "arrivals" and not one.is_finished]

    fetching(settings, steps, scenario)
