"""What stands in the way is set aside, whole; what can be read of a damaged store is saved."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.store_rows import NEW, attempt, page
from tui_app.redlist.errors import KeepError
from tui_app.store import RunState, Store, recovery, sqlite

RUNS, PAGES = 3, 40


def body_of(run: str, number: int | None) -> bytes:
    if number % 2:
        return random.Random(f"{run} {number}").randbytes(2500)
    return b'{"shared": %d}' % number * 50


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A store's file with some runs."""
    store = Store(tmp_path_factory.mktemp("sound"))
    store.set_source_version("http://h", "2026-1")
    for _ in range(RUNS):
        run = store.begin(NEW)
        for first in range(1, PAGES + 1, 10):
            store.keep(
                run, [(page(n, body_of(run, n)), attempt(n)) for n in range(first, first + 10)]
            )
        store.end(run, RunState.COMPLETE, {"seconds": 1.0})
    store.close()
    return store.path.read_bytes()


def store_file(folder: Path, content: bytes) -> Path:
    file = folder / "runs.sqlite3"
    folder.mkdir(exist_ok=True)
    file.write_bytes(content)
    return file


def opened(folder: Path) -> tuple[list[str], Path]:
    """What opening says, and where the old file is now; what the new store has is whole."""
    store = Store(folder)
    for row in store.runs():
        pages = store.pages(row.run)
        assert all(store.body(row.run, one) == body_of(row.run, one.page) for one in pages)
        assert len(store.attempts(row.run)) <= PAGES
        if row.state is RunState.COMPLETE:
            assert row.pages == PAGES
    store.begin(NEW)
    notices = list(store.notices)
    store.close()
    aside = [one for one in folder.glob("*set-aside*") if one.name.endswith("Z")]
    assert len(aside) == len(notices) == 1
    assert aside[0].name in notices[0]
    again = Store(folder)
    assert again.notices == ()
    again.close()
    return notices, aside[0]


def a_database(path: Path, *statements: str) -> bytes:
    path.parent.mkdir(exist_ok=True)
    sql = sqlite3.connect(path)
    for statement in statements:
        sql.execute(statement)
    sql.commit()
    sql.close()
    return path.read_bytes()


@pytest.mark.parametrize("version", [0, 1, 7])
def test_another_application_s_file_is_set_aside(tmp_path: Path, version: int) -> None:
    """Else we write our tables into somebody else's database, or never start again."""
    folder = tmp_path / "runs"
    before = a_database(
        folder / "runs.sqlite3", "CREATE TABLE notes (text)", f"PRAGMA user_version = {version}"
    )
    (notice,), aside = opened(folder)
    assert aside.read_bytes() == before
    assert f"The file {folder}/runs.sqlite3 is another application's. It is now " in notice
    assert "Move or delete the old file." in notice


def test_what_is_no_database_is_set_aside(tmp_path: Path) -> None:
    """Else a file that happens to have our name is lost, or keeps the program from starting."""
    folder = tmp_path / "runs"
    for content in (b"my notes\n" * 1000, b"xy"):
        shutil.rmtree(folder, ignore_errors=True)
        store_file(folder, content)
        (notice,), aside = opened(folder)
        assert aside.read_bytes() == content
        assert "is not a database" in notice


def test_nothing_is_overwritten_by_what_is_set_aside(tmp_path: Path) -> None:
    """Else the second accident of a second deletes what the first had saved."""
    folder = tmp_path / "runs"
    contents = {b"one", b"two", b"three", b"four"}
    for content in contents:
        store_file(folder, content)
        for ending in ("-wal", "-shm"):
            (folder / f"runs.sqlite3{ending}").unlink(missing_ok=True)
        Store(folder).close()
    found = {one.read_bytes() for one in folder.glob("*set-aside*") if one.stat().st_size < 9}
    assert found == contents


def cut(part: float) -> Callable[[bytes], bytes]:
    return lambda sound: sound[: int(len(sound) * part)]


