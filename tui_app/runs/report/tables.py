"""The tables of a report."""

from __future__ import annotations

from typing import Any, Final

from tui_app.compare import Comparison, SummaryRow
from tui_app.compare.ideal import CPU, LATENCY, LINK, PACE
from tui_app.export.figure import Figure
from tui_app.export.report import Grid

from .words import NOTHING, pace_of, source_of

TERMS: Final = {PACE: "pace", LATENCY: "latency", LINK: "link", CPU: "processor"}
"""The terms of the ideal, and their columns."""


def times(outcome: Comparison) -> Grid:
    """All methods at all page counts."""
    return Grid(
        "Seconds of each method by number of pages",
        (
            *("pages", "method", "runs", "median", "least", "most", "95 %", "ideal", "limit"),
            "speed-up",
        ),
        tuple(_times(row) for row in outcome.summary),
        "rlrrrrrrlr",
        heads=2,
    )


def _times(row: SummaryRow) -> tuple[str, ...]:
    return (
        str(row.pages),
        row.method,
        str(row.n),
        _s(row.median),
        _s(row.min),
        _s(row.max),
        NOTHING
        if row.ci_low is None or row.ci_high is None
        else f"{row.ci_low:.3f}–{row.ci_high:.3f}",
        _s(row.ideal),
        row.limit or NOTHING,
        row.gain or NOTHING,
    )


def where(outcome: Comparison) -> Grid:
    """Where the time went at the largest page count; the term that set the ideal is marked."""
    rows = list(outcome.rows_at(outcome.most_pages).values())
    terms = [name for name in TERMS if any(name in (row.terms or {}) for row in rows)]
    columns = (
        *("method", "median", "network", "pace wait", "own", "times the ideal"),
        "CPU, ms a request",
    )
    return Grid(
        "Medians in seconds, then the terms of the ideal; ▸ marks the longest, which is the limit",
        (*columns, *(TERMS[name] for name in terms)),
        tuple(_where(row, terms) for row in rows),
        "l" + "r" * (len(columns) + len(terms) - 1),
        marked=frozenset(
            (place, len(columns) + terms.index(row.limit))
            for place, row in enumerate(rows)
            if row.limit in (row.terms or {})
        ),
    )


def _where(row: SummaryRow, terms: list[str]) -> tuple[str, ...]:
    known = row.terms or {}
    return (
        row.method,
        _s(row.median),
        _s(row.network),
        _s(row.pace_wait),
        _s(row.own),
        f"{row.over_ideal:.3f}",
        f"{row.cpu_ms:.2f}",
        *(_s(known[name]) if name in known else NOTHING for name in terms),
    )


def requests(figure: Figure) -> Grid:
    """The figures behind the waterfalls; phases that no request went through are left out."""
    data = figure.data
    rows = [tuple(str(cell) for cell in row) for row in data.rows]
    kept = [
        place
        for place, name in enumerate(data.columns)
        if not name.endswith("_ms") or any(row[place] for row in rows)
    ]
    return Grid(
        "The same in milliseconds",
        tuple(data.columns[place].removesuffix("_ms") for place in kept),
        tuple(tuple(row[place] or NOTHING for place in kept) for row in rows),
        "ll" + "r" * (len(kept) - 2),
        heads=2,
    )


def settings(outcome: Comparison) -> Grid:
    """What was compared, and how."""
    said = outcome.settings
    shuffled = "shuffled" if said.get("shuffle") else "as listed"
    rows = (
        ("operations", _list(said.get("operations"))),
        ("from", source_of(said)),
        ("API", said.get("api")),
        ("methods", _list(said.get("methods"))),
        ("page counts", _list(said.get("pages"))),
        ("in flight at most", said.get("concurrency")),
        ("pace", pace_of(said)),
        ("rate limit", said.get("rate_limit")),
        ("repeats", said.get("repeats")),
        ("warm-ups of each method", said.get("warmup")),
        ("order", shuffled),
        ("seed", said.get("seed")),
        ("attempts after the first", said.get("retries")),
        ("time-out of an attempt", _seconds(said.get("timeout"))),
        ("time-out to connect", _seconds(said.get("connect_timeout"))),
    )
    return _facts("What was compared, and how", "setting", rows)


def environment(outcome: Comparison) -> Grid:
    """What it ran on."""
    said = outcome.settings.get("environment") or {}
    return _facts("What it ran on", "part", tuple(said.items()))


def _facts(caption: str, what: str, rows: tuple[tuple[str, Any], ...]) -> Grid:
    shown = tuple((name, str(value)) for name, value in rows if value not in (None, ""))
    return Grid(caption, (what, "value"), shown)


def _list(values: Any) -> str:
    return ", ".join(str(one) for one in values or ())


def _seconds(value: Any) -> str:
    return "" if value is None else f"{value:g} s"


def _s(value: float) -> str:
    return f"{value:.3f}"


__all__ = ["TERMS", "environment", "requests", "settings", "times", "where"]
