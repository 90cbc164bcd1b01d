"""Whatever goes wrong: a sentence, an exit code that is not 0, and nothing lost."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.secret import SECRET
from tui_app.demo import DemoServer
from tui_app.settings import user_config_file

CROCODILES = "taxa/order/Crocodylia"
LONG = "x" * 300


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        ("nonsense", "No such command 'nonsense'"),
        ("countrys/MG", "There is no operation 'countrys/MG'. Did you mean countries"),
        ("threats/5 --source demo", "The application needs a terminal"),
        ("--base-url http://127.0.0.1:9 threats", "The application needs a terminal"),
        ("--base-url", "requires an argument"),
        ("fetch", "Missing argument 'OPERATION"),
        ("fetch countrys/MG", "There is no operation 'countrys/MG'. Did you mean countries"),
        ("fetch assessment/x", "takes a number, not 'x'"),
        ("fetch taxa/scientific_name", "needs genus_name and species_name"),
        ("fetch countries/MG?token=x", "A token can't be part of an operation"),
        ("fetch countries/..", "takes a code, not '..'"),
        ("fetch threats --method magic", "There is no method 'magic'."),
        ("fetch threats --pages 0", "a whole number from 1 to 100000, or all, not '0'."),
        ("fetch threats --pages -1", "a whole number from 1 to 100000, or all, not '-1'."),
        ("fetch threats --pages a", "a whole number from 1 to 100000, or all, not 'a'."),
        ("fetch threats --pages 5-1", "a whole number from 1 to 100000, or all, not '5-1'."),
        ("fetch threats --concurrency 0", "In flight is a whole number from 1 to 256"),
        ("fetch threats --rate 0", "requests a second from 0.0001 to 1000000, or off, not '0'."),
        ("fetch threats --window 90", "The window is N/S"),
        ("compare --window 0/5", "The window is N/S"),
        ("plan threats --window 5/x", "The window is N/S"),
        ("fetch threats --timeout never", "The timeout is a number of seconds"),
        ("fetch threats --rate 1e-300", "from 0.0001 to 1000000, or off, not '1e-300'."),
        ("fetch threats --timeout 1e-9", "a number of seconds from 0.001 to 86400, not '1e-9'."),
        (f"resume last --concurrency {'9' * 20}", "In flight is a whole number from 1 to 256"),
        ("plan threats --rate 1e999", "from 0.0001 to 1000000, or off, not '1e999'."),
        ("check --timeout nan", "a number of seconds from 0.001 to 86400, not 'nan'."),
        ("compare --warmup 1e3", "The number of warm-up runs is a whole number from 0 to 100"),
        ("fetch threats --source real", "There is no source 'real'."),
        ("fetch threats --demo-profile slow", "There is no demo profile 'slow'."),
        ("fetch threats --base-url x", "'x' is not a base URL."),
        ("fetch threats --base-url http://a:b@c", "must not carry a user or password"),
        ("fetch threats --latest", "threats doesn't take the filter latest"),
        ("fetch threats --param x", "--param takes NAME=VALUE, not 'x'."),
        ("fetch threats --param page=2", "--param can't set page."),
        ("fetch threats --param token=2", "--param can't set token."),
        ("fetch threats --token abc", "No such option"),
        ("fetch threats --csv nope/a.csv", "There is no folder"),
        ("fetch threats --csv .", "is a folder"),
        (f"fetch threats --csv {LONG}", "File name too long"),
        ("fetch threats --csv a --jsonl a", "Two exports would write "),
        ("fetch threats --csv a --jsonl ./a", "Two exports would write "),
        ("fetch threats --csv - --json", "Only one output can go to stdout."),
        ("fetch threats --config nope.ini", "There is no configuration file nope.ini."),
        (f"fetch threats --config {LONG}", "File name too long"),
        ("fetch threats --config .", "can't be read: Is a directory"),
        (
            "fetch species/page",
            "not of v4. Choose v3 as the API version.",
        ),
        ("compare threats", "threats has no pages to compare."),
        ("compare --pages 0", "Page counts are whole numbers from 1"),
        ("compare --pages 5-1", "Page counts are whole numbers from 1"),
        ("compare --methods magic", "There is no method 'magic'."),
        ("compare --methods ,", "No method is selected."),
        ("compare --repeats 0", "The number of repeats is a whole number from 1"),
        ("compare --csv nope/a.csv", "There is no folder"),
        ("compare --csv - --json", "Only one output can go to stdout."),
        (
            "compare --source nowhere",
            "Choose from demo, live, a run's id (`iucn-tui runs`), or last",
        ),
        ("compare --source last", "There are no saved runs."),
        ("compare --source 99", "There is no run 99."),
        ("compare countries/MG --source 1", "Leave out countries/MG."),
        ("compare --source 1 --live --api v4", "Leave out --api, --live."),
        ("compare --source 1 --base-url http://h", "Leave out --base-url."),
        ("compare --source last --demo-profile fast", "Leave out --demo-profile."),
        ("compare --source 1 --latest --param a=b", "Leave out --latest, --param."),
        ("compare --source 1 --all-years --scope 1", "Leave out --all-years, --scope."),
        ("resume last", "There are no saved runs."),
        ("resume 99", "There is no run 99."),
        ("show x", "'x' is not a run's id."),
        ("show", "Missing argument"),
        ("export last --csv a.csv", "There are no saved runs."),
        ("export last", "No file to write is given."),
        ("runs -n 0", "0 is not in the range"),
        (f"runs --all -n {'9' * 20}", "is not in the range 1<=x<=1000000"),
        ("operations --api v9", "There is no API version 'v9'."),
        ("demo --port 99999", "The port is a whole number from 0 to 65535"),
        ("demo --profile slow", "There is no demo profile 'slow'."),
        ("demo --delay x", "The delay is a number of seconds"),
        ("demo --rate-limit x", "The rate limit is N/S"),
        ("demo --rate-limit 2/0", "The rate limit is N/S"),
        ("demo --rate-limit nan", "The rate limit is N/S"),
        ("demo --rate-limit 1/1e-300", "The rate limit is N/S"),
        ("demo --rate-limit 2/inf", "The rate limit is N/S"),
        ("demo --delay 1e999", "The delay is a number of seconds from 0 to 86400, not '1e999'."),
        ("demo --seed x", "The seed is a whole number"),
        ("demo --port -0", "The port is a whole number from 0 to 65535"),
        (f"web --port {'9' * 20}", "The port is a whole number from 0 to 65535"),
    ],
)
def test_wrong_usage_is_told_in_a_sentence(cli, args: str, sentence: str) -> None:
    """Else the user meets a traceback, or a run that does something else."""
    said = cli(*args.split())
    assert said.code == 2
    assert sentence in said.err
    assert said.out == ""
    assert list(Path().iterdir()) == []


def test_a_token_that_is_missing_or_refused_ends_with_4(cli, monkeypatch) -> None:
    """Else a script can't tell a bad token from a bad network."""
    said = cli("fetch", "threats", "--source", "live")
    assert said.code == 4
    assert "no token is set. Set IUCN_REDLIST_KEY" in said.err
    monkeypatch.setenv("IUCN_REDLIST_KEY", SECRET)
    with DemoServer("fast", token="right") as server:
        for more in (["threats"], ["--api", "v3", "species/page"]):
            said = cli("fetch", *more, "--base-url", server.base_url)
            assert said.code == 4
            assert "users/sign_up" in said.err
            assert SECRET not in said.err


