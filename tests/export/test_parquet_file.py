"""Parquet: the CSV's rows with their types, in one file, whole or not at all."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import strategies as st

from tests.support.repeatable import given
from tui_app.export import parquet_file, typed_table
from tui_app.export.atomic import ExportError
from tui_app.export.csv_file import write_csv
from tui_app.export.parquet_file import write_parquet
from tui_app.redlist.errors import Advice, UsageError

pl = pytest.importorskip("polars")
duckdb = pytest.importorskip("duckdb")

OUT = Path("out.parquet")
START = datetime(1970, 1, 1, tzinfo=UTC)
ROWS = [{"a": 1}, {"a": 2}, {"a": 3}]


def from_duckdb(source: str):
    """Names of columns, and rows."""
    found = duckdb.sql(f"FROM read_parquet({source})")
    rows = found.select(
        *(
            # As numbers: DuckDB gives instants to Python only where pytz is installed.
            duckdb.FunctionExpression("epoch_us", column) if instant else column
            for column, instant in instants(found)
        )
    ).fetchall()
    zipped = [
        tuple(
            START + timedelta(microseconds=cell) if instant and cell is not None else cell
            for cell, (_, instant) in zip(row, instants(found), strict=True)
        )
        for row in rows
    ]
    return found.columns, zipped


def instants(found):
    """Each column, and whether it holds instants."""
    return [
        (duckdb.ColumnExpression(name), str(dtype) == "TIMESTAMP WITH TIME ZONE")
        for name, dtype in zip(found.columns, found.types, strict=True)
    ]


def table(records, **options):
    """What polars reads, the same as DuckDB does."""
    done = write_parquet(OUT, records, **options)
    assert done.path == OUT
    assert (done.rows, done.size_bytes) == (len(records), OUT.stat().st_size)
    frame = pl.read_parquet(OUT)
    assert from_duckdb(f"'{OUT}'") == (frame.columns, frame.rows())
    return frame


MIDNIGHT = "2016-04-01T00:00:00.000Z"

COLUMNS = [
    ("integers", [1, None, -(2**63), 2**63 - 1], pl.Int64, None),
    ("beyond 64 bits", [1, 2**63], pl.String, ["1", str(2**63)]),
    ("numbers", [0.1, None, -1e300], pl.Float64, None),
    ("whole numbers among others", [1, 2.5, 2**53], pl.Float64, None),
    ("not when digits would go", [2**53 + 1, 2.5], pl.String, [str(2**53 + 1), "2.5"]),
    ("truth", [True, None, False], pl.Boolean, None),
    ("days", ["2016-04-01", None], pl.Date, [date(2016, 4, 1), None]),
    (
        "days as the API has them",
        [MIDNIGHT, "2016-02-29"],
        pl.Date,
        [date(2016, 4, 1), date(2016, 2, 29)],
    ),
    (
        "instants",
        [MIDNIGHT, "2016-04-01T23:30:00.25-02:00", "2020-01-01T01:02:03+00:00"],
        pl.Datetime("us", "UTC"),
        [
            datetime(2016, 4, 1, tzinfo=UTC),
            datetime(2016, 4, 2, 1, 30, 0, 250000, tzinfo=UTC),
            datetime(2020, 1, 1, 1, 2, 3, tzinfo=UTC),
        ],
    ),
    (
        "midnight elsewhere",
        ["2016-04-01T00:00:00+02:00"],
        pl.Datetime("us", "UTC"),
        [datetime(2016, 3, 31, 22, tzinfo=UTC)],
    ),
    ("a day is no instant", ["2016-04-01", "2016-04-01T01:00:00Z"], pl.String, None),
    ("no such day", ["2016-04-01", "2015-02-29"], pl.String, None),
    ("before the year 1", ["0001-01-01T00:00:00+01:00", "2016-04-01T01:00:00Z"], pl.String, None),
    ("nobody's hour", ["2016-04-01T01:00:00"], pl.String, None),
    ("finer than can be kept", ["2016-04-01T01:00:00.1234567Z"], pl.String, None),
    ("days of other alphabets", ["２０１６-04-01"], pl.String, None),
    ("weeks, and days without dashes", ["2016-W01-1", "20160401"], pl.String, None),
    ("years", ["2016", "2017"], pl.String, None),
    ("a day and nothing", ["2016-04-01", ""], pl.String, None),
    ("text", ["é\n🦎", "", None, "\x1b[31m<i>\u202e"], pl.String, None),
    ("NUL and half of a pair", ["a\0b", "\ud800é"], pl.String, ["a\ufffdb", "?é"]),
    ("of all sorts", [True, 1, 1.5, "x", None], pl.String, ["true", "1", "1.5", "x", None]),
    ("truth and numbers", [False, 0], pl.String, ["false", "0"]),
    ("nothing", [None, None], pl.String, None),
    ("a list", [["1", "2|3"], ["4"]], pl.String, ["1|2\\|3", "4"]),
]


@pytest.mark.parametrize(
    ("cells", "dtype", "read"), [one[1:] for one in COLUMNS], ids=[one[0] for one in COLUMNS]
)
def test_a_column_has_the_type_that_holds_all_its_values(cells, dtype, read) -> None:
    """Else dates can't be compared, or a value is changed so as to fit."""
    frame = table([{"a": cell} for cell in cells])
    (column,) = frame.get_columns()
    assert column.dtype == dtype
    assert column.to_list() == (cells if read is None else read)


