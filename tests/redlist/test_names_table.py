"""Tables of names and ids: the column is found, and the user's own columns stay."""

from __future__ import annotations

import io
import sys
from datetime import datetime
from typing import Any

import pytest
from hypothesis import strategies as st
from openpyxl import Workbook

from tests.support.repeatable import given
from tui_app.redlist import make_query
from tui_app.redlist.errors import Advice, UsageError
from tui_app.redlist.names_file import InputLine
from tui_app.redlist.names_table import list_text, parse_list, split_lines


def read(text: str, column: str | None = None) -> tuple[InputLine, ...]:
    return parse_list(split_lines(text), "names", column)


def asked(line: InputLine) -> str:
    """The name that a line asks for, or why it asks for none."""
    return " ".join(dict(line.target.params).values()) if line.target else line.problem


@pytest.mark.parametrize(
    ("heading", "row"),
    [
        ("scientific_name", "Panthera leo"),
        ("id,scientificName,country", "7,Panthera leo,KE"),
        ("id;Species;n", "7;Panthera leo;3"),
        ("id\tTaxon Name\tn", "7\tPanthera leo\t3"),
        ("id|name|n", "7|Panthera leo|3"),
        ('"site, plot","binomial"', '"a, b","Panthera leo"'),
        ("\ufeffname,scientific.name", "the lion,Panthera leo"),
        ("genus,species", "Panthera,leo"),
        ("Genus;authority;Epithet", "Panthera;L.;leo"),
        ("genus,species", "Panthera,Panthera leo"),
        ("kingdom,genus,species,scientificName", "x,y,z,Panthera leo"),
        ("genus_name,species_name,infra_name", "Panthera,leo,"),
        ("species,common name", '"Panthera leo (Linnaeus, 1758)",lion'),
        ("species,a;b;c;d", "Panthera leo,1;2;3;4"),
    ],
)
def test_the_column_of_names_is_found_by_its_heading(heading: str, row: str) -> None:
    """A heading is no malformed line, and its delimiter is the table's."""
    (line,) = read(f"# a survey\n\n{heading}\n{row}\n")
    assert (line.number, asked(line)) == (4, "Panthera leo")


def test_a_name_in_several_columns_has_its_subspecies() -> None:
    (line,) = read("genus,species,subspecies\nPanthera,leo,persica\n")
    assert (line.text, asked(line)) == ("Panthera leo persica", "Panthera leo persica")


def test_lines_without_a_heading_are_read_one_by_one() -> None:
    """As before: the first column has the name."""
    lines = read("Panthera leo,lion\nFelis 2\nCanis lupus\twolf\n")
    assert [asked(line) for line in lines] == [
        "Panthera leo",
        "'2' is not a valid epithet",
        "Canis lupus",
    ]
    assert [line.own for line in lines] == [{}, {}, {}]


def test_a_column_can_be_named() -> None:
    """As it is written, or nearly so."""
    table = "Art;scientific_name\nPanthera leo;nonsense 1\n"
    for column in ("Art", "art "):
        (line,) = read(table, column)
        assert asked(line) == "Panthera leo"
        assert line.own == {"Art": "Panthera leo", "scientific_name": "nonsense 1"}
    with pytest.raises(UsageError, match="no column 'Arten'") as told:
        read(table, "Arten")
    assert told.value.advice == "Its headings are: Art, scientific_name."


def test_a_table_without_a_known_heading_says_what_it_has() -> None:
    """Else each of 4,000 lines is malformed."""
    with pytest.raises(UsageError, match="No column of names was found among: nr, Art") as told:
        read("nr,Art\n1,Panthera leo\n")
    assert told.value.advice is Advice.NAME_COLUMN
    assert asked(read("Art,nr\nPanthera leo,1\n")[1]) == "Panthera leo"


def test_the_user_s_columns_stay_as_they_are() -> None:
    """Blanks, numbers and line breaks: the output joins with the input."""
    lines = read(
        'plot,scientific_name,line,,plot,"two\nlines"\n'
        ' 007 ,Panthera leo,1.50,x,"a ""b""","c\nd"\n'
        "8,Canis lupus\n"
        "\n"
        ",,,,,\n"
        '9,,"","",,e\n'
        "10,Felis silvestris,1,2,3,4,more\n"
    )
    names = ["plot", "scientific_name", "line_input", "column_4", "plot_2", "two\nlines"]
    assert [list(line.own) for line in lines] == [[*names, "column_7"]] * 4
    assert list(lines[0].own.values()) == [
        " 007 ",
        "Panthera leo",
        "1.50",
        "x",
        'a "b"',
        "c\nd",
        "",
    ]
    assert list(lines[1].own.values()) == ["8", "Canis lupus", "", "", "", "", ""]
    assert [(line.number, asked(line)) for line in lines] == [
        (3, "Panthera leo"),
        (5, "Canis lupus"),
        (8, "an empty cell"),
        (9, "Felis silvestris"),
    ]


