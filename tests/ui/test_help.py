"""Help: the topic that fits the focus, its keys, the list of topics, links, widths, closing."""

from __future__ import annotations

import importlib
import pkgutil
import re
import subprocess
import sys

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, OptionList, TextArea

from tests.support.on_screen import to_records
from tests.support.past_runs import shown
from tests.support.screens import ScriptedService, kept_run, play, scripted_app, until
from tui_app import ui
from tui_app.docs import ORDER, topic, topics
from tui_app.settings import Settings
from tui_app.ui import keys
from tui_app.ui.app import RedListApp
from tui_app.ui.dialogs import Dialog, Place
from tui_app.ui.dialogs.help import _GAP, TOPICS, HelpScreen, HelpTable, shared_widths
from tui_app.ui.dialogs.prompts import Confirm
from tui_app.ui.fields import Tick

NARROWEST_TABLE = 54
"""Cells of a table where the terminal has 60."""


async def opened(pilot: Pilot[None], app: RedListApp, key: str = "f1") -> HelpScreen:
    """Help, once its page is drawn."""
    await pilot.press(key)
    await until(pilot, lambda: isinstance(app.screen, HelpScreen) and app.screen._shown)
    await until(pilot, lambda: app.focused is not None)
    await pilot.pause()
    assert isinstance(app.screen, HelpScreen)
    return app.screen


@pytest.mark.parametrize(
    ("pressed", "place", "name", "key"),
    [
        ("1", "#waterfall", "comparing", "End, G"),
        ("2", "#chart", "comparing", "l "),
        ("3", "#records-table", "records", "Backspace "),
        ("3 slash", "#find", "records", "Backspace "),
        ("4", "#errors", "troubleshooting", ""),
        ("f2", "#operation", "filters-and-operations", "↓ "),
        ("1 b", "RequestsScreen", "comparing", "Esc, b, q"),
        ("3 enter", "RecordScreen", "records", "n "),
        ("3 y", "CopyMenu", "records", "t  "),
        ("3 c", "ColumnsDialog", "records", "n  "),
        ("1 h", "HistoryScreen", "resume-and-cache", "Space "),
        ("1 h n", "LineDialog", "resume-and-cache", "Esc "),
        ("1 l", "PrimerScreen", "teachers", "Enter, r, F5"),
        ("1 o", "Picker", "filters-and-operations", "F3, ^N"),
        ("1 f", "FiltersDialog", "filters-and-operations", "^D "),
        ("1 n", "ListDialog", "names", "F3, ^N"),
        ("1 i", "ListDialog", "names", "F3, ^N"),
        ("1 e", "ExportDialog", "formats", "F6, ^S"),
        ("1 p", "PlanDialog", "planning", "a "),
        ("1 t", "TokenDialog", "configuration", "^O "),
    ],
)
def test_help_opens_the_topic_and_the_keys_of_what_has_the_focus(
    settings: Settings, pressed: str, place: str, name: str, key: str
) -> None:
    """Else a user looks for the topic, or leaves help for a key."""
    service = ScriptedService()
    service.kept = [kept_run(2), kept_run(1)]
    app = scripted_app(settings, service)

    def is_there() -> bool:
        focus = app.focused
        return focus is not None and place in (f"#{focus.id}", type(app.screen).__name__)

    async def scenario(pilot: Pilot[None]) -> None:
        await to_records(pilot, app)
        for one in pressed.split():
            await pilot.press(one)
            await pilot.pause()
        await until(pilot, is_there)
        before = app.screen
        screen = await opened(pilot, app)
        await until(pilot, lambda: key in shown(app))
        assert f"─ Help: {topic(name).title} ─" in shown(app)
        assert ("Keys here" in shown(app)) is bool(key)
        assert screen.query_one(OptionList).highlighted == ORDER.index(name)
        await pilot.press("f1")
        await until(pilot, lambda: app.screen is before)

    play(app, scenario)


def test_the_topic_of_the_form_follows_its_mode(settings: Settings) -> None:
    app = scripted_app(settings, ScriptedService())

    async def scenario(pilot: Pilot[None]) -> None:
        for mode, name in (("compare", "Comparing"), ("fetch", "Fetching")):
            if app.main.form.action != mode:
                await pilot.press("f12")
            app.main.query_one("#retries", Input).focus()
            await opened(pilot, app)
            assert f"Help: {name}" in shown(app)
            assert "Search all operations" in shown(app)
            await pilot.press("escape")

    play(app, scenario)


def test_the_topic_of_the_form_explains_its_ticks(settings: Settings) -> None:
    """By the words that the form has."""
    app = scripted_app(settings, ScriptedService())

    async def scenario(pilot: Pilot[None]) -> None:
        ticks = [one for one in app.main.query(Tick) if "method-" not in str(one.id)]
        assert len(ticks) == 5
        for one in ticks:
            assert f"\n| {one.label} | " in topic("fetching").text

    play(app, scenario)


