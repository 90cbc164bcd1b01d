"""Where runs are kept: one SQLite file in the user's data folder.

A page is committed, together with the timings of the attempt that brought it, before the run
counts it as done. All that is shown, exported or compared afterwards is read from here. Bodies
are kept as they came, each once, so that the views of :mod:`tui_app.store.views` can read them.
"""

from .rows import AttemptRow, NewRun, PageRow, RunRow, RunState, ShelfRow
from .store import DETAILS, Store

__all__ = ["DETAILS", "AttemptRow", "NewRun", "PageRow", "RunRow", "RunState", "ShelfRow", "Store"]
