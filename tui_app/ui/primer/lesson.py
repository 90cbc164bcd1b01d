"""What a lesson is: words, a few lines of code, and a trial that runs those lines."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from time import process_time
from typing import Any, Final, NamedTuple

from tui_app.fetch import Cancel, Event, Plan, State, run
from tui_app.redlist import make_query
from tui_app.runs import DemoServer, start_demo

from ..runview import RunView
from .timeline import Pane

FRAME_S: Final = 1 / 12
"""Between two pictures."""
OPERATION: Final = "red_list_categories/CR"
"""What all lessons fetch."""
SPECIES: Final = make_query([OPERATION])


class Stopped(Exception):
    """The learner stopped the lesson."""


OpenServer = Callable[[str, float | None], str]
"""Gives the address of a demo server of this profile and delay; blocks, may raise DemoError."""


class Dial(NamedTuple):
    """A number that the learner sets before a lesson runs: a speed, a prediction."""

    name: str
    values: tuple[float, ...]  # in rising order
    first: float  # one of them


@dataclass(frozen=True, slots=True)
class Lesson:
    """One lesson."""

    name: str  # in a word, for the strip
    title: str
    words: str  # what to look at
    code: tuple[Callable[..., Any], ...]  # the functions that are shown, and run
    trial: type[Trial]  # what runs them, measures, and draws
    pages: int = 0  # how many are asked for
    profile: str = ""  # which demo server it needs; empty for none
    delay_s: float | None = None  # for every answer of that server, in place of the profile's
    abreast: bool = False  # whether its panes stand side by side where there is room
    dial: Dial | None = None  # what the learner may set
    frame_s: float = FRAME_S  # between two pictures: drawing would tax what is measured


class LessonServer:
    """The lessons' demo server: one at a time, started when needed, kept while it is wanted."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: DemoServer | None = None
        self._wanted: tuple[str, float | None] | None = None
        self._closed = False

    @property
    def pid(self) -> int | None:
        """The id of its process, or None while there is none."""
        return None if self._running is None else self._running.pid

    def open(self, profile: str, delay_s: float | None) -> str:
        """The address of a server that behaves so; one that behaves otherwise ends.

        Raises:
            DemoError: it did not come up.
            Stopped: the primer has been left.
        """
        with self._lock:
            if self._closed:
                raise Stopped
            if self._running is None or self._wanted != (profile, delay_s):
                self._end()
                self._running = start_demo(profile, delay_s)
                self._wanted = profile, delay_s
            return self._running.base_url

    def close(self) -> None:
        """End it, for good; blocks for a second at most, and again does nothing."""
        with self._lock:
            self._closed = True
            self._end()

    def _end(self) -> None:
        running, self._running = self._running, None
        if running is not None:
            running.close()


class Trial(ABC):
    """A lesson carried out once. Carried in a thread; drawn and told on the screen's.

    Attributes:
        cancel: set when the lesson is to stop.
        dial: what the learner has set; 1 in a lesson without a dial.
        server: the demo server's address, once there is one.
        stage: what it does before there is anything to see, in words.
        ended: when it ended, on the monotonic clock; None while it has not.
        views: its runs by their id, in the order in which they began.
    """

    def __init__(
        self, lesson: Lesson, open_server: OpenServer, cancel: Cancel, dial: float = 1.0
    ) -> None:
        self.lesson = lesson
        self.pages = lesson.pages
        self.cancel = cancel
        self.dial = dial
        self.server = ""
        self.stage = ""
        self.ended: float | None = None
        self.views: dict[str, RunView] = {}
        self._open_server = open_server
        self._feed: deque[Event] = deque()
        self._spent: dict[tuple[str, State], tuple[float, int]] = {}

    def carry(self) -> None:
        """Carry it out; blocks.

        Raises:
            Stopped: it was stopped.
            DemoError: the server did not come up.
            RequestError: the server did not answer.
        """
        if self.lesson.profile:
            self.stage = "Starting the demo server…"
            self.server = self._open_server(self.lesson.profile, self.lesson.delay_s)
        self.stage = ""
        self.check()
        self.run()
        self.check()

    def check(self) -> None:
        """Go on, if it may.

        Raises:
            Stopped: it may not.
        """
        if self.cancel.is_set():
            raise Stopped

    def warm_up(self) -> None:
        """Make the server, and Python, do once what is going to be measured."""
        self.stage = "Warming up: one request that is not measured."
        run(Plan(SPECIES, self.server, "sequential", pages=1, retries=0), cancel=self.cancel)
        self.stage = ""
        self.check()

    @abstractmethod
    def run(self) -> None:
        """Run the lesson's code; blocks, and raises what :meth:`carry` says."""

    def tell(self, event: Event) -> None:
        """Hear an event, in the run's thread: the runs' observer."""
        if event.state in (State.BEGUN, State.ENDED):
            self._spent[event.run, event.state] = process_time(), _switches()
        self._feed.append(event)

    def drain(self) -> None:
        """Sort what has been heard by run."""
        while self._feed:
            event = self._feed.popleft()
            self.views.setdefault(event.run, RunView(event.run, event.run)).take(event)

    def spent(self, name: str) -> tuple[float, int]:
        """What a run that ended took of this process: seconds of the processor, switches."""
        (began_s, before), (ended_s, after) = (
            self._spent[name, state] for state in (State.BEGUN, State.ENDED)
        )
        return ended_s - began_s, after - before

    def picture(self, now: float) -> tuple[Pane, ...]:
        """What is to be seen at ``now``, on the monotonic clock."""
        self.drain()
        return tuple(self.pane(name, now) for name in self.panes())

    def panes(self) -> Iterable[str]:
        """Names of the panes: the functions that are run."""
        return [way.__name__ for way in self.lesson.code]

    @abstractmethod
    def pane(self, name: str, now: float) -> Pane:
        """One of them, as it is at ``now``."""

    @abstractmethod
    def said(self) -> str:
        """What was measured, in a sentence or a few; asked for when it has ended well."""


def _switches() -> int:
    """How often this process was switched by now; 0 where the system doesn't count."""
    try:
        import resource
    except ImportError:  # Windows
        return 0
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_nvcsw + usage.ru_nivcsw
