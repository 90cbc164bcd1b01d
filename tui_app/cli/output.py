"""Output: tables and JSON on stdout, the outcome of a run on stderr."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import click
import msgspec

from tui_app.export.atomic import Exported, ExportError
from tui_app.export.destinations import STDOUT
from tui_app.export.tables_folder import tables_in
from tui_app.redlist import IDS, NAMES, Query
from tui_app.redlist.errors import NotFound, RedListError
from tui_app.redlist.names_file import LineOutcome
from tui_app.redlist.text import counted, timespan, visible
from tui_app.runs import DamagedRows, Service, Summary
from tui_app.runs.preview import preview_lines

from .messages import Exit, advice_on_kind, say, sentence

WIDEST: Final = 400
"""Characters of a table's cell."""

# C0 is escaped in JSON anyhow, but for the line ends that are its layout; DEL and C1 aren't, nor
# are the marks that reorder or hide text.
_UNPRINTABLE: Final = re.compile(
    "[\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e007f]"
)


def print_json(value: Any) -> None:
    r"""Print one JSON object to stdout. Control characters are escaped, as in ``\u009b``."""
    text = msgspec.json.format(msgspec.json.encode(value), indent=2).decode()
    click.echo(_UNPRINTABLE.sub(_escaped, text))


def print_json_rows(rows: Iterable[Any]) -> None:
    """Print a JSON list to stdout, one row per line."""
    start = "[\n"
    for row in rows:
        text = msgspec.json.encode(row).decode()
        click.echo(start + _UNPRINTABLE.sub(_escaped, text), nl=False)
        start = ",\n"
    click.echo("[]" if start == "[\n" else "\n]")


def _escaped(found: re.Match[str]) -> str:
    units = found[0].encode("utf-16-be")
    return "".join(f"\\u{units[n]:02x}{units[n + 1]:02x}" for n in range(0, len(units), 2))


def print_text(text: object = "") -> None:
    """Print a line to stdout, without control characters."""
    click.echo(visible(str(text)))


def print_table(columns: Sequence[str], rows: Sequence[Sequence[object]], right: str = "") -> None:
    """A table on stdout: see :func:`table_lines`."""
    for line in table_lines(columns, rows, right):
        click.echo(line)


def table_lines(
    columns: Sequence[str], rows: Sequence[Sequence[object]], right: str = ""
) -> Iterator[str]:
    """A table with aligned columns. Cells that would make it too wide to read are cut.

    ``right`` has a character a column, ``r`` for those aligned to the right; None is shown as
    nothing.
    """
    lines = [list(columns)]
    lines += (["" if cell is None else visible(str(cell), WIDEST) for cell in row] for row in rows)
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    sides = right[: len(columns)].ljust(len(columns))
    for line in lines:
        cells = (
            cell.rjust(width) if side == "r" else cell.ljust(width)
            for cell, width, side in zip(line, widths, sides, strict=True)
        )
        yield "  ".join(cells).rstrip()


def say_written(written: Sequence[Exported]) -> None:
    """A line on stderr for each file that was written; one for a folder of tables."""
    tables = tables_in(written)
    for one in written:
        if one.path != STDOUT and one not in tables:
            say(f"{counted(one.rows, 'row')} to {one.path}")
        if one.note:
            say(f"  {one.note}")
    if tables:
        what = f"{counted(len(tables), 'table')} of {counted(tables[0].rows, 'assessment')}"
        say(f"{what} to the folder {tables[0].path.parent}")


TOLD: Final = 10
"""Failures of a kind that are listed one by one."""


def outcome(summary: Summary, *, stopped: bool) -> str:
    """The run in a sentence or two."""
    how = "stopped" if stopped else "complete" if summary.complete else "incomplete"
    if summary.settled and not stopped:  # resuming it would add nothing
        how = "finished"
    data = "DEMO, synthetic data: " if summary.source == "demo" else ""
    details = ""
    if summary.details is not None:
        details = f", {counted(summary.details, 'full assessment')}"
    if summary.lines:
        what = f"{summary.fetched}{details};"
    else:
        records = counted(summary.records if summary.rows is None else summary.rows, "record")
        what = f"{counted(summary.pages, 'page')}, {records}{details} in"
    text = f"Run {summary.run} {how}: {data}{what} {timespan(summary.seconds)} by {summary.method}"
    pauses = summary.rate_limit_pauses
    facts = (
        (
            summary.pace_wait_seconds >= 0.01,
            f"{timespan(summary.pace_wait_seconds)} waiting for the rate limit",
        ),
        (summary.reused, f"{summary.reused:,} cached and not requested"),
        (summary.revalidated, f"{summary.revalidated:,} revalidated and unchanged"),
        (pauses, f"{counted(pauses, 'pause')} after HTTP 429"),
        (summary.retries, f"{summary.retries} retried"),
        (summary.repeated, f"{counted(summary.repeated, 'duplicate')} counted once"),
        (summary.given_up, summary.given_up),
    )
    text += "".join(f", {words}" for happened, words in facts if happened)
    ended_early = stopped or summary.stopped_because or summary.lost > 0
    if not summary.complete and summary.pages and ended_early:
        text += f". `iucn-tui resume {summary.run}` finishes the run"
    if summary.source == "live" and summary.red_list_version:
        text += f". Red List {summary.red_list_version}"
    return text + "."


