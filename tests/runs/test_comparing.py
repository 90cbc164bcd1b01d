"""Comparisons through the service: fair, capped, kept apart, and stopped when asked."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.raw_server import http, number_of, page, scripted
from tests.support.servers import StopAfter
from tui_app.compare.explanation import explain
from tui_app.methods import DEFAULT_METHODS
from tui_app.redlist import Token, make_query
from tui_app.redlist.errors import NotFound, RunHalted, TokenRefused, UsageError
from tui_app.runs import RunState, Service, TimedRun, TimedStart, bare
from tui_app.runs.bare import BARE
from tui_app.settings import Settings


def test_every_method_fetches_the_same_pages_and_none_past_the_end(
    server, service: Service, tmp_path: Path
) -> None:
    """Else the comparison is of different work."""
    host = server()
    settings = host.settings(tmp_path, page_counts=(1, 3, 99), repeats=2, warmup=1, concurrency=3)
    starts: list[TimedStart] = []
    ends: list[TimedRun] = []
    outcome = service.compare(
        make_query(["countries/VA"]), settings, on_start=starts.append, on_finish=ends.append
    )
    assert outcome.complete
    assert outcome.note == "countries/VA has only 5 pages; larger page counts were reduced to 5."
    assert outcome.settings["pages"] == [1, 3, 5]
    assert {service.run(start.run).comparison for start in starts} == {int(outcome.comparison)}
    assert outcome.created_utc <= service.run(starts[0].run).created_utc
    timed = [(run.run, run.method, run.pages, run.repeat, run.seconds) for run in ends]
    assert [
        (run.run, run.method, run.pages, run.repeat, run.seconds) for run in outcome.runs
    ] == timed
    assert [run.order for run in ends] == list(range(1, 19))
    assert [start.warmup for start in starts] == [True] * 3 + [False] * 18
    assert {(run.method, run.pages, run.repeat) for run in ends} == {
        (method, pages, repeat)
        for method in DEFAULT_METHODS
        for pages in (1, 3, 5)
        for repeat in (1, 2)
    }
    assert all((run.requests, run.failed) == (run.pages, 0) for run in ends)
    assert all(0 < run.ideal_seconds <= run.seconds for run in ends)
    assert {(row.method, row.pages, row.n) for row in outcome.summary} == {
        (method, pages, 2) for method in DEFAULT_METHODS for pages in (1, 3, 5)
    }
    asked = host.asked()
    for start in starts:
        kept = [one.page for one in service.attempts(start.run)]
        assert sorted(kept) == list(range(1, start.pages + 1))
    assert len(asked) == 1 + sum(start.pages for start in starts)
    assert max(int(line["query"]["page"]) for line in asked) == 5
    assert max(line["in_flight"] for line in asked) <= 3
    assert service.runs(comparisons=False) == []
    assert len(service.runs()) == 21
    with pytest.raises(UsageError, match="There are no saved runs"):
        service.run("last")


def test_over_requests_in_flight_each_method_is_timed_with_so_many(
    server, service: Service, tmp_path: Path
) -> None:
    host = server()
    settings = host.settings(
        tmp_path, page_counts=(2, 5), in_flight_counts=(1, 2, 4), repeats=2, warmup=1
    )
    outcome = service.compare(make_query(["countries/VA"]), settings)
    assert outcome.complete
    assert outcome.settings["in_flight_counts"] == [1, 2, 4]
    points = [("sequential", 1), *((one, n) for one in ("threads", "asyncio") for n in (1, 2, 4))]
    rows = [(row.method, row.in_flight) for row in outcome.summary]
    assert rows == points
    assert {row.pages for row in outcome.summary} == {5}
    assert all((row.n, row.speedup is not None) == (2, True) for row in outcome.summary)
    assert sorted((run.method, run.in_flight) for run in outcome.runs) == sorted(2 * points)
    assert len(host.asked()) == 1 + (3 + 2 * len(points)) * 5
    flying = {run.run: run.in_flight for run in outcome.runs}
    kept = [service.run(one).settings["in_flight"] for one in flying]
    assert kept == list(flying.values())


def test_no_timed_run_waits_to_learn_how_many_pages_there_are(
    server, service: Service, tmp_path: Path
) -> None:
    """Else concurrency is measured with a first page that it can't do anything beside."""
    host = server(delay=0.3)
    settings = host.settings(tmp_path, page_counts=(3,), repeats=1, warmup=0, concurrency=3)
    for method in ("threads", "asyncio"):
        service.compare(make_query(["countries/VA"]), replace(settings, methods=(method,)))
        asked = host.asked()
        assert len(asked) == 4
        assert max(line["in_flight"] for line in asked) == 3


def test_the_order_follows_the_seed(service: Service, settings) -> None:
    """Else a comparison can't be done again as it was."""
    settings = replace(settings, page_counts=(1, 2), repeats=2, warmup=0, seed=5)
    query = make_query(["taxa/order/Crocodylia"])
    first, second = (
        [(run.method, run.pages) for run in service.compare(query, settings).runs] for _ in range(2)
    )
    assert first == second
    plain = service.compare(query, replace(settings, shuffle=False, repeats=1))
    assert [(run.method, run.pages) for run in plain.runs] == [
        (method, pages) for pages in (1, 2) for method in DEFAULT_METHODS
    ]
    assert first[:6] != [(run.method, run.pages) for run in plain.runs]


