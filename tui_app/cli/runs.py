"""``runs``, ``show``, ``delete``, ``export``, ``operations``: none of them fetches."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import click

from tui_app.export.destinations import check_outputs
from tui_app.redlist import IDS, NAMES
from tui_app.redlist import operations_of as catalogue
from tui_app.redlist.errors import UsageError
from tui_app.redlist.operations import NOT_GIVEN
from tui_app.redlist.rate_limit import kept_window, pace_in_words
from tui_app.redlist.text import counted, joined, timespan, visible
from tui_app.runs import RunRow, Service
from tui_app.settings import parse_choice
from tui_app.store import RunInUse, RunState

from .messages import Exit, advice_on_kind, say, say_error
from .options import (
    GroupedCommand,
    config_option,
    distinct_option,
    export_options,
    export_paths,
    load,
    quiet_option,
)
from .output import (
    export_run,
    print_json,
    print_json_rows,
    print_table,
    print_text,
    say_written,
)
from .progress import opened

MOST_LISTED: Final = 1_000_000
_LISTED: Final = ("run", "when (UTC)", "source", "method", "state", "pages", "records")


@click.command(epilog="Example: iucn-tui runs --json")
@click.option("--json", "as_json", is_flag=True, help="print a JSON list")
@click.option("--all", "everything", is_flag=True, help="include the runs of comparisons")
@click.option(
    "-n", "--limit", type=click.IntRange(1, MOST_LISTED), metavar="N", help="maximum runs to list"
)
@config_option
def runs(as_json: bool, everything: bool, limit: int | None) -> int:
    """List the saved runs, newest first."""
    with opened(load({}).settings) as service:
        found = service.runs(limit, comparisons=everything)
    if as_json:
        print_json(found)
        return Exit.OK
    if not found:
        say("No saved runs. Start with `iucn-tui fetch taxa/family/Felidae`.")
        return Exit.OK
    # As in the application's History: a column where some run has something in it.
    losses = {"failed": [row.lost for row in found], "not found": [row.not_found for row in found]}
    losses = {name: counts for name, counts in losses.items() if any(counts)}
    print_table(
        (*_LISTED, *losses, "operations"),
        [
            (
                row.run,
                row.created_utc[:19].replace("T", " "),
                _source(row),
                row.method,
                row.state.value,
                row.pages,
                f"{row.records:,}",
                *(f"{counts[place]:,}" for counts in losses.values()),
                f"{row.name}: {row.label}" if row.name else row.label,
            )
            for place, row in enumerate(found)
        ],
        f"rllllrr{'r' * len(losses)}l",
    )
    return Exit.OK


def _source(row: RunRow) -> str:
    whose = "DEMO" if row.source == "demo" else row.source
    if row.replay_of is None:
        return whose
    return f"{'DEMO, ' * (row.source == 'demo')}replay of {row.replay_of}"


@click.command(
    epilog="Example: iucn-tui show last\n\nCategories by scope: "
    "iucn-tui show last --counts category scopes_description"
)
@click.argument("run", metavar="RUN")
@click.argument("fields", nargs=-1, metavar="[FIELD [FIELD]]")
@click.option("--rows", type=click.IntRange(1), metavar="N", help="show the first N rows")
@click.option(
    "--counts",
    is_flag=True,
    help="count the rows by FIELD (default: the category), or by two",
)
@click.option("--csv", "csv_file", metavar="FILE", help="counts as CSV; -: stdout")
@click.option("--json", "as_json", is_flag=True, help="print JSON")
@config_option
def show(run: str, fields: tuple[str, ...], **options: Any) -> int:
    """Show one run: its settings, timings and failures. RUN is an id, or last.

    --rows shows its records, --counts counts them. Part of a field's name is enough for FIELD:
    category, year, scopes.
    """
    rows, counts, as_json = options["rows"], options["counts"], options["as_json"]
    csv_file = options["csv_file"]
    if rows and counts:
        raise UsageError("--rows and --counts exclude each other.", "Leave out one of them.")
    if not counts and (fields or csv_file is not None):
        what = f"'{fields[0]}'" if fields else "--csv"
        raise UsageError(
            f"{what} needs --counts.", "`iucn-tui export` writes a run's rows to a file."
        )
    settings = load({}).settings
    if csv_file is not None:
        check_outputs([("csv", csv_file)], home=settings.home, stdout_taken=as_json)
    with opened(settings) as service:
        if rows:
            return _show_rows(service, run, rows, as_json=as_json)
        if counts:
            return _show_counts(service, run, fields, csv_file, as_json=as_json)
        row = service.run(run)
        summary = service.summary(run)
        failures = service.failures(run)
    if as_json:
        print_json({**asdict(row), "summary": summary.to_json(), "failures": failures})
        return Exit.OK
    source = "DEMO (synthetic data)" if row.source == "demo" else row.fetched_from
    if row.replay_of is not None:
        source = f"replay of run {row.replay_of}: {source}, fetched {row.fetched_utc}"
    latency = asdict(summary.latency_ms).items()
    total = summary.records_total if summary.rows is None else None
    reused = f"{summary.reused:,} not requested, {summary.revalidated:,} revalidated"
    pauses = summary.rate_limit_pauses
    requests = [f"{summary.retries:,} retried", f"{summary.lost:,} failed"]
    requests += [f"{summary.not_found:,} not found"] if summary.not_found else []
    ideal_s = summary.ideal_or_none
    ideal = "" if ideal_s is None else f" (ideal {timespan(ideal_s)})"
    facts: dict[str, object] = {
        "run": f"{row.run}  {row.name}".strip(),
        "note": row.note,
        "when (UTC)": row.created_utc,
        "source": source,
        "operations": row.label,
        "method": f"{summary.method}, {summary.concurrency} in flight",
        "rate limit": pace_in_words(summary.rate, kept_window({"window": summary.window})),
        "state": row.state.value,
        "pages": _of(summary.pages, summary.pages_total),
        "records": _of(summary.records if summary.rows is None else summary.rows, total),
        "full assessments": _of(summary.details, summary.details_total),
        "lines": summary.accounting,
        "cached": reused if summary.reused or summary.revalidated else "",
        "pauses (HTTP 429)": f"{pauses:,}" if pauses else "",
        "Red List version": summary.red_list_version,
        "requests": f"{summary.requests:,} ({', '.join(requests)})",
        "time": f"{timespan(summary.seconds)}{ideal}",
        "rate limit wait": timespan(summary.pace_wait_seconds),
        "bytes": f"{summary.bytes:,}",
        "latency": ", ".join(
            f"{name} {timespan(ms / 1000)}" for name, ms in latency if ms is not None
        ),
    }
    for name, value in facts.items():
        if value not in (None, ""):  # facts that only some runs have
            print_text(f"{name:<21} {value}")
    for failure in failures:
        advice = advice_on_kind(failure.kind, row.run, failure.label)
        print_text(f"{failure.count} × {failure.kind}: {failure.message}. {advice}")
    return Exit.OK


def _show_rows(service: Service, run: str, most: int, *, as_json: bool) -> Exit:
    from .tables import print_rows

    view = service.records(run)
    if as_json:
        print_json_rows(view.record(place) for place in range(min(most, len(view))))
    else:
        print_rows(view, most)
    _say_in_part(service.run(run), "the rows are of")
    return _whole(view.damage, run)


def _show_counts(
    service: Service, run: str, fields: tuple[str, ...], csv_file: str | None, *, as_json: bool
) -> Exit:
    from .tables import print_counts

    row = service.run(run)
    found = service.counts(row.run, fields)
    demo = "DEMO, synthetic data: " if row.source == "demo" else ""
    say(f"{demo}{counted(found.records, 'row')} of run {row.run}, {row.label}.")
    if csv_file is not None:
        say_written([service.write_rows(Path(csv_file), found.table(), found.columns, row.run)])
    if as_json:
        print_json_rows(found.rows())
    elif csv_file is None:
        print_counts(found)
    _say_in_part(row, "the counts are of")
    return _whole(found.damage, row.run)


def _say_in_part(row: RunRow, what: str) -> None:
    """Say of a run that lacks pages that these rows are of its saved ones: ``the files have``."""
    if row.state is RunState.RUNNING:
        say(f"Run {row.run} is still running: {what} the pages saved by now.")
    elif row.resumable:
        say(
            f"Run {row.run} is incomplete: {what} its saved pages only. "
            f"`iucn-tui resume {row.run}` finishes the run."
        )


def _whole(damage: str, run: str) -> Exit:
    """The exit code of a command that has read rows; says which are damaged."""
    if not damage:
        return Exit.OK
    say(f"iucn-tui: {damage} `iucn-tui resume {run}` fetches them again.")
    return Exit.PARTIAL


def _of(some: int | None, total: int | None) -> str:
    if some is None:
        return ""
    return f"{some:,}" if total is None else f"{some:,} of {total:,}"


@click.command(epilog="Example: iucn-tui delete 3 5 --yes")
@click.argument("runs", nargs=-1, required=True, metavar="RUN…")
@click.option("--yes", is_flag=True, help="don't ask for confirmation")
@config_option
def delete(runs: tuple[str, ...], yes: bool) -> int:
    """Delete runs with their rows and timings. RUN is an id, or last."""
    with opened(load({}).settings) as service:
        rows = {row.run: row for row in map(service.run, runs)}.values()
        what = joined(
            f"run {one.run} ({one.label}, {counted(one.records, 'record')})" for one in rows
        )
        if not yes:
            if not (sys.stdin.isatty() and sys.stderr.isatty()):
                raise UsageError("Nothing was deleted: confirming needs a terminal.", "Add --yes.")
            if not click.confirm(visible(f"Delete {what}?"), default=False, err=True):
                say("Nothing was deleted.")
                return Exit.OK
        code = Exit.OK
        for row in rows:
            try:
                service.forget(row.run)
            except RunInUse as error:
                say_error(error)
                code = Exit.USAGE if len(rows) == 1 else Exit.PARTIAL
            else:
                say(f"Deleted run {row.run}.")
    return code


@click.command(cls=GroupedCommand, epilog="Example: iucn-tui export last --csv felidae.csv")
@click.argument("run", metavar="RUN")
@export_options
@distinct_option
@quiet_option
@config_option
def export(run: str, **options: Any) -> int:
    """Write the records of a saved run to files. RUN is an id, or last. Sends no requests."""
    settings = load(options).settings
    paths = export_paths(options, settings)
    if not paths:
        raise UsageError("No file to write is given.", "Add --csv FILE, for example.")
    with opened(settings) as service:
        row = service.run(run)
        how = {name: options[name] for name in ("csv_safe", "wide", "history", "distinct", "quiet")}
        code = export_run(service, row.run, paths, **how)
        if code is Exit.OK and not options["quiet"]:
            _say_in_part(row, "the files have")
        return code


@click.command(epilog="\n\n".join(["Example: iucn-tui operations --api v3", *NOT_GIVEN.values()]))
@click.option("--api", default="v4", metavar="[v4|v3]", help="API version  [default: v4]")
@click.option("--json", "as_json", is_flag=True, help="print a JSON list")
def operations(api: str, as_json: bool) -> int:
    """List what can be fetched (operations), with the filters of each."""
    version = parse_choice(api, "API version", ("v4", "v3"))
    found = catalogue("v3" if version == "v3" else "v4")
    if as_json:
        names = ("kind", "help", "filters", "required", "optional")
        print_json(
            [{"operation": one.path} | {key: getattr(one, key) for key in names} for one in found]
        )
        return Exit.OK
    rows = [(one.path, one.kind.value, one.help) for one in found]
    if version == "v4":
        rows += [
            (f"{NAMES} --names FILE", "from a file", "taxa and their assessments, by name"),
            (f"{IDS} --ids FILE", "from a file", "full assessments, by id"),
        ]
    print_table(("operation", "kind", "returns"), rows)
    return Exit.OK
