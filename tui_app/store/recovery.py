"""Whether a file is a sound store, and what is done about one that isn't.

A file that is no store of ours is set aside under another name. So is a damaged store, after what
can still be read of it was copied into a new one.
"""

from __future__ import annotations

import os
import sqlite3
import stat
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from time import monotonic, sleep
from typing import Any, Final

from tui_app.redlist.errors import KeepError, StoreFault
from tui_app.redlist.text import counted

from .run_locks import Held, Lock, NoLocks, locks_folder
from .schema import APPLICATION_ID, TABLES, VERSION, body_hash, bring_up_to_date, check_version
from .sqlite import is_damage, is_locked, open_file, primary_code, transaction

CHECKED_BYTES: Final = 1 << 26
"""A larger file is not checked on opening, which would take longer than a moment: where use meets
damage, the next program that opens it checks all of it."""

_MENDING_TRIES: Final = 6000
"""Attempts to use a store while another program recovers what can be read: a minute."""

_RIVALS_S: Final = 2.0
"""How long two that found the damage at once try to be the one that mends it."""

_BESIDE: Final = ("-wal", "-shm", "-journal")
"""SQLite's own files beside the database. The log has commits that the file has not."""

_SUSPECT: Final = "suspect"
"""In the folder of locks: use met damage."""

_MOST_PROBES: Final = 50_000
"""Where a table is broken, its first rows, so many, are looked for one by one; fewer in a file
that has no room for so many."""

_LASTING: Final = {
    *(sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR),
    *(sqlite3.SQLITE_FORMAT, sqlite3.SQLITE_INTERNAL, sqlite3.SQLITE_TOOBIG, None),
}
"""Codes of errors that come again: a row is given up. A disk may be full or busy for the moment."""

_KINDS: Final[dict[str, type | tuple[type, ...]]] = {
    "INTEGER": int,
    "REAL": (float, int),
    "TEXT": (str, bytes),  # bytes: a body that is no UTF-8
    "BLOB": bytes,
}

_WAYS_TO_PAGES: Final = {
    "NOT INDEXED": "run {0}, target {0}, page {0}",
    "INDEXED BY pages_of_body": "body {0}, run {0}, target {0}, page {0}",
    "INDEXED BY pages_of_path": "path {0}, fetched_utc {0}, run {0}, target {0}, page {0}",
}
"""How to read which pages there are, and the order in which each way gives them."""


@dataclass(frozen=True, slots=True)
class Unfit:
    """Why a file can't be used."""

    reason: str  # a clause that goes on from the file's name: `is cut off`
    ours: bool  # whether it is a store that was damaged, and may be read in part


# -- examining -------------------------------------------------------------------------------


def examine(path: Path, *, whole: bool = False) -> Unfit | None:
    """What is wrong with a store; None where nothing is, or it is yet to be made.

    Only by way of SQLite: opening and closing its file otherwise would release the locks that
    other connections of this process have on it. If whole, checks all of a store, however long
    that takes. Raises a KeepError for a store of another version, which is not touched, and an
    sqlite3.Error or OSError where it can't be read.
    """
    if not path.exists() or (path.is_file() and not path.stat().st_size):
        log = path.resolve().with_name(f"{path.resolve().name}-wal")
        if log.exists() and log.stat().st_size:  # SQLite would delete it
            return Unfit("is gone or empty, though its log is not", ours=True)
        return None
    if not stat.S_ISREG(path.stat().st_mode):
        return None
    for mode in ("ro", "rw"):
        with closing(open_file(path, mode)) as sql:
            try:
                return examine_open(sql, path, whole=whole)
            except sqlite3.DatabaseError as error:
                # A transaction that was cut short is to be rolled back first.
                if mode == "rw" or primary_code(error) != sqlite3.SQLITE_READONLY:
                    raise
    return None


