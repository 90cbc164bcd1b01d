"""Several operations in a line, their filters, names and ids, what a fetch takes."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import strategies as st

from tests.support.repeatable import given
from tui_app.redlist import OPERATIONS, Target, Token, operations_of, parse_target
from tui_app.settings import Settings
from tui_app.ui.form import (
    FormValues,
    ScreenRequest,
    all_paged,
    filters_among,
    filters_for,
    filters_in_words,
    first_values,
    join_operations,
    read_form,
    split_operations,
)

DEMO = Settings()
FETCH = FormValues(action="fetch", page_counts="1")


def order(values: FormValues, base: Settings = DEMO) -> ScreenRequest:
    read, problems = read_form(values, base)
    assert not problems
    assert read is not None
    return read


def problem(values: FormValues) -> tuple[str, str]:
    read, problems = read_form(values, DEMO)
    assert read is None
    return problems[0].field, problems[0].sentence


@pytest.mark.parametrize(
    ("line", "parts"),
    [
        ("", ()),
        ("  ", ()),
        ("countries/MG", ("countries/MG",)),
        (" countries/MG  +  threats/8_1 ", ("countries/MG", "threats/8_1")),
        ("countries/MG +", ("countries/MG",)),
        ("+ countries/MG + + threats", ("countries/MG", "threats")),
        ("taxa/family/A+B", ("taxa/family/A+B",)),
        ("comprehensive_groups/a, b + threats", ("comprehensive_groups/a, b", "threats")),
    ],
)
def test_operations_of_a_line(line: str, parts: tuple[str, ...]) -> None:
    assert split_operations(line) == parts


_VALUES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
_TAKING = [one for one in operations_of("v4") if one.takes and one.paged]


@given(st.lists(st.tuples(st.sampled_from(_TAKING), _VALUES), min_size=1, max_size=4))
def test_what_is_joined_is_split_again_whatever_the_names(pairs: list[tuple[object, str]]) -> None:
    targets = [
        Target(operation, value)  # type: ignore[arg-type]
        for operation, value in pairs
        if value.strip() not in ("", ".", "..")
        and not {"", ".", ".."} & set(value.split("/")[1:] or ["x"])
        and not {"", ".", ".."} & set(value.split("/"))
    ]
    read = [
        parse_target(text, "v4")
        for text in split_operations(join_operations(one.label for one in targets))
    ]
    assert read == targets


def test_filters_are_those_that_all_operations_take() -> None:
    assert filters_for("red_list_categories/CR", "v4") == (
        "latest", "year_published", "scope_code", "possibly_extinct",
        "possibly_extinct_in_the_wild",
    )  # fmt: skip
    both = filters_for("red_list_categories/CR + taxa/family/Felidae", "v4")
    assert both == ("latest", "year_published", "scope_code")
    assert filters_for("red_list_categories/CR + threats", "v4") == ()
    assert set(filters_for("species", "v4")) == {"latest", "year_published", "scope_code"}
    assert set(filters_for("taxa/sis/3746", "v4")) == {"latest", "year_published", "scope_code"}
    for none in ("assessments", "assessment/1", "nonsense/x", "", "species/page"):
        assert filters_for(none, "v4") == ()


def test_every_filter_of_the_catalogue_has_words() -> None:
    names = {name for one in OPERATIONS for name in one.filters}
    for name in names:
        value = "1" if name in ("scope_code", "year_published") else "true"
        assert filters_in_words(((name, value),)) != name or name == "latest"
    set_ = (("latest", "true"), ("scope_code", "1"), ("possibly_extinct", "false"))
    assert filters_in_words(set_) == "latest, scope 1, not possibly extinct"
    assert filters_in_words(()) == ""


def test_filters_that_an_operation_does_not_take_are_not_sent() -> None:
    values = replace(FETCH, filters=(("possibly_extinct", "true"), ("latest", "true")))
    sent = order(values).query.targets[0].params
    assert dict(sent) == {"possibly_extinct": "true", "latest": "true"}
    family = order(replace(values, operation="taxa/family/Felidae"))
    assert dict(family.query.targets[0].params) == {"latest": "true"}
    assert order(replace(values, operation="threats")).query.targets[0].params == ()
    assert filters_among(values.filters, ()) == ()


def test_several_operations_are_united_or_intersected() -> None:
    values = replace(FETCH, operation="countries/MG + red_list_categories/CR")
    read = order(values)
    assert [target.label for target in read.query.targets] == [
        "countries/MG", "red_list_categories/CR",
    ]  # fmt: skip
    assert not read.query.intersect
    assert order(replace(values, intersect=True)).query.intersect
    assert not order(replace(values, intersect=True, operation="countries/MG")).query.intersect
    assert not order(replace(values, intersect=True, action="compare")).query.intersect
    field, said = problem(replace(values, operation="countries/MG + threats", intersect=True))
    assert field == "several"
    assert "choose union" in said


def test_details_follow_lists_and_only_for_a_fetch() -> None:
    values = replace(FETCH, details=True)
    assert order(values).query.details
    assert not order(replace(values, action="compare")).query.details
    assert not order(replace(values, api="v3", operation="species/page")).query.details
    field, said = problem(replace(values, operation="threats"))
    assert field == "take"
    assert "untick details" in said


def test_the_demo_is_asked_afresh_and_a_live_server_is_spared() -> None:
    live = Settings(source="live", token=Token("secret"))
    assert first_values(DEMO).fresh
    assert not first_values(live).fresh
    assert first_values(replace(live, fresh=True)).fresh
    assert order(FETCH).settings.fresh
    assert not order(replace(FETCH, fresh=False)).settings.fresh
    assert not order(replace(FETCH, source="live", fresh=False), live).settings.fresh


def test_names_are_wanted_for_species_and_ids_for_assessments() -> None:
    for word, what in (("species", "names"), ("assessments", "ids")):
        values = replace(FETCH, operation=word)
        assert problem(values) == (
            "list",
            f"No {what} yet. Open {what.capitalize()} to paste them or read a file.",
        )
        assert problem(replace(values, **{what: ("", " ")}))[0] == "list"
    read = order(replace(FETCH, operation="species", names=("Canis lupus", "", "Panthera leo")))
    assert len(read.query.targets) == 2
    assert "by asyncio" in read.in_words() or "by sequential" in read.in_words()
    assert "pages of" not in read.in_words()
    ids = order(replace(FETCH, operation="assessments", ids=("163508960",), names=("x y",)))
    assert [target.label for target in ids.query.targets] == ["assessment/163508960"]


def test_a_list_of_ones_own_cannot_be_compared() -> None:
    values = replace(FETCH, action="compare", operation="species", names=("Canis lupus",))
    field, said = problem(values)
    assert field == "operation"
    assert "A list of your own has no pages to compare" in said
    assert not all_paged("species", "v4")
    assert not all_paged("countries/MG + threats", "v4")
    assert all_paged("countries/MG + threats/8_1", "v4")
