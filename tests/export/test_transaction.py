"""Files that take their transaction together, and those whose place is never taken."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path

import pytest

from tui_app.export import atomic
from tui_app.export.atomic import Exported, ExportError
from tui_app.export.csv_file import write_csv
from tui_app.export.destinations import check_outputs
from tui_app.export.jsonl_file import write_jsonl
from tui_app.export.meta_file import write_meta
from tui_app.export.parquet_file import write_parquet
from tui_app.export.tables_folder import write_tables
from tui_app.redlist.errors import UsageError
from tui_app.settings import user_config_file
from tui_app.store import Lock, Store, run_locks

ROWS = [{"a": 1}, {"a": 2}]
OUT = Path("out.csv")
LOCK = Path(".iucn-tui.lock")


def put(path: Path) -> Exported:
    with atomic.FileTransaction(path) as transaction:
        done = write_csv(path, ROWS, transaction=transaction)
        write_meta(path, {"run": "1"}, done.rows, transaction=transaction)
    return done


def test_a_lock_that_a_killed_program_left_stops_nobody() -> None:
    """Else one kill makes a folder useless for good."""
    LOCK.touch()
    put(OUT)
    assert sorted(os.listdir()) == ["out.csv", "out.csv.meta.json"]


def test_a_lock_that_is_not_given_back_ends_in_a_sentence(monkeypatch) -> None:
    """Else a program that hangs holds up all others for good."""
    monkeypatch.setattr(atomic, "_TRIES", 2)
    held = Lock(LOCK)
    with pytest.raises(ExportError, match="another program is writing there") as caught:
        put(OUT)
    assert "Try again when it has finished." in caught.value.sentence()
    held.release()
    assert os.listdir() == []


def test_a_file_system_without_locks_takes_exports(monkeypatch) -> None:
    """Else nothing can be written to some network folders."""

    def none(fd: int, *, shared: bool) -> None:
        raise OSError(errno.ENOSYS, "no locks")

    monkeypatch.setattr(run_locks, "_lock", none)
    put(OUT)
    assert sorted(os.listdir()) == ["out.csv", "out.csv.meta.json"]


def test_provenance_goes_when_something_else_takes_the_export_s_place() -> None:
    """Else a comparison's figures have the provenance of the run that was there before."""
    meta, mine = Path("out.csv.meta.json"), Path("mine.csv.meta.json")
    put(OUT)
    mine.write_text(json.dumps({"program": "somebody's", "file": "mine.csv"}))
    Path("other.csv.meta.json").write_text(meta.read_text())  # it tells of out.csv
    for name in ("out.csv", "mine.csv", "other.csv"):
        write_csv(Path(name), ROWS)
    assert not meta.exists()
    assert mine.exists()
    assert Path("other.csv.meta.json").exists()


def test_an_export_that_breaks_keeps_the_old_provenance() -> None:
    """Else a failed export costs the good one its provenance."""
    put(OUT)
    before = Path("out.csv.meta.json").read_text()
    with pytest.raises(ZeroDivisionError):
        write_csv(OUT, ({"a": 1 // zero} for zero in (1, 0)))
    assert Path("out.csv.meta.json").read_text() == before
    assert sorted(os.listdir()) == ["out.csv", "out.csv.meta.json"]


@pytest.mark.parametrize("there", [False, True])
def test_no_writer_takes_the_place_of_a_file_that_the_program_needs(
    there: bool, tmp_path: Path
) -> None:
    """Also from Python, without a service."""
    home, config = tmp_path / "runs", Path("config.ini")
    home.mkdir()
    if there:
        Store(home).close()
        config.write_text("[API]\n")
    elsewhere = tmp_path / "elsewhere"
    Store(elsewhere).close()
    targets = [home / "runs.sqlite3", home / "runs.sqlite3-wal", home / "application.json", config]
    targets += [elsewhere / "runs.sqlite3", user_config_file(), home / "rate-limit.sqlite3"]
    user_config_file().parent.mkdir(parents=True)
    for path in targets:
        before = path.read_bytes() if path.exists() else None
        for write in (
            lambda path=path: write_csv(path, ROWS),
            lambda path=path: write_jsonl(path, ROWS),
            lambda path=path: write_parquet(path, ROWS),
        ):
            with pytest.raises(UsageError, match="can't be written: it is"):
                write()
        with pytest.raises(UsageError):
            check_outputs([("figure", path)])
        assert (path.read_bytes() if path.exists() else None) == before
    Path("t").mkdir()
    Path("t/threats.csv").symlink_to(elsewhere / "runs.sqlite3")
    with pytest.raises(UsageError, match=r"t/threats.csv can't be written: it is a database\."):
        write_tables(Path("t"), [{"assessment_id": 1}])
    assert os.listdir("t") == ["threats.csv"]


@pytest.mark.parametrize("write", [write_csv, write_jsonl])
def test_a_link_that_leads_to_itself_stays(write) -> None:
    """Else it is replaced by a file, or ends in a traceback."""
    OUT.symlink_to(OUT)
    with pytest.raises(ExportError, match="Too many levels of symbolic links"):
        write(OUT, ROWS)
    assert OUT.is_symlink()
    assert os.listdir() == ["out.csv"]


@pytest.mark.parametrize("bytes_long", [100, 101, 240, 255])
def test_a_long_name_has_a_hidden_file_beside_it(bytes_long: int) -> None:
    """A hidden file's name is longer than that of what it becomes."""
    for letter in ("x", "é"):
        path = Path(letter * (bytes_long // len(letter.encode())))
        write_csv(path, ROWS)
        write_parquet(path, ROWS)
        assert path.stat().st_size
    assert not [name for name in os.listdir() if name.startswith(".")]
