"""When threads lose: a server that answers at once."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from tui_app.fetch import Plan, run
from tui_app.methods import DEFAULT_METHODS as METHODS

from .. import text
from ..looks import look_of
from .lesson import Lesson
from .picture import WAIT, Lane, Pane, Stroke, painter
from .race import SPECIES, Race, in_words

LAPS: Final = ("warm-up", "lap 1", "lap 2", "lap 3")
SOME: Final = 1.05
MUCH: Final = 2.0
"""From how many times the speed on threads have gained something, or so much that the lesson
has not come out."""


def without_waiting(race: ThreadsRace) -> None:
    """Fetch the same pages by every method, again and again."""
    plan = Plan(SPECIES, race.server, pages=race.pages)
    for lap in LAPS:
        for method in METHODS:
            each = replace(plan, method=method, run=f"{method} {lap}")
            run(each, race.tell, race.cancel)


class ThreadsRace(Race):
    """Where there is nothing to wait for."""

    def run(self) -> None:
        """See :class:`Trial`."""
        self.lesson.code[0](self)  # it warms up by itself

    def picture(self, now: float) -> tuple[Pane, ...]:
        """A bar a lap: the requests are too many, and too short, to be told apart."""
        self.watch.drain()
        return tuple(self._pane(method, now) for method in METHODS)

    def _pane(self, method: str, now: float) -> Pane:
        lanes = []
        longest = 0.0
        for lap in LAPS:
            view = self.watch.views.get(f"{method} {lap}")
            strokes, note = [], ""
            if view is not None:
                took_s = view.elapsed_s(now)
                # The warm-up may take many times as long as a lap: it is cut off then.
                longest = took_s if lap == LAPS[1] else max(longest, took_s)
                style = "dim" if lap == LAPS[0] else look_of(method).colour
                strokes.append(Stroke(0.0, took_s, WAIT, style))
                note = "" if view.ended is None else f"{took_s * 1000:.0f} ms"
            lanes.append(Lane(lap, painter(strokes), f"{note:>7}"))
        return Pane(method, tuple(lanes), longest, method=method)

    def took_s(self) -> dict[str, float]:
        """Seconds of each method's best lap."""
        return {method: self._lap_s(self._best(method)) for method in METHODS}

    def found(self) -> str:
        """See :class:`Race`."""
        took_s = self.took_s()
        one, many = took_s["sequential"], took_s["threads"]
        said = f"Best of {len(LAPS) - 1} laps of {self.pages} pages: {in_words(took_s)}."
        gain = one / many
        if gain > MUCH:
            return (
                f"{said} This time eight threads were {gain:.1f} times as fast. Enter tries again."
            )
        much = "gained nothing" if gain < SOME else f"were {gain:.2f} times as fast, no more"
        lean = " asyncio has one thread, and nothing to hand over." * (took_s["asyncio"] < one)
        return (
            f"{said} Eight threads {much}: there is next to no wait to fill, one of them runs at a "
            f"time, and they hand over all the time ({self._cost()}).{lean}"
        )

    def _cost(self) -> str:
        one, many = (self.watch.spent(self._best(one)) for one in ("sequential", "threads"))
        if one is None or many is None:
            return "the cost is not known"
        said = (
            f"{many.processor_s * 1000:.0f} ms of the processor against "
            f"{one.processor_s * 1000:.0f}"
        )
        if many.switches is None or one.switches is None:
            return said
        switches = f"{text.count(many.switches)} switches against {text.count(one.switches)}"
        return f"{switches}, {said}"

    def _best(self, method: str) -> str:
        return min((f"{method} {lap}" for lap in LAPS[1:]), key=self._lap_s)

    def _lap_s(self, run: str) -> float:
        return self.watch.views[run].elapsed_s(0.0)


THREADS: Final = Lesson(
    name="Threads",
    title="When threads lose",
    words=(
        "This server answers at once, so that there is next to nothing to wait for. Python runs "
        "one thread at a time (the GIL, its one lock): eight threads have to hand it to each "
        "other for every step. Look at whether they gain anything on one request after another, "
        "and at what the handing over costs. The first lap only warms up."
    ),
    code=(without_waiting,),
    trial=ThreadsRace,
    pages=100,
    profile="fast",
    frame_s=1 / 3,
)
