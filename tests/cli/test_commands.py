"""Each command: what it prints where, and how it ends."""

from __future__ import annotations

import csv
import io
import json
import stat
from itertools import groupby
from pathlib import Path

import click
import pytest

from tests.support.secret import SECRET
from tui_app import __version__
from tui_app.cli.commands import _COMMANDS, program
from tui_app.demo import DemoServer
from tui_app.settings import load_settings, user_config_file

CROCODILES = "taxa/order/Crocodylia"
SUMMARY = (
    "run source api base_url operations method concurrency rate pages pages_total records "
    "records_total requests retries failed seconds ideal_seconds efficiency pace_wait_seconds "
    "bytes latency_ms errors red_list_version citation complete"
    " created_utc reused revalidated details details_total lines intersect distinct not_found"
    " repeated stopped_because replay_of replayed_base_url fetched_utc"
    " cpu_seconds window rate_limit_pauses rows lines_repeated"
)
FAST = ("--demo-profile", "fast")


def commands() -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = []
    for name in _COMMANDS:
        found.append((name,))
        command = program.get_command(click.Context(program), name)
        if isinstance(command, click.Group):
            found += [(name, inner) for inner in command.commands]
    return found


@pytest.mark.parametrize("names", commands(), ids=" ".join)
def test_every_command_has_help_with_an_example(cli, names) -> None:
    """Else the user has to find out by trying."""
    said = cli(*names, "--help")
    assert said.code == 0
    assert f"Example: iucn-tui {' '.join(names)}" in said.out
    assert said.err == ""


def test_help_names_every_command(cli) -> None:
    """Else a command can't be found."""
    said = cli("--help")
    assert said.code == 0
    for name in (
        *("fetch", "compare", "resume", "runs", "show", "diff", "delete", "export"),
        *("operations", "check"),
    ):
        assert f"\n  {name} " in said.out
    assert "\n  iucn-tui fetch taxa/family/Felidae --csv felidae.csv\n" in said.out
    assert cli("--version") == (0, f"iucn-tui {__version__}\n", "")


def test_fetch_prints_the_summary_that_is_promised(cli, demo) -> None:
    """Else scripts that read `fetch --json` break."""
    said = cli("fetch", CROCODILES, "--base-url", demo.base_url, "--json", "--csv", "a.csv")
    assert said.code == 0
    summary = json.loads(said.out)
    assert list(summary) == SUMMARY.split()
    assert list(summary["latency_ms"]) == ["p50", "p90", "p95", "p99", "max"]
    assert (summary["source"], summary["api"], summary["base_url"]) == ("live", "v4", demo.base_url)
    assert (summary["operations"], summary["method"]) == ([CROCODILES], "asyncio")
    assert (summary["pages"], summary["records"], summary["complete"]) == (2, 154, True)
    assert 0 < summary["efficiency"] <= 1
    assert f"Run {summary['run']} complete: 2 pages, 154 records" in said.err
    assert "154 rows to a.csv" in said.err
    assert json.loads(Path("a.csv.meta.json").read_text("utf-8"))["summary"] == summary


def test_data_go_to_stdout_and_nothing_else_does(cli, demo) -> None:
    """Else a pipe into another program carries messages among the rows."""
    base = ("fetch", CROCODILES, "--base-url", demo.base_url)
    said = cli(*base)
    assert (said.code, said.out) == (0, "")
    assert "2 pages" in said.err
    said = cli(*base, "--csv", "-", "--plain", "-v")
    rows = list(csv.reader(io.StringIO(said.out, newline="")))
    assert len(rows) == 155
    assert {len(row) for row in rows} == {len(rows[0])}
    assert f"{CROCODILES} page 1" in said.err
    assert "latency p50" in said.err
    said = cli(*base, "--jsonl", "-", "-q")
    assert [json.loads(line)["assessment_id"] for line in said.out.splitlines()] == [
        int(row[rows[0].index("assessment_id")]) for row in rows[1:]
    ]
    assert said.err == ""
    assert list(Path().iterdir()) == []


