"""The runs, what their users note of them, and the comparisons that some belong to."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Final

import msgspec

from tui_app.redlist.errors import Advice, KeepError, NotFound, UsageError
from tui_app.redlist.query import as_written

from .database import Database, utc_now
from .pages import delete_unused
from .run_locks import RunInUse, RunLocks

_RUN: Final = (
    "id, created_utc, source, api, base_url, method, label, operations, settings, state, pid,"
    " (SELECT count(*) FROM pages WHERE run = runs.id AND target >= 0),"
    " (SELECT coalesce(sum(rows), 0) FROM pages WHERE run = runs.id AND target >= 0),"
    " comparison, summary, origin, red_list_version,"
    " coalesce((SELECT name FROM notes WHERE run = runs.id), ''),"
    " coalesce((SELECT note FROM notes WHERE run = runs.id), '')"
)
"""In the order of RunRow's fields."""

_NOT_DELETED: Final = "id NOT IN (SELECT run FROM notes WHERE deleted_utc IS NOT NULL)"


class RunState(StrEnum):
    """How far a run has got."""

    RUNNING = "running"
    """It goes on, here or in another program."""
    KILLED = "killed"
    """Its program was ended before it. Never saved, but seen: it is noted as running, and no
    program carries it."""
    COMPLETE = "complete"
    PARTIAL = "partial"
    STOPPED = "stopped"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class NewRun:
    """What is known of a run when it begins."""

    source: str  # `demo` or `live`; a replay's is that of its data
    api: str  # `v4` or `v3`
    base_url: str  # the server's root
    method: str
    label: str  # the operations in words
    operations: tuple[str, ...]  # as requested, with their parameters
    settings: dict[str, Any]  # all that it takes to do it again; never a token
    comparison: int | None = None  # the comparison it belongs to, or None
    origin: str = ""  # whose data it fetches: the server's root, the demo's seed, or a replay's run
    lookup: bool = False  # whether it serves the program itself (a code list), and isn't listed
    red_list_version: str | None = None  # what the server says its data are, if that is known yet


@dataclass(frozen=True, slots=True)
class RunRow:
    """One run as it is saved.

    A replay's ``source`` says whose data it has, as the replayed run's does; its ``base_url``
    and ``origin`` are the replay's own.
    """

    run: str
    created_utc: str
    source: str
    api: str
    base_url: str
    method: str
    label: str
    operations: tuple[str, ...]  # each a target: of threats/5+ one for each code
    settings: dict[str, Any]
    state: RunState
    pid: int
    pages: int
    records: int
    comparison: int | None
    summary: dict[str, Any]
    origin: str = ""
    red_list_version: str | None = None
    name: str = ""  # this and the next are given by its user
    note: str = ""

    @property
    def written_operations(self) -> tuple[str, ...]:
        """The operations as they were written: ``threats/5+``."""
        written = self.settings.get("written")
        return as_written(self.operations, written) if written else self.operations

    @property
    def replay_of(self) -> str | None:
        """Id of the run whose pages it was timed on again, from this machine; None for most."""
        return self.settings.get("replay_of")

    @property
    def rows(self) -> int:
        """How many rows its table has: of a taxon one for each assessment."""
        rows = self.summary.get("rows")
        return rows if isinstance(rows, int) else self.records

    @property
    def not_found(self) -> int:
        """Requests for what the server doesn't have (404)."""
        return int(self.summary.get("not_found") or 0)

    @property
    def lost(self) -> int:
        """Requests that were given up for another reason."""
        errors = self.summary.get("errors") or ()
        not_found = len([one for one in errors if one.get("kind") == NotFound.kind])
        return max(0, int(self.summary.get("failed") or 0) - not_found)

    @property
    def settled(self) -> bool:
        """Whether it ended by itself and lacks only what the server doesn't have."""
        ended = self.state in (RunState.PARTIAL, RunState.FAILED)
        given_up = ended and self.summary.get("failed") and not self.lost
        return bool(given_up) and not self.summary.get("stopped_because")

    @property
    def resumable(self) -> bool:
        """Whether a resume may fetch something that is missing, and no program runs it now."""
        ended = self.state in (RunState.COMPLETE, RunState.RUNNING) or self.settled
        return not ended and self.replay_of is None

    @property
    def fetched_from(self) -> str:
        """Root of the server that its rows are from."""
        return str(self.settings.get("replayed_base_url") or self.base_url)

    @property
    def fetched_utc(self) -> str:
        """When its rows were fetched from there, ISO 8601."""
        return str(self.settings.get("fetched_utc") or self.created_utc)


