"""The pages of runs, their bodies, and the timings of the attempts that brought them."""

from __future__ import annotations

import sqlite3
from collections.abc import Container, Iterator, Sequence
from itertools import chain
from operator import attrgetter
from typing import Any, Final

import msgspec

from tui_app.redlist.errors import Advice, Interrupted, KeepError

from .database import Database, utc_now, utf8_text
from .schema import body_hash

NO_PAGE: Final = -1
DETAILS: Final = -1
"""A page's target where it is the full assessment of a row; its number is the assessment's id."""

_LARGE_BYTES: Final = 1 << 20
_PATHS_AT_ONCE: Final = 200


class AttemptRow(msgspec.Struct, frozen=True, gc=False):
    """One attempt at one request. Times are seconds since the run began; None: never."""

    request: int  # the request's number in its run
    attempt: int  # which attempt, from 1
    target: int  # index of its operation in the run
    page: int | None  # its page number, or None
    label: str  # the request in words
    status: int | None
    kind: str  # `""` where it succeeded, else the error's kind
    message: str
    final: bool  # whether no further attempt followed
    size_bytes: int
    rows: int
    server_s: float | None
    pace_wait_s: float
    queued: float | None
    started: float | None
    dns: float | None
    connected: float | None
    sent: float | None
    headers: float | None
    body: float | None
    decoded: float | None

    @property
    def failed(self) -> bool:
        """Whether it came to nothing, and not because the user stopped it."""
        return self.kind not in ("", Interrupted.kind)


class PageRow(msgspec.Struct, frozen=True, gc=False):
    """One page as it is saved."""

    target: int  # index of its operation in the run
    page: int | None  # its page number, or None
    path: str  # what was requested, from the server's root; never with a token
    status: int
    rows: int  # how many records it has
    etag: str | None
    total_pages: int | None
    total_count: int | None
    body: bytes  # unpacked; empty where only the page's place was read
    # key of the list that they are in; None where the body itself is the record
    rows_key: str | None = None
    fetched_utc: str = ""  # when the server last vouched for it, ISO 8601; empty: now
    body_id: int | None = None  # the saved body that it shares, where nothing new came
    # the server's when it last vouched for the page; None: not known
    red_list_version: str | None = None


class KeptBody(msgspec.Struct, frozen=True, gc=False):
    """A saved body, with the newest run that has it."""

    body_id: int
    run: str


class DamagedPage(KeepError):
    """A saved page is not what was saved."""

    def __init__(self, message: str, run: str = "last") -> None:
        super().__init__(message, advice=Advice.RESUME_DAMAGED, run=run)


