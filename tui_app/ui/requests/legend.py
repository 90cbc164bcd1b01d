"""What the waterfall's glyphs mean."""

from __future__ import annotations

from typing import ClassVar

from rich.segment import Segment
from textual.strip import Strip
from textual.widget import Widget

from ..requestrow import Phase
from .paint import GLYPHS, STYLES

_ENTRIES = (
    *(
        (GLYPHS[phase], STYLES[phase], word)
        for phase, word in (
            (Phase.PACED, "paced"),
            (Phase.CONNECTING, "connect"),
            (Phase.WAITING, "wait"),
            (Phase.BODY, "body"),
            (Phase.KEEPING, "keep"),
            (Phase.RETRY, "retry"),
        )
    ),
    ("▸", "heading", "path"),
    ("✗", "failed", "fail"),
    ("⊘", "cancelled", "stop"),
    (GLYPHS[Phase.QUEUED], "queued", "queued"),
)


class Legend(Widget):
    """One line. Its colours are those of the waterfall beside it, by the same CSS."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"waterfall--{style}" for _, style, _ in _ENTRIES}

    def render_line(self, y: int) -> Strip:
        """The line; entries that don't fit are left out."""
        width = self.size.width
        gap = "  " if sum(len(word) + 4 for _, _, word in _ENTRIES) <= width + 2 else " "
        segments: list[Segment] = []
        used = 0
        for glyph, style, word in _ENTRIES:
            length = len(word) + 2 + (len(gap) if segments else 0)
            if y or used + length > width:
                break
            lead = gap if segments else ""
            segments.append(Segment(lead, self.rich_style))
            segments.append(Segment(glyph, self.get_component_rich_style(f"waterfall--{style}")))
            segments.append(Segment(f" {word}", self.rich_style))
            used += length
        return Strip(segments).adjust_cell_length(width, self.rich_style)
