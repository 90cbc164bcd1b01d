"""Full assessments of the rows of lists, and what several lists have in common."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from tests.support.methods import EVERY_METHOD
from tests.support.raw_server import http, number_of, scripted
from tests.support.recordings import RECORDED, SYNTHETIC, WHOLE, each, exchanges
from tests.support.servers import Server, StopAfter
from tui_app.methods import DEFAULT_METHODS
from tui_app.redlist import make_query
from tui_app.redlist.errors import UsageError
from tui_app.runs import Service
from tui_app.settings import Settings


def lines(file: str) -> list[dict]:
    return [json.loads(line) for line in Path(file).read_text("utf-8").splitlines()]


@pytest.mark.parametrize("method", DEFAULT_METHODS)
def test_every_row_is_followed_once_by_every_method(
    server, service: Service, tmp_path: Path, method: str
) -> None:
    """Else a table lacks assessments, or the server is asked twice."""
    host: Server = server()
    settings = host.settings(tmp_path, method=method, pages=2, concurrency=4)
    summary = service.fetch(make_query(["countries/VA"], details=True), settings)
    asked = [line["path"] for line in host.asked()]
    details = [path for path in asked if "/assessment/" in path]
    assert len(details) == len(set(details)) == 200
    pages = [place for place, path in enumerate(asked) if path.endswith("/countries/VA")]
    assert asked.index(details[0]) < pages[-1]
    assert summary.complete
    assert (summary.pages, summary.records, summary.details, summary.details_total) == (
        2,
        200,
        200,
        200,
    )
    assert summary.requests == 202
    service.export(summary.run, jsonl=Path("full.jsonl"))
    rows = lines("full.jsonl")
    assert {f"/api/v4/assessment/{row['assessment_id']}" for row in rows} == set(details)
    assert len(rows) == 200
    assert all("threats" in row and row["taxon"] for row in rows)


@pytest.mark.parametrize("method", EVERY_METHOD)
def test_a_search_gives_ids_that_details_follow(
    service: Service, tmp_path: Path, method: str
) -> None:
    """Else a search, which answers with ids alone, fails as a list that lacks its rows."""

    def answer(path: str, nth: int) -> bytes:
        stem = path.partition("?")[0].removeprefix("/api/v4/")
        if stem == "assessment_search":
            ids = [7, None, 8] if number_of(path) == 1 else [9]
            body = {"assessment_ids": ids, "filters": {"filter_on": ["gss", "cr_pe"]}}
            return http(json.dumps(body).encode(), total_pages="2", total_count="3")
        if not stem.startswith("assessment/"):
            return http(status=404)
        body = {"assessment_id": int(stem.rpartition("/")[2]), "threats": [None]}
        return http(json.dumps(body).encode())

    asked = "assessment_search?filter_on[]=gss&filter_on[]=cr_pe"
    with scripted(answer) as host:
        settings = Settings(
            source="live", base_url=host.base_url, home=tmp_path / "runs", method=method, fresh=True
        )
        plain = service.fetch(make_query([asked]), settings)
        full = service.fetch(make_query([asked], details=True), settings)
        paths = [path for _, path in host.asked if "search" in path]
    assert plain.complete
    assert full.complete
    assert (plain.records, full.records, full.details) == (3, 3, 3)
    assert "/api/v4/assessment_search?filter_on%5B%5D=gss&filter_on%5B%5D=cr_pe&page=1" in paths
    service.export(plain.run, csv=Path("ids.csv"))
    assert Path("ids.csv").read_text() == "assessment_id\n7\n8\n9\n"
    service.export(full.run, jsonl=Path("full.jsonl"), tables=Path("tables"))
    assert [row["assessment_id"] for row in lines("full.jsonl")] == [7, 8, 9]
    assert len(Path("tables/assessments.csv").read_text().splitlines()) == 4
    assert len(Path("tables/threats.csv").read_text().splitlines()) == 1  # its header


def test_a_stopped_run_with_details_goes_on_where_it_was(
    server, service: Service, tmp_path: Path
) -> None:
    """Else an hour of assessments is asked for again."""
    host: Server = server(delay=0.01)
    settings = host.settings(tmp_path, pages=1, concurrency=4)
    query = make_query(["countries/VA"], details=True)
    undisturbed = service.fetch(query, settings)
    host.asked()
    stop = StopAfter(50)
    stopped = service.fetch(query, settings, observer=stop, cancel=stop.cancel)
    first = [line["path"] + str(line["query"]) for line in host.asked()]
    resumed = service.resume(stopped.run)
    second = [line["path"] + str(line["query"]) for line in host.asked()]
    kept = stopped.pages + (stopped.details or 0)
    assert kept >= 50
    assert len(second) == 101 - kept
    assert len(set(first) & set(second)) <= 4  # what was in flight when it was stopped
    assert resumed.complete
    assert resumed.details == 100
    for summary, name in ((undisturbed, "a.csv"), (resumed, "b.csv")):
        service.export(summary.run, csv=Path(name))
    assert Path("a.csv").read_bytes() == Path("b.csv").read_bytes()


def test_an_intersection_is_what_python_s_sets_give(
    server, service: Service, tmp_path: Path
) -> None:
    """Else "Critically Endangered and of Madagascar" is another list than it says."""
    host: Server = server()
    settings = host.settings(tmp_path)
    asked = ["red_list_categories/EX", "countries/VA", "countries/SM"]
    ids = []
    for operation in asked:
        one = service.fetch(make_query([operation]), settings)
        service.export(one.run, jsonl=Path("one.jsonl"))
        ids.append({row["assessment_id"] for row in lines("one.jsonl")})
    host.asked()
    for some in (asked, asked[::-1], asked[:2]):
        expected = set.intersection(*(ids[asked.index(one)] for one in some))
        assert expected
        both = service.fetch(make_query(some, intersect=True, details=True), settings)
        requested = [line["path"] for line in host.asked()]
        service.export(both.run, jsonl=Path("both.jsonl"))
        rows = lines("both.jsonl")
        found = [row["assessment_id"] for row in rows]
        assert set(found) == expected
        assert len(found) == len(expected) == both.records == both.details
        details = [path for path in requested if "/assessment/" in path]
        assert sorted(details) == sorted(f"/api/v4/assessment/{one}" for one in expected)
        assert len(service.records(both.run)) == len(expected)


def test_a_union_keeps_both_rows_and_fetches_no_assessment_twice(
    server, service: Service, tmp_path: Path
) -> None:
    """Else an assessment that two lists have is paid for twice, or stands under one only."""
    host: Server = server()
    settings = host.settings(tmp_path, pages=1)
    one = service.fetch(make_query(["countries/VA"]), settings)
    first = _cells(service, one.run, "assessment_id")[0]
    host.asked()
    asked = ["countries/VA", f"assessment/{first}", "countries/AD"]
    query = make_query([*asked, asked[0], "taxa/order/NONE", "taxa/order/none"], details=True)
    assert [target.label for target in query.targets] == [*asked, "taxa/order/NONE"]
    query = make_query([*asked, asked[0]], details=True)
    summary = service.fetch(query, settings)
    paths = [line["path"] for line in host.asked() if "/assessment/" in line["path"]]
    assert f"/api/v4/assessment/{first}" in paths
    assert len(paths) == len(set(paths))
    assert summary.complete
    service.export(summary.run, jsonl=Path("union.jsonl"))
    rows = lines("union.jsonl")
    of = {one: [r["assessment_id"] for r in rows if r["operation"] == one] for one in asked}
    assert set(of[asked[0]]) & set(of["countries/AD"])
    assert all("threats" in row and row["taxon"] for row in rows)
    assert {f"/api/v4/assessment/{row['assessment_id']}" for row in rows} == set(paths)


@pytest.mark.parametrize(
    ("asked", "more", "words"),
    [
        (["threats"], {"details": True}, "lists no assessments to follow"),
        (["countries/MG"], {"intersect": True}, "takes two or more operations"),
        (["countries/MG", "threats"], {"intersect": True}, "takes two or more operations"),
        (["species"], {}, "needs a list of names"),
        (["assessments"], {}, "needs a list of ids"),
        (["countries/MG"], {"names": ["Panthera leo"]}, "goes with the operation species"),
        (["species"], {"names": ["# nothing", ""]}, "list of names is empty"),
    ],
)
def test_what_can_not_be_asked_together_is_told(asked: list, more: dict, words: str) -> None:
    """Else a run begins that can't give what was wanted."""
    with pytest.raises(UsageError, match=words):
        make_query(asked, **more)


