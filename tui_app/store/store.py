"""The SQLite file: writing runs as they happen, reading them back."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import fields
from datetime import UTC, datetime
from operator import attrgetter
from pathlib import Path
from typing import Any, Final

import msgspec

from tui_app.redlist.errors import KeepError, UsageError

from .bodies import body_bytes, body_hash, body_value
from .file import StoreFile
from .rows import AttemptRow, NewRun, PageRow, RunRow, RunState, ShelfRow

NO_PAGE: Final = -1
DETAILS: Final = -1
"""A page's target where it is the full assessment of a row; its number is the assessment's id."""

_RUN_COLUMNS: Final = (
    "id, created_utc, source, api, base_url, method, label, operations, settings, state, pid,"
    " (SELECT count(*) FROM pages WHERE run = runs.id AND target >= 0),"
    " (SELECT coalesce(sum(rows), 0) FROM pages WHERE run = runs.id AND target >= 0),"
    " comparison, summary, origin, red_list_version"
)
_ATTEMPT_FIELDS: Final = tuple(field.name for field in fields(AttemptRow))
_ATTEMPT_VALUES: Final = attrgetter(*_ATTEMPT_FIELDS)
_ATTEMPT_COLUMNS: Final = ", ".join(_ATTEMPT_FIELDS)
_ATTEMPT_MARKS: Final = ", ".join("?" for _ in _ATTEMPT_FIELDS)
_PAGE_COLUMNS: Final = (
    "target, page, path, status, rows, etag, total_pages, total_count, rows_key, fetched_utc, body"
)


class LostPage(KeepError, LookupError):
    """A page is not kept."""


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
        self._file = StoreFile(folder)
        self.path = self._file.path

    def close(self) -> None:
        """Close the file; safe to call twice."""
        self._file.close()

    # -- writing -------------------------------------------------------------------------

    def begin(self, new: NewRun) -> str:
        """Note that a run begins; gives its id."""
        with self._file.transaction() as sql:
            done = sql.execute(
                "INSERT INTO runs (created_utc, source, api, base_url, method, label, operations,"
                " settings, state, pid, comparison, kind, origin, red_list_version)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
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
                    "lookup" if new.lookup else "timed" if new.comparison else "fetch",
                    new.origin,
                    new.red_list_version,
                ),
            )
            return str(done.lastrowid)

    def reopen(self, run: str, method: str) -> None:
        """Note that a run goes on in this process, by ``method``."""
        with self._file.transaction() as sql:
            sql.execute(
                "UPDATE runs SET state = ?, pid = ?, method = ? WHERE id = ?",
                (RunState.RUNNING, os.getpid(), method, run),
            )

    def keep(self, run: str, items: Sequence[tuple[PageRow | None, AttemptRow | None]]) -> None:
        """Keep pages, each with the attempt that brought it, if any; all of them or none.

        A page with a :attr:`~PageRow.body_id` shares that body; others bring their own, which
        is kept once, however often it comes.
        """
        now = _now()
        new = [page for page, _ in items if page is not None and page.body_id is None]
        bodies = [(body_hash(page.body), body_value(page.body)) for page in new]
        shared = [page for page, _ in items if page is not None and page.body_id is not None]
        attempts = [(run, *_ATTEMPT_VALUES(one)) for _, one in items if one is not None]
        into = f"INSERT OR REPLACE INTO pages (run, {_PAGE_COLUMNS}) VALUES ({'?, ' * 11}"  # noqa: S608
        with self._file.transaction() as sql:
            # What is kept already stays, unless it was damaged and comes whole again.
            sql.executemany(
                "INSERT INTO bodies (hash, body) VALUES (?, ?) ON CONFLICT (hash) DO UPDATE"
                " SET body = excluded.body WHERE body IS NOT excluded.body",
                bodies,
            )
            sql.executemany(
                f"{into}(SELECT id FROM bodies WHERE hash = ?))",  # noqa: S608
                [
                    (run, *_page_values(page, now), digest)
                    for page, (digest, _) in zip(new, bodies, strict=True)
                ],
            )
            sql.executemany(
                f"{into}?)", [(run, *_page_values(page, now), page.body_id) for page in shared]
            )
            sql.executemany(
                f"INSERT INTO attempts (run, {_ATTEMPT_COLUMNS})"  # noqa: S608
                f" VALUES (?, {_ATTEMPT_MARKS})",
                attempts,
            )

    def end(self, run: str, state: RunState, summary: dict[str, Any]) -> None:
        """Note how a run ended."""
        with self._file.transaction() as sql:
            sql.execute(
                "UPDATE runs SET state = ?, summary = ? WHERE id = ?",
                (state, _dump(summary), run),
            )

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
        """Delete a run with its pages and timings, and the bodies that no other run has."""
        with self._file.transaction() as sql:
            had = sql.execute("SELECT DISTINCT body FROM pages WHERE run = ?", (run,)).fetchall()
            sql.execute("DELETE FROM runs WHERE id = ?", (run,))
            sql.executemany(
                "DELETE FROM bodies WHERE id = ?1"
                " AND NOT EXISTS (SELECT 1 FROM pages WHERE body = ?1)",
                had,
            )

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

    # -- reading -------------------------------------------------------------------------

    def runs(self, limit: int | None = None) -> list[RunRow]:
        """The runs, newest first; at most ``limit``."""
        rows = self._file.read(
            f"SELECT {_RUN_COLUMNS} FROM runs WHERE kind != 'lookup'"  # noqa: S608
            " ORDER BY id DESC LIMIT ?",
            (-1 if limit is None else limit,),
        )
        return [_run_row(row) for row in rows]

    def run(self, run: str) -> RunRow:
        """One run, by its id or ``last`` (the newest that is no part of a comparison).

        Raises:
            UsageError: there is no such run.
        """
        if run == "last":
            where, given = "kind = 'fetch' ORDER BY id DESC LIMIT 1", ()
        elif run.isascii() and run.isdigit() and len(run) < 18:
            where, given = "id = ?", (int(run),)  # type: ignore[assignment]
        else:
            raise UsageError(f"'{run}' is not a run's id.", "`iucn-tui runs` lists them.")
        rows = self._file.read(f"SELECT {_RUN_COLUMNS} FROM runs WHERE {where}", given)  # noqa: S608
        if not rows:
            if run == "last":
                raise UsageError("No run is kept yet.", "`iucn-tui fetch` makes one.")
            raise UsageError(f"There is no run {run}.", "`iucn-tui runs` lists them.")
        return _run_row(rows[0])

    def pages(self, run: str) -> list[PageRow]:
        """A run's pages in order of operation and page, without their bodies or its details."""
        return self._pages("run = ? AND target >= 0", run)

    def distinct_rows(self, run: str, row_id: str) -> list[tuple[int, int, int]]:
        """For each list of a run: its operation's index, its rows, and how many are different.

        Args:
            run: its id.
            row_id: the field that tells rows apart.
        """
        rows = self._file.read(
            "SELECT p.target, count(*), count(DISTINCT json_extract(j.value, '$.' || ?2))"
            " FROM pages AS p JOIN bodies AS b ON b.id = p.body,"
            " json_each(CASE WHEN json_valid(b.body) THEN b.body END, '$.' || p.rows_key) AS j"
            " WHERE p.run = ?1 AND p.target >= 0 AND p.page >= 0 GROUP BY p.target",
            (run, row_id),
        )
        return [(target, count, distinct) for target, count, distinct in rows]

    def details(self, run: str) -> list[int]:
        """Ids of the assessments that a run has in full because its rows named them."""
        rows = self._file.read(
            "SELECT page FROM pages WHERE run = ? AND target = ? ORDER BY page", (run, DETAILS)
        )
        return [row[0] for row in rows]

    def _pages(self, where: str, run: str) -> list[PageRow]:
        rows = self._file.read(
            f"SELECT {_PAGE_COLUMNS} FROM pages WHERE {where} ORDER BY target, page",  # noqa: S608
            (run,),
        )
        return [_page_row(row) for row in rows]

    def body(self, run: str, page: PageRow) -> bytes:
        """The body of one page.

        Raises:
            KeepError: it isn't there any more, or is damaged.
        """
        return self._body(run, page.target, NO_PAGE if page.page is None else page.page, page.path)

    def detail(self, run: str, assessment_id: int) -> bytes | None:
        """A full assessment that a row named; None where the run has none.

        Raises:
            KeepError: it is damaged.
        """
        try:
            return self._body(run, DETAILS, assessment_id, f"assessment/{assessment_id}")
        except LookupError:
            return None

    def _body(self, run: str, target: int, page: int, path: str) -> bytes:
        rows = self._file.read(
            "SELECT b.hash, b.body FROM pages AS p JOIN bodies AS b ON b.id = p.body"
            " WHERE p.run = ? AND p.target = ? AND p.page = ?",
            (run, target, page),
        )
        if not rows:
            raise LostPage(f"Run {run} has lost its page {path}.")
        return _checked(rows[0], f"Run {run}'s page {path}")

    def shelved(self, origin: str, path: str) -> ShelfRow | None:
        """The newest page that any run kept for a path of a source, without its body."""
        rows = self._file.read(
            f"SELECT {', '.join(f'p.{name}' for name in _PAGE_COLUMNS.split(', '))},"  # noqa: S608
            " r.red_list_version FROM pages AS p JOIN runs AS r ON r.id = p.run"
            " WHERE p.path = ? AND r.origin = ? ORDER BY p.fetched_utc DESC LIMIT 1",
            (path, origin),
        )
        return None if not rows else ShelfRow(_page_row(rows[0][:-1]), rows[0][-1])

    def shelved_body(self, body_id: int) -> bytes:
        """A body by its id, as :meth:`shelved` gives it.

        Raises:
            KeepError: it isn't there any more, or is damaged.
        """
        rows = self._file.read("SELECT hash, body FROM bodies WHERE id = ?", (body_id,))
        if not rows:
            raise KeepError("A kept page has been deleted.")
        return _checked(rows[0], "A kept page")

    def has_pages_of(self, origin: str) -> bool:
        """Whether any page of a source is kept."""
        return bool(
            self._file.read(
                "SELECT 1 FROM runs AS r WHERE origin = ?"
                " AND EXISTS (SELECT 1 FROM pages WHERE run = r.id) LIMIT 1",
                (origin,),
            )
        )

    def source_version(self, origin: str) -> tuple[str | None, str] | None:
        """What a source said its Red List is, and when; None where it was never asked."""
        rows = self._file.read(
            "SELECT red_list_version, asked_utc FROM sources WHERE origin = ?", (origin,)
        )
        return None if not rows else (rows[0][0], rows[0][1])

    def scientific_names(self, origin: str, most: int = 300_000) -> list[str]:
        """Names of taxa that kept lists of a source have."""
        rows = self._file.read(
            "SELECT DISTINCT taxon_scientific_name FROM records"
            " WHERE run IN (SELECT id FROM runs WHERE origin = ?)"
            " AND typeof(taxon_scientific_name) = 'text' LIMIT ?",
            (origin, most),
        )
        return [row[0] for row in rows]

    def lookups(self, origin: str, label: str) -> list[str]:
        """Ids of the runs that served the program itself, newest first."""
        rows = self._file.read(
            "SELECT id FROM runs WHERE kind = 'lookup' AND origin = ? AND label = ?"
            " ORDER BY id DESC",
            (origin, label),
        )
        return [str(row[0]) for row in rows]

    def attempts(self, run: str) -> list[AttemptRow]:
        """All attempts of a run, by request and attempt."""
        rows = self._file.read(
            f"SELECT {_ATTEMPT_COLUMNS} FROM attempts WHERE run = ?"  # noqa: S608
            " ORDER BY request, attempt, rowid",
            (run,),
        )
        return [_attempt_row(row) for row in rows]


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
        origin=row[15],
        red_list_version=row[16],
    )


def _page_row(row: tuple[Any, ...]) -> PageRow:
    target, page, path, status, rows, etag, pages, count, rows_key, fetched_utc, body_id = row
    number = None if page == NO_PAGE else page
    return PageRow(
        target, number, path, status, rows, etag, pages, count, b"", rows_key, fetched_utc, body_id
    )


def _page_values(page: PageRow, now: str) -> tuple[Any, ...]:
    return (
        page.target,
        NO_PAGE if page.page is None else page.page,
        page.path,
        page.status,
        page.rows,
        page.etag,
        page.total_pages,
        page.total_count,
        page.rows_key,
        page.fetched_utc or now,
    )


def _checked(row: tuple[Any, ...], whose: str) -> bytes:
    digest, value = row
    body = body_bytes(value)
    if body_hash(body) != digest:
        raise KeepError(f"{whose} is damaged.")
    return body
