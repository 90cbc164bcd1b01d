"""The method of the topic writing-a-method works, and behaves as the built-in ones do."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import tomllib
from itertools import pairwise
from pathlib import Path

import pytest
from textual.pilot import Pilot

from tests.support.doc_blocks import blocks
from tests.support.packages import GROUP, Install
from tests.support.raw_server import HANG, http, number_of, page, scripted
from tests.support.screens import play, until_done
from tests.support.secret import SECRET
from tui_app.demo import DemoServer
from tui_app.docs import topic
from tui_app.fetch import Cancel, Event, Plan, Result, State, run
from tui_app.redlist import Token, make_query
from tui_app.settings import Settings
from tui_app.ui.app import RedListApp
from tui_app.ui.fields import Tick


@pytest.fixture(autouse=True)
def urllib3_method(others: Install) -> None:
    """Install what the topic shows."""
    written = blocks(topic("writing-a-method").text)
    (toml,), (code,) = (
        [block.text for block in written if block.kind == kind]
        for kind in ("toml", "python module")
    )
    entries = tomllib.loads(toml)["project"]["entry-points"][GROUP]
    others("written-method", entries, {f"{entries['urllib3']}.py": code})


def carry(base_url: str, **more: object) -> tuple[Result, list[Event]]:
    events: list[Event] = []
    plan = Plan(make_query(["countries/MG"]), base_url, method="urllib3", **more)  # type: ignore[arg-type]
    return run(plan, events.append), events


def program(*args: str) -> str:
    done = subprocess.run([sys.executable, "-m", "tui_app", *args], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_command_line_fetches_and_compares_with_it(
    cli,
    demo: DemoServer,
) -> None:
    fetch = ("fetch", "taxa/family/Felidae", "--base-url", demo.base_url, "--fresh")
    for method in ("threads", "urllib3"):
        assert cli(*fetch, "--method", method, "--csv", f"{method}.csv", "-q").code == 0
    assert Path("urllib3.csv").read_bytes() == Path("threads.csv").read_bytes()
    sweep = ("--pages", "1,3", "--repeats", "2", "--demo-profile", "fast")
    said = json.loads(program("compare", "--methods", "sequential,urllib3", *sweep, "--json"))
    assert [(row["method"], row["pages"], row["n"]) for row in said["summary"]] == [
        (method, pages, 2) for pages in (1, 3) for method in ("sequential", "urllib3")
    ]
    assert not any(timed["failed"] for timed in said["runs"])
    every = json.loads(cli("compare", "--methods", "all", *sweep, "--json").out)
    assert every["settings"]["methods"][-1] == "urllib3"


def test_it_asks_for_the_same_as_ours_and_follows_nothing() -> None:
    def heads(method: str) -> set[str]:
        with scripted(lambda path, nth: page(number_of(path), 3)) as server:
            operation = "taxa/scientific_name?genus_name=Été&species_name=a b/c&x[]=%2F"
            for one in ("countries/M%2FG?latest=true", operation):
                query = make_query([one])
                run(Plan(query, server.base_url, method=method, token=Token(SECRET)))
            return {
                head.splitlines()[0]
                + "\n".join(
                    sorted(
                        line.lower()
                        for line in head.splitlines()[1:]
                        if not line.lower().startswith(("host:", "connection:"))
                    )
                )
                for head in server.heads
            }

    assert heads("urllib3") == heads("threads")
    with scripted(lambda path, nth: http(b"", 302, location="http://127.0.0.1:1/")) as server:
        result, _ = carry(server.base_url)
        assert len(server.asked) == 1
    assert [one.error.kind for one in result.totals.failures] == ["redirected"]


@pytest.mark.parametrize(
    ("bad", "kind"),
    [
        (b"", "connection"),
        (http(b"", 503), "server"),
        (http(b'{"assessments":[', length=5000), "cut-off"),
        (http(b"x" * 3000), "too-large"),
        (b"SSH-2.0-OpenSSH\r\nContent-Length: 0\r\n\r\n", "malformed"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\n", "malformed"),
        (page(2, 9) + page(9, 9), "malformed"),
        (b"HTTP/1.1 103 Early Hints\r\n\r\n" + page(2, 9), ""),
    ],
)
def test_what_goes_wrong_is_told_and_made_good(bad: bytes, kind: str) -> None:
    def answer(path: str, nth: int) -> bytes:
        number = number_of(path)
        return bad if number == 2 and nth == 1 else page(number, 9)

    with scripted(answer) as server:
        result, events = carry(server.base_url, concurrency=2, max_body_bytes=2000, backoff_s=0.001)
    told = [event.kind for event in events if event.state in (State.RETRIED, State.FAILED)]
    assert told == [kind] * bool(kind)
    assert all(one.body in page(one.number or 0, 9) for one in result.pages)
    lost = kind == "too-large"  # nothing that a repeat would mend
    assert [one.number for one in result.pages] == [
        n for n in range(1, 10) if not (lost and n == 2)
    ]
    assert result.totals.stopped is None


def test_its_pace_holds_and_it_stops_while_the_server_hangs() -> None:
    def answer(path: str, nth: int) -> bytes | None:
        return page(number_of(path), 40) if number_of(path) < 6 else HANG

    cancel = Cancel()
    with scripted(answer) as server:
        query = make_query(["countries/MG"])
        plan = Plan(query, server.base_url, method="urllib3", rate=20.0, timeout_s=300)
        results: list[Result] = []
        events: list[Event] = []
        thread = threading.Thread(
            target=lambda: results.append(run(plan, events.append, cancel)), daemon=True
        )
        thread.start()
        server.wait_for(5 + 8)
        cancel.set()
        thread.join(20)
        assert not thread.is_alive()
    assert results[0].cancelled
    assert results[0].totals.stopped is None
    assert [one.number for one in results[0].pages] == [1, 2, 3, 4, 5]
    assert sum(event.state is State.CANCELLED for event in events) == 8
    left = sorted(event.at for event in events if event.state is State.SENT)
    assert all(later - sooner >= 0.8 / 20 for sooner, later in pairwise(left))


def test_the_application_runs_it(settings: Settings) -> None:
    app = RedListApp(settings)

    async def scenario(pilot: Pilot[None]) -> None:
        for tick in app.main.query("#methods Tick").results(Tick):
            tick.value = tick.id in ("method-threads", "method-urllib3")
        app.main.query_one("#page_counts").value = "1,3"  # type: ignore[attr-defined]
        await pilot.pause()
        await pilot.press("f5")
        await until_done(pilot, app)
        assert app.main.job is not None
        timed = app.main.job.model.timed
        assert {(one.method, one.pages) for one in timed} == {
            (method, pages) for method in ("threads", "urllib3") for pages in (1, 3)
        }
        assert not any(one.failed for one in timed)

    play(app, scenario)