def test_a_question_has_the_topic_of_what_is_below_it(settings: Settings) -> None:
    app = scripted_app(settings, ScriptedService())

    async def scenario(pilot: Pilot[None]) -> None:
        await to_records(pilot, app)
        app.push_screen(Confirm("A question", "Really?", "Yes"))
        await opened(pilot, app)
        assert "Help: Records" in shown(app)
        assert "Yes" in shown(app)

    play(app, scenario)


def test_every_place_has_a_topic_that_exists() -> None:
    """Else F1 says nothing of a new dialog, or of a renamed one."""
    found = {
        name: one
        for module in pkgutil.walk_packages(ui.__path__, "tui_app.ui.")
        for name, one in vars(importlib.import_module(module.name)).items()
        if isinstance(one, type)
    }
    assert set(TOPICS.values()) <= set(ORDER)
    assert {one for one in TOPICS if not one.startswith("#")} <= set(found)
    shared = {"Dialog", "Place", "RowsDialog", "HelpScreen"}
    places = {
        name
        for name, one in found.items()
        if issubclass(one, Dialog | Place) and not issubclass(one, Confirm)
    }
    assert places - shared - set(TOPICS) == set()


def test_the_list_leads_to_every_topic(settings: Settings) -> None:
    """Else some of the documentation can't be read here."""
    app = scripted_app(settings, ScriptedService())

    async def scenario(pilot: Pilot[None]) -> None:
        screen = await opened(pilot, app)
        listed = screen.query_one(OptionList)
        assert [one.id for one in listed.options] == list(ORDER)
        assert all(one.title in shown(app) for one in topics())
        await pilot.press("tab")
        for key, name in (("home", ORDER[0]), ("down", ORDER[1]), ("end", ORDER[-1])):
            await pilot.press(key)
            await until(pilot, lambda name=name: screen._shown == name)
            assert f"─ Help: {topic(name).title} ─" in shown(app)
        await pilot.press("enter")
        await until(pilot, lambda: app.focused is app.screen.query_one("#help-page"))
        await pilot.press("tab")
        await until(pilot, lambda: app.focused is app.screen.query_one("#help-topics"))

    play(app, scenario, (120, 24))