def examine_open(sql: sqlite3.Connection, path: Path, *, whole: bool = False) -> Unfit | None:
    """What is wrong with a store that is open, see :func:`examine`."""
    application: int | None = None
    try:
        # Without this, a file that is cut off does not even tell whose it is.
        sql.execute("PRAGMA writable_schema = ON")
        ((application,),) = sql.execute("PRAGMA application_id")
        ((version,),) = sql.execute("PRAGMA user_version")
        sql.execute("PRAGMA writable_schema = OFF")
        tables = {name for (name,) in sql.execute("SELECT name FROM sqlite_master")}
        if application != APPLICATION_ID:
            foreign = tables or application or version
            return Unfit("is another application's", ours=False) if foreign else None
        if not (version or tables):
            return None
        check_version(version, path)
        if missing := TABLES.keys() - tables:
            return Unfit(f"is damaged (it has no {', '.join(sorted(missing))})", ours=True)
        if not whole and path.stat().st_size > CHECKED_BYTES:
            return None
        found = [row[0] for row in sql.execute("PRAGMA quick_check(1)")]
    except sqlite3.DatabaseError as error:
        if not is_damage(error):
            raise
        if primary_code(error) == sqlite3.SQLITE_NOTADB:
            return Unfit("is not a database", ours=False)
        if application not in (None, APPLICATION_ID):
            return Unfit("is another application's", ours=False)
        return Unfit(f"is damaged ({error})", ours=True)
    if found == ["ok"]:
        return None
    reason = " ".join(" ".join(found).replace("*** in database main ***", "").split())
    return Unfit(f"is damaged ({reason})", ours=True)


# -- opening ---------------------------------------------------------------------------------

_MENDED: Final = Unfit("was damaged", ours=True)
"""The program that set it aside was killed just before the new store took its place."""


def open_safely(path: Path) -> tuple[Lock | None, str | None]:
    """See to it that a store is sound or yet to be made.

    Gives the lock that says that this program uses the file, to be released after it is
    closed, and a notice if something was set aside. The file's folder is there. Raises what
    :func:`examine` does, and a KeepError where another program uses a store that is damaged.
    """
    notice = None
    began = monotonic()
    while True:
        with ExitStack() as leaving:
            present = _present(path)
            if present is not None:
                leaving.callback(present.release)
            unfit = _unfit(path)
            if unfit is None:
                leaving.pop_all()
                return present, notice
        with ExitStack() as leaving:
            try:
                leaving.callback(Lock(locks_folder(path) / "store", tries=1).release)
            except NoLocks:
                pass
            except Held:
                if monotonic() - began > _RIVALS_S:
                    raise _in_use(path, unfit.reason) from None
                sleep(0.05)
                continue
            unfit = _unfit(path)  # another program may have been quicker
            if unfit is not None:
                notice = _set_aside(path, unfit)


def suspect(path: Path) -> None:
    """Note that a store is damaged: the next one that opens it checks all of it."""
    with suppress(OSError):
        (locks_folder(path) / _SUSPECT).touch()


def _in_use(path: Path, reason: str) -> KeepError:
    return KeepError(
        f"The store {path} {reason}, and another program is using it.",
        StoreFault.DAMAGED,
        advice="End that program, then start this one again: it recovers the readable data.",
    )


def _present(path: Path) -> Lock | None:
    try:
        locks_folder(path).mkdir(exist_ok=True)
        return Lock(locks_folder(path) / "store", shared=True, tries=_MENDING_TRIES)
    except (OSError, NoLocks):
        return None
    except Held:
        raise _in_use(path, "is being recovered") from None


def _unfit(path: Path) -> Unfit | None:
    if not path.exists() and _mending(path).exists():
        return _MENDED
    mark = locks_folder(path) / _SUSPECT
    marked = mark.exists()
    unfit = examine(path, whole=marked)
    if marked and unfit is None:
        mark.unlink(missing_ok=True)
    return unfit


def _mending(path: Path) -> Path:
    return path.with_name(f"{path.name}.mending")


def _set_aside(path: Path, unfit: Unfit) -> str:
    """Rename it; gives the notice. Until the last step all is as it was."""
    mended, saved = _mending(path), None
    if unfit is _MENDED:
        pass
    elif unfit.ours:
        _delete(mended)  # of a program that was killed meanwhile
        if path.exists() and path.stat().st_size:
            try:
                saved = _recover(path, mended)
            except BaseException:
                _delete(mended)
                raise
    else:
        _raise_if_busy(path)
    aside = _move(path)
    with suppress(FileNotFoundError):
        mended.rename(path)
    (locks_folder(path) / _SUSPECT).unlink(missing_ok=True)
    return _notice(path, aside.name, unfit, saved)


