"""``demo``: the demo server in the foreground."""

from __future__ import annotations

import click

from tui_app.export import check_outputs
from tui_app.redlist.errors import UsageError
from tui_app.settings import (
    LARGEST_PORT,
    LARGEST_SEED,
    Profile,
    parse_choice,
    parse_count,
    parse_seconds,
)

from .options import load


@click.command(epilog="Example: iucn-tui demo --profile notebook --port 8808")
@click.option(
    "--profile",
    default="typical",
    metavar="TEXT",
    help="delays and faults: fast, typical, iucn, notebook or flaky  [default: typical]",
)
@click.option("--port", default="0", metavar="N", help="0 is any free one  [default: 0]")
@click.option("--token", metavar="TEXT", help="a token that every request must carry")
@click.option(
    "--rate-limit",
    metavar="N/S",
    help="answer 429 beyond N requests in any S seconds (the live limit: 100/120)",
)
@click.option("--delay", metavar="S", help="a constant delay in place of the profile's")
@click.option("--seed", default="0", metavar="N", help="of the catalogue and the delays")
@click.option("--log", metavar="FILE", help="one JSON line a request")
def demo(
    *,
    profile: str,
    port: str,
    token: str | None,
    rate_limit: str | None,
    delay: str | None,
    seed: str,
    log: str | None,
) -> int:
    """Serve the demo Red List server until stopped.

    Any client of the API works against it with only the base URL changed. All names are
    invented.
    """
    from typing import get_args

    from tui_app.demo.__main__ import run_demo
    from tui_app.demo.behaviour import RequestWindow

    profile = parse_choice(profile, "demo profile", get_args(Profile))
    parse_count(port, "The port", 0, LARGEST_PORT)
    parse_count(seed, "The seed", 0, LARGEST_SEED)
    if delay is not None:
        parse_seconds(delay, "The delay", 0)
    try:
        RequestWindow.read(rate_limit or "100/120")
    except ValueError:
        raise UsageError(
            f"The rate limit is N/S, 1 to 1,000,000 requests in 0.001 to 86,400 seconds, not "
            f"'{rate_limit}'.",
            "The live API's is about 100/120.",
        ) from None
    if log is not None:
        check_outputs([("log", log)], home=load({}).settings.home)
    arguments = [f"--profile={profile}", f"--port={port}", f"--seed={seed}"]
    for name, value in (
        ("--token", token),
        ("--rate-limit", rate_limit),
        ("--delay", delay),
        ("--log", log),
    ):
        if value is not None:
            arguments.append(f"{name}={value}")
    try:
        return run_demo(arguments)
    except ValueError as error:
        raise UsageError(f"{error}.") from None
