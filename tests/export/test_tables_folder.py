"""A folder of tables: every file, whole or not at all, whatever arrives."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
import weakref
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tui_app.demo.assessment import Assessments
from tui_app.demo.catalogue import Catalogue
from tui_app.export import tables_folder
from tui_app.export.atomic import ExportError
from tui_app.export.destinations import STDOUT
from tui_app.export.tables_folder import write_tables
from tui_app.redlist.columns import IDS, WELL_KNOWN
from tui_app.redlist.errors import Advice

OUT = Path("out")


def read(name: str) -> list[dict[str, str]]:
    with (OUT / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def header(name: str) -> list[str]:
    with (OUT / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return next(csv.reader(file))


def assessment(number: int, **more: Any) -> dict[str, Any]:
    return {
        "assessment_id": number,
        "sis_taxon_id": number + 1,
        "taxon": {"scientific_name": f"Aus bus{number}"},
        "threats": [{"code": "1_1", "description": {"en": "Houses"}, "score": number}],
        **more,
    }


class Halfway(Exception):
    """What goes wrong in the middle."""


def test_a_file_a_table_and_the_well_known_ones_always() -> None:
    """Else a script fails where no assessment happens to have errata."""
    done = write_tables(OUT, iter([assessment(1), assessment(2, news=[5, 6])]))
    assert done[0].path == OUT / "assessments.csv"
    assert {one.path.name: one.rows for one in done if one.rows} == {
        "assessments.csv": 2,
        "threats.csv": 2,
        "news.csv": 2,
    }
    assert {one.path.stem for one in done} == {*WELL_KNOWN, "news"}
    assert {one.path.name for one in done} == set(os.listdir(OUT))
    for one in done:
        assert one.size_bytes == one.path.stat().st_size
    assert header("errata") == [*IDS, "item", "reason"]
    assert [row["score"] for row in read("threats")] == ["1", "2"]
    assert read("threats")[0]["description_full"] == "Residential & commercial development › Houses"
    assert list(read("news")[1].items()) == [
        ("assessment_id", "2"),
        ("sis_taxon_id", "3"),
        ("scientific_name", "Aus bus2"),
        ("item", "2"),
        ("value", "6"),
    ]
    assert write_tables(OUT, [])[0].rows == 0
    assert header("assessments") == list(WELL_KNOWN["assessments"])


def test_the_server_s_own_descriptions_go_before_the_built_in_ones() -> None:
    """Else a scheme that was revised since is told in old words."""
    codes = {"threats": {"1": "Building"}, "news": {"7": "Seven", "7_1": "One"}}
    news = [{"code": "7_1"}]
    more = assessment(1, news=news, stresses=[{"code": "1_1"}])
    write_tables(OUT, [more], codes=codes)
    assert read("threats")[0]["description_full"] == "Building › Houses"
    assert read("news")[0]["description_full"] == "Seven › One"
    assert read("stresses")[0]["description_full"] == "Ecosystem stresses › Ecosystem conversion"


def test_rows_are_filled_up_where_columns_come_late() -> None:
    """Else rows have different lengths, or cells move to other columns."""
    late = assessment(2, threats=[{"code": "1", "virus": "V"}, {}], criteria="A2")
    write_tables(OUT, [assessment(1), late])
    assert header("threats") == [
        *IDS, "item", "code", "description", "score", "description_full", "virus",
    ]  # fmt: skip
    assert [row["virus"] for row in read("threats")] == ["", "V", ""]
    assert [row["item"] for row in read("threats")] == ["1", "1", "2"]
    assert [row["criteria"] for row in read("assessments")] == ["", "A2"]


def test_every_row_of_the_demo_says_so() -> None:
    """Else synthetic rows are taken for real ones."""
    records = [assessment(1, source="DEMO", news=[{"source": "s", "own_source": "o"}])]
    write_tables(OUT, records, source="DEMO")
    for name in (*WELL_KNOWN, "news"):
        assert header(name)[-1] == "source"
        assert header(name).count("source") == 1
        assert all(row["source"] == "DEMO" for row in read(name))
    assert read("news")[0]["own_source"] == "o"
    assert read("news")[0]["own_own_source"] == "s"


def test_cells_that_a_spreadsheet_would_run_are_quoted_if_asked() -> None:
    """Else opening a table runs a formula that somebody put into a name."""
    evil = assessment(1, threats=[{"text": "=1+1", "=a": "@x"}])
    write_tables(OUT, [evil], safe=True)
    assert read("threats")[0]["text"] == "'=1+1"
    assert read("threats")[0]["'=a"] == "'@x"
    write_tables(OUT, [evil])
    assert read("threats")[0]["text"] == "=1+1"


def test_awkward_text_survives() -> None:
    """Else a quote, a line end or a NUL in a text breaks the table."""
    text = 'He said "é",\r\n|\u202e🦎 ' * 20_000
    records = [assessment(1, errata=[{"reason": text}]), assessment(2, errata=[{"x": "a\0b"}])]
    write_tables(OUT, records)
    assert [(row["reason"], row["x"]) for row in read("errata")] == [(text, ""), ("", "a\ufffdb")]


def test_the_demo_s_assessments() -> None:
    """Else what the demo server serves can't be exported."""
    catalogue = Catalogue()
    write = Assessments(catalogue)
    whole = [write.whole(number, date(2026, 10, 3)) for number in range(0, 200_000, 20_011)]
    write_tables(OUT, iter(whole), source="DEMO")
    assert [row["assessment_id"] for row in read("assessments")] == [
        str(one["assessment_id"]) for one in whole
    ]
    assert len(read("references")) == sum(len(one["references"]) for one in whole)


