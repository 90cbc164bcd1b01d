"""The catalogue, and how a person's words find their way into it."""

from __future__ import annotations

import pytest
from hypothesis import strategies as st

from tests.support.repeatable import given
from tui_app.cli.messages import WORDS
from tui_app.redlist import OPERATIONS, Kind, Target, make_query, operations_of, parse_target
from tui_app.redlist.errors import UnknownOperation, UsageError
from tui_app.redlist.operations import not_given

CODED = [operation for operation in OPERATIONS if operation.takes in ("code", "name")]


def test_v4_has_its_fifty_operations() -> None:
    """Else some part of the API can't be asked for at all."""
    found = operations_of("v4")
    assert len(found) == 50
    assert len({operation.path for operation in found}) == 50
    assert sum(operation.kind is Kind.CODES for operation in found) == 20
    assert sum(operation.kind is Kind.PAGED for operation in found) == 23
    assert [operation.path for operation in operations_of("v3")] == ["species/page", "version"]


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda one: f"{one.api}-{one.path}")
def test_every_operation_can_be_named(operation) -> None:
    """Else the catalogue lists a path that the parser refuses."""
    value = None if operation.takes is None else "7"
    text = operation.stem if value is None else f"{operation.stem}/{value}"
    if operation.required:
        text += "?" + "&".join(f"{name}=x" for name in operation.required)
    target = parse_target(text, operation.api)
    assert (target.operation, target.value) == (operation, value)


@pytest.mark.parametrize(
    ("text", "path", "label"),
    [
        ("countries/MG", "countries/MG", "countries/MG"),
        ("  COUNTRIES/mg ", "countries/mg", "countries/mg"),
        ("/api/v4/countries/MG/", "countries/MG", "countries/MG"),
        ("threats/", "threats", "threats"),
        ("Taxa/Family/FELIDAE", "taxa/family/FELIDAE", "taxa/family/FELIDAE"),
        ("taxa/possibly_extinct", "taxa/possibly_extinct", "taxa/possibly_extinct"),
        ("taxa/family/a%20b", "taxa/family/a%20b", "taxa/family/a b"),
        ("taxa/family/Ünïdae", "taxa/family/%C3%9Cn%C3%AFdae", "taxa/family/Ünïdae"),
        ("countries/a%2Fb", "countries/a%2Fb", "countries/a%2Fb"),
        ("countries/a%3Fb=1", "countries/a%3Fb%3D1", "countries/a%3Fb=1"),
        (
            "red_list_categories/LR/cd",
            "red_list_categories/LR%2Fcd",
            "red_list_categories/LR%2Fcd",
        ),
        ("countries/M#G", "countries/M%23G", "countries/M#G"),
        ("countries/M\r\nG", "countries/M%0D%0AG", "countries/M%0D%0AG"),
        ("countries/MG?latest=true&x=a%26b", "countries/MG", "countries/MG?latest=true&x=a%26b"),
    ],
)
def test_a_path_is_read_as_it_is_meant(text: str, path: str, label: str) -> None:
    """Else the server is asked for something the user didn't write."""
    target = parse_target(text, "v4")
    assert (target.path, target.label) == (path, label)


@given(
    st.sampled_from(CODED),
    st.text(min_size=1),
    st.lists(st.tuples(st.text(min_size=1), st.text()), max_size=3),
)
def test_a_label_reads_back_as_the_same_target(coded, value: str, params) -> None:
    """Else a resumed or exported run is of another operation: runs are kept by their labels."""
    names = {name.lower() for name, _ in params}
    if value.strip() in ("", ".", "..") or names & {"token", "page", "per_page"}:
        return
    target = Target(coded, value, tuple(params))
    assert parse_target(target.label, "v4") == target
    assert "/" not in target.path.removeprefix(f"{coded.stem}/")


