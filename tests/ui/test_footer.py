"""The last line: the keys of what has the focus, a click on them, what has no room; leaving."""

from __future__ import annotations

from itertools import pairwise

import pytest
from textual.binding import Binding
from textual.command import CommandList, CommandPalette
from textual.pilot import Pilot
from textual.widgets import Input, OptionList

from tests.support.on_screen import choose_fetch, click_hint, hints, lines, said
from tests.support.screens import ScriptedService, play, run_events, scripted_app, until, until_done
from tui_app.settings import Settings
from tui_app.ui import keys
from tui_app.ui.app import RedListApp
from tui_app.ui.chart.panel import ChartPanel
from tui_app.ui.dialogs.lists import FiltersDialog, ListDialog
from tui_app.ui.dialogs.prompts import Confirm
from tui_app.ui.fields import Choice
from tui_app.ui.footer import hints_of, placed_hints
from tui_app.ui.records.record import RecordScreen

ALWAYS = ["F5 Compare", "^E Export", "F2 Setup", "F1 Help", "^Q Quit"]
OF_PANELS = {
    "1": ["↑ ↓ Move", "End Follow"],
    "2": ["← → Chart", "l Log scales"],
    "3": ["Enter Open", "y Copy", "/ Find"],
    "4": [],
    "s": ["↓ Operations", "Esc Panels"],
}


@pytest.fixture(autouse=True)
def usual_keys() -> object:
    """The next test has them again."""
    yield
    keys.use({})


async def compared(pilot: Pilot[None], app: RedListApp) -> None:
    await pilot.press("f5")
    await until_done(pilot, app)


def holding() -> ScriptedService:
    """A fetch by it goes on until it is stopped."""
    return ScriptedService(run_events("f1", 10, 8)[:-1], hold=True)


async def running(pilot: Pilot[None], app: RedListApp) -> None:
    await choose_fetch(pilot, app)
    await pilot.press("f5")
    await until(pilot, lambda: app.main.busy)


@pytest.mark.parametrize("key", OF_PANELS)
def test_the_last_line_has_the_keys_of_the_panel_that_has_the_focus(
    settings: Settings, key: str
) -> None:
    """Beside those that always hold, at 80 columns."""
    app = scripted_app(settings, ScriptedService())

    async def scenario(pilot: Pilot[None]) -> None:
        await compared(pilot, app)
        await pilot.press(key)
        own = OF_PANELS[key]
        await until(pilot, lambda: hints(app)[3 : 3 + len(own)] == own)
        assert set(ALWAYS) <= set(hints(app))
        assert all(one in lines(app, "#keys") for one in hints(app))
        assert "finds" not in str(app.main.query_one("#records").border_title)

    play(app, scenario, (80, 24))


def test_the_last_line_offers_what_can_be_done(settings: Settings) -> None:
    """Else Export is missed where there are records, and a key is offered that does nothing."""
    app = scripted_app(settings, ScriptedService())

    async def scenario(pilot: Pilot[None]) -> None:
        assert "^E Export" not in hints(app)  # there is nothing to write yet
        await choose_fetch(pilot, app)
        await pilot.press("f5")
        await until_done(pilot, app)
        await pilot.press("3")
        first = ["F5 Fetch", "^E Export", "F2 Setup", "Enter Open", "y Copy", "/ Find"]
        await until(pilot, lambda: hints(app) == [*first, "F1 Help", "^Q Quit"])
        await pilot.press("2")
        await until(pilot, lambda: "← → Chart" in hints(app))
        assert "l Log scales" not in hints(app)  # it has no times by pages

    play(app, scenario, (80, 24))


def test_while_something_is_typed_the_line_has_no_letters(settings: Settings) -> None:
    """Else a hint names a key that is typed."""
    app = scripted_app(settings, ScriptedService())

    async def scenario(pilot: Pilot[None]) -> None:
        await compared(pilot, app)
        await pilot.press("3", "slash")
        await until(pilot, lambda: "Esc Clear" in hints(app))
        assert "↓ Rows" in hints(app)
        assert not [one for one in hints(app) if one[1] == " " and one[0].isalpha()]
        await pilot.press("m", "q", "f", "T", "colon")
        assert app.screen.query_one("#find", Input).value == "mqfT:"
        assert app.screen is app.main
        assert app.main.query_one("#action", Choice).value == "compare"

    play(app, scenario, (200, 40))