def test_a_line_that_tells_excel_the_separator_is_no_heading() -> None:
    """Else no line of a table as Excel opens it is a name."""
    (line,) = read("sep=;\nplot;species\n7;Panthera leo\n")
    assert (line.number, asked(line), line.own["plot"]) == (3, "Panthera leo", "7")


def test_a_column_that_is_called_like_ours_is_told_apart() -> None:
    """Else one overwrites the other."""
    (line,) = read("species,outcome,outcome_input,source,url\nPanthera leo,a,b,c,d\n")
    inputs = ["outcome_input", "outcome_input_2", "source_input", "url_input"]
    assert list(line.own) == ["species", *inputs]


def test_a_quote_that_is_never_closed_takes_no_other_row() -> None:
    """Else the rest of the table is one cell, and nobody is told."""
    lines = read('species,note\nPanthera leo,"the lion\nCanis lupus,wolf\n"Felis" silvestris,cat\n')
    assert [asked(line) for line in lines][:2] == ["Panthera leo", "Canis lupus"]
    assert len(lines) == 3


def test_comments_and_repeated_names_in_a_table() -> None:
    lines = read("n,species\n1,Panthera leo\n# of 2023,\n2,#\n#3,panthera LEO\nn,species\n")
    assert [(line.number, line.same_as, asked(line)) for line in lines] == [
        (2, None, "Panthera leo"),
        (5, 2, "Panthera leo"),
        (6, None, "a column heading"),
    ]


def test_ids_come_in_tables_too() -> None:
    """As this program writes them."""
    lines = parse_list(["scientific_name,assessment_id", "Panthera leo,5", "x,y"], "ids")
    assert [line.target and line.target.label for line in lines] == ["assessment/5", None]
    assert lines[0].own == {"scientific_name": "Panthera leo", "assessment_id_input": "5"}


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1", "cp1252", "utf-16-le-bom"]
)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_tables_are_read_in_the_encodings_of_spreadsheets(encoding: str, end: str) -> None:
    text = end.join(("Größe;species", "3;Isoëtes lacustris", ""))
    raw = text.encode(encoding) if "bom" not in encoding else b"\xff\xfe" + text.encode("utf-16-le")
    (line,) = read(list_text(raw))
    assert line.own == {"Größe": "3", "species": "Isoëtes lacustris"}
    assert asked(line) == "Isoëtes lacustris"


def workbook(*rows: list[Any]) -> bytes:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    book.create_sheet("other").append(["species"])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def test_a_workbook_is_read_as_a_table() -> None:
    """Its first sheet; ids are no decimal numbers, days have no hours."""
    raw = workbook(
        ["id", "species", "seen", "red", "share"],
        [7.0, "Panthera leo", datetime(2024, 5, 17), True, 0.5],
        [],
        [8, "Canis lupus, the wolf"],
    )
    lines = read(list_text(raw))
    assert [(line.number, asked(line)) for line in lines] == [
        (2, "Panthera leo"),
        (4, "Canis lupus"),
    ]
    assert list(lines[0].own.values()) == ["7", "Panthera leo", "2024-05-17", "TRUE", "0.5"]
    assert list(lines[1].own.values()) == ["8", "Canis lupus, the wolf", "", "", ""]


def test_a_workbook_needs_openpyxl_and_to_be_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sentence, no traceback."""
    raw = workbook(["species"], ["Panthera leo"])
    for damaged in (raw[:200], raw[:-200], b"PK\x03\x04" + b"\0" * 50):
        with pytest.raises(UsageError, match=r"The workbook can't be read \("):
            list_text(damaged)
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    with pytest.raises(UsageError, match="needs the package openpyxl") as told:
        list_text(raw)
    assert "pip install 'iucn-tui[excel]'" in str(told.value.advice)


@given(st.lists(st.text('a ,;\t|"\n#é', max_size=12), max_size=6))
def test_no_table_fails(rows: list[str]) -> None:
    """Whatever people's programs write: each line with something in it is accounted for."""
    for heading in ("species,a", "species", "a;name", '"species"\tb'):
        for line in read("\n".join([heading, *rows])):
            assert line.target or line.problem


def test_a_column_goes_with_a_list() -> None:
    with pytest.raises(UsageError, match="without a list of names") as caught:
        make_query(["countries/MG"], column="x")
    assert caught.value.sentence().endswith("Add the list, or leave out the column.")
