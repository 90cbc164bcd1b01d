"""History: the runs that are kept, opened, resumed and exported; and what is said at the start."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, OptionList, Static

from tests.support.on_screen import choose_fetch, lines, said
from tests.support.past_runs import listed, open_history, scripted, shown, told
from tests.support.screens import ScriptedService, kept_run, play, scripted_app, until, until_done
from tests.support.servers import Server, StopAfter, server  # noqa: F401 - a fixture
from tui_app.fetch import FINAL_STATES, State
from tui_app.redlist import Token, make_query
from tui_app.redlist.errors import KeepError
from tui_app.runs import Service
from tui_app.settings import Settings
from tui_app.store import RunRow, Store
from tui_app.ui.app import RedListApp
from tui_app.ui.controller import Controller
from tui_app.ui.dialogs.export import ExportDialog
from tui_app.ui.dialogs.prompts import Confirm, ResumeDialog
from tui_app.ui.history import table as table_module
from tui_app.ui.history.past import events_of, look_back
from tui_app.ui.history.table import GAP, Column, about, cells, columns, fate
from tui_app.ui.model import JobStatus
from tui_app.ui.text import seconds

pytestmark = pytest.mark.xdist_group("screen")


# -- lines: pure -------------------------------------------------------------------------


@pytest.mark.parametrize("width", [60, 78, 99, 100, 118, 200])
def test_a_line_has_the_width_that_there_is(width: int) -> None:
    rows = scripted().kept
    fitting = columns(rows, width)
    assert sum(one.width + len(GAP) for one in fitting) <= max(width, 71)
    for row in rows:
        assert list(map(len, cells(row, fitting))) == [one.width for one in fitting]


@pytest.mark.parametrize(
    ("state", "summary", "words"),
    [
        ("stopped", {"pages_total": 89}, "Run 9 was stopped at 40 of 89 pages"),
        ("killed", {}, "Run 9 was killed after 40 pages"),
        ("complete", {"pages_total": 40}, "Run 9 is complete: 40 pages, 4,000 records"),
        ("running", {}, "Run 9 is running in another program after 40 pages"),
    ],
)
def test_a_run_in_a_sentence(state: str, summary: dict[str, object], words: str) -> None:
    assert fate(kept_run(9, state, summary=summary)) == words


def test_the_pages_wanted_count_and_not_those_that_there_are() -> None:
    row = kept_run(9, "stopped", settings={"pages": 50, "rate": None})
    assert fate(row) == "Run 9 was stopped at 40 of 50 pages"


def test_what_a_server_said_stays_on_its_line() -> None:
    bad = "\x1b]52;c;x\x07[red]\u202e\n"
    errors = [{"request": bad, "message": bad}]
    row = kept_run(9, "partial", label=bad, summary={"failed": 1, "errors": errors})
    for text in (*about(row), *cells(row, columns([row], 118))):
        assert not set("\x1b\x07\u202e\n") & set(text)


# -- the screen --------------------------------------------------------------------------


def test_history_lists_the_runs_newest_first(settings: Settings) -> None:
    app = scripted_app(settings, scripted())

    async def scenario(pilot: Pilot[None]) -> None:
        screen = await open_history(pilot, app)
        text = shown(app)
        # Else the numbers of a list that begins with run 13 are a riddle.
        assert "6 runs, newest first. Comparisons number their runs too (a: show)." in text
        assert "Run 7: red_list_categories/CR · DEMO" in text
        assert [row.run for row in listed(screen)] == ["7", "6", "5", "4", "3", "2"]
        for words in ("● running", "✗ killed", "■ stopped", "◐ in part", "✓ complete", "DEMO"):
            assert words in text
        assert "40/89" in text
        assert "8,812" in text
        await pilot.press("down", "down", "down")
        await until(pilot, lambda: "countries/MG page 3: HTTP 503, and 1 more" in shown(app))
        assert "https://redlist.example" in shown(app)
        await pilot.press("a")
        await until(pilot, lambda: len(listed(screen)) == 7)
        await until(pilot, lambda: screen._here.run == "4")
        await pilot.press("escape")
        assert app.screen is app.main

    play(app, scenario, (80, 24))


def test_each_way_to_history_and_back(settings: Settings) -> None:
    app = scripted_app(settings, scripted())

    async def scenario(pilot: Pilot[None]) -> None:
        for key in ("h", "ctrl+y"):
            await open_history(pilot, app, key)
            await pilot.press(key)
            assert app.screen is app.main
        assert "History" in {one.title for one in app.get_system_commands(app.main)}

    play(app, scenario)


def test_nothing_kept_and_nothing_readable_are_said(settings: Settings) -> None:
    class Broken(ScriptedService):
        def runs(self, limit: int | None = None, *, comparisons: bool = True) -> list[object]:  # type: ignore[override]
            raise KeepError("The store is locked.")

    for service, words in (
        (ScriptedService(), "No saved runs yet"),
        (Broken(), "is locked."),
    ):
        app = scripted_app(settings, service)

        async def scenario(pilot: Pilot[None], app=app, words=words) -> None:  # type: ignore[no-untyped-def]
            app.main.query_one("#waterfall").focus()
            await pilot.press("h")
            await until(pilot, lambda: words in shown(app))
            await pilot.press("enter", "u", "e", "down", "escape")
            assert app.screen is app.main

        play(app, scenario)


def test_a_thousand_runs_are_drawn_as_they_come_into_view(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the screen stalls while it opens."""
    drawn: set[str] = set()

    def note(row: RunRow, columns: list[Column]) -> list[str]:
        drawn.add(row.run)
        return cells(row, columns)

    monkeypatch.setattr(table_module, "cells", note)
    app = scripted_app(settings, scripted(rows=1000))

    async def scenario(pilot: Pilot[None]) -> None:
        screen = await open_history(pilot, app)
        await pilot.press("pagedown", "pagedown")
        await until(pilot, lambda: screen._here is not None and screen._here.run in drawn)
        assert "6" in drawn
        assert len(drawn) < 120
        await pilot.press("end", "enter")
        await until(pilot, lambda: "Run 10999 is complete" in said(app))

    play(app, scenario)


