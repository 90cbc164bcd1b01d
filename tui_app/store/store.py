"""The SQLite file: writing runs as they happen, reading them back."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields
from datetime import UTC, datetime
from operator import attrgetter
from pathlib import Path
from typing import Any, Final

import msgspec
import zstandard

from tui_app.redlist.errors import KeepError, UsageError

from .rows import AttemptRow, NewRun, PageRow, RunRow, RunState
from .schema import APPLICATION_ID, SCHEMA, VERSION

FILE_NAME: Final = "runs.sqlite3"
NO_PAGE: Final = -1
BUSY_S: Final = 10.0
"""How long one program waits for another that writes to the same store."""

_RUN_COLUMNS: Final = (
    "id, created_utc, source, api, base_url, method, label, operations, settings, state, pid,"
    " (SELECT count(*) FROM pages WHERE run = runs.id),"
    " (SELECT coalesce(sum(rows), 0) FROM pages WHERE run = runs.id),"
    " comparison, summary"
)
_ATTEMPT_FIELDS: Final = tuple(field.name for field in fields(AttemptRow))
_ATTEMPT_VALUES: Final = attrgetter(*_ATTEMPT_FIELDS)
_ATTEMPT_COLUMNS: Final = ", ".join(_ATTEMPT_FIELDS)
_ATTEMPT_MARKS: Final = ", ".join("?" for _ in _ATTEMPT_FIELDS)
_PAGE_COLUMNS: Final = "target, page, path, status, rows, etag, total_pages, total_count"


class Store:
    """Runs, pages, timings.

    Safe to use from several threads; several programs may use the same file. Writes and reads
    go over two connections, so that looking at a run doesn't hold up another.

    Args:
        folder: where the file is; made if need be.

    Raises:
        KeepError: the folder or file can't be used; says why.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE_NAME
        self._packer = zstandard.ZstdCompressor(level=3)
        self._packing = threading.Lock()
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

    # -- writing -------------------------------------------------------------------------

    def begin(self, new: NewRun) -> str:
        """Note that a run begins; gives its id."""
        with self._transaction() as sql:
            done = sql.execute(
                "INSERT INTO runs (created_utc, source, api, base_url, method, label, operations,"
                " settings, state, pid, comparison) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    _now(),
                    new.source,
                    new.api,
                    new.base_url,
                    new.method,
                    new.label,
                    _dump(new.operations),
                    _dump(new.settings),
                    RunState.RUNNING,
                    os.getpid(),
                    new.comparison,
                ),
            )
            return str(done.lastrowid)

    def reopen(self, run: str, method: str) -> None:
        """Note that a run goes on in this process, by ``method``."""
        with self._transaction() as sql:
            sql.execute(
                "UPDATE runs SET state = ?, pid = ?, method = ? WHERE id = ?",
                (RunState.RUNNING, os.getpid(), method, run),
            )

    def keep(self, run: str, items: Sequence[tuple[PageRow | None, AttemptRow]]) -> None:
        """Keep attempts, each with the page that it brought, if any; all of them or none."""
        with self._packing:
            pages = [(run, *self._page_values(page)) for page, _ in items if page is not None]
        attempts = [(run, *_ATTEMPT_VALUES(attempt)) for _, attempt in items]
        with self._transaction() as sql:
            sql.executemany(
                f"INSERT OR REPLACE INTO pages (run, {_PAGE_COLUMNS}, body)"  # noqa: S608
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                pages,
            )
            sql.executemany(
                f"INSERT INTO attempts (run, {_ATTEMPT_COLUMNS})"  # noqa: S608
                f" VALUES (?, {_ATTEMPT_MARKS})",
                attempts,
            )

    def _page_values(self, page: PageRow) -> tuple[Any, ...]:
        return (
            page.target,
            NO_PAGE if page.page is None else page.page,
            page.path,
            page.status,
            page.rows,
            page.etag,
            page.total_pages,
            page.total_count,
            self._packer.compress(page.body),
        )

    def end(self, run: str, state: RunState, summary: dict[str, Any]) -> None:
        """Note how a run ended."""
        with self._transaction() as sql:
            sql.execute(
                "UPDATE runs SET state = ?, summary = ? WHERE id = ?",
                (state, _dump(summary), run),
            )

    def begin_comparison(self, label: str) -> int:
        """Note that a comparison begins; gives its id."""
        with self._transaction() as sql:
            done = sql.execute(
                "INSERT INTO comparisons (created_utc, label) VALUES (?, ?)", (_now(), label)
            )
            assert done.lastrowid is not None
            return done.lastrowid

    def end_comparison(self, comparison: int, result: dict[str, Any]) -> None:
        """Keep a comparison's figures."""
        with self._transaction() as sql:
            sql.execute(
                "UPDATE comparisons SET result = ? WHERE id = ?", (_dump(result), comparison)
            )

    # -- reading -------------------------------------------------------------------------

    def runs(self, limit: int | None = None) -> list[RunRow]:
        """The runs, newest first; at most ``limit``."""
        rows = self._read(
            f"SELECT {_RUN_COLUMNS} FROM runs ORDER BY id DESC LIMIT ?",  # noqa: S608
            (-1 if limit is None else limit,),
        )
        return [_run_row(row) for row in rows]

    def run(self, run: str) -> RunRow:
        """One run, by its id or ``last`` (the newest that is no part of a comparison).

        Raises:
            UsageError: there is no such run.
        """
        if run == "last":
            where, given = "comparison IS NULL ORDER BY id DESC LIMIT 1", ()
        elif run.isascii() and run.isdigit() and len(run) < 18:
            where, given = "id = ?", (int(run),)  # type: ignore[assignment]
        else:
            raise UsageError(f"'{run}' is not a run's id.", "`iucn-tui runs` lists them.")
        rows = self._read(f"SELECT {_RUN_COLUMNS} FROM runs WHERE {where}", given)  # noqa: S608
        if not rows:
            if run == "last":
                raise UsageError("No run is kept yet.", "`iucn-tui fetch` makes one.")
            raise UsageError(f"There is no run {run}.", "`iucn-tui runs` lists them.")
        return _run_row(rows[0])

    def pages(self, run: str) -> list[PageRow]:
        """A run's pages in order of operation and page, without their bodies."""
        rows = self._read(
            f"SELECT {_PAGE_COLUMNS} FROM pages WHERE run = ?"  # noqa: S608
            " ORDER BY target, page",
            (run,),
        )
        return [
            PageRow(row[0], None if row[1] == NO_PAGE else row[1], *row[2:], b"")  # type: ignore[call-arg]
            for row in rows
        ]

    def body(self, run: str, page: PageRow) -> bytes:
        """The body of one page, unpacked.

        Raises:
            KeepError: it isn't there any more, or is damaged.
        """
        rows = self._read(
            "SELECT body FROM pages WHERE run = ? AND target = ? AND page = ?",
            (run, page.target, NO_PAGE if page.page is None else page.page),
        )
        if not rows:
            raise KeepError(f"Run {run} has lost its page {page.path}.")
        try:
            # A decompressor isn't safe to share between threads, and costs a microsecond.
            unpacked: bytes = zstandard.ZstdDecompressor().decompress(rows[0][0])
        except zstandard.ZstdError as error:
            raise KeepError(f"Run {run}'s page {page.path} is damaged: {error}.") from error
        return unpacked

    def attempts(self, run: str) -> list[AttemptRow]:
        """All attempts of a run, by request and attempt."""
        rows = self._read(
            f"SELECT {_ATTEMPT_COLUMNS} FROM attempts WHERE run = ?"  # noqa: S608
            " ORDER BY request, attempt, rowid",
            (run,),
        )
        return [_attempt_row(row) for row in rows]

    # -- the file ------------------------------------------------------------------------

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
        sql.execute("BEGIN IMMEDIATE")
        try:
            if self._version() == 0:  # else another program was quicker
                for statement in SCHEMA:
                    sql.execute(statement)
                sql.execute(f"PRAGMA application_id = {APPLICATION_ID}")
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

    def _read(self, sql: str, given: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        with self._worded(), self._reading:
            return self._reader.execute(sql, given).fetchall()

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._worded(), self._writing:
            self._writer.execute("BEGIN IMMEDIATE")
            try:
                yield self._writer
                self._writer.execute("COMMIT")
            except BaseException:
                if self._writer.in_transaction:
                    self._writer.execute("ROLLBACK")
                raise

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


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _dump(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def _attempt_row(row: tuple[Any, ...]) -> AttemptRow:
    values = dict(zip(_ATTEMPT_FIELDS, row, strict=True))
    return AttemptRow(**{**values, "final": bool(values["final"])})


def _run_row(row: tuple[Any, ...]) -> RunRow:
    return RunRow(
        run=str(row[0]),
        created_utc=row[1],
        source=row[2],
        api=row[3],
        base_url=row[4],
        method=row[5],
        label=row[6],
        operations=tuple(msgspec.json.decode(row[7])),
        settings=msgspec.json.decode(row[8]),
        state=RunState(row[9]),
        pid=row[10],
        pages=row[11],
        records=row[12],
        comparison=row[13],
        summary=msgspec.json.decode(row[14]),
    )
