"""A file appears whole or not at all."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tui_app import __version__
from tui_app.export.atomic import ExportError, writing
from tui_app.export.csv_file import write_csv
from tui_app.export.destinations import STDOUT
from tui_app.export.jsonl_file import write_jsonl
from tui_app.export.meta_file import write_meta
from tui_app.redlist.errors import Advice

OUT = Path("out.csv")
ROWS = [{"a": 1}, {"a": 2}]


class Halfway(Exception):
    """What goes wrong in the middle."""


def breaks_after(records):
    yield from records
    raise Halfway


@pytest.mark.parametrize("write", [write_csv, write_jsonl])
def test_an_export_that_breaks_leaves_the_old_file_and_nothing_else(write) -> None:
    """Else a failed export destroys the good one, or leaves litter beside it."""
    OUT.write_text("old")
    with pytest.raises(Halfway):
        write(OUT, breaks_after(ROWS))
    assert OUT.read_text() == "old"
    assert os.listdir() == ["out.csv"]
    OUT.unlink()
    with pytest.raises(Halfway):
        write(OUT, breaks_after(ROWS))
    assert os.listdir() == []


def test_the_old_file_is_there_until_the_new_one_is_whole() -> None:
    """Else somebody who reads the file during an export sees half of it."""
    OUT.write_text("old")
    with writing(OUT) as file:
        file.write("new" * 100_000)
        file.flush()
        assert OUT.read_text() == "old"
    assert OUT.read_text() == "new" * 100_000
    assert os.listdir() == ["out.csv"]


def test_what_a_killed_export_left_goes_with_the_next_one() -> None:
    """Else each kill leaves a hidden file for good; another's that is being written stays."""
    old, fresh, folder = Path(".out.csv.a1.part"), Path(".out.csv.b2.part"), Path(".out.csv.c.part")
    other = Path(".other.csv.a1.part")
    folder.mkdir()
    for path in (old, fresh, other):
        path.write_text("half")
    for path in (old, folder, other):
        os.utime(path, (0, 0))
    with writing(OUT) as file:
        file.write("new")
    assert sorted(os.listdir()) == sorted(map(str, (fresh, other, folder, OUT)))


def test_a_link_stays_a_link_and_its_target_is_replaced() -> None:
    """Else a shared file that the user links to isn't updated."""
    Path("far").mkdir()
    target = Path("far/real.csv")
    target.write_text("old")
    OUT.symlink_to(target)
    write_csv(OUT, ROWS)
    assert OUT.is_symlink()
    assert target.read_text() == "a\n1\n2\n"
    target.unlink()
    write_csv(OUT, ROWS)
    assert OUT.is_symlink()
    assert target.exists()
    assert os.listdir("far") == ["real.csv"]


def test_the_mode_of_a_file_is_kept_and_a_new_one_obeys_the_umask() -> None:
    """Else an export that was private becomes readable by all, or the reverse."""
    OUT.write_text("old")
    OUT.chmod(0o640)
    write_csv(OUT, ROWS)
    assert OUT.stat().st_mode & 0o777 == 0o640
    before = os.umask(0o027)
    try:
        write_csv(Path("new.csv"), ROWS)
    finally:
        os.umask(before)
    assert Path("new.csv").stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("nope/out.csv", "No such file or directory"),
        ("/proc/out.csv", "No such file or directory"),
        (".", "Is a directory"),
        ("/dev/full", "No space left on device"),
        ("x" * 300, "File name too long"),
    ],
)
@pytest.mark.parametrize("write", [write_csv, write_jsonl])
def test_a_file_that_cannot_be_written_is_told(write, path: str, why: str) -> None:
    """Else a full disk or a missing folder shows a traceback."""
    with pytest.raises(ExportError) as caught:
        write(Path(path), ROWS)
    assert f"{path} can't be written: {why}." in str(caught.value)
    assert caught.value.advice is Advice.EXPORT_AGAIN
    assert os.listdir() == []


def test_a_disk_that_fills_up_half_way_leaves_the_old_file() -> None:
    """Else the last good export is gone when the disk is full."""
    OUT.write_text("old")
    code = """
import resource
from pathlib import Path
from tui_app.export.csv_file import write_csv
from tui_app.export.atomic import ExportError
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
try:
    write_csv(Path("out.csv"), ({"a": "x" * 1000} for _ in range(1000)))
except ExportError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout == "out.csv can't be written: File too large.\n", done.stderr
    assert OUT.read_text() == "old"
    assert os.listdir() == ["out.csv"]


def test_a_pipe_is_written_as_it_goes() -> None:
    """Else `--csv >(gzip > f)` fails although all of it was written."""
    os.mkfifo("pipe")
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append(Path("pipe").read_bytes()))
    reader.start()
    done = write_csv(Path("pipe"), ROWS)
    reader.join()
    assert read == [b"a\r\n1\r\n2\r\n"]
    assert done.rows == 2
    assert Path("pipe").is_fifo()


def test_a_dash_is_standard_output(capfdbinary) -> None:
    """Else data can't be piped into another program, or arrives with other line ends."""
    write_csv(STDOUT, [{"a": "é\n"}])
    write_jsonl(Path("-"), [{"a": "é"}])
    out, err = capfdbinary.readouterr()
    assert out == 'a\r\n"é\n"\r\n{"a":"é"}\n'.encode()
    assert err == b""
    assert os.listdir() == []


def test_the_provenance_stands_beside_the_file() -> None:
    """Else nobody can say a year later where the rows came from."""
    began = datetime.now(UTC).replace(microsecond=0)
    summary = {"run": "3", "source": "live", "pages": 2, "citation": "IUCN 2025."}
    beside = write_meta(Path("a.b.csv"), summary, 17)
    assert str(beside) == "a.b.csv.meta.json"
    meta = json.loads(beside.read_text(encoding="utf-8"))
    written = datetime.fromisoformat(meta.pop("written_utc"))
    assert began <= written <= datetime.now(UTC)
    assert meta == meta | {
        "file": "a.b.csv",
        "rows": 17,
        "program": f"iucn-tui {__version__}",
        "summary": summary,
        "citation": "IUCN 2025.",
    }
    demo = json.loads(write_meta(OUT, {"source": "demo"}, 0).read_text())
    assert demo["notice"].startswith("DEMO: synthetic")
    assert next(iter(demo)) == "notice"


def test_a_name_that_is_no_text_can_be_exported_to() -> None:
    """Else a file name from another encoding ends the export in a traceback."""
    name = os.fsdecode(b"\xff.csv")
    write_csv(Path(name), ROWS)
    assert json.loads(write_meta(Path(name), {}, 2).read_text())["file"] == "\ufffd.csv"