def test_resuming_asks_by_which_method_and_its_own_is_the_default(settings: Settings) -> None:
    service = scripted()
    app = scripted_app(settings, service)

    async def scenario(pilot: Pilot[None]) -> None:
        for keys, method in ((("enter",), "asyncio"), (("up", "enter"), "threads")):
            await open_history(pilot, app)
            await pilot.press("down", "down", "u")
            await until(pilot, lambda: isinstance(app.screen, ResumeDialog))
            await until(pilot, lambda: app.focused is app.screen.query_one(OptionList))
            assert "Run 5 was stopped at 40 of 89 pages." in shown(app)
            await pilot.press(*keys)
            await until(pilot, lambda: app.main.job is not None)
            await until_done(pilot, app)
            assert (service.resumed[-1], service.resumed_by[-1]) == ("5", method)
            assert app.main.job is not None
            assert app.main.job.request.methods == (method,)
            app.main.controller.job = None

    play(app, scenario)


def test_what_is_complete_or_goes_on_elsewhere_is_not_resumed(settings: Settings) -> None:
    service = scripted()
    app = scripted_app(settings, service)

    async def scenario(pilot: Pilot[None]) -> None:
        screen = await open_history(pilot, app)
        for moves in ((), ("end",)):
            await pilot.press(*moves, "u")
            await until(pilot, lambda: "nothing to resume" in told(app))
            assert app.screen is screen
            app.clear_notifications()
        assert service.resumed == []

    play(app, scenario)


