"""A record in full, without a screen: what it is called, what it holds, how it is drawn."""

from __future__ import annotations

import json
import re
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st
from rich.console import Console

from tests.support.recordings import RECORDED, SYNTHETIC
from tests.support.records_data import ASSESSMENT, TAXON
from tests.support.repeatable import given
from tui_app.ui.records.content import MOST_IN_TEXT, MOST_JSON, head_of, may_be_opened, sections
from tui_app.ui.records.drawing import MOST_ITEMS, draw_section
from tui_app.ui.records.record import head_lines, tabs_in_view

BIG = "<b>" + "x" * 1_000_000


def shown(record: dict[str, Any], key: str, width: int = 80) -> str:
    """What a section looks like, as text."""
    (section,) = (one for one in sections(record) if one.key == key)
    console = Console(width=width, file=StringIO(), color_system=None, legacy_windows=False)
    console.print(draw_section(section, width))
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


def in_words(record: dict[str, Any], key: str, width: int = 80) -> str:
    """The same in one line."""
    return re.sub(r"\s+", " ", shown(record, key, width))


def headings(record: dict[str, Any]) -> list[str]:
    return [one.heading for one in sections(record)]


def test_a_full_assessment_is_headed_by_what_matters() -> None:
    head = head_of(ASSESSMENT)
    assert (head.title, head.scientific, head.common) == (
        "Inventa exemplaris",
        True,
        "Exemplary Beast",
    )
    assert head.category is not None
    assert (head.category.code, head.category_words) == ("EN", "Endangered")
    assert head.facts == ("2021", "↓ Decreasing", "criteria B1ab(iii)", "Global", "latest")
    assert head.address == "https://www.iucnredlist.org/species/41/4100"
    assert not head.demo


def test_a_row_of_a_list_has_a_head_too() -> None:
    head = head_of(
        {
            "year_published": "2004",
            "latest": False,
            "taxon_scientific_name": "Inventa minor",
            "red_list_category_code": "LR/lc",
            "assessment_id": 7,
            "source": "DEMO",
        }
    )
    assert (head.title, head.category_words) == (
        "Inventa minor",
        "Lower Risk/least concern",
    )
    assert head.facts == ("2004", "not the latest")
    assert head.demo


@pytest.mark.parametrize(
    ("record", "title", "scientific", "code"),
    [
        (
            {"taxonid": 3, "scientific_name": "Inventa tertia", "category": "VU"},
            "Inventa tertia",
            True,
            "VU",
        ),
        ({"code": "8_1", "description": {"en": "Invasives"}}, "8_1 · Invasives", False, None),
        ({"code": "NE", "description": {"en": "Niger"}}, "NE · Niger", False, None),
        (
            {"code": "EX", "version": "3.1", "description": {"en": "Extinct"}},
            "EX · Extinct",
            False,
            "EX",
        ),
        ({"assessment_id": 12, "code": "MG", "code_type": "country"}, "Assessment 12", False, None),
        ({"family_name": "FELIDAE"}, "FELIDAE", False, None),
        ({"count": 157000}, "157000", False, None),
        ({"taxon": None, "scientific_name": 5, "category": ["CR"]}, "5", True, None),
        ({}, "Unnamed record", False, None),
    ],
)
def test_whatever_a_record_is_it_has_a_title(record, title, scientific, code) -> None:
    head = head_of(record)
    assert (head.title, head.scientific) == (title, scientific)
    assert (head.category and head.category.code) == code


def test_the_common_name_of_a_head_is_the_main_english_one() -> None:
    """Else the head has another name than the column common_name."""
    names = [
        {"name": "Inventée", "language": "fre", "main": True},
        {"name": "Invented", "language": "eng", "main": False},
    ]
    assert head_of({"taxon": {"common_names": names}}).common == "Invented"
    assert head_of({"common_names": names[:1]}).common == "Inventée"
    assert head_of({"common_names": [{"name": "Inventata", "language": "ita"}]}).common
    assert head_of({"common_names": None, "main_common_name": "Old"}).common == "Old"


