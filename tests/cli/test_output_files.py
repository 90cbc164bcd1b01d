"""Files that a command writes: none that the program or the command needs, none half."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shlex
import socket
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from tui_app.settings import user_config_file

CROCODILES = "taxa/order/Crocodylia"
NEEDED = "Choose another name."


@pytest.fixture
def home() -> Path:
    return Path(os.environ["IUCN_TUI_HOME"])


@pytest.fixture
def kept(cli, demo, home: Path) -> Callable[[], dict[str, str]]:
    """A run is kept; gives what the files here and in the folder of runs hold."""
    assert cli("fetch", CROCODILES, "--base-url", demo.base_url, "-q").code == 0

    def state() -> dict[str, str]:
        found = [*Path().rglob("*"), *home.rglob("*"), *user_config_file().parent.rglob("*")]
        return {
            str(path): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in found
            if path.is_file() and path.suffix != ".sqlite3-shm"
        }

    return state


def refused(cli, kept, args: str, *sentences: str) -> None:
    before = kept()
    said = cli(*shlex.split(args))
    assert said.code == 2, (args, said.err)
    for sentence in sentences:
        assert sentence in said.err, args
    assert said.out == ""
    assert kept() == before, args


OPTIONS = ("--csv", "--jsonl", "--parquet", "--xlsx", "--requests-csv", "--bibtex")


def test_no_export_goes_onto_the_store_or_what_lies_beside_it(cli, kept, home: Path) -> None:
    """Else `export last --csv …/runs.sqlite3` replaces all runs by one table."""
    Path("hard.csv").hardlink_to(home / "runs.sqlite3")
    Path("soft.csv").symlink_to(home / "runs.sqlite3")
    Path("folder").symlink_to(home)
    beside = ("-wal", "-shm", "-journal", ".arrived-1", ".set-aside-20260101T000000Z", ".mending")
    for path in (
        *(home / f"runs.sqlite3{more}" for more in ("", *beside, ".v1", ".locks/store", ".locks")),
        *(home / name for name in ("RUNS.sqlite3", "application.json", ".application.json.7.part")),
        *("hard.csv", "soft.csv", "folder/runs.sqlite3", "./folder/../runs/runs.sqlite3"),
        f"{home}/../{home.name}/runs.sqlite3",
    ):
        for option in OPTIONS:
            refused(cli, kept, f"export last {option} {path}", NEEDED)
    said = "it is part of the store of runs."
    refused(cli, kept, f"export last --tables {home}/runs.sqlite3.locks", said)
    refused(cli, kept, f"resume last --csv {home}/runs.sqlite3", said)
    refused(cli, kept, f"fetch threats --source demo --csv {home}/runs.sqlite3", said)
    refused(cli, kept, f"compare --csv {home}/runs.sqlite3", said)
    refused(cli, kept, f"compare --again last --csv {home}/runs.sqlite3", said)
    Path("report.html").symlink_to(home / "runs.sqlite3")
    refused(cli, kept, "compare --report report.html", said)
    refused(cli, kept, f"demo --log {home}/runs.sqlite3", said)
    assert cli("show", "last").code == 0


def test_no_file_beside_an_export_is_the_store(cli, kept, home: Path) -> None:
    """Its provenance, its tables and what links lead to are written as well."""
    Path("a.csv.meta.json").symlink_to(home / "runs.sqlite3")
    Path("t").mkdir()
    Path("t/threats.csv").symlink_to(home / "runs.sqlite3")
    Path("u").mkdir()
    Path("u/made-up.csv").symlink_to(home / "runs.sqlite3")
    Path("t.meta.json").mkdir()
    said = "it is part of the store of runs."
    refused(cli, kept, "export last --csv a.csv", "a.csv.meta.json can't be written", said)
    refused(cli, kept, "export last --tables t", "t/threats.csv can't be written", said)
    refused(cli, kept, "export last --tables u", "u/made-up.csv can't be written", said)
    Path("t/threats.csv").unlink()
    refused(cli, kept, "export last --tables t", "t.meta.json is a folder.")


def test_the_store_may_be_elsewhere(cli, kept, home: Path, tmp_path: Path, monkeypatch) -> None:
    """A link leads to it, or another folder of runs is used today."""
    (tmp_path / "far").mkdir()
    linked = tmp_path / "linked"
    linked.mkdir()
    (home / "runs.sqlite3").rename(tmp_path / "far/mine.db")
    (linked / "runs.sqlite3").symlink_to(tmp_path / "far/mine.db")
    monkeypatch.setenv("IUCN_TUI_HOME", str(linked))
    for name in ("mine.db", "mine.db-wal", "mine.db.locks/store"):
        refused(cli, kept, f"export last --csv {tmp_path}/far/{name}", NEEDED)
    assert cli("export", "last", "--csv", "a.csv").code == 0
    monkeypatch.setenv("IUCN_TUI_HOME", str(tmp_path / "new"))
    refused(cli, kept, f"fetch threats --csv {tmp_path}/far/mine.db", "it is a database.")
    refused(cli, kept, f"fetch threats --csv {tmp_path}/new", "it is a folder that iucn-tui needs.")
    assert not (tmp_path / "new").exists()
    with sqlite3.connect(tmp_path / "far/mine.db") as sql:
        assert sql.execute("SELECT count(*) FROM runs").fetchone() == (1,)
    sql.close()


def test_no_export_goes_onto_a_configuration(cli, kept, monkeypatch) -> None:
    """Else the token in it is lost, or no command can be used in this folder any more."""
    own = user_config_file()
    own.parent.mkdir(parents=True, exist_ok=True)
    for there in (False, True):
        if there:
            own.write_text("[iucn-tui]\nretries = 2\n")
            Path("config.ini").write_text("[iucn-tui]\nretries = 2\n")
            Path("hard.csv").hardlink_to("config.ini")
            refused(cli, kept, "export last --csv hard.csv", "it is iucn-tui's configuration.")
        for path in ("config.ini", "./config.ini", "Config.INI", "../work/config.ini"):
            refused(cli, kept, f"export last --csv {path}", "it is iucn-tui's configuration.")
        for path in (own, own.parent / "known.csv"):
            refused(cli, kept, f"export last --bibtex {path}", "in iucn-tui's configuration folder")
        refused(cli, kept, f"export last --tables {own.parent}", "configuration folder")
    Path("mine.ini").write_text("")
    refused(cli, kept, "export last --csv mine.ini --config mine.ini", "iucn-tui's configuration.")


SAME = (
    ("--csv a --jsonl a", "a"),
    ("--csv a --jsonl ./a", "a"),
    ("--csv a --jsonl A", "A"),
    ("--csv a --jsonl t/../a", "t/../a"),
    ("--csv a --jsonl soft", "soft"),
    ("--csv old --requests-csv hard", "hard"),
    ("--csv a --jsonl a.meta.json", "a.meta.json"),
    ("--jsonl a.meta.json --csv a", "a.meta.json"),
    ("--csv a --bibtex a.meta.json", "a.meta.json"),
    ("--parquet a --csv a.META.json", "a.meta.json"),
    ("--tables t --csv t.meta.json", "t.meta.json"),
    ("--csv looped", "looped.meta.json"),
    ("--requests-csv b --csv a --bibtex b", "b"),
    ("--tables t --csv t/assessments.csv", "t/assessments.csv"),
    ("--csv a --tables linked", "linked/habitats.csv"),
)
"""What is asked for, and the file that it would write twice."""


def test_no_two_exports_of_a_command_are_one_file(cli, kept) -> None:
    """Else one of them is lost, or a table stands where its provenance should."""
    Path("t").mkdir()
    Path("linked").mkdir()
    Path("linked/habitats.csv").symlink_to("../a")
    Path("soft").symlink_to("a")
    Path("old").write_text("x")
    Path("hard").hardlink_to("old")
    Path("looped.meta.json").symlink_to("looped")
    for args, file in SAME:
        said = f"Two exports would write {file}. Choose another name for one."
        refused(cli, kept, f"export last {args}", said)
        refused(cli, kept, f"fetch threats --source demo {args}", said)


def test_an_export_into_a_folder_that_is_replaced_is_refused(cli, kept) -> None:
    """A list that a server makes up can have any name."""
    Path("t").mkdir()
    refused(cli, kept, "export last --tables t --csv t/all.csv", "the tables export may replace it")
    said = cli("export", "last", "--jsonl", "t/all.jsonl", "--csv", "t.csv")
    assert said.code == 0


def test_a_comparison_s_files_are_apart(cli, kept) -> None:
    """Else a report replaces the figures, or another report."""
    Path("F.html").symlink_to("F")
    for form in ("--csv F", "--report F.html", "--csv F.html"):
        refused(cli, kept, f"compare {form} --report F.html", "Two exports would write F.html.")


def test_a_list_that_is_read_is_not_written(cli, kept, program) -> None:
    """Else `--names names.csv --csv names.csv` replaces what the user typed."""
    Path("names.csv").write_text("Canis lupus\n")
    Path("hard.csv").hardlink_to("names.csv")
    Path("x.csv.meta.json").symlink_to("names.csv")
    said = "it is the list that this command reads."
    for path in ("names.csv", "./names.csv", "NAMES.csv", "hard.csv", "x.csv"):
        refused(cli, kept, f"fetch species --names names.csv --csv {path}", said)
    refused(cli, kept, "fetch assessments --ids names.csv --bibtex names.csv", said)
    with Path("names.csv").open("rb") as file:
        done = program("fetch", "species", "--names", "-", "--csv", "names.csv", stdin=file)
    assert done.code == 2
    assert said in done.err
    assert Path("names.csv").read_text() == "Canis lupus\n"


LONG = "x" * 251 + ".csv"


UNWRITABLE = (
    ("--csv loop", "loop can't be written: Too many levels of symbolic links. Choose"),
    ("--tables loop", "loop can't be written: Too many levels of symbolic links. Choose"),
    ("--parquet loop", "loop can't be written: Too many levels of symbolic links. Choose"),
    ("--csv beside", "beside.meta.json can't be written: Too many levels of symbolic links."),
    (f"--csv {LONG}", "File name too long. Choose a name that is at least 10 characters shorter"),
    (
        f"--tables {LONG}",
        "File name too long. Choose a name that is at least 10 characters shorter",
    ),
    (f"--bibtex x{LONG}", "File name too long. Choose another name."),
    (f"--csv {'é' * 126}", "File name too long."),
    ("--csv 'a\nb.csv'", "a b.csv can't be written: its name has control characters. Choose"),
    ("--jsonl 'a\x1b[2Jb'", "its name has control characters."),
    ("--tables 'a\x7f'", "its name has control characters."),
    ("--bibtex 'a\x9b'", "its name has control characters."),
    ("--csv ''", "An export has no name. Give a file name."),
    ("--parquet ''", "An export has no name. Give a file name."),
    ("--tables ''", "An export has no name. Give a folder name."),
    ("--tables /", "/ can't be written: the root folder can't have a file beside it."),
    ("--tables /../.", "the root folder can't have a file beside it."),
    ("--parquet /", "/ can't be written: the root folder can't have a file beside it."),
    ("--csv /", "/ is a folder. Give a file name."),
    ("--csv new/", "new/ is a folder. Give a file name."),
    ("--parquet nope/new/", "There is no folder"),
    ("--parquet folder", "folder can't be written: it has other files. Choose an empty folder"),
    ("--parquet file/", "file is a file. Give a folder name."),
    ("--parquet /dev/stdout/", "Partitions can't go to stdout."),
    ("--parquet new/ --tables new", "Two exports would write new."),
    ("--parquet /dev/null", "/dev/null can't be written: Parquet needs a regular file."),
    ("--csv file/x.csv", "/file is a file, not a folder. Choose another name."),
    ("--tables file/x/y", "/file is a file, not a folder. Choose another name."),
    ("--parquet file/x", "/file is a file, not a folder. Choose another name."),
    ("--csv nope/a.csv", "There is no folder"),
    ("--csv dangling", "There is no folder"),
    ("--tables nope/t", "There is no folder"),
    ("--csv socket", "socket can't be written: it is a socket, not a regular file."),
    ("--csv piped", "piped.meta.json can't be written: it is a pipe, not a regular file."),
    ("--tables folder", "folder/threats.csv can't be written: it is a pipe, not a regular file."),
    ("--xlsx new/", "new/ is a folder. Give a file name."),
    ("--xlsx /dev/null", "/dev/null can't be written: Excel needs a regular file."),
    ("--xlsx -", "Excel can't go to stdout. Give a file name."),
    ("--csv a --xlsx a", "Two exports would write"),
    ("--csv -  --jsonl /dev/stdout", "Only one output can go to stdout."),
    ("--tables -", "Tables can't go to stdout: they are several files."),
    ("--parquet /dev/stdout", "Parquet can't go to stdout."),
    ("--csv meta", "meta.meta.json is a folder."),
)
"""What is asked for, and what is said."""


def test_a_name_that_cannot_be_written_is_told_before_anything_is_requested(cli, kept) -> None:
    """Else an hour of fetching ends in a traceback, or in a file where nobody looks."""
    Path("loop").symlink_to("loop")
    Path("beside.meta.json").symlink_to("beside.meta.json")
    Path("meta.meta.json").mkdir()
    Path("dangling").symlink_to("nope/a.csv")
    Path("file").write_text("x")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("socket")
    Path("folder").mkdir()
    os.mkfifo("piped.meta.json")
    os.mkfifo("folder/threats.csv")
    names = sorted(os.listdir())
    for args, sentence in UNWRITABLE:
        refused(cli, kept, f"export last {args}", sentence)
        refused(cli, kept, f"fetch countries/MG --source demo {args}", sentence)
        assert sorted(os.listdir()) == names, args
    assert len(json.loads(cli("runs", "--json").out)) == 1


def test_help_offers_stdout_for_what_can_go_there(cli, kept) -> None:
    """Else `--parquet -` is tried because the help says so, and is refused."""
    for command in ("fetch", "export", "resume"):
        said = " ".join(cli(command, "--help").out.split())
        for option in OPTIONS:
            text = re.split(r" --?[a-z]", re.split(rf"{option} F\w+ ", said)[1])[0]
            offered = "-: stdout" in text
            assert offered == (option not in ("--parquet", "--xlsx")), (command, option, text)
    refused(cli, kept, "export last --parquet -", "Parquet can't go to stdout. Give a file name.")
    assert cli("export", "last", "--csv", "-").out


def test_a_device_has_nothing_beside_it(cli, kept) -> None:
    """Else `--csv /dev/null` wants a file in /dev."""
    Path("null").symlink_to("/dev/null")
    Path("null.meta.json").mkdir()
    assert cli("export", "last", "--csv", "null").code == 0


def test_names_as_long_as_can_be_are_written(cli, kept, demo) -> None:
    """Else the hidden file, whose name is longer, is in the way of a good one."""
    csv, bibtex, tables = "c" * 245, "b" * 255, "é" * 122
    cli("fetch", "assessment/84158999", "--base-url", demo.base_url)
    for option, name in (
        ("--csv", csv),
        ("--bibtex", bibtex),
        ("--parquet", "p" * 245),
        ("--xlsx", "x" * 245),
    ):
        said = cli("export", "last", option, name)
        assert said.code == 0, said.err
        assert Path(name).is_file()
    Path(tables).mkdir()
    Path(tables, "threats.csv").symlink_to("../far.csv")  # a link stays a link
    said = cli("export", "last", "--tables", tables)
    assert said.code == 0, said.err
    assert Path(tables, "assessments.csv").is_file()
    assert Path("far.csv").is_file()
    assert not [name for name in os.listdir() if name.startswith(".")]


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
def test_a_folder_that_is_closed_is_told(cli, kept) -> None:
    Path("closed").mkdir(mode=0o500)
    for args in ("--csv closed/x", "--tables closed/x", "--tables closed", "--parquet closed/x"):
        refused(cli, kept, f"export last {args}", "closed is read-only. Choose another folder.")
