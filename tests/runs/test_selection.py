"""Exports of some rows: those that a table shows, in its order."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import openpyxl
import polars
import pytest

from tests.support.kept_rows import assessed, keep_rows
from tests.support.scopes import ROWS, scoped_list
from tui_app.demo.taxa import Taxa
from tui_app.redlist import make_query
from tui_app.redlist.errors import UsageError
from tui_app.runs import Service
from tui_app.runs.records_table import View, arranged
from tui_app.runs.selection import Selection
from tui_app.settings import Settings
from tui_app.store import Store

SPECIES = [
    assessed(number, ("CR", "VU", "EN")[number % 3], criteria="A2" if number == 139 else None)
    for number in range(140)
]
"""More than a page."""


def shown(view: View, find: str, sort: str | None = None, *, descending: bool = False) -> Selection:
    """What a table shows of a run."""
    rows = arranged(view, find=find, sort=sort, descending=descending)
    return Selection(rows.order, len(view), find, sort, descending)


def table(path: str) -> list[dict[str, Any]]:
    with Path(path).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def taxa(rows: list[dict[str, Any]]) -> list[int]:
    return [int(one["sis_taxon_id"]) for one in rows]


def test_each_form_has_the_rows_shown_in_the_order_shown(service: Service, store: Store) -> None:
    """Else 140 rows are written where 46 were chosen, or only CSV is right."""
    run = keep_rows(store, SPECIES)
    service.export(run, csv=Path("all.csv"))
    chosen = shown(service.records(run), "category_code:VU", "sis_taxon_id", descending=True)
    files = {
        "csv": "some.csv", "jsonl": "some.jsonl", "parquet": "some.parquet",
        "parquet_folder": "folder", "xlsx": "some.xlsx",
    }  # fmt: skip
    written = service.export(
        run, selection=chosen, **{form: Path(name) for form, name in files.items()}
    )
    expected = [number for number in range(139, -1, -1) if number % 3 == 1]
    assert [one.rows for one in written] == [len(expected)] * 5
    rows = table("some.csv")
    assert taxa(rows) == expected
    assert list(rows[0]) == list(table("all.csv")[0])  # also `criteria`, which no row chosen has
    assert (
        taxa([json.loads(one) for one in Path("some.jsonl").read_text().splitlines()]) == expected
    )
    assert taxa(polars.read_parquet("some.parquet").to_dicts()) == expected
    assert taxa(polars.read_parquet("folder/**/*.parquet").to_dicts()) == expected
    header, *cells = openpyxl.load_workbook("some.xlsx")["records"].values
    assert taxa([dict(zip(header, one, strict=True)) for one in cells]) == expected
    for name in files.values():
        meta = json.loads(Path(f"{name}.meta.json").read_text())
        said = meta["rows"], meta["of"], meta["filter"], meta["sort"], meta["counts"]["records"]
        assert said == (47, 140, "category_code:VU", "sis_taxon_id descending", 140)
    facts = dict(openpyxl.load_workbook("some.xlsx")["provenance"].values)
    assert (facts["of"], facts["filter"]) == ("140", "category_code:VU")
    assert "of" not in json.loads(Path("all.csv.meta.json").read_text())
    assert not list(Path().glob(".*"))


def test_rows_in_saved_order_need_no_copy(service: Service, store: Store) -> None:
    run = keep_rows(store, SPECIES)
    chosen = shown(service.records(run), "category_code:EN")
    service.export(run, selection=chosen, csv=Path("some.csv"), requests_csv=Path("requests.csv"))
    assert taxa(table("some.csv")) == [one for one in range(140) if one % 3 == 2]
    assert json.loads(Path("some.csv.meta.json").read_text())["sort"] is None
    assert "of" not in json.loads(Path("requests.csv.meta.json").read_text())


def test_no_rows_are_a_header(service: Service, store: Store) -> None:
    """Else a script that reads the columns fails where a search found nothing."""
    run = keep_rows(store, SPECIES)
    service.export(run, csv=Path("all.csv"))
    service.export(run, selection=shown(service.records(run), "nothing like it"), csv=Path("a.csv"))
    assert Path("a.csv").read_text() == Path("all.csv").read_text().split("\n")[0] + "\n"


def test_rows_of_a_run_that_has_changed_are_refused(service: Service, store: Store) -> None:
    """Else other rows than those shown are written."""
    run = keep_rows(store, SPECIES)
    with pytest.raises(UsageError, match="has 140 rows now, not 139") as refused:
        service.export(run, selection=Selection([0], 139), csv=Path("a.csv"))
    assert "Open it again" in refused.value.sentence()
    assert not Path("a.csv").exists()


def test_tables_have_the_assessments_of_the_rows(service: Service, settings: Settings) -> None:
    """Else the tables are of other assessments than the list beside them."""
    query = make_query(["countries/MG"], details=True)
    with scoped_list() as host:
        live = Settings(source="live", base_url=host.base_url, home=settings.home, fresh=True)
        run = service.fetch(query, live).run
    chosen = shown(service.records(run), "Europe", "assessment_id", descending=True)
    service.export(run, selection=chosen, csv=Path("a.csv"), tables=Path("tables"))
    ids = [int(one["assessment_id"]) for one in table("a.csv")]
    assert ids == [107, 106, 103, 101]
    assert [int(one["assessment_id"]) for one in table("tables/assessments.csv")] == ids[::-1]
    meta = json.loads(Path("tables.meta.json").read_text())
    assert (meta["rows"], meta["of"], meta["filter"]) == (4, len(ROWS), "Europe")


def test_rows_of_a_taxon_and_of_names(service: Service, settings: Settings) -> None:
    """A taxon's history has the rows shown; the taxon of a name shown has all of its history."""
    known = Taxa(settings.seed)
    species = [one for one in range(200) if len(known.scientific_name(one).split()) == 2]
    one, other = [one for one in species if len(known.history(one)) > 2][:2]
    run = service.fetch(make_query([f"taxa/sis/{known.sis_id(one)}"]), settings).run
    view = service.records(run)
    chosen = Selection([1, 0], len(view), sort="year_published")
    service.export(run, selection=chosen, jsonl=Path("a.jsonl"), tables=Path("taxon"))
    ids = [json.loads(row)["assessment_id"] for row in Path("a.jsonl").read_text().splitlines()]
    assert ids == [view.record(1)["assessment_id"], view.record(0)["assessment_id"]]
    assert [int(row["assessment_id"]) for row in table("taxon/history.csv")] == ids[::-1]

    names = [known.scientific_name(one), known.scientific_name(other)]
    run = service.fetch(make_query(["species"], names=names), settings).run
    chosen = shown(service.records(run), names[1])
    service.export(run, selection=chosen, jsonl=Path("b.jsonl"), tables=Path("names"))
    (row,) = map(json.loads, Path("b.jsonl").read_text().splitlines())
    assert row["input"] == names[1]
    assert row.keys() > set(service.records(run).columns)  # all that came, as without a choice
    history = {row["sis_taxon_id"] for row in table("names/history.csv")}
    assert history == {str(known.sis_id(other))}
    assert len(table("names/history.csv")) == len(known.history(other))


def test_rows_of_green_status(service: Service, settings: Settings) -> None:
    """Else the tables have all of it: its rows have no assessment's id."""
    run = service.fetch(make_query(["green_status/all"]), settings).run
    view = service.records(run)
    service.export(run, selection=Selection([3, 1], len(view)), tables=Path("green"))
    names = [one["taxon_scientific_name"] for one in table("green/assessments.csv")]
    assert names == [view.record(place)["taxon"]["scientific_name"] for place in (1, 3)]
