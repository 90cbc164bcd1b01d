"""Nothing that a server says can change the terminal, the shape of an export, or a path."""

from __future__ import annotations

import csv
import json
import os
import pty
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.hostile import HOSTILE, ROWS, answer, steers
from tests.support.raw_server import Scripted, scripted
from tui_app.export.csv_file import guarded, write_csv
from tui_app.redlist.text import visible

FETCH = ("fetch", "countries/MG", "--details", "--retries", "0")


@pytest.fixture
def server() -> Iterator[Scripted]:
    with scripted(answer) as server:
        yield server


@pytest.fixture
def run(cli, server: Scripted, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Runs a command against the server; gives what it said on both streams."""
    monkeypatch.setenv("IUCN_TUI_BASE_URL", server.base_url)

    def run(*args: str) -> str:
        said = cli(*args)
        return said.out + said.err

    return run


def test_no_command_says_anything_that_a_terminal_obeys(run) -> None:
    """Else a server, or whoever wrote into its data, draws on the user's screen."""
    for args in (
        (*FETCH, "--plain", "-v", "--csv", "a.csv"),
        (*FETCH, "--json", "--fresh"),
        ("resume", "last"),
        ("runs",),
        ("runs", "--json"),
        ("show", "last"),
        ("show", "last", "--json"),
        ("check",),
    ):
        said = run(*args)
        assert steers(said) == "", args
        assert said
        assert "[red]" in said or "--json" in args or args[0] in ("runs", "check"), args
        assert max(map(len, said.split("\n"))) < 3000 or "--json" in args, args


def test_json_says_what_was_said(run) -> None:
    """Else what is made safe to look at can't be read back."""
    said = run(*FETCH, "--json", "-q")
    summary = json.loads(said[said.index("{\n") : said.rindex("}") + 1])
    assert any(HOSTILE["link"][:20] in error["message"] for error in summary["errors"])


def test_csv_and_json_lines_have_the_rows_that_arrived(run) -> None:
    """Else a field moves what follows it into other columns or rows."""
    run(*FETCH[:2], "--retries", "0", "--csv", "a.csv", "--jsonl", "a.jsonl")
    lines = Path("a.jsonl").read_text("utf-8").splitlines()  # at every line end that Python knows
    assert [json.loads(line) for line in lines] == ROWS
    csv.field_size_limit(2**24)
    with Path("a.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["assessment_id"] for row in rows] == ["1", "2"]
    for name, text in HOSTILE.items():
        assert {row[f"field_{name}"] for row in rows} == {text.replace("\0", "\ufffd")}, name


def test_parquet_has_them_too(run) -> None:
    polars = pytest.importorskip("polars")
    run(*FETCH[:2], "--retries", "0", "--parquet", "a.parquet")
    frame = polars.read_parquet("a.parquet")
    assert frame["assessment_id"].to_list() == [1, 2]
    assert frame["field_colours"].to_list() == [HOSTILE["colours"]] * 2


def test_nothing_from_the_server_names_a_file(run, tmp_path: Path) -> None:
    """Else a list called ../../.bashrc is written there."""
    Path("deep/er").mkdir(parents=True)
    run(*FETCH, "--tables", "deep/er/t", "--requests-csv", "r.csv", "--bibtex", "b.bib")
    written = {path.relative_to(Path.cwd()) for path in Path.cwd().rglob("*") if path.is_file()}
    outside = {str(path) for path in written if path.parent != Path("deep/er/t")}
    assert outside == {"r.csv", "r.csv.meta.json", "b.bib", "deep/er/t.meta.json"}
    for path in written - {Path(name) for name in outside}:
        assert path.stem.replace("_", "").isalnum(), path
        assert path.stem not in ("nul", "con")
    assert not list(tmp_path.rglob("evil*"))
    with Path("deep/er/t/other.csv").open(encoding="utf-8", newline="") as file:
        assert "../../evil" in {row["list"] for row in csv.DictReader(file)}
    bibtex = Path("b.bib").read_text("utf-8")
    assert bibtex.count("@") == 1
    assert steers(bibtex) == ""


RISKY = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def test_no_cell_of_a_safe_csv_is_run(run) -> None:
    """Else opening a file of species runs a program: OWASP's CSV injection."""
    files = ("--csv", "a.csv", "--tables", "t", "--requests-csv", "r.csv")
    run(*FETCH, *files, "--csv-safe")
    csv.field_size_limit(2**24)
    tables = [Path("a.csv"), Path("r.csv"), *Path("t").glob("*.csv")]
    assert len(tables) > 10
    for table in tables:
        with table.open(encoding="utf-8", newline="") as file:
            for row in csv.reader(file):
                assert not [cell for cell in row if cell.startswith(RISKY)], table
        # A spreadsheet where the list separator is a semicolon reads other cells.
        with table.open(encoding="utf-8", newline="") as file:
            for row in csv.reader(file, delimiter=";", quoting=csv.QUOTE_NONE):
                assert not [cell for cell in row if cell.lstrip()[:1] == "="], table


@pytest.mark.parametrize(
    ("cell", "safe"),
    [
        ("=1+1", "'=1+1"),
        ("＝1+1", "'＝1+1"),
        ("  =1", "'  =1"),
        ('"=1', "'\"=1"),
        ("\ufeff=1", "'\ufeff=1"),
        ("\n=1", "'\n=1"),
        ("-5", "'-5"),  # text: what arrives as a number is one
        (-5, -5),
        (-5.5, -5.5),
        (None, None),
        ("", ""),
        ("'=1", "'=1"),
        ("a=1", "a=1"),
        ("a;=1", "a;'=1"),
        ("a; @b", "a; '@b"),
        ("a\t+1", "a\t'+1"),
        ("Panthera leo - a cat", "Panthera leo - a cat"),
        ("\t" * 100_000, "'" + "\t" * 100_000),
    ],
)
def test_what_a_spreadsheet_would_run_gets_an_apostrophe(cell, safe) -> None:
    assert guarded(cell) == safe


def test_numbers_of_a_safe_csv_are_numbers() -> None:
    """Else depths below the sea are text to every program that reads them."""
    write_csv(Path("a.csv"), [{"depth": -5, "note": "-5 m"}], safe=True)
    assert Path("a.csv").read_text() == "depth,note\n-5,'-5 m\n"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Ünï 日本 🦎 café", "Ünï 日本 🦎 café"),
        ("a\tb\nc\r\nd\u00a0e", "a b c d e"),
        ("\x1b[31m", "\N{REPLACEMENT CHARACTER}[31m"),
        ("\x9b\u202e\0", "\N{REPLACEMENT CHARACTER}" * 3),
        ("[red]", "[red]"),
        ("x" * 5000, "x" * 1999 + "…"),
    ],
)
def test_what_is_shown_of_a_text(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_data_on_a_terminal_do_not_steer_it(server: Scripted) -> None:
    """Else looking at data, before they are written to a file, is all that it takes."""
    master, slave = pty.openpty()
    command = (*FETCH[:2], "--retries", "0", "-q", "--csv", "-", "--base-url", server.base_url)
    process = subprocess.Popen(
        [sys.executable, "-m", "tui_app", *command], stdout=slave, stderr=subprocess.DEVNULL
    )
    os.close(slave)
    received = b""
    while piece := _read(master):
        received += piece
    os.close(master)
    assert process.wait(20) == 3
    text = received.decode().replace("\r\n", "\n")
    assert "field_colours" in text
    assert steers(text) == ""


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # Linux says so when the other side is closed
        return b""


@pytest.mark.parametrize("stream", ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"])
def test_a_stream_is_written_to_and_nothing_beside_it(stream: str, demo) -> None:
    """Else /dev/stdout.meta.json is made, or the file behind it put in another's place."""
    if not Path(stream).exists():
        pytest.skip(f"no {stream} here")
    command = ("fetch", "systems", "--base-url", demo.base_url, "-q", "--csv", stream)
    with Path("out.csv").open("wb") as out:
        before = os.fstat(out.fileno()).st_ino
        done = subprocess.run([sys.executable, "-m", "tui_app", *command], stdout=out)
    assert done.returncode == 0
    assert Path("out.csv").stat().st_ino == before
    assert Path("out.csv").read_text().startswith("description,code")
    assert os.listdir() == ["out.csv"]
