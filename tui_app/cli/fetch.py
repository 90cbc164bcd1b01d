"""``fetch`` and ``resume``."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import click

from tui_app.export.destinations import is_stream
from tui_app.redlist import Query
from tui_app.redlist.errors import Advice, NotFound, RedListError, UsageError
from tui_app.runs import Service, Summary
from tui_app.settings import named_by

from .messages import Exit, advice_on, advice_on_kind, exit_of_summary, say, say_error
from .options import (
    CARRYING,
    SERVER,
    GroupedCommand,
    config_option,
    confirm_pace,
    export_options,
    export_paths,
    filter_options,
    fresh_option,
    given,
    load,
    operations_argument,
    output_options,
    query_from_options,
    require_token,
    setting_options,
    tell_methods,
    whole_options,
)
from .output import (
    TOLD,
    export_run,
    figures,
    outcome,
    print_json,
    tell_errors,
    tell_lines,
    tell_preview,
    tell_several_latest,
)
from .progress import opened, watching
from .stopping import stoppable
from .streams import delivered, nobody_reads

_SETTINGS = (*SERVER, "method", "pages", *CARRYING)


@click.command(
    cls=GroupedCommand,
    epilog="Example: iucn-tui fetch taxa/family/Felidae --latest --csv felidae.csv",
)
@operations_argument
@setting_options(*_SETTINGS)
@whole_options
@click.option("--resolve", is_flag=True, help="also request the accepted names of synonyms")
@filter_options
@export_options
@fresh_option
@output_options
@config_option
def fetch(operations: tuple[str, ...], **options: Any) -> int:
    """Fetch operations, save their pages, write them to files.

    An OPERATION is a path of the API: countries/MG, red_list_categories/CR, threats,
    assessment/136250858; or species with --names FILE, assessments with --ids FILE. `iucn-tui
    operations` lists them; several can be given. A code with a plus, threats/5+, includes all codes
    below it, which the API's list of the code leaves out. Each response is saved as it arrives,
    under the run id that is printed. Responses are cached for a day.
    """
    settings = load(options, *_SETTINGS).settings
    paths = export_paths(options, settings, json_too=options["as_json"])
    query = query_from_options(operations, settings, options)
    if "tables" in paths and not (query.gives_assessments or query.gives_taxa):
        raise UsageError("--tables needs full assessments or taxa.", "Add --details.")
    require_token(settings)
    confirm_pace(settings, quiet=options["quiet"])
    with opened(settings) as service:
        return _carry(service, partial(service.fetch, query, settings), query, paths, options)


@click.command(cls=GroupedCommand, epilog="Example: iucn-tui resume last --csv felidae.csv")
@click.argument("run", metavar="RUN")
@setting_options("method", "base_url", *CARRYING, own=True)
@export_options
@output_options
@config_option
def resume(run: str, **options: Any) -> int:
    """Finish a run that was stopped, killed or failed in part.

    RUN is the id that fetch printed, or last. Saved responses are not requested again. The run
    continues with its own settings, except for the options given. --base-url names its server, if
    that server has not received your present token before.
    """
    settings = load(options).settings
    tell_methods()
    named = named_by(given(options, "base_url").get("base_url"))
    settings = replace(settings, named=(settings.named or frozenset()) | named)
    changes = given(options, "method", *CARRYING)
    paths = export_paths(options, settings, json_too=options["as_json"])
    with opened(settings) as service:
        row = service.run(run)
        query, begun = service.wanted(row.run)
        if named and named != named_by(begun.base_url):
            server = begun.base_url or "the demo server"
            raise UsageError(
                f"Run {row.run} is from {server}, and can only be resumed there.",
                "Leave out --base-url, or give that server.",
            )
        if not service.is_whole(row.run):
            begun = replace(begun, **changes)
            require_token(begun)
            confirm_pace(begun, quiet=options["quiet"])
        go_on = partial(service.resume, row.run, **changes)
        return _carry(service, go_on, query, paths, options)


def _carry(
    service: Service,
    run: Callable[..., Summary],
    query: Query,
    paths: dict[str, Path],
    options: dict[str, Any],
) -> Exit:
    """Run it, write the files, print the outcome, and return the exit code."""
    watched = watching(service, plain=options["plain"], quiet=options["quiet"])
    with watched as observer, stoppable(one_run=True) as cancel:
        summary = run(observer=observer, cancel=cancel)
    stopped = cancel.is_set()
    code = exit_of_summary(summary, stopped=stopped)
    if not options["quiet"]:
        say(outcome(summary, stopped=stopped))
    if summary.stopped_because:
        advice = advice_on(Advice.RESUME, summary.run)
        say(f"iucn-tui: {summary.stopped_because} {advice}")
    if options["verbose"] and not options["quiet"]:
        say(figures(summary))
    if summary.lines is not None:
        if query.written:  # with the codes of the server's own list
            query, _ = service.wanted(summary.run)
        tell_lines(service, summary, query, stopped=stopped)
    else:
        tell_errors(summary)
    if code is Exit.FAILED and summary.errors[:1] and summary.errors[0]["kind"] == NotFound.kind:
        nearest = service.suggestions(summary.run)
        advice = advice_on_kind(NotFound.kind, summary.run, summary.errors[0]["request"])
        say(f"Did you mean {' or '.join(nearest)}?" if nearest else advice)
    if not (options["quiet"] or stopped or service.settings.one_per_taxon):
        tell_several_latest(service, summary, query)
    if summary.pages and not options["quiet"]:
        for sentence in service.codes_left_out(summary.run, query)[:TOLD]:
            say(sentence)
    accounted = summary.lines is not None and code is Exit.FAILED
    arrived = code in (Exit.OK, Exit.PARTIAL) or (code is Exit.TOKEN and summary.pages)
    if (arrived or accounted) and paths:
        try:
            how = {name: options[name] for name in ("csv_safe", "wide", "history", "quiet")}
            code = max(code, export_run(service, summary.run, paths, **how))
        except RedListError as error:
            say_error(error)
            code = code or Exit.PARTIAL
        except BrokenPipeError:  # its reader has closed the pipe
            nobody_reads()
    elif paths and code is Exit.STOPPED:
        say(
            f"No files written. `iucn-tui resume {summary.run}` finishes the run; "
            f"`iucn-tui export {summary.run}` writes saved pages."
        )
    shown = sys.stderr.isatty() and not (options["quiet"] or options["as_json"])
    if shown and arrived and not stopped and not any(map(is_stream, paths.values())):
        tell_preview(service, summary.run, query, written=bool(paths))
    if options["as_json"]:
        code = delivered(lambda: print_json(summary.to_json()), code)
    return code
