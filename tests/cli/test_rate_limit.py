"""A server's rate limit, as the command line tells of it."""

from __future__ import annotations

import json
import re
import signal

import pytest

from tests.support.methods import EVERY_METHOD
from tests.support.raw_server import http, number_of, page, scripted
from tests.support.terminal import at_a_terminal

REFUSED = http(b'{"error":"Too Many Requests"}', 429)
CONTINUES = r"Rate limit reached \(429\)\. The run continues at \d\d:\d\d:\d\d\."


def once(path: str, nth: int) -> bytes:
    """Five pages; the third is refused at first."""
    number = number_of(path)
    return REFUSED if number == 3 and nth == 1 else page(number, 5)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IUCN_TUI_PAUSE", "0.25")
    monkeypatch.setenv("IUCN_TUI_BACKOFF", "0.001")


@pytest.mark.parametrize("method", EVERY_METHOD)
def test_a_refusal_costs_a_pause_and_nothing_else(cli, method: str) -> None:
    """Nothing is lost, nothing is given up; the reader knows when it goes on."""
    with scripted(once) as server:
        said = cli(
            *("fetch", "countries/MG", "--base-url", server.base_url, "--method", method),
            *("--retries", "0", "--rate", "1000", "--plain", "--json"),
        )
    assert said.code == 0
    summary = json.loads(said.out)
    assert (summary["pages"], summary["complete"], summary["errors"]) == (5, True, [])
    assert (summary["window"], summary["rate_limit_pauses"]) == (None, 1)
    (line,) = [line for line in said.err.splitlines() if "continues at" in line]
    assert re.search(CONTINUES, line)
    assert "1 pause after HTTP 429" in said.err
    shown = cli("show", "last").out
    assert re.search(r"pauses \(HTTP 429\) +1\n", shown)


def test_at_a_terminal_it_stands_above_the_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C does not wait for the end of the pause."""
    monkeypatch.setenv("IUCN_TUI_PAUSE", "3600")
    monkeypatch.setenv("TERM", "xterm")
    with scripted(once) as server:
        code, said = at_a_terminal(
            *("fetch", "countries/MG", "--base-url", server.base_url),
            when=b"The run continues at",
            act=lambda process, terminal: process.send_signal(signal.SIGINT),
        )
    assert code == 130
    assert re.search(CONTINUES, said)


def test_a_run_that_is_refused_for_good_is_finished_by_resume(
    cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Five pauses without one answer between them; what arrived is kept."""
    monkeypatch.setenv("IUCN_TUI_PAUSE", "0.001")
    mended = False

    def answer(path: str, nth: int) -> bytes:
        return page(number_of(path), 5) if mended or number_of(path) < 3 else REFUSED

    with scripted(answer) as server:
        pace = ("--rate", "10000", "--concurrency", "1")
        said = cli("fetch", "countries/MG", "--base-url", server.base_url, *pace)
        assert len(server.asked) == 1 + 2 + 6  # the version, pages, refusals
        assert said.code == 3
        assert (
            "The server still refuses requests after 5 pauses in a row: rate limit "
            "reached (HTTP 429). The run can be resumed" in said.err
        )
        mended = True
        done = cli("resume", "1", "--window", "50/60")
    assert done.code == 0
    shown = cli("show", "1").out
    assert re.search(r"pages +5 of 5\n", shown)


def test_check_says_that_the_limit_is_reached(cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """It does not wait for two minutes."""
    monkeypatch.delenv("IUCN_TUI_PAUSE")
    with scripted(lambda path, nth: REFUSED) as server:
        said = cli("check", "--base-url", server.base_url)
        assert len(server.asked) == 1
    assert said.code == 1
    assert "HTTP 429 (Too Many Requests). Another program may use the same token." in said.out


def test_plan_and_show_tell_the_window(cli, demo) -> None:
    given = ("--base-url", demo.base_url, "--rate", "50", "--window", "90/120")
    said = cli("plan", "countries/VA", *given)
    assert "at most 50 requests a second, 90 requests in 120 s: 5 pages" in said.out
    assert json.loads(cli("plan", "countries/VA", *given, "--json").out)["settings"]["window"] == (
        "90/120"
    )
    assert cli("fetch", "countries/VA", *given, "-q", "--csv", "a.csv").code == 0
    assert re.search(
        r"rate limit +50 requests a second, 90 requests in 120 s\n", cli("show", "1").out
    )
    with open("a.csv.meta.json") as file:
        meta = json.load(file)
    assert (meta["summary"]["window"], meta["summary"]["rate_limit_pauses"]) == ("90/120", 0)


def test_a_comparison_says_when_it_waits_for_the_window(cli, demo) -> None:
    """Before it begins, and in what it prints as JSON."""
    given = ("--base-url", demo.base_url, "--pages", "1", "--repeats", "1", "--warmup", "0")
    said = cli("compare", "countries/VA", *given, "--window", "3/1", "--json")
    met = "Request 4 of 4 waits for the rate limit (3 requests in 1 s)."
    assert met in said.err.splitlines()
    settings = json.loads(said.out)["settings"]
    assert (settings["window"], settings["rate_limit"]) == ("3/1", met)
