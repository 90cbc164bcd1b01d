"""Names that a server doesn't know: looked up in all that is saved, and requested if need be."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.support.kept_taxa import listed, taxon_of
from tests.support.methods import EVERY_METHOD
from tests.support.raw_server import Scripted, http, scripted
from tests.support.servers import StopAfter
from tui_app.fetch import Event, State
from tui_app.redlist import make_query
from tui_app.redlist.errors import UsageError
from tui_app.runs import Service
from tui_app.settings import Settings

ELEPHANT = taxon_of("Inventa africana", "Ficta africana", "Ficta aurita")
CAT = taxon_of("Inventa minor", "Ficta lost")
LISTED = ("Inventa nusquam", "Inventa nusquan", "Ficta aurito")
NAMES = [
    "plot,species",
    "a,Inventa vera",
    "b,Ficta africana",
    "c,ficta AURITA",
    "d,Ficta nusquam",
    "e,Inventa minor",
    "f,Ficta",
]


def answer(path: str, nth: int) -> bytes:
    """Knows accepted names only, as the API does."""
    asked = {name: values[0] for name, values in parse_qs(urlsplit(path).query).items()}
    name = f"{asked.get('genus_name')} {asked.get('species_name')}"
    body: dict[str, Any] = {"taxon": taxon_of(name), "assessments": []}
    if "/taxa/sis/" in path:
        body = {"sis_id": 1, "taxon": ELEPHANT, "assessments": []}
    elif "/taxa/family" in path:
        body = {"assessments": [listed(one, 51) for one in LISTED]}
    elif name == "Inventa africana":
        body = {
            "taxon": ELEPHANT,
            "assessments": [listed(name, 21), listed(name, 11, latest=False)],
        }
    elif name != "Inventa vera":
        return http(status=404)
    return http(json.dumps(body).encode())


def live(host: Scripted, folder: Path, **more: Any) -> Settings:
    return Settings(source="live", base_url=host.base_url, home=folder / "runs", **more)


def rows(service: Service, run: str) -> list[dict[str, str]]:
    service.export(run, csv=Path("out.csv"))
    with Path("out.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def asked_for(host: Scripted) -> list[str]:
    found = (parse_qs(urlsplit(path).query) for _, path in host.asked if "genus_name" in path)
    return [f"{one['genus_name'][0]} {one['species_name'][0]}" for one in found]


def test_a_missing_name_is_looked_up_in_all_that_is_saved(service: Service, tmp_path: Path) -> None:
    """The API resolves no synonyms; answers of earlier runs, also on other servers, do."""
    with scripted(answer) as first, scripted(answer) as host:
        settings = live(first, tmp_path)
        kept = service.fetch(make_query(["taxa/sis/1", "taxa/family/NEAR"]), settings)
        summary = service.fetch(make_query(["species"], names=NAMES), live(host, tmp_path))
        assert len(asked_for(host)) == 5
    found = rows(service, summary.run)
    assert [row["outcome"] for row in found] == [
        "found", "synonym", "synonym", "not found", "not found", "malformed",
    ]  # fmt: skip
    said = f"synonym of Inventa africana, from run {kept.run}"
    assert [row["message"] for row in found[1:3]] == [said, said]
    assert [row["matched_name"] for row in found[1:4]] == ["Inventa africana"] * 2 + [""]
    assert not any(row["sis_taxon_id"] for row in found[1:])
    assert found[3]["near_matches"] == ""
    assert not summary.complete


def test_a_missing_name_that_is_saved_elsewhere_is_said_to_be(
    service: Service, tmp_path: Path
) -> None:
    """It is spelt right, so that near matches only mislead."""

    def without(path: str, nth: int) -> bytes:
        return http(status=404) if "genus_name" in path else answer(path, nth)

    with scripted(without) as host:
        service.fetch(make_query(["taxa/family/NEAR"]), live(host, tmp_path))
        query = make_query(["species"], names=["Inventa nusquam", "Ficta aurita"])
        summary = service.fetch(query, live(host, tmp_path))
    first, second = rows(service, summary.run)
    assert (first["outcome"], first["message"]) == ("not found", "saved responses have this name")
    assert first["near_matches"] == ""
    assert (second["near_matches"], second["message"]) == ("Ficta aurito", "")


@pytest.mark.parametrize("method", EVERY_METHOD)
def test_accepted_names_are_requested_in_the_same_run(
    service: Service, tmp_path: Path, method: str
) -> None:
    """One more request for each, however many synonyms it has; the rows are filled."""
    with scripted(answer) as first, scripted(answer) as host:
        service.fetch(make_query(["taxa/sis/1"]), live(first, tmp_path))
        query = make_query(["species"], names=NAMES, resolve=True)
        events: list[Event] = []
        summary = service.fetch(query, live(host, tmp_path, method=method), observer=events.append)
        totals = [event.total for event in events if event.total is not None]
        ended = [event for event in events if event.state in (State.KEPT, State.MISSING)]
        assert (totals[0], totals[-1], len(ended)) == (5, 6, 6)
        assert sorted(asked_for(host)) == [
            "Ficta africana", "Ficta aurita", "Ficta nusquam", "Inventa africana",
            "Inventa minor", "Inventa vera",
        ]  # fmt: skip
    found = rows(service, summary.run)
    assert [row["plot"] for row in found] == list("abcdef"), "the accepted name has no row"
    for row in found[1:3]:
        assert (row["outcome"], row["message"]) == ("synonym", "synonym of Inventa africana")
        assert (row["assessment_id"], row["red_list_category_code"]) == ("21", "LC")
        assert (row["family_name"], row["common_name"]) == ("INVENTIDAE", "Main africana")
    assert [error["request"] for error in summary.errors] == [
        "taxa/scientific_name?genus_name=Ficta&species_name=nusquam",
        "taxa/scientific_name?genus_name=Inventa&species_name=minor",
    ]
    assert summary.lines is not None
    assert summary.lines["synonym"] == 2
    assert service.summary(summary.run) == summary


def test_a_run_whose_synonyms_were_all_resolved_is_complete(
    service: Service, tmp_path: Path
) -> None:
    """Each line has its taxon, so that nothing is left; with parameters and full assessments."""

    def full(path: str, nth: int) -> bytes:
        if "/assessment/" in path:
            return http(json.dumps({"assessment_id": 21, "rationale": "x"}).encode())
        return answer(path, nth)

    with scripted(full) as host:
        service.fetch(make_query(["taxa/sis/1"]), live(host, tmp_path))
        query = make_query(
            ["species"],
            names=["Inventa vera", "Ficta aurita"],
            resolve=True,
            details=True,
            filters={"latest": "true"},
            params=[("x", "y")],
        )
        summary = service.fetch(query, live(host, tmp_path))
        paths = [path for _, path in host.asked]
    assert summary.complete
    assert (summary.failed, summary.details) == (0, 1)
    assert sum("genus_name=Inventa&species_name=africana&x=y" in path for path in paths) == 1
    service.export(summary.run, jsonl=Path("out.jsonl"))
    last = json.loads(Path("out.jsonl").read_text("utf-8").splitlines()[1])
    assert (last["assessment_id"], last["rationale"]) == (21, "x")


def test_a_stopped_run_resolves_when_it_is_resumed(service: Service, tmp_path: Path) -> None:
    """Else the rest of its synonyms stay without data, and nobody is told."""
    with scripted(answer) as host:
        service.fetch(make_query(["taxa/sis/1"]), live(host, tmp_path))
        query = make_query(["species"], names=NAMES, resolve=True)
        settings = live(host, tmp_path, method="sequential")
        stop = StopAfter(1)
        stopped = service.fetch(query, settings, observer=stop, cancel=stop.cancel)
        assert "Inventa africana" not in asked_for(host)
        resumed = service.resume(stopped.run)
    assert [row["assessment_id"] for row in rows(service, resumed.run)][1:3] == ["21", "21"]


def test_demo_data_tell_nothing_of_live_names(service: Service, tmp_path: Path) -> None:
    """Their synonyms are invented."""
    with scripted(answer) as host:
        listed_demo = service.fetch(make_query(["taxa/sis/1"]), live(host, tmp_path))
        service._store._write("UPDATE runs SET source = 'demo' WHERE id = ?", listed_demo.run)
        query = make_query(["species"], names=["Ficta aurita"])
        summary = service.fetch(query, live(host, tmp_path))
    (row,) = rows(service, summary.run)
    assert row["outcome"] == "not found"


def test_only_names_can_be_resolved() -> None:
    with pytest.raises(UsageError, match="Only names can be resolved"):
        make_query(["countries/MG"], resolve=True)
