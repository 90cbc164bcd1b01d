"""Copying by the terminal: a cell, a row, an address, a citation."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, Static

from tests.support.hostile import ROWS as HOSTILE_ROWS
from tests.support.hostile import steers
from tests.support.kept_rows import assessed, keep_rows
from tests.support.on_screen import to_records
from tests.support.past_runs import open_history
from tests.support.screen_process import Terminal
from tests.support.screens import ScriptedService, play, scripted_app, until
from tests.support.secret import SECRET
from tui_app.redlist import Token
from tui_app.redlist.citation import SYNTHETIC
from tui_app.runs import Service
from tui_app.runs.records_table import View
from tui_app.settings import Settings
from tui_app.store import Store
from tui_app.ui.app import RedListApp
from tui_app.ui.footer import StatusLine
from tui_app.ui.records.copying import MOST_BYTES, CopyMenu, copyables
from tui_app.ui.records.record import RecordScreen
from tui_app.ui.records.table import RecordsTable

PAGE = "https://www.iucnredlist.org/species/5/1005"


def told(app: RedListApp) -> str:
    return app.main.query_one(StatusLine).sentence


def said(app: RedListApp) -> str:
    return str(app.screen.query_one("#copy-result", Static).visual)


async def copied(pilot: Pilot[None], app: RedListApp, key: str) -> str:
    """Press ``y`` and a letter; what was copied."""
    app.copy_to_clipboard("")
    await pilot.press("y")
    await until(pilot, lambda: isinstance(app.screen, CopyMenu))
    await pilot.press(key)
    await until(pilot, lambda: not isinstance(app.screen, CopyMenu))
    return app.clipboard


async def opened(pilot: Pilot[None], app: RedListApp) -> RecordsTable:
    """The newest saved run, its records with the focus."""
    await open_history(pilot, app)
    await pilot.press("enter")
    table = app.main.query_one(RecordsTable)
    await until(pilot, lambda: table.length)
    await pilot.press("3")
    await until(pilot, lambda: table.has_focus)
    return table


def test_cell_row_address_and_citation_of_a_saved_run(settings: Settings) -> None:
    """Else a name is typed off the screen, with a spelling error."""
    store = Store(settings.home)
    rows = [assessed(5, "CR", url=PAGE), assessed(6, "VU", url="https://evil.test/x")]
    keep_rows(store, rows, version="2026-1")
    store.close()
    app = RedListApp(settings)

    async def scenario(pilot: Pilot[None]) -> None:
        table = await opened(pilot, app)
        while table.column_name != "taxon_scientific_name":
            await pilot.press("right")
        assert await copied(pilot, app, "c") == "Inventa exemplaris5"
        assert told(app) == (
            "Copied the cell (19 characters). If nothing arrives, your terminal doesn't allow "
            "programs to copy (OSC 52)."
        )
        row = await copied(pilot, app, "r")
        assert row.split("\t")[:2] == ["2020", "true"]
        header, below = (await copied(pilot, app, "h")).split("\n")
        assert below == row
        assert dict(zip(header.split("\t"), row.split("\t"), strict=True))["url"] == PAGE
        table.hide({"url"})
        assert PAGE not in await copied(pilot, app, "r")
        assert await copied(pilot, app, "a") == PAGE
        cite = await copied(pilot, app, "t")
        assert cite.startswith("IUCN 2026. The IUCN Red List of Threatened Species. Version 2026-1")
        await pilot.press("down", "y", "a")  # a page of another site
        why = "Nothing was copied: its page is not on iucnredlist.org."
        await until(pilot, lambda: why in str(app.screen.query_one("#copy-result").visual))
        assert app.clipboard == cite
        await pilot.press("escape", "enter")
        await until(pilot, lambda: isinstance(app.screen, RecordScreen))
        assert "exemplaris6" in await copied(pilot, app, "r")
        assert app._notifications  # the status line is not seen there

    play(app, scenario)


@pytest.fixture
def view_of(settings: Settings) -> Iterator[Callable[..., View]]:
    """Saves rows, and gives their table."""
    service = Service(settings)
    yield lambda *rows: service.records(keep_rows(service._store, rows))
    service.close()


def test_a_full_assessment_has_its_own_citation(view_of: Callable[..., View]) -> None:
    """Else an assessment is cited as the whole Red List."""
    own = "A. Author 2020. <i>Inventa prima</i>. The IUCN Red List 2020: e.T0A7."
    view = view_of(assessed(5, "CR", citation=own))
    found = {one.name: one.text for one in copyables(view, 0, None, ())}
    assert found["citation"] == own.replace("<i>", "").replace("</i>", "")


def test_rows_of_the_demo_are_cited_as_synthetic(settings: Settings) -> None:
    """Else invented species stand in a bibliography."""
    app = RedListApp(settings)

    async def scenario(pilot: Pilot[None]) -> None:
        await to_records(pilot, app)
        assert await copied(pilot, app, "t") == SYNTHETIC
        assert "DEMO" in await copied(pilot, app, "r")

    play(app, scenario)


def test_what_is_copied_steers_nothing(view_of: Callable[..., View]) -> None:
    """Else a cell becomes two of a spreadsheet, or a command of the shell that it is pasted in."""
    view = view_of(*HOSTILE_ROWS)
    for column in view.columns:
        found = {one.name: one.text for one in copyables(view, 0, column, ())}
        assert "\n" not in found["cell"]
        assert "\t" not in found["cell"]
        assert not any(map(steers, found.values()))
    assert found["row"].count("\t") == len(view.columns) - 1
    assert found["header"].count("\n") == 1


def test_more_than_a_terminal_takes_is_not_copied(settings: Settings) -> None:
    """Else half of a row is pasted, and nobody is told."""
    store = Store(settings.home)
    keep_rows(store, [assessed(5, "CR", note="x" * MOST_BYTES)])
    store.close()
    app = RedListApp(settings)

    async def scenario(pilot: Pilot[None]) -> None:
        await opened(pilot, app)
        await pilot.press("y", "r")
        await until(pilot, lambda: "Export it." in said(app))
        assert app.clipboard == ""

    play(app, scenario)


def test_requests_are_copied_as_they_are_shown(settings: Settings) -> None:
    app = scripted_app(settings, ScriptedService())

    async def scenario(pilot: Pilot[None]) -> None:
        await to_records(pilot, app)
        await pilot.press("b")
        await until(pilot, lambda: app.screen is not app.main)
        row = await copied(pilot, app, "r")
        assert row.startswith("asyncio\tf1\t0\t")
        await pilot.press("y")
        await until(pilot, lambda: isinstance(app.screen, CopyMenu))
        await until(pilot, lambda: app.screen.query_one("#copy-list").option_count == 3)

    play(app, scenario)


def test_the_token_is_never_copied(settings: Settings) -> None:
    """Neither from a record that repeats it, nor from the field that shows dots."""
    app = scripted_app(settings, ScriptedService())

    async def scenario(pilot: Pilot[None]) -> None:
        app.service.use_token(Token(SECRET))
        app.copy_to_clipboard(f"a {SECRET} b")
        assert app.clipboard == "a •••• b"
        await pilot.press("t")
        await until(pilot, lambda: app.screen.query("#token"))
        field = app.screen.query_one("#token", Input)
        app.service.use_token(Token("another-token"))
        field.value = SECRET
        field.select_all()
        field.action_copy()
        assert app.clipboard == "a •••• b"
        field.value = ""

    play(app, scenario)


def test_in_tmux_its_setting_is_named(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else nobody knows why nothing arrives: tmux allows it only if it is set."""
    monkeypatch.setenv("TMUX", "/tmp/tmux-0/default,1,0")
    app = RedListApp(settings)

    async def scenario(pilot: Pilot[None]) -> None:
        await to_records(pilot, app)
        await copied(pilot, app, "c")
        assert told(app).endswith("(OSC 52); in tmux `set -g set-clipboard on` allows it.")

    play(app, scenario)


