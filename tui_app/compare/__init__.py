"""Timing runs against each other, and telling beforehand what one would take.

Which runs in which order, statistics, the ideal, and why; a simulation, the estimate of what it
meets, and the forecast that comes of it.
"""

from .comparison import Comparison
from .forecast import Basis, Forecast, ForecastRow, Total, duration
from .ideal import Ideal, ideal_seconds, with_ideals
from .simulation import Limit
from .statistics import SummaryRow, difference, summarise
from .sweep import Sweep, TimedStart, cap_page_counts, count_requests, schedule, warm_ups
from .timed import (
    Answer,
    Latency,
    TimedRun,
    latency,
    network_s,
    percentile,
    screen_share,
    waiting_s,
)
from .why import explain

__all__ = [
    "Answer",
    "Basis",
    "Comparison",
    "Forecast",
    "ForecastRow",
    "Ideal",
    "Latency",
    "Limit",
    "SummaryRow",
    "Sweep",
    "TimedRun",
    "TimedStart",
    "Total",
    "cap_page_counts",
    "count_requests",
    "difference",
    "duration",
    "explain",
    "ideal_seconds",
    "latency",
    "network_s",
    "percentile",
    "schedule",
    "screen_share",
    "summarise",
    "waiting_s",
    "warm_ups",
    "with_ideals",
]
