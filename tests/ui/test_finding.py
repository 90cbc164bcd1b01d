"""What the picker finds for words that are typed."""

from __future__ import annotations

import pytest

from tui_app.redlist import operations_of
from tui_app.redlist.codes import Code, built_in
from tui_app.ui.dialogs.operationsearch import MOST_SHOWN, Found, OperationIndex, find_codes

INDEX = OperationIndex("v4")


def best(found: Found) -> str | None:
    return None if found.best is None else found.rows[found.best].text


def test_nothing_typed_shows_every_operation_and_the_two_lists() -> None:
    found = INDEX.find("")
    paths = [row.text for row in found.rows]
    assert sorted(paths) == sorted(
        [one.path for one in operations_of("v4")] + ["species", "assessments"]
    )
    groups = [row.group for row in found.rows]
    assert (
        len(dict.fromkeys(groups))
        == sum(groups[at] != groups[at - 1] for at in range(1, len(groups))) + 1
    )
    assert [row.text for row in OperationIndex("v3").find("").rows] == ["species/page", "version"]


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("fam", "taxa/family/{family_name}"),
        ("FAMILY", "taxa/family/{family_name}"),
        ("red list cat", "red_list_categories/{code}"),
        ("fao marine", "faos/{code}"),
        ("countries/MG", "countries/MG"),
        ("countries/{code}", "countries/{code}"),
        ("contries", "countries/{code}"),
        ("green", "green_status/all"),
        ("list of names", "species"),
        ("countries", "countries/{code}"),
        ("taxa/class", "taxa/class/{class_name}"),
        ("countries/M G", "countries/M G"),
        ("qqqq", "taxa/family/{family_name}"),
        ("cites", None),
    ],
)
def test_operations_by_path_and_help(typed: str, expected: str | None) -> None:
    assert best(INDEX.find(typed)) == expected


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("Madagascar", ["countries/MG"]),
        ("countries madagascar", ["countries/MG"]),
        ("madgascar", ["countries/MG"]),
        ("crocodyl", ["taxa/order/CROCODYLIA", "taxa/family/CROCODYLIDAE"]),
        ("mammalia", ["taxa/class/MAMMALIA"]),
        ("forest", ["habitats/1", "habitats/1+", "habitats/1_1"]),
        ("critically", ["red_list_categories/CR", "assessment_search?filter_on[]=cr_pe"]),
        ("logging", ["threats/5_3", "threats/5_3+", "threats/5_3_1"]),
        ("cr", ["red_list_categories/CR", "countries/CR"]),
        ("Ex", ["red_list_categories/Ex", "red_list_categories/EX"]),
        ("EX", ["red_list_categories/EX", "red_list_categories/Ex"]),
        ("endangered", ["red_list_categories/EN", "red_list_categories/E"]),
        ("countries/mg", ["countries/MG"]),
        ("threat", ["threats/{code}", "threats"]),
        ("Panthera leo", ["taxa/scientific_name?genus_name=Panthera&species_name=leo"]),
        ("22694927", ["assessment/22694927", "taxa/sis/22694927"]),
        ("Qqqqidae", ["taxa/family/Qqqqidae"]),
    ],
)
def test_codes_and_taxa_are_found_among_the_operations(typed: str, expected: list[str]) -> None:
    """By what they mean: one had to know first which of the lists has Madagascar."""
    assert [row.text for row in INDEX.find(typed).rows][: len(expected)] == expected


def test_what_fits_best_comes_first() -> None:
    """Beginnings of names, then beginnings of words, then what merely contains it."""
    texts = [f"{row.text} {row.words}".casefold() for row in INDEX.find("fish").rows]
    assert texts[0].startswith("comprehensive_groups/fishes")
    assert texts[1].startswith("threats/5_4 ")
    contained = next(n for n, one in enumerate(texts) if "angelfishes" in one)
    assert all(" fish" in one or "/fish" in one or "_fish" in one for one in texts[:contained])


def test_saved_lists_have_names_that_are_not_built_in() -> None:
    index = OperationIndex("v4", {"taxa/family": (Code("QQQQIDAE", ""),), "taxa/order": ()})
    assert best(index.find("qqqq")) == "taxa/family/QQQQIDAE"
    assert best(index.find("crocodylia")) == "taxa/order/CROCODYLIA"


def test_what_no_list_here_has_is_offered_as_typed_and_in_the_servers_lists() -> None:
    found = INDEX.find("Qqqqidae")
    assert found.note.startswith("No matches. Try")
    assert "as typed: the server may have this family" in found.rows[0].words
    assert "search the server's list" in found.rows[1].words
    assert INDEX.find("madgascar").rows[0].group == "Similar"
    assert INDEX.find("!").rows == ()


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
