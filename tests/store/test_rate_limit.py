"""Start times that all programs of one folder share."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tui_app.redlist.rate_limit import Window
from tui_app.store.rate_limit import STARTS_FILE, ServerStarts

SERVER = "https://api.iucnredlist.org"
LONG = 3600.0
"""No test lasts as long."""


@pytest.fixture
def starts(tmp_path: Path) -> Iterator[ServerStarts]:
    starts = ServerStarts(tmp_path, SERVER)
    yield starts
    starts.close()


def seconds_ago(folder: Path, server: str, *ages_s: float) -> None:
    """Write down starts of others."""
    with closing(sqlite3.connect(folder / STARTS_FILE)) as sql, sql:
        now = time.time()
        rows = [(server, now - age_s) for age_s in ages_s]
        sql.executemany("INSERT INTO starts (server, at) VALUES (?, ?)", rows)


def about(seconds: float) -> object:
    """However busy the machine is."""
    return pytest.approx(seconds, abs=100)


def kept(folder: Path) -> list[tuple[str, float]]:
    with closing(sqlite3.connect(folder / STARTS_FILE)) as sql:
        return sql.execute("SELECT server, at FROM starts").fetchall()


def test_a_window_has_room_for_so_many_and_tells_when_it_has_again(
    starts: ServerStarts, tmp_path: Path
) -> None:
    window = Window(4, 1000.0)
    assert starts.reserve(window) == 0
    seconds_ago(tmp_path, "api.iucnredlist.org", 900.0, 300.0)
    assert starts.reserve(window) == 0
    assert starts.reserve(window) == about(1010 - 900), "the oldest is the next to go"
    assert len(kept(tmp_path)) == 4, "what has no room is not counted"
    assert starts.reserve(Window(5, 1000.0)) == 0
    assert starts.reserve(None) == 0, "without a window it is counted all the same"
    assert len(kept(tmp_path)) == 6


def test_room_for_a_whole_run_is_told_beforehand(starts: ServerStarts, tmp_path: Path) -> None:
    """Else a timed run waits for those before it."""
    window = Window(4, 1000.0)
    assert starts.room_in(window, 4) == 0
    seconds_ago(tmp_path, "api.iucnredlist.org", 900.0, 300.0)
    assert starts.room_in(window, 2) == 0
    assert starts.room_in(window, 3) == about(1010 - 900)
    assert starts.room_in(window, 4) == about(1010 - 300)
    assert starts.room_in(window, 400) == about(1010 - 300), "an empty window is all it gets"
    assert len(kept(tmp_path)) == 2, "asking counts nothing"


def test_each_server_has_a_limit_of_its_own_however_its_address_is_written(
    tmp_path: Path, starts: ServerStarts
) -> None:
    window = Window(1, LONG)
    same = ServerStarts(tmp_path, "https://API.IUCNredlist.org/")
    other = ServerStarts(tmp_path, "https://apiv3.iucnredlist.org")
    assert starts.reserve(window) == 0
    assert same.reserve(window) > 0
    assert other.reserve(window) == 0
    same.close()
    other.close()


def test_a_start_that_seems_to_lie_ahead_counts_as_now(
    starts: ServerStarts, tmp_path: Path
) -> None:
    """Else a clock that was set back by a year stops all runs for a year."""
    starts.reserve(None)
    seconds_ago(tmp_path, "api.iucnredlist.org", -31_536_000.0)
    assert starts.reserve(Window(2, 1000.0)) == about(1010)


def test_what_is_old_is_deleted(starts: ServerStarts, tmp_path: Path) -> None:
    """Else the file grows for ever; a server that is not asked any more as well."""
    starts.reserve(None)
    seconds_ago(tmp_path, "api.iucnredlist.org", 3700.0, 7300.0)
    seconds_ago(tmp_path, "elsewhere", 90_000.0)
    assert starts.reserve(Window(9, 7200.0)) == 0
    assert len(kept(tmp_path)) == 4, "within the window that is in use"
    assert starts.reserve(Window(9, 100.0)) == 0
    assert len(kept(tmp_path)) == 4
    starts.close()
    again = ServerStarts(tmp_path, SERVER)
    again.reserve(None)
    again.close()
    assert {server for server, _ in kept(tmp_path)} == {"api.iucnredlist.org"}


def test_threads_share_a_window(starts: ServerStarts) -> None:
    window = Window(50, LONG)
    given: list[float] = []

    def ask() -> None:
        given.extend(starts.reserve(window) for _ in range(20))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(wait_s == 0 for wait_s in given) == 50


ASK = """
import sys
from pathlib import Path
from tui_app.redlist.rate_limit import Window
from tui_app.store.rate_limit import ServerStarts
starts = ServerStarts(Path(sys.argv[1]), sys.argv[2])
print(sum(starts.reserve(Window(50, 3600.0)) == 0 for _ in range(40)))
starts.close()
"""


def test_programs_share_a_window(tmp_path: Path) -> None:
    """Side by side, from the first moment on."""
    command = [sys.executable, "-c", ASK, str(tmp_path), SERVER]
    programs = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    assert sum(int(one.communicate(timeout=60)[0]) for one in programs) == 50


@pytest.mark.parametrize("bytes_of_it", [b"nonsense" * 1000, b"SQLite format 3\0" + b"\xff" * 5000])
def test_a_damaged_file_is_made_anew(tmp_path: Path, bytes_of_it: bytes) -> None:
    """What is lost with it are a few minutes' start times."""
    (tmp_path / STARTS_FILE).write_bytes(bytes_of_it)
    starts, window = ServerStarts(tmp_path, SERVER), Window(1, LONG)
    assert starts.reserve(window) == 0
    assert starts.reserve(window) > 0
    starts.close()


def test_where_it_cannot_be_written_a_run_goes_on(tmp_path: Path) -> None:
    (tmp_path / STARTS_FILE).mkdir()
    starts = ServerStarts(tmp_path, SERVER)
    assert starts.reserve(Window(1, LONG)) == 0
    starts.close()
    assert starts.reserve(Window(1, LONG)) == 0, "and after it was closed"
    starts.close()
