"""The classification is the API's, and codes are found and told in full."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.recordings import RECORDED, WHOLE, each, exchanges
from tui_app.redlist.codes import (
    Code,
    built_in,
    categories,
    comprehensive_groups,
    full_description,
    nearest,
    parents,
    schemes,
)
from tui_app.redlist.operations import OPERATIONS, Kind

CODE_LISTS = [
    operation.stem
    for operation in OPERATIONS
    if operation.kind is Kind.CODES and not operation.stem.startswith("taxa/")
]


@each(WHOLE)
def test_codes_are_the_recorded_ones_in_their_order(file: Path) -> None:
    """Else the built-in lists offer codes that the server doesn't have."""
    lists: dict[str, list[dict]] = {}
    for exchange in exchanges(file):
        path = exchange["path"].removeprefix("/api/v4/")
        if path.endswith("/") and not path.startswith("taxa/") and exchange["status"] == 200:
            (lists[path[:-1]],) = json.loads(exchange["body"]).values()
    assert len(lists) >= 9
    most = None if file == RECORDED else 4  # the synthetic lists are cut off there
    groups = lists.pop("comprehensive_groups")
    assert list(comprehensive_groups().values())[:most] == groups
    old = [
        (row["version"], row["code"], row["description"]["en"])
        for row in lists.pop("red_list_categories")
    ]
    assert list(categories())[:most] == old
    for stem, rows in lists.items():
        wanted = [Code(row["code"], row["description"]["en"].strip()) for row in rows]
        assert list(built_in(stem))[:most] == wanted, stem


@pytest.mark.parametrize("stem", CODE_LISTS)
def test_every_code_list_is_built_in(stem: str) -> None:
    """Else there is nothing to choose from before the server was asked."""
    codes = [one.code for one in built_in(stem)]
    assert codes
    assert len(set(codes)) == len(codes)
    assert all(one.description for one in built_in(stem))


def test_what_is_not_known_is_empty() -> None:
    """Else asking for the codes of a list that there isn't fails."""
    assert built_in("taxa/genus") == built_in("") == ()


@pytest.mark.parametrize(
    ("rank", "name"),
    [("class", "MAMMALIA"), ("order", "CROCODYLIA"), ("family", "CROCODYLIDAE")],
)
def test_names_of_taxa_are_built_in(rank: str, name: str) -> None:
    """The picker found them only once a server was asked for its list."""
    names = [one.code for one in built_in(f"taxa/{rank}")]
    assert name in names
    assert names == sorted(set(names))


def test_a_category_of_several_versions_has_its_real_title() -> None:
    """Else LC is shown as "Unknown", which one of its versions says."""
    titles = {one.code: one.description for one in built_in("red_list_categories")}
    assert titles["LC"] == "Least Concern"
    assert titles["LR/nt"] == "Lower Risk/near threatened"
    assert titles["Ex"] == titles["EX"] == "Extinct"
    assert titles["N/A"] == "Unknown"


@pytest.mark.parametrize(
    ("code", "above"),
    [
        ("8_1_2", ("8", "8_1")),
        ("14_3", ("14",)),
        ("MG", ()),
        ("", ()),
        ("_", ()),
        ("8__2", ()),
        ("1_" * 500_000 + "1", ()),
    ],
)
def test_the_codes_above_one(code: str, above: tuple[str, ...]) -> None:
    """Else a threat is counted under another one, or a hostile code takes all memory."""
    assert parents(code) == above


def test_every_parent_is_in_its_scheme() -> None:
    """Else a slip in the data leaves a step out of every full description."""
    for stem, titles in schemes().items():
        for code in titles:
            assert set(parents(code)) <= titles.keys(), (stem, code)


@pytest.mark.parametrize(
    ("code", "leaf", "full"),
    [
        (
            "8_1_2",
            None,
            "Invasive and other problematic species, genes & diseases › "
            "Invasive non-native/alien species/diseases › Named species",
        ),
        ("10_1", "As it arrived", "Geological events › As it arrived"),
        ("10_1", "", "Geological events › Volcanoes"),
        ("10_99_1", "New", "Geological events › New"),
        ("99_1", "New", "New"),
        ("99_1", None, ""),
        ("10", None, "Geological events"),
    ],
)
def test_a_description_in_full(code: str, leaf: str | None, full: str) -> None:
    """Else "Named species" stands alone, or a parent is made up."""
    assert full_description(code, schemes()["threats"], leaf) == full


@pytest.mark.parametrize(
    ("stem", "text", "first"),
    [
        ("countries", "Madagaskar", "MG"),
        ("countries", " tanzania ", "TZ"),
        ("countries", "mg", "MG"),
        ("countries", "micronesa", "FM"),
        ("countries", "USA", "US"),
        ("threats", "fire", "7_1"),
        ("threats", "loging", "5_3"),
        ("threats", "8_1_2", "8_1_2"),
        ("red_list_categories", "critical", "CR"),
        ("comprehensive_groups", "mamals", "mammals"),
    ],
)
def test_the_nearest_code_comes_first(stem: str, text: str, first: str) -> None:
    """Else a slip of the pen isn't helped."""
    found = nearest(text, built_in(stem))
    assert found[0].code == first
    assert len(found) <= 3


def test_nothing_is_near_to_nonsense() -> None:
    """Else a random code is suggested, or a long text hangs."""
    countries = built_in("countries")
    assert nearest("", countries) == nearest("  ", countries) == ()
    assert nearest("§§§§", countries) == ()
    assert nearest("zq" * 500_000, [*countries, Code("A" * 10**6, "b" * 10**6)]) == ()
    assert len(nearest("island", countries, n=5)) == 5
    assert nearest("x", [Code("", "")]) == ()