def test_keys_that_come_fast_end_at_one_topic(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the list jumps between topics for ever."""
    app = scripted_app(settings, ScriptedService())
    asked: list[str] = []
    show = HelpScreen.show
    monkeypatch.setattr(HelpScreen, "show", lambda one, name: (asked.append(name), show(one, name)))

    async def scenario(pilot: Pilot[None]) -> None:
        screen = await opened(pilot, app)
        asked.clear()
        for place in range(3, 9):  # before the first of them is heard of
            screen.query_one(OptionList).highlighted = place
        await until(pilot, lambda: screen._shown == ORDER[8])
        await pilot.pause()
        assert asked == [ORDER[8]]

    play(app, scenario, (120, 24))


def test_keys_scroll_the_page_and_a_new_topic_begins_at_its_top(settings: Settings) -> None:
    app = scripted_app(settings, ScriptedService())

    async def scenario(pilot: Pilot[None]) -> None:
        screen = await opened(pilot, app)
        page = screen.query_one("#help-page")
        await until(pilot, lambda: page.has_focus and page.max_scroll_y > 0)
        for key in ("down", "pagedown", "end", "up", "pageup"):
            before = page.scroll_target_y
            await pilot.press(key)
            assert (page.scroll_target_y > before) is (key not in ("up", "pageup")), key
        screen.show("sql")
        await until(pilot, lambda: screen._shown == "sql")
        assert page.scroll_target_y == 0
        assert "Keys here" not in shown(app)  # they are those of another place

    play(app, scenario, (100, 30))


async def click_words(pilot: Pilot[None], app: RedListApp, words: str) -> None:
    """Click the last place where these words are, once the page stands still."""
    page = app.screen.query_one("#help-page")
    await until(pilot, lambda: words in shown(app) and page.scroll_y == page.scroll_target_y)
    rows = shown(app).splitlines()
    row = max(at for at, one in enumerate(rows) if words in one)
    await pilot.click(offset=(rows[row].rindex(words) + 1, row))


def test_a_link_opens_its_topic(settings: Settings) -> None:
    """In a paragraph as in a table."""
    app = scripted_app(settings, ScriptedService())

    async def scenario(pilot: Pilot[None]) -> None:
        screen = await opened(pilot, app)
        for begin, words, name in (
            ("sql", "python-api", "python-api"),
            ("troubleshooting", "configuration", "configuration"),
        ):
            screen.show(begin)
            await until(pilot, lambda name=begin: screen._shown == name)
            await pilot.press("end")
            await pilot.pause()
            await click_words(pilot, app, words)
            await until(pilot, lambda name=name: screen._shown == name)

    play(app, scenario, (100, 130))


def test_addresses_are_shown_and_not_opened(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a click starts a browser, or nothing happens and the address stays hidden."""
    asked: list[str] = []
    monkeypatch.setattr(RedListApp, "open_url", lambda _, url, **__: asked.append(url))
    app = scripted_app(settings, ScriptedService())

    async def scenario(pilot: Pilot[None]) -> None:
        screen = await opened(pilot, app)
        screen.show("configuration")
        await until(pilot, lambda: screen._shown == "configuration")
        await pilot.pause()
        await click_words(pilot, app, "https://api.iucnredlist.org/users/sign_up")
        await pilot.pause()
        assert screen._shown == "configuration"

    play(app, scenario, (100, 150))
    assert asked == []


@pytest.mark.parametrize("size", [(60, 24), (80, 24), (89, 40)])
def test_with_little_room_the_list_takes_turns_with_the_page(
    settings: Settings, size: tuple[int, int]
) -> None:
    app = scripted_app(settings, ScriptedService())

    async def scenario(pilot: Pilot[None]) -> None:
        screen = await opened(pilot, app)
        page, listed = screen.query_one("#help-page"), screen.query_one(OptionList)
        assert (page.display, listed.display) == (True, False)
        await pilot.press("tab")
        await until(pilot, lambda: listed.has_focus)
        assert (page.display, listed.display) == (False, True)
        assert topic("comparing").summary in shown(app)
        await pilot.press("down")
        assert screen._wanted == "comparing"
        await pilot.press("enter")
        await until(pilot, lambda: page.has_focus and screen._shown == "replay")
        assert (page.display, listed.display) == (True, False)
        await pilot.resize_terminal(90, 24)
        await until(pilot, lambda: listed.display and page.display)
        assert topic("comparing").summary not in shown(app)

    play(app, scenario, size)


def test_the_narrowest_table(settings: Settings) -> None:
    """The width at which the next test looks for words that have no room."""
    app = scripted_app(settings, ScriptedService())

    async def scenario(pilot: Pilot[None]) -> None:
        await opened(pilot, app)
        await until(pilot, lambda: app.screen.query(HelpTable))
        await until(pilot, lambda: app.screen.query(HelpTable).first().size.width)
        assert app.screen.query(HelpTable).first().size.width == NARROWEST_TABLE

    play(app, scenario, (60, 24))


@pytest.mark.parametrize("name", ORDER)
@pytest.mark.parametrize("room", [NARROWEST_TABLE, 90])
def test_no_table_cuts_a_word(name: str, room: int) -> None:
    text = re.sub(r"^```.*?^```$", "", topic(name).text, flags=re.MULTILINE | re.DOTALL)
    text = re.sub(r"\[([^\]]+)\]\([^)]+\)", r"\1", text).replace("`", "").replace("**", "")
    for table in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE):
        lines = [line.strip("|").split("|") for line in table.splitlines()]
        columns = [[cell.strip() for cell in one] for one in zip(*lines, strict=True)]
        widths = shared_widths(columns, room)
        assert sum(widths) + _GAP * (len(widths) - 1) == room
        for width, cells in zip(widths, columns, strict=True):
            assert max(len(word) for cell in cells for word in cell.split()) <= width


@pytest.mark.parametrize("key", ["escape", "f1", "q", "question_mark", "ctrl+g"])
def test_help_is_closed_by_key_and_leaves_a_dialog_as_it_was(settings: Settings, key: str) -> None:
    app = scripted_app(settings, ScriptedService())

    async def scenario(pilot: Pilot[None]) -> None:
        await pilot.press("n")
        await until(pilot, lambda: app.screen.query(TextArea))
        dialog = app.screen
        dialog.query_one(TextArea).text = "Canis lupus"
        await opened(pilot, app)
        await pilot.press(key)
        await until(pilot, lambda: app.screen is dialog)
        assert dialog.query_one(TextArea).text == "Canis lupus"

    play(app, scenario)


def test_the_users_own_key_opens_and_closes_help(settings: Settings) -> None:
    """Else a second help opens above the first."""
    own = {"help": "f11", "history": "ctrl+f6", "export": "ctrl+w"}
    app = RedListApp(settings, make_service=lambda _: ScriptedService(), own_keys=own)

    async def scenario(pilot: Pilot[None]) -> None:
        screen = await opened(pilot, app, "f11")
        screen.show("resume-and-cache")
        await until(pilot, lambda: "History (^F6)" in shown(app))
        screen.show("records")
        await until(pilot, lambda: "Export (^W)" in shown(app))
        await pilot.press("f11")
        await until(pilot, lambda: app.screen is app.main)

    try:
        play(app, scenario, (100, 130))
    finally:
        keys.use({})


def test_what_shows_markdown_is_imported_when_help_is_opened() -> None:
    """Else each start takes longer for a page that few sessions open."""
    code = (
        "import sys, tui_app.ui.screen;"
        "print([name for name in ('markdown_it', 'textual.widgets._markdown',"
        " 'tui_app.ui.dialogs.help', 'tui_app.docs') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
