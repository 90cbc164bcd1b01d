"""What arrived is safe before it is committed, and the next program that opens the store has it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.store.test_claims import without_locks
from tests.store.test_store import NEW, attempt, page
from tui_app.redlist.errors import KeepError
from tui_app.store import RunState, Store
from tui_app.store import spool as spool_module
from tui_app.store.spool import EMPTIED_FROM, MOST_WAITING, MOST_WAITING_BYTES, spool_path

CARRIER = """
import os, signal, sys
from pathlib import Path
from tests.store.test_store import NEW, attempt, page
from tui_app.store import Store
store = Store(Path(sys.argv[1]))
run = store.begin(NEW)
first, second = (page(1, b'{"a":1}'), attempt(0)), (page(2, b'{"b":2}'), attempt(1))
assert store.secure(run, *first) and store.secure(run, *second)
store.keep(run, [first])
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "runs"


def body_of(size: int) -> bytes:
    return json.dumps({"a": "x" * size}).encode()


def found_next(folder: Path, run: str) -> list[int | None]:
    """The pages of a run that the next program that opens the store has."""
    store = Store(folder)
    found = [one.page for one in store.pages(run)]
    store.close()
    return found


def left(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.glob("*.arrived-*"))


def test_what_arrived_before_a_kill_is_there_once(folder: Path) -> None:
    """Else it is asked for again, or counted twice."""
    subprocess.run([sys.executable, "-c", CARRIER, str(folder)])
    assert left(folder) == ["runs.sqlite3.arrived-1"]
    store = Store(folder)
    assert store.run("1").state is RunState.KILLED
    assert [store.body("1", one) for one in store.pages("1")] == [b'{"a":1}', b'{"b":2}']
    assert [one.request for one in store.attempts("1")] == [0, 1]
    assert left(folder) == []
    store.close()


def test_a_store_that_was_open_takes_it_up_when_it_resumes_the_run(folder: Path) -> None:
    """A second terminal, in which the program was running all the time."""
    store = Store(folder)
    subprocess.run([sys.executable, "-c", CARRIER, str(folder)])
    assert [one.page for one in store.pages("1")] == [1]
    store.reopen("1", "asyncio")
    assert [one.page for one in store.pages("1")] == [1, 2]
    assert store.secure("1", page(3), attempt(2))
    store.keep("1", [(page(3), attempt(2))])
    store.end("1", RunState.COMPLETE, {})
    assert [one.request for one in store.attempts("1")] == [0, 1, 2]
    assert left(folder) == []
    store.close()


