"""The time that the same answers would have taken a client that costs nothing."""

from __future__ import annotations

import heapq
from collections.abc import Sequence


def ideal_seconds(
    latencies_s: Sequence[float],
    in_flight: int,
    rate: float | None = None,
    *,
    first_alone: bool = False,
) -> float:
    """Lower bound of a run's time, given how long each answer took.

    Requests start in their order, each as soon as one of ``in_flight`` places is free and the
    pace allows it; nothing else takes any time.

    Args:
        latencies_s: seconds on the network of each request, in the order of the plan.
        in_flight: requests in flight at most.
        rate: starts a second; None for no limit.
        first_alone: whether the first answer tells how many more there are, so that nothing
            else can start before it is here.

    Returns:
        Seconds; 0 where there are no requests.
    """
    free = [0.0] * max(1, in_flight)
    earliest = end = 0.0
    for number, latency_s in enumerate(latencies_s):
        start = max(heapq.heappop(free), earliest)
        done = start + latency_s
        heapq.heappush(free, done)
        end = max(end, done)
        if rate:
            earliest = start + 1 / rate
        if number == 0 and first_alone:
            earliest = max(earliest, done)
    return end
