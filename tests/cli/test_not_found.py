"""What the server doesn't have (404): its own count, its own advice, and no resume for it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.methods import EVERY_METHOD
from tests.support.raw_server import http, number_of, page, scripted, taxon
from tui_app.cli import messages
from tui_app.redlist.errors import NotFound, absent


def answer(path: str, nth: int) -> bytes:
    """Names of the genus Canis are known, and one assessment; all else is not."""
    if "genus_name=Canis" in path:
        return taxon(path)
    if path.endswith("/assessment/1"):
        return http(b'{"assessment_id":1}')
    return http(b'{"error":"Not found"}', 404)


@pytest.mark.parametrize("method", EVERY_METHOD)
def test_the_sentence_counts_names_once_and_offers_no_resume(cli, method: str) -> None:
    Path("names.txt").write_text("Canis lupus\nCanis minor\nNullus nullus\nCanis 9\nCanis lupus\n")
    with scripted(answer) as server:
        base = ("--base-url", server.base_url, "--method", method)
        said = cli("fetch", "species", "--names", "names.txt", *base, "--json")
        first = said.err.splitlines()[0]
        assert first.startswith(
            "Run 1 finished: 2 of 5 names found, 1 not on the Red List, 1 malformed, 1 duplicate; "
        )
        assert f" by {method}" in first
        assert "resume" not in said.err
        summary = json.loads(said.out)
        assert (said.code, summary["failed"], summary["not_found"]) == (3, 1, 1)
        assert (summary["lines"]["found"], summary["lines_repeated"]) == (3, {"found": 1})
        shown = cli("show", "last").out
        assert "2 of 5 names found, 1 not on the Red List, 1 malformed, 1 duplicate" in shown
        assert "0 failed, 1 not found" in shown
        heading, row = cli("runs").out.splitlines()
        assert "records  not found  operations" in heading  # none failed: no column for that
        assert row[heading.index("not found") :].split()[0] == "1"
        exported = cli("export", "last", "--csv", "names.csv")
        assert (exported.code, exported.err) == (0, "5 rows to names.csv\n")


def test_a_run_of_404s_alone_is_shown_as_one_kind_and_took_the_time_that_it_took(cli) -> None:
    """Else 140 lines say the same, beside a lower bound of no time at all."""
    Path("ids.txt").write_text("\n".join(str(number) for number in range(2, 142)))
    with scripted(answer) as server:
        base = ("--base-url", server.base_url, "--method", "sequential")
        said = cli("fetch", "assessments", "--ids", "ids.txt", *base, "--json")
    assert said.code == 1
    assert said.err.startswith("Run 1 finished: 0 of 140 ids found, 140 not found; ")
    summary = json.loads(said.out)
    assert 0 < summary["ideal_seconds"] <= summary["seconds"]
    assert summary["latency_ms"]["p50"] > 0
    (failure,) = [line for line in cli("show", "1").out.splitlines() if "×" in line]
    assert failure.startswith("140 × not-found: ")
    assert failure.endswith("For the id of a taxon, use taxa/sis/ID.")


def test_what_failed_for_another_reason_is_still_to_be_resumed(cli) -> None:
    Path("ids.txt").write_text("1\n2\n3\n")

    def failing(path: str, nth: int) -> bytes:
        return http(status=500) if path.endswith("/assessment/3") else answer(path, nth)

    with scripted(failing) as server:
        base = ("--base-url", server.base_url, "--retries", "0")
        said = cli("fetch", "assessments", "--ids", "ids.txt", *base)
    assert said.code == 3
    assert "Run 1 incomplete: 1 of 3 ids found, 1 not found, 1 failed; " in said.err
    assert "`iucn-tui resume 1` finishes the run" in said.err


def test_a_page_that_is_gone_is_told_as_a_page(cli) -> None:
    def shrinking(path: str, nth: int) -> bytes:
        if "page=" not in path:
            return answer(path, nth)
        return http(status=404) if number_of(path) == 3 else page(number_of(path), of=4)

    with scripted(shrinking) as server:
        said = cli("fetch", "countries/MG", "--base-url", server.base_url)
        shown = cli("show", "1").out
    assert said.code == 3
    assert "1 not found" in said.err
    assert "The list has no such page" in shown


KINDS = {
    "taxa/scientific_name?genus_name=Canis&species_name=lupus": "this accepted name",
    "taxa/sis/5": "this SIS id",
    "assessment/5": "no assessment with this id",
    "countries/QQ page 1": "The server does not know 'QQ'. Fetch countries to list",
    "taxa/family/Nullidae page 1": "Fetch taxa/family to list",
    "countries/MG page 3": "The list has no such page",
    "threats": "Check the base URL",
    "information/api_version": "Check the base URL",
    "": "does not have what was requested",
}


@pytest.mark.parametrize("request_label", KINDS)
def test_the_advice_fits_what_was_requested(request_label: str) -> None:
    """Else a code list is recommended to somebody who asked for an assessment."""
    assert KINDS[request_label] in absent(request_label)
    error = NotFound(request_label, "not found", 404)
    assert KINDS[request_label] in messages.sentence(error)
    assert KINDS[request_label] in messages.advice_on_kind(NotFound.kind, "1", request_label)
    others = [words for label, words in KINDS.items() if words != KINDS[request_label]]
    assert not any(words in absent(request_label) for words in others)
