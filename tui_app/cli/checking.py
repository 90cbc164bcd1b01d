"""``check``: token, reachability, versions."""

from __future__ import annotations

from typing import Any

import click

from tui_app.redlist.errors import RequestError, TokenRefused
from tui_app.runs import Service

from .exits import Exit
from .options import SERVER, config_option, load, setting_options

_SETTINGS = (*SERVER, "timeout", "connect_timeout")


@click.command(epilog="Example: iucn-tui check --source live")
@setting_options(*_SETTINGS)
@config_option
def check(**options: Any) -> int:
    """Try the token and the server: a line each, and what to do."""
    loaded = load(options, *_SETTINGS)
    settings = loaded.settings
    service = Service(settings)
    try:
        source = service.open(settings)
        if settings.source == "demo":
            click.echo(f"source   the embedded demo server (synthetic data), {source.base_url}")
        else:
            click.echo(f"source   {source.base_url}, {settings.api}")
        origin = loaded.origins["token"]
        if settings.token is None:
            advice = "none is needed here" if settings.source == "demo" else TokenRefused.advice
            click.echo(f"token    not set: {advice}")
        else:
            click.echo(f"token    from {origin}")
        try:
            said = service.versions(settings)
        except RequestError as error:
            click.echo(f"server   {error.detail}. {error.advice}")
            return Exit.TOKEN if isinstance(error, TokenRefused) else Exit.FAILED
        click.echo("server   answers" + ", and takes the token" * (source.token is not None))
        for name, value in said.items():
            click.echo(f"{name}: {value}")
    finally:
        service.close()
    return Exit.OK
