"""The application on the real service and demo server: what a person does with it."""

from __future__ import annotations

import csv
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, Select
from textual.worker import WorkerFailed

from tests.support.methods import EVERY_METHOD
from tests.support.on_screen import choose_fetch, lines, said
from tests.support.screens import play, until, until_done
from tests.support.seconds import decimals_of
from tui_app.compare.explanation import comparison_sentence
from tui_app.settings import Settings
from tui_app.ui.app import RedListApp
from tui_app.ui.chart.panel import ChartPanel
from tui_app.ui.dialogs.export import ExportDialog
from tui_app.ui.dialogs.prompts import CreateFolder
from tui_app.ui.fields import Choice, Tick
from tui_app.ui.model import JobStatus
from tui_app.ui.records.table import RecordsTable

# One worker: these share the machine's two cores with a demo server each.
pytestmark = pytest.mark.xdist_group("screen")


def test_f5_compares_the_chart_gets_its_points_and_the_records_appear(settings: Settings) -> None:
    app = RedListApp(settings)

    async def scenario(pilot: Pilot[None]) -> None:
        await pilot.press("f5")
        await until_done(pilot, app)
        assert app.main.job is not None
        model = app.main.job.model
        assert model.status is JobStatus.DONE
        assert len(model.timed) == 12
        assert "At 10 pages" in said(app)
        await pilot.press("2")
        await pilot.pause()
        plot = app.main.query_one(ChartPanel).query_one("#plot")
        assert any(marker in lines(app, "#plot") for marker in "●▲■")
        assert plot.size.height > 5
        assert "at 10 pages" in str(app.main.query_one("#speedups").render())
        await pilot.press("3")
        await until(pilot, lambda: "category  year" in lines(app, "#records-table"))
        assert "1,000 records" in str(app.main.query_one("#records").border_subtitle)

    play(app, scenario, (80, 24))


def test_a_comparison_over_requests_in_flight_is_drawn_over_them(settings: Settings) -> None:
    app = RedListApp(replace(settings, page_counts=(4,), in_flight_counts=(1, 2, 4)))

    async def scenario(pilot: Pilot[None]) -> None:
        await pilot.press("f5")
        await until_done(pilot, app)
        assert app.main.job is not None
        assert len(app.main.job.model.timed) == 7
        assert "At 4 pages and 4 in flight" in said(app)
        await pilot.press("2")
        await pilot.pause()
        chart = app.main.query_one(ChartPanel)
        assert "by requests in flight" in str(chart.border_title)
        assert "1" in lines(app, "#plot").splitlines()[-1].split()
        assert "fastest with" in str(app.main.query_one("#speedups").render())
        # All methods' curves are of the same number in flight, whatever was timed last.
        charted = app.main.job.model.runs_to_chart()
        assert [run.concurrency for run in charted] == [1, 4, 4]
        app.main.show_chart("why")
        await until(pilot, lambda: "4 in flight" in str(chart.query_one("#chart-text").render()))

    play(app, scenario, (80, 24))


def test_a_fetch_streams_into_the_waterfall_and_exports(settings: Settings, tmp_path: Path) -> None:
    app = RedListApp(settings)
    out = tmp_path / "out.csv"

    async def scenario(pilot: Pilot[None]) -> None:
        await choose_fetch(pilot, app)
        await pilot.press("f5")
        await until_done(pilot, app)
        assert said(app).startswith("300 records in 3 pages")
        shown = lines(app, "#waterfall")
        assert all(f"page {number}" in shown for number in (1, 2, 3))
        assert len(re.findall(r"(?m)^page .* 200\b", shown)) == 3
        await pilot.press("ctrl+e")
        await pilot.pause()
        app.screen.query_one("#path", Input).value = str(out)
        app.screen.query_one("#also-requests", Tick).value = True
        await pilot.press("enter")
        await until(pilot, lambda: "300 rows" in str(result(app)))
        assert "3 requests" in str(result(app))
        await pilot.press("escape")
        assert app.screen is app.main

    play(app, scenario)
    with out.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 300
    assert rows[0]["source"] == "DEMO"
    assert len((tmp_path / "out-requests.csv").read_text().splitlines()) == 4


def result(app: RedListApp) -> Any:
    return app.screen.query_one("#export-result").render()


def test_an_export_that_cannot_be_written_says_why_and_the_dialog_stays(settings: Settings) -> None:
    app = RedListApp(settings)

    async def scenario(pilot: Pilot[None]) -> None:
        await choose_fetch(pilot, app, pages="1")
        await pilot.press("f5")
        await until_done(pilot, app)
        await pilot.press("e")
        await pilot.pause()
        for path, words in (
            ("/proc/no/out.csv", "/proc/no"),
            ("out.xls", ".csv, .jsonl"),
            ("report.html", "Only comparisons have a report"),  # a fetch has none
        ):
            app.screen.query_one("#path", Input).value = path
            await pilot.press("enter")
            if path.startswith("/proc"):
                await until(pilot, lambda: isinstance(app.screen, CreateFolder))
                await pilot.press("enter")
                await until(pilot, lambda: isinstance(app.screen, ExportDialog))
            await until(pilot, lambda words=words: words in str(result(app)))
            await until(pilot, lambda: "✗" in str(result(app)))

    play(app, scenario)


