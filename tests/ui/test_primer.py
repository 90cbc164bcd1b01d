"""The primer: what is shown is what is run, and what is said is what was measured."""

from __future__ import annotations

import ast
import functools
import inspect
import os
import re
import sys
import textwrap
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from textual.app import App
from textual.pilot import Pilot
from textual.widgets import OptionList, Static

from tests.support.on_screen import choose_fetch, click_hint, lines_of
from tests.support.screens import ZERO, ScriptedService, play, request_events, scripted_app, until
from tui_app import ui
from tui_app.fetch import Cancel, Event, Plan, State, stream
from tui_app.settings import Settings
from tui_app.ui.footer import StatusLine
from tui_app.ui.keys import key_names
from tui_app.ui.primer.counting import COUNTING
from tui_app.ui.primer.fetching import (
    LAPS,
    METHODS_LESSON,
    PACE,
    READING,
    THREADS,
    PaceRace,
    TwoReaders,
)
from tui_app.ui.primer.figures import LATENCY, PREDICT
from tui_app.ui.primer.lesson import Lesson
from tui_app.ui.primer.screen import BUSY, COURSE, PrimerScreen, shown_source
from tui_app.ui.primer.timeline import Stroke, TimeLine, painter
from tui_app.ui.requests.drawing import Axis
from tui_app.ui.screen import MainScreen
from tui_app.ui.theme import variables

SMALL = (
    replace(READING, pages=5, profile="fast", delay_s=0.05),  # each wait has cells
    COUNTING,
    replace(METHODS_LESSON, pages=3, profile="fast"),
    replace(THREADS, pages=4),
    replace(PACE, pages=2, delay_s=0.0),
    replace(LATENCY, pages=3, delay_s=0.0),
    replace(PREDICT, pages=5, profile="fast", delay_s=0.02),
)
"""The lessons, with little to do."""


class Bare(App[None]):
    """An application with nothing else in it: it opens in a tenth of the time."""

    CSS_PATH = Path(ui.__file__).parent / MainScreen.CSS_PATH

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return variables(dark=True)


async def open_primer(
    pilot: Pilot[None], app: App[None], lessons: tuple[Lesson, ...] = SMALL
) -> PrimerScreen:
    """Open the primer, with these lessons."""
    screen = PrimerScreen(lambda: False, lessons=lessons)
    app.push_screen(screen)
    await until(pilot, lambda: app.screen is screen and app.focused is not None)
    return screen


def said(screen: PrimerScreen) -> str:
    return screen.query_one(StatusLine).sentence


def head(screen: PrimerScreen) -> str:
    return str(screen.query_one("#primer-head", Static).render())


def drawn(screen: PrimerScreen) -> list[str]:
    shown = [line for line in screen.query(TimeLine) if line.display]
    return [line.render_line(y).text.rstrip() for line in shown for y in range(line.size.height)]


async def run_lesson(pilot: Pilot[None], screen: PrimerScreen, number: int) -> str:
    """Run a lesson to its end; gives what is said then."""
    await pilot.press(str(number), "enter")
    entry = f"▸{number} {screen.lesson.name} ✓"
    contents = screen.query_one("#primer-contents")
    await until(pilot, lambda: entry in [str(one.render()) for one in contents.query(Static)])
    return said(screen)


# -- the lessons, live ---------------------------------------------------------------------


