"""Options that several commands share.

Their values stay text until the settings read them, so that a bad one is told in the same
words wherever it came from.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any, Final, TypeVar

import click
from click.shell_completion import CompletionItem

from tui_app.export import STDOUT
from tui_app.redlist import Api, Query, make_query, operations
from tui_app.redlist.errors import UsageError
from tui_app.settings import CONFIG_VARIABLE, Loaded, Settings, load_settings, public_name

Command = TypeVar("Command", bound=Callable[..., Any])

_ABOUT: Final = {public_name(one.name): one.metadata for one in fields(Settings)}

SERVER: Final = ("source", "api", "base_url", "demo_profile")
CARRYING: Final = ("concurrency", "rate", "retries", "timeout", "connect_timeout")


def setting_options(*names: str) -> Callable[[Command], Command]:
    """Options for settings, by :func:`~tui_app.settings.public_name`."""

    def add(command: Command) -> Command:
        for name in reversed(names):
            about = _ABOUT[name]
            default = f"  [default: {about['shown']}]" if about["shown"] else ""
            command = click.option(
                f"--{name.replace('_', '-')}", metavar="TEXT", help=f"{about['about']}{default}"
            )(command)
        return command

    return add


def load(options: dict[str, Any], *names: str) -> Loaded:
    """The settings, with those of ``options`` that were given.

    Raises:
        UsageError: one of them is no good.
    """
    given = {name: options.get(name) for name in names}
    return load_settings(given, os.environ, Path())


def config_option(command: Command) -> Command:
    """``--config FILE`` in place of the usual configuration files."""

    def use(context: click.Context, parameter: click.Parameter, value: str | None) -> None:
        if value:
            os.environ[CONFIG_VARIABLE] = value

    return click.option(
        "--config",
        metavar="FILE",
        expose_value=False,
        is_eager=True,
        callback=use,
        help="configuration to read in place of the usual files",
    )(command)


def complete_operation(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Operations that begin as typed, for the shell's completion."""
    api: Api = "v3" if context.params.get("api") == "v3" else "v4"
    return [
        CompletionItem(one.stem + "/" * (one.takes is not None), help=one.help)
        for one in operations(api)
        if one.stem.startswith(incomplete.lower())
    ]


FILTER_OPTIONS: Final = {
    "latest": "latest",
    "scope": "scope_code",
    "year": "year_published",
    "possibly_extinct": "possibly_extinct",
    "possibly_extinct_in_the_wild": "possibly_extinct_in_the_wild",
}
"""Options by the API's name of the filter that they send."""


def filter_options(command: Command) -> Command:
    """Filters of a query; none is sent unless asked for."""
    for decorate in (
        click.option(
            "--param", "params", multiple=True, metavar="K=V", help="send a parameter as it is"
        ),
        click.option(
            "--possibly-extinct-in-the-wild/--not-possibly-extinct-in-the-wild",
            "possibly_extinct_in_the_wild",
            default=None,
            help="only those; only the others",
        ),
        click.option(
            "--possibly-extinct/--not-possibly-extinct",
            "possibly_extinct",
            default=None,
            help="only those; only the others",
        ),
        click.option("--year", metavar="YEAR", help="only assessments published that year"),
        click.option("--scope", metavar="CODE", help="only assessments of that scope (1: global)"),
        click.option(
            "--latest/--all-years", default=None, help="only the latest assessments; all of them"
        ),
    ):
        command = decorate(command)
    return command


def query_of(asked: tuple[str, ...], settings: Settings, options: dict[str, Any]) -> Query:
    """The query that operations and filter options mean.

    Raises:
        UsageError: an operation doesn't exist, or takes no such filter.
    """
    filters: dict[str, str | None] = {}
    for option, name in FILTER_OPTIONS.items():
        value = options.get(option)
        if isinstance(value, bool):
            # --all-years is what the API does unasked.
            filters[name] = None if name == "latest" and not value else str(value).lower()
        elif value is not None:
            filters[name] = str(value)
    params: list[tuple[str, str]] = []
    for text in options.get("params") or ():
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise UsageError(f"--param takes NAME=VALUE, not '{text}'.")
        if name.lower() in ("token", "page", "per_page"):
            raise UsageError(f"--param can't set {name}.")
        params.append((name, value))
    return make_query(asked, settings.api, filters=filters, params=params)


def export_options(command: Command) -> Command:
    """Files to write."""
    for name, about in (
        ("requests-csv", "one row a request, with its phases"),
        ("jsonl", "the records as JSON Lines, nested as they arrived"),
        ("csv", "the records as CSV"),
    ):
        command = click.option(f"--{name}", metavar="F", type=str, help=f"{about}; - is stdout")(
            command
        )
    return click.option(
        "--csv-safe", is_flag=True, help="quote cells that a spreadsheet would run"
    )(command)


def export_paths(options: dict[str, Any], *, json_too: bool = False) -> dict[str, Path]:
    """The files that were asked for, checked before anything is fetched for them.

    Raises:
        UsageError: a folder is missing or closed, or two things want stdout.
    """
    paths = {
        name: Path(options[name])
        for name in ("csv", "jsonl", "requests_csv")
        if options.get(name) is not None
    }
    if sum(str(path) == "-" for path in paths.values()) + json_too > 1:
        raise UsageError("Only one thing can go to stdout.", "Give the others a file's name.")
    real = [Path(os.path.realpath(path)) for path in paths.values() if str(path) != "-"]
    if len(set(real)) < len(real):
        raise UsageError("Two exports have the same file name.")
    for path in paths.values():
        check_writable(path)
    return paths


def check_writable(path: Path) -> None:
    """Check, as far as can be told beforehand, that a file can be written.

    Raises:
        UsageError: it can't; says why.
    """
    if path == STDOUT:
        return
    try:
        if path.is_dir():
            raise UsageError(f"{path} is a folder.", "Give a file's name.")
        folder = path.absolute().parent
        if not folder.is_dir():
            raise UsageError(f"There is no folder {folder}.", "Make it first.")
        if not os.access(folder, os.W_OK) and not (path.exists() and not path.is_file()):
            raise UsageError(f"The folder {folder} is read-only.", "Choose another.")
    except OSError as error:
        raise UsageError(f"{path} can't be written: {error.strerror}.") from None
