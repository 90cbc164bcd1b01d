"""The marked runs against each other: a chart, figures, and why their times may not compare."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Final

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.widgets import Static

from .. import keys, text
from ..dialogs import Dialog, frame
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
        super().__init__()
        self._rows = rows

    def compose(self) -> ComposeResult:
        """One text, scrolled."""
        with frame(f"{len(self._rows)} runs", scrolls=True):
            yield Static("", id="against", markup=False)

    def on_resize(self) -> None:
        """Draw them as wide as there is room."""
        self.call_after_refresh(self._draw)

    def _draw(self) -> None:
        shown = self.query_one("#against", Static)
        shown.update(draw(self._rows, shown.size.width))


def draw(rows: Sequence[RunRow], width: int) -> Content:
    """A bar a run, as long as it took, with · where the ideal ends; its figures; the doubts."""
    seconds = {row.run: float(row.summary.get("seconds") or 0) for row in rows}
    longest = max(seconds.values(), default=0.0)
    room = max(_LEAST_BAR, width - _NAME - 12)
    lines = [Content.styled("Seconds, · the ideal", QUIET)]
    for row in rows:
        look = look_of(row.method)
        bar = _bar(seconds[row.run], _ideal(row), longest, room)
        lines.append(
            Content.assemble(
                (f"{look.marker} {text.fit(_called(row), _NAME - 3)} ", look.colour),
                (bar, look.colour),
                f" {text.seconds(seconds[row.run])}",
            )
        )
    lines += [Content(""), *_table(rows)]
    doubts = doubts_of(rows)
    if doubts:
        lines += [Content(""), *(Content.styled(f"! {one}", "$text-warning") for one in doubts)]
    return Content("\n").join(lines)


def _called(row: RunRow) -> str:
    return text.clean(f"{row.run} {row.name or row.method}")


def _bar(took_s: float, ideal_s: float, longest_s: float, room: int) -> str:
    if longest_s <= 0:
        return ""
    cells = ["━"] * max(1, round(took_s / longest_s * room))
    place = min(len(cells), round(ideal_s / longest_s * room)) - 1
    if ideal_s > 0 and place >= 0:
        cells[place] = "·"
    return "".join(cells)


def _ideal(row: RunRow) -> float:
    return float(row.summary.get("ideal_seconds") or 0)


def _table(rows: Sequence[RunRow]) -> list[Content]:
    heading = " " * _NAME + "".join(f"{name:>{width}}" for name, width in _FIGURES)
    lines = [Content.styled(heading, QUIET)]
    for row in rows:
        figures = "".join(f"{_figure(row, name):>{width}}" for name, width in _FIGURES)
        look = look_of(row.method)
        name = text.fit(f"{row.run} {row.method}", _NAME - 3)
        lines.append(Content.assemble((f"{look.marker} {name} ", look.colour), figures))
    return lines


def _figure(row: RunRow, name: str) -> str:
    said = row.summary
    latency: dict[str, Any] = said.get("latency_ms") or {}
    took_s = float(said.get("seconds") or 0)
    answered = row.pages + int(said.get("details") or 0) - int(said.get("reused") or 0)
    if name == "pages":
        return text.count(row.pages)
    if name == "flying":
        return str(row.settings.get("in_flight") or row.settings.get("concurrency") or 1)
    if name == "req/s":
        return f"{answered / took_s:.1f}" if took_s > 0 else text.NOTHING
    if name == "ideal s":
        return f"{_ideal(row):.2f}" if _ideal(row) else text.NOTHING
    value = latency.get(name.split(maxsplit=1)[0])
    return text.NOTHING if value is None else text.milliseconds(float(value))


def doubts_of(rows: Sequence[RunRow]) -> list[str]:
    """Why the times of these runs may say nothing of their methods."""
    doubts = []
    for what, values in (
        ("asked different servers", {row.origin or row.base_url for row in rows}),
        ("fetched different things", {row.label for row in rows}),
        ("kept different numbers of pages", {row.pages for row in rows}),
        (
            "kept to different paces",
            {(row.settings.get("rate"), row.settings.get("window")) for row in rows},
        ),
        (
            "had a demo server of different delays",
            {row.settings.get("demo_profile") for row in rows if row.source == "demo"},
        ),
    ):
        if len(values) > 1:
            doubts.append(f"They {what}.")
    doubts += [
        f"Run {row.run} took {text.plural(int(row.summary['reused']), 'page')} from what was kept."
        for row in rows
        if row.summary.get("reused")
    ]
    unfinished = [row.run for row in rows if row.state.value != "complete"]
    if unfinished:
        one = len(unfinished) == 1
        doubts.append(f"Run{'' if one else 's'} {', '.join(unfinished)} did not end complete.")
    if any(row.comparison is None for row in rows):
        doubts.append("They were not timed side by side, as `compare` does it.")
    return doubts
