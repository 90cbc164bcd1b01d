"""Requests: figures of each method above, a row a request below.

::

    ● sequential  ━━━━━━━━━━━────  14/19  0  0  3.1 …      Bars
    ▲ threads     …
            ╷0 s      ╷0.5      ╷1                         Waterfall
    page 1  ━━━━━━█                       312 ms 200
    ░ paced  ═ connect  ━ wait …                           Legend
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Final

from rich.segment import Segment
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.geometry import Size
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Static

from tui_app.fetch import State
from tui_app.redlist.text import counted
from tui_app.report.phases import LOST_GLYPH, Phase

from .. import keys, text
from ..model import MethodFigures, Model, method_figures
from ..runview import RequestRow, Timeouts
from ..theme import QUIET, look_of
from .drawing import ENDS
from .waterfall import CRITICAL, PhaseStyles, Waterfall

ALL_RUNS: Final = "all runs together"
_NAME: Final = 13


class Bars(Widget):
    """The figures of all methods, in columns: a heading, and a line each."""

    figures: reactive[tuple[MethodFigures, ...]] = reactive(())
    """What is drawn."""
    note: reactive[str] = reactive("")
    """Of which runs the figures are, where there are several."""

    def watch_figures(self, old: tuple[MethodFigures, ...], new: tuple[MethodFigures, ...]) -> None:
        """Only another number of lines needs another layout."""
        if len(old) != len(new):
            self.refresh(layout=True)

    def render(self) -> Content:
        """At the present width."""
        return method_bars(self.figures, self.size.width, self.note)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """A line a method, and one above."""
        return len(self.figures) + 1


# heading, least width, its place in the order in which columns go where there is little room
# (0: never), what it shows
_COLUMNS: Final[tuple[tuple[str, int, int, Callable[[MethodFigures], str]], ...]] = (
    ("done", 8, 0, lambda one: f"{one.done:,}/{'?' if one.total is None else f'{one.total:,}'}"),
    ("ok", 6, 1, lambda one: text.count(one.ok)),
    ("retry", 6, 4, lambda one: text.count(one.retried)),
    ("fail", 5, 6, lambda one: text.count(one.failed)),
    ("not found", 10, 8, lambda one: text.count(one.not_found)),
    ("req/s", 7, 5, lambda one: text.rate(one.rate_per_s)),
    ("p50 ms", 7, 3, lambda one: text.milliseconds(one.p50_ms)),
    ("p95 ms", 7, 2, lambda one: text.milliseconds(one.p95_ms)),
    (
        "time s",
        8,
        0,
        lambda one: text.seconds_cell(one.elapsed_s if one.done else one.elapsed_s or None),
    ),
    ("ideal s", 8, 7, lambda one: text.seconds_cell(one.ideal_s)),
)
_LEAST_BAR: Final = 4
_ALARMING: Final = {
    "retry": "$text-warning", "fail": "$text-error", "not found": "$text-warning"
}  # fmt: skip
_SELDOM: Final = frozenset(("not found",))
"""Columns that are left out where all of their figures are 0."""


def method_bars(figures: Sequence[MethodFigures], width: int, note: str = "") -> Content:
    """The lines, in ``width`` cells; a ``note`` begins the heading."""
    columns: dict[str, tuple[int, list[str]]] = {}
    for name, room, _, cell in _COLUMNS:
        cells = [cell(one) for one in figures]
        if name in _SELDOM and set(cells) <= {"0"}:
            continue
        # Large runs have long figures: a column is as wide as its longest.
        columns[name] = max([room, *(len(one) + 1 for one in cells)]), cells
    for _, name in sorted((place, name) for name, _, place, _ in _COLUMNS if place):
        if _NAME + _LEAST_BAR + sum(room for room, _ in columns.values()) > width:
            columns.pop(name, None)
    bar_width = max(1, width - _NAME - sum(room for room, _ in columns.values()))
    heading = "".join(f"{name:>{room}}" for name, (room, _) in columns.items())
    heading = heading.rjust(width)
    if not heading[: len(note) + 1].strip():  # there is room for it
        heading = note + heading[len(note) :]
    lines = [Content.styled(heading, QUIET)]
    for place, one in enumerate(figures):
        look = look_of(one.method)
        share = min(1.0, one.done / one.total) if one.total else 0.0
        full = max(int(share * bar_width), one.done > 0)
        parts = [
            (
                f"{look.marker} {text.fit(one.method, _NAME - 2)}",
                f"{look.colour} bold" if one.running else look.colour,
            ),
            ("━" * full, look.colour),
            ("─" * (bar_width - full), QUIET),
        ]
        for name, (room, cells) in columns.items():
            quiet = cells[place] in ("0", text.NOTHING)
            parts.append((f"{cells[place]:>{room}}", "" if quiet else _ALARMING.get(name, "")))
        lines.append(Content.assemble(*parts))
    return Content("\n").join(lines)


NOTHING_MS: Final = 0.05
"""A phase that took less isn't told."""