def test_a_host_that_cannot_be_reached_ends_with_1(cli) -> None:
    """Else a script takes nothing for something."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: refused
        base_url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        for method in ("sequential", "threads", "asyncio"):
            said = cli(
                *("fetch", "threats", "--base-url", base_url, "--retries", "0"),
                *("--method", method, "--csv", "a.csv"),
            )
            assert said.code == 1
            assert "threats: " in said.err
            assert "Traceback" not in said.err
    assert not Path("a.csv").exists()


def test_an_unknown_code_ends_with_1_and_names_the_nearest(cli, demo) -> None:
    """Else the user has to search the code list."""
    said = cli("fetch", "countries/MDG", "--base-url", demo.base_url)
    assert said.code == 1
    assert "countries/MG (Madagascar)" in said.err


def test_what_was_fetched_is_kept_when_it_cannot_be_written(cli, demo) -> None:
    """Else a full disk costs an hour of fetching."""
    fetch = ("fetch", CROCODILES, "--base-url", demo.base_url, "--csv")
    for run, target in (("1", "/dev/full"), ("2", "/proc/a.csv")):
        said = cli(*fetch, target)
        assert said.code == 3
        assert f"{target} can't be written: No s" in said.err
        assert f"`iucn-tui export {run}` writes it elsewhere" in said.err
    said = cli("export", "last", "--csv", "a.csv")
    assert said.code == 0
    assert "154 rows to a.csv" in said.err
    said = cli("export", "1", "--csv", "/dev/full")
    assert said.code == 1
    assert "No space left on device" in said.err
    assert "`iucn-tui export 1` writes it elsewhere" in said.err  # the last one is another's
    assert cli("fetch", CROCODILES, "--base-url", demo.base_url, "--csv", "/dev/null").code == 0


def test_a_comparison_that_cannot_be_written_is_shown_all_the_same(cli, demo) -> None:
    """Else minutes of measurements are lost to a full disk."""
    said = cli(
        *("compare", CROCODILES, "--base-url", demo.base_url, "--pages", "1", "--repeats", "1"),
        *("--warmup", "0", "--csv", "/dev/full"),
    )
    assert said.code == 3
    assert "No space left on device" in said.err
    assert "speed-up" in said.out


def test_part_of_a_run_ends_with_3_and_names_the_rest(cli, demo) -> None:
    """Else a script takes a part for the whole."""
    said = cli("fetch", CROCODILES, "countries/QQQ", "--base-url", demo.base_url, "--csv", "a.csv")
    assert said.code == 3
    assert "countries/QQQ page 1: not found" in said.err
    assert "1 not found" in said.err  # asking again finds it no more
    assert len(Path("a.csv").read_text("utf-8").splitlines()) == 155
    said = cli("resume", "last")
    assert said.code == 3


@pytest.mark.parametrize(
    "content", [b"iucn = %s\n", b"[API]\niucn = \xff %s", b"[API]\niucn = %s x\n"]
)
def test_a_configuration_that_cannot_be_read_is_named(cli, content: bytes) -> None:
    """Else every command fails and nobody knows why."""
    for file in (Path("config.ini"), user_config_file()):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content % SECRET.encode())
        said = cli("runs")
        assert said.code == 2
        assert str(file) in said.err
        assert SECRET not in said.err
        file.unlink()


@pytest.mark.parametrize("home", ["/dev/null/x", "/proc/x", "taken"])
def test_a_folder_for_runs_that_cannot_be_used_is_told(cli, monkeypatch, home: str) -> None:
    """Else a read-only home shows a traceback."""
    Path("taken").write_text("x")
    monkeypatch.setenv("IUCN_TUI_HOME", home)
    for command in (["fetch", "threats"], ["runs"], ["compare"], ["check"]):
        said = cli(*command)
        assert said.code == 1
        assert "can't be used" in said.err
        assert "choose another folder with IUCN_TUI_HOME" in said.err
    assert Path("taken").read_text() == "x"


def test_a_home_that_is_nobody_s_is_told(cli, monkeypatch) -> None:
    """Else a typing error shows a traceback."""
    monkeypatch.setenv("IUCN_TUI_HOME", "~nobody-of-this-name/x")
    said = cli("runs")
    assert said.code == 2
    assert "There is no user for" in said.err


def test_bytes_that_are_no_text_are_told(program, demo) -> None:
    """Else a name pasted in another encoding shows a traceback."""
    said = program("fetch", b"countries/\xff", "--base-url", demo.base_url)
    assert said.code == 2
    assert "is not UTF-8 text." in said.err
    assert "Traceback" not in said.err


def test_a_port_in_use_is_told(program) -> None:
    """Else a second demo server shows a traceback, or seems to run."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        said = program("demo", "--port", str(taken.getsockname()[1]))
    assert said.code != 0
    assert "Address already in use" in said.err
    assert "Traceback" not in said.err
    assert said.out == ""


