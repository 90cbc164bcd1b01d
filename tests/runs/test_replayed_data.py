"""Whose data a replay has, what is said of them, and what must not be taken for news."""

from __future__ import annotations

import socket
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.support.replays import CROCODILES, VATICAN, change, exported, fetched, replayed
from tests.support.secret import SECRET
from tests.support.servers import StopAfter
from tui_app.redlist import Token
from tui_app.redlist.errors import UsageError
from tui_app.runs import RunState, Service
from tui_app.settings import Settings


def test_a_replay_of_the_demo_is_demo(service: Service, settings: Settings) -> None:
    """Invented species stay invented, however often they are told of."""
    run = fetched(service, settings, CROCODILES)
    outcome = replayed(service, run, settings)
    assert outcome.settings["source"] == "demo"
    for timed in outcome.runs:
        assert exported(service, timed.run) == exported(service, run)
        assert b",DEMO\r\n" in exported(service, timed.run)
        summary = service.summary(timed.run)
        assert (summary.source, summary.replay_of) == ("demo", run)
        assert "not to be cited" in str(summary.citation)


def test_what_several_lists_share_is_what_their_replay_shares(
    service: Service, settings: Settings
) -> None:
    """Else the replay of an intersection has rows that the run has not."""
    run = fetched(service, settings, CROCODILES, "taxa/family/Crocodylidae", intersect=True)
    assert service.summary(run).records == 97
    for timed in replayed(service, run, settings).runs:
        assert exported(service, timed.run) == exported(service, run)


def test_a_replay_of_real_data_is_real_and_says_when_they_were_fetched(
    service: Service, server, tmp_path: Path
) -> None:
    """Else a paper cites the wrong day, or a server on this machine."""
    settings = server().settings(tmp_path / "runs")
    run = fetched(service, settings)
    then = "2026-11-20T09:00:00+00:00"
    change(
        settings.home,
        f"UPDATE runs SET created_utc = '{then}', base_url = 'https://redlist.invalid',"
        " origin = 'https://redlist.invalid', red_list_version = '2026-1'",
    )
    assert service.replayable(run).sentence() == (
        f"Replaying run {run}: {VATICAN} of redlist.invalid, fetched 2026-11-20, 5 pages."
    )
    # Settings for the real host, with a token: neither has any part in it.
    live = Settings(source="live", home=settings.home, token=Token(SECRET))
    outcome = replayed(service, run, live)
    assert outcome.complete
    said = outcome.settings
    assert (said["source"], said["rate"], said["replay_of"]) == ("live", None, run)
    assert said["base_url"].startswith("http://127.0.0.1:")
    assert (said["replayed_base_url"], said["fetched_utc"]) == ("https://redlist.invalid", then)
    timed = outcome.runs[0].run
    assert exported(service, timed) == exported(service, run)
    assert b"DEMO" not in exported(service, timed)
    meta = Path("a.csv.meta.json").read_text("utf-8")
    assert f'"fetched_utc": "{then}"' in meta
    assert '"base_url": "https://redlist.invalid"' in meta
    assert f'"replay_of": "{run}"' in meta
    assert "Version 2026-1." in str(service.summary(timed).citation)
    service.export(timed, requests_csv=Path("r.csv"), bibtex=Path("r.bib"))
    assert ",replay," in Path("r.csv").read_text("utf-8")
    assert "Accessed on 20 November 2026" in Path("r.bib").read_text("utf-8")


def test_the_pace_is_off_unless_one_is_wished(service: Service, server, tmp_path: Path) -> None:
    """Nobody is asked who could be asked too often."""
    settings = server().settings(tmp_path / "runs")
    run = fetched(service, settings, CROCODILES)
    change(settings.home, "UPDATE runs SET base_url = 'https://redlist.invalid'")
    more = {"methods": ("asyncio",), "page_counts": (1,)}
    assert replayed(service, run, settings, **more).settings["rate"] is None
    paced = replayed(service, run, settings, rate=50.0, **more)
    assert paced.settings["rate"] == 50.0


def test_what_was_replayed_is_no_news_of_its_server(
    service: Service, server, tmp_path: Path
) -> None:
    """Else a list of last year would be taken for today's, and not asked for."""
    host = server()
    settings = host.settings(tmp_path / "runs", fresh=False)
    run = fetched(service, settings, CROCODILES)
    change(settings.home, "UPDATE pages SET fetched_utc = '2020-01-01T00:00:00+00:00'")
    assert replayed(service, run, settings).complete
    host.asked()
    fetched(service, settings, CROCODILES)
    assert [line["status"] for line in host.asked()] == [304, 304]


def test_a_timed_replay_is_not_resumed(service: Service, server, tmp_path: Path) -> None:
    """Its server is gone; the one whose data it has must not be asked in its place."""
    host = server()
    settings = host.settings(tmp_path / "runs")
    run = fetched(service, settings)
    stop = StopAfter(2)
    outcome = service.compare(
        service.replayable(run),
        replace(settings, page_counts=(5,), warmup=0, methods=("sequential",)),
        observer=stop,
        cancel=stop.cancel,
    )
    assert (outcome.complete, outcome.runs) == (False, ())
    stopped = service.runs()[0]
    address = urlsplit(stopped.base_url)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((address.hostname, address.port), timeout=5)
    assert (stopped.state, stopped.replay_of) == (RunState.STOPPED, run)
    host.asked()
    with pytest.raises(UsageError, match=f"timed on a replay of run {run}, which has ended"):
        service.resume(stopped.run)
    assert host.asked(versions=True) == []
