"""Full assessments become tidy tables, and nothing of them is lost on the way."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from datetime import date
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st

from tests.support.recordings import RECORDED, SYNTHETIC
from tests.support.repeatable import given
from tui_app.demo.assessment import Assessments
from tui_app.demo.catalogue import Catalogue
from tui_app.redlist.codes import schemes
from tui_app.redlist.columns import IDS, SHORT, TAXON_IDS, WELL_KNOWN
from tui_app.redlist.tables import tidy, tidy_taxon

Tables = dict[str, list[dict[str, Any]]]


def tables(assessment: dict[str, Any], codes: Any = None) -> Tables:
    found: Tables = {}
    for name, row in tidy(assessment, schemes() if codes is None else codes):
        found.setdefault(name, []).append(row)
    return found


def recorded(file: Path = RECORDED) -> list[dict[str, Any]]:
    if not file.exists():
        pytest.skip("needs ../shared/recorded")
    exchanges = map(json.loads, file.read_text(encoding="utf-8").splitlines())
    bodies = [
        json.loads(one["body"])
        for one in exchanges
        if "/assessment/" in one["path"] and one["status"] == 200
    ]
    assert len(bodies) == 2
    return bodies


def of_the_demo() -> list[dict[str, Any]]:
    catalogue = Catalogue()
    write = Assessments(catalogue)
    return [write.whole(number, date(2026, 10, 3)) for number in range(0, 200_000, 9_999)]


def lists(value: Any, path: str = "") -> Iterator[tuple[str, list[Any]]]:
    """Every list of an assessment that has a table, with the table's name."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from lists(inner, f"{path}_{key}" if path else key)
    elif isinstance(value, list) and any(isinstance(item, dict) for item in value):
        yield path, value
        for item in value:
            yield from lists(item, path)


def words(value: Any) -> Any:
    """A field as a cell has it, where it is no object."""
    if isinstance(value, list):
        return "|".join(value) if value else None
    return value["en"] if isinstance(value, dict) else value


def check_every_item(assessment: dict[str, Any]) -> Counter[str]:
    found = tables(assessment)
    wanted: Counter[str] = Counter()
    for name, items in lists(assessment):
        start = wanted[name]
        for place, item in enumerate(items, 1):
            row = found[name][start + place - 1]
            assert (row["assessment_id"], row["sis_taxon_id"]) == (
                assessment["assessment_id"],
                assessment["sis_taxon_id"],
            )
            assert place in (row["item"], row.get("item_2"))
            for key, value in item.items():
                if not isinstance(value, list) or not any(isinstance(one, dict) for one in value):
                    assert row.get(f"own_{key}", row.get(key)) == words(value), (name, key)
        wanted[name] += len(items)
    extra = {"assessments", "documentation"}
    assert {name: len(rows) for name, rows in found.items() if name not in extra} == wanted
    sections = {key: html for key, html in assessment["documentation"].items() if html is not None}
    assert {row["section"]: row["html"] for row in found.get("documentation", [])} == sections
    return wanted


def test_every_item_of_the_recorded_assessments_is_in_its_table() -> None:
    """Else real assessments lose threats, references or synonyms."""
    first, second = (check_every_item(one) for one in recorded())
    assert second["references"] == 76
    assert second["stresses"] == 36
    assert second["taxon_infrarank_taxa_common_names"] == 2
    assert second["supplementary_info_conservation_actions_in_place_actions"] == 9
    assert first.keys() | second.keys() >= {"threats", "locations", "researches", "credits"}


def test_every_item_of_assessments_of_that_shape_is_in_its_table() -> None:
    """As of the recorded ones, where those are not at hand."""
    first, second = (check_every_item(one) for one in recorded(SYNTHETIC))
    assert first.keys() | second.keys() >= {"threats", "stresses", "locations", "credits"}


