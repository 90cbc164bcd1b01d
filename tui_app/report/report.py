"""Reports of comparisons: their tables, their order, and their files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from itertools import compress
from pathlib import Path
from typing import Any, Final

from tui_app.compare.comparison import Comparison
from tui_app.compare.explanation import comparison_sentence, explain
from tui_app.compare.ideal import CPU, LATENCY, LINK, PACE
from tui_app.compare.statistics import sweeps_in_flight
from tui_app.export.atomic import Exported, writing
from tui_app.export.destinations import check_outputs, is_stream
from tui_app.redlist.errors import UsageError
from tui_app.redlist.text import seconds_figure
from tui_app.store import AttemptRow, Store

from . import words
from .figure import IN_FLIGHT, Figure, median_run, times_figure, waterfall_figure
from .html import to_html
from .markdown import to_markdown
from .words import Command, FigurePart, Grid, Part, Points, Report, ReportSection, Words

_SAME_LIST: Final = timedelta(days=1)
"""For so long a server's Red List version is valid, like cached responses."""


def find_comparison(store: Store, comparison: str) -> Comparison:
    """A saved comparison, by its id or ``last`` (the newest that finished).

    Raises:
        UsageError: there is none, or it did not finish.
    """
    row = store.comparison(comparison)
    found = Comparison.from_json(row.result)
    if found is None:
        raise UsageError(
            f"Comparison {row.comparison} did not finish, so it has no results.",
            "`last` is the newest that finished.",
        )
    return replace(found, comparison=row.comparison, created_utc=row.created_utc)


def report_comparison(store: Store, comparison: Comparison, path: Path) -> Exported:
    """Write a report of a comparison whose runs are in a store.

    Raises:
        ExportError: the file can't be written; says why.
        UsageError: the ending gives no format, the file may not be replaced, or nothing was timed.
    """
    check_outputs([("report", path)], home=store.folder)
    if not comparison.runs:
        raise UsageError("The comparison has no timed runs to report.")
    version = _version(store, comparison)
    return write_report(path, make_report(comparison, store.attempts, version))


def _version(store: Store, comparison: Comparison) -> str | None:
    """The Red List version, if the server named it within a day of the comparison."""
    found = store.source_version(str(comparison.settings.get("base_url")))
    if found is None:
        return None
    version, asked_utc = found
    try:
        asked, made = map(datetime.fromisoformat, (asked_utc, comparison.created_utc))
        return version if abs(asked - made) < _SAME_LIST else None
    except (ValueError, TypeError):  # not known, or one of them without a zone
        return None


REPORT_ENDINGS: Final[dict[str, Callable[[Report], str]]] = {
    ".html": to_html,
    ".htm": to_html,
    ".md": to_markdown,
    ".markdown": to_markdown,
}
"""The writers of reports, by the ending of the file."""


def check_report(path: Path) -> None:
    """Check that the ending of a file's name gives the format of a report.

    Raises:
        UsageError: it gives none, or the file is standard output.
    """
    if is_stream(path):
        raise UsageError("A report can't go to stdout.", "Give a file name: report.html.")
    if path.suffix.lower() not in REPORT_ENDINGS:
        ending = f"'{path.suffix}'" if path.suffix else "no ending"
        raise UsageError(
            f"A report is .html or .md, but {path} has {ending}.", "Use one of these endings."
        )


def write_report(path: Path, report: Report) -> Exported:
    """Write a report, in the format that the path's ending gives.

    Raises:
        ExportError: it can't be written.
        UsageError: its ending gives no format.
    """
    check_report(path)
    text = REPORT_ENDINGS[path.suffix.lower()](report)
    with writing(path) as file:
        file.write(text)
    return Exported(path, 0, len(text.encode()))


def make_report(
    outcome: Comparison,
    attempts: Callable[[str], Sequence[AttemptRow]],
    red_list_version: str | None = None,
) -> Report:
    """The report of a comparison that has one timed run at least.

    ``attempts`` gives the attempts of a run; none if they have been deleted.
    """
    subtitle, at = words.subtitle(outcome), outcome.where()
    ran_on = (outcome.settings.get("environment") or {}).items()
    return Report(
        title=words.title(outcome),
        subtitle=subtitle,
        notices=tuple(words.notices(outcome)),
        headline=comparison_sentence(outcome) or words.medians(outcome),
        reasons=tuple(explain(outcome)),
        sections=(
            ReportSection(
                f"Execution time by {_swept(outcome)}",
                (
                    FigurePart(times_figure(outcome.runs, outcome.summary, subtitle)),
                    times_table(outcome),
                ),
            ),
            ReportSection(
                f"Where the time went at {at}",
                (where_table(outcome), Points(tuple(words.columns_of_where(outcome)))),
            ),
            ReportSection(f"Requests over time at {at}", _requests(outcome, attempts, subtitle)),
            ReportSection("Settings", (_settings_table(outcome),)),
            ReportSection(
                "Versions and machine",
                (_facts("Software and hardware of the comparison", "part", ran_on),),
            ),
            ReportSection("How it was measured", (Points(tuple(words.how(outcome))),)),
            ReportSection("Data source", words.data_terms(outcome, red_list_version)),
            ReportSection(
                "Start, and the command to repeat it",
                (Words(words.when(outcome)), Command(words.command(outcome.settings))),
            ),
        ),
    )


def _swept(outcome: Comparison) -> str:
    return IN_FLIGHT if sweeps_in_flight(outcome.summary) else "page count"


