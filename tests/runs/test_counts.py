"""How many rows of a kept run have each value of a field, or of two."""

from __future__ import annotations

import pytest

from tests.support.kept_rows import assessed, keep_rows
from tests.support.stepwise import begin_again, keep, saved_pages
from tui_app.redlist.errors import UsageError
from tui_app.runs import Service
from tui_app.runs.counts import ValueCounts, usual_column
from tui_app.store import Store

EUROPE = {"description": {"en": "Europe"}, "code": "2"}
GLOBAL = {"description": {"en": "Global"}, "code": "1"}


def test_rows_are_counted_by_category_the_worst_first(service: Service, store: Store) -> None:
    codes = ["LC", "DD", "CR", "LC", "EX", None, "DD", "DD", "NT", "N/A"]
    keep_rows(store, [assessed(number, code) for number, code in enumerate(codes)])
    found = service.counts("last")
    assert (found.fields, found.records) == (("red_list_category_code",), 10)
    assert list(found.totals.items()) == [
        ("EX", 1), ("CR", 1), ("NT", 1), ("LC", 2), ("DD", 3), ("N/A", 1), ("", 1),
    ]  # fmt: skip
    assert next(found.rows()) == {"red_list_category_code": "EX", "count": 1}
    assert list(found.table()) == list(found.rows())


def test_two_fields_make_a_table(service: Service, store: Store) -> None:
    """A row of two scopes counts for each, and once for its category."""
    keep_rows(
        store,
        [
            assessed(1, "VU", scopes=[EUROPE, GLOBAL]),
            assessed(2, "VU"),
            assessed(3, "EN", "Europe"),
            assessed(4, "EN", scopes=[]),
        ],
    )
    found = service.counts("1", ["category", "scopes_description"])
    assert found.columns == ("red_list_category_code", "Europe", "Global", "")
    assert [tuple(row.values()) for row in found.table()] == [("EN", 1, 0, 1), ("VU", 1, 2, 0)]
    assert found.totals == {"EN": 2, "VU": 2}
    names = ("red_list_category_code", "scopes_description", "count")
    assert [tuple(row[name] for name in names) for row in found.rows()] == [
        ("EN", "Europe", 1), ("EN", "", 1), ("VU", "Europe", 1), ("VU", "Global", 2),
    ]  # fmt: skip


def test_numbers_are_in_order_and_other_values_by_frequency(service: Service, store: Store) -> None:
    rows = [("2010", "b"), ("1996", "c"), ("2010", "c"), ("2024", "a")]
    keep_rows(store, [assessed(1, "VU", year_published=y, criteria=c) for y, c in rows])
    assert list(service.counts("1", ["year"]).totals) == ["1996", "2010", "2024"]
    assert list(service.counts("1", ["criteria"]).totals) == ["c", "a", "b"]
    codes = [{"code": code} for code in ("10", "5_1_2", "5", "5_1_10")]
    keep_rows(store, codes, "threats", key="threats")
    assert list(service.counts("2", ["code"]).totals) == ["5", "5_1_2", "5_1_10", "10"]
    countries = [{"code": code} for code in ("LC", "CR", "LC")]
    keep_rows(store, countries, "countries", key="countries")
    assert list(service.counts("3", ["code"]).totals) == ["LC", "CR"]  # Saint Lucia, Costa Rica
    assert service.counts("1", ["latest"]).totals == {"true": 4}


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("category", "red_list_category_code"),
        ("Red List category", "red_list_category_code"),
        ("year", "year_published"),
        ("scope", "scopes_code"),
        ("scientific-name", "taxon_scientific_name"),
        ("crit", "criteria"),
        ("trend", "population_trend_code"),
        ("population trend", "population_trend_code"),
        ("LATEST", "latest"),
    ],
)
def test_a_part_of_a_name_is_enough(service: Service, store: Store, name: str, meant: str) -> None:
    trend = {"code": "1", "description": {"en": "Decreasing"}}
    rows = [assessed(1, "VU", population_trend=one) for one in (None, trend)]
    keep_rows(store, rows)
    assert service.counts("1", [name]).fields == (meant,)


@pytest.mark.parametrize(
    ("name", "why", "near"),
    [
        ("categroy", "There is no field 'categroy'", "red_list_category_code"),
        ("scop", "'scop' is in several fields", "scopes_code, scopes_description"),
        ("", "There is no field ''", "year_published"),
    ],
)
def test_an_unknown_field_is_answered_with_near_ones(
    service: Service, store: Store, name: str, why: str, near: str
) -> None:
    keep_rows(store, [assessed(1, "VU")])
    with pytest.raises(UsageError) as raised:
        service.counts("1", [name])
    said = raised.value.sentence({})
    assert why in said
    assert near in said


def test_v3_has_its_own_category(service: Service, store: Store) -> None:
    keep_rows(store, [{"taxonid": 1, "category": "VU"}], "species/page", api="v3", key="result")
    assert service.counts("1").totals == {"VU": 1}


def test_an_empty_run_has_no_counts(service: Service, store: Store) -> None:
    keep_rows(store, [])
    assert service.counts("1").totals == {}


def test_rows_are_counted_some_at_a_time_as_all_at_once(service: Service, store: Store) -> None:
    """So that a picture is drawn while they arrive, and nothing is counted twice."""
    codes = ["LC", "CR", "LC", "EX", "VU"] * 30
    scopes = [[EUROPE, GLOBAL], [GLOBAL], []]
    rows = [assessed(n, code, scopes=scopes[n % 3]) for n, code in enumerate(codes)]
    of = keep_rows(store, rows, page_rows=10)
    columns = ("red_list_category_code", "scopes_description", "latest")
    pages, run = saved_pages(store, of), begin_again(store, of)
    keep(store, run, pages[5:])
    view = service.arriving(run)
    found = ValueCounts(columns)
    assert not found.count(view, lambda: found.rows >= 30)
    assert found.rows == 30
    assert found.count(view)
    keep(store, run, pages[:5])
    assert found.count(view.grown())
    assert found.rows == 150
    for column in columns:
        whole = service.counts(of, [column]).totals
        assert list(found.totals(column).items()) == list(whole.items())


def test_a_column_with_too_many_values_is_not_counted(
    service: Service, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else counting by name takes as much memory as all names."""
    monkeypatch.setattr("tui_app.runs.counts.MOST_COUNTED", 20)
    of = keep_rows(store, [assessed(number, "VU") for number in range(50)], page_rows=10)
    found = ValueCounts(["sis_taxon_id", "red_list_category_code"])
    assert found.count(service.records(of))
    assert found.crowded == {"sis_taxon_id"}
    assert found.totals("sis_taxon_id") == {}
    assert found.totals("red_list_category_code") == {"VU": 50}


@pytest.mark.parametrize(
    ("columns", "category", "year", "scope"),
    [
        (("year_published", "scopes_code", "scopes_description", "red_list_category_code"),
         "red_list_category_code", "year_published", "scopes_description"),
        (("taxonid", "category"), "category", None, None),
        (("line", "red_list_category_code", "year_published", "scopes"),
         "red_list_category_code", "year_published", "scopes"),
        (("code", "description"), None, None, None),
    ],
)  # fmt: skip
def test_what_most_records_are_counted_by(
    columns: tuple[str, ...], category: str | None, year: str | None, scope: str | None
) -> None:
    found = [usual_column(what, columns) for what in ("category", "year", "scope")]
    assert found == [category, year, scope]
