"""What a real host is spared: a fast pace without a yes, benchmarks without a count."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from os import write
from pathlib import Path

import pytest

from tests.support.servers import Server, server  # noqa: F401 - a fixture
from tests.support.terminal import at_a_terminal
from tui_app.cli.compare import _live_announcement
from tui_app.redlist import make_query
from tui_app.runs import Service
from tui_app.ui.screenrequest import ScreenRequest

HASTY = ("fetch", "countries/MG", "--base-url", "https://redlist.invalid", "--rate", "20")


@pytest.fixture
def token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IUCN_REDLIST_KEY", "a-token-of-nobody")


def answered(answer: bytes, *args: str) -> tuple[int, str]:
    return at_a_terminal(
        *args, when=b"[y/N]", act=lambda process, terminal: write(terminal, answer)
    )


@pytest.mark.usefixtures("token")
@pytest.mark.parametrize("answer", [b"\n", b"n\n"])
def test_a_fast_pace_on_a_real_host_is_asked_about_and_no_is_the_default(
    answer: bytes, tmp_path: Path
) -> None:
    code, said = answered(answer, *HASTY)
    assert code == 2
    assert "Your token may be limited or revoked" in said
    assert "Cancelled; no requests were sent." in said
    assert not (tmp_path / "runs").exists()


@pytest.mark.usefixtures("token")
def test_yes_goes_on() -> None:
    code, said = answered(b"y\n", *HASTY, "--retries", "0", "--connect-timeout", "2")
    assert code == 1
    assert "Run 1 incomplete" in said


@pytest.mark.usefixtures("token")
@pytest.mark.parametrize(
    "pace", ["--rate off", "--rate 2.1", "--window off", "--window 100/120", "--window 30/30"]
)
def test_without_a_terminal_it_is_a_warning(cli, pace: str) -> None:
    """Else a script hangs at a question that nobody reads."""
    said = cli(*HASTY[:-2], *pace.split(), "--retries", "0", "--connect-timeout", "2")
    assert said.code == 1
    assert (
        "Warning: faster than the API permits (2 requests a second, 90 requests in 120 s)."
        in said.err
    )


def test_this_machine_may_be_asked_as_fast_as_it_likes(cli, demo) -> None:
    said = cli("fetch", "countries/VA", "--base-url", demo.base_url, "--rate", "500")
    assert (said.code, "Warning" in said.err) == (0, False)


@pytest.mark.parametrize(
    ("api", "asked", "warmup"),
    [
        ("v4", ["countries/MG"], 0),
        ("v4", ["countries/MG", "red_list_categories/CR"], 2),
        ("v3", ["species/page"], 1),
    ],
)
def test_a_comparison_asks_as_often_as_it_says(
    server: Callable[..., Server],  # noqa: F811
    tmp_path: Path,
    api: str,
    asked: list[str],
    warmup: int,
) -> None:
    """Else a token is used up by more requests than its owner agreed to."""
    host = server()
    settings = host.settings(
        tmp_path / "runs", api=api, page_counts=(1, 2), repeats=2, warmup=warmup
    )
    query = make_query(asked, settings.api)
    service = Service(settings)
    try:
        service.compare(query, settings)
    finally:
        service.close()
    seen = len(host.asked(versions=True))
    abroad = replace(settings, base_url="https://redlist.invalid")
    said = _live_announcement(abroad, live=True, targets=len(query.targets))
    assert re.findall(r"about (\d+) requests", said) == [str(seen)]
    assert ScreenRequest("compare", query, settings).requests == seen