def recorded(lesson: Lesson, called: list[str]) -> Lesson:
    """The lesson, with a list of those of its functions that were called."""

    def told(function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def call(*given: Any) -> Any:
            called.append(function.__name__)
            return function(*given)

        return call

    return replace(lesson, code=tuple(map(told, lesson.code)))


def test_every_lesson_runs_what_it_shows(tmp_path: Path) -> None:
    app = Bare()
    called: list[str] = []
    lessons = tuple(recorded(lesson, called) for lesson in SMALL)
    checks = (
        *(check_reading, check_counting, check_methods, check_threads, check_pace),
        *(check_latency, check_prediction),
    )

    async def scenario(pilot: Pilot[None]) -> None:
        screen = await open_primer(pilot, app, lessons)
        await pilot.press("7", "plus", "plus", "2", *["plus"] * 3)
        assert "speed 24×" in head(screen)
        for number, (lesson, check) in enumerate(zip(SMALL, checks, strict=True), start=1):
            called.clear()
            words = await run_lesson(pilot, screen, number)
            shown = str(screen.query_one("#primer-code", Static).render())
            assert shown.strip() == shown_source(lesson.code).strip()
            assert set(called) == {function.__name__ for function in lesson.code}
            check(words, drawn(screen))
        assert "prediction 6×" in head(screen)
        await pilot.press("5")
        panes = [line.region for line in screen.query(TimeLine) if line.display]
        assert len(panes) == 3
        assert len({pane.y for pane in panes}) == 1
        await pilot.press("2", *["minus"] * 6)
        assert "speed 1×" in head(screen)
        assert " together, " in said(screen)  # what was measured stays

    play(app, scenario)
    # Nothing is kept.
    assert [one for one in tmp_path.rglob("*") if one.is_file()] == []


def check_reading(words: str, rows: list[str]) -> None:
    assert "5 pages in memory, 5 requests sent for 3 pages." in words
    assert "1 page in memory, 3 requests sent for 3 pages." in words
    assert rows[0].startswith("from_a_list() ─")
    assert rows[4].startswith("from_a_generator() ─")
    assert "━" in rows[5]
    assert "".join(rows[6].split()) == "received123"


def check_counting(words: str, rows: list[str]) -> None:
    assert " together, " in words
    assert "At speed 24×, this took" in words
    assert "─ 1 6 2 5 3 4 · " in rows[0]
    assert "─ 1 2 3 4 5 6 · " in rows[5]
    assert [row.split()[0] for row in rows[6:9]] == ["wolf", "lynx", "bear"]
    assert rows[6].split()[1].startswith("1━")
    assert rows[6].endswith("━6")


def check_methods(words: str, rows: list[str]) -> None:
    assert words.startswith("3 pages took sequential ")
    for method in ("● sequential ─", "▲ threads ─", "■ asyncio ─"):
        assert sum(row.startswith(method) for row in rows) == 1
    assert sum(not set("═━█▓").isdisjoint(row) for row in rows) == 9


def check_threads(words: str, rows: list[str]) -> None:
    assert words.startswith("Best of 3 laps of 4 pages: sequential ")
    assert sum(bool(re.search(r"\d m?s$", row)) for row in rows) == 4 * len(LAPS)
    assert [row.split()[0] for row in rows if "─" in row][3] == "processes"
    # Processes are named where threads have lost, as the lesson expects.
    assert ("Two processes share no lock, but start in " in words) == ("Eight threads" in words)


def check_pace(words: str, rows: list[str]) -> None:
    span = r"([\d.]+) (m?s)"
    found = re.search(rf"Requests were sent {span} to {span} apart, {span} on average", words)
    assert found is not None
    said = found.groups()
    pairs = zip(said[::2], said[1::2], strict=True)
    least, most, mean = (float(value) / (1000 if unit == "ms" else 1) for value, unit in pairs)
    assert least <= mean <= most
    assert mean >= 0.15  # five a second, evenly spaced but for a fifth
    assert [row.split()[:2] for row in rows[::4]] == [
        ["●", "sequential"], ["▲", "threads"], ["■", "asyncio"]
    ]  # fmt: skip


def check_latency(words: str, rows: list[str]) -> None:
    span = r"p50 ([\d.]+ m?s), max ([\d.]+ m?s)"
    found = re.search(rf"from sending, {span}; counted from the intended start, {span}", words)
    assert found is not None
    # Five per second: the third is sent 0.2 s after it could have been, at the earliest.
    assert found[2] != found[4]
    assert sum("░" in row for row in rows) >= 1
    assert all("░" not in row for row in rows[:4])


def check_prediction(words: str, rows: list[str]) -> None:
    assert words.startswith("You predicted 6×; asyncio was ")
    assert "2 turns instead of 5, at best 2.5×." in words
    assert sum("your prediction: 6× ─" in row for row in rows) == 1


@pytest.mark.parametrize("size", [(80, 24), (100, 30)])
def test_the_longest_result_is_seen_to_its_end(size: tuple[int, int]) -> None:
    """What processes cost stood below the last line, and no key led there."""
    app = Bare()

    async def scenario(pilot: Pilot[None]) -> None:
        screen = await open_primer(pilot, app)
        words = await run_lesson(pilot, screen, 4)
        assert lines_of(app, "#primer-status").split()[-3:] == words.split()[-3:]

    play(app, scenario, size)


def test_on_a_small_terminal_what_has_just_begun_is_in_view() -> None:
    app = Bare()

    async def scenario(pilot: Pilot[None]) -> None:
        screen = await open_primer(pilot, app)
        page = screen.query_one("#primer-page")
        await run_lesson(pilot, screen, 3)
        panes = [line.region for line in screen.query(TimeLine) if line.display]
        assert len({pane.x for pane in panes}) == 1
        await until(pilot, lambda: page.region.contains_region(screen.query_one("#pane-2").region))
        await pilot.pause()  # what is said in the end takes lines from the page
        scrolled = page.scroll_y
        await pilot.press("up")
        await until(pilot, lambda: page.scroll_y == scrolled - 1)
        assert "lesson 3 of 7" in head(screen)

    play(app, scenario, (80, 24))


# -- shown and run -------------------------------------------------------------------------


@pytest.mark.parametrize("lesson", COURSE, ids=lambda lesson: lesson.name)
def test_the_snippet_is_the_source(lesson: Lesson) -> None:
    shown = shown_source(lesson.code)
    assert len(ast.parse(shown).body) == len(lesson.code)
    for one, function in zip(ast.parse(shown).body, lesson.code, strict=True):
        given = ast.parse(textwrap.dedent(inspect.getsource(function))).body[0]
        assert isinstance(given, ast.FunctionDef | ast.AsyncFunctionDef)
        del given.body[0]  # the docstring
        assert ast.dump(one) == ast.dump(given)
        assert len(shown.split("\n\n")[0].splitlines()) <= 6
    # As wide as a terminal of 80 columns has room for.
    assert max(map(len, shown.splitlines())) <= 75


def test_a_program_without_its_source_says_so() -> None:
    named: dict[str, Any] = {}
    exec("def gone() -> None: ...", named)
    assert shown_source([named["gone"]]).startswith("# gone: its source is not")


# -- in the way ----------------------------------------------------------------------------


def is_gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def threads() -> list[threading.Thread]:
    return [one for one in threading.enumerate() if one.name == "iucn-tui job"]


async def in_the_middle(pilot: Pilot[None], screen: PrimerScreen, number: int) -> int:
    """Run a lesson until there is something to be seen of it; gives its server's process."""
    await pilot.press(str(number), "enter")
    await until(pilot, lambda: any("━" in row for row in drawn(screen)))
    pid = screen.server.pid
    assert pid is not None
    return pid


def test_escape_leaves_at_once_and_leaves_nothing() -> None:
    app = Bare()
    slow = tuple(replace(one, profile="fast", delay_s=20.0) for one in COURSE)
    swift = tuple(replace(one, pages=50) for one in COURSE)

    def to_the_end(reader: TwoReaders, plan: Plan) -> None:
        for page in stream(plan, reader.tell):
            reader.look(page)

    swift = (*swift[:4], replace(swift[0], code=(to_the_end,)))

    async def scenario(pilot: Pilot[None]) -> None:
        for number in (1, 3, 5):
            screen = await open_primer(pilot, app, swift)
            pid = await in_the_middle(pilot, screen, number)
            await pilot.press("escape")
            assert not isinstance(app.screen, PrimerScreen)
            await until(pilot, lambda pid=pid: is_gone(pid) and not threads())  # type: ignore[misc]
        screen = await open_primer(pilot, app, slow)
        await pilot.press("enter")
        await until(pilot, lambda: "Warming" in said(screen))
        pid = screen.server.pid or 0
        await pilot.press("escape")
        await until(pilot, lambda: is_gone(pid) and not threads())

    play(app, scenario)


def test_counting_is_stopped_and_begun_again() -> None:
    app = Bare()

    async def scenario(pilot: Pilot[None]) -> None:
        screen = await open_primer(pilot, app)
        await pilot.press("2", *["minus"] * 3, "enter")
        await until(pilot, lambda: "wolf 1━" in "\n".join(drawn(screen)))
        await pilot.press("x")
        await until(pilot, lambda: said(screen).startswith("Stopped."))
        await pilot.press("enter")
        await until(pilot, lambda: "wolf 1━" in "\n".join(drawn(screen)))
        await pilot.press("right")  # another lesson stops it, too
        assert "lesson 3 of 7" in head(screen)
        assert "3 pages took" in await run_lesson(pilot, screen, 3)
        await pilot.press("left")
        assert said(screen).startswith("Enter: run this code")

    play(app, scenario)


def test_beside_a_job_nothing_is_measured_and_at_the_end_nothing_is_left(
    settings: Settings,
) -> None:
    service = ScriptedService(hold=True)
    app = scripted_app(settings, service)
    pids: list[int] = []

    async def scenario(pilot: Pilot[None]) -> None:
        await choose_fetch(pilot, app)
        await pilot.press("f5")
        await until(pilot, lambda: app.main.busy and service.observers)
        screen = await learn(pilot)
        await pilot.press("enter")
        assert said(screen) == BUSY.format(**key_names())
        assert screen.server.pid is None
        await pilot.press("l")
        assert app.screen is app.main
        assert app.main.busy
        await pilot.press("f8")
        await until(pilot, lambda: not app.main.busy)
        # Now it may; and the application ends in the middle of it.
        screen = await learn(pilot)
        pids.append(await in_the_middle(pilot, screen, 1))
        await pilot.press("ctrl+q")

    async def learn(pilot: Pilot[None]) -> PrimerScreen:
        await pilot.press("l")
        await until(pilot, lambda: isinstance(app.screen, PrimerScreen) and app.focused)
        assert isinstance(app.screen, PrimerScreen)
        return app.screen

    play(app, scenario)
    assert is_gone(pids[0])


def test_a_server_that_does_not_start_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui_app.demo.launch.PYTHON", (sys.executable, "-c", "raise OSError"))
    app = Bare()

    async def scenario(pilot: Pilot[None]) -> None:
        screen = await open_primer(pilot, app, (READING,))
        await pilot.press("enter")
        await until(pilot, lambda: said(screen).startswith("The demo server did not"))

    play(app, scenario)


def test_every_key_has_a_command() -> None:
    app = Bare()

    async def scenario(pilot: Pilot[None]) -> None:
        screen = await open_primer(pilot, app)
        await pilot.press("ctrl+p")
        await until(pilot, lambda: app.screen is not screen)
        await pilot.press("4")
        hits = app.screen.query_one(OptionList)
        await until(
            pilot,
            lambda: hits.option_count and "Lesson 4" in str(hits.get_option_at_index(0).prompt),
        )
        await pilot.press("enter")
        await until(pilot, lambda: "lesson 4 of 7" in head(screen))
        await click_hint(pilot, app, "← → Lesson", on="←")
        assert "lesson 3 of 7" in head(screen)
        await pilot.click("#primer-contents > Entry:first-child")
        assert "lesson 1 of 7" in head(screen)

    play(app, scenario)


# -- what is said --------------------------------------------------------------------------


def told_by(lesson: Lesson, took_s: dict[str, float], *, failed: bool = False) -> str:
    """What a lesson says of runs that took so long."""

    def code(race: PaceRace) -> None:
        for run, seconds in took_s.items():
            race.tell(Event(run, State.BEGUN, ZERO))
            for told in request_events(run, 0, ZERO, seconds):
                lost = failed and told.state is State.KEPT
                event = Event(run, State.FAILED, told.at, 0, 1) if lost else told
                race.tell(event)
            race.tell(Event(run, State.ENDED, ZERO + seconds))

    shown = replace(lesson, code=(code,), pages=1)
    trial = shown.trial(shown, lambda *_: "", Cancel())
    trial.lesson.code[0](trial)
    trial.picture(ZERO + 9)
    return trial.said()


def laps(sequential: float, many: float, one_loop: float) -> dict[str, float]:
    return {
        f"{method} {lap}": seconds + (lap == "lap 2")
        for lap in LAPS
        for method, seconds in zip(
            ("sequential", "threads", "asyncio"), (sequential, many, one_loop), strict=True
        )
    }


def test_nothing_is_claimed_that_was_not_so() -> None:
    assert "Eight threads gained nothing" in (lost := told_by(THREADS, laps(2, 2.1, 1)))
    assert "sequential 2.00 s, threads 2.10 s" in lost
    assert "asyncio has one thread" in lost
    assert "asyncio has" not in told_by(THREADS, laps(2, 2.1, 2.2))
    assert "were only 1.25× faster" in told_by(THREADS, laps(2, 1.6, 1))
    assert "This time, eight threads were 4.0× faster" in told_by(THREADS, laps(2, 0.5, 1))
    alike = {"sequential": 2.0, "threads": 2.1, "asyncio": 2.05}
    assert "All three took the same time" in told_by(PACE, alike)
    assert "the rate limit alone did not set the times" in told_by(PACE, {**alike, "asyncio": 1.0})
    assert "Asyncio was 4.0× faster than sequential" in told_by(
        METHODS_LESSON, {**alike, "asyncio": 0.5}
    )
    assert "concurrent requests gained nothing" in told_by(METHODS_LESSON, alike)
    for lesson in (PACE, METHODS_LESSON):
        assert "the times can't be compared" in told_by(lesson, alike, failed=True)


def test_marks_that_meet_stand_side_by_side() -> None:
    strokes = [Stroke(0, 3, "━", "wait"), *(Stroke(3, 3, str(n), "heading") for n in (1, 2, 3))]
    cells = "".join(glyph for glyph, _ in painter(strokes)(Axis(3.0, 9)))
    assert cells == "━━━━━━123"
    cells = "".join(glyph for glyph, _ in painter(strokes[1:])(Axis(9.0, 9)))
    assert cells == "   123   "
