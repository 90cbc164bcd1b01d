"""``runs``, ``show``, ``export``, ``operations``: all of them read, none of them fetches."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Final

import click

from tui_app.redlist import IDS, NAMES
from tui_app.redlist import operations_of as catalogue
from tui_app.redlist.errors import UsageError
from tui_app.redlist.rate_limit import kept_window, pace_in_words
from tui_app.runs import RunRow, RunState
from tui_app.settings import parse_choice

from .messages import Exit, advice_on_kind, say
from .options import config_option, export_options, export_paths, load
from .output import export_run, print_json, print_table, print_text
from .progress import opened

MOST_LISTED: Final = 1_000_000


@click.command(epilog="Example: iucn-tui runs --json")
@click.option("--json", "as_json", is_flag=True, help="as a JSON list")
@click.option("--all", "everything", is_flag=True, help="those of comparisons as well")
@click.option(
    "-n", "--limit", type=click.IntRange(1, MOST_LISTED), help="at most so many, newest first"
)
@config_option
def runs(as_json: bool, everything: bool, limit: int | None) -> int:
    """List the runs that are kept, newest first."""
    with opened(load({}).settings) as service:
        found = service.runs(limit, comparisons=everything)
    if as_json:
        print_json(found)
        return Exit.OK
    if not found:
        say("No run is kept yet. `iucn-tui fetch taxa/family/Felidae` makes one.")
        return Exit.OK
    print_table(
        ("run", "when (UTC)", "source", "method", "state", "pages", "records", "operations"),
        [
            (
                row.run,
                row.created_utc[:19].replace("T", " "),
                _source(row),
                row.method,
                row.state.value,
                row.pages,
                f"{row.records:,}",
                f"{row.name}: {row.label}" if row.name else row.label,
            )
            for row in found
        ],
        "rllllrrl",
    )
    return Exit.OK


def _source(row: RunRow) -> str:
    whose = "DEMO" if row.source == "demo" else row.source
    if row.replay_of is None:
        return whose
    return f"{'DEMO, ' * (row.source == 'demo')}replay of {row.replay_of}"


@click.command(epilog="Example: iucn-tui show last")
@click.argument("run", metavar="RUN")
@click.option("--json", "as_json", is_flag=True, help="as a JSON object")
@config_option
def show(run: str, as_json: bool) -> int:
    """Show one run: its settings, timings and failures. RUN is an id, or last."""
    with opened(load({}).settings) as service:
        row = service.run(run)
        summary = service.summary(run)
        failures = service.failures(run)
    if as_json:
        print_json({**asdict(row), "summary": summary.to_json(), "failures": failures})
        return Exit.OK
    source = "DEMO (synthetic data)" if row.source == "demo" else row.fetched_from
    if row.replay_of is not None:
        source = f"replay of run {row.replay_of}: {source}, fetched {row.fetched_utc}"
    lines, latency = (summary.lines or {}).items(), asdict(summary.latency_ms).items()
    reused = f"{summary.reused:,} not asked for, {summary.revalidated:,} unchanged"
    pauses = summary.rate_limit_pauses
    facts: dict[str, object] = {
        "run": f"{row.run}  {row.name}".strip(),
        "note": row.note,
        "when (UTC)": row.created_utc,
        "source": source,
        "operations": row.label,
        "method": f"{summary.method}, {summary.concurrency} in flight",
        "pace": pace_in_words(summary.rate, kept_window({"window": summary.window})),
        "state": row.state.value,
        "pages": _of(summary.pages, summary.pages_total),
        "records": _of(summary.records, summary.records_total),
        "in full": _of(summary.details, summary.details_total),
        "lines": ", ".join(f"{name} {n:,}" for name, n in lines),
        "kept before": reused if summary.reused or summary.revalidated else "",
        "rate limit pauses": f"{pauses:,}" if pauses else "",
        "Red List version": summary.red_list_version,
        "requests": f"{summary.requests} ({summary.retries} retries, {summary.failed} failed)",
        "seconds": f"{summary.seconds:.3f} (ideal {summary.ideal_seconds:.3f})",
        "waiting for the pace": f"{summary.pace_wait_seconds:.3f} s",
        "bytes": f"{summary.bytes:,}",
        "latency, ms": ", ".join(f"{name} {ms:.0f}" for name, ms in latency if ms is not None),
    }
    for name, value in facts.items():
        if value not in (None, ""):  # facts that only some runs have
            print_text(f"{name:<21} {value}")
    for failure in failures:
        advice = advice_on_kind(failure.kind, row.run)
        print_text(f"{failure.count} × {failure.kind}: {failure.message}. {advice}")
    return Exit.OK


def _of(some: int | None, total: int | None) -> str:
    if some is None:
        return ""
    return f"{some:,}" if total is None else f"{some:,} of {total:,}"


@click.command(epilog="Example: iucn-tui export last --csv felidae.csv")
@click.argument("run", metavar="RUN")
@export_options
@click.option(
    "--distinct", is_flag=True, help="keep an assessment once, its codes joined in one cell"
)
@config_option
def export(run: str, **options: Any) -> int:
    """Write a run that was fetched earlier. Fetches nothing. RUN is an id, or last."""
    settings = load(options).settings
    paths = export_paths(options, settings)
    if not paths:
        raise UsageError("Nothing to write.", "Add --csv F, for one: `iucn-tui export --help`.")
    with opened(settings) as service:
        row = service.run(run)
        how = {name: options[name] for name in ("csv_safe", "wide", "history", "distinct")}
        code = export_run(service, row.run, paths, **how)
        if code is Exit.OK and row.state is not RunState.COMPLETE and row.replay_of is None:
            say(
                f"Run {row.run} is incomplete: the files have what arrived. "
                f"`iucn-tui resume {row.run}` finishes it."
            )
        return code


@click.command(epilog="Example: iucn-tui operations --api v3")
@click.option("--api", default="v4", metavar="TEXT", help="v4 or v3  [default: v4]")
@click.option("--json", "as_json", is_flag=True, help="as a JSON list")
def operations(api: str, as_json: bool) -> int:
    """List what can be fetched: the API's own paths, with their filters."""
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
    print_table(("operation", "kind", "answers"), rows)
    return Exit.OK
