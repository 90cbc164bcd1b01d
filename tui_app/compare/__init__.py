"""Timing runs against each other: which runs in which order, statistics, the ideal beside them."""

from .ideal import ideal_seconds
from .statistics import Comparison, Latency, SummaryRow, TimedRun, latency, summarise
from .sweep import Sweep, TimedStart, cap_page_counts, schedule, warm_ups

__all__ = [
    "Comparison",
    "Latency",
    "SummaryRow",
    "Sweep",
    "TimedRun",
    "TimedStart",
    "cap_page_counts",
    "ideal_seconds",
    "latency",
    "schedule",
    "summarise",
    "warm_ups",
]
