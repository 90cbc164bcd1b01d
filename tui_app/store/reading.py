"""Reading runs back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any, Final

import msgspec

from tui_app.redlist.errors import Advice, KeepError, UsageError

from .bodies import body_hash
from .claims import Claims
from .columns import (
    ATTEMPT_COLUMNS,
    DETAILS,
    NO_PAGE,
    NOT_DELETED,
    PAGE_COLUMNS,
    RUN_COLUMNS,
    DamagedRun,
    attempt_row,
    comparison_row,
    page_row,
    run_row,
)
from .file import StoreFile
from .rows import AttemptRow, ComparisonRow, PageRow, RunRow, RunState

_SHELF_ROWS: Final = (
    f"SELECT {', '.join(f'p.{name}' for name in PAGE_COLUMNS.split(', '))}"  # noqa: S608
    " FROM pages AS p JOIN runs AS r ON r.id = p.run"
)


# As bytes: what a damaged disk made of a text may not be UTF-8 any more.
_BODY: Final = "b.hash, CAST(b.body AS BLOB)"


class DamagedPage(KeepError):
    """A saved page is not what was saved.

    Args:
        message: which one.
        run: whose it is, where that is known.
    """

    def __init__(self, message: str, run: str = "last") -> None:
        super().__init__(message, advice=Advice.RESUME_DAMAGED, run=run)


class LostPage(DamagedPage, LookupError):
    """A page is not saved."""


class Reading:
    """What can be asked of a store."""

    _file: StoreFile
    _claims: Claims

    def runs(self, limit: int | None = None) -> list[RunRow]:
        """The runs, newest first; at most ``limit``."""
        rows = self._file.read(
            f"SELECT {RUN_COLUMNS} FROM runs WHERE kind != 'lookup' AND {NOT_DELETED}"  # noqa: S608
            " ORDER BY id DESC LIMIT ?",
            (-1 if limit is None else limit,),
        )
        found = (self._as_it_is(row) for row in _sound_runs(rows))
        return [row for row in found if row is not None]

    def measured(self, origin: str, api: str, limit: int) -> list[RunRow]:
        """The runs of a source that have ended, newest first, whatever they were made for."""
        rows = self._file.read(
            f"SELECT {RUN_COLUMNS} FROM runs WHERE origin = ? AND api = ?"  # noqa: S608
            f" AND state != ? AND {NOT_DELETED} ORDER BY id DESC LIMIT ?",
            (origin, api, RunState.RUNNING, limit),
        )
        return list(_sound_runs(rows))

    def run(self, run: str) -> RunRow:
        """One run, by its id or ``last`` (the newest that is no part of a comparison).

        Raises:
            UsageError: there is no such run.
        """
        if run == "last":
            where, given = f"kind = 'fetch' AND {NOT_DELETED} ORDER BY id DESC LIMIT 1", ()
        elif _is_id(run):
            where, given = f"id = ? AND {NOT_DELETED}", (int(run),)  # type: ignore[assignment]
        else:
            raise UsageError(f"'{run}' is not a run's id.", Advice.LIST_RUNS)
        rows = self._file.read(f"SELECT {RUN_COLUMNS} FROM runs WHERE {where}", given)  # noqa: S608
        found = self._as_it_is(run_row(rows[0])) if rows else None
        if found is not None:
            return found
        if run == "last":
            raise UsageError("No run is kept yet.", Advice.FETCH_FIRST)
        raise UsageError(f"There is no run {run}.", Advice.LIST_RUNS)

    def _as_it_is(self, row: RunRow) -> RunRow | None:
        """A run that is noted as running, but that nobody carries, was killed.

        None where it has been deleted since.
        """
        if row.state is not RunState.RUNNING:
            return row
        with self._claims.freed(row.run, row.pid) as free:
            if not free:
                return row
            # It may have ended just then: what is noted while nobody can claim it holds.
            rows = self._file.read(f"SELECT {RUN_COLUMNS} FROM runs WHERE id = ?", (row.run,))  # noqa: S608
        if not rows:
            return None
        now = run_row(rows[0])
        return now if now.state is not RunState.RUNNING else replace(now, state=RunState.KILLED)

    def comparison(self, comparison: str) -> ComparisonRow:
        """A comparison, by its id or ``last`` (the newest that came to its end).

        Raises:
            UsageError: there is no such comparison.
        """
        if comparison == "last":
            where, given = "result != '{}' ORDER BY id DESC LIMIT 1", ()
        elif _is_id(comparison):
            where, given = "id = ?", (int(comparison),)  # type: ignore[assignment]
        else:
            raise UsageError(f"'{comparison}' is not a comparison's id.", Advice.NEWEST_COMPARISON)
        rows = self._file.read(
            f"SELECT id, created_utc, label, result FROM comparisons WHERE {where}",  # noqa: S608
            given,
        )
        if rows:
            return comparison_row(rows[0])
        if comparison == "last":
            raise UsageError("No comparison is kept yet.", Advice.COMPARE_FIRST)
        raise UsageError(f"There is no comparison {comparison}.", Advice.NEWEST_COMPARISON)

    def pages(self, run: str) -> list[PageRow]:
        """A run's pages in order of operation and page, without their bodies or its details."""
        return self._pages("run = ? AND target >= 0", run)

    def distinct_rows(
        self, run: str, row_id: str, bodies: Sequence[int]
    ) -> list[tuple[int, int, int]]:
        """For each list of a run: its operation's index, its rows, and how many are different.

        Args:
            run: its id.
            row_id: the field that tells rows apart; a row that is no object is its own id.
            bodies: ids of the bodies that count.
        """
        rows = self._file.read(
            "SELECT p.target, count(*), count(DISTINCT CASE j.type WHEN 'object'"
            " THEN json_extract(j.value, '$.' || ?2) ELSE j.value END)"
            " FROM pages AS p JOIN bodies AS b ON b.id = p.body,"
            " json_each(CASE WHEN json_valid(b.body) THEN b.body END, '$.' || p.rows_key) AS j"
            " WHERE p.run = ?1 AND p.target >= 0 AND p.page >= 0 AND j.type <> 'null'"
            " AND p.body IN (SELECT value FROM json_each(?3)) GROUP BY p.target",
            (run, row_id, msgspec.json.encode(bodies).decode()),
        )
        return [(target, count, distinct) for target, count, distinct in rows]

    def outdated(self, run: str) -> dict[str, list[tuple[int, int | None]]]:
        """The pages of a run that are not of the run's Red List version: target and page, or id.

        Returns:
            Them by the version that they are of, in order. A page whose version is not known, as
            every page of a run whose version is not known, is none of them.
        """
        rows = self._file.read(
            "SELECT p.red_list_version, p.target, nullif(p.page, ?) FROM pages AS p"
            " JOIN runs AS r ON r.id = p.run WHERE p.run = ?"
            " AND p.red_list_version <> r.red_list_version ORDER BY 1, p.target, p.page",
            (NO_PAGE, run),
        )
        found: dict[str, list[tuple[int, int | None]]] = {}
        for version, target, page in rows:
            found.setdefault(version, []).append((target, page))
        return found

    def details(self, run: str) -> list[int]:
        """Ids of the assessments that a run has in full because its rows named them."""
        rows = self._file.read(
            "SELECT page FROM pages WHERE run = ? AND target = ? ORDER BY page", (run, DETAILS)
        )
        return [row[0] for row in rows]

    def _pages(self, where: str, run: str) -> list[PageRow]:
        rows = self._file.read(
            f"SELECT {PAGE_COLUMNS} FROM pages WHERE {where} ORDER BY target, page",  # noqa: S608
            (run,),
        )
        return [page_row(row) for row in rows]

    def body(self, run: str, page: PageRow) -> bytes:
        """The body of one page.

        Raises:
            DamagedPage: it isn't there any more, or is damaged.
        """
        return self._body(run, page.target, NO_PAGE if page.page is None else page.page, page.path)

    def detail(self, run: str, assessment_id: int) -> bytes | None:
        """A full assessment that a row named; None where the run has none.

        Raises:
            DamagedPage: it is damaged.
        """
        try:
            return self._body(run, DETAILS, assessment_id, f"assessment/{assessment_id}")
        except LookupError:
            return None

    def _body(self, run: str, target: int, page: int, path: str) -> bytes:
        rows = self._file.read(
            f"SELECT {_BODY} FROM pages AS p LEFT JOIN bodies AS b ON b.id = p.body"  # noqa: S608
            " WHERE p.run = ? AND p.target = ? AND p.page = ?",
            (run, target, page),
        )
        if not rows:
            raise LostPage(f"Run {run} has lost its page {path}.", run)
        return _checked(rows[0], f"Run {run}'s page {path}", run)

    def shelved(self, origin: str, path: str) -> PageRow | None:
        """The newest page that any run kept for a path of a source, without its body."""
        rows = self._file.read(
            f"{_SHELF_ROWS} WHERE p.path = ? AND r.origin = ? ORDER BY p.fetched_utc DESC LIMIT 1",
            (path, origin),
        )
        return None if not rows else page_row(rows[0])

    def shelved_since(self, origin: str, since_utc: str) -> dict[str, PageRow]:
        """By path, the newest page of a source that was kept since then, without its body."""
        rows = self._file.read(
            f"{_SHELF_ROWS} WHERE r.origin = ? AND p.fetched_utc >= ? ORDER BY p.fetched_utc",
            (origin, since_utc),
        )
        return {one.path: one for one in map(page_row, rows)}

    def shelved_body(self, body_id: int) -> bytes:
        """A body by its id, as :meth:`shelved` gives it.

        Raises:
            DamagedPage: it isn't there any more, or is damaged.
        """
        rows = self._file.read(
            f"SELECT {_BODY} FROM bodies AS b WHERE b.id = ?",  # noqa: S608
            (body_id,),
        )
        if not rows:
            raise LostPage("A saved page has been deleted.")
        return _checked(rows[0], "A saved page")

    def places_of(self, origin: str, path: str, body_id: int) -> list[tuple[str, int, int | None]]:
        """Where a source's page is kept with a body: each run, its operation's index, the page.

        The oldest run comes first: it is the one that fetched the body, if it is still there.
        """
        rows = self._file.read(
            "SELECT p.run, p.target, nullif(p.page, ?) FROM pages AS p JOIN runs AS r"
            " ON r.id = p.run WHERE p.path = ? AND r.origin = ? AND p.body = ? ORDER BY p.run",
            (NO_PAGE, path, origin, body_id),
        )
        return [(str(run), target, page) for run, target, page in rows]

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
            "SELECT DISTINCT CAST(taxon_scientific_name AS BLOB) FROM records"
            " WHERE run IN (SELECT id FROM runs WHERE origin = ?)"
            " AND typeof(taxon_scientific_name) = 'text' LIMIT ?",
            (origin, most),
        )
        return [row[0].decode(errors="replace") for row in rows]

    def lookups(self, origin: str, label: str) -> list[str]:
        """Ids of the runs that served the program itself, newest first."""
        rows = self._file.read(
            "SELECT id FROM runs WHERE kind = 'lookup' AND origin = ? AND label = ?"
            " ORDER BY id DESC",
            (origin, label),
        )
        return [str(row[0]) for row in rows]

    def attempts(
        self, run: str, limit: int | None = None, *, unsuccessful: bool = False
    ) -> list[AttemptRow]:
        """The attempts of a run, by request and attempt.

        Args:
            run: its id.
            limit: at most so many, the first.
            unsuccessful: only those that brought nothing.
        """
        rows = self._file.read(
            f"SELECT {ATTEMPT_COLUMNS} FROM attempts WHERE run = ? AND (kind != '' OR ?)"  # noqa: S608
            " ORDER BY request, attempt, rowid LIMIT ?",
            (run, not unsuccessful, -1 if limit is None else limit),
        )
        return [attempt_row(row) for row in rows]


def _sound_runs(rows: Iterable[tuple[Any, ...]]) -> Iterator[RunRow]:
    """The runs of a list that can be read: a damaged one costs none of the others."""
    for row in rows:
        with suppress(DamagedRun):
            yield run_row(row)


def _checked(row: tuple[Any, ...], whose: str, run: str = "last") -> bytes:
    digest, body = row
    if body is None or body_hash(body) != digest:
        raise DamagedPage(f"{whose} is damaged.", run)
    assert isinstance(body, bytes)
    return body


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 18
