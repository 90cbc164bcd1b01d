"""``help``: topics, commands, suggestions, and what a terminal shows."""

from __future__ import annotations

import re

import pytest

from tests.support.terminal import at_a_terminal
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
