"""What a run would take, by method and by requests in flight, from many simulated ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

from tui_app.methods import has_one_in_flight

from .simulation import Limit, Simulated, simulate
from .work import Work
from .world import World

IN_FLIGHT: Final = (1, 2, 4, 8, 16)
"""So many requests in flight are tried, and what the settings say."""

ANSWERS_IN_ALL: Final = 30_000
"""So many answers are simulated for one forecast: a second."""
MOST_ANSWERS: Final = 800
"""Of a run longer than this no more is simulated: the rest goes on alike."""
FEWEST_RUNS: Final = 5
MOST_RUNS: Final = 45
"""Simulated runs of each line of a forecast; odd, so that one of them is the middle."""

MODEL_ERRS: Final = 0.03
"""A range is at least so wide to both sides: no simulation is the thing itself."""
COMPUTER_VARIES: Final = 0.25
"""The same where this computer limits, which has other things to do as well."""


@dataclass(frozen=True, slots=True)
class ForecastRow:
    """What a run by one method would take; times in seconds.

    Attributes:
        method: how.
        concurrency: requests in flight at most.
        seconds: the middle of what was simulated.
        low: what nine tenths of it exceed.
        high: what a tenth of it exceeds.
        requests: attempts sent, retries included.
        limit: what is waited for most.
        halted: whether so much would fail that the run stops.
    """

    method: str
    concurrency: int
    seconds: float
    low: float
    high: float
    requests: int
    limit: Limit
    halted: bool = False


@dataclass(frozen=True, slots=True)
class Basis:
    """What a forecast is based on.

    Attributes:
        kept: answers that earlier runs measured.
        probed: answers that were asked for to make it.
        tried: whether each method was tried on the demo server, to know what it costs.
        link: how many answers come as fast together as each alone; None: nothing holds them up.
        crowd: the most answers that were measured together.
    """

    kept: int
    probed: int = 0
    tried: bool = False
    link: float | None = None
    crowd: float = 1.0

    def in_words(self) -> str:
        """``from 40 kept answers``, ``from 3 answers just asked for``, or both."""
        parts = []
        if self.kept:
            parts.append(f"{self.kept:,} kept answer{'s' * (self.kept != 1)}")
        if self.probed:
            answers = "" if self.kept else f" answer{'s' * (self.probed != 1)}"
            parts.append(f"{self.probed}{answers} just asked for")
        return f"from {' and '.join(parts)}"


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a run would take.

    Attributes:
        settings: of whom it would ask what, and how.
        pages: pages and other answers that are wanted, kept ones among them.
        records: rows in them, as far as that is known.
        details: full assessments that are wanted, kept ones among them.
        requests: that are left to send, retries not counted.
        kept: of those wanted, how many are kept and would not be asked for.
        at_most: whether that is the most there can be, because lists overlap.
        rows: what it would take by each method, by rising concurrency.
        basis: what is known.
        assumed: sentences on what is not known.
        advice: sentences on what to set.
    """

    settings: dict[str, Any]
    pages: int
    records: int | None
    details: int
    requests: int
    kept: int
    at_most: bool
    rows: tuple[ForecastRow, ...]
    basis: Basis
    assumed: tuple[str, ...] = ()
    advice: tuple[str, ...] = ()

    @property
    def own(self) -> ForecastRow | None:
        """The row of the method and concurrency that are set; None where nothing is to be sent."""
        method, concurrency = self.settings["method"], self.settings["concurrency"]
        if has_one_in_flight(method):
            concurrency = 1
        return next(
            (row for row in self.rows if (row.method, row.concurrency) == (method, concurrency)),
            None,
        )

    def work_in_words(self) -> str:
        """``78 requests``; ``431 of 1,631 requests, 1,200 are kept already``."""
        at_most = "at most " * self.at_most
        if not self.kept:
            return f"{at_most}{self.requests:,} request{'s' * (self.requests != 1)}"
        whole = self.requests + self.kept
        return f"{at_most}{self.requests:,} of {whole:,} requests, {self.kept:,} are kept already"

    def to_json(self) -> dict[str, Any]:
        """As ``plan --json`` prints it."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Total:
    """What several runs would take together; times in seconds.

    Attributes:
        seconds: the middles of each, added up.
        low: what nine tenths exceed, of each.
        high: what a tenth exceeds, of each.
        runs: how many.
        basis: what is known.
    """

    seconds: float
    low: float
    high: float
    runs: int
    basis: Basis


class Forecaster:
    """Simulates a piece of work by any method.

    Args:
        work: what is to be done.
        world: what it would meet.
        lines: how many rows are going to be asked for, so that all of them take a second or two.
    """

    def __init__(self, work: Work, world: World, lines: int) -> None:
        self._work = work
        self._world = world
        self._total = work.requests
        answers = min(max(1, self._total), MOST_ANSWERS)
        runs = ANSWERS_IN_ALL // (answers * max(1, lines))
        self._runs = max(FEWEST_RUNS, min(MOST_RUNS, runs)) // 2 * 2 + 1

    def row(self, method: str, concurrency: int) -> ForecastRow:
        """What it would take by a method with so many in flight."""
        plan = replace(self._work.plan, method=method, concurrency=concurrency)
        runs = [
            # Each run is another one, and also luckier than the one before it.
            simulate(
                replace(self._work, plan=replace(plan, seed=seed)),
                self._world,
                seed=seed,
                luck=(seed + 0.5) / self._runs,
                most=MOST_ANSWERS,
                total=self._total,
            )
            for seed in range(self._runs)
        ]
        return _row(method, concurrency, runs)


def _row(method: str, concurrency: int, runs: Sequence[Simulated]) -> ForecastRow:
    runs = sorted(runs, key=lambda run: run.seconds)
    limits = Counter(run.limit for run in runs)
    limit = limits.most_common(1)[0][0]
    edge = len(runs) // 10
    middle = runs[len(runs) // 2]
    wide = COMPUTER_VARIES if limit is Limit.COMPUTER else MODEL_ERRS
    return ForecastRow(
        method=method,
        concurrency=concurrency,
        seconds=middle.seconds,
        low=min(runs[edge].seconds, middle.seconds * (1 - wide)),
        high=max(runs[-1 - edge].seconds, middle.seconds * (1 + wide)),
        requests=middle.requests,
        limit=limit,
        halted=middle.halted,
    )


def lines_of(methods: Sequence[str], concurrency: int) -> list[tuple[str, int]]:
    """Methods with the concurrency of each row of a forecast. Some have one request in flight."""
    flying = sorted({*IN_FLIGHT, concurrency})
    return [
        (method, count)
        for method in methods
        for count in ((1,) if has_one_in_flight(method) else flying)
    ]


def duration(seconds: float) -> str:
    """A span as people say it: ``0.4 s``, ``42 s``, ``3 min 20 s``, ``1 h 5 min``, ``24 h``."""
    if seconds < 59.5:
        decimals = 0 if seconds >= 9.95 else 1 if seconds >= 0.95 else 2
        return f"{seconds:.{decimals}f} s"
    minutes, second = divmod(round(seconds), 60)
    if minutes < 10:
        return f"{minutes} min" + f" {second} s" * bool(second)
    minutes = round(seconds / 60)
    hours, minute = divmod(minutes, 60)
    if minutes < 90:
        return f"{minutes} min"
    if hours < 10:
        return f"{hours} h" + f" {minute} min" * bool(minute)
    return f"{seconds / 3600:.0f} h"
