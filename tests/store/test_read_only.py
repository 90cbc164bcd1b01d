"""A store that can't be written to: it is read all the same, whole, and left as it was."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.read_only import WAYS, read_only
from tui_app.redlist.errors import KeepError, StoreFault
from tui_app.store import NewRun, PageRow, RunState, Store

NEW = NewRun("demo", "v4", "http://h", "threads", "a", ("a",), {"pages": 3, "rate": None})
BODIES = {1: b'{"a": 1}', 2: b'{"a": 2}', 3: b'{"a": 3}'}


def page(number: int) -> PageRow:
    return PageRow(0, number, f"/p/{number}", 200, 2, None, 3, 6, BODIES[number])


def fill(folder: Path) -> Path:
    """A store with a complete run; gives its file."""
    store = Store(folder)
    run = store.begin(NEW)
    store.keep(run, [(page(number), None) for number in BODIES])
    store.end(run, RunState.COMPLETE, {"seconds": 1.5})
    store.close()
    return store.path


def check(folder: Path, state: RunState = RunState.COMPLETE) -> None:
    """It has all that it had."""
    store = Store(folder)
    try:
        (row,) = store.runs()
        assert (row.run, row.state, row.pages) == ("1", state, len(BODIES))
        assert [store.body("1", one) for one in store.pages("1")] == list(BODIES.values())
        assert store.notices == ()
    finally:
        store.close()


def contents(folder: Path) -> dict[str, bytes]:
    return {one.name: one.read_bytes() for one in folder.iterdir() if one.is_file()}


@pytest.mark.parametrize("how", WAYS)
def test_its_runs_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    """Else what was archived on a medium, or is a colleague's, can't be looked at."""
    folder = tmp_path / "runs"
    file = fill(folder)
    before = file.read_bytes()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "nowhere"))  # it may be large
    with read_only(folder, how, monkeypatch):
        check(folder)
    assert file.read_bytes() == before


@pytest.mark.parametrize("how", WAYS)
def test_what_writes_to_it_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    folder = tmp_path / "runs"
    fill(folder)
    with read_only(folder, how, monkeypatch):
        store = Store(folder)
        for write in (
            lambda: store.begin(NEW),
            lambda: store.reopen("1", "threads"),
            lambda: store.set_name("1", "x"),
            lambda: store.delete("1"),
            lambda: store.forget("1"),
            store.check_writable,
        ):
            with pytest.raises(KeepError) as refused:
                write()
            assert refused.value.fault is StoreFault.READ_ONLY
            said = refused.value.sentence()
            assert "read-only" in said or "no permission to write" in said
            assert "can be listed, shown and exported" in said
            assert "Free some space" not in said
        check(folder)  # nobody carries its runs after that
        store.close()


KILLED = """
import os, signal, sys
from pathlib import Path
from tests.store.test_read_only import BODIES, NEW, page
from tui_app.store import Store
store = Store(Path(sys.argv[1]))
run = store.begin(NEW)
store.keep(run, [(page(number), None) for number in BODIES])
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL")
@pytest.mark.parametrize("left", ["-wal -shm", "-wal"])
@pytest.mark.parametrize("how", WAYS)
def test_what_a_killed_program_left_in_the_log_is_read_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str, left: str
) -> None:
    """Else the newest pages are missing from what is exported."""
    folder = tmp_path / "runs"
    done = subprocess.run([sys.executable, "-c", KILLED, str(folder)], capture_output=True)
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert (folder / "runs.sqlite3-wal").stat().st_size > 0
    if "-shm" not in left:
        (folder / "runs.sqlite3-shm").unlink()
    shutil.rmtree(folder / "runs.sqlite3.locks", ignore_errors=True)
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    with read_only(folder, how, monkeypatch):
        check(folder, RunState.KILLED)
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize("how", WAYS)
def test_one_that_another_program_writes_to_is_read_as_it_is_now(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    """A colleague's store, while a run goes on there."""
    folder = tmp_path / "runs"
    writer = Store(folder)
    run = writer.begin(NEW)
    with read_only(folder, how, monkeypatch):
        reader = Store(folder)
        assert reader.run(run).pages == 0
        writer.keep(run, [(page(number), None) for number in BODIES])
        assert (reader.run(run).pages, reader.run(run).state) == (3, RunState.RUNNING)
        reader.close()
    writer.close()


@pytest.mark.parametrize("how", WAYS)
@pytest.mark.parametrize(
    ("spoil", "fault"),
    [
        (lambda file: os.truncate(file, file.stat().st_size // 2), StoreFault.DAMAGED),
        (lambda file: file.write_bytes(b"no database" * 1000), StoreFault.NOT_A_STORE),
        (
            lambda file: (file.unlink(), sqlite3.connect(file).execute("CREATE TABLE x (y)")),
            StoreFault.NOT_A_STORE,
        ),
    ],
    ids=["damaged", "no database", "another application's"],
)
def test_one_that_is_no_sound_store_is_a_sentence_and_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str, spoil, fault: StoreFault
) -> None:
    folder = tmp_path / "runs"
    file = fill(folder)
    spoil(file)
    before = contents(folder)
    with read_only(folder, how, monkeypatch), pytest.raises(KeepError) as refused:
        Store(folder)
    assert refused.value.fault is fault
    assert "IUCN_TUI_HOME" in refused.value.sentence()
    assert contents(folder).items() >= before.items()
    assert not list(folder.glob("*set-aside*"))


@pytest.mark.parametrize("how", WAYS)
def test_where_none_is_and_none_can_be_made_it_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    folder = tmp_path / "runs"
    folder.mkdir()
    missing = (folder / "below",) if how == "file system" else ()
    with read_only(folder, how, monkeypatch):
        for home in (folder, *missing):
            with pytest.raises(KeepError) as refused:
                Store(home)
            assert refused.value.fault is StoreFault.READ_ONLY
            said = refused.value.sentence()
            assert "Make its folder writable or choose another folder with IUCN_TUI_HOME" in said
