"""``help``: the documentation by topic; a command's ``--help`` where no topic has its name."""

from __future__ import annotations

import io
import os
import re
import shutil
import sys
from difflib import get_close_matches
from typing import TYPE_CHECKING, ClassVar, Final

import click
from click.shell_completion import CompletionItem

from tui_app.docs import ORDER, Topic, UnknownTopic, topic, topics, topics_about
from tui_app.redlist.errors import UsageError

from .messages import Exit

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderResult

_WIDEST: Final = 100
"""Columns of a topic: longer lines are hard to read."""
_LINK: Final = re.compile(r"\[([^\]]+)\]\(([a-z-]+)\.md\)")
_FENCE: Final = re.compile(r"^```.+$", re.MULTILINE)


def _complete(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    found = [CompletionItem(one.name, help=one.summary) for one in topics()]
    found += map(CompletionItem, _group(context).list_commands(context))
    return [one for one in found if one.value.startswith(incomplete.lower())]


@click.command("help", epilog="Example: iucn-tui help names")
@click.argument("words", nargs=-1, metavar="[TOPIC]", shell_complete=_complete)
@click.pass_context
def help_on_topic(context: click.Context, words: tuple[str, ...]) -> int:
    """Show the documentation: the list of topics, or one topic.

    TOPIC is a topic's name or its beginning. The name of a command shows its options. In a pipe,
    topics are Markdown.
    """
    asked = " ".join(words)
    if not words:
        _show(_contents())
    elif "-".join(words) not in ORDER and (options := _command_help(context, words)):
        _show(options)
    else:
        found = _topic(context, asked)
        _show(_rendered(found) if sys.stdout.isatty() else found.text)
    return Exit.OK


def _contents() -> str:
    width = max(map(len, ORDER))
    lines = (f"  {one.name:{width}}  {one.summary}" for one in topics())
    return "\n".join(
        (
            "Topics:",
            *lines,
            "",
            "`iucn-tui help TOPIC` shows a topic, `iucn-tui help COMMAND` its options.",
            "",
        )
    )


def _topic(context: click.Context, asked: str) -> Topic:
    try:
        return topic(asked)
    except UnknownTopic as error:
        near = get_close_matches(asked.lower(), _group(context).list_commands(context), 1)
        if near:
            words = f"There is no topic '{asked}'. A command has a similar name: {near[0]}."
            raise UsageError(words, f"Run `iucn-tui help {near[0]}`.") from None
        best = f"Run `iucn-tui help {error.nearest[0]}`." if error.nearest else ""
        error.advice = best or "`iucn-tui help` lists the topics."
        raise


def _group(context: click.Context) -> click.Group:
    command = context.find_root().command
    assert isinstance(command, click.Group)
    return command


def _command_help(context: click.Context, words: tuple[str, ...]) -> str:
    """What ``--help`` of a command prints, and the topics that use it; empty if there is none."""
    inner, command = context.find_root(), context.find_root().command
    for word in words:
        found = command.get_command(inner, word) if isinstance(command, click.Group) else None
        if found is None:
            return ""
        command = found
        inner = click.Context(command, parent=inner, info_name=word)
    using = [one.name for one in topics_about(f"$ iucn-tui {' '.join(words)} ")[:3]]
    more = f"\nTopics that use it: {', '.join(using)}.\n" if using else ""
    return f"{command.get_help(inner)}\n{more}"


def _rendered(found: Topic) -> str:
    """A topic as text for this terminal."""
    from rich.console import Console
    from rich.markdown import Heading, Markdown
    from rich.theme import Theme

    class LeftHeading(Heading):
        def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
            self.text.justify = "left"
            yield self.text

    class LeftMarkdown(Markdown):
        elements: ClassVar = {**Markdown.elements, "heading_open": LeftHeading}

    plain = "NO_COLOR" in os.environ or os.environ.get("TERM") in (None, "dumb")
    file = io.StringIO()
    console = Console(
        file=file,
        force_terminal=not plain,
        width=min(shutil.get_terminal_size().columns, _WIDEST),
        highlight=False,
        theme=Theme({"markdown.code": "bold"}),
    )
    # A link's text is the topic's name. Code has no colours: none suit every background.
    text = _FENCE.sub("```text", _LINK.sub(r"`\1`", found.text))
    console.print(LeftMarkdown(text, code_theme="ansi_dark", hyperlinks=False))
    return re.sub(r" +$", "", file.getvalue(), flags=re.MULTILINE)


def _show(text: str) -> None:
    """Print; on a terminal page by page if it is longer than that."""
    if sys.stdout.isatty() and text.count("\n") >= shutil.get_terminal_size().lines:
        click.echo_via_pager(text)
    else:
        click.echo(text, nl=False)
