"""What a lesson is: words, a few lines of code, and a trial that runs those lines."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from time import process_time
from typing import Any, Final

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


@dataclass(frozen=True, slots=True)
class Lesson:
    """One lesson.

    Attributes:
        name: in a word, for the strip.
        title: what it is about.
        words: what to look at.
        code: the functions that are shown, and run.
        trial: what runs them, measures, and draws.
        pages: how many pages are asked for, where any are.
        profile: which demo server it needs; empty for none.
        delay_s: seconds for every answer of that server, in place of the profile's.
        abreast: whether its panes stand side by side where there is room.
        has_speed: whether the learner may say how fast it goes.
        frame_s: seconds between two pictures: drawing would tax what is measured.
    """

    name: str
    title: str
    words: str
    code: tuple[Callable[..., Any], ...]
    trial: type[Trial]
    pages: int = 0
    profile: str = ""
    delay_s: float | None = None
    abreast: bool = False
    has_speed: bool = False
    frame_s: float = FRAME_S

    def begin(self, desk: Desk) -> Trial:
        """A trial of it, which has yet to be carried out."""
        return self.trial(self, desk)


@dataclass(frozen=True, slots=True)
class Desk:
    """What a trial works with.

    Attributes:
        open_server: gives the address of a demo server of this profile and delay; blocks, and
            raises DemoError where it does not come up.
        cancel: set when the lesson is to stop.
        speed: how many times as fast as its figures say a lesson goes that has a speed.
    """

    open_server: Callable[[str, float | None], str]
    cancel: Cancel
    speed: float = 1.0


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
        lesson: which.
        desk: what it works with.
        cancel: the desk's.
        server: the demo server's address, once there is one.
        stage: what it does before there is anything to see, in words.
        ended: when it ended, on the monotonic clock; None while it has not.
    """

    def __init__(self, lesson: Lesson, desk: Desk) -> None:
        self.lesson = lesson
        self.desk = desk
        self.cancel = desk.cancel
        self.server = ""
        self.stage = ""
        self.ended: float | None = None

    def carry(self) -> None:
        """Carry it out; blocks.

        Raises:
            Stopped: it was stopped.
            DemoError: the server did not come up.
            RequestError: the server did not answer.
        """
        self.check()
        if self.lesson.profile:
            self.stage = "Starting the demo server…"
            self.server = self.desk.open_server(self.lesson.profile, self.lesson.delay_s)
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

    @abstractmethod
    def run(self) -> None:
        """Run the lesson's code; blocks, and raises what :meth:`carry` says."""

    @abstractmethod
    def picture(self, now: float) -> tuple[Pane, ...]:
        """What is to be seen at ``now``, on the monotonic clock."""

    @abstractmethod
    def said(self) -> str:
        """What was measured, in a sentence or a few; asked for when it has ended well."""


class FetchTrial(Trial):
    """A trial that fetches: its runs' events are heard in their threads, and read by the screen's.

    Attributes:
        pages: what each run is to fetch.
        views: the runs by their id, in the order in which they began.
    """

    def __init__(self, lesson: Lesson, desk: Desk) -> None:
        super().__init__(lesson, desk)
        self.pages = lesson.pages
        self.views: dict[str, RunView] = {}
        self._feed: deque[Event] = deque()
        self._spent: dict[tuple[str, State], tuple[float, int | None]] = {}

    def tell(self, event: Event) -> None:
        """Hear an event: the runs' observer."""
        if event.state in (State.BEGUN, State.ENDED):
            self._spent[event.run, event.state] = process_time(), _switches()
        self._feed.append(event)

    def drain(self) -> None:
        """Sort what has been heard by run."""
        while self._feed:
            event = self._feed.popleft()
            self.views.setdefault(event.run, RunView(event.run, event.run)).take(event)

    def warm_up(self) -> None:
        """Make the server, and Python, do once what is going to be measured."""
        self.stage = "Warming up: one request that doesn't count."
        run(Plan(SPECIES, self.server, "sequential", pages=1, retries=0), cancel=self.cancel)
        self.stage = ""
        self.check()

    def spent(self, name: str) -> tuple[float, int | None] | None:
        """What a run took of this process: seconds of the processor, and switches of threads.

        The switches are None where the system doesn't count them, all of it where the run has not
        ended.
        """
        began, ended = self._spent.get((name, State.BEGUN)), self._spent.get((name, State.ENDED))
        if began is None or ended is None:
            return None
        switches = None if began[1] is None or ended[1] is None else ended[1] - began[1]
        return ended[0] - began[0], switches


def _switches() -> int | None:
    try:
        import resource
    except ImportError:  # Windows
        return None
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_nvcsw + usage.ru_nivcsw
