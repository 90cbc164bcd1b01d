"""Where runs are kept: one SQLite file in the user's data folder.

A page is committed, together with the timings of the attempt that brought it, before the run
counts it as done. All that is shown, exported or compared afterwards is read from here. Bodies
are kept as they came, each once, so that the views of :mod:`tui_app.store.views` can read them.

The file is looked at before it is used: what is no store of ours is set aside, and what can be
read of a damaged one is saved. One program at a time carries a run.
"""

from .claims import RunInUse
from .columns import DETAILS
from .faults import fault_of
from .file import FILE_NAME
from .locks import Held, Lock, NoLocks
from .reading import DamagedPage
from .rows import AttemptRow, ComparisonRow, NewRun, PageRow, RunRow, RunState
from .starts import STARTS_FILE, ServerStarts
from .store import Store
from .waiting import Waiting

__all__ = [
    "DETAILS",
    "FILE_NAME",
    "STARTS_FILE",
    "AttemptRow",
    "ComparisonRow",
    "DamagedPage",
    "Held",
    "Lock",
    "NewRun",
    "NoLocks",
    "PageRow",
    "RunInUse",
    "RunRow",
    "RunState",
    "ServerStarts",
    "Store",
    "Waiting",
    "fault_of",
]
