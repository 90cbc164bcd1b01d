"""A list against a generator: when the first page is there, what is held, what is asked for."""

from __future__ import annotations

import gc
from dataclasses import dataclass, replace
from time import monotonic
from typing import Final

from tui_app.fetch import Page, Plan, run, stream
from tui_app.redlist import make_query

from .. import text
from .lesson import OPERATION, Desk, FetchTrial, Lesson
from .timeline import Pane, Stroke, TimeLane, painter, row_painter


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


@dataclass(frozen=True, slots=True)
class PageLook:
    """A page was looked at.

    Attributes:
        at: when, on the monotonic clock.
        held: how many of the plan's pages were in memory.
    """

    at: float
    held: int


class TwoReaders(FetchTrial):
    """The two ways in turn.

    Attributes:
        looks: by way, the pages that were looked at.
    """

    def __init__(self, lesson: Lesson, desk: Desk) -> None:
        super().__init__(lesson, desk)
        self.looks: dict[str, list[PageLook]] = {way.__name__: [] for way in lesson.code}
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

    def picture(self, now: float) -> tuple[Pane, ...]:
        """See :class:`Trial`."""
        self.drain()
        return tuple(self._pane(way, now) for way in self.looks)

    def _pane(self, way: str, now: float) -> Pane:
        view, looks = self.views.get(way), tuple(self.looks[way])
        rows = [] if view is None else [row for row in view.rows if row.attempts]
        zero = rows[0].began if rows else now
        marks = [
            Stroke(look.at - zero, look.at - zero, str(number), "heading")
            for number, look in enumerate(looks, start=1)
        ]
        lanes = (
            TimeLane("requests", row_painter(rows, zero, now)),
            TimeLane("in hand", painter(marks)),
        )
        ends = [row.end_by(now) for row in rows]
        span_s = max([*ends, *(look.at for look in looks), zero]) - zero
        figure = f"first page after {text.seconds(self.first_s(way))}" if rows and looks else ""
        return Pane(f"{way}()", lanes, span_s, figure)

    def first_s(self, way: str) -> float:
        """Seconds from the first request's queueing until a page was in hand."""
        return self.looks[way][0].at - self.views[way].rows[0].began

    def asked(self, way: str) -> int:
        """Requests that were sent."""
        return sum(row.attempts > 0 for row in self.views[way].rows)

    def held(self, way: str) -> int:
        """Pages in memory at most, when one was looked at."""
        return max(look.held for look in self.looks[way])

    def said(self) -> str:
        """See :class:`Trial`."""
        self.drain()
        if not all(self.looks.values()):
            failed = [view.reason for view in self.views.values() if view.failed]
            return f"No page came: {'; '.join(failed) or 'the server did not answer'}."
        parts = [
            f"{name}: the first page after {text.seconds(self.first_s(way))}, "
            f"{text.plural(self.held(way), 'page')} held at once, "
            f"{text.plural(self.asked(way), 'request')} made for {len(self.looks[way])}."
            for way, name in zip(self.looks, ("The list", "The generator"), strict=True)
        ]
        return " ".join(parts)


def pages_held(page: Page) -> int:
    """How many pages of one plan are in memory, counted by the garbage collector."""
    target = page.request.target
    return sum(type(one) is Page and one.request.target is target for one in gc.get_objects())


READING: Final = Lesson(
    name="Read",
    title="A list against a generator",
    words=(
        "Two readers want the first three pages of the same eight. A list is there when all of "
        "it is there; a generator gives a page when it is asked for one, and asks the server for "
        "no more than that. Look at when page 1 is in hand, and at the requests that nobody "
        "needed: stopping a generator early costs nothing."
    ),
    code=(from_a_list, from_a_generator),
    trial=TwoReaders,
    pages=8,
    profile="typical",
)
