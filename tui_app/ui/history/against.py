"""The marked runs against each other: a chart, figures, and why their times may not compare."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Final

from textual.binding import BindingType
from textual.content import Content
from textual.widgets import Static

from tui_app.redlist.text import counted

from .. import keys, text
from ..dialogs import Dialog
from ..theme import QUIET, look_of

if TYPE_CHECKING:
    from tui_app.store import RunRow

_NAME: Final = 20
_LEAST_BAR: Final = 8
_FIGURES: Final = (
    ("pages", 7),
    ("flying", 7),
    ("req/s", 8),
    ("p50 ms", 8),
    ("p95 ms", 8),
    ("ideal s", 9),
)


class AgainstScreen(Dialog[None]):
    """Two or more kept runs against each other."""

    BINDINGS: ClassVar[list[BindingType]] = list(keys.COMPARED_RUNS)

    def __init__(self, rows: Sequence[RunRow]) -> None:
        self._rows = rows
        shown = Static("", id="against", markup=False)
        super().__init__(counted(len(rows), "run"), "", shown, scrolls=True)

    def on_resize(self) -> None:
        """Draw them as wide as there is room."""
        self.call_after_refresh(self._draw)

    def _draw(self) -> None:
        shown = self.query_one("#against", Static)
        shown.update(draw(self._rows, shown.size.width))


def draw(rows: Sequence[RunRow], width: int) -> Content:
    """A bar a run, as long as it took, with · where the ideal ends; its figures; the doubts."""
    longest = max(map(_took_s, rows), default=0.0)
    room = max(_LEAST_BAR, width - _NAME - 12)
    bars = [Content.styled("Seconds (· = ideal)", QUIET)]
    heading = " " * _NAME + "".join(f"{name:>{width}}" for name, width in _FIGURES)
    table = [Content.styled(heading, QUIET)]
    for row in rows:
        bar, took = _bar(row, longest, room), f" {text.seconds(_took_s(row))}"
        named, colour = _named(row, row.name or row.method)
        bars.append(Content.assemble((named, colour), (bar, colour), took))
        cells = zip(_figures(row), _FIGURES, strict=True)
        figures = "".join(f"{figure:>{width}}" for figure, (_, width) in cells)
        table.append(Content.assemble(_named(row, row.method), figures))
    doubts = [Content.styled(f"! {one}", "$text-warning") for one in doubts_of(rows)]
    parts = (bars, table, doubts) if doubts else (bars, table)
    return Content("\n\n").join(Content("\n").join(part) for part in parts)


def _named(row: RunRow, name: str) -> tuple[str, str]:
    """A run's mark and name, and its colour."""
    look = look_of(row.method)
    return f"{look.marker} {text.fit(text.clean(f'{row.run} {name}'), _NAME - 3)} ", look.colour


def _bar(row: RunRow, longest_s: float, room: int) -> str:
    if longest_s <= 0:
        return ""
    cells = ["━"] * max(1, round(_took_s(row) / longest_s * room))
    ideal_s = _ideal_s(row)
    place = min(len(cells), round(ideal_s / longest_s * room)) - 1
    if ideal_s > 0 and place >= 0:
        cells[place] = "·"
    return "".join(cells)


def _took_s(row: RunRow) -> float:
    return float(row.summary.get("seconds") or 0)


def _ideal_s(row: RunRow) -> float:
    return float(row.summary.get("ideal_seconds") or 0)


def _figures(row: RunRow) -> tuple[str, ...]:
    """In the order of the columns."""
    said, took_s, ideal_s = row.summary, _took_s(row), _ideal_s(row)
    latency: dict[str, Any] = said.get("latency_ms") or {}
    answered = row.pages + int(said.get("details") or 0) - int(said.get("reused") or 0)
    quantiles = (latency.get("p50"), latency.get("p95"))
    return (
        text.count(row.pages),
        str(row.settings.get("in_flight") or row.settings.get("concurrency") or 1),
        f"{answered / took_s:.1f}" if took_s > 0 else text.NOTHING,
        *(text.NOTHING if one is None else text.milliseconds(float(one)) for one in quantiles),
        text.seconds_cell(ideal_s) if ideal_s else text.NOTHING,
    )


def doubts_of(rows: Sequence[RunRow]) -> list[str]:
    """Why the times of these runs may say nothing of their methods."""
    doubts = []
    for what, values in (
        ("used different servers", {row.origin or row.base_url for row in rows}),
        ("fetched different things", {row.label for row in rows}),
        ("saved different numbers of pages", {row.pages for row in rows}),
        (
            "had different rate limits",
            {(row.settings.get("rate"), row.settings.get("window")) for row in rows},
        ),
        (
            "used different demo profiles",
            {row.settings.get("demo_profile") for row in rows if row.source == "demo"},
        ),
    ):
        if len(values) > 1:
            doubts.append(f"They {what}.")
    doubts += [
        f"Run {row.run} used {counted(int(row.summary['reused']), 'cached page')}."
        for row in rows
        if row.summary.get("reused")
    ]
    unfinished = [row.run for row in rows if row.state.value != "complete"]
    if unfinished:
        one = len(unfinished) == 1
        doubts.append(f"Run{'' if one else 's'} {', '.join(unfinished)} ended incomplete.")
    if any(row.comparison is None for row in rows):
        doubts.append("They were not timed in one comparison.")
    return doubts
