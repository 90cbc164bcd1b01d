"""What a run would take: in the form's note, and as a table on its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Button, Input, Static

from tests.support.screens import ScriptedService, play, scripted_app, until, until_done
from tui_app.compare import forecast as forecast_module
from tui_app.compare.forecast import Basis, Forecast, ForecastRow, Limit, Total
from tui_app.demo import DemoServer
from tui_app.redlist.errors import Unreachable
from tui_app.settings import Settings
from tui_app.store import FILE_NAME
from tui_app.ui.app import RedListApp
from tui_app.ui.dialogs.plan import PlanDialog
from tui_app.ui.fields import Choice
from tui_app.ui.footer import StatusLine
from tui_app.ui.setup import SetupPanel

FOREVER = "About 40 s for 78 requests by asyncio (from 40 saved responses)."


def found(**more) -> Forecast:
    rows = tuple(
        ForecastRow(method, flying, 40.0 + flying, 30.0, 60.0, 78, Limit.PACE)
        for method, flying in (("sequential", 1), ("threads", 8), ("asyncio", 8))
    )
    rows = (*rows[:2], replace(rows[2], seconds=40.0))
    given = {
        "settings": {"method": "asyncio", "concurrency": 8}, "pages": 78, "records": 7800,
        "details": 0, "requests": 78, "kept": 0, "at_most": False, "rows": rows,
        "basis": Basis(40),
        "advice": ("8 in flight is enough: more than 3 wait for the rate limit.",),
    }  # fmt: skip
    return Forecast(**{**given, **more})


@pytest.fixture
def kept(settings: Settings) -> Settings:
    """Settings of a store that is there already."""
    settings.home.mkdir(parents=True, exist_ok=True)
    (settings.home / FILE_NAME).touch()
    return settings


def note(app: RedListApp) -> str:
    return str(app.main.query_one("#note", Static).visual)


def invitation(app: RedListApp) -> str:
    return str(app.main.query_one("#requests-empty", Static).visual)


def table(app: RedListApp) -> str:
    assert isinstance(app.screen, PlanDialog)
    return "".join(str(one.visual) for one in app.screen.query("#plan-table").results(Static))


async def choose_fetch(pilot: Pilot[None], app: RedListApp) -> None:
    app.main.query_one("#action", Choice).choose("fetch")
    app.main.query_one("#method-sequential").value = False
    app.main.query_one("#method-threads").value = False
    await pilot.pause()


def test_the_form_says_what_a_fetch_would_take(kept: Settings) -> None:
    """Else F5 begins something of which nobody knows how long it takes."""
    service = ScriptedService()
    service.foretold = found()
    app = scripted_app(kept, service)

    async def scenario(pilot: Pilot[None]) -> None:
        await choose_fetch(pilot, app)
        await until(pilot, lambda: FOREVER in note(app))
        await until(pilot, lambda: FOREVER in invitation(app))
        query, settings, ask = service.forecasts[-1]
        assert (query.label, settings.method, ask) == ("red_list_categories/CR", "asyncio", False)
        # What is told of one form is not said of the next.
        service.foretold = None
        app.main.query_one("#pages", Input).value = "3"
        await pilot.pause()
        assert FOREVER not in note(app)
        assert FOREVER not in invitation(app)
        asked = len(service.forecasts)
        await until(pilot, lambda: len(service.forecasts) > asked)
        await pilot.pause()
        assert "About" not in note(app)

    play(app, scenario)


def test_the_form_says_what_a_comparison_would_take(kept: Settings) -> None:
    """Else only one of the two things that F5 does is foretold."""
    service = ScriptedService()
    service.foretold_total = Total(25.2, 20.0, 30.0, 12, Basis(40))
    app = scripted_app(kept, service)

    async def scenario(pilot: Pilot[None]) -> None:
        await until(
            pilot, lambda: "About 25 s for 12 runs (from 40 saved responses)." in invitation(app)
        )

    play(app, scenario)


def test_the_form_counts_the_pages_that_the_estimate_knows(kept: Settings) -> None:
    """Else one sentence says 12 runs and the next one 6: of a list of 3 pages."""
    service = ScriptedService()
    service.foretold_total = Total(2.5, 2.0, 3.0, 6, Basis(40), lists=(3,))
    app = scripted_app(kept, service)

    async def scenario(pilot: Pilot[None]) -> None:
        words = "compares at 1 and 3 pages: 6 runs, 18 requests"
        await until(pilot, lambda: words in invitation(app))
        assert words in note(app)
        assert "About 2.5 s for 6 runs" in note(app)
        service.foretold_total = None
        app.main.query_one("#repeats", Input).value = "2"  # they are known from now on
        await until(pilot, lambda: "at 1 and 3 pages: 12 runs" in note(app))
        service.foretold = found(lists=(3,))
        await choose_fetch(pilot, app)
        app.main.query_one("#pages", Input).value = "10"
        await until(pilot, lambda: "fetches all 3 pages of" in note(app))

    play(app, scenario)


def test_nothing_is_foretold_where_nothing_is_kept_or_something_runs(settings: Settings) -> None:
    """Else the first start makes a store, and a run is slowed down by what is said of the next."""
    service = ScriptedService(hold=True)
    service.foretold = found()
    app = scripted_app(settings, service)

    async def scenario(pilot: Pilot[None]) -> None:
        await choose_fetch(pilot, app)
        await pilot.press("f5")
        await until(pilot, lambda: app.main.busy)
        (settings.home).mkdir(parents=True, exist_ok=True)
        (settings.home / FILE_NAME).touch()
        app.main.query_one("#pages", Input).value = "3"
        await pilot.pause()
        assert app.main.query_one(SetupPanel)._forecast_timer is None
        await pilot.press("f10")
        await pilot.pause()
        assert app.screen is app.main
        assert "F8 stops it" in app.main.query_one(StatusLine).sentence
        await pilot.press("f8")
        await until(pilot, lambda: service.forecasts)

    play(app, scenario)


def test_a_store_that_cannot_be_read_leaves_the_form_in_use(kept: Settings) -> None:
    """Else a note costs the application."""
    service = ScriptedService()
    service.foretold = OSError("no")
    app = scripted_app(kept, service)

    async def scenario(pilot: Pilot[None]) -> None:
        await choose_fetch(pilot, app)
        await until(pilot, lambda: service.forecasts)
        await pilot.press("f5")
        await until_done(pilot, app)

    play(app, scenario)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
def test_the_plan_is_a_table_by_method(settings: Settings, size: tuple[int, int]) -> None:
    """Else which method to choose is found out by trying."""
    service = ScriptedService()
    service.foretold = found(assumed=("A is assumed to be as long as the others.",))
    app = scripted_app(settings, service)

    async def scenario(pilot: Pilot[None]) -> None:
        await choose_fetch(pilot, app)
        await pilot.press("escape", "p")
        await until(pilot, lambda: isinstance(app.screen, PlanDialog))
        await until(pilot, lambda: "waits for" in table(app))
        shown = table(app)
        assert FOREVER in shown
        assert "asyncio" in shown
        assert "8 in flight is enough: more than 3 wait for the rate limit." in shown
        assert "A is assumed to be as long as the others." in shown
        assert [ask for _, _, ask in service.forecasts] == [False]
        assert not app.screen.query_one("#plan-ask", Button).display
        await pilot.press("p")
        await until(pilot, lambda: app.screen is app.main)

    play(app, scenario, size)


def test_requests_are_made_once_the_user_agrees(settings: Settings) -> None:
    """Else looking costs requests; or it can't be told at all."""
    service = ScriptedService()
    app = scripted_app(settings, service)

    async def scenario(pilot: Pilot[None]) -> None:
        await choose_fetch(pilot, app)
        app.main.action_plan()
        await until(pilot, lambda: isinstance(app.screen, PlanDialog))
        await until(pilot, lambda: "Send 3 test requests to the demo server?" in table(app))
        service.foretold = Unreachable("x", "connection refused")
        await pilot.press("enter")
        await until(pilot, lambda: "connection refused" in table(app))
        service.foretold = found()
        await pilot.press("a")
        await until(pilot, lambda: FOREVER in table(app))
        assert [ask for _, _, ask in service.forecasts] == [False, True, True]
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is app.main)

    play(app, scenario)