def test_a_page_is_as_old_as_its_arrival(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However much later the next program comes."""
    monkeypatch.setattr(spool_module, "time", lambda: 1_000_000_000.0)
    store = Store(folder)
    run = store.begin(NEW)
    store.secure(run, page(1), attempt(0))
    store.close()
    again = Store(folder)
    assert [one.fetched_utc for one in again.pages(run)] == ["2001-09-09T01:46:40+00:00"]
    again.close()


def test_another_runs_file_is_none_of_this_one(folder: Path) -> None:
    """Somebody deleted the database, and ids begin anew."""
    store = Store(folder)
    run = store.begin(NEW)
    store.secure(run, page(1), attempt(0))
    store.close()
    spool = spool_path(folder / "runs.sqlite3", run)
    had = spool.read_bytes()
    spool.write_bytes(had.replace(b"T", b"U", 1))
    assert found_next(folder, run) == []
    assert left(folder) == []


@pytest.mark.parametrize("cut", [1, 3, 40])
def test_a_record_that_was_cut_off_is_the_end(folder: Path, cut: int) -> None:
    """The kill came while it was written."""
    store = Store(folder)
    run = store.begin(NEW)
    for number in (1, 2, 3):
        store.secure(run, page(number, body_of(50)), attempt(number))
    store.close()
    spool = spool_path(folder / "runs.sqlite3", run)
    os.truncate(spool, spool.stat().st_size - cut)
    assert found_next(folder, run) == [1, 2]


def test_what_the_disk_never_had_is_not_taken_for_a_page(folder: Path) -> None:
    """After a power cut a file may be as long as it was, and full of zeros."""
    store = Store(folder)
    run = store.begin(NEW)
    for number in (1, 2):
        store.secure(run, page(number, body_of(500)), attempt(number))
    store.close()
    spool = spool_path(folder / "runs.sqlite3", run)
    had = bytearray(spool.read_bytes())
    at = had.rindex(b"x" * 500)
    had[at : at + 500] = bytes(500)
    spool.write_bytes(had)
    assert found_next(folder, run) == [1]


def test_a_full_disk_is_told_and_costs_nothing_that_was_safe(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half a record is taken away again, so that what follows can be read."""
    store = Store(folder)
    run = store.begin(NEW)
    assert store.secure(run, page(1, body_of(50)), attempt(0))
    write = os.write
    with monkeypatch.context() as full:
        full.setattr(os, "write", lambda fd, given: write(fd, given[: len(given) // 2]))
        assert not store.secure(run, page(2, body_of(50)), attempt(1))
    assert store.secure(run, page(3, body_of(50)), attempt(2))
    store.close()
    assert found_next(folder, run) == [1, 3]


@pytest.mark.parametrize(
    ("size", "room"), [(10, MOST_WAITING), (1 << 20, MOST_WAITING_BYTES // (1 << 20) - 1)]
)
def test_so_much_may_wait_and_no_more(folder: Path, size: int, room: int) -> None:
    """Else a slow disk fills the memory; and the file never ends."""
    store = Store(folder)
    run = store.begin(NEW)
    file = spool_path(folder / "runs.sqlite3", run)
    made = iter(range(10_000))
    for _ in range(3):
        numbers = [next(made) for _ in range(room)]
        rows = [(page(number, body_of(size)), attempt(number)) for number in numbers]
        assert all(store.secure(run, *row) for row in rows)
        assert not store.secure(run, page(9_999, body_of(size)), attempt(9_999))
        store.keep(run, rows)
        assert file.stat().st_size < EMPTIED_FROM
    store.end(run, RunState.COMPLETE, {})
    assert left(folder) == []
    store.close()


def test_others_cannot_read_it(folder: Path) -> None:
    """It has what the store has."""
    store = Store(folder)
    run = store.begin(NEW)
    store.secure(run, page(1), attempt(0))
    assert spool_path(folder / "runs.sqlite3", run).stat().st_mode & 0o077 == 0
    store.close()


def test_what_no_file_can_have_is_left_to_the_database(folder: Path) -> None:
    """It says what is wrong with it."""
    store = Store(folder)
    run = store.begin(NEW)
    assert not store.secure(run, page(1), attempt(0, size_bytes=1 << 70))
    store.close()


def test_a_forgotten_run_leaves_nothing(folder: Path) -> None:
    """Its pages least of all."""
    store = Store(folder)
    run = store.begin(NEW)
    store.secure(run, page(1), attempt(0))
    store.end(run, RunState.PARTIAL, {})  # the database could not take it
    assert left(folder) == [f"runs.sqlite3.arrived-{run}"]
    store.forget(run)
    assert left(folder) == []
    store.close()


def test_a_first_page_that_found_no_room_spoils_nothing(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What comes after it, when there is room, has to be found again."""
    store = Store(folder)
    run = store.begin(NEW)
    with monkeypatch.context() as full:
        full.setattr(os, "write", lambda fd, given: 3)
        assert not store.secure(run, page(1), attempt(0))
    assert store.secure(run, page(2), attempt(1))
    store.close()
    assert found_next(folder, run) == [2]


@pytest.mark.parametrize("old", [b"a page", b"\xcbA"], ids=["a text", "the time"])
def test_a_damaged_record_is_the_end_and_keeps_nobody_from_opening(
    folder: Path, old: bytes
) -> None:
    """A bad disk must not lock its user out."""
    store = Store(folder)
    run = store.begin(NEW)
    for number in (1, 2):
        assert store.secure(run, page(number), attempt(number))
    store.close()
    spool = spool_path(folder / "runs.sqlite3", run)
    before, _, after = spool.read_bytes().rpartition(old)
    assert before
    spool.write_bytes(before + old[:1] + b"\xff" * (len(old) - 1) + after)
    assert found_next(folder, run) == [1]


def test_one_that_no_database_takes_holds_up_no_other(folder: Path) -> None:
    """More of them than one statement takes, and one with a number that SQLite has not."""
    store = Store(folder)
    run = store.begin(NEW)
    for number in range(40):
        more = {"size_bytes": 1 << 63} if number == 20 else {}
        assert store.secure(run, page(number), attempt(number, **more))
    store.close()
    assert found_next(folder, run) == [*range(20), *range(21, 40)]
    assert left(folder) == []


def test_as_deep_as_it_came(folder: Path) -> None:
    """What was fit to be kept is, however deep its lists are."""
    body = b'{"a":' + b"[" * 5_000 + b"]" * 5_000 + b"}"
    store = Store(folder)
    run = store.begin(NEW)
    assert store.secure(run, page(1, body), attempt(0))
    store.close()
    again = Store(folder)
    assert [again.body(run, one) for one in again.pages(run)] == [body]
    again.close()


def test_who_comes_too_late_changes_nothing(folder: Path) -> None:
    """A worker that was about to write when the program closed its store."""
    store = Store(folder)
    run = store.begin(NEW)
    spool = store._arrivals._spools[run]
    assert spool.add(page(1), attempt(0))
    store.close()
    assert not spool.add(page(2), attempt(1))
    assert found_next(folder, run) == [1]


def test_any_name_will_do(tmp_path: Path) -> None:
    """Folders and files have brackets, and the store may be where a link leads."""
    real = tmp_path / "runs[1].sqlite3"
    real.touch()
    folder = tmp_path / "runs"
    folder.mkdir()
    (folder / "runs.sqlite3").symlink_to(real)
    store = Store(folder)
    run = store.begin(NEW)
    assert store.secure(run, page(1), attempt(0))
    store.close()
    assert found_next(folder, run) == [1]


def test_without_locks_only_who_resumes_a_run_takes_up_what_it_left(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another machine may carry it: nobody can tell."""
    without_locks(monkeypatch)
    store = Store(folder)
    run = store.begin(NEW)
    assert store.secure(run, page(1), attempt(0))
    store.close()
    again = Store(folder)
    assert again.pages(run) == []
    again.reopen(run, "threads")
    assert [one.page for one in again.pages(run)] == [1]
    again.close()


def test_a_pipe_in_a_spool_s_place_is_not_opened(folder: Path) -> None:
    """Else a fetch waits for ever for a reader, and whoever opens the store for a writer."""
    store = Store(folder)
    os.mkfifo(spool_path(store.path, "1"))
    run = store.begin(NEW)
    assert not store.secure(run, page(1), attempt(0))  # it waits for its commit instead
    reader = os.open(spool_path(store.path, run), os.O_RDONLY | os.O_NONBLOCK)
    assert not store.secure(run, page(1), attempt(0))
    assert not store.secure(run, page(1), attempt(0))
    os.close(reader)
    store.keep(run, [(page(1), attempt(0))])
    store.end(run, RunState.PARTIAL, {})
    assert found_next(folder, run) == [1]
    store.reopen(run, "asyncio")
    store.end(run, RunState.PARTIAL, {})
    os.mkfifo(spool_path(store.path, run))
    with pytest.raises(KeepError, match="it is a pipe, not a regular file") as caught:
        store.reopen(run, "asyncio")
    assert "Move it away" in caught.value.sentence()
    store.close()
