"""A store that an older version of the program made goes on being used, and nothing is lost."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
import zstandard

from tests.store.test_store import NEW, attempt, page
from tui_app.redlist.errors import KeepError
from tui_app.store import RunState, Store

VERSION_1 = """
CREATE TABLE runs (id INTEGER PRIMARY KEY, created_utc TEXT NOT NULL, source TEXT NOT NULL,
 api TEXT NOT NULL, base_url TEXT NOT NULL, method TEXT NOT NULL, label TEXT NOT NULL,
 operations TEXT NOT NULL, settings TEXT NOT NULL, state TEXT NOT NULL, pid INTEGER NOT NULL,
 comparison INTEGER REFERENCES comparisons(id) ON DELETE CASCADE,
 summary TEXT NOT NULL DEFAULT '{}');
CREATE TABLE pages (run INTEGER NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
 target INTEGER NOT NULL, page INTEGER NOT NULL, path TEXT NOT NULL, status INTEGER NOT NULL,
 rows INTEGER NOT NULL, etag TEXT, total_pages INTEGER, total_count INTEGER, body BLOB NOT NULL,
 PRIMARY KEY (run, target, page)) WITHOUT ROWID;
CREATE TABLE attempts (run INTEGER NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
 request INTEGER NOT NULL, attempt INTEGER NOT NULL, target INTEGER NOT NULL, page INTEGER,
 label TEXT NOT NULL, status INTEGER, kind TEXT NOT NULL, message TEXT NOT NULL,
 final INTEGER NOT NULL, size_bytes INTEGER NOT NULL, rows INTEGER NOT NULL, server_s REAL,
 pace_wait_s REAL NOT NULL, queued REAL, started REAL, dns REAL, connected REAL, sent REAL,
 headers REAL, body REAL, decoded REAL);
CREATE INDEX attempts_of_run ON attempts (run, request, attempt);
CREATE TABLE comparisons (id INTEGER PRIMARY KEY, created_utc TEXT NOT NULL, label TEXT NOT NULL,
 result TEXT NOT NULL DEFAULT '{}');
PRAGMA application_id = 0x49554354;
PRAGMA user_version = 1;
"""

LIST = b'{"assessments":[{"assessment_id":7,"sis_taxon_id":3}]}'
SINGLE = b'{"assessment_id":7,"threats":[{"code":"1_1","description":{"en":"Houses"}}]}'


def old_store(folder: Path, body: bytes | None = None) -> Path:
    folder.mkdir()
    file = folder / "runs.sqlite3"
    sql = sqlite3.connect(file)
    sql.executescript(VERSION_1)
    pack = zstandard.ZstdCompressor().compress
    for number, (source, state) in enumerate((("demo", "complete"), ("live", "partial")), 1):
        sql.execute(
            "INSERT INTO runs VALUES (?, '2026-11-22T10:00:00+00:00', ?, 'v4', 'http://h:1',"
            " 'threads', 'countries/MG', '[\"countries/MG\",\"assessment/7\"]', '{\"seed\":5}',"
            " ?, 1, NULL, '{\"seconds\":1.5}')",
            (number, source, state),
        )
        for target, number_, path, body_ in (
            (0, 1, "/api/v4/countries/MG?page=1", LIST),
            (1, -1, "/api/v4/assessment/7", SINGLE),
        ):
            sql.execute(
                "INSERT INTO pages VALUES (?, ?, ?, ?, 200, 1, 'W/\"e\"', 1, 1, ?)",
                (number, target, number_, path, pack(body_) if body is None else body),
            )
    sql.commit()
    sql.close()
    return file


def test_an_old_store_is_brought_up_to_date_and_kept_as_it_was(tmp_path: Path) -> None:
    """Else an update costs what people fetched."""
    file = old_store(tmp_path / "runs")
    store = Store(tmp_path / "runs")
    assert [(row.run, row.state, row.pages) for row in store.runs()] == [
        ("2", RunState.PARTIAL, 2),
        ("1", RunState.COMPLETE, 2),
    ]
    for run in ("1", "2"):
        pages = store.pages(run)
        assert [store.body(run, page) for page in pages] == [LIST, SINGLE]
        assert [page.rows_key for page in pages] == ["assessments", None]
    assert [store.run(run).origin for run in ("1", "2")] == ["demo:5", "http://h:1"]
    found = store.shelved("demo:5", "/api/v4/countries/MG?page=1")
    assert found is not None
    assert found.fetched_utc == "2026-11-22T10:00:00+00:00"
    store.close()
    with sqlite3.connect(file) as sql:
        assert sql.execute("SELECT run, assessment_id FROM records").fetchall() == [
            (1, 7),
            (2, 7),
            (1, 7),
            (2, 7),
        ]
        assert sql.execute("SELECT DISTINCT code, description FROM threats").fetchall() == [
            ("1_1", "Houses")
        ]
    sql.close()
    with sqlite3.connect(tmp_path / "runs" / "runs.sqlite3.v1") as copy:
        assert copy.execute("PRAGMA user_version").fetchone() == (1,)
        assert copy.execute("SELECT count(*) FROM pages").fetchone() == (4,)
    copy.close()
    Store(tmp_path / "runs").close()  # and opens again


def test_an_old_store_that_is_damaged_is_left_as_it_is(tmp_path: Path) -> None:
    """Else half a store is all that is left."""
    file = old_store(tmp_path / "runs", body=b"\x00\x11")
    with pytest.raises(KeepError, match="is damaged"):
        Store(tmp_path / "runs")
    with sqlite3.connect(file) as sql:
        assert sql.execute("PRAGMA user_version").fetchone() == (1,)
        assert sql.execute("SELECT count(*) FROM pages").fetchone() == (4,)
    sql.close()


def contents(file: Path) -> list[str]:
    with closing(sqlite3.connect(file)) as sql:
        return list(sql.iterdump())


def test_a_body_damaged_in_the_middle_leaves_an_old_store_as_it_is(tmp_path: Path) -> None:
    """Else the pages before it are in the new form, and the others nowhere."""
    file = old_store(tmp_path / "runs")
    with closing(sqlite3.connect(file)) as sql:
        sql.execute("UPDATE pages SET body = x'28b52ffd' WHERE run = 2 AND target = 1")
        sql.commit()
    before = contents(file)
    for _ in range(2):  # and again: the copy is there already
        with pytest.raises(KeepError, match="Run 2's page /api/v4/assessment/7 is damaged"):
            Store(tmp_path / "runs")
        assert contents(file) == before
    assert contents(file.with_name("runs.sqlite3.v1")) == before
    with closing(sqlite3.connect(file)) as sql:
        sql.execute("DELETE FROM pages WHERE run = 2 AND target = 1")
        sql.commit()
    store = Store(tmp_path / "runs")
    assert [row.pages for row in store.runs()] == [1, 2]
    store.close()


FULL_DISK = """
import resource, sys
from pathlib import Path
from tui_app.redlist.errors import KeepError
from tui_app.store import Store
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), int(sys.argv[2])))
try:
    Store(Path(sys.argv[1])).close()
