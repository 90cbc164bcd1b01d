"""``compare --source RUN``: what it says, and whom it doesn't ask."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.secret import SECRET
from tests.support.servers import RunningServers, Server
from tui_app.settings import Settings

CROCODILES = "taxa/order/Crocodylia"
ONCE = ("--pages", "1,99", "--repeats", "1", "--warmup", "0")


@pytest.fixture
def kept(
    cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, running_servers: RunningServers
) -> Server:
    """Run 1, of a real server that wants a token and is no longer at its address."""
    monkeypatch.setenv("IUCN_REDLIST_KEY", SECRET)
    server = running_servers.take(token=SECRET)
    assert cli("fetch", CROCODILES, "--base-url", server.base_url, "-q").code == 0
    assert server.asked()
    with closing(sqlite3.connect(tmp_path / "runs" / "runs.sqlite3")) as sql, sql:
        sql.execute("UPDATE runs SET base_url = 'https://redlist.invalid',"
                    " created_utc = '2026-11-20T09:00:00+00:00'")  # fmt: skip
    return server


def test_a_replay_says_what_it_is_and_asks_nobody(cli, kept: Server) -> None:
    """Not even where a token is set: the server is not there."""
    said = cli("compare", "--source", "last", *ONCE)
    assert said.code == 0
    first, *_ = said.err.splitlines()
    assert first == (
        f"Replaying run 1: {CROCODILES} of redlist.invalid, fetched 2026-11-20, 2 pages."
    )
    assert "6/6" in said.err
    assert (
        f"Run 1 has only 2 pages of {CROCODILES}; larger page counts were reduced to 2." in said.err
    )
    assert said.out.splitlines()[0] == (
        "REPLAY of run 1: https://redlist.invalid, fetched 2026-11-20T09:00:00+00:00"
    )
    assert "\nAt 2 pages, " in said.out
    assert kept.asked(versions=True) == []
    quiet = cli("compare", "--source", "1", *ONCE, "--methods", "threads", "-q")
    assert quiet.err == ""
    assert quiet.out.startswith("REPLAY of run 1")


def test_its_json_says_whose_replay_it_is(cli, kept: Server) -> None:
    """And all else as every comparison says it."""
    said = cli("compare", "--source", "1", *ONCE, "--json", "--csv", "c.csv", "--rate", "200")
    outcome = json.loads(said.out)
    settings = outcome["settings"]
    assert (settings["replay_of"], settings["source"], settings["api"]) == ("1", "live", "v4")
    assert settings["replayed_base_url"] == "https://redlist.invalid"
    assert settings["fetched_utc"] == "2026-11-20T09:00:00+00:00"
    assert (settings["operations"], settings["pages"]) == ([CROCODILES], [1, 2])
    assert (settings["rate"], settings["demo_profile"]) == (200.0, None)
    assert outcome["complete"]
    assert len(Path("c.csv").read_text().splitlines()) == 7
    timed = outcome["runs"][0]["run"]
    assert "live" not in (row := runs_table(cli)[timed])
    assert "replay of 1" in row
    assert "replay of run 1: https://redlist.invalid, fetched 2026-11-20" in cli("show", timed).out
    assert "replay_of" not in json.loads(
        cli("compare", CROCODILES, "--source", "demo", "--demo-profile", "fast", *ONCE, "--json")
        .out
    )["settings"]  # fmt: skip


def runs_table(cli) -> dict[str, str]:
    """The lines of `runs --all` by id."""
    _, *lines = cli("runs", "--all").out.splitlines()
    return {line.split()[0]: line for line in lines}


def test_a_replay_of_invented_data_says_so(cli, settings: Settings) -> None:
    """Wherever a comparison on the demo server does."""
    cli("fetch", CROCODILES, "--demo-profile", "fast", "-q")
    said = cli("compare", "--source", "LAST", *ONCE, "--methods", "asyncio")
    assert said.code == 0
    assert "of the demo server (DEMO, synthetic data), fetched 20" in said.err
    assert said.out.startswith("REPLAY of run 1: DEMO, synthetic data, fetched 20")
    newest = next(iter(runs_table(cli).values()))
    assert "DEMO, replay of 1" in newest
    cli("export", newest.split()[0], "--csv", "a.csv")
    cli("export", "1", "--csv", "b.csv")
    assert Path("a.csv").read_bytes() == Path("b.csv").read_bytes()
    assert "DEMO: synthetic data" in Path("a.csv.meta.json").read_text("utf-8")


def test_a_timed_replay_is_not_resumed(cli, kept: Server) -> None:
    """With what to do in its place."""
    cli("compare", "--source", "1", *ONCE, "--methods", "threads")
    newest = next(iter(runs_table(cli)))
    said = cli("resume", newest)
    assert said.code == 2
    assert "`iucn-tui compare --source 1` replays it again" in said.err


def test_a_run_without_pages_is_told(cli) -> None:
    """Rather than compared at nothing."""
    cli("fetch", "threats", "--demo-profile", "fast", "-q")
    said = cli("compare", "--source", "last", *ONCE)
    assert (said.code, said.out) == (2, "")
    assert "Run 1 has no pages to compare: it is of threats." in said.err
