"""The blocks of a topic of the documentation: what they are, and how their commands are run.

What a block is stands behind its three backticks:

- ``console``: commands, each behind ``$ ``, and what they print. They are run in one folder, in
  the topic's order, and must print that. ``…`` stands for any text, on a line of its own for any
  lines. Seconds, dates and ports may differ. ``cat FILE`` of a file that doesn't exist makes it.
  A command that fails is followed by ``$ echo $?`` and its exit code.
- ``console varies``: commands are run; what they print depends on the machine.
- ``console live`` and ``python live``: not run, as they need the real API, a terminal or an
  installation. ``console slow``: not run, as that takes seconds.
- ``python``: a program, run in the same folder. ``python module``: a file for another test.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from tests.support.programs import Said

_BLOCK = re.compile(r"^```(\w[^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_SHELL = set("|<>&;$*`(")
_VARYING = (
    (r"\d+\.\d+ s\b", "0 s"),
    (r"\d[\d.]* ms\b", "0 s"),
    (r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d)?(\+00:00)?", "DATE"),
    (r"127\.0\.0\.1:\d+", "127.0.0.1:0"),
    (r"[ \t]+", " "),
)


class Block(NamedTuple):
    """A block of a topic: ``console live``, and its text."""

    kind: str
    text: str


class Command(NamedTuple):
    """A command of a block, and the lines that it prints."""

    line: str
    prints: list[str]


def blocks(text: str) -> list[Block]:
    """The blocks of a topic, in their order."""
    return [Block(kind.strip(), inner) for kind, inner in _BLOCK.findall(text)]


def commands(block: Block) -> list[Command]:
    """The commands of a block."""
    found: list[Command] = []
    for line in block.text.splitlines():
        if line.startswith("$ "):
            found.append(Command(line[2:], []))
        elif found[-1].line.endswith("\\"):
            last = found.pop()
            found.append(Command(f"{last.line[:-1].rstrip()} {line.strip()}", []))
        else:
            found[-1].prints.append(line)
    return found


def carry_out(block: Block, cli: Callable[..., Said]) -> Iterator[tuple[Command, Said, int]]:
    """Run the commands; gives each, how it ended, and the exit code that the block names."""
    every = commands(block)
    for command, following in zip(every, [*every[1:], None], strict=True):
        if command.line == "echo $?":
            continue
        fails = following is not None and following.line == "echo $?"
        code = int(following.prints[0]) if fails and following is not None else 0
        yield command, _run(command, cli), code


def _run(command: Command, cli: Callable[..., Said]) -> Said:
    words = shlex.split(command.line, comments=True)
    if words[0] == "cat" and len(words) == 2 and not Path(words[1]).exists():
        Path(words[1]).write_text("".join(f"{line}\n" for line in command.prints), "utf-8")
    plain = re.sub(r"'[^']*'", "", command.line)  # what the shell leaves alone
    if words[0] == "iucn-tui" and _SHELL.isdisjoint(plain):
        return cli(*words[1:])
    script = f'iucn-tui() {{ "{sys.executable}" -m tui_app "$@"; }}\n{command.line}'
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    env = {**os.environ, "PATH": path}
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, env=env)
    return Said(done.returncode, done.stdout, done.stderr)


def as_printed(expected: list[str], said: Said) -> bool:
    """Whether a command printed these lines, on stdout, stderr, or one after the other."""
    lines = list(expected)
    pattern = "".join(
        r"(?:.*\n)*?" if line.strip() == "…" else re.escape(_same(line)).replace("…", ".*") + r"\n"
        for line in lines
    )
    return any(
        re.fullmatch(pattern, _same(text)) is not None
        for text in (said.out + said.err, said.err + said.out)
    )


def _same(text: str) -> str:
    for varying, instead in _VARYING:
        text = re.sub(varying, instead, text)
    return "\n".join(line.rstrip() for line in text.split("\n"))
