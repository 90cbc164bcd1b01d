"""An answer is compared with its request wherever it says which it is, and nowhere else."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st

from tests.support.recordings import LIVE_2026, RECORDED, SYNTHETIC, WHOLE, exchanges
from tests.support.repeatable import given
from tui_app.redlist import check_body, parse_target
from tui_app.redlist.errors import Malformed, RequestError
from tui_app.redlist.validation import check_page

ROWS = [{"assessment_id": 1}]
WOLF = {
    "scientific_name": "Canis lupus",
    "genus_name": "Canis",
    "species_name": "lupus",
    "synonyms": [{"name": "Lupus vulgaris Zimmer, 1800"}, {"genus_name": "Vulpes", "x": None}, 5],
    "infrarank_taxa": [{"scientific_name": "Canis lupus ssp. chanco"}],
}
NAME = "taxa/scientific_name?genus_name={}&species_name={}"
CANIS_LUPUS = NAME.format("Canis", "lupus")


def page(**said: object) -> dict[str, Any]:
    return {**said, "assessments": ROWS, "filters": said.get("filters", {})}


def head(code: str) -> dict[str, Any]:
    return {"description": {"en": "Words"}, "code": code}


def taxon(given: object = None, **said: object) -> dict[str, Any]:
    return {"taxon": given, "assessments": ROWS, **said}


RIGHT = [
    ("countries/MG", page(country=head("MG"))),
    ("countries/mg", page(country=head("MG"))),
    ("countries/MG", page()),
    ("countries/MG", page(country=None)),
    ("countries/MG", page(country="Madagascar")),
    ("countries/MG", page(country={"code": ["MG"]})),
    ("countries/MG", page(country=head("MG"), scope=head("1"))),
    ("countries/MG", {"assessments": ROWS}),
    ("countries/MG", {"assessments": ROWS, "filters": "none"}),
    ("countries/MG?latest=true", page(country=head("MG"), filters={"latest": "true"})),
    ("countries/MG?latest=true", page(country=head("MG"), filters={"latest": True})),
    ("countries/MG?latest=True", page(country=head("MG"), filters={"latest": "true"})),
    ("countries/MG?latest=true", page(country=head("MG"), filters={})),
    ("countries/MG?latest=true", page(country=head("MG"), filters={"latest": None})),
    ("countries/MG?year_published=2024", page(filters={"year_published": 2024})),
    ("countries/MG", page(country=head("MG"), filters={"latest": "true"})),
    ("countries/MG?odd=1", page(country=head("MG"), filters={"odd": "2"})),
    ("threats/5_3", page(threat=head("5_3"))),
    ("use_and_trade/1", page(use_trade=head("1"))),
    ("use_and_trade/1", page(use_and_trade=head("1"))),
    ("red_list_categories/cr", page(red_list_category=[head("CR"), head("CR")])),
    ("red_list_categories/LR%2Flc", page(red_list_category=[head("LR/lc")])),
    ("red_list_categories/CR", page(red_list_category=[])),
    ("comprehensive_groups/Birds", page(comprehensive_group={"name": "birds"})),
    ("taxa/family/felidae", page(filters={"family_name": "FELIDAE"})),
    ("taxa/order/NOT ASSIGNED", page(filters={"order_name": "NOT_ASSIGNED"})),
    ("taxa/family/Felidae", page()),
    ("taxa/possibly_extinct", {"assessments": ROWS}),
    (
        "assessment_search?filter_on[]=a&filter_on[]=b",
        {"assessment_ids": [1], "filters": {"filter_on": ["b", "a"]}},
    ),
    ("assessment/5", {"assessment_id": 5, "taxon": WOLF, "threats": [], "country": head("MG")}),
    ("assessment/005", {"assessment_id": 5}),
    ("taxa/sis/7", taxon(WOLF, sis_id=7)),
    ("taxa/sis/007", taxon(WOLF, sis_id="7")),
    ("taxa/sis/7", taxon({"sis_id": 7})),
    ("taxa/sis/7", taxon(WOLF)),
    ("taxa/sis/7", {"sis_id": None, "assessments": ROWS}),
    (CANIS_LUPUS, taxon(WOLF)),
    (CANIS_LUPUS, taxon(WOLF, params={"genus_name": "canis", "species_name": "LUPUS"})),
    (
        CANIS_LUPUS,
        taxon(params={"genus_name": "Canis", "species_name": "lupus", "infra_name": ""}),
    ),
    (CANIS_LUPUS, taxon()),
    (CANIS_LUPUS, taxon({})),
    (CANIS_LUPUS, taxon({"scientific_name": None, "synonyms": None})),
    (CANIS_LUPUS, taxon({"scientific_name": "Canis lupus ssp. chanco"})),
    # The echo says what was asked: a synonym's accepted name may have nothing of it.
    (
        NAME.format("Felis", "leo"),
        taxon(
            {"scientific_name": "Panthera atrox"},
            params={"genus_name": "Felis", "species_name": "leo"},
        ),
    ),
    (NAME.format("Felis", "leo"), taxon({"scientific_name": "Panthera leo"})),
    (NAME.format("Vulpes", "minor"), taxon(WOLF)),
    (NAME.format("Lupus", "vulgaris"), taxon(WOLF)),
    (NAME.format("Pinus", "albus"), taxon({"scientific_name": "Abies alba"})),
    (NAME.format("Isoetes", "x"), taxon({"scientific_name": "Isoëtes lacustris"})),
    (
        NAME.format("Abies", "× borisii"),
        taxon(WOLF, params={"genus_name": "Abies", "species_name": "borisii"}),
    ),
    (
        f"{CANIS_LUPUS}&infra_name=chanco",
        taxon(WOLF, params={"genus_name": "Canis", "species_name": "lupus"}),
    ),
    ("threats", {"threats": [head("1")]}),
    ("threats", {"surprise": [head("1")]}),
    ("threats", {"threats": [head("1")], "countries": []}),
    ("comprehensive_groups", {"comprehensive_group": [{"name": "birds"}]}),
    ("statistics/count", {"count": 5}),
    ("statistics/count", {"total": 5}),
    ("green_status/all", {"assessments": [{"taxon": WOLF}]}),
    ("information/red_list_version", {"red_list_version": "2026-1"}),
]

WRONG = [
    ("countries/MG", page(country=head("ZZ")), "countries/ZZ"),
    ("countries/MG", page(threat=head("5_3")), "a list of threats"),
    ("countries/MG", page(filters={"family_name": "Felidae"}), "a list with family_name=Felidae"),
    ("countries/MG", page(filters={"filter_on": ["a"]}), "a list with filter_on=a"),
    ("countries/MG", {"taxon": WOLF, "assessments": ROWS, "sis_id": 7}, "a taxon"),
    ("countries/MG?latest=true", page(filters={"latest": "false"}), "a list with latest=false"),
    (
        "countries/MG?year_published=2024",
        page(country=head("MG"), filters={"year_published": "2023"}),
        "a list with year_published=2023",
    ),
    ("threats/5_3", page(threat=head("5")), "threats/5"),
    ("threats/5_3", page(threat=head("53")), "threats/53"),
    ("red_list_categories/CR", page(red_list_category=[head("EN")]), "red_list_categories/EN"),
    (
        "comprehensive_groups/birds",
        page(comprehensive_group={"name": "mammals"}),
        "comprehensive_groups/mammals",
    ),
    ("taxa/family/Felidae", page(filters={"family_name": "Canidae"}), "family_name=Canidae"),
    ("taxa/family/Felidae", page(filters={"order_name": "Carnivora"}), "order_name=Carnivora"),
    ("taxa/family/Felidae", page(country=head("MG")), "a list of countries"),
    ("taxa/possibly_extinct", page(country=head("MG")), "a list of countries"),
    (
        "assessment_search?filter_on[]=a&filter_on[]=b",
        {"assessment_ids": [1], "filters": {"filter_on": ["a"]}},
        "a list with filter_on=a",
    ),
    ("assessment/5", {"assessment_id": 6}, "assessment 6"),
    ("taxa/sis/7", taxon(WOLF, sis_id=8), "taxon 8"),
    ("taxa/sis/7", taxon({"sis_id": 8}), "taxon 8"),
    ("taxa/sis/7", page(country=head("MG")), "not a taxon"),
    ("taxa/sis/7", page(), "not a taxon"),
    ("taxa/sis/7", {"threats": [head("1")]}, "not a taxon"),
    (CANIS_LUPUS, {"red_list_version": "2026-1"}, "not a taxon"),
    ("taxa/sis/7", {"assessment_id": 6, "taxon": WOLF}, "a full assessment"),
    (
        CANIS_LUPUS,
        taxon(WOLF, params={"genus_name": "Canis", "species_name": "latrans"}),
        "Canis latrans",
    ),
    (
        f"{CANIS_LUPUS}&infra_name=chanco",
        taxon(WOLF, params={"genus_name": "Canis", "species_name": "lupus", "infra_name": "x"}),
        "Canis lupus x",
    ),
    (
        CANIS_LUPUS,
        taxon(WOLF, params={"genus_name": "Canis", "species_name": "lupus", "infra_name": "x"}),
        "Canis lupus x",
    ),
    (NAME.format("Bbb", "bbb"), taxon({"scientific_name": "Aaa aaa"}), "Aaa aaa"),
    (NAME.format("Panthera", "leo"), taxon(WOLF), "Canis lupus"),
    ("threats", {"countries": [head("MG")]}, "countries"),
    ("threats", page(country=head("MG")), "a list of assessments"),
    ("threats", {"assessment_id": 5, "threats": [head("1")]}, "a full assessment"),
    ("threats", {"taxon": WOLF, "threats": []}, "a taxon"),
    ("taxa/family", {"order_names": ["A"]}, "order_names"),
    ("statistics/count", {"api_version": "v4"}, "api_version"),
    ("statistics/count", page(country=head("MG")), "a list of assessments"),
    ("green_status/all", page(country=head("MG")), "a list of assessments"),
    ("information/red_list_version", {"count": 5}, "count"),
]


def judged(asked: str, said: object) -> int:
    target = parse_target(asked, "v4")
    return check_body(target.operation, json.dumps(said).encode(), "it", target, 1)


@pytest.mark.parametrize(("asked", "said"), RIGHT)
def test_an_answer_to_the_request_is_taken(asked: str, said: dict[str, Any]) -> None:
    """Case, spelling and missing fields are no reason to refuse data."""
    assert judged(asked, said) >= 0


@pytest.mark.parametrize(("asked", "said", "what"), WRONG)
def test_an_answer_to_another_request_is_refused(
    asked: str, said: dict[str, Any], what: str
) -> None:
    """Else its rows are saved under a name that is not theirs."""
    with pytest.raises(Malformed, match=r"^it: the answer is ") as caught:
        judged(asked, said)
    assert what in str(caught.value)


@pytest.mark.parametrize("current", ["3", " 3 ", "", "x", "-1", "3.0", "٣", "9" * 5000])
def test_a_page_header_is_compared_where_it_is_a_number(current: str) -> None:
    """Nonsense counts as absent."""
    check_page({"current-page": current}, 3, "it")
    check_page({}, 3, "it")
    if current.strip() == "3":
        with pytest.raises(Malformed, match="the answer is page 3"):
            check_page({"current-page": current}, 2, "it")


@pytest.mark.parametrize("number", ['"2"', "2", "null", "[]", '"x"', "{}"])
def test_a_page_of_v3_says_its_number_in_the_body(number: str) -> None:
    """As text or as a number."""
    target = parse_target("species/page", "v3")
    body = f'{{"count":1,"page":{number},"result":[{{"taxonid":1}}]}}'.encode()
    assert check_body(target.operation, body, "it", target, 2) == 1
    if number.strip('"') == "2":
        with pytest.raises(Malformed, match="the answer is page 2"):
            check_body(target.operation, body, "it", target, 3)


def test_text_of_the_server_in_a_message_is_short_and_shows_no_escapes() -> None:
    """A code of a megabyte, or one that clears the screen."""
    for code in ("Z" * 10**6, "\x1b[2J", "\u202eZZ"):
        with pytest.raises(Malformed) as caught:
            judged("countries/MG", page(country=head(code)))
        assert len(str(caught.value)) < 120
        assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    "files", [(WHOLE, SYNTHETIC), (RECORDED, LIVE_2026)], ids=["synthetic", "recorded"]
)
def test_each_recorded_answer_is_taken_for_its_own_request_alone(files: tuple[Path, ...]) -> None:
    """None of the real API's answers is refused, and none passes for one that says another."""
    if not files[0].exists():
        pytest.skip("needs ../shared/recorded")
    given = exchanges(files[0])
    # What the synthetic answers of the other file say of themselves is invented, too.
    given += [
        one for one in exchanges(files[1]) if files[1] == LIVE_2026 or "/assessment/" in one["path"]
    ]
    found: dict[str, bytes] = {}
    for exchange in given:
        named = [f"{name.partition('#')[0]}={value}" for name, value in exchange["query"].items()]
        query = "&".join(one for one in named if not one.startswith("page="))
        if exchange["status"] == 200 and "assessment_ids" not in exchange["body"][:30]:
            asked = f"{exchange['path'].strip('/')}{f'?{query}' * bool(query)}"
            found[asked.removeprefix("api/v4/")] = exchange["body"].encode()
    assert len(found) > 20
    taken = set()
    for asked in found:
        target = parse_target(asked, "v4")
        for other, body in found.items():
            try:
                check_body(target.operation, body, "it", target, 1)
                taken.add((asked, other))
            except RequestError:
                assert asked != other
    silent = {"taxa/possibly_extinct"}
    assert {(one, one) for one in found} <= taken
    mixed = {one for one in taken if one[0] != one[1] and not silent & {*one}}
    # One taxon, by its id and by its name.
    same = [
        asked
        for asked in found
        if asked.startswith("taxa/s")
        and taxon_of(found[asked])
        in {taxon_of(body) for other, body in found.items() if other.startswith("taxa/sis")}
    ]
    assert len(same) == 2
    assert {one for one in mixed if not one[0].startswith("information/")} == {
        (one, other) for one in same for other in same if one != other
    }


def taxon_of(body: bytes) -> int:
    return json.loads(body)["taxon"]["sis_id"]


KEYS = (
    *("assessments", "assessment_id", "country", "threat", "filters", "taxon", "sis_id", "params"),
    *("code", "name", "genus_name", "species_name", "synonyms", "scientific_name", "count"),
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4)
    ),
    max_leaves=10,
)


@given(st.sampled_from(sorted({asked for asked, _ in RIGHT})), JSON)
def test_no_answer_breaks_the_comparison(asked: str, said: object) -> None:
    """All that a server sends is untrusted."""
    for value in (said, {**(said if isinstance(said, dict) else {}), "assessments": ROWS}):
        with suppress(RequestError):
            judged(asked, value)
