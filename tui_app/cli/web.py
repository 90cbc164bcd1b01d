"""``web``: the application in a browser."""

from __future__ import annotations

import asyncio
import subprocess
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from tui_app.interpreter import PYTHON, child_environment
from tui_app.redlist.errors import RedListError, UsageError
from tui_app.settings import LARGEST_PORT, TOKEN_VARIABLE, parse_count

from .exits import Exit, exit_of_error
from .messages import say, say_error
from .stopping import heard

if TYPE_CHECKING:
    from tui_app.web.address import Listening

_REDIRECT: Final = """<!DOCTYPE html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <title>iucn-tui</title>
    <meta name="referrer" content="no-referrer" />
    <meta http-equiv="refresh" content="0; url={address}" />
  </head>
  <body><a href="{address}">Open iucn-tui</a></body>
</html>
"""


@click.command(epilog="Example: iucn-tui web --open")
@click.option(
    "--host",
    default="127.0.0.1",
    metavar="HOST",
    help="address to bind: this machine alone unless you say otherwise  [default: 127.0.0.1]",
)
@click.option("--port", default="0", metavar="N", help="0 is any free one  [default: 0]")
@click.option("--open", "open_browser", is_flag=True, help="open the address in a browser")
def web(host: str, port: str, open_browser: bool) -> int:
    """Serve the application to a browser (extra: web).

    The address has a key that lets one browser in. Each page has an application of its own; they
    share your runs. Ctrl-C ends all of them.
    """
    number = parse_count(port, "The port", 0, LARGEST_PORT)
    try:
        from tui_app.web.server import WebServer
    except ImportError as error:
        raise UsageError(
            f"The package {(error.name or 'textual-serve').replace('_', '-')} is not installed.",
            "pip install 'iucn-tui[web]'",
        ) from None
    server = WebServer(host, number, say)
    with ExitStack() as leaving:

        def ready(listening: Listening, address: str) -> None:
            if not listening.local:
                say(
                    f"Anyone who can reach {host} and has the key uses iucn-tui as you, "
                    "unencrypted on the way. An ssh tunnel to this machine is safer."
                )
            click.echo(address)
            say("Open this address in a browser; its key lets one browser in. Ctrl-C ends.")
            if open_browser:
                server.gate.when_used = _open(address, leaving)

        with heard() as signals:
            asyncio.run(server.run(ready, signals.asking))
    return Exit.OK


def _open(address: str, leaving: ExitStack) -> Callable[[], None]:
    """Open an address in a browser, whose arguments everyone on this machine can read.

    So the browser is given a file that only the user can read, and that leads to the address.

    Returns:
        What deletes the file; it is deleted in any case when ``leaving`` ends.
    """
    folder = Path(leaving.enter_context(tempfile.TemporaryDirectory(prefix="iucn-tui-")))
    file = folder / "open.html"
    file.touch(0o600)
    file.write_text(_REDIRECT.format(address=escape(address)), encoding="utf-8")
    browser = subprocess.Popen(  # noqa: S603 - our own arguments, no shell
        [*PYTHON, "-m", "webbrowser", file.as_uri()],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=child_environment(TOKEN_VARIABLE),
        start_new_session=True,  # Ctrl-C is the server's to hear
    )
    leaving.callback(browser.poll)
    return lambda: file.unlink(missing_ok=True)


def run_page() -> int:
    """Run a page's application; gives its exit code, and says on stderr why it failed."""
    from .main import run_application

    try:
        return run_application()
    except RedListError as error:
        say_error(error)
        return exit_of_error(error)
