"""The application: no token in any picture of it, and nothing foreign that draws on it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from textual.app import App
from textual.pilot import Pilot

from tests.support.hostile import HOSTILE, answer, steers
from tests.support.raw_server import http, scripted
from tests.support.screens import play, until, until_done
from tests.support.secret import SECRET, leaks
from tests.ui.test_app import choose_fetch
from tui_app.redlist import Token
from tui_app.settings import Settings
from tui_app.ui.app import RedListApp

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
            await until(pilot, lambda: "assessment_id" in shown(app))
            pictures = [picture async for picture in look_everywhere(pilot, app)]
            assert "[red]x[/red]" in "".join(pictures)  # as text
            assert HOSTILE["title"] not in "".join(pictures)
            for picture in pictures:
                assert steers(picture) == ""

        play(app, scenario)