def test_a_taxon_has_the_status_of_its_latest_global_assessment() -> None:
    head = head_of(TAXON)
    assert head.title == "Inventa exemplaris"
    assert head.category is not None
    assert head.category.code == "EN"
    assert head.facts == ("2021", "Global", "latest")
    assert head.address.endswith("/2021")
    assert head_of({**TAXON, "assessments": TAXON["assessments"][:1]}).category is None


@pytest.mark.parametrize(
    ("address", "so"),
    [
        ("https://www.iucnredlist.org/species/41/4100", True),
        ("https://iucnredlist.org/", True),
        ("https://apiv4.iucnredlist.org:443/x", True),
        ("http://www.iucnredlist.org/species/1/2", False),
        ("https://www.iucnredlist.example/species/1/2", False),
        ("https://iucnredlist.org.evil.example/", False),
        ("https://eviliucnredlist.org/", False),
        ("https://iucnredlist.org@evil.example/", False),
        ("https://user:x@iucnredlist.org/", False),
        ("https://evil.example/?https://iucnredlist.org", False),
        ("https://evil.example\\@iucnredlist.org/", False),
        ("https://iucnredlist.org:8443/", False),
        ("https://iucnredlist.org:x/", False),
        ("https://iucnredlist.org/a b", False),
        ("https://iucnredlist.org/\x1b[31m", False),
        ("https://www.ıucnredlist.org/", False),
        ("javascript:alert(1)//iucnredlist.org", False),
        ("file:///etc/passwd", False),
        ("", False),
    ],
)
def test_only_pages_of_the_red_lists_own_site_are_opened(address: str, so: bool) -> None:
    assert may_be_opened(address) is so


def test_every_list_has_a_tab_with_the_number_of_its_items() -> None:
    assert headings(ASSESSMENT) == [
        "Overview",
        "Documentation",
        "Locations 1",
        "Habitats 1",
        "Threats 2",
        "Conservation actions in place 1",
        "Scopes 1",
        "Common names 2",
        "Credits 1",
        "References 3",
        "JSON",
    ]
    assert headings({"a": 1}) == ["Overview", "JSON"]
    assert headings({"new_list": [1], "part": {"new_list": [1, 2]}})[1:3] == [
        "New list 1",
        "Part new list 2",
    ]


def test_the_overview_has_every_single_value_and_names_what_has_none() -> None:
    said = in_words(ASSESSMENT, "overview")
    for words in (
        "year_published 2021",
        "latest true",
        "A. 2021. Inventa exemplaris. An invented assessment.",
        "without a value faos",
        "Taxon sis_id 41",
        "without a value infra_name, synonyms",
        "Red list category version 3.1 description Endangered code EN Endangered",
        "generational_length 7",
        "without a value population_size",
    ):
        assert words in said
    assert "Being found out" not in said


def test_documentation_is_plain_text_in_paragraphs() -> None:
    said = shown(ASSESSMENT, "documentation")
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    assert lines == [
        "Range",
        "It lives nowhere.",
        "Not even at sea & on islands.",
        "Threats",
        "Being found out.",
    ]


@pytest.mark.parametrize("width", [76, 140])
def test_codes_come_with_what_stands_above_them(width: int) -> None:
    said = in_words(ASSESSMENT, "threats", width)
    assert "Climate change & severe weather › Droughts" in said
    assert "5_3_4" in said
    assert "Medium Impact: 6" in said
    assert "Slow, Significant" in said
    assert "Ias" not in said


def test_actions_in_place_can_be_read_though_they_are_nested() -> None:
    said = in_words(ASSESSMENT, "supplementary_info/conservation_actions_in_place")
    assert "In-place education" in said
    assert "Included in legislation: Yes" in said


def test_a_taxons_assessments_are_a_table_with_categories() -> None:
    said = shown(TAXON, "assessments", 76)
    assert re.search(r"2021 +EN +Endangered +Global +true +2021", said)
    assert "only in the JSON: url, taxon_scientific_name" in said


def test_the_json_is_the_record() -> None:
    said = shown({"a": {"b": [1, None, "é"]}}, "json", 200)
    assert json.loads(said) == {"a": {"b": [1, None, "é"]}}


