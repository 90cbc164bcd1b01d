"""Runs that end before their time: what is counted, what is said, what is left to do."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.methods import EVERY_METHOD
from tests.support.raw_server import HANG, names, number_of, page, scripted, taxon
from tests.support.servers import Server, StopAfter
from tui_app.fetch import Cancel
from tui_app.redlist import make_query
from tui_app.redlist.names_table import READERS
from tui_app.runs import Service
from tui_app.runs import lines as lines_module
from tui_app.runs import planning as planning_module
from tui_app.settings import Settings
from tui_app.store import RunState

SMALL = ("VA", "MC", "SM", "LI", "AD", "MT", "LU", "CY", "IE", "IS", "DK", "EE")
each_method = pytest.mark.parametrize("method", EVERY_METHOD)


@each_method
def test_what_was_under_way_counts_as_asked(service: Service, tmp_path: Path, method: str) -> None:
    """A server's log has it: a count without it is wrong."""

    def answer(path: str, nth: int) -> bytes | None:
        return page(1, 40) if number_of(path) == 1 else HANG

    flying = 1 if method == "sequential" else 8
    with scripted(answer) as server:
        cancel = Cancel()
        threading.Thread(
            target=lambda: (server.wait_for(2 + flying), cancel.set()), daemon=True
        ).start()
        settings = Settings(
            source="live", base_url=server.base_url, home=tmp_path / "runs", method=method
        )
        summary = service.fetch(make_query(["countries/MG"]), settings, cancel=cancel)
        asked = [path for _, path in server.asked if "information" not in path]
    assert summary.requests == len(asked) == 1 + flying
    assert (summary.failed, summary.errors, summary.retries) == (0, (), 0)
    assert service.failures(summary.run) == []
    attempts = [one for one in service.attempts(summary.run) if one.kind == "cancelled"]
    assert len(attempts) == flying
    assert service.run(summary.run).state is RunState.STOPPED


@pytest.mark.parametrize("read_at_most", [1000, 2])
def test_a_list_that_is_stopped_is_not_gone_through_again(
    service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, read_at_most: int
) -> None:
    """Else Ctrl-C in a list of a million names takes three minutes."""
    query = make_query(["species"], names=names(300))
    read: list[object] = []

    def counted(name: str, inner: Callable[..., object]) -> Callable[..., object]:
        return lambda *given: read.append(name) or inner(*given)

    monkeypatch.setitem(READERS, "names", counted("read_names", READERS["names"]))
    for module, name in ((planning_module, "parse_target"), (lines_module, "account")):
        monkeypatch.setattr(module, name, counted(name, getattr(module, name)))
    monkeypatch.setattr(lines_module, "READ_AT_STOP", read_at_most)
    watch = StopAfter(5)
    with scripted(lambda path, nth: taxon(path)) as server:
        settings = Settings(
            source="live", base_url=server.base_url, home=tmp_path / "runs", method="sequential"
        )
        summary = service.fetch(query, settings, observer=watch, cancel=watch.cancel)
        lost = list(service.lost_lines(summary.run, query))
    assert summary.errors == ()
    assert lost == []
    few = read_at_most > 5
    what = "found" if few else "answered"
    assert summary.lines == {"lines": 300, what: 5, "stopped": 295, "duplicates": 0}
    assert read == ["account"] * 5 * few
    # Whoever asks later, and has the time, is told all.
    whole = service.summary(summary.run).lines
    assert whole == {"lines": 300, "found": 5, "stopped": 295, "duplicates": 0}


@each_method
def test_a_run_that_lost_its_server_says_so_and_is_finished_later(
    service: Service,
    server: Callable[..., Server],
    tmp_path: Path,
    method: str,
) -> None:
    """The reason is kept, and gone when the run is whole."""
    away = Settings(
        source="live",
        base_url="http://127.0.0.1:9",
        home=tmp_path / "runs",
        method=method,
        backoff_s=0.001,
        concurrency=3,  # more rounds of failures than it takes: four times six
    )
    query = make_query([f"countries/{code}" for code in SMALL])
    summary = service.fetch(query, away)
    assert "No response" in (summary.stopped_because or "")
    assert (summary.pages, summary.complete) == (0, False)
    assert summary.errors
    assert service.summary(summary.run).stopped_because == summary.stopped_because
    back = server()
    with closing(sqlite3.connect(tmp_path / "runs" / "runs.sqlite3")) as sql, sql:
        sql.execute("UPDATE runs SET base_url = ?", (back.base_url,))
    again = service.resume(summary.run)
    assert (again.complete, again.stopped_because, again.errors) == (True, None, ())
    assert again.pages == again.pages_total
    assert (again.cpu_seconds or 0) > (summary.cpu_seconds or 0) > 0
    assert service.summary(summary.run).cpu_seconds == again.cpu_seconds


@each_method
def test_a_full_disk_keeps_what_arrived_and_resume_asks_for_the_rest(
    server: Callable[..., Server], tmp_path: Path, method: str
) -> None:
    """A disk fills up; the summary is printed all the same, and what was told as kept is."""
    there = server()
    command = [sys.executable, "-m", "tui_app"]
    fetch = [*command, "fetch", "countries/VA", "--base-url", there.base_url, "--method", method]
    # The largest file that it may write, in blocks of 1 KB: room for a few pages.
    limited = subprocess.run(
        ["bash", "-c", 'ulimit -f 300; exec "$@"', "-", *fetch, "--json"],
        capture_output=True,
        text=True,
    )
    assert limited.returncode == 3, limited.stderr
    assert "Traceback" not in limited.stderr
    assert "`iucn-tui resume 1` finishes the run" in limited.stderr
    summary = json.loads(limited.stdout)
    assert "can't be used" in summary["stopped_because"]
    assert 0 < summary["pages"] < summary["pages_total"]
    before = there.pages()
    resumed = subprocess.run(
        [*command, "resume", "last", "--csv", "a.csv", "--json"], capture_output=True, text=True
    )
    assert resumed.returncode == 0, resumed.stderr
    whole = json.loads(resumed.stdout)
    assert (whole["complete"], whole["stopped_because"]) == (True, None)
    after = there.pages()
    # What arrived when there was no room in the database any more may be requested again.
    assert sorted({*before, *after}) == list(range(1, whole["pages"] + 1))
    assert len(after) <= whole["pages"] - summary["pages"]
    assert len(Path("a.csv").read_text("utf-8").splitlines()) == whole["records"] + 1


def test_the_summary_at_the_end_is_the_one_that_is_counted_anew(service: Service) -> None:
    """Else History shows other figures than `show`."""
    query = make_query(["red_list_categories/CR"])
    settings = Settings(demo_profile="fast", pages=3)
    run = service.fetch(query, settings).run
    assert service.summary_at_end(run) == service.summary(run)


@pytest.mark.parametrize("kept", ["{}", '{"seconds": 1.5}', '{"latency_ms": 3, "errors": []}'])
def test_a_summary_that_was_not_kept_whole_is_counted_anew(
    service: Service, tmp_path: Path, kept: str
) -> None:
    """Else a run of an older version can't be opened."""
    query = make_query(["red_list_categories/CR"])
    run = service.fetch(query, Settings(demo_profile="fast", pages=3)).run
    with closing(sqlite3.connect(tmp_path / "runs" / "runs.sqlite3")) as base, base:
        base.execute("UPDATE runs SET summary = ?", (kept,))
    assert service.summary_at_end(run).records == 300
