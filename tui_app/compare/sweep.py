"""Which runs a comparison takes, and in which order."""

from __future__ import annotations

import random
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sweep:
    """What is to be timed: every method at every page count, ``repeats`` times."""

    methods: tuple[str, ...]
    page_counts: tuple[int, ...]  # in rising order
    repeats: int = 3  # how often each
    warmup: int = 1  # runs of each method beforehand that don't count
    # whether the order is shuffled, so that a drift of the machine or the server doesn't fall on
    # one method
    shuffle: bool = True
    seed: int = 0  # of the shuffling


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


def schedule(sweep: Sweep) -> list[TimedStart]:
    """The runs to time, in order; without ids yet.

    Every repeat is a round of all methods and page counts, shuffled within itself: a method
    never has all of its repeats at the warm end of the afternoon.
    """
    shuffler = random.Random(sweep.seed)
    runs: list[tuple[str, int, int]] = []
    for number in range(1, sweep.repeats + 1):
        a_round = [(one, pages, number) for pages in sweep.page_counts for one in sweep.methods]
        if sweep.shuffle:
            shuffler.shuffle(a_round)
        runs += a_round
    return [TimedStart("", *run, order, len(runs)) for order, run in enumerate(runs, start=1)]


def warm_ups(sweep: Sweep) -> list[TimedStart]:
    """The runs beforehand, which warm this program up: each method at the fewest pages."""
    timed = sweep.repeats * len(sweep.page_counts) * len(sweep.methods)
    return [
        TimedStart("", method, min(sweep.page_counts), number, 0, timed, warmup=True)
        for number in range(1, sweep.warmup + 1)
        for method in sweep.methods
    ]


def count_requests(sweep: Sweep, lists: int = 1, *, prepared: bool = False) -> int:
    """How many requests a comparison of so many lists makes, as far as nothing fails.

    If prepared, all pages are requested beforehand, otherwise only the first.
    """
    pages = sum(start.pages for start in (*warm_ups(sweep), *schedule(sweep)))
    return (pages + (max(sweep.page_counts) if prepared else 1)) * lists


def cap_page_counts(page_counts: tuple[int, ...], total: int | None) -> tuple[int, ...]:
    """Page counts no greater than the number of pages there are, each once."""
    if total is None:
        return page_counts
    return tuple(sorted({min(count, max(total, 1)) for count in page_counts}))
