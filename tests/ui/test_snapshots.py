"""What the screen looks like, over scripted events and a clock that stands still.

After a change that is meant: ``pytest tests/ui/test_snapshots.py --snapshot-update -n 0``, and
look at the pictures in ``__snapshots__``.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, Static, TextArea

from tests.support.on_screen import choose_fetch, still, to_records
from tests.support.past_runs import open_history, scripted
from tests.support.screens import ZERO, ScriptedService, run_events, scripted_app, until, until_done
from tui_app.fetch import Event, State
from tui_app.settings import Settings
from tui_app.ui.dialogs.export import ExportDialog
from tui_app.ui.dialogs.help import HelpScreen
from tui_app.ui.dialogs.lists import ListDialog
from tui_app.ui.dialogs.picker import Picker
from tui_app.ui.dialogs.prompts import ResumeDialog

pytestmark = pytest.mark.xdist_group("snapshots")
Snap = Callable[..., bool]


def faults() -> list[Event]:
    """A run in which every kind of end and gap is seen."""
    run = "f1"
    events = [event for event in run_events(run, 6, 2) if event.state is not State.ENDED]

    def request(number: int, at: float) -> list[Event]:
        label = f"red_list_categories/CR page {number + 1}"
        return [
            Event(run, State.QUEUED, at, number, 1, label=label, page=number + 1),
            Event(run, State.STARTED, at, number, 1),
            Event(run, State.SENT, at, number, 1),
        ]

    fault = {"reason": "HTTP 503 (Service Unavailable)", "kind": "server", "status": 503}
    events[1] = Event(run, State.PLANNED, ZERO, total=9)
    events += [
        *request(6, ZERO + 0.7),
        Event(run, State.RETRIED, ZERO + 0.8, 6, 1, wait_s=0.3, **fault),
        Event(run, State.STARTED, ZERO + 1.1, 6, 2),
        Event(run, State.SENT, ZERO + 1.1, 6, 2),
        Event(run, State.FAILED, ZERO + 1.3, 6, 2, **fault),
        *request(7, ZERO + 0.8),
        Event(run, State.MISSING, ZERO + 1.0, 7, 1, reason="not found (HTTP 404)",
              kind="not-found", status=404),
        Event(run, State.QUEUED, ZERO + 0.9, 8, 1, label="red_list_categories/CR page 9", page=9),
        Event(run, State.PACED, ZERO + 0.9, 8, 1, wait_s=0.4, reason="pace"),
        Event(run, State.STARTED, ZERO + 1.3, 8, 1),
        Event(run, State.SENT, ZERO + 1.3, 8, 1),
        Event(run, State.CANCELLED, ZERO + 1.5, 8, 1),
        Event(run, State.ENDED, ZERO + 1.5),
    ]  # fmt: skip
    return events


def test_comparison_with_room(settings: Settings, snap_compare: Snap) -> None:
    app = scripted_app(settings, ScriptedService())

    async def compare(pilot: Pilot[None]) -> None:
        await pilot.press("f5")
        await until_done(pilot, app)

    assert snap_compare(app, terminal_size=(120, 40), run_before=still(app, compare))


def test_chart_on_a_small_screen(settings: Settings, snap_compare: Snap) -> None:
    app = scripted_app(settings, ScriptedService())

    async def compare(pilot: Pilot[None]) -> None:
        await pilot.press("f5")
        await until_done(pilot, app)
        await pilot.press("2")

    assert snap_compare(app, terminal_size=(80, 24), run_before=still(app, compare))


def test_faults_in_the_waterfall_without_colour(
    settings: Settings, snap_compare: Snap, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = scripted_app(settings, ScriptedService(faults()))

    async def fetch(pilot: Pilot[None]) -> None:
        await choose_fetch(pilot, app)
        await pilot.press("f5")
        await until_done(pilot, app)
        await pilot.press("1")

    assert snap_compare(app, terminal_size=(80, 24), run_before=still(app, fetch))


def test_errors_and_records(settings: Settings, snap_compare: Snap) -> None:
    app = scripted_app(settings, ScriptedService(faults()))

    async def fetch(pilot: Pilot[None]) -> None:
        await choose_fetch(pilot, app)
        await pilot.press("f5")
        await until_done(pilot, app)
        await pilot.press("4")

    assert snap_compare(app, terminal_size=(120, 40), run_before=still(app, fetch))


def test_drawer_with_something_wrong(settings: Settings, snap_compare: Snap) -> None:
    app = scripted_app(settings, ScriptedService())

    async def wrong(pilot: Pilot[None]) -> None:
        app.main.query_one("#page_counts", Input).value = "5-1"
        await pilot.press("f5")

    assert snap_compare(app, terminal_size=(80, 24), run_before=still(app, wrong))


def test_export(settings: Settings, snap_compare: Snap) -> None:
    app = scripted_app(settings, ScriptedService())

    async def export(pilot: Pilot[None]) -> None:
        table = await to_records(pilot, app)
        await pilot.press("slash", *"species12", "enter")
        await until(pilot, lambda: table.length == 11)
        await pilot.press("ctrl+e")
        await until(pilot, lambda: isinstance(app.screen, ExportDialog))

    assert snap_compare(app, terminal_size=(80, 24), run_before=still(app, export))


def test_picker_on_a_small_screen(settings: Settings, snap_compare: Snap) -> None:
    app = scripted_app(settings, ScriptedService())

    async def pick(pilot: Pilot[None]) -> None:
        await pilot.press("ctrl+l")
        await until(pilot, lambda: isinstance(app.screen, Picker) and app.focused)

    assert snap_compare(app, terminal_size=(80, 24), run_before=still(app, pick))


def test_picker_with_codes_and_a_collection(settings: Settings, snap_compare: Snap) -> None:
    app = scripted_app(settings, ScriptedService())

    async def pick(pilot: Pilot[None]) -> None:
        app.main.query_one("#operation", Input).value = "countries/MG + threats/5_3"
        await pilot.pause()
        await pilot.press("ctrl+l")
        await until(pilot, lambda: isinstance(app.screen, Picker) and app.focused)
        await pilot.press(*"threats", "enter")
        state = app.screen.query_one("#picker-state", Static)
        await until(pilot, lambda: "the server's list" in str(state.render()))
        await pilot.press(*"logging")
        await until(pilot, lambda: str(state.render()).startswith("9 rows"))

    assert snap_compare(app, terminal_size=(120, 40), run_before=still(app, pick))


def test_names_with_faults(settings: Settings, snap_compare: Snap) -> None:
    app = scripted_app(settings, ScriptedService())

    async def names(pilot: Pilot[None]) -> None:
        app.main.action_choose("names")
        await until(pilot, lambda: isinstance(app.screen, ListDialog) and app.focused)
        area = app.screen.query_one(TextArea)
        area.cursor_blink = False
        area.text = "Canis lupus\nPanthera leo\n# cats\nPanthera leo\nCanis 99"
        tally = app.screen.query_one("#list-tally", Static)
        await until(pilot, lambda: "2 names (1 dup" in str(tally.render()))

    assert snap_compare(app, terminal_size=(80, 24), run_before=still(app, names))


@pytest.mark.parametrize("size", [(120, 40), (80, 24)], ids=["room", "small"])
def test_history(settings: Settings, snap_compare: Snap, size: tuple[int, int]) -> None:
    app = scripted_app(settings, scripted())

    async def look(pilot: Pilot[None]) -> None:
        screen = await open_history(pilot, app)
        await pilot.press("down", "down", "down")
        preview = screen.query_one("#history-preview", Static)
        await until(pilot, lambda: not preview.display or "Run 4" in str(preview.border_title))

    assert snap_compare(app, terminal_size=size, run_before=still(app, look))


def test_resume_asks_by_which_method(settings: Settings, snap_compare: Snap) -> None:
    app = scripted_app(settings, scripted())

    async def ask(pilot: Pilot[None]) -> None:
        await open_history(pilot, app)
        await pilot.press("down", "down", "u")
        await until(pilot, lambda: isinstance(app.screen, ResumeDialog) and app.focused)

    assert snap_compare(app, terminal_size=(80, 24), run_before=still(app, ask))


@pytest.mark.parametrize(
    ("size", "panel"), [((120, 40), "3"), ((80, 24), "2")], ids=["room", "small"]
)
def test_help(settings: Settings, snap_compare: Snap, size: tuple[int, int], panel: str) -> None:
    app = scripted_app(settings, ScriptedService())

    async def read(pilot: Pilot[None]) -> None:
        await pilot.press(panel)
        await pilot.pause()
        await pilot.press("f1")
        await until(pilot, lambda: isinstance(app.screen, HelpScreen) and app.screen._shown)

    assert snap_compare(app, terminal_size=size, run_before=still(app, read))
