"""The token in a run: not kept where a server repeats it, and in no fault of the engine."""

from __future__ import annotations

import http.client
import json
import os
from pathlib import Path

import pytest

from tests.support.crash_reports import reports, v3
from tests.support.methods import EVERY_METHOD
from tests.support.raw_server import http as answer
from tests.support.raw_server import scripted
from tests.support.secret import SECRET, leaks
from tui_app.fetch import Plan, run, stream
from tui_app.fetch.attempt import Attempt
from tui_app.redlist import Token, make_query
from tui_app.redlist.errors import UsageError

TOKEN = Token(SECRET)
each_method = pytest.mark.parametrize("method", EVERY_METHOD)


@each_method
def test_a_fault_of_the_engine_says_where_and_not_what(
    method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the token stands in the report of it that a user sends us."""

    def broken(self: Attempt, *args: object) -> None:
        url = self.url
        raise LookupError(url, self.headers())

    monkeypatch.setattr(Attempt, "mark_headers", broken)
    with scripted(lambda path, nth: answer(b"{}")) as server:
        for plan in (
            v3(server.base_url, method),
            Plan(make_query(["threats"]), server.base_url, method=method, token=TOKEN),
        ):
            for begin in (run, lambda plan: list(stream(plan))):
                with pytest.raises((LookupError, ExceptionGroup)) as caught:
                    begin(plan)
                said = reports(caught.value)
                assert "in broken" in said
                assert not leaks(said)
        assert all(leaks(head) for head in server.heads)


@each_method
def test_a_server_that_repeats_it_has_it_kept_nowhere(
    method: str, cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the token is in the store, and in exports that are published."""

    def repeat(path: str, nth: int) -> bytes:
        if "page=2" in path:  # cut in the middle, where a message ends
            return answer(json.dumps({"error": "x" * 190 + SECRET}).encode(), 400)
        row = {"assessment_id": 1, "url": f"https://h/?a={SECRET}", SECRET: [SECRET]}
        body = json.dumps({"assessments": [row]}).encode()
        return answer(body, total_pages="2", etag=f'"{SECRET}"')

    monkeypatch.setenv("IUCN_REDLIST_KEY", SECRET)
    with scripted(repeat) as server:
        monkeypatch.setenv("IUCN_TUI_BASE_URL", server.base_url)
        files = ("--csv", "a.csv", "--jsonl", "a.jsonl", "--requests-csv", "r.csv")
        assert cli("fetch", "countries/MG", "--method", method, *files, "--plain").code == 3
        assert any(leaks(head) for head in server.heads)
    (row,) = map(json.loads, Path("a.jsonl").read_text("utf-8").splitlines())
    assert row == {"assessment_id": 1, "url": "https://h/?a=••••", "••••": ["••••"]}
    for file in (*Path().iterdir(), *Path("../runs").glob("*.sqlite3*")):
        assert file.is_dir() or SECRET[:8].encode() not in file.read_bytes(), file


@pytest.mark.parametrize("method", ["sequential", "threads"])
def test_who_has_http_client_print_is_not_shown_it(
    method: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a usual way to look at what requests sends shows it."""
    monkeypatch.setattr(http.client.HTTPConnection, "debuglevel", 1)
    with scripted(lambda path, nth: answer(b'{"threats":[]}')) as server:
        run(Plan(make_query(["threats"]), server.base_url, method=method, token=TOKEN))
        assert any(leaks(head) for head in server.heads)
    assert SECRET not in capsys.readouterr().out


def test_a_plan_sends_no_token_in_clear() -> None:
    """Else who uses the engine from Python is not as safe as who uses the program."""
    query = make_query(["threats"])
    with pytest.raises(UsageError, match="over plain http"):
        Plan(query, "http://redlist.test", token=TOKEN)
    assert Plan(query, "http://redlist.test")
    assert Plan(query, "http://127.0.0.1:1", token=TOKEN)


def test_what_to_know_of_the_token_is_said_once(cli, demo) -> None:
    """Else nobody looks whether others can read the file."""
    file = Path("config.ini")
    file.write_text(f"[API]\niucn = {SECRET}\n")
    file.chmod(0o644)
    for command in (
        ("runs",),
        ("config",),
        ("fetch", "systems", "--base-url", demo.base_url, "-q"),
    ):
        said = cli(*command)
        assert said.err.count("Warning: Other users can read config.ini") == 1
        assert "chmod 600 config.ini" in said.err
    os.chmod(file, 0o600)
    assert "Warning" not in cli("runs").err
