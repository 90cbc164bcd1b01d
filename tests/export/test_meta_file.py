"""The provenance beside an export, and its citation as BibTeX."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tui_app.export.atomic import ExportError
from tui_app.export.destinations import STDOUT, can_have_meta
from tui_app.export.meta_file import write_bibtex, write_meta
from tui_app.redlist.citation import bibtex

SUMMARY = {
    "run": "7",
    "source": "live",
    "api": "v4",
    "base_url": "https://api.iucnredlist.org",
    "operations": [
        "countries/MG?latest=true&scope_code=1",
        "taxa/family/Bay of Fundy%2F?x=a%26b&x=c%2Bd&flag=",
        "threats",
    ],
    "method": "asyncio",
    "pages": 9,
    "pages_total": 10,
    "records": 900,
    "records_total": 1000,
    "details": 40,
    "details_total": None,
    "reused": 2,
    "revalidated": 1,
    "failed": 1,
    "lines": {"found": 3, "malformed": 1},
    "errors": [{"request": "countries/MG page 3", "kind": "server", "message": "…", "attempts": 6}],
    "red_list_version": "2025-1",
    "citation": "IUCN 2025.",
    "complete": False,
    "created_utc": "2026-11-23T07:00:00+00:00",
}


def meta_of(path: str, summary: dict, rows: int = 0) -> dict:
    return json.loads(write_meta(Path(path), summary, rows).read_text(encoding="utf-8"))


def test_the_provenance_has_what_a_methods_section_asks_for() -> None:
    """Else nobody can say a year later what was asked, when, and what was missing."""
    meta = meta_of("out.csv", SUMMARY, 17)
    assert meta.pop("written_utc") > "2026"
    assert meta.pop("program").startswith("iucn-tui ")
    assert meta == {
        "file": "out.csv",
        "rows": 17,
        "fetched_utc": "2026-11-23T07:00:00+00:00",
        "source": "live",
        "base_url": "https://api.iucnredlist.org",
        "api": "v4",
        "api_version": "v4",
        "intersect": False,
        "one_per_taxon": False,
        "distinct": False,
        "red_list_version": "2025-1",
        "operations": [
            {
                "path": "countries/MG",
                "parameters": [
                    {"name": "latest", "value": "true"},
                    {"name": "scope_code", "value": "1"},
                ],
            },
            {
                "path": "taxa/family/Bay of Fundy/",
                "parameters": [
                    {"name": "x", "value": "a&b"},
                    {"name": "x", "value": "c+d"},
                    {"name": "flag", "value": ""},
                ],
            },
            {"path": "threats", "parameters": []},
        ],
        "method": "asyncio",
        "counts": {
            "records": 900,
            "records_total": 1000,
            "pages": 9,
            "pages_total": 10,
            "details": 40,
            "details_total": None,
            "reused": 2,
            "revalidated": 1,
            "failed": 1,
            "lines": {"found": 3, "malformed": 1},
        },
        "complete": False,
        "missing": [{"request": "countries/MG page 3", "kind": "server", "message": "…"}],
        "citation": "IUCN 2025.",
        "summary": SUMMARY,
    }


def test_the_provenance_has_the_same_keys_where_little_is_known() -> None:
    """Else a script that reads it breaks on a run of an older version."""
    full, bare = meta_of("a.csv", SUMMARY), meta_of("b.csv", {})
    assert list(full) == list(bare)
    assert list(full["counts"]) == list(bare["counts"])
    assert (bare["missing"], bare["operations"], bare["fetched_utc"]) == ([], [], None)


def test_a_time_of_the_fetch_goes_before_that_of_the_run() -> None:
    """Else an export of a later part tells the wrong day."""
    assert meta_of("a.csv", {**SUMMARY, "fetched_utc": "2026-01-02"})["fetched_utc"] == "2026-01-02"


@pytest.mark.parametrize("name", ["out", "out/"])
def test_a_folder_has_its_provenance_beside_it(name: str) -> None:
    """Else programs that read all that is in the folder stumble over it."""
    os.mkdir("out")
    assert meta_of(name, SUMMARY)["file"] == "out"
    assert sorted(os.listdir()) == ["out", "out.meta.json"]
    assert os.listdir("out") == []


def test_the_folder_that_one_is_in_has_it_beside_it_too() -> None:
    """Else `--tables .` ends in a traceback."""
    os.mkdir("in")
    os.chdir("in")
    assert meta_of(".", {})["file"] == "in"
    assert os.listdir() == []
    assert sorted(os.listdir("..")) == ["in", "in.meta.json"]


def test_only_what_lies_somewhere_has_provenance_beside_it() -> None:
    """Else a file called `-.meta.json`, or one in /dev, appears."""
    os.mkdir("folder")
    os.mkfifo("pipe")
    assert not any(map(can_have_meta, (STDOUT, Path("/dev/null"), Path("pipe"))))
    assert all(map(can_have_meta, (Path("folder"), Path("new.csv"))))


def test_a_citation_is_written_whole(capfdbinary) -> None:
    """Else the reference manager reads half an entry."""
    text = bibtex("2025-1", "2026-11-23")
    done = write_bibtex(Path("é.bib"), text)
    assert Path("é.bib").read_text(encoding="utf-8") == text
    assert (done.path, done.rows, done.size_bytes) == (Path("é.bib"), 1, len(text))
    write_bibtex(STDOUT, text)
    assert capfdbinary.readouterr().out == text.encode()
    with pytest.raises(ExportError, match="No such file"):
        write_bibtex(Path("nope/a.bib"), text)
    assert os.listdir() == ["é.bib"]
