"""The figures of a comparison."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Final

from tui_app.compare import Comparison, SummaryRow, TimedRun
from tui_app.export.figure import PHASES, Bar, Figure, Line, Plot, Span, Table, Waterfall
from tui_app.store import AttemptRow

MOST_ROWS: Final = 60
"""Requests of a run that are drawn: more than these nobody tells apart."""

_TOO_SHORT_MS: Final = 0.1
"""On a warm connection there is nothing to connect."""

Timed = tuple[TimedRun, Sequence[AttemptRow]]


def times_figure(runs: Sequence[TimedRun], summary: Sequence[SummaryRow], about: str) -> Figure:
    """Medians by number of pages, each method a line, with the ideal and the spread.

    Args:
        runs: the data behind it, in their order.
        summary: by page count and method.
        about: what was asked for, of whom.
    """
    methods = dict.fromkeys(row.method for row in summary)
    rows = {method: [row for row in summary if row.method == method] for method in methods}
    lines = tuple(
        Line(
            method,
            tuple((row.pages, row.median) for row in found),
            tuple((row.pages, row.ideal) for row in found),
            tuple((row.pages, row.min, row.max) for row in found if row.n > 1),
        )
        for method, found in rows.items()
    )
    columns = ("method", "pages", "repeat", "order", "seconds", "ideal_seconds", "failed")
    return Figure(
        "Execution time by number of pages",
        about,
        "pages",
        "seconds",
        (Plot(lines, x_ticks=tuple(sorted({float(row.pages) for row in summary}))),),
        Table(columns, tuple(tuple(getattr(run, name) for name in columns) for run in runs)),
    )


def median_run(outcome: Comparison, method: str) -> TimedRun:
    """A method's run at the largest page count that took the median time.

    Of an even number of runs: the faster one of the two in the middle.
    """
    runs = [run for run in outcome.runs if (run.method, run.pages) == (method, outcome.most_pages)]
    return sorted(runs, key=lambda run: run.seconds)[(len(runs) - 1) // 2]


def waterfall_figure(timed: Sequence[Timed], about: str, *, several: bool = False) -> Figure:
    """A row a request of some runs, below each other on one scale, in milliseconds.

    Args:
        timed: runs with their attempts, by request and attempt.
        about: what was asked for, of whom.
        several: whether a page's number alone doesn't tell which request it was.
    """
    plots, rows = [], []
    for run, attempts in timed:
        bars = [
            _bar(list(tries), several=several)
            for _, tries in groupby(attempts, key=lambda one: one.request)
        ]
        more = f", the first {MOST_ROWS} of {len(bars)} requests" if len(bars) > MOST_ROWS else ""
        note = f"{run.method}: {run.seconds:.3f} s{more}"
        plots.append(Plot((Waterfall(run.method, tuple(bars[:MOST_ROWS])),), note))
        rows += [(run.method, bar.label, *_spent(bar), bar.said) for bar in bars[:MOST_ROWS]]
    return Figure(
        "Request by request",
        about,
        "milliseconds since the run began",
        "ms",
        tuple(plots),
        Table(("method", "request", *(f"{name}_ms" for name in PHASES), "total_ms"), tuple(rows)),
    )


def _bar(tries: Sequence[AttemptRow], *, several: bool) -> Bar:
    """One request, all attempts behind each other.

    When an attempt failed isn't kept: from its last step on it is drawn as until a retry.
    """
    spans: list[Span] = []
    begun: float | None = None
    ended = 0.0
    for one in tries:
        if one.started is None:
            continue
        paced = max(ended, one.started - one.pace_wait_s)
        if begun is not None and paced > ended:
            spans.append(("retry", ended * 1000, paced * 1000))
        if one.started > paced:
            spans.append(("paced", paced * 1000, one.started * 1000))
        begun = one.started if begun is None else begun
        spans += _network(one)
        steps = (one.started, one.sent, one.headers, one.body, one.decoded)
        ended = max(at for at in steps if at is not None)
    total = _ms((ended - begun) * 1000) if begun is not None and ended > begun else ""
    first = tries[0]
    label = first.label if several or first.page is None else f"page {first.page}"
    return Bar(label, tuple(spans), total, lost=bool(tries[-1].kind))


def _network(one: AttemptRow) -> list[Span]:
    """The phases of an attempt, as far as it got."""
    steps = (one.started, one.sent, one.headers, one.body, one.decoded)
    found: list[Span] = []
    for name, start, end in zip(
        ("connect", "wait", "body", "decode"), steps, steps[1:], strict=False
    ):
        if start is None or end is None:
            break
        if name not in ("connect", "decode") or (end - start) * 1000 >= _TOO_SHORT_MS:
            found.append((name, start * 1000, end * 1000))
    return found


def _spent(bar: Bar) -> list[str]:
    """Milliseconds by phase, as they are shown; nothing for those that it did not go through."""
    spent: dict[str, float] = {}
    for phase, start, end in bar.spans:
        spent[phase] = spent.get(phase, 0.0) + end - start
    return [_ms(spent[name]) if name in spent else "" for name in PHASES]


def _ms(value: float) -> str:
    return f"{value:.1f}" if value < 9.95 else f"{value:,.0f}"


__all__ = ["MOST_ROWS", "median_run", "times_figure", "waterfall_figure"]