def test_nothing_here_disturbs_a_run_that_goes_on(settings: Settings) -> None:
    service = scripted()
    service.hold = True
    app = scripted_app(settings, service)

    async def scenario(pilot: Pilot[None]) -> None:
        await choose_fetch(pilot, app)
        await pilot.press("f5")
        await until(pilot, lambda: app.main.job is not None and app.main.job.model.lines)
        screen = await open_history(pilot, app)
        for key in ("enter", "u", "e", "p"):
            await pilot.press("down", key)
            await until(pilot, lambda: "Stop it first" in told(app))
            assert app.screen is screen
            app.clear_notifications()
        await pilot.press("escape", "f8")
        await until_done(pilot, app)

    play(app, scenario)


def test_export_from_history(settings: Settings) -> None:
    app = scripted_app(settings, scripted())

    async def scenario(pilot: Pilot[None]) -> None:
        await open_history(pilot, app)
        await pilot.press("down", "e")
        await until(pilot, lambda: isinstance(app.screen, ExportDialog))
        assert "From run 6 · asyncio." in shown(app)
        assert "All 4,000 rows in the run's order" in shown(app)
        path = app.screen.query_one("#path", Input)
        assert path.value == "demo-red_list_categories-CR.csv"
        await until(pilot, lambda: app.focused is path)
        await pilot.press("enter")
        result = app.screen.query_one("#export-result", Static)
        await until(pilot, lambda: "1,000 rows to" in str(result.render()))

    play(app, scenario)


# -- the past in the panels --------------------------------------------------------------


@pytest.fixture
def kept(
    server: Callable[..., Server],  # noqa: F811
    settings: Settings,
) -> Callable[..., Server]:
    """Leaves run 1 stopped after two of its five pages."""

    def stop() -> Server:
        host = server(delay=0.02)
        asked = host.settings(settings.home, concurrency=2)
        watch = StopAfter(2)
        service = Service(asked)
        service.fetch(make_query(["countries/VA"]), asked, observer=watch, cancel=watch.cancel)
        service.close()
        return host

    return stop


def test_a_kept_run_is_shown_as_if_it_had_just_ended_and_resumed(
    settings: Settings, kept: Callable[..., Server]
) -> None:
    host = kept()
    app = RedListApp(host.settings(settings.home))

    async def scenario(pilot: Pilot[None]) -> None:
        await until(pilot, lambda: "^Y: History; u there resumes it" in said(app))
        assert said(app).startswith("Run 1 was stopped at ")
        screen = await open_history(pilot, app)
        row = listed(screen)[0]
        pages = row.pages
        await pilot.press("enter")
        await until_done(pilot, app)
        job = app.main.job
        assert job is not None
        assert job.model.status is JobStatus.STOPPED
        assert said(app) == f"Run 1 was stopped at {pages} of 5 pages; F9 finishes it."
        took_s = job.model.elapsed_s(0.0)
        assert 0 < took_s < row.summary["seconds"] + 0.1
        assert f"stopped {seconds(took_s)}" in lines(app, "#header")
        assert lines(app, "#waterfall").count(" 200") == pages
        assert f"{pages}/5" in lines(app, "#bars")
        await until(pilot, lambda: "run 1" in str(app.main.query_one("#records").border_subtitle))
        host.asked()
        await pilot.press("f9")
        await until(pilot, lambda: app.main.job is not job)
        await until_done(pilot, app)
        assert said(app).startswith("444 records in 5 pages")
        assert len(host.asked()) == 5 - pages
        await open_history(pilot, app)
        assert "✓ complete" in shown(app)

    play(app, scenario)


def test_a_run_that_another_program_carries_is_not_taken_over(
    settings: Settings, kept: Callable[..., Server]
) -> None:
    host = kept()
    app = RedListApp(host.settings(settings.home))
    other = Store(settings.home)

    async def scenario(pilot: Pilot[None]) -> None:
        await open_history(pilot, app)
        await pilot.press("enter")
        await until_done(pilot, app)
        other.reopen("1", "asyncio")  # it began there just now
        job = app.main.job
        await pilot.press("f9")
        await until(pilot, lambda: app.main.job is not job)
        await until_done(pilot, app)
        assert "Run 1 is active" in said(app)

    try:
        play(app, scenario)
    finally:
        other.close()


