"""``check`` and ``config``: the settings, where each comes from, and whether they work."""

from __future__ import annotations

import os
import stat
import sys
from dataclasses import fields
from typing import Any

import click

from tui_app.redlist import Token
from tui_app.redlist.errors import Advice, RequestError, TokenRefused, TokenWithheld
from tui_app.settings import (
    LONGEST_TOKEN,
    Settings,
    example,
    keep_token,
    public_name,
    read_token,
    token_file,
    user_config_file,
)

from .messages import Exit, advice_on, say, sentence
from .options import SERVER, config_option, load, setting_options
from .output import print_table, print_text
from .progress import opened, say_pauses

_SETTINGS = (*SERVER, "timeout", "connect_timeout")


@click.command(epilog="Example: iucn-tui check --source live")
@setting_options(*_SETTINGS)
@config_option
def check(**options: Any) -> int:
    """Test the token and the server, and give advice."""
    loaded = load(options, *_SETTINGS)
    settings = loaded.settings
    with opened(settings) as service:
        try:
            source = service.open(settings)
        except TokenWithheld as error:
            print_text(f"source   {settings.server}, {settings.api}")
            print_text(f"token    from {loaded.origins['token']}, not sent. {sentence(error)}")
            return Exit.TOKEN
        if settings.source == "demo":
            print_text(f"source   the embedded demo server (synthetic data), {source.base_url}")
        else:
            print_text(f"source   {source.base_url}, {settings.api}")
        if settings.token is not None:
            print_text(f"token    from {loaded.origins['token']}")
        elif settings.source == "demo":
            print_text("token    not set; the demo server needs none")
        else:
            print_text(f"token    not set. {advice_on(TokenRefused.advice)}")
        try:
            said = service.versions(settings, observer=say_pauses)
        except RequestError as error:
            tried = error.advice is Advice.CHECK_CONNECTION  # which names this command
            advice = "Check the network and the base URL." if tried else advice_on(error.advice)
            print_text(f"server   {error.detail}. {advice}")
            return Exit.TOKEN if isinstance(error, TokenRefused) else Exit.FAILED
        print_text("server   responds" + ", token accepted" * (source.token is not None))
        for name, value in said.items():
            print_text(f"{name}: {value}")
    return Exit.OK


@click.group(invoke_without_command=True, epilog="Example: iucn-tui config")
@config_option
@click.pass_context
def config(context: click.Context) -> int | None:
    """Show the settings and where each comes from. The token is masked."""
    if context.invoked_subcommand is not None:
        return None
    loaded = load({})
    rows = [
        (
            public_name(one.name),
            _shown(getattr(loaded.settings, one.name)),
            loaded.origins.get(one.name, "default"),
        )
        for one in fields(Settings)
        if one.repr  # else it is derived from others
    ]
    print_table(("setting", "value", "from"), rows)
    return Exit.OK


def _shown(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, Token):
        return str(value)
    if isinstance(value, tuple):
        return ",".join(str(part) for part in value)
    if value == float("inf"):
        return "off"
    return str(value)


@config.command(epilog="Example: iucn-tui config path")
def path() -> int:
    """Print the path of your configuration file."""
    click.echo(user_config_file())
    return Exit.OK


@config.command("example", epilog="Example: iucn-tui config example > config.ini")
def show_example() -> int:
    """Print a configuration with every setting at its default."""
    from tui_app.ui.keys import keys_example  # Textual is imported when used

    click.echo(example() + keys_example(), nl=False)
    return Exit.OK


@config.command("set-token", epilog="Example: iucn-tui config set-token")
@click.option("--keyring", is_flag=True, help="save it in the system's keyring (extra: keyring)")
def set_token(keyring: bool) -> int:
    """Read a token and save it in your configuration file.

    The token is not echoed. A pipe works as well: printf %s "$TOKEN" | iucn-tui config set-token
    """
    token = read_token(_typed_token())
    file = token_file(os.environ)
    keep_token(token, file, keyring=keyring)
    if keyring:
        say(f"Saved the token in the keyring, and a reference to it in {file}.")
    else:
        say(f"Saved the token in {file}, readable by you alone.")
    return Exit.OK


def _typed_token() -> str:
    try:
        mode = os.fstat(sys.stdin.fileno()).st_mode
    except (OSError, ValueError):  # replaced by another program
        mode = 0
    if stat.S_ISFIFO(mode) or stat.S_ISREG(mode) or stat.S_ISSOCK(mode):
        # getpass would read from the terminal. All of it is read, so that a longer text is not cut
        # down to a token.
        return sys.stdin.buffer.read(LONGEST_TOKEN + 3).decode(errors="replace")
    return str(click.prompt("Token", hide_input=True, err=True)).strip()