def test_columns_and_rows_are_those_of_the_csv() -> None:
    """Else a script that moves from one format to the other finds other columns."""
    records = [
        {"z": 1, "scopes": [{"description": {"en": "Global"}, "code": "1"}]},
        {"late": "x", "a": {"b": "c"}, "none": None},
        {},
        {"z": 2, "a_b": "d", "scopes": []},
    ]
    write_csv(Path("out.csv"), records, columns=("given",))
    with open("out.csv", encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    frame = table(records, columns=("given",))
    assert frame.columns == header
    assert [["" if cell is None else str(cell) for cell in row] for row in frame.rows()] == rows


CELL = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
    | st.dates().map(date.isoformat)
)
ALIKE = st.sampled_from([st.booleans(), st.integers(-99, 99), st.dates().map(date.isoformat), CELL])


@st.composite
def tables(draw):
    columns = {name: st.none() | draw(ALIKE) for name in draw(st.sets(st.sampled_from("abcd")))}
    return draw(st.lists(st.fixed_dictionaries({}, optional=columns), max_size=12))


@given(tables())
def test_any_table_reads_back_as_it_was(records) -> None:
    """Else some value, somewhere, is another one."""
    write_parquet(OUT, records)
    frame = pl.read_parquet(OUT)
    names, rows = from_duckdb(f"'{OUT}'")
    assert (names, rows) == (frame.columns, frame.rows())
    if not any(records):
        return
    assert frame.columns == list(dict.fromkeys(name for record in records for name in record))
    for name in frame.columns:
        for record, read in zip(records, frame[name].to_list(), strict=True):
            cell = record.get(name)
            if isinstance(cell, bool) and isinstance(read, str):
                cell = str(cell).lower()
            assert read == (str(cell) if isinstance(read, str | date) else cell) or (
                isinstance(read, date) and read.isoformat() == cell
            )


def test_no_rows_have_their_columns() -> None:
    """Else a query that found nothing breaks the script that reads it."""
    frame = table([], columns=("a", "b"))
    assert frame.schema == {"a": pl.String, "b": pl.String}
    assert frame.height == 0


@pytest.mark.parametrize("records", [[], [{}, {}]])
def test_no_columns_can_still_be_read(records) -> None:
    """Else DuckDB says that the file is broken."""
    assert table(records).height == len(records)


def test_names_that_a_file_cannot_have_stay_apart() -> None:
    """Else two columns become one, or the export ends in a traceback."""
    frame = table([{"a\0": 1, "a\ufffd": 2, "\ud800": 3, "?": 4, "?_2": 5}])
    assert frame.rows() == [(1, 2, 3, 4, 5)]
    assert frame.columns == ["a\ufffd", "a\ufffd_2", "?", "?_2", "?_2_2"]


def test_a_type_is_learnt_from_all_rows() -> None:
    """Else the type of the first rows loses the value of a later one."""
    records = [{"a": 1}] * 1000 + [{"a": "x"}, {"b": 1.5}]
    frame = table(records)
    assert frame.schema == {"a": pl.String, "b": pl.Float64}
    assert frame.rows()[-3:] == [("1", None), ("x", None), (None, 1.5)]


