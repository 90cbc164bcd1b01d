"""What was kept is there, whole, whoever else uses the file."""

from __future__ import annotations

import os
import random
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from msgspec import structs

from tests.support.store_rows import NEW, attempt, page
from tui_app.redlist.errors import KeepError, UsageError
from tui_app.store import AttemptRow, RunInUse, RunState, Store

NO_UTF_8 = "CAST(x'61ff' AS TEXT)"


@pytest.fixture
def store(tmp_path: Path):
    store = Store(tmp_path / "runs")
    yield store
    store.close()


def test_pages_come_back_byte_for_byte_and_in_order(store: Store) -> None:
    """Else an export differs from what the server sent."""
    run = store.begin(NEW)
    drawn = random.Random(7)
    bodies = {(t, n): drawn.randbytes(drawn.randrange(3000)) for t in (0, 1) for n in range(1, 12)}
    bodies[2, None] = b""
    keys = list(bodies)
    drawn.shuffle(keys)
    for index, (target, number) in enumerate(keys):
        store.keep(run, [(page(number, bodies[target, number], target), attempt(index))])
    found = store.pages(run)
    assert [(one.target, one.page) for one in found] == sorted(
        keys, key=lambda key: (key[0], key[1] or 0)
    )
    for one in found:
        assert store.body(run, one) == bodies[one.target, one.page]
        assert one.fetched_utc
        assert one.body_id is not None
        assert structs.replace(one, fetched_utc="", body_id=None) == page(one.page, b"", one.target)


def test_a_run_and_its_attempts_come_back_as_they_were(store: Store) -> None:
    """Else `show` and `resume` work from something that never happened."""
    run = store.begin(NEW)
    tries = [
        attempt(1, 2),
        attempt(0, 1, dns=None, connected=None, server_s=None, page=None),
        attempt(1, 1, kind="timeout", message="too slow", final=False, status=None, body=None),
    ]
    store.keep(run, [(None, one) for one in tries])
    assert store.attempts(run) == [tries[1], tries[2], tries[0]]
    row = store.run(run)
    assert (row.source, row.method, row.operations, row.settings) == (
        "demo",
        "threads",
        ("a", "b"),
        {"pages": 3, "rate": None},
    )
    assert (row.state, row.pages, row.records, row.pid) == (RunState.RUNNING, 0, 0, os.getpid())
    store.keep(run, [(page(1), attempt(5)), (page(2), attempt(6))])
    store.end(run, RunState.PARTIAL, {"seconds": 1.5})
    row = store.run(run)
    assert (row.state, row.pages, row.records) == (RunState.PARTIAL, 2, 4)
    assert row.summary == {"seconds": 1.5}
    store.reopen(run, "asyncio")
    assert (store.run(run).state, store.run(run).method) == (RunState.RUNNING, "asyncio")


def test_a_page_that_comes_twice_is_kept_once(store: Store) -> None:
    """Else a resumed run has rows twice."""
    run = store.begin(NEW)
    store.keep(run, [(page(1, b"old", rows=1), attempt(0))])
    store.keep(run, [(page(1, b"new", rows=2), attempt(0, 2))])
    assert [store.body(run, one) for one in store.pages(run)] == [b"new"]
    assert store.run(run).records == 2


def test_a_batch_is_kept_whole_or_not_at_all(store: Store) -> None:
    """Else a page counts as kept without its timings, or half a batch is lost unnoticed."""
    run = store.begin(NEW)
    store.keep(run, [(page(1), attempt(0))])
    bad = structs.replace(page(3), path=None)
    with pytest.raises(KeepError, match="can't be used"):
        store.keep(run, [(page(2), attempt(1)), (bad, attempt(2)), (page(4), attempt(3))])
    with pytest.raises(KeepError):
        store.keep(run, [(page(5), attempt(4)), (page(6), attempt(5, label=None))])
    assert [one.page for one in store.pages(run)] == [1]
    assert [one.request for one in store.attempts(run)] == [0]
    store.keep(run, [(page(2), attempt(1))])
    assert [one.page for one in store.pages(run)] == [1, 2]


