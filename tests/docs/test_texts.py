"""The documentation is complete, its links, commands and keys exist, and its words are plain."""

from __future__ import annotations

import configparser
import re
import shlex

import click
import pytest

from tests.support.doc_blocks import blocks, commands
from tests.support.doc_keys import FILE, with_tables, written
from tui_app.cli.commands import program
from tui_app.docs import FOLDER, ORDER, topic, topics
from tui_app.redlist import make_query
from tui_app.ui.keys import PLACES, read_keymap

PHRASES = (
    *("asked for once", "is told", "is kept", "are kept", "what is kept", "says beforehand"),
    *("tried again", "later and later", "one after another", "one at a time", "at once take"),
    *("the picture", "what it would take", "whom to", "nobody", "nothing is called", "beforehand"),
    *("could not be told", "as far as there is", "take it away", "foretell", "asks anew"),
    *("keeps what", "anew", "all the same", "somebody"),
)
"""What is written otherwise here. Output of the program is not looked at."""


UNKNOWN = ("country/MG",)
"""Operations that don't exist, to show what happens."""


def prose(name: str) -> str:
    """A topic without its blocks and the tables of keys, in one line a paragraph."""
    text = re.sub(r"^```.*?^```$", "", topic(name).text, flags=re.MULTILINE | re.DOTALL)
    text = re.sub(r"<!-- tables -->.*<!-- end -->", "", text, flags=re.DOTALL)
    return re.sub(r"(?<!\n)\n(?!\n)", " ", text)


def test_every_file_is_a_topic() -> None:
    """Else nobody finds it."""
    assert sorted(ORDER) == sorted(file.stem for file in FOLDER.glob("*.md"))


@pytest.mark.parametrize("name", ORDER)
def test_a_topic_begins_with_its_title_and_a_short_sentence(name) -> None:
    one = topic(name)
    assert one.text.startswith(f"# {one.title}\n\n")
    assert re.fullmatch(r"[A-Z][^.]*\.", one.summary)
    assert len(f"  {one.name:{max(map(len, ORDER))}}  {one.summary}") <= 80
    own = re.sub(r"<!-- tables -->.*<!-- end -->", "", one.text, flags=re.DOTALL)
    assert 20 <= len(own.splitlines()) <= 160


@pytest.mark.parametrize("name", ORDER)
def test_links_lead_to_topics_and_are_called_so(name) -> None:
    """On a terminal a link is its text."""
    links = re.findall(r"\[([^\]]*)\]\(([^)]*)\)", prose(name))
    inner = [(text, to) for text, to in links if not to.startswith("https://")]
    assert [one for one in inner if one[1] != f"{one[0]}.md" or one[0] not in ORDER] == []
    assert name not in {text for text, _ in inner}
    assert inner  # where to read on


def test_every_topic_is_linked() -> None:
    linked = {to for one in topics() for to in re.findall(r"\]\(([a-z-]+)\.md\)", one.text)}
    assert set(ORDER) - linked == {"getting-started"} - linked


@pytest.mark.parametrize("name", ORDER)
def test_blocks_fit_a_terminal(name) -> None:
    """Else lines of commands and output are wrapped."""
    for block in blocks(topic(name).text):
        assert [line for line in block.text.splitlines() if len(line) > 98] == []


@pytest.mark.parametrize("name", ORDER)
def test_words_are_plain(name) -> None:
    text = prose(name).lower()
    assert [phrase for phrase in PHRASES if re.search(rf"\b{phrase}\b", text)] == []


def written_commands(name: str) -> list[str]:
    """The commands of a topic: those of its blocks, also of such that are not run, and inline."""
    text = topic(name).text
    found = [
        command.line
        for block in blocks(text)
        if block.kind.startswith("console")
        for command in commands(block)
    ]
    found += re.findall(r"(?<!`)`([^`\n]+)`(?!`)", text)
    parts = (part for line in found for part in re.split(r"\||&&|\$\(| > ", line))
    return [part.strip() for part in parts if part.strip().startswith("iucn-tui ")]


@pytest.mark.parametrize("name", ORDER)
def test_commands_options_and_operations_exist(name) -> None:
    for line in written_commands(name):
        words = shlex.split(line.replace("…", "").rstrip("&"), comments=True)[1:]
        command: click.Command = program
        context = click.Context(program, info_name="iucn-tui")
        while isinstance(command, click.Group) and words and not words[0].startswith("-"):
            inner = command.get_command(context, words[0])
            if inner is None:
                break
            context = click.Context(inner, parent=context, info_name=words.pop(0))
            command = inner
        if command is program:
            assert words == ["COMMAND", "--help"] or make_query(words), line
            continue
        options, _, _ = command.make_parser(context).parse_args([*words])
        given = options.get("operations", options.get("operation"))
        operations = (given,) if isinstance(given, str) else given
        if not isinstance(operations, tuple):  # the command takes none, or none is given
            continue
        if operations and not {"OPERATION", "species", "assessments", *UNKNOWN} & {*operations}:
            assert make_query(operations, "v3" if options.get("api") == "v3" else "v4"), line


@pytest.mark.parametrize("name", ORDER)
def test_options_in_prose_exist(name) -> None:
    known = {
        option
        for command_name in program.list_commands(click.Context(program))
        for option in _options(program.get_command(click.Context(program), command_name))
    }
    named = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", prose(name)))
    assert named - known == set()


def _options(command: click.Command | None) -> list[str]:
    assert command is not None
    inner = command.commands.values() if isinstance(command, click.Group) else ()
    own = [name for one in command.params for name in (*one.opts, *one.secondary_opts)]
    return ["--help", *own, *(option for one in inner for option in _options(one))]


@pytest.mark.parametrize("name", ORDER)
def test_keys_in_prose_do_what_is_written(name) -> None:
    """Keys are written behind their label: Run (**F5**)."""
    labels = {
        (one.description, key) for table in PLACES.values() for one in table for key in written(one)
    }
    named = re.findall(r"([\w ]+) \(\*\*([^*]+)\*\*\)", prose(name))
    assert [
        (words, key)
        for words, key in named
        if not any(words.endswith(label) and key == one for label, one in labels)
    ] == []
    assert len(named) == prose(name).count("(**")


def test_the_tables_of_keys_are_those_of_the_application() -> None:
    """`python -m tests.support.doc_keys` makes them so."""
    assert FILE.read_text("utf-8") == with_tables(FILE.read_text("utf-8"))


def test_configurations_can_be_used(cli, tmp_path) -> None:
    for name in ORDER:
        for block in blocks(topic(name).text):
            if block.kind == "ini":
                file = tmp_path / "config.ini"
                file.write_text(block.text, "utf-8")
                file.chmod(0o600)
                said = cli("config", "--config", str(file))
                assert (said.code, said.err) == (0, "")
                parser = configparser.ConfigParser()
                parser.read_string(block.text)
                assert read_keymap(dict(parser["keys"])).notices == []
