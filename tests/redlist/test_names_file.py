"""What became of each line: found, renamed, misspelt, malformed, failed or not asked."""

from __future__ import annotations

import json
import random
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st

from tests.support.recordings import RECORDED, WHOLE, each, exchanges
from tests.support.repeatable import given
from tui_app.redlist.decode import objects
from tui_app.redlist.names import parse_name
from tui_app.redlist.names_file import (
    InputLine,
    NameIndex,
    Near,
    account,
    line_cells,
    read_ids,
    read_names,
)
from tui_app.redlist.status import category_pe, preferred
from tui_app.redlist.taxon import common_name

NOTHING = NameIndex()

SYNONYMS: list[Any] = [
    {
        "name": "Lupulus  minor ssp. pallens Brontley, 1863",
        "status": "ACCEPTED",
        "genus_name": "Lupulus ",
        "species_name": "minor",
        "species_author": None,
        "infrarank_author": "Brontley, 1863",
        "subpopulation_name": None,
        "infra_type": "subspecies",
        "infra_name": "pallens",
    },
    {"name": "Lupulus parvus (Thaxmoor, 1901)", "genus_name": None},
    {"genus_name": "Vulpulus", "species_name": "minor"},
    {"name": "Nivosa minor", "genus_name": ["Nivosa"], "species_name": 5},
    {"name": None, "genus_name": "Alone"},
    {"name": "not a name at all: 12"},
    "Lupulus textus",
    None,
]
TAXON = {
    "scientific_name": "Nivosa minor",
    "synonyms": SYNONYMS,
    "infrarank_taxa": [
        {
            "scientific_name": "Nivosa minor ssp. alba",
            "synonyms": [{"name": "Nivosa alba Brontley", "genus_name": "Nivosa"}],
        },
        "nonsense",
    ],
    "subpopulation_taxa": None,
    "species_taxa": {"scientific_name": "Nivosa listless"},
}

KEYS = (
    "taxon", "scientific_name", "synonyms", "infrarank_taxa", "name", "genus_name", "species_name",
    "assessments", "latest", "scopes", "code", "year_published",
)  # fmt: skip
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.just("Nivosa minor"),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4)
    ),
    max_leaves=12,
)


def one(text: str) -> InputLine:
    (line,) = read_names([text])
    return line


def answer(name: object) -> dict[str, Any]:
    return {"taxon": {"scientific_name": name}, "assessments": []}


def index(*names: str) -> NameIndex:
    found = NameIndex()
    for name in names:
        found.add_name(name)
    return found


@pytest.mark.parametrize(
    ("asked", "given"),
    [
        ("Panthera leo", "Panthera leo"),
        ("PANTHERA LEO", "panthera  leo "),
        ("Canis lupus chanco", "Canis lupus ssp. chanco"),
        ("Abies alba subsp. minor", "Abies alba var. minor"),
        ("Isoëtes lacustris", "Isoetes lacustris"),
        ("Gorilla gorilla Nigerian subpopulation", "Gorilla gorilla (Nigerian subpopulation)"),
    ],
)
def test_a_name_is_found_where_the_server_writes_it_otherwise(asked: str, given: str) -> None:
    """Case, marks and the rank marker make no synonym."""
    outcome = account(one(asked), answer(given), False, None, NOTHING)
    assert (outcome.outcome, outcome.matched_name) == ("found", given)


def test_another_matched_name_in_the_answer_makes_a_synonym() -> None:
    """Else the user doesn't see that the row is under another name than the list's."""
    outcome = account(one("Felis leo"), answer("Panthera leo"), False, None, NOTHING)
    assert (outcome.outcome, outcome.matched_name) == ("synonym", "Panthera leo")


@pytest.mark.parametrize("name", [None, "", 5, ["Panthera leo"], {"en": "Panthera leo"}])
def test_an_answer_without_a_name_is_an_answer(name: object) -> None:
    """Fields come and go; what was asked for has been given."""
    outcome = account(one("Panthera leo"), answer(name), False, None, NOTHING)
    assert (outcome.outcome, outcome.matched_name) == ("found", None)
    assert account(one("Panthera leo"), {"taxon": 5}, False, None, NOTHING).outcome == "found"