def test_a_taxon_s_filters_choose_which_of_its_assessments_are_followed(
    server, service: Service, tmp_path: Path
) -> None:
    """Else 400 species cost the assessments of 30 years, where the latest were wanted."""
    host: Server = server()
    settings = host.settings(tmp_path)
    listed = service.fetch(make_query(["countries/VA"]), settings)
    taxa = set(_cells(service, listed.run, "sis_taxon_id"))
    texts = [f"taxa/sis/{one}" for one in sorted(taxa)[:8]]
    every = service.fetch(make_query(texts, details=True), settings)
    latest = service.fetch(make_query(texts, details=True, filters={"latest": "true"}), settings)
    assert not any("latest" in line["query"] for line in host.asked())
    service.export(every.run, jsonl=Path("all.jsonl"))
    wanted = [row for taxon in lines("all.jsonl") for row in taxon["assessments"]]
    assert every.details == len(wanted)
    # One each, also of a taxon that is latest in Europe too, or nowhere.
    assert latest.details == len(lines("all.jsonl")) == 8 < len(wanted)


def _cells(service: Service, run: str, column: str) -> list[str]:
    view = service.records(run)
    place = view.columns.index(column)
    return [row[place] for row in view.rows(0, len(view))]


@each(SYNTHETIC)
def test_the_recorded_assessments_come_out_whole(
    replay, service: Service, tmp_path: Path, file: Path
) -> None:
    """Else a field that the real API sends is lost on the way."""
    settings = replay(file).settings(tmp_path)
    recorded = {
        one["path"].rpartition("/")[2]: json.loads(one["body"])
        for one in exchanges(file)
        if one["path"].startswith("/api/v4/assessment/") and one["status"] == 200
    }
    ids = [*recorded, "5", "x7", "", "# none"]
    summary = service.fetch(make_query(["assessments"], ids=ids), settings)
    service.export(summary.run, jsonl=Path("out.jsonl"))
    rows = lines("out.jsonl")
    assert [row["outcome"] for row in rows] == ["found", "found", "not found", "malformed"]
    for row, (number, body) in zip(rows, recorded.items(), strict=False):
        assert row["input"] == number
        assert {key: row[key] for key in body} == body
    assert summary.lines is not None
    assert summary.lines["lines"] == 4


