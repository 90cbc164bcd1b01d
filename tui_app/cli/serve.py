"""``demo`` and ``web``: the demo server, and the application in a browser."""

from __future__ import annotations

import asyncio
import subprocess
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import click

from tui_app.export.destinations import check_outputs
from tui_app.interpreter import PYTHON, child_environment
from tui_app.redlist.errors import RedListError, UsageError
from tui_app.settings import (
    LARGEST_PORT,
    LARGEST_SEED,
    TOKEN_VARIABLE,
    Profile,
    parse_choice,
    parse_count,
    parse_seconds,
)

from .messages import Exit, exit_of_error, say, say_error
from .options import load
from .stopping import heard

if TYPE_CHECKING:
    from tui_app.web.access import Listening


def _as_port(context: click.Context, parameter: click.Parameter, value: str) -> int:
    return parse_count(value, "The port", 0, LARGEST_PORT)


_port_option = click.option(
    "--port",
    default="0",
    metavar="N",
    callback=_as_port,
    help="port; 0: any free one  [default: 0]",
)


@click.command(epilog="Example: iucn-tui demo --profile notebook --port 8808")
@click.option(
    "--profile",
    default="typical",
    metavar=f"[{'|'.join(get_args(Profile))}]",
    help="delays and faults  [default: typical]",
)
@_port_option
@click.option(
    "--token",
    metavar="TEXT",
    envvar="IUCN_TUI_DEMO_TOKEN",
    help="token that each request must have",
)
@click.option(
    "--rate-limit",
    metavar="N/S",
    help="answer HTTP 429 after N requests in any S seconds (live API: 100/120)",
)
@click.option("--delay", "delay_s", metavar="SECONDS", help="delay of every response")
@click.option("--seed", default="0", metavar="N", help="random seed  [default: 0]")
@click.option("--log", metavar="FILE", help="write one JSON line per request")
def demo(**options: Any) -> int:
    """Run the demo Red List server until Ctrl-C.

    Any client of the API can use it by its base URL. All its data are synthetic.
    """
    from tui_app.demo.__main__ import run_demo
    from tui_app.demo.behaviour import Options, RequestWindow

    options["profile"] = parse_choice(options["profile"], "demo profile", get_args(Profile))
    options["seed"] = parse_count(options["seed"], "The seed", 0, LARGEST_SEED)
    if options["delay_s"] is not None:
        options["delay_s"] = parse_seconds(options["delay_s"], "The delay", 0)
    try:
        RequestWindow.read(options["rate_limit"] or "100/120")
    except ValueError:
        raise UsageError(
            f"The rate limit is N/S, 1 to 1,000,000 requests in 0.001 to 86,400 seconds, not "
            f"'{options['rate_limit']}'.",
            "The live API's is about 100/120.",
        ) from None
    if options["log"] is not None:
        check_outputs([("log", options["log"])], home=load({}).settings.home)
    return run_demo(Options(**options))


@click.command(epilog="Example: iucn-tui web --open")
@click.option(
    "--host",
    default="127.0.0.1",
    metavar="HOST",
    help="address to bind  [default: 127.0.0.1, this machine alone]",
)
@_port_option
@click.option("--open", "open_browser", is_flag=True, help="open the address in a browser")
def web(host: str, port: int, open_browser: bool) -> int:
    """Serve the application to a browser (extra: web).

    The address that is printed has a key for one browser. Each page opens an application of its
    own; all share your runs. Ctrl-C ends all of them.
    """
    try:
        from tui_app.web.server import WebServer
    except ImportError as error:
        raise UsageError(
            f"The package {(error.name or 'textual-serve').replace('_', '-')} is not installed.",
            "pip install 'iucn-tui[web]'",
        ) from None
    server = WebServer(host, port, say)
    with ExitStack() as leaving:

        def ready(listening: Listening, address: str) -> None:
            if not listening.local:
                say(
                    f"Anyone with the key who can reach {host} can use iucn-tui as you, and the "
                    "connection is not encrypted. An SSH tunnel to this machine is safer."
                )
            click.echo(address)
            say("Open this address in a browser; its key works for one browser. Ctrl-C stops.")
            if open_browser:
                server.gate.when_used = _open(address, leaving)

        with heard() as signals:
            asyncio.run(server.run(ready, signals.asking))
    return Exit.OK


def _open(address: str, leaving: ExitStack) -> Callable[[], None]:
    """Open an address in a browser, whose arguments everyone on this machine can read.

    So the browser is given a file that only the user can read, and that leads to the address.
    Gives what deletes the file; it is deleted in any case when ``leaving`` ends.
    """
    from tui_app.web.access import redirect_page

    folder = Path(leaving.enter_context(tempfile.TemporaryDirectory(prefix="iucn-tui-")))
    file = folder / "open.html"
    file.touch(0o600)
    file.write_text(redirect_page(address), encoding="utf-8")
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
    from .application import run_application

    try:
        return run_application()
    except RedListError as error:
        say_error(error)
        return exit_of_error(error)
