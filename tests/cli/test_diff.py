"""``diff``: what changed between two kept runs."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from tests.support.damage import damage
from tests.support.kept_rows import assessed, keep_rows
from tui_app.settings import Settings
from tui_app.store import Store

COUNTS = "1 up-listed, 1 down-listed, 1 added, 1 removed, 1 changed otherwise, 1 same"


@pytest.fixture(autouse=True)
def two_runs(settings: Settings) -> None:
    store = Store(settings.home)
    rows = [(1, "VU"), (2, "VU"), (3, "DD"), (4, "LC"), (5, "LC")]
    keep_rows(store, [assessed(*row) for row in rows], version="2025-2")
    rows = [(1, "EN"), (2, "NT"), (3, "LC"), (4, "LC"), (6, "LC")]
    keep_rows(store, [assessed(*row) for row in rows], version="2026-1")
    store.close()


def test_counts_go_to_stderr_and_rows_to_stdout(cli) -> None:
    said = cli("diff", "1", "last", "--csv", "-")
    assert said.code == 0
    assert "From run 1 (Red List 2025-2, fetched " in said.err
    assert "to run 2 (Red List 2026-1, fetched " in said.err
    assert COUNTS in said.err
    rows = list(csv.DictReader(io.StringIO(said.out, newline="")))
    assert [(row["change"], row["sis_taxon_id"]) for row in rows] == [
        ("changed", "1"), ("changed", "2"), ("changed", "3"), ("added", "6"), ("removed", "5"),
    ]  # fmt: skip
    said = cli("diff", "2025-2", "2026-1", "--all", "--json")
    rows = json.loads(said.out)
    assert [row["change"] for row in rows].count("same") == 1
    assert rows[0]["red_list_category_code_before"] == "VU"
    assert rows[0]["red_list_category_code_after"] == "EN"


def test_a_table_is_printed_otherwise(cli) -> None:
    said = cli("diff", "1", "2")
    header, first, *rest = said.out.splitlines()
    assert header.split()[:4] == ["change", "sis_taxon_id", "scientific_name", "scopes"]
    assert first.split()[:6] == ["changed", "1", "Inventa", "exemplaris1", "Global", "VU"]
    assert len(rest) == 4


def test_a_file_has_its_provenance_beside_it(cli) -> None:
    said = cli("diff", "1", "2", "--csv", "changes.csv", "--field", "criteria")
    assert (said.code, said.out) == (0, "")
    assert "5 rows to changes.csv" in said.err
    meta = json.loads(Path("changes.csv.meta.json").read_text("utf-8"))
    assert (meta["rows"], meta["red_list_version"]) == (5, "2026-1")
    assert meta["summary"]["compared_with"][0]["red_list_version"] == "2025-2"
    assert Path("changes.csv").read_text("utf-8").splitlines()[0].endswith("criteria_after")


def test_rows_go_to_a_file_and_to_stdout_at_once(cli) -> None:
    said = cli("diff", "1", "2", "--csv", "changes.csv", "--json")
    assert said.code == 0
    assert len(json.loads(said.out)) == 5
    assert len(Path("changes.csv").read_text("utf-8").splitlines()) == 6


def test_a_long_table_is_cut_and_says_so(cli, settings: Settings) -> None:
    store = Store(settings.home)
    keep_rows(store, [assessed(taxon, "LC") for taxon in range(1_010)])
    store.close()
    said = cli("diff", "1", "3")
    assert len(said.out.splitlines()) == 1_001
    assert "The first 1,000 rows are shown" in said.err


def test_demo_rows_stay_demo(cli, settings: Settings) -> None:
    """Else invented changes are taken for real ones."""
    store = Store(settings.home)
    keep_rows(store, [assessed(9, "VU")], source="demo")
    store.close()
    said = cli("diff", "1", "3", "--csv", "-")
    assert "DEMO" in said.err
    assert {row["source"] for row in csv.DictReader(io.StringIO(said.out))} == {"DEMO"}


def test_an_operation_is_a_run_of_that_alone(cli, settings: Settings) -> None:
    """A later run of several operations has it too, with rows of the others."""
    store = Store(settings.home)
    keep_rows(store, [assessed(1, "EN")], "countries/KM")
    store.close()
    said = cli("diff", "countries/MG", "countries/KM")
    assert "From run 2 " in said.err
    assert "to run 3 " in said.err


@pytest.mark.parametrize("other", ["countries/KM", "3", "last", "2025-1"])
def test_of_one_run_there_is_no_second(cli, settings: Settings, other: str) -> None:
    """Else a run of several operations is taken for the second one, and all of theirs is new."""
    store = Store(settings.home)
    if other != "last":
        keep_rows(store, [assessed(1, "EN")], "countries/KM", version="2025-1")
    keep_rows(store, [assessed(1, "EN")], "countries/KM", also=("countries/MG",))
    if other == "last":
        keep_rows(store, [assessed(1, "EN")], "countries/KM", version="2025-1")
    store.close()
    only = "4" if other == "last" else "3"
    for asked in (("countries/KM", other), (other, "countries/KM")):
        said = cli("diff", *asked)
        assert said.code == 2
        named = asked[0] if asked[0] in ("countries/KM", "2025-1") else asked[1]
        assert f"There is only one run of {named}: run {only}. Fetch it again" in said.err
    assert cli("diff", only, "2").code == 0


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("1", "7"), "There is no run 7"),
        (("2", "last"), "Both are run 2. Give two different runs."),
        (("1", "2", "--field", "nonsense"), "There is no field 'nonsense'. Choose one of "),
        (("1", "2", "--field", "cites_appendix"), "The Red List API has no CITES appendices. "),
        (("1", "2", "--csv", "-", "--json"), "Only one output can go to stdout"),
        (("1", "2", "--csv", "nowhere/x.csv"), "There is no folder "),
    ],
)
def test_wrong_usage_is_explained(cli, args: tuple[str, ...], words: str) -> None:
    said = cli("diff", *args)
    assert (said.code, said.out) == (2, "")
    assert words in said.err
    _, _, choice = said.err.partition("Choose one of ")
    fields = choice.rstrip(".\n").split(", ")
    assert len(fields) == len(set(fields))  # both runs have most of them


def test_damaged_answers_are_named(cli, settings: Settings) -> None:
    """Else the rows that a bad disk has spoilt look like those that the Red List has removed."""
    damage(settings.home, "cut off", "run = 2")
    said = cli("diff", "1", "2")
    assert said.code == 3
    assert "0 added, 5 removed" in said.err
    assert "Run 2: 1 saved response is damaged and left out: countries/MG page 1" in said.err
    for what in (("--counts",), ("--rows", "3")):
        said = cli("show", "2", *what)
        assert said.code == 3, what
        assert "`iucn-tui resume 2` fetches them again" in said.err
