"""The charts: their numbers by hand, and that each can be seen."""

from __future__ import annotations

from math import nan
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, Static

from tests.support.live_models import model_of, request
from tests.support.on_screen import choose_fetch
from tests.support.screens import ScriptedService, play, run_events, scripted_app, until, until_done
from tui_app.compare.statistics import Latency
from tui_app.fetch import Event, State
from tui_app.report.figure import time_marks
from tui_app.runs import TimedRun
from tui_app.settings import Settings
from tui_app.ui.app import RedListApp
from tui_app.ui.chart.panel import ALL_CHARTS, DRAWN, OF_A_FETCH, WHY_LATER, ChartPanel
from tui_app.ui.chart.series import (
    STEPS,
    figure_of,
    histogram,
    staircase,
    summary_rows,
)
from tui_app.ui.chart.texts import in_flight_text, latency_text
from tui_app.ui.dialogs.export import ExportDialog
from tui_app.ui.model import Model
from tui_app.ui.runview import RunView, lanes


def timed(method: str, pages: int, seconds: float) -> TimedRun:
    return TimedRun(method, pages, 1, 1, seconds, seconds * 0.9, pages, 0, Latency())


def run_of(*requests: list[Event]) -> RunView:
    model = model_of(*requests)
    run = model.runs[0]
    end = max(event.at for events in requests for event in events)
    model.take(Event("7", State.ENDED, end))
    return run


def test_throughput_is_the_slope_of_what_is_completed() -> None:
    """Rates in pieces of time were spikes and zeros on a short run."""
    run = run_of(*(request(n, n * 0.5, n * 0.5 + 0.5) for n in range(3)))
    corners = [(0, 0), (0.5, 0), (0.5, 1), (1, 1), (1, 2), (1.5, 2), (1.5, 3)]
    assert staircase(run, 9.0) == tuple(corners)
    assert staircase(model_of().runs[0], 9.0) == ()
    going_on = model_of(request(1, 0.0, 2.0)).runs[0]
    assert staircase(going_on, 9.0)[-1] == (pytest.approx(going_on.elapsed_s(9.0)), 1)


def test_many_requests_share_steps() -> None:
    run = run_of(*(request(n, n * 0.01, n * 0.01 + 0.5) for n in range(1_001)))
    corners = staircase(run, 99.0)
    assert len(corners) <= 2 * STEPS + 1
    assert corners[-1] == (pytest.approx(10.5), 1_001)
    assert list(corners) == sorted(corners)


def test_lanes_are_as_many_as_were_in_flight() -> None:
    run = run_of(request(1, 0.0, 1.0), request(2, 0.0, 0.4), request(3, 0.5, 1.5))
    found = [[row.number for row in lane] for lane in lanes(run, 9.0)]
    assert found == [[1], [2, 3]]
    said = str(in_flight_text([run], 9.0, 60, 10))
    assert "up to 2 requests in flight, mean 1.6" in said
    assert len(said.splitlines()) == 4
    assert max(map(len, said.splitlines())) <= 60


def test_many_lanes_are_cut_and_told() -> None:
    run = run_of(*(request(n, 0.0, 1.0) for n in range(30)))
    said = str(in_flight_text([run], 9.0, 60, 10)).splitlines()
    assert len(said) <= 10
    assert "… and 23 more in flight" in said[-2]


def test_runs_of_several_methods_are_in_flight_on_one_scale() -> None:
    """Else a comparison shows one method alone, and the others' figures are of another scale."""
    runs = []
    for method, end in (("sequential", 4.0), ("threads", 1.0), ("asyncio", 1.0)):
        run = run_of(request(1, 0.0, end), *(request(n, 0.0, end / 2) for n in range(2, 9)))
        run.method = method
        runs.append(run)
    for height in (8, 12, 40):
        shown = str(in_flight_text(runs, 9.0, 60, height)).splitlines()
        assert len(shown) <= max(height, 10)
        assert [line.split()[1] for line in shown if "mean" in line] == [
            *("sequential:", "threads:", "asyncio:")
        ]
        first = [len(line.split()[1]) for line in shown if line.startswith("  1 ")]
        assert first[0] == pytest.approx(4 * first[1], abs=1)
        assert first[1] == first[2]


def test_a_histogram_says_what_its_columns_count() -> None:
    run = RunView("1", "threads")
    run.latencies_ms = [100.0] * 30 + [200.0]
    top, *_, words, axis = str(latency_text([run], 60, 8)).splitlines()
    assert top.startswith("▲ threads       30┤█")
    assert "31 responses: p50 100, p95 100, max 200 ms" in words
    assert axis.strip().startswith("╵100 ms")


def test_a_histogram_has_round_classes_and_loses_no_answer() -> None:
    found = histogram({"a": [100.0, 105.0, 290.0], "b": [300.0, nan]}, 20)
    assert [(one.method, one.low, one.width) for one in found] == [("a", 100, 20), ("b", 100, 20)]
    assert [sum(one.counts) for one in found] == [3, 1]
    assert found[0].counts[0] == 2
    assert histogram({"a": []}, 20) == []
    (alone,) = histogram({"a": [5.0]}, 20)
    assert sum(alone.counts) == 1


