"""One program at a time carries a run, and one that was killed carries none."""

from __future__ import annotations

import errno
import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.support.store_rows import NEW, attempt, page
from tui_app.redlist.errors import KeepError, UsageError
from tui_app.store import RunInUse, RunState, Store, run_locks

CARRIER = """
import sys
from pathlib import Path
from tests.support.store_rows import NEW, attempt, page
from tui_app.store import RunState, Store, run_locks
if sys.argv[2] == "without locks":
    def none(fd, *, shared):
        raise OSError(38, "no locks")
    run_locks._lock = none
store = Store(Path(sys.argv[1]))
run = store.begin(NEW)
store.keep(run, [(page(1), attempt(0))])
print(run, flush=True)
sys.stdin.readline()
store.end(run, RunState.PARTIAL, {})
print("ended", flush=True)
sys.stdin.readline()
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "runs"


@pytest.fixture
def store(folder: Path) -> Iterator[Store]:
    store = Store(folder)
    yield store
    store.close()


@pytest.fixture(params=["with locks", "without locks"])
def carrier(
    request: pytest.FixtureRequest, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[subprocess.Popen[str]]:
    """A program that carries run 1; a line makes it end the run."""
    if request.param == "without locks":
        without_locks(monkeypatch)
    process = subprocess.Popen(
        [sys.executable, "-c", CARRIER, str(folder), request.param],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "1\n"
    yield process
    process.kill()
    process.communicate()


def without_locks(monkeypatch: pytest.MonkeyPatch) -> None:
    def none(fd: int, *, shared: bool) -> None:
        raise OSError(errno.ENOSYS, "no locks")

    monkeypatch.setattr(run_locks, "_lock", none)


def lock_files(folder: Path) -> list[str]:
    return sorted(
        file.name for file in (folder / "runs.sqlite3.locks").iterdir() if file.name.isdigit()
    )


def test_a_run_of_another_program_is_left_alone(
    carrier: subprocess.Popen[str], folder: Path
) -> None:
    """Else two programs ask for the same pages, and one ends the other's run."""
    store = Store(folder)
    said = f"Run 1 is active in another program (process {carrier.pid})."
    for refused in (lambda: store.reopen("1", "asyncio"), lambda: store.forget("1")):
        with pytest.raises(RunInUse) as caught:
            refused()
        assert str(caught.value) == said
        assert "Wait until it ends" in caught.value.sentence()
    assert isinstance(caught.value, UsageError)
    assert store.run("1").state is RunState.RUNNING
    assert [row.state for row in store.runs()] == [RunState.RUNNING]
    assert store.run("1").method == "threads"
    carrier.stdin.write("end\n")
    carrier.stdin.flush()
    assert carrier.stdout.readline() == "ended\n"
    assert store.run("1").state is RunState.PARTIAL
    store.reopen("1", "asyncio")  # while the program still lives
    assert store.run("1").state is RunState.RUNNING
    store.end("1", RunState.PARTIAL, {})
    store.forget("1")
    store.close()
    assert lock_files(folder) == []


def test_a_run_whose_program_was_killed_is_free(
    carrier: subprocess.Popen[str], folder: Path
) -> None:
    """Else a run that was killed can never be finished, or passes for one that goes on."""
    store = Store(folder)
    assert store.run("1").state is RunState.RUNNING
    carrier.kill()
    carrier.communicate()
    assert store.run("1").state is RunState.KILLED
    assert [row.state for row in store.runs()] == [RunState.KILLED]
    store.reopen("1", "threads")
    assert store.run("1").state is RunState.RUNNING
    store.keep("1", [(page(2), attempt(1))])
    store.end("1", RunState.COMPLETE, {})
    assert store.run("1").state is RunState.COMPLETE
    store.close()
    assert lock_files(folder) == []


@pytest.mark.parametrize("locks_work", [True, False])
def test_two_stores_of_one_program_share_no_run(
    store: Store, folder: Path, monkeypatch: pytest.MonkeyPatch, locks_work: bool
) -> None:
    """Else the application fetches a run twice at once."""
    if not locks_work:
        without_locks(monkeypatch)
    run = store.begin(NEW)
    other = Store(folder)
    for one in (store, other):
        for refused in (lambda one=one: one.reopen(run, "x"), lambda one=one: one.forget(run)):
            with pytest.raises(RunInUse, match=f"Run {run} is active in this program"):
                refused()
        assert one.run(run).state is RunState.RUNNING
    store.end(run, RunState.STOPPED, {})
    other.reopen(run, "asyncio")
    with pytest.raises(RunInUse):
        store.reopen(run, "threads")
    other.close()
    assert store.run(run).state is RunState.KILLED
    store.forget(run)
    assert store.runs() == []


