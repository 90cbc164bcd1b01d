"""Comparing methods: the sweep, statistics, the ideal, the explanation; and forecasts of runs."""

from .comparison import Comparison
from .explanation import comparison_json, comparison_sentence, explain
from .forecast import Basis, Forecast, ForecastRow, Limit, Total, duration
from .ideal import ideal_seconds, with_ideals
from .statistics import (
    Latency,
    SummaryRow,
    TimedAnswer,
    TimedRun,
    difference,
    latency,
    network_s,
    percentile,
    screen_share,
    summarise,
    waiting_s,
)
from .sweep import Sweep, TimedStart, cap_page_counts, count_requests, schedule, warm_ups

__all__ = [
    "Basis",
    "Comparison",
    "Forecast",
    "ForecastRow",
    "Latency",
    "Limit",
    "SummaryRow",
    "Sweep",
    "TimedAnswer",
    "TimedRun",
    "TimedStart",
    "Total",
    "cap_page_counts",
    "comparison_json",
    "comparison_sentence",
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
