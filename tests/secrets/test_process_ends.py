"""However the program is ended: nothing stays behind, and nothing is written that isn't meant."""

from __future__ import annotations

import fcntl
import gc
import json
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.support.methods import EVERY_METHOD
from tests.support.raw_server import HANG, number_of, page, scripted

IUCN_TUI = (sys.executable, "-m", "tui_app")
LOST_TERMINAL = b"\x1b[?1049l"
"""Leaves the alternate screen: the terminal is as it was."""

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks into /proc")


def until(condition: Callable[[], object], what: str) -> None:
    """Wait for something that another process does."""
    patience = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < patience, f"waited for: {what}"
        time.sleep(0.01)


def state(pid: int) -> str:
    """A process's state as one letter; Z where it has ended and nobody asked how."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return "Z"


def children(pid: int) -> list[int]:
    """Processes that a process has started."""
    lists = Path(f"/proc/{pid}/task").glob("*/children")  # each thread has its own
    return [int(one) for children in lists for one in children.read_text().split()]


class OnTerminal:
    """The program on a terminal of its own, as its session's leader."""

    def __init__(self, *args: str, log: Path | None = None) -> None:
        self.pid, self._master = pty.fork()
        if self.pid == 0:
            if log is not None:
                os.dup2(os.open(log, os.O_WRONLY | os.O_CREAT), 2)
            os.environ["TERM"] = "xterm-256color"
            os.execv(sys.executable, [*IUCN_TUI, *args])
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
        self.shown = b""
        self._closing = threading.Event()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        with suppress(OSError):  # Linux says so when the program has ended
            while not self._closing.is_set():
                if select.select([self._master], [], [], 0.05)[0]:
                    self.shown += os.read(self._master, 65536)

    def press(self, key: str) -> None:
        os.write(self._master, key.encode())

    def close(self) -> None:
        """Close the terminal, as its window's button does."""
        if not self._closing.is_set():
            self._closing.set()
            self._reader.join()
            os.close(self._master)

    def ended(self) -> int:
        """Wait for the end; its exit code, or minus the signal that it died of."""
        until(lambda: state(self.pid) == "Z", "the program's end")
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


@pytest.fixture
def on_terminal() -> Iterator[Callable[..., OnTerminal]]:
    started: list[OnTerminal] = []

    def start(*args: str, **more: Path) -> OnTerminal:
        started.append(OnTerminal(*args, **more))
        return started[-1]

    yield start
    for one in started:
        if state(one.pid) != "Z":
            os.kill(one.pid, signal.SIGKILL)
        one.close()


@pytest.mark.parametrize("how", ["SIGTERM", "close"])
def test_the_application_leaves_nothing_behind(on_terminal, how: str) -> None:
    """Else a closed window leaves a server, and a signal a terminal that can't be used."""
    app = on_terminal()
    until(lambda: b"F5" in app.shown, "the first screen")
    app.press("r")
    until(lambda: children(app.pid), "the demo server")
    (server,) = children(app.pid)
    if how == "close":
        app.close()
    else:
        os.kill(app.pid, getattr(signal, how))
    assert app.ended() == 130
    until(lambda: state(server) == "Z", "the demo server's end")
    if how != "close":
        assert LOST_TERMINAL in app.shown
    assert b"Traceback" not in app.shown


def test_a_fetch_whose_terminal_is_closed_keeps_what_arrived(
    on_terminal, cli, running_servers
) -> None:
    """Else it ends in a traceback that nobody sees, or goes on for nobody."""
    log = Path("log")
    server = running_servers.take(delay=0.05)
    fetch = ("fetch", "countries/MG", "--base-url", server.base_url, "--plain")
    running = on_terminal(*fetch, log=log)
    until(lambda: log.exists() and log.read_text().count("  saved  ") >= 3, "three pages")
    running.close()
    assert running.ended() == 130
    (row,) = json.loads(cli("runs", "--json").out)
    assert row["state"] == "stopped"
    assert row["pages"] >= 3
    assert "Traceback" not in log.read_text()


def test_a_bar_on_a_terminal_that_goes_away_ends_nothing(on_terminal, cli, running_servers) -> None:
    """Else what rich can't draw any more ends the run with an error."""
    server = running_servers.take(delay=0.05)
    running = on_terminal("fetch", "countries/MG", "--base-url", server.base_url)
    until(lambda: b"records" in running.shown, "the bar")
    running.close()
    assert running.ended() == 130
    (row,) = json.loads(cli("runs", "--json").out)
    assert row["state"] == "stopped"


def test_a_killed_program_leaves_no_demo_server() -> None:
    """Else kill -9 leaves one more server every time."""
    process = subprocess.Popen(
        [*IUCN_TUI, "fetch", "countries/MG", "--demo-profile", "iucn", "-q"],
        stderr=subprocess.DEVNULL,
    )
    until(lambda: children(process.pid), "the demo server")
    (server,) = children(process.pid)
    process.kill()
    process.wait()
    until(lambda: state(server) == "Z", "the demo server's end")


@pytest.mark.parametrize("method", ["threads", "asyncio"])
def test_a_fetch_goes_on_after_it_was_suspended(method: str, cli) -> None:
    """Ctrl-Z and fg, or a lid closed and opened: no page is lost or counted as failed."""

    def answer(path: str, nth: int) -> bytes | None:
        return page(number_of(path), 12)

    with scripted(answer) as server:
        fetch = ("fetch", "countries/MG", "--base-url", server.base_url, "--method", method)
        process = subprocess.Popen([*IUCN_TUI, *fetch, "-q", "--rate", "20"])
        server.wait_for(3)
        process.send_signal(signal.SIGSTOP)
        until(lambda: state(process.pid) == "T", "the program to be suspended")
        process.send_signal(signal.SIGCONT)
        assert process.wait(30) == 0
    (row,) = json.loads(cli("runs", "--json").out)
    assert (row["state"], row["pages"], row["records"]) == ("complete", 12, 24)


