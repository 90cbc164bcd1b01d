"""The recording that a replay is served from: private, complete, and gone afterwards."""

from __future__ import annotations

import os
import sqlite3
import stat
import tracemalloc
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.support.replays import CROCODILES, VATICAN, bodies, fetched, read, replayed
from tests.support.secret import SECRET, leaks
from tui_app.demo.recording import Recording
from tui_app.demo.response import RequestTarget
from tui_app.fetch import Cancel
from tui_app.redlist import Token
from tui_app.redlist.errors import KeepError
from tui_app.runs import Service
from tui_app.runs.replaying import recorded
from tui_app.settings import Settings
from tui_app.store import RunRow, Store


@pytest.fixture
def row(service: Service, settings: Settings) -> Callable[[int, int], RunRow]:
    """Makes runs of so many pages, which are so large."""

    def make(pages: int, size_bytes: int) -> RunRow:
        run = fetched(service, replace(settings, pages=1), "red_list_categories/CR")
        ((path,),) = read(settings.home, "SELECT path FROM pages")
        fill = "a" * size_bytes
        with closing(sqlite3.connect(settings.home / "runs.sqlite3")) as sql, sql:
            for number in range(2, pages + 1):
                body = f'{{"assessments":[],"x":"{number}{fill}"}}'
                done = sql.execute("INSERT INTO bodies (hash, body) VALUES (?, ?)",
                                   (hash_of(body), body))  # fmt: skip
                new = path.replace("page=1", f"page={number}")
                sql.execute(
                    "INSERT INTO pages SELECT run, target, ?, ?, status, rows, rows_key, etag,"
                    " ?, total_count, fetched_utc, red_list_version, ? FROM pages"
                    " WHERE page = 1",
                    (number, new, pages, done.lastrowid),
                )
        return service.run(run)

    return make


def hash_of(body: str) -> bytes:
    from tui_app.store.schema import body_hash

    return body_hash(body.encode())


def test_a_large_run_is_recorded_page_by_page(
    service: Service, store: Store, row: Callable[[int, int], RunRow]
) -> None:
    """Else it is in memory as a whole, and on the other side once more."""
    kept = row(40, 1 << 20)
    replay = service.replayable(kept.run)
    tracemalloc.start()
    try:
        with recorded(store, replay, 99, Cancel()) as file:
            _, peak = tracemalloc.get_traced_memory()
            assert os.fstat(file.fileno()).st_size > 39 << 20
    finally:
        tracemalloc.stop()
    assert peak < 10 << 20
    with recorded(store, replay, 3, Cancel()) as file:  # no more than is going to be asked
        assert os.fstat(file.fileno()).st_size < 3 << 20


def test_the_recording_is_nobody_elses_and_leaves_nothing(
    service: Service, store: Store, settings: Settings
) -> None:
    """Else a kept run lies about wherever a program was killed."""
    run = fetched(service, settings, CROCODILES)

    def files() -> set[str]:
        return {one.name.removeprefix("runs.sqlite3") for one in settings.home.iterdir()}

    own = {"", "-wal", "-shm", ".locks"}
    with recorded(store, service.replayable(run), 99, Cancel()) as file:
        status = os.fstat(file.fileno())
        assert (status.st_nlink, stat.S_IMODE(status.st_mode)) == (0, 0o600)
        assert files() <= own
        with Recording(Path(f"/dev/fd/{file.fileno()}")) as recording:
            for path, body in bodies(service, run).items():
                found = recording.page(RequestTarget.read(path))
                assert found is not None
                assert found[1] == body
                assert found[0].headers["total-pages"] == "2"
                assert found[0].headers["etag"].startswith('W/"')
    seen: list[set[str]] = []
    given = replace(settings, page_counts=(1,), warmup=0, repeats=1)
    service.compare(service.replayable(run), given, on_start=lambda start: seen.append(files()))
    assert all(names <= own for names in seen)
    assert len(seen) == 3


@pytest.mark.parametrize("api", ["v4", "v3"])
def test_no_token_is_in_the_recording(
    service: Service, store: Store, server, tmp_path: Path, api: str
) -> None:
    """It was in every request, and in v3's very path."""
    settings = server(token=SECRET).settings(
        tmp_path / "runs", token=Token(SECRET), api=api, pages=1
    )
    run = fetched(service, settings, VATICAN if api == "v4" else "species/page")
    with recorded(store, service.replayable(run), 99, Cancel()) as file:
        file.seek(0)
        assert not leaks(file.read())


@pytest.fixture
def full(monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk without room for a recording."""

    def fail(file: Any, pages: Any) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("tui_app.runs.replaying.write_recording", fail)


@pytest.mark.usefixtures("full")
def test_no_room_for_a_recording_is_told(service: Service, settings: Settings) -> None:
    """With what to do about it."""
    run = fetched(service, settings, CROCODILES)
    with pytest.raises(KeepError, match=r"can't hold a temporary file .No space left") as told:
        replayed(service, run, settings)
    assert "IUCN_TUI_HOME" in told.value.sentence()
