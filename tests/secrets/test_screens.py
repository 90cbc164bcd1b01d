"""The application: no token in any picture of it, and nothing foreign that draws on it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from textual.app import App
from textual.pilot import Pilot
from textual.widgets import Input, OptionList, Static

from tests.support.hostile import HOSTILE, answer, steers
from tests.support.on_screen import choose_fetch
from tests.support.raw_server import http, page, scripted
from tests.support.screens import play, until, until_done
from tests.support.secret import SECRET, leaks
from tui_app.redlist import Token, make_query
from tui_app.redlist.errors import TokenWithheld
from tui_app.runs import Service
from tui_app.settings import Settings, load_settings, user_config_file
from tui_app.settings.servers import SERVERS_FILE
from tui_app.ui.app import RedListApp
from tui_app.ui.dialogs.prompts import ResumeDialog
from tui_app.ui.dialogs.token import TokenDialog
from tui_app.ui.fields import Choice
from tui_app.ui.footer import StatusLine
from tui_app.ui.history.screen import HistoryScreen
from tui_app.ui.operationfield import OperationField

pytestmark = pytest.mark.xdist_group("screen")


def shown(app: App[None]) -> str:
    """What the screen shows, as text."""
    strips = app.screen._compositor.render_strips()
    return "\n".join(strip.text for strip in strips)


async def look_everywhere(pilot: Pilot[None], app: RedListApp) -> AsyncIterator[str]:
    """Every panel, a record in full, the help, and the form; one of them as a picture, too."""
    for keys in (("1",), ("2",), ("3",), ("enter",), ("escape", "4"), ("f1",), ("escape", "f2")):
        await pilot.press(*keys)
        await pilot.pause()
        yield shown(app)
        if "4" in keys:  # errors say most of what a server said
            yield app.export_screenshot()


def test_no_picture_has_the_token(settings: Settings) -> None:
    """Else a screenshot in a talk or an issue gives it away. v3 has it in every URL."""

    def refuse(path: str, nth: int) -> bytes:
        """The second page is refused with all that the request had."""
        if path.startswith("/api/v3/species/page/0?"):
            return http(b'{"count":1,"page":"0","result":[{"taxonid":1}]}')
        return http(f'{{"error":"no {SECRET} {path}"}}'.encode(), 400)

    with scripted(refuse) as server:
        app = RedListApp(
            Settings(
                source="live", api="v3", base_url=server.base_url, token=Token(SECRET),
                home=settings.home, retries=0, pages=3,
            )
        )  # fmt: skip

        async def scenario(pilot: Pilot[None]) -> None:
            assert not leaks(shown(app))
            await choose_fetch(pilot, app)
            await pilot.press("f5")
            await until_done(pilot, app)
            async for picture in look_everywhere(pilot, app):
                assert not leaks(picture)
                assert not leaks(repr(app) + repr(app.main.job))

        play(app, scenario)
        assert any(leaks(head) for head in server.heads)


def test_nothing_foreign_draws_on_the_screen(settings: Settings) -> None:
    """Else a species' name can move the cursor, set the clipboard, or pass for our own words."""
    with scripted(answer) as server:
        app = RedListApp(
            Settings(source="live", base_url=server.base_url, home=settings.home, retries=0)
        )

        async def scenario(pilot: Pilot[None]) -> None:
            await choose_fetch(pilot, app)
            await pilot.press("f5")
            await until_done(pilot, app)
            await pilot.press("3")
            await until(pilot, lambda: "taxon_scientific_name" in shown(app))
            pictures = [picture async for picture in look_everywhere(pilot, app)]
            assert "[red]x[/red]" in "".join(pictures)  # as text
            assert HOSTILE["title"] not in "".join(pictures)
            for picture in pictures:
                assert steers(picture) == ""

        play(app, scenario)


def in_this_folder(home: Path) -> RedListApp:
    """The application as it is opened here, with a token in the environment."""
    found = load_settings({}, {"IUCN_REDLIST_KEY": SECRET}, Path()).settings
    return RedListApp(Settings(**{**_values(found), "home": home, "retries": 0}))


def _values(settings: Settings) -> dict[str, object]:
    return {name: getattr(settings, name) for name in Settings.__dataclass_fields__}


def test_a_folder_s_configuration_has_the_application_send_no_token(settings: Settings) -> None:
    """Else opening it in a folder that was handed on is enough: F5, a code list, a new token."""
    with scripted(answer) as server:
        Path("config.ini").write_text(f"[iucn-tui]\nbase_url = {server.base_url}\n")
        app = in_this_folder(settings.home)

        async def scenario(pilot: Pilot[None]) -> None:
            main = app.main
            note = main.query_one("#note", Static)
            assert "The token is not sent to" in str(note.visual)
            await choose_fetch(pilot, app)
            await pilot.press("f5")
            await pilot.pause()
            assert main.job is None
            codes, _ = main.query_one(OperationField)._code_lists()
            assert codes is not None
            with pytest.raises(TokenWithheld):
                codes("threats")
            await pilot.press("ctrl+s")
            await until(pilot, lambda: isinstance(app.screen, TokenDialog))
            await until(pilot, lambda: app.focused is app.screen.query_one(Input))
            app.screen.query_one(Input).value = "an0ther-t0k3n-that-is-typed"
            await pilot.press("enter")
            words = app.screen.query_one("#token-result", Static)
            await until(pilot, lambda: "The token is not sent to" in str(words.visual))
            await pilot.press("escape")
            await until(pilot, lambda: app.screen is main)
            main.query_one("#source", Choice).choose("demo")
            await until(pilot, lambda: "not sent" not in str(note.visual))

        play(app, scenario)
        assert server.asked == []
        assert not user_config_file().exists()


def test_a_run_of_the_past_is_resumed_only_where_its_server_had_the_token(
    settings: Settings,
) -> None:
    """Else History sends it to who made the store."""
    with scripted(lambda path, nth: http(b"", 400) if "page=2" in path else page(1, 2)) as server:
        named = {"source": "live", "base_url": server.base_url, "token": Token(SECRET)}
        service = Service(Settings(**named, home=settings.home))
        service.fetch(make_query(["countries/MG"]), service.settings)
        service.close()

        def resume() -> str:
            app = in_this_folder(settings.home)
            server.asked.clear()
            server.heads.clear()

            async def scenario(pilot: Pilot[None]) -> None:
                app.main.query_one("#waterfall").focus()
                await pilot.press("h")
                await until(
                    pilot, lambda: isinstance(app.screen, HistoryScreen) and app.screen._here
                )
                await pilot.press("u")
                await until(pilot, lambda: isinstance(app.screen, ResumeDialog))
                await until(pilot, lambda: app.focused is app.screen.query_one(OptionList))
                await pilot.press("enter")
                await until_done(pilot, app)
                said.append(str(app.main.query_one(StatusLine).visual))

            said: list[str] = []
            play(app, scenario)
            return said[0]

        resume()
        assert any(leaks(head) for head in server.heads)
        user_config_file().with_name(SERVERS_FILE).unlink()
        assert f"The token is not sent to {server.base_url}" in resume()
        assert server.asked == []
