"""The waterfall: a row a request, drawn line by line, at 2,000 requests as fast as at 10."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Size
from textual.strip import Strip

from tui_app.fetch import State

from .. import text
from ..looks import look_of
from ..model import Line, Model, RequestRow, RunView
from .critical import Path
from .following import Following
from .paint import Axis, nice_span, paint, ruler

CRITICAL: Final = "▸"
"""Beside a request on the critical path."""
_PLACE: Final = 17
"""Cells to the right of a bar: time, status, attempts."""
_LABEL_MOST: Final = 30


@dataclass(frozen=True, slots=True)
class _View:
    """What is in view: computed once a frame, used by every line of it.

    Attributes:
        lefts: monotonic time at the left edge, by run.
        from_s: seconds since the run's beginning at the left edge, for the ruler.
    """

    axis: Axis
    label_width: int
    lefts: dict[str, float]
    from_s: float


class Waterfall(Following):
    """Rows of a model's requests. The first line is a fixed time scale.

    It follows the newest request until it is scrolled, and again from End on.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        f"waterfall--{name}"
        for name in (
            "queued", "paced", "connecting", "waiting", "body", "keeping", "retry",
            "failed", "missing", "cancelled", "label", "dim", "heading", "cursor",
        )
    }  # fmt: skip

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._model: Model | None = None
        self._now = 0.0
        self._frame = 0
        self._view: tuple[tuple[int, int, Size], _View] | None = None
        self._styles: dict[str, Style] = {}
        self._path = Path()

    # -- told ----------------------------------------------------------------------------

    def show(self, model: Model, now: float) -> None:
        """Draw a model as it is at ``now``."""
        if model is not self._model:
            self._model = model
            self.forget()
            self._path = Path()
        self._now = now
        self._frame += 1
        self.set_count(len(model.lines))
        if self.follow:
            self.go_to_end()
        self.refresh()

    def notify_style_update(self) -> None:
        """Colours may have changed."""
        super().notify_style_update()
        self._styles.clear()

    @property
    def request(self) -> RequestRow | None:
        """The request that is looked at."""
        place = self.looked_at
        if place is None or self._model is None or place >= len(self._model.lines):
            return None
        line = self._model.lines[place]
        return line if isinstance(line, RequestRow) else None

    def is_critical(self, row: RequestRow) -> bool:
        """Whether a request is on the critical path of its run."""
        return self._path.has(row, self._now)

    # -- drawn ---------------------------------------------------------------------------

    def render_line(self, y: int) -> Strip:
        """One line of the screen."""
        width = self.scrollable_content_region.width
        model = self._model
        if model is None or not model.lines or width < 20:
            return Strip.blank(width, self.rich_style)
        view = self._view_of(model, width)
        if y == 0:
            strip = self._ruler(view)
        else:
            index = self.scroll_offset.y + y - 1
            if index >= len(model.lines):
                return Strip.blank(width, self.rich_style)
            line = model.lines[index]
            strip = (
                self._heading(line, width) if isinstance(line, RunView) else self._row(line, view)
            )
            if index == self.cursor:
                strip = strip.adjust_cell_length(width, self.rich_style)
                over = self._style("cursor")
                over = Style(bgcolor=over.bgcolor, reverse=over.reverse)
                strip = Strip([Segment(one.text, (one.style or over) + over) for one in strip])
        return strip.adjust_cell_length(width, self.rich_style)

    def _view_of(self, model: Model, width: int) -> _View:
        key = (self._frame, self.scroll_offset.y, self.size)
        if self._view is None or self._view[0] != key:
            first = self.scroll_offset.y
            lines = model.lines[first : first + self.size.height - 1]
            self._view = key, self._make_view(lines, width)
        return self._view[1]

    def _make_view(self, lines: list[Line], width: int) -> _View:
        rows = [line for line in lines if isinstance(line, RequestRow)]
        lefts: dict[str, float] = {}
        ends: dict[str, float] = {}
        for row in rows:
            run = row.owner.run
            end = self._now if row.ended is None else row.ended
            lefts[run] = min(lefts.get(run, row.began), row.began)
            ends[run] = max(ends.get(run, end), end)
        from_s = 0.0
        for row in rows:
            begun = row.owner.begun
            run = row.owner.run
            if begun is not None and row is row.owner.rows[0]:
                lefts[run] = begun
            elif begun is not None and len(lefts) == 1:
                from_s = max(0.0, lefts[run] - begun)
        if rows and len(lefts) == 1 and lefts[rows[0].owner.run] == rows[0].owner.begun:
            from_s = 0.0
        longest = max((len(row.short_label) for row in rows), default=7)
        label_width = max(7, min(longest, _LABEL_MOST, width // 3))
        span_s = max((ends[run] - lefts[run] for run in lefts), default=1.0)
        bar_width = max(8, width - label_width - 2 - _PLACE)
        return _View(Axis(nice_span(span_s), bar_width), label_width, lefts, from_s)

    def _ruler(self, view: _View) -> Strip:
        margin = " " * (view.label_width + 1)
        return Strip([Segment(margin + ruler(view.axis, view.from_s), self._style("dim"))])

    def _heading(self, run: RunView, width: int) -> Strip:
        look = look_of(run.method)
        pages = "" if run.pages is None else f" · {text.plural(run.pages, 'page')}"
        which = "warm-up" if run.warmup else f"run {run.order} of {run.of}"
        name = f"{look.marker} {run.method}{pages} · {which} "
        if run.seconds is not None:
            tail = f" {text.seconds(run.seconds)} · ideal {text.seconds(run.ideal_s)}"
        elif run.ended is not None and run.begun is not None:
            tail = f" {text.seconds(run.ended - run.begun)}"
        else:
            tail = " running"
        rule = "─" * max(1, width - len(name) - len(tail) - 1)
        heading = self._style("heading")
        return Strip(
            [
                Segment(name, heading + Style(color=look.colour, bold=True)),
                Segment(rule, self._style("dim")),
                Segment(tail, heading),
            ]
        )

    def _row(self, row: RequestRow, view: _View) -> Strip:
        left = view.lefts.get(row.owner.run, row.began)
        label = text.fit(row.short_label, view.label_width)
        mark = CRITICAL if self.is_critical(row) else " "
        segments = [Segment(label, self._style("label")), Segment(mark, self._style("heading"))]
        segments += [
            Segment(glyphs, self._style(style))
            for glyphs, style in paint(row, left, view.axis, self._now)
        ]
        took = text.milliseconds(row.took_ms(self._now))
        segments.append(Segment(f"{took:>7} ms ", self._style("dim")))
        segments.append(self._end(row))
        return Strip(segments)

    def _end(self, row: RequestRow) -> Segment:
        again = f"↻{row.attempts - 1}" if row.attempts > 1 else ""
        said = "" if row.status is None else str(row.status)
        if row.state in (State.FAILED, State.MISSING):
            return Segment(f"{said or '✗':<3} {again:<3}", self._style("failed"))
        if row.state is State.CANCELLED:
            return Segment(f"{'⊘':<3} {again:<3}", self._style("cancelled"))
        if row.state is State.REUSED:
            return Segment("kept   ", self._style("dim"))
        style = "retry" if again or row.state is State.RETRIED else "dim"
        return Segment(f"{said:<3} {again:<3}", self._style(style))

    def _style(self, name: str) -> Style:
        style = self._styles.get(name)
        if style is None:
            component = f"waterfall--{name}"
            style = self.get_component_rich_style(component) if name else self.rich_style
            self._styles[name] = style
        return style
