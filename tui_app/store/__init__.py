"""The store of runs: one SQLite file in the user's data folder.

A page is committed, together with the timings of the attempt that brought it, before the run
counts it as done. All that is shown, exported or compared afterwards is read from here. Bodies
are saved as they came, each once, so that the views of :mod:`tui_app.store.schema` can read them.

The file is checked before use: a foreign file is moved aside, and the readable data of a damaged
one are recovered. A run has a lock, so that one program at a time fetches it.
"""

from __future__ import annotations

from pathlib import Path

from .database import FILE_NAME, Database
from .pages import DETAILS, AttemptRow, DamagedPage, KeptBody, PageRow, Pages
from .rate_limit import STARTS_FILE, ServerStarts
from .run_locks import Held, Lock, NoLocks, RunInUse, RunLocks
from .runs import NewRun, RunRow, Runs, RunState
from .sqlite import Waiting, fault_of


class Store(Runs, Pages):
    """Runs, pages, timings.

    Safe to use from several threads; several programs may use the same file, but only one at
    a time carries a run. Reading does not wait for writing. The folder is made if need be; a
    KeepError says why it or the file can't be used.
    """

    def __init__(self, folder: Path, waiting: Waiting | None = None) -> None:
        self.folder = folder
        self._file = Database(folder, waiting)
        self.path = self._file.path
        self.waiting = self._file.waiting  # for other programs that have locked it
        self._fresh = set()
        self._damaged = {}
        self._starts: dict[str, ServerStarts] = {}
        self._locks = RunLocks(self.path)
        if not self._file.read_only:
            self._locks.sweep()

    def close(self) -> None:
        """Release the runs that are carried, and close the file; safe to call twice."""
        self._locks.drop_all()
        for starts in self._starts.values():
            starts.close()
        self._file.close()

    def check_writable(self) -> None:
        """Raise a KeepError where the store is read-only."""
        self._file.check_writable()

    @property
    def notices(self) -> tuple[str, ...]:
        """What the user must be told: what was recovered, and what of it can't be read."""
        return (*self._file.notices, *self._damaged.values())

    def starts(self, base_url: str) -> ServerStarts:
        """When requests to a server started, by any program that uses this folder."""
        return self._starts.setdefault(base_url, ServerStarts(self.path.parent, base_url))