@pytest.mark.parametrize(("width", "height"), [(60, 18), (120, 12), (40, 6)])
def test_latencies_fit_into_the_room_there_is(width: int, height: int) -> None:
    runs = []
    for number, method in enumerate(("sequential", "threads", "asyncio")):
        run = RunView(str(number), method)
        run.latencies_ms = [100.0 + 7 * one for one in range(40)]
        runs.append(run)
    said = str(latency_text(runs, width, height)).splitlines()
    assert max(map(len, said)) <= max(width, 62)
    assert sum("40 responses: p50" in line for line in said) == 3
    nothing = str(latency_text([RunView("1", "asyncio")], width, height))
    assert nothing == "The chart appears as responses arrive."


def test_ideals_and_spreads_are_by_pages() -> None:
    runs = [timed("asyncio", 1, 1.0), timed("asyncio", 1, 3.0), timed("asyncio", 5, 2.0)]
    (line,) = time_marks(summary_rows(Model("compare", ("asyncio",), timed=runs)))
    assert line.spread == ((1, 1.0, 3.0),)
    assert [pages for pages, _ in line.ideal] == [1, 5]
    assert figure_of(Model("compare", ("asyncio",)), "times", "") is None


def test_each_chart_of_a_fetch_is_reached_by_key_mouse_and_palette(settings: Settings) -> None:
    app = scripted_app(settings, ScriptedService(run_events("7", 30, 8)))

    async def scenario(pilot: Pilot[None]) -> None:
        await choose_fetch(pilot, app)
        await pilot.press("f5")
        await until_done(pilot, app)
        await pilot.press("2")
        panel = app.main.query_one(ChartPanel)
        await until(pilot, lambda: app.focused is panel)
        assert panel.chart == "throughput"
        await until(pilot, lambda: panel.query_one("#plot").size.height > 5)
        await pilot.press("right_square_bracket")
        await until(pilot, lambda: "responses: p50" in shown(app))
        await pilot.press("right")
        await until(pilot, lambda: "requests in flight, mean" in shown(app))
        await pilot.press("right")
        await until(pilot, lambda: panel.chart == "categories" and panel.has_class("-empty"))
        for chart, words in (("why", WHY_LATER), ("times", OF_A_FETCH)):
            app.main.show_chart(chart)
            await until(
                pilot, lambda w=words: w in str(app.main.query_one("#chart-empty").render())
            )
        (name,) = (one for one in panel.query(".chart-name") if one.name == "latency")
        await pilot.click(name)
        await until(pilot, lambda: panel.chart == "latency" and not panel.has_class("-empty"))
        app.main.show_chart("in flight")
        await until(pilot, lambda: "requests in flight, mean" in shown(app))
        commands = [one.title for one in app.get_system_commands(app.screen)]
        assert {f"Chart: {one}" for one in ALL_CHARTS} <= set(commands)

    play(app, scenario, (80, 24))


def shown(app: RedListApp) -> str:
    return str(app.main.query_one("#chart-text").render())


@pytest.mark.parametrize("chart", DRAWN)
def test_each_chart_is_written_with_its_data(
    chart: str, settings: Settings, tmp_path: Path
) -> None:
    """Else a figure for a talk is a photograph of a terminal."""
    app = scripted_app(settings, ScriptedService())
    name = chart.replace(" ", "-")

    def said() -> str:
        return str(app.screen.query_one("#export-result", Static).visual)

    async def scenario(pilot: Pilot[None]) -> None:
        await pilot.press("f5")
        await until_done(pilot, app)
        app.main.show_chart(chart)
        await until(pilot, lambda: app.main.query_one(ChartPanel).has_focus)
        await pilot.press("ctrl+e")
        await until(pilot, lambda: isinstance(app.screen, ExportDialog))
        path = app.screen.query_one("#path", Input)
        assert path.value == f"demo-red_list_categories-CR-{name}.svg"
        await pilot.press("enter")
        await until(pilot, lambda: "✓" in said())
        path.value = "nothing-of-this-kind.gif"
        await pilot.press("enter")
        await until(pilot, lambda: "✗" in said())

    play(app, scenario)
    svg = Path(f"demo-red_list_categories-CR-{name}.svg").read_text()
    assert "synthetic data (fast)" in svg
    for method in ("sequential", "threads", "asyncio"):
        assert method in svg
    data = Path(f"demo-red_list_categories-CR-{name}-data.csv").read_text().splitlines()
    # 12 runs; those of ten pages have ten requests each.
    rows = {"times": 12, "latency": 30, "in flight": 30}
    assert data[0].startswith("method,")
    assert len(data) - 1 == rows.get(chart, len(data) - 1) > 3


def test_a_chart_that_is_due_while_the_application_closes(settings: Settings) -> None:
    """Else it ends with a traceback and exit code 1 when a signal comes at that moment."""
    app = scripted_app(settings, ScriptedService())

    async def scenario(pilot: Pilot[None]) -> None:
        chart = app.main.query_one(ChartPanel)
        assert not chart.query("#plot")
        app.exit(return_code=130)
        chart.show(model_of(request(1, 0.0, 2.0)), (1,), 2.0, first="throughput")

    play(app, scenario)
    assert app.return_code == 130


def test_the_title_says_what_is_compared_before_a_run_has_ended(settings: Settings) -> None:
    app = scripted_app(settings, ScriptedService())

    async def scenario(pilot: Pilot[None]) -> None:
        chart = app.main.query_one(ChartPanel)
        chart.show(Model(kind="compare", methods=("asyncio",)), (1, 4), in_flight=True)
        assert "by requests in flight" in str(chart.border_title)
        chart.show(Model(kind="compare", methods=("asyncio",)), (1, 4))
        assert "by pages" in str(chart.border_title)

    play(app, scenario)