def request_details(
    row: RequestRow, now: float, timeouts: Timeouts | None = None, *, critical: bool = False
) -> tuple[str, str]:
    """The two lines: ``page 3 · HTTP 200 · kept · …`` and ``connect 2 · wait 310 · …``."""
    stall = row.stall(now, timeouts)
    facts = (
        text.clean(row.label) or row.short_label,
        outcome_word(row),
        "" if row.status is None else f"HTTP {row.status}",
        "" if row.size_bytes is None else counted(row.size_bytes, "byte"),
        "" if row.records is None else counted(row.records, "record"),
        counted(row.attempts, "attempt") if row.attempts > 1 else "",
        "on the critical path" if critical else "",
        "" if stall is None else stall.words,
        row.reason,
    )
    times = []
    for phase, ms in row.spent_ms(now).items():
        own = ""
        if phase is Phase.WAIT and row.server_s is not None:
            own = f" (server's own {text.milliseconds(row.server_s * 1000)})"
        if ms >= NOTHING_MS:
            times.append(f"{phase.key} {text.milliseconds(ms)} ms{own}")
    return " · ".join(filter(None, facts)), " · ".join(times)


def outcome_word(row: RequestRow) -> str:
    """How a request ended; of one that goes on, its phase."""
    # What was held until the clock stopped is saved with the end of the run.
    saved = row.state is State.HELD and row.owner.ended is not None
    end = ENDS.get(State.KEPT if saved else row.state)
    return row.phase.key if end is None else end.words


PHASES_SHOWN: Final = tuple(phase for phase in Phase if phase is not Phase.QUEUED)
"""Those that a request spends time on by its own doing, or the pace's."""
_BY_EVENT: Final = {Phase.PACED: State.PACED, Phase.RETRY: State.RETRIED}
_ENTRIES: Final = (
    *((_BY_EVENT.get(one), one.glyph, one.key, one.key) for one in PHASES_SHOWN),
    (None, CRITICAL, "heading", "path"),
    (State.FAILED, LOST_GLYPH, "failed", "fail"),
    (State.CANCELLED, ENDS[State.CANCELLED].glyph, "cancelled", "stop"),
    (None, Phase.QUEUED.glyph, "queued", "queued"),
    (State.MISSING, ENDS[State.MISSING].glyph, "missing", "not found"),
    (State.REUSED, ENDS[State.REUSED].glyph, "dim", "cached"),
)
"""The state that a request must have met, else the entry is left out; glyph, style and word."""


