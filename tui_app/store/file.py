"""The SQLite file itself: opening it, bringing it up to date, reading and writing safely."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from tui_app.redlist.errors import KeepError

from .migration import from_version_1, keep_a_copy
from .schema import APPLICATION_ID, SCHEMA, VERSION
from .views import VIEWS

FILE_NAME: Final = "runs.sqlite3"
BUSY_S: Final = 10.0
"""How long one program waits for another that writes to the same store."""


class StoreFile:
    """One file over two connections, so that looking at a run doesn't hold up another.

    Safe to use from several threads; several programs may use the same file.

    Args:
        folder: where the file is; made if need be.

    Raises:
        KeepError: the folder or file can't be used; says why.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE_NAME
        self._writing = threading.Lock()
        self._reading = threading.Lock()
        with self._worded():
            folder.mkdir(parents=True, exist_ok=True)
            self._writer = self._connect()
            try:
                self._prepare()
                self._reader = self._connect()
            except BaseException:
                self._writer.close()
                raise

    def close(self) -> None:
        """Close both connections; safe to call twice."""
        with self._writing, self._reading:
            self._writer.close()
            self._reader.close()

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

    def _connect(self) -> sqlite3.Connection:
        sql = sqlite3.connect(
            self.path, timeout=BUSY_S, isolation_level=None, check_same_thread=False
        )
        # NORMAL in WAL mode: a commit survives the process's end, kill -9 included; only a
        # power cut can cost the newest ones. FULL takes 1.4 times as long.
        sql.execute("PRAGMA synchronous = NORMAL")
        sql.execute("PRAGMA foreign_keys = ON")
        return sql

    def _prepare(self) -> None:
        sql = self._writer
        found = self._version()  # before anything is changed: the file may be somebody else's
        if sql.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
            sql.execute("PRAGMA journal_mode = WAL")
        if found == VERSION:
            return
        if found:
            keep_a_copy(sql, self.path, found)
        sql.execute("BEGIN IMMEDIATE")
        try:
            found = self._version()
            if found == 0:
                for statement in SCHEMA:
                    sql.execute(statement)
                sql.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            elif found == 1:
                from_version_1(sql)
            if found != VERSION:  # else another program was quicker
                for name, statement in VIEWS.items():
                    sql.execute(f'DROP VIEW IF EXISTS "{name}"')
                    sql.execute(statement)
                sql.execute(f"PRAGMA user_version = {VERSION}")
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
            raise KeepError(f"The store {self.path} can't be used: {error}.") from error
        except OSError as error:
            raise KeepError(
                f"The store {self.path} can't be used: {error.strerror or error}."
            ) from error
        except (sqlite3.Warning, UnicodeError, OverflowError) as error:
            raise KeepError(f"The store {self.path} can't take a value: {error}.") from error
