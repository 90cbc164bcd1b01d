"""What a run would take, by method and by requests in flight: kept latencies drawn again.

They are drawn by kind of request, again and again, through the schedule that computes the ideal;
what else limits a run (the pace, the link, this computer) are the ideal's terms as well.
"""

from __future__ import annotations

import math
import random
import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from tui_app.fetch.limiter import MARGIN
from tui_app.fetch.policy import BACKOFF_CAP_S
from tui_app.methods import has_one_in_flight
from tui_app.redlist.errors import NotFound, Throttled, TimedOut
from tui_app.redlist.rate_limit import Window, spread_s
from tui_app.redlist.text import counted, joined, timespan

from .ideal import ideal_seconds
from .workload import FailureRate, RequestKind, Work, Workload

IN_FLIGHT: Final = (1, 2, 4, 8, 16)
"""So many requests in flight are tried, and what the settings say."""

ANSWERS_IN_ALL: Final = 60_000
"""So many answers are drawn for one forecast: about a second."""
MOST_ANSWERS: Final = 800
"""Of a longer run no more are drawn: the rest goes on alike."""
FEWEST_RUNS: Final = 5
MOST_RUNS: Final = 199
"""Drawn runs of each line of a forecast; odd, so that one of them is the middle."""

FEW: Final = 20
"""With fewer latencies than these their spread is not known."""
USUAL_SPREAD: Final = 0.2
"""Sigma of the logarithm that is assumed before anything is measured, worth so many latencies:"""
USUAL_WORTH: Final = 4

MODEL_ERRS: Final = 1.03
"""A range goes at least so many times up and down."""
COMPUTER_VARIES: Final = 2.5
"""The same where this computer takes part in the time, which has other things to do as well."""
COMPUTER_UNKNOWN: Final = 4.0
"""The same where no run has told what the method costs."""
COST_MATTERS: Final = 0.1
"""This computer takes part where its work is at least such a part of the time."""


class Limit(StrEnum):
    """The limit that sets the time of a run."""

    PACE = "the rate limit"
    LATENCY = "the latency"
    LINK = "the link"
    COMPUTER = "this computer"
    FAILURES = "failures"


@dataclass(frozen=True, slots=True)
class ForecastRow:
    """What a run by one method would take; times in seconds."""

    method: str
    concurrency: int  # requests in flight at most
    seconds: float  # the median of the drawn runs
    low: float  # what nine tenths of it exceed
    high: float  # what a tenth of it exceeds
    requests: int  # attempts sent, retries included
    limit: Limit  # what is waited for most
    halted: bool = False  # whether so much would fail that the run stops


