"""What the lessons about methods share: their runs, and a pane a method."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from tui_app.fetch import Event, Plan, run
from tui_app.methods import DEFAULT_METHODS as METHODS
from tui_app.redlist import make_query

from .. import text
from ..runview import RunView
from .lesson import Desk, Lesson, Trial
from .picture import Lane, Pane, row_painter
from .watch import Watch

SPECIES: Final = make_query(["red_list_categories/CR"])
"""What all of them fetch."""


class Race(Trial):
    """Runs of several methods, one after another.

    Attributes:
        pages: what each is to fetch.
        tell: the runs' observer.
    """

    def __init__(self, lesson: Lesson, desk: Desk) -> None:
        super().__init__(lesson, desk)
        self.pages = lesson.pages
        self.watch = Watch()
        self.tell: Callable[[Event], None] = self.watch

    def run(self) -> None:
        """See :class:`Trial`."""
        self.stage = "Warming up: one request that doesn't count."
        run(Plan(SPECIES, self.server, "sequential", pages=1, retries=0), cancel=self.cancel)
        self.stage = ""
        self.check()
        self.lesson.code[0](self)

    def picture(self, now: float) -> tuple[Pane, ...]:
        """A row a request, as in the waterfall."""
        self.watch.drain()
        return tuple(self._pane(method, now) for method in METHODS)

    def _pane(self, method: str, now: float) -> Pane:
        view = self.watch.views.get(method)
        rows = [] if view is None else view.rows
        left = now if view is None or view.begun is None else view.begun
        lanes = [
            Lane(str(number + 1), row_painter(rows[number : number + 1], left, now))
            for number in range(max(self.pages, len(rows)))
        ]
        span_s = 0.0 if view is None else view.elapsed_s(now)
        over = view is not None and view.ended is not None
        return Pane(method, tuple(lanes), span_s, text.seconds(span_s) if over else "", method)

    def took_s(self) -> dict[str, float]:
        """Seconds of each method."""
        return {method: view.elapsed_s(0.0) for method, view in self.watch.views.items()}

    def said(self) -> str:
        """What went wrong, or what was measured."""
        self.watch.drain()
        views = self.watch.views.values()
        if wrong := next((view for view in views if went_wrong(view)), None):
            return f"{wrong.run} did not fetch everything: the numbers mean nothing this time."
        return self.found()

    def found(self) -> str:
        """What was measured, in a sentence or a few."""
        raise NotImplementedError


def went_wrong(view: RunView) -> bool:
    """Whether some of its requests brought nothing."""
    return view.kept < len(view.rows) or not view.rows


def sent_at(view: RunView) -> list[float]:
    """When its requests left, in order, on the monotonic clock."""
    return sorted(at for row in view.rows for phase, at in row.steps if phase.name == "WAITING")


def in_words(took_s: dict[str, float]) -> str:
    """``sequential 2.41 s, threads 0.62 s, asyncio 0.61 s``."""
    return ", ".join(f"{method} {text.seconds(value)}" for method, value in took_s.items())
