"""The screenshot: an SVG of what is shown, where exports go."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from xml.etree import ElementTree

from textual.command import CommandPalette
from textual.pilot import Pilot
from textual.widgets import Input

from tests.support.screens import ScriptedService, play, scripted_app, until, until_done
from tests.support.secret import SECRET, leaks
from tui_app.redlist import Token
from tui_app.settings import Settings
from tui_app.ui.footer import StatusLine


def pictures() -> list[Path]:
    return sorted(Path().absolute().glob("iucn-tui-*.svg"))


def words(picture: Path) -> str:
    root = ElementTree.fromstring(picture.read_text(encoding="utf-8"))
    return "".join(root.itertext()).replace("\xa0", " ")


def test_a_key_writes_what_is_shown(settings: Settings) -> None:
    """Else a picture for a talk is one of the whole desktop."""
    app = scripted_app(settings, ScriptedService())

    async def scenario(pilot: Pilot[None]) -> None:
        await pilot.press("f5")
        await until_done(pilot, app)
        line = app.main.query_one(StatusLine)
        shown = line.sentence
        await pilot.press("ctrl+f")
        await until(pilot, lambda: line.sentence.startswith("Screenshot: "))
        (picture,) = pictures()
        assert f"Screenshot: {picture} (" in line.sentence
        assert shown in words(picture)
        await pilot.press("ctrl+f")  # within the same second: none takes another's place
        await until(pilot, lambda: len(pictures()) == 2)

    play(app, scenario)
    one = pictures()[0]
    assert re.fullmatch(r"iucn-tui-\d{8}-\d{6}(-2)?\.svg", one.name)
    Path("usual").touch()
    assert one.stat().st_mode == Path("usual").stat().st_mode
    assert "@font-face" not in one.read_text()  # it loads nothing when it is opened
    assert "url(http" not in one.read_text()


def test_the_palette_has_it_and_is_not_on_the_picture(settings: Settings) -> None:
    app = scripted_app(settings, ScriptedService())

    async def scenario(pilot: Pilot[None]) -> None:
        titles = {one.title for one in app.get_system_commands(app.main)}
        assert "Screenshot" in titles
        await pilot.press("ctrl+p")
        await until(pilot, lambda: isinstance(app.screen, CommandPalette))
        await pilot.press(*"screenshot")
        await pilot.pause(0.3)
        await pilot.press("enter")
        await until(pilot, pictures)
        assert app.screen is app.main

    play(app, scenario)
    assert "Search for commands" not in words(pictures()[0])
    assert "Setup" in words(pictures()[0])


def test_the_token_is_not_on_it(settings: Settings) -> None:
    """Neither while it is pasted, which shows dots, nor where a screen should show it."""
    app = scripted_app(settings, ScriptedService())

    async def scenario(pilot: Pilot[None]) -> None:
        await pilot.press("t")
        await until(pilot, lambda: app.screen.query("#token"))
        app.screen.query_one("#token", Input).value = SECRET
        await pilot.pause()
        await pilot.press("ctrl+f")
        await until(pilot, lambda: app._notifications)  # the status line can't be seen
        assert app.screen.query("#token")  # an input takes no such key
        assert len(pictures()) == 1
        app.screen.query_one("#token", Input).value = ""
        app.service.use_token(Token(SECRET))
        await pilot.press("escape")
        app.main.say(f"It is {SECRET}.", lasting=True)
        await pilot.pause()
        await pilot.press("ctrl+f")
        await until(pilot, lambda: len(pictures()) == 2)

    play(app, scenario)
    said, typed = sorted(map(words, pictures()), key=lambda one: "Check and save" in one)
    assert "•" * len(SECRET) in typed
    assert "It is ••••." in said
    assert not any(leaks(one.read_text()) for one in pictures())


def test_where_it_cannot_be_written_it_says_why(settings: Settings) -> None:
    app = scripted_app(settings, ScriptedService())
    here = Path.cwd()

    async def scenario(pilot: Pilot[None]) -> None:
        shutil.rmtree(here)
        try:
            await pilot.press("ctrl+f")
            line = app.main.query_one(StatusLine)
            await until(pilot, lambda: line.sentence.startswith("No screenshot: "))
            assert line.sentence.endswith("Start iucn-tui in a folder that you can write to.")
            assert "Errno" not in line.sentence
        finally:
            here.mkdir()

    play(app, scenario)
