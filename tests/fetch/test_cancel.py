"""Stopping: from any thread, whatever hangs, by each method."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time

import pytest

from tests.support.methods import EVERY_METHOD
from tests.support.raw_server import HANG, number_of, page, scripted
from tui_app.fetch import Cancel, Plan, Result, State, run
from tui_app.redlist import make_query

each_method = pytest.mark.parametrize("method", EVERY_METHOD)
LONG_S = 300
"""A time-out that would outlast the test's own."""


def start(plan: Plan, cancel: Cancel, states: list[State]) -> tuple[threading.Thread, list[Result]]:
    results: list[Result] = []
    thread = threading.Thread(
        target=lambda: results.append(run(plan, lambda event: states.append(event.state), cancel)),
        daemon=True,
    )
    thread.start()
    return thread, results


@each_method
def test_hanging_requests_end_and_what_arrived_is_kept(method: str) -> None:
    """F8 with 8 requests hanging must not wait for their time-out."""
    flying = 1 if method == "sequential" else 8

    def answer(path: str, nth: int) -> bytes | None:
        return page(1, 40) if number_of(path) == 1 else HANG

    with scripted(answer) as server:
        cancel, states = Cancel(), list[State]()
        plan = Plan(make_query(["countries/MG"]), server.base_url, method=method, timeout_s=LONG_S)
        thread, results = start(plan, cancel, states)
        server.wait_for(1 + flying)
        cancel.set()
        thread.join(20)
        assert not thread.is_alive()
    (result,) = results
    assert result.cancelled
    assert not result.complete
    assert [one.number for one in result.pages] == [1]
    assert states.count(State.CANCELLED) == flying
    assert states[-1] is State.ENDED


@each_method
def test_a_connection_that_does_not_come_about_ends(method: str) -> None:
    """A firewall that drops packets makes connecting hang."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        # The queue of a server that never accepts is full after two.
        fillers = [socket.socket() for _ in range(3)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(full.getsockname())
        cancel, states = Cancel(), list[State]()
        plan = Plan(
            make_query(["countries/MG"]),
            f"http://127.0.0.1:{full.getsockname()[1]}",
            method=method,
            connect_timeout_s=LONG_S,
            timeout_s=LONG_S,
        )
        thread, results = start(plan, cancel, states)
        while State.STARTED not in states:
            time.sleep(0)
        cancel.set()
        thread.join(20)
        assert not thread.is_alive()
        for filler in fillers:
            filler.close()
    assert results[0].cancelled


@each_method
def test_a_name_that_does_not_resolve_ends(method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """getaddrinfo can't be interrupted: it has to be left behind."""
    asked, release = threading.Event(), threading.Event()

    def hang(*args: object) -> list[object]:
        asked.set()
        release.wait(60)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    cancel, states = Cancel(), list[State]()
    plan = Plan(make_query(["threats"]), "http://redlist.invalid", method=method)
    thread, results = start(plan, cancel, states)
    assert asked.wait(20)
    cancel.set()
    thread.join(20)
    alive = thread.is_alive()
    release.set()
    assert not alive
    assert results[0].cancelled


@each_method
@pytest.mark.parametrize("what", ["pace", "backoff"])
def test_waiting_ends(method: str, what: str) -> None:
    """Stopping must not wait for the rate limit, nor for a backoff of half a minute."""

    def answer(path: str, nth: int) -> bytes:
        return page(number_of(path), 5)

    with scripted(answer) as server:
        cancel, states = Cancel(), list[State]()
        url = server.base_url if what == "pace" else "http://127.0.0.1:9"
        rate = 0.001 if what == "pace" else None
        plan = Plan(make_query(["countries/MG"]), url, method=method, rate=rate, retries=100)
        thread, results = start(plan, cancel, states)
        awaited = State.PACED if what == "pace" else State.RETRIED
        while awaited not in states:
            time.sleep(0)
        cancel.set()
        thread.join(20)
        assert not thread.is_alive()
    assert results[0].cancelled


@each_method
def test_cancelled_before_it_began(method: str) -> None:
    """A stop that comes early must not be lost."""
    cancel = Cancel()
    cancel.set()
    with scripted(lambda path, nth: page(1, 1)) as server:
        result = run(Plan(make_query(["threats"]), server.base_url, method=method), cancel=cancel)
        assert not server.asked
    assert result.cancelled


@each_method
def test_a_byte_at_a_time_does_not_outlast_the_timeout(method: str) -> None:
    """A socket's own time-out starts anew with every byte; an attempt's must not."""
    drip = threading.Event()

    def answer(path: str, nth: int) -> bytes | None:
        return HANG

    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            sock, _ = listener.accept()
            with sock:
                sock.recv(65536)
                try:
                    sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
                    while not drip.wait(0.02):
                        sock.sendall(b"x")
                except OSError:
                    return

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        plan = Plan(
            make_query(["threats"]),
            f"http://127.0.0.1:{listener.getsockname()[1]}",
            method=method,
            timeout_s=0.3,
            retries=0,
        )
        result = run(plan)
        drip.set()
        thread.join()
    (failure,) = result.totals.failures
    assert failure.error.kind == "timeout"
    assert "0.3 s" in str(failure.error)


@each_method
def test_nothing_keeps_the_process_alive(method: str) -> None:
    """After a cancel with requests hanging the interpreter must be able to end."""
    script = f"""
import threading
from tests.support.raw_server import *
from tui_app.fetch import *
from tui_app.redlist import make_query
server = Scripted(lambda path, nth: page(1, 40) if number_of(path) == 1 else HANG)
cancel = Cancel()
def stop():
    server.wait_for({2 if method == "sequential" else 9})
    cancel.set()
threading.Thread(target=stop).start()
plan = Plan(make_query(["countries/MG"]), server.base_url, method="{method}", timeout_s=300)
print(run(plan, cancel=cancel).cancelled, flush=True)
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60
    )
    assert (done.stdout, done.returncode) == ("True\n", 0), done.stderr


def test_cancel_is_safe_from_a_handler_thread_and_twice() -> None:
    """Ctrl-C twice, or F8 and then ctrl+q."""
    heard: list[int] = []
    cancel = Cancel()
    cancel.listen(lambda: heard.append(1))
    forgotten = lambda: heard.append(2)  # noqa: E731
    cancel.listen(forgotten)
    cancel.forget(forgotten)
    previous = signal.signal(signal.SIGUSR1, lambda *_: threading.Thread(target=cancel.set).start())
    os.kill(os.getpid(), signal.SIGUSR1)
    assert cancel.wait(20)
    signal.signal(signal.SIGUSR1, previous)
    cancel.set()
    cancel.listen(lambda: heard.append(3))
    assert heard == [1, 3]