def test_old_files_are_replaced_and_others_stay() -> None:
    """Else an export takes away what it doesn't know."""
    OUT.mkdir()
    (OUT / "notes.txt").write_text("mine")
    (OUT / "errata.csv").write_text("old")
    (OUT / "errata.csv").chmod(0o600)
    Path("far.csv").write_text("old")
    (OUT / "threats.csv").symlink_to("../far.csv")
    write_tables(OUT, [assessment(1)])
    assert (OUT / "notes.txt").read_text() == "mine"
    assert header("errata") == [*IDS, "item", "reason"]
    assert (OUT / "errata.csv").stat().st_mode & 0o777 == 0o600
    assert (OUT / "threats.csv").is_symlink()
    assert "Houses" in Path("far.csv").read_text()


def test_an_export_that_breaks_leaves_the_old_files_and_nothing_else() -> None:
    """Else a failed export destroys the good one, or leaves litter."""

    def breaks() -> Iterator[dict[str, Any]]:
        yield assessment(1)
        raise Halfway

    with pytest.raises(Halfway):
        write_tables(OUT, breaks())
    assert os.listdir() == []
    OUT.mkdir()
    (OUT / "threats.csv").write_text("old")
    with pytest.raises(Halfway):
        write_tables(OUT, breaks())
    assert os.listdir(OUT) == ["threats.csv"]
    assert (OUT / "threats.csv").read_text() == "old"


def test_no_file_is_replaced_before_all_are_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a reader sees new threats beside old assessments for a long time, or for good."""
    OUT.mkdir()
    names = [f"{name}.csv" for name in WELL_KNOWN]
    for name in names:
        (OUT / name).write_text("old")
    finish = tables_folder.GrowingTable.finish
    finished = 0

    def watched(table: Any, file: Any, **more: Any) -> None:
        nonlocal finished
        finish(table, file, **more)
        finished += 1
        assert {(OUT / name).read_text() for name in names} == {"old"}

    monkeypatch.setattr(tables_folder.GrowingTable, "finish", watched)
    write_tables(OUT, [assessment(1)])
    assert finished == len(names)
    assert all((OUT / name).read_text() != "old" for name in names)


def test_a_disk_that_fills_up_half_way_leaves_the_old_files() -> None:
    """Else the last good export is gone when the disk is full."""
    code = """