def test_a_run_is_found_by_its_id_or_as_the_last(store: Store) -> None:
    """Else `resume last` picks a comparison's run, or a bad id shows a traceback."""
    with pytest.raises(UsageError, match="There are no saved runs"):
        store.run("last")
    first, second = store.begin(NEW), store.begin(NEW)
    compared = store.begin(replace(NEW, comparison=store.begin_comparison("a")))
    assert store.run("last").run == second
    assert [row.run for row in store.runs()] == [compared, second, first]
    assert [row.run for row in store.runs(2)] == [compared, second]
    for bad in ("99", "0", "00"):
        with pytest.raises(UsageError, match=f"There is no run {bad}"):
            store.run(bad)
    for bad in ("", "x", "-1", "1; DROP TABLE runs", "١", "9" * 30, "1 OR 1=1"):
        with pytest.raises(UsageError, match="is not a run's id"):
            store.run(bad)


def test_two_stores_and_many_threads_on_one_file_lose_nothing(tmp_path: Path) -> None:
    """Else a second terminal breaks the run of the first."""
    stores = [Store(tmp_path / "runs") for _ in range(2)]
    runs = [store.begin(NEW) for store in stores]
    assert runs[0] != runs[1]

    def work(store: Store, run: str, first: int) -> None:
        for number in range(first, first + 20):
            store.keep(run, [(page(number, b"%d" % number), attempt(number))])
            assert store.run(run).pages >= 1

    threads = [
        threading.Thread(target=work, args=(store, run, first))
        for store, run in zip(stores, runs, strict=True)
        for first in (1, 101)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for store in stores:
        for run in runs:
            found = store.pages(run)
            assert [one.page for one in found] == [*range(1, 21), *range(101, 121)]
            assert all(store.body(run, one) == b"%d" % one.page for one in found)
    for store in stores:
        store.close()
        store.close()


PROCESS = """
import sys
from pathlib import Path
from tests.support.store_rows import NEW, attempt, page
from tui_app.store import Store
sys.stdin.readline()
store = Store(Path(sys.argv[1]))
run = store.begin(NEW)
for number in range(1, 16):
    store.keep(run, [(page(number, b"%d" % number), attempt(number))])
print(run)
"""


def test_processes_that_make_the_file_at_once_lose_nothing(tmp_path: Path) -> None:
    """Else two commands started together on a new machine fail with `database is locked`."""
    command = [sys.executable, "-c", PROCESS, str(tmp_path / "runs")]
    started = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    for process in started:
        process.stdin.write("go\n")
        process.stdin.flush()
    runs = [process.communicate()[0].strip() for process in started]
    assert [process.returncode for process in started] == [0, 0, 0]
    store = Store(tmp_path / "runs")
    assert len(set(runs)) == 3
    assert [store.run(run).pages for run in runs] == [15, 15, 15]
    store.close()


@pytest.mark.parametrize(
    ("version", "why"),
    [
        (99, r"newer iucn-tui \(schema 99, not 4\)"),
        *((old, rf"before its first release \(schema {old}, not 4\)") for old in (1, 2, 3)),
    ],
)
def test_a_file_of_another_version_is_refused_and_not_touched(
    tmp_path: Path, version: int, why: str
) -> None:
    """Else this program damages the runs of another version."""
    folder = tmp_path / "runs"
    store = Store(folder)
    store.begin(NEW)
    store.close()
    with closing(sqlite3.connect(store.path)) as sql:
        sql.execute("DROP TABLE notes")
        sql.execute(f"PRAGMA user_version = {version}")
        left = {name: (folder / name).read_bytes() for name in ("runs.sqlite3", "runs.sqlite3-wal")}
        copy = tmp_path / "killed"  # its log is still there
        copy.mkdir()
        for name, content in left.items():
            (copy / name).write_bytes(content)
    before = store.path.read_bytes()
    for one, had in ((folder, before), (copy, left["runs.sqlite3"])):
        with pytest.raises(KeepError, match=why) as refused:
            Store(one)
        assert "or choose another folder with IUCN_TUI_HOME" in refused.value.sentence()
        assert (one / "runs.sqlite3").read_bytes() == had
        assert not list(one.glob("*set-aside*"))
    assert (copy / "runs.sqlite3-wal").read_bytes() == left["runs.sqlite3-wal"]


def test_a_folder_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    """Else a read-only or missing place shows a traceback in place of what to do."""
    (tmp_path / "file").write_text("x")
    (tmp_path / "taken" / "runs.sqlite3").mkdir(parents=True)
    for folder, why in (
        (tmp_path / "file", "its folder is a file or a broken link (File exists)"),
        (tmp_path / "file" / "below", "its folder is a file (Not a directory)"),
        (Path("/proc/nope"), "its folder can't be created (No such file or directory)"),
        (Path("/dev/null/x"), "its folder is a file (Not a directory)"),
        (tmp_path / "taken", "it is a folder"),
        (tmp_path / ("x" * 300), "its path is too long (File name too long)"),
    ):
        with pytest.raises(KeepError) as caught:
            Store(folder)
        assert f"can't be used: {why}" in str(caught.value)
        assert "IUCN_TUI_HOME" in caught.value.sentence()


def test_a_damaged_page_is_named(store: Store) -> None:
    """Else a disk fault shows as a traceback of the unpacker."""
    run = store.begin(NEW)
    store.keep(run, [(page(1, b"x" * 100), attempt(0))])
    with sqlite3.connect(store.path) as sql:
        sql.execute("UPDATE bodies SET body = 'xx'")
    sql.close()
    with pytest.raises(KeepError, match=rf"Run {run}'s page /p/1 is damaged"):
        store.body(run, page(1))
    with pytest.raises(KeepError, match="has lost its page /p/9"):
        store.body(run, page(9))


def test_a_full_disk_keeps_what_was_kept(tmp_path: Path) -> None:
    """Else a full disk costs the pages that had already arrived."""
    code = """
import resource, sys
from pathlib import Path
from random import Random
from tests.support.store_rows import NEW, attempt, page
from tui_app.redlist.errors import KeepError
from tui_app.store import Store
store = Store(Path(sys.argv[1]))
run = store.begin(NEW)
resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))
for number in range(1, 100):
    try:
        store.keep(run, [(page(number, Random(number).randbytes(9000)), attempt(number))])
    except KeepError as error:
        assert "can't be used" in str(error)
        print(number)
        break
"""
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "runs")], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    failed = int(done.stdout)
    assert failed > 5
    store = Store(tmp_path / "runs")
    assert [one.page for one in store.pages("1")] == list(range(1, failed))
    assert all(
        store.body("1", one) == random.Random(one.page).randbytes(9000) for one in store.pages("1")
    )
    store.close()


