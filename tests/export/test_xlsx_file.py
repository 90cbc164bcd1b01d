"""Excel: the CSV's rows with their types, provenance on a second sheet, nothing that runs."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest

from tui_app.export import xlsx_file
from tui_app.export.atomic import ExportError
from tui_app.export.csv_file import write_csv
from tui_app.export.xlsx_file import MOST_CHARACTERS, write_xlsx
from tui_app.redlist.errors import UsageError

OUT = Path("out.xlsx")
ROWS = [{"a": 1}, {"a": 2}]


def write(records, path: Path = OUT, facts=(), **options):
    return write_xlsx(path, records, provenance=lambda rows: dict(facts, rows=rows), **options)


def cells(records, **options):
    """The rows of the first sheet, the header first; each cell with its style."""
    done = write(records, **options)
    assert (done.path, done.rows, done.size_bytes) == (OUT, len(records), OUT.stat().st_size)
    book = openpyxl.load_workbook(OUT)
    assert book.sheetnames == ["records", "provenance"]
    return list(book["records"].rows)


def values(records, **options):
    return [[cell.value for cell in row] for row in cells(records, **options)]


DAY = "2016-04-01T00:00:00.000Z"


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ([1, None, 22694927], [1, None, 22694927]),
        ([10**15, 1], [str(10**15), 1]),
        ([0.5, 2], [0.5, 2]),
        ([1e300, float("inf")], [1e300, "inf"]),
        ([True, None, False], [True, None, False]),
        (["2016-04-01", DAY], [datetime(2016, 4, 1)] * 2),
        (["1899-12-31", "1900-03-01"], ["1899-12-31", datetime(1900, 3, 1)]),
        (["2016-04-01", "unknown"], ["2016-04-01", "unknown"]),
        (["2016-04-01T01:02:03Z", DAY], ["2016-04-01T01:02:03Z", DAY]),
        (["2016", "2017"], ["2016", "2017"]),
        ([1, "x", True], ["1", "x", "true"]),
        ([["1", "2"], ["3"]], ["1|2", "3"]),
    ],
)
def test_a_cell_has_the_type_of_its_column(given, read) -> None:
    """Else ids and dates can't be sorted, joined or subtracted."""
    found = cells([{"a": cell} for cell in given])
    assert [row[0].value for row in found] == ["a", *read]
    for row in found[1:]:
        if isinstance(row[0].value, date):
            assert row[0].number_format == "yyyy-mm-dd"


def test_columns_and_rows_are_those_of_the_csv() -> None:
    """Else a script that moves from one format to the other finds other columns."""
    records = [
        {"z": 1, "scopes": [{"description": {"en": "Global"}, "code": "1"}]},
        {"late": "x", "a": {"b": "c"}, "none": None},
        {},
        {"z": 2, "a_b": "d", "scopes": []},
    ]
    write_csv(Path("out.csv"), records, columns=("given",))
    header, *rows = [line.split(",") for line in Path("out.csv").read_text().splitlines()]
    found = values(records, columns=("given",))
    assert found[0] == header
    assert [["" if cell is None else str(cell) for cell in row] for row in found[1:]] == rows


FORMULAS = (
    "=1+1",
    "=",
    '=cmd|"/c calc"!A0',
    "+1",
    "-1",
    "@SUM(A1)",
    "#N/A",
    "#REF!",
    '=HYPERLINK("http://a")',
)


def test_nothing_is_a_formula_a_link_or_an_error() -> None:
    """Else a name from the server runs a command when the workbook is opened."""
    found = cells([{"=1+1": text} for text in (*FORMULAS, "http://a.example")], facts={"=x": "=y"})
    assert [row[0].value for row in found] == ["=1+1", *FORMULAS, "http://a.example"]
    assert {row[0].data_type for row in found} == {"s"}
    assert all(row[0].quotePrefix for row in found[:-1])
    assert not any(row[0].hyperlink for row in found)
    with zipfile.ZipFile(OUT) as book:
        for name in book.namelist():
            assert b"<f>" not in book.read(name), name


def test_what_xml_cannot_hold_is_removed() -> None:
    """Else Excel says that the file is broken, or the export ends in a traceback."""
    hostile = "".join(map(chr, range(0x20))) + "\ud800\ufffe\uffff\x7f\x9b <i>&\u202e🦎"
    found = values([{hostile: hostile}])
    # NUL and half a pair are those of the CSV; a reader of XML takes every line end for \n.
    assert found == [["\ufffd\t\n\n?\x7f\x9b <i>&\u202e🦎"]] * 2