def test_of_many_that_want_a_run_one_gets_it(store: Store, folder: Path) -> None:
    """Else the check and the claim leave a gap between them."""
    run = store.begin(NEW)
    store.end(run, RunState.PARTIAL, {})
    stores = [Store(folder) for _ in range(8)]
    ready, won = threading.Barrier(8), []

    def want(store: Store) -> None:
        ready.wait()
        try:
            store.reopen(run, "threads")
        except RunInUse:
            return
        won.append(store)

    threads = [threading.Thread(target=want, args=(one,)) for one in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1
    for one in stores:
        one.close()


def begun_and_left(folder: Path) -> str:
    """A run that is noted as running, and that no program carries."""
    other = Store(folder)
    run = other.begin(NEW)
    other.close()
    return run


def test_looking_does_not_keep_a_run_from_being_claimed(store: Store, folder: Path) -> None:
    """Else `resume` fails now and then because History is open."""
    run = store.begin(NEW)
    store.end(run, RunState.PARTIAL, {})
    killed = begun_and_left(folder)
    stop = threading.Event()

    def look() -> None:
        other = Store(folder)
        while not stop.is_set():
            other.runs()
        other.close()

    watching = threading.Thread(target=look)
    watching.start()
    try:
        for _ in range(50):
            store.reopen(killed, "threads")
            store.end(killed, RunState.PARTIAL, {})
            with closing(sqlite3.connect(store.path)) as sql, sql:
                sql.execute("UPDATE runs SET state = 'running' WHERE id = ?", (killed,))
    finally:
        stop.set()
        watching.join()


def test_locks_do_not_pile_up(folder: Path) -> None:
    """Else the folder has a file for every run that was ever killed."""
    for _ in range(3):
        store = Store(folder)
        runs = [store.begin(NEW) for _ in range(4)]
        store.end(runs[0], RunState.COMPLETE, {})
        store.forget(runs[0])
        assert lock_files(folder) == sorted(runs[1:])
        store.close()
    assert lock_files(folder) == []
    for name in ("7", "8"):  # as kill -9 leaves them
        (folder / "runs.sqlite3.locks" / name).touch()
    Store(folder).close()
    assert lock_files(folder) == []


@contextmanager
def refusing(store: Store) -> Iterator[None]:
    """Every change to a run fails."""
    acts = ("INSERT", "UPDATE", "DELETE")
    with closing(sqlite3.connect(store.path, isolation_level=None)) as sql:
        for act in acts:
            sql.execute(
                f"CREATE TRIGGER no_{act} BEFORE {act} ON runs"
                " BEGIN SELECT RAISE(ABORT, 'refused'); END"
            )
        yield
        for act in acts:
            sql.execute(f"DROP TRIGGER no_{act}")


def test_what_fails_claims_nothing(store: Store) -> None:
    """Else a run that could not begin again for want of space is taken for one that goes on."""
    run = store.begin(NEW)
    store.end(run, RunState.PARTIAL, {})
    with pytest.raises(UsageError, match="There is no run 99"):
        store.reopen("99", "threads")
    with refusing(store):
        for failing in (
            lambda: store.begin(NEW),
            lambda: store.reopen(run, "threads"),
            lambda: store.forget(run),
        ):
            with pytest.raises(KeepError):
                failing()
    assert lock_files(store.path.parent) == []
    store.reopen(run, "threads")
    with refusing(store):
        with pytest.raises(KeepError):  # the run stays open, and anybody can finish it
            store.end(run, RunState.COMPLETE, {})
        assert store.run(run).state is RunState.KILLED
    store.reopen(run, "threads")


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
def test_a_folder_without_room_for_locks_does_without(folder: Path) -> None:
    """Else a store that can be written to can't be used for want of a lock."""
    Store(folder).close()
    (folder / "runs.sqlite3.locks").chmod(0o500)
    store = Store(folder)
    run = store.begin(NEW)
    with pytest.raises(RunInUse):
        store.reopen(run, "threads")
    store.close()
