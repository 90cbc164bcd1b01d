"""The lessons that fetch: a list and a generator, three methods, no waiting, and a pace."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from contextlib import redirect_stderr
from dataclasses import replace
from itertools import pairwise
from multiprocessing import get_context, resource_tracker
from statistics import fmean
from time import monotonic
from typing import Any, Final, NamedTuple

from tui_app.fetch import Page, Plan, run, stream
from tui_app.fetch.plan import make_request
from tui_app.interpreter import gil_enabled
from tui_app.methods import DEFAULT_METHODS as METHODS
from tui_app.redlist import make_query
from tui_app.redlist.errors import RequestError
from tui_app.redlist.text import counted
from tui_app.report.phases import Phase

from .. import text
from ..theme import look_of
from .lesson import OPERATION, SPECIES, Lesson, Trial
from .processes import get_page
from .timeline import WAIT, Pane, Stroke, TimeLane, painter, row_painter


def from_a_list(reader: TwoReaders, plan: Plan) -> None:
    """Fetch all pages, then look at three of them."""
    for page in run(plan, reader.tell, reader.cancel).pages:
        if reader.look(page) == 3:
            break


def from_a_generator(reader: TwoReaders, plan: Plan) -> None:
    """Look at three pages, each fetched when it is asked for."""
    for page in stream(plan, reader.tell):
        if reader.look(page) == 3:
            break


class PageLook(NamedTuple):
    """A look at a page."""

    at: float  # on the monotonic clock
    held: int  # how many of the plan's pages were in memory then


class TwoReaders(Trial):
    """The two ways in turn."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.looks: dict[str, list[PageLook]] = {name: [] for name in self.panes()}
        self._now: list[PageLook] = []

    def look(self, page: Page) -> int:
        """Look at a page; gives how many were looked at.

        Raises:
            Stopped: no more is to be looked at.
        """
        self.check()
        self._now.append(PageLook(monotonic(), pages_held(page)))
        return len(self._now)

    def run(self) -> None:
        """See :class:`Trial`."""
        self.warm_up()
        for way in self.lesson.code:
            self.check()
            self._now = self.looks[way.__name__]
            query = make_query([OPERATION])  # its own: by it the pages of a run are counted
            # One at a time both ways, and no second attempt: nothing else than the way may differ.
            plan = Plan(query, self.server, "sequential", pages=self.pages, retries=0)
            way(self, replace(plan, run=way.__name__))

    def pane(self, name: str, now: float) -> Pane:
        """See :class:`Trial`."""
        view, looks = self.views.get(name), tuple(self.looks[name])
        rows = [] if view is None else [row for row in view.rows if row.attempts]
        zero = rows[0].began if rows else now
        marks = [
            Stroke(look.at - zero, look.at - zero, str(number), "heading")
            for number, look in enumerate(looks, start=1)
        ]
        lanes = (
            TimeLane("requests", row_painter(rows, zero, now)),
            TimeLane("received", painter(marks)),
        )
        ends = [row.end_by(now) for row in rows]
        span_s = max([*ends, *(look.at for look in looks), zero]) - zero
        figure = f"first page after {text.seconds(self.first_s(name))}" if rows and looks else ""
        return Pane(f"{name}()", lanes, span_s, figure)

    def first_s(self, way: str) -> float:
        """Seconds from the first request's queueing until a page was in hand."""
        return self.looks[way][0].at - self.views[way].rows[0].began

    def said(self) -> str:
        """See :class:`Trial`."""
        self.drain()
        if not all(self.looks.values()):
            failed = [view.reason for view in self.views.values() if view.failed]
            return f"No page arrived: {'; '.join(failed) or 'the server did not respond'}."
        said = []
        for (way, looks), name in zip(
            self.looks.items(), ("The list", "The generator"), strict=True
        ):
            held = counted(max(look.held for look in looks), "page")
            made = counted(sum(row.attempts > 0 for row in self.views[way].rows), "request")
            said.append(
                f"{name}: the first page after {text.seconds(self.first_s(way))}, "
                f"{held} in memory, {made} sent for {counted(len(looks), 'page')}."
            )
        return " ".join(said)


