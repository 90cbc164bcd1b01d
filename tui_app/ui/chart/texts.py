"""Charts in text: requests in flight, latencies, speed-ups, and what set the time."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import cycle
from textwrap import wrap
from typing import Final

from textual.content import Content

from tui_app.compare.comparison import Comparison
from tui_app.compare.explanation import comparison_sentence, explain
from tui_app.compare.statistics import SummaryRow, sweeps_in_flight
from tui_app.redlist.text import counted
from tui_app.report.figure import LaneMark

from .. import text
from ..requests.drawing import Axis, nice_span, ruler
from ..runview import RunView, even_shares, lanes
from ..theme import QUIET, look_of
from .series import lane_plot, latencies

_NAME: Final = 13
"""Cells of a method's name, and of the margin beneath it."""
_LANE: Final = 4
"""Cells of a lane's number."""
_COUNT: Final = 6
"""Cells of the count that the highest column stands for, and of the axis."""
_BOUND: Final = "lower bound"


def in_flight_text(runs: Sequence[RunView], now: float, width: int, height: int) -> Content:
    """A lane a line, each request a bar; all runs on one scale, in ``height`` lines at most."""
    every = [(run, found) for run in runs if run.begun is not None and (found := lanes(run, now))]
    if not every:
        return Content("The chart appears as requests start.")
    longest_s = max(run.elapsed_s(now) for run, _ in every)
    axis = Axis(nice_span(longest_s), max(8, width - _LANE))
    lines: list[Content] = []
    # Where lanes have no room, a line says how many.
    room = height - 1 - 2 * len(every)
    shares = even_shares([len(found) for _, found in every], room)
    for (run, found), share in zip(every, shares, strict=True):
        look, plot = look_of(run.method), lane_plot(run, found, now)
        lines.append(Content.styled(f"{look.marker} {plot.note}", look.colour))
        for place, mark in enumerate(plot.marks[:share], 1):
            assert isinstance(mark, LaneMark)
            bar = _bar(mark, axis)
            lines.append(Content.assemble((f"{place:>3} ", QUIET), (bar, look.colour)))
        if len(found) > share:
            more = f"    … and {len(found) - share} more in flight"
            lines.append(Content.styled(more, QUIET))
    return Content("\n").join([*lines, Content.styled(" " * _LANE + ruler(axis), QUIET)])


def _bar(mark: LaneMark, axis: Axis) -> str:
    cells = [" "] * axis.width
    for (start, stop), glyph in zip(mark.spans, cycle("━─")):  # neighbours look different
        first = round(axis.cell(start))
        after = max(first + 1, round(axis.cell(stop)))
        for column in range(max(0, first), min(after, axis.width)):
            cells[column] = glyph
    return "".join(cells)