@each(WHOLE)
def test_every_recorded_operation_comes_out_with_every_field(
    replay, service: Service, tmp_path: Path, file: Path
) -> None:
    """Else there are operations that the tool lists and can't fetch, or trims."""
    settings = replay(file).settings(tmp_path)
    pages: dict[str, list[dict]] = {}
    for exchange in exchanges(file):
        if exchange["status"] == 200:
            query = {key: text for key, text in exchange["query"].items() if key != "page"}
            asked = exchange["path"].removeprefix("/api/v4/").strip("/")
            if query:
                asked += "?" + "&".join(f"{key}={text}" for key, text in query.items())
            pages.setdefault(asked, []).append(json.loads(exchange["body"]))
    assert len(pages) == (25 if file == RECORDED else 21)
    for asked, bodies in pages.items():
        query = make_query([asked])
        summary = service.fetch(query, settings)
        assert summary.complete, asked
        service.export(summary.run, jsonl=Path("out.jsonl"), csv=Path("out.csv"))
        _check_cells(Path("out.csv"))
        expected: list[object] = []
        for body in bodies:
            (value, *others) = body.values()
            if "assessments" in body and "taxon" not in body and "threats" not in body:
                expected += body["assessments"]
            elif isinstance(value, list) and not others:
                expected += value
            else:
                expected.append(body)
        found = lines("out.jsonl")
        if expected and not isinstance(expected[0], dict):
            found = [next(iter(row.values())) for row in found]
        assert found == expected, asked


