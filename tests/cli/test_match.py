"""``match``: names against what is kept, by the command line."""

from __future__ import annotations

import csv
import json
import os
from pathlib import Path

import pytest

from tests.support.kept_taxa import full, keep, listed, page_of, taxon_of
from tui_app.settings import home_folder
from tui_app.store import Store


@pytest.fixture
def names(tmp_path: Path) -> Path:
    """A list, and a store with some of its names."""
    store = Store(home_folder(os.environ))
    keep(store, page_of(listed("Inventa minor", 11), listed("Ficta magna ssp. alba", 21)))
    keep(store, full(taxon_of("Inventa leonina", "Ficta leonina"), 31))
    store.close()
    file = tmp_path / "names.txt"
    file.write_text(
        "# mine\nInventa minor\nFicta leonina\nFicta magna alba\nInventa mimor\nInventa sp.\n",
        encoding="utf-8",
    )
    return file


def test_a_list_is_matched_without_a_request(cli, names: Path, tmp_path: Path) -> None:
    """One row a line, in the file's order; provenance beside it; the outcome on stderr."""
    said = cli("match", str(names), "--csv", str(tmp_path / "found.csv"))
    assert said.code == 0
    assert said.out == ""
    assert said.err.splitlines()[-1] == (
        "2 of 5 names found, 1 synonym, 1 not in 2 saved runs, 1 malformed."
    )
    text = (tmp_path / "found.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    assert [(one["line"], one["outcome"]) for one in rows] == [
        ("2", "found"), ("3", "synonym"), ("4", "found"), ("5", "not found"), ("6", "malformed"),
    ]  # fmt: skip
    assert rows[1]["message"] == "synonym of Inventa leonina, from run 2"
    assert rows[1]["red_list_category_code"] == "EN"
    assert rows[3]["near_matches"] == "Inventa minor"
    meta = json.loads((tmp_path / "found.csv.meta.json").read_text(encoding="utf-8"))
    assert meta["counts"]["lines"]["not found"] == 1
    assert meta["summary"]["runs"] == ["2", "1"]


def test_a_match_goes_to_stdout_as_a_table_json_or_lines(cli, names: Path) -> None:
    """stdout is data alone."""
    table = cli("match", str(names)).out.splitlines()
    assert table[0].split()[:3] == ["line", "input", "outcome"]
    assert len(table) == 6
    rows = json.loads(cli("match", str(names), "--json", "--wide").out)
    lines = cli("match", str(names), "--jsonl", "-", "-q")
    assert lines.err == ""
    found = [json.loads(line) for line in lines.out.splitlines()]
    assert [one["input"] for one in found] == [one["input"] for one in rows]
    assert "possibly_extinct_in_the_wild" in rows[0]


def test_where_nothing_is_kept_match_says_what_to_fetch(cli, tmp_path: Path) -> None:
    """It ends with 1: nothing was done."""
    file = tmp_path / "names.txt"
    file.write_text("Inventa minor\n", encoding="utf-8")
    said = cli("match", str(file))
    assert said.code == 1
    assert "no saved taxa" in said.err
    assert "iucn-tui fetch taxa/" in said.err


@pytest.mark.parametrize(
    ("args", "why"),
    [
        (("nowhere.txt",), "There is no file nowhere.txt"),
        (("{names}", "--csv", "{names}"), "it is the list that this command reads"),
        (("{names}", "--json", "--csv", "-"), "Only one output can go to stdout"),
        (("{empty}",), "The list of names is empty"),
    ],
)
def test_match_is_checked_before_anything_is_read(
    cli, names: Path, tmp_path: Path, args: tuple[str, ...], why: str
) -> None:
    """Bad input is said in a sentence."""
    empty = tmp_path / "empty.txt"
    empty.write_text("# nothing\n", encoding="utf-8")
    said = cli("match", *(one.format(names=names, empty=empty) for one in args))
    assert said.code == 2
    assert why in said.err


def test_a_match_that_cant_be_written_is_made_again(cli, names: Path) -> None:
    """No run can be exported in its place."""
    said = cli("match", str(names), "--csv", "/dev/full")
    assert said.code == 1
    assert "/dev/full can't be written" in said.err
    assert "match again" in said.err
    assert "export" not in said.err
