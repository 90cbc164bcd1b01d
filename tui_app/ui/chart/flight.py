"""In flight: a Gantt of the requests that went on beside each other."""

from __future__ import annotations

from typing import Final

from textual.content import Content

from .. import text
from ..looks import QUIET, look_of
from ..model import RequestRow, RunView
from ..requests.paint import Axis, nice_span, ruler
from .series import lanes, mean_in_flight, start_of

_NAME: Final = 4
_TURNS: Final = "━─"
"""Requests that follow each other in a lane look different, with a gap where there is room."""


def draw(run: RunView, now: float, width: int, height: int) -> Content:
    """A lane a line, each request a bar; ``height`` lines at most."""
    found = lanes(run, now)
    if run.begun is None or not found:
        return Content("No request has gone out yet.")
    look = look_of(run.method)
    axis = Axis(nice_span(run.elapsed_s(now)), max(8, width - _NAME))
    most = text.plural(len(found), "request")
    mean = f"{mean_in_flight(run, now):.1f}"
    head = f"{look.marker} {run.method}: {most} in flight at most, {mean} on average"
    lines = [Content.styled(head, look.colour)]
    room = max(1, height - 3)
    for place, rows in enumerate(found[:room]):
        bar = _lane(rows, run.begun, axis, now)
        lines.append(Content.assemble((f"{place + 1:>3} ", QUIET), (bar, look.colour)))
    if len(found) > room:
        more = f"    … and {len(found) - room} more at once"
        lines.append(Content.styled(more, QUIET))
    scale = " " * _NAME + ruler(axis)
    return Content("\n").join([*lines, Content.styled(scale, QUIET)])


def _lane(rows: list[RequestRow], begun: float, axis: Axis, now: float) -> str:
    cells = [" "] * axis.width
    for turn, row in enumerate(rows):
        start, end = start_of(row), now if row.ended is None else row.ended
        if start is None:
            continue
        first = round(axis.cell(start - begun))
        after = max(first + 1, round(axis.cell(end - begun)))
        for column in range(max(0, first), min(after, axis.width)):
            cells[column] = _TURNS[turn % len(_TURNS)]
    return "".join(cells)
