"""Saved answers that a bad disk has spoilt: what is exported without them, and fetched again."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from itertools import cycle
from pathlib import Path

import pytest

from tests.support.damage import DAMAGE, damage
from tests.support.methods import EVERY_METHOD
from tests.support.raw_server import Scripted, http, number_of, scripted

each_kind = pytest.mark.parametrize("kind", DAMAGE)
by_each_method = pytest.mark.parametrize(
    ("kind", "method"),
    # Each kind by one method and one kind by each: reading what is saved knows of no methods.
    [
        *zip(DAMAGE, cycle(EVERY_METHOD)),
        *(("cut off", method) for method in EVERY_METHOD),
    ],
)
PAGES, ROWS = 3, 4
INNER = "text of a page"
ONE = (
    "1 saved response is damaged and left out: countries/MG page 2. `iucn-tui resume 1` fetches it"
)


def answer(path: str, nth: int) -> bytes:
    """A list of three pages, full assessments, and taxa by name."""
    if "information" in path:
        return http(b'{"red_list_version":"2026-1"}')
    if "scientific_name" in path:
        return http(json.dumps({"taxon": {"sis_id": len(path)}, "assessments": []}).encode())
    if "assessment/" in path:
        number = int(path.rpartition("/")[2])
        return http(json.dumps({"assessment_id": number, "full": INNER}).encode())
    number = number_of(path)
    rows = [{"assessment_id": number * 100 + row, "note": INNER} for row in range(ROWS)]
    headers = {"total_pages": str(PAGES), "total_count": str(PAGES * ROWS)}
    body = json.dumps({"assessments": rows}).encode()
    return http(body, etag=f'"{number}"', current_page=str(number), **headers)


@pytest.fixture
def server() -> Iterator[Scripted]:
    with scripted(answer) as server:
        yield server


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "runs"


def fetch(server: Scripted, *more: str) -> tuple[str, ...]:
    return ("fetch", "countries/MG", "--base-url", server.base_url, "-q", *more)


def asked(server: Scripted) -> list[str]:
    """What it was asked since the last time, and whether a saved page was named (``?``)."""
    found = [
        head.split(" ")[1].rpartition("/")[2] + "?" * ("if-none-match" in head.lower())
        for head in server.heads
        if "information" not in head
    ]
    server.heads.clear()
    return sorted(found)


@each_kind
def test_what_is_whole_is_exported_and_the_rest_is_named(
    cli, server: Scripted, home: Path, kind: str
) -> None:
    """Else one bad sector makes the whole run unreadable for good."""
    assert cli(*fetch(server, "--csv", "whole.csv")).code == 0
    damage(home, kind)
    asked(server)
    lines = Path("whole.csv").read_text().splitlines()
    for _ in range(2):
        said = cli("export", "1", "--csv", "a.csv", "--jsonl", "a.jsonl")
        assert said.code == 3
        assert f"iucn-tui: {ONE} again.\n" in said.err
        assert INNER not in said.err
        assert "8 rows to a.csv" in said.err
        assert Path("a.csv").read_text().splitlines() == [*lines[:5], *lines[9:]]
        assert len(Path("a.jsonl").read_text().splitlines()) == 8
        meta = json.loads(Path("a.csv.meta.json").read_text())
        assert (meta["complete"], meta["rows"]) == (False, 8)
        assert meta["missing"] == [
            {
                "request": "countries/MG page 2",
                "kind": "damaged",
                "message": "the saved response is damaged",
            }
        ]
    shown = json.loads(cli("show", "1", "--json").out)["summary"]
    assert (shown["complete"], shown["pages"], shown["failed"]) == (False, 2, 1)
    assert cli("export", "1", "--requests-csv", "r.csv", "--bibtex", "c.bib").code == 0
    assert asked(server) == []


@by_each_method
def test_resume_fetches_what_is_damaged_again(
    cli, server: Scripted, home: Path, kind: str, method: str
) -> None:
    """Else the run is complete, and can never be exported."""
    assert cli(*fetch(server, "--csv", "whole.csv")).code == 0
    damage(home, kind)
    asked(server)
    said = cli("resume", "1", "--method", method, "--csv", "again.csv")
    assert said.code == 0, said.err
    assert asked(server) == ["MG?page=2"]
    assert Path("again.csv").read_bytes() == Path("whole.csv").read_bytes()
    assert cli("export", "1", "--csv", "again.csv").code == 0
    said = cli("resume", "1")
    assert (said.code, "is complete: all its pages are saved" in said.err) == (2, True)


@by_each_method
def test_a_new_fetch_uses_no_page_that_is_damaged(
    cli, server: Scripted, home: Path, kind: str, method: str
) -> None:
    """Else each run of a day has the same hole."""
    assert cli(*fetch(server, "--csv", "whole.csv")).code == 0
    damage(home, kind)
    asked(server)
    assert cli(*fetch(server, "--method", method, "--csv", "again.csv")).code == 0
    assert asked(server) == ["MG?page=2"]
    assert Path("again.csv").read_bytes() == Path("whole.csv").read_bytes()


@by_each_method
def test_no_etag_is_sent_for_a_page_that_is_damaged(
    cli, server: Scripted, home: Path, kind: str, method: str
) -> None:
    """Else the server says that nothing is newer (304), and the bad page is used for good."""
    assert cli(*fetch(server, "--csv", "whole.csv")).code == 0
    damage(home, kind)
    with closing(sqlite3.connect(home / "runs.sqlite3")) as sql, sql:
        sql.execute("UPDATE pages SET fetched_utc = '2020-01-01T00:00:00+00:00'")
    asked(server)
    assert cli(*fetch(server, "--method", method, "--csv", "again.csv")).code == 0
    assert asked(server) == ["MG?page=1?", "MG?page=2", "MG?page=3?"]
    assert Path("again.csv").read_bytes() == Path("whole.csv").read_bytes()


@each_kind
def test_a_replay_leaves_out_what_is_damaged(cli, server: Scripted, home: Path, kind: str) -> None:
    """And says so; where nothing is left, it says what to do."""
    assert cli(*fetch(server)).code == 0
    damage(home, kind)
    once = ("--pages", "1,9", "--repeats", "1", "--warmup", "0", "--methods", "threads")
    said = cli("compare", "--source", "1", *once, "--json")
    assert said.code == 0
    outcome = json.loads(said.out)
    assert (outcome["settings"]["pages"], ONE.partition(" `")[0] in outcome["note"]) == ([1], True)
    damage(home, "empty", "target = 0 AND page = 1")
    said = cli("compare", "--source", "1", *once)
    assert said.code == 2
    assert "Run 1 can't be replayed: its first page is not saved" in said.err
    assert "2 saved responses are damaged" in said.err
    assert "`iucn-tui resume 1` fetches them again" in said.err


@by_each_method
def test_full_assessments_that_are_damaged_leave_the_row_that_named_them(
    cli, server: Scripted, home: Path, kind: str, method: str
) -> None:
    """Its list's fields are there; the rest is fetched again."""
    assert cli(*fetch(server, "--details", "--method", method, "--csv", "whole.csv")).code == 0
    damage(home, kind, "target = -1 AND page = 201")
    asked(server)
    said = cli("export", "1", "--csv", "a.csv", "--tables", "t")
    assert said.code == 3
    assert "assessment/201. `iucn-tui resume 1` fetches it again" in said.err
    assert "201,text of a page," in Path("a.csv").read_text()
    assert "201,text of a page,text of a page" not in Path("a.csv").read_text()
    for name in ("a.csv.meta.json", "t.meta.json"):
        assert json.loads(Path(name).read_text())["missing"][0]["request"] == "assessment/201"
    assert cli("resume", "1", "--csv", "again.csv").code == 0
    assert asked(server) == ["201"]
    assert Path("again.csv").read_bytes() == Path("whole.csv").read_bytes()