def test_the_demo_says_that_it_is_one(cli) -> None:
    """Else invented species are taken for real ones."""
    said = cli("fetch", CROCODILES, *FAST, "--csv", "a.csv")
    assert said.code == 0
    assert "DEMO, synthetic data" in said.err
    with Path("a.csv").open(encoding="utf-8", newline="") as file:
        assert {row["source"] for row in csv.DictReader(file)} == {"DEMO"}
    assert " DEMO " in cli("runs").out
    assert "DEMO (synthetic data)" in cli("show", "last").out


def test_filters_reach_the_server(cli, tmp_path: Path) -> None:
    """Else the user takes all rows for the filtered ones."""
    with DemoServer("fast", log=tmp_path / "log.jsonl") as server:
        said = cli(
            *("fetch", "countries/VA", "--base-url", server.base_url, "--pages", "1"),
            *("--latest", "--scope", "1", "--year", "2020", "--not-possibly-extinct"),
            *("--param", "x=a b&c", "-q"),
        )
        assert said.code == 0
        assert cli("fetch", "threats", "--base-url", server.base_url, "--all-years").code == 0
    asked = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    first, second = [line for line in asked if not line["path"].endswith("version")]
    assert first["query"] == {
        "latest": "true",
        "possibly_extinct": "false",
        "scope_code": "1",
        "year_published": "2020",
        "x": "a b&c",
        "page": "1",
    }
    assert second["query"] == {}


def test_a_run_is_listed_shown_and_exported_without_asking_again(cli, demo) -> None:
    """Else what was fetched yesterday has to be fetched again."""
    said = cli("runs")
    assert (said.code, said.out) == (0, "")
    assert "No saved runs." in said.err
    cli("fetch", CROCODILES, "--base-url", demo.base_url, "--csv", "first.csv")
    cli("fetch", "threats", "--base-url", demo.base_url)
    said = cli("runs")
    assert said.err == ""
    header, *rows = said.out.splitlines()
    assert header.split()[:1] == ["run"]
    assert [row.split()[-1] for row in rows] == ["threats", CROCODILES]
    listed = json.loads(cli("runs", "--json", "-n", "1").out)
    assert [(row["run"], row["state"], row["operations"]) for row in listed] == [
        ("2", "complete", ["threats"])
    ]
    said = cli("show", "1")
    assert said.code == 0
    for fact in (CROCODILES, "asyncio, 8 in flight", "2 of 2", "154 of 154", "complete"):
        assert fact in said.out
    shown = json.loads(cli("show", "1", "--json").out)
    assert list(shown["summary"]) == SUMMARY.split()
    assert shown["failures"] == []
    said = cli("export", "1", "--csv", "again.csv", "--requests-csv", "r.csv")
    assert (said.code, said.out) == (0, "")
    assert Path("again.csv").read_bytes() == Path("first.csv").read_bytes()
    assert len(Path("r.csv").read_text().splitlines()) == 3
    assert cli("export", "1", "--csv", "-").out.splitlines() == (
        Path("first.csv").read_text("utf-8").splitlines()
    )


def test_operations_are_listed(cli) -> None:
    """Else the user can't know what may be asked for."""
    said = cli("operations")
    assert said.code == 0
    assert len(said.out.splitlines()) == 53  # with a heading, and what is read from files
    listed = json.loads(cli("operations", "--json").out)
    assert len(listed) == 50
    assert listed[1]["operation"] == "biogeographical_realms/{code}"
    assert "species/page" in cli("operations", "--api", "v3").out


