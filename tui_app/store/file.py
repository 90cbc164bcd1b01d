"""The SQLite file itself: opening it, bringing it up to date, reading and writing safely."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from tui_app.redlist.errors import KeepError

from .aside import open_safely, suspect
from .fitness import BUSY_S, is_damage
from .migration import (
    finish,
    from_version_1,
    from_version_2,
    from_version_3,
    keep_a_copy,
    make_tables,
)
from .schema import APPLICATION_ID, VERSION

FILE_NAME: Final = "runs.sqlite3"

LARGEST_LOG: Final = 16_384
"""Frames (of 4 KB) in the write-ahead log before SQLite copies them into the file by itself. That
costs as much as writing them, waits for the disk, and holds up whoever commits: it is done beside,
or between runs, see :meth:`StoreFile.grew`. What is in the log is kept: a kill costs nothing."""

TIDY_EVERY_BYTES: Final = 1 << 24
_COPY_LOG: Final = "PRAGMA wal_checkpoint(PASSIVE)"


class RefusedValue(KeepError):
    """One of the values can't be kept; others can."""


class StoreFile:
    """One file over two connections, so that looking at a run doesn't hold up another.

    Safe to use from several threads; several programs may use the same file. What can't be
    used as a store is set aside, and what can be read of a damaged one is saved.

    Attributes:
        path: the file.
        notices: sentences for the user about what was set aside.

    Args:
        folder: where the file is; made if need be.

    Raises:
        KeepError: the folder or file can't be used; says why.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE_NAME
        self.notices: tuple[str, ...] = ()
        self._grown = 0
        self._tidying = threading.Thread()
        self._writing = threading.Lock()
        self._reading = threading.Lock()
        with self._worded(), ExitStack() as undo:
            folder.mkdir(parents=True, exist_ok=True)
            # SQLite's files, and ours beside them, are where a symbolic link leads.
            self.path = Path(os.path.realpath(self.path))
            present, notice = open_safely(self.path)
            if present is not None:
                undo.callback(present.release)
            if notice is not None:
                self.notices = (notice,)
            self._writer = undo.enter_context(closing(self._connect()))
            self._prepare()
            self._reader = undo.enter_context(closing(self._connect()))
            self._close = undo.pop_all().close

    def close(self) -> None:
        """Close both connections; safe to call twice."""
        if self._tidying.is_alive():
            self._tidying.join()
        with self._writing, self._reading:
            self._close()

    def read(self, sql: str, given: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        """The rows that a query gives.

        Raises:
            KeepError: the file can't be read.
        """
        with self._worded(), self._reading:
            return self._reader.execute(sql, given).fetchall()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Writes that are kept all of them or none.

        Raises:
            KeepError: they can't be kept.
        """
        with self._worded(), self._writing:
            self._writer.execute("BEGIN IMMEDIATE")
            try:
                yield self._writer
                self._writer.execute("COMMIT")
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
        """Copy what is in the log into the file, as far as nobody reads it. Never fails."""
        with suppress(sqlite3.Error), self._writing:
            self._writer.execute(_COPY_LOG).fetchall()

    def _tidy_beside(self) -> None:
        with suppress(sqlite3.Error), closing(self._connect()) as sql:
            sql.execute(_COPY_LOG).fetchall()

    def _connect(self) -> sqlite3.Connection:
        sql = sqlite3.connect(
            self.path, timeout=BUSY_S, isolation_level=None, check_same_thread=False
        )
        # NORMAL in WAL mode: a commit survives the process's end, kill -9 included; only a
        # power cut can cost the newest ones. FULL takes 1.4 times as long.
        sql.execute("PRAGMA synchronous = NORMAL")
        sql.execute(f"PRAGMA wal_autocheckpoint = {LARGEST_LOG}")
        sql.execute("PRAGMA foreign_keys = ON")
        return sql

    def _prepare(self) -> None:
        sql = self._writer
        found = self._version()  # before anything is changed: the file may be somebody else's
        if sql.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
            sql.execute("PRAGMA journal_mode = WAL")
        if found == VERSION:
            return
        if found == 1:
            keep_a_copy(sql, self.path, found)
        sql.execute("BEGIN IMMEDIATE")
        try:
            found = self._version()
            if found == 0:
                make_tables(sql)
            if found == 1:
                from_version_1(sql)
            if found in (1, 2):
                from_version_2(sql)
            if found in (2, 3):
                from_version_3(sql)
            if found != VERSION:  # else another program was quicker
                finish(sql)
        except BaseException:
            sql.execute("ROLLBACK")
            raise
        sql.execute("COMMIT")

    def _version(self) -> int:
        """The version of the file's schema; 0 where it is empty."""
        found, application, tables = self._writer.execute(
            "SELECT user_version, application_id, (SELECT count(*) FROM sqlite_master)"
            " FROM pragma_user_version, pragma_application_id"
        ).fetchone()
        if application != APPLICATION_ID and (found or application or tables):
            raise KeepError(f"{self.path} is not iucn-tui's file.")
        if found > VERSION:
            raise KeepError(
                f"{self.path} was written by a newer iucn-tui (schema {found}, not {VERSION})."
            )
        return int(found)

    @contextmanager
    def _worded(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            refused = isinstance(error, sqlite3.IntegrityError | sqlite3.DataError)
            kind = RefusedValue if refused else KeepError
            failure = kind(f"The store {self.path} can't be used: {error}.")
            if is_damage(error):
                suspect(self.path)
                failure.advice = "Start iucn-tui again: it saves what can be read."
            raise failure from error
        except OSError as error:
            raise KeepError(
                f"The store {self.path} can't be used: {error.strerror or error}."
            ) from error
        except (sqlite3.Warning, UnicodeError, OverflowError) as error:
            raise RefusedValue(f"The store {self.path} can't take a value: {error}.") from error