except KeepError as error:
    print(error.sentence())
"""


@pytest.mark.parametrize("while_doing", ["the copy", "the change"])
def test_a_full_disk_leaves_an_old_store_as_it_is(tmp_path: Path, while_doing: str) -> None:
    """Else an update on a full disk costs what people fetched."""
    folder = tmp_path / "runs"
    file = old_store(folder)
    with closing(sqlite3.connect(file)) as sql:  # packed small, unpacked large
        pack = zstandard.ZstdCompressor().compress
        for page in range(2, 40):
            sql.execute(
                "INSERT INTO pages SELECT run, target, ?, path, status, rows, etag, total_pages,"
                " total_count, ? FROM pages WHERE run = 1 AND page = 1",
                (page, pack(b'{"x": %d}' % page + b" " * 20_000)),
            )
        sql.commit()
    before = contents(file)
    room = file.stat().st_size + (-4096 if while_doing == "the copy" else 200_000)
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(folder), str(room)], capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "can't be used" in done.stdout
    assert "Free some space" in done.stdout
    assert contents(file) == before
    copy = file.with_name("runs.sqlite3.v1")
    if copy.exists():
        assert contents(copy) == before
    store = Store(folder)  # with room again
    assert [row.pages for row in store.runs()] == [2, 40]
    store.close()
    assert contents(copy) == before


def test_pages_of_an_older_store_get_the_version_of_their_run(tmp_path: Path) -> None:
    """Else resuming a run of last week can't tell which of its pages a new Red List made old."""
    store = Store(tmp_path / "runs")
    run = store.begin(NEW)
    store.keep(run, [(page(1), attempt(1))])
    store.set_version(run, "2025-2")
    store.close()
    with closing(sqlite3.connect(tmp_path / "runs" / "runs.sqlite3")) as sql, sql:
        sql.execute("ALTER TABLE pages DROP COLUMN red_list_version")
        sql.execute("PRAGMA user_version = 3")
    store = Store(tmp_path / "runs")
    assert [one.red_list_version for one in store.pages(run)] == ["2025-2"]
    store.set_version(run, "2026-1")
    assert store.outdated(run) == {"2025-2": [(0, 1)]}
    store.close()


def test_a_store_without_notes_gets_them_and_needs_no_copy(tmp_path: Path) -> None:
    """Else an update needs as much disk again as everything that was fetched."""
    store = Store(tmp_path / "runs")
    run = store.begin(NEW)
    store.keep(run, [(page(1), attempt(1))])
    store.end(run, RunState.COMPLETE, {})
    store.close()
    with closing(sqlite3.connect(tmp_path / "runs" / "runs.sqlite3")) as sql, sql:
        sql.execute("DROP TABLE notes")
        sql.execute("ALTER TABLE pages DROP COLUMN red_list_version")
        sql.execute("PRAGMA user_version = 2")
    store = Store(tmp_path / "runs")
    store.set_name(run, "my first")
    assert [(row.run, row.name, row.pages) for row in store.runs()] == [(run, "my first", 1)]
    assert not list((tmp_path / "runs").glob("*.v2"))
    store.close()
