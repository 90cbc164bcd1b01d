"""Phrases that the program must not use, and the texts that its user reads."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

import tui_app
from tui_app.cli.commands import _COMMANDS, program

ROOT = Path(tui_app.__file__).parent

REPLACED = (
    *("that others can read is told", "says beforehand", "what it would take"),
    *("freezes the picture", "twice are asked for once", "what is kept is used"),
    *("tried again, five times at most", "later and later", "take 2.2 times less than"),
    *("could not have taken less than", "against the live host", "only those; only the others"),
    *("a line an event", "whom to listen for", "seed of all that is random"),
    *("too little came back to tell", "nothing was asked.", "nothing is called so"),
    *("here grows the chart", "here come the records", "here stands why"),
    *("f2 changes it, f1 helps", "execution time (s) by number of pages, ·"),
    *("× as fast as one at a time", "times as fast as one at a time", "could give 8 with many"),
    *("beyond the ideal went", "what the methods themselves take"),
    *("no difference beyond one run", "beside others and takes", "requests kept a second"),
    *("why it came out like that", "least / most", "nothing that is kept tells"),
    *("it could not be told:", "nothing is left to ask for", "[ ] also a row a request"),
    *("nothing like it was found", "say something of it", "take it away"),
    *("as far as there is a browser", "page once more", "rows of the demo stay demo"),
    *("and is dark where its reader is", "no whole answer", "asked too often", "pace off"),
    *("nothing has gone wrong", "could not be kept", "came about", "waiting for the pace"),
)
"""Phrases of which each has a plain one in its place; in lower case."""

HABITS = re.compile(
    r"\b(?:nobody|somebody|whom|asked for|asks for|asked about|one after another|no more than"
    r"|as far as|(?:is|are) kept|kept already|is told|are told|beforehand|anew|all the same"
    r"|goes on|go on|in place of|time-outs?|makes one|what there is|no good)\b",
    re.IGNORECASE,
)
"""Roundabout words, for which the field has nouns and verbs."""


def sentences(file: Path) -> Iterator[str]:
    """The string literals of a module, but for its docstrings; … stands for each value in them."""
    tree = ast.parse(file.read_text("utf-8"))
    inner: set[ast.AST] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr):
            inner.add(node.value)
        if isinstance(node, ast.JoinedStr):
            inner |= set(node.values)
            yield "".join(str(getattr(part, "value", "")) if isinstance(part, ast.Constant) else "…"
                          for part in node.values)  # fmt: skip
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in inner:
            yield node.value


def helps() -> Iterator[tuple[str, str]]:
    """Each command's name, and what its ``--help`` prints, in one line."""
    context = click.Context(program, info_name="iucn-tui")
    commands: list[tuple[str, Any]] = [("", program)]
    for name in _COMMANDS:
        command = program.get_command(context, name)
        commands.append((name, command))
        commands += sorted(getattr(command, "commands", {}).items())
    for name, command in commands:
        text = command.get_help(click.Context(command, info_name=name, parent=context))
        yield name, " ".join(text.split())