def test_a_full_assessment_that_is_gone_is_missed_and_fetched_again(
    cli, server: Scripted, home: Path
) -> None:
    """What rows name is counted against what is saved."""
    assert cli(*fetch(server, "--details")).code == 0
    with closing(sqlite3.connect(home / "runs.sqlite3")) as sql, sql:
        sql.execute("DELETE FROM pages WHERE target = -1 AND page = 201")
    asked(server)
    summary = json.loads(cli("show", "1", "--json").out)["summary"]
    assert (summary["complete"], summary["details"], summary["details_total"]) == (False, 11, 12)
    (error,) = summary["errors"]
    assert error["message"] == "1 of the full assessments that its rows name is missing"
    assert cli("resume", "1").code == 0
    assert asked(server) == ["201"]
    assert json.loads(cli("show", "1", "--json").out)["summary"]["complete"]


def test_many_damaged_pages_are_counted(cli, server: Scripted, home: Path) -> None:
    """Three are named."""
    assert cli(*fetch(server, "--details")).code == 0
    damage(home, "empty", "target = -1 AND page < 300")
    said = cli("export", "1", "--csv", "a.csv")
    assert said.code == 3
    assert (
        "8 saved responses are damaged and left out: assessment/100, assessment/101, " in said.err
    )
    assert "assessment/102 and 5 more. `iucn-tui resume 1` fetches them again." in said.err