@pytest.mark.parametrize(
    ("text", "nearest"),
    [
        ("countrys/MG", "countries/MG"),
        ("red_list_category/CR", "red_list_categories/CR"),
        ("taxa/famly/Felidae", "taxa/family/Felidae"),
        ("threat", "threats"),
        ("countries/../x", "countries"),
        ("countries//MG", "countries/MG"),
        ("extinct", "taxa/possibly_extinct"),
    ],
)
def test_an_unknown_operation_gets_the_nearest_suggested(text: str, nearest: str) -> None:
    """Else a typing error leaves the user to search a list of fifty."""
    with pytest.raises(UnknownOperation) as caught:
        parse_target(text, "v4")
    assert nearest in caught.value.nearest
    assert nearest in caught.value.sentence(WORDS)
    assert text in caught.value.sentence(WORDS)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("cites", "The Red List API has no CITES appendices. Species+ has them"),
        ("CITES/appendix", "has no CITES appendices."),
        ("taxa_gbif", "The Red List API has no GBIF keys."),
        ("gbif/taxonKey", "api.gbif.org/v1/species/match"),
        ("reasons", "has no reasons for a change of category. Table 7 of"),
        ("category_change", "has no reasons for a change of category."),
        ("threats_stress", "doesn't say which threat causes a stress."),
    ],
)
def test_what_the_api_does_not_have_is_said(text: str, sentence: str) -> None:
    """Else it is searched for in fifty operations and thirty tables."""
    with pytest.raises(UnknownOperation) as caught:
        parse_target(text, "v4")
    assert sentence in caught.value.sentence(WORDS)
    assert f"There is no operation '{text}'." in caught.value.sentence(WORDS)


def test_nothing_is_missing_from_what_the_api_has() -> None:
    """Else an operation's own name is said not to exist."""
    has_them = {one.path for one in OPERATIONS if not_given(one.path)}
    assert has_them == {"stresses", "stresses/{code}"}  # and these have no threats
    assert not_given("") == not_given("recites legbif") == ""


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "There is no operation ''."),
        ("?", "There is no operation '?'."),
        ("///", "There is no operation '///'."),
        ("qqqqqq", "There is no operation 'qqqqqq'."),
        ("countries/x/../../threats", "There is no operation 'countries/x/../../threats'."),
        ("assessment", "assessment needs its assessment_id. Write assessment/{assessment_id}."),
        ("assessment/five", "assessment/{assessment_id} takes a number, not 'five'."),
        ("assessment/١٢", "assessment/{assessment_id} takes a number, not '١٢'."),
        ("assessment/-1", "assessment/{assessment_id} takes a number, not '-1'."),
        ("taxa/scientific_name", "taxa/scientific_name needs genus_name and species_name."),
        ("taxa/scientific_name?genus_name=Canis", "taxa/scientific_name needs species_name."),
        ("assessment_search", "assessment_search needs filter_on[]."),
        (
            "species/page",
            "species/page is an operation of v3, not of v4.",
        ),
        ("countries/..", "countries/{code} takes a code, not '..'."),
        ("countries/%2e", "countries/{code} takes a code, not '.'."),
        ("countries/%20", "countries/{code} takes a code, not ' '."),
        ("countries/MG?token=abc123", "A token can't be part of an operation"),
        ("countries/MG?x=1&TOKEN=abc123", "A token can't be part of an operation"),
        ("countries/MG?page=3", "Set the number of pages to fetch the first ones."),
        ("countries/MG?Per_Page=3", "Set the number of pages to fetch the first ones."),
        ("countries/\udcff", "is not UTF-8 text."),
    ],
)
def test_bad_input_is_told_in_a_sentence(text: str, sentence: str) -> None:
    """Else bad input is sent to the server, or shows a traceback."""
    with pytest.raises(UsageError) as caught:
        parse_target(text, "v4")
    assert sentence in caught.value.sentence(WORDS)
    assert "abc123" not in caught.value.sentence(WORDS)


@given(st.text())
def test_any_text_is_an_operation_or_told_off(text: str) -> None:
    """Else some input shows a traceback."""
    try:
        target = parse_target(text, "v4")
    except UsageError:
        return
    assert target.path.isascii()


def test_filters_go_to_operations_that_take_them_and_to_no_others() -> None:
    """Else a filter is silently ignored, and the user takes all rows for the filtered ones."""
    query = make_query(["countries/MG"], filters={"latest": "true", "scope_code": None})
    assert query.targets[0].params == (("latest", "true"),)
    for text, name in (("taxa/family/Felidae", "possibly_extinct"), ("threats", "latest")):
        with pytest.raises(UsageError, match=f"doesn't take the filter {name}") as caught:
            make_query([text], filters={name: "true"})
        assert f"--param {name}=" in caught.value.sentence(WORDS)
    assert make_query(["threats"], params=[("latest", "x")]).label == "threats?latest=x"
    with pytest.raises(UsageError, match="not UTF-8"):
        make_query(["countries/MG"], params=[("x", "\udcff")])


def test_the_same_operation_twice_is_fetched_once() -> None:
    """Else every row of it is exported twice."""
    query = make_query(["countries/MG", "/countries/MG/", "countries/VA"])
    assert query.label == "countries/MG, countries/VA"
    with pytest.raises(UsageError, match="No operation"):
        make_query([])
