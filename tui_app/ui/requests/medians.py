"""The median runs of a comparison above each other, on one scale: the first lines of a waterfall.

::

    ● sequential · 10 pages ─────────────── 2.95 s · ideal 2.86 s
    lane 1  ━━━━━╺━━━━━╺━━━━━╺━━━━━╺━━━━━╺━━━━━        10 requests
    ▲ threads · 10 pages · 2 of 8 lanes ─── 0.61 s · ideal 0.59 s
    lane 1  ━━━━━╺━━━━                                  2 requests
"""

from __future__ import annotations

from math import ceil, floor
from typing import NamedTuple

from tui_app.redlist.text import counted
from tui_app.report.phases import Phase

from ..model import Model
from ..runview import RequestRow, RunView, even_shares, lanes
from .drawing import Axis, Piece, paint

_BEGINS = "╺"
"""The first cell of a request that waits, where another one ends right before it."""


class MedianHeading(NamedTuple):
    """The line above the lanes of a method's median run."""

    run: RunView
    runs: int  # of how many it is the median
    shown: int  # lanes that have room
    lanes: int

    @property
    def words(self) -> str:
        """What follows the method's name."""
        parts = [] if self.run.pages is None else [counted(self.run.pages, "page")]
        if self.runs > 1:
            parts.append(f"median of {counted(self.runs, 'run')}")
        if self.shown < self.lanes:
            parts.append(f"{self.shown} of {self.lanes} lanes")
        return " · ".join(parts)


class Lane(NamedTuple):
    """A line of requests of a run, each of which began when the one before had ended."""

    run: RunView
    number: int
    rows: tuple[RequestRow, ...]

    @property
    def label(self) -> str:
        """``lane 1``."""
        return f"lane {self.number}"


MedianLine = MedianHeading | Lane


def median_lines(model: Model, room: int) -> list[MedianLine]:
    """The median run of each method at the largest page count, if a comparison has ended.

    In ``room`` lines where that is possible: a heading and a lane is the least.
    """
    found = _median_runs(model)
    every = [lanes(run, 0.0) for run, _ in found]
    shares = even_shares([len(all_) for all_ in every], room - len(found))
    lines: list[MedianLine] = []
    for (run, runs), all_, share in zip(found, every, shares, strict=True):
        latest = max(range(len(all_)), key=lambda place: all_[place][-1].end_by(0.0))
        # The lane that the run's end is in is always seen.
        places = range(share) if latest < share else (*range(share - 1), latest)
        lines.append(MedianHeading(run, runs, share, len(all_)))
        lines += [Lane(run, place + 1, tuple(all_[place])) for place in places]
    return lines


def _median_runs(model: Model) -> list[tuple[RunView, int]]:
    """The median runs that have requests, and of how many each is the median."""
    outcome = model.comparison
    if outcome is None or not outcome.runs:
        return []
    from tui_app.report.figure import median_run

    views = {run.run: run for run in model.runs if any(row.started for row in run.rows)}
    found = []
    for method, row in outcome.rows_at(outcome.most_pages).items():
        run = views.get(median_run(outcome, method).run)
        if run is not None:
            found.append((run, row.n))
    return found


def paint_lane(lane: Lane, left_s: float, axis: Axis, now: float) -> list[tuple[Piece, int]]:
    """The cells of a lane, and for each the place of its request in the lane; -1 for none."""
    cells: list[tuple[Piece, int]] = [((" ", ""), -1)] * axis.width
    cell_s = axis.span_s / axis.width
    for place, row in enumerate(lane.rows):
        # Only its own cells: of thousands of requests each has a few. Before it was queued.
        began = next((at for phase, at in row.steps if phase is not Phase.QUEUED), row.began)
        first = min(axis.width - 1, max(0, floor((began - left_s) / cell_s)))
        after = min(axis.width, max(first + 1, ceil((row.end_by(now) - left_s) / cell_s) + 1))
        width = after - first
        part = Axis(width * cell_s, width)
        column = first
        for glyphs, style in paint(row, left_s + first * cell_s, part, now):
            for glyph in glyphs:
                if glyph not in (" ", Phase.QUEUED.glyph):
                    begins = column > 0 and 0 <= cells[column - 1][1] < place
                    apart = begins and glyph == Phase.WAIT.glyph
                    cells[column] = (_BEGINS if apart else glyph, style), place
                column += 1
    return cells
