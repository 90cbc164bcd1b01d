"""Filters on rows: what each term of the text keeps."""

from __future__ import annotations

import pytest
from hypothesis import strategies as st

from tests.support.repeatable import given
from tui_app.redlist.errors import UsageError
from tui_app.runs.columns import column_meant, name_column, reading_order, short_name
from tui_app.runs.row_filter import all_of, read, split, term_of

COLUMNS = (
    *("assessment_date", "year_published", "latest", "possibly_extinct", "sis_taxon_id"),
    *("criteria", "url", "taxon_scientific_name", "red_list_category_code", "assessment_id"),
    *("scopes_description", "scopes_code", "source"),
)
ROWS = {
    name: (
        *("2020-01-01", year, latest, "false", "1", criteria, "https://example.org/1", name, code),
        *("7", scope, "1", "DEMO"),
    )
    for name, year, latest, criteria, code, scope in (
        ("Canis lupus", "2018", "true", "", "LC", "Global|Europe"),
        ("Canis aureus", "2018", "false", "A2cd, B1", "CR", "Global"),
        ("Gavialis gangeticus", "2019", "true", "A2bc", "CR", "Global"),
        ("Crocodylus acer", "2021", "true", 'say "x"', "EN", "Europe"),
        ("Acer en", "1996", "false", "", "LR/cd", "Global"),
        ("Pinguinus impennis", "1994", "false", "", "Ex", "Global"),
    )
}


def kept(find: str) -> list[str]:
    terms = read(find, COLUMNS)
    return [name for name, row in ROWS.items() if not terms or all_of(terms)(row)]


@pytest.mark.parametrize(
    ("find", "names"),
    [
        ("category:CR,EN latest:true", ["Gavialis gangeticus", "Crocodylus acer"]),
        ("category:CR,EN latest:true name:gavialis", ["Gavialis gangeticus"]),
        ('name:"Canis lupus"', ["Canis lupus"]),
        ('name:"canis LUPUS', ["Canis lupus"]),  # the mark at the end is still to be typed
        ("canis lupus", ["Canis lupus"]),
        ("lupus canis", ["Canis lupus"]),
        ("Canis lupus,aureus", ["Canis lupus", "Canis aureus"]),
        ("-canis -category:CR,EN", ["Acer en", "Pinguinus impennis"]),
        ("year:20 -latest=true", ["Canis aureus"]),
        ("category!:CR year!=2018 name:a,c", ["Crocodylus acer", "Acer en"]),
        ('criteria="" category:LC', ["Canis lupus"]),
        ('-criteria="" latest=true', ["Gavialis gangeticus", "Crocodylus acer"]),
        ('criteria="A2cd, B1"', ["Canis aureus"]),
        ('criteria:"""x"""', ["Crocodylus acer"]),
        ("name=canis", []),
        ("name=CANIS", []),
        ('name="canis LUPUS"', ["Canis lupus"]),
        ("name= category: - -name: ,", list(ROWS)),
        ("scope:europe", ["Canis lupus", "Crocodylus acer"]),
    ],
)
def test_terms_all_hold_and_of_their_values_one(find: str, names: list[str]) -> None:
    assert kept(find) == names


@pytest.mark.parametrize(
    ("find", "names"),
    [
        ("CR", ["Canis aureus", "Gavialis gangeticus"]),  # not Crocodylus
        ("cr", ["Canis aureus", "Gavialis gangeticus", "Crocodylus acer"]),
        ('"CR"', ["Canis aureus", "Gavialis gangeticus", "Crocodylus acer"]),
        ("EN", ["Crocodylus acer"]),  # not Acer en
        ("category:en", ["Crocodylus acer"]),  # not Least Concern
        ("category:cr", ["Canis aureus", "Gavialis gangeticus"]),
        ("category:LR", ["Acer en"]),
        ("category:lr/cd", ["Acer en"]),
        ("category:EX", []),  # which is not the Ex of before 1994
        ("category:ex", ["Pinguinus impennis"]),
        ("category:endangered", ["Canis aureus", "Gavialis gangeticus", "Crocodylus acer"]),
        ('category:"Critically Endangered"', ["Canis aureus", "Gavialis gangeticus"]),
        ("category:extinct", ["Pinguinus impennis"]),
    ],
)
def test_letters_of_a_category_are_not_found_within_words(find: str, names: list[str]) -> None:
    assert kept(find) == names


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("category", "red_list_category_code"),
        ("code", "red_list_category_code"),
        ("name", "taxon_scientific_name"),
        ("year", "year_published"),
        ("scope", "scopes_description"),
        ("scopes_code", "scopes_code"),
        ("LATEST", "latest"),
        ("lat", "latest"),
        ("crit", "criteria"),
        ("possibly-extinct", "possibly_extinct"),
        ("red list category", "red_list_category_code"),
        ("taxon_id", "sis_taxon_id"),
    ],
)
def test_a_column_goes_by_its_name_a_short_one_or_a_part(name: str, column: str) -> None:
    assert column_meant(name, COLUMNS) == column


