"""What changed between two kept runs."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from tests.support.kept_rows import assessed, keep_rows
from tui_app.redlist.errors import UsageError
from tui_app.runs import Service
from tui_app.store import RunState, Store

BY_THREAT = (
    *({"red_list_category_code": code} for code in ("LC", "NT", "VU", "EN", "CR")),
    {"red_list_category_code": "CR", "possibly_extinct_in_the_wild": True},
    {"red_list_category_code": "CR", "possibly_extinct": True},
    *({"red_list_category_code": code} for code in ("EW", "EX")),
)


def changes(service: Service, *, everything: bool = False, **more: Any) -> list[tuple[object, ...]]:
    """Of each row of the difference of runs 1 and 2: what changed, of which taxon, where."""
    found = service.difference("1", "2", **more)
    rows = found.rows(everything=everything)
    return [(row["change"], row["sis_taxon_id"], row["scopes"]) for row in rows]


def test_taxa_are_added_removed_and_changed(service: Service, store: Store) -> None:
    keep_rows(store, [assessed(1, "VU"), assessed(2, "LC"), assessed(3, "EN"), assessed(4, "NT")])
    later = {"assessment_id": 77, "year_published": "2026"}
    keep_rows(store, [assessed(4, "NT"), assessed(5, "DD"), assessed(1, "EN", **later)])
    found = service.difference("1", "2")
    assert found.columns == (
        "change", "sis_taxon_id", "scientific_name", "scopes",
        "red_list_category_code_before", "red_list_category_code_after",
        "year_published_before", "year_published_after",
        "assessment_id_before", "assessment_id_after",
    )  # fmt: skip
    name = "Inventa exemplaris"
    assert [tuple(row.values()) for row in found.rows()] == [
        ("changed", 1, f"{name}1", "Global", "VU", "EN", "2020", "2026", 1001, 77),
        ("added", 5, f"{name}5", "Global", None, "DD", None, "2020", None, 1005),
        ("removed", 2, f"{name}2", "Global", "LC", None, "2020", None, 1002, None),
        ("removed", 3, f"{name}3", "Global", "EN", None, "2020", None, 1003, None),
    ]
    assert found.summary == "1 up-listed, 0 down-listed, 1 added, 2 removed, 1 same"
    assert changes(service, everything=True)[4:] == [("same", 4, "Global")]
    assert (found.doubts, found.damage) == ([], "")


def test_a_taxon_is_compared_in_each_scope(service: Service, store: Store) -> None:
    """Else a European assessment is taken for a change of the global one."""
    keep_rows(store, [assessed(1, "VU"), assessed(1, "LC", "Europe", assessment_id=2)])
    keep_rows(store, [assessed(1, "EN", "Europe", assessment_id=2), assessed(1, "VU")])
    assert changes(service, everything=True) == [("changed", 1, "Europe"), ("same", 1, "Global")]
    assert service.difference("1", "2").counts["up-listed"] == 1


@pytest.mark.parametrize(("lower", "higher"), pairwise(BY_THREAT))
def test_a_step_to_more_threat_is_an_up_listing(
    service: Service, store: Store, lower: dict[str, Any], higher: dict[str, Any]
) -> None:
    """Possibly extinct is a step above critically endangered, though the code is the same."""
    keep_rows(store, [assessed(1, "", **lower)])
    keep_rows(store, [assessed(1, "", **higher)])
    assert service.difference("1", "2").summary == "1 up-listed, 0 down-listed, 0 added, 0 removed"
    assert service.difference("2", "1").summary == "0 up-listed, 1 down-listed, 0 added, 0 removed"


@pytest.mark.parametrize(
    ("before", "after"),
    [("DD", "EX"), ("VU", "NE"), (None, "VU"), ("LR/cd", "NT"), ("I", "CR"), ("VU", "VU")],
)
def test_other_changes_are_no_listings(
    service: Service, store: Store, before: str | None, after: str
) -> None:
    """Data Deficient is no level of threat, and a new assessment may confirm the category."""
    keep_rows(store, [assessed(1, before, assessment_id=1)])
    keep_rows(store, [assessed(1, after, assessment_id=2)])
    found = service.difference("1", "2")
    assert found.summary == "0 up-listed, 0 down-listed, 0 added, 0 removed, 1 changed otherwise"
    assert [row["change"] for row in found.rows()] == ["changed"]


def test_of_several_assessments_the_latest_counts(service: Service, store: Store) -> None:
    """A list without `latest` holds a taxon's history."""
    old = assessed(1, "LC", year_published="1996", latest=False, assessment_id=5)
    older = assessed(1, "CR", year_published="1990", latest=False, assessment_id=4)
    newest = assessed(2, "EN", year_published="2001", latest=False, assessment_id=9)
    keep_rows(store, [old, assessed(1, "VU"), older, assessed(2, "LC", latest=False), newest])
    keep_rows(store, [assessed(1, "VU"), old, assessed(2, "LC", latest=False)])
    assert changes(service, everything=True) == [("same", 1, "Global"), ("same", 2, "Global")]