# In the order of PageRow; bodies as bytes, for what a bad disk made of a text may not be UTF-8.
_PAGE: Final = (
    f"p.target, nullif(p.page, {NO_PAGE}), p.path, p.status, p.rows, p.etag, p.total_pages,"
    " p.total_count, x'', p.rows_key, p.fetched_utc, p.body, p.red_list_version"
)
_BODY: Final = "b.hash, CAST(b.body AS BLOB)"
_ATTEMPT_FIELDS: Final = AttemptRow.__struct_fields__
_ATTEMPT_VALUES: Final = attrgetter(*_ATTEMPT_FIELDS)
_CACHED: Final = (
    "WITH newest AS MATERIALIZED (SELECT p.run, p.target, p.page, max(p.fetched_utc)"  # noqa: S608
    " FROM json_each(?1) AS wanted CROSS JOIN pages AS p ON p.path = wanted.value"
    f" JOIN runs AS r ON r.id = p.run WHERE r.origin = ?2 GROUP BY p.path)"
    f" SELECT {_PAGE}, {_BODY}"
    " FROM newest CROSS JOIN pages AS p USING (run, target, page)"
    " LEFT JOIN bodies AS b ON b.id = p.body"
)
_BODIES_OF_PAGES: Final = (
    # CROSS: SQLite would go through all pages of the run rather than look these up.
    "WITH wanted (run, target, page) AS (VALUES {rows})"
    " SELECT body FROM wanted CROSS JOIN pages USING (run, target, page)"
)
_ADD_BODIES: Final = (
    # What is saved already stays, unless it was damaged and comes whole again.
    "INSERT INTO bodies (hash, body) VALUES {rows} ON CONFLICT (hash) DO UPDATE"
    " SET body = excluded.body WHERE body IS NOT excluded.body"
)
_ADD_LARGE_BODY: Final = (
    "INSERT INTO bodies (hash, body) SELECT ?1, ?2 WHERE ?1 IS NOT NULL ON CONFLICT (hash)"
    " DO UPDATE SET body = excluded.body WHERE body IS NOT excluded.body"
)
_ADD_PAGES: Final = (
    "INSERT OR REPLACE INTO pages (run, target, page, path, status, rows, etag, total_pages,"
    " total_count, rows_key, fetched_utc, red_list_version, body) VALUES {rows}"
)
_PAGE_MARKS: Final = f"{'?, ' * 12}coalesce((SELECT id FROM bodies WHERE hash = ?), ?)"  # noqa: S608
_ADD_ATTEMPTS: Final = f"INSERT INTO attempts (run, {', '.join(_ATTEMPT_FIELDS)}) VALUES {{rows}}"  # noqa: S608
_KEYS: Final = (
    f"SELECT json_group_array(json_array(target, nullif(page, {NO_PAGE}))) FROM pages"  # noqa: S608
    " WHERE run = ? AND target >= 0"
)
_BODY_PLACE: Final = PageRow.__struct_fields__.index("body")
_KEY_TYPE: Final = list[tuple[int, int | None]]
_NEW_PAGES: Final = (
    "SELECT json_group_array(json_array("  # noqa: S608
    + _PAGE.replace("x''", "NULL")
    + ")) FROM json_each(?2) AS wanted CROSS JOIN pages AS p ON p.run = ?1"
    " AND p.target = json_extract(wanted.value, '$[0]')"
    " AND p.page = json_extract(wanted.value, '$[1]')"
)
_DELETE_UNUSED_BODY: Final = (
    "DELETE FROM bodies WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM pages WHERE body = ?1)"
)


def _number(page: int | None) -> int:
    return NO_PAGE if page is None else page


def delete_unused(sql: sqlite3.Connection, bodies: Sequence[tuple[int]]) -> None:
    """Delete those of some bodies that no page has any more."""
    sql.executemany(_DELETE_UNUSED_BODY, bodies)


def _execute(
    sql: sqlite3.Connection, statement: str, rows: Sequence[tuple[Any, ...]], marks: str = ""
) -> sqlite3.Cursor:
    """Execute one statement for many rows.

    ``executemany`` releases the interpreter's lock at each row and waits for it again, which
    beside a busy event loop costs more than the rows do.
    """
    row = f"({marks or ', '.join('?' * len(rows[0]))})"
    return sql.execute(
        statement.format(rows=", ".join([row] * len(rows))), tuple(chain.from_iterable(rows))
    )