def test_what_nohup_started_outlives_its_terminal() -> None:
    """Else `nohup iucn-tui fetch … &` ends with the session all the same."""
    with scripted(lambda path, nth: page(number_of(path), 12)) as server:
        fetch = ("fetch", "countries/MG", "--base-url", server.base_url, "-q", "--rate=20")
        process = subprocess.Popen(["nohup", *IUCN_TUI, *fetch], stderr=subprocess.DEVNULL)
        server.wait_for(3)
        process.send_signal(signal.SIGHUP)
        assert process.wait(30) == 0


INTERRUPTED = """
import os, signal, sys
from tui_app.cli import main
from tui_app.redlist.tables import Flattener
import tui_app.export.csv_file
blocks = Flattener.blocks
def interrupted(self, records):
    for block in blocks(self, records):
        yield block
        for signum in sys.argv[1].split(","):
            os.kill(os.getpid(), getattr(signal, signum))
Flattener.blocks = interrupted
sys.exit(main(sys.argv[2:]))
"""


@pytest.mark.parametrize(
    ("command", "signals"),
    [
        ("export", "SIGTERM"),
        ("export", "SIGHUP"),
        ("export", "SIGINT"),
        ("export", "SIGQUIT"),
        ("fetch", "SIGINT,SIGINT"),
        ("export in the background", "SIGTERM"),
    ],
)
def test_an_export_that_is_ended_leaves_no_part(command: str, signals: str, cli, demo) -> None:
    """Else hidden files fill the folder in which the user works."""
    fetch = ("fetch", "countries/VA", "--base-url", demo.base_url, "-q")
    assert cli(*fetch).code == 0
    Path("a.csv").write_text("what was there")
    args = fetch if command == "fetch" else ("export", "last")
    # A shell without job control has what it starts with & ignore Ctrl-C.
    ignored = "trap '' INT; " * (command == "export in the background")
    done = subprocess.run(
        [
            *("bash", "-c", ignored + 'exec "$@"', "", sys.executable),
            *("-c", INTERRUPTED, signals, *args, "--csv", "a.csv"),
        ],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 130
    assert "Traceback" not in done.stderr
    assert os.listdir() == ["a.csv"]
    assert Path("a.csv").read_text() == "what was there"


@pytest.mark.parametrize("closed", ["2>&-", "<&- >&- 2>&-"])
def test_closed_streams_are_no_reason_to_fail(closed: str, cli, demo) -> None:
    """A job scheduler may give none; a socket must not get the number of one of them."""
    command = f"{sys.executable} -m tui_app fetch systems --base-url {demo.base_url}"
    done = subprocess.run(
        ["bash", "-c", f"{command} --csv a.csv {closed}"], capture_output=True, text=True
    )
    assert done.returncode == 0
    assert "Traceback" not in done.stderr
    assert Path("a.csv").read_text().startswith("description,code")
    if closed == "2>&-":
        done = subprocess.run(
            ["bash", "-c", f"{command} --csv - {closed}"], capture_output=True, text=True
        )
        assert done.stdout == Path("a.csv").read_text()  # and nothing that was meant for stderr


@pytest.mark.parametrize("command", ["fetch countries/VA --plain", "runs", "config", "operations"])
def test_a_reader_of_both_streams_that_has_enough(command: str, demo, cli) -> None:
    """Else `2>&1 | head` ends in a traceback, or ends the run."""
    cli("fetch", "systems", "--base-url", demo.base_url)
    script = f'"$0" -m tui_app {command} 2>&1 | head -1; echo "${{PIPESTATUS[0]}}"'
    environ = {**os.environ, "IUCN_TUI_BASE_URL": demo.base_url}
    done = subprocess.run(
        ["bash", "-c", script, sys.executable], capture_output=True, text=True, env=environ
    )
    assert done.stdout.splitlines()[1:] == ["0"]
    assert done.stderr == ""
    if "fetch" in command:
        assert json.loads(cli("runs", "--json").out)[0]["state"] == "complete"


@pytest.mark.parametrize("method", EVERY_METHOD)
def test_a_fetch_leaves_no_thread_socket_or_server(method: str, cli, demo, demo_of_its_own) -> None:
    """Else a program that uses ours gathers them."""

    def left() -> tuple[set[threading.Thread], int, list[int]]:
        gc.collect()
        return set(threading.enumerate()), len(os.listdir("/proc/self/fd")), children(os.getpid())

    # Once a process, libuv opens a pipe for signals that it never closes.
    assert cli("fetch", "countries/VA", "--method", method, "--base-url", demo.base_url).code == 0
    before = left()

    def answer(path: str, nth: int) -> bytes | None:
        return page(1, 6) if number_of(path) < 5 else HANG

    for options in (
        ("--base-url", demo.base_url),
        ("--demo-profile", "fast", "--fresh"),
    ):
        assert cli("fetch", "countries/VA", "--method", method, *options).code == 0
    with scripted(answer) as server:
        options = ("--base-url", server.base_url, "--timeout", "0.2", "--retries", "0")
        assert cli("fetch", "countries/MG", "--method", method, *options).code == 3

    until(lambda: left() == before, f"{before} again")
