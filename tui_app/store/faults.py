"""What an error of SQLite or of the system means for the store: which fault, in which words."""

from __future__ import annotations

import errno
import os
import sqlite3
import stat
import tempfile
from pathlib import Path
from typing import Final

from tui_app.redlist.errors import STORE_FAULTS, KeepError, StoreFault

from .fitness import is_damage, is_locked, primary_code

_OF_SYSTEM: Final[dict[int, tuple[StoreFault, str]]] = {
    errno.ENOSPC: (StoreFault.FULL, ""),
    errno.EDQUOT: (StoreFault.FULL, "your disk quota is used up"),
    errno.EFBIG: (StoreFault.FULL, "no file may become that large here"),
    errno.EROFS: (StoreFault.READ_ONLY, "its file system is read-only"),
    errno.EACCES: (StoreFault.DENIED, "you have no permission for its folder"),
    errno.EPERM: (StoreFault.DENIED, "you have no permission for its folder"),
    errno.EEXIST: (StoreFault.NO_FOLDER, "a file or a broken link stands in its folder's place"),
    errno.ENOTDIR: (StoreFault.NO_FOLDER, "a file stands in its folder's place"),
    errno.ENOENT: (StoreFault.NO_FOLDER, ""),
    errno.ELOOP: (StoreFault.NO_FOLDER, "a symbolic link leads back to itself"),
    errno.ENAMETOOLONG: (StoreFault.NO_FOLDER, "its path is too long"),
    errno.EIO: (StoreFault.DISK, ""),
}
_SAY_ALL: Final = (StoreFault.FULL, StoreFault.READ_ONLY)
"""Faults whose cause need not be said in the system's words as well."""
_NONE_YET: Final = "Make its folder writable or choose another folder with IUCN_TUI_HOME."
_PROBE_BYTES: Final = 1 << 16


def store_error(
    path: Path, fault: StoreFault, cause: str = "", detail: str = "", advice: str | None = None
) -> KeepError:
    """An error about the store.

    Args:
        path: its file.
        fault: which case it is.
        cause: of this very case, where more is known than the fault says.
        detail: what the system or SQLite said.
        advice: what helps in this very case; None for the fault's.
    """
    cause = cause or STORE_FAULTS[fault][0]
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
    return store_error(path, fault, cause, "" if fault in _SAY_ALL else _said(error))


def _said(error: OSError) -> str:
    return error.strerror or str(error)


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
    """What the file system shows to be wrong with a store's file, and in which words.

    None where nothing is; a store that is yet to be made is nothing wrong.
    """
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        mode = None
    except OSError as error:
        return _OF_SYSTEM.get(error.errno or 0)
    if mode is not None and not stat.S_ISREG(mode):
        return StoreFault.NOT_A_FILE, "it is a folder" if stat.S_ISDIR(mode) else ""
    if not path.parent.is_dir():
        return StoreFault.NO_FOLDER, "its folder is not there"
    if mode is not None and not os.access(path, os.R_OK):
        return StoreFault.DENIED, ""
    for written in (path.parent, path) if mode is not None else (path.parent,):
        # Also of a file system that is read-only, and for whom permissions don't bind.
        if not os.access(written, os.W_OK):
            whose = "its folder" if written is path.parent else "it"
            cause = f"you have no permission to write to {whose}"
            return StoreFault.READ_ONLY, _file_system_cause(written) or cause
    return None


def _file_system_cause(path: Path) -> str:
    if hasattr(os, "statvfs") and os.statvfs(path).f_flag & os.ST_RDONLY:
        return _OF_SYSTEM[errno.EROFS][1]
    return ""