def test_every_item_of_the_demo_is_in_its_table() -> None:
    """Else the demo shows less than the real thing."""
    found: Counter[str] = Counter()
    for assessment in of_the_demo():
        found += check_every_item(assessment)
    assert len(found) > 20
    assert set(found) - set(WELL_KNOWN) <= {
        f"taxon_{relatives}_{inner}"
        for relatives in ("species_taxa", "subpopulation_taxa", "infrarank_taxa")
        for inner in ("ssc_groups", "common_names", "synonyms")
    }


def test_headers_of_empty_tables_are_those_of_full_ones() -> None:
    """Else a script that takes a column of a table fails when the table is empty."""
    seen: dict[str, set[tuple[str, ...]]] = {}
    for assessment in of_the_demo() + recorded(RECORDED if RECORDED.exists() else SYNTHETIC):
        for name, row in tidy(assessment, schemes()):
            seen.setdefault(name, set()).add(tuple(row))
    for name, columns in WELL_KNOWN.items():
        if name == "assessments":
            assert set(columns) <= {column for header in seen[name] for column in header}
            assert "population_trend" not in {column for header in seen[name] for column in header}
        else:
            assert columns in seen.get(name, {columns})
            assert all(set(header) <= set(columns) for header in seen.get(name, ()))


INVENTED = {
    "assessment_id": 7,
    "sis_taxon_id": 3,
    "criteria": None,
    "latest": True,
    "taxon": {
        "sis_id": 3,
        "scientific_name": "Aus bus",
        "authority": "L.",
        "synonyms": [],
        "common_names": None,
        "infrarank_taxa": [
            {"scientific_name": "Aus bus ssp. cus", "synonyms": [{"name": "A"}, {"name": "B"}]},
            {"scientific_name": "Aus bus", "synonyms": [{"name": "C"}]},
        ],
    },
    "red_list_category": {"version": "3.1", "description": {"en": "Vulnerable"}, "code": "VU"},
    "documentation": {"range": "<p>a &amp; b</p>", "threats": None, "odd": 5, "en": {"fr": "x"}},
    "scopes": [
        {"description": {"en": "Global"}, "code": "1"},
        {"description": {"en": "Eur|ope"}, "code": "2"},
    ],
    "systems": [],
    "growth_forms": None,
    "threats": [
        {
            "code": "8_1_2",
            "description": {"en": "Named species"},
            "stresses": [{"code": "2_3_1", "description": {"en": "Hybridisation"}}, {"code": "1"}],
        },
        {"code": "8_1_2", "ias": ["Rattus", "a|b"]},
        {"code": "99_1", "description": {"en": "New"}},
        None,
    ],
    "habitats": "none",
    "people": ["A", "B"],
    "grid": [[1, 2], [{"x": 3}]],
}


