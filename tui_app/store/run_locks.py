"""Which program carries which run: one at a time, told by locks of the operating system.

A lock ends with the process that holds it, however that ends.
"""

from __future__ import annotations

import errno
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from time import sleep
from typing import Final

from tui_app.redlist.errors import UsageError

_HELD: Final = {errno.EACCES, errno.EAGAIN, errno.EWOULDBLOCK, errno.EDEADLK}
TRIES: Final = 30
_BETWEEN_S: Final = 0.01
"""Who only looks whether a lock is held has it for a moment: a few tries tell that apart."""

# A file each and flock, not record locks: those belong to the process, so that two stores in
# one would not see each other's, and closing any of its descriptors would lose them all.
if sys.platform == "win32":
    import msvcrt

    def _lock(fd: int, *, shared: bool) -> None:
        if shared:
            raise OSError(errno.ENOTSUP, "no shared locks")
        msvcrt.locking(fd, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _lock(fd: int, *, shared: bool) -> None:
        fcntl.flock(fd, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)


class Held(Exception):
    """Somebody else has the lock."""


class NoLocks(Exception):
    """This file system has no locks, or no room for them."""


class Lock:
    """A lock on a file that is made for it, held until it is released, or its process ends.

    Raises:
        Held: somebody else has it, also after some tries a hundredth of a second apart.
        NoLocks: there are no locks here.
    """

    def __init__(self, path: Path, *, shared: bool = False, tries: int = TRIES) -> None:
        self._path = path
        self._shared = shared
        self._fd = -1
        for left in reversed(range(tries)):
            if self._take():
                return
            if left:
                sleep(_BETWEEN_S)
        raise Held

    def release(self) -> None:
        """Let it go; safe to call twice."""
        if self._fd < 0:
            return
        fd, self._fd = self._fd, -1
        # While it is held, or it might be another's by then; Windows keeps what is open.
        if not self._shared:
            with suppress(OSError):
                self._path.unlink()
        os.close(fd)

    def _take(self) -> bool:
        """Whether it was taken: not where it is held, or its file was taken away meanwhile."""
        try:
            fd = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise NoLocks from error
        taken = False
        try:
            _lock(fd, shared=self._shared)
            taken = os.path.samestat(os.fstat(fd), self._path.stat())
        except FileNotFoundError:
            pass
        except OSError as error:
            if error.errno not in _HELD:
                with suppress(OSError):
                    self._path.unlink()
                raise NoLocks from error
        finally:
            if not taken:
                os.close(fd)
        if taken:
            self._fd = fd
        return taken


def locks_folder(database: Path) -> Path:
    """The folder beside a database in which its locks are, a file a run that goes on."""
    return database.with_name(f"{database.name}.locks")


class RunInUse(UsageError):
    """A run goes on, here or in another program."""

    def __init__(self, run: str, pid: int | None) -> None:
        if pid == os.getpid():
            where, advice = "in this program", "Wait until it ends, or stop it."
        else:
            where = "in another program" + (f" (process {pid})" if pid else "")
            advice = "Wait until it ends, or stop it there."
        super().__init__(f"Run {run} is active {where}.", advice)


class RunLocks:
    """The runs that one store carries, and whether others carry a run.

    Where the file system has no locks, the process that the store notes for a run is asked
    for instead. Safe to use from several threads.
    """

    _here: Final[set[tuple[str, str]]] = set()
    """What any store of this process carries: its file, and the run."""
    _guard: Final = threading.Lock()

    def __init__(self, database: Path) -> None:
        self._database = str(database.resolve())
        self.folder = locks_folder(database)
        self._mine: dict[str, Lock | None] = {}

    def take(self, run: str, pid: int | None) -> None:
        """Claim a run, which the store notes as carried by a process (None: it is new or ended).

        Raises:
            RunInUse: it is claimed.
        """
        key = (self._database, run)
        with self._guard:
            if key in self._here:
                raise RunInUse(run, os.getpid())
            self._here.add(key)
        try:
            try:
                self._mine[run] = self._taken(run)
            except NoLocks:
                if pid is not None and _is_another(pid):
                    raise Held from None
                self._mine[run] = None
        except BaseException as error:
            self._here.discard(key)
            if isinstance(error, Held):
                raise RunInUse(run, pid) from None
            raise

    def drop(self, run: str) -> None:
        """Let a run go; nothing where it is not claimed here."""
        with self._guard:
            if run not in self._mine:
                return
            if lock := self._mine.pop(run):
                lock.release()
            self._here.discard((self._database, run))

    def drop_all(self) -> None:
        """Let all runs go."""
        for run in list(self._mine):
            self.drop(run)

    @contextmanager
    def freed(self, run: str, pid: int) -> Iterator[bool]:
        """Whether nobody carries a run that is noted as running, and can claim it meanwhile."""
        if (self._database, run) in self._here:
            yield False
            return
        try:
            lock = self._taken(run, tries=1)
        except Held:
            yield False
        except NoLocks:
            yield not _is_another(pid)
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
