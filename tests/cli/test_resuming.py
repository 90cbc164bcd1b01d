"""``resume``: by any method, with the settings that the run began with, or a plain sentence."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from itertools import pairwise
from pathlib import Path

import pytest

from tests.support.servers import Server, StopAfter, server  # noqa: F401 - a fixture
from tui_app.redlist import make_query
from tui_app.runs import Service
from tui_app.store import Store

VATICAN = "countries/VA"


@pytest.fixture
def stopped(
    server: Callable[..., Server],  # noqa: F811
    tmp_path: Path,
) -> Callable[..., Server]:
    """Leaves run 1 stopped after some of its pages; gives the server it asked."""

    def stop(method: str = "asyncio", pages: int = 2) -> Server:
        asked = server(delay=0.02)
        settings = asked.settings(tmp_path / "runs", method=method, concurrency=2)
        watch = StopAfter(pages)
        service = Service(settings)
        service.fetch(make_query([VATICAN]), settings, observer=watch, cancel=watch.cancel)
        service.close()
        return asked

    return stop


def change(tmp_path: Path, statement: str) -> None:
    with closing(sqlite3.connect(tmp_path / "runs" / "runs.sqlite3")) as sql, sql:
        sql.execute(statement)


def kept(cli) -> dict[str, object]:
    (row,) = json.loads(cli("runs", "--json").out)
    return row


@pytest.mark.parametrize(
    ("before", "after"),
    [("sequential", "threads"), ("threads", "asyncio"), ("asyncio", "sequential")],
)
def test_what_one_method_began_another_finishes(cli, stopped, before: str, after: str) -> None:
    """Else the choice of a method can't be changed any more once a run was stopped."""
    host = stopped(before)
    first = host.pages()
    row = kept(cli)
    assert row["state"] == "stopped"
    said = cli("resume", "1", "--method", after, "--csv", "resumed.csv")
    assert said.code == 0, said
    asked = host.pages()
    assert not set(asked) & set(first[: row["pages"]])
    assert len(asked) == 5 - row["pages"]
    assert kept(cli)["method"] == after
    assert cli("fetch", VATICAN, "--base-url", host.base_url, "--csv", "whole.csv").code == 0
    assert Path("resumed.csv").read_bytes() == Path("whole.csv").read_bytes()


def test_only_options_change_how_a_run_goes_on(cli, stopped, monkeypatch) -> None:
    """Else today's environment decides about a run that began under another one."""
    stopped("threads")
    monkeypatch.setenv("IUCN_TUI_METHOD", "sequential")
    monkeypatch.setenv("IUCN_TUI_CONCURRENCY", "64")
    before = kept(cli)["settings"]
    summary = json.loads(cli("resume", "last", "--json", "--retries", "7").out)
    assert summary["complete"]
    assert (summary["method"], summary["concurrency"]) == ("threads", 2)
    assert kept(cli)["settings"] == before


def test_options_hold_for_what_is_left(cli, stopped) -> None:
    """Else a run that was too fast for its server can't be finished more gently."""
    host = stopped(pages=1)
    host.pages()
    options = ("--rate", "20", "--concurrency", "1", "--timeout", "5", "--connect-timeout", "2")
    said = cli("resume", "1", *options, "--json")
    assert said.code == 0
    assert json.loads(said.out)["pace_wait_seconds"] > 0
    asked = host.asked()
    assert len(asked) >= 2
    assert all(first["sending"] < then["arrived"] for first, then in pairwise(asked))


def test_a_bad_option_changes_nothing(cli, stopped) -> None:
    host = stopped()
    host.asked()
    before = kept(cli)
    for option, value in (
        ("--method", "telepathy"),
        ("--rate", "-1"),
        ("--concurrency", "0"),
        ("--timeout", "soon"),
    ):
        said = cli("resume", "1", option, value)
        assert said.code == 2
        assert value in said.err
    assert kept(cli) == before
    assert host.asked(versions=True) == []


def test_a_complete_run_is_left_alone(cli, stopped) -> None:
    stopped()
    assert cli("resume", "1").code == 0
    said = cli("resume", "1", "--method", "threads")
    assert said.code == 2
    assert "Run 1 is complete: all its pages are saved" in said.err


def test_a_run_that_goes_on_elsewhere_is_refused_before_anything_is_sent(
    cli, stopped, tmp_path: Path
) -> None:
    """Else two programs fetch the same pages, and count them twice."""
    host = stopped()
    other = Store(tmp_path / "runs")
    other.reopen("1", "asyncio")
    host.asked(versions=True)
    try:
        said = cli("resume", "1")
    finally:
        other.close()
    assert said.code == 2
    assert "Run 1 is active" in said.err
    assert host.asked(versions=True) == []
    assert cli("resume", "1").code == 0


def test_a_server_that_is_gone_leaves_the_run_as_it_was(
    cli, stopped, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("IUCN_TUI_BACKOFF", "0.001")
    stopped()
    # A port at which nobody listens.
    change(tmp_path, "UPDATE runs SET base_url = 'http://127.0.0.1:9'")
    before = kept(cli)
    said = cli("resume", "1", "--retries", "0")
    assert said.code == 3
    assert "refused" in said.err
    assert "`iucn-tui resume 1` finishes the run" in said.err
    assert "Traceback" not in said.err
    after = kept(cli)
    assert (after["state"], after["pages"]) == ("partial", before["pages"])


def test_a_live_run_wants_its_token(cli, stopped, tmp_path: Path) -> None:
    stopped()
    change(tmp_path, "UPDATE runs SET base_url = 'https://redlist.example'")
    said = cli("resume", "1")
    assert said.code == 4
    assert "IUCN_REDLIST_KEY" in said.err
    assert kept(cli)["state"] == "stopped"


def test_a_token_is_not_sent_in_clear_when_a_run_is_resumed(
    cli, stopped, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped()
    change(tmp_path, "UPDATE runs SET base_url = 'http://redlist.example'")
    monkeypatch.setenv("IUCN_REDLIST_KEY", "a-token-of-nobody")
    said = cli("resume", "1")
    assert said.code == 2
    assert "http" in said.err
    assert kept(cli)["state"] == "stopped"


def test_advice_names_the_run(cli, stopped, tmp_path: Path) -> None:
    """Else `last` may be another one by the time it is read."""
    stopped()
    change(tmp_path, "UPDATE attempts SET kind = 'cut-off', message = 'cut off' WHERE request = 0")
    assert "`iucn-tui resume 1` repeats the failed requests" in cli("show", "1").out
