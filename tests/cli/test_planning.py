"""``plan``: what it prints where, what it asks for, and how it ends."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys

import pytest

from tests.support.secret import SECRET, leaks
from tests.support.servers import server  # noqa: F401 - a fixture
from tui_app.compare import forecast as forecast_module

VATICAN = "countries/VA"  # five pages
SLOW_S = 0.3  # so much that this computer's own work is nothing beside it
QUICK_S = 0.02
PROMISED = "settings pages records details requests kept at_most rows basis assumed advice lists"
ROW = "method concurrency seconds low high requests limit halted"


@pytest.fixture(autouse=True)
def few_simulated(monkeypatch: pytest.MonkeyPatch) -> None:
    """The arithmetic is tested elsewhere."""
    monkeypatch.setattr(forecast_module, "ANSWERS_IN_ALL", 1_000)


def test_the_table_is_on_stdout_and_what_it_is_from_on_stderr(cli, server) -> None:  # noqa: F811
    """Else a script that keeps the table keeps chatter, or nobody knows what it is worth."""
    host = server(delay=QUICK_S)
    said = cli("plan", VATICAN, "--base-url", host.base_url)
    assert said.code == 0
    assert said.err == "Estimated from 3 test requests.\n"
    lines = said.out.splitlines()
    assert lines[0] == "5 requests, no rate limit: 5 pages, 444 records"
    assert lines[1].split() == ["method", "in", "flight", "time", "min", "max", "waits", "for"]
    assert [line.split()[:2] for line in lines[2:13]] == [
        ["sequential", "1"],
        *([method, str(count)] for method in ("threads", "asyncio") for count in (1, 2, 4, 8, 16)),
    ]
    assert "in flight" in lines[13]
    assert len(host.asked()) == 3
    assert cli("plan", VATICAN, "--base-url", host.base_url, "-q").err == ""
    assert json.loads(cli("runs", "--json").out) == []


def test_json_is_what_is_promised(cli, server) -> None:  # noqa: F811
    """Else scripts that read `plan --json` break."""
    host = server(delay=QUICK_S)
    said = cli("plan", VATICAN, "--base-url", host.base_url, "--rate", "3", "--json")
    found = json.loads(said.out)
    assert list(found) == PROMISED.split()
    assert all(list(row) == ROW.split() for row in found["rows"])
    assert found["settings"] == {
        "source": "live", "api": "v4", "base_url": host.base_url, "demo_profile": None,
        "operations": [VATICAN], "method": "asyncio", "concurrency": 8, "rate": 3.0,
        "window": None, "pages": None, "details": False, "intersect": False,
    }  # fmt: skip
    assert list(found["basis"]) == ["kept", "probed", "link", "crowd"]
    assert all(row["low"] <= row["seconds"] <= row["high"] for row in found["rows"])


def test_what_is_kept_is_said(cli, server) -> None:  # noqa: F811
    """Else who has most of it already is told of hours."""
    host = server(delay=QUICK_S)
    fetch = (VATICAN, "--base-url", host.base_url)
    assert cli("fetch", *fetch, "--pages", "3", "-q").code == 0
    host.asked()
    said = cli("plan", *fetch, "--concurrency", "3", "--method", "threads")
    assert said.err == "Estimated from 3 saved responses.\n"
    assert said.out.startswith("2 of 5 requests, 3 already saved, no rate limit: 5 pages")
    assert said.out.count("threads") >= 6
    assert "5 requests, no rate limit" in cli("plan", *fetch, "--fresh").out
    assert cli("plan", *fetch, "--pages", "3").out.splitlines() == [
        "0 of 3 requests, 3 already saved, no rate limit: 3 pages, 300 records",
        "Everything is already saved.",
    ]
    assert host.asked() == []


def test_the_demo_says_that_it_is_one(cli) -> None:
    """Else its times are taken for the real server's."""
    said = cli("plan", "threats", "--demo-profile", "fast")
    assert said.code == 0
    assert said.out.startswith(
        "DEMO, synthetic data (profile fast)\n1 request, no rate limit: 1 response"
    )


@pytest.mark.parametrize(
    ("args", "code", "said"),
    [
        (("countreis/MG",), 2, "There is no operation 'countreis/MG'"),
        (("threats", "--details"), 2, "lists no assessments to follow"),
        ((VATICAN, "--concurrency", "0"), 2, "In flight is a whole number"),
        ((VATICAN, "--source", "live"), 4, "no token is set"),
        (("countries/QQQ",), 1, "not found"),
        ((VATICAN, "--base-url", "http://127.0.0.1:9", "--retries", "0"), 1, "connection refused"),
    ],
)
def test_what_cannot_be_told_is_said(cli, args, code, said) -> None:
    """Else a wrong word ends in a traceback, or in a forecast of nothing."""
    found = cli("plan", *args)
    assert (found.code, found.out) == (code, "")
    assert said in found.err
    assert found.err.count("\n") <= 2


def test_the_token_goes_to_the_server_and_shows_nowhere(
    cli,
    server,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Else a forecast tells it."""
    host = server(token=SECRET, delay=QUICK_S)
    monkeypatch.setenv("IUCN_REDLIST_KEY", SECRET)
    said = cli("plan", VATICAN, "--base-url", host.base_url, "--json")
    assert said.code == 0
    assert not leaks(said.out + said.err)
    monkeypatch.setenv("IUCN_REDLIST_KEY", "another")
    assert cli("plan", VATICAN, "--base-url", host.base_url).code == 4


def test_ctrl_c_ends_it_at_once() -> None:
    """Else a server that hangs keeps whoever just wanted to know."""
    with socket.create_server(("127.0.0.1", 0)) as mute:
        base_url = f"http://127.0.0.1:{mute.getsockname()[1]}"
        process = subprocess.Popen(
            [sys.executable, "-m", "tui_app", "plan", VATICAN, "--base-url", base_url],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        asked, _ = mute.accept()
        with asked:
            assert asked.recv(10)
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (130, "")
    assert "Traceback" not in err


def test_a_run_for_which_nothing_was_sent_is_no_obstacle(cli, server) -> None:  # noqa: F811
    """Else a forecast ends with a traceback where a fetch was all in what is kept."""
    host = server()
    for _ in range(2):
        assert cli("fetch", VATICAN, "--base-url", host.base_url).code == 0
    assert cli("plan", VATICAN, "--base-url", host.base_url).code == 0