def test_several_numbers_of_requests_in_flight_are_compared_at_one_page_count(cli) -> None:
    once = ("--pages", "2", "--repeats", "1", "--warmup", "0")
    said = cli("compare", CROCODILES, *FAST, *once, "--concurrency", "4,1,2", "--json")
    found = json.loads(said.out)
    assert found["settings"]["in_flight_counts"] == [1, 2, 4]
    points = [(row["method"], row["pages"], row["in_flight"]) for row in found["summary"]]
    swept = [(method, 2, n) for method in ("threads", "asyncio") for n in (1, 2, 4)]
    assert points == [("sequential", 2, 1), *swept]
    said = cli("compare", CROCODILES, *FAST, *once, "--concurrency", "1,2")
    assert said.out.splitlines()[1].startswith("in flight  method")
    assert "2 in flight" in said.err
    for wrong, words in (
        (("--concurrency", "1,x"), "whole numbers from 1 to 256"),
        (("--concurrency", "1,2", "--pages", "1,2"), "compared at one page count"),
    ):
        said = cli("compare", CROCODILES, *FAST, *wrong)
        assert (said.code, said.out) == (2, "")
        assert words in said.err


def test_compare_prints_what_is_promised(cli, demo) -> None:
    """Else scripts that read a comparison break."""
    base = (
        *("compare", CROCODILES, "--base-url", demo.base_url, "--pages", "1,2"),
        *("--repeats", "1", "--warmup", "0", "--methods", "sequential,threads"),
    )
    said = cli(*base, "--json", "--csv", "c.csv")
    assert said.code == 0
    outcome = json.loads(said.out)
    assert {"settings", "runs", "summary"} <= outcome.keys()
    assert len(outcome["runs"]) == len(outcome["summary"]) == 4
    with Path("c.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    for row, run in zip(rows, outcome["runs"], strict=True):
        for name in ("method", "pages", "repeat", "order", "seconds", "ideal_seconds", "requests"):
            assert row[name] == str(run[name])
        assert row["latency_ms_p50"] == str(run["latency_ms"]["p50"])
        assert float(row["work_seconds"]) == run["work_seconds"] > 0
    assert all(row["work_ms"] > 0 for row in outcome["summary"])
    assert "4/4" in said.err
    said = cli(*base, "-q")
    assert (said.code, said.err) == (0, "")
    lines = said.out.splitlines()
    table, where, told = (
        list(part) for blank, part in groupby(lines, key=lambda line: not line) if not blank
    )
    assert len(table) == 1 + 4
    assert where[0] == "Where the time went at 2 pages, medians:"
    assert [line.split()[0] for line in where[1:]] == ["method", "sequential", "threads"]
    assert told[0].startswith("At 2 pages, ")
    assert all(line.endswith(".") for line in told)
    assert told[-1].startswith("This program's own work")
    assert cli(*base, "-q", "--csv", "-").out.splitlines()[0].startswith("method,pages,repeat")


def test_a_token_does_not_send_a_comparison_to_the_live_host(cli, monkeypatch) -> None:
    """Else a benchmark runs against the real Red List, and the token may be revoked."""
    monkeypatch.setenv("IUCN_REDLIST_KEY", "abc")
    said = cli("compare", CROCODILES, *FAST, "--pages", "1", "--repeats", "1", "--warmup", "0")
    assert said.code == 0
    assert said.out.startswith("DEMO")
    said = cli("compare", "--source", "live")
    assert said.code == 2
    assert "benchmarks don't belong" in said.err
    assert "about 175 requests" in said.err


def test_a_comparison_goes_to_the_server_that_the_environment_names(cli, demo, monkeypatch) -> None:
    """Else the figures are of another server than the user set."""
    monkeypatch.setenv("IUCN_TUI_BASE_URL", demo.base_url)
    said = cli(
        *("compare", CROCODILES, "--pages", "1", "--repeats", "1", "--warmup", "0", "--json")
    )
    assert json.loads(said.out)["settings"]["base_url"] == demo.base_url
    monkeypatch.delenv("IUCN_TUI_BASE_URL")
    said = cli("compare", "--live")
    assert said.code == 4
    assert "no token is set" in said.err


def test_check_says_what_works_and_what_to_do(cli, monkeypatch) -> None:
    """Else the user can't tell a bad token from a bad network."""
    said = cli("check", *FAST)
    assert said.code == 0
    assert "embedded demo server" in said.out
    assert "the demo server needs none" in said.out
    assert "red_list_version: " in said.out
    monkeypatch.setenv("IUCN_REDLIST_KEY", "right")
    said = cli("check", "--source", "demo", *FAST)
    assert "token accepted" not in said.out
    with DemoServer("fast", token="right") as server:
        base_url = server.base_url
        said = cli("check", "--base-url", base_url)
        assert said.code == 0
        assert "token    from IUCN_REDLIST_KEY" in said.out
        assert "server   responds, token accepted" in said.out
        monkeypatch.setenv("IUCN_REDLIST_KEY", "wrong")
        said = cli("check", "--base-url", base_url)
        assert said.code == 4
        assert "https://api.iucnredlist.org/users/sign_up" in said.out
        assert "wrong" not in said.out + said.err
    said = cli("check", "--base-url", base_url)
    assert said.code == 1
    assert "Check the network and the base URL" in said.out
    assert "iucn-tui check" not in said.out


def test_config_shows_where_each_setting_comes_from(cli, monkeypatch) -> None:
    """Else a setting that was forgotten in a file can't be found."""
    monkeypatch.setenv("IUCN_REDLIST_KEY", SECRET)
    monkeypatch.setenv("IUCN_TUI_RATE", "off")
    monkeypatch.setenv("IUCN_TUI_WINDOW", "45/60")
    Path("config.ini").write_text("[iucn-tui]\nretries = 3\n")
    said = cli("config")
    assert said.code == 0
    rows = {line.split()[0]: line.split()[1:] for line in said.out.splitlines()}
    assert rows["retries"] == ["3", "config.ini"]
    assert rows["rate"] == ["off", "IUCN_TUI_RATE"]
    assert rows["window"] == ["45/60", "IUCN_TUI_WINDOW"]
    assert rows["token"] == ["••••", "IUCN_REDLIST_KEY"]
    assert rows["concurrency"] == ["8", "default"]
    assert "named" not in rows
    assert SECRET not in said.out
    assert cli("config", "path").out.strip() == str(user_config_file())
    Path("config.ini").write_text(cli("config", "example").out)
    assert cli("config").code == 0


@pytest.mark.parametrize(
    "before",
    [
        None,
        "",
        "[API]",
        "[API]\niucn = old\n\n[iucn-tui]\nretries = 3\n",
        "\ufeff[API]\niucn = old\n[iucn-tui]\nretries = 3\n",
        "\ufeff# mine\n[iucn-tui]\nretries = 3\n[API]\n# iucn = \nIUCN: old\n",
        "[api]\niucn = other\n[iucn-tui]\nretries=3",
    ],
)
def test_set_token_writes_one_that_is_read_again(cli, monkeypatch, before) -> None:
    """Else the token that the user types is lost, or costs the other settings."""
    monkeypatch.setattr("click.termui.hidden_prompt_func", lambda prompt: " n3w%t0ken ")
    file = user_config_file()
    if before is not None:
        file.parent.mkdir(parents=True)
        file.write_text(before, encoding="utf-8")
    said = cli("config", "set-token")
    assert (said.code, said.out) == (0, "")
    assert "n3w" not in said.err
    found = load_settings({}, {}).settings
    assert found.token.reveal() == "n3w%t0ken"
    assert found.retries == (3 if before and "retries" in before else 5)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [one.name for one in file.parent.iterdir()] == ["config.ini"]


def test_set_token_refuses_what_cannot_be_one(cli, monkeypatch) -> None:
    """Else a bad paste makes every later command fail."""
    file = user_config_file()
    file.parent.mkdir(parents=True)
    file.write_bytes(b"\xff\xfe")
    monkeypatch.setattr("click.termui.hidden_prompt_func", lambda prompt: "two words")
    said = cli("config", "set-token")
    assert said.code == 2
    assert "two words" not in said.err
    monkeypatch.setattr("click.termui.hidden_prompt_func", lambda prompt: "good")
    said = cli("config", "set-token")
    assert said.code == 2
    assert "is not UTF-8 text" in said.err
    assert file.read_bytes() == b"\xff\xfe"
