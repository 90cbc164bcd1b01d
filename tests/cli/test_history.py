"""A row for each assessment of a taxon, and tables of taxa, from the command line."""

from __future__ import annotations

import csv
import json
from collections import Counter
from pathlib import Path

import pytest

from tui_app.redlist.columns import HISTORY_COLUMNS, TAXA_TABLES, WELL_KNOWN

CROCODILES = "taxa/order/Crocodylia"


def rows(file: str) -> list[dict[str, str]]:
    with Path(file).open(encoding="utf-8", newline="") as opened:
        return list(csv.DictReader(opened))


@pytest.fixture
def base(demo) -> tuple[str, str]:
    return "--base-url", demo.base_url


@pytest.fixture
def taxa(cli, base) -> list[dict[str, str]]:
    """An assessment of each of three species that have several, those with the most first."""
    assert cli("fetch", CROCODILES, *base, "--csv", "known.csv").code == 0
    known = rows("known.csv")
    species = {row["sis_taxon_id"]: row for row in known}
    counts = Counter(row["sis_taxon_id"] for row in known)
    several = [species[one] for one, number in counts.most_common() if number > 1]
    return [row for row in several if len(row["taxon_scientific_name"].split()) == 2][:3]


def test_a_taxon_is_a_row_for_each_of_its_assessments(cli, base, taxa) -> None:
    """Else years and categories stand in one cell, and each script has to split them."""
    sis_id = taxa[0]["sis_taxon_id"]
    said = cli("fetch", f"taxa/sis/{sis_id}", *base, "--csv", "t.csv", "--jsonl", "t.jsonl")
    assert said.code == 0
    found = rows("t.csv")
    assert list(found[0]) == list(HISTORY_COLUMNS)
    (answer,) = [json.loads(line) for line in Path("t.jsonl").read_text("utf-8").splitlines()]
    assert answer["taxon"]["common_names"] is not None
    assert len(found) == len(answer["assessments"]) > 1
    assert [row["assessment_id"] for row in found] == [
        str(one["assessment_id"]) for one in answer["assessments"]
    ]
    assert {row["order_name"] for row in found} == {"CROCODYLIA"}
    assert not any("|" in row["year_published"] + row["red_list_category_code"] for row in found)
    assert f"{len(found)} rows to t.csv" in said.err
    assert "1 row to t.jsonl" in said.err
    again = cli("export", "last", "--csv", "again.csv")
    assert again.code == 0
    assert Path("again.csv").read_bytes() == Path("t.csv").read_bytes()


def test_a_filter_chooses_among_the_rows_of_a_taxon(cli, base, taxa) -> None:
    """Else `--latest` of a taxon gives all years."""
    sis_id = taxa[0]["sis_taxon_id"]
    assert cli("fetch", f"taxa/sis/{sis_id}", *base, "--latest", "--csv", "t.csv").code == 0
    assert len(rows("t.csv")) == 1
    said = cli("fetch", f"taxa/sis/{sis_id}", *base, "--year", "1901", "--csv", "none.csv")
    assert said.code == 0
    assert Path("none.csv").read_text("utf-8").splitlines() == [",".join(HISTORY_COLUMNS)]


def test_each_name_has_a_row_for_each_of_its_assessments(cli, base, taxa) -> None:
    """Else a history has to be fetched name by name."""
    names = [row["taxon_scientific_name"] for row in taxa]
    Path("names.txt").write_text("\n".join([*names, "Notagenus notaspecies", names[0]]))
    fetch = ("fetch", "species", "--names", "names.txt", *base)
    assert cli(*fetch, "--csv", "lines.csv").code == 3
    said = cli(*fetch, "--history", "--csv", "h.csv", "--jsonl", "h.jsonl", "--json")
    assert said.code == 3
    assert json.loads(said.out)["requests"] == 1  # the name that has no answer
    found = rows("h.csv")
    of = {number: [row for row in found if row["line"] == number] for number in "12345"}
    assert [row["line"] for row in found] == sorted(row["line"] for row in found)
    (missing,) = of["4"]
    assert (missing["outcome"], missing["assessment_id"]) == ("not found", "")
    for number, name in zip("123", names, strict=True):
        years = [int(row["year_published"]) for row in of[number]]
        assert years == sorted(years, reverse=True)
        assert len(years) > 1
        assert {row["matched_name"] for row in of[number]} == {name}
        assert {row["outcome"] for row in of[number]} == {"found"}
    assert [row["assessment_id"] for row in of["5"]] == [row["assessment_id"] for row in of["1"]]
    assert {row["same_as"] for row in of["5"]} == {"1"}
    assert len(Path("h.jsonl").read_text("utf-8").splitlines()) == 5
    # What was fetched so is exported so, and what wasn't can be.
    assert cli("export", "last", "--csv", "again.csv").code == 0
    assert Path("again.csv").read_bytes() == Path("h.csv").read_bytes()
    earlier = json.loads(cli("runs", "--json").out)[1]["run"]
    assert cli("export", earlier, "--history", "--csv", "later.csv").code == 0
    assert Path("later.csv").read_bytes() == Path("h.csv").read_bytes()
    assert cli("export", earlier, "--csv", "again.csv").code == 0
    assert Path("again.csv").read_bytes() == Path("lines.csv").read_bytes()