def pages_held(page: Page) -> int:
    """How many pages of one plan are in memory, counted by the garbage collector."""
    target = page.request.target
    return sum(type(one) is Page and one.request.target is target for one in gc.get_objects())


READING: Final = Lesson(
    name="Read",
    title="A list against a generator",
    words=(
        "Two readers need the first three of eight pages. A list is ready when all pages have "
        "arrived; a generator yields each page as it arrives, and sends no further requests. "
        "Compare when page 1 is received, and the number of requests: stopping a generator early "
        "saves requests."
    ),
    code=(from_a_list, from_a_generator),
    trial=TwoReaders,
    pages=8,
    profile="typical",
)


PROCESSES: Final = "processes"
LAPS: Final = ("warm-up", "lap 1", "lap 2", "lap 3")
SOME: Final = 1.05
MUCH: Final = 2.0
"""From how many times the speed on threads have gained something, or so much that the lesson
has not come out."""
ALIKE: Final = 0.1
"""Times that differ by no more than this part of the longest are told as alike."""


class Race(Trial):
    """Runs of several methods, one after another."""

    def run(self) -> None:
        """See :class:`Trial`."""
        self.warm_up()
        self.lesson.code[0](self)

    def panes(self) -> tuple[str, ...]:
        """The methods."""
        return METHODS

    def pane(self, name: str, now: float) -> Pane:
        """A row a request, as in the waterfall."""
        view = self.views.get(name)
        rows = [] if view is None else view.rows
        left = now if view is None or view.begun is None else view.begun
        lanes = [
            TimeLane(str(number + 1), row_painter(rows[number : number + 1], left, now))
            for number in range(max(self.pages, len(rows)))
        ]
        span_s = 0.0 if view is None else view.elapsed_s(now)
        over = view is not None and view.ended is not None
        return Pane(name, tuple(lanes), span_s, text.seconds(span_s) if over else "", name)

    def took_s(self) -> dict[str, float]:
        """Seconds of each method."""
        return {method: view.elapsed_s(0.0) for method, view in self.views.items()}

    def said(self) -> str:
        """What went wrong, or what was measured."""
        self.drain()
        for view in self.views.values():
            if view.kept < len(view.rows) or not view.rows:
                return f"{view.run} did not fetch all pages, so the times can't be compared."
        return self.found()

    def found(self) -> str:
        """What was measured, in a sentence or a few."""
        raise NotImplementedError


def each_took(took_s: dict[str, float]) -> str:
    """``sequential 2.41 s, threads 0.62 s, asyncio 0.61 s``."""
    return ", ".join(f"{method} {text.seconds(value)}" for method, value in took_s.items())


def three_methods(race: MethodsRace) -> None:
    """Fetch the same pages by every method."""
    plan = Plan(SPECIES, race.server, pages=race.pages)
    for method in METHODS:
        each = replace(plan, method=method, run=method)
        run(each, race.tell, race.cancel)


class MethodsRace(Race):
    """Where there is waiting to do."""

    def found(self) -> str:
        """See :class:`Race`."""
        took_s = self.took_s()
        fastest = min(took_s, key=lambda method: took_s[method])
        said = f"{counted(self.pages, 'page')} took {each_took(took_s)}."
        if fastest == "sequential":
            return f"{said} This time, concurrent requests gained nothing."
        answers_s = sum(self.views[fastest].latencies_ms) / 1000
        verb = "were" if fastest == "threads" else "was"
        times = took_s["sequential"] / took_s[fastest]
        return (
            f"{said} {fastest.capitalize()} {verb} {times:.1f}× faster than sequential: its "
            f"responses took {text.seconds(answers_s)} in total as well, but they "
            "overlapped."
        )


METHODS_LESSON: Final = Lesson(
    name="Methods",
    title="The same requests by three methods",
    words=(
        "A row is a request: ━ waits for the server, █ receives the response, if that takes a "
        "cell or more. The first page gives the number of pages; then threads and asyncio wait "
        "for all others at the same time, sequential for one at a time. All fetch the same pages, "
        "on one time scale. "
        "Compare the lengths: each request takes as long as before, but they overlap."
    ),
    code=(three_methods,),
    trial=MethodsRace,
    pages=8,
    profile="typical",
    abreast=True,
)