def _check_cells(file: Path) -> None:
    """Only codes and their descriptions are joined in a cell, none is JSON, no row is empty."""
    with file.open(encoding="utf-8", newline="") as opened:
        for row in csv.DictReader(opened):
            assert any(row.values())
            for name, cell in row.items():
                assert not cell.startswith(("[", "{")), name
                assert "|" not in cell or name.endswith(("_code", "_description")), name


@each(WHOLE)
def test_the_recorded_names_have_one_lean_row_each(
    replay, service: Service, tmp_path: Path, file: Path
) -> None:
    """Else a cell holds what all of a taxon's assessments say: ``VU|VU``."""
    settings = replay(file).settings(tmp_path)
    taxa = [
        json.loads(one["body"])["taxon"]
        for one in exchanges(file)
        if one["path"].endswith("taxa/scientific_name") and one["status"] == 200
    ]
    names = list(dict.fromkeys(taxon["scientific_name"] for taxon in taxa))
    summary = service.fetch(make_query(["species"], names=["species", *names]), settings)
    service.export(summary.run, csv=Path("out.csv"))
    with Path("out.csv").open(encoding="utf-8", newline="") as opened:
        rows = list(csv.DictReader(opened))
    assert [row["matched_name"] for row in rows] == names
    assert {row["outcome"] for row in rows} == {"found"}
    for row in rows:
        assert row["sis_taxon_id"]
        assert row["assessment_id"]
        assert row["family_name"]
        assert [name for name, cell in row.items() if "|" in cell] in ([], ["scopes"])


def test_an_answer_that_is_another_assessment_is_refused(service: Service, tmp_path: Path) -> None:
    """Else somebody else's threats stand beside the species that was asked for."""
    wrong = {5: 9999}

    def answer(path: str, nth: int) -> bytes:
        number = int(path.rpartition("/")[2]) if path.rpartition("/")[2].isdigit() else 0
        return http(json.dumps({"assessment_id": wrong.get(number, number)}).encode())

    with scripted(answer) as server:
        settings = Settings(
            source="live", base_url=server.base_url, home=tmp_path / "runs", retries=0
        )
        query = make_query(["assessments"], ids=["4", "5", "006"])
        summary = service.fetch(query, settings)
    assert summary.pages == 2
    (error,) = summary.errors
    assert (error["request"], error["kind"]) == ("assessment/5", "malformed")
    assert "assessment 9999" in error["message"]


def test_a_field_called_like_a_line_s_column_stands_beside_it(
    service: Service, tmp_path: Path
) -> None:
    """A server must not be able to overwrite what became of a line."""

    def answer(path: str, nth: int) -> bytes:
        body = {"assessment_id": 4, "line": "mine", "outcome": "mine", "message": "mine"}
        return http(json.dumps(body).encode())

    with scripted(answer) as server:
        settings = Settings(source="live", base_url=server.base_url, home=tmp_path / "runs")
        summary = service.fetch(make_query(["assessments"], ids=["4"]), settings)
    row = service.records(summary.run).record(0)
    assert (row["line"], row["outcome"], row["message"]) == (1, "found", None)
    assert (row["own_line"], row["own_outcome"], row["own_message"]) == ("mine", "mine", "mine")
