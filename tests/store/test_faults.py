"""Why a store can't be used: each case has its own cause and advice; and locks are waited for."""

from __future__ import annotations

import errno
import os
import sqlite3
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path

import pytest
from msgspec import structs

from tui_app.redlist.errors import KeepError, StoreFault
from tui_app.store import NewRun, PageRow, Store, Waiting, sqlite

NEW = NewRun("demo", "v4", "http://h", "threads", "a", ("a",), {"pages": 3, "rate": None})
PAGE = PageRow(0, 1, "/p/1", 200, 2, None, 3, 6, b"{}")
SPACE = "Free some space"


def a_store(folder: Path) -> Path:
    store = Store(folder)
    store.close()
    return store.path


def newer(file: Path) -> None:
    with closing(sqlite3.connect(a_store(file.parent))) as sql:
        sql.execute("PRAGMA user_version = 99")


def older(file: Path) -> None:
    with closing(sqlite3.connect(a_store(file.parent))) as sql:
        sql.execute("PRAGMA user_version = 3")


def a_folder(file: Path) -> None:
    file.mkdir(parents=True)


def a_pipe(file: Path) -> None:
    file.parent.mkdir()
    os.mkfifo(file)


def a_file_for_its_folder(file: Path) -> None:
    file.parent.write_text("x")


def a_link_to_nowhere(file: Path) -> None:
    file.parent.mkdir()
    file.symlink_to(file.parent / "gone" / "there.sqlite3")


def a_link_to_itself(file: Path) -> None:
    file.parent.symlink_to(file.parent)


CASES: tuple[tuple[Callable[[Path], None], StoreFault, str, str], ...] = (
    (newer, StoreFault.NEWER, r"newer iucn-tui \(schema 99, not 4\)", "Upgrade iucn-tui"),
    (older, StoreFault.OLDER, r"before its first release \(schema 3, not 4\), and", "Move it away"),
    (a_folder, StoreFault.NOT_A_FILE, "it is a folder", "Move it away"),
    (a_pipe, StoreFault.NOT_A_FILE, "it is not a file", "Move it away"),
    (
        a_file_for_its_folder,
        StoreFault.NO_FOLDER,
        "its folder is a file or a broken link",
        "Correct",
    ),
    (a_link_to_nowhere, StoreFault.NO_FOLDER, "its folder does not exist", "Correct"),
    (a_link_to_itself, StoreFault.NO_FOLDER, "its folder is a file or a broken link", "Correct"),
)


@pytest.mark.skipif(sys.platform == "win32", reason="has no pipes and links like that")
@pytest.mark.parametrize(("make", "fault", "cause", "advice"), CASES)
def test_what_stands_in_the_way_is_said(
    tmp_path: Path, make: Callable[[Path], None], fault: StoreFault, cause: str, advice: str
) -> None:
    """Else each of them is told to free some space."""
    make(tmp_path / "runs" / "runs.sqlite3")
    with pytest.raises(KeepError, match=cause) as refused:
        Store(tmp_path / "runs")
    assert refused.value.fault is fault
    said = refused.value.sentence()
    assert advice in said
    assert "or choose another folder with IUCN_TUI_HOME" in said
    assert SPACE not in said


SQLITE = (
    ("SQLITE_FULL", StoreFault.FULL, "the disk is full"),
    ("SQLITE_BUSY", StoreFault.LOCKED, "another program has locked it"),
    ("SQLITE_LOCKED", StoreFault.LOCKED, "another program has locked it"),
    ("SQLITE_CORRUPT", StoreFault.DAMAGED, "it is damaged"),
    ("SQLITE_READONLY_DBMOVED", StoreFault.MOVED, "it was moved or deleted"),
    ("SQLITE_IOERR", StoreFault.DISK, "the disk failed"),
    ("SQLITE_NOMEM", StoreFault.OTHER, "out of memory"),
)


@pytest.mark.parametrize(("name", "fault", "cause"), SQLITE)
def test_each_error_of_sqlite_is_the_fault_that_it_means(
    tmp_path: Path, name: str, fault: StoreFault, cause: str
) -> None:
    error = sqlite3.OperationalError("out of memory")
    error.sqlite_errorcode = getattr(sqlite3, name)  # type: ignore[misc]
    told = sqlite.of_sqlite(error, tmp_path / "runs.sqlite3")
    assert told.fault is fault
    assert cause in str(told)
    assert (SPACE in told.sentence()) == (fault in (StoreFault.FULL, StoreFault.DISK))


