"""Which runs a comparison takes, and in which order."""

from __future__ import annotations

import random
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sweep:
    """What is to be timed: every method at every page count, ``repeats`` times.

    Attributes:
        methods: by name.
        page_counts: in rising order.
        repeats: how often each.
        warmup: runs of each method beforehand that don't count.
        shuffle: whether the order is shuffled, so that a drift of the machine or the server
            doesn't fall on one method.
        seed: of the shuffling.
    """

    methods: tuple[str, ...]
    page_counts: tuple[int, ...]
    repeats: int = 3
    warmup: int = 1
    shuffle: bool = True
    seed: int = 0


@dataclass(frozen=True, slots=True)
class TimedStart:
    """A timed run is about to start.

    Attributes:
        run: its id in the store and on its events.
        method: how.
        pages: how many pages.
        repeat: which repeat, from 1.
        order: which run of the comparison, from 1; warm-ups are 0.
        of: how many runs are timed in all.
        warmup: whether it doesn't count.
    """

    run: str
    method: str
    pages: int
    repeat: int
    order: int
    of: int
    warmup: bool = False


def schedule(sweep: Sweep) -> list[TimedStart]:
    """The runs to time, in order; without ids yet.

    Every repeat is a round of all methods and page counts, shuffled within itself: a method
    never has all of its repeats at the warm end of the afternoon.
    """
    shuffler = random.Random(sweep.seed)
    runs: list[tuple[str, int, int]] = []
    for repeat in range(1, sweep.repeats + 1):
        a_round = [
            (method, pages, repeat) for pages in sweep.page_counts for method in sweep.methods
        ]
        if sweep.shuffle:
            shuffler.shuffle(a_round)
        runs += a_round
    return [
        TimedStart("", method, pages, repeat, order, len(runs))
        for order, (method, pages, repeat) in enumerate(runs, start=1)
    ]


def warm_ups(sweep: Sweep) -> list[TimedStart]:
    """The runs beforehand, which don't count: of each method the same, at the fewest pages.

    They warm this program up. That the server has its pages ready is seen to before them.
    """
    fewest = min(sweep.page_counts)
    timed = sweep.repeats * len(sweep.page_counts) * len(sweep.methods)
    return [
        TimedStart("", method, fewest, repeat, 0, timed, True)
        for repeat in range(1, sweep.warmup + 1)
        for method in sweep.methods
    ]


def count_requests(sweep: Sweep, lists: int = 1, *, prepared: bool = False) -> int:
    """How many requests a comparison makes, as far as nothing fails.

    Args:
        sweep: what is timed.
        lists: how many operations are fetched.
        prepared: whether the server is asked for all pages beforehand, rather than for the first.
    """
    timed = sum(sweep.page_counts) * sweep.repeats * len(sweep.methods)
    warm = min(sweep.page_counts) * sweep.warmup * len(sweep.methods)
    return (timed + warm + (max(sweep.page_counts) if prepared else 1)) * lists


def cap_page_counts(page_counts: tuple[int, ...], total: int | None) -> tuple[int, ...]:
    """Page counts no greater than the number of pages there are, each once."""
    if total is None:
        return page_counts
    return tuple(sorted({min(count, max(total, 1)) for count in page_counts}))
