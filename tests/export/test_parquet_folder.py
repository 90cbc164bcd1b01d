"""A folder of Parquet files that DuckDB and polars read as one table."""

from __future__ import annotations

import os
import sys
from datetime import date
from pathlib import Path

import duckdb
import polars as pl
import pytest

from tui_app.export import parquet_folder
from tui_app.export.atomic import ExportError
from tui_app.export.parquet_folder import write_parquet_folder
from tui_app.redlist.errors import UsageError

OUT = Path("out")
OPERATION = "taxa/family/Felidae?latest=true"
CATS = [
    {"assessment_id": 1, "class_name": "MAMMALIA", "assessment_date": "2016-04-01", "latest": True},
    {"assessment_id": 2, "class_name": "AVES", "assessment_date": "2017-04-01", "latest": False},
    {"assessment_id": 3, "class_name": None, "assessment_date": None, "latest": None},
    {"assessment_id": 4, "class_name": "MAMMALIA", "assessment_date": "2018-04-01", "more": "x"},
]


def write(records, operation=OPERATION, **options):
    return write_parquet_folder(OUT, records, operation=operation, **options)


def files() -> list[str]:
    return sorted(str(path) for path in OUT.rglob("*"))


def with_polars():
    return pl.read_parquet(OUT, hive_partitioning=True)


def with_duckdb(select: str = "*"):
    source = "read_parquet('out/**/*.parquet', hive_partitioning = true)"
    found = duckdb.sql(f"SELECT {select} FROM {source}")
    return pl.DataFrame(found.fetchall(), found.columns, orient="row")


def test_each_operation_and_class_has_its_folder() -> None:
    """Else a query of one class reads all of the Red List."""
    done = write(CATS)
    base = "out/operation=taxa%2Ffamily%2FFelidae%3Flatest%3Dtrue"
    assert [path for path in files() if path.endswith(".parquet")] == [
        f"{base}/class_name=AVES/rows-2.parquet",
        f"{base}/class_name=MAMMALIA/rows-1.parquet",
        f"{base}/class_name=__HIVE_DEFAULT_PARTITION__/rows-3.parquet",
    ]
    size = sum(path.stat().st_size for path in OUT.rglob("*.parquet"))
    assert (done.path, done.rows, done.size_bytes, done.note) == (OUT, 4, size, "")
    alone = pl.read_parquet(f"{base}/class_name=MAMMALIA/rows-1.parquet", hive_partitioning=False)
    assert alone.columns == ["assessment_id", "assessment_date", "latest", "more"]
    assert alone["assessment_id"].to_list() == [1, 4]  # in the order of the CSV


@pytest.mark.parametrize("read", [with_polars, with_duckdb])
def test_readers_have_all_rows_with_their_types_and_values(read) -> None:
    """Else a partition has other types than the next, or a class is another one."""
    write(CATS)
    frame = read().sort("assessment_id")
    assert frame["operation"].unique().to_list() == [OPERATION]
    assert frame["class_name"].to_list() == ["MAMMALIA", "AVES", None, "MAMMALIA"]
    assert frame["latest"].to_list() == [True, False, None, None]
    assert frame["assessment_date"].to_list()[:2] == [date(2016, 4, 1), date(2017, 4, 1)]
    assert frame["more"].to_list() == [None, None, None, "x"]
    assert frame.schema["assessment_id"] == pl.Int64


HOSTILE = ("../../x", "a/b", "50% =?&#", "é 🦎", "..", "'\"", "a\nb", "AVES", "aves")


@pytest.mark.parametrize("read", [with_polars, with_duckdb])
def test_any_text_is_a_class(read) -> None:
    """Else a server writes outside of the folder, or its rows can't be read back."""
    write([{"assessment_id": n, "class_name": one} for n, one in enumerate(HOSTILE)], "a/b?c=%2F")
    frame = read().sort("assessment_id")
    assert tuple(frame["class_name"]) == HOSTILE
    assert frame["operation"].unique().to_list() == ["a/b?c=%2F"]
    assert os.listdir() == ["out"]


def test_lists_without_a_class_are_partitioned_by_operation_only() -> None:
    """Else each of their rows lies in a folder of null."""
    records = [{"operation": "threats/1", "a": 1}, {"operation": "threats/2", "a": 2}, {"a": 3}]
    done = write(records, "threats/2")
    assert [path for path in files() if path.endswith(".parquet")] == [
        "out/operation=threats%2F1/rows-1.parquet",
        "out/operation=threats%2F2/rows-2.parquet",
    ]
    assert done.note == "The rows have no class: partitioned by operation only."
    assert with_duckdb("sum(a)").item() == with_polars()["a"].sum() == 6


def test_full_assessments_are_partitioned_by_their_taxon_s_class() -> None:
    """Else only lists of names have classes."""
    write([{"taxon": {"class_name": "AVES", "sis_id": 7}}])
    assert with_polars().row(0, named=True) == {
        "taxon_class_name": "AVES",
        "taxon_sis_id": 7,
        "operation": OPERATION,
        "class_name": "AVES",
    }


@pytest.mark.parametrize(
    ("records", "columns", "read"),
    [([], ("a",), ["a", "operation"]), ([{}, {}], (), ["no_columns", "operation"])],
)
def test_few_rows_and_columns_can_be_read(records, columns, read) -> None:
    """Else a query that found nothing breaks the script that reads it."""
    write(records, columns=columns)
    assert with_polars().columns == with_duckdb().columns == read
    assert with_polars().height == with_duckdb().height == len(records)


def test_the_next_export_replaces_the_last_one_and_nothing_else() -> None:
    """Else rows of an older export stay among those of the new one."""
    write(CATS)
    (OUT / ".note").write_text("mine")
    write([{"assessment_id": 9}], "threats/1")
    assert files() == [
        "out/.note",
        "out/operation=threats%2F1",
        "out/operation=threats%2F1/rows-1.parquet",
    ]


def breaks():
    yield from CATS
    raise KeyboardInterrupt


def test_an_export_that_breaks_leaves_the_old_one() -> None:
    """Else a failed export destroys the good one, or leaves litter beside it."""
    with pytest.raises(KeyboardInterrupt):
        write(breaks())
    assert os.listdir() == []
    write(CATS)
    before = files()
    with pytest.raises(KeyboardInterrupt):
        write(breaks(), "threats/1")
    long = [*CATS, {"class_name": "x" * 300}]
    with pytest.raises(ExportError, match="File name too long"):
        write(long, "threats/1")
    assert files() == before
    assert os.listdir() == ["out"]


def test_too_many_classes_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a server that makes up classes fills the disk with folders."""
    monkeypatch.setattr(parquet_folder, "MOST_PARTITIONS", 2)
    with pytest.raises(ExportError, match="there are 3 operations and classes, and at most 2"):
        write(CATS)
    assert os.listdir() == []


def test_without_polars_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else whoever has the lean install sees a traceback."""
    monkeypatch.setitem(sys.modules, "polars", None)
    with pytest.raises(UsageError) as caught:
        write(CATS)
    assert "pip install 'iucn-tui[parquet]'" in caught.value.sentence()
    assert os.listdir() == []
