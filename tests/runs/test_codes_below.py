"""``threats/5+``: a code with all codes below it, in one run and one table."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.code_lists import BELOW, LISTS, listed
from tests.support.raw_server import Scripted, http, scripted
from tui_app.redlist import make_query
from tui_app.redlist.errors import UsageError
from tui_app.runs import Service
from tui_app.settings import Settings


@pytest.fixture
def host() -> Iterator[Scripted]:
    """A server that has a few lists."""
    with scripted(lambda path, nth: listed(path, LISTS)) as server:
        yield server


@pytest.fixture
def live(host: Scripted, tmp_path: Path) -> Settings:
    """Settings for that server."""
    return Settings(source="live", base_url=host.base_url, home=tmp_path / "runs", concurrency=3)


def table(service: Service, run: str, **more: bool) -> list[dict[str, str]]:
    service.export(run, csv=Path("out.csv"), **more)
    return list(csv.DictReader(Path("out.csv").read_text("utf-8").splitlines()))


def pairs(rows: list[dict[str, str]]) -> list[tuple[str, str]]:
    return [(row["assessment_id"], row["code"]) for row in rows]


def asked(host: Scripted) -> list[str]:
    paths = (path.partition("?")[0] for _, path in host.asked)
    return sorted(path.removeprefix("/api/v4/") for path in paths if "information" not in path)


def test_a_code_with_those_below_it_is_one_run_and_one_table(
    service: Service, host: Scripted, live: Settings
) -> None:
    """Else users add up the codes of a threat by hand."""
    query = make_query(["stresses/1+"])
    summary = service.fetch(query, live)
    assert asked(host) == BELOW
    assert summary.complete
    assert (summary.pages, summary.pages_total, summary.records) == (4, 4, 6)
    assert summary.operations == query.operations == ("stresses/1+",)
    assert service.run(summary.run).label == "stresses/1+"
    rows = table(service, summary.run)
    assert "operation" not in rows[0]
    assert pairs(rows) == [
        ("10", "1"),
        *(("11", "1_1"), ("12", "1_1")),
        *(("12", "1_2"), ("13", "1_2")),
        ("11", "1_3"),
    ]
    assert service.summary(summary.run).operations == ("stresses/1+",)
    assert service.summary_at_end(summary.run).operations == ("stresses/1+",)
    meta = json.loads(Path("out.csv.meta.json").read_text())
    assert meta["operations"] == [{"path": "stresses/1+", "parameters": []}]


def test_what_is_kept_of_one_code_is_not_asked_for_again(
    service: Service, host: Scripted, live: Settings
) -> None:
    """Else a code with those below it shares nothing with the codes by themselves."""
    service.fetch(make_query(["stresses/1_2"]), live)
    assert service.fetch(make_query(["stresses/1+"]), live).reused == 1
    assert service.fetch(make_query(["stresses/1_3"]), live).reused == 1
    assert asked(host) == BELOW


def test_a_filter_goes_to_every_code(service: Service, host: Scripted, live: Settings) -> None:
    """Else half of the table is of the latest assessments only."""
    query = make_query(["stresses/1+"], filters={"latest": "true"})
    assert query.label == "stresses/1+?latest=true"
    assert make_query([query.label]).targets == query.targets
    service.fetch(query, live)
    lists = [path for _, path in host.asked if "stresses" in path]
    assert len(lists) == 4
    assert all("latest=true" in path for path in lists)


def test_of_several_operations_each_row_names_the_one_as_it_was_written(
    service: Service, live: Settings
) -> None:
    """Else `operation` has names that nobody wrote."""
    query = make_query(["countries/MG", "stresses/1_1+", "taxa/family/FELIDAE"])
    rows = table(service, service.fetch(query, live).run)
    found = [(row["operation"], row["code"]) for row in rows]
    assert found == [
        *[("countries/MG", "MG")] * 3,
        *[("stresses/1_1+", "1_1")] * 2,
        *[("taxa/family/FELIDAE", "")] * 2,
    ]


@pytest.mark.parametrize("missing", ["stresses/1_2", "stresses/1"])
def test_a_code_that_the_server_does_not_know_is_no_failure_of_the_whole(
    service: Service, tmp_path: Path, missing: str
) -> None:
    """Else a code that only a newer classification has makes each run incomplete."""
    lists = {name: ids for name, ids in LISTS.items() if name != missing}
    with scripted(lambda path, nth: listed(path, lists)) as host:
        live = Settings(source="live", base_url=host.base_url, home=tmp_path / "runs")
        summary = service.fetch(make_query(["stresses/1+"]), live)
        assert (summary.complete, summary.errors, summary.failed) == (True, (), 0)
        assert (summary.pages, summary.pages_total, summary.not_found) == (3, 3, 1)
        assert service.is_whole(summary.run)
        none = service.fetch(make_query(["threats/5+"]), live)
        assert (none.complete, none.pages, none.failed, none.not_found) == (False, 0, 24, 24)
        listed_too = service.fetch(make_query([missing, "countries/MG"]), live)
        assert not listed_too.complete  # by itself it is what was asked for


def test_a_code_that_failed_is_fetched_by_resuming(service: Service, tmp_path: Path) -> None:
    """Else a part of the codes stays missing, or all of them are asked for again."""
    broken = [True]

    def answer(path: str, nth: int) -> bytes:
        return http(status=500) if broken and "/1_2" in path else listed(path, LISTS)

    with scripted(answer) as host:
        live = Settings(source="live", base_url=host.base_url, home=tmp_path / "runs", retries=0)
        query = make_query(["stresses/1+", "countries/MG"], intersect=True, distinct=True)
        summary = service.fetch(query, live)
        assert not summary.complete
        assert [error["request"] for error in summary.errors] == ["stresses/1_2 page 1"]
        broken.clear()
        before = len(host.asked)
        service.settings = live
        resumed = service.resume(summary.run)
        again = [path for _, path in host.asked[before:] if "information" not in path]
    assert resumed.complete
    assert ["/1_2" in path for path in again] == [True]
    assert pairs(table(service, resumed.run)) == [("11", "1_1|1_3|MG"), ("13", "1_2|MG")]
    assert service.wanted(resumed.run).query == query


def test_codes_of_one_plus_are_united_before_they_are_intersected(
    service: Service, host: Scripted, live: Settings
) -> None:
    """Else only what every code of a threat lists is kept: nothing."""
    query = make_query(["stresses/1+", "countries/MG"], intersect=True, details=True)
    assert query.label == "stresses/1+ ∩ countries/MG in full"
    summary = service.fetch(query, live)
    assert summary.complete
    assert (summary.records, summary.details, summary.details_total) == (2, 2, 2)
    details = [path for path in asked(host) if path.startswith("assessment/")]
    assert details == ["assessment/11", "assessment/13"]
    assert pairs(table(service, summary.run)) == [("11", "1_1"), ("13", "1_2")]
    foretold = service.forecast(query, live)
    assert foretold is not None
    assert foretold.details == 3  # at most: all of the shorter list, three of countries/MG
    turned = make_query(["countries/MG", "stresses/1+"], intersect=True)
    assert pairs(table(service, service.fetch(turned, live).run)) == [("13", "MG"), ("11", "MG")]
    with pytest.raises(UsageError, match="two or more operations"):
        make_query(["stresses/1+"], intersect=True)


def test_distinct_keeps_an_assessment_once_with_its_codes(service: Service, live: Settings) -> None:
    """Else an assessment is counted once for each of its codes."""
    summary = service.fetch(make_query(["stresses/1+"], distinct=True), live)
    assert summary.records == 4
    rows = table(service, summary.run)
    assert pairs(rows) == [("10", "1"), ("11", "1_1|1_3"), ("12", "1_1|1_2"), ("13", "1_2")]
    assert "operation" not in rows[0]
    assert len(service.records(summary.run)) == 4
    service.export(summary.run, jsonl=Path("out.jsonl"))
    first = [json.loads(line) for line in Path("out.jsonl").read_text().splitlines()][1]
    assert first["code"] == ["1_1", "1_3"]


def test_distinct_joins_the_codes_of_several_operations(service: Service, live: Settings) -> None:
    """Else the rows of two lists are joined by hand."""
    lists = ["taxa/family/FELIDAE", "countries/MG", "stresses/1_2+"]
    whole = service.fetch(make_query(lists), live)
    assert len(table(service, whole.run)) == 7
    expected = [
        ("12", "taxa/family/FELIDAE|stresses/1_2+", "1_2"),
        ("99", "taxa/family/FELIDAE|countries/MG", "MG"),
        ("13", "countries/MG|stresses/1_2+", "MG|1_2"),
        ("11", "countries/MG", "MG"),
    ]
    summary = service.fetch(make_query(lists, distinct=True), live)
    for rows in (table(service, summary.run), table(service, whole.run, distinct=True)):
        found = [(row["assessment_id"], row["operation"], row["code"]) for row in rows]
        assert found == expected
        types = [row["code_type"] for row in rows]  # else MG is a stress
        assert types == ["stress", "country", "country|stress", "country"]
        assert json.loads(Path("out.csv.meta.json").read_text())["distinct"]
    with pytest.raises(UsageError, match="Only lists of assessments"):
        make_query(["threats"], distinct=True)


def test_codes_of_the_servers_own_saved_list_are_included(service: Service, tmp_path: Path) -> None:
    """Else a code that IUCN adds is missed until the next release of this program."""
    codes = [{"description": {"en": "Old"}, "code": one} for one in ("1", "1_1", "1_9", "1_9_1")]
    lists = {**LISTS, "stresses/1_9": [7], "stresses/1_9_1": [8]}

    def answer(path: str, nth: int) -> bytes:
        if path.partition("?")[0] == "/api/v4/stresses":
            return http(json.dumps({"stresses": codes}).encode())
        return listed(path, lists)

    with scripted(answer) as host:
        live = Settings(source="live", base_url=host.base_url, home=tmp_path / "runs")
        assert service.fetch(make_query(["stresses/1+"]), live).records == 6
        service.codes("stresses", live)
        summary = service.fetch(make_query(["stresses/1+"]), live)
        assert summary.records == 8
        assert pairs(table(service, summary.run))[-2:] == [("7", "1_9"), ("8", "1_9_1")]
        foretold = service.forecast(make_query(["stresses/1+"]), live)
        assert foretold is not None
        assert foretold.pages == 6
        single = make_query(["stresses/1_9"])
        run = service.fetch(single, live).run
        assert service.codes_left_out(run, single) == (
            "1_9 has 1 code below it that this list doesn't include; use stresses/1_9+.",
        )
        whole = service.wanted(summary.run).query
        assert service.codes_left_out(summary.run, whole) == ()


def test_a_parent_code_by_itself_leaves_those_below_it_out(
    service: Service, live: Settings
) -> None:
    """Else users take its list for all of that stress."""

    def sentences(*operations: str) -> list[str]:
        query = make_query(operations)
        return [*service.codes_left_out(service.fetch(query, live).run, query)]

    use = "has {} below it that this list doesn't include; use {}+."
    assert sentences("stresses/1") == ["1 " + use.format("3 codes", "stresses/1")]
    assert sentences("conservation_actions/1", "stresses/1", "stresses/1_1") == [
        "1 " + use.format("2 codes", "conservation_actions/1"),
        "1 " + use.format("2 codes", "stresses/1"),
    ]
    assert sentences("stresses/1+", "stresses/1_1", "countries/MG", "taxa/family/FELIDAE") == []
    assert sentences(*BELOW) == []


def test_a_forecast_counts_the_lists_of_all_codes(
    service: Service, host: Scripted, live: Settings
) -> None:
    """Else 24 requests are announced as one."""
    found = service.forecast(make_query(["stresses/1+"]), live)
    assert found is not None
    assert (found.requests, found.pages) == (4, 4)
    assert found.settings["operations"] == ["stresses/1+"]
    assert "stresses/1_3 is assumed to be as long as the others." in found.assumed
    many = service.forecast(make_query(["stresses/2+"]), live)
    assert many is not None
    assert many.requests == 12
    words = "stresses/2_3 and 8 more are assumed to be as long as the others."
    assert words in many.assumed


@pytest.mark.parametrize(
    ("stem", "code", "number"),
    [
        ("threats", "5", 24),
        ("stresses", "2", 12),
        ("habitats", "5", 19),
        ("conservation_actions", "1", 3),
        ("research", "1", 7),
        ("use_and_trade", "1", 1),
        ("countries", "MG", 1),
    ],
)
def test_every_scheme_takes_a_plus(stem: str, code: str, number: int) -> None:
    """Else it has to be known which of them have codes below others."""
    targets = make_query([f"{stem}/{code}+"]).targets
    assert targets[0].value == code
    assert all((target.value or "").startswith(code) for target in targets)
    assert len({target.label for target in targets}) == len(targets) == number


@pytest.mark.parametrize(
    "operation", ["red_list_categories/VU+", "taxa/family/Felidae+", "comprehensive_groups/birds+"]
)
def test_what_has_no_codes_below_others_takes_no_plus(operation: str) -> None:
    """Else "VU+" is taken for "Vulnerable and worse"."""
    with pytest.raises(UsageError, match="has no codes below others"):
        make_query([operation])


def test_a_plus_that_is_part_of_a_name_is_kept() -> None:
    """Else a name with a plus can't be asked for."""
    query = make_query(["taxa/family/A%2B", "threats/5%2B"])
    assert [target.value for target in query.targets] == ["A+", "5+"]
    assert make_query(query.operations).targets == query.targets