def scratched(seed: int) -> Callable[[bytes], bytes]:
    def scratch(sound: bytes) -> bytes:
        drawn, hurt = random.Random(seed), bytearray(sound)
        for _ in range(2 + seed * 3):  # behind the pages that lead to all others
            at = drawn.randrange(30, len(hurt) // 4096) * 4096
            hurt[at : at + 512] = drawn.randbytes(512)
        return bytes(hurt)

    return scratch


def without_roots(sound: bytes) -> bytes:
    return sound[:8192] + bytes(40960) + sound[8192 + 40960 :]


@pytest.mark.parametrize(
    ("damage", "least"),
    [
        pytest.param(cut(0.9), 80, id="cut off, a tenth"),
        pytest.param(cut(0.5), 0, id="cut off, a half"),
        pytest.param(cut(0.02), 0, id="cut off, nearly all"),
        *(pytest.param(scratched(seed), 30, id=f"scratched {seed}") for seed in range(4)),
        pytest.param(without_roots, 0, id="without its roots"),
    ],
)
def test_a_damaged_store_is_set_aside_and_what_can_be_read_is_saved(
    tmp_path: Path, sound: bytes, damage: Callable[[bytes], bytes], least: int
) -> None:
    """Else a bad disk costs all runs, or pages that are wrong pass for good ones."""
    folder = tmp_path / "runs"
    torn = damage(sound)
    store_file(folder, torn)
    (notice,), aside = opened(folder)
    assert aside.read_bytes() == torn
    assert "is damaged" in notice
    store = Store(folder)
    runs = store.runs()[1:]
    saved = sum(row.pages for row in runs)
    store.close()
    assert saved >= least
    if runs:
        assert f"has the data that could be read: {len(runs)} runs with {saved} pages" in notice
        assert saved < RUNS * PAGES
        assert "Resuming a run requests its missing pages again." in notice
    else:
        assert "no data could be read" in notice


def test_a_store_without_a_table_is_set_aside(tmp_path: Path, sound: bytes) -> None:
    """Else every command ends with `no such table`."""
    file = store_file(tmp_path / "runs", sound)
    sql = sqlite3.connect(file)
    sql.execute("DROP TABLE attempts")
    sql.close()
    (notice,), _ = opened(tmp_path / "runs")
    assert "is damaged (it has no attempts)" in notice
    assert f"{RUNS} runs with {RUNS * PAGES} pages, but some data may be lost" in notice


def test_a_store_that_lost_nothing_says_so(tmp_path: Path, sound: bytes) -> None:
    """Else people fetch again what they have."""
    file = store_file(tmp_path / "runs", sound)
    sql = sqlite3.connect(file)
    sql.execute("PRAGMA writable_schema = ON")
    index = "SELECT rootpage FROM sqlite_master WHERE name = 'attempts_of_run'"
    ((root,),) = sql.execute(index)
    sql.close()
    content = bytearray(sound)
    content[(root - 1) * 4096 : root * 4096] = bytes(4096)
    file.write_bytes(content)
    (notice,), _ = opened(tmp_path / "runs")
    assert f"{RUNS} runs with {RUNS * PAGES} pages; nothing was lost" in notice


def test_an_empty_file_is_a_new_store(tmp_path: Path) -> None:
    """Else a file that was only just made is an accident."""
    store_file(tmp_path / "runs", b"")
    store = Store(tmp_path / "runs")
    assert (store.notices, store.runs()) == ((), [])
    store.close()


def test_a_log_whose_file_is_gone_is_not_deleted(tmp_path: Path, sound: bytes) -> None:
    """Else SQLite deletes the commits that are only in it."""
    folder = tmp_path / "runs"
    store_file(folder, b"")
    (folder / "runs.sqlite3-wal").write_bytes(b"commits")
    store = Store(folder)
    (notice,) = store.notices
    store.close()
    assert "its log is not" in notice
    assert [one.read_bytes() for one in folder.glob("*set-aside*-wal")] == [b"commits"]


def test_a_copy_taken_at_any_moment_of_a_commit_opens(tmp_path: Path) -> None:
    """Else what kill -9 leaves is taken for damage, or what was committed is gone."""
    store = Store(tmp_path / "runs")
    run = store.begin(NEW)
    for number in range(1, 30):
        store.keep(run, [(page(number, body_of(run, number)), attempt(number))])
        if number % 4 == 0:
            copy = tmp_path / f"copy{number}"
            shutil.copytree(tmp_path / "runs", copy)
            with open(copy / "runs.sqlite3-wal", "ab") as log:
                log.write(os.urandom(number * 100))  # a commit that was cut short
            (copy / "runs.sqlite3-shm").unlink()
            found = Store(copy)
            assert found.notices == ()
            pages = found.pages(run)
            assert [one.page for one in pages] == list(range(1, number + 1))
            assert all(found.body(run, one) == body_of(run, one.page) for one in pages)
            assert found.run(run).state is RunState.KILLED
            found.close()
    store.close()


HOT_JOURNAL = """
import os, sqlite3, sys
sql = sqlite3.connect(sys.argv[1], isolation_level=None)
sql.execute("PRAGMA journal_mode = DELETE")
sql.execute("PRAGMA cache_size = 1")
sql.execute("BEGIN")
sql.execute("UPDATE pages SET path = 'lost'")
sql.execute("UPDATE bodies SET body = 'lost'")
assert os.path.getsize(sys.argv[1] + "-journal")
os._exit(9)
"""


def test_a_transaction_that_was_cut_short_is_rolled_back(tmp_path: Path, sound: bytes) -> None:
    """Else a store that another program was writing to when it was killed is set aside."""
    file = store_file(tmp_path / "runs", sound)
    subprocess.run([sys.executable, "-c", HOT_JOURNAL, str(file)])
    store = Store(tmp_path / "runs")
    assert store.notices == ()
    assert [row.pages for row in store.runs()] == [PAGES] * RUNS
    assert all(store.body("1", one) == body_of("1", one.page) for one in store.pages("1"))
    store.close()


def test_a_file_that_somebody_holds_stays_where_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a program that writes to its own file loses it from under its feet."""
    monkeypatch.setattr(sqlite, "BUSY_S", 0.05)
    folder = tmp_path / "runs"
    file = folder / "runs.sqlite3"
    before = a_database(file, "CREATE TABLE notes (text)")
    for lock in ("EXCLUSIVE", "IMMEDIATE"):
        sql = sqlite3.connect(file, isolation_level=None)
        sql.execute(f"BEGIN {lock}")
        with pytest.raises(KeepError, match="another program has"):
            Store(folder)
        sql.execute("ROLLBACK")
        sql.close()
    assert file.read_bytes() == before
    assert not list(folder.glob("*set-aside*"))


def test_a_damaged_store_that_another_program_uses_stays_where_it_is(
    tmp_path: Path, sound: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else that one goes on writing into the file that was set aside."""
    monkeypatch.setattr("tui_app.store.recovery._RIVALS_S", 0.1)
    folder = tmp_path / "runs"
    file = store_file(folder, sound)
    other = Store(folder)
    os.truncate(file, len(sound) // 2)
    with pytest.raises(
        KeepError, match=r"is damaged \(.*\), and another program is using it"
    ) as caught:
        Store(folder)
    assert "End that program" in caught.value.sentence()
    assert not list(folder.glob("*set-aside*"))
    other.close()
    opened(folder)


RIVAL = """
import sys
from pathlib import Path
from tui_app.store import Store
sys.stdin.readline()
store = Store(Path(sys.argv[1]))
print(len(store.notices), len(store.runs()))
sys.stdin.readline()
store.close()
"""


def test_of_programs_that_find_the_damage_at_once_one_mends_it(
    tmp_path: Path, sound: bytes
) -> None:
    """Else the second one sets aside what the first has saved."""
    folder = tmp_path / "runs"
    torn = scratched(2)(sound)
    store_file(folder, torn)
    command = [sys.executable, "-c", RIVAL, str(folder)]
    rivals = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    for rival in rivals:
        rival.stdin.write("go\n")
        rival.stdin.flush()
    said = [rival.stdout.readline().split() for rival in rivals]
    for rival in rivals:
        rival.communicate("end\n")
    assert [rival.returncode for rival in rivals] == [0, 0, 0]
    assert sorted(notices for notices, _ in said) == ["0", "0", "1"]
    assert {runs for _, runs in said} == {str(RUNS)}
    aside = [one for one in folder.glob("*set-aside*") if one.name.endswith("Z")]
    assert [one.read_bytes() for one in aside] == [torn]


FULL_DISK = """
import resource, sys
from pathlib import Path
from tui_app.redlist.errors import KeepError
from tui_app.store import Store
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
try:
    Store(Path(sys.argv[1]))
except KeepError as error:
    print(error.sentence())
"""


def test_a_full_disk_leaves_a_damaged_store_where_it_is(tmp_path: Path, sound: bytes) -> None:
    """Else what could have been saved is set aside, and nothing is in its place."""
    folder = tmp_path / "runs"
    file = store_file(folder, scratched(1)(sound))
    before = file.read_bytes()
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(folder)], capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "can't be used" in done.stdout
    assert "Free some space" in done.stdout
    assert file.read_bytes() == before
    left = {one.name.removeprefix("runs.sqlite3") for one in folder.iterdir()}
    assert left <= {"", "-wal", "-shm", ".locks"}
    opened(folder)


def test_one_that_is_killed_before_the_last_step_is_finished_by_the_next(
    tmp_path: Path, sound: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else what was saved lies beside an empty store."""
    folder = tmp_path / "runs"
    store_file(folder, cut(0.9)(sound))
    real, renamed = Path.rename, []

    def rename(self: Path, to: Path) -> Path:
        renamed.append(self.name)
        if self.name.endswith(".mending"):
            raise KeyboardInterrupt
        return real(self, to)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", rename)
        with pytest.raises(KeyboardInterrupt):
            Store(folder)
    assert renamed[0] == "runs.sqlite3"
    assert not (folder / "runs.sqlite3").exists()
    store = Store(folder)
    assert "the new store has the data that could be read" in store.notices[0]
    assert len(store.runs()) == RUNS
    store.close()


def test_what_the_quick_check_missed_is_met_by_use_and_mended_by_the_next(
    tmp_path: Path, sound: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a large store is never checked to its end, and the same error comes for ever."""
    monkeypatch.setattr(recovery, "CHECKED_BYTES", 0)
    folder = tmp_path / "runs"
    store_file(folder, scratched(3)(sound))
    store = Store(folder)
    assert store.notices == ()

    def read_all() -> None:
        for row in store.runs():
            store.attempts(row.run)
            for one in store.pages(row.run):
                store.body(row.run, one)

    with pytest.raises(KeepError, match="malformed") as caught:
        read_all()
    assert "Start iucn-tui again" in caught.value.sentence()
    store.close()
    opened(folder)
    assert not (folder / "runs.sqlite3.locks" / "suspect").exists()
