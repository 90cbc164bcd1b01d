"""``compare``: time the methods, replay a run, show a comparison again, write reports."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import astuple, fields, replace
from pathlib import Path
from typing import Any, Final, get_args

import click

from tui_app.compare.explanation import comparison_json, comparison_sentence, explain
from tui_app.compare.ideal import CPU, LATENCY, LINK, PACE
from tui_app.compare.statistics import Latency
from tui_app.export.atomic import writing
from tui_app.export.destinations import STDOUT, check_outputs
from tui_app.redlist.errors import RedListError, UsageError
from tui_app.redlist.rate_limit import pace_in_words
from tui_app.redlist.text import counted, timespan
from tui_app.report.report import check_report, times_table, where_table
from tui_app.report.words import INCOMPLETE, notices
from tui_app.runs import Comparison, Service, TimedRun, TimedStart, limit_met, requests_of
from tui_app.settings import ASSUMED, Settings, Source

from .messages import Exit, say
from .options import (
    CARRYING,
    FILTER_OPTIONS,
    SERVER,
    GroupedCommand,
    complete_operation,
    config_option,
    confirm_pace,
    filter_options,
    load,
    output_options,
    query_from_options,
    require_token,
    setting_options,
)
from .output import print_json, print_table, print_text
from .progress import opened, say_pauses, watching
from .stopping import stoppable
from .streams import delivered

LAST: Final = "last"
_NEGATED: Final = {"latest": "--all-years", "shuffle": "--no-shuffle"}
"""Negated options that are not ``--not-…``."""


def run_to_replay(operations: tuple[str, ...], options: dict[str, Any]) -> str | None:
    """The run that ``--source`` names; None where it names a server, or nothing.

    Raises:
        UsageError: it names neither, or other options conflict with a replay.
    """
    text = options["source"]
    word = (text or "").strip().lower()
    if text is None or word in get_args(Source):
        return None
    if word != LAST and not (word.isascii() and word.isdigit()):
        raise UsageError(
            f"There is no source '{text}'.",
            f"Choose from {', '.join(get_args(Source))}, a run's id (`iucn-tui runs`), or {LAST}.",
        )
    foreign = [*operations, *_typed(options, "base_url", "demo_profile", "api")]
    if foreign:
        raise UsageError(
            f"--source {text} replays a saved run with its own settings.",
            f"Leave out {', '.join(foreign)}.",
        )
    return word


def _typed(options: dict[str, Any], *names: str) -> list[str]:
    """The options that were given, as they are typed: of these, of filters, ``--live``."""
    found = [
        _NEGATED.get(name, f"--not-{name}") if options[name] is False else f"--{name}"
        for name in (*names, *FILTER_OPTIONS)
        if options[name] is not None
    ]
    found += ["--param"] * bool(options["params"]) + ["--live"] * options["live"]
    return [name.replace("_", "-") for name in found]


def comparison_paths(options: dict[str, Any], settings: Settings) -> tuple[Path | None, list[Path]]:
    """The paths of the CSV and the reports, checked before the first timed run.

    Raises:
        UsageError: a report has no known ending, or a file can't be written or is protected.
    """
    csv, reports = options["csv_file"], options["reports"]
    outputs = [("times", csv)] if csv is not None else []
    outputs += [("report", text) for text in reports]
    check_outputs(outputs, home=settings.home, stdout_taken=options["as_json"])
    for text in reports:
        check_report(Path(text))
    return None if csv is None else Path(csv), [Path(text) for text in reports]


def check_again(operations: tuple[str, ...], options: dict[str, Any]) -> None:
    """Check that no option is given that a saved comparison can't follow.

    Raises:
        UsageError: an operation, filter or setting was given besides ``--again``.
    """
    given = [*operations, *_typed(options, *_SETTINGS, "pages", "shuffle")]
    if given:
        raise UsageError(
            f"--again shows a saved comparison, which {given[0]} can't change.",
            "Leave out one of them.",
        )


_SETTINGS = (*SERVER, "methods", *CARRYING, "repeats", "warmup", "seed")
DEFAULT_OPERATION = {"v4": "red_list_categories/CR", "v3": "species/page"}
RUN_COLUMNS = (
    *("method", "pages", "repeat", "order", "seconds", "ideal_seconds", "requests", "failed"),
)
MORE_COLUMNS = (
    *("run", "in_flight", "network_seconds", "pace_wait_seconds", "own_seconds", "retry_seconds"),
    *("cpu_seconds", "screen_cpu_seconds", "bytes", "limit", "work_seconds"),
)
TERMS = (PACE, LATENCY, LINK, CPU)


@click.command(
    cls=GroupedCommand, epilog="Example: iucn-tui compare red_list_categories/CR --pages 1,3,5,10"
)
@click.argument("operations", nargs=-1, metavar="[OPERATION]", shell_complete=complete_operation)
@click.option(
    "--source",
    metavar="[demo|live|RUN]",
    help="server, or saved run to replay (id or last)",
)
@setting_options(*(name for name in _SETTINGS[1:] if name != "concurrency"))
@click.option(
    "--concurrency",
    metavar="N,…",
    help="maximum requests in flight; several, with one page count, are compared  [default: 8]",
)
@click.option("--pages", metavar="N,…", help="page counts to compare  [default: 1,3,5,10]")
@click.option("--shuffle/--no-shuffle", default=None, help="shuffle the timed runs  [default: yes]")
@click.option("--live", is_flag=True, help="allow benchmarking the live API (with --source live)")
@click.option("--fresh", is_flag=True, hidden=True)  # comparisons never use the cache
@filter_options
@click.option("--csv", "csv_file", metavar="FILE", help="timed runs as CSV; -: stdout")
@click.option(
    "--report",
    "reports",
    metavar="FILE",
    multiple=True,
    help="report (.html or .md); repeatable",
)
@click.option("--again", metavar="ID", help="show an earlier comparison (its id, or last)")
@output_options
@config_option
def compare(operations: tuple[str, ...], **options: Any) -> int:
    """Time the methods against each other.

    Each method fetches the same pages from the same server, in shuffled order. The default is the
    demo server. The live API is no place for benchmarks; --live allows one.

    With --source RUN, a saved run is replayed: this machine serves its pages again, each with its
    measured latency, and no request goes to the original server. Failures and retries are not
    replayed. A run that lacks a page is replayed up to that page.
    """
    if options["again"] is not None:
        check_again(operations, options)
        settings = load({}).settings
        target, reports = comparison_paths(options, settings)
        with opened(settings) as service:
            outcome = service.comparison(options["again"])
            return _deliver(service, outcome, target, reports, options)
    run = run_to_replay(operations, options)
    if run is not None:
        options["source"] = "demo"  # served by this machine: no token, no rate limit
    options["page_counts"] = options.pop("pages")
    options["in_flight_counts"] = None
    if "," in (options["concurrency"] or ""):
        options["in_flight_counts"], options["concurrency"] = options["concurrency"], None
    if options["shuffle"] is not None:
        options["shuffle"] = "yes" if options["shuffle"] else "no"
    if options["live"] and options["source"] is None:
        options["source"] = "live"
    loaded = load(options, *_SETTINGS, "page_counts", "in_flight_counts", "shuffle")
    settings = loaded.settings
    if options["in_flight_counts"] and options["page_counts"] and len(settings.page_counts) > 1:
        raise UsageError(
            "Several numbers of requests in flight are compared at one page count.",
            f"For example --pages {settings.page_counts[-1]}.",
        )
    target, reports = comparison_paths(options, settings)
    # A token in the configuration doesn't send a comparison to the live host.
    if loaded.origins.get("source") == ASSUMED and settings.base_url is None:
        settings = replace(settings, source="demo")
    query = query_from_options(operations or (DEFAULT_OPERATION[settings.api],), settings, options)
    announcement = _live_announcement(settings, live=options["live"], targets=len(query.targets))
    require_token(settings)
    if announcement:
        say(announcement)
    confirm_pace(settings, quiet=options["quiet"])
    if settings.effective_window() is not None and not options["quiet"]:
        met = limit_met(settings, requests_of(settings, [None] * len(query.targets)))
        if met:
            say(met)
    with opened(settings) as service:
        with (
            stoppable() as cancel,
            watching(service, plain=options["plain"], quiet=True) as watcher,
        ):
            observer = say_pauses if not (options["quiet"] or options["plain"]) else watcher
            progress = _Lines(quiet=options["quiet"] or options["plain"])
            replay = None if run is None else service.replayable(run)
            if replay is not None and not options["quiet"]:
                say(replay.sentence())
            outcome = service.compare(
                query if replay is None else replay,
                settings,
                observer=observer,
                cancel=cancel,
                on_start=progress.start,
                on_finish=progress.finish,
            )
            stopped = cancel.is_set()
        code = _deliver(service, outcome, target, reports, options)
    if code is Exit.OK and not options["quiet"]:
        again = f"iucn-tui compare --again {outcome.comparison}"
        say(f"Comparison {outcome.comparison} saved; `{again}` shows it again.")
    return Exit.STOPPED if stopped else code


def _deliver(
    service: Service,
    outcome: Comparison,
    target: Path | None,
    reports: list[Path],
    options: dict[str, Any],
) -> Exit:
    """Write the files, print the result, return the exit code."""
    if outcome.note and not options["quiet"]:
        say(outcome.note)
    code = Exit.OK if outcome.complete else Exit.PARTIAL
    unwritten = 0
    for path in [target, *reports] if target else reports:
        try:
            if path is target:
                _write(path, outcome)
                continue
            service.report(outcome, path)
            if not options["quiet"]:
                say(f"report to {path}")
        except RedListError as error:
            say(f"iucn-tui: {error}")
            code = Exit.PARTIAL
            unwritten += path is not target
    if unwritten and outcome.runs:
        advice = f"iucn-tui compare --again {outcome.comparison or 'last'} --report FILE"
        say(f"The comparison is saved: `{advice}` writes the report elsewhere.")
    if options["as_json"]:
        code = delivered(lambda: print_json(comparison_json(outcome)), code)
    elif target != STDOUT:
        code = delivered(lambda: _print(outcome), code)
    return code


def _live_announcement(settings: Settings, *, live: bool, targets: int) -> str:
    if not settings.pace_is_owed:
        return ""
    requests = counted(requests_of(settings, [None] * targets), "request")
    if not live:
        raise UsageError(
            f"This comparison would send about {requests} to {settings.server}; benchmarks don't "
            "belong on a live API.",
            "Leave out --source and --base-url for the demo server, or add --live.",
        )
    pace = pace_in_words(settings.effective_rate(), settings.effective_window())
    return f"Comparing on {settings.server}: about {requests}, rate limit {pace}."


class _Lines:
    """A line on stderr a timed run."""

    def __init__(self, *, quiet: bool) -> None:
        self._say: Callable[[str], None] = (lambda text: None) if quiet else say
        self._of, self._sweeps = 0, False

    def start(self, start: TimedStart) -> None:
        self._of, self._sweeps = start.of, start.concurrency is not None
        if start.warmup:
            self._say(f"warm-up  {start.method:<10}  {counted(start.pages, 'page')}")

    def finish(self, timed: TimedRun) -> None:
        lost = f"  {timed.failed} failed" if timed.failed else ""
        flying = f"  {timed.in_flight} in flight" if self._sweeps else ""
        what = (
            f"{timed.method:<10}  {counted(timed.pages, 'page')}{flying}  "
            f"{timespan(timed.seconds)}{lost}"
        )
        self._say(f"{timed.order:>3}/{self._of}  {what}")


def _write(path: Path, outcome: Comparison) -> None:
    latencies = (f"latency_ms_{one.name}" for one in fields(Latency))
    header = [*RUN_COLUMNS, *latencies, *MORE_COLUMNS, *(f"terms_{name}" for name in TERMS)]
    with writing(path) as file:
        write = csv.writer(file)
        write.writerow(header)
        for run in outcome.runs:
            cells = [getattr(run, name) for name in RUN_COLUMNS]
            cells += [*astuple(run.latency_ms), *(getattr(run, name) for name in MORE_COLUMNS)]
            write.writerow([*cells, *map((run.terms or {}).get, TERMS)])


def _print(outcome: Comparison) -> None:
    said = outcome.settings
    demo = said["source"] == "demo"
    if "replay_of" in said:
        whose = "DEMO, synthetic data" if demo else said["replayed_base_url"]
        print_text(f"REPLAY of run {said['replay_of']}: {whose}, fetched {said['fetched_utc']}")
    elif demo:
        click.echo(f"DEMO, synthetic data (profile {said['demo_profile']})")
    for notice in notices(outcome):
        if notice.startswith(INCOMPLETE):
            print_text(notice)
    if not outcome.runs:
        return
    times, where = times_table(outcome), where_table(outcome, with_terms=False)
    print_table(times.columns, times.rows, times.right)
    if not where.rows:
        return
    click.echo(f"\nWhere the time went at {outcome.where()}, medians:")
    print_table(where.columns, where.rows, where.right)
    click.echo()
    for sentence in filter(None, (comparison_sentence(outcome), *explain(outcome))):
        print_text(sentence)
