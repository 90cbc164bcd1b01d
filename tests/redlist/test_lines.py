"""Files of names and ids: every line is accounted for, under its own number."""

from __future__ import annotations

import sys
from types import FrameType

import pytest
from hypothesis import strategies as st

from tests.support.raw_server import names
from tests.support.repeatable import given
from tui_app.redlist import make_query
from tui_app.redlist.names_file import InputLine, label_of, parse_id, read_ids, read_names

# What a line is, then what it becomes: what is asked for, a problem, "= number", or None.
FILE: list[tuple[str, str | None]] = [
    ("\ufeff# Species of the survey, 2024\n", None),
    ("\n", None),
    ("scientific_name,common name\n", "a column heading"),
    ("Panthera leo\n", "Panthera leo"),
    ("Panthera leo,lion\n", "= 4"),
    ("PANTHERA LEO (LINNAEUS, 1758)\n", "= 4"),
    ("  Panthera_leo  \n", "= 4"),
    ("Gorilla gorilla\r\n", "Gorilla gorilla"),
    ("Gorilla gorilla diehli\n", "Gorilla gorilla ssp. diehli"),
    ("Gorilla gorilla ssp. diehli Matschie, 1904\n", "= 9"),
    ("Gorilla gorilla (Cross River subpopulation)\n", "Gorilla gorilla Cross River subpopulation"),
    ("   # birds\n", None),
    ("Vireo olivaceus de Vieillot\n", "Vireo olivaceus"),
    ("Vireo sp.\n", "species unnamed (sp.)"),
    ("Vireo spp.\n", "species unnamed (spp.)"),
    ("Vireo cf. olivaceus\n", "not certain (cf.)"),
    ("Vireo\n", "a genus alone"),
    ("Vireonidae\n", "a family, not a species"),
    ("V. olivaceus\n", "an abbreviated genus (V.)"),
    ("\u00a0\u200b\n", None),
    ("Mentha × piperita\n", "a hybrid: the Red List assesses species"),
    ("Mentha x piperita\n", "a hybrid: the Red List assesses species"),
    ("Abies alba Mill.\n", "Abies alba"),
    ("Abies alba Mill. var. minor\n", "Abies alba var. minor"),
    ("Abies alba subsp. minor\n", "= 24"),
    ("Abies alba ssp.\n", "the taxon below the species is unnamed (ssp.)"),
    ("136250858\n", "a number, not a name; ids go with the operation assessments"),
    ("12 34\n", "a number, not a name; ids go with the operation assessments"),
    ("-----\n", "no letters"),
    ("Aedes (Stegomyia) aegypti\n", "Aedes aegypti"),
    ("<i>Aedes aegypti</i>\n", "= 30"),
    ("Polygonia c-album\n", "Polygonia c-album"),
    ("polygonia C-ALBUM\n", "= 32"),
    ("'Isoëtes lacustris'\n", "Isoëtes lacustris"),
    ("Пантера лев\n", "not in Latin letters"),
    ("Panthera\x00 pardus\x1b\n", "Panthera pardus"),
    ("Panthera tigris;;;\n", "Panthera tigris"),
    ("1. Panthera onca\n", "Panthera onca"),
    ("Balaenoptera musculus North Pacific stock\n", "Balaenoptera musculus North Pacific stock"),
    ("Gadus morhua stock\n", "a subpopulation without a name"),
    ("Malus domestica 'Gala'\n", "a cultivar, not a species"),
    ("Panthera leo, Africa's lion\n", "= 4"),
    ("Scientific Name\n", "a column heading"),
    ("NA\n", "no name"),
    ("Felis " + "x" * 100_000 + "\n", "longer than 300 characters"),
    ("\n", None),
    ("Felis 2\n", "'2' is not a valid epithet"),
    ("Felis silvestris?\n", "not certain (silvestris?)"),
    ("Felis silvestris\tEuropean wildcat\n", "Felis silvestris"),
    ("Loxodonta africana", "Loxodonta africana"),
]

IDS = {
    "136250858": 136250858,
    "  136250858 \n": 136250858,
    "000123": 123,
    '"123"': 123,
    "123,": 123,
    "123,Panthera leo,VU": 123,
    "123\tPanthera leo": 123,
    "123 # the lion": 123,
    "assessment/123": 123,
    "/api/v4/assessment/123": 123,
    "https://www.iucnredlist.org/species/9404/136250858": 136250858,
    "https://www.iucnredlist.org/species/9404/136250858#geographic-range": 136250858,
    "https://api.iucnredlist.org/api/v4/assessment/123": 123,
    "www.iucnredlist.org/species/9404/136250858/": 136250858,
    "10.2305/IUCN.UK.2018-2.RLTS.T9404A136250858.en": 136250858,
    "e.T9404A136250858": 136250858,
    "１２３": 123,
    "9" * 18: int("9" * 18),
}