@pytest.mark.parametrize(
    ("asked", "accepted"),
    [
        ("Lupulus minor pallens", "Nivosa minor"),
        ("Lupulus parvus", "Nivosa minor"),
        ("Vulpulus minor", "Nivosa minor"),
        ("Nivosa alba", "Nivosa minor ssp. alba"),
    ],
)
def test_a_missing_name_may_be_a_known_taxons_synonym(asked: str, accepted: str) -> None:
    """The server says 404 to synonyms; what was fetched with other names knows better."""
    known = NameIndex()
    known.add_taxon(TAXON)
    outcome = account(one(asked), None, True, None, known)
    assert (outcome.outcome, outcome.matched_name) == ("synonym", accepted)
    assert accepted in outcome.message
    assert known.accepted(parse_name("Nivosa minor")) is None


@pytest.mark.parametrize(
    ("asked", "near"),
    [
        ("Loxodonta africanum", "Loxodonta africana"),
        ("Loxodonta afrcana", "Loxodonta africana"),
        ("Loxodnota africana", "Loxodonta africana"),
        ("Laxodonta africana", "Loxodonta africana"),
        ("Loxodonto afircana", "Loxodonta africana"),
        ("Canis lupus chanko", "Canis lupus ssp. chanco"),
        ("Canis lupus nusquam", "Canis lupus"),
    ],
)
def test_a_misspelt_name_gets_the_nearest_first(asked: str, near: str) -> None:
    """Else the user has to search for every typing error in a list of 400."""
    known = index(
        "Loxodonta africana", "Loxodonta cyclotis", "Elephas maximus", "Canis lupus",
        "Canis lupus ssp. chanco", "Canis latrans", "Panthera leo", "Panthera pardus",
    )  # fmt: skip
    outcome = account(one(asked), None, True, None, known)
    assert outcome.outcome == "not found"
    assert outcome.near_matches[0] == near
    assert len(outcome.near_matches) <= 3


@pytest.mark.parametrize(
    "text",
    [
        *("Panthera leo", "Panthera leo ssp. persica", "Abies alba var. minor", "Ab alba"),
        *("Gorilla gorilla Nigerian subpopulation", "Älaea Álba", "Abies alba f. minor"),
    ],
)
def test_an_accepted_name_has_one_key_however_it_is_read(text: str) -> None:
    """Most are read by a pattern, which is fast; the rest in full."""
    assert NameIndex().add_name(text) == parse_name(text).key


def test_near_names_are_those_that_comparing_all_in_full_gives() -> None:
    """Letters and lengths only save comparisons."""
    chance = random.Random(3)
    words = ["".join(chance.choices("abdeilmnorsu", k=chance.randrange(4, 11))) for _ in range(300)]
    near, matcher = Near([f"genus {word}" for word in words]), SequenceMatcher(autojunk=False)
    for word in words[:40]:
        matcher.set_seq2(word)
        for least in (0.6, 0.7, 0.8):
            wanted = set()
            for other in words:
                matcher.set_seq1(other)
                if len(set(word) ^ set(other)) <= 4 and matcher.ratio() >= least:
                    wanted.add((other, matcher.ratio()))
            assert set(near._alike(word, words, least)) == wanted


def test_nothing_near_is_made_up() -> None:
    """A wrong suggestion is worse than none, and the name itself is none."""
    known = index("Panthera leo", "Loxodonta africana")
    assert known.near(parse_name("Quercus robur")) == ()
    assert known.near(parse_name("Panthera leo")) == ()
    assert NOTHING.near(parse_name("Panthera leo")) == ()


def test_names_added_after_a_search_are_found() -> None:
    """The index is built when it is first asked."""
    known = index("Panthera leo")
    assert known.near(parse_name("Panthera onka")) == ()
    known.add_name("Panthera onca")
    assert known.near(parse_name("Panthera onka")) == ("Panthera onca",)


