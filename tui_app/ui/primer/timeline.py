"""A pane of time lines, drawn line by line."""

from __future__ import annotations

from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Size
from textual.strip import Strip
from textual.widget import Widget

from .. import text
from ..looks import look_of
from ..requests.paint import Axis, nice_span, ruler
from ..requests.waterfall import Waterfall
from .picture import Lane, Pane


class TimeLine(Widget):
    """A title, a line a lane, a scale. Its colours are the waterfall's, by the same CSS."""

    COMPONENT_CLASSES: ClassVar[set[str]] = Waterfall.COMPONENT_CLASSES
    DEFAULT_CSS = "TimeLine { height: auto; width: 1fr; }"

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._pane = Pane("", ())
        self._span_s = 0.0
        self._styles: dict[str, Style] = {}

    def show(self, pane: Pane, span_s: float) -> None:
        """Draw a pane on an axis of so many seconds; those beside it have the same one."""
        grows = len(pane.lanes) != len(self._pane.lanes)
        self._pane, self._span_s = pane, span_s
        self.refresh(layout=grows)

    @property
    def lines(self) -> list[str]:
        """What is to be read in it."""
        return [self.render_line(y).text.rstrip() for y in range(self.size.height)]

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """A line a lane, one for the title, one for the scale."""
        return len(self._pane.lanes) + 2

    def notify_style_update(self) -> None:
        """Colours may have changed."""
        super().notify_style_update()
        self._styles.clear()

    def render_line(self, y: int) -> Strip:
        """One line of the screen."""
        pane, width = self._pane, self.size.width
        label_width = max((len(lane.label) for lane in pane.lanes), default=0)
        note_width = max((len(lane.note) for lane in pane.lanes), default=0)
        bar_width = max(8, width - label_width - 1 - (note_width + 1 if note_width else 0))
        axis = Axis(nice_span(self._span_s), bar_width)
        if y == 0:
            segments = self._title(width)
        elif y <= len(pane.lanes):
            segments = self._lane(pane.lanes[y - 1], axis, label_width, note_width)
        else:
            scale = ruler(axis) if self._span_s else ""
            segments = [Segment(" " * (label_width + 1) + scale, self._style("dim"))]
        return Strip(segments).adjust_cell_length(width, self.rich_style)

    def _title(self, width: int) -> list[Segment]:
        pane = self._pane
        heading = self._style("heading")
        style, title = heading + Style(bold=True), pane.title
        if pane.method:
            look = look_of(pane.method)
            style, title = style + Style(color=look.colour), f"{look.marker} {title}"
        figure = f" {pane.figure}" if pane.figure else ""
        title = f"{text.fit(title, min(len(title), width - len(figure) - 1))} "
        rule = "─" * max(0, width - len(title) - len(figure))
        return [
            Segment(title, style),
            Segment(rule, self._style("dim")),
            Segment(figure, heading),
        ]

    def _lane(self, lane: Lane, axis: Axis, label_width: int, note_width: int) -> list[Segment]:
        segments = [Segment(f"{lane.label:<{label_width}} ", self._style("label"))]
        segments += [Segment(glyphs, self._style(style)) for glyphs, style in lane.paint(axis)]
        if note_width:
            segments.append(Segment(f" {lane.note:>{note_width}}", self._style("dim")))
        return segments

    def _style(self, name: str) -> Style:
        style = self._styles.get(name)
        if style is None:
            if name.startswith("#"):
                style = self.rich_style + Style(color=name)
            elif name:
                style = self.get_component_rich_style(f"waterfall--{name}")
            else:
                style = self.rich_style
            self._styles[name] = style
        return style
