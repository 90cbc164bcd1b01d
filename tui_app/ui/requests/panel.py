"""Requests: figures of each method above, a row a request below.

::

    ● sequential  ━━━━━━━━━━━────  14/19  0  0  3.1 …      Bars
    ▲ threads     …
            ╷0 s      ╷0.5      ╷1                         Waterfall
    page 1  ━━━━━━█                       312 ms 200
    ░ paced  ═ connect  ━ wait …                           Legend
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rich.segment import Segment
from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.geometry import Size
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Static

from tui_app.fetch import State
from tui_app.report.phases import LOST_GLYPH, Phase

from .. import text
from ..model import MethodFigures, Model, method_figures
from ..runview import RequestRow
from ..theme import QUIET, look_of
from .drawing import ENDS
from .waterfall import CRITICAL, PhaseStyles, Waterfall

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
        return method_bars(self.figures, self.size.width)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """A line a method, and one above."""
        return len(self.figures) + 1


def method_bars(figures: Sequence[MethodFigures], width: int) -> Content:
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
        name = f"{look.marker} {text.fit(one.method, _NAME - 2)}"
        share = min(1.0, one.done / one.total) if one.total else 0.0
        full = max(int(share * bar_width), one.done > 0)
        lines.append(
            Content.assemble(
                (name, f"{look.colour} bold" if one.running else look.colour),
                ("━" * full, look.colour),
                ("─" * (bar_width - full), QUIET),
                *(_cell(name, row[name], rooms[name]) for name in names),
            )
        )
    return Content("\n").join(lines)


def _cell(name: str, value: str, room: int) -> tuple[str, str]:
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


NOTHING_MS: Final = 0.05
"""A phase that took less isn't told."""


class Details(Static):
    """Shown while a request is looked at."""

    def show(self, row: RequestRow, now: float, *, critical: bool) -> None:
        """Write about a request."""
        self.update("\n".join(request_details(row, now, critical=critical)))


def request_details(row: RequestRow, now: float, *, critical: bool = False) -> tuple[str, str]:
    """The two lines: ``page 3 · HTTP 200 · kept · …`` and ``connect 2 · wait 310 · …``."""
    facts = [text.clean(row.label) or row.short_label, outcome_word(row)]
    if row.status is not None:
        facts.append(f"HTTP {row.status}")
    if row.size_bytes is not None:
        facts.append(f"{text.count(row.size_bytes)} bytes")
    if row.records is not None:
        facts.append(text.plural(row.records, "record"))
    if row.attempts > 1:
        facts.append(text.plural(row.attempts, "attempt"))
    if critical:
        facts.append("on the critical path")
    if row.reason:
        facts.append(row.reason)
    return " · ".join(facts), " · ".join(_times(row, now))


def outcome_word(row: RequestRow) -> str:
    """How it ended, or what it is doing."""
    end = ENDS.get(row.state)
    return row.phase.key if end is None else end.words


def _times(row: RequestRow, now: float) -> list[str]:
    said = []
    for phase, ms in row.spent_ms(now).items():
        if ms < NOTHING_MS:
            continue
        own = ""
        if phase is Phase.WAIT and row.server_s is not None:
            own = f" (server's own {text.milliseconds(row.server_s * 1000)})"
        said.append(f"{phase.key} {text.milliseconds(ms)} ms{own}")
    return said


PHASES_SHOWN: Final = tuple(phase for phase in Phase if phase is not Phase.QUEUED)
"""Those that a request spends time on by its own doing, or the pace's."""
_ENTRIES: Final = (
    *((phase.glyph, phase.key, phase.key) for phase in PHASES_SHOWN),
    (CRITICAL, "heading", "path"),
    (LOST_GLYPH, "failed", "fail"),
    (ENDS[State.CANCELLED].glyph, "cancelled", "stop"),
    (Phase.QUEUED.glyph, "queued", "queued"),
)


class Legend(PhaseStyles):
    """One line: what the waterfall's glyphs mean."""

    def render_line(self, y: int) -> Strip:
        """The line, closer together where there is little room; what doesn't fit is left out."""
        width = self.size.width
        roomy = sum(len(word) + 4 for _, _, word in _ENTRIES) <= width + 2
        close = sum(len(word) + 3 for _, _, word in _ENTRIES) > width + 1
        gap, beside = "  " if roomy else " ", "" if close else " "
        segments: list[Segment] = []
        used = 0
        for glyph, style, word in _ENTRIES:
            lead = gap if segments else ""
            used += len(lead + glyph + beside + word)
            if y or used > width:
                break
            segments += [
                Segment(lead, self.rich_style),
                Segment(glyph, self.style_of(style)),
                Segment(beside + word, self.rich_style),
            ]
        return Strip(segments).adjust_cell_length(width, self.rich_style)


class RequestsPanel(Vertical):
    """The panel of requests."""

    BORDER_TITLE = "Requests"
    DEFAULT_CLASSES = "-empty"
    _now = 0.0

    def compose(self) -> ComposeResult:
        """See the sketch above."""
        yield Static("", id="requests-empty", classes="empty", markup=False)
        yield Bars(id="bars")
        yield Waterfall(id="waterfall")
        yield Details(id="request-details", markup=False)
        yield Legend(id="legend")

    def invite(self, words: str) -> None:
        """Say what F5 is going to do, as long as there is nothing else to show."""
        self.query_one("#requests-empty", Static).update(words)

    def show(self, model: Model, now: float) -> None:
        """Draw a model as it is at ``now``."""
        self.set_class(not model.lines, "-empty")
        self.query_one(Bars).figures = tuple(method_figures(model, now))
        self.query_one(Waterfall).show(model, now)
        follow = self.query_one(Waterfall).follow
        words = "" if follow else "End follows the newest"
        if self.border_subtitle != words:  # to set it is to draw all that is inside
            self.border_subtitle = words
        self._show_details(now)

    @on(Waterfall.Looked)
    def _looked(self) -> None:
        self._show_details(self._now)

    def _show_details(self, now: float) -> None:
        self._now = now
        waterfall, details = self.query_one(Waterfall), self.query_one(Details)
        row = waterfall.request
        if details.display != (row is not None):
            details.display = row is not None
        if row is not None:
            details.show(row, now, critical=waterfall.is_critical(row))