def test_what_is_shown_of_the_past_is_what_was_seen(settings: Settings) -> None:
    """Attempts, read back as events, give the figures that the run's own events gave."""
    flaky = replace(settings, demo_profile="flaky", retries=1, timeout_s=1.0, pages=12)
    service = Service(flaky)
    seen = []
    try:
        query = make_query(["red_list_categories/DD"])
        summary = service.fetch(query, flaky, observer=seen.append)
        past = look_back(service, summary.run)
        again = list(events_of(summary.run, service.attempts(summary.run)))
    finally:
        service.close()
    for state in (*FINAL_STATES - {State.REUSED}, State.RETRIED, State.BODY):
        assert sum(one.state is state for one in again) == sum(one.state is state for one in seen)
    run = past.model.current
    assert run is not None
    assert (run.kept, run.failed, run.retried) == (summary.pages, summary.failed, summary.retries)
    assert run.records == summary.records
    assert past.request.query == query
    ends = {one.request: one.at for one in seen if one.state is State.KEPT}
    begun = next(one.at for one in seen if one.state is State.BEGUN)
    for row in run.rows:
        if row.state is State.KEPT:
            assert row.ended == pytest.approx(ends[row.number] - begun, abs=0.5)


# -- at the start, and manners -----------------------------------------------------------


def test_a_start_without_a_store_makes_none(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[tuple[tuple[str, ...], str]] = []
    real = Controller.first_look

    async def look(self: Controller) -> tuple[tuple[str, ...], str]:
        looked.append(await real(self))
        return looked[-1]

    monkeypatch.setattr(Controller, "first_look", look)
    app = RedListApp(settings)

    async def scenario(pilot: Pilot[None]) -> None:
        await until(pilot, lambda: looked)
        assert looked == [((), "")]
        assert said(app) == ""

    play(app, scenario)
    assert not settings.home.exists()


def test_a_store_that_cannot_be_used_is_told_at_the_start(settings: Settings) -> None:
    settings.home.mkdir()
    with closing(sqlite3.connect(settings.home / "runs.sqlite3")) as sql, sql:
        sql.execute("PRAGMA application_id = 0x49554354")
        sql.execute("PRAGMA user_version = 999")
        sql.execute("CREATE TABLE runs (id)")
    app = RedListApp(settings)

    async def scenario(pilot: Pilot[None]) -> None:
        await until(pilot, lambda: "newer" in said(app))

    play(app, scenario)


def test_what_was_set_aside_is_told(settings: Settings) -> None:
    settings.home.mkdir()
    Path(settings.home / "runs.sqlite3").write_bytes(b"no database" * 1000)
    app = RedListApp(settings)

    async def scenario(pilot: Pilot[None]) -> None:
        await until(pilot, lambda: "is not a database. It is now" in told(app))

    play(app, scenario)


def test_a_fast_fetch_on_a_real_host_asks_first(settings: Settings) -> None:
    live = Settings(home=settings.home, source="live", token=Token("secret"), rate=10)
    service = scripted()
    app = scripted_app(live, service)

    async def scenario(pilot: Pilot[None]) -> None:
        await choose_fetch(pilot, app)
        await pilot.press("f5")
        await until(pilot, lambda: isinstance(app.screen, Confirm))
        assert "faster than the 2" in " ".join(shown(app).split())
        await pilot.press("enter")
        await until(pilot, lambda: app.screen is app.main)
        assert app.main.job is None
        assert said(app) == "Cancelled; no requests were sent."
        await pilot.press("f5")
        await until(pilot, lambda: isinstance(app.screen, Confirm))
        await pilot.press("y")
        await until_done(pilot, app)
        assert app.main.job is not None

    play(app, scenario)
