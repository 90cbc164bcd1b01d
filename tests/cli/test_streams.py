"""Streams that are closed, full or gone: a sentence and an exit code, whatever the command."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.points import REACHED
from tui_app.demo import DemoServer
from tui_app.redlist import make_query
from tui_app.runs import Service
from tui_app.settings import Settings

pytestmark = pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")

FETCH = "fetch systems"
COMPARE = "compare --again last"
PRINTING = {
    # What was fetched, or timed, is kept all the same: 3.
    f"{FETCH} --csv -": 3,
    f"{FETCH} --jsonl -": 3,
    f"{FETCH} --json": 3,
    COMPARE: 3,
    f"{COMPARE} --json": 3,
    f"{COMPARE} --csv -": 3,
    "export 1 --csv -": 1,
    "export 1 --bibtex -": 1,
    "runs": 1,
    "runs --json": 1,
    "show 1": 1,
    "operations --json": 1,
    "config": 1,
    "config example": 1,
    "plan systems": 1,
    "check": 1,
    "--help": 1,
    "fetch --help": 1,
    "--version": 1,
    "web": 1,
    "demo": 2,
}
"""Commands that print, and their exit code where nothing can be printed."""


@pytest.fixture(scope="module")
def home(demo: DemoServer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with a run and a comparison."""
    home = tmp_path_factory.mktemp("streams")
    settings = Settings(
        source="live", base_url=demo.base_url, home=home,
        page_counts=(1,), methods=("sequential", "asyncio"), repeats=1, warmup=0,
    )  # fmt: skip
    service = Service(settings)
    service.fetch(make_query(["systems"]), settings)
    service.compare(make_query(["countries/VA"]), settings)
    service.close()
    return home


Shell = Callable[[str, str], tuple[int, str, str]]


@pytest.fixture
def shell(demo: DemoServer, home: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """Runs a command with redirections; gives its exit code, stdout and stderr."""
    monkeypatch.setenv("IUCN_TUI_HOME", str(home))
    monkeypatch.setenv("IUCN_TUI_BASE_URL", demo.base_url)
    monkeypatch.delenv("PYTHONUNBUFFERED", raising=False)  # what is buffered fails at the end

    def run(command: str, redirected: str) -> tuple[int, str, str]:
        script = f'"$0" -m tui_app {command} {redirected}; exit "${{PIPESTATUS[0]}}"'
        done = subprocess.run(
            ["bash", "-c", script, sys.executable],
            capture_output=True,
            text=True,
            timeout=60,
        )
        return done.returncode, done.stdout, done.stderr

    return run


def assert_told(err: str) -> None:
    assert "Traceback" not in err
    assert "Exception ignored" not in err


@pytest.mark.parametrize("command", PRINTING)
def test_a_full_disk_is_told_whatever_is_printed(shell: Shell, command: str) -> None:
    """Else it ends in "Exception ignored", and with 120."""
    code, _, err = shell(command, "> /dev/full")
    assert code == PRINTING[command]
    assert err.count(" written: No space") + err.count(" its address: No space") == 1
    assert_told(err)


@pytest.mark.parametrize("command", [f"{FETCH} --csv -", f"{FETCH} --json", "runs", "--version"])
def test_a_closed_stdout_is_told(shell: Shell, command: str) -> None:
    """Else a script takes what it lost for an empty answer."""
    code, _, err = shell(command, ">&-")
    assert code == PRINTING[command]
    assert err.count("Standard output") == 1
    assert_told(err)


@pytest.mark.parametrize(
    "command", [f"{FETCH} --csv -", f"{FETCH} --json", COMPARE, "fetch --help", "--version", "demo"]
)
def test_a_reader_that_has_gone_changes_nothing(shell: Shell, command: str) -> None:
    """Else ``| head`` fails in a script with ``pipefail``, for some commands and not for others."""
    code, _, err = shell(f"{command} {'-q' * command.startswith('fetch s')}", "| true")
    assert (code, err) == (0, "")


@pytest.mark.parametrize("redirected", ["2>&-", "2>/dev/full"])
@pytest.mark.parametrize(
    ("command", "code"), [(f"{FETCH} --json", 0), ("runs", 0), ("none", 2), ("show 99", 2)]
)
def test_what_stderr_can_take_changes_nothing(
    shell: Shell, command: str, code: int, redirected: str
) -> None:
    """Else a full disk under a log makes a good run fail, or a bad one look like another."""
    got, out, _ = shell(command, redirected)
    assert got == code
    assert bool(out) is (code == 0)


def test_a_terminal_that_is_gone_is_no_full_disk(shell: Shell) -> None:
    """Under nohup nobody says so but the error that writing to it meets: as stopped."""
    ours, its = pty.openpty()
    script = (
        "import signal, os, sys; signal.signal(signal.SIGHUP, signal.SIG_IGN);"
        " os.execv(sys.executable, [sys.executable, '-m', 'tests.support.points', 'print_table',"
        " 'closed', 'runs'])"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script], stdin=its, stdout=its, stderr=its, start_new_session=True
    )
    os.close(its)
    said = b""
    while REACHED not in said:
        said += os.read(ours, 4096)
    os.close(ours)
    assert process.wait(60) == 130
