"""Whatever happens to a store, in whatever order: what was committed is there, and nothing else."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from msgspec import structs

from tests.support import repeatable
from tests.support.store_rows import NEW, attempt, page
from tui_app.redlist.errors import KeepError, UsageError
from tui_app.store import RunInUse, RunState, Store

BODIES = [b"{}", b'{"a":1}', b"\xff\x00 no text", b"", "\N{SNOWMAN}".encode() * 700, b"x" * 9000]
ENDS = [RunState.COMPLETE, RunState.PARTIAL, RunState.STOPPED, RunState.FAILED]

batches = st.lists(
    st.tuples(st.integers(1, 6), st.sampled_from(BODIES)),
    min_size=1,
    max_size=4,
    unique_by=lambda pair: pair[0],
)


@dataclass
class Run:
    """What a run has to have."""

    state: RunState = RunState.RUNNING
    carried: bool = True
    pages: dict[tuple[int, int], bytes] = field(default_factory=dict)
    attempts: int = 0
    name: str = ""
    deleted: bool = False


class AStore(RuleBasedStateMachine):
    """The store, and beside it what it must have."""

    def __init__(self) -> None:
        super().__init__()
        self.top = Path(tempfile.mkdtemp())
        self.copies = 0
        self.runs: dict[str, Run] = {}
        self.forgotten: set[str] = set()

    @initialize()
    def open(self) -> None:
        self.open_at(self.top / "first")

    def open_at(self, folder: Path) -> None:
        connect = sqlite3.connect
        self.connections: list[sqlite3.Connection] = []

        def noted(*given: Any, **more: Any) -> sqlite3.Connection:
            self.connections.append(connect(*given, **more))
            return self.connections[-1]

        self.folder = folder
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(sqlite3, "connect", noted)
            self.store = Store(folder)

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.store.close()
        shutil.rmtree(self.top)

    def pick(self, data: st.DataObject, *, carried: bool) -> str:
        return data.draw(st.sampled_from([k for k, v in self.runs.items() if v.carried is carried]))

    def some_are_deleted(self) -> bool:
        return any(run.deleted for run in self.runs.values())

    def some_are_carried(self) -> bool:
        return any(run.carried for run in self.runs.values())

    def some_are_not_carried(self) -> bool:
        return any(not run.carried for run in self.runs.values())

    @rule()
    def begin(self) -> None:
        run = self.store.begin(NEW)
        assert run not in self.runs
        assert run not in self.forgotten
        self.runs[run] = Run()

    def items(self, batch: list[tuple[int, bytes]]) -> list:
        return [(page(number, body), attempt(number)) for number, body in batch]

    def kept(self, run: str, batch: list[tuple[int, bytes]]) -> None:
        self.runs[run].pages.update({(0, number): body for number, body in batch})
        self.runs[run].attempts += len(batch)

    @precondition(some_are_carried)
    @rule(data=st.data(), batch=batches)
    def keep(self, data: st.DataObject, batch: list[tuple[int, bytes]]) -> None:
        run = self.pick(data, carried=True)
        self.store.keep(run, self.items(batch))
        self.kept(run, batch)

    @precondition(some_are_carried)
    @rule(data=st.data(), number=st.integers(1, 6))
    def share(self, data: st.DataObject, number: int) -> None:
        """A page that was kept before and is not asked for again."""
        run = self.pick(data, carried=True)
        having = [one for one in self.runs if self.runs[one].pages]
        if having:
            other = data.draw(st.sampled_from(having))
            key = data.draw(st.sampled_from(sorted(self.runs[other].pages)))
            (shared,) = (
                one
                for one in self.store.pages(other)
                if (one.target, -1 if one.page is None else one.page) == key
            )
            self.store.keep(
                run,
                [(structs.replace(page(number, rows=shared.rows), body_id=shared.body_id), None)],
            )
            self.runs[run].pages[0, number] = self.runs[other].pages[key]

    @precondition(some_are_carried)
    @rule(data=st.data(), batch=batches)
    def fail(self, data: st.DataObject, batch: list[tuple[int, bytes]]) -> None:
        """A commit that does not come about, and an attempt that does."""
        run = self.pick(data, carried=True)
        with pytest.raises(KeepError):
            self.store.keep(run, [*self.items(batch), (None, attempt(9, label=None))])
        self.store.keep(run, [(None, attempt(9, kind="timeout"))])
        self.runs[run].attempts += 1

    @precondition(some_are_carried)
    @rule(data=st.data(), state=st.sampled_from(ENDS))
    def end(self, data: st.DataObject, state: RunState) -> None:
        run = self.pick(data, carried=True)
        self.store.end(run, state, {"seconds": 1.0})
        self.runs[run].state, self.runs[run].carried = state, False

    @precondition(some_are_not_carried)
    @rule(data=st.data())
    def reopen(self, data: st.DataObject) -> None:
        run = self.pick(data, carried=False)
        self.store.reopen(run, "asyncio")
        self.runs[run].state, self.runs[run].carried = RunState.RUNNING, True

    @precondition(some_are_not_carried)
    @rule(data=st.data())
    def forget(self, data: st.DataObject) -> None:
        run = self.pick(data, carried=False)
        self.store.forget(run)
        del self.runs[run]
        self.forgotten.add(run)

    @precondition(some_are_not_carried)
    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        run = self.pick(data, carried=False)
        self.store.delete(run)
        self.runs[run].deleted = True

    @precondition(some_are_deleted)
    @rule(data=st.data())
    def undelete(self, data: st.DataObject) -> None:
        run = data.draw(st.sampled_from([k for k, v in self.runs.items() if v.deleted]))
        self.store.undelete(run)
        self.runs[run].deleted = False

    @rule(older_s=st.sampled_from([-1.0, 3600.0]))
    def forget_deleted(self, older_s: float) -> None:
        gone = self.store.forget_deleted(older_s)
        due = [k for k, v in self.runs.items() if v.deleted and not v.carried and older_s < 0]
        assert sorted(gone) == sorted(due)
        for run in gone:
            del self.runs[run]
            self.forgotten.add(run)

    @precondition(some_are_not_carried)
    @rule(data=st.data(), name=st.text(max_size=5))
    def call(self, data: st.DataObject, name: str) -> None:
        run = self.pick(data, carried=False)
        self.store.set_name(run, name)
        self.runs[run].name = name

    @precondition(some_are_carried)
    @rule(data=st.data())
    def meddle(self, data: st.DataObject) -> None:
        """Another program wants a run that goes on."""
        run = self.pick(data, carried=True)
        other = Store(self.folder)
        for store in (self.store, other):
            with pytest.raises(RunInUse):
                store.reopen(run, "threads")
            with pytest.raises(RunInUse):
                store.forget(run)
        self.check(other)
        other.close()

    @rule()
    def close(self) -> None:
        self.store.close()
        self.open_at(self.folder)
        self.killed()

    @rule(torn=st.binary(max_size=5000))
    def kill(self, torn: bytes) -> None:
        self.leave(self.copy(torn))

    @precondition(some_are_carried)
    @rule(data=st.data(), batch=batches, before=st.sampled_from(["BEGIN", "INSERT", "COMMIT"]))
    def kill_while_keeping(
        self, data: st.DataObject, batch: list[tuple[int, bytes]], before: str
    ) -> None:
        run = self.pick(data, carried=True)
        taken: list[Path] = []

        def step(statement: str) -> None:
            if statement.startswith(before) and not taken:
                taken.append(self.copy())

        for one in self.connections:
            with suppress(sqlite3.ProgrammingError):  # it was closed
                one.execute("PRAGMA cache_size = 1")  # so that it writes before it commits
                one.set_trace_callback(step)
        self.store.keep(run, self.items(batch))
        self.leave(taken[0])

    def copy(self, torn: bytes = b"") -> Path:
        """What is on the disk at this moment: all that a kill leaves."""
        self.copies += 1
        copy = self.top / str(self.copies)
        copy.mkdir()
        for file in self.folder.glob("runs.sqlite3*"):
            if file.is_file() and not file.name.endswith("-shm"):
                shutil.copyfile(file, copy / file.name)
        (copy / "runs.sqlite3.locks").mkdir()
        for file in (self.folder / "runs.sqlite3.locks").iterdir():
            (copy / "runs.sqlite3.locks" / file.name).touch()
        if torn:
            with (copy / "runs.sqlite3-wal").open("ab") as log:
                log.write(torn)
        return copy

    def leave(self, folder: Path) -> None:
        self.store.close()
        shutil.rmtree(self.folder)
        self.open_at(folder)
        self.killed()

    def killed(self) -> None:
        for run in self.runs.values():
            if run.carried:
                run.state, run.carried = RunState.KILLED, False

    @invariant()
    def holds(self) -> None:
        if hasattr(self, "store"):
            self.check(self.store)

    def check(self, store: Store) -> None:
        assert store.notices == ()
        rows = store.runs()
        seen = [name for name, run in self.runs.items() if not run.deleted]
        assert [row.run for row in rows] == sorted(seen, key=int, reverse=True)
        for row in rows:
            run = self.runs[row.run]
            assert (row.state, row.name) == (run.state, run.name)
            assert (row.pages, row.records) == (len(run.pages), 2 * len(run.pages))
            pages = store.pages(row.run)
            assert {
                (one.target, -1 if one.page is None else one.page): store.body(row.run, one)
                for one in pages
            } == run.pages
            assert len(store.attempts(row.run)) == run.attempts
        for run in self.forgotten:
            with pytest.raises(UsageError, match="There is no run"):
                store.run(run)
        self.check_file()

    def check_file(self) -> None:
        """No body that nobody has, none twice; no lock but of what is carried."""
        with sqlite3.connect(self.folder / "runs.sqlite3") as sql:
            kept = Counter(
                one.encode() if isinstance(one, str) else one
                for (one,) in sql.execute("SELECT body FROM bodies")
            )
            strays = sql.execute(
                "SELECT count(*) FROM attempts WHERE run NOT IN (SELECT id FROM runs)"
            )
            assert strays.fetchone() == (0,)
        sql.close()
        assert kept == Counter({body for run in self.runs.values() for body in run.pages.values()})
        locks = {one.name for one in (self.folder / "runs.sqlite3.locks").iterdir()} - {"store"}
        assert locks == {name for name, run in self.runs.items() if run.carried}


assert repeatable  # its profile: the same cases every day
TestAStore = AStore.TestCase
TestAStore.settings = settings(max_examples=20, stateful_step_count=25)