def test_fields_by_name_are_compared_too(service: Service, store: Store) -> None:
    keep_rows(store, [assessed(1, "VU", criteria="A2"), assessed(2, "VU")])
    keep_rows(store, [assessed(1, "VU", criteria="A2c"), assessed(2, "VU")])
    assert changes(service) == []
    assert changes(service, fields=["crit"]) == [("changed", 1, "Global")]
    (row,) = service.difference("1", "2", ["criteria"]).rows()
    assert (row["criteria_before"], row["criteria_after"]) == ("A2", "A2c")
    with pytest.raises(UsageError, match="no field 'critter'") as raised:
        service.difference("1", "2", ["critter"])
    assert "criteria" in raised.value.sentence({})


def test_rows_without_taxa_are_compared_by_assessment(service: Service, store: Store) -> None:
    keep_rows(store, [assessed(1, "VU"), assessed(2, "VU")])
    keep_rows(store, [1002, 8], "assessment_search?filter_on[]=gss", key="assessment_ids")
    found = service.difference("1", "2")
    assert [(row["change"], row["assessment_id_before"]) for row in found.rows()] == [
        ("added", None),
        ("removed", 1001),
    ]


def test_a_row_without_a_taxon_among_others_is_compared_by_assessment(
    service: Service, store: Store
) -> None:
    keep_rows(store, [assessed(1, "VU"), assessed(2, "VU", sis_taxon_id=None)])
    keep_rows(store, [assessed(1, "VU"), assessed(2, "EN", sis_taxon_id=None)])
    (row,) = service.difference("1", "2").rows()
    assert (row["change"], row["assessment_id_after"]) == ("changed", 1002)


def test_lists_without_categories_have_not_lost_them(service: Service, store: Store) -> None:
    """Rows of 2024 had none: what isn't known is no change."""
    rows = [assessed(1, "VU"), assessed(2, "LC")]
    lean = ("year_published", "latest", "sis_taxon_id", "assessment_id", "scopes")
    keep_rows(store, [{name: row[name] for name in lean} for row in rows])
    keep_rows(store, rows)
    assert changes(service) == []


def test_v3_is_compared_with_v4(service: Service, store: Store) -> None:
    """A list of v3 is global, names its fields otherwise, and doesn't tell what may be extinct."""
    categories = {1: "LC", 2: "CR"}
    old = [
        {"taxonid": taxon, "scientific_name": f"Inventa exemplaris{taxon}", "category": code}
        for taxon, code in categories.items()
    ]
    keep_rows(store, old, "species/page", api="v3", key="result")
    keep_rows(store, [assessed(1, "VU"), assessed(2, "CR", possibly_extinct=True)])
    found = service.difference("1", "2")
    (row,) = found.rows()
    pair = row["red_list_category_code_before"], row["red_list_category_code_after"]
    assert (row["sis_taxon_id"], *pair) == (1, "LC", "VU")
    assert found.summary == "1 up-listed, 0 down-listed, 0 added, 0 removed, 1 same"


def test_runs_that_may_not_compare_are_named(service: Service, store: Store) -> None:
    """Else what a stopped run lacks looks like what the Red List has removed."""
    keep_rows(store, [assessed(1, "VU")], "countries/MG")
    keep_rows(store, [assessed(2, "VU")], "countries/KE", state=RunState.STOPPED)
    lists, incomplete = service.difference("1", "2").doubts
    assert "different lists: countries/MG and countries/KE" in lists
    assert incomplete == "Run 2 is incomplete: rows that it lacks are shown as removed."
    for pages in (3, 4):
        keep_rows(store, [assessed(1, "VU")], "countries/MG", settings={"pages": pages})
    (doubt,) = service.difference("3", "4").doubts
    assert "different lists of countries/MG, by pages, filters or options." in doubt


def test_rows_with_nothing_to_compare_by_are_refused(service: Service, store: Store) -> None:
    keep_rows(store, [{"code": "1"}], "threats", key="threats")
    keep_rows(store, [assessed(2, "VU")])
    with pytest.raises(UsageError, match="Run 1 has neither taxa nor assessments"):
        service.difference("1", "2")


def test_a_release_or_a_list_means_its_newest_run(service: Service, store: Store) -> None:
    """Runs of the same list go together."""
    for category, version in (("LC", "2025-2"), ("VU", "2025-2"), ("EN", "2026-1")):
        keep_rows(store, [assessed(1, category)], version=version)
    keep_rows(store, [assessed(1, "EX")], "countries/KE", version="2026-1")
    for asked, runs in (
        (("2025-2", "2026-1"), ["2", "3"]),
        (("2025-2", "countries/KE"), ["2", "4"]),
        (("countries/MG", "countries/MG"), ["2", "3"]),
        (("1", "last"), ["1", "4"]),
    ):
        assert [row.run for row in service.difference(*asked).runs] == runs, asked
    with pytest.raises(UsageError, match="'2024-1' is not a run's id"):
        service.difference("2024-1", "last")
