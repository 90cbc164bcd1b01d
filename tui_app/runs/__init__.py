"""The service that all faces call: fetch, resume, compare, replay, forecast, saved runs, export.

:class:`Service` connects fetching, the store, comparisons and exports; faces call nothing below it.
:mod:`.planning` makes plans of queries, :mod:`.recorder` saves pages as they arrive,
:mod:`.records` and :mod:`.history` read saved runs, :mod:`.comparing` times methods,
:mod:`.summary` sums up a run.
"""

from tui_app.compare.comparison import Comparison
from tui_app.compare.statistics import SummaryRow, TimedRun
from tui_app.compare.sweep import TimedStart
from tui_app.demo import DemoServer
from tui_app.export.atomic import Exported
from tui_app.store import RunRow, RunState

from .comparing import limit_met, requests_of, sweep_of
from .history import DamagedRows, FailureRow
from .matching import Matches
from .planning import JobRequest, Source, start_demo
from .replaying import Replay
from .service import Service
from .summary import Summary

__all__ = [
    "Comparison",
    "DamagedRows",
    "DemoServer",
    "Exported",
    "FailureRow",
    "JobRequest",
    "Matches",
    "Replay",
    "RunRow",
    "RunState",
    "Service",
    "Source",
    "Summary",
    "SummaryRow",
    "TimedRun",
    "TimedStart",
    "limit_met",
    "requests_of",
    "start_demo",
    "sweep_of",
]
