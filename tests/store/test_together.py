"""Several programs use one store at once, and nothing is lost."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from tests.support.store_rows import NEW, attempt, page
from tui_app.store import RunState, Store

RUNS, PAGES = 12, 8

PROGRAM = """
import sys
from pathlib import Path
from tests.store.test_together import carry_many
carry_many(Path(sys.argv[1]), sys.argv[2])
"""


def body(name: str, number: int) -> bytes:
    """Half of them are the same in all programs."""
    return b"%s %d" % (name.encode() if number % 2 else b"any", number) * 300


def carry_many(folder: Path, name: str) -> None:
    """Begin, keep, end, take up again, forget: as fast as it goes."""
    sys.stdin.readline()
    for index in range(RUNS):
        store = Store(folder)  # as one command after another
        run = store.begin(NEW)
        for number in range(1, PAGES + 1):
            store.keep(run, [(page(number, body(name, number)), attempt(number))])
            if number == PAGES // 2:
                store.end(run, RunState.PARTIAL, {})
                store.reopen(run, name)
        store.end(run, RunState.COMPLETE, {"of": name})
        if index % 3 == 0:
            store.forget(run)
        states = {row.state for row in store.runs()}
        assert states <= {RunState.COMPLETE, RunState.PARTIAL, RunState.RUNNING}, states
        store.close()


def test_programs_that_carry_many_runs_at_once_lose_nothing(tmp_path: Path) -> None:
    """Else a second terminal ends with `database is locked`, or with the first one's pages."""
    folder = tmp_path / "runs"
    names = ("one", "two", "three")
    programs = [
        subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(folder), name],
            stdin=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for name in names
    ]
    for program in programs:
        program.stdin.write("go\n")
        program.stdin.flush()
    said = [program.communicate()[1] for program in programs]
    assert said == [""] * len(names)
    store = Store(folder)
    rows = store.runs()
    left = RUNS - len(range(0, RUNS, 3))
    assert sorted(row.method for row in rows) == sorted(names * left)
    for row in rows:
        assert (row.state, row.summary) == (RunState.COMPLETE, {"of": row.method})
        pages = store.pages(row.run)
        assert [one.page for one in pages] == list(range(1, PAGES + 1))
        assert all(store.body(row.run, one) == body(row.method, one.page) for one in pages)
        assert len(store.attempts(row.run)) == PAGES
    store.close()
    with closing(sqlite3.connect(store.path)) as sql:
        ((bodies, unused),) = sql.execute(
            "SELECT count(*), sum(id NOT IN (SELECT body FROM pages)) FROM bodies"
        )
    assert (bodies, unused) == (PAGES // 2 * len(names) + PAGES // 2, 0)
    assert {file.name for file in (folder / "runs.sqlite3.locks").iterdir()} <= {"store"}