class Pages:
    """Saves the pages of runs and their attempts, and reads them back.

    Bodies are checked on reading: :class:`DamagedPage` is raised where one is not what was saved.
    """

    _file: Database
    _fresh: set[str]  # runs begun here: none of their pages is saved already
    _damaged: dict[str, str]  # sentences on what could not be read, by what it is

    # -- writing -------------------------------------------------------------------------

    def keep(self, run: str, items: Sequence[tuple[PageRow | None, AttemptRow | None]]) -> None:
        """Save pages, each with the attempt that brought it, if any; all of them or none.

        A page with a :attr:`~PageRow.body_id` shares that body; others bring their own, which
        is saved once, however often it comes.
        """
        now, size = utc_now(), 0
        bodies: list[tuple[bytes, bytes]] = []
        pages: list[tuple[Any, ...]] = []
        for page, _ in items:
            if page is None:
                continue
            digest = None
            if page.body_id is None:
                digest, size = body_hash(page.body), size + len(page.body)
                bodies.append((digest, page.body))
            pages.append(
                (
                    *(run, page.target, _number(page.page), page.path, page.status, page.rows),
                    *(page.etag, page.total_pages, page.total_count, page.rows_key),
                    *(page.fetched_utc or now, page.red_list_version, digest, page.body_id),
                )
            )
        attempts = [one for _, one in items if one is not None]
        keys = [(run, one.target, _number(one.page)) for one in attempts if run not in self._fresh]
        with self._file.transaction() as sql:
            replaced = [] if not keys else _execute(sql, _BODIES_OF_PAGES, keys).fetchall()
            if some := [
                (key, utf8_text(body)) for key, body in bodies if len(body) <= _LARGE_BYTES
            ]:
                _execute(sql, _ADD_BODIES, some)
            for digest, body in bodies:
                if len(body) > _LARGE_BYTES:
                    sql.execute(_ADD_LARGE_BODY, (digest, utf8_text(body)))
                    # A statement holds its values until it has others: none; it adds none.
                    sql.execute(_ADD_LARGE_BODY, (None, None))
            if pages:
                _execute(sql, _ADD_PAGES, pages, _PAGE_MARKS)
            if attempts:
                _execute(sql, _ADD_ATTEMPTS, [(run, *_ATTEMPT_VALUES(one)) for one in attempts])
            delete_unused(sql, replaced)
        self._file.grew(size)

    # -- pages ---------------------------------------------------------------------------

    def pages(self, run: str) -> list[PageRow]:
        """A run's pages in order of operation and page, without their bodies or its details."""
        return self._pages("p.run = ? AND p.target >= 0 ORDER BY p.target, p.page", run)

    def _pages(self, where: str, *given: str) -> list[PageRow]:
        select = f"SELECT {_PAGE} FROM pages AS p JOIN runs AS r ON r.id = p.run WHERE {where}"  # noqa: S608
        return [PageRow(*row) for row in self._file.read(select, given)]

    def new_pages(self, run: str, known: Container[tuple[int, int | None]]) -> list[PageRow]:
        """Those of a run's pages whose target and number aren't known, as :meth:`pages` gives them.

        Made for being called while the run goes on: what is known is neither read nor copied.
        """
        # One value each: between two rows SQLite releases the interpreter's lock, and beside a
        # busy event loop waits for it again.
        ((keys,),) = self._file.read(_KEYS, (run,))
        new = [key for key in msgspec.json.decode(keys, type=_KEY_TYPE) if key not in known]
        if not new:
            return []
        wanted = msgspec.json.encode([(target, _number(page)) for target, page in new]).decode()
        ((rows,),) = self._file.read(_NEW_PAGES, (run, wanted))
        found = msgspec.json.decode(rows, type=list[list[Any]])
        for row in found:
            row[_BODY_PLACE] = b""
        return [PageRow(*row) for row in found]

    def details(self, run: str) -> list[int]:
        """Ids of the assessments that a run has in full because its rows named them."""
        rows = self._file.read(
            "SELECT page FROM pages WHERE run = ? AND target = ? ORDER BY page", (run, DETAILS)
        )
        return [row[0] for row in rows]

    def body(self, run: str, page: PageRow) -> bytes:
        """The body of one page."""
        found = self._body(run, page.target, page.page, f"Run {run}'s page {page.path}")
        if found is None:
            raise DamagedPage(f"Run {run} has lost its page {page.path}.", run)
        return found

    def detail(self, run: str, assessment_id: int) -> bytes | None:
        """A full assessment that a row named; None where the run has none."""
        whose = f"Run {run}'s page assessment/{assessment_id}"
        return self._body(run, DETAILS, assessment_id, whose)

    def _body(self, run: str, target: int, page: int | None, whose: str) -> bytes | None:
        rows = self._file.read(
            f"SELECT {_BODY} FROM pages AS p LEFT JOIN bodies AS b ON b.id = p.body"  # noqa: S608
            " WHERE p.run = ? AND p.target = ? AND p.page = ?",
            (run, target, _number(page)),
        )
        return _checked(rows[0], whose, run) if rows else None

    def distinct_rows(
        self, run: str, row_id: str, bodies: Sequence[int]
    ) -> list[tuple[int, int, int]]:
        """For each list of a run: its operation's index, its rows, and how many are different.

        The field ``row_id`` tells rows apart, of which a row that is no object is its own. Only
        those in these bodies count.
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
        """By another Red List version than the run's, its pages: target and page, or id.

        A page or run whose version is not known has none.
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

    def attempts(
        self, run: str, limit: int | None = None, *, unsuccessful: bool = False
    ) -> list[AttemptRow]:
        """The attempts of a run, by request and attempt, or the first, or the failed ones.

        Damaged ones are left out, with a notice.
        """
        rows = self._file.read(
            f"SELECT {', '.join(_ATTEMPT_FIELDS)} FROM attempts"  # noqa: S608
            " WHERE run = ? AND (kind != '' OR ?) ORDER BY request, attempt, rowid LIMIT ?",
            (run, not unsuccessful, -1 if limit is None else limit),
        )
        found = []
        for row in rows:
            values = dict(zip(_ATTEMPT_FIELDS, row, strict=True))
            values["final"] = {0: False, 1: True}.get(values["final"], values["final"])
            try:
                found.append(msgspec.convert(values, AttemptRow))
            except msgspec.ValidationError:
                self._damaged[f"{run}'s timings"] = (
                    f"Some request timings of run {run} are damaged, and left out."
                )
        return found

    # -- the response cache --------------------------------------------------------------

    def cached(self, origin: str, paths: Sequence[str]) -> Iterator[tuple[PageRow, bytes | None]]:
        """Of each path the newest page that any run has, with its body (None: damaged, lost)."""
        for start in range(0, len(paths), _PATHS_AT_ONCE):
            some = msgspec.json.encode(paths[start : start + _PATHS_AT_ONCE]).decode()
            for *page, digest, body in self._file.read(_CACHED, (some, origin)):
                yield PageRow(*page), body if _is_whole(digest, body) else None

    def cached_page(self, origin: str, path: str) -> PageRow | None:
        """The newest page of a source that any run has for a path, without its body."""
        where = "r.origin = ? AND p.path = ? ORDER BY p.fetched_utc DESC LIMIT 1"
        return next(iter(self._pages(where, origin, path)), None)

    def cached_since(self, origin: str, since_utc: str) -> dict[str, PageRow]:
        """By path, the newest page of a source that was saved since then, without its body."""
        where = "r.origin = ? AND p.fetched_utc >= ? ORDER BY p.fetched_utc"
        return {one.path: one for one in self._pages(where, origin, since_utc)}

    def cached_body(self, body_id: int) -> bytes:
        """A body by its id, as :meth:`cached` gives it."""
        rows = self._file.read(
            f"SELECT {_BODY} FROM bodies AS b WHERE b.id = ?",  # noqa: S608
            (body_id,),
        )
        if not rows:
            raise DamagedPage("A saved page has been deleted.")
        return _checked(rows[0], "A saved page")

    def places_of(self, origin: str, path: str, body_id: int) -> list[tuple[str, int, int | None]]:
        """Where a source's page is saved with a body: each run, its operation's index, the page.

        The oldest run comes first: it is the one that fetched the body, if it is still there.
        """
        rows = self._file.read(
            "SELECT p.run, p.target, nullif(p.page, ?) FROM pages AS p JOIN runs AS r"
            " ON r.id = p.run WHERE p.path = ? AND r.origin = ? AND p.body = ? ORDER BY p.run",
            (NO_PAGE, path, origin, body_id),
        )
        return [(str(run), target, page) for run, target, page in rows]

    def kept_taxa(self, source: str, *, lists: bool) -> list[KeptBody]:
        """The bodies with taxa or assessments that runs of a source (demo, live) have, each once.

        Those of lists, or of answers on one taxon; :meth:`cached_body` reads one. Newer runs come
        first.
        """
        of_kind = "p.rows_key = 'assessments'" if lists else "p.rows_key IS NULL"
        rows = self._file.read(
            "SELECT p.body, CAST(max(p.run) AS TEXT) FROM pages AS p"  # noqa: S608
            " JOIN runs AS r ON r.id = p.run WHERE r.source = ? AND r.kind != 'lookup'"
            " AND r.id NOT IN (SELECT run FROM notes WHERE deleted_utc IS NOT NULL)"
            f" AND {of_kind} GROUP BY p.body ORDER BY max(p.run) DESC, p.body",
            (source,),
        )
        return [KeptBody(*row) for row in rows]


def _is_whole(digest: object, body: object) -> bool:
    return isinstance(body, bytes) and body_hash(body) == digest


def _checked(row: tuple[Any, ...], whose: str, run: str = "last") -> bytes:
    digest, body = row
    if not _is_whole(digest, body):
        raise DamagedPage(f"{whose} is damaged.", run)
    assert isinstance(body, bytes)
    return body
