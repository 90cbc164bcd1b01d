"""``config``: what the settings are, and where each comes from."""

from __future__ import annotations

import os
import re
from dataclasses import fields
from pathlib import Path

import click

from tui_app.redlist import Token
from tui_app.redlist.errors import UsageError
from tui_app.settings import Settings, example, public_name, user_config_file

from .exits import Exit
from .options import config_option, load
from .printing import print_table
from .progress import say


@click.group(invoke_without_command=True, epilog="Example: iucn-tui config")
@config_option
@click.pass_context
def config(context: click.Context) -> int | None:
    """Show the settings and where each comes from; the token is masked."""
    if context.invoked_subcommand is not None:
        return None
    loaded = load({})
    rows = []
    for one in fields(Settings):
        value = getattr(loaded.settings, one.name)
        rows.append((public_name(one.name), _shown(value), loaded.origins.get(one.name, "default")))
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
    """Print where your configuration file is, or would be."""
    click.echo(user_config_file())
    return Exit.OK


@config.command("example", epilog="Example: iucn-tui config example > config.ini")
def show_example() -> int:
    """Print a configuration with every setting at its default."""
    click.echo(example(), nl=False)
    return Exit.OK


@config.command("set-token", epilog="Example: iucn-tui config set-token")
def set_token() -> int:
    """Read a token, hidden, and write it to your configuration file."""
    token = click.prompt("Token", hide_input=True, err=True).strip()
    if not token or not (token.isascii() and token.isprintable()) or " " in token:
        raise UsageError("That is no token: it has characters that no token has.")
    file = user_config_file()
    try:
        _write_token(file, token)
    except OSError as error:
        raise UsageError(f"{file} can't be written: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise UsageError(f"{file} is not UTF-8 text.", "Move it away first.") from None
    say(f"The token is in {file}, readable by you alone.")
    return Exit.OK


def _write_token(file: Path, token: str) -> None:
    text = file.read_text(encoding="utf-8-sig") if file.exists() else ""
    line = f"iucn = {token}"
    section = re.search(r"(?m)^\[API\][^\n]*(\n|\Z)", text)
    if section is None:
        text = f"[API]\n{line}\n\n{text}"
    else:
        head, tail = text[: section.end()].rstrip("\n") + "\n", text[section.end() :]
        inside, bracket, rest = tail.partition("\n[")
        inside = re.sub(r"(?im)^iucn\s*[=:].*\n?", "", inside)
        text = f"{head}{line}\n{inside}{bracket}{rest}"
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_name(file.name + ".part")
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as out:
        out.write(text)
    os.replace(part, file)