@pytest.mark.parametrize("char", ["x", "é", "🦎"])
def test_a_text_too_long_for_a_cell_is_cut_and_said_to_be(char: str) -> None:
    """Else Excel offers to repair the file, or a text ends early and nobody knows."""
    units = len(char.encode("utf-16-le")) // 2
    most = MOST_CHARACTERS // units
    records = [{"a": char * most, "b": char * (most + 1)}, {"b": "=" + "x" * 10**6}]
    done = write(records)
    header, first, second = openpyxl.load_workbook(OUT)["records"].values
    assert header == ("a", "b")
    assert first == (char * most, char * most)
    assert second == (None, "=" + "x" * (MOST_CHARACTERS - 1))
    assert done.note.startswith("2 texts cut to the 32,767 characters that a cell holds")
    assert ("note", done.note) in list(openpyxl.load_workbook(OUT)["provenance"].values)
    assert write(ROWS).note == ""


def test_the_header_stays_in_sight_and_can_filter() -> None:
    """Else a table of a thousand rows has columns without names."""
    write([{"a": 1, "b": 2}] * 3)
    sheet = openpyxl.load_workbook(OUT)["records"]
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == "A1:B4"


def test_provenance_is_on_the_second_sheet() -> None:
    """Else nobody can say a year later where the rows came from."""
    facts = {
        "citation": "IUCN 2026.",
        "counts": {"records": 7, "failed": None},
        "operations": ["threats/5", "threats/6"],
        "missing": [{"request": "a"}, {"request": "b"}],
        "complete": False,
    }
    write(ROWS, facts=facts)
    rows = list(openpyxl.load_workbook(OUT)["provenance"].values)
    assert rows == [
        ("field", "value"),
        ("citation", "IUCN 2026."),
        ("counts.records", "7"),
        ("operations", "threats/5, threats/6"),
        ("missing.1.request", "a"),
        ("missing.2.request", "b"),
        ("complete", "False"),
        ("rows", "2"),
    ]


@pytest.mark.parametrize("records", [[], [{}, {}]])
def test_no_columns_can_still_be_read(records) -> None:
    """Else a query that found nothing leaves a broken file."""
    assert write(records).rows == len(records)
    assert openpyxl.load_workbook(OUT)["records"].max_column == 1
    assert values([], columns=("a", "b")) == [["a", "b"]]


@pytest.mark.parametrize(
    ("most", "records", "sentence"),
    [
        ("MOST_ROWS", ROWS, "a sheet holds at most 1 rows."),
        ("MOST_COLUMNS", [{"a": 1, "b": 2}], "a sheet holds at most 1 columns."),
    ],
)
def test_what_does_not_fit_is_said_before_anything_is_replaced(
    monkeypatch: pytest.MonkeyPatch, most: str, records, sentence: str
) -> None:
    """Else rows are lost without a word, or the old file is."""
    assert (xlsx_file.MOST_ROWS, xlsx_file.MOST_COLUMNS) == (1_048_575, 16_384)
    monkeypatch.setattr(xlsx_file, most, 1)
    OUT.write_text("old")
    with pytest.raises(ExportError) as caught:
        write(records)
    assert sentence in caught.value.sentence()
    assert "Use CSV or Parquet." in caught.value.sentence()
    assert OUT.read_text() == "old"
    assert os.listdir() == ["out.xlsx"]


def breaks():
    yield from ROWS
    raise KeyboardInterrupt


@pytest.mark.parametrize("old", [False, True])
def test_an_export_that_breaks_leaves_the_old_one(old: bool, tmp_path: Path, monkeypatch) -> None:
    """Else a failed export destroys the good one, or leaves litter beside it or in /tmp."""
    (tmp_path / "t").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "t"))
    if old:
        OUT.write_text("old")
    with pytest.raises(KeyboardInterrupt):
        write(breaks())
    assert os.listdir() == (["out.xlsx"] if old else [])
    assert not old or OUT.read_text() == "old"
    write(ROWS)
    assert os.listdir() == ["out.xlsx"]
    assert os.listdir(tmp_path / "t") == []


def test_a_disk_that_fills_up_half_way_leaves_the_old_file() -> None:
    """Else the last good export is gone when the disk is full."""
    OUT.write_text("old")
    code = """
import random, resource
from pathlib import Path
from tui_app.export.atomic import ExportError
from tui_app.export.xlsx_file import write_xlsx
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
rows = [{"a": random.Random(i).randbytes(500).hex()} for i in range(1000)]
try:
    write_xlsx(Path("out.xlsx"), rows, provenance=lambda rows: {})
except ExportError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout == "out.xlsx can't be written: File too large.\n", done.stderr
    assert OUT.read_text() == "old"
    assert os.listdir() == ["out.xlsx"]


def test_without_openpyxl_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else whoever has the lean install sees a traceback."""
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    with pytest.raises(UsageError) as caught:
        write(ROWS)
    assert "pip install 'iucn-tui[excel]'" in caught.value.sentence()
    assert os.listdir() == []


def test_openpyxl_is_imported_only_when_it_is_used() -> None:
    """Else every command starts a third of a second later."""
    code = "import sys, tui_app.export.xlsx_file; sys.exit('openpyxl' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
