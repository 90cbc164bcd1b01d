"""Each of the 50 operations of v4 against a table of what the live server answers in 2026."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import pytest

from tui_app.demo.behaviour import Options
from tui_app.demo.server import FromCatalogue
from tui_app.redlist.operations import operations_of

from .conftest import Client, Reply

ROW = [
    "assessment_date", "year_published", "latest", "possibly_extinct",
    "possibly_extinct_in_the_wild", "sis_taxon_id", "criteria", "url", "taxon_scientific_name",
    "red_list_category_code", "assessment_id", "scopes",
]  # fmt: skip
CODED_ROW = [*ROW[:-1], "code", "code_type", "scopes"]
CODE = ["description", "code"]
CATEGORY = ["version", "description", "code"]
GROUP = ["high", "comp", "name", "higher_name"]
FULL = [
    "assessment_date", "year_published", "latest", "possibly_extinct",
    "possibly_extinct_in_the_wild", "sis_taxon_id", "criteria", "url", "citation", "assessment_id",
    "assessment_points", "assessment_ranges", "taxon", "population_trend", "red_list_category",
    "supplementary_info", "documentation", "biogeographical_realms", "conservation_actions", "faos",
    "habitats", "locations", "researches", "use_and_trade", "threats", "credits", "errata",
    "references", "growth_forms", "lmes", "scopes", "stresses", "systems",
]  # fmt: skip
MEASURES = [
    f"{measure}_{part}"
    for measure in ("conservation_legacy", "conservation_dependence", "conservation_gain",
                    "recovery_potential")
    for part in ("category", "best", "minimum", "maximum")
]  # fmt: skip
GREEN = [
    "assessment_year", "weights", "justification", "species_recovery_category",
    *(f"species_recovery_score_{part}" for part in ("best", "minimum", "maximum")), *MEASURES,
    "assessor_names", "reviewer_names", "contributors", "facilitators", "compilers", "url",
    "assessment_date", "taxon",
]  # fmt: skip

LONDON = re.compile(r"\d{4}-\d\d-\d\dT(01:00:00\.000\+01:00|00:00:00\.000\+00:00)", flags=re.ASCII)


class Expected(NamedTuple):
    """What an operation answers.

    Attributes:
        ask: the path that is requested.
        keys: the keys of the body, in order.
        rows: the key of its rows; empty where it has none.
        row: the keys of each row, in order; ``str`` where rows are names, ``int`` for ids.
        a_page: rows a page; 0 where it is not paged.
    """

    ask: str
    keys: list[str]
    rows: str = ""
    row: list[str] | type = str
    a_page: int = 0


# path: keys of the code list's body, a code, name of the code in bodies
SCHEMES = {
    "biogeographical_realms": ("biogeographical_realms", "1", "biogeographical_realm"),
    "conservation_actions": ("conservation_actions", "1_1", "conservation_action"),
    "countries": ("countries", "AD", "country"),
    "faos": ("faos", "27", "fao"),
    "growth_forms": ("growth_forms", "TL", "growth_form"),
    "habitats": ("habitats", "1", "habitat"),
    "population_trends": ("population_trends", "1", "population_trend"),
    "research": ("research", "1_2", "research"),
    "scopes": ("scopes", "2", "scope"),
    "stresses": ("stresses", "1_1", "stress"),
    "systems": ("systems", "1", "system"),
    "threats": ("threats", "1", "threat"),
    "use_and_trade": ("use_and_trade", "1", "use_trade"),
}
RANKS = {"kingdom": "animalia", "phylum": "HETEROKONTOPHYTA", "class": "Aves",
         "order": "NOT%20ASSIGNED", "family": "Felidae"}  # fmt: skip


def table() -> dict[str, Expected]:
    """The operations by their path, as the fact sheet has them."""
    found: dict[str, Expected] = {}
    for path, (key, code, single) in SCHEMES.items():
        found[path] = Expected(path, [key], key, CODE)
        found[f"{path}/{{code}}"] = Expected(
            f"{path}/{code}", [single, "assessments", "filters"], "assessments", CODED_ROW, 100
        )
    group, key = "comprehensive_groups", "comprehensive_group"
    found[group] = Expected(group, [key], key, GROUP)
    found[f"{group}/{{name}}"] = Expected(
        f"{group}/seasnakes", [key, "assessments", "filters"], "assessments", ROW, 100
    )
    category, key = "red_list_categories", "red_list_category"
    found[category] = Expected(category, [category], category, CATEGORY)
    found[f"{category}/{{code}}"] = Expected(
        f"{category}/EW", [key, "assessments", "filters"], "assessments", CODED_ROW, 100
    )
    for rank, name in RANKS.items():
        found[f"taxa/{rank}"] = Expected(f"taxa/{rank}", [f"{rank}_names"], f"{rank}_names")
        found[f"taxa/{rank}/{{{rank}_name}}"] = Expected(
            f"taxa/{rank}/{name}", ["assessments", "filters"], "assessments", ROW, 100
        )
    for path in ("taxa/possibly_extinct", "taxa/possibly_extinct_in_the_wild"):
        found[path] = Expected(path, ["assessments"], "assessments", ROW, 20)
    found["assessment_search"] = Expected(
        "assessment_search?filter_on[]=endemic&filter_on[]=amazing",
        ["assessment_ids", "filters"], "assessment_ids", int, 100,
    )  # fmt: skip
    found["assessment/{assessment_id}"] = Expected("assessment/{assessment_id}", FULL)
    found["taxa/sis/{sis_id}"] = Expected(
        "taxa/sis/{sis_taxon_id}", ["sis_id", "taxon", "assessments"], "assessments", ROW
    )
    found["taxa/scientific_name"] = Expected(
        "taxa/scientific_name?genus_name={genus}&species_name={species}",
        ["taxon", "assessments", "params"], "assessments", ROW,
    )  # fmt: skip
    found["green_status/all"] = Expected("green_status/all", ["assessments"], "assessments", GREEN)
    found["statistics/count"] = Expected("statistics/count", ["count"])
    for what in ("api_version", "red_list_version"):
        found[f"information/{what}"] = Expected(f"information/{what}", [what])
    return found


@pytest.fixture(scope="module")
def known(demo: Any) -> dict[str, str]:
    """An assessment of the server and its taxon, to be asked for."""
    client = Client(demo.base_url)
    rows = client.v4("taxa/family/Felidae?latest=true").json["assessments"]
    client.http.close()
    row = next(row for row in rows if len(row["taxon_scientific_name"].split()) == 2)
    genus, species = row["taxon_scientific_name"].split()
    return {**{key: str(value) for key, value in row.items()}, "genus": genus, "species": species}


def answer(client: Client, expected: Expected, known: dict[str, str]) -> Reply:
    """The answer to an operation."""
    reply = client.v4(expected.ask.format(**known))
    assert reply.status == 200
    assert reply.headers["content-type"] == "application/json"
    return reply


def test_the_table_has_all_fifty() -> None:
    """No operation is forgotten."""
    assert {one.path for one in operations_of("v4")} == table().keys()
    assert len(table()) == 50


@pytest.mark.parametrize("path", table())
def test_keys_are_in_the_live_order(client: Client, known: dict[str, str], path: str) -> None:
    """Those of the body, and those of every row."""
    expected = table()[path]
    body = answer(client, expected, known).json
    assert list(body) == expected.keys
    if expected.rows:
        rows = body[expected.rows]
        assert rows
        for row in rows:
            if isinstance(expected.row, list):
                assert list(row) == expected.row
            else:
                assert type(row) is expected.row


@pytest.mark.parametrize("path", table())
def test_lists_are_paged_by_headers(client: Client, known: dict[str, str], path: str) -> None:
    """And a page past the end is 200 with no rows; what isn't paged has no such headers."""
    expected = table()[path]
    reply = answer(client, expected, known)
    names = {"current-page", "page-items", "total-count", "total-pages", "link"}
    if not expected.a_page:
        assert not names & reply.headers.keys()
        return
    assert names <= reply.headers.keys()
    assert int(reply.headers["page-items"]) == expected.a_page
    total, pages = (int(reply.headers[name]) for name in ("total-count", "total-pages"))
    assert pages == -(-total // expected.a_page)
    rows = reply.json[expected.rows]
    assert len(rows) == min(total, expected.a_page)
    joint = "&" if "?" in expected.ask else "?"
    last = client.v4(f"{expected.ask}{joint}page={pages}")
    assert len(last.json[expected.rows]) == total - (pages - 1) * expected.a_page
    past = client.v4(f"{expected.ask}{joint}page={pages + 1}")
    assert (past.status, past.json) == (200, {**reply.json, expected.rows: []})
    assert client.v4(f"{expected.ask}{joint}per_page=5&page=1").json[expected.rows] == rows


@pytest.mark.parametrize("path", table())
def test_a_slash_at_the_end_makes_no_difference(
    client: Client, known: dict[str, str], path: str
) -> None:
    """Requests are written either way."""
    expected = table()[path]
    body = answer(client, expected, known).body
    plain, mark, query = expected.ask.partition("?")
    slashed = expected._replace(ask=f"{plain}/{mark}{query}")
    assert answer(client, slashed, known).body == body


@pytest.mark.parametrize(
    "path", [path for path, expected in table().items() if expected.row in (ROW, CODED_ROW)]
)
def test_values_of_rows(client: Client, known: dict[str, str], path: str) -> None:
    """Types, London dates, and the code's own name."""
    expected = table()[path]
    body = answer(client, expected, known).json
    for row in body["assessments"]:
        day, year = row["assessment_date"], row["year_published"]
        assert day is None or LONDON.fullmatch(day)
        assert year is None or re.fullmatch(r"\d{4}", year)
        for flag in ("latest", "possibly_extinct", "possibly_extinct_in_the_wild"):
            assert type(row[flag]) is bool
        assert type(row["sis_taxon_id"]) is type(row["assessment_id"]) is int
        assert row["criteria"] is None or re.match(r"[A-E]", row["criteria"])
        assert row["url"].endswith(f"/species/{row['sis_taxon_id']}/{row['assessment_id']}")
        assert all(list(scope) == CODE for scope in row["scopes"])
        if "code" in row:
            head = body[expected.keys[0]]
            one = head[0] if isinstance(head, list) else head
            assert (row["code"], row["code_type"]) == (one["code"], expected.keys[0])
    if path.startswith("taxa/possibly_extinct"):
        flag = path.removeprefix("taxa/")
        assert all(row[flag] and row["latest"] for row in body["assessments"])


def test_categories_are_49_entries_and_repeat_codes(client: Client) -> None:
    """A list in the head of one category, too: an entry a version."""
    listed = client.v4("red_list_categories").json["red_list_categories"]
    found = [one["code"] for one in listed]
    assert len(found) == 49
    assert found.count("N/A") == 3
    assert {"LR/lc", "Ex/E"} <= set(found)
    head = client.v4("red_list_categories/EW").json["red_list_category"]
    assert [one["version"] for one in head] == ["3.1", "2.3"]


def test_single_answers(client: Client) -> None:
    """The version is the one of 2026, the count is the number of taxa."""
    assert client.v4("information/api_version").json == {"api_version": "v4"}
    assert client.v4("information/red_list_version").json == {"red_list_version": "2026-1"}
    assert 150_000 < client.v4("statistics/count").json["count"] < 180_000


def test_green_status_is_one_answer_of_182_records(client: Client) -> None:
    """Of about 780 KB; none has an assessment's id, dates are plain."""
    reply = client.v4("green_status/all")
    rows = reply.json["assessments"]
    assert (len(rows), {len(row) for row in rows}) == (182, {31})
    assert 700_000 < len(reply.body) < 860_000
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\d", row["assessment_date"]) for row in rows)


def test_params_are_echoed(client: Client, known: dict[str, str]) -> None:
    """As they were sent, those that are known."""
    query = f"species_name={known['species']}&genus_name={known['genus'].upper()}&x=1"
    assert client.v4(f"taxa/scientific_name?{query}").json["params"] == {
        "species_name": known["species"],
        "genus_name": known["genus"].upper(),
    }
    assert client.v4(f"taxa/scientific_name?genus_name={known['genus']}").status == 400


def everything(client: Client, path: str) -> Iterator[dict[str, Any]]:
    """The rows of all pages of a list."""
    for page in client.pages(path):
        yield from page.json["assessments"]


def test_histories_have_several_latest_or_none(client: Client) -> None:
    """``latest`` is per scope; some taxa have no latest assessment at all."""
    taxa: dict[int, list[dict[str, Any]]] = {}
    for row in everything(client, "taxa/order/CARNIVORA"):
        taxa.setdefault(row["sis_taxon_id"], []).append(row)
    latest = {sis_id: [row for row in rows if row["latest"]] for sis_id, rows in taxa.items()}
    assert {0, 1, 2} <= {len(rows) for rows in latest.values()}
    for rows in latest.values():
        scopes = [scope["code"] for row in rows for scope in row["scopes"]]
        assert len(scopes) == len(set(scopes))
    for sis_id in list(taxa)[::25]:
        history = client.v4(f"taxa/sis/{sis_id}").json["assessments"]
        assert sorted(history, key=lambda row: row["assessment_id"]) == taxa[sis_id]


def test_nulls_and_empty_lists_now_and_then(client: Client) -> None:
    """Dates, years, criteria and scopes of rows, and lists of full assessments."""
    rows = list(everything(client, "taxa/order/CARNIVORA"))
    for key in ("assessment_date", "year_published", "criteria"):
        share = sum(row[key] is None for row in rows) / len(rows)
        assert 0 < share < (1 if key == "criteria" else 0.1)
    assert any(row["scopes"] == [] for row in rows)
    full = [client.v4(f"assessment/{row['assessment_id']}") for row in rows[::7]]
    bodies = [reply.json for reply in full if reply.status == 200]
    nulls = [key for body in bodies for key, value in body.items() if value is None]
    assert set(nulls) - {"criteria", "population_trend", "assessment_date", "year_published"}
    missing = [reply for reply in full if reply.status == 404]
    assert 0 < len(missing) < len(full) / 5
    credits = [body["credits"] for body in bodies]
    assert any(one[: len(one) // 2] * 2 == one for one in credits)
    assert {entry["credit_type_name"] for one in credits for entry in one} == {
        "assessor", "evaluator", "contributor", "facilitators", "institutions",
    }  # fmt: skip
    assert any("@" in str(one) for one in credits)
    assert any(entry["value"] == [] for one in credits for entry in one)


def test_a_taxons_history_has_no_order_to_rely_on(client: Client) -> None:
    """A client that takes the first row for the newest is wrong on the live API."""
    taxa = {row["sis_taxon_id"] for row in everything(client, "taxa/order/CARNIVORA")}
    first = []
    for sis_id in sorted(taxa)[::10]:
        years = [
            row["year_published"]
            for row in client.v4(f"taxa/sis/{sis_id}").json["assessments"]
            if row["year_published"]
        ]
        if len(set(years)) > 1:
            first.append(years[0] == max(years))
    assert {True, False} == set(first)


@pytest.mark.parametrize(
    "path",
    ["red_list_categories/lr%2Flc", "red_list_categories/LR%2FLC", "red_list_categories/cr",
     "red_list_categories/n%2Fa", "countries/mg"],
)  # fmt: skip
def test_codes_are_found_in_any_case(client: Client, path: str) -> None:
    assert client.v4(path).status == 200


def test_no_green_status_is_of_the_future(client: Client) -> None:
    days = [one["assessment_date"] for one in client.v4("green_status/all").json["assessments"]]
    assert max(days) < datetime.now(UTC).date().isoformat()


def test_half_of_the_infraranks_have_no_page(client: Client) -> None:
    """Their species names them, and their ids and names answer 404."""
    statuses = []
    for row in everything(client, "taxa/order/CARNIVORA?latest=true"):
        if len(row["taxon_scientific_name"].split()) == 2:
            taxon = client.v4(f"taxa/sis/{row['sis_taxon_id']}").json["taxon"]
            for below in taxon["infrarank_taxa"]:
                by_id = client.v4(f"taxa/sis/{below['sis_id']}")
                by_name = client.v4(
                    f"taxa/scientific_name?genus_name={below['genus_name']}"
                    f"&species_name={below['species_name']}&infra_name={below['infra_name']}"
                )
                assert by_id.status == by_name.status
                statuses.append(by_id.status)
    assert statuses.count(404) == statuses.count(200) > 0


def test_an_answer_of_yesterday_is_not_served_today(monkeypatch: pytest.MonkeyPatch) -> None:
    """The server may run for days, and keeps its answers."""

    class Yesterday(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return datetime.now(tz) - timedelta(days=1)

    async def bodies() -> list[dict[str, Any]]:
        answers = FromCatalogue(Options("fast"), "")
        rows = json.loads((await answers.find("/api/v4/taxa/family/Felidae")).answer.body)
        path = f"/api/v4/assessment/{rows['assessments'][0]['assessment_id']}"
        with monkeypatch.context() as patch:
            patch.setattr("tui_app.demo.answer.datetime", Yesterday)
            old = await answers.find(path)
        new = await answers.find(path)
        assert old.etag != new.etag
        assert await answers.find(path) is new
        return [json.loads(one.answer.body) for one in (old, new)]

    old, new = asyncio.run(bodies())
    assert {key for key in old if old[key] != new[key]} == {"citation"}


def test_citations_say_today(client: Client, known: dict[str, str]) -> None:
    """So the body and its tag change daily."""
    citation = client.v4(f"assessment/{known['assessment_id']}").json["citation"]
    days = [datetime.now(UTC) - timedelta(days=ago) for ago in (0, 1)]  # midnight may pass
    assert citation.endswith(tuple(f". Accessed on {day:%d %B %Y}." for day in days))
