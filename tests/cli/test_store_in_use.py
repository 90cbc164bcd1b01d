"""A store that is read-only or locked, on the command line: what goes on, and what is said."""

from __future__ import annotations

import csv
import io
import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from time import sleep

import pytest

from tests.support.raw_server import Scripted, http, number_of, page, scripted
from tests.support.read_only import WAYS, read_only
from tui_app.cli import messages, progress
from tui_app.runs import planning
from tui_app.store import sqlite

PATIENCE_S = 60


def home() -> Path:
    return Path(os.environ["IUCN_TUI_HOME"])


@pytest.mark.parametrize("how", WAYS)
def test_a_store_that_is_read_only_is_listed_shown_and_exported(
    cli, demo, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    """Else what was archived can't be used where it is."""
    assert cli("fetch", "countries/VA", "--base-url", demo.base_url, "--csv", "a.csv").code == 0
    with read_only(home(), how, monkeypatch):
        listed = cli("runs")
        assert (listed.code, listed.err) == (0, "")
        assert "countries/VA" in listed.out
        shown = cli("show", "last", "--json")
        assert (shown.code, shown.err) == (0, "")
        assert '"state": "complete"' in shown.out
        assert cli("export", "last", "--csv", "b.csv").code == 0
    assert Path("a.csv").read_bytes() == Path("b.csv").read_bytes()


@pytest.mark.parametrize("how", WAYS)
def test_a_run_is_not_begun_in_a_store_that_is_read_only(
    cli, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    """Else requests are sent whose answers can't be kept."""
    with scripted(lambda path, nth: page(number_of(path), 2)) as server:
        first = ("fetch", "countries/MG", "--base-url", server.base_url)
        assert cli(*first, "--pages", "1").code == 0
        sent = len(server.asked)
        with read_only(home(), how, monkeypatch):
            for command in (
                first,
                ("compare", "countries/MG", "--base-url", server.base_url, "--pages", "1"),
                ("compare", "--source", "last", "--pages", "1"),
            ):
                said = cli(*command)
                assert said.code == 1
                assert "can be listed, shown and exported" in said.err
                assert "choose another folder with IUCN_TUI_HOME" in said.err
                assert "Free some space" not in said.err
        assert len(server.asked) == sent


# -- locks ------------------------------------------------------------------------------------


@contextmanager
def lockable() -> Iterator[sqlite3.Connection]:
    """Another program's connection to the store; it may be used from any thread."""
    file = home() / "runs.sqlite3"
    with closing(sqlite3.connect(file, isolation_level=None, check_same_thread=False)) as other:
        yield other


@contextmanager
def running(*args: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tui_app", *args],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def wait_for(process: subprocess.Popen[str], words: str) -> str:
    """What it says on stderr, up to a line with these words."""
    assert process.stderr is not None
    said = ""
    while words not in said:
        line = process.stderr.readline()
        assert line, said
        said += line
    return said


WAITS = "Waiting for another program to release the store ("


def test_a_run_waits_for_a_locked_store_and_says_so(cli, demo) -> None:
    """Else another program's work of ten seconds ends a run with 3."""
    assert cli("runs").code == 0  # which makes the store
    with lockable() as other:
        other.execute("BEGIN IMMEDIATE")
        command = ("fetch", "countries/VA", "--base-url", demo.base_url, "--plain")
        with running(*command) as process:
            assert "kept" not in wait_for(process, WAITS)
            other.execute("ROLLBACK")
            _, err = process.communicate(timeout=PATIENCE_S)
            assert process.returncode == 0, err
            assert err.count("records") > 1
            assert WAITS not in err  # once, and then every ten seconds


def test_a_run_waits_for_the_version_and_says_so(cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a server that hangs leaves the user with an empty terminal for 20 seconds."""
    told, waiting = threading.Event(), "Waiting for the server to name its Red List version…"

    def say(text: str) -> None:
        messages.say(text)
        if waiting in text:
            told.set()

    def answer(path: str, nth: int) -> bytes:
        if "red_list_version" in path:
            assert told.wait(PATIENCE_S)
            return http(b'{"red_list_version": "2025-1"}')
        return page(number_of(path), 1)

    monkeypatch.setattr(progress, "say", say)
    monkeypatch.setattr(planning, "SILENCE_S", 0.0)
    with scripted(answer) as server:
        said = cli("fetch", "countries/VA", "--base-url", server.base_url, "--plain", "--csv", "a")
    assert (said.code, said.err.count(waiting)) == (0, 1)


def test_waiting_is_seen_in_the_progress_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    class Told:
        def on_wait(self, tell: Callable[[float], None]) -> None:
            self.tell = tell

    service, terminal = Told(), Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("COLUMNS", "200")
    with progress.watching(service, plain=False, quiet=False):  # type: ignore[arg-type]
        service.tell(12.3)
        while "release the store (12 s)…" not in terminal.getvalue():
            sleep(0.01)
        service.tell(0.0)
        terminal.truncate(0)
        while "0 records" not in terminal.getvalue():
            sleep(0.01)
    assert isinstance(service.tell, progress.StoreLines)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A minute is half a second, and every wait is told."""
    monkeypatch.setattr(sqlite, "BUSY_S", 0.5)
    monkeypatch.setattr(sqlite, "TRY_S", 0.02)
    monkeypatch.setattr(progress.StoreLines, "FIRST_S", 0.0)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("method", ["sequential", "threads", "asyncio"])
def test_a_run_whose_store_is_locked_for_too_long_ends_and_keeps_its_place(
    cli, method: str
) -> None:
    """What was told as kept is not requested again."""
    with lockable_after_first_page() as (server, other):
        command = ("fetch", "countries/MG", "--base-url", server.base_url, "--method", method)
        said = cli(*command, "--concurrency", "1", "--csv", "part.csv")
        assert said.code == 3, said.err
        assert said.err.count(WAITS) == 1  # not once more to note how it ended
        assert "another program has" in said.err
        assert "locked it" in said.err or "locked for" in said.err
        assert "Wait until that program has finished" in said.err
        assert "Free some space" not in said.err
        other.execute("ROLLBACK")
        again = cli("resume", "last", "--csv", "whole.csv")
        assert again.code == 0, again.err
        pages = [path for _, path in server.asked if "page=" in path]
        assert [pages.count(f"/api/v4/countries/MG?page={one}") for one in (1, 2)] == [1, 2]
        assert len(pages) <= 5  # the third had been sent by the time the second one was late
    with Path("whole.csv").open(encoding="utf-8", newline="") as file:
        assert len(list(csv.DictReader(file))) == 6


@contextmanager
def lockable_after_first_page() -> Iterator[tuple[Scripted, sqlite3.Connection]]:
    """A server of three pages; before it gives the second, another program locks the store."""
    locked = threading.Lock()
    found: list[sqlite3.Connection] = []

    def answer(path: str, nth: int) -> bytes:
        if number_of(path) == 2 and found and locked.acquire(blocking=False):
            while not found[0].execute("SELECT 1 FROM pages").fetchone():
                sleep(0.01)
            found[0].execute("BEGIN IMMEDIATE")
        return page(number_of(path), 3)

    home().mkdir(exist_ok=True)
    from tui_app.store import Store

    Store(home()).close()
    with lockable() as other, scripted(answer) as server:
        found.append(other)
        yield server, other


@pytest.mark.skipif(sys.platform == "win32", reason="no such signals")
def test_who_presses_ctrl_c_waits_for_no_lock(cli, demo) -> None:
    """Else stopping takes a minute."""
    assert cli("runs").code == 0
    with lockable() as other:
        other.execute("BEGIN IMMEDIATE")
        with running("fetch", "countries/VA", "--base-url", demo.base_url, "--plain") as process:
            wait_for(process, WAITS)
            process.send_signal(signal.SIGINT)
            _, err = process.communicate(timeout=20)  # the lock is still there
            assert process.returncode == 130, err
            assert "Traceback" not in err