def test_a_search_looks_at_few_of_many_names() -> None:
    """400 missing names against 200,000 known ones must not take minutes."""
    chance = random.Random(5)
    letters = "abcdefgilmnoprstu"

    def words(number: int) -> list[str]:
        return ["".join(chance.choices(letters, k=9)) for _ in range(number)]

    genera, epithets = words(500), words(200)
    keys = [f"{genus} {epithet}" for genus in genera for epithet in epithets[:40]]
    near, looked = Near(keys), 0

    compared = near._alike

    def counting(word: str, others: Any, least: float) -> Any:
        nonlocal looked
        others = list(others)
        looked += len(others)
        return compared(word, others, least)

    near._alike = counting  # type: ignore[method-assign]
    for key in chance.sample(keys, 50):
        misspelt = key[:4] + "z" + key[5:]
        assert key in near.find(misspelt, 3)
    assert looked < 50 * len(keys) / 20


@pytest.mark.parametrize(
    ("line", "missing", "failure", "outcome", "message"),
    [
        (one("Panthera leo"), False, "HTTP 503", "failed", "HTTP 503"),
        (one("Panthera leo"), False, "", "failed", ""),
        (one("Panthera leo"), False, None, "stopped", ""),
        (one("Panthera sp."), False, None, "malformed", "species unnamed (sp.)"),
        (read_ids(["x"])[0], False, None, "malformed", read_ids(["x"])[0].problem),
        (read_ids(["5"])[0], True, None, "not found", ""),
        (read_ids(["5"])[0], False, "HTTP 503", "failed", "HTTP 503"),
    ],
)
def test_other_outcomes(
    line: InputLine, missing: bool, failure: str | None, outcome: str, message: str
) -> None:
    """Each line ends in exactly one of them."""
    found = account(line, None, missing, failure, NOTHING)
    assert (found.outcome, found.message) == (outcome, message)


def test_an_id_is_found_with_its_taxons_name() -> None:
    """No name was asked for, so that none can be a synonym."""
    (line,) = read_ids(["5"])
    found = account(line, {"assessment_id": 5, **answer("Nivosa minor")}, False, None, NOTHING)
    assert (found.outcome, found.matched_name) == ("found", "Nivosa minor")


def test_a_duplicate_has_the_outcome_of_its_first_line() -> None:
    """And says which that is."""
    first, second = read_names(["Felis leo", "felis LEO"])
    outcome = account(second, answer("Panthera leo"), False, None, NOTHING)
    assert outcome.outcome == account(first, answer("Panthera leo"), False, None, NOTHING).outcome
    assert line_cells(outcome)["same_as"] == 1


LEAN = (
    "line input outcome same_as matched_name sis_taxon_id red_list_category_code "
    "possibly_extinct year_published assessment_date criteria scopes latest assessment_id "
    "class_name order_name family_name common_name url near_matches message"
)
LISTED: dict[str, Any] = {
    "assessment_date": "2016-02-18T00:00:00.000Z",
    "year_published": "2016",
    "latest": True,
    "possibly_extinct": False,
    "sis_taxon_id": 7,
    "criteria": "A2ab",
    "url": "https://localhost/species/7/70",
    "red_list_category_code": "VU",
    "assessment_id": 70,
    "scopes": [
        {"description": {"en": "Global"}, "code": "1"},
        {"description": {"en": "Europe"}, "code": "2"},
    ],
}
FULL = {
    **{key: value for key, value in LISTED.items() if key != "red_list_category_code"},
    "red_list_category": {"version": "3.1", "description": {"en": "Vulnerable"}, "code": "VU"},
    "threats": [{"code": "1_1", "stresses": [1]}],
    "line": "the server's",
}


def test_the_row_of_a_line() -> None:
    """Columns that scripts rely on, in order."""
    known = index("Panthera leo", "Panthera lea")
    cells = line_cells(account(one("Panthera lei"), None, True, None, known))
    assert " ".join(cells) == LEAN
    assert {name: cell for name, cell in cells.items() if cell is not None} == {
        "line": 1,
        "input": "Panthera lei",
        "outcome": "not found",
        "near_matches": "Panthera lea|Panthera leo",
    }


