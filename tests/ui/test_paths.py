"""Paths that complete, and what an export is called."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tui_app.redlist.columns import WELL_KNOWN
from tui_app.runs import Exported
from tui_app.settings import Settings
from tui_app.ui.dialogs.formats import default_name, format_of, in_words, requests_path
from tui_app.ui.dialogs.lists import complete_path
from tui_app.ui.form import FormValues, read_form


def test_files_and_folders_complete(tmp_path: Path) -> None:
    (tmp_path / "felidae.csv").touch()
    (tmp_path / "felines").mkdir()
    (tmp_path / ".hidden").touch()
    start = f"{tmp_path}{os.sep}"
    assert complete_path(f"{start}fel") == f"{start}felines{os.sep}"
    assert complete_path(f"{start}felid") == f"{start}felidae.csv"
    assert complete_path(f"{start}felidae.csv") is None
    assert complete_path(f"{start}.h") == f"{start}.hidden"
    assert complete_path(f"{start}x") is None


def test_names_in_the_working_folder_complete(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("out.csv").touch()
    Path("loop.csv").symlink_to("loop.csv")
    assert complete_path("o") == "out.csv"
    assert complete_path("l") == "loop.csv"


def test_home_is_understood(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "felidae.csv").touch()
    assert complete_path("~/fel") == "~/felidae.csv"


@pytest.mark.parametrize("typed", ["", "/no/such/folder/x", "~nobody-of-that-name/x", "a\0b/c"])
def test_what_cannot_be_completed_is_left_alone(typed: str) -> None:
    assert complete_path(typed) is None


@pytest.mark.parametrize(
    ("operation", "source", "name"),
    [
        ("red_list_categories/CR", "demo", "demo-red_list_categories-CR.csv"),
        ("taxa/family/Felidae?latest=true", "live", "taxa-family-Felidae-latest-true.csv"),
        ("taxa/family/A. B", "demo", "demo-taxa-family-A-B.csv"),
    ],
)
def test_default_names_say_what_is_in_them(operation: str, source: str, name: str) -> None:
    values = FormValues(operation=operation, source=source)  # type: ignore[arg-type]
    order, _ = read_form(values, Settings(base_url="http://127.0.0.1:1"))
    assert order is not None
    assert default_name(order.query.label, demo=source == "demo") == name


def test_the_ending_says_the_format() -> None:
    names = ("a.csv", "b/A.JSONL", "x.parquet", "y.bib", "t/", "z", "p.parquet/", "r.htm")
    forms = [found and found.form for found in map(format_of, names)]
    assert forms == [
        "csv", "jsonl", "parquet", "bibtex", "tables", None, "parquet_folder", "report"
    ]  # fmt: skip


def test_a_folder_of_tables_in_words() -> None:
    names = ["a-requests.csv", *(f"t/{name}.csv" for name in WELL_KNOWN)]
    written = [Exported(Path(name), 5, 1000) for name in names]
    tables = len(WELL_KNOWN)
    assert in_words(written) == (
        f"{tables} tables of 5 assessments to {Path('t').absolute()} ({tables} kB), "
        f"5 requests to {Path('a-requests.csv').absolute()} (1.0 kB)."
    )
    files = ("t/assessments.csv", "t/a.jsonl", "t/a-requests.csv")
    assert " tables" not in in_words([Exported(Path(name), 5, 1000) for name in files])


def test_results_in_words() -> None:
    """With whole paths: else nobody finds the file where the program was started elsewhere."""
    here = Path.cwd()
    records = Exported(Path("felidae.csv"), 1000, 132_000)
    assert in_words([records]) == f"1,000 rows to {here}/felidae.csv (132 kB)."
    requests = Exported(requests_path(Path("out/felidae.csv")), 1, 900)
    report, cite = Exported(Path("r.html"), 0, 48_000), Exported(Path("../cite.bib"), 1, 225)
    assert in_words([report]) == f"Saved the report to {here}/r.html (48 kB)."
    assert in_words([cite]) == f"1 citation to {here.parent}/cite.bib (225 B)."
    assert in_words([records, requests]) == (
        f"1,000 rows to {here}/felidae.csv (132 kB), "
        f"1 request to {here}/out/felidae-requests.csv (900 B)."
    )
    assert in_words([records], 12) == "1,000 rows to …felidae.csv (132 kB)."  # the name is whole
