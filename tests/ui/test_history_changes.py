"""History: names, notes, deleting and taking back, runs against each other."""

from __future__ import annotations

from dataclasses import replace

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, Static

from tests.support.past_runs import listed, open_history, shown, told
from tests.support.screens import ScriptedService, kept_run, play, scripted_app, until
from tui_app.redlist import make_query
from tui_app.runs import Service
from tui_app.settings import Settings
from tui_app.ui.app import RedListApp
from tui_app.ui.history.against import AgainstScreen, doubts_of, draw
from tui_app.ui.history.changes import ChangesScreen
from tui_app.ui.history.screen import HistoryScreen
from tui_app.ui.history.table import RunsTable
from tui_app.ui.text import NOTHING

pytestmark = pytest.mark.xdist_group("screen")


def scripted() -> ScriptedService:
    service = ScriptedService()
    service.kept = [kept_run(3, method="threads"), kept_run(2), kept_run(1, "stopped")]
    return service


async def write(pilot: Pilot[None], app: RedListApp, key: str, words: str) -> None:
    history = app.screen
    await pilot.press(key)
    await until(pilot, lambda: app.screen is not history)
    app.screen.query_one("#line", Input).value = words
    await pilot.press("enter")
    await until(pilot, lambda: app.screen is history)


def test_a_run_gets_a_name_and_a_note(settings: Settings) -> None:
    """Else a month later nobody knows which of forty runs it was."""
    app = scripted_app(settings, scripted())

    async def scenario(pilot: Pilot[None]) -> None:
        screen = await open_history(pilot, app)
        await write(pilot, app, "n", "before the fix")
        await until(pilot, lambda: listed(screen)[0].name == "before the fix")
        await write(pilot, app, "t", "with the slow link")
        await until(pilot, lambda: "with the slow link" in shown(app))
        assert "before the fix" in shown(app)
        await pilot.press("n")
        await pilot.pause()
        assert app.screen.query_one("#line", Input).value == "before the fix"
        await pilot.press("escape")
        await write(pilot, app, "n", "")
        await until(pilot, lambda: listed(screen)[0].name == "")

    play(app, scenario, (80, 24))


def test_what_is_deleted_comes_back_also_after_history_was_left(settings: Settings) -> None:
    """Else one key too many is a day's fetch."""
    app = scripted_app(settings, scripted())

    async def scenario(pilot: Pilot[None]) -> None:
        screen = await open_history(pilot, app)
        await pilot.press("z")
        assert "Nothing was deleted" in told(app)
        for run in ("3", "2"):
            await pilot.press("d")
            await until(pilot, lambda run=run: all(row.run != run for row in listed(screen)))
        assert "Run 2 deleted. z: undo." in told(app)
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is app.main)
        screen = await open_history(pilot, app)
        assert [row.run for row in listed(screen)] == ["1"]
        for runs in (["2", "1"], ["3", "2", "1"]):
            await pilot.press("z")
            await until(pilot, lambda runs=runs: [row.run for row in listed(screen)] == runs)

    play(app, scenario)


def test_a_store_that_cannot_be_changed_is_told(settings: Settings) -> None:
    class Full(ScriptedService):
        def delete(self, run_id: str) -> None:
            raise OSError("no space is left on the device")

    service = Full()
    service.kept = [kept_run(1)]
    app = scripted_app(settings, service)

    async def scenario(pilot: Pilot[None]) -> None:
        screen = await open_history(pilot, app)
        await pilot.press("d")
        await until(pilot, lambda: "no space" in told(app))
        assert [row.run for row in listed(screen)] == ["1"]
        await pilot.press("z")
        assert "Nothing was deleted" in told(app)

    play(app, scenario)


@pytest.mark.parametrize("comparison", [None, 1])
@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
def test_marked_runs_stand_against_each_other(
    settings: Settings, size: tuple[int, int], comparison: int | None
) -> None:
    """Those of comparisons at once, two fetches after what changed between them."""
    service = scripted()
    figures = {"seconds": 4.0, "ideal_seconds": 3.0, "latency_ms": {"p50": 240.0, "p95": 380.0}}
    service.kept = [
        replace(row, summary={**figures, "seconds": 4.0 * float(row.run)}) for row in service.kept
    ]
    service.kept[-1] = replace(service.kept[-1], comparison=comparison)
    app = scripted_app(settings, service)

    async def scenario(pilot: Pilot[None]) -> None:
        screen = await open_history(pilot, app)
        await pilot.press("a")  # those of comparisons as well
        await until(pilot, lambda: len(listed(screen)) == 3)
        await pilot.press("c")
        assert "Mark at least two runs" in told(app)
        await pilot.press("space", "space", "up", "space", "space")
        assert screen.query_one(RunsTable).marked == ["3", "1"]
        assert shown(app).count("◆") == 2
        await pilot.press("c")
        if comparison is None:
            await until(pilot, lambda: isinstance(app.screen, ChangesScreen))
            await pilot.press("t")
        await until(pilot, lambda: isinstance(app.screen, AgainstScreen))
        await until(pilot, lambda: "━" in shown(app))
        text = str(app.screen.query_one("#against", Static).visual)
        bars = {line[2]: line.count("━") for line in text.splitlines() if "━" in line}
        assert bars["3"] > bars["1"] > 0
        assert "240" in text
        assert "not timed in one comparison" in text
        room = app.screen.query_one("#against", Static).size.width
        assert max(map(len, text.splitlines())) <= room
        await pilot.press("escape", *(() if comparison else ("escape",)))
        await until(pilot, lambda: isinstance(app.screen, HistoryScreen))

    play(app, scenario, size)


def test_what_speaks_against_a_comparison_is_said() -> None:
    """Else the pace of one run passes for the method of the other."""
    one = kept_run(1, comparison=1, settings={"rate": None, "in_flight": 8, "demo_profile": "fast"})
    assert doubts_of([one, replace(one, run="2")]) == []
    other = replace(
        one,
        run="2",
        label="countries/MG",
        pages=7,
        base_url="http://127.0.0.1:2",
        settings={"rate": 2.0, "demo_profile": "iucn"},
        summary={"reused": 3},
    )
    assert doubts_of([one, other]) == [
        "They used different servers.",
        "They fetched different things.",
        "They saved different numbers of pages.",
        "They had different rate limits.",
        "They used different demo profiles.",
        "Run 2 used 3 cached pages.",
    ]
    stopped = kept_run(3, "killed", summary={})
    assert "Run 3 ended incomplete." in doubts_of([stopped, one])
    assert NOTHING in str(draw([stopped, one], 60))


def test_the_real_store_keeps_them(settings: Settings) -> None:
    """Through the service, as the command line shows it."""
    service = Service(settings)
    query = make_query(["red_list_categories/CR"])
    for _ in range(2):
        service.fetch(query, replace(settings, pages=1))
    service.rename("1", "a\nname\x1b[31m" + "x" * 100)
    service.annotate("1", " said ")
    row = service.run("1")
    assert row.name.startswith("a name")
    assert len(row.name) == 80
    assert "\x1b" not in row.name
    assert row.note == "said"
    service.delete("2")
    assert service.run("last").run == "1"
    service.forget_deleted()
    service.undelete("2")
    assert service.run("last").run == "2"
    service.close()
