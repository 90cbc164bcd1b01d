"""The program as a process: its streams, its signals, what it leaves behind."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from threading import Event

import pytest

from tests.support.methods import EVERY_METHOD
from tests.support.programs import start_and_wait_for
from tests.support.raw_server import HANG, http, names, number_of, page, scripted, taxon
from tests.support.secret import SECRET
from tui_app import __version__
from tui_app.demo import DemoServer

CROCODILES = "taxa/order/Crocodylia"
IUCN_TUI = (sys.executable, "-m", "tui_app")


def test_the_module_is_the_program(program) -> None:
    """Else `python -m tui_app` does something else than `iucn-tui`."""
    assert program("--version") == (0, f"iucn-tui {__version__}\n", "")


def test_a_reader_that_has_enough_ends_the_program_quietly(demo) -> None:
    """Else `| head` ends in a traceback."""
    for command in (
        f"fetch countries/VA --base-url {demo.base_url} -q --csv -",
        f"fetch countries/VA --base-url {demo.base_url} -q --jsonl -",
        "operations --json",
    ):
        script = f'"$0" -m tui_app {command} | head -1; echo "${{PIPESTATUS[0]}}"'
        done = subprocess.run(
            ["bash", "-c", script, sys.executable], capture_output=True, text=True
        )
        assert done.stderr == ""
        first, code = done.stdout.splitlines()
        assert code == "0"
        assert first


@pytest.mark.parametrize("method", EVERY_METHOD)
def test_ctrl_c_keeps_what_arrived(cli, method: str) -> None:
    """Else stopping a long run costs all of it."""
    with DemoServer("fast", delay=0.05) as server:
        operation = ("countries/MG", "--base-url", server.base_url, "--method", method)
        process, _ = start_and_wait_for(3, *operation, "--csv", "a.csv")
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
        assert process.returncode == 130
        assert out == ""
        assert "Run 1 stopped: " in err
        assert "`iucn-tui export 1` writes saved pages" in err
        assert "Traceback" not in err
        assert not Path("a.csv").exists()
        (row,) = json.loads(cli("runs", "--json").out)
        assert row["state"] == "stopped"
        assert 3 <= row["pages"] < 64
        assert cli("export", "last", "--csv", "part.csv").code == 0
        assert len(Path("part.csv").read_text("utf-8").splitlines()) == row["records"] + 1


def test_ctrl_c_does_not_wait_for_answers_that_hang(cli) -> None:
    """Else a hanging server keeps the user waiting for the time-out."""

    def answer(path: str, nth: int) -> bytes | None:
        return http(status=404) if path.endswith("version") else HANG

    with scripted(answer) as server:
        process = subprocess.Popen(
            [*IUCN_TUI, "fetch", "threats", "--base-url", server.base_url, "--plain"],
            stderr=subprocess.PIPE,
            text=True,
        )
        while "sent" not in (line := process.stderr.readline()):
            assert line
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Run 1 stopped" in err


def test_ctrl_c_in_a_long_list_counts_what_is_left() -> None:
    """Else the screen is full of names that nothing is wrong with."""

    def answer(path: str, nth: int) -> bytes | None:
        return taxon(path) if path.partition("name=")[2] < "Genusaac" else HANG

    Path("names.txt").write_text("\n".join(["1234", *names(300)]))
    with scripted(answer) as server:
        fetch = ("fetch", "species", "--names", "names.txt", "--base-url", server.base_url)
        process = subprocess.Popen(
            [*IUCN_TUI, *fetch, "--json"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        server.wait_for(4)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert process.returncode == 130
    summary = json.loads(out)
    said = err.splitlines()
    assert said[0].startswith("Run 1 stopped: ")
    assert said[-1] == f"  {summary['lines']['stopped']} lines left to request"
    assert len(said) == 3  # and the one that is malformed
    assert summary["errors"] == []
    assert summary["lines"]["lines"] == 301


@pytest.mark.parametrize("point", ["RunRecorder.begin", "LineAccounting.counts"])
def test_ctrl_c_before_a_run_and_after_it(cli, point: str) -> None:
    """A million names take a minute to read, and to account for: nobody waits for that."""
    Path("names.txt").write_text("\n".join(names(3)))
    with scripted(lambda path, nth: taxon(path)) as server:
        fetch = ("fetch", "species", "--names", "names.txt", "--base-url", server.base_url)
        done = subprocess.run(
            [sys.executable, "-m", "tests.support.points", point, "SIGINT", *fetch],
            capture_output=True,
            text=True,
        )
        assert (done.returncode, done.stderr.strip()) == (130, "Stopped.")
        kept = json.loads(cli("runs", "--json").out)
        if point == "RunRecorder.begin":
            assert kept == []
            return
        assert [(row["state"], row["pages"]) for row in kept] == [("stopped", 3)]
        asked = len(server.asked)
        assert cli("resume", "last", "--csv", "a.csv").code == 0
        assert len(Path("a.csv").read_text().splitlines()) == 4
        assert [path for _, path in server.asked[asked:] if "name=" in path] == []


def test_a_run_that_was_killed_is_finished_by_resume(cli) -> None:
    """Else a power cut or kill -9 costs all that had arrived."""
    killed = Event()

    def answer(path: str, nth: int) -> bytes | None:
        if path.endswith("version"):
            return http(status=404)
        number = number_of(path)
        return page(number, of=5) if number <= 3 or killed.is_set() else HANG

    with scripted(answer) as server:
        process, _ = start_and_wait_for(3, "countries/VA", "--base-url", server.base_url)
        said = cli("export", "last", "--csv", "part.csv")
        assert "Run 1 is still running: the files have the pages saved by now." in said.err
        process.kill()
        process.communicate()
        killed.set()
        for of, rows in (("counts", ("--counts", "assessment_id")), ("rows", ("--rows", "9"))):
            words = f"Run 1 is incomplete: the {of} are of its saved pages only."
            assert words in cli("show", "last", *rows).err
        (row,) = json.loads(cli("runs", "--json").out)
        assert (row["state"], row["pages"]) == ("killed", 3)
        assert "killed" in cli("show", "last").out
        said = cli("resume", "last", "--csv", "a.csv")
        assert said.code == 0
    assert len(Path("a.csv").read_text("utf-8").splitlines()) == 1 + 5 * 2


@pytest.mark.parametrize("api", ["v4", "v3"])
def test_the_token_is_in_nothing_that_the_program_writes(
    cli, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, api: str
) -> None:
    """Else the token is read over the user's shoulder, or from a file that was shared."""
    operation = CROCODILES if api == "v4" else "species/page"
    with DemoServer("fast", token=SECRET) as server:
        monkeypatch.setenv("IUCN_REDLIST_KEY", SECRET)
        monkeypatch.setenv("IUCN_TUI_BASE_URL", server.base_url)
        fetch = ("fetch", operation, "--api", api, "--pages", "1", "--plain", "-v")
        said = [
            cli(*fetch, "--csv", "a.csv", "--jsonl", "a.jsonl", "--requests-csv", "r.csv"),
            cli("show", "last", "--json"),
            cli("config"),
            cli("check", "--api", api),
        ]
    said.append(cli(*fetch, "--fresh", "--retries", "1", "--json"))  # it has gone
    assert [one.code for one in said] == [0, 0, 0, 0, 1]
    assert "••••" in said[2].out
    for one in said:
        assert SECRET not in one.out + one.err
    files = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert {"a.csv", "a.jsonl", "r.csv", "runs.sqlite3"} <= {file.name for file in files}
    for file in files:
        assert SECRET.encode() not in file.read_bytes(), file


def test_the_demo_command_serves_until_it_is_stopped(cli, monkeypatch) -> None:
    """Else other programs have no server to be tried against."""
    process = subprocess.Popen(
        [*IUCN_TUI, "demo", "--profile", "fast", "--token", "-x"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    base_url = process.stdout.readline().split()[-1]
    monkeypatch.setenv("IUCN_REDLIST_KEY", "wrong")
    said = cli("fetch", CROCODILES, "--base-url", base_url)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert said.code == 4
    assert process.returncode in (0, 130)
    assert "Traceback" not in err
