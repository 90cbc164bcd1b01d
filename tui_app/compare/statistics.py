"""From timed runs to the figures that are shown."""

from __future__ import annotations

import random
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

BOOTSTRAP_SAMPLES: Final = 1000
BASELINE: Final = "sequential"
CLEARLY: Final = 1.05
NEARLY: Final = 0.9
"""What takes at most so many times as long as another is about as fast."""


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
    ordered = sorted(seconds)
    if not ordered:
        return Latency()

    def rank(percent: int) -> float:
        index = max(0, -(-percent * len(ordered) // 100) - 1)
        return round(ordered[index] * 1000, 3)

    return Latency(rank(50), rank(90), rank(95), rank(99), rank(100))


@dataclass(frozen=True, slots=True)
class TimedRun:
    """One timed run.

    Attributes:
        method: how.
        pages: how many pages were fetched.
        repeat: which repeat, from 1.
        order: which run of the comparison, from 1.
        seconds: from the first request's queueing to the last page kept.
        ideal_seconds: what a client that costs nothing would have taken.
        requests: attempts sent.
        failed: requests given up.
        latency_ms: percentiles.
        run: its id in the store.
    """

    method: str
    pages: int
    repeat: int
    order: int
    seconds: float
    ideal_seconds: float
    requests: int
    failed: int
    latency_ms: Latency
    run: str = ""


@dataclass(frozen=True, slots=True)
class SummaryRow:
    """All repeats of one method at one page count; times in seconds.

    Attributes:
        speedup: sequential's median over this one's, at the same page count; None without it.
        ci_low: lower end of the median's 95 % bootstrap interval; None below 3 repeats.
        ci_high: its upper end.
    """

    method: str
    pages: int
    n: int
    median: float
    min: float
    max: float
    ci_low: float | None
    ci_high: float | None
    ideal: float
    speedup: float | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """What came out of a comparison.

    Attributes:
        settings: what was compared, and how.
        runs: in the order in which they were timed.
        summary: by page count and method.
        complete: whether all of it was timed and nothing failed.
        note: what the user should know, or empty.
    """

    settings: dict[str, Any]
    runs: tuple[TimedRun, ...]
    summary: tuple[SummaryRow, ...]
    complete: bool = True
    note: str = ""

    def to_json(self) -> dict[str, Any]:
        """As ``compare --json`` prints it."""
        return {
            "settings": self.settings,
            "runs": [asdict(run) for run in self.runs],
            "summary": [asdict(row) for row in self.summary],
            "complete": self.complete,
            "note": self.note,
        }

    def sentence(self) -> str:
        """The outcome in plain words, or nothing where there is none to tell."""
        most = max((row.pages for row in self.summary), default=0)
        rows = {row.method: row for row in self.summary if row.pages == most}
        others = [row for row in rows.values() if row.method != BASELINE and row.speedup]
        if BASELINE not in rows or not others:
            return ""
        best = min(row.median for row in others)
        pages = f"{most} page{'s' * (most != 1)}"
        if rows[BASELINE].median <= best * CLEARLY:
            return f"At {pages} no method was clearly faster than one at a time."
        fastest = [row for row in others if row.median <= best * CLEARLY]
        *names, last = (row.method for row in fastest)
        who = f"{', '.join(names)} and {last} were" if names else f"{last} was"
        times = min(row.speedup or 0 for row in fastest)
        return f"At {pages} {who} {times:.1f} times as fast as one at a time{self._more(fastest)}."

    def _more(self, fastest: Sequence[SummaryRow]) -> str:
        """What more could be had, where it is waiting that limits, and not the computer."""
        flying, times = self.settings.get("concurrency"), min(row.speedup or 0 for row in fastest)
        waits = all(row.ideal >= NEARLY * row.median for row in fastest)
        if not flying or self.settings.get("rate") or not waits or times >= NEARLY * flying:
            return ""
        return f"; {flying} in flight could give {flying} with many pages"


def summarise(runs: Sequence[TimedRun], methods: Sequence[str], seed: int = 0) -> list[SummaryRow]:
    """Group timed runs by page count and method, in rising and in the given order."""
    rows: list[SummaryRow] = []
    for pages in sorted({run.pages for run in runs}):
        times = {
            method: [run.seconds for run in runs if run.pages == pages and run.method == method]
            for method in methods
        }
        base = statistics.median(times[BASELINE]) if times.get(BASELINE) else None
        for method in methods:
            seconds = times[method]
            if not seconds:
                continue
            median = statistics.median(seconds)
            low, high = _interval(seconds, seed)
            ideals = [
                run.ideal_seconds for run in runs if run.pages == pages and run.method == method
            ]
            rows.append(
                SummaryRow(
                    method,
                    pages,
                    len(seconds),
                    median,
                    min(seconds),
                    max(seconds),
                    low,
                    high,
                    statistics.median(ideals),
                    base / median if base is not None and median > 0 else None,
                )
            )
    return rows


def _interval(seconds: Sequence[float], seed: int) -> tuple[float | None, float | None]:
    """95 % bootstrap interval of the median: resampled with replacement, seeded."""
    if len(seconds) < 3:
        return None, None
    drawn = random.Random(seed)
    medians = sorted(
        statistics.median(drawn.choices(seconds, k=len(seconds))) for _ in range(BOOTSTRAP_SAMPLES)
    )
    return medians[int(0.025 * len(medians))], medians[int(0.975 * len(medians)) - 1]
