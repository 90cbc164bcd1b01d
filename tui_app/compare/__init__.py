"""Timing runs against each other: which runs in which order, statistics, the ideal, and why."""

from .comparison import Comparison
from .ideal import Ideal, ideal_seconds, with_ideals
from .statistics import SummaryRow, difference, summarise
from .sweep import Sweep, TimedStart, cap_page_counts, count_requests, schedule, warm_ups
from .timed import Answer, Latency, TimedRun, latency, network_s, screen_share, waiting_s
from .why import explain

__all__ = [
    "Answer",
    "Comparison",
    "Ideal",
    "Latency",
    "SummaryRow",
    "Sweep",
    "TimedRun",
    "TimedStart",
    "cap_page_counts",
    "count_requests",
    "difference",
    "explain",
    "ideal_seconds",
    "latency",
    "network_s",
    "schedule",
    "screen_share",
    "summarise",
    "waiting_s",
    "warm_ups",
    "with_ideals",
]