@pytest.mark.parametrize(
    ("code", "fault", "cause"),
    [
        (errno.ENOSPC, StoreFault.FULL, "the disk is full"),
        (errno.EDQUOT, StoreFault.FULL, "your disk quota is exceeded"),
        (errno.EROFS, StoreFault.READ_ONLY, "its file system is read-only"),
        (errno.EACCES, StoreFault.DENIED, "you have no permission"),
        (errno.EIO, StoreFault.DISK, "the disk failed"),
        (errno.EMFILE, StoreFault.OTHER, "Too many open files"),
    ],
)
def test_each_error_of_the_system_is_the_fault_that_it_means(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, fault: StoreFault, cause: str
) -> None:
    """SQLite calls a quota that is used up an I/O error as well: writing tells."""
    told = sqlite.of_system(OSError(code, os.strerror(code)), tmp_path / "runs.sqlite3")
    assert (told.fault, cause in str(told)) == (fault, True)

    def refuse(**_: object) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr("tempfile.TemporaryFile", refuse)
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorcode = sqlite3.SQLITE_IOERR_WRITE  # type: ignore[misc]
    told = sqlite.of_sqlite(error, tmp_path / "runs.sqlite3")
    assert told.fault is (StoreFault.DISK if fault is StoreFault.OTHER else fault)


def test_a_file_that_may_not_be_read_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, real = a_store(tmp_path), os.access
    monkeypatch.setattr(
        os, "access", lambda path, mode: not (path == file and mode == os.R_OK) and real(path, mode)
    )
    with pytest.raises(KeepError, match="no permission to read it") as refused:
        Store(tmp_path)
    assert refused.value.fault is StoreFault.DENIED
    assert "Change its permissions or choose another folder" in refused.value.sentence()


def test_one_value_that_can_t_be_kept_is_no_fault_of_the_store(tmp_path: Path) -> None:
    """Else a page that SQLite can't take is told to free some space."""
    store = Store(tmp_path)
    run = store.begin(NEW)
    with pytest.raises(KeepError, match="can't take a value") as refused:
        store.keep(run, [(structs.replace(PAGE, path=None), None)])
    assert refused.value.advice == ""
    store.close()


# -- locks ------------------------------------------------------------------------------------


@contextmanager
def locked(file: Path) -> Iterator[Callable[[], None]]:
    """Another connection writes to a store; gives what ends that, from any thread."""
    with closing(sqlite3.connect(file, isolation_level=None, check_same_thread=False)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield lambda: other.execute("ROLLBACK")


def test_a_lock_is_waited_for_and_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else ten seconds of another program's work end a run."""
    monkeypatch.setattr(sqlite, "TRY_S", 0.01)
    seconds = count(0, 7)  # the clock: seven seconds at each look
    told: list[float] = []

    def tell(waited_s: float) -> None:
        told.append(waited_s)
        if waited_s > 40:
            release()

    store = Store(a_store(tmp_path).parent, Waiting(tell, clock=lambda: next(seconds)))
    with locked(store.path) as release:
        run = store.begin(NEW)
    assert told == [7, 14, 21, 28, 35, 42, 0]
    assert store.run(run).run == run
    store.close()


def test_a_lock_is_waited_for_a_minute_at_most(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "TRY_S", 0.01)
    seconds = count(0, 7)
    told: list[float] = []
    store = Store(a_store(tmp_path).parent, Waiting(told.append, clock=lambda: next(seconds)))
    with locked(store.path) as release:
        with pytest.raises(KeepError, match="another program has kept it locked for 63 s") as late:
            store.begin(NEW)
        release()
    assert late.value.fault is StoreFault.LOCKED
    assert "Wait until that program has finished, or end it" in late.value.sentence()
    assert SPACE not in late.value.sentence()
    assert told == [7, 14, 21, 28, 35, 42, 49, 56, 0]
    store.begin(NEW)  # as soon as it is free
    store.close()


def test_who_stops_a_run_waits_for_no_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else Ctrl-C is answered a minute later."""
    monkeypatch.setattr(sqlite, "TRY_S", 0.01)
    stopped = threading.Event()
    store = Store(a_store(tmp_path).parent, Waiting(lambda waited_s: stopped.set()))
    with (
        locked(store.path),
        store.waiting.unless(stopped.is_set),
        pytest.raises(KeepError, match="locked"),
    ):
        store.begin(NEW)
    store.begin(NEW)
    store.close()


def test_opening_waits_as_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "TRY_S", 0.01)
    file = a_store(tmp_path)
    told: list[float] = []
    with closing(sqlite3.connect(file, isolation_level=None, check_same_thread=False)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")

        def tell(waited_s: float) -> None:
            told.append(waited_s)
            if len(told) == 3:
                other.close()

        Store(tmp_path, Waiting(tell)).close()
    assert len(told) > 3
    assert told[-1] == 0