def test_long_rows_make_small_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a group of full assessments, which lies in memory, takes all of it."""
    monkeypatch.setattr(parquet_file, "GROUP_BYTES", 2_000_000)
    records = [{"text": f"{number}" * 4000} for number in range(1000, 2200)]
    write_parquet(OUT, records)
    groups = duckdb.sql(f"SELECT DISTINCT row_group_id FROM parquet_metadata('{OUT}')").fetchall()
    assert len(groups) == 10
    assert pl.read_parquet(OUT).rows(named=True) == records


def test_rows_keep_their_order_across_temporary_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a large export is shuffled, or lacks the columns of its first or last file."""
    monkeypatch.setattr(typed_table, "FILE_BYTES", 1)
    records = [{"a": number} for number in range(1000)] + [{"b": "x"}]
    assert table(records).rows() == [*((number, None) for number in range(1000)), (None, "x")]
    assert os.listdir() == ["out.parquet"]


def test_a_cell_of_megabytes_is_written() -> None:
    """Else one long text, or a hostile one, ends the export."""
    text = "é\n" * 3_000_000
    assert table([{"a": text}, {"a": None}]).rows() == [(text,), (None,)]


def breaks():
    yield from ROWS
    raise KeyboardInterrupt


@pytest.mark.parametrize("old", [False, True])
def test_an_export_that_breaks_leaves_the_old_one(old: bool) -> None:
    """Else a failed export destroys the good one, or leaves litter beside it."""
    if old:
        write_parquet(OUT, [{"old": 1}, {"old": 2}])
    with pytest.raises(KeyboardInterrupt):
        write_parquet(OUT, breaks())
    assert os.listdir() == (["out.parquet"] if old else [])
    if old:
        assert pl.read_parquet(OUT).rows() == [(1,), (2,)]


def test_a_link_stays_a_link_and_its_target_is_replaced() -> None:
    """Else a shared folder that the user links to isn't updated."""
    Path("far").mkdir()
    OUT.symlink_to("far/real.parquet")
    for _ in range(2):
        write_parquet(OUT, ROWS)
        assert OUT.is_symlink()
        assert pl.read_parquet(OUT).rows(named=True) == ROWS
        assert os.listdir("far") == ["real.parquet"]


def test_what_was_private_stays_private() -> None:
    """Else an export that only its owner could read becomes readable by all."""
    before = os.umask(0o022)
    try:
        write_parquet(OUT, ROWS)
        assert OUT.stat().st_mode & 0o777 == 0o644
        OUT.chmod(0o600)
        write_parquet(OUT, ROWS)
        assert OUT.stat().st_mode & 0o777 == 0o600
    finally:
        os.umask(before)


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("nope/out.parquet", "No such file or directory"),
        ("x" * 300, "File name too long"),
        (".", "needs a regular file"),
        ("/dev/full", "needs a regular file"),
        ("-", "needs a regular file"),
    ],
)
def test_a_place_where_it_cannot_go_is_told(path: str, why: str) -> None:
    """Else a wrong path shows a traceback."""
    with pytest.raises(ExportError, match=why) as caught:
        write_parquet(Path(path), ROWS)
    assert caught.value.advice is Advice.EXPORT_AGAIN
    assert os.listdir() == []


def test_a_disk_that_fills_up_half_way_leaves_the_old_file() -> None:
    """Else the last good export is gone when the disk is full."""
    OUT.write_text("old")
    code = """
import random, resource
from pathlib import Path
from tui_app.export.atomic import ExportError
from tui_app.export.parquet_file import write_parquet
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
rows = [{"a": random.Random(i).randbytes(500).hex()} for i in range(1000)]
try:
    write_parquet(Path("out.parquet"), rows)
except ExportError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout == "out.parquet can't be written: File too large.\n", done.stderr
    assert OUT.read_text() == "old"
    assert os.listdir() == ["out.parquet"]


def test_without_polars_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else whoever has the lean install sees a traceback."""
    monkeypatch.setitem(sys.modules, "polars", None)
    with pytest.raises(UsageError) as caught:
        write_parquet(OUT, ROWS)
    assert "pip install 'iucn-tui[parquet]'" in caught.value.sentence()
    assert os.listdir() == []


def test_polars_is_imported_only_when_it_is_used() -> None:
    """Else every command starts half a second later."""
    code = "import sys, tui_app.export.parquet_file; sys.exit('polars' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
