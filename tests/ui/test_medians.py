"""The requests of a comparison that has ended: its median runs on one scale, and all the others."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from textual.pilot import Pilot

from tests.support.on_screen import lines
from tests.support.screens import (
    ScriptedService,
    comparison_script,
    play,
    scripted_app,
    timed_run,
    until,
    until_done,
)
from tui_app.compare.comparison import Comparison
from tui_app.compare.statistics import summarise
from tui_app.settings import Settings
from tui_app.ui.app import RedListApp
from tui_app.ui.model import Model
from tui_app.ui.requests.medians import Lane, MedianHeading, MedianLine, median_lines
from tui_app.ui.requests.panel import RequestsPanel
from tui_app.ui.requests.waterfall import Waterfall
from tui_app.ui.runview import RequestRow

METHODS = ("sequential", "threads", "asyncio")
SIZES = [(80, 24), (104, 30), (120, 40), (200, 60)]


def compared(settings: Settings, *, concluded: bool = True) -> Model:
    """A model of all the runs of a scripted comparison."""
    model = Model("compare", METHODS)
    timed = []
    for start, events in comparison_script(settings):
        model.open(start)
        for event in events:
            model.take(event)
        timed.append(timed_run(start, events))
        model.close(timed[-1])
    rows = summarise(timed, METHODS)
    if concluded:
        model.conclude(Comparison(settings={}, runs=tuple(timed), summary=tuple(rows)))
    return model


def lanes_of(found: list[MedianLine], method: str) -> list[Lane]:
    return [one for one in found if isinstance(one, Lane) and one.run.method == method]


@pytest.mark.parametrize("room", [1, 6, 11, 14, 30])
def test_each_method_has_a_heading_and_as_many_lanes_as_there_is_room_for(
    settings: Settings, room: int
) -> None:
    found = median_lines(compared(settings), room)
    headings = [one for one in found if isinstance(one, MedianHeading)]
    assert [one.run.method for one in headings] == list(METHODS)
    assert {one.run.pages for one in headings} == {10}
    assert len(found) == min(max(6, room), 3 + 1 + 8 + 8)
    for heading in headings:
        shown = lanes_of(found, heading.run.method)
        assert (heading.shown, heading.lanes) == (
            len(shown),
            1 if heading.run.method == "sequential" else 8,
        )
        assert ("lanes" in heading.words) == (heading.shown < heading.lanes)
        ends = [row.end_by(0.0) for lane in shown for row in lane.rows]
        assert max(ends) == max(row.end_by(0.0) for row in heading.run.rows)


def test_there_are_none_before_the_end_or_where_nothing_was_timed(settings: Settings) -> None:
    assert median_lines(compared(settings, concluded=False), 20) == []
    model = compared(settings)
    model.comparison = Comparison(settings={}, runs=(), summary=())
    assert median_lines(model, 20) == []


def test_it_is_the_median_of_repeated_runs(settings: Settings) -> None:
    """Not the last one: that may be the slowest, or a warm-up."""
    model = compared(settings)
    timed = [run for run in model.timed if run.pages == 10]
    found = []
    for run in timed:
        found += [replace(run, seconds=9.0, run="gone"), run, replace(run, seconds=0.01, run="x")]
    rows = summarise(found, METHODS)
    model.comparison = Comparison(settings={}, runs=tuple(found), summary=tuple(rows))
    headings = [one for one in median_lines(model, 20) if isinstance(one, MedianHeading)]
    assert [one.run.run for one in headings] == [run.run for run in timed]
    assert {one.words.partition(" · 7")[0] for one in headings[:1]} == {
        "10 pages · median of 3 runs"
    }


def drawn(app: RedListApp) -> list[str]:
    return lines(app, "#waterfall").splitlines()


def ends(rows: list[str]) -> dict[str, int]:
    """Where the longest bar of each method ends, in cells."""
    found: dict[str, int] = {}
    method = ""
    for row in rows:
        heading = re.match(r"[●▲■] (\w+) · 10 pages .*─ (\d.\d\d) s · ideal (\d.\d\d) s", row)
        if heading:
            method = heading[1]
        elif row.startswith("lane "):
            bar = re.match(r"lane +\d+ +([═━╺█▓ ]+?) +\d+ request", row)
            assert bar is not None, row
            found[method] = max(found.get(method, 0), len(bar[1]))
    return found


@pytest.mark.parametrize("size", SIZES)
def test_after_a_comparison_the_methods_are_above_each_other_on_one_scale(
    settings: Settings, size: tuple[int, int]
) -> None:
    """Else only the last run is seen, and no difference."""
    app = scripted_app(settings, ScriptedService())

    async def scenario(pilot: Pilot[None]) -> None:
        await pilot.press("f5")
        await until_done(pilot, app)
        await until(pilot, lambda: "lane 1" in "\n".join(drawn(app)))
        found = ends(drawn(app))
        assert list(found) == list(METHODS)
        assert found["threads"] == found["asyncio"]
        assert found["sequential"] / found["threads"] == pytest.approx(2.95 / 0.61, rel=0.2)
        assert "median runs at 10 pages" in str(app.main.query_one(RequestsPanel).border_subtitle)
        assert sum("╷0 s" in row for row in drawn(app)) == 1
        await pilot.press("end")
        await until(pilot, lambda: "run 12 of 12" in "\n".join(drawn(app)) or size[1] > 50)
        assert app.main.query_one(RequestsPanel).border_subtitle == ""
        await pilot.press("home")
        await until(pilot, lambda: "lane 1" in "\n".join(drawn(app)))

    play(app, scenario, size)


def test_all_requests_are_reached_with_the_arrow_keys(settings: Settings) -> None:
    app = scripted_app(settings, ScriptedService())

    async def scenario(pilot: Pilot[None]) -> None:
        await pilot.press("f5")
        await until_done(pilot, app)
        waterfall = app.main.query_one(Waterfall)
        await until(pilot, lambda: waterfall.shows_medians)
        details = app.main.query_one("#request-details")
        await pilot.press("down")
        await until(pilot, lambda: details.display and details.size.height > 1)
        await pilot.pause()
        seen: list[RequestRow] = []
        for _ in range(200):
            if waterfall.request is not None:
                seen.append(waterfall.request)
                assert f"{waterfall.request.short_label} ·" in str(details.render())
            waterfall.action_cursor(1)
        assert [row.number for row in seen[:10]] == list(range(10))
        model = app.main.job.model  # type: ignore[union-attr]
        assert {id(row) for row in seen} == {id(row) for run in model.runs for row in run.rows}
        back = []
        for _ in range(200):
            waterfall.action_cursor(-1)
            back.append(waterfall.request)
        assert back[-1] is None, "the first line is a heading"
        assert seen[0] in back

    play(app, scenario, (80, 24))


def test_the_request_of_a_lane_is_looked_at_by_mouse(settings: Settings) -> None:
    app = scripted_app(settings, ScriptedService())

    async def scenario(pilot: Pilot[None]) -> None:
        await pilot.press("f5")
        await until_done(pilot, app)
        waterfall = app.main.query_one(Waterfall)
        await until(pilot, lambda: "lane 1" in "\n".join(drawn(app)))
        row = drawn(app)[2]
        second = row.index("╺")
        await pilot.hover(Waterfall, offset=(second, 2))
        await until(pilot, lambda: waterfall.hovered == 1)
        assert waterfall.request is not None
        assert waterfall.request.short_label == "page 2"
        await pilot.hover(Waterfall, offset=(second - 1, 2))
        await until(pilot, lambda: waterfall.hovered_part == 0)
        assert waterfall.request.short_label == "page 1"
        await pilot.click(Waterfall, offset=(second, 2))
        await until(pilot, lambda: (waterfall.cursor, waterfall.part) == (1, 1))
        await pilot.click(Waterfall, offset=(second, 2))
        await until(pilot, lambda: waterfall.cursor is None)

    play(app, scenario, (80, 24))


def test_what_is_looked_at_stays_where_it_is_when_a_comparison_ends_and_at_other_sizes(
    settings: Settings,
) -> None:
    """Else a user who reads one request has another one under the eyes."""
    app = scripted_app(settings, ScriptedService())

    async def scenario(pilot: Pilot[None]) -> None:
        await pilot.press("f5")
        await until_done(pilot, app)
        waterfall = app.main.query_one(Waterfall)
        model = app.main.job.model  # type: ignore[union-attr]
        comparison, model.comparison = model.comparison, None
        waterfall.show(model, 0.0)
        waterfall.cursor, waterfall.follow = 40, False
        request = waterfall.request
        assert request is not None
        model.comparison = comparison
        waterfall.show(model, 0.0)
        assert waterfall.request is request
        await pilot.resize_terminal(80, 24)
        await pilot.pause()
        assert waterfall.request is request

    play(app, scenario, (120, 40))