@dataclass(frozen=True, slots=True)
class ComparisonRow:
    """A comparison as it is saved."""

    comparison: str  # its id
    created_utc: str  # when it began, ISO 8601
    label: str  # the operations in words
    result: dict[str, Any]  # as `compare --json` printed it; empty where it did not come to its end


class DamagedRun(KeepError):
    """A run whose row can't be read; the other runs can."""

    def __init__(self, run: object) -> None:
        super().__init__(f"Run {run} is damaged and can't be read. Other runs can.")


def _run_row(row: tuple[Any, ...]) -> RunRow:
    """A run, from its columns."""
    values = list(row)
    values[0] = str(row[0])
    try:
        for index in (7, 8, 14):
            values[index] = msgspec.json.decode(row[index])
        found = msgspec.convert(dict(zip(RunRow.__slots__, values, strict=True)), RunRow)
    except (msgspec.MsgspecError, ValueError, TypeError) as error:
        raise DamagedRun(row[0]) from error
    if "operations" in found.summary:  # written once
        found.summary["operations"] = found.written_operations
    return found


class Runs:
    """Begins and ends runs, lists them, deletes them.

    What is asked of one run, or comparison, raises a UsageError where there is no such, and a
    KeepError where it is damaged. What needs a run for itself raises :class:`RunInUse` where it
    goes on, here or in another program.
    """

    _file: Database
    _locks: RunLocks
    _fresh: set[str]  # runs begun here: none of their pages is saved already
    _damaged: dict[str, str]

    # -- reading -------------------------------------------------------------------------

    def runs(self, limit: int | None = None) -> list[RunRow]:
        """The runs, newest first; at most ``limit``. One that is damaged costs no other."""
        found = self._sound(
            f"kind != 'lookup' AND {_NOT_DELETED} ORDER BY id DESC LIMIT ?",
            -1 if limit is None else limit,
        )
        return [row for row in map(self._as_it_is, found) if row is not None]

    def measured(self, origin: str, api: str, limit: int) -> list[RunRow]:
        """The runs of a source that have ended, newest first, whatever they were made for."""
        where = f"origin = ? AND api = ? AND state != ? AND {_NOT_DELETED} ORDER BY id DESC LIMIT ?"
        return list(self._sound(where, origin, api, RunState.RUNNING, limit))

    def _rows(self, where: str, *given: Any) -> list[tuple[Any, ...]]:
        return self._file.read(f"SELECT {_RUN} FROM runs WHERE {where}", given)  # noqa: S608

    def _sound(self, where: str, *given: Any) -> Iterator[RunRow]:
        for row in self._rows(where, *given):
            try:
                yield _run_row(row)
            except DamagedRun as error:
                self._damaged[str(row[0])] = str(error)

    def run(self, run: str) -> RunRow:
        """One run, by its id or ``last`` (the newest that is no part of a comparison)."""
        where, given = "kind = 'fetch'", tuple[int, ...]()
        if run != "last":
            where, given = "id = ?", (_id(run, f"'{run}' is not a run's id.", Advice.LIST_RUNS),)
        where += f" AND {_NOT_DELETED} ORDER BY id DESC LIMIT 1"
        rows = self._rows(where, *given)
        found = self._as_it_is(_run_row(rows[0])) if rows else None
        if found is not None:
            return found
        if run == "last":
            raise UsageError("There are no saved runs.", Advice.FETCH_FIRST)
        raise _no_run(run)

    def _as_it_is(self, row: RunRow) -> RunRow | None:
        """A run that is noted as running, but that no program carries, was killed.

        None where it has been deleted since.
        """
        if row.state is not RunState.RUNNING:
            return row
        with self._locks.freed(row.run, row.pid) as free:
            if not free:
                return row
            # It may have ended just then: what is noted while nobody can claim it holds.
            rows = self._rows("id = ?", row.run)
        if not rows:
            return None
        now = _run_row(rows[0])
        return now if now.state is not RunState.RUNNING else replace(now, state=RunState.KILLED)

    def lookups(self, origin: str, label: str) -> list[str]:
        """Ids of the runs that served the program itself, newest first."""
        rows = self._file.read(
            "SELECT id FROM runs WHERE kind = 'lookup' AND origin = ? AND label = ?"
            " ORDER BY id DESC",
            (origin, label),
        )
        return [str(row[0]) for row in rows]

    def source_version(self, origin: str) -> tuple[str | None, str] | None:
        """What a source said its Red List is, and when; None where it was never asked."""
        rows = self._file.read(
            "SELECT red_list_version, asked_utc FROM sources WHERE origin = ?", (origin,)
        )
        return None if not rows else (rows[0][0], rows[0][1])

    # -- from a run's begin to its end ---------------------------------------------------

    def begin(self, new: NewRun) -> str:
        """Note that a run begins, which this store carries until it ends; gives its id."""
        kind = "lookup" if new.lookup else "timed" if new.comparison else "fetch"
        values = (
            *(utc_now(), new.source, new.api, new.base_url, new.method, new.label),
            *(_dump(new.operations), _dump(new.settings), RunState.RUNNING, os.getpid()),
            *(new.comparison, kind, new.origin, new.red_list_version),
        )
        with ExitStack() as undo:
            with self._file.transaction() as sql:
                done = sql.execute(
                    "INSERT INTO runs (created_utc, source, api, base_url, method, label,"  # noqa: S608
                    " operations, settings, state, pid, comparison, kind, origin,"
                    f" red_list_version, id) VALUES ({'?, ' * len(values)}"
                    "(SELECT 1 + max(coalesce((SELECT max(id) FROM runs), 0),"
                    " coalesce((SELECT max(run) FROM notes), 0))))",
                    values,
                )
                run = str(done.lastrowid)
                # Before it can be seen: no program is to take it for one that was killed.
                self._locks.take(run, None)
                undo.callback(self._locks.drop, run)
            undo.pop_all()
        self._fresh.add(run)
        return run

    def reopen(self, run: str, method: str, operations: Sequence[str] | None = None) -> None:
        """Note that a run goes on in this process, by ``method``; with these operations, if any."""
        self._fresh.discard(run)
        given = None if operations is None else _dump(operations)
        with self._claimed(run), self._file.transaction() as sql:
            done = sql.execute(
                "UPDATE runs SET state = ?, pid = ?, method = ?,"
                " operations = coalesce(?, operations) WHERE id = ?",
                (RunState.RUNNING, os.getpid(), method, given, run),
            )
            if not done.rowcount:
                raise _no_run(run)

    @contextmanager
    def _claimed(self, run: str) -> Iterator[None]:
        """The run is this store's; not any more where what is done meanwhile fails."""
        noted = self._file.read(
            "SELECT pid FROM runs WHERE id = ? AND state = ?", (run, RunState.RUNNING)
        )
        self._locks.take(run, noted[0][0] if noted else None)
        try:
            yield
        except BaseException:
            self._locks.drop(run)
            raise

    def end(self, run: str, state: RunState, summary: dict[str, Any]) -> None:
        """Note how a run ended; this store carries it no more, even where that fails."""
        if summary.get("operations"):
            # They are in the row already, and a million of them take a second to write.
            summary = {**summary, "operations": None}
        try:
            self._write(
                "UPDATE runs SET state = ?, summary = ? WHERE id = ?", state, _dump(summary), run
            )
        finally:
            self._locks.drop(run)
        self._file.tidy()

    def set_version(self, run: str, red_list_version: str) -> None:
        """Note which Red List a run was fetched from."""
        self._write("UPDATE runs SET red_list_version = ? WHERE id = ?", red_list_version, run)

    def _write(self, statement: str, *given: Any) -> int:
        """One statement in a transaction of its own; gives the id of what it inserted."""
        with self._file.transaction() as sql:
            return sql.execute(statement, given).lastrowid or 0

    def set_source_version(self, origin: str, red_list_version: str | None) -> None:
        """Note which Red List a source has now; None where it does not say."""
        self._write(
            "INSERT OR REPLACE INTO sources (origin, red_list_version, asked_utc) VALUES (?, ?, ?)",
            *(origin, red_list_version, utc_now()),
        )

    # -- names, notes, deleting ----------------------------------------------------------

    def set_name(self, run: str, name: str) -> None:
        """Name a run; an empty name removes it."""
        self._note(run, "name", name)

    def set_note(self, run: str, note: str) -> None:
        """Replace the note on a run."""
        self._note(run, "note", note)

    def delete(self, run: str) -> None:
        """Hide a run, until :meth:`undelete` or :meth:`forget_deleted`."""
        with self._claimed(run):
            self._note(run, "deleted_utc", utc_now())
        self._locks.drop(run)

    def undelete(self, run: str) -> None:
        """Take a run back that was deleted."""
        self._note(run, "deleted_utc", None)

    def _note(self, run: str, column: str, value: str | None) -> None:
        with self._file.transaction() as sql:
            if not sql.execute("SELECT 1 FROM runs WHERE id = ?", (run,)).fetchone():
                raise _no_run(run)
            sql.execute("INSERT OR IGNORE INTO notes (run) VALUES (?)", (run,))
            sql.execute(f"UPDATE notes SET {column} = ? WHERE run = ?", (value, run))  # noqa: S608

    def forget(self, run: str) -> None:
        """Delete a run with its pages and timings, and the bodies that no other run has."""
        with self._claimed(run), self._file.transaction() as sql:
            had = sql.execute("SELECT DISTINCT body FROM pages WHERE run = ?", (run,)).fetchall()
            sql.execute(
                "INSERT OR REPLACE INTO notes (run, deleted_utc)"
                " SELECT id, ? FROM runs WHERE id = ? AND kind != 'lookup'",
                (utc_now(), run),
            )
            sql.execute("DELETE FROM runs WHERE id = ?", (run,))
            delete_unused(sql, had)
        self._locks.drop(run)

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

    # -- comparisons ---------------------------------------------------------------------

    def begin_comparison(self, label: str) -> int:
        """Note that a comparison begins; gives its id."""
        return self._write(
            "INSERT INTO comparisons (created_utc, label) VALUES (?, ?)", utc_now(), label
        )

    def end_comparison(self, comparison: int, result: dict[str, Any]) -> None:
        """Save a comparison's figures."""
        self._write("UPDATE comparisons SET result = ? WHERE id = ?", _dump(result), comparison)

    def comparisons(self, most: int) -> list[ComparisonRow]:
        """The newest comparisons that came to their end; those that are damaged are left out."""
        return [*filter(None, map(_comparison_row, self._comparisons(most)))]

    def _comparisons(self, most: int, number: int | None = None) -> Sequence[Sequence[Any]]:
        where, given = ("result != '{}'", ()) if number is None else ("id = ?", (number,))
        return self._file.read(
            f"SELECT id, created_utc, label, result FROM comparisons WHERE {where}"  # noqa: S608
            " ORDER BY id DESC LIMIT ?",
            (*given, most),
        )

    def comparison(self, comparison: str) -> ComparisonRow:
        """A comparison, by its id or ``last`` (the newest that came to its end)."""
        number = None
        if comparison != "last":
            wrong = f"'{comparison}' is not a comparison's id."
            number = _id(comparison, wrong, Advice.NEWEST_COMPARISON)
        for row in self._comparisons(1, number):
            found = _comparison_row(row)
            if found is None:
                raise KeepError(f"Comparison {row[0]} is damaged and can't be read.")
            return found
        if comparison == "last":
            raise UsageError("There are no saved comparisons.", Advice.COMPARE_FIRST)
        raise UsageError(f"There is no comparison {comparison}.", Advice.NEWEST_COMPARISON)


def _comparison_row(row: Sequence[Any]) -> ComparisonRow | None:
    """None where it is damaged."""
    number, *texts, result = row
    try:
        values = (str(number), *texts, msgspec.json.decode(result))
        return ComparisonRow(*msgspec.convert(values, tuple[str, str, str, dict[str, Any]]))
    except (msgspec.MsgspecError, ValueError, TypeError):
        return None


def _no_run(run: str) -> UsageError:
    return UsageError(f"There is no run {run}.", Advice.LIST_RUNS)


def _id(text: str, wrong: str, advice: Advice) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 18):
        raise UsageError(wrong, advice)
    return int(text)


def _dump(value: Any) -> str:
    return msgspec.json.encode(value).decode()