def without_waiting(race: ThreadsRace) -> None:
    """Fetch the same pages by every method, again and again."""
    plan = Plan(SPECIES, race.server, pages=race.pages)
    for lap in LAPS:
        for method in METHODS:
            each = replace(plan, method=method, run=f"{method} {lap}")
            run(each, race.tell, race.cancel)


def by_processes(race: ThreadsRace) -> None:
    """Fetch the same pages in two processes, again and again."""
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
        for lap in LAPS:
            race.time(lap, pool.map(get_page, race.urls, chunksize=5))


class ThreadsRace(Race):
    """Where there is nothing to wait for."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._laps: dict[str, tuple[float, float | None]] = {}  # of the processes
        self._size_bytes = 0

    @property
    def urls(self) -> list[str]:
        """The pages' URLs."""
        plan = Plan(SPECIES, self.server)
        pages = range(1, self.pages + 1)
        return [plan.wire_url(make_request(0, 0, SPECIES.targets[0], page)) for page in pages]

    def time(self, lap: str, bodies: Iterable[bytes]) -> None:
        """Time a lap of the processes, until the last page is here."""
        self.check()
        began = self._laps.setdefault(lap, (monotonic(), None))[0]
        try:
            self._size_bytes = sum(map(len, bodies))
        except OSError as error:  # of requests' own kind, too
            self.check()
            raise RequestError("A page", str(error)) from error
        self._laps[lap] = began, monotonic()

    def run(self) -> None:
        """See :class:`Trial`."""
        # It inherits stderr, and Textual's own has no file.
        with redirect_stderr(sys.__stderr__):
            resource_tracker.ensure_running()
        for way in self.lesson.code:  # each warms up by itself
            way(self)
            self.check()

    def panes(self) -> tuple[str, ...]:
        """The methods, and the processes."""
        return (*METHODS, PROCESSES)

    def pane(self, name: str, now: float) -> Pane:
        """A bar a lap: the requests are too many, and too short, to be told apart."""
        lanes = []
        longest = 0.0
        for lap in LAPS:
            found = self._lap(name, lap, now)
            strokes, note = [], ""
            if found is not None:
                took_s, over = found
                # The warm-up may take many times as long as a lap: it is cut off then.
                longest = took_s if lap == LAPS[1] else max(longest, took_s)
                colour = "heading" if name == PROCESSES else look_of(name).colour
                style = "dim" if lap == LAPS[0] else colour
                strokes.append(Stroke(0.0, took_s, WAIT, style))
                note = text.seconds(took_s) if over else ""
            lanes.append(TimeLane(lap, painter(strokes), f"{note:>7}"))
        return Pane(name, tuple(lanes), longest, method="" if name == PROCESSES else name)

    def _lap(self, name: str, lap: str, now: float) -> tuple[float, bool] | None:
        """Seconds of a lap so far, and whether it is over; None before it begins."""
        if name == PROCESSES:
            began, ended = self._laps.get(lap, (None, None))
            return None if began is None else ((ended or now) - began, ended is not None)
        view = self.views.get(f"{name} {lap}")
        return None if view is None else (view.elapsed_s(now), view.ended is not None)

    def took_s(self) -> dict[str, float]:
        """Seconds of each method's best lap."""
        return {method: self._lap_s(self._best(method)) for method in METHODS}

    def found(self) -> str:
        """See :class:`Race`."""
        took_s = self.took_s()
        one, many = took_s["sequential"], took_s["threads"]
        pages = counted(self.pages, "page")
        said = f"Best of {len(LAPS) - 1} laps of {pages}: {each_took(took_s)}."
        gain = one / many
        if gain > MUCH:
            return f"{said} This time, eight threads were {gain:.1f}× faster. Enter: try again."
        much = "gained nothing" if gain < SOME else f"were only {gain:.2f}× faster"
        lean = " asyncio has one thread, so it has no lock to hand over." * (
            took_s["asyncio"] < one
        )
        lock = "one thread runs at a time, and " * gil_enabled()
        return (
            f"{said} Eight threads {much}: there is almost no waiting to overlap, {lock}"
            f"switching between them costs time ({self._cost()}).{lean}{self._processes(one)}"
        )

    def _processes(self, one_s: float) -> str:
        laps = [found[0] for lap in LAPS if (found := self._lap(PROCESSES, lap, 0.0)) is not None]
        if len(laps) < len(LAPS):
            return ""
        start_s, best_s = laps[0], min(laps[1:])
        times = f"{one_s / best_s:.1f}× faster than" if best_s < one_s else "no faster than"
        return (
            f" Two processes share no lock, but start in {text.seconds(start_s)} and send each "
            f"response back pickled ({self._size_bytes / 1000:,.0f} kB per lap): then "
            f"{text.seconds(best_s)} per lap, {times} sequential."
        )

    def _cost(self) -> str:
        best = (self._best(method) for method in ("sequential", "threads"))
        (one_s, one_switches), (many_s, many_switches) = map(self.spent, best)
        said = f"{text.seconds(many_s)} of CPU time, not {text.seconds(one_s)}"
        if not many_switches:
            return said
        return f"{text.count(many_switches)} switches, not {text.count(one_switches)}; {said}"

    def _best(self, method: str) -> str:
        return min((f"{method} {lap}" for lap in LAPS[1:]), key=self._lap_s)

    def _lap_s(self, run: str) -> float:
        return self.views[run].elapsed_s(0.0)


