"""What this room needs of SQLite: connecting, waiting for locks, and what its errors mean."""

from __future__ import annotations

import errno
import os
import sqlite3
import stat
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from time import monotonic, sleep
from typing import Final, TypeVar

from tui_app.redlist.errors import KeepError, StoreFault

Done = TypeVar("Done")

BUSY_S: Final = 60.0
"""How long one program waits for another that has locked the store."""

TRY_S: Final = 0.25
"""How long SQLite waits in one attempt; between two, waiting is reported, or given up."""

_PAUSE_S: Final = 0.02
_PROBE_BYTES: Final = 1 << 16

_OF_SYSTEM: Final[dict[int, tuple[StoreFault, str]]] = {
    errno.ENOSPC: (StoreFault.FULL, ""),
    errno.EDQUOT: (StoreFault.FULL, "your disk quota is exceeded"),
    errno.EFBIG: (StoreFault.FULL, "the file would exceed the size limit"),
    errno.EROFS: (StoreFault.READ_ONLY, "its file system is read-only"),
    errno.EACCES: (StoreFault.DENIED, "you have no permission for its folder"),
    errno.EPERM: (StoreFault.DENIED, "you have no permission for its folder"),
    errno.EEXIST: (StoreFault.NO_FOLDER, "its folder is a file or a broken link"),
    errno.ENOTDIR: (StoreFault.NO_FOLDER, "its folder is a file"),
    errno.ENOENT: (StoreFault.NO_FOLDER, ""),
    errno.ELOOP: (StoreFault.NO_FOLDER, "a symbolic link refers to itself"),
    errno.ENAMETOOLONG: (StoreFault.NO_FOLDER, "its path is too long"),
    errno.EIO: (StoreFault.DISK, ""),
}
_SAY_ALL: Final = (StoreFault.FULL, StoreFault.READ_ONLY)
"""Faults whose cause need not be said in the system's words as well."""
_NONE_YET: Final = "Make its folder writable or choose another folder with IUCN_TUI_HOME."


def open_file(path: Path, mode: str) -> sqlite3.Connection:
    """A connection to a file that is there: ``ro`` or ``rw``."""
    uri = f"{path.resolve().as_uri()}?mode={mode}"
    return sqlite3.connect(
        uri, timeout=TRY_S, isolation_level=None, uri=True, check_same_thread=False
    )