NO_IDS = {
    "Panthera leo": "not a number; names go with the operation species",
    "12a": "not a number; names go with the operation species",
    "0": "0 is not an id",
    "000": "0 is not an id",
    "-5": "a negative number",
    "136250858.0": "a decimal number; ids are whole",
    "136,250,858": "a number with commas; write it without",
    "1" * 19: "more than 18 digits",
    "١٢٣": "not a number",
    ",,": "not a number",
    "https://www.iucnredlist.org/species/9404": "a taxon's address, without an assessment's id",
    "1" * 400: "too long for an id",
}


def shown(line: InputLine) -> str:
    """What became of a line, as the table above has it."""
    if line.same_as is not None:
        return f"= {line.same_as}"
    if line.target is None:
        return line.problem
    asked = dict(line.target.params)
    infra, rest = asked.get("infra_name"), asked.get("subpopulation_name")
    rank = "var." if "var." in line.text else "ssp."
    parts = (asked["genus_name"], asked["species_name"], infra and f"{rank} {infra}", rest)
    return " ".join(filter(None, parts))


def test_every_line_of_a_troubled_file_is_accounted_for() -> None:
    """Else names vanish between the user's file and the result, and nobody notices."""
    lines = read_names(text for text, _ in FILE)
    expected = {number: becomes for number, (_, becomes) in enumerate(FILE, 1) if becomes}
    assert len(FILE) == 50
    assert {line.number: shown(line) for line in lines} == expected
    assert all((line.target is None) == bool(line.problem) for line in lines)


def test_a_line_twice_asks_for_what_the_first_asks_for() -> None:
    """Else one species is fetched twice."""
    lines = {line.number: line for line in read_names(text for text, _ in FILE)}
    again = [line for line in lines.values() if line.same_as is not None]
    assert len(again) == 8
    assert all(line.target == lines[line.same_as].target for line in again)


def test_a_line_can_be_shown_anywhere() -> None:
    """A file is untrusted: neither terminal codes nor endless lines get to the screen."""
    (line,) = read_names(["\x1b[2JPanthera \u202eleo\ud800\x00" + "x" * 10_000 + "\r\n"])
    assert line.text.startswith("[2JPanthera leo\ufffdxx")
    assert len(line.text) == 300
    assert line.text.endswith("…")
    line.text.encode()


@pytest.mark.parametrize(("text", "number"), IDS.items())
def test_an_id_is_read_however_it_is_written(text: str, number: int) -> None:
    """Ids come from spreadsheets, addresses and citations."""
    (line,) = read_ids([text])
    assert line.target is not None
    assert line.target.path == f"assessment/{number}"


@pytest.mark.parametrize(("text", "reason"), NO_IDS.items())
def test_what_is_no_id_is_refused_with_its_reason(text: str, reason: str) -> None:
    """Else another assessment is asked for than was meant, or none, silently."""
    (line,) = read_ids([text])
    assert (line.target, line.problem) == (None, reason)


def test_ids_have_headings_comments_and_duplicates_too() -> None:
    """As names have."""
    lines = read_ids(["# mine\n", "assessment_id,name\n", "5\n", "\n", "assessment/005\n"])
    assert [(line.number, line.problem, line.same_as) for line in lines] == [
        (2, "a column heading", None),
        (3, "", None),
        (5, "", 3),
    ]


@given(st.lists(st.text() | st.text("Panther leo.,;\t#xT12A/ \r\n"), max_size=5))
def test_lines_that_were_kept_read_as_they_did_at_first(texts: list[str]) -> None:
    """A run is resumed from the texts of its lines: it must ask for the same."""
    for read in (read_names, read_ids):
        lines = read(texts)
        kept = [""] * len(texts)
        for line in lines:
            kept[line.number - 1] = line.text
        assert read(kept) == lines


def test_the_label_counts_lines() -> None:
    """It names a run in lists."""
    assert label_of(read_names(["Panthera leo", "Panthera"])) == "2 names"
    assert label_of(read_ids(["5"])) == "1 id"
    assert label_of(read_ids(["five"])) == "1 line"
    assert label_of(()) == "0 lines"


def test_numbers_stay_within_64_bits() -> None:
    """The store could not keep others."""
    assert parse_id("9" * 18) < 2**63


def test_a_filter_costs_each_name_the_same() -> None:
    """Else 100,000 names are compared with each other before anything is sent."""
    lines = names(100)
    compared = 0

    def count(frame: FrameType, event: str, arg: object) -> None:
        nonlocal compared
        compared += event == "call" and frame.f_code.co_name == "__eq__"

    sys.setprofile(count)
    try:
        query = make_query(["species"], names=lines, params=[("sent", "as it is")])
    finally:
        sys.setprofile(None)
    assert {line.target for line in query.lines} == set(query.targets)
    assert compared < 10 * len(lines)
