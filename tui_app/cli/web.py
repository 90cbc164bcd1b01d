"""``web``: the application in a browser."""

from __future__ import annotations

import asyncio

import click

from tui_app.redlist import is_loopback
from tui_app.redlist.errors import UsageError
from tui_app.settings import parse_count

from .exits import Exit
from .saying import say
from .stopping import heard


@click.command(epilog="Example: iucn-tui web --open")
@click.option(
    "--host",
    default="127.0.0.1",
    metavar="HOST",
    help="whom to listen for; this machine alone unless you say otherwise  [default: 127.0.0.1]",
)
@click.option("--port", default="0", metavar="N", help="0 is any free one  [default: 0]")
@click.option("--open", "open_browser", is_flag=True, help="open the address in a browser")
def web(host: str, port: str, open_browser: bool) -> int:
    """Serve the application to a browser (extra: web).

    The address has a key that lets one browser in. Each page has an application of its own; they
    share your runs. Ctrl-C ends all of them.
    """
    number = parse_count(port, "The port", 0, 65535)
    try:
        from tui_app.web.server import WebServer
    except ImportError as error:
        raise UsageError(
            f"The package {(error.name or 'textual-serve').replace('_', '-')} is not installed.",
            "pip install 'iucn-tui[web]'",
        ) from None
    if not is_loopback(f"http://[{host}]" if ":" in host else f"http://{host}"):
        say(
            f"Anyone who can reach {host} and has the key uses iucn-tui as you, unencrypted on the "
            "way. An ssh tunnel to this machine is safer."
        )

    def ready(address: str) -> None:
        click.echo(address)
        say("Open this address in a browser; its key lets in the first that comes. Ctrl-C ends.")
        if open_browser:
            click.launch(address)

    with heard() as signals:
        asyncio.run(WebServer(host, number).run(ready, signals.asking))
    return Exit.OK