def test_a_click_does_it_where_the_focus_is(settings: Settings) -> None:
    app = scripted_app(settings, ScriptedService())

    async def scenario(pilot: Pilot[None]) -> None:
        await compared(pilot, app)
        await pilot.press("2")
        await until(pilot, lambda: "← → Chart" in hints(app))
        await click_hint(pilot, app, "← → Chart", on="→")
        await until(pilot, lambda: app.main.query_one(ChartPanel).chart == "throughput")
        await click_hint(pilot, app, "← → Chart", on="←")
        await until(pilot, lambda: app.main.query_one(ChartPanel).chart == "times")
        await pilot.press("3")
        await until(pilot, lambda: "Enter Open" in hints(app))
        await click_hint(pilot, app, "Enter Open")
        await until(pilot, lambda: isinstance(app.screen, RecordScreen))
        await click_hint(pilot, app, "Esc Back")
        await until(pilot, lambda: app.screen is app.main)

    play(app, scenario)


def test_keys_of_ones_own_are_on_the_last_line(settings: Settings) -> None:
    own = {"records_find": "ctrl+f8", "quit": "ctrl+f9", "records_open": "w"}
    app = RedListApp(settings, make_service=lambda _: ScriptedService(), own_keys=own)

    async def scenario(pilot: Pilot[None]) -> None:
        await compared(pilot, app)
        await pilot.press("3")
        await until(pilot, lambda: "w Open" in hints(app))
        assert "^F8 Find" in hints(app)
        assert "^F9 Quit" in hints(app)

    play(app, scenario)


@pytest.mark.parametrize(
    "own", [keys.WATERFALL, keys.CHARTS, keys.RECORDS, keys.FIND, keys.FORM_HINTS, keys.HISTORY]
)
def test_what_has_no_room_is_left_out_whole_and_the_least_important_first(
    own: tuple[Binding, ...],
) -> None:
    for width in range(20, 201):
        room_for(own, width)


def room_for(own: tuple[Binding, ...], width: int) -> None:
    first, here, more, last = (
        hints_of(one) for one in (keys.FIRST_HINTS, own, keys.MORE_HINTS, keys.LAST_HINTS)
    )
    ranks = {0: first, 2: here, 3: more, 1: last}
    placed = placed_hints([[(rank, one) for one in some] for rank, some in ranks.items()], width)
    for one, following in pairwise(placed):
        assert one.column + one.hint.length + len(following.gap) == following.column
    assert all(one.column + one.hint.length <= width for one in placed)
    by_rank = [one for _, some in sorted(ranks.items()) for one in some]
    shown = {one.hint for one in placed}
    assert shown == set(by_rank[: len(shown)])
    if width >= 70:
        assert {*first, *last} <= shown


# -- the switch, dialogs, leaving ----------------------------------------------------------


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
def test_a_key_switches_between_compare_and_fetch(
    settings: Settings, size: tuple[int, int]
) -> None:
    """Also where the form is not seen: the last line and the status line say what F5 does."""
    app = scripted_app(settings, ScriptedService())

    async def scenario(pilot: Pilot[None]) -> None:
        assert "F5 Compare" in hints(app)
        await pilot.press("m")
        await until(pilot, lambda: "F5 Fetch" in hints(app))
        assert app.main.query_one("#action", Choice).value == "fetch"
        assert said(app).startswith("F5 fetches all pages of red_list_categories/CR by asyncio")
        await pilot.press("f2", "f12")
        await until(pilot, lambda: "F5 Compare" in hints(app))
        assert said(app).startswith("F5 compares at 1, 3, 5 and 10 pages")

    play(app, scenario, size)


@pytest.mark.parametrize(
    ("key", "screen"),
    [("f", FiltersDialog), ("n", ListDialog), ("i", ListDialog), ("T", None), ("colon", None)],
)
def test_dialogs_that_only_the_palette_had_have_a_key(
    settings: Settings, key: str, screen: type | None
) -> None:
    app = scripted_app(settings, ScriptedService())

    async def scenario(pilot: Pilot[None]) -> None:
        await pilot.press(key)
        await until(pilot, lambda: app.screen is not app.main)
        if screen is not None:
            assert isinstance(app.screen, screen)

    play(app, scenario)


def test_the_palette_and_help_list_every_key_of_the_main_screen(settings: Settings) -> None:
    app = scripted_app(settings, ScriptedService())

    async def scenario(pilot: Pilot[None]) -> None:
        commands = {one.title: one.help for one in app.get_system_commands(app.main)}
        for one in (
            "mode",
            "filters",
            "names",
            "ids",
            "plan",
            "token",
            "theme",
            "learn",
            "history",
        ):
            (binding,) = keys.named(one)
            assert commands[binding.description].endswith(f"({keys.name_of(binding)})")
        assert "Quit" in commands
        assert commands["Chart: why"] == "Explanation: what set the time"
        assert "Records: filter" not in commands
        await pilot.press("3")  # there f is another key: both say where they apply
        commands = {one.title: one.help for one in app.get_system_commands(app.main)}
        assert commands["Filters"].endswith("in Records this key filters rows (f)")
        words = "Show only the rows with the value under the cursor (f)"
        assert commands["Records: filter"] == words

    play(app, scenario)


