"""The client's times against the server's log: both read the same clock.

Bounds that hold on a machine of any speed: an answer is here after it was sent, and of many
requests the luckiest shows what measuring adds. How close they are as a rule is measured by
`tests/benchmarks/clocks_agree.py`.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.methods import EVERY_METHOD
from tui_app.fetch import Event, State
from tui_app.redlist import make_query
from tui_app.runs import Service

PAGES = 20
LATENCY_S = 0.02


@pytest.mark.parametrize("method", EVERY_METHOD)
def test_the_client_s_times_are_the_server_s(
    server, service: Service, tmp_path: Path, method: str
) -> None:
    """Else a comparison compares what nobody measured."""
    host = server(delay=LATENCY_S)
    settings = host.settings(
        tmp_path, methods=(method,), page_counts=(PAGES,), repeats=1, warmup=0, concurrency=4
    )
    events: list[Event] = []
    outcome = service.compare(make_query(["taxa/class/REPTILIA"]), settings, observer=events.append)
    (timed,) = outcome.runs
    _first_look, *log = host.asked()
    seen: dict[int, dict[State, float]] = defaultdict(dict)
    pages: dict[int, int | None] = {}
    for event in events:
        seen[event.request][event.state] = event.at
        if event.state is State.QUEUED:
            pages[event.request] = event.page
    run = seen.pop(-1)
    by_page = {int(line["query"]["page"]): line for line in log}
    assert len(seen) == len(log) == PAGES
    more_s = []
    for request, at in seen.items():
        line = by_page[pages[request] or 0]
        assert at[State.STARTED] < line["arrived"] < line["sending"] < at[State.BODY]
        client_s = at[State.BODY] - at[State.STARTED]
        more_s.append(client_s - (line["sending"] - line["arrived"]))
    assert 0 < min(more_s) < LATENCY_S
    first, last = min(line["arrived"] for line in log), max(line["sending"] for line in log)
    assert run[State.BEGUN] < first < last < run[State.ENDED]
    assert timed.seconds == pytest.approx(run[State.ENDED] - run[State.BEGUN], abs=1e-3)
    assert last - first < timed.network_seconds + timed.own_seconds
    assert timed.network_seconds <= timed.seconds
    assert timed.ideal_seconds <= timed.seconds
    assert 0 < timed.work_seconds < timed.cpu_seconds


def test_waiting_for_the_pace_is_told_apart_from_the_network(
    server, service: Service, tmp_path: Path
) -> None:
    host = server()
    settings = host.settings(
        tmp_path, methods=("threads",), page_counts=(5,), repeats=1, warmup=0, rate=20.0
    )
    (timed,) = service.compare(make_query(["countries/VA"]), settings).runs
    assert timed.limit == "pace"
    assert timed.pace_wait_seconds > 0.1
    assert timed.network_seconds < timed.seconds - timed.own_seconds
    assert timed.terms is not None
    assert timed.terms["pace"] >= 4 / 20.0


def test_the_same_answers_are_compared_or_it_is_said(
    server, service: Service, tmp_path: Path
) -> None:
    """Else a list that changed meanwhile makes a method look slow."""
    host = server()
    settings = host.settings(
        tmp_path, methods=("sequential", "asyncio"), page_counts=(2,), repeats=2, warmup=0
    )
    outcome = service.compare(make_query(["countries/VA"]), settings)
    assert outcome.settings["same_answers"] is True
    assert outcome.note == ""


def test_what_it_ran_on_is_kept_with_it(service: Service, settings) -> None:
    query = make_query(["taxa/order/Crocodylia"])
    outcome = service.compare(query, replace(settings, page_counts=(1,), repeats=1, warmup=0))
    told = outcome.settings["environment"]
    assert {"iucn-tui", "python", "requests", "aiohttp", "system", "processors"} <= told.keys()
    assert all(run.cpu_seconds > 0 for run in outcome.runs)
    assert outcome.settings["screen"] is None  # there is none
