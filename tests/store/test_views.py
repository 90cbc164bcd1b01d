"""What people ask the store in SQL gives what the server sent."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from msgspec import structs

from tests.support.store_rows import attempt
from tui_app.store import DETAILS, NewRun, PageRow, Store
from tui_app.store.schema import LISTS, VIEWS

SEARCH = "assessment_search?filter_on[]=gss"
NEW = NewRun("live", "v4", "http://h", "threads", "a", ("countries/MG", "threats", SEARCH), {})
ROWS = [
    {"assessment_id": 11, "sis_taxon_id": 1, "year_published": "2020", "latest": True},
    None,
    {"assessment_id": 12, "sis_taxon_id": 2, "taxon_scientific_name": "Panthera ficta"},
]
FULL = {
    "assessment_id": 11,
    "sis_taxon_id": 1,
    "taxon": {"scientific_name": "Panthera ficta", "family_name": "FELIDAE"},
    "red_list_category": {"code": "VU"},
    **{
        name: [
            {"code": f"{number}", "description": {"en": f"{name} {number}"}, "note": None}
            for number in range(3)
        ]
        for name in LISTS
    },
    "assessment_date": "2024-05-17T01:00:00.000+01:00",
}
NULLS = {
    "assessment_id": 13,
    **{name: None if name in ("threats", "credits") else [None] for name in LISTS},
}


@pytest.fixture
def sql(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """A store with a list, a code list and a full assessment, opened as anybody would."""
    store = Store(tmp_path / "runs")
    run = store.begin(NEW)

    def page(target: int, number: int | None, path: str, body: object, key: str | None) -> PageRow:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        return PageRow(target, number, path, 200, 1, None, None, None, data, key)

    pages = [
        page(0, 1, "/api/v4/countries/MG?page=1", {"assessments": ROWS}, "assessments"),
        page(0, 2, "/api/v4/countries/MG?page=2", b"\xff not JSON", "assessments"),
        page(
            0, 3, "/api/v4/countries/MG?page=3", b'{"assessments": [' + b"[" * 3000, "assessments"
        ),
        page(1, None, "/api/v4/threats", {"threats": ["plain", {"code": "1"}]}, "threats"),
        page(DETAILS, 11, "/api/v4/assessment/11", FULL, None),
        page(2, 1, f"/api/v4/{SEARCH}&page=1", {"assessment_ids": [7, None]}, "assessment_ids"),
        page(0, 4, "/api/v4/countries/MG?page=4", {"assessments": None}, "assessments"),
        page(DETAILS, 13, "/api/v4/assessment/13", NULLS, None),
    ]
    store.keep(run, [(one, attempt(number)) for number, one in enumerate(pages)])
    store.keep(run, [(None, attempt(9, kind="timeout", final=False))])
    store.keep(run, [(None, structs.replace(attempt(9, 2), message="well"))])
    store.close()
    opened = sqlite3.connect(store.path)
    yield opened
    opened.close()


def test_records_are_the_rows_as_they_came(sql: sqlite3.Connection) -> None:
    """Else a query misses rows, or one bad body makes every query fail."""
    found = sql.execute(
        "SELECT operation, page, row, assessment_id, year_published, latest, record FROM records"
        " ORDER BY operation, page, row"
    ).fetchall()
    assert [one[:6] for one in found] == [
        (SEARCH, 1, 1, 7, None, None),
        ("countries/MG", 1, 1, 11, "2020", 1),
        ("countries/MG", 1, 3, 12, None, None),
        ("threats", -1, 1, None, None, None),
        ("threats", -1, 2, None, None, None),
    ]
    assert [json.loads(one[6]) for one in found[1:3]] == [ROWS[0], ROWS[2]]


def test_a_record_s_date_is_a_day_wherever_it_comes_from(tmp_path: Path) -> None:
    """Else a query that compares dates misses the assessments fetched one by one."""
    store = Store(tmp_path)
    run = store.begin(replace(NEW, operations=("countries/MG", "assessment/11")))
    listed = json.dumps({"assessments": [{"assessment_date": FULL["assessment_date"]}]}).encode()
    for target, body, key in ((0, listed, "assessments"), (1, json.dumps(FULL).encode(), None)):
        row = PageRow(target, None, f"/{target}", 200, 1, None, None, None, body, key)
        store.keep(run, [(row, None)])
    store.close()
    sql = sqlite3.connect(store.path)
    assert sql.execute("SELECT assessment_date FROM records").fetchall() == [("2024-05-17",)] * 2
    sql.close()


def test_each_list_of_an_assessment_is_a_view_with_every_item(sql: sqlite3.Connection) -> None:
    """Else a table of threats lacks threats."""
    assert sql.execute(
        "SELECT assessment_id, scientific_name, family_name, red_list_category_code,"
        " assessment_date FROM assessments ORDER BY assessment_id"
    ).fetchall() == [
        (11, "Panthera ficta", "FELIDAE", "VU", "2024-05-17"),
        (13, None, None, None, None),
    ]
    for name in LISTS:
        found = sql.execute(
            f'SELECT assessment_id, scientific_name, item, record FROM "{name}" ORDER BY item'
        ).fetchall()
        assert [one[:3] for one in found] == [(11, "Panthera ficta", n) for n in (1, 2, 3)]
        assert [json.loads(one[3]) for one in found] == FULL[name]
    codes = sql.execute("SELECT code, description FROM threats ORDER BY item").fetchall()
    assert codes == [("0", "threats 0"), ("1", "threats 1"), ("2", "threats 2")]


def test_requests_have_a_row_each_with_their_last_attempt(sql: sqlite3.Connection) -> None:
    """Else a request that was retried counts twice."""
    found = sql.execute(
        "SELECT request, attempts, outcome, total_ms, message FROM requests ORDER BY request"
    ).fetchall()
    assert [one[0] for one in found] == [0, 1, 2, 3, 4, 5, 6, 7, 9]
    assert found[-1][1:3] == (2, "ok")
    assert found[-1][4] == "well"


def test_every_view_can_be_asked(sql: sqlite3.Connection) -> None:
    """Else a documented view fails with an error of SQLite's."""
    for name in VIEWS:
        sql.execute(f'SELECT * FROM "{name}"').fetchall()
