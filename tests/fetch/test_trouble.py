"""Faults of our own callers: observers and keepers that raise, cancel, or are slow."""

from __future__ import annotations

import socket
import threading
from collections.abc import Sequence

import pytest

from tests.support.methods import EVERY_METHOD
from tests.support.raw_server import http, number_of, page, scripted
from tests.support.secret import SECRET
from tui_app.demo import DemoServer
from tui_app.fetch import Cancel, Event, Plan, State, run
from tui_app.fetch.attempt import MemoryRecorder
from tui_app.fetch.engine import Dispatcher
from tui_app.fetch.events import nobody
from tui_app.fetch.requests_client import RequestsClient
from tui_app.redlist import Token, make_query

each_method = pytest.mark.parametrize("method", EVERY_METHOD)


@each_method
def test_a_keeper_with_a_fault_of_its_own_ends_the_run_loudly(
    demo: DemoServer, method: str
) -> None:
    """Pages that were lost must never count as a complete run."""

    class Broken:
        def keep(self, items: Sequence[object]) -> None:
            raise ZeroDivisionError

    plan = Plan(make_query(["taxa/order/Anura"]), demo.base_url, method=method, pages=100)
    with pytest.raises(ZeroDivisionError):
        run(plan, recorder=Broken())  # type: ignore[arg-type]


@each_method
@pytest.mark.parametrize("when", [State.QUEUED, State.PACED, State.PLANNED, State.KEPT])
def test_an_observer_may_cancel(demo: DemoServer, method: str, when: State) -> None:
    """ "Stop after the first page" is the first thing that somebody writes."""
    cancel = Cancel()

    def observe(event: Event) -> None:
        if event.state is when:
            cancel.set()

    plan = Plan(make_query(["taxa/order/Anura"]), demo.base_url, method=method, rate=50)
    results: list[bool] = []
    thread = threading.Thread(
        target=lambda: results.append(run(plan, observe, cancel).cancelled), daemon=True
    )
    thread.start()
    thread.join(20)
    assert results == [True]


@each_method
def test_an_observer_that_raises_costs_no_page(demo: DemoServer, method: str) -> None:
    """Somebody's faulty callback must not lose what arrives."""

    def observe(event: Event) -> None:
        raise ZeroDivisionError

    plan = Plan(make_query(["taxa/family/Felidae"]), demo.base_url, method=method)
    with pytest.warns(RuntimeWarning, match="ZeroDivisionError"):
        result = run(plan, observe)
    assert result.complete
    assert len(result.pages) == result.pages_total


@each_method
def test_odd_bytes_in_a_header_are_kept_as_text(method: str) -> None:
    """One byte in an ETag must not cost a page, nor differ by method."""
    odd = page(1, 1).replace(b"\r\n", b'\r\nETag: "\xff"\r\n', 1)
    with scripted(lambda path, nth: odd) as server:
        result = run(Plan(make_query(["countries/MG"]), server.base_url, method=method))
    assert result.complete
    assert result.pages[0].headers["etag"].isascii()


@each_method
def test_a_token_that_the_server_repeats_is_not_repeated(method: str) -> None:
    """Servers quote what they refuse."""

    def answer(path: str, nth: int) -> bytes:
        status = 400 if number_of(path) == 1 else 500
        said = f'{{"error":"Bad token {SECRET} in /x?token=0THER&y=1"}}'
        return http(said.encode(), status)

    events: list[Event] = []
    with scripted(answer) as server:
        query, token = make_query(["countries/MG"]), Token(SECRET)
        plan = Plan(query, server.base_url, method=method, token=token, backoff_s=0.001)
        result = run(plan, events.append)
    shown = repr((events, result, str(result.totals.failures[0].error)))
    assert "Bad token" in shown
    assert SECRET not in shown
    assert "0THER" not in shown


def test_the_token_is_in_no_session_of_aiohttp() -> None:
    """aiohttp sends a session's headers to the proxy, in clear, when it opens a tunnel."""
    plan = Plan(make_query(["threats"]), "https://redlist.test", token=Token(SECRET))
    assert SECRET not in repr(plan.headers())
    assert plan.token_header() == {"Authorization": SECRET}


def test_who_leaves_closes_its_connections(demo: DemoServer) -> None:
    """Not when the collector comes: a window that is open all day would run out of files."""
    plan = Plan(make_query(["countries/VA"]), demo.base_url, method="sequential")
    dispatcher = Dispatcher(plan, MemoryRecorder(), nobody)
    opened: list[socket.socket] = []

    class Noting(RequestsClient):
        def go_over(self, sock: socket.socket) -> None:
            opened.append(sock)
            super().go_over(sock)

    with Noting(dispatcher) as transport:
        attempt = dispatcher.take()
        assert attempt is not None
        dispatcher.settle(attempt, transport.send(attempt))
        assert [one.fileno() >= 0 for one in opened] == [True]
    assert [one.fileno() for one in opened] == [-1]
    dispatcher.finish()
