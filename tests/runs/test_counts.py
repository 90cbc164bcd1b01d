"""How many rows of a kept run have each value of a field, or of two."""

from __future__ import annotations

import pytest

from tests.support.kept_rows import assessed, keep_rows
from tui_app.redlist.errors import UsageError
from tui_app.runs import Service
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