def tell_errors(summary: Summary) -> None:
    """Print failed requests by kind, the first of each, with advice."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for error in summary.errors:
        groups.setdefault(error["kind"], []).append(error)
    for name, errors in groups.items():
        for error in errors[:TOLD]:
            tries = counted(error["attempts"], "attempt")
            say(f"  {error['request']}: {error['message']} ({tries})")
        if len(errors) > TOLD:
            say(f"  … and {len(errors) - TOLD:,} more; --json lists all")
        advice = advice_on_kind(name, summary.run, errors[0]["request"])
        if advice and name != NotFound.kind:
            say(advice)


def tell_lines(service: Service, summary: Summary, query: Query, *, stopped: bool) -> None:
    """Print lines without a match or with another taxon: the first of each outcome."""
    found: Iterable[LineOutcome] = ()
    if not stopped:
        found = service.lines(summary.run, query)
    elif not {"not found", "failed", "malformed"}.isdisjoint(summary.lines or {}):
        found = service.lost_lines(summary.run, query)  # the user is waiting for the end of the run
    counts: Counter[str] = Counter()
    for one in found:
        answered = one.outcome in ("found", "stopped") or (
            one.outcome == "synonym" and not one.message
        )
        if answered or one.line.same_as is not None:
            continue
        counts[one.outcome] += 1
        if counts[one.outcome] <= TOLD:
            reason = one.matched_name if one.outcome == "other rank" else one.message
            why = f" ({reason})" if reason else ""
            near = f"; near: {', '.join(one.near_matches)}" if one.near_matches else ""
            what = one.message if one.outcome == "synonym" else f"{one.outcome}{why}{near}"
            say(f"  line {one.line.number}, {one.line.text}: {what}")
    for kind, number in counts.items():
        if number > TOLD:
            export = f"`iucn-tui export {summary.run} --csv FILE`"
            say(f"  … and {number - TOLD:,} more {kind}; {export} lists all")
    if counts["synonym"] and not query.resolve:
        say("Add --resolve to request the accepted names of synonyms in the same run.")
    left = (summary.lines or {}).get("stopped", 0)
    if left:
        say(f"  {counted(left, 'line')} left to request")


def tell_several_latest(service: Service, summary: Summary, query: Query) -> None:
    """Print that ``latest`` without a scope has several assessments per taxon, with advice."""
    if summary.pages and (found := service.several_latest(summary.run, query)) is not None:
        say(
            f"{found} Add `--scope 1` for one row per taxon. Without fetching again: "
            f"`iucn-tui export {summary.run} --one-per-taxon --csv FILE`."
        )


PREVIEWED: Final = 5
"""Records that a terminal shows after a fetch."""


def tell_preview(service: Service, run: str, query: Query, *, written: bool) -> None:
    """Print the first records of a run in 80 columns, and the next command."""
    chosen = service.settings.one_per_taxon
    with suppress(RedListError):  # the run is saved, even if it can't be read now
        found = service.first_records(run, PREVIEWED, query, one_per_taxon=chosen)
        for line in preview_lines(found, 80):
            say(line)
    if written:
        say(f"Next: iucn-tui show {run} --counts")
    else:
        form = "csv" if find_spec("openpyxl") is None else "xlsx"
        option = " --one-per-taxon" if chosen else ""
        say(f"Next: iucn-tui export {run}{option} --{form} {_file_stem(query)}.{form}")


def _file_stem(query: Query) -> str:
    """The stem of a name for a file of the records: ``felidae``."""
    first = query.targets[0] if query.targets else None
    if first is None or query.lines:
        words = IDS if first is not None and first.operation.gives_assessment else NAMES
    elif first.operation.stem.startswith("taxa/") and first.value:
        words = first.value
    else:
        words = f"{first.operation.stem}-{first.value or ''}"
    return re.sub(r"[^a-z0-9_]+", "-", words.lower()).strip("-")[:60] or "records"


def figures(summary: Summary) -> str:
    """Requests, bytes, the ideal and latencies, in a line."""
    latency = summary.latency_ms
    times = (("p50", latency.p50), ("p95", latency.p95), ("max", latency.max))
    given = (f"{name} {'–' if ms is None else timespan(ms / 1000)}" for name, ms in times)
    ideal, late = "", f"; latency {', '.join(given)}"
    if summary.ideal_or_none is not None:
        ideal = f"; ideal {timespan(summary.ideal_seconds)}, efficiency {summary.efficiency:.2f}"
    return (
        f"  {counted(summary.requests, 'request')}, {counted(summary.bytes, 'byte')}{ideal}{late}"
    )


def export_run(
    service: Service,
    run: str,
    paths: dict[str, Path],
    *,
    csv_safe: bool,
    wide: bool,
    history: bool = False,
    distinct: bool = False,
    quiet: bool = False,
) -> Exit:
    """Write a run's files and say which; PARTIAL where saved responses are damaged.

    Raises:
        RedListError: a file can't be written; says which and why.
    """
    code, damage = Exit.OK, ""
    one_per_taxon = service.settings.one_per_taxon
    try:
        written = service.export(
            run,
            csv_safe=csv_safe,
            wide=wide,
            history=history,
            distinct=distinct,
            one_per_taxon=one_per_taxon,
            selection=None,
            **paths,
        )
    except DamagedRows as error:
        written, code, damage = error.written, Exit.PARTIAL, sentence(error)
    except ExportError as error:
        error.facts = {"run": run, **error.facts}  # the advice names it: it need not be the last
        raise
    if not quiet:
        say_written(written)
        summary = service.summary_at_end(run) if one_per_taxon else None
        rows = not {"requests_csv", "bibtex"}.issuperset(paths)
        if summary is not None and rows and summary.lines is None:
            say(f"One row per taxon: {written[0].rows:,} of {counted(summary.records, 'record')}.")
    if damage:
        say(f"iucn-tui: {damage}")
    return code
