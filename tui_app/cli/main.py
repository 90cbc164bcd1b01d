"""The program's commands, and how it ends."""

from __future__ import annotations

import importlib
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, Final

import click

from tui_app import __version__

_COMMANDS: Final = {
    "fetch": ("fetching", "fetch"),
    "compare": ("comparing", "compare"),
    "resume": ("fetching", "resume"),
    "runs": ("looking", "runs"),
    "show": ("looking", "show"),
    "export": ("looking", "export"),
    "operations": ("looking", "operations"),
    "demo": ("serving", "demo"),
    "check": ("checking", "check"),
    "config": ("configuring", "config"),
}


class _Lazy(click.Group):
    """Commands are imported when they are used: ``--help`` of one needs no other."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except BrokenPipeError:  # click would exit with 1
            return _nobody_reads()

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module, name = _COMMANDS[cmd_name]
        command: click.Command = getattr(importlib.import_module(f"tui_app.cli.{module}"), name)
        return command


@click.group(cls=_Lazy, invoke_without_command=True)
@click.version_option(__version__, prog_name="iucn-tui", message="%(prog)s %(version)s")
@click.pass_context
def program(context: click.Context) -> None:
    r"""Fetch the IUCN Red List API by three methods, and see which is fastest.

    Without a command the application opens. Without a token all data are synthetic, from an
    embedded demo server.

    \b
    iucn-tui
    iucn-tui fetch taxa/family/Felidae --csv felidae.csv
    iucn-tui compare red_list_categories/CR --pages 1,3,5,10
    """
    if context.invoked_subcommand is None:
        context.exit(_open())


def _open() -> int:
    from tui_app.redlist.errors import UsageError
    from tui_app.settings import TOKEN_VARIABLE, load_settings
    from tui_app.ui.terminal import why_not_here

    reason = why_not_here(
        sys.stdin.isatty(), sys.stdout.isatty(), sys.stderr.isatty(), os.environ.get("TERM", "")
    )
    if reason is not None:
        raise UsageError(reason)
    loaded = load_settings({}, os.environ, Path())
    # What it starts (a browser, for one) has no need of the token.
    os.environ.pop(TOKEN_VARIABLE, None)
    from tui_app.ui import run_app

    return run_app(loaded.settings, loaded.notices)


@contextmanager
def _as_ctrl_c() -> Iterator[list[int]]:
    """SIGTERM and SIGHUP end whatever goes on as Ctrl-C would: terminal and files left tidy.

    Gives a list that gets the signals that came.
    """
    asked: list[int] = []

    def leave(signum: int, frame: FrameType | None) -> None:
        if asked and signum != signal.SIGTERM:  # shell and system both say that a terminal closed
            return
        asked.append(signum)
        signal.raise_signal(signal.SIGINT)  # a KeyboardInterrupt; asyncio cancels its main task

    before: dict[int, Any] = {}
    if threading.current_thread() is threading.main_thread():
        for name in ("SIGTERM", "SIGHUP"):
            signum = getattr(signal, name, None)
            if signum and signal.getsignal(signum) is signal.SIG_DFL:  # nohup ignores SIGHUP
                before[signum] = signal.signal(signum, leave)
    try:
        yield asked
    finally:
        for signum, handler in before.items():
            signal.signal(signum, handler)


def main(args: list[str] | None = None) -> int:
    """Run the program; gives its exit code.

    Args:
        args: the command line without the program's name; None for the process's own.
    """
    from .exits import Exit

    _three_streams()
    with _as_ctrl_c() as asked:
        code = _ended(args)
    return Exit.STOPPED if asked else code


def _ended(args: list[str] | None) -> int:
    from tui_app.redlist.errors import RedListError

    from .exits import Exit, exit_of_error
    from .progress import say

    try:
        done: Any = program.main(args, prog_name="iucn-tui", standalone_mode=False)
        sys.stdout.flush()
        return done if isinstance(done, int) else Exit.OK
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        say("Stopped.")
        return Exit.STOPPED
    except RedListError as error:
        say(f"iucn-tui: {error.sentence()}")
        return exit_of_error(error)
    except BrokenPipeError:
        return _nobody_reads()
    except OSError as error:
        say(f"iucn-tui: {error.strerror or error}.")  # the current folder is gone, for one
        return Exit.FAILED


def _nobody_reads() -> int:
    # Whoever read stdout (`| head`) has what it wanted. Python would complain at exit.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _three_streams() -> None:
    """See to it that stdin, stdout and stderr are there, and take any text."""
    # Else a socket or the store would get the number of one that is closed (`>&-`), and whoever
    # writes to that number would write into it.
    while (opened := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass
    os.close(opened)
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        # Names have every script; a terminal in another encoding shows ? rather than a traceback.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