def test_the_tables_of_an_assessment() -> None:
    """Else columns are called otherwise than people were told."""
    found = tables(INVENTED)
    (row,) = found.pop("assessments")
    assert row == {
        "assessment_id": 7,
        "sis_taxon_id": 3,
        "scientific_name": "Aus bus",
        "criteria": None,
        "latest": True,
        "taxon_sis_id": 3,
        "taxon_scientific_name": "Aus bus",
        "taxon_authority": "L.",
        "red_list_category_version": "3.1",
        "red_list_category_description": "Vulnerable",
        "red_list_category_code": "VU",
        "red_list_category_pe": "VU",
        "habitats": "none",
        "scopes_code": "1|2",
        "scopes_description": "Global|Eur\\|ope",
        **{f"{name}_{part}": None for name in SHORT[1:] for part in ("code", "description")},
        "common_name": None,
    }
    for rows in found.values():
        for one in rows:
            assert list(one)[:3] == list(IDS)
            assert [one.pop(name) for name in IDS] == [7, 3, "Aus bus"]
    assert found == {
        "taxon_infrarank_taxa": [
            {"item": 1, "own_scientific_name": "Aus bus ssp. cus"},
            {"item": 2, "own_scientific_name": "Aus bus"},
        ],
        "taxon_infrarank_taxa_synonyms": [
            {"item": 1, "item_2": 1, "name": "A"},
            {"item": 1, "item_2": 2, "name": "B"},
            {"item": 2, "item_2": 1, "name": "C"},
        ],
        "scopes": [
            {"item": 1, "description": "Global", "code": "1"},
            {"item": 2, "description": "Eur|ope", "code": "2"},
        ],
        "threats": [
            {
                "item": 1,
                "code": "8_1_2",
                "description": "Named species",
                "description_full": "Invasive and other problematic species, genes & diseases › "
                "Invasive non-native/alien species/diseases › Named species",
            },
            {
                "item": 2,
                "code": "8_1_2",
                "ias": "Rattus|a\\|b",
                "description_full": "Invasive and other problematic species, genes & diseases › "
                "Invasive non-native/alien species/diseases › Named species",
            },
            {"item": 3, "code": "99_1", "description": "New", "description_full": "New"},
        ],
        "threats_stresses": [
            {
                "item": 1,
                "item_2": 1,
                "code": "2_3_1",
                "description": "Hybridisation",
                "description_full": "Species Stresses › Indirect species effects › Hybridisation",
            },
            {"item": 1, "item_2": 2, "code": "1", "description_full": "Ecosystem stresses"},
        ],
        "people": [{"item": 1, "value": "A"}, {"item": 2, "value": "B"}],
        "grid": [{"item": 1, "value": "1|2"}, {"item": 2}],
        "grid_value": [{"item": 2, "item_2": 1, "x": 3}],
        "documentation": [
            {"section": "range", "html": "<p>a &amp; b</p>", "text": "a & b"},
            {"section": "odd", "html": 5, "text": None},
            {"section": "en", "html": '{"fr":"x"}', "text": '{"fr":"x"}'},
        ],
    }


def test_the_server_s_own_descriptions_are_used() -> None:
    """Else a scheme that was revised since is told in old words."""
    threat = {"threats": [{"code": "1_2", "description": {"en": "New leaf"}}]}
    codes = {"threats": {"1": "New root", "1_2": "Old leaf"}}
    assert tables(threat, codes)["threats"][0]["description_full"] == "New root › New leaf"
    assert "description_full" not in tables(threat, {})["threats"][0]


def test_a_row_of_a_list_is_taken_for_what_it_is() -> None:
    """Else an assessment whose details didn't arrive ends the export."""
    row = {"assessment_id": 7, "sis_taxon_id": 3, "taxon_scientific_name": "Aus bus", "code": "MG"}
    (only,) = tables(row)["assessments"]
    assert only.items() >= {"scientific_name": "Aus bus", "code": "MG"}.items()
    assert tables({}).keys() == {"assessments"}


@pytest.mark.parametrize(
    "key",
    ["../../etc/passwd", "", "a b", "con", "lpt1", "x" * 81, "Ä", "a\0b", "assessments", "other",
     "documentation"],
)  # fmt: skip
def test_a_list_whose_name_makes_no_file_name_goes_to_other(key: str) -> None:
    """Else a server writes files where it likes."""
    found = tables({"assessment_id": 7, key: [{"a": 1}, {"list": 2}]})
    rows = [{name: cell for name, cell in row.items() if name not in IDS} for row in found["other"]]
    assert rows == [{"list": key, "item": 1, "a": 1}, {"list": key, "item": 2, "own_list": 2}]
    assert found.keys() == {"assessments", "other"}


def test_two_lists_don_t_share_a_table() -> None:
    """Else items of different lists stand under the same number."""
    found = tables({"a": {"b": [1]}, "a_b": [2], "A_B": [3]})
    assert [row["value"] for row in found["a_b"]] == [1]
    assert [(row["list"], row["value"]) for row in found["other"]] == [("a_b", 2), ("A_B", 3)]


