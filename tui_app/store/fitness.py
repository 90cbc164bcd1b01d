"""Whether a file is a sound store of ours, before anything is written to it.

Only by way of SQLite: opening and closing its file otherwise would let go the locks that other
connections of this process have on it.
"""

from __future__ import annotations

import sqlite3
import stat
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from .schema import APPLICATION_ID, TABLES, VERSION

BUSY_S: Final = 60.0
"""How long one program waits for another that has locked the store, see
:mod:`tui_app.store.waiting`."""

TRY_S: Final = 0.25
"""How long SQLite waits in one attempt; between two, whoever waits can be told, or give up."""

CHECK_S: Final = 0.2
"""How long the file's pages are checked: some hundred MB. What that misses, use meets."""


@dataclass(frozen=True, slots=True)
class Unfit:
    """Why a file can't be used.

    Attributes:
        reason: a clause that goes on from the file's name: ``is cut off``.
        ours: whether it is a store that was damaged, and may be read in part.
    """

    reason: str
    ours: bool


def examine(path: Path, *, whole: bool = False) -> Unfit | None:
    """What is wrong with a store; None where nothing is, or it is yet to be made.

    Changes nothing.

    Args:
        path: the file; one of a newer schema is not looked at further.
        whole: check all of it, however long that takes.

    Raises:
        sqlite3.Error: it can't be read, or somebody holds it.
        OSError: the same.
    """
    found = _stat_size(path)
    if found is None:
        return None
    if found == 0:
        if _stat_size(log_of(path)):  # SQLite would delete it
            return Unfit("is gone or empty, though its log is not", ours=True)
        return None
    for mode in ("ro", "rw"):
        with closing(connect(path, mode)) as sql:
            try:
                return examine_open(sql, whole=whole)
            except sqlite3.DatabaseError as error:
                # A transaction that was cut short is to be rolled back first.
                if mode == "rw" or primary_code(error) != sqlite3.SQLITE_READONLY:
                    raise
    return None


def connect(path: Path, mode: str) -> sqlite3.Connection:
    """A connection to a file that is there: ``ro`` or ``rw``."""
    uri = f"{path.resolve().as_uri()}?mode={mode}"
    return sqlite3.connect(
        uri, timeout=TRY_S, isolation_level=None, uri=True, check_same_thread=False
    )


def log_of(path: Path) -> Path:
    """SQLite's write-ahead log beside a file."""
    real = path.resolve()
    return real.with_name(f"{real.name}-wal")


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


def _stat_size(path: Path) -> int | None:
    """Its size; 0 where there is none; None where it is no file."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return 0
    return found.st_size if stat.S_ISREG(found.st_mode) else None


def examine_open(sql: sqlite3.Connection, *, whole: bool = False) -> Unfit | None:
    """What is wrong with a store that is open, see :func:`examine`."""
    try:
        # Without this, a file that is cut off does not even tell whose it is.
        sql.execute("PRAGMA writable_schema = ON")
        ((application,),) = sql.execute("PRAGMA application_id")
        ((version,),) = sql.execute("PRAGMA user_version")
        sql.execute("PRAGMA writable_schema = OFF")
    except sqlite3.DatabaseError as error:
        if not is_damage(error):
            raise
        if primary_code(error) == sqlite3.SQLITE_NOTADB:
            return Unfit("is no database", ours=False)
        return Unfit(f"is damaged ({error})", ours=True)
    try:
        tables = {name for (name,) in sql.execute("SELECT name FROM sqlite_master")}
        if application != APPLICATION_ID:
            foreign = tables or application or version
            return Unfit("is another application's", ours=False) if foreign else None
        if version > VERSION or not (version or tables):
            return None
        if version not in TABLES:
            return Unfit(f"is damaged (it has no schema {version})", ours=True)
        if missing := TABLES[version] - tables:
            return Unfit(f"is damaged (it has no {', '.join(sorted(missing))})", ours=True)
        return _checked(sql, whole=whole)
    except sqlite3.DatabaseError as error:
        if not is_damage(error):
            raise
        if application != APPLICATION_ID:
            return Unfit("is another application's", ours=False)
        return Unfit(f"is damaged ({error})", ours=True)


def _checked(sql: sqlite3.Connection, *, whole: bool) -> Unfit | None:
    with _interrupted_after(sql, None if whole else CHECK_S) as interrupted:
        try:
            said = [row[0] for row in sql.execute("PRAGMA quick_check(1)")]
        except sqlite3.OperationalError:
            if interrupted.is_set():
                return None
            raise
    if said == ["ok"] or interrupted.is_set():  # a check that was cut short may find anything
        return None
    reason = " ".join(" ".join(said).replace("*** in database main ***", "").split())
    return Unfit(f"is damaged ({reason})", ours=True)


@contextmanager
def _interrupted_after(sql: sqlite3.Connection, seconds: float | None) -> Iterator[threading.Event]:
    """Interrupts what a connection does after some seconds; tells whether it did.

    A progress handler would not do: SQLite before 3.41 doesn't call it within a check.
    """
    happened = threading.Event()

    def interrupt() -> None:
        happened.set()
        sql.interrupt()

    if seconds is None:
        yield happened
        return
    timer = threading.Timer(seconds, interrupt)
    timer.daemon = True
    timer.start()
    try:
        yield happened
    finally:
        timer.cancel()
        timer.join()