@dataclass(frozen=True, slots=True)
class Basis:
    """What a forecast is based on."""

    kept: int  # answers that earlier runs measured
    probed: int = 0  # answers of test requests made for this forecast
    # how many answers come as fast together as each alone; None: nothing holds them up
    link: float | None = None
    crowd: float = 1.0  # the most answers that were measured together

    def in_words(self) -> str:
        """``from 40 saved responses``, ``from 3 test requests``, or both."""
        parts = [counted(self.kept, "saved response")] if self.kept else []
        parts += [counted(self.probed, "test request")] if self.probed else []
        return f"from {joined(parts)}"


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a run would take."""

    settings: dict[str, Any]  # server, operations and options of the run
    pages: int  # pages and other answers that are wanted, kept ones among them
    records: int | None  # rows in them, as far as that is known
    details: int  # full assessments that are wanted, kept ones among them
    requests: int  # that are left to send, retries not counted
    kept: int  # pages and answers that are cached and would not be requested
    at_most: bool  # whether that is the most there can be, because lists overlap
    rows: tuple[ForecastRow, ...]  # the forecast of each method, by rising concurrency
    basis: Basis  # what is known
    assumed: tuple[str, ...] = ()  # sentences on what is not known
    advice: tuple[str, ...] = ()  # sentences on what to set
    lists: tuple[int, ...] = ()  # pages of each list; empty where those of one are not known

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
            return f"{at_most}{counted(self.requests, 'request')}"
        whole = self.requests + self.kept
        of = f"{self.requests:,} of {counted(whole, 'request')}"
        return f"{at_most}{of}, {self.kept:,} already saved"


@dataclass(frozen=True, slots=True)
class Total:
    """What several runs would take together; times in seconds."""

    seconds: float  # the middles of each, added up
    low: float  # what nine tenths exceed, of each
    high: float  # what a tenth exceeds, of each
    runs: int  # that are timed
    basis: Basis  # what is known
    lists: tuple[int, ...] = ()  # pages of each list; empty where those of one are not known


class Forecaster:
    """Draws runs of a piece of work by any method; so many that all lines take a second."""

    def __init__(self, work: Work, workload: Workload, lines: int) -> None:
        self._work = work
        self._workload = workload
        self._left = list(work.left())
        answers = min(max(1, len(self._left)), MOST_ANSWERS)
        runs = ANSWERS_IN_ALL // (answers * max(1, lines))
        self._runs = max(FEWEST_RUNS, min(MOST_RUNS, runs)) // 2 * 2 + 1

    def row(self, method: str, concurrency: int) -> ForecastRow:
        """The forecast of one method at one concurrency."""
        in_flight = 1 if has_one_in_flight(method) else concurrency
        cost_s = self._workload.cost_s(method)
        runs = [
            # Each run is another one, and also luckier than the one before it.
            _Drawn(self._work, self._left, self._workload, number, (number + 0.5) / self._runs)
            for number in range(self._runs)
        ]
        taken = sorted((run.taken(in_flight, cost_s) for run in runs), key=lambda one: one[0])
        limit = Counter(limit for _, limit in taken).most_common(1)[0][0]
        edge = len(taken) // 10
        seconds = taken[len(taken) // 2][0]
        wide = MODEL_ERRS
        if len(self._left) * cost_s > COST_MATTERS * seconds:
            known = method in self._workload.costs_s
            wide = COMPUTER_VARIES if known else COMPUTER_UNKNOWN
        return ForecastRow(
            method=method,
            concurrency=concurrency,
            seconds=seconds,
            low=min(taken[edge][0], seconds / wide),
            high=max(taken[-1 - edge][0], seconds * wide),
            requests=round(statistics.median(run.attempts for run in runs)),
            limit=limit,
            halted=2 * sum(run.given_up for run in runs) > self._runs * runs[0].count,
        )


class _Drawn:
    """One drawn run: the seconds of each request, its retries and their waits included.

    ``luck`` is where, from 0 to 1, the truth lies in what few measurements leave open.
    """

    def __init__(
        self,
        work: Work,
        left: Sequence[tuple[RequestKind, str]],
        workload: Workload,
        seed: int,
        luck: float,
    ) -> None:
        self._plan = work.plan
        self._workload = workload
        self._first_alone = work.first_alone
        self._random = random.Random(seed)
        self._answered_s = self._lost_s = self._paused_s = 0.0
        self.given_up = self._sent = 0
        self._total = len(left)
        self.count = min(self._total, MOST_ANSWERS)
        self._longer = self._total / self.count
        drawn = left if self._longer == 1 else self._random.sample(left, self.count)
        kinds = {kind for kind, _ in left}
        scales = {kind: _scale(workload.latencies_s[kind], luck) for kind in kinds}
        self._times = [self._request(kind, label, scales[kind]) for kind, label in drawn]
        self.attempts = round(self._sent * self._longer)

    def _request(self, kind: RequestKind, label: str, scale: float) -> float:
        """Seconds until a request is answered or given up."""
        plan, measured = self._plan, self._workload.latencies_s[kind]
        own = self._workload.own_s.get(label)
        if own:
            measured, scale = own, 1.0
        few = not own and len(measured) < FEW
        total_s, retries = 0.0, 0
        while True:
            self._sent += 1
            latency_s = scale * measured[int(self._random.random() * len(measured))]
            if few:
                latency_s *= self._random.lognormvariate(0, USUAL_SPREAD)
            failed = self._fails(kind)
            if latency_s > plan.timeout_s or (failed and failed.failure == TimedOut.kind):
                latency_s, failed = plan.timeout_s, FailureRate(TimedOut.kind, 0.0)
            total_s += latency_s
            if failed is None or failed.failure == NotFound.kind:
                self._answered_s += latency_s
                return total_s
            asked_s = failed.retry_after_s
            self._lost_s += latency_s
            if failed.failure == Throttled.kind:  # the whole run pauses
                self._paused_s += plan.pause_s if asked_s is None else asked_s
            elif retries < plan.retries:
                backoff_s = 0.75 * min(BACKOFF_CAP_S, plan.backoff_s * 2.0**retries)
                wait_s = max(asked_s or 0.0, backoff_s)
                total_s += wait_s
                self._lost_s += wait_s
                retries += 1
            else:
                self.given_up += 1
                return total_s

    def _fails(self, kind: RequestKind) -> FailureRate | None:
        chance = self._random.random()
        for one in self._workload.failing.get(kind, ()):
            if one.failure == Throttled.kind and self._plan.window is not None:
                continue  # a run that keeps to a window is not refused
            chance -= one.share
            if chance < 0:
                return one
        return None

    def taken(self, in_flight: int, cost_s: float) -> tuple[float, Limit]:
        """Seconds of the run by a method, and what limits it: the longest of the ideal's terms."""
        plan, capacity, alone = self._plan, self._workload.capacity, self._first_alone
        times = [time_s + cost_s for time_s in self._times]
        # Each place in flight opens a connection; a first request that is alone, another one.
        for place in range(min(len(times), in_flight + alone)):
            times[place] += self._workload.setup_s
        terms = {
            Limit.LATENCY: self._longer * ideal_seconds(times, in_flight, first_alone=alone),
            Limit.COMPUTER: self._total * cost_s,
        }
        if capacity is not None and in_flight > capacity:
            first_s = times[0] if alone else 0.0
            terms[Limit.LINK] = first_s + self._longer * (sum(times) - first_s) / capacity
        rate = None if plan.rate is None else plan.rate / MARGIN
        window = plan.window and Window(plan.window.requests, plan.window.held_s)
        if rate or window:
            terms[Limit.PACE] = spread_s(self._total, rate, window) + times[-1]
        seconds = max(terms.values())
        if Limit.PACE in terms and self._longer == 1:
            both_s = ideal_seconds(times, in_flight, rate, window, first_alone=alone)
            seconds = max(seconds, both_s)
        seconds += self._paused_s * self._longer
        if self._lost_s + self._paused_s > self._answered_s:
            return seconds, Limit.FAILURES
        return seconds, max(terms, key=terms.__getitem__)


def _scale(latencies_s: Sequence[float], luck: float) -> float:
    """How many times longer than measured all may take, at that luck."""
    logs = [math.log(max(one, 1e-6)) for one in latencies_s]
    squares = statistics.pvariance(logs) * len(logs) + USUAL_WORTH * USUAL_SPREAD**2
    sigma = math.sqrt(squares / (USUAL_WORTH + len(logs) - 1))
    return math.exp(statistics.NormalDist().inv_cdf(luck) * sigma / math.sqrt(len(logs)))


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
        decimals = 0 if seconds >= 9.95 else 1
        return f"{seconds:.{decimals}f} s" if seconds >= 0.95 else timespan(seconds)
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
