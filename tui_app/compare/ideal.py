"""The least time that the same answers could have taken, and what sets it.

Four things can: how often requests may start (the pace: rate and window), how long the answers
take with so many in flight (the latency), how fast bytes come in (the link), and how much of the
processor an answer costs (this computer: Python takes one thread at a time).
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from statistics import median
from typing import Final

from tui_app.redlist.rate_limit import Window, spread_s

from .statistics import TimedAnswer, TimedRun

PACE: Final = "pace"
LATENCY: Final = "latency"
LINK: Final = "link"
CPU: Final = "cpu"

STRETCHED: Final = 1.25
"""Answers that take so many times as long as alone share something with those beside them."""

OWN_DOING: Final = 2.0
"""An answer waits until those beside it have been dealt with. What is stretched by no more than so
many times the processor's time for as many as are in flight is no word on the link."""


def ideal_seconds(
    latencies_s: Sequence[float],
    in_flight: int,
    rate: float | None = None,
    window: Window | None = None,
    *,
    first_alone: bool = False,
) -> float:
    """Lower bound of a run's time, given how long each answer took.

    Requests start in their order, each as soon as one of ``in_flight`` places is free and the
    pace allows it; nothing else takes any time. With ``first_alone`` the first answer tells how
    many more there are: nothing else can start before it is here.
    """
    free = [0.0] * max(1, in_flight)
    earliest = end = 0.0
    starts: deque[float] = deque(maxlen=1 if window is None else window.requests)
    for number, latency_s in enumerate(latencies_s):
        start = max(heapq.heappop(free), earliest)
        if window is not None:
            if len(starts) == window.requests:
                start = max(start, starts[0] + window.seconds)
            starts.append(start)
        done = start + latency_s
        heapq.heappush(free, done)
        end = max(end, done)
        if rate:
            earliest = start + 1 / rate
        if number == 0 and first_alone:
            earliest = max(earliest, done)
    return end


Runs = Sequence[tuple[TimedRun, Sequence[TimedAnswer]]]
"""Timed runs with their answers, in the order of the plan."""


def alone(runs: Runs) -> dict[tuple[int, int | None], float]:
    """How long each page takes with nothing beside it: its median where one was in flight.

    Where no run had one in flight: the least that was seen of it.
    """
    single = [answers for run, answers in runs if run.in_flight == 1]
    seen: dict[tuple[int, int | None], list[float]] = {}
    for answers in single or [answers for _, answers in runs]:
        for one in answers:
            seen.setdefault(one.page, []).append(one.latency_s)
    return {page: median(times) if single else min(times) for page, times in seen.items()}


def bandwidth(runs: Runs) -> float | None:
    """Bytes a second that came in where the link was full; None where it never was.

    It was where answers took clearly longer beside each other than alone, and longer than this
    computer's own work explains. Alone is what one in flight took, or else what the server says
    it spent.
    """
    unhurried = alone(runs) if any(run.in_flight == 1 for run, _ in runs) else {}
    found: list[float] = []
    for run, answers in runs:
        pairs = [
            (one.latency_s, own)
            for one in answers
            if (own := unhurried.get(one.page, one.server_s or 0.0)) > 0
        ]
        if run.in_flight == 1 or len(pairs) < 2 or run.failed:
            continue
        by_itself_s = OWN_DOING * run.in_flight * run.cpu_ms_per_request / 1000
        stretched = median(took / own for took, own in pairs) >= STRETCHED
        if stretched and median(took - own for took, own in pairs) > by_itself_s:
            first, last = min(one.started_s for one in answers), max(one.ended_s for one in answers)
            found.append(sum(one.size_bytes for one in answers) / (last - first))
    if not found:
        return None
    # What came in faster at any time was not more than the link takes.
    every = (sum(one.size_bytes for one in answers) / run.seconds for run, answers in runs)
    return max(*found, *every)


def with_ideals(
    done: Runs, rate: float | None, window: Window | None = None, cores: int = 1
) -> list[TimedRun]:
    """Timed runs with their ideals: what one of them shows of the pages holds for all.

    ``cores``: processors on which Python's threads run at the same time; 1 with its global lock.
    """
    unhurried, link = alone(done), bandwidth(done)
    found = []
    for run, answers in done:
        latencies = [min(one.latency_s, unhurried.get(one.page, one.latency_s)) for one in answers]
        terms: dict[str, float] = {}
        if latencies and (rate is not None or window is not None):
            terms[PACE] = spread_s(len(latencies), rate, window) + latencies[-1]
        terms[LATENCY] = ideal_seconds(latencies, run.in_flight)
        if link is not None:
            terms[LINK] = sum(one.size_bytes for one in answers) / link
        cpu_s = run.cpu_seconds / max(1, min(cores, run.in_flight))
        terms[CPU] = cpu_s
        terms = {name: round(seconds, 6) for name, seconds in terms.items()}
        # A little more than the longest where pace and latency meet.
        both = ideal_seconds(latencies, run.in_flight, rate, window)
        # Calls to the system go on beside Python: of threads the last term can be a little high.
        least = round(min(run.seconds, max(both, terms.get(LINK, 0.0), cpu_s)), 6)
        limit = max(terms, key=terms.__getitem__)
        found.append(replace(run, ideal_seconds=least, limit=limit, terms=terms))
    return found
