"""The rate limit belongs to the token: all that one store's programs send counts against it."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.support.methods import EVERY_METHOD
from tests.support.raw_server import Scripted, http, number_of, page, scripted
from tests.support.secret import SECRET
from tests.support.waiting import LONG, StopWhenWaiting
from tui_app.fetch import State
from tui_app.redlist import Token, make_query
from tui_app.redlist.errors import Throttled
from tui_app.redlist.rate_limit import NO_WINDOW, Window
from tui_app.runs import Service
from tui_app.settings import COURTEOUS_RATE, COURTEOUS_WINDOW, Settings
from tui_app.store.rate_limit import ServerStarts

each_method = pytest.mark.parametrize("method", EVERY_METHOD)
MG, FR = make_query(["countries/MG"]), make_query(["countries/FR"])


def answer(path: str, nth: int) -> bytes:
    """Lists of 30 pages, a code list, and the versions."""
    if path.endswith("red_list_version"):
        return http(b'{"red_list_version":"2026-1"}')
    if path.endswith("api_version"):
        return http(b'{"api_version":"v4"}')
    if path.endswith("threats"):
        return http(json.dumps({"threats": [{"description": {"en": "x"}, "code": "1"}]}).encode())
    return page(number_of(path), 30)


@pytest.fixture
def host() -> Iterator[Scripted]:
    with scripted(answer) as server:
        yield server


@pytest.fixture
def ask(host: Scripted, tmp_path: Path) -> Callable[..., Settings]:
    """Settings that ask this server within a window."""

    def make(requests: int, **more: Any) -> Settings:
        given = {"window": Window(requests, LONG), "home": tmp_path / "runs", "fresh": True, **more}
        return Settings(source="live", base_url=host.base_url, **given)

    return make


def pages_of(host: Scripted) -> list[str]:
    return [path for _, path in host.asked if "/countries/" in path]


@each_method
def test_a_second_run_counts_what_the_first_has_sent(
    host: Scripted, service: Service, ask: Callable[..., Settings], method: str
) -> None:
    """And it says until when it waits."""
    settings = ask(9, method=method)
    first = service.fetch(MG, replace(settings, pages=5))
    assert (first.complete, first.window, first.rate_limit_pauses) == (True, "9/3600", 0)
    sent = len(host.asked) + 1  # each run asks which Red List it is
    watch = StopWhenWaiting(State.PAUSED, quiet=True)
    second = service.fetch(FR, settings, observer=watch, cancel=watch.cancel)
    assert len(host.asked) == 9
    assert second.pages == second.requests == 9 - sent
    (waiting,) = [event for event in watch.events if event.state is State.PAUSED]
    assert waiting.reason.startswith("Waiting for the rate limit (9 requests in 3600 s). The run ")
    # What was stopped goes on with its own window, unless it is changed.
    third = service.resume(second.run, window=Window(39, LONG))
    assert (third.complete, third.pages) == (True, 30)
    assert len(pages_of(host)) == 5 + 30, "nothing is asked for twice"


def test_without_a_window_nothing_is_counted_on_this_machine(
    host: Scripted, service: Service, ask: Callable[..., Settings], tmp_path: Path
) -> None:
    """A server here has no limit that others would meet, and speed is what is measured."""
    assert service.fetch(MG, ask(1, window=NO_WINDOW)).complete
    assert not (tmp_path / "runs" / "rate-limit.sqlite3").exists()


def test_what_the_program_asks_for_itself_counts_as_well(
    host: Scripted, service: Service, ask: Callable[..., Settings]
) -> None:
    """Code lists, `check`, the requests of a forecast, and the first of a comparison."""
    settings = ask(100)
    service.codes("threats", settings)
    service.versions(settings)
    assert service.forecast(MG, settings) is not None
    service.compare(MG, replace(settings, page_counts=(2,), repeats=1, warmup=0))
    sent = len(host.asked)
    assert sent == 1 + 2 + 3 + 1 + 3 * 2
    watch = StopWhenWaiting(State.PAUSED, quiet=True)
    service.fetch(MG, ask(sent + 2), observer=watch, cancel=watch.cancel)
    assert len(pages_of(host)) == sent - 3 + 1  # the version takes the other one


def test_neither_the_token_nor_anything_made_of_it_is_written_down(
    host: Scripted, service: Service, ask: Callable[..., Settings], tmp_path: Path
) -> None:
    """Who reads the file learns which server was asked, and when."""
    service.fetch(MG, ask(50, token=Token(SECRET), pages=3))
    with closing(sqlite3.connect(tmp_path / "runs" / "rate-limit.sqlite3")) as sql:
        assert sql.execute("SELECT name FROM pragma_table_info('starts')").fetchall() == [
            ("server",), ("at",),
        ]  # fmt: skip
        ((server,),) = sql.execute("SELECT DISTINCT server FROM starts")
    assert f"http://{server}" == host.base_url


def test_two_programs_side_by_side_share_the_window(
    host: Scripted, ask: Callable[..., Settings], tmp_path: Path
) -> None:
    """Each says that it waits; Ctrl-C ends it at once."""
    command = [
        *(sys.executable, "-m", "tui_app", "fetch", "countries/MG", "--fresh", "--plain"),
        *("--base-url", host.base_url, "--window", "12/3600"),
    ]
    programs = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    for program in programs:
        assert program.stderr is not None
        line = next(one for one in program.stderr if "Waiting for the rate limit" in one)
        assert "(12 requests in 3600 s). The run continues at " in line
    host.wait_for(12)
    for program in programs:
        program.send_signal(signal.SIGINT)
    for program in programs:
        _, said = program.communicate(timeout=60)
        assert program.returncode == 130, said
    assert len(host.asked) == 12


def test_each_run_of_a_comparison_begins_with_room_for_all_of_it(
    host: Scripted, service: Service, ask: Callable[..., Settings]
) -> None:
    """Else whoever comes later waits for those before, and looks slow."""
    settings = ask(9, page_counts=(4,), repeats=1, warmup=0)
    watch = StopWhenWaiting(State.PAUSED)
    outcome = service.compare(MG, settings, observer=watch, cancel=watch.cancel)
    assert len(outcome.runs) == 2, "1 + 4 + 4 have room, and the third has none for its first page"
    assert len(host.asked) == 9
    said = next(event.reason for event in watch.events if event.state is State.PAUSED)
    assert said.startswith("Waiting for the rate limit (9 requests in 3600 s). The run starts at ")
    assert outcome.settings["window"] == "9/3600"
    assert outcome.settings["rate_limit"] == (
        "Request 10 of 13 waits for the rate limit (9 requests in 3600 s)."
    )


def test_the_settings_of_a_comparison_say_when_the_live_limit_would_be_met(
    host: Scripted, service: Service, ask: Callable[..., Settings]
) -> None:
    settings = ask(1, window=NO_WINDOW, page_counts=(1,), repeats=1, warmup=0)
    few = service.compare(MG, settings)
    assert (few.settings["window"], few.settings["rate_limit"]) == (None, None)
    many = service.compare(MG, replace(settings, page_counts=(30,), repeats=2))
    assert many.settings["rate_limit"] == (
        "Request 101 of 181 would meet the live API's rate limit (about 100 requests in 120 s)."
    )


@each_method
def test_a_run_that_met_the_limit_says_how_often_it_paused(
    service: Service, tmp_path: Path, method: str
) -> None:
    """Each pause counts once, however many were refused."""

    def limited(path: str, nth: int) -> bytes:
        number = number_of(path)
        first = number in (4, 9) and nth == 1
        return http(b'{"error":"Too Many Requests"}', 429) if first else page(number, 12)

    with scripted(limited) as server:
        settings = Settings(
            source="live", base_url=server.base_url, home=tmp_path / "runs", fresh=True,
            method=method, concurrency=3, rate=1000.0, retries=0, pause_s=0.4, pages=12,
        )  # fmt: skip
        summary = service.fetch(MG, settings)
    assert (summary.complete, summary.pages, summary.retries) == (True, 12, 2)
    assert summary.rate_limit_pauses in (1, 2), "two where the second came after the first pause"
    assert service.summary(summary.run).rate_limit_pauses == summary.rate_limit_pauses


def test_small_requests_do_not_wait_for_two_minutes(service: Service, tmp_path: Path) -> None:
    """`check` that says nothing for ten minutes looks hung."""
    with scripted(lambda path, nth: http(b'{"error":"Too Many Requests"}', 429)) as server:
        settings = Settings(source="live", base_url=server.base_url, home=tmp_path / "runs")
        with pytest.raises(Throttled):
            service.versions(settings)
        assert len(server.asked) == 1


def test_a_saved_run_cant_go_faster_than_a_real_host_permits(
    host: Scripted, service: Service, ask: Callable[..., Settings], tmp_path: Path
) -> None:
    """A store may be somebody else's; who wants more says so with --rate or --window."""
    run = service.fetch(MG, ask(1, window=NO_WINDOW, rate=float("inf"))).run
    with closing(sqlite3.connect(tmp_path / "runs" / "runs.sqlite3")) as sql, sql:
        sql.execute("UPDATE runs SET base_url = 'https://api.iucnredlist.org'")
    _, settings = service.wanted(run)
    assert settings.effective_rate() == COURTEOUS_RATE
    assert settings.effective_window() == COURTEOUS_WINDOW


def test_a_run_that_waits_before_its_first_request_says_so(
    host: Scripted, service: Service, ask: Callable[..., Settings], tmp_path: Path
) -> None:
    """The version is requested first: else a second program seems to hang for minutes."""
    starts = ServerStarts(tmp_path / "runs", host.base_url)
    for _ in range(5):
        starts.reserve(Window(5, LONG))
    starts.close()
    watch = StopWhenWaiting(State.PAUSED)
    service.fetch(MG, ask(5), observer=watch, cancel=watch.cancel)
    assert host.asked == []
    (waiting,) = [event for event in watch.events if event.state is State.PAUSED]
    assert waiting.reason.startswith("Waiting for the rate limit (5 requests in 3600 s). The run ")