def _with_beside(path: Path) -> list[Path]:
    return [path, *(path.with_name(path.name + suffix) for suffix in _BESIDE)]


def _delete(path: Path) -> None:
    for file in _with_beside(path):
        file.unlink(missing_ok=True)


def _move(path: Path) -> Path:
    """Rename it with all that belongs to it; gives its name now."""
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    for number in count(1):
        again = f"-{number}" if number > 1 else ""
        aside = path.with_name(f"{path.name}.set-aside-{stamp}{again}")
        if not any(os.path.lexists(file) for file in _with_beside(aside)):
            break
    for file, to in zip(_with_beside(path), _with_beside(aside), strict=True):
        with suppress(FileNotFoundError):
            file.rename(to)
    return aside


def _raise_if_busy(path: Path) -> None:
    """Another application's file stays where it is while it is written or read there."""
    with closing(open_file(path, "rw")) as sql:
        try:
            sql.execute("BEGIN EXCLUSIVE")
            sql.execute("ROLLBACK")
        except sqlite3.DatabaseError as error:
            if is_locked(error):
                raise


def _notice(path: Path, aside: str, unfit: Unfit, saved: _Recovery | None) -> str:
    if unfit is _MENDED:  # which of them it is now, only the other program knew
        aside = f"{path.name}.set-aside-…"
    words = f"The file {path} {unfit.reason}. It is now {aside} in the same folder, unchanged"
    if unfit is _MENDED:
        return f"{words}; the new store has the data that could be read."
    if not unfit.ours:
        return f"{words}, and a new store has been created. Move or delete the old file."
    if saved is None or not (saved.runs or saved.pages):
        return f"{words}, and a new store has been created: no data could be read."
    runs, pages = counted(saved.runs, "run"), counted(saved.pages, "page")
    words += f"; the new store has the data that could be read: {runs} with {pages}"
    if not (saved.lost_pages or saved.gaps):
        return f"{words}; nothing was lost. You can delete the old file."
    some = f": {counted(saved.lost_pages, 'page')} could not be read" if saved.lost_pages else ""
    words += f", but some data may be lost{some}"
    return f"{words}. Resuming a run requests its missing pages again."


# -- reading what can be read ----------------------------------------------------------------


