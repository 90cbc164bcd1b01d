"""Writing runs as they happen."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from sqlite3 import Connection
from typing import Any, Final

import msgspec

from tui_app.redlist.errors import Advice, UsageError

from .arrivals import Arrivals
from .bodies import body_hash, body_value
from .claims import Claims, RunInUse
from .columns import (
    ATTEMPT_COLUMNS,
    ATTEMPT_MARKS,
    ATTEMPT_VALUES,
    NO_PAGE,
    PAGE_COLUMNS,
    page_values,
)
from .file import StoreFile
from .many import Many, many
from .reading import Reading
from .rows import AttemptRow, NewRun, PageRow, RunState
from .starts import ServerStarts, StartLog
from .waiting import Waiting

_BODIES_OF_PAGES: Final = Many(
    # CROSS: SQLite would go through all pages of the run rather than look these up.
    "WITH wanted (run, target, page) AS (VALUES {rows})"
    " SELECT body FROM wanted CROSS JOIN pages USING (run, target, page)",
    "(?, ?, ?)",
)
_ADD_BODIES: Final = Many(
    # What is kept already stays, unless it was damaged and comes whole again.
    "INSERT INTO bodies (hash, body) VALUES {rows} ON CONFLICT (hash) DO UPDATE"
    " SET body = excluded.body WHERE body IS NOT excluded.body",
    "(?, ?)",
)
_ADD_LARGE_BODY: Final = (
    "INSERT INTO bodies (hash, body) SELECT ?1, ?2 WHERE ?1 IS NOT NULL ON CONFLICT (hash)"
    " DO UPDATE SET body = excluded.body WHERE body IS NOT excluded.body"
)
_LARGE_BYTES: Final = 1 << 20
_ADD_PAGES: Final = Many(
    f"INSERT OR REPLACE INTO pages (run, {PAGE_COLUMNS}) VALUES {{rows}}",  # noqa: S608
    f"({'?, ' * (PAGE_COLUMNS.count(',') + 1)}coalesce((SELECT id FROM bodies WHERE hash = ?), ?))",  # noqa: S608
)
_ADD_ATTEMPTS: Final = Many(
    f"INSERT INTO attempts (run, {ATTEMPT_COLUMNS}) VALUES {{rows}}",  # noqa: S608
    f"(?, {ATTEMPT_MARKS})",
)
_DELETE_UNUSED_BODY: Final = (
    "DELETE FROM bodies WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM pages WHERE body = ?1)"
)


class Store(Reading):
    """Runs, pages, timings.

    Safe to use from several threads; several programs may use the same file, but only one at
    a time carries a run. Writes and reads go over two connections, so that looking at a run
    doesn't hold up another. What stands in the way and can't be used is set aside.

    Attributes:
        folder: where it is.
        path: the file.
        waiting: for other programs that have locked it; says whom to tell.

    Args:
        folder: where the file is; made if need be.
        waiting: for other programs that have locked it.

    Raises:
        KeepError: the folder or file can't be used; says why.
    """

    def __init__(self, folder: Path, waiting: Waiting | None = None) -> None:
        self.folder = folder
        self._file = StoreFile(folder, waiting)
        self.path = self._file.path
        self.waiting = self._file.waiting
        self._fresh: set[str] = set()  # runs begun here: none of their pages is kept already
        self._starts = StartLog(self.path.parent)
        self._claims = Claims(self.path)
        self._arrivals = Arrivals(self._file, self._claims, self.keep)
        if not self._file.read_only:
            self._claims.sweep()
            self._arrivals.take_up_all()

    def close(self) -> None:
        """Let the runs go that are carried, and close the file; safe to call twice."""
        self._arrivals.end_all()
        self._claims.drop_all()
        self._starts.close()
        self._file.close()

    def check_writable(self) -> None:
        """Nothing where the store can be written to.

        Raises:
            KeepError: it is read-only.
        """
        self._file.check_writable()

    @property
    def notices(self) -> tuple[str, ...]:
        """What the user must be told of how the store was found; mostly nothing."""
        return self._file.notices

    def starts(self, base_url: str) -> ServerStarts:
        """When requests to a server started, by whatever program that uses this folder."""
        return ServerStarts(self._starts, base_url)

    def begin(self, new: NewRun) -> str:
        """Note that a run begins, which this store carries until it ends; gives its id."""
        claimed, created_utc = None, _now()
        try:
            with self._file.transaction() as sql:
                run = self._insert(sql, new, created_utc)
                # Before it can be seen: nobody is to take it for one that was killed.
                self._claims.take(run, None)
                claimed = run
        except BaseException:
            if claimed is not None:
                self._claims.drop(claimed)
            raise
        self._fresh.add(run)
        self._arrivals.begin(run, created_utc)
        return run

    @staticmethod
    def _insert(sql: Connection, new: NewRun, created_utc: str) -> str:
        done = sql.execute(
            "INSERT INTO runs (id, created_utc, source, api, base_url, method, label, operations,"
            " settings, state, pid, comparison, kind, origin, red_list_version)"
            " VALUES ((SELECT 1 + max(coalesce((SELECT max(id) FROM runs), 0),"
            " coalesce((SELECT max(run) FROM notes), 0))),"
            " ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                created_utc,
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
                "lookup" if new.lookup else "timed" if new.comparison else "fetch",
                new.origin,
                new.red_list_version,
            ),
        )
        return str(done.lastrowid)

    def reopen(self, run: str, method: str) -> None:
        """Note that a run goes on in this process, by ``method``.

        Raises:
            RunInUse: it goes on already, here or in another program.
            UsageError: there is no such run.
        """
        self._fresh.discard(run)
        with self._claimed(run):
            created_utc = self._arrivals.created_utc(run)
            if created_utc is None:
                raise UsageError(f"There is no run {run}.", Advice.LIST_RUNS)
            self._arrivals.take_up(run, created_utc)
            with self._file.transaction() as sql:
                sql.execute(
                    "UPDATE runs SET state = ?, pid = ?, method = ? WHERE id = ?",
                    (RunState.RUNNING, os.getpid(), method, run),
                )
            self._arrivals.begin(run, created_utc)

    def secure(self, run: str, page: PageRow, attempt: AttemptRow) -> bool:
        """Make a page safe from a kill at once, ahead of :meth:`keep`; whether that was done.

        Takes a hundredth of the time of a commit. Not done where too much waits for its commit
        already, and where the disk is full.
        """
        return self._arrivals.secure(run, page, attempt)

    @contextmanager
    def _claimed(self, run: str) -> Iterator[None]:
        """The run is this store's; not any more where what is done meanwhile fails."""
        noted = self._file.read(
            "SELECT pid FROM runs WHERE id = ? AND state = ?", (run, RunState.RUNNING)
        )
        self._claims.take(run, noted[0][0] if noted else None)
        try:
            yield
        except BaseException:
            self._claims.drop(run)
            raise

    def keep(self, run: str, items: Sequence[tuple[PageRow | None, AttemptRow | None]]) -> None:
        """Keep pages, each with the attempt that brought it, if any; all of them or none.

        A page with a :attr:`~PageRow.body_id` shares that body; others bring their own, which
        is kept once, however often it comes.
        """
        now = _now()
        new = [page for page, _ in items if page is not None and page.body_id is None]
        hashes = [body_hash(page.body) for page in new]
        large = [one for one in zip(hashes, new, strict=True) if len(one[1].body) > _LARGE_BYTES]
        bodies = [
            (digest, body_value(page.body))
            for digest, page in zip(hashes, new, strict=True)
            if len(page.body) <= _LARGE_BYTES
        ]
        shared = [page for page, _ in items if page is not None and page.body_id is not None]
        pages = [
            *(
                (run, *page_values(page, now), digest, None)
                for page, digest in zip(new, hashes, strict=True)
            ),
            *((run, *page_values(page, now), None, page.body_id) for page in shared),
        ]
        attempts = [one for _, one in items if one is not None]
        keys = [
            (run, one.target, NO_PAGE if one.page is None else one.page)
            for one, _ in items
            if one is not None and run not in self._fresh
        ]
        with self._file.transaction() as sql:
            replaced = [] if not keys else sql.execute(*many(_BODIES_OF_PAGES, keys)).fetchall()
            if bodies:
                sql.execute(*many(_ADD_BODIES, bodies))
            for digest, page in large:
                sql.execute(_ADD_LARGE_BODY, (digest, body_value(page.body)))
                # A statement holds its values until it has others: none, of which it adds none.
                sql.execute(_ADD_LARGE_BODY, (None, None))
            if pages:
                sql.execute(*many(_ADD_PAGES, pages))
            if attempts:
                rows = [(run, *ATTEMPT_VALUES(one)) for one in attempts]
                sql.execute(*many(_ADD_ATTEMPTS, rows))
            sql.executemany(_DELETE_UNUSED_BODY, replaced)
        self._arrivals.committed(run, attempts)
        self._file.grew(sum(len(page.body) for page in new))

    def end(self, run: str, state: RunState, summary: dict[str, Any]) -> None:
        """Note how a run ended; this store carries it no more, even where that fails."""
        if summary.get("operations"):
            # They are in the row already, and a million of them take a second to write.
            summary = {**summary, "operations": None}
        try:
            with self._file.transaction() as sql:
                sql.execute(
                    "UPDATE runs SET state = ?, summary = ? WHERE id = ?",
                    (state, _dump(summary), run),
                )
        finally:
            self._arrivals.end(run)
            self._claims.drop(run)
        self._file.tidy()

    def set_version(self, run: str, red_list_version: str) -> None:
        """Note which Red List a run was fetched from."""
        with self._file.transaction() as sql:
            sql.execute(
                "UPDATE runs SET red_list_version = ? WHERE id = ?", (red_list_version, run)
            )

    def set_source_version(self, origin: str, red_list_version: str | None) -> None:
        """Note which Red List a source has now; None where it does not say."""
        with self._file.transaction() as sql:
            sql.execute(
                "INSERT OR REPLACE INTO sources (origin, red_list_version, asked_utc)"
                " VALUES (?, ?, ?)",
                (origin, red_list_version, _now()),
            )

    def forget(self, run: str) -> None:
        """Delete a run with its pages and timings, and the bodies that no other run has.

        Raises:
            RunInUse: it goes on, here or in another program.
        """
        with self._claimed(run), self._file.transaction() as sql:
            had = sql.execute("SELECT DISTINCT body FROM pages WHERE run = ?", (run,)).fetchall()
            sql.execute(
                "INSERT OR REPLACE INTO notes (run, deleted_utc)"
                " SELECT id, ? FROM runs WHERE id = ? AND kind != 'lookup'",
                (_now(), run),
            )
            sql.execute("DELETE FROM runs WHERE id = ?", (run,))
            sql.executemany(_DELETE_UNUSED_BODY, had)
        self._arrivals.forget(run)
        self._claims.drop(run)

    # -- what users say of runs ------------------------------------------------------------

    def set_name(self, run: str, name: str) -> None:
        """Call a run something; nothing any more where it is empty.

        Raises:
            UsageError: there is no such run.
        """
        self._note(run, "name", name)

    def set_note(self, run: str, note: str) -> None:
        """Say something of a run, in the place of what was said before.

        Raises:
            UsageError: there is no such run.
        """
        self._note(run, "note", note)

    def delete(self, run: str) -> None:
        """Hide a run, until :meth:`undelete` or :meth:`forget_deleted`.

        Raises:
            RunInUse: it goes on, here or in another program.
            UsageError: there is no such run.
        """
        with self._claimed(run):
            self._note(run, "deleted_utc", _now())
        self._claims.drop(run)

    def undelete(self, run: str) -> None:
        """Take a run back that was deleted.

        Raises:
            UsageError: it has been forgotten.
        """
        self._note(run, "deleted_utc", None)

    def _note(self, run: str, column: str, value: str | None) -> None:
        with self._file.transaction() as sql:
            if not sql.execute("SELECT 1 FROM runs WHERE id = ?", (run,)).fetchone():
                raise UsageError(f"There is no run {run}.", Advice.LIST_RUNS)
            sql.execute("INSERT OR IGNORE INTO notes (run) VALUES (?)", (run,))
            sql.execute(f"UPDATE notes SET {column} = ? WHERE run = ?", (value, run))  # noqa: S608

    def forget_deleted(self, older_s: float) -> list[str]:
        """Forget the runs that were deleted so many seconds ago; gives their ids."""
        before = datetime.now(UTC) - timedelta(seconds=older_s)
        rows = self._file.read(
            "SELECT id FROM runs JOIN notes ON run = id WHERE deleted_utc <= ?",
            (before.isoformat(timespec="seconds"),),
        )
        gone = []
        for (run,) in rows:
            with suppress(RunInUse):
                self.forget(str(run))
                gone.append(str(run))
        return gone

    def begin_comparison(self, label: str) -> int:
        """Note that a comparison begins; gives its id."""
        with self._file.transaction() as sql:
            done = sql.execute(
                "INSERT INTO comparisons (created_utc, label) VALUES (?, ?)", (_now(), label)
            )
            assert done.lastrowid is not None
            return done.lastrowid

    def end_comparison(self, comparison: int, result: dict[str, Any]) -> None:
        """Keep a comparison's figures."""
        with self._file.transaction() as sql:
            sql.execute(
                "UPDATE comparisons SET result = ? WHERE id = ?", (_dump(result), comparison)
            )


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _dump(value: Any) -> str:
    return msgspec.json.encode(value).decode()