def test_no_column_of_the_users_table_is_lost_in_a_history_or_a_wide_row(cli, base, taxa) -> None:
    """Nor a field of the answer: else one overwrites the other."""
    name = taxa[0]["taxon_scientific_name"]
    Path("own.csv").write_text(f"species,red_list_category_pe,scopes_code\n{name},mine,my code\n")
    said = cli("fetch", "species", "--names", "own.csv", *base, "--history", "--wide", "--csv", "-")
    found = list(csv.DictReader(said.out.splitlines()))
    assert len(found) > 1
    assert {row["red_list_category_pe_input"] for row in found} == {"mine"}
    assert {row["scopes_code"] for row in found} == {"my code"}
    assert all(row["own_scopes_code"] for row in found)
    assert all(row["red_list_category_pe"] not in ("", "mine") for row in found)


def test_a_history_of_what_has_no_names_is_told(cli, base) -> None:
    """Else the option is taken, and does nothing."""
    said = cli("fetch", CROCODILES, *base, "--history")
    assert said.code == 2
    assert "has no names, so it has no history" in said.err
    assert cli("fetch", CROCODILES, *base, "--pages", "1").code == 0
    said = cli("export", "last", "--history", "--csv", "h.csv")
    assert said.code == 2
    assert "has no names, so it has no history" in said.err
    assert not Path("h.csv").exists()


def test_tables_of_names_have_history_taxa_synonyms_and_common_names(cli, base, taxa) -> None:
    """Else synonyms and common names can be had in JSON only."""
    names = [row["taxon_scientific_name"] for row in taxa]
    Path("names.txt").write_text("\n".join([*names, names[0].upper()]))
    fetch = ("fetch", "species", "--names", "names.txt", *base)
    said = cli(*fetch, "--history", "--csv", "h.csv", "--tables", "t", "--jsonl", "a.jsonl")
    assert said.code == 0
    assert {file.stem for file in Path("t").iterdir()} >= TAXA_TABLES.keys()
    assert not Path("t/threats.csv").exists()
    history = rows("t/history.csv")
    assert f"of {len(history)} assessments to the folder t" in said.err
    shown = [row["assessment_id"] for row in rows("h.csv") if row["line"] in "123"]
    assert sorted(row["assessment_id"] for row in history) == sorted(shown)
    assert [row["scientific_name"] for row in rows("t/taxa.csv")] == names
    answers = [json.loads(line) for line in Path("a.jsonl").read_text("utf-8").splitlines()][:3]
    for table in ("synonyms", "common_names"):
        assert [(row["sis_taxon_id"], row["name"]) for row in rows(f"t/{table}.csv")] == [
            (str(one["taxon"]["sis_id"]), item["name"])
            for one in answers
            for item in one["taxon"][table]
        ]
    assert rows("t/common_names.csv")
    assert json.loads(Path("t.meta.json").read_text("utf-8"))["rows"] == len(history)


def test_details_add_their_fields_to_the_history_and_their_tables(cli, base, taxa) -> None:
    """Else a history lacks what an index of it takes, or the tables of assessments."""
    sis_id = taxa[0]["sis_taxon_id"]
    said = cli("fetch", f"taxa/sis/{sis_id}", *base, "--details", "--csv", "d.csv", "--tables", "t")
    assert said.code in (0, 3)  # ids of old assessments may be unknown
    assert {file.stem for file in Path("t").iterdir()} >= WELL_KNOWN.keys() | TAXA_TABLES.keys()
    found = rows("d.csv")
    assert rows("t/history.csv") == found
    assert len(found) > 1
    assert found[0]["citation"]
    assert found[0]["class_name"]
    assert not any(
        name.startswith("taxon_") for name in found[0].keys() - {"taxon_scientific_name"}
    )
    assert {row["assessment_id"] for row in rows("t/assessments.csv")} <= {
        row["assessment_id"] for row in found
    }
    for row in found:
        for name, cell in row.items():
            assert not cell.startswith(("[", "{")), name
            assert "|" not in cell or name.endswith(("_code", "_description")), name


def test_green_status_assessments_have_tables_of_their_lists(cli, base) -> None:
    """Else synonyms and common names of their taxa are in JSON only."""
    said = cli(
        *("fetch", "green_status/all", *base, "--csv", "g.csv", "--tables", "t"),
        *("--jsonl", "g.jsonl"),
    )
    assert said.code == 0
    answers = [json.loads(line) for line in Path("g.jsonl").read_text("utf-8").splitlines()]
    assert f"of {len(answers)} assessments to the folder t" in said.err
    assert [row["taxon_sis_id"] for row in rows("t/assessments.csv")] == [
        str(one["taxon"]["sis_id"]) for one in answers
    ]
    assert [row["name"] for row in rows("t/taxon_common_names.csv")] == [
        item["name"] for one in answers for item in one["taxon"]["common_names"]
    ]
    assert len(rows("g.csv")) == len(answers)
    assert not any("|" in cell for row in rows("g.csv") for cell in row.values())