_LOCK: Final = (
    "Python runs one thread at a time (the global interpreter lock, GIL): eight threads hand it to "
    "each other at every step."
    if gil_enabled()
    else "This Python runs threads at the same time (free-threaded build, GIL off)."
)


THREADS: Final = Lesson(
    name="Threads",
    title="When threads lose",
    words=(
        f"This server responds at once, so there is almost no waiting. {_LOCK} Compare their time "
        "with that of sequential requests, and the cost of the switches. Two processes share no "
        "lock, but have to start, and to send each response back. The first lap is a warm-up."
    ),
    code=(without_waiting, by_processes),
    trial=ThreadsRace,
    pages=100,
    profile="fast",
    frame_s=1 / 3,
)


def at_a_pace(race: PaceRace) -> None:
    """Fetch the same pages by every method, five a second."""
    plan = Plan(SPECIES, race.server, pages=race.pages, rate=5)
    for method in METHODS:
        each = replace(plan, method=method, run=method)
        run(each, race.tell, race.cancel)


class PaceRace(Race):
    """Where there is waiting to do, for one's turn."""

    def found(self) -> str:
        """See :class:`Race`."""
        took_s = self.took_s()
        left = [
            sorted(at for row in view.rows for phase, at in row.steps if phase is Phase.WAIT)
            for view in self.views.values()
        ]
        gaps = [later - at for times in left for at, later in pairwise(times)]
        said = f"{counted(self.pages, 'page')} took {each_took(took_s)}."
        if gaps:
            least, most = text.seconds(min(gaps)), text.seconds(max(gaps))
            mean = text.seconds(fmean(gaps))
            said += f" Requests were sent {least} to {most} apart, {mean} on average."
        longest, shortest = max(took_s.values()), min(took_s.values())
        if longest - shortest > ALIKE * longest:
            return f"{said} This time, the rate limit alone did not set the times."
        return (
            f"{said} All three took the same time, because the rate limit sets it. IUCN allows one "
            "request per 0.5 s; there, too, no method is faster."
        )


PACE: Final = Lesson(
    name="Pace",
    title="When no method helps: the rate limit",
    words=(
        "This server responds in 0.1 s, but allows only five requests per second. ░ is a request "
        "that waits for the rate limit: all could be sent at once, but the limit does not allow "
        "it. Compare when the requests start, in all three."
    ),
    code=(at_a_pace,),
    trial=PaceRace,
    pages=8,
    profile="fast",
    delay_s=0.1,
    abreast=True,
)
