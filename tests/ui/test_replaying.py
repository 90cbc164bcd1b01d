"""A kept run replayed from History: its pages, the form's methods, and nobody asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from textual.pilot import Pilot
from textual.widgets import Button, Input

from tests.support.on_screen import lines, lines_of, said
from tests.support.past_runs import open_history, shown, told
from tests.support.replays import CROCODILES, VATICAN, change, fetched, replayed
from tests.support.screens import kept_run, play, until, until_done
from tests.support.servers import Server, server  # noqa: F401 - a fixture
from tui_app.redlist import Token, make_query
from tui_app.runs import RunRow, Service
from tui_app.settings import Settings
from tui_app.ui import keys
from tui_app.ui.app import RedListApp
from tui_app.ui.dialogs.prompts import LiveComparison
from tui_app.ui.fields import Choice, Tick
from tui_app.ui.form import FormValues, read_replay
from tui_app.ui.history.past import look_back
from tui_app.ui.history.table import about, cells, columns
from tui_app.ui.model import JobStatus
from tui_app.ui.screenrequest import Replayed, ScreenRequest

pytestmark = pytest.mark.xdist_group("screen")


def kept(settings: Settings, *asked: str) -> str:
    """A run in the store, fetched before the application is opened."""
    service = Service(settings)
    try:
        return fetched(service, settings, *asked)
    finally:
        service.close()


def fill_in(app: RedListApp, **values: str) -> None:
    """Type into the form."""
    for name, value in values.items():
        app.main.query_one(f"#{name}", Input).value = value


async def press_replay(pilot: Pilot[None], app: RedListApp, key: str = "p") -> None:
    await open_history(pilot, app)
    await pilot.press(key)
    await until(pilot, lambda: app.screen is app.main)


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
def test_the_methods_that_are_ticked_are_compared_on_the_runs_pages(
    settings: Settings, size: tuple[int, int]
) -> None:
    run = kept(replace(settings, pages=3), VATICAN, CROCODILES)
    app = RedListApp(settings)

    async def scenario(pilot: Pilot[None]) -> None:
        # What the form has of servers and operations is another matter, and so is its pace.
        app.main.query_one("#action", Choice).choose("fetch")
        app.main.query_one("#method-sequential", Tick).value = False
        fill_in(
            app, operation="nonsense", page_counts="1,9", repeats="2", concurrency="3", rate="0.1"
        )
        await press_replay(pilot, app)
        await until(pilot, lambda: app.main.job is not None)
        await until_done(pilot, app)
        job = app.main.job
        assert job is not None
        assert job.model.status is JobStatus.DONE, said(app)
        timed = sorted((one.method, one.pages, one.repeat) for one in job.model.timed)
        assert timed == [(m, n, r) for m in ("asyncio", "threads") for n in (1, 3) for r in (1, 2)]
        # 1 + 1 of both lists, and 3 + 2 of them: what is done is all that there was to do.
        assert set(job.model.expected_requests.values()) == {2 * (1 + 1 + 3 + 2)}
        assert all(run.kept == run.total for run in job.model.runs)
        assert "REPLAY" in lines(app, "#header")
        assert "DEMO" in lines(app, "#header")
        assert f"Run {run} has only 3 pages of {VATICAN}, {CROCODILES}; larger" in said(app)
        await pilot.press("3")
        await until(
            pilot, lambda: "454 records" in str(app.main.query_one("#records").border_subtitle)
        )

    play(app, scenario, size)


def test_real_data_are_replayed_without_a_question_and_without_their_server(
    server: Callable[..., Server],  # noqa: F811
    settings: Settings,
) -> None:
    """Else who wants no benchmark on the live host has one."""
    host = server()
    asked = host.settings(settings.home)
    run = kept(asked)
    change(settings.home, "UPDATE runs SET base_url = 'https://redlist.invalid'")
    host.asked(versions=True)
    app = RedListApp(Settings(source="live", home=settings.home, token=Token("secret"), rate=1))

    async def scenario(pilot: Pilot[None]) -> None:
        fill_in(app, page_counts="1,5")
        await press_replay(pilot, app)
        await until(pilot, lambda: app.main.job is not None)
        await until_done(pilot, app)
        assert app.main.job is not None
        assert app.main.job.model.status is JobStatus.DONE, said(app)
        header = lines(app, "#header")
        assert f"REPLAY of run {run} · {VATICAN} · rate limit off" in header
        assert "LIVE" not in header
        assert "DEMO" not in header
        assert app.main.job.request.about == (
            f"{VATICAN} · a replay of run {run} of redlist.invalid · up to 8 in flight · "
            "rate limit off"
        )
        await pilot.press("f1")
        await until(pilot, lambda: "Help: Replay" in shown(app))

    play(app, scenario)
    assert host.asked(versions=True) == []


def test_before_a_live_comparison_the_last_fetch_is_offered_as_a_replay(
    server: Callable[..., Server],  # noqa: F811
    settings: Settings,
) -> None:
    """By the form's methods, pages and repeats; what can't be replayed is passed over."""
    host = server()
    run = kept(host.settings(settings.home), CROCODILES)
    kept(host.settings(settings.home), "threats")
    host.asked(versions=True)
    app = RedListApp(replace(host.settings(settings.home), token=Token("secret")))

    async def scenario(pilot: Pilot[None]) -> None:
        app.main.query_one("#action", Choice).choose("compare")
        app.main.query_one("#method-sequential", Tick).value = False
        fill_in(app, page_counts="1", repeats="2")
        await pilot.pause()
        await pilot.press("f5")
        await until(pilot, lambda: isinstance(app.screen, LiveComparison))
        offered = app.screen.query_one("#live-replay", Button)
        await until(pilot, lambda: not offered.disabled)
        assert f"Run {run}: {CROCODILES}, 2 pages" in lines_of(app, "#live-saved")
        await pilot.press("down", "enter")
        await until_done(pilot, app)
        job = app.main.job
        assert job is not None
        assert job.request.replay_of == run
        assert sorted({one.method for one in job.model.timed}) == ["asyncio", "threads"]
        assert len(job.model.timed) == 4

    play(app, scenario)
    assert host.asked(versions=True) == []


def test_what_is_wrong_in_the_form_or_with_the_run_is_said(settings: Settings) -> None:
    kept(settings, CROCODILES)
    kept(settings, "threats")
    app = RedListApp(settings)

    async def scenario(pilot: Pilot[None]) -> None:
        await press_replay(pilot, app)
        await until(pilot, lambda: "Run 2 has no pages to compare" in said(app))
        fill_in(app, page_counts="none")
        await open_history(pilot, app)
        await pilot.press("down", "p")
        await until(pilot, lambda: "Page counts are whole numbers" in said(app))
        assert said(app).startswith("Run 1 can't be replayed yet")
        assert app.main.job is None

    play(app, scenario)


def test_a_past_replay_is_shown_as_one_and_not_resumed(settings: Settings) -> None:
    service = Service(settings)
    try:
        run = fetched(service, settings, CROCODILES)
        timed = replayed(service, run, settings, methods=("threads",)).runs[0].run
    finally:
        service.close()
    change(settings.home, f"UPDATE runs SET state = 'stopped' WHERE id = {timed}")
    app = RedListApp(settings)

    async def scenario(pilot: Pilot[None]) -> None:
        await open_history(pilot, app)
        await pilot.press("a")
        await until(pilot, lambda: f"replay of {run}: {CROCODILES}" in shown(app))
        await pilot.press("home")
        await until(pilot, lambda: f"replay of run {run}, DEMO" in shown(app))
        await pilot.press("u")
        await until(pilot, lambda: "nothing to resume" in told(app))
        await pilot.press("enter")
        await until(pilot, lambda: app.main.job is not None)
        await until_done(pilot, app)
        assert f"REPLAY of run {run}, DEMO" in lines(app, "#header")
        await pilot.press("f9")
        await until(pilot, lambda: "Nothing to resume" in said(app))
        await pilot.press("1", "f1")
        await until(pilot, lambda: "Help: Replay" in shown(app))

    play(app, scenario)


def test_a_past_replay_of_real_data_says_whose_they_are(
    server: Callable[..., Server],  # noqa: F811
    settings: Settings,
) -> None:
    service = Service(settings)
    try:
        run = fetched(service, server().settings(settings.home), CROCODILES)
        change(settings.home, "UPDATE runs SET base_url = 'https://redlist.invalid'")
        timed = replayed(service, run, settings, methods=("threads",)).runs[0].run
        order = look_back(service, timed).request
    finally:
        service.close()
    assert (order.replay_of, order.live) == (run, False)
    assert f"a replay of run {run} of redlist.invalid" in order.about


def test_replay_has_a_key_of_the_users_own_where_they_want_one(settings: Settings) -> None:
    kept(settings, "threats")
    app = RedListApp(settings, own_keys={"history_replay": "y"})

    async def scenario(pilot: Pilot[None]) -> None:
        history = await open_history(pilot, app)
        await pilot.press("p")
        await pilot.pause()
        assert app.screen is history
        await pilot.press("escape")
        await press_replay(pilot, app, "y")
        await until(pilot, lambda: "no pages to compare" in said(app))

    try:
        play(app, scenario)
    finally:
        keys.use({})


# -- pure ----------------------------------------------------------------------------------


def test_a_replay_reads_of_the_form_what_concerns_it() -> None:
    values = FormValues(
        action="fetch", source="live", operation="nonsense", rate="x", pages="x",
        methods=("threads",), page_counts="2,4", repeats="3", concurrency="5",
    )  # fmt: skip
    read, problems = read_replay(values, Settings(rate=9))
    assert problems == []
    assert read is not None
    assert (read.methods, read.page_counts, read.repeats) == (("threads",), (2, 4), 3)
    assert (read.concurrency, read.rate) == (5, None)
    read, problems = read_replay(replace(values, methods=(), repeats="0"), Settings())
    assert read is None
    assert [one.field for one in problems] == ["methods", "repeats"]


def test_an_order_counts_the_pages_that_there_are() -> None:
    query = make_query([VATICAN, CROCODILES])
    settings = Settings(page_counts=(1, 3, 10), repeats=2, methods=("threads", "asyncio"))
    order = ScreenRequest("compare", query, settings, replays=Replayed("12", 5), lists=(5, 2))
    assert order.page_counts == (1, 3, 5)
    assert order.runs == 2 * 3 * 2
    pages = 2 * (1 + 1 + 3 + 2 + 5 + 2)
    assert order.requests_by_method == {"threads": pages, "asyncio": pages}
    assert order.starting == "Preparing the replay of run 12…"


def said_of(row: RunRow) -> dict[str, str]:
    fitting = columns([row], 118)
    return dict(
        zip((one.name for one in fitting), map(str.strip, cells(row, fitting)), strict=True)
    )


def test_a_replay_in_history() -> None:
    settings = {"replay_of": "3", "replayed_base_url": "https://redlist.example", "rate": None}
    row = kept_run(9, "stopped", settings=settings, source="live", comparison=1)
    said = said_of(row)
    assert said["what"] == "replay of 3: red_list_categories/CR"
    assert said["from"] == "saved"
    assert "replay of run 3, https://redlist.example" in about(row)[0]
    assert not row.resumable
    named = replace(row, name="slow", source="demo")
    said = said_of(named)
    assert (said["what"], said["from"]) == ("slow: replay of 3: red_list_categories/CR", "DEMO")