def test_a_comparison_s_runs_belong_to_it(store: Store) -> None:
    """Else a comparison's timings can't be told from the user's own runs."""
    comparison = store.begin_comparison("a")
    run = store.begin(replace(NEW, comparison=comparison))
    store.end_comparison(comparison, {"runs": []})
    assert store.run(run).comparison == comparison


def test_a_comparison_is_found_by_its_id_and_the_last_is_one_that_ended(store: Store) -> None:
    """Else it can't be looked at again, or the one that was killed is."""
    with pytest.raises(UsageError, match="There are no saved comparisons"):
        store.comparison("last")
    first, killed = store.begin_comparison("a"), store.begin_comparison("b")
    store.end_comparison(first, {"runs": [], "note": "é"})
    found = store.comparison("last")
    assert (found.comparison, found.label, found.result) == (
        str(first),
        "a",
        {"runs": [], "note": "é"},
    )
    assert found.created_utc.endswith("+00:00")
    assert store.comparison(str(killed)).result == {}
    for bad in ("99", "", "-1", "x", "1" * 30):
        with pytest.raises(UsageError, match=r"no comparison 99|not a comparison's id"):
            store.comparison(bad)


def test_a_closed_store_says_so(store: Store) -> None:
    """Else a late request after the window closed ends in a traceback."""
    store.close()
    with pytest.raises(KeepError):
        store.runs()
    with pytest.raises(KeepError):
        store.begin(NEW)


