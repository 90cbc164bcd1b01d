"""What the primer looks like when a lesson has ended.

After a change that is meant: ``pytest tests/ui/test_primer_snapshots.py --snapshot-update -n 0``,
and look at the pictures in ``__snapshots__``.
"""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest
from textual.pilot import Pilot

from tests.support.on_screen import still
from tests.support.screens import ZERO, ScriptedService, run_events, scripted_app, until
from tui_app.methods import DEFAULT_METHODS
from tui_app.settings import Settings
from tui_app.ui.footer import StatusLine
from tui_app.ui.primer.counting import ANIMALS, COUNTING, Counting, Heard, say_numbers
from tui_app.ui.primer.fetching import METHODS_LESSON, MethodsRace, three_methods
from tui_app.ui.primer.lesson import Lesson
from tui_app.ui.primer.screen import COURSE, PrimerScreen

pytestmark = pytest.mark.xdist_group("snapshots")
Snap = Callable[..., bool]

Way = Callable[..., Awaitable[None]]


def counted(way: Way, order: tuple[int, ...], waits: tuple[float, ...]) -> Way:
    """A way of counting in which the numbers come at times that are known beforehand."""

    @functools.wraps(way)
    async def count_so(game: Counting) -> None:
        at = ZERO
        for number, wait_s in zip(order, (0.0, *waits), strict=True):
            at += wait_s / game.speed
            animal = next(one for one in ANIMALS if number in (one.first, one.then))
            game.heard[way.__name__].append(Heard(animal, number, at))

    return count_so


class Scripted(Counting):
    def run(self) -> None:
        for way in self.lesson.code[1:]:
            asyncio.run(way(self))


@functools.wraps(three_methods)
def fetched(race: MethodsRace) -> None:
    for method in DEFAULT_METHODS:
        for event in run_events(method, 8, 1 if method == "sequential" else 8):
            race.tell(event)


class ScriptedRace(MethodsRace):
    def run(self) -> None:
        self.lesson.code[0](self)


async def learn(pilot: Pilot[Any], app: Any, number: int, lesson: Lesson, words: str) -> None:
    lessons = tuple(lesson if one.name == lesson.name else one for one in COURSE)
    screen = PrimerScreen(lambda: False, clock=lambda: ZERO, lessons=lessons)
    app.push_screen(screen)
    await until(pilot, lambda: app.screen is screen and app.focused is not None)
    await pilot.press(str(number), "enter")
    await until(pilot, lambda: words in screen.query_one(StatusLine).sentence)


def test_counting(settings: Settings, snap_compare: Snap) -> None:
    apart, together = COUNTING.code[1:]
    ways = (
        counted(apart, (1, 6, 2, 5, 3, 4), (8, 0, 6, 0, 4)),
        counted(together, (1, 2, 3, 4, 5, 6), (0, 0, 4, 2, 2)),
    )
    lesson = replace(COUNTING, code=(say_numbers, *ways), trial=Scripted)
    app = scripted_app(settings, ScriptedService())

    async def scenario(pilot: Pilot[None]) -> None:
        await learn(pilot, app, 2, lesson, "8.0 s together, 18.0 s in sequence")

    assert snap_compare(app, terminal_size=(120, 40), run_before=still(app, scenario))


def test_methods_on_a_small_terminal(settings: Settings, snap_compare: Snap) -> None:
    lesson = replace(METHODS_LESSON, code=(fetched,), trial=ScriptedRace, profile="")
    app = scripted_app(settings, ScriptedService())

    async def scenario(pilot: Pilot[None]) -> None:
        await learn(pilot, app, 3, lesson, "× faster")

    assert snap_compare(app, terminal_size=(80, 24), run_before=still(app, scenario))
