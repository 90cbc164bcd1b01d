"""What the picker finds for words that are typed."""

from __future__ import annotations

import pytest

from tui_app.redlist import operations_of
from tui_app.redlist.codes import Code, built_in
from tui_app.ui.dialogs.operationsearch import MOST_SHOWN, Found, find_codes, find_operations


def best(found: Found) -> str | None:
    return None if found.best is None else found.rows[found.best].text


def test_nothing_typed_shows_every_operation_and_the_two_lists() -> None:
    found = find_operations("", "v4")
    paths = [row.text for row in found.rows]
    assert sorted(paths) == sorted(
        [one.path for one in operations_of("v4")] + ["species", "assessments"]
    )
    groups = [row.group for row in found.rows]
    assert (
        len(dict.fromkeys(groups))
        == sum(groups[at] != groups[at - 1] for at in range(1, len(groups))) + 1
    )
    assert [row.text for row in find_operations("", "v3").rows] == ["species/page", "version"]


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("fam", "taxa/family/{family_name}"),
        ("FAMILY", "taxa/family/{family_name}"),
        ("red list cat", "red_list_categories/{code}"),
        ("fao marine", "faos/{code}"),
        ("countries/MG", "countries/MG"),
        ("countries/{code}", "countries/{code}"),
        ("cntr", "countries/{code}"),
        ("green", "green_status/all"),
        ("list of names", "species"),
        ("countries", "countries/{code}"),
        ("taxa/class", "taxa/class/{class_name}"),
        ("countries/M G", "countries/M G"),
        ("qqqq", None),
    ],
)
def test_operations_by_path_and_help(typed: str, expected: str | None) -> None:
    assert best(find_operations(typed, "v4")) == expected


@pytest.mark.parametrize(
    ("stem", "typed", "expected"),
    [
        ("threats", "logging", "5_3"),
        ("threats", "8_1_2", "8_1_2"),
        ("threats", "8 1 2", "8_1_2"),
        ("countries", "mg", "MG"),
        ("countries", "madagascar", "MG"),
        ("countries", "madgascar", "MG"),
        ("red_list_categories", "critical", "CR"),
        ("red_list_categories", "cr", "CR"),
        ("red_list_categories", "vulnerable", "VU"),
        ("red_list_categories", "endangered", "EN"),
        ("red_list_categories", "extinct", "EX"),
        ("red_list_categories", "Ex", "Ex"),
        ("red_list_categories", "EX", "EX"),
        ("threats", "qqqqqq", None),
    ],
)
def test_codes_by_code_and_description(stem: str, typed: str, expected: str | None) -> None:
    assert best(find_codes(typed, built_in(stem))) == expected


def test_codes_stand_below_those_that_they_belong_to() -> None:
    rows = {row.text: row for row in find_codes("8_1_2", built_in("threats")).rows}
    assert list(rows) == ["8", "8_1", "8_1_2"]
    assert [row.depth for row in rows.values()] == [0, 1, 2]
    assert [row.context for row in rows.values()] == [True, True, False]
    below = [row.text for row in find_codes("logging", built_in("threats")).rows]
    assert below[:4] == ["5", "5_3", "5_3+", "5_3_1"]
    assert all(row.depth == 0 for row in find_codes("", built_in("comprehensive_groups")).rows)


def test_long_lists_are_cut_and_say_so() -> None:
    codes = tuple(Code(f"FAMILY{number}", "") for number in range(MOST_SHOWN + 25))
    found = find_codes("", codes)
    assert (len(found.rows), found.left_out) == (MOST_SHOWN, 25)
    assert best(find_codes("family424", codes)) == "FAMILY424"


def test_codes_of_a_foreign_server_do_no_harm() -> None:
    codes = (Code("", ""), Code("_", "[red]"), Code("a_" * 50, "\x1b[2J"), Code("x", "x" * 10**6))
    for typed in ("", "x", "[red]", "_", "\x00"):
        find_codes(typed, codes)
