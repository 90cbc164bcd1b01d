"""What can still be read of a damaged store, into a new one."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import msgspec

from .bodies import body_bytes, body_hash
from .fitness import connect, primary_code
from .migration import finish, make_tables
from .rows import RunState
from .schema import VERSION

_MOST_PROBES: Final = 50_000
"""Rows are looked for one by one at most so often where a table is broken."""

_NOT_DAMAGE: Final = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_READONLY,
}

_WAYS_TO_PAGES: Final = (
    ("NOT INDEXED", ()),
    ("INDEXED BY pages_of_body", ("body",)),
    ("INDEXED BY pages_of_path", ("path", "fetched_utc")),
)
"""How to read which pages there are, and what that is in order of before the page itself."""

_KINDS: Final[dict[str, tuple[type, ...]]] = {
    "INTEGER": (int,),
    "REAL": (float, int),
    "TEXT": (str,),
    "BLOB": (bytes,),
}


@dataclass(slots=True)
class Saved:
    """How much was saved of a store, and how much was seen to be lost."""

    runs: int = 0
    pages: int = 0
    lost_pages: int = 0
    hurt: set[int] = field(default_factory=set)
    """Runs that lost pages."""
    gaps: bool = False
    """Whether there may have been more that can't even be counted."""


def salvage(damaged: Path, into: Path) -> Saved:
    """Make a new store of all that a damaged one still gives, checked body by body.

    A complete run that lost pages is marked as partial, so that ``resume`` fetches them.

    Args:
        damaged: read only; one of an older schema gives nothing.
        into: a file that is not there.

    Raises:
        sqlite3.Error: the new one can't be written.
    """
    saved = Saved()
    with closing(sqlite3.connect(into, isolation_level=None)) as new:
        new.execute("PRAGMA journal_mode = WAL")
        new.execute("BEGIN IMMEDIATE")
        make_tables(new)
        finish(new)
        with closing(connect(damaged, "ro")) as old:
            _Salvage(old, new, saved).all()
        new.execute("COMMIT")
    return saved


