"""Why it came out like that, in the chart panel: words, tables, at any width."""

from __future__ import annotations

from dataclasses import replace

import pytest
from textual.pilot import Pilot

from tests.support.screens import ScriptedService, play, scripted_app, until, until_done
from tui_app.compare.comparison import Comparison
from tui_app.compare.statistics import Latency, TimedRun, summarise
from tui_app.runs import TimedStart
from tui_app.settings import Settings
from tui_app.ui.chart.panel import ChartPanel
from tui_app.ui.chart.texts import explanation, speed_up_text
from tui_app.ui.model import Model

METHODS = ("sequential", "threads", "asyncio")


def timed(method: str, seconds: float, limit: str, **more: object) -> TimedRun:
    terms = {"latency": 3.2 if method == "sequential" else 0.5, "cpu": 0.02, limit: seconds - 0.01}
    run = TimedRun(
        *(method, 10, 1, 1, seconds, seconds - 0.01, 10, 0, Latency(p50=300.0), f"r-{method}"),
        in_flight=1 if method == "sequential" else 8,
        bytes=460_000,
        limit=limit,
        terms=terms,
        cpu_seconds=0.02,
    )
    return replace(run, **more)


def outcome_of(*runs: TimedRun, **settings: object) -> Comparison:
    return Comparison(dict(settings), runs, tuple(summarise(runs, METHODS)))


LINKED = outcome_of(
    timed("sequential", 4.8, "latency"),
    timed("threads", 2.2, "link"),
    timed("asyncio", 2.2, "link"),
    screen=0.013,
)


@pytest.mark.parametrize("width", [30, 78, 108, 200])
def test_the_words_fit_and_the_longest_term_is_marked(width: int) -> None:
    """Else a learner on a small terminal reads half of it."""
    said = explanation(LINKED, width).plain
    lines = said.splitlines()
    words = [line for line in lines if "◂" not in line and "lower bound" not in line]
    assert all(len(line) <= max(width, 20) for line in words if ". " in line)
    assert said.replace("\n", " ").startswith("At 10 pages, threads and asyncio were 2.2× faster")
    assert "The link sets the time of threads and asyncio" in said.replace("\n", " ")
    assert said.count("◂") == 3 + 1  # one a method, and what it means
    assert "used 1.3% of a processor" in said.replace("\n", " ")


def test_a_term_that_nobody_has_has_no_column() -> None:
    said = explanation(outcome_of(timed("sequential", 3.2, "latency")), 100).plain
    assert "latency" in said
    assert "link" not in said
    assert "pace" not in said
    assert (
        "pace"
        in explanation(outcome_of(timed("threads", 3.2, "pace", pace_wait_seconds=2.0)), 100).plain
    )


FLAKY = outcome_of(
    timed("sequential", 62.9, "latency", retry_seconds=60.0, pace_wait_seconds=0.1),
    timed("threads", 0.6, "latency"),
)


def test_retries_that_set_the_time_are_seen_in_table_and_beside_the_chart() -> None:
    """A minute of a stuck response stood nowhere, above a time of a minute."""
    said = explanation(FLAKY, 100).plain
    assert "set the time: 60.0 s of 62.9 s by sequential" in said
    (row,) = [line for line in said.splitlines() if line.startswith("● sequential")]
    heading = next(line for line in said.splitlines() if " retries " in line)
    end = heading.index(" retries ") + len(" retries")
    assert row[:end].split()[-1] == "60.0"
    assert "retries ● · latency ▲" in speed_up_text(FLAKY.summary, METHODS).plain


def test_the_table_is_never_wider_than_the_screen() -> None:
    """Nor has it a heading above nothing."""
    without = timed("sequential", 3.2, "")
    found = explanation(outcome_of(replace(without, terms={})), 62).plain
    assert "lower bound" not in found
    for width in range(60, 120):
        for outcome in (LINKED, FLAKY, outcome_of(timed("sequential", 3.2, "latency"))):
            assert max(map(len, explanation(outcome, width).plain.splitlines())) <= width


def test_beside_the_chart_stands_what_sets_the_time() -> None:
    said = speed_up_text(LINKED.summary, METHODS).plain
    assert "latency ● · link ▲ ■" in said
    plain = [replace(run, limit="") for run in LINKED.runs]
    assert "set the time" not in speed_up_text(summarise(plain, METHODS), METHODS).plain


def test_the_model_takes_the_ideals_of_the_end() -> None:
    """While it goes on, a run's ideal is by its own latencies, which may be stretched."""
    model = Model("compare", METHODS)
    for run in LINKED.runs:
        model.open(TimedStart(run.run, run.method, 10, 1, 1, 3))
    model.conclude(LINKED)
    assert [run.ideal_s for run in model.runs] == [run.ideal_seconds for run in LINKED.runs]
    assert model.timed == list(LINKED.runs)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
def test_it_is_there_when_a_comparison_has_ended(settings: Settings, size: tuple[int, int]) -> None:
    app = scripted_app(settings, ScriptedService())

    async def scenario(pilot: Pilot[None]) -> None:
        await pilot.press("f5")
        await until_done(pilot, app)
        await pilot.press("2", "left_square_bracket")
        panel = app.main.query_one(ChartPanel)
        await until(pilot, lambda: panel.chart == "why" and not panel.has_class("-empty"))
        said = str(panel.query_one("#chart-text").render())
        assert "× faster than sequential" in said.replace("\n", " ")
        scroll = panel.query_one("#chart-scroll")
        await until(pilot, lambda: scroll.size.height > 3)
        assert panel.written_as == "-report.html"
        assert "export a report" in str(panel.border_subtitle)
        await pilot.press("down", "down")
        await until(pilot, lambda: scroll.scroll_y == min(2, scroll.max_scroll_y))
        page, last = scroll.size.height - 1, scroll.max_scroll_y
        await pilot.press("pagedown")
        await until(pilot, lambda: scroll.scroll_y == min(2 + page, last))
        await pilot.press("pageup", "pageup")
        await until(pilot, lambda: scroll.scroll_y == max(0, min(2 + page, last) - 2 * page))

    play(app, scenario, size)