def latency_text(runs: list[RunView], width: int, height: int) -> Content:
    """A histogram a run under one scale, and its percentiles in words; ``height`` lines at most."""
    room = max(10, width - _NAME - _COUNT)
    found = latencies(runs, room)
    if not found:
        return Content("The chart appears as responses arrive.")
    scale = found[0][0]
    classes = len(scale.counts)
    wide = max(1, room // classes)
    tall = max(1, min(5, (height - 1) // len(found) - 1))
    lines, margin = [], " " * (_NAME + _COUNT)
    for mark, words in found:
        look = look_of(mark.method)
        most = max(mark.counts)
        for level in reversed(range(tall)):
            first = level == tall - 1
            name = text.fit(f"{look.marker} {mark.method}" if first else "", _NAME)
            count = f"{most:>{_COUNT - 1},}┤" if first else f"{'│':>{_COUNT}}"
            bars = "".join(_block(one / most * tall - level) * wide for one in mark.counts)
            parts = ((name, look.colour), (count, QUIET), (bars, look.colour))
            lines.append(Content.assemble(*parts))
        lines.append(Content.styled(margin + words, QUIET))
    axis = _axis(scale.low, scale.width, classes, wide)
    return Content("\n").join([*lines, Content.styled(margin + axis, QUIET)])


def _block(share: float) -> str:
    return " " if share <= 0 else "▁▂▃▄▅▆▇█"[max(0, min(7, round(share * 8) - 1))]


def _axis(low_ms: float, width_ms: float, classes: int, wide: int) -> str:
    line = [" "] * (classes * wide + 12)
    step = max(1, -(-12 // wide))
    for place in range(0, classes + 1, step):
        label = f"╵{low_ms + place * width_ms:g}" + (" ms" if place == 0 else "")
        line[place * wide : place * wide + len(label)] = label
    return "".join(line).rstrip()


TERMS: Final = {"pace": "pace", "latency": "latency", "link": "link", "cpu": "CPU"}
"""What the ideal's terms are called here."""


def speed_up_text(
    rows: Sequence[SummaryRow], methods: Sequence[str], *, swept: bool = False
) -> Content:
    """Each method at one page count, 37 cells wide: its time, the ideal, and the speed-up.

    ``swept``: with how many requests in flight it was fastest, too.
    """
    if not rows:
        return Content("")
    found = {row.method: row for row in rows}
    at = "fastest with" if swept else "at " + counted(rows[0].pages, "page")
    heading = f"{at:<{_NAME}}{'time':>9}{'ideal':>9}"
    lines = [Content.styled(f"{heading}{'×':>6}", QUIET)]
    best = max(row.speedup or 0 for row in rows)
    for method in methods:
        row = found.get(method)
        factor = None if row is None else row.speedup
        lines.append(
            Content.assemble(
                _method(method, row.in_flight if swept and row is not None else 1),
                f"{text.seconds(None if row is None else row.median):>9}",
                (f"{text.seconds(None if row is None else row.ideal):>9}", QUIET),
                (
                    f"{text.NOTHING if factor is None else f'{factor:.1f}':>6}",
                    "bold" if factor == best and best > 1 else "",
                ),
            )
        )
    lines.append(Content.styled("× = speed-up over sequential", QUIET))
    limits: dict[str, list[str]] = {}
    for row in rows:
        if limit := "retries" if row.set_by_retries else row.limit:
            limits.setdefault(limit, []).append(look_of(row.method).marker)
    if limits:
        words = " · ".join(f"{TERMS.get(name, name)} {' '.join(of)}" for name, of in limits.items())
        lines += [Content(""), Content.styled("what set the time (details: Why):", QUIET)]
        lines.append(Content(words))
    return Content("\n").join(lines)


_WIDTH: Final = 9
_MEASURED: Final = {
    "time": "median", "network": "network", "pace": "pace_wait", "retries": "retry", "rest": "own",
    "CPU ms": "cpu_ms",
}  # fmt: skip
"""Columns and fields; ``CPU ms`` is of a request. The ideal's terms stand beside them."""
_NOT_ALWAYS: Final = ("pace", "retries")
"""Columns that are there where anything is in them."""
_WIDEST: Final = 110
"""Cells of a line of text that is still easy to read."""


def explanation(comparison: Comparison, width: int) -> Content:
    """The outcome, its reasons, and two tables, in ``width`` cells."""
    lines: list[Content] = []
    said = [comparison_sentence(comparison), *explain(comparison)]
    for place, sentence in enumerate(filter(None, said)):
        lines += _wrapped(sentence, width, "bold" if place == 0 else "")
    rows = list(comparison.rows_at(comparison.most_pages).values())
    if rows:
        most = max(row.in_flight for row in rows)
        swept = sweeps_in_flight(comparison.summary)
        at = f"{most} in flight" if swept else f"at {counted(rows[0].pages, 'page')}"
        lines += [Content(""), *_table(at, rows, width)]
    screen = comparison.settings.get("screen")
    if screen:
        share = f"This screen used {screen:.1%} of a processor while runs were timed."
        lines += [Content(""), *_wrapped(share, width, QUIET)]
    return Content("\n").join(lines)


def _wrapped(sentence: str, width: int, style: str) -> list[Content]:
    lines = wrap(text.clean(sentence), max(20, min(width, _WIDEST) - 2))
    return [Content.styled(line, style) for line in lines]


def _table(at: str, rows: Sequence[SummaryRow], width: int) -> list[Content]:
    terms = [name for name in TERMS if any(name in (row.terms or {}) for row in rows)]
    measured = [
        name
        for name, field in _MEASURED.items()
        if name not in _NOT_ALWAYS or any(getattr(row, field) for row in rows)
    ]
    if _NAME + _WIDTH * len(measured) > width:
        measured.remove("CPU ms")
    left_width = _NAME + _WIDTH * len(measured) + 3
    beside = left_width + max(_WIDTH * len(terms), len(_BOUND)) <= width
    found = [_headings(at, measured)]
    ideal = [_headings("" if beside else _BOUND, [TERMS[name] for name in terms])]
    for row in rows:
        found.append(_named(row, [_measured(row, name) for name in measured]))
        cells = []
        for name in terms:
            longest = name == row.limit
            cell = f"{text.seconds_cell((row.terms or {}).get(name), 3)}{'◂' if longest else ' '}"
            cells.append((cell, "bold" if longest else ""))
        ideal.append(_named(row, cells))
    if not terms:
        return [*found, Content.styled("seconds", QUIET)]
    key = Content.styled("seconds; ◂ = what sets the lower bound", QUIET)
    if not beside:
        return [*found, Content(""), *ideal, key]
    joined = [left + "   " + right[_NAME:] for left, right in zip(found, ideal, strict=True)]
    return [Content.styled(" " * left_width + _BOUND, QUIET), *joined, key]


def _measured(row: SummaryRow, name: str) -> tuple[str, str]:
    value = getattr(row, _MEASURED[name])
    cell = text.seconds_cell(value, 2 if name == "CPU ms" else 3)
    return f"{cell} ", "bold" if name == "time" else ""


def _headings(name: str, cells: Sequence[str]) -> Content:
    words = f"{name:<{_NAME}}" + "".join(f"{cell + ' ':>{_WIDTH}}" for cell in cells)
    return Content.styled(words, QUIET)


def _named(row: SummaryRow, cells: Sequence[tuple[str, str]]) -> Content:
    styled = ((f"{cell:>{_WIDTH}}", style) for cell, style in cells)
    return Content.assemble(_method(row.method), *styled)


def _method(method: str, in_flight: int = 1) -> tuple[str, str]:
    look = look_of(method)
    flying = f" {in_flight}" if in_flight > 1 else ""
    name = text.fit(f"{method[: _NAME - 2 - len(flying)]}{flying}", _NAME - 2)
    return f"{look.marker} {name}", look.colour