@each_kind
def test_a_name_whose_answer_is_damaged_is_failed_and_fetched_again(
    cli, server: Scripted, home: Path, kind: str
) -> None:
    """Each line stays accounted for."""
    Path("names.txt").write_text("Canis lupus\nPanthera leo\nFelis catus\n")
    names = ("fetch", "species", "--names", "names.txt", "--base-url", server.base_url)
    assert cli(*names, "--csv", "whole.csv", "-q").code == 0
    damage(home, kind, "target = 1")
    asked(server)
    said = cli("export", "1", "--csv", "a.csv")
    assert said.code == 3
    rows = [line.split(",")[:3] for line in Path("a.csv").read_text().splitlines()[1:]]
    assert [row[2] for row in rows] == ["found", "failed", "found"]
    assert "the saved response is damaged" in Path("a.csv").read_text()
    assert cli("resume", "1", "--csv", "again.csv").code == 0
    assert len(asked(server)) == 1
    assert Path("again.csv").read_bytes() == Path("whole.csv").read_bytes()


@each_kind
def test_a_code_list_that_is_damaged_is_fetched_again(cli, home: Path, kind: str) -> None:
    """The program reads it itself, to suggest codes."""

    def codes(path: str, nth: int) -> bytes:
        if path.endswith("countries"):
            return http(b'{"countries":[{"code":"MG","description":{"en":"Madagascar"}}]}')
        return answer(path, nth) if path.endswith("MG?page=1") else http(b"", 404)

    with scripted(codes) as server:
        lost = ("fetch", "countries/MX", "--base-url", server.base_url)
        assert cli(*fetch(server, "--pages", "1")).code == 0
        assert "Did you mean countries/MG" in cli(*lost).err
        damage(home, kind, "path LIKE '%/countries'")
        asked(server)
        assert "Did you mean countries/MG" in cli(*lost).err
        assert asked(server) == ["MX?page=1", "countries"]


NO_UTF_8 = "CAST(x'61ff' AS TEXT)"


def change(home: Path, statement: str) -> None:
    with closing(sqlite3.connect(home / "runs.sqlite3")) as sql, sql:
        sql.execute(statement)


def test_a_run_that_can_t_be_read_is_named_and_the_others_are_listed(
    cli, server: Scripted, home: Path
) -> None:
    """Else one bad byte makes the whole store unusable."""
    assert cli(*fetch(server)).code == 0
    assert cli(*fetch(server)).code == 0
    change(home, f"UPDATE runs SET label = {NO_UTF_8} WHERE id = 1")
    said = cli("runs", "--json")
    assert (said.code, [row["run"] for row in json.loads(said.out)]) == (0, ["2"])
    assert "iucn-tui: Run 1 is damaged and can't be read. Other runs can." in said.err
    said = cli("show", "1")
    assert said.code == 1
    assert "Run 1 is damaged and" in said.err
    assert cli("export", "2", "--csv", "a.csv").code == 0


@pytest.mark.parametrize("change_to", ["request = 'x'", "started = 'x'", f"label = {NO_UTF_8}"])
def test_timings_that_can_t_be_read_are_left_out(
    cli, server: Scripted, home: Path, change_to: str
) -> None:
    """Else `show` and the exports end with a traceback."""
    assert cli(*fetch(server, "--csv", "whole.csv")).code == 0
    change(home, f"UPDATE attempts SET {change_to} WHERE page = 2")
    said = cli("show", "1", "--json")
    assert (said.code, json.loads(said.out)["summary"]["pages"]) == (0, 3)
    exported = cli("export", "1", "--csv", "a.csv", "--requests-csv", "r.csv")
    assert exported.code == 0
    told = "iucn-tui: Some request timings of run 1 are damaged, and left out."
    assert exported.err.count(told) == said.err.count(told) == 1
    assert Path("a.csv").read_bytes() == Path("whole.csv").read_bytes()
    assert len(Path("r.csv").read_text().splitlines()) == 3
