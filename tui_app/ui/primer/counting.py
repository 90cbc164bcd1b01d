"""Three coroutines that count to six: one after another, and together."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Coroutine
from contextlib import suppress
from time import monotonic
from typing import Any, Final, NamedTuple

from .. import text
from .lesson import Dial, Lesson, Stopped, Trial
from .timeline import WAIT, Pane, Stroke, TimeLane, painter


class Animal(NamedTuple):
    """One that counts."""

    name: str
    first: int  # the number that it says at once
    waits_s: float  # the lesson's seconds before the other
    then: int


ANIMALS: Final = (Animal("wolf", 1, 8, 6), Animal("lynx", 2, 6, 5), Animal("bear", 3, 4, 4))


async def say_numbers(game: Counting, animal: Animal) -> None:
    """Say a number, wait, say another."""
    game.say(animal, animal.first)
    await asyncio.sleep(animal.waits_s / game.speed)
    game.say(animal, animal.then)


async def one_after_another(*animals: Awaitable[None]) -> None:
    """Wait for each before the next begins."""
    for animal in animals:
        await animal


async def together(*animals: Awaitable[None]) -> None:
    """Wait for all of them at once."""
    await asyncio.gather(*animals)


class Heard(NamedTuple):
    """A number that was said."""

    animal: Animal
    number: int
    at: float  # on the monotonic clock


class Counting(Trial):
    """The two ways in turn.

    Attributes:
        heard: by way, what was said.
    """

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.heard: dict[str, list[Heard]] = {name: [] for name in self.panes()}
        self._now: list[Heard] = []

    def panes(self) -> list[str]:
        """The two ways, without what they are given."""
        return [way.__name__ for way in self.lesson.code[1:]]

    def say(self, animal: Animal, number: int) -> None:
        """Say a number; heard at once."""
        self._now.append(Heard(animal, number, monotonic()))

    def run(self) -> None:
        """See :class:`Trial`."""
        say, *ways = self.lesson.code
        for way in ways:
            self._now = self.heard[way.__name__]
            animals = [say(self, animal) for animal in ANIMALS]
            try:
                asyncio.run(self._until_stopped(way(*animals)))
            except asyncio.CancelledError:
                raise Stopped from None
            finally:
                for animal in animals:  # some of them may never have had their turn
                    animal.close()

    async def _until_stopped(self, counting: Coroutine[Any, Any, None]) -> None:
        loop, task = asyncio.get_running_loop(), asyncio.ensure_future(counting)

        def stop() -> None:
            with suppress(RuntimeError):  # the loop has just closed
                loop.call_soon_threadsafe(task.cancel)

        self.cancel.listen(stop)
        try:
            await task
        finally:
            self.cancel.forget(stop)

    @property
    def speed(self) -> float:
        """How many times as fast as its figures say the lesson goes."""
        return self.dial

    def took_s(self, way: str) -> float:
        """The lesson's seconds from the first number to the last."""
        heard = self.heard[way]
        return (heard[-1].at - heard[0].at) * self.speed if heard else 0.0

    def pane(self, name: str, now: float) -> Pane:
        """See :class:`Trial`."""
        heard = tuple(self.heard[name])
        over = len(heard) == 2 * len(ANIMALS)
        zero = heard[0].at if heard else now
        end = heard[-1].at if over else max([now, *(one.at for one in heard)])
        lanes = []
        for animal in ANIMALS:
            said = [one for one in heard if one.animal == animal]
            marks = [((one.at - zero) * self.speed, str(one.number)) for one in said]
            strokes = [Stroke(at, at, number, "heading") for at, number in marks]
            if marks:
                stop_s = marks[1][0] if len(marks) > 1 else (end - zero) * self.speed
                strokes.append(Stroke(marks[0][0], stop_s, WAIT, "wait"))
            lanes.append(TimeLane(animal.name, painter(strokes)))
        figure = " ".join(str(one.number) for one in heard)
        if over:
            figure += f" · {self.took_s(name):.1f} s"
        return Pane(f"{name}()", tuple(lanes), (end - zero) * self.speed, figure)

    def said(self) -> str:
        """See :class:`Trial`."""
        apart, at_once = self.heard
        longest = max(ANIMALS, key=lambda animal: animal.waits_s)
        clock_s = sum(map(self.took_s, self.heard)) / self.speed
        return (
            f"{self.took_s(at_once):.1f} s together, {self.took_s(apart):.1f} s in sequence: "
            f"together, the three take as long as the {longest.name}, which waits longest. "
            f"At speed {self.speed:g}×, this took {text.seconds(clock_s)}."
        )


COUNTING: Final = Lesson(
    name="Count",
    title="Three coroutines that count to six",
    words=(
        "Each animal prints a number, waits, and prints another: the wolf waits 8 seconds, the "
        "lynx 6, the bear 4. While one awaits, the others continue, all in one thread. "
        "Compare the order of the numbers, and the total time with 8 + 6 + 4 seconds."
    ),
    code=(say_numbers, one_after_another, together),
    trial=Counting,
    dial=Dial("speed", (1.0, 2.0, 4.0, 6.0, 8.0, 12.0, 24.0), 6.0),
)
