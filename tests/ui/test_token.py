"""A token in the application: tried at a real server, then kept, never shown."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Button, Input, Static

from tests.support.screens import ScriptedService, play, scripted_app, until, until_done
from tests.support.secret import SECRET
from tui_app.demo import DemoServer
from tui_app.settings import Settings, load_settings, user_config_file
from tui_app.ui.app import RedListApp
from tui_app.ui.dialogs.token import TokenDialog
from tui_app.ui.fields import Choice
from tui_app.ui.footer import StatusLine


@pytest.fixture(scope="module")
def server() -> Iterator[DemoServer]:
    with DemoServer("fast", token=SECRET) as server:
        yield server


def application(base_url: str, home: Path) -> RedListApp:
    return RedListApp(Settings(base_url=base_url, home=home))


async def paste(pilot: Pilot[None], app: RedListApp, token: str) -> TokenDialog:
    """Open the dialog by its key, type, press Enter."""
    await pilot.press("t")
    await until(pilot, lambda: isinstance(app.screen, TokenDialog))
    dialog = app.screen
    assert isinstance(dialog, TokenDialog)
    dialog.query_one(Input).value = token
    await pilot.press("enter")
    return dialog


def said(dialog: TokenDialog) -> str:
    return str(dialog.query_one("#token-result", Static).visual)


def status(app: RedListApp) -> str:
    return str(app.main.query_one(StatusLine).visual)


def test_a_token_is_tried_kept_and_used(server: DemoServer, tmp_path: Path) -> None:
    """Else a user who has one must leave the application to add it."""
    app = application(server.base_url, tmp_path)

    async def scenario(pilot: Pilot[None]) -> None:
        await paste(pilot, app, f" {SECRET} ")
        await until(pilot, lambda: "accepts the token" in status(app))
        words = status(app)
        assert str(user_config_file()) in words
        await until(pilot, lambda: app.main.query_one("#source", Choice).value == "live")
        assert SECRET not in app.export_screenshot()
        app.main.query_one("#action", Choice).choose("fetch")
        app.main.query_one("#pages", Input).value = "2"
        await pilot.pause()
        await pilot.press("f5")
        await until_done(pilot, app)
        job = app.main.job
        assert job is not None
        run = job.model.run_to_show()
        assert run is not None
        assert (run.records, run.failed) == (200, 0)

    play(app, scenario)
    kept = load_settings({}, {}).settings
    assert kept.token is not None
    assert kept.token.reveal() == SECRET
    assert user_config_file().stat().st_mode & 0o777 == 0o600


def test_one_that_the_server_refuses_is_not_kept(server: DemoServer, tmp_path: Path) -> None:
    """Else the next start asks the real server in vain."""
    app = application(server.base_url, tmp_path)

    async def scenario(pilot: Pilot[None]) -> None:
        dialog = await paste(pilot, app, "Wr0ng-T0k3n")
        await until(pilot, lambda: "refused the token" in said(dialog))
        assert "Wr0ng" not in said(dialog)
        assert not dialog.query_one("#token-untried", Button).display
        await pilot.press("ctrl+s")
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is app.main)
        assert app.main.query_one("#source", Choice).value == "demo"

    play(app, scenario)
    assert not user_config_file().exists()


def test_one_that_cannot_be_tried_is_kept_only_if_asked(tmp_path: Path) -> None:
    """Else somebody without a network can't set up, or gets a mistyped one kept."""
    app = application("http://127.0.0.1:9", tmp_path)

    async def scenario(pilot: Pilot[None]) -> None:
        dialog = await paste(pilot, app, SECRET)
        await until(pilot, lambda: "could not be checked" in said(dialog))
        assert not user_config_file().exists()
        assert dialog.query_one("#token-untried", Button).display
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "has not been checked" in status(app))

    play(app, scenario)
    kept = load_settings({}, {}).settings
    assert kept.token is not None
    assert kept.token.reveal() == SECRET


@pytest.mark.parametrize(
    ("base_url", "typed", "expected"),
    [
        (None, "two words", "This is not a token"),
        (None, "", "This is not a token"),
        ("http://example.org", SECRET, "over plain http"),
    ],
)
def test_what_may_not_be_sent_is_not(
    base_url: str | None, typed: str, expected: str, tmp_path: Path
) -> None:
    """Else a mistaken paste, or a token on an open line, leaves this machine."""
    service = ScriptedService()  # which has no server to ask
    app = scripted_app(Settings(base_url=base_url, home=tmp_path), service)

    async def scenario(pilot: Pilot[None]) -> None:
        dialog = await paste(pilot, app, typed)
        await until(pilot, lambda: expected in said(dialog))
        assert "two words" not in said(dialog)

    play(app, scenario)
    assert not user_config_file().exists()


def test_it_holds_for_this_session_where_it_cannot_be_kept(
    server: DemoServer, tmp_path: Path
) -> None:
    """Else a read-only home keeps a user from the real server."""
    user_config_file().parent.parent.mkdir(parents=True, exist_ok=True)
    user_config_file().parent.write_text("a file where the folder should be")
    app = application(server.base_url, tmp_path)

    async def scenario(pilot: Pilot[None]) -> None:
        await paste(pilot, app, SECRET)
        await until(pilot, lambda: "it lasts until you quit" in status(app))
        await until(pilot, lambda: app.main.query_one("#source", Choice).value == "live")

    play(app, scenario)


def test_the_button_in_setup_opens_it_and_a_run_keeps_it_shut(tmp_path: Path) -> None:
    """Else the mouse has no way to it, or trying one disturbs what is timed."""
    app = scripted_app(Settings(home=tmp_path), ScriptedService(hold=True))

    async def scenario(pilot: Pilot[None]) -> None:
        await pilot.click("#add-token")
        await until(pilot, lambda: isinstance(app.screen, TokenDialog))
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is app.main)
        app.main.query_one("#action", Choice).choose("fetch")
        await pilot.pause()
        await pilot.press("f5")
        await until(pilot, lambda: app.main.busy)
        await pilot.press("ctrl+s")
        await until(
            pilot,
            lambda: "is not available during a run" in str(app.main.query_one(StatusLine).visual),
        )
        await pilot.press("f8")
        await until_done(pilot, app)

    play(app, scenario)