class Legend(PhaseStyles):
    """What the waterfall's glyphs mean, in as many lines as it takes."""

    seen: reactive[frozenset[State]] = reactive(frozenset(), layout=True)
    """Those of the entries' states that requests have met."""

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """One line, where there is room for it."""
        return len(legend_lines(width, self.seen)[1])

    def render_line(self, y: int) -> Strip:
        """A line; closer together where there is little room."""
        width = self.size.width
        (gap, beside), lines = legend_lines(width, self.seen)
        segments: list[Segment] = []
        for glyph, style, word in lines[y] if y < len(lines) else ():
            segments += [
                Segment(gap if segments else "", self.rich_style),
                Segment(glyph, self.style_of(style)),
                Segment(beside + word, self.rich_style),
            ]
        return Strip(segments).adjust_cell_length(width, self.rich_style)


def legend_lines(
    width: int, seen: Collection[State] = ()
) -> tuple[tuple[str, str], list[list[tuple[str, str, str]]]]:
    """What stands between entries and in them, and the entries of each line."""
    entries = [entry for state, *entry in _ENTRIES if state is None or state in seen]
    for spaces in (("  ", " "), (" ", " "), (" ", "")):
        gap, beside = map(len, spaces)
        lines: list[list[tuple[str, str, str]]] = [[]]
        used = -gap
        for glyph, style, word in entries:
            room = gap + 1 + beside + len(word)
            if used + room > width and lines[-1]:
                lines.append([])
                used = -gap
            lines[-1].append((glyph, style, word))
            used += room
        if len(lines) == 1:
            break
    return spaces, lines


class RequestsPanel(Vertical):
    """The panel of requests."""

    BORDER_TITLE = "Requests"
    DEFAULT_CLASSES = "-empty"
    _now = 0.0
    _model: Model | None = None

    def compose(self) -> ComposeResult:
        """See the sketch above."""
        yield Static("", id="requests-empty", classes="empty", markup=False)
        yield Bars(id="bars")
        yield Waterfall(id="waterfall")
        yield Static(id="request-details", markup=False)
        yield Legend(id="legend")

    def invite(self, words: str) -> None:
        """Say what F5 is going to do, as long as there is nothing else to show."""
        self.query_one("#requests-empty", Static).update(words)

    def show(self, model: Model, now: float) -> None:
        """Draw a model as it is at ``now``."""
        self.set_class(not model.lines, "-empty")
        bars = self.query_one(Bars)
        bars.figures = tuple(method_figures(model, now))
        bars.note = ALL_RUNS if model.expected_runs > len(model.methods) else ""
        self.query_one(Waterfall).show(model, now)
        met = frozenset().union(*(run.met for run in model.runs))
        self.query_one(Legend).seen = met & {state for state, *_ in _ENTRIES if state is not None}
        self._now = now
        self._model = model
        self._say_where()
        self._show_details()

    def _say_where(self) -> None:
        """Say which requests are shown, where it isn't the newest."""
        waterfall, words = self.query_one(Waterfall), ""
        outcome = None if self._model is None else self._model.comparison
        if outcome is None:
            key = keys.key_name("requests_follow")
            words = "" if waterfall.follow else f"{key}: follow the newest"
        elif waterfall.shows_medians:
            pages = counted(outcome.most_pages, "page")
            words = f"median runs at {pages} · all runs below"
        if self.border_subtitle != words:  # to set it is to draw all that is inside
            self.border_subtitle = words

    def on_mount(self) -> None:
        """Show the details of what is looked at."""
        for name in ("cursor", "part", "hovered", "hovered_part"):
            self.watch(self.query_one(Waterfall), name, self._show_details)
        self.watch(self.query_one(Waterfall), "scroll_y", self._say_where)

    def _show_details(self) -> None:
        waterfall, details = self.query_one(Waterfall), self.query_one("#request-details", Static)
        row = waterfall.request
        if details.display != (row is not None):
            details.display = row is not None
        if row is not None:
            critical = waterfall.is_critical(row)
            timeouts = None if self._model is None else self._model.timeouts
            words = request_details(row, self._now, timeouts, critical=critical)
            details.update("\n".join(words))