@pytest.mark.parametrize("opening", ["[", '{"a":', '[{"a":', '{"en":', '[{"en":['])
def test_any_depth_is_taken(opening: str) -> None:
    """Else a deeply nested answer ends in a RecursionError."""
    brackets = re.sub(r"[^\[{]", "", opening)
    closing = brackets[::-1].replace("[", "]").replace("{", "}")
    for levels in (5, 50, 700):  # a decoder takes some 900
        depth = levels // len(brackets)
        for key in ("new", "documentation", "scopes", "assessment_id"):
            nested = json.loads(f'{{"{key}":{opening * depth}"leaf"{closing * depth}}}')
            assert "leaf" in json.dumps(tables(nested))


def test_two_fields_don_t_share_a_column() -> None:
    """Else the one that comes later is lost, or the earlier one overwritten."""
    flat = {"a_b": 1, "a": {"b": 2}, "scopes_code": "x", "scopes": [{"code": "1"}]}
    (row,) = tables(flat)["assessments"]
    assert (row["a_b"], row["a_b_2"]) == (1, 2)
    assert (row["scopes_code"], row["scopes_code_2"]) == ("x", "1")
    (row,) = tables({"threats": [{"item": 5, "own_item": 6}]})["threats"]
    assert (row["item"], row["own_item"], row["own_item_2"]) == (1, 5, 6)


class Leaf:
    """Where a value of its own goes, so that each can be found again."""


KEYS = st.sampled_from(
    ["taxon", "documentation", "scopes", "threats", "en", "item", "item_2", "own_item", "list",
     "code", "description", "description_full", "value", "a", "b", "a_b", "A", "assessment_id",
     "../x", ""]
)  # fmt: skip
NESTED = st.recursive(
    st.just(Leaf) | st.none(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=40,
)


def numbered(value: Any, numbers: Iterator[int]) -> Any:
    if isinstance(value, dict):
        return {key: numbered(inner, numbers) for key, inner in value.items()}
    if isinstance(value, list):
        return [numbered(inner, numbers) for inner in value]
    if value is None:
        return None
    number = next(numbers)
    return (f"leaf|{number}", 10_000 + number, f"leaf \\{number}", 10_000.5 + number)[number % 4]


def leaves(value: Any) -> Iterator[str]:
    if isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from leaves(inner)
    elif value is not None:
        yield str(value)


def told(cell: Any) -> Iterator[str]:
    """What a cell holds: itself, the parts of a list, the leaves of JSON."""
    yield str(cell)
    if isinstance(cell, str):
        yield from (part.replace("\\|", "|") for part in re.split(r"(?<!\\)\|", cell))
        if cell[:1] in ("[", "{"):
            yield from leaves(json.loads(cell))


@given(
    st.dictionaries(KEYS, NESTED, max_size=5),
    st.dictionaries(st.just("synonyms") | KEYS, NESTED, max_size=5),
)
def test_no_value_of_a_taxon_is_lost(shape: dict[str, Any], taxon: dict[str, Any]) -> None:
    """Else a field of taxa that nobody thought of vanishes."""
    answer = numbered({**shape, "taxon": taxon or shape.get("taxon")}, count())
    found = list(tidy_taxon(answer, [], schemes()))
    cells = {part for _, row in found for cell in row.values() for part in told(cell)}
    assert set(leaves(answer)) <= cells
    assert all(list(row)[:2] == list(TAXON_IDS) for _, row in found)


@given(st.dictionaries(KEYS, NESTED, max_size=8))
def test_no_value_is_lost(shape: dict[str, Any]) -> None:
    """Else a field that nobody thought of vanishes."""
    assessment = numbered(shape, count())
    found = list(tidy(assessment, schemes()))
    cells = {part for _, row in found for cell in row.values() for part in told(cell)}
    assert set(leaves(assessment)) <= cells
    for name, row in found:
        assert re.fullmatch(r"[a-z0-9_]{1,80}", name)
        assert list(row)[:3] == list(IDS)
        assert all(cell is None or isinstance(cell, str | int | float) for cell in row.values())
