"""Whole runs, from the query to the exported file, by each method."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.methods import EVERY_METHOD
from tests.support.raw_server import http, names, scripted, taxon
from tests.support.recordings import WHOLE, each, exchanges
from tests.support.replays import change
from tests.support.secret import SECRET
from tests.support.servers import StopAfter
from tui_app.redlist import Token, make_query
from tui_app.redlist.errors import Advice, NotFound, TokenRefused, UsageError
from tui_app.runs import DamagedRows, RunState, Service

CROCODILES = make_query(["taxa/order/Crocodylia"])


def recorded_rows(path: str, file: Path) -> list[list[dict]]:
    """The rows of each page that has some."""
    pages = {
        int(one["query"]["page"]): json.loads(one["body"])["assessments"]
        for one in exchanges(file)
        if one["path"] == f"/api/v4/{path}"
    }
    return [pages[number] for number in sorted(pages) if pages[number]]


@each(WHOLE)
@pytest.mark.parametrize(
    "operation",
    [
        "taxa/order/Crocodylia",
        "countries/VA",
        "red_list_categories/EW",
        "comprehensive_groups/seasnakes",
    ],
)
def test_a_recorded_list_is_fetched_whole_and_alike_by_every_method(
    replay, service: Service, tmp_path: Path, operation: str, file: Path
) -> None:
    """Else the methods differ in more than their speed, or rows are lost or doubled."""
    server = replay(file, delay_s=0.02)
    recorded = recorded_rows(operation, file)
    pages, rows = len(recorded), [row for page in recorded for row in page]
    files = []
    for method in EVERY_METHOD:
        settings = server.settings(tmp_path, method=method, concurrency=2)
        summary = service.fetch(make_query([operation]), settings)
        asked = server.asked()
        assert sorted(line["query"]["page"] for line in asked) == [
            str(number) for number in range(1, pages + 1)
        ]
        assert max(line["in_flight"] for line in asked) <= (1 if method == "sequential" else 2)
        assert summary.complete
        assert (summary.pages, summary.pages_total) == (pages, pages)
        assert (summary.records, summary.records_total) == (len(rows), len(rows))
        assert (summary.requests, summary.retries, summary.failed) == (pages, 0, 0)
        files.append(Path(f"{method}.csv"))
        service.export(summary.run, csv=files[-1], jsonl=Path("out.jsonl"))
        kept = [json.loads(line) for line in Path("out.jsonl").read_text("utf-8").splitlines()]
        assert kept == rows
    assert len({file.read_bytes() for file in files}) == 1
    with files[0].open(encoding="utf-8", newline="") as table:
        ids = [row["assessment_id"] for row in csv.DictReader(table)]
    assert ids == [str(row["assessment_id"]) for row in rows]
    assert len(set(ids)) == len(rows)


@pytest.mark.parametrize("method", EVERY_METHOD)
def test_a_stopped_run_goes_on_where_it_was(
    server, service: Service, tmp_path: Path, method: str
) -> None:
    """Else stopping costs what had arrived, or resuming asks for it all again."""
    host = server(delay=0.02)
    settings = host.settings(tmp_path, method=method, pages=20, concurrency=2)
    query = make_query(["red_list_categories/CR"])
    undisturbed = service.fetch(query, settings)
    assert sorted(host.pages()) == list(range(1, 21))

    stop = StopAfter(3)
    stopped = service.fetch(query, settings, observer=stop, cancel=stop.cancel)
    first = host.pages()
    kept = {one.page for one in service.attempts(stopped.run) if not one.kind}
    assert service.run(stopped.run).state is RunState.STOPPED
    assert not stopped.complete
    assert 3 <= stopped.pages == len(kept) < 20
    assert kept <= set(first)
    assert len(first) == len(set(first)) <= len(kept) + 2

    resumed = service.resume(stopped.run)
    assert sorted(host.pages()) == sorted(set(range(1, 21)) - kept)
    assert resumed.run == stopped.run
    assert resumed.complete
    assert (resumed.pages, resumed.records) == (20, 2000)
    assert resumed.seconds > stopped.seconds
    for summary, name in ((undisturbed, "a.csv"), (resumed, "b.csv")):
        service.export(summary.run, csv=Path(name))
    assert Path("a.csv").read_bytes() == Path("b.csv").read_bytes()
    with pytest.raises(UsageError, match="is complete: all its pages are saved"):
        service.resume(stopped.run)
    assert host.asked() == []


def test_a_run_that_failed_in_part_is_made_whole(replay, service: Service, tmp_path: Path) -> None:
    """Else one bad answer costs a page for good."""
    server = replay(WHOLE, fault="badjson", every=3)
    settings = server.settings(tmp_path, method="sequential", retries=0)
    query = make_query(["countries/VA"])
    summary = service.fetch(query, settings)
    assert server.pages() == [1, 2, 3]
    assert not summary.complete
    assert (summary.pages, summary.failed, summary.records) == (2, 1, 4)
    assert summary.errors == (
        {
            "request": "countries/VA page 2",
            "kind": "malformed",
            "message": summary.errors[0]["message"],
            "attempts": 1,
        },
    )
    assert service.run(summary.run).state is RunState.PARTIAL
    (failure,) = service.failures(summary.run)
    assert (failure.kind, failure.label, failure.count, failure.lost) == (
        "malformed",
        "countries/VA page 2",
        1,
        1,
    )
    resumed = service.resume(summary.run)
    assert server.pages() == [2]
    assert resumed.complete
    assert (resumed.records, resumed.failed, resumed.errors) == (7, 0, ())
    assert service.summary(summary.run).complete


def test_retries_are_counted_and_their_reasons_kept(
    replay, service: Service, tmp_path: Path
) -> None:
    """Else a flaky server goes unnoticed, and its cost in time can't be explained."""
    server = replay(WHOLE, fault="502", every=4)
    settings = server.settings(tmp_path, method="sequential", retries=2)
    summary = service.fetch(make_query(["countries/VA"]), settings)
    assert server.pages() == [1, 2, 3, 3]
    assert summary.complete
    assert (summary.requests, summary.retries, summary.failed) == (4, 1, 0)
    (failure,) = service.failures(summary.run)
    assert (failure.kind, failure.count, failure.lost) == ("server", 1, 0)
    service.export(summary.run, requests_csv=Path("r.csv"))
    with Path("r.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["attempts"] for row in rows] == ["1", "1", "2"]
    assert [row["outcome"] for row in rows] == ["ok"] * 3


def test_a_code_that_does_not_exist_gets_those_that_do(
    demo, service: Service, settings, tmp_path: Path
) -> None:
    """Else a mistyped code costs a search through a list of 250."""
    live = replace(settings, source="live", base_url=demo.base_url)
    for asked, suggested in (
        ("countries/mdg", "countries/MG (Madagascar)"),
        ("countries/Madagaskar", "countries/MG (Madagascar)"),
        ("taxa/order/Crocodilia", "taxa/order/CROCODYLIA"),
        ("red_list_categories/CRR", "red_list_categories/CR"),
    ):
        summary = service.fetch(make_query([asked]), live)
        assert not summary.complete
        assert (summary.pages, summary.errors[0]["kind"]) == (0, NotFound.kind)
        assert service.run(summary.run).state is RunState.FAILED
        assert any(one.startswith(suggested) for one in service.suggestions(summary.run)), asked
    nothing = service.fetch(make_query(["countries/9999999"]), live)
    assert service.suggestions(nothing.run) == ()


def test_one_item_that_is_missing_costs_none_of_the_others(
    demo, service: Service, settings
) -> None:
    """Else one mistyped code in a list of twenty stops the run."""
    live = replace(settings, source="live", base_url=demo.base_url, pages=1)
    summary = service.fetch(make_query(["countries/QQQ", "taxa/order/Crocodylia"]), live)
    assert [error["request"] for error in summary.errors] == ["countries/QQQ page 1"]
    assert summary.records == 100
    assert service.run(summary.run).state is RunState.PARTIAL


@pytest.mark.parametrize("api", ["v4", "v3"])
@pytest.mark.parametrize("method", EVERY_METHOD)
def test_a_refused_token_stops_the_run_and_shows_nowhere(
    server, service: Service, tmp_path: Path, method: str, api: str
) -> None:
    """Else a wrong token is sent a hundred times, or is written to the store."""
    host = server(token="right")
    query = make_query(["red_list_categories/CR"] if api == "v4" else ["species/page"], api)
    wrong = host.settings(tmp_path, api=api, method=method, token=Token(SECRET))
    with pytest.raises(TokenRefused) as caught:
        service.fetch(query, wrong)
    assert caught.value.advice == Advice.ADD_TOKEN
    assert SECRET not in caught.value.sentence()
    assert len(host.asked(versions=True)) == 1
    row = service.run("last")
    assert (row.state, row.pages) == (RunState.FAILED, 0)
    with pytest.raises(TokenRefused):
        service.versions(wrong)


@pytest.mark.parametrize("api", ["v4", "v3"])
def test_a_good_token_is_in_no_file(server, service: Service, tmp_path: Path, api: str) -> None:
    """Else whoever gets an export or a backup has the user's token."""
    host = server(token=SECRET)
    query = make_query(["taxa/order/Crocodylia"] if api == "v4" else ["species/page"], api)
    for method in EVERY_METHOD:
        settings = host.settings(tmp_path, api=api, method=method, pages=1, token=Token(SECRET))
        summary = service.fetch(query, settings)
        assert summary.complete
        assert SECRET not in repr(summary)
    service.export(
        summary.run, csv=Path("a.csv"), jsonl=Path("a.jsonl"), requests_csv=Path("r.csv")
    )
    assert service.versions(settings)
    files = [host.log, *(file for file in tmp_path.rglob("*") if file.is_file())]
    assert {"a.csv", "a.csv.meta.json", "runs.sqlite3"} <= {file.name for file in files}
    for file in files:
        assert SECRET.encode() not in file.read_bytes(), file


def test_v3_counts_from_nought_ten_thousand_a_page(service: Service, settings) -> None:
    """Else the API that the comparison began on can't be fetched."""
    summary = service.fetch(
        make_query(["species/page"], "v3"), replace(settings, api="v3", pages=2)
    )
    assert summary.complete
    assert (summary.pages, summary.records) == (2, 20_000)
    service.export(summary.run, csv=Path("v3.csv"))
    with Path("v3.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len({row["taxonid"] for row in rows}) == 20_000
    assert {row["source"] for row in rows} == {"DEMO"}
    assert [one.label for one in service.attempts(summary.run)] == [
        "species/page page 0",
        "species/page page 1",
    ]
    assert list(service.versions(replace(settings, api="v3"))) == ["version"]


def test_demo_rows_are_marked_and_real_ones_are_not(demo, service: Service, settings) -> None:
    """Else invented species get into somebody's study."""
    made = service.fetch(CROCODILES, settings)
    real = service.fetch(CROCODILES, replace(settings, source="live", base_url=demo.base_url))
    for summary, marked in ((made, True), (real, False)):
        service.export(
            summary.run, csv=Path("a.csv"), jsonl=Path("a.jsonl"), requests_csv=Path("r.csv")
        )
        with Path("a.csv").open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        lines = [json.loads(line) for line in Path("a.jsonl").read_text("utf-8").splitlines()]
        assert len(rows) == len(lines) == 154
        for row in [*rows, *lines]:
            assert row.get("source") == ("DEMO" if marked else None)
        with Path("r.csv").open(newline="") as file:
            assert {row["source"] for row in csv.DictReader(file)} == {"DEMO" if marked else "live"}
        for name in ("a.csv", "a.jsonl", "r.csv"):
            meta = json.loads(Path(f"{name}.meta.json").read_text("utf-8"))
            assert ("notice" in meta) is marked
            assert meta["summary"]["run"] == summary.run
            assert meta["rows"] == (2 if name == "r.csv" else 154)


def test_several_operations_are_told_apart_in_one_table(demo, service: Service, settings) -> None:
    """Else the rows of two countries can't be told apart."""
    live = replace(settings, source="live", base_url=demo.base_url, pages=1)
    summary = service.fetch(make_query(["countries/VA", "taxa/order/Crocodylia"]), live)
    assert (summary.pages, summary.records) == (2, 200)
    assert summary.operations == ("countries/VA", "taxa/order/Crocodylia")
    service.export(summary.run, csv=Path("a.csv"))
    with Path("a.csv").open(encoding="utf-8", newline="") as file:
        found = [row["operation"] for row in csv.DictReader(file)]
    assert found == ["countries/VA"] * 100 + ["taxa/order/Crocodylia"] * 100


def test_a_list_without_rows_has_a_header_and_its_code_may_hold_a_slash(
    demo, service: Service, settings
) -> None:
    """Else an empty answer can't be read as a table, or `LR/cd` can't be exported."""
    live = replace(settings, source="live", base_url=demo.base_url)
    summary = service.fetch(make_query(["red_list_categories/LR/cd"]), live)
    assert summary.complete
    assert summary.records == 0
    (written,) = service.export(summary.run, csv=Path("a.csv"))
    assert written.rows == 0
    assert Path("a.csv").read_text().startswith("assessment_date,year_published,latest,")
    assert len(service.records(summary.run)) == 0


def test_a_list_of_codes_and_single_answers_are_fetched_too(
    demo, service: Service, settings
) -> None:
    """Else only half of the API can be fetched."""
    live = replace(settings, source="live", base_url=demo.base_url)
    codes = service.fetch(make_query(["countries", "taxa/kingdom", "statistics/count"]), live)
    assert codes.complete
    assert (codes.pages, codes.pages_total) == (3, 3)
    assert codes.records == codes.records_total
    first = service.records(service.fetch(CROCODILES, live).run)
    number = first.rows(0, 1)[0][first.columns.index("assessment_id")]
    one = service.fetch(make_query([f"assessment/{number}"]), live)
    assert one.records == 1
    service.export(one.run, csv=Path("one.csv"))
    with Path("one.csv").open(encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    assert row["assessment_id"] == number
    assert service.versions(live).keys() == {"api_version", "red_list_version"}


def test_any_slice_of_the_records_is_that_part_of_the_export(
    demo, service: Service, settings
) -> None:
    """Else the screen shows other rows than the file has."""
    live = replace(settings, source="live", base_url=demo.base_url)
    run = service.fetch(make_query(["countries/VA"]), live).run
    service.export(run, csv=Path("a.csv"))
    with Path("a.csv").open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    view = service.records(run)
    assert len(view) == len(rows) == 444
    assert list(view.columns) == header
    for start, stop in (
        (0, 444),
        (0, 1),
        (99, 101),
        (250, 410),
        (440, 9999),
        (-5, 3),
        (7, 7),
        (444, 450),
    ):
        assert view.rows(start, stop) == [tuple(row) for row in rows[max(0, start) : stop]]


def test_a_page_that_was_damaged_on_disk_is_named(demo, service: Service, settings) -> None:
    """Else a disk fault ends an export in a traceback."""
    live = replace(settings, source="live", base_url=demo.base_url)
    run = service.fetch(CROCODILES, live).run
    whole = [row[0] for row in service.records(run).rows(0, 200)]
    change(
        settings.home,
        """UPDATE bodies SET body = '{"assessments":['
        WHERE id = (SELECT body FROM pages WHERE page = 2)""",
    )
    with pytest.raises(DamagedRows, match=r"left out: taxa/order/Crocodylia page 2\.") as caught:
        service.export(run, csv=Path("a.csv"))
    ((written),) = caught.value.written
    assert (written.path, written.rows) == (Path("a.csv"), 100)
    view = service.records(run)
    assert [row[0] for row in view.rows(0, 200)] == whole[:100]
    assert (len(view), view.damage) == (100, str(caught.value))


@pytest.mark.parametrize("asked", ["names", "ids"])
def test_lines_with_further_parameters_are_found_again(
    service: Service, settings, asked: str
) -> None:
    """Else every line counts as not requested once the run is read back from the store."""

    def answer(path: str, nth: int) -> bytes:
        one = path.partition("?")[0].rpartition("/")[2]
        return taxon(path) if asked == "names" else http(b'{"assessment_id": %s}' % one.encode())

    given = {"names": [*names(2), "?"]} if asked == "names" else {"ids": ["7", "8", "?"]}
    operation = "species" if asked == "names" else "assessments"
    query = make_query([operation], params=[("x", "a b"), ("y", "")], **given)
    with scripted(answer) as server:
        live = replace(settings, source="live", base_url=server.base_url)
        summary = service.fetch(query, live)
    assert summary.lines == {"lines": 3, "found": 2, "malformed": 1, "duplicates": 0}
    assert service.summary(summary.run).lines == summary.lines
    assert [one.outcome for one in service.lines(summary.run)] == ["found", "found", "malformed"]
    assert service.wanted(summary.run).query == query