@contextmanager
def transaction(sql: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """Writes that are saved all of them or none; SQLite's errors are passed on."""
    sql.execute("BEGIN IMMEDIATE")
    try:
        yield sql
        sql.execute("COMMIT")
    except BaseException:
        with suppress(sqlite3.Error):
            sql.execute("ROLLBACK")
        raise


def primary_code(error: sqlite3.Error) -> int | None:
    """SQLite's result code of an error, without its extension."""
    code = getattr(error, "sqlite_errorcode", None)
    return None if code is None else code & 0xFF


def is_damage(error: sqlite3.Error) -> bool:
    """Whether an error says that the file is damaged, or no database."""
    return primary_code(error) in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def is_locked(error: sqlite3.Error) -> bool:
    """Whether an error says that another program has locked the file."""
    return primary_code(error) in (
        sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL,
    )  # fmt: skip


class Waiting:
    """Tries again while another program has locked the store, for a minute at most."""

    def __init__(
        self,
        tell: Callable[[float], None] = lambda waited_s: None,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        # Given the seconds of waiting so far, a few times a second, and 0 when it is over.
        # Called in the thread that waits; may be changed.
        self.tell = tell
        self.waited_s = 0.0  # until it gave up last
        self._given_up: Callable[[], bool] = lambda: False
        self._clock = clock

    @contextmanager
    def unless(self, given_up: Callable[[], bool]) -> Iterator[None]:
        """Wait no longer, meanwhile, once ``given_up`` says so: the run was stopped, for one."""
        before, self._given_up = self._given_up, given_up
        try:
            yield
        finally:
            self._given_up = before

    def until_free(self, act: Callable[[], Done]) -> Done:
        """Do something that fails as a whole where the store is locked: for BUSY_S at most."""
        began, told = self._clock(), False
        try:
            while True:
                try:
                    return act()
                except sqlite3.OperationalError as error:
                    waited_s = self._clock() - began
                    if not is_locked(error):
                        raise
                    if waited_s >= BUSY_S or self._given_up():
                        self.waited_s = waited_s
                        raise
                told = True
                self.tell(waited_s)
                sleep(_PAUSE_S)
        finally:
            if told:
                self.tell(0.0)


# -- errors in words -------------------------------------------------------------------------


def store_error(
    path: Path, fault: StoreFault, cause: str = "", detail: str = "", advice: str | None = None
) -> KeepError:
    """An error about the store; cause and advice are the fault's own where none are given."""
    cause = cause or fault.cause
    if detail:
        cause = f"{cause} ({detail})" if cause else detail
    if fault is StoreFault.READ_ONLY and not path.exists():  # there is none to read yet
        advice = _NONE_YET
    return KeepError(f"The store {path} can't be used: {cause}.", fault, detail, advice)


def fault_of(error: OSError) -> StoreFault:
    """Which case an error of the system is."""
    return _OF_SYSTEM.get(error.errno or 0, (StoreFault.OTHER, ""))[0]


def of_system(error: OSError, path: Path) -> KeepError:
    """An error of the system, as one about a store."""
    fault, cause = _OF_SYSTEM.get(error.errno or 0, (StoreFault.OTHER, ""))
    detail = "" if fault in _SAY_ALL else error.strerror or str(error)
    return store_error(path, fault, cause, detail)


def of_sqlite(error: sqlite3.Error, path: Path) -> KeepError:
    """An error of SQLite, as one about a store: SQLite's code, and what the file system shows."""
    detail = str(error).partition(" with text ")[0]  # what follows is the user's data
    code = primary_code(error)
    if is_locked(error):
        return store_error(path, StoreFault.LOCKED)
    if is_damage(error):
        return store_error(path, StoreFault.DAMAGED, detail=detail)
    if code == sqlite3.SQLITE_FULL:
        return store_error(path, StoreFault.FULL)
    if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_READONLY_DBMOVED:
        return store_error(path, StoreFault.MOVED)
    if code in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM):
        found = what_stands_there(path)
        return store_error(path, *found) if found else store_error(path, StoreFault.OTHER, detail)
    if code == sqlite3.SQLITE_IOERR:
        return _of_disk(detail, path)
    return store_error(path, StoreFault.OTHER, detail)


def _of_disk(detail: str, path: Path) -> KeepError:
    """An "I/O error" of SQLite's, which it also calls a quota that is used up: try to write."""
    try:
        with tempfile.TemporaryFile(dir=path.parent) as file:
            file.write(bytes(_PROBE_BYTES))
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        if fault_of(error) is not StoreFault.OTHER:
            return of_system(error, path)
    return store_error(path, StoreFault.DISK, detail=detail)


def what_stands_there(path: Path) -> tuple[StoreFault, str] | None:
    """What is wrong with a store's file, by the file system, and in which words; or None."""
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        mode = None
    except OSError as error:
        return _OF_SYSTEM.get(error.errno or 0)
    if mode is not None and not stat.S_ISREG(mode):
        return StoreFault.NOT_A_FILE, "it is a folder" if stat.S_ISDIR(mode) else ""
    if not path.parent.is_dir():
        return StoreFault.NO_FOLDER, "its folder does not exist"
    if mode is not None and not os.access(path, os.R_OK):
        return StoreFault.DENIED, ""
    for written in (path.parent, path) if mode is not None else (path.parent,):
        # Also of a file system that is read-only, and for whom permissions don't bind.
        if not os.access(written, os.W_OK):
            if hasattr(os, "statvfs") and os.statvfs(written).f_flag & os.ST_RDONLY:
                return _OF_SYSTEM[errno.EROFS]
            whose = "its folder" if written is path.parent else "it"
            return StoreFault.READ_ONLY, f"you have no permission to write to {whose}"
    return None