def test_a_comparison_is_exported_as_a_report(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else who works in the application has nothing to show to a class."""
    app = RedListApp(replace(settings, page_counts=(1, 2)))
    monkeypatch.setattr(RedListApp, "is_web", True)
    downloaded: list[str] = []
    monkeypatch.setattr(
        app, "deliver_binary", lambda path, save_filename, mime_type: downloaded.append(path.name)
    )

    async def scenario(pilot: Pilot[None]) -> None:
        await pilot.press("f5")
        await until_done(pilot, app)
        await pilot.press("ctrl+e")
        await pilot.pause()
        dialog = app.screen
        path = dialog.query_one("#path", Input)
        path.value = "report.pdf"
        await until(pilot, lambda: ".html, .md." in str(result(app)))
        for name in ("report.html", "report.md"):
            path.value = str(tmp_path / name)
            await until(pilot, lambda: "Writes a report of the comparison" in str(result(app)))
            await pilot.press("enter")
            await until(pilot, lambda name=name: f"{name} (" in str(result(app)))
            assert "Saved the report to " in str(result(app))

    play(app, scenario)
    assert downloaded == ["report.html", "report.md"]
    assert app.main.job is not None
    outcome = app.main.job.model.comparison
    assert outcome is not None
    for name in downloaded:
        text = (tmp_path / name).read_text(encoding="utf-8")
        assert comparison_sentence(outcome) in text
        digits = decimals_of(row.max for row in outcome.summary)
        assert all(f"{row.median:.{digits}f}" in text for row in outcome.summary)


def test_stop_keeps_what_arrived_and_resume_fetches_the_rest(settings: Settings) -> None:
    app = RedListApp(replace(settings, demo_profile="typical"))

    async def scenario(pilot: Pilot[None]) -> None:
        await choose_fetch(pilot, app, "sequential", "4")
        await pilot.press("f5")

        def some_arrived() -> bool:
            assert app.main.job is not None
            run = app.main.job.model.run_to_show()
            return run is not None and run.kept >= 1

        await until(pilot, some_arrived)
        await pilot.press("f8")
        await until_done(pilot, app)
        assert app.main.job is not None
        assert app.main.job.model.status is JobStatus.STOPPED
        assert " saved, " in said(app)
        kept = app.main.job.model.runs[0].kept
        assert 1 <= kept < 4
        await until(pilot, lambda: f"({kept * 100})" in lines(app, "#tabs-lower"))
        app.main.query_one("#profile", Select).value = "fast"
        await pilot.press("f9")
        await until_done(pilot, app)
        assert app.main.job.model.status is JobStatus.DONE
        assert said(app).startswith("400 records in 4 pages")
        await until(pilot, lambda: "(400)" in lines(app, "#tabs-lower"))

    play(app, scenario)


@pytest.mark.parametrize("method", EVERY_METHOD)
def test_leaving_with_a_run_in_flight_is_clean(settings: Settings, method: str) -> None:
    app = RedListApp(replace(settings, demo_profile="typical"))

    async def scenario(pilot: Pilot[None]) -> None:
        await choose_fetch(pilot, app, method, "40")
        await pilot.press("f5")
        await until(pilot, lambda: app.main.job is not None and app.main.job.model.lines)
        await pilot.press("ctrl+q", "ctrl+q")
        assert app.main.job is not None
        assert app.main.job.cancel.is_set()

    play(app, scenario)
    assert app.return_code in (0, None)


def test_work_that_comes_back_to_panels_that_are_gone_is_no_fault(settings: Settings) -> None:
    """Leaving while records are read ended with exit code 1 now and then."""
    app = RedListApp(settings)

    async def scenario(pilot: Pilot[None]) -> None:
        async def hand_over() -> None:
            app.main.query_one("#gone")

        app._exit = True  # as while its panels are removed
        with pytest.raises(WorkerFailed, match="gone"):
            await app.main.run_worker(hand_over()).wait()

    play(app, scenario)
    assert not app.return_code


def test_every_kind_of_fault_ends_in_groups(settings: Settings) -> None:
    app = RedListApp(replace(settings, demo_profile="flaky", retries=0, timeout_s=1.0))

    async def scenario(pilot: Pilot[None]) -> None:
        app.main.query_one("#operation", Input).value = "red_list_categories/DD"
        await choose_fetch(pilot, app, "asyncio", "30")
        await pilot.press("f5")
        await until_done(pilot, app)
        assert app.main.job is not None
        model = app.main.job.model
        assert model.status is JobStatus.PARTIAL
        assert model.problems.lost > 0
        await pilot.press("4")
        await pilot.pause()
        shown = lines(app, "#errors")
        assert "given up" in shown
        assert "why" in shown
        assert "do" in shown

    play(app, scenario)


def test_v3_works_at_once(settings: Settings) -> None:
    app = RedListApp(settings)

    async def scenario(pilot: Pilot[None]) -> None:
        app.main.query_one("#api", Choice).choose("v3")
        await pilot.pause()
        assert app.main.query_one("#operation", Input).value == "species/page"
        await choose_fetch(pilot, app, "threads", "1")
        await pilot.press("f5")
        await until_done(pilot, app)
        assert said(app).startswith("10,000 records in 1 page")
        await pilot.press("3")
        table = app.main.query_one(RecordsTable)
        await until(pilot, lambda: "category" in lines(app, "#records-table"))
        await pilot.press("end")
        await until(pilot, lambda: not table._wanted and "10,000" in lines(app, "#records"))

    play(app, scenario)
