"""The waterfall's drawing, without a screen: a request's phases as cells on an axis of time."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count, groupby
from typing import Final, NamedTuple

from tui_app.fetch import State
from tui_app.report.phases import LOST_GLYPH, phase_cells

from ..runview import RequestRow


class RowEnd(NamedTuple):
    """How a request ended: in words, and its glyph and style where no bytes came for it."""

    words: str
    glyph: str = ""
    style: str = ""


ENDS: Final = {
    State.KEPT: RowEnd("saved"),
    State.HELD: RowEnd("saved when the run ends"),
    State.REUSED: RowEnd("cached", "•", "dim"),
    State.FAILED: RowEnd("failed", LOST_GLYPH, "failed"),
    State.MISSING: RowEnd("not found", "?", "missing"),
    State.CANCELLED: RowEnd("stopped", "⊘", "cancelled"),
}

_LEAST_BAR: Final = 6
"""Cells of a bar that words leave of it."""

Piece = tuple[str, str]
"""A run of one glyph, and the name of its style (empty for none)."""


@dataclass(frozen=True, slots=True)
class Axis:
    """Seconds across the bars, from the left edge."""

    span_s: float
    width: int  # in cells

    def cell(self, offset_s: float) -> float:
        """Where a time is, in cells."""
        return offset_s / self.span_s * self.width


def round_up(value: float, steps: Sequence[float]) -> float:
    """The next figure that is one of ``steps`` times a power of ten."""
    power = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in steps if step * power >= value * 0.9999)


def nice_span(seconds: float) -> float:
    """The next round figure, so that the picture doesn't jitter while a run grows."""
    return round_up(max(seconds, 0.001), (1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0))


def ruler(axis: Axis, left_s: float = 0.0) -> str:
    """A line of tick labels, ``axis.width`` cells wide: ``╷0 s     ╷0.5     ╷1``."""
    step = round_up(axis.span_s / max(1, axis.width // 12), (1.0, 2.0, 5.0, 10.0))
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    line = ""
    first = math.ceil(left_s / step - 1e-6)
    for number in count(first):
        at = number * step
        label = f"╷{at:.{decimals if number else 0}f}" + (" s" if number == first else "")
        column = round(axis.cell(at - left_s))
        if column + len(label) > axis.width:
            break
        line = line[:column].ljust(column) + label
    return line.ljust(axis.width)


def paint(row: RequestRow, left_s: float, axis: Axis, now: float) -> list[Piece]:
    """A request's bar as pieces that fill ``axis.width`` cells.

    ``left_s`` is the monotonic time at the left edge; a request goes on until ``now``.
    """
    end = row.end_by(now)
    stops = [at for _, at in row.steps[1:]] + [end]
    spans = [
        (phase, axis.cell(start - left_s), axis.cell(stop - left_s))
        for (phase, start), stop in zip(row.steps, stops, strict=True)
    ]
    cells: list[Piece] = [
        (" ", "") if phase is None else (phase.glyph, phase.key)
        for phase in phase_cells(spans, axis.width)
    ]
    mark = ENDS.get(row.state)
    if mark is not None and mark.glyph:
        column = min(axis.width - 1, max(0, round(axis.cell(end - left_s))))
        cells[column] = mark.glyph, mark.style
    return [(glyph * len(list(same)), style) for (glyph, style), same in groupby(cells)]


def say_in_bar(bar: Sequence[Piece], *choices: str) -> list[Piece]:
    """A bar with words at its right end: the first choice that leaves something of the bar."""
    width = sum(len(glyphs) for glyphs, _ in bar)
    words = next((one for one in choices if width - len(one) - 1 >= _LEAST_BAR), "")
    if not words:
        return list(bar)
    kept: list[Piece] = []
    left = width - len(words) - 1
    for glyphs, style in bar:
        kept.append((glyphs[:left], style))
        left = max(0, left - len(glyphs))
    return [*kept, (f" {words}", "heading")]