def test_a_folder_that_is_gone_is_told(program) -> None:
    """Else a command in a deleted folder shows a traceback."""
    Path("gone").mkdir()
    script = 'cd gone && rmdir ../gone && exec "$0" -m tui_app fetch threats --csv a.csv'
    done = subprocess.run(["sh", "-c", script, sys.executable], capture_output=True, text=True)
    assert done.returncode in (1, 2)
    assert "No such file or directory" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_disk_that_fills_up_during_a_run_keeps_the_pages_before(program, cli, demo) -> None:
    """Else a full disk costs all that had arrived."""
    script = 'ulimit -f 400 && exec "$0" -m tui_app fetch countries/MG --base-url "$1"'
    done = subprocess.run(
        ["sh", "-c", script, sys.executable, demo.base_url], capture_output=True, text=True
    )
    assert done.returncode == 3, done.stderr
    assert "can't be used" in done.stderr
    assert "iucn-tui resume" in done.stderr
    assert "Traceback" not in done.stderr
    said = cli("export", "last", "--csv", "part.csv")
    assert said.code == 0
    kept = len(Path("part.csv").read_text("utf-8").splitlines()) - 1
    assert 0 < kept < 6306
    said = cli("resume", "last", "--csv", "whole.csv")
    assert said.code == 0
    assert len(Path("whole.csv").read_text("utf-8").splitlines()) == 6307


def test_the_application_refuses_what_is_no_terminal(program) -> None:
    """Else the screen's control codes go into a file."""
    said = program(stdin=subprocess.DEVNULL, env={**os.environ, "TERM": "xterm"})
    assert said.code == 2
    assert "iucn-tui fetch" in said.err
    assert said.out == ""