def test_a_run_that_is_deleted_is_hidden_and_can_be_taken_back(tmp_path: Path) -> None:
    """Else one wrong key costs a day's fetch."""
    store = Store(tmp_path)
    for number in (1, 2):
        run = store.begin(NEW)
        store.keep(run, [(page(1, body=b"%d" % number), attempt(1))])
        store.end(run, RunState.COMPLETE, {})
    store.delete("2")
    assert store.run("last").run == "1"
    with pytest.raises(UsageError, match="There is no run 2"):
        store.run("2")
    assert store.forget_deleted(3600) == []
    store.undelete("2")
    assert store.run("last").pages == 1
    store.delete("2")
    assert store.forget_deleted(-1) == ["2"]
    with pytest.raises(UsageError, match="There is no run 2"):
        store.undelete("2")
    assert store.begin(NEW) == "3"  # an id that stands in somebody's notes means one run
    store.close()


def test_a_run_that_goes_on_is_not_deleted(tmp_path: Path) -> None:
    store = Store(tmp_path)
    run = store.begin(NEW)
    with pytest.raises(RunInUse):
        store.delete(run)
    assert store.run("last").run == run
    with pytest.raises(UsageError, match="There is no run 9"):
        store.set_note("9", "nothing")
    store.close()


@pytest.mark.parametrize("column", ["settings", "summary", "operations", "state"])
@pytest.mark.parametrize("value", ["'nope'", "'null'", "'[1]'", "'5'", "x'00'", NO_UTF_8])
def test_a_damaged_run_costs_none_of_the_others(tmp_path: Path, column: str, value: str) -> None:
    """Else one bad row makes the list of all runs a traceback."""
    check_damaged_run(tmp_path, column, value)


@pytest.mark.parametrize("column", ["label", "created_utc", "source", "method", "origin"])
def test_a_run_with_a_text_that_is_no_utf_8_costs_none_of_the_others(
    tmp_path: Path, column: str
) -> None:
    """Else no run can be listed any more."""
    check_damaged_run(tmp_path, column, NO_UTF_8)


def check_damaged_run(folder: Path, column: str, value: str) -> None:
    store = Store(folder)
    good, bad = store.begin(NEW), store.begin(NEW)
    with closing(sqlite3.connect(store.path)) as sql, sql:
        sql.execute(f"UPDATE runs SET {column} = {value} WHERE id = ?", (int(bad),))
    assert [row.run for row in store.runs()] == [good]
    assert store.notices == (f"Run {bad} is damaged and can't be read. Other runs can.",)
    with pytest.raises(KeepError, match=f"Run {bad} is damaged and"):
        store.run(bad)
    store.close()


@pytest.mark.parametrize("column", AttemptRow.__struct_fields__)
@pytest.mark.parametrize("value", ["'nope'", "x'00ff'", NO_UTF_8])
def test_an_attempt_with_a_value_of_another_type_is_left_out(
    store: Store, column: str, value: str
) -> None:
    """Else `show` and the exports of its run end with a traceback."""
    run = store.begin(NEW)
    store.keep(run, [(None, attempt(0)), (None, attempt(1, label="a page 2")), (None, attempt(2))])
    with closing(sqlite3.connect(store.path)) as sql, sql:
        sql.execute(f"UPDATE attempts SET {column} = {value} WHERE label = 'a page 2'")
    found = [one.label for one in store.attempts(run)]
    fits = column in ("label", "kind", "message") and value == "'nope'"
    assert len(found) == 2 + fits
    assert {"a page 1", "a page 3"} <= set(found)


def test_damaged_timings_of_a_run_are_told_once(store: Store) -> None:
    """Else figures and exports lack requests, and nobody is told."""
    good, bad = store.begin(NEW), store.begin(NEW)
    for run in (good, bad):
        store.keep(run, [(None, attempt(0)), (None, attempt(1))])
    with closing(sqlite3.connect(store.path)) as sql, sql:
        sql.execute("UPDATE attempts SET status = 'nope' WHERE run = ?", (int(bad),))
    for run in (good, bad, bad):
        store.attempts(run)
    assert store.notices == (f"Some request timings of run {bad} are damaged, and left out.",)
