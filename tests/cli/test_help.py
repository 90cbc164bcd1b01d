"""``help``: topics, commands, suggestions, and what a terminal shows."""

from __future__ import annotations

import re

import click
import pytest

from tests.support.terminal import at_a_terminal
from tui_app.cli.commands import _COMMANDS, program
from tui_app.docs import ORDER, UnknownTopic, topic, topics, topics_about


def test_help_lists_every_topic_with_its_sentence(cli) -> None:
    said = cli("help")
    assert (said.code, said.err) == (0, "")
    listed = re.findall(r"^  (\S+) +(.+)$", said.out, re.MULTILINE)
    assert listed == [(one.name, one.summary) for one in topics()]
    assert max(map(len, said.out.splitlines())) <= 80


@pytest.mark.parametrize("name", ORDER)
def test_a_topic_in_a_pipe_is_its_file(cli, name) -> None:
    said = cli("help", name)
    assert (said.code, said.out, said.err) == (0, topic(name).text, "")


@pytest.mark.parametrize(
    ("words", "name"),
    [
        (("getting", "started"), "getting-started"),
        (("Names",), "names"),
        (("filter",), "filters-and-operations"),
        (("sql.md",), "sql"),
    ],
)
def test_a_topic_is_found_by_the_beginning_of_its_name(cli, words, name) -> None:
    assert cli("help", *words).out == topic(name).text


@pytest.mark.parametrize(
    ("words", "usage"),
    [
        (("fetch",), "iucn-tui fetch [OPTIONS] OPERATION…"),
        (("resume",), "iucn-tui resume [OPTIONS] RUN"),  # also the beginning of a topic
        (("config", "set-token"), "iucn-tui config set-token [OPTIONS]"),
    ],
)
def test_a_command_shows_its_options_and_the_topics_that_use_it(cli, words, usage) -> None:
    said = cli("help", *words)
    assert said.code == 0
    assert said.out.startswith(f"Usage: {usage}\n")
    assert said.out.startswith(cli(*words, "--help").out)
    named = re.findall(r"^Topics that use it: (.+)\.$", said.out, re.MULTILINE)
    assert [set(names.split(", ")) <= set(ORDER) for names in named] == [True]


@pytest.mark.parametrize(
    ("word", "sentence"),
    [
        ("tabels", "There is no topic 'tabels'. Topics with a similar name: tables. Run"),
        ("fecth", "There is no topic 'fecth'. A command has a similar name: fetch. Run"),
        ("co", "There is no topic 'co'. Topics with a similar name: comparing and configuration."),
        ("duckdb", "There is no topic 'duckdb'. The word occurs most in: sql"),
        ("xyzzy", "There is no topic 'xyzzy'. The word occurs in none. `iucn-tui help` lists"),
    ],
)
def test_an_unknown_topic_gets_suggestions(cli, word, sentence) -> None:
    said = cli("help", word)
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith(f"iucn-tui: {sentence}")
    for name in re.findall(r"`iucn-tui help ([a-z-]+)`", said.err):
        assert cli("help", name).code == 0


def test_a_word_finds_the_topics_that_have_it() -> None:
    assert {"formats", "sql"} <= {one.name for one in topics_about("Parquet")[:3]}
    assert topics_about("duckdb")[0].name == "sql"
    assert topics_about("") == topics_about("xyzzy") == ()
    with pytest.raises(UnknownTopic) as raised:
        topic("")
    assert raised.value.nearest == ()


def test_a_terminal_shows_text_of_its_width(monkeypatch) -> None:
    """Else Markdown's signs are in the way."""
    for name, value in (("TERM", "xterm"), ("COLUMNS", "70"), ("LINES", "900")):
        monkeypatch.setenv(name, value)
    code, said = at_a_terminal("help", "names", when=b"Names", act=lambda *_: None)
    assert code == 0
    assert "\x1b[1;4mNames\x1b[0m" in said
    text = re.sub(r"\x1b\[[0-9;]*m", "", said)
    assert "```" not in text
    assert "](" not in text
    assert max(map(len, text.splitlines())) <= 70
    monkeypatch.setenv("NO_COLOR", "1")
    _, said = at_a_terminal("help", "names", when=b"Names", act=lambda *_: None)
    assert "\x1b" not in said


@pytest.mark.parametrize(("lines", "paged"), [("24", True), ("900", False)])
def test_what_is_longer_than_the_terminal_is_paged(monkeypatch, tmp_path, lines, paged) -> None:
    """Else its beginning is out of sight."""
    pager = tmp_path / "pager"
    pager.write_text('#!/bin/sh\necho "in the pager"\ncat\n', "utf-8")
    pager.chmod(0o755)
    for name, value in (("TERM", "xterm"), ("LINES", lines), ("PAGER", str(pager))):
        monkeypatch.setenv(name, value)
    _, said = at_a_terminal("help", "names", when=b"Names", act=lambda *_: None)
    assert ("in the pager" in said) is paged


GROUPED = ("fetch", "compare", "plan", "resume", "export", "open")


@pytest.mark.parametrize("name", _COMMANDS)
def test_options_are_read_at_a_glance(cli, monkeypatch, name) -> None:
    """In 80 columns an option takes a line or two, besides a long list of its values."""
    monkeypatch.setenv("COLUMNS", "80")
    shown = cli(name, "--help").out
    assert "\b" not in shown
    assert "\\b" not in shown
    assert max(map(len, shown.splitlines())) <= 80
    for entry in re.split(r"^  (?=-)", shown, flags=re.MULTILINE)[1:]:
        assert len(entry.partition("\n\n")[0].splitlines()) <= 2, entry
    assert ("\nOutput:\n" in shown) is (name in GROUPED)
    assert ("\nOptions:\n" in shown) is (name not in GROUPED)


def test_options_stand_under_headings(cli) -> None:
    shown = cli("fetch", "--help").out
    assert re.findall(r"^(\w[^\n]*):$", shown, re.MULTILINE) == [
        *("What to fetch", "How fast", "Which rows", "Where to write", "Output"),
    ]
    assert "How to compare:\n  --repeats N " in cli("compare", "--help").out


@pytest.mark.parametrize("name", GROUPED)
def test_every_option_is_shown_once(cli, name) -> None:
    command = program.get_command(click.Context(program), name)
    assert command is not None
    _, _, shown = cli(name, "--help").out.partition(":\n  -")
    shown = f"  -{shown}"
    for one in command.params:
        if isinstance(one, click.Option) and not one.hidden:
            assert len(re.findall(rf"^  (?:-\w, )?{one.opts[-1]}\b(?!-)", shown, re.MULTILINE)) == 1


def test_values_and_defaults_are_shown(cli) -> None:
    """Else they are found by trying."""
    shown = " ".join(cli("compare", "--help").out.split())
    for words in (
        "--source [demo|live|RUN]",
        "--api [v4|v3] API version; v3 is retired [default: v4]",
        "--demo-profile [fast|typical|iucn|notebook|flaky]",
        "[default: sequential,threads,asyncio]",
        "--concurrency N,… maximum requests in flight; several, with one page count, are compared "
        "[default: 8]",
        "--timeout SECONDS timeout of one attempt [default: 60]",
        "--rate [N|off]",
        "--window [N/S|off]",
        "--live allow benchmarking the live API",
    ):
        assert words in shown
    shown = cli("fetch", "--help").out
    assert "--source [demo|live] " in shown
    assert "--pages [N|all] " in shown
    assert "--method [sequential|threads|asyncio|uvloop" in shown
    assert "--profile [fast|typical|iucn|notebook|flaky]" in cli("demo", "--help").out
