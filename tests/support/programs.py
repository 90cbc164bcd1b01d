"""The program, in this process and as one of its own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import NamedTuple

import pytest

from tui_app.cli import main


class Said(NamedTuple):
    """How a command ended."""

    code: int
    out: str
    err: str


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str]) -> Callable[..., Said]:
    """Runs a command in this process; a traceback is a failed test."""

    def run(*args: str) -> Said:
        capsys.readouterr()
        code = main([str(arg) for arg in args])
        return Said(int(code), *capsys.readouterr())

    return run


@pytest.fixture
def program() -> Callable[..., Said]:
    """Runs a command in a process of its own."""

    def run(*args: str | bytes, **more: object) -> Said:
        done = subprocess.run([sys.executable, "-m", "tui_app", *args], capture_output=True, **more)
        return Said(
            done.returncode, done.stdout.decode(), done.stderr.decode("utf-8", "backslashreplace")
        )

    return run


def start_and_wait_for(pages: int, *args: str) -> tuple[subprocess.Popen[str], list[str]]:
    """A fetch that has kept some pages, and what it said so far."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tui_app", "fetch", *args, "--plain"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    lines: list[str] = []
    while sum("  saved  " in line for line in lines) < pages:
        line = process.stderr.readline()
        assert line, lines
        lines.append(line)
    return process, lines