@pytest.mark.parametrize(
    ("find", "words"),
    [
        ("foo:bar", "No column matches 'foo'."),
        ("CR foo=bar", "No column matches 'foo'."),
        ('"no such":x', "No column matches 'no such'."),
        ("ass:x", "Several columns match 'ass'."),
        ("https://example.org", "No column matches 'https'."),
    ],
)
def test_a_column_that_does_not_exist_is_an_error(find: str, words: str) -> None:
    """Else the text is looked for in every column, and what is found is not what was meant."""
    with pytest.raises(UsageError) as raised:
        read(find, COLUMNS)
    assert str(raised.value).startswith(words)


def test_text_in_quotes_needs_no_column() -> None:
    assert kept('"https://example.org"') == list(ROWS)


@pytest.mark.parametrize(
    ("column", "value", "term"),
    [
        ("latest", "true", "latest=true"),
        ("red_list_category_code", "CR", "category=CR"),
        ("taxon_scientific_name", "Canis lupus", 'name="Canis lupus"'),
        ("criteria", "", 'criteria=""'),
        ("criteria", 'say "x"', 'criteria="say ""x"""'),
        ("scopes_code", "1|2", "scopes_code=1|2"),
        ("sis_taxon_id", "-5", 'sis_taxon_id="-5"'),
    ],
)
def test_a_cell_makes_a_term(column: str, value: str, term: str) -> None:
    assert term_of(column, value, COLUMNS) == term
    assert term_of(column, value, COLUMNS, excluded=True) == f"-{term}"


ODD = st.text(alphabet='ab "\\,:=!-|', max_size=8)


@given(ODD, ODD.filter(str.strip), st.booleans())
def test_a_term_made_of_a_cell_finds_that_cell(value: str, column: str, excluded: bool) -> None:
    term = term_of(column, value, (column,), excluded=excluded)
    assert split(f"{term} {term}") == [term, term]
    one = all_of(read(term, (column,)))
    assert one((value,)) is not excluded
    assert one((f"{value}x",)) is excluded


@given(st.text(alphabet='ab "\\,:=!-', max_size=20))
def test_any_text_is_a_filter_or_an_error(find: str) -> None:
    try:
        terms = read(find, ("a", "b"))
    except UsageError:
        return
    if terms:
        all_of(terms)(("ab", ""))
    # Joined again, as chips are, it means the same.
    assert read(" ".join(split(find)), ("a", "b")) == terms


def test_cells_with_control_characters_are_found_by_what_the_screen_shows() -> None:
    term = read('a="x y"', ("a",))
    assert all_of(term)(("x\ny",))
    assert not all_of(term)(("x\tz",))


def test_the_taxon_and_its_status_come_first_and_the_address_last() -> None:
    assert reading_order(COLUMNS) == [
        *("taxon_scientific_name", "red_list_category_code", "year_published", "latest"),
        *("scopes_description", "assessment_date", "criteria", "scopes_code", "source"),
        *("sis_taxon_id", "assessment_id", "possibly_extinct", "url"),
    ]
    v3 = ("taxonid", "kingdom_name", "scientific_name", "category", "main_common_name")
    assert reading_order(v3) == [
        "scientific_name", "category", "kingdom_name", "main_common_name", "taxonid",
    ]  # fmt: skip


def test_a_list_of_names_begins_with_the_name_that_was_given() -> None:
    """The name that was matched is empty where none was found."""
    given_names = ("site", "species", "line", "input", "outcome", "matched_name", "sis_taxon_id",
                   "red_list_category_code", "year_published", "scopes", "latest")  # fmt: skip
    assert reading_order(given_names) == [
        *("input", "matched_name", "outcome", "red_list_category_code", "year_published"),
        *("latest", "scopes", "site", "species", "line", "sis_taxon_id"),
    ]
    by_id = ("site", "line", "input", "outcome", "matched_name", "taxon_scientific_name")
    assert reading_order(by_id)[0] == name_column(by_id) == "taxon_scientific_name"


def test_a_table_without_taxa_keeps_its_order() -> None:
    requests = ("method", "run", "outcome", "url", "status")
    assert reading_order(requests) == list(requests)
    assert name_column(requests) is None


@pytest.mark.parametrize("column", COLUMNS)
def test_a_short_name_leads_back_to_its_column(column: str) -> None:
    assert column_meant(short_name(column, COLUMNS), COLUMNS) == column


def test_another_columns_own_name_is_not_used_as_a_short_one() -> None:
    columns = ("red_list_category_code", "category", "code")
    assert short_name("red_list_category_code", columns) == "red_list_category_code"
    assert column_meant("code", columns) == "code"
