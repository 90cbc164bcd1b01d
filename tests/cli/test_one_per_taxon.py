"""`latest` without a scope is told of, and `--one-per-taxon` writes one row per taxon."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.scopes import ROWS, STATUSES, scoped_list

NOTICE = "2 taxa have more than one latest assessment (Global, Europe…). Add `--scope 1` for one "


@pytest.fixture
def fetch() -> Iterator[tuple[str, ...]]:
    """A fetch of the scoped list."""
    with scoped_list() as host:
        yield "fetch", "countries/MG", "--base-url", host.base_url


def ids(path: str) -> list[int]:
    with Path(path).open(encoding="utf-8") as file:
        return [int(one["assessment_id"]) for one in csv.DictReader(file)]


def test_latest_without_a_scope_is_told_of(cli, fetch: tuple[str, ...]) -> None:
    """Else regional assessments are counted as species."""
    said = cli(*fetch, "--latest")
    assert said.code == 0
    assert f"{NOTICE}row per taxon." in said.err
    assert "`iucn-tui export 1 --one-per-taxon --csv FILE`" in said.err
    for more in ([], ["--latest", "--scope", "1"], ["--latest", "-q"]):
        assert "more than one latest" not in cli(*fetch, *more).err
    said = cli(*fetch, "--latest", "--one-per-taxon", "--json")
    assert "more than one latest" not in said.err
    assert json.loads(said.out)["records"] == 5


def test_its_advice_works(cli, fetch: tuple[str, ...]) -> None:
    """Else the notice costs its reader another fetch."""
    cli(*fetch, "--latest")
    said = cli("export", "1", "--one-per-taxon", "--csv", "one.csv")
    assert (said.code, said.err) == (0, "3 rows to one.csv\nOne row per taxon: 3 of 5 records.\n")
    assert ids("one.csv") == [102, 104, 107]
    assert "more than one latest" not in cli(*fetch, "--latest", "--scope", "1").err


def test_the_option_writes_one_row_per_taxon(cli, fetch: tuple[str, ...]) -> None:
    """And what arrived is counted as before."""
    said = cli(*fetch, "--one-per-taxon", "--csv", "one.csv", "--jsonl", "one.jsonl", "--json")
    assert said.code == 0
    assert (
        "4 rows to one.csv\n4 rows to one.jsonl\nOne row per taxon: 4 of 8 records.\n" in said.err
    )
    assert json.loads(said.out)["records"] == len(ROWS)
    assert ids("one.csv") == STATUSES
    assert cli("export", "last", "--csv", "all.csv").err == "8 rows to all.csv\n"
    assert len(ids("all.csv")) == len(ROWS)
    assert cli(*fetch, "--one-per-taxon", "--csv", "-", "-q").err == ""


def test_the_environment_and_the_configuration_say_so_as_well(
    cli, fetch: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else it has to be typed each time; an option comes first."""
    cli(*fetch)
    monkeypatch.setenv("IUCN_TUI_ONE_PER_TAXON", "yes")
    assert "One row per taxon: 4 of 8" in cli("export", "1", "--csv", "a.csv").err
    assert cli("export", "1", "--all-rows", "--csv", "a.csv").err == "8 rows to a.csv\n"
    monkeypatch.setenv("IUCN_TUI_ONE_PER_TAXON", "perhaps")
    said = cli("export", "1", "--csv", "a.csv")
    assert said.code == 2
    assert "One per taxon is yes or no, not 'perhaps'" in said.err
    monkeypatch.delenv("IUCN_TUI_ONE_PER_TAXON")
    Path("config.ini").write_text("[iucn-tui]\none_per_taxon = yes\n")
    assert "One row per taxon: 4 of 8" in cli("export", "1", "--csv", "a.csv").err
    assert "One row per taxon: 4 of 8" in cli(*fetch, "--csv", "a.csv").err


def test_the_requests_and_the_citation_have_no_taxa(cli, fetch: tuple[str, ...]) -> None:
    """Else an export of requests seems to lack some."""
    cli(*fetch)
    said = cli("export", "1", "--one-per-taxon", "--requests-csv", "r.csv", "--bibtex", "c.bib")
    assert said.err == "3 rows to r.csv\n1 row to c.bib\n"


def test_each_line_of_a_list_of_names_keeps_its_row(cli, fetch: tuple[str, ...]) -> None:
    """Else a name is gone because its taxon has a row already."""
    Path("names.txt").write_text("Inventa prima\nInventa secunda\nInventa prima\n")
    said = cli(
        *(fetch[0], "species", *fetch[2:]),
        *("--names", "names.txt", "--one-per-taxon", "--latest", "--csv", "a.csv"),
    )
    assert said.code == 0
    assert "3 rows to a.csv\n" in said.err
    assert "per taxon" not in said.err
