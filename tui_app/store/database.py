"""The SQLite file itself: opening it, reading and writing safely, also where it is read-only."""

from __future__ import annotations

import os
import shutil
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from tui_app.redlist.errors import KeepError, StoreFault

from . import recovery, sqlite
from .schema import VERSION, bring_up_to_date, version_of
from .sqlite import Waiting, of_sqlite, of_system, store_error

FILE_NAME: Final = "runs.sqlite3"

LARGEST_LOG: Final = 16_384
"""Frames (of 4 KB) in the write-ahead log before SQLite copies them into the file by itself. That
costs as much as writing them, waits for the disk, and holds up whoever commits: it is done beside,
or between runs, see :meth:`Database.grew`. What is in the log is saved: a kill costs nothing."""

TIDY_EVERY_BYTES: Final = 1 << 24
_COPY_LOG: Final = "PRAGMA wal_checkpoint(PASSIVE)"
_COPY_IT: Final = (
    "Copy its folder to a writable place, and set IUCN_TUI_HOME to that: iucn-tui then recovers"
    " the readable data."
)
_LEFT: Final = ("-wal", "-journal")
"""SQLite's files that have what the database lacks; ``-shm`` is made anew."""

_BAD_VALUE: Final = (
    sqlite3.IntegrityError, sqlite3.DataError, sqlite3.Warning, UnicodeError, OverflowError,
)  # fmt: skip


def utc_now() -> str:
    """The time as it is saved: ISO 8601."""
    return datetime.now(UTC).isoformat(timespec="seconds")


