"""One timed run: what was measured of it, and the figures that are shown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


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
    return ordered[max(0, -(-percent * len(ordered) // 100) - 1)] if ordered else None


@dataclass(frozen=True, slots=True)
class Answer:
    """An attempt that brought a page, as far as its times matter.

    Attributes:
        page: which page: the operation's place in the query, and the number.
        started_s: when the attempt began, in seconds since the run did.
        ended_s: when the last byte of its body was here.
        size_bytes: of the body on the wire.
        server_s: what the server says it spent (``x-runtime``); None where it doesn't.
        pace_wait_s: for how long before its start nothing could be sent because of the pace.
    """

    page: tuple[int, int | None]
    started_s: float
    ended_s: float
    size_bytes: int = 0
    server_s: float | None = None
    pace_wait_s: float = 0.0

    @property
    def latency_s(self) -> float:
        """Seconds on the network."""
        return self.ended_s - self.started_s


@dataclass(frozen=True, slots=True)
class TimedRun:
    """One timed run.

    Attributes:
        method: how.
        pages: how many pages were fetched.
        repeat: which repeat, from 1.
        order: which run of the comparison, from 1.
        seconds: from the first request's queueing to the last page kept.
        ideal_seconds: what the run could not have taken less than; see :class:`Ideal`. While the
            comparison goes on: by this run's own latencies, which other things may have stretched.
        requests: attempts sent.
        failed: requests given up.
        latency_ms: percentiles.
        run: its id in the store.
        in_flight: requests in flight at most.
        network_seconds: in which at least one request was on the network.
        pace_wait_seconds: in which nothing could be sent because of the pace alone.
        own_seconds: in which neither was so: what the method itself took.
        cpu_seconds: of the processor that the run took, the screen's left out.
        keeping_cpu_seconds: of them, those of the thread that keeps, which works beside.
        screen_cpu_seconds: that the screen took meanwhile; 0 where there is none.
        bytes: of bodies on the wire.
        limit: which term the ideal is: ``pace``, ``latency``, ``link`` or ``cpu``; empty while the
            comparison goes on.
        terms: each term of the ideal in seconds, by name.
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
    in_flight: int = 1
    network_seconds: float = 0.0
    pace_wait_seconds: float = 0.0
    own_seconds: float = 0.0
    cpu_seconds: float = 0.0
    keeping_cpu_seconds: float = 0.0
    screen_cpu_seconds: float = 0.0
    bytes: int = 0
    limit: str = ""
    terms: dict[str, float] | None = None

    @property
    def cpu_ms_per_request(self) -> float:
        """Milliseconds of the processor that a request took."""
        return 1000 * self.cpu_seconds / max(1, self.requests)


def network_s(answers: Sequence[Answer]) -> float:
    """Seconds in which at least one of these was on the network."""
    return _covered((one.started_s, one.ended_s) for one in answers)


def waiting_s(answers: Sequence[Answer]) -> float:
    """Seconds in which one of these was on the network, or nothing could be sent for the pace."""
    return _covered((one.started_s - one.pace_wait_s, one.ended_s) for one in answers)


def _covered(spans: Iterable[tuple[float, float]]) -> float:
    total, until = 0.0, float("-inf")
    for start, end in sorted(spans):
        total += max(0.0, end - max(start, until))
        until = max(until, end)
    return total


def screen_share(runs: Sequence[TimedRun]) -> float | None:
    """The part of a processor that the screen took while runs were timed; None without one."""
    seconds = sum(timed.seconds for timed in runs)
    took = sum(timed.screen_cpu_seconds for timed in runs)
    return round(took / seconds, 4) if took and seconds else None


__all__ = ["Answer", "Latency", "TimedRun", "latency", "network_s", "screen_share", "waiting_s"]