def _recover(damaged: Path, into: Path) -> _Recovery:
    """Make a new store of all that a damaged one still gives, checked body by body.

    A complete run that lost pages is marked as partial, so that ``resume`` fetches them.
    """
    with closing(sqlite3.connect(into, isolation_level=None)) as new:
        new.execute("PRAGMA journal_mode = WAL")
        with transaction(new), closing(open_file(damaged, "ro")) as old:
            bring_up_to_date(new, 0)
            return _Recovery(old, new, damaged.stat().st_size // 64 + 1000)


class _Recovery:
    """Copies what can be read, and counts what was saved and what was seen to be lost."""

    def __init__(self, old: sqlite3.Connection, new: sqlite3.Connection, most_rows: int) -> None:
        self._old, self._new, self._most_rows = old, new, most_rows
        self._kinds = {
            table: {
                name: _KINDS[kind]
                for _, name, kind, *_ in new.execute(f"PRAGMA table_info({table})")
            }
            for table in TABLES
        }
        self._hurt: set[int] = set()  # runs that lost pages
        self.runs = self.pages = self.lost_pages = 0
        # Without this, SQLite reads nothing at all of a file that is cut off.
        self._read("PRAGMA writable_schema = ON")
        # Whether there may have been more that can't even be counted.
        self.gaps = self._read("PRAGMA user_version") != ([(VERSION,)], True)
        if self.gaps:
            return
        for table in ("comparisons", "runs", "sources", "notes"):
            self._copy(table)
        new.execute(  # else a timed run would pass for the user's own
            "INSERT OR IGNORE INTO comparisons (id, created_utc, label)"
            " SELECT comparison, created_utc, label FROM runs WHERE comparison IS NOT NULL"
        )
        self._copy_pages({run for (run,) in new.execute("SELECT id FROM runs")})
        self._copy("attempts")
        new.execute("DELETE FROM attempts WHERE run NOT IN (SELECT id FROM runs)")
        # What serves the program itself is fetched again when it is wanted.
        hurt = [(run,) for run in self._hurt]
        new.executemany("DELETE FROM runs WHERE kind = 'lookup' AND id = ?", hurt)
        new.executemany(
            "UPDATE runs SET state = 'partial' WHERE state = 'complete' AND id = ?", hurt
        )
        counted = "SELECT count(*), (SELECT count(*) FROM pages) FROM runs WHERE kind != 'lookup'"
        ((self.runs, self.pages),) = new.execute(counted)

    def _copy(self, table: str) -> None:
        keys, whole = self._keys(table, "rowid", {"NOT INDEXED": "rowid {0}"})
        if not whole:
            keys.update((number,) for number in range(1, min(_MOST_PROBES, self._most_rows)))
        for key in sorted(keys):
            if not self._take(table, "rowid = ?", key) and whole:
                self.gaps = True

    def _copy_pages(self, runs: set[int]) -> None:
        keys, whole = self._keys("pages", "run, target, page", _WAYS_TO_PAGES)
        if not whole:
            self._hurt |= runs  # which ones can't be known: `resume` finds out
        for key in sorted(keys):
            where = "run = ? AND target = ? AND page = ?"
            if key[0] not in runs or not self._take("pages", where, key):
                self.lost_pages += 1
                self._hurt |= {key[0]} & runs

    def _keys(
        self, table: str, key: str, ways: dict[str, str]
    ) -> tuple[set[tuple[int, ...]], bool]:
        """Which rows there are, as the table or one of its indexes says, and whether that is all.

        Each is read from both ends to where it breaks.
        """
        keys: set[tuple[int, ...]] = set()
        for by, order in ways.items():
            for way in ("ASC", "DESC"):
                rows, whole = self._read(
                    f"SELECT {key} FROM {table} {by} ORDER BY {order.format(way)}"  # noqa: S608
                )
                sound = [row for row in rows if all(isinstance(part, int) for part in row)]
                keys.update(sound)
                if whole and len(sound) == len(rows):
                    return keys, True
        self.gaps = True
        return keys, False

    def _read(self, sql: str, given: tuple[Any, ...] = ()) -> tuple[list[tuple[Any, ...]], bool]:
        """The rows of a query until it breaks, and whether that is all."""
        rows: list[tuple[Any, ...]] = []
        try:
            for row in self._old.execute(sql, given):
                rows.append(row)
        except (sqlite3.DatabaseError, UnicodeError) as error:
            # A disk that fails for the moment, or has no room, is no reason to give up a row.
            if isinstance(error, sqlite3.DatabaseError) and primary_code(error) not in _LASTING:
                raise
            return rows, False
        return rows, True

    def _take(self, table: str, where: str, key: tuple[int, ...]) -> bool:
        """Copy one row, and the body that it has; whether that could be done."""
        kinds = self._kinds[table]
        names = ", ".join(kinds)
        rows, _ = self._read(f"SELECT {names} FROM {table} WHERE {where}", key)  # noqa: S608
        if not rows:
            return False
        values = dict(zip(kinds, rows[0], strict=True))
        # Damage does not stop at the structure.
        if any(
            one is not None and not isinstance(one, kinds[name]) for name, one in values.items()
        ):
            return False
        if table == "bodies":
            raw, _ = self._read("SELECT CAST(body AS BLOB) FROM bodies WHERE id = ?", key)
            if not raw or body_hash(raw[0][0] or b"") != values["hash"]:
                return False
        if table == "pages":
            had = self._new.execute("SELECT 1 FROM bodies WHERE id = ?", (values["body"],))
            if not had.fetchone() and not self._take("bodies", "id = ?", (values["body"],)):
                return False
        marks = ", ".join("?" * len(kinds))
        insert = f"INSERT OR IGNORE INTO {table} ({names}) VALUES ({marks})"  # noqa: S608
        return bool(self._new.execute(insert, rows[0]).rowcount)
