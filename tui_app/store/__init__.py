"""Where runs are kept: one SQLite file in the user's data folder.

A page is committed, its body packed with zstd, together with the timings of the attempt that
brought it, before the run counts it as done. All that is shown, exported or compared afterwards
is read from here.
"""

from .rows import AttemptRow, NewRun, PageRow, RunRow, RunState
from .store import Store

__all__ = ["AttemptRow", "NewRun", "PageRow", "RunRow", "RunState", "Store"]