def test_a_stopped_comparison_keeps_what_was_timed(
    server, service: Service, tmp_path: Path
) -> None:
    """Else stopping a long comparison loses all of its figures."""
    host = server(delay=0.01)
    settings = host.settings(tmp_path, page_counts=(4,), repeats=2, warmup=0, shuffle=False)
    stop = StopAfter(6)
    outcome = service.compare(
        make_query(["countries/VA"]), settings, observer=stop, cancel=stop.cancel
    )
    assert not outcome.complete
    assert [(run.method, run.requests) for run in outcome.runs] == [("sequential", 4)]
    assert [row.method for row in outcome.summary] == ["sequential"]
    assert [row.state for row in service.runs()] == [RunState.STOPPED, RunState.COMPLETE]


def test_a_server_that_fails_halfway_does_not_take_what_was_timed(
    service: Service, tmp_path: Path
) -> None:
    """Else an hour of timing is lost with its last minute."""
    runs = 2

    def answer(path: str, nth: int) -> bytes:
        first_look = number_of(path) == 1
        good = nth <= runs + first_look
        return page(number_of(path), 8) if good else http(status=500)

    settings = Settings(
        source="live", home=tmp_path, methods=("threads",), page_counts=(8,), concurrency=8,
        retries=0, warmup=0, repeats=5,
    )  # fmt: skip
    query = make_query(["countries/VA"])
    with scripted(answer) as host:
        outcome = service.compare(query, replace(settings, base_url=host.base_url))
    assert len(outcome.runs) == 2
    assert not outcome.complete
    assert "Ended early: 8 requests in a row failed" in outcome.note
    runs = 0
    with scripted(answer) as host, pytest.raises(RunHalted):
        service.compare(query, replace(settings, base_url=host.base_url))


def test_v3_is_compared_too(service: Service, settings) -> None:
    """Else the comparison that the project began with can't be done."""
    settings = replace(settings, api="v3", page_counts=(1, 2), repeats=1, warmup=0)
    outcome = service.compare(make_query(["species/page"], "v3"), settings)
    assert outcome.complete
    assert sorted((run.method, run.pages, run.requests) for run in outcome.runs) == sorted(
        (method, pages, pages) for method in DEFAULT_METHODS for pages in (1, 2)
    )


def test_what_cannot_be_compared_is_told(server, service: Service, tmp_path: Path) -> None:
    """Else a comparison of nothing shows figures."""
    host = server(token="right")
    settings = host.settings(tmp_path, page_counts=(1,), token=Token("right"))
    with pytest.raises(UsageError, match="threats has no pages to compare"):
        service.compare(make_query(["threats"]), settings)
    with pytest.raises(UsageError, match="No method is selected"):
        service.compare(make_query(["countries/VA"]), replace(settings, methods=()))
    with pytest.raises(NotFound):
        service.compare(make_query(["countries/QQQ"]), settings)
    with pytest.raises(TokenRefused):
        service.compare(make_query(["countries/VA"]), replace(settings, token=Token("wrong")))
    assert service.runs() == []


def test_without_delays_the_bare_loops_are_timed_and_the_shortest_times_of_a_machine_kept(
    service: Service, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a learner takes this program's share for the method's, or a busy machine's times."""
    query = make_query(["countries/VA"])
    settings = replace(settings, demo_profile="fast", page_counts=(2,), repeats=1, warmup=0)
    first = service.compare(query, settings).settings["written_bare"]
    assert first["seconds"].keys() == {"sequential", "threads", "asyncio"}
    assert all(seconds > 0 for seconds in first["seconds"].values())
    few, many = 1e-6, 9.0
    times = [
        {"sequential": few, "threads": many, "asyncio": many},
        {"sequential": many, "threads": few, "asyncio": many},
    ]
    with monkeypatch.context() as patch:
        patch.setattr(bare, "time_bare", lambda *_: times.pop(0))
        service.compare(query, settings)
        again = service.compare(query, settings)
    assert again.settings["written_bare"] == {
        "about": first["about"],
        "seconds": {"sequential": few, "threads": few, "asyncio": first["seconds"]["asyncio"]},
    }
    assert (
        sum(one.startswith("Written bare, without this program, ") for one in explain(again)) == 1
    )
    other = service.compare(query, replace(settings, concurrency=2))
    assert other.settings["written_bare"]["about"]["in_flight"] == 2
    slower = service.compare(query, replace(settings, demo_profile="typical"))
    assert slower.settings["written_bare"] is None


def test_a_comparison_is_saved_though_a_bare_loop_fails(
    service: Service, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else all that was timed is lost with the server."""

    def fails(urls: object, in_flight: int) -> int:
        raise OSError("connection refused")

    monkeypatch.setitem(BARE, "threads", fails)
    outcome = service.compare(
        make_query(["countries/VA"]), replace(settings, page_counts=(2,), repeats=1, warmup=0)
    )
    assert outcome.complete
    assert outcome.settings["written_bare"] is None
    assert len(service.comparison("last").runs) == 3
