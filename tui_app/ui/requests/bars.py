"""A line a method: a bar, and the figures beside it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from textual.content import Content
from textual.geometry import Size
from textual.reactive import reactive
from textual.style import Style
from textual.widget import Widget

from .. import text
from ..figures import MethodFigures
from ..looks import QUIET, look_of

# heading, width, and the table width from which on the column is shown
_COLUMNS: Final = (
    ("done", 8, 0),
    ("ok", 6, 84),
    ("retry", 6, 0),
    ("fail", 5, 0),
    ("req/s", 7, 0),
    ("p50 ms", 7, 0),
    ("p95 ms", 7, 0),
    ("time s", 8, 0),
    ("ideal s", 8, 0),
)
_NAME: Final = 13


class Bars(Widget):
    """The figures of all methods, in columns: a heading, and a line each."""

    figures: reactive[tuple[MethodFigures, ...]] = reactive(())
    """What is drawn."""

    def watch_figures(self, old: tuple[MethodFigures, ...], new: tuple[MethodFigures, ...]) -> None:
        """Only another number of lines needs another layout."""
        if len(old) != len(new):
            self.refresh(layout=True)

    def render(self) -> Content:
        """At the present width."""
        return draw(self.figures, self.size.width)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """A line a method, and one above."""
        return len(self.figures) + 1


def draw(figures: Sequence[MethodFigures], width: int) -> Content:
    """The lines, in ``width`` cells."""
    names = [name for name, _, least_width in _COLUMNS if width >= least_width]
    cells = [_cells(one) for one in figures]
    # Large runs have long figures: a column is as wide as its longest, the bar has what is left.
    rooms = {
        name: max(room, *(len(row[name]) + 1 for row in cells)) if cells else room
        for name, room, _ in _COLUMNS
    }
    bar_width = max(1, width - _NAME - sum(rooms[name] for name in names))
    heading = " " * (_NAME + bar_width) + "".join(f"{name:>{rooms[name]}}" for name in names)
    lines = [Content.styled(heading[:width], QUIET)]
    for one, row in zip(figures, cells, strict=True):
        look = look_of(one.method)
        lines.append(
            Content.assemble(
                (f"{look.marker} {text.fit(one.method, _NAME - 2)}", _method_style(one)),
                *_bar(one, bar_width),
                *(_cell(name, row[name], rooms[name]) for name in names),
            )
        )
    return Content("\n").join(lines)


def _method_style(one: MethodFigures) -> str:
    return f"{look_of(one.method).colour} bold" if one.running else look_of(one.method).colour


def _bar(one: MethodFigures, width: int) -> list[tuple[str, str | Style]]:
    share = min(1.0, one.done / one.total) if one.total else 0.0
    full = int(share * width)
    if one.done and not full:
        full = 1
    return [
        ("━" * full, look_of(one.method).colour),
        ("─" * (width - full), QUIET),
    ]


def _cell(name: str, value: str, room: int) -> tuple[str, str | Style]:
    alarming = name in ("retry", "fail") and value not in ("0", text.NOTHING)
    colour = "$text-error" if name == "fail" else "$text-warning"
    return f"{value:>{room}}", colour if alarming else ""


def _cells(one: MethodFigures) -> dict[str, str]:
    begun = one.elapsed_s > 0 or one.done > 0
    total = "?" if one.total is None else text.count(one.total)
    return {
        "done": f"{text.count(one.done)}/{total}",
        "ok": text.count(one.ok),
        "retry": text.count(one.retried),
        "fail": text.count(one.failed),
        "req/s": text.rate(one.rate_per_s),
        "p50 ms": text.milliseconds(one.p50_ms),
        "p95 ms": text.milliseconds(one.p95_ms),
        "time s": text.seconds(one.elapsed_s, "") if begun else text.NOTHING,
        "ideal s": text.seconds(one.ideal_s, ""),
    }
