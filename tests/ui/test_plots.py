"""The plot of times: what is drawn into which cell, at the sizes of small terminals."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import pytest
from textual.pilot import Pilot

from tests.support.on_screen import lines
from tests.support.screens import ScriptedService, play, scripted_app, until, until_done
from tui_app.compare.statistics import Latency, SummaryRow, TimedRun, summarise
from tui_app.report.figure import LineMark, Plot, times_plot
from tui_app.settings import Settings
from tui_app.ui.chart.panel import ChartPanel
from tui_app.ui.chart.plots import Canvas, cell_scale, plot_in_cells
from tui_app.ui.theme import look_of

METHODS = ("sequential", "threads", "asyncio")
MARKERS = "●▲■"
SIZES = [(74, 12), (36, 12), (60, 22), (150, 40)]


def summary(times: float = 1.0, *, equal: bool = True, repeats: int = 1) -> list[SummaryRow]:
    """Three methods of which two took the same time, or nearly."""
    runs = []
    for pages in (1, 3, 5, 10):
        for method in METHODS:
            seconds = 0.3 * pages if method == "sequential" else 0.2 + 0.04 * pages
            seconds += 0.005 * (method == "asyncio" and not equal)
            for repeat in range(1, repeats + 1):
                took = seconds * times * (1 + 0.1 * repeat)
                ideal = seconds * times * 0.97
                runs.append(TimedRun(method, pages, repeat, 1, took, ideal, pages, 0, Latency()))
    return summarise(runs, METHODS)


def shown(plot: Plot, size: tuple[int, int]) -> list[str]:
    """The rows of the plot, without axes and figures."""
    *rows, rule, _ = plot_in_cells(plot, *size).plain.splitlines()
    assert len(rows) == size[1] - 2
    left = rule.index("└") + 1
    return [row[left:] for row in rows]


def places(rows: list[str], glyphs: str) -> list[tuple[int, int]]:
    return [(x, y) for y, row in enumerate(rows) for x, cell in enumerate(row) if cell in glyphs]


@pytest.mark.parametrize("log", [False, True])
@pytest.mark.parametrize("size", SIZES)
def test_a_line_meets_each_of_its_markers(size: tuple[int, int], log: bool) -> None:
    """Else a marker seems to be of another line, a row above its own."""
    (alone,) = times_plot(summary()[:1], log=log).lines
    for method in METHODS:
        rows = [row for row in summary() if row.method == method]
        drawn = shown(Plot(times_plot(rows).lines, x_ticks=(1.0, 10.0), log=log), size)
        found = places(drawn, MARKERS)
        assert len(found) == 4
        line = {(x, y) for y, row in enumerate(drawn) for x, cell in enumerate(row) if cell != " "}
        for x, y in found:
            around = {(x + a, y + b) for a in (-1, 0, 1) for b in (-1, 0, 1)} - {(x, y)}
            sides = {1 if a > x else -1 if a < x else 0 for a, _ in around & line}
            assert sides & {1, -1}, f"nothing reaches {method} at {x}, {y}"
    assert len(alone.points) == 1


def test_equal_series_are_both_seen_at_each_point_and_along_the_line() -> None:
    """Else one of two equal methods is missing from the picture."""
    plot = times_plot(summary())
    for size in SIZES:
        drawn = shown(plot, size)
        assert [len(places(drawn, glyph)) for glyph in MARKERS] == [4, 4, 4]
        colours = {
            str(span.style)
            for span in plot_in_cells(plot, *size).spans
            if any(one > "⠀" for one in plot_in_cells(plot, *size).plain[span.start : span.end])
        }
        assert {look_of(method).colour for method in METHODS} <= colours
    canvas = Canvas(30, 3)
    for method in ("threads", "asyncio"):
        canvas.line(method, [(0, 1), (29, 1)])
    assert {canvas.owner((column, 1)) for column in range(6)} == {"threads", "asyncio"}


@pytest.mark.parametrize("size", SIZES)
def test_the_ideal_is_seen_beside_its_line_and_in_it_and_hides_none(
    size: tuple[int, int],
) -> None:
    rows = [row for row in summary() if row.method != "sequential"]
    plot = times_plot(rows)
    drawn = shown(plot, size)
    dots = places(drawn, "·")
    assert len(dots) >= 6
    beneath = [cell for row in drawn for cell in row if "⠀" < cell <= "⣿"]
    assert len(beneath) >= len(dots)
    (point,) = times_plot(rows[:1]).lines
    single = shown(Plot((point,), x_ticks=(1.0,)), size)
    assert len(places(single, "·")) == len(places(single, MARKERS)) == 1


@pytest.mark.parametrize("log", [False, True])
@pytest.mark.parametrize("times", [0.001, 0.01, 0.24, 1.0, 7.3, 130.0])
def test_ticks_are_round_and_equally_many_rows_apart(times: float, log: bool) -> None:
    """Else the distances of an axis with ten rows are uneven, and a reader sees jumps."""
    for size in SIZES:
        *rows, _, _ = plot_in_cells(times_plot(summary(times), log=log), *size).plain.splitlines()
        ticks = [
            (y, float(found[1].replace(",", "")))
            for y, row in enumerate(rows)
            if (found := re.match(r" *([\d.,e-]+)(?: m?s| +)?┤", row))
        ]
        assert 2 <= len(ticks) <= 7, rows
        apart = {b - a for (a, _), (b, _) in pairwise(ticks)}
        assert len(apart) == 1
        values = [value for _, value in ticks]
        pairs = list(pairwise(values))
        steps = [a / b if log else a - b for a, b in pairs]
        assert all(step == pytest.approx(steps[0], rel=0.01) for step in steps)
        if log:
            assert round(steps[0]) in (2, 10)
        else:
            assert values[-1] == 0
            assert f"{steps[0]:.0e}"[0] in "125"


def test_the_axes_say_their_units() -> None:
    for rows, unit in ((summary(), "s"), (summary(0.1), "ms")):
        plot = times_plot(rows)
        *drawn, _, figures = plot_in_cells(plot, 74, 12).plain.splitlines()
        assert sum(f" {unit}┤" in row for row in drawn) == 1
        assert figures.rstrip().endswith("10 pages")
        assert plot.y_unit == unit
    staircase = Plot((LineMark("threads", ((2.0, 9.0),), steps=((0, 0), (2, 0), (2, 9))),))
    assert len(shown(staircase, (40, 12))) == 10


def test_figures_of_an_axis_never_run_into_each_other() -> None:
    counts = (1, 2, 3, 4, 5, 8, 10, 100, 250, 251)
    for width in (24, 36, 60, 150):
        *_, rule, figures = plot_in_cells(
            times_plot(summary(), counts), width, 12
        ).plain.splitlines()
        assert len(figures) <= width
        assert set(map(int, re.findall(r"\d+", figures))) <= set(counts)
        assert figures.rstrip().endswith("251 pages")
        assert rule.count("┬") == len(re.findall(r"\d+", figures))


def test_a_range_of_repeated_runs_is_drawn_beside_the_median() -> None:
    once, thrice = (shown(times_plot(summary(repeats=n)), (74, 22)) for n in (1, 3))
    assert len(places(thrice, "⡇⢸⠇⡏⡆⠃")) > len(places(once, "⡇⢸⠇⡏⡆⠃"))


@pytest.mark.parametrize("top", [1e-9, 0.3, 1.0, 9.99, 1e6])
def test_the_highest_figure_is_within_the_plot_and_uses_most_of_it(top: float) -> None:
    for cells in (3, 8, 11, 30):
        scale = cell_scale(top, cells, 6)
        assert cells * 0.4 - 1 <= scale.at(top) < cells - 0.5
        logarithmic = cell_scale(top, cells, 6, low=top / 1e5)
        assert -0.5 <= logarithmic.at(top / 1e5) < logarithmic.at(top) < cells - 0.5


def test_nothing_and_what_is_no_number_can_be_drawn() -> None:
    for plot in (
        Plot((LineMark("asyncio", ((3, 0.0),)),)),
        Plot((LineMark("asyncio", ((3, float("nan")), (4, 1.0))),), x_ticks=(3, 4)),
        Plot((LineMark("asyncio", ((1, 0.0), (2, 0.0))),), x_ticks=(1, 2), log=True),
    ):
        for size in ((1, 1), (10, 4), (74, 12)):
            assert plot_in_cells(plot, *size).plain


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
def test_a_key_changes_to_log_scales_in_title_plot_and_export(
    settings: Settings, tmp_path: Path, size: tuple[int, int]
) -> None:
    app = scripted_app(settings, ScriptedService())

    async def scenario(pilot: Pilot[None]) -> None:
        await pilot.press("f5")
        await until_done(pilot, app)
        await pilot.press("2")
        panel = app.main.query_one(ChartPanel)
        await until(pilot, lambda: app.focused is panel)
        await until(pilot, lambda: "3 s┤" in lines(app, "#plot"))
        rows = sum("┤" in row or "│" in row for row in lines(app, "#plot").splitlines())
        assert rows >= 10
        assert panel.border_title == "Chart: Time (s) by pages (· ideal)"
        linear = panel.figure(0.0)
        await pilot.press("l")
        await until(pilot, lambda: "0.5  ┤" in lines(app, "#plot"))
        assert panel.border_title == "Chart: Time (s) by pages, log scales (· ideal)"
        figure = panel.figure(0.0)
        assert figure is not None
        assert linear is not None
        assert (linear.plots[0].log, figure.plots[0].log) == (False, True)
        assert figure.title == "Time (s) by pages, log scales"
        await pilot.press("right_square_bracket", "l")
        await until(pilot, lambda: panel.chart == "times" and "3 s┤" in lines(app, "#plot"))

    play(app, scenario, size)
