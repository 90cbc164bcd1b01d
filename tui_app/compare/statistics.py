"""Timed runs, and from them the figures that are shown: medians, spreads, speed-ups."""

from __future__ import annotations

import random
import statistics
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import chain
from operator import truediv
from typing import Final

from .workload import covered_s

BOOTSTRAP_SAMPLES: Final = 1000
BASELINE: Final = "sequential"

CLEARLY: Final = 1.05
"""One or two runs that take more than so many times as long as others are clearly slower."""

WORTH_A_WORD: Final = 1.02
"""However sure: a difference smaller than this is none that anybody would notice."""

FASTER: Final = "faster"
SLOWER: Final = "slower"
NONE: Final = "none"


@dataclass(frozen=True, slots=True)
class Latency:
    """Percentiles of the seconds on the network, in milliseconds; None without requests."""

    p50: float | None = None
    p90: float | None = None
    p95: float | None = None
    p99: float | None = None
    max: float | None = None


def latency(seconds: Iterable[float]) -> Latency:
    """Exact percentiles (nearest rank) of latencies in seconds."""
    ordered = sorted(round(one * 1000, 3) for one in seconds)
    return Latency(*(percentile(ordered, percent) for percent in (50, 90, 95, 99, 100)))


def percentile(ordered: Sequence[float], percent: int) -> float | None:
    """Nearest rank in a sorted sequence; None where it is empty."""
    if not ordered:
        return None
    return ordered[max(0, -(-percent * len(ordered) // 100) - 1)]


@dataclass(frozen=True, slots=True)
class TimedAnswer:
    """An attempt that brought a page, as far as its times matter."""

    page: tuple[int, int | None]  # which page: the operation's place in the query, and the number
    started_s: float  # when the attempt began, in seconds since the run did
    ended_s: float  # when the last byte of its body was here
    size_bytes: int = 0  # of the body on the wire
    # what the server says it spent (`x-runtime`); None where it doesn't
    server_s: float | None = None
    # for how long before its start nothing could be sent because of the pace
    pace_wait_s: float = 0.0

    @property
    def latency_s(self) -> float:
        """Seconds on the network."""
        return self.ended_s - self.started_s


@dataclass(frozen=True, slots=True)
class TimedRun:
    """One timed run."""

    method: str
    pages: int
    repeat: int  # which repeat, from 1
    order: int  # which run of the comparison, from 1
    seconds: float  # from the first request's queueing to the last page; saving it is not included
    # the lower bound on the run time; see `ideal`. While the comparison runs:
    # by this run's own latencies, which other things may have stretched.
    ideal_seconds: float
    requests: int  # attempts sent
    failed: int  # requests given up
    latency_ms: Latency  # percentiles
    run: str = ""  # its id in the store
    in_flight: int = 1  # requests in flight at most
    network_seconds: float = 0.0  # in which at least one request was on the network
    pace_wait_seconds: float = 0.0  # in which nothing could be sent because of the pace alone
    own_seconds: float = 0.0  # in which none of these was so: what the method itself took
    retry_seconds: float = 0.0  # in which only failed attempts were under way, or a retry waited
    cpu_seconds: float = 0.0  # of the processor that the run took, the screen's left out
    screen_cpu_seconds: float = 0.0  # that the screen took meanwhile; 0 where there is none
    # of the processor that this program added to the method: policy, checks, decoding, events
    work_seconds: float = 0.0
    bytes: int = 0  # of bodies on the wire
    # which term the ideal is: `pace`, `latency`, `link` or `cpu`; empty while the comparison goes
    # on
    limit: str = ""
    terms: dict[str, float] | None = None  # each term of the ideal in seconds, by name

    @property
    def cpu_ms_per_request(self) -> float:
        """Milliseconds of the processor that a request took."""
        return 1000 * self.cpu_seconds / max(1, self.requests)

    @property
    def work_ms_per_request(self) -> float:
        """Milliseconds of the processor that this program added to a request."""
        return 1000 * self.work_seconds / max(1, self.requests)


def network_s(answers: Sequence[TimedAnswer]) -> float:
    """Seconds in which at least one of these was on the network."""
    return covered_s((one.started_s, one.ended_s) for one in answers)


def waiting_s(answers: Sequence[TimedAnswer], others: Iterable[tuple[float, float]] = ()) -> float:
    """Seconds in which one of these was on the network, or nothing could be sent for the pace.

    And those in which one of the ``others`` was under way, from start to end.
    """
    spans = ((one.started_s - one.pace_wait_s, one.ended_s) for one in answers)
    return covered_s(chain(spans, others))


def screen_share(runs: Sequence[TimedRun]) -> float | None:
    """The part of a processor that the screen took while runs were timed; None without one."""
    seconds = sum(timed.seconds for timed in runs)
    took = sum(timed.screen_cpu_seconds for timed in runs)
    return round(took / seconds, 4) if took and seconds else None


@dataclass(frozen=True, slots=True)
class SummaryRow:
    """All repeats of one method at one page count and concurrency; times in seconds."""

    method: str
    pages: int
    n: int
    median: float
    min: float
    max: float
    ci_low: float | None  # lower end of the median's 95 % bootstrap interval; None below 3 repeats
    ci_high: float | None  # its upper end
    ideal: float  # the median of the runs' ideals
    # sequential's median over this one's, at the same page count; None without it
    speedup: float | None
    # from sequential, beyond the spread: `faster`, `slower` or `none`; empty without it, and for
    # sequential itself
    difference: str = ""
    limit: str = ""  # the term that set the ideal of most runs; empty where it is not known
    terms: dict[str, float] | None = None  # the medians of the ideal's terms
    network: float = 0.0  # median of the seconds on the network; pace_wait, own: likewise
    pace_wait: float = 0.0
    own: float = 0.0
    retry: float = 0.0
    cpu_ms: float = 0.0  # median of the milliseconds of the processor that a request took
    in_flight: int = 1
    # median of the milliseconds of the processor that this program added to a request; 0: unknown
    work_ms: float = 0.0

    @property
    def set_by_retries(self) -> bool:
        """Whether failed attempts and the waits for their retries were most of the time."""
        return self.retry > self.median / 2

    @property
    def over_ideal(self) -> float:
        """The median over the ideal; 1 where there is no ideal."""
        return self.median / self.ideal if self.ideal > 0 else 1.0

    @property
    def gain(self) -> str:
        """The speed-up as it is shown: no figure where there is no difference, or no baseline."""
        if self.speedup is None:
            return ""
        return "no difference" if self.difference == NONE else f"{self.speedup:.2f}"


def summarise(runs: Sequence[TimedRun], methods: Sequence[str], seed: int = 0) -> list[SummaryRow]:
    """Group timed runs by page count, method and requests in flight.

    Page counts and requests in flight rise; the methods are in the given order.
    """
    groups: dict[tuple[int, str, int], list[TimedRun]] = {}
    for run in runs:
        groups.setdefault((run.pages, run.method, run.in_flight), []).append(run)
    places = {method: place for place, method in enumerate(methods)}
    known = [key for key in groups if key[1] in places]
    rows: list[SummaryRow] = []
    for key in sorted(known, key=lambda one: (one[0], places[one[1]], one[2])):
        base = [run.seconds for run in runs if (run.pages, run.method) == (key[0], BASELINE)]
        rows.append(_row(groups[key], base, seed))
    return rows


def sweeps_in_flight(rows: Iterable[SummaryRow]) -> bool:
    """Whether a method was timed with several numbers of requests in flight."""
    points = [(row.method, row.pages) for row in rows]
    return len(set(points)) < len(points)


def _row(runs: Sequence[TimedRun], base: Sequence[float], seed: int) -> SummaryRow:
    first = runs[0]
    seconds = [run.seconds for run in runs]
    middle = statistics.median(seconds)
    low, high = _bootstrap(seed, seconds) if len(seconds) > 2 else (None, None)
    terms: dict[str, list[float]] = {}
    for run in runs:
        for name, term_s in (run.terms or {}).items():
            terms.setdefault(name, []).append(term_s)
    other = first.method != BASELINE and bool(base)
    return SummaryRow(
        *(first.method, first.pages, len(seconds), middle, min(seconds), max(seconds), low, high),
        # A lower bound is below all of them.
        ideal=min(statistics.median(run.ideal_seconds for run in runs), *seconds),
        speedup=statistics.median(base) / middle if base and middle > 0 else None,
        difference=difference(seconds, base, seed) if other else "",
        limit=Counter(run.limit for run in runs).most_common(1)[0][0],
        terms={name: statistics.median(found) for name, found in terms.items()} or None,
        network=statistics.median(run.network_seconds for run in runs),
        pace_wait=statistics.median(run.pace_wait_seconds for run in runs),
        own=statistics.median(run.own_seconds for run in runs),
        retry=statistics.median(run.retry_seconds for run in runs),
        cpu_ms=statistics.median(run.cpu_ms_per_request for run in runs),
        in_flight=first.in_flight,
        work_ms=statistics.median(run.work_ms_per_request for run in runs),
    )


def difference(seconds: Sequence[float], others: Sequence[float], seed: int = 0) -> str:
    """Whether some runs were ``faster`` or ``slower`` than others beyond their spread, or ``none``.

    With three runs or more each, the 95 % bootstrap interval of the ratio of the medians has to
    leave 1 out. Of fewer the spread is not known well: two have to leave each other's range out,
    and one or two have to take clearly less or more.
    """
    least = min(len(seconds), len(others))
    ratio = statistics.median(seconds) / statistics.median(others)
    if least < 3:
        low, high, enough = min(seconds) / max(others), max(seconds) / min(others), CLEARLY
    else:
        (low, high), enough = _bootstrap(seed, seconds, others), WORTH_A_WORD
    if high < 1 and ratio < 1 / enough:
        return FASTER
    return SLOWER if low > 1 and ratio > enough else NONE


def _bootstrap(seed: int, *samples: Sequence[float]) -> tuple[float, float]:
    """95 % bootstrap interval of a median, or of its ratio to another one; seeded."""
    drawn = random.Random(seed)
    ordered = sorted(
        reduce(truediv, [statistics.median(drawn.choices(one, k=len(one))) for one in samples])
        for _ in range(BOOTSTRAP_SAMPLES)
    )
    return ordered[int(0.025 * len(ordered))], ordered[int(0.975 * len(ordered)) - 1]
