"""When requests to each server started, for all runs and programs that use one folder.

A rate limit belongs to a token, so that runs have to share it. A file of its own: a start is
counted in a tenth of a millisecond, whatever is being written to the store. Nothing is lost with
it but the knowledge of the last minutes, so that no failure of it ends a run.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from tui_app.redlist.rate_limit import Window

from .sqlite import is_damage, transaction

STARTS_FILE: Final = "rate-limit.sqlite3"

BUSY_S: Final = 1.0
"""How long one program waits for another, which takes less than a millisecond."""

KEPT_S: Final = 3600.0
"""Starts are kept for as long as this, or as long as the window in use."""

LONGEST_S: Final = 86_400.0
"""No window is longer: starts of any server that are older are deleted on opening."""

_SCHEMA: Final = (
    "CREATE TABLE IF NOT EXISTS starts (server TEXT NOT NULL, at REAL NOT NULL)",
    "CREATE INDEX IF NOT EXISTS starts_of_server ON starts (server, at)",
)


class ServerStarts:
    """The start times of one server. Safe to use from several threads and programs."""

    def __init__(self, folder: Path, base_url: str) -> None:
        self._path = folder / STARTS_FILE
        # Neither a token nor anything made of it is written down.
        self._server = urlsplit(base_url).netloc.lower()
        self._lock = threading.Lock()
        self._sql: sqlite3.Connection | None = None
        self._closed = False

    def close(self) -> None:
        """Close the file; safe to call twice. From then on nothing is counted."""
        with self._lock:
            self._closed = True
            self._close_file()

    def reserve(self, window: Window | None) -> float:
        """Count a start now where a window has room; else seconds until it has."""
        return self._ask(window, 1, count=True)

    def room_in(self, window: Window, requests: int) -> float:
        """Seconds until a window has room for so many starts, as many as it ever has at most."""
        return self._ask(window, min(requests, window.requests), count=False)

    def _ask(self, window: Window | None, requests: int, *, count: bool) -> float:
        with self._lock:
            for fresh in (False, True):
                if self._closed:
                    break
                try:
                    self._sql = self._sql or self._opened()
                    with transaction(self._sql) as sql:
                        return self._asked(sql, window, requests, count=count)
                except sqlite3.Error as error:
                    self._close_file()
                    if fresh or not is_damage(error):
                        break
                    for path in (self._path, self._path.with_name(f"{STARTS_FILE}-journal")):
                        with suppress(OSError):
                            path.unlink()
        return 0.0  # nothing is known: the run still counts its own

    def _asked(
        self, sql: sqlite3.Connection, window: Window | None, requests: int, *, count: bool
    ) -> float:
        now, server = time.time(), self._server  # programs have no other clock in common
        # A clock that was set back: what seems to lie ahead counts as now.
        sql.execute("UPDATE starts SET at = ? WHERE server = ? AND at > ?", (now, server, now))
        kept_s = KEPT_S if window is None else max(KEPT_S, window.held_s)
        sql.execute("DELETE FROM starts WHERE server = ? AND at < ?", (server, now - kept_s))
        if window is not None:
            # Room for so many more: the start that has to be out of the window by then.
            found = sql.execute(
                "SELECT at FROM starts WHERE server = ? ORDER BY at DESC LIMIT 1 OFFSET ?",
                (server, window.requests - requests),
            ).fetchone()
            if found is not None and found[0] + window.held_s > now:
                return float(found[0] + window.held_s - now)
        if count:
            sql.execute("INSERT INTO starts (server, at) VALUES (?, ?)", (server, now))
        return 0.0

    def _opened(self) -> sqlite3.Connection:
        with ExitStack() as undo:
            sql = sqlite3.connect(
                self._path, timeout=BUSY_S, isolation_level=None, check_same_thread=False
            )
            undo.callback(sql.close)
            # Only a power cut can damage it so, and then nothing is lost that matters.
            sql.execute("PRAGMA synchronous = OFF")
            with transaction(sql):
                for statement in _SCHEMA:
                    sql.execute(statement)
                sql.execute("DELETE FROM starts WHERE at < ?", (time.time() - LONGEST_S,))
            undo.pop_all()
        return sql

    def _close_file(self) -> None:
        if self._sql is not None:
            with suppress(sqlite3.Error):
                self._sql.close()
            self._sql = None
