"""Formats for other programs: a workbook, a folder of Parquet files; and what is in none."""

from __future__ import annotations

import csv
import sys
from datetime import datetime
from pathlib import Path

import duckdb
import openpyxl
import polars as pl
import pytest

from tui_app.export import xlsx_file
from tui_app.redlist.operations import NOT_GIVEN

CROCODILES = "taxa/order/Crocodylia"


@pytest.fixture
def fetch(cli, demo):
    return lambda *args: cli("fetch", *args, "--base-url", demo.base_url)


def rows(file: str) -> list[dict[str, str]]:
    with Path(file).open(encoding="utf-8", newline="") as opened:
        return list(csv.DictReader(opened))


def as_csv(cell: object) -> str:
    if isinstance(cell, datetime):
        return f"{cell:%Y-%m-%d}"
    return "" if cell is None else str(cell).lower() if isinstance(cell, bool) else str(cell)


def test_a_workbook_has_the_rows_of_the_csv_and_says_where_they_are_from(fetch) -> None:
    """Else a table for a colleague is made by hand, and its ids are text."""
    said = fetch(CROCODILES, "--xlsx", "out.xlsx", "--csv", "out.csv")
    assert said.code == 0, said.err
    assert "154 rows to out.xlsx" in said.err
    book = openpyxl.load_workbook("out.xlsx")
    header, *found = book["records"].values
    wanted = rows("out.csv")
    assert list(header) == list(wanted[0])
    assert [list(map(as_csv, row)) for row in found] == [list(row.values()) for row in wanted]
    first = dict(zip(header, found[0], strict=True))
    assert type(first["sis_taxon_id"]) is type(first["assessment_id"]) is int
    assert type(first["latest"]) is bool
    assert type(first["assessment_date"]) is datetime
    facts = dict(book["provenance"].values)
    assert facts["operations.1.path"] == CROCODILES
    assert (facts["rows"], facts["counts.records"]) == ("154", "154")
    assert facts["program"].startswith("iucn-tui ")
    assert facts["written_utc"]
    assert "IUCN" in facts["citation"]
    assert facts["red_list_version"]
    assert Path("out.xlsx.meta.json").is_file()


def test_without_the_extra_nothing_is_requested(fetch, cli, monkeypatch) -> None:
    """Else an hour of fetching ends in a traceback."""
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    said = fetch(CROCODILES, "--xlsx", "out.xlsx")
    assert said.code == 2
    assert "pip install 'iucn-tui[excel]'" in said.err
    assert cli("runs", "--json").out.strip() == "[]"


def test_rows_that_do_not_fit_on_a_sheet_are_kept_and_in_the_other_files(
    fetch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a sheet lacks the last rows, or the CSV isn't written either."""
    monkeypatch.setattr(xlsx_file, "MOST_ROWS", 100)
    said = fetch(CROCODILES, "--xlsx", "out.xlsx", "--csv", "out.csv")
    assert said.code == 3
    assert "out.xlsx can't be written: a sheet holds at most 100 rows." in said.err
    assert len(rows("out.csv")) == 154
    assert not Path("out.xlsx").exists()


def test_a_folder_of_parquet_files_is_read_as_one_table(fetch, cli) -> None:
    """Else whoever has more than one machine, or less memory than rows, has to split a table."""
    said = fetch(CROCODILES, "taxa/order/Testudines", "--details", "--parquet", "cats/")
    assert said.code == 3, said.err  # one assessment is missing: its row has no class
    assert "671 rows to cats\n" in said.err
    assert Path("cats.meta.json").is_file()
    found = duckdb.sql("FROM read_parquet('cats/**/*.parquet', hive_partitioning = true)")
    assert found.aggregate("count(*), count(class_name)").fetchall() == [(671, 670)]
    assert {"operation", "class_name", "taxon_family_name"} <= set(found.columns)
    whole = pl.scan_parquet("cats/", hive_partitioning=True)
    frame = whole.filter(pl.col("class_name") == "REPTILIA").collect()
    assert frame.height == 670
    assert set(frame["operation"]) == {CROCODILES, "taxa/order/Testudines"}
    again = cli("export", "last", "--parquet", "cats")  # a folder that is there
    assert again.code == 0, again.err
    assert pl.read_parquet("cats", hive_partitioning=True).height == 671


def test_a_list_without_classes_says_that_it_has_none(fetch) -> None:
    """Else the reader of the folder looks for classes in vain."""
    said = fetch(CROCODILES, "--parquet", "rows/")
    assert said.code == 0, said.err
    assert "154 rows to rows\n  The rows have no class: partitioned by operation only." in said.err
    assert [path.name for path in Path("rows").iterdir()] == ["operation=taxa%2Forder%2FCrocodylia"]


def test_what_the_api_does_not_have_is_said(cli) -> None:
    """Else a column of CITES appendices is searched for in every table."""
    said = cli("fetch", "cites")
    assert said.code == 2
    assert "The Red List API has no CITES appendices." in said.err
    text = " ".join(cli("operations", "--help").out.split())
    for sentence in NOT_GIVEN.values():
        assert sentence in text
    assert "Example: iucn-tui operations --api v3" in text


def test_names_are_partitioned_by_the_class_of_their_taxon(cli, fetch) -> None:
    """Else a list of names lies in one folder of null; a line without a taxon does."""
    fetch(CROCODILES, "--csv", "known.csv")
    name = rows("known.csv")[0]["taxon_scientific_name"]
    Path("names.csv").write_text(f"operation,name\nmine,{name}\nmine,Notagenus notaspecies\n")
    said = fetch("species", "--names", "names.csv", "--parquet", "out/")
    assert said.code == 3, said.err
    frame = pl.read_parquet("out", hive_partitioning=True).sort("line")
    assert frame["class_name"].to_list() == ["REPTILIA", None]
    assert frame["operation"].to_list() == ["species"] * 2
    assert frame["operation_input"].to_list() == ["mine"] * 2