@pytest.mark.parametrize("assessment", [LISTED, FULL])
def test_the_row_of_a_line_has_its_taxon_s_status(assessment: dict[str, Any]) -> None:
    """Else the table has 110 columns with ``VU|VU`` in a cell."""
    taxon = {
        "sis_id": 7,
        "scientific_name": "Panthera leo",
        "class_name": "MAMMALIA",
        "order_name": "CARNIVORA",
        "family_name": "FELIDAE",
        "common_names": [
            {"main": False, "name": "Leo", "language": "lat"},
            {"main": False, "name": "African Lion", "language": "eng"},
            {"main": True, "name": "Lion", "language": "eng"},
        ],
    }
    outcome = account(one("panthera LEO"), {"taxon": taxon}, False, None, NOTHING)
    cells = line_cells(outcome, assessment, taxon)
    assert list(cells.values()) == [
        1, "panthera LEO", "found", None, "Panthera leo", 7, "VU", False, "2016", "2016-02-18",
        "A2ab", "Global|Europe", True, 70, "MAMMALIA", "CARNIVORA", "FELIDAE", "Lion",
        "https://localhost/species/7/70", None, None,
    ]  # fmt: skip
    assert line_cells(outcome, None, taxon)["sis_taxon_id"] == 7  # a taxon never assessed


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ([("Leo", "lat", True), ("Lion", "eng", False), ("Big Lion", "eng", False)], "Lion"),
        ([("Lion", "eng", False), ("The Lion", "eng", True)], "The Lion"),
        ([("Löwe", "ger", False), ("León", "spa", True)], "León"),
        ([("Löwe", "ger", False)], None),
        ([(5, "eng", True), (None, None, None)], None),
        ([], None),
    ],
)
def test_the_common_name_is_the_main_english_one(names: list[Any], expected: str | None) -> None:
    """The API has up to 30 for a taxon, in any language."""
    given = [{"name": name, "language": of, "main": main} for name, of, main in names]
    assert common_name({"common_names": [None, *given]}) == expected
    assert common_name({"common_names": None}) is None


@pytest.mark.parametrize(
    ("asked", "given", "outcome"),
    [
        ("Canis lupus", "Canis lupus ssp. chanco", "other rank"),
        ("Canis lupus chanco", "Canis lupus", "other rank"),
        ("Canis chanco", "Canis lupus ssp. chanco", "other rank"),
        ("Gorilla gorilla", "Gorilla gorilla (Nigerian subpopulation)", "other rank"),
        ("Canis lupus chanco", "Canis lupus ssp. filchneri", "synonym"),
        ("Canis lupus", "Canis familiaris", "synonym"),
        ("Canis lupus", "no name 12", "synonym"),
    ],
)
def test_a_taxon_of_another_rank_is_no_synonym(asked: str, given: str, outcome: str) -> None:
    """A subspecies' status isn't the species'; the API has answered one for the other."""
    assert account(one(asked), answer(given), False, None, NOTHING).outcome == outcome


def test_the_rank_is_that_of_the_whole_name() -> None:
    """Parts that lack the last one must not make a subspecies of a species' name."""
    record = answer("Canis lupus ssp. chanco")
    record["taxon"] |= {"genus_name": "Canis", "species_name": "lupus", "infra_name": None}
    assert account(one("Canis lupus"), record, False, None, NOTHING).outcome == "other rank"
    assert account(one("Canis lupus chanco"), record, False, None, NOTHING).outcome == "found"


def row(number: int, *, latest: object, year: object, scope: object = "1") -> dict[str, Any]:
    scopes = [{"code": "2"}, {"code": scope}]
    return {"assessment_id": number, "latest": latest, "year_published": year, "scopes": scopes}


