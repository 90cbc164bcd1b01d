"""The one service that puts the house together: start, watch, stop, resume, compare, export.

Both faces, the application and the command line, stand on :class:`Service` and wire nothing
together themselves.
"""

from tui_app.compare import Comparison, SummaryRow, TimedRun, TimedStart
from tui_app.export import Exported
from tui_app.store import RunRow, RunState

from .comparing import limit_met, requests_of
from .exporting import DamagedRows
from .history import FailureRow
from .recordsview import RecordsView
from .replaying import Replay
from .service import Service
from .source import Source
from .summary import Summary

__all__ = [
    "Comparison",
    "DamagedRows",
    "Exported",
    "FailureRow",
    "RecordsView",
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
]
