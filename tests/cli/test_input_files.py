"""Files that a command reads: regular ones, or standard input; never one that is waited for."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tui_app.settings import user_config_file
from tui_app.ui.remembered import recall


def make_pipe(path: Path) -> None:
    os.mkfifo(path)


def make_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path.relative_to(Path.cwd())) if path.is_absolute() else str(path))


def make_device(path: Path) -> None:
    path.symlink_to("/dev/zero")


KINDS = [(make_pipe, "a pipe"), (make_socket, "a socket"), (make_device, "a device")]


@pytest.mark.parametrize(("make", "kind"), KINDS)
@pytest.mark.parametrize(("operation", "option"), [("species", "names"), ("assessments", "ids")])
def test_a_list_that_is_no_regular_file_is_refused(
    cli, make, kind: str, operation: str, option: str
) -> None:
    """Else a fetch waits for ever for somebody to write, or reads a device without an end."""
    make(Path("list"))
    for command in ("fetch", "plan"):
        said = cli(command, operation, f"--{option}", "list", "--source", "demo")
        assert said.code == 2
        assert f"The file list can't be read: it is {kind}, not a regular" in said.err
        assert f"or pipe it in: `… | iucn-tui fetch … --{option} -`" in said.err
    assert not Path(os.environ["IUCN_TUI_HOME"]).exists()


@pytest.mark.parametrize(("make", "kind"), KINDS)
def test_a_configuration_that_is_no_regular_file_is_refused(cli, make, kind: str) -> None:
    """Else a folder that somebody else made stops every command in it for good."""
    named = Path("other.ini")
    make(named)
    said = cli("runs", "--config", "other.ini")
    assert said.code == 2
    assert f"other.ini can't be read: it is {kind}, not a regular file." in said.err
    os.environ.pop("IUCN_TUI_CONFIG")
    named.rename("config.ini")
    for args in (["runs"], ["fetch", "threats"], ["config"]):
        said = cli(*args)
        assert said.code == 2
        assert f"config.ini can't be read: it is {kind}, not a regular file." in said.err
    file = user_config_file()
    file.parent.mkdir(parents=True)
    Path("config.ini").rename(file)
    assert cli("runs").code == 2


def test_a_token_is_not_read_from_or_written_to_a_pipe(program) -> None:
    """Else `config set-token` waits for ever."""
    os.mkfifo("config.ini")
    environ = {**os.environ, "IUCN_TUI_CONFIG": "config.ini"}
    said = program("config", "set-token", input=b"abc", env=environ, timeout=30)
    assert said.code == 2
    assert "config.ini can't be read: it is a pipe, not a regular file." in said.err
    assert Path("config.ini").is_fifo()


def test_a_configuration_has_a_limit(cli) -> None:
    """Else a file of many gigabytes fills the memory."""
    with Path("config.ini").open("wb") as file:
        file.truncate(2**40)
    said = cli("runs")
    assert said.code == 2
    assert "config.ini can't be read: it is larger than 1 MB." in said.err


def test_the_null_device_is_an_empty_file(cli) -> None:
    """As with other programs: `--config /dev/null` uses no configuration."""
    Path("config.ini").write_text("[iucn-tui]\nretries = none\n")
    assert cli("runs", "--config", "/dev/null").code == 0
    said = cli("fetch", "species", "--names", "/dev/null", "--config", "/dev/null")
    assert said.code == 2
    assert "list of names is empty" in said.err


@pytest.mark.parametrize("name", ["-", "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"])
def test_standard_input_has_several_names(program, demo, name: str) -> None:
    """Else `/dev/stdin`, which other programs need, is refused as a pipe."""
    args = ("fetch", "species", "--base-url", demo.base_url, "--names", name, "--csv", "-", "-q")
    said = program(*args, input=b"Canis lupus\n", timeout=30)
    assert said.code in (0, 1), said.err
    assert len(said.out.splitlines()) == 2
    both = program(*args, "--ids", "/dev/stdin", input=b"1\n", timeout=30)
    assert both.code == 2
    assert "--names and --ids can't both be read from standard input." in both.err


def test_a_shell_s_substitution_is_told_how_to_go_in() -> None:
    """`<(…)` is a pipe with a name."""
    script = 'exec "$0" -m tui_app fetch species --source demo --names <(echo Canis lupus)'
    done = subprocess.run(
        ["bash", "-c", script, sys.executable], capture_output=True, text=True, timeout=30
    )
    assert done.returncode == 2
    assert "it is a pipe, not a regular file. Save it to a file, or pipe it in" in done.stderr


def test_what_was_remembered_is_a_regular_file(tmp_path: Path) -> None:
    """Else the application never shows its first frame."""
    os.mkfifo(tmp_path / "application.json")
    assert "can't be read" in recall(tmp_path).notice