@pytest.fixture
def terminal() -> Iterator[Callable[..., Terminal]]:
    opened: list[Terminal] = []

    def start(**environ: str) -> Terminal:
        opened.append(Terminal(**environ))
        return opened[-1]

    yield start
    for one in opened:
        one.close()


@pytest.mark.xdist_group("screen")
def test_a_terminal_is_sent_what_is_copied(
    terminal: Callable[..., Terminal], settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As one sequence (OSC 52) that goes through ssh."""
    store = Store(settings.home)
    keep_rows(store, [assessed(5, "CR", url=PAGE)])
    store.close()
    window = terminal(IUCN_TUI_HOME=str(settings.home))

    def waits(*words: bytes) -> None:
        window.until(lambda: all(word in window.shown for word in words))
        window.shown = b""

    waits(b"Compare F5")
    window.type(b"h")
    waits(b"countries/MG")
    window.type(b"\r")
    waits(b"1 record")
    window.type(b"3")
    waits(b"Filter", "1▸".encode())  # the row that has the cursor: before there is nothing to copy
    window.type(b"y")
    waits(b"Citation")
    window.type(b"a")
    window.until(lambda: re.search(rb"\x1b\]52;c;[^\a]+\a", window.shown))
    found: Any = re.search(rb"\x1b\]52;c;([^\a]+)\a", window.shown)
    assert base64.b64decode(found[1]).decode() == PAGE