class Database:
    """One file over two connections, so that reading does not wait for writing.

    Safe to use from several threads; several programs may use the same file. Raises a KeepError
    where the folder or file can't be used, now or later.
    """

    def __init__(self, folder: Path, waiting: Waiting | None = None) -> None:
        self.path = folder / FILE_NAME
        self.notices: tuple[str, ...] = ()  # for the user, about what was set aside
        self.read_only = ""  # why it can't be written to; empty where it can
        self.waiting = waiting or Waiting()  # for other programs
        self._where = self.path
        self._grown = 0
        self._tidying = threading.Thread()
        self._writing = threading.Lock()
        self._reading = threading.Lock()
        with self._worded(), ExitStack() as undo:
            folder.mkdir(parents=True, exist_ok=True)
            # SQLite's files, and ours beside them, are where a symbolic link leads.
            self.path = self._where = Path(os.path.realpath(self.path))
            match sqlite.what_stands_there(self.path):
                case StoreFault.READ_ONLY, cause if self.path.exists():
                    self.read_only = cause
                    self._open_to_read(undo)
                case fault, cause:
                    raise store_error(self.path, fault, cause)
                case None:
                    self._open(undo)
            self._close = undo.pop_all().close

    def _open(self, undo: ExitStack) -> None:
        present, notice = self.waiting.until_free(lambda: recovery.open_safely(self._where))
        if present is not None:
            undo.callback(present.release)
        if notice is not None:
            self.notices = (notice,)
        self._writer = undo.enter_context(closing(self._connect()))
        self.waiting.until_free(self._prepare)
        self._reader = undo.enter_context(closing(self._connect()))

    def _open_to_read(self, undo: ExitStack) -> None:
        sql = self.waiting.until_free(self._connect_in_place)
        if sql is None:
            self._where = undo.enter_context(_copied(self.path))
            unfit = recovery.examine(self._where)
        else:
            self._writer = self._reader = undo.enter_context(closing(sql))
            sql.text_factory = utf8_text
            unfit = recovery.examine_open(sql, self.path)
        if unfit is not None:
            fault = StoreFault.DAMAGED if unfit.ours else StoreFault.NOT_A_STORE
            advice = _COPY_IT if unfit.ours else None
            cause = f"it {unfit.reason}, and read-only"
            raise store_error(self.path, fault, cause, advice=advice)
        if sql is None:
            self._open(undo)

    def _connect_in_place(self) -> sqlite3.Connection | None:
        """A connection that needs no file beside the store, which may be damaged.

        None where it has to be copied; raises an sqlite3.Error where it can't be read at all.
        """
        # Without its log it would lack what was committed last. As long as another program uses
        # it, there is one.
        left = any(one.exists() and one.stat().st_size for one in _left(self.path))
        for way in ("ro",) if left else ("ro", "ro&immutable=1"):
            with ExitStack() as undo:
                sql = undo.enter_context(closing(sqlite.open_file(self.path, way)))
                try:
                    sql.execute("SELECT count(*) FROM sqlite_master").fetchall()
                except sqlite3.DatabaseError as error:
                    if sqlite.primary_code(error) in (
                        sqlite3.SQLITE_CANTOPEN,
                        sqlite3.SQLITE_READONLY,
                    ):
                        continue
                    if not sqlite.is_damage(error):
                        raise
                undo.pop_all()
                return sql
        return None

    def close(self) -> None:
        """Close both connections; safe to call twice."""
        if self._tidying.is_alive():
            self._tidying.join()
        with self._writing, self._reading:
            self._close()

    def read(self, sql: str, given: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        """The rows that a query gives."""
        with self._worded(), self._reading:
            return self.waiting.until_free(lambda: self._reader.execute(sql, given).fetchall())

    def check_writable(self) -> None:
        """Raise a KeepError where it is read-only."""
        if self.read_only:
            raise store_error(self.path, StoreFault.READ_ONLY, self.read_only)

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Writes that are saved all of them or none."""
        self.check_writable()
        with self._worded(), self._writing:
            self.waiting.until_free(lambda: self._writer.execute("BEGIN IMMEDIATE"))
            try:
                yield self._writer
                self.waiting.until_free(lambda: self._writer.execute("COMMIT"))
            except BaseException:
                if self._writer.in_transaction:
                    self._writer.execute("ROLLBACK")
                raise

    def grew(self, size_bytes: int) -> None:
        """So much was written: now and then the log is copied into the file, in a thread beside."""
        self._grown += size_bytes
        if self._grown >= TIDY_EVERY_BYTES and not self._tidying.is_alive():
            self._grown = 0
            self._tidying = threading.Thread(target=self._tidy_beside, name="tidying", daemon=True)
            self._tidying.start()

    def tidy(self) -> None:
        """Copy what is in the log into the file, as far as no program reads it. Never fails."""
        with suppress(sqlite3.Error), self._writing:
            self._writer.execute(_COPY_LOG).fetchall()

    def _tidy_beside(self) -> None:
        with suppress(sqlite3.Error), closing(self._connect()) as sql:
            sql.execute(_COPY_LOG).fetchall()

    def _connect(self) -> sqlite3.Connection:
        sql = sqlite3.connect(
            self._where, timeout=sqlite.TRY_S, isolation_level=None, check_same_thread=False
        )
        sql.text_factory = utf8_text
        # NORMAL in WAL mode: a commit survives the process's end, kill -9 included; only a
        # power cut can cost the newest ones. FULL takes 1.4 times as long.
        sql.execute("PRAGMA synchronous = NORMAL")
        sql.execute(f"PRAGMA wal_autocheckpoint = {LARGEST_LOG}")
        sql.execute("PRAGMA foreign_keys = ON")
        return sql

    def _prepare(self) -> None:
        sql = self._writer
        if sql.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
            sql.execute("PRAGMA journal_mode = WAL")
        if version_of(sql, self.path) == VERSION:
            return
        with sqlite.transaction(sql):
            found = version_of(sql, self.path)
            if found != VERSION:  # else another program was quicker
                bring_up_to_date(sql, found)

    @contextmanager
    def _worded(self) -> Iterator[None]:
        try:
            yield
        except _BAD_VALUE as error:
            raise KeepError(
                f"The store {self.path} can't be used: it can't take a value: {error}."
            ) from error
        except sqlite3.Error as error:
            if sqlite.is_damage(error):
                recovery.suspect(self.path)
            failure = of_sqlite(error, self.path)
            if failure.fault is StoreFault.DAMAGED and self.read_only:
                failure = KeepError(str(failure), failure.fault, failure.detail, _COPY_IT)
            if failure.fault is StoreFault.LOCKED and self.waiting.waited_s >= 1:
                cause = f"another program has kept it locked for {self.waiting.waited_s:.0f} s"
                failure = store_error(self.path, StoreFault.LOCKED, cause)
            raise failure from error
        except OSError as error:
            raise of_system(error, self.path) from error


def utf8_text(value: bytes) -> str | bytes:
    """A text; as bytes, which no text column may hold, where damage made it no UTF-8."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value


@contextmanager
def _copied(path: Path) -> Iterator[Path]:
    """A copy of a store that can't be read where it is, deleted at the end."""
    with TemporaryDirectory(prefix="iucn-tui-store-", ignore_cleanup_errors=True) as folder:
        copy = Path(folder) / path.name
        for file in (path, *_left(path)):
            if file.exists():
                shutil.copyfile(file, copy.with_name(file.name))
        yield copy


def _left(path: Path) -> list[Path]:
    return [path.with_name(path.name + suffix) for suffix in _LEFT]
