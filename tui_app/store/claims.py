"""Who carries which run: one program at a time."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from tui_app.redlist.errors import UsageError

from .locks import TRIES, Held, Lock, NoLocks


def locks_folder(database: Path) -> Path:
    """The folder beside a database in which its locks are, a file a run that goes on."""
    return database.with_name(f"{database.name}.locks")


class RunInUse(UsageError):
    """A run goes on, here or in another program."""

    def __init__(self, run: str, pid: int | None) -> None:
        if pid == os.getpid():
            where, advice = "already in this program", "Wait until it ends, or stop it."
        else:
            where = "in another program" + (f" (process {pid})" if pid else "")
            advice = "Wait until it ends, or stop it there."
        super().__init__(f"Run {run} goes on {where}.", advice)


class Claims:
    """The runs that one store carries, and whether others carry a run.

    Where the file system has no locks, the process that the store notes for a run is asked
    for instead. Safe to use from several threads.

    Args:
        database: the store's file.
    """

    _here: Final[set[tuple[str, str]]] = set()
    """What any store of this process carries: its file, and the run."""
    _guard: Final = threading.Lock()

    def __init__(self, database: Path) -> None:
        self._database = str(database.resolve())
        self.folder = locks_folder(database)
        self._mine: dict[str, Lock | None] = {}

    def take(self, run: str, pid: int | None) -> None:
        """Claim a run.

        Args:
            run: its id.
            pid: the process that carries it as far as the store knows; None if it is new or
                has ended.

        Raises:
            RunInUse: it is claimed.
        """
        key = (self._database, run)
        with self._guard:
            if key in self._here:
                raise RunInUse(run, os.getpid())
            self._here.add(key)
        try:
            self._mine[run] = self._taken_or_free(run, pid)
        except BaseException:
            self._here.discard(key)
            raise

    def _taken_or_free(self, run: str, pid: int | None) -> Lock | None:
        try:
            return self._taken(run)
        except Held:
            raise RunInUse(run, pid) from None
        except NoLocks:
            if pid is not None and _is_another(pid):
                raise RunInUse(run, pid) from None
            return None

    def drop(self, run: str) -> None:
        """Let a run go; nothing where it is not claimed here."""
        with self._guard:
            if run not in self._mine:
                return
            lock = self._mine.pop(run)
            if lock is not None:
                lock.release()
            self._here.discard((self._database, run))

    def drop_all(self) -> None:
        """Let all runs go."""
        for run in list(self._mine):
            self.drop(run)

    @contextmanager
    def freed(self, run: str, pid: int | None) -> Iterator[bool]:
        """Whether nobody carries a run, though it is noted as running in a process.

        Where nobody does, nobody can claim it meanwhile.

        Args:
            run: its id.
            pid: the process, to be asked for where there are no locks; None: only locks will do.
        """
        if (self._database, run) in self._here:
            yield False
            return
        try:
            lock = self._taken(run, tries=1)
        except Held:
            yield False
        except NoLocks:
            yield pid is not None and not _is_another(pid)
        else:
            try:
                yield True
            finally:
                lock.release()

    def sweep(self) -> None:
        """Take away the locks that killed programs left."""
        with suppress(OSError):
            for file in self.folder.iterdir():
                if file.name.isdigit():
                    with suppress(Held, NoLocks):
                        Lock(file, tries=1).release()

    def _taken(self, run: str, tries: int = TRIES) -> Lock:
        try:
            self.folder.mkdir(exist_ok=True)
        except OSError as error:
            raise NoLocks from error
        return Lock(self.folder / run, tries=tries)


def _is_another(pid: int) -> bool:
    """Whether a process is alive that is not this one."""
    if pid == os.getpid():
        return False
    if sys.platform == "win32":
        return False  # its file systems have locks
    else:  # noqa: RET505 - so that mypy takes it for the other platforms' only
        try:
            os.kill(pid, 0)
        except (ProcessLookupError, OverflowError):
            return False
        except OSError:
            return True  # another user's
        return pid > 0