import resource
from pathlib import Path
from tui_app.export.atomic import ExportError
from tui_app.export.tables_folder import write_tables
big = {"assessment_id": 1, "errata": [{"reason": "x" * 1000}] * 1000, "url": "u"}
write_tables(Path("out"), [{"assessment_id": 7}])
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
for folder in ("out", "new"):
    try:
        write_tables(Path(folder), [big])
    except ExportError as error:
        print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout == (
        "out can't be written: File too large.\nnew can't be written: File too large.\n"
    ), done.stderr
    assert done.stderr == ""
    assert os.listdir() == ["out"]
    assert set(os.listdir(OUT)) == {f"{name}.csv" for name in WELL_KNOWN}
    assert [row["assessment_id"] for row in read("assessments")] == ["7"]


def test_memory_does_not_grow_with_the_assessments() -> None:
    """Else 160,000 of them fill it."""

    class Watched(dict):
        """A dict that can be watched."""

        __hash__ = object.__hash__

    alive: weakref.WeakSet[Watched] = weakref.WeakSet()
    most = 0

    def each() -> Iterator[dict[str, Any]]:
        nonlocal most
        for number in range(300):
            one = Watched(assessment(number))
            alive.add(one)
            most = max(most, len(alive))
            yield one
            del one

    write_tables(OUT, each())
    assert len(read("threats")) == 300
    assert most <= 2


def test_a_server_that_makes_up_lists_opens_no_more_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a hostile answer uses up all file handles."""
    monkeypatch.setattr(tables_folder, "MAX_TABLES", len(WELL_KNOWN) + 2)
    made_up = {f"list{number}": [{"list": number}] for number in range(500)}
    done = write_tables(OUT, [assessment(1, **made_up), assessment(2, list1=["late"])])
    assert len(done) == len(WELL_KNOWN) + 3
    assert [row["value"] for row in read("list1")] == ["", "late"]
    rows = [(row["list"], row["own_list"]) for row in read("other")]
    assert rows == [(f"list{number}", str(number)) for number in range(2, 500)]


def test_few_files_are_open_at_once() -> None:
    """Else the usual limit of 256 is passed where many tables arrive."""
    code = """
import resource
from pathlib import Path
from tui_app.export.tables_folder import write_tables
resource.setrlimit(resource.RLIMIT_NOFILE, (120, 120))
made_up = {f"list{number}": [1] for number in range(500)}
print(len(write_tables(Path("out"), [{"assessment_id": 1, **made_up}])))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout == f"{tables_folder.MAX_TABLES + 1}\n", done.stderr


def test_names_from_the_server_stay_in_the_folder() -> None:
    """Else a server writes files where it likes."""
    evil = {name: [{"a": 1}] for name in ("../evil", "/tmp/evil", "..", ".", "", "a/b", "CON")}
    write_tables(OUT, [assessment(1, **evil)])
    assert os.listdir() == ["out"]
    assert set(os.listdir(OUT)) == {f"{name}.csv" for name in (*WELL_KNOWN, "other")}
    assert [row["list"] for row in read("other")] == list(evil)


def in_the_way_file() -> Path:
    OUT.write_text("a file")
    return OUT


def in_the_way_folder() -> Path:
    (OUT / "threats.csv").mkdir(parents=True)
    return OUT


@pytest.mark.parametrize(
    ("folder", "why"),
    [
        (lambda: STDOUT, "can't go to standard output"),
        (lambda: Path("no/such"), "no/such can't be created: there is no folder no."),
        (in_the_way_file, "out can't hold the tables: it is a file, not a folder."),
        (in_the_way_folder, "threats.csv can't be written: another kind of file has its name."),
        (lambda: Path("/proc/out"), "/proc/out can't be written: No such file or directory."),
        (lambda: Path("x" * 300), "can't be written: File name too long."),
    ],
)
def test_a_folder_that_cannot_be_written_is_told(folder: Any, why: str) -> None:
    """Else a mistake shows a traceback, or something of the user's is overwritten."""
    path = folder()
    before = sorted(Path().rglob("*"))
    with pytest.raises(ExportError) as caught:
        write_tables(path, [assessment(1)])
    assert why in str(caught.value)
    assert caught.value.advice is Advice.EXPORT_AGAIN
    assert sorted(Path().rglob("*")) == before