def test_a_comparisons_plan_is_that_of_its_most_pages(settings: Settings) -> None:
    """Else `p` does nothing where the application begins."""
    service = ScriptedService()
    service.foretold = found()
    app = scripted_app(settings, service)

    async def scenario(pilot: Pilot[None]) -> None:
        await pilot.press("p")
        await until(pilot, lambda: service.forecasts)
        (_, asked, _) = service.forecasts[-1]
        assert (asked.pages, asked.fresh) == (10, True)

    play(app, scenario)


@pytest.fixture
def slow() -> Iterator[DemoServer]:
    with DemoServer("fast", delay=0.3) as server:
        yield server


def test_with_the_real_service_a_kept_run_tells_of_the_next(
    slow: DemoServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else all of this holds of a service that is made up."""
    monkeypatch.setattr(forecast_module, "ANSWERS_IN_ALL", 1_000)
    settings = Settings(source="live", base_url=slow.base_url, home=tmp_path / "runs", fresh=True)
    app = RedListApp(settings)

    async def scenario(pilot: Pilot[None]) -> None:
        await choose_fetch(pilot, app)
        app.main.query_one("#pages", Input).value = "4"
        await pilot.pause()
        await pilot.press("f5")
        await until_done(pilot, app)
        await until(pilot, lambda: "4 requests by asyncio (from 4 saved responses)" in note(app))
        await pilot.press("escape", "p")
        await until(pilot, lambda: "waits for" in table(app))
        assert "sequential" in table(app)

    play(app, scenario)
