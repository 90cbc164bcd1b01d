"""History: local times, a search, and the first rows of the run under the cursor."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Static

from tests.support.kept_rows import assessed, keep_rows
from tests.support.past_runs import listed, open_history, scripted, shown
from tests.support.screens import kept_run, play, scripted_app, until
from tui_app.redlist.errors import KeepError
from tui_app.settings import Settings
from tui_app.store import Store
from tui_app.ui import text
from tui_app.ui.app import RedListApp
from tui_app.ui.history.screen import HistoryScreen
from tui_app.ui.history.table import cells, columns, matches

pytestmark = pytest.mark.xdist_group("screen")


@pytest.fixture
def in_lima(monkeypatch: pytest.MonkeyPatch) -> None:
    """Five hours behind UTC, all the year."""
    if not hasattr(time, "tzset"):
        pytest.skip("this system has no zones to choose from")
    monkeypatch.setenv("TZ", "America/Lima")
    time.tzset()


@pytest.mark.parametrize("width", [78, 118])
def test_times_are_local(in_lima: None, width: int) -> None:
    row = kept_run(9, created_utc="2026-11-27T03:05:09+00:00")
    (line,) = ["".join(cells(row, columns([row], width)))]
    assert "11-26 22:05" in line
    assert "UTC" not in "".join(one.name for one in columns([row], width))
    assert text.local("2026-11-27T03:05:09Z") == "2026-11-26 22:05"
    assert text.local("no time") == "no time"


def test_columns_fit_beside_the_counts_of_what_was_not_found() -> None:
    summary = {"failed": 142, "not_found": 140, "errors": [{"kind": "not-found"}] * 140}
    rows = [kept_run(9, "partial", summary=summary), kept_run(8)]
    for width in (78, 100, 118):
        fitting = columns(rows, width)
        line = " ".join(cells(rows[0], fitting))
        assert len(line) <= width
        assert line.split()[-2:] == ["2", "140"]
    only = kept_run(9, "failed", summary={**summary, "failed": 140})
    assert "failed" not in [one.name for one in columns([only], 78)]


WORDS = {
    "madagascar": [], "countries/mg": ["5"], "threads": ["7"], "stopp": ["5"], "in part": ["4"],
    "part live": ["4"], "WOLVES": ["3"], "sent twice": ["2"], "demo complete": ["2"],
}  # fmt: skip


@pytest.mark.parametrize("find", WORDS)
def test_runs_are_found_by_what_they_are(find: str) -> None:
    """Each of the words may stand anywhere, in any case."""
    rows = [
        one for one in scripted().kept if one.comparison is None and one.run not in ("3", "2")
    ] + [
        kept_run(3, name="Wolves", state="failed", label="taxa/family/Canidae"),
        kept_run(2, note="sent to Ana, twice"),
    ]
    assert [row.run for row in rows if matches(row, find)] == WORDS[find]


def test_a_search_shows_the_runs_that_have_it(settings: Settings) -> None:
    app = scripted_app(settings, scripted())

    async def scenario(pilot: Pilot[None]) -> None:
        screen = await open_history(pilot, app)
        everything = [row.run for row in listed(screen)]
        await pilot.press("slash", *"thr")
        await until(pilot, lambda: [row.run for row in listed(screen)] == ["7", "5"])
        assert "2 of 6" in shown(app)
        await pilot.press(*"eads")
        await until(pilot, lambda: [row.run for row in listed(screen)] == ["7"])
        await pilot.press("enter")  # to the run, which is acted on as always
        await until(pilot, lambda: screen.query_one("#history-runs").has_focus)
        assert screen._here is not None
        assert screen._here.run == "7"
        await pilot.press("escape")  # the search, then the screen
        assert [row.run for row in listed(screen)] == everything
        assert app.screen is screen
        await pilot.press("slash", *"nothing")
        await until(pilot, lambda: "No matches." in shown(app))
        await pilot.press("escape")
        await until(pilot, lambda: len(listed(screen)) == len(everything))
        await pilot.press("escape")
        assert app.screen is app.main

    play(app, scenario)


def preview(screen: HistoryScreen) -> str:
    widget = screen.query_one("#history-preview", Static)
    return f"{widget.border_title}\n{widget.render()}"


@pytest.mark.parametrize(("size", "rows"), [((104, 30), 5), ((120, 40), 10), ((200, 60), 10)])
def test_the_first_rows_of_the_run_under_the_cursor_are_shown(
    settings: Settings, size: tuple[int, int], rows: int
) -> None:
    store = Store(settings.home)
    evil = assessed(1, "VU") | {"taxon_scientific_name": "\x1b[2J[red]Evil\u202e[/red]"}
    keep_rows(store, [evil, *(assessed(taxon, "EN") for taxon in range(2, 40))])
    keep_rows(store, [assessed(taxon, "CR") for taxon in range(40, 44)], "countries/KM")
    store.close()
    app = RedListApp(settings)

    async def scenario(pilot: Pilot[None]) -> None:
        screen = await open_history(pilot, app)
        await until(pilot, lambda: "Run 2: first of 4 rows" in preview(screen))
        assert "Inventa exemplaris40" in shown(app)
        await pilot.press("down")
        await until(pilot, lambda: "Run 1: first of 39 rows" in preview(screen))
        assert "[red]Evil" in shown(app)  # as it came, and no markup
        assert not set("\x1b\u202e") & set(preview(screen))
        assert sum(" EN " in line for line in shown(app).splitlines()) == rows - 1

    play(app, scenario, size)


def test_a_small_screen_reads_no_rows_but_enter_opens_the_run(settings: Settings) -> None:
    service = scripted()
    app = scripted_app(settings, service)
    asked: list[str] = []
    service.first_records = lambda run, *_, **__: asked.append(run) or []

    async def scenario(pilot: Pilot[None]) -> None:
        screen = await open_history(pilot, app)
        assert not screen.query_one("#history-preview").display
        await pilot.press("down")
        await pilot.resize_terminal(104, 30)
        await until(pilot, lambda: asked)
        assert asked == ["6"]  # not the one that was passed over
        await pilot.press("enter")
        await until(pilot, lambda: app.screen is app.main)

    play(app, scenario, (80, 24))


def test_the_screen_waits_for_no_rows(settings: Settings) -> None:
    """A run that takes long to read, or can't be, holds up no key."""
    service = scripted()
    app = scripted_app(settings, service)
    held = threading.Event()

    def first_records(run: str, *_: Any, **__: Any) -> list[dict[str, Any]]:
        assert threading.current_thread() is not threading.main_thread()
        if run == "7":
            held.wait(20)
            return [{"name": "too late"}]
        raise KeepError("Page 3 of run 6 is damaged.")

    service.first_records = first_records

    async def scenario(pilot: Pilot[None]) -> None:
        screen = await open_history(pilot, app)
        await until(pilot, lambda: any(one.name == "iucn-tui job" for one in threading.enumerate()))
        await pilot.press("down")
        await until(pilot, lambda: "Page 3 of run 6 is damaged." in preview(screen))
        held.set()
        await pilot.pause()
        assert "too late" not in preview(screen)

    play(app, scenario)