class _Salvage:
    def __init__(self, old: sqlite3.Connection, new: sqlite3.Connection, saved: Saved) -> None:
        self._old = old
        self._new = new
        self._saved = saved
        self._probes = 0

    def all(self) -> None:
        try:
            # Without this, SQLite reads nothing at all of a file that is cut off.
            self._old.execute("PRAGMA writable_schema = ON")
            ((version,),) = self._old.execute("PRAGMA user_version")
        except sqlite3.DatabaseError as error:
            _raise_unless_unreadable(error)
            version = 0
        if version not in (2, 3, VERSION):
            self._saved.gaps = True
            return
        for table in ("comparisons", "runs", "sources", *(["notes"] if version > 2 else [])):
            self._copy(table, _is_sound_run if table == "runs" else _is_sound)
        self._new.execute(  # else a timed run would pass for the user's own
            "INSERT OR IGNORE INTO comparisons (id, created_utc, label)"
            " SELECT comparison, created_utc, label FROM runs WHERE comparison IS NOT NULL"
        )
        runs = {run for (run,) in self._new.execute("SELECT id FROM runs")}
        self._copy_pages(runs, version)
        self._copy("attempts", lambda row: row["run"] in runs)
        # What serves the program itself is fetched again when it is wanted.
        hurt = [(run,) for run in self._saved.hurt]
        self._new.executemany("DELETE FROM runs WHERE kind = 'lookup' AND id = ?", hurt)
        self._new.executemany(
            f"UPDATE runs SET state = '{RunState.PARTIAL}'"  # noqa: S608
            f" WHERE state = '{RunState.COMPLETE}' AND id = ?",
            hurt,
        )
        counted = "SELECT count(*) FROM runs WHERE kind != 'lookup'"
        ((self._saved.runs,),) = self._new.execute(counted)
        ((self._saved.pages,),) = self._new.execute("SELECT count(*) FROM pages")

    def _copy(self, table: str, is_sound: Callable[[dict[str, Any]], bool]) -> None:
        columns = self._columns(table)
        names = list(columns)
        for row in self._rows(table, names):
            values = dict(zip(names, row, strict=True))
            if _fits(values, columns) and is_sound(values):
                self._insert(table, values)
            else:
                self._saved.gaps = True

    def _copy_pages(self, runs: set[int], version: int) -> None:
        columns = self._columns("pages")
        if version < VERSION:
            del columns["red_list_version"]
        names = list(columns)
        one = f"SELECT {', '.join(names)} FROM pages WHERE run = ? AND target = ? AND page = ?"  # noqa: S608
        for key in sorted(self._page_keys(runs)):
            if key[0] not in runs:
                self._saved.lost_pages += 1
                continue
            row = self._one(one, key)
            values = None if row is None else dict(zip(names, row, strict=True))
            if values is None or not (_fits(values, columns) and self._has_body(values["body"])):
                self._saved.lost_pages += 1
                self._saved.hurt.add(key[0])
            else:
                self._insert("pages", values)

    def _has_body(self, body: int) -> bool:
        """Whether a body is saved, or can be."""
        if self._new.execute("SELECT 1 FROM bodies WHERE id = ?", (body,)).fetchone():
            return True
        row = self._one("SELECT hash, body FROM bodies WHERE id = ?", (body,))
        if row is None or not isinstance(row[1], str | bytes):
            return False
        if body_hash(body_bytes(row[1])) != row[0]:
            return False
        values = {"id": body, "hash": row[0], "body": row[1]}
        return self._insert("bodies", values)

    def _page_keys(self, runs: set[int]) -> set[tuple[int, int, int]]:
        """Which pages there are, as the table or one of its indexes says."""
        keys: set[tuple[int, int, int]] = set()
        for by, first in _WAYS_TO_PAGES:
            whole = True
            for way in ("", "DESC"):
                order = ", ".join(f"{name} {way}" for name in (*first, "run", "target", "page"))
                select = f"SELECT run, target, page FROM pages {by} ORDER BY {order}"  # noqa: S608
                try:
                    for key in self._old.execute(select):
                        if all(isinstance(part, int) for part in key):
                            keys.add(key)
                        else:
                            whole = False
                except (sqlite3.DatabaseError, UnicodeError) as error:
                    _raise_unless_unreadable(error)
                    whole = False
                if whole:
                    return keys
        self._saved.gaps = True
        self._saved.hurt |= runs  # nobody knows which: `resume` finds out
        return keys

    def _rows(self, table: str, names: list[str]) -> Iterator[tuple[Any, ...]]:
        """The rows from both ends of a table to where it breaks, and one by one between."""
        select = f"SELECT rowid, {', '.join(names)} FROM {table} WHERE rowid"  # noqa: S608
        low, high = -1, None
        try:
            for number, *row in self._old.execute(f"{select} > ? ORDER BY 1", (low,)):
                low = number
                yield tuple(row)
            return
        except (sqlite3.DatabaseError, UnicodeError) as error:
            _raise_unless_unreadable(error)
        self._saved.gaps = True
        try:
            for number, *row in self._old.execute(f"{select} > ? ORDER BY 1 DESC", (low,)):
                high = number
                yield tuple(row)
        except (sqlite3.DatabaseError, UnicodeError) as error:
            _raise_unless_unreadable(error)
        for number in range(low + 1, low + _MOST_PROBES if high is None else high):
            if self._probes == _MOST_PROBES:
                return
            self._probes += 1
            found = self._one(f"{select} = ?", (number,))
            if found is not None:
                yield found[1:]

    def _one(self, sql: str, given: tuple[Any, ...]) -> tuple[Any, ...] | None:
        try:
            row: tuple[Any, ...] | None = self._old.execute(sql, given).fetchone()
        except (sqlite3.DatabaseError, UnicodeError) as error:
            _raise_unless_unreadable(error)
            return None
        return row

    def _columns(self, table: str) -> dict[str, tuple[str, bool]]:
        """The columns of a table, each with its type and whether it may be missing."""
        found = self._new.execute(f"PRAGMA table_info({table})").fetchall()
        return {name: (kind, not needed and not key) for _, name, kind, needed, _, key in found}

    def _insert(self, table: str, values: dict[str, Any]) -> bool:
        marks = ", ".join("?" for _ in values)
        done = self._new.execute(
            f"INSERT OR IGNORE INTO {table} ({', '.join(values)}) VALUES ({marks})",  # noqa: S608
            tuple(values.values()),
        )
        return bool(done.rowcount)


def _raise_unless_unreadable(error: Exception) -> None:
    """A disk that fails for the moment, or has no room, is no reason to give up a row."""
    if isinstance(error, sqlite3.DatabaseError) and primary_code(error) in _NOT_DAMAGE:
        raise error


def _fits(values: dict[str, Any], columns: dict[str, tuple[str, bool]]) -> bool:
    """Whether each value is of its column's type: damage does not stop at the structure."""
    return all(
        optional if values[name] is None else isinstance(values[name], _KINDS[kind])
        for name, (kind, optional) in columns.items()
    )


def _is_sound(row: dict[str, Any]) -> bool:
    return True


def _is_sound_run(row: dict[str, Any]) -> bool:
    try:
        msgspec.json.decode(row["operations"], type=list[str])
        msgspec.json.decode(row["settings"], type=dict[str, Any])
        msgspec.json.decode(row["summary"], type=dict[str, Any])
        RunState(row["state"])
    except (ValueError, msgspec.MsgspecError):
        return False
    return True
