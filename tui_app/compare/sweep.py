"""Which runs a comparison takes, and in which order."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from tui_app.methods import has_one_in_flight


@dataclass(frozen=True, slots=True)
class Sweep:
    """What is to be timed: every method at every page count, ``repeats`` times.

    With ``in_flight_counts`` every method is timed with so many requests in flight at most, one
    that has a single request in flight once.
    """

    methods: tuple[str, ...]
    page_counts: tuple[int, ...]  # in rising order
    repeats: int = 3  # how often each
    warmup: int = 1  # runs of each method beforehand that don't count
    # whether the order is shuffled, so that a drift of the machine or the server doesn't fall on
    # one method
    shuffle: bool = True
    seed: int = 0  # of the shuffling
    in_flight_counts: tuple[int, ...] = ()  # in rising order; empty: the settings' concurrency

    @property
    def points(self) -> list[tuple[str, int, int | None]]:
        """Method, pages, and requests in flight where they are swept; each is timed in a round."""
        flying = self.in_flight_counts or (None,)
        return [
            (method, pages, most)
            for pages in self.page_counts
            for most in flying
            for method in self.methods
            if most == flying[0] or not has_one_in_flight(method)
        ]


@dataclass(frozen=True, slots=True)
class TimedStart:
    """A timed run is about to start."""

    run: str  # its id in the store and on its events
    method: str
    pages: int
    repeat: int  # which repeat, from 1
    order: int  # which run of the comparison, from 1; warm-ups are 0
    of: int  # how many runs are timed in all
    warmup: bool = False  # whether it doesn't count
    concurrency: int | None = None  # requests in flight at most; None: as in the settings


def schedule(sweep: Sweep) -> list[TimedStart]:
    """The runs to time, in order; without ids yet.

    Every repeat is a round of all points, shuffled within itself, so that a drift of the machine
    or the server doesn't fall on one of them.
    """
    shuffler = random.Random(sweep.seed)
    runs: list[tuple[int, tuple[str, int, int | None]]] = []
    for number in range(1, sweep.repeats + 1):
        a_round = sweep.points
        if sweep.shuffle:
            shuffler.shuffle(a_round)
        runs += [(number, point) for point in a_round]
    return [
        TimedStart("", method, pages, number, order, len(runs), concurrency=most)
        for order, (number, (method, pages, most)) in enumerate(runs, start=1)
    ]


def warm_ups(sweep: Sweep) -> list[TimedStart]:
    """The runs beforehand, which warm this program up: each method at the fewest pages."""
    timed, most = sweep.repeats * len(sweep.points), max(sweep.in_flight_counts, default=None)
    fewest = min(sweep.page_counts)
    return [
        TimedStart("", method, fewest, number, 0, timed, warmup=True, concurrency=most)
        for number in range(1, sweep.warmup + 1)
        for method in sweep.methods
    ]


def count_requests(
    sweep: Sweep, lists: Sequence[int | None] = (None,), *, prepared: bool = False
) -> int:
    """How many requests a comparison of lists makes, as far as nothing fails.

    ``lists`` are the numbers of their pages, None where it is not known. If prepared, all pages are
    requested beforehand, otherwise only the first.
    """
    asked = [start.pages for start in (*warm_ups(sweep), *schedule(sweep))]
    asked.append(max(sweep.page_counts) if prepared else 1)
    return sum(pages_asked(pages, lists) for pages in asked)


def pages_asked(count: int, lists: Sequence[int | None]) -> int:
    """Pages that a run requests at a page count; ``lists`` are those of :func:`count_requests`."""
    return sum(count if pages is None else min(count, pages) for pages in lists)


def cap_page_counts(page_counts: tuple[int, ...], total: int | None) -> tuple[int, ...]:
    """Page counts no greater than the number of pages there are, each once."""
    if total is None:
        return page_counts
    return tuple(sorted({min(count, max(total, 1)) for count in page_counts}))