@pytest.mark.parametrize(
    ("rows", "chosen"),
    [
        ([row(1, latest=False, year="2024"), row(2, latest=True, year="2001")], 2),
        ([row(1, latest=True, year="2024", scope="5"), row(2, latest=True, year="2001")], 2),
        ([row(1, latest=False, year="2024"), row(2, latest=True, year="2001", scope="5")], 2),
        ([row(1, latest=False, year="1996"), row(2, latest=False, year="2008")], 2),
        ([row(1, latest=True, year="2010", scope="5"), row(2, latest=True, year="2012")], 2),
        ([row(1, latest=None, year=None), row(2, latest="true", year=2008, scope=1)], 2),
        ([row(2, latest=True, year="2008"), row(1, latest=True, year="2008")], 2),
        (["nonsense", None, {"assessment_id": 2}], 2),
    ],
)
def test_the_assessment_that_is_a_taxons_status(rows: list[Any], chosen: int) -> None:
    """Latest and global; else latest; else newest. Else a regional status is taken for it."""
    found = preferred(objects(rows))
    assert found is not None
    assert found["assessment_id"] == chosen


@pytest.mark.parametrize("rows", [[], None, "x", {"a": 1}, [1, "x"]])
def test_a_taxon_may_have_no_assessment(rows: object) -> None:
    """It isn't an error: some taxa are only listed."""
    assert preferred(objects(rows)) is None


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"red_list_category_code": "CR"}, "CR"),
        ({"red_list_category_code": "CR", "possibly_extinct": True}, "CR(PE)"),
        ({"red_list_category_code": "CR", "possibly_extinct_in_the_wild": True}, "CR(PEW)"),
        ({"red_list_category": {"code": "CR"}, "possibly_extinct": "true"}, "CR(PE)"),
        ({"red_list_category_code": "EN", "possibly_extinct": None}, "EN"),
        # A flag without a critical category is the server's mistake, and no category.
        ({"red_list_category_code": "EX", "possibly_extinct": True}, "EX"),
        ({"red_list_category_code": None, "red_list_category": []}, None),
        ({}, None),
    ],
)
def test_a_category_with_its_flags(row: dict[str, Any], expected: str | None) -> None:
    """Index calculations tell CR, CR(PE) and CR(PEW) apart; the API has flags beside CR."""
    assert category_pe(row) == expected


@given(JSON, JSON)
def test_no_answer_breaks_the_accounting(record: Any, taxon: Any) -> None:
    """All that a server sends is untrusted."""
    known = NameIndex()
    known.add_taxon(taxon if isinstance(taxon, dict) else {"synonyms": taxon})
    answered = record if isinstance(record, dict) else {"taxon": record, "assessments": record}
    preferred(objects(answered.get("assessments")))
    found = account(one("Nivosa minor"), answered, False, None, known)
    missing = account(one("Nivosa major"), None, True, None, known)
    line_cells(found, answered, taxon if isinstance(taxon, dict) else answered)
    assert found.outcome in ("found", "synonym")
    assert missing.outcome in ("synonym", "not found")


@each(WHOLE)
def test_a_recorded_taxon_tells_its_synonyms(file: Path) -> None:
    """The real API's shape, stray blanks and all."""
    known, synonyms = NameIndex(), 0
    taxa = [
        json.loads(one["body"])
        for one in exchanges(file)
        if one["path"].endswith("scientific_name") and one["status"] == 200
    ]
    for body in taxa:
        known.add_taxon(body["taxon"])
        name = body["taxon"]["scientific_name"]
        assert account(one(name), body, False, None, known).outcome == "found"
        chosen = preferred(objects(body["assessments"]))
        assert chosen is not None
        assert chosen["latest"]
    for body in taxa:
        for synonym in body["taxon"]["synonyms"]:
            if (name := parse_name(synonym["name"])).genus != body["taxon"]["genus_name"]:
                assert known.accepted(name) == body["taxon"]["scientific_name"]
                synonyms += 1
    assert synonyms
    if file == RECORDED:
        assert known.accepted(parse_name("Canis lupus filchneri")) == "Canis lupus ssp. chanco"
        assert known.accepted(parse_name("Canis chanco Gray, 1863")) == "Canis lupus ssp. chanco"
        nigerian = parse_name("Gorilla gorilla (Nigerian subpopulation)")
        assert known.accepted(nigerian) == "Gorilla gorilla ssp. diehli"
