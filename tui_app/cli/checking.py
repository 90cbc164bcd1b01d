"""``check``: token, reachability, versions."""

from __future__ import annotations

from typing import Any

import click

from tui_app.redlist.errors import RequestError, TokenRefused, TokenWithheld

from .exits import Exit
from .messages import advice_on_kind, sentence
from .opening import opened
from .options import SERVER, config_option, load, setting_options
from .printing import print_text
from .progress import say_pauses

_SETTINGS = (*SERVER, "timeout", "connect_timeout")


@click.command(epilog="Example: iucn-tui check --source live")
@setting_options(*_SETTINGS)
@config_option
def check(**options: Any) -> int:
    """Try the token and the server: a line each, and what to do."""
    loaded = load(options, *_SETTINGS)
    settings = loaded.settings
    with opened(settings) as service:
        try:
            source = service.open(settings)
        except TokenWithheld as error:
            print_text(f"source   {settings.server}, {settings.api}")
            print_text(f"token    from {loaded.origins['token']}, kept back. {sentence(error)}")
            return Exit.TOKEN
        if settings.source == "demo":
            print_text(f"source   the embedded demo server (synthetic data), {source.base_url}")
        else:
            print_text(f"source   {source.base_url}, {settings.api}")
        origin = loaded.origins["token"]
        if settings.token is None:
            advice = (
                "none is needed here"
                if settings.source == "demo"
                else advice_on_kind(TokenRefused.kind)
            )
            print_text(f"token    not set: {advice}")
        else:
            print_text(f"token    from {origin}")
        try:
            said = service.versions(settings, observer=say_pauses)
        except RequestError as error:
            print_text(f"server   {error.detail}. {advice_on_kind(error.kind)}")
            return Exit.TOKEN if isinstance(error, TokenRefused) else Exit.FAILED
        print_text("server   answers" + ", and takes the token" * (source.token is not None))
        for name, value in said.items():
            print_text(f"{name}: {value}")
    return Exit.OK
