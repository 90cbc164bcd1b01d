"""``plan``."""

from __future__ import annotations

from typing import Any

import click

from tui_app.compare.forecast import Forecast, duration
from tui_app.redlist.rate_limit import kept_window, pace_in_words
from tui_app.redlist.text import counted
from tui_app.settings import Settings

from .messages import Exit, say
from .options import (
    CARRYING,
    SERVER,
    GroupedCommand,
    config_option,
    filter_options,
    fresh_option,
    load,
    operations_argument,
    query_from_options,
    quiet_option,
    require_token,
    setting_options,
    whole_options,
)
from .output import print_json, print_table, print_text
from .progress import opened
from .stopping import stoppable

_SETTINGS = (*SERVER, "method", "pages", *CARRYING)


@click.command(cls=GroupedCommand, epilog="Example: iucn-tui plan taxa/family/Felidae --details")
@operations_argument
@setting_options(*_SETTINGS)
@whole_options
@filter_options
@fresh_option
@quiet_option
@click.option("--json", "as_json", is_flag=True, help="print the estimate as JSON, in seconds")
@config_option
def plan(operations: tuple[str, ...], **options: Any) -> int:
    """Estimate the requests and the time of a fetch.

    The times are given by method and concurrency, and based on saved responses of the same server.
    If there are none, three test requests are sent (four with --details and no rate limit), within
    the rate limit of the server. Their responses are not saved.
    """
    settings = load(options, *_SETTINGS).settings
    query = query_from_options(operations, settings, options)
    require_token(settings)
    with opened(settings) as service, stoppable() as cancel:
        found = service.forecast(query, settings, cancel=cancel)
        stopped = cancel.is_set()
    if found is None:
        if not stopped:
            say("iucn-tui: not enough responses to estimate. `iucn-tui check` tests the server.")
        return Exit.STOPPED if stopped else Exit.FAILED
    basis = found.basis
    if not options["quiet"] and (basis.kept or basis.probed):
        say(f"Estimated {basis.in_words()}.")
    if options["as_json"]:
        print_json(found)
    else:
        _print(found, settings)
    return Exit.OK


def _print(found: Forecast, settings: Settings) -> None:
    if settings.source == "demo":
        click.echo(f"DEMO, synthetic data (profile {settings.demo_profile})")
    words = pace_in_words(found.settings["rate"], kept_window(found.settings))
    pace = "no rate limit" if words == "off" else f"at most {words}"
    wanted = [counted(found.pages, "response" if found.records is None else "page")]
    wanted += [] if found.records is None else [counted(found.records, "record")]
    wanted += [counted(found.details, "full assessment")] if found.details else []
    print_text(f"{found.work_in_words()}, {pace}: {', '.join(wanted)}")
    if found.rows:
        rows = [
            (
                one.method,
                one.concurrency,
                *map(duration, (one.seconds, one.low, one.high)),
                one.limit,
            )
            for one in found.rows
        ]
        print_table(("method", "in flight", "time", "min", "max", "waits for"), rows, "lrrrrl")
    for sentence in (*found.advice, *found.assumed):
        print_text(sentence)
