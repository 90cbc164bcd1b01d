"""What the tests of the screen do with the application, and what they see of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from textual.app import App
from textual.pilot import Pilot
from textual.widgets import Input

from tests.support.screens import (
    until,
    until_done,
)
from tui_app.ui.app import RedListApp
from tui_app.ui.fields import Choice
from tui_app.ui.footer import KeyLine, StatusLine
from tui_app.ui.records.table import RecordsTable


def lines(app: RedListApp, selector: str) -> str:
    """What a widget shows, as text."""
    widget = app.main.query_one(selector)
    region = widget.region
    strips = app.screen._compositor.render_strips()
    rows = strips[region.y : region.bottom]
    return "\n".join(row.crop(region.x, region.right).text for row in rows)


def key_line(app: App[Any]) -> KeyLine:
    """The last line of the screen that is open."""
    return app.screen.query_one(KeyLine)


def hints(app: App[Any]) -> list[str]:
    """What is on the last line, as ``F5 Compare``."""
    return [" ".join((*one.names, one.label)) for one, *_ in key_line(app).shown]


async def click_hint(pilot: Pilot[Any], app: App[Any], text: str, on: str = "") -> None:
    """Click a hint on its label, or ``on`` one of its keys."""
    line = key_line(app)
    for hint, column, _ in line.shown:
        if " ".join((*hint.names, hint.label)) == text:
            place = text.rindex(on or hint.label)
            await pilot.click(line, offset=(column + place + line.gutter.left, 0))
            return
    raise AssertionError(f"{text} is not in {hints(app)}")


def said(app: RedListApp) -> str:
    return app.main.query_one(StatusLine).sentence


async def choose_fetch(
    pilot: Pilot[None], app: RedListApp, method: str = "asyncio", pages: str = "3"
) -> None:
    main = app.main
    main.query_one("#action", Choice).choose("fetch")
    main.query_one("#method", Choice).choose(method)
    main.query_one("#pages", Input).value = pages
    await pilot.pause()


def still(
    app: RedListApp, scenario: Callable[[Pilot[None]], Awaitable[None]]
) -> Callable[[Pilot[Any]], Awaitable[None]]:
    """A scenario in which nothing blinks or moves by itself."""

    async def act(pilot: Pilot[None]) -> None:
        await until(pilot, lambda: app.screen_stack and app.main.is_mounted)
        await pilot.pause()
        app.animation_level = "none"
        for one in app.main.query(Input):
            one.cursor_blink = False
        await scenario(pilot)
        for one in app.screen.query(Input):
            one.cursor_blink = False
        await pilot.pause()

    return act


async def to_records(pilot: Pilot[None], app: RedListApp) -> RecordsTable:
    """Fetch, and give the records the focus."""
    await choose_fetch(pilot, app)
    await pilot.press("f5")
    await until_done(pilot, app)
    await pilot.press("3")
    table = app.main.query_one(RecordsTable)
    await until(pilot, lambda: table.has_focus and "1" in lines(app, "#records-table"))
    return table


def heading(app: RedListApp) -> str:
    return lines(app, "#records-table").splitlines()[0]


def lines_of(app: App[Any], selector: str) -> str:
    region = app.screen.query_one(selector).region
    strips = app.screen._compositor.render_strips()
    return "\n".join(strip.text for strip in strips[region.y : region.bottom])
