"""One row per taxon, of a list with assessments of several scopes: a filter over what is kept."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import polars
import pytest

from tests.support.scopes import ROWS, STATUSES, scoped_list
from tui_app.redlist import Query, make_query
from tui_app.runs import Service, Summary
from tui_app.settings import Settings

LIST = make_query(["countries/MG"])


def fetched(service: Service, home: Path, query: Query = LIST) -> tuple[Summary, int]:
    """A run of the scoped list, and how many requests it took."""
    with scoped_list() as host:
        settings = Settings(source="live", base_url=host.base_url, home=home, fresh=True)
        return service.fetch(query, settings), len(host.asked)


def ids(rows: list[dict[str, Any]]) -> list[int]:
    return [int(one["assessment_id"]) for one in rows]


def table(path: str) -> list[dict[str, Any]]:
    with Path(path).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_every_form_of_the_records_has_one_row_per_taxon(
    service: Service, settings: Settings
) -> None:
    """Else the choice depends on the file's ending."""
    summary, _ = fetched(service, settings.home)
    files = {"csv": Path("a.csv"), "jsonl": Path("a.jsonl"), "parquet": Path("a.parquet")}
    written = service.export(summary.run, one_per_taxon=True, **files)
    assert [one.rows for one in written] == [4, 4, 4]
    assert ids(table("a.csv")) == STATUSES
    assert ids([json.loads(one) for one in Path("a.jsonl").read_text().splitlines()]) == STATUSES
    assert ids(polars.read_parquet("a.parquet").to_dicts()) == STATUSES
    view = service.records(summary.run, one_per_taxon=True)
    place = view.columns.index("assessment_id")
    assert [int(one[place]) for one in view.rows(0, 99)] == STATUSES
    assert [view.record(n)["assessment_id"] for n in range(len(view))] == STATUSES


def test_what_arrived_stays_and_is_counted_as_before(service: Service, settings: Settings) -> None:
    """Else a choice of rows looks like a run that brought fewer, and can't be undone."""
    summary, requests = fetched(service, settings.home)
    assert summary.records == len(ROWS)
    assert requests == 4  # three pages and the version
    service.export(summary.run, one_per_taxon=True, csv=Path("one.csv"))
    service.export(summary.run, csv=Path("all.csv"))
    assert ids(table("all.csv")) == ids(ROWS)
    one, every = (json.loads(Path(f"{name}.csv.meta.json").read_text()) for name in ("one", "all"))
    assert (one["rows"], one["counts"]["records"], one["one_per_taxon"]) == (4, 8, True)
    assert (every["rows"], every["counts"]["records"], every["one_per_taxon"]) == (8, 8, False)


def test_full_assessments_are_chosen_as_their_rows_are(
    service: Service, settings: Settings
) -> None:
    """Else the tables are of other assessments than the list beside them."""
    query = make_query(["countries/MG"], details=True)
    summary, _ = fetched(service, settings.home, query)
    assert summary.details == len(ROWS)
    files = {"csv": Path("a.csv"), "tables": Path("tables")}
    service.export(summary.run, one_per_taxon=True, **files)
    assert ids(table("a.csv")) == ids(table("tables/assessments.csv")) == STATUSES
    meta = json.loads(Path("tables.meta.json").read_text())
    assert (meta["rows"], meta["one_per_taxon"]) == (4, True)


def test_a_search_gives_ids_alone(service: Service, settings: Settings) -> None:
    """Its rows name no taxon: their full assessments do, where there are some."""
    for details, expected in ((True, STATUSES), (False, ids(ROWS))):
        query = make_query(["assessment_search?filter_on[]=gss"], details=details)
        summary, _ = fetched(service, settings.home, query)
        service.export(summary.run, one_per_taxon=True, csv=Path("a.csv"))
        assert ids(table("a.csv")) == expected
    query = make_query(["assessments"], ids=map(str, ids(ROWS)))
    summary, _ = fetched(service, settings.home, query)
    service.export(summary.run, one_per_taxon=True, csv=Path("a.csv"), tables=Path("tables"))
    assert len(table("a.csv")) == len(ROWS)  # each line has its row
    assert ids(table("tables/assessments.csv")) == STATUSES


def test_names_choose_the_same_assessment_as_lists(service: Service, settings: Settings) -> None:
    """Else a taxon's status depends on how it was asked for; each line keeps its row."""
    names = ["Inventa prima", "Inventa tertia", "inventa  prima", "nonsense"]
    query = make_query(["species"], names=names, details=True)
    summary, _ = fetched(service, settings.home, query)
    files = {"csv": Path("a.csv"), "tables": Path("tables")}
    service.export(summary.run, one_per_taxon=True, **files)
    rows = table("a.csv")
    assert [one["line"] for one in rows] == ["1", "2", "3", "4"]
    assert [one["assessment_id"].partition("|")[0] for one in rows] == ["102", "106", "102", ""]
    assert ids(table("tables/assessments.csv")) == [102, 106]
    service.export(summary.run, tables=Path("every"))
    assert len(table("every/assessments.csv")) == 5


@pytest.mark.parametrize("operations", [["countries/MG", "threats/5"], ["countries/MG"]])
def test_several_operations_give_a_taxon_once(
    service: Service, settings: Settings, operations: list[str]
) -> None:
    """Else a union has a taxon once for each list that names it."""
    summary, _ = fetched(service, settings.home, make_query(operations))
    service.export(summary.run, one_per_taxon=True, csv=Path("a.csv"))
    assert ids(table("a.csv")) == STATUSES


def test_an_intersection_counts_what_arrived(service: Service, settings: Settings) -> None:
    """Else its number of records changes with the choice of rows."""
    query = make_query(["countries/MG", "threats/5"], intersect=True)
    summary, _ = fetched(service, settings.home, query)
    service.export(summary.run, one_per_taxon=True, csv=Path("a.csv"))
    assert ids(table("a.csv")) == STATUSES
    assert json.loads(Path("a.csv.meta.json").read_text())["counts"]["records"] == len(ROWS)


@pytest.mark.parametrize(
    ("filters", "taxa"),
    [
        ({"latest": "true"}, 2),
        ({}, None),  # nobody asked for latest ones
        ({"latest": "true", "scope_code": "*"}, None),
        ({"latest": "false"}, None),
    ],
)
def test_several_latest_assessments_are_found_where_no_scope_was_chosen(
    service: Service, settings: Settings, filters: dict[str, str], taxa: int | None
) -> None:
    """Else regional assessments come in unnoticed, or a notice comes for nothing."""
    query = make_query(["countries/MG"], params=filters.items())
    summary, _ = fetched(service, settings.home, query)
    for found in (service.several_latest(summary.run), service.several_latest(summary.run, query)):
        assert (None if found is None else found.taxa) == taxa


def test_a_list_of_names_has_no_notice(service: Service, settings: Settings) -> None:
    """Each name has one row already."""
    query = make_query(["species"], names=["Inventa prima"], filters={"latest": "true"})
    summary, _ = fetched(service, settings.home, query)
    assert service.several_latest(summary.run) is None
