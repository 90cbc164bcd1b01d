"""Methods of other packages, which may do anything: a run says so, and keeps what arrived."""

from __future__ import annotations

import json

import pytest

from tests.support.packages import Install
from tests.support.raw_server import number_of, page, scripted
from tests.support.secret import SECRET
from tui_app.cli import main
from tui_app.demo import DemoServer
from tui_app.fetch import Event, Plan, Result, State, run
from tui_app.redlist import Token, make_query
from tui_app.redlist.errors import MethodFailed

# One request after another, in the fewest lines; {fault} is done with the second.
METHOD = """
from urllib.request import urlopen
from tui_app.fetch import Cancelled, Response

def carry(dispatcher):
    sent = 0
    while (attempt := dispatcher.take()) is not None:
        sent += 1
        with urlopen(attempt.url) as answer:
            headers = {{name.lower(): text for name, text in answer.headers.items()}}
            outcome = Response(answer.status, headers, answer.read())
        if sent == 2:
            {fault}
        dispatcher.settle(attempt, outcome)
"""


def carry(base_url: str, **more: object) -> tuple[Result, list[Event]]:
    events: list[Event] = []
    plan = Plan(make_query(["countries/MG"]), base_url, method="theirs", **more)  # type: ignore[arg-type]
    return run(plan, events.append), events


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("return", "ended before all requests were complete."),
        ("dispatcher.halt.set()", "ended before all requests were complete."),
        ("{}['answer']", "failed: KeyError: 'answer' (theirs.py, line 13)."),
        ("outcome = None", "not NoneType (engine.py, line "),
        ("outcome = answer", "not HTTPResponse (engine.py, line "),
        ("dispatcher.settle(attempt, outcome)", "failed: KeyError: 1 (policy.py, line "),
        ("raise ValueError(dispatcher.plan.token.reveal())", "failed: ValueError: •••• ("),
        ("raise KeyError(attempt.headers())", "failed: KeyError: "),
    ],
)
def test_a_fault_ends_the_run_with_a_sentence(others: Install, fault: str, said: str) -> None:
    """What arrived before it is kept, and nobody takes the rest for fetched."""
    others("their-package", {"theirs": "theirs"}, {"theirs.py": METHOD.format(fault=fault)})
    with scripted(lambda path, nth: page(number_of(path), 4)) as server:
        result, events = carry(server.base_url, token=Token(SECRET))
    stopped = result.totals.stopped
    assert isinstance(stopped, MethodFailed)
    assert str(stopped).startswith("The method 'theirs' of their-package 1.0 ")
    assert said in stopped.sentence()
    assert "best by another method" in stopped.sentence()
    assert SECRET not in repr(stopped.__cause__)
    assert not result.complete
    assert [one.number for one in result.pages][:1] == [1]
    assert len(result.pages) < 4
    assert events[-1].state is State.ENDED
    assert events[-1].reason == str(stopped)


@pytest.mark.parametrize("fault", ["return", "1 / 0"])
def test_the_command_line_tells_it_and_another_method_goes_on(
    others: Install, demo: DemoServer, capsys: pytest.CaptureFixture[str], fault: str
) -> None:
    others("their-package", {"theirs": "theirs"}, {"theirs.py": METHOD.format(fault=fault)})
    server = ("--base-url", demo.base_url)
    assert main(["fetch", "countries/VA", "--method", "theirs", *server, "--pages", "3"]) == 3
    said = capsys.readouterr().err
    assert "The method 'theirs' of their-package 1.0 " in said
    assert "resumed, best by another method. `iucn-tui resume 1` continues the run." in said
    assert "Traceback" not in said
    assert main(["resume", "1", "--method", "threads", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["complete"]


def test_a_request_counts_as_sent_when_its_headers_are_here(others: Install) -> None:
    """Few libraries tell when a request leaves; under a pace the next one waits for that."""
    code = """
from threading import Event, Thread
from urllib.request import urlopen
from tui_app.fetch import Response

both = Event()
begun = []

def work(dispatcher):
    while (attempt := dispatcher.take()) is not None:
        begun.append(attempt)
        if len(begun) == 3:
            both.set()
        with urlopen(attempt.url) as answer:
            headers = {name.lower(): text for name, text in answer.headers.items()}
            attempt.mark_headers(answer.status, headers)
            assert len(begun) == 1 or both.wait(20), "the third waits for the second one's body"
            dispatcher.settle(attempt, Response(answer.status, headers, answer.read()))

def carry(dispatcher):
    threads = [Thread(target=work, args=[dispatcher], daemon=True) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
"""
    others("their-package", {"theirs": "theirs"}, {"theirs.py": code})
    with scripted(lambda path, nth: page(number_of(path), 3)) as server:
        result, events = carry(server.base_url, rate=50.0)
    assert result.complete
    assert not any(event.state is State.SENT for event in events)


def test_a_body_past_the_limit_is_refused_whoever_read_it(others: Install) -> None:
    """Else a page of a gigabyte is decoded because somebody's method has no bound."""
    others("their-package", {"theirs": "theirs"}, {"theirs.py": METHOD.format(fault="pass")})
    with scripted(lambda path, nth: page(number_of(path), 1, rows=500)) as server:
        result, _ = carry(server.base_url, max_body_bytes=2000, retries=0)
    assert [one.error.kind for one in result.totals.failures] == ["too-large"]


def test_a_method_says_that_it_has_one_in_flight(others: Install) -> None:
    code = METHOD.format(fault="pass")
    others(
        "their-package",
        {"theirs": "theirs", "many": "many"},
        {"theirs.py": code + "\nONE_IN_FLIGHT = True\n", "many.py": code},
    )
    query = make_query(["threats"])
    assert Plan(query, "http://127.0.0.1:1", method="theirs", concurrency=7).in_flight == 1
    assert Plan(query, "http://127.0.0.1:1", method="many", concurrency=7).in_flight == 7
