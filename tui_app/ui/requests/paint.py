"""The waterfall's drawing, without a screen: from a request's phases to cells.

A row's bar is painted on a time axis that spans what is in view, so that ten requests and two
thousand look alike.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from tui_app.fetch import State

from ..requestrow import Phase, RequestRow

GLYPHS: Final[dict[Phase, str]] = {
    Phase.QUEUED: "·",
    Phase.PACED: "░",
    Phase.CONNECTING: "═",
    Phase.WAITING: "━",
    Phase.BODY: "█",
    Phase.KEEPING: "▓",
    Phase.RETRY: "~",
}
"""A glyph a phase, so that it can be told without colour."""

ENDS: Final[dict[State, tuple[str, str]]] = {
    State.FAILED: ("✗", "failed"),
    State.MISSING: ("?", "missing"),
    State.CANCELLED: ("⊘", "cancelled"),
    State.REUSED: ("•", "dim"),
}
"""Glyph and style of the end of a request that no bytes came for."""

STYLES: Final[dict[Phase, str]] = {phase: phase.name.lower() for phase in Phase}

Piece = tuple[str, str]
"""A run of one glyph, and the name of its style (empty for none)."""

_NICE: Final = (1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)
_TICKS: Final = (1.0, 2.0, 5.0, 10.0)


@dataclass(frozen=True, slots=True)
class Axis:
    """Seconds across the bars, from the left edge.

    Attributes:
        span_s: how many.
        width: in cells.
    """

    span_s: float
    width: int

    def cell(self, offset_s: float) -> float:
        """Where a time is, in cells."""
        return offset_s / self.span_s * self.width


def nice_span(seconds: float) -> float:
    """The next round figure, so that the picture doesn't jitter while a run grows."""
    if seconds <= 0.001:
        return 0.001
    power = 10.0 ** math.floor(math.log10(seconds))
    return next(step * power for step in _NICE if step * power >= seconds * 0.9999)


def ruler(axis: Axis, left_s: float = 0.0) -> str:
    """A line of tick labels, ``axis.width`` cells wide: ``╷0 s     ╷0.5     ╷1``."""
    most = max(1, axis.width // 12)
    rough = axis.span_s / most
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(one * power for one in _TICKS if one * power >= rough * 0.9999)
    line = [" "] * axis.width
    first = math.ceil(left_s / step - 1e-6)
    number = first
    while True:
        at = number * step
        column = round(axis.cell(at - left_s))
        label = f"╷{_tick(at, step)}" + (" s" if number == first else "")
        if column + len(label) > axis.width:
            break
        line[column : column + len(label)] = label
        number += 1
    return "".join(line)


def _tick(at: float, step: float) -> str:
    decimals = 0 if at == 0 else max(0, -math.floor(math.log10(step) + 1e-9))
    return f"{at:.{decimals}f}"


def paint(row: RequestRow, left_s: float, axis: Axis, now: float) -> list[Piece]:
    """A request's bar as pieces that fill ``axis.width`` cells.

    Args:
        row: the request.
        left_s: monotonic time at the left edge.
        axis: the scale.
        now: monotonic time up to which a request that goes on is drawn.
    """
    cells: list[tuple[str, str]] = [(" ", "")] * axis.width
    steps = row.steps
    last = len(steps) - 1
    end = now if row.ended is None else row.ended
    for index, (phase, start) in enumerate(steps):
        stop = end if index == last else steps[index + 1][1]
        _fill(cells, axis, phase, start - left_s, stop - left_s)
    if row.state in ENDS:
        column = min(axis.width - 1, max(0, round(axis.cell(end - left_s))))
        cells[column] = ENDS[row.state]
    return _pieces(cells)


def _fill(
    cells: list[tuple[str, str]], axis: Axis, phase: Phase, start_s: float, stop_s: float
) -> None:
    first = round(axis.cell(max(0.0, start_s)))
    after = round(axis.cell(max(0.0, stop_s)))
    if after <= first:
        if phase not in (Phase.BODY, Phase.WAITING, Phase.RETRY):
            return
        # A body is often shorter than a cell, but it is what all the waiting was for.
        first = max(0, after - 1) if phase is Phase.BODY else first
        after = first + 1
    for column in range(max(0, first), min(after, axis.width)):
        cells[column] = GLYPHS[phase], STYLES[phase]


def _pieces(cells: list[tuple[str, str]]) -> list[Piece]:
    pieces: list[Piece] = []
    for glyph, style in cells:
        if pieces and pieces[-1][1] == style and pieces[-1][0][0] == glyph:
            pieces[-1] = (pieces[-1][0] + glyph, style)
        else:
            pieces.append((glyph, style))
    return pieces