def test_q_quits_at_once_where_nothing_runs(settings: Settings) -> None:
    app = scripted_app(settings, ScriptedService())

    async def scenario(pilot: Pilot[None]) -> None:
        await pilot.press("q")
        await until(pilot, lambda: app._exit)

    play(app, scenario)
    assert app.return_code == 0


@pytest.mark.parametrize("way", ["q", "ctrl+q", "palette"])
def test_quitting_asks_while_a_run_goes_on(settings: Settings, way: str) -> None:
    """Else one slip of a finger stops it."""
    app = scripted_app(settings, holding())

    async def ask(pilot: Pilot[None]) -> None:
        if way == "palette":
            await pilot.press("ctrl+p")
            await until(pilot, lambda: isinstance(app.screen, CommandPalette))
            await pilot.press(*"Quit")
            await until(pilot, lambda: app.screen.query_one(CommandList).option_count)
            await pilot.press("enter")
        else:
            await pilot.press(way)
        await until(pilot, lambda: isinstance(app.screen, Confirm))

    async def scenario(pilot: Pilot[None]) -> None:
        await running(pilot, app)
        for answer in ("escape", "n"):
            await ask(pilot)
            await pilot.press(answer)
            await until(pilot, lambda: app.screen is app.main)
            assert app.main.busy
            assert not app._exit
        await ask(pilot)
        await pilot.press("ctrl+q" if way == "ctrl+q" else "y")
        await until(pilot, lambda: app._exit)
        assert app.main.job is not None
        assert app.main.job.cancel.is_set()

    play(app, scenario)
    assert app.return_code == 0


@pytest.mark.parametrize("key", ["h", "l", "f1"])
def test_q_closes_what_is_open_above_the_panels(settings: Settings, key: str) -> None:
    app = scripted_app(settings, ScriptedService())

    async def scenario(pilot: Pilot[None]) -> None:
        await pilot.press(key)
        await until(pilot, lambda: app.screen is not app.main)
        await pilot.press("q")
        await until(pilot, lambda: app.screen is app.main)
        assert not app._exit

    play(app, scenario)


# -- searches ------------------------------------------------------------------------------


def test_every_search_says_that_nothing_matches(settings: Settings) -> None:
    """In the same words: the palette, the picker, the rows."""
    app = scripted_app(settings, ScriptedService())

    def shown() -> str:
        return "\n".join(strip.text for strip in app.screen._compositor.render_strips())

    async def scenario(pilot: Pilot[None]) -> None:
        await compared(pilot, app)
        for opens in ("ctrl+p", "o"):
            await pilot.press(opens)
            await until(pilot, lambda: app.screen is not app.main)
            await pilot.press(*"xqzxqz")
            await until(pilot, lambda: "No matches" in shown())
            await pilot.press("escape")
            await until(pilot, lambda: app.screen is app.main)
        await pilot.press("3", "slash", *"xqzxqz", "enter")
        await until(pilot, lambda: "No matches." in lines(app, "#records-find"))

    play(app, scenario)


@pytest.mark.parametrize(
    ("typed", "found"),
    [("lesson", "Learn"), ("primer", "Learn"), ("compare", "Run"), ("csv", "Export")],
)
def test_the_palette_finds_a_command_by_its_explanation(
    settings: Settings, typed: str, found: str
) -> None:
    """Who looks for a lesson doesn't know that its command is called Learn."""
    app = scripted_app(settings, ScriptedService())

    async def scenario(pilot: Pilot[None]) -> None:
        await pilot.press("ctrl+p")
        await until(pilot, lambda: app.screen is not app.main)
        await pilot.press(*typed)
        options = app.screen.query_one(OptionList)
        await until(
            pilot, lambda: any(found in str(one.prompt).split("\n") for one in options.options)
        )

    play(app, scenario)


# -- keys that can't do anything ---------------------------------------------------------------


@pytest.mark.parametrize(("key", "what"), [("f8", "stop"), ("x", "stop"), ("space", "pause")])
def test_a_key_that_has_nothing_to_do_says_so(settings: Settings, key: str, what: str) -> None:
    app = scripted_app(settings, ScriptedService())

    async def scenario(pilot: Pilot[None]) -> None:
        await pilot.press(key)
        await until(pilot, lambda: said(app) == f"Nothing to {what}: no run is active.")

    play(app, scenario)


def test_a_list_that_is_cancelled_leaves_the_form_as_it_was(settings: Settings) -> None:
    """Else n, pressed by mistake, replaces the operation."""
    app = scripted_app(settings, ScriptedService())

    async def scenario(pilot: Pilot[None]) -> None:
        before = app.main.form
        for key in ("n", "i"):
            await pilot.press(key)
            await until(pilot, lambda: isinstance(app.screen, ListDialog))
            await pilot.press("escape")
            await until(pilot, lambda: app.screen is app.main)
            await pilot.pause()
            assert app.main.form == before

    play(app, scenario)
