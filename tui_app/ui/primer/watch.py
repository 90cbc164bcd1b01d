"""What a trial's runs tell: events, sorted by run, and what the process spent on each."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from time import process_time

from tui_app.fetch import Event, State

from ..runview import RunView


@dataclass(frozen=True, slots=True)
class Spent:
    """What this process had spent when a run began, or between its beginning and its end.

    Attributes:
        processor_s: seconds of the processor, of all threads together.
        switches: how often one of its threads gave way to another; None where the system
            doesn't say.
    """

    processor_s: float
    switches: int | None

    @classmethod
    def by_now(cls) -> Spent:
        """Since the process began."""
        return cls(process_time(), _switches())

    def since(self, before: Spent) -> Spent:
        """The difference."""
        known = self.switches is not None and before.switches is not None
        return Spent(
            self.processor_s - before.processor_s,
            self.switches - before.switches if known else None,  # type: ignore[operator]
        )


def _switches() -> int | None:
    try:
        import resource
    except ImportError:  # Windows
        return None
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_nvcsw + usage.ru_nivcsw


class Watch:
    """Runs as their events tell them. An observer: told by the runs' threads, read by the screen.

    Attributes:
        views: the runs by their id, in the order in which they began.
    """

    def __init__(self, spent: Callable[[], Spent] = Spent.by_now) -> None:
        self._feed: deque[Event] = deque()
        self._spent = spent
        self._at_begin: dict[str, Spent] = {}
        self._at_end: dict[str, Spent] = {}
        self.views: dict[str, RunView] = {}

    def __call__(self, event: Event) -> None:
        """Hear an event."""
        if event.state is State.BEGUN:
            self._at_begin[event.run] = self._spent()
        elif event.state is State.ENDED:
            self._at_end[event.run] = self._spent()
        self._feed.append(event)

    def drain(self) -> None:
        """Sort what has been heard."""
        while self._feed:
            event = self._feed.popleft()
            view = self.views.get(event.run)
            if view is None:
                view = self.views[event.run] = RunView(event.run, event.run)
            view.take(event)

    def spent(self, run: str) -> Spent | None:
        """What a run that has ended took of the processor."""
        began, ended = self._at_begin.get(run), self._at_end.get(run)
        return None if began is None or ended is None else ended.since(began)
