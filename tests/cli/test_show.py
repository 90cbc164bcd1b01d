"""``show``: a run's rows and counts; ``delete``."""

from __future__ import annotations

import csv
import io
import json
import os
from pathlib import Path

import pytest

from tests.support.kept_rows import assessed, keep_rows
from tests.support.terminal import at_a_terminal
from tui_app.settings import Settings
from tui_app.store import Store


@pytest.fixture(autouse=True)
def kept(settings: Settings) -> None:
    store = Store(settings.home)
    keep_rows(store, [assessed(taxon, code) for taxon, code in enumerate(["VU", "EX", "VU", "CR"])])
    store.close()


def test_rows_are_shown_as_a_table(cli) -> None:
    said = cli("show", "last", "--rows", "2")
    assert (said.code, said.err) == (0, "")
    header, first, second = said.out.splitlines()
    names = ["taxon_scientific_name", "red_list_category_code", "year_published"]
    assert header.split()[:3] == names  # as in the application
    assert "sis_taxon_id" in header.split()[-4:]
    assert "criteria" not in header  # which is empty in both
    assert first.split()[:3] == ["Inventa", "exemplaris0", "VU"]
    assert second.split()[2] == "EX"
    records = json.loads(cli("show", "1", "--rows", "9", "--json").out)
    assert [row["sis_taxon_id"] for row in records] == [0, 1, 2, 3]


def test_counts_have_letters_numbers_and_bars(cli) -> None:
    said = cli("show", "last", "--counts")
    assert said.code == 0
    assert "4 rows of run 1, countries/MG" in said.err
    assert [line.split() for line in said.out.splitlines()] == [
        ["red_list_category_code", "count", "share"],
        ["EX", "1", "25.0%", "█" * 20],
        ["CR", "1", "25.0%", "█" * 20],
        ["VU", "2", "50.0%", "█" * 40],
    ]


def test_counts_of_two_fields_are_a_table_in_every_form(cli) -> None:
    asked = ("show", "1", "--counts", "category", "scopes_description")
    assert cli(*asked).out.splitlines()[0].split()[:2] == ["red_list_category_code", "Global"]
    rows = list(csv.reader(io.StringIO(cli(*asked, "--csv", "-").out, newline="")))
    assert rows == [["red_list_category_code", "Global"], ["EX", "1"], ["CR", "1"], ["VU", "2"]]
    first = {"red_list_category_code": "EX", "scopes_description": "Global", "count": 1}
    assert json.loads(cli(*asked, "--json").out)[0] == first


def test_counts_in_a_file_have_their_provenance(cli) -> None:
    said = cli("show", "1", "--counts", "--csv", "counts.csv")
    assert (said.code, said.out) == (0, "")
    assert "3 rows to counts.csv" in said.err
    assert Path("counts.csv").read_text("utf-8").split()[:2] == [
        "red_list_category_code,count",
        "EX,1",
    ]
    assert json.loads(Path("counts.csv.meta.json").read_text("utf-8"))["rows"] == 3


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("--counts", "nonsense"), "There is no field 'nonsense'. Choose one of "),
        (("--counts", "category", "year", "latest"), "by one or two fields"),
        (("category",), "'category' needs --counts"),
        (("--csv", "x.csv"), "--csv needs --counts. `iucn-tui export`"),
        (("--rows", "5", "--counts"), "--rows and --counts exclude each other"),
        (("--rows", "0"), "'--rows'"),
        (("--counts", "--csv", "-", "--json"), "Only one output can go to stdout"),
    ],
)
def test_wrong_usage_is_explained(cli, args: tuple[str, ...], words: str) -> None:
    said = cli("show", "1", *args)
    assert (said.code, said.out) == (2, "")
    assert words in said.err


def test_runs_are_deleted_for_good(cli, settings: Settings) -> None:
    store = Store(settings.home)
    keep_rows(store, [assessed(9, "VU")])
    store.close()
    said = cli("delete", "1", "last", "2", "--yes")
    assert (said.code, said.out) == (0, "")
    assert "Deleted run 1." in said.err
    assert "Deleted run 2." in said.err
    assert "No saved runs." in cli("runs").err
    store = Store(settings.home)
    assert (store.runs(), store.pages("1")) == ([], [])
    store.close()


def test_nothing_is_deleted_unasked(cli) -> None:
    """Nobody can answer where stdin is no terminal."""
    said = cli("delete", "1")
    assert said.code == 2
    assert "Nothing was deleted: confirming needs a terminal. Add --yes." in said.err
    assert cli("delete", "1", "7", "--yes").code == 2  # one of them doesn't exist
    assert cli("delete").code == 2
    assert cli("show", "1").code == 0


def test_a_run_in_use_is_not_deleted(cli, settings: Settings) -> None:
    """Those beside it are."""
    store = Store(settings.home)
    keep_rows(store, [assessed(9, "VU")])
    store.reopen("1", "asyncio")  # as a program does that goes on with it
    alone, beside = cli("delete", "1", "--yes"), cli("delete", "1", "2", "--yes")
    store.close()
    assert (alone.code, beside.code) == (2, 3)
    assert "Run 1 is active" in alone.err
    assert "Deleted run 2" in beside.err
    assert cli("show", "1").code == 0


@pytest.mark.parametrize(
    ("answer", "code", "said"), [(b"n\r", 0, "Nothing was deleted"), (b"y\r", 0, "Deleted run 1")]
)
def test_a_terminal_is_asked_before_a_run_is_deleted(answer: bytes, code: int, said: str) -> None:
    asked = at_a_terminal(
        "delete", "1", when=b"?", act=lambda process, ours: os.write(ours, answer)
    )
    assert asked[0] == code
    assert "Delete run 1 (countries/MG, 4 records)?" in asked[1]
    assert said in asked[1]


@pytest.mark.parametrize("without", [False, True])
def test_a_terminal_shows_categories_in_their_colours(
    monkeypatch: pytest.MonkeyPatch, without: bool
) -> None:
    """The letters stand there in any case."""
    monkeypatch.setenv("TERM", "xterm-256color")
    if without:
        monkeypatch.setenv("NO_COLOR", "1")
    code, said = at_a_terminal("show", "1", "--counts", when=b"never", act=lambda *_: None)
    assert code == 0
    assert "VU" in said
    assert ("38;" in said) is not without


def test_a_narrow_terminal_gets_the_columns_that_fit() -> None:
    code, said = at_a_terminal("show", "1", "--rows", "1", when=b"never", act=lambda *_: None)
    assert code == 0
    header, row, left = said.splitlines()
    assert max(len(header), len(row)) <= 80
    assert "Inventa exemplaris0" in row
    assert left.startswith("Columns that did not fit: ")
    assert "assessment_id" in left