def test_what_is_endless_is_cut_with_a_note() -> None:
    record = {
        "documentation": {"range": BIG},
        "references": [{"citation": BIG}] * 3000,
        "threats": [{"text": BIG, "code": BIG}],
        "names": [str(number) for number in range(3000)],
        "huge": BIG,
        "taxon": {"scientific_name": BIG},
    }
    assert "[cut" in in_words(record, "documentation")
    assert len(shown(record, "documentation")) < 2 * MOST_IN_TEXT
    assert "and 2,500 more references" in in_words(record, "references")
    assert f"and {3000 - MOST_ITEMS:,} more items" in in_words(record, "names")
    assert "[cut" in in_words(record, "overview")
    assert "[cut" in in_words(record, "json")
    assert len(shown(record, "json")) < 2 * MOST_JSON
    assert len(shown(record, "threats")) < 10_000
    assert len(head_of(record).title) < 400


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=20)
    | st.sampled_from(["\x1b[31m", "[bold]x[/]", "\u202e", "\x00", "CR", "<b", "&#x1b;", "a\nb"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["en", "code", "description", "name", "value", "\x1b", "", "x"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)
KNOWN = [*ASSESSMENT, "assessments", "category", "taxon_scientific_name", "code", "source"]


@given(st.dictionaries(st.sampled_from(KNOWN) | st.text(max_size=8), JSON, max_size=6))
def test_no_record_can_break_it_or_reach_the_terminal(record: dict[str, Any]) -> None:
    head = head_of(record)
    drawn = head_lines(head, "1 of 1", 78).plain
    text = drawn + "".join(one.heading for one in sections(record))
    for one in sections(record):
        text += shown(record, one.key, 60)
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text)


def test_markup_is_text() -> None:
    record = {"taxon_scientific_name": "[red]x[/red]", "note": "[link=x]y[/link]"}
    assert "[link=x]y[/link]" in shown(record, "overview")
    assert "[red]x[/red]" in head_lines(head_of(record), "1 of 1", 78).plain


def test_lists_nested_hundreds_deep_are_shown() -> None:
    deep: list[Any] = []
    for _ in range(400):
        deep = [deep]
    inner: dict[str, Any] = {}
    for _ in range(400):
        inner = {"a": inner, "b": [1]}
    record = {"list": deep, "part": inner}
    for one in sections(record):
        assert shown(record, one.key)


@pytest.mark.parametrize("width", [40, 80, 120])
def test_the_head_is_as_wide_as_the_screen_at_most(width: int) -> None:
    long = {**ASSESSMENT, "taxon": {"scientific_name": "Inventa " * 12}}
    for record in (ASSESSMENT, TAXON, long):
        first = head_lines(head_of(record), "1,000 of 160,000", width).split("\n")[0]
        assert first.cell_length <= width
        assert first.plain.endswith("1,000 of 160,000")
        assert " EN " in first.plain


def test_the_strip_of_tabs_shows_the_chosen_one_and_stands_still_while_it_can() -> None:
    names = ["Overview", "Documentation", "Locations 12", "Habitats 3", "Threats 13", "JSON"]
    assert tabs_in_view(names, 0, 200) == range(6)
    assert tabs_in_view(names, 0, 46) == range(3)
    assert tabs_in_view(names, 2, 46) == range(3)
    assert 5 in tabs_in_view(names, 5, 46)
    assert tabs_in_view(names, 3, 5) == range(3, 4)
    assert tabs_in_view([], 0, 80) == range(0)


@pytest.mark.parametrize("file", [SYNTHETIC, RECORDED], ids=["synthetic", "recorded"])
def test_recorded_assessments_are_shown_whole(file: Path) -> None:
    if not file.exists():
        pytest.skip("needs ../shared/recorded")
    exchanges = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    seen = 0
    for one in exchanges:
        body = one["body"]
        record = json.loads(body) if isinstance(body, str) else body
        single = "/assessment/" in one["path"] or "/taxa/s" in one["path"]
        if one["status"] != 200 or not single or not isinstance(record, dict):
            continue
        seen += 1
        head = head_of(record)
        assert head.scientific
        assert head.category is not None
        assert may_be_opened(head.address)
        for section in sections(record):
            said = shown(record, section.key, 76)
            assert said.strip()
            if section.key != "json":
                assert not re.search(r"</?(i|em|br|p|strong)\b", said), section.key
    assert seen >= 3