def _requests(
    outcome: Comparison, attempts: Callable[[str], Sequence[AttemptRow]], subtitle: str
) -> tuple[Part, ...]:
    """The waterfalls, of each method's run with the median time."""
    shown, gone = [], []
    for method in outcome.rows_at(outcome.most_pages):
        run = median_run(outcome, method)
        found = attempts(run.run)
        if found:
            shown.append((run, found))
        else:
            gone.append(method)
    parts: list[Part] = []
    if shown:
        several = len(outcome.settings.get("operations", ())) > 1
        figure = waterfall_figure(shown, subtitle, several=several)
        parts += [Words(words.OF_WATERFALLS), FigurePart(figure, _requests_table(figure))]
    if gone:
        parts.append(Words(f"The requests of {', '.join(gone)} have been deleted."))
    return tuple(parts)


# -- tables ------------------------------------------------------------------------------

_TERMS: Final = {PACE: "pace", LATENCY: "latency", LINK: "link", CPU: "processor"}
"""The terms of the ideal, and their columns."""


def times_table(outcome: Comparison) -> Grid:
    """What each method took, by number of pages, or by requests in flight."""
    swept = sweeps_in_flight(outcome.summary)
    first = "in flight" if swept else "pages"
    columns = (first, "method", "n", "median s", "min", "max", "95 %", "ideal s", "limit")
    seconds = _figures(outcome)
    rows = (
        (
            *(str(row.in_flight if swept else row.pages), row.method, str(row.n)),
            *map(seconds, (row.median, row.min, row.max)),
            "" if row.ci_low is None else f"{seconds(row.ci_low)}–{seconds(row.ci_high or 0)}",
            *(seconds(row.ideal), row.limit, row.gain),
        )
        for row in outcome.summary
    )
    shown = tuple(tuple(cell or words.NOTHING for cell in row) for row in rows)
    caption = f"Time of each method (s) by {_swept(outcome)}"
    return Grid(caption, (*columns, "speed-up"), shown, "rlrrrrrrlr", heads=2)


def where_table(outcome: Comparison, *, with_terms: bool = True) -> Grid:
    """The parts of the time at the largest page count; the longest term is marked.

    Retries have a column where there were any, the terms of the ideal ``with_terms``.
    """
    rows = list(outcome.rows_at(outcome.most_pages).values())
    terms = [name for name in _TERMS if any(name in (row.terms or {}) for row in rows)]
    terms = terms if with_terms else []
    retries = ("retries",) * any(row.retry for row in rows)
    columns = ("method", "median s", "network s", "pace wait", *retries, "rest", "over ideal")
    columns = (*columns, "CPU ms a request")
    width, seconds = len(columns), _figures(outcome)
    cells = (
        (
            *(row.method, *map(seconds, (row.median, row.network, row.pace_wait))),
            *(seconds(row.retry) for _ in retries),
            *(seconds(row.own), _s(row.over_ideal), seconds_figure(row.cpu_ms)),
            *(
                words.NOTHING if one is None else seconds(one)
                for one in map((row.terms or {}).get, terms)
            ),
        )
        for row in rows
    )
    return Grid(
        "Medians (s) and the terms of the ideal (s); ▸ marks the longest term, which is the limit",
        (*columns, *(_TERMS[name] for name in terms)),
        tuple(cells),
        "l" + "r" * (width + len(terms) - 1),
        marked=frozenset(
            (place, width + terms.index(row.limit))
            for place, row in enumerate(rows)
            if row.limit in terms and row.limit in (row.terms or {})
        ),
    )


def _requests_table(figure: Figure) -> Grid:
    """The data of the waterfalls, without phases that no request has."""
    names, rows = figure.data.columns, figure.data.rows
    kept = [not name.endswith("_ms") or any(row[n] for row in rows) for n, name in enumerate(names)]
    return Grid(
        "The same data in milliseconds",
        tuple(name.removesuffix("_ms") for name in compress(names, kept)),
        tuple(tuple(str(one or words.NOTHING) for one in compress(row, kept)) for row in rows),
        "ll" + "r" * (sum(kept) - 2),
        heads=2,
    )


def _settings_table(outcome: Comparison) -> Grid:
    said = outcome.settings
    rows = (
        ("operations", _list(said.get("operations"))),
        ("from", words.server_in_words(said)),
        ("API", said.get("api")),
        ("methods", _list(said.get("methods"))),
        ("page counts", _list(said.get("pages"))),
        ("maximum in flight", words.in_flight(said)),
        ("rate limit", words.pace_of(said)),
        ("rate limit of the server", said.get("rate_limit")),
        ("repeats", said.get("repeats")),
        ("warm-up runs of each method", said.get("warmup")),
        ("order", "shuffled" if said.get("shuffle") else "as listed"),
        ("random seed", said.get("seed")),
        ("maximum retries", said.get("retries")),
        ("timeout of one attempt", _seconds(said.get("timeout"))),
        ("timeout to connect", _seconds(said.get("connect_timeout"))),
    )
    return _facts("Settings of the comparison", "setting", rows)


def _facts(caption: str, what: str, rows: Iterable[tuple[str, Any]]) -> Grid:
    shown = tuple((name, str(value)) for name, value in rows if value not in (None, ""))
    return Grid(caption, (what, "value"), shown)


def _list(values: Any) -> str:
    return ", ".join(str(one) for one in values or ())


def _seconds(value: Any) -> str:
    return "" if value is None else f"{value:g} s"


def _figures(outcome: Comparison) -> Callable[[float], str]:
    """Seconds as a table has them: with four decimals where all runs took less than 0.1 s."""
    long = any(row.max >= 0.1 for row in outcome.summary)
    return partial(seconds_figure, decimals=3 if long else 4)


def _s(value: float) -> str:
    return seconds_figure(value, 3)
