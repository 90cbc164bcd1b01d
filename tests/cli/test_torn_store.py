"""A store that can't be used is set aside, and what the command line says of it."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest

from tests.support.programs import start_and_wait_for
from tui_app.demo import DemoServer
from tui_app.settings import Settings

VATICAN = "countries/VA"


@pytest.fixture
def database(settings: Settings) -> Path:
    return settings.home / "runs.sqlite3"


def test_a_run_of_a_torn_store_is_finished_by_resume(cli, demo: DemoServer, database: Path) -> None:
    """Else a bad disk costs the whole run, or its CSV lacks rows."""
    server = ("--base-url", demo.base_url)
    assert cli("fetch", VATICAN, *server, "--csv", "whole.csv").code == 0
    content = bytearray(database.read_bytes())
    for at in range(30 * 4096, len(content), 20 * 4096):
        content[at : at + 4096] = bytes(4096)
    database.write_bytes(content)
    said = cli("runs", "--json")
    assert said.code == 0
    (row,) = json.loads(said.out)
    assert row["state"] == "partial"
    assert f"iucn-tui: The file {database} is damaged" in said.err
    assert "could not be read" in said.err
    assert cli("runs").err == ""
    said = cli("resume", "last", "--csv", "again.csv")
    assert (said.code, "set-aside" in said.err) == (0, False)
    assert Path("again.csv").read_bytes() == Path("whole.csv").read_bytes()


def test_a_foreign_file_is_told_and_kept(cli, demo: DemoServer, database: Path) -> None:
    """Else somebody's file is gone without a word, or nothing works any more."""
    database.parent.mkdir(parents=True, exist_ok=True)
    database.write_bytes(b"my own notes")
    said = cli("fetch", "red_list_categories", "--base-url", demo.base_url, "--csv", "-", "-q")
    assert said.code == 0
    assert "is not a database" in said.err
    assert "set-aside" not in said.out
    (aside,) = database.parent.glob("runs.sqlite3.set-aside-*")
    assert aside.read_bytes() == b"my own notes"


def test_two_commands_do_not_carry_one_run(cli) -> None:
    """Else two terminals fetch the same pages, and each ends the other's run."""
    with DemoServer("fast") as server:
        operation = ("countries/MG", "--base-url", server.base_url, "--rate", "2")  # 64 pages
        process, _ = start_and_wait_for(2, *operation)
        said = cli("resume", "last")
        assert said.code == 2
        assert f"Run 1 is active in another program (process {process.pid})." in said.err
        (row,) = json.loads(cli("runs", "--json").out)
        assert row["state"] == "running"
        process.send_signal(signal.SIGINT)
        process.communicate()
    assert process.returncode == 130
