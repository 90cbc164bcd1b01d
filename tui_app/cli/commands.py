"""The program's commands."""

from __future__ import annotations

import importlib
from contextlib import suppress
from typing import Any, Final

import click

from tui_app import __version__

from .application import open_application
from .messages import Exit
from .streams import nobody_reads

_COMMANDS: Final = {
    "fetch": ("fetch", "fetch"),
    "compare": ("compare", "compare"),
    "plan": ("plan", "plan"),
    "resume": ("fetch", "resume"),
    "runs": ("runs", "runs"),
    "show": ("runs", "show"),
    "match": ("match", "match_file"),
    "diff": ("diff", "diff"),
    "delete": ("runs", "delete"),
    "export": ("runs", "export"),
    "operations": ("runs", "operations"),
    "demo": ("serve", "demo"),
    "web": ("serve", "web"),
    "check": ("config", "check"),
    "config": ("config", "config"),
    "help": ("help", "help_on_topic"),
    "open": ("open", "open_form"),
}
_OPEN: Final = "open"
_OWN: Final = ("--help", "--version")
"""Options of the program itself; others open the application."""


class _Lazy(click.Group):
    """Commands are imported when they are used: ``--help`` of one needs no other."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [name for name in _COMMANDS if name != _OPEN]

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        # An operation, which has a slash or is a code list, or an option opens the application.
        if args and args[0] not in _OWN and (args[0].startswith("-") or _is_operation(args[0])):
            args = [_OPEN, *args]
        return super().parse_args(ctx, args)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module, name = _COMMANDS[cmd_name]
        command: click.Command = getattr(importlib.import_module(f"tui_app.cli.{module}"), name)
        return command


def _is_operation(word: str) -> bool:
    from tui_app.redlist import IDS, NAMES, operations_of

    known = {NAMES, IDS, *(one.path for one in operations_of("v4"))}
    return "/" in word or "?" in word or word in known


@click.group(cls=_Lazy, invoke_without_command=True)
@click.version_option(__version__, prog_name="iucn-tui", message="%(prog)s %(version)s")
@click.pass_context
def program(context: click.Context) -> None:
    """Fetch data from the IUCN Red List API, and compare methods of fetching.

    Without a command, the application opens. An OPERATION, and options of fetch, fill in its form.
    Without a token, an embedded demo server returns synthetic data.

    \b
    iucn-tui
    iucn-tui taxa/family/Felidae --latest
    iucn-tui fetch taxa/family/Felidae --csv felidae.csv
    iucn-tui compare red_list_categories/CR --pages 1,3,5,10
    """  # noqa: D301 - click looks for the character, not for its escape
    if context.invoked_subcommand is None:
        context.exit(open_application())


def run_command_line(args: list[str]) -> int:
    """Carry out a command line; gives the exit code.

    Raises:
        KeyboardInterrupt: the user stopped it, or aborted a question.
        RedListError: it failed.
    """
    try:
        done: Any = program.main(args, prog_name="iucn-tui", standalone_mode=False)
        return done if isinstance(done, int) else Exit.OK
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.ClickException as error:
        with suppress(OSError):  # stderr is closed
            error.show()
        return error.exit_code
    except SystemExit:  # click's answer to a closed pipe; this program has another
        return nobody_reads()
    except click.Abort:
        raise KeyboardInterrupt from None
