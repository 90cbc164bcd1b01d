"""The speed-ups in a small table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from textual.content import Content
from textual.widgets import Static

from .. import text
from ..figures import SpeedUp
from ..looks import QUIET, look_of

_WIDTHS: Final = (13, 9, 9)
WORDS: Final = {"pace": "pace", "latency": "latency", "link": "link", "cpu": "computer"}
"""What the ideal's terms are called here."""


class SpeedUps(Static):
    """Each method at one page count: its time, the ideal, and how many times as fast."""

    def show(self, pages: int, rows: Sequence[SpeedUp]) -> None:
        """Draw these."""
        self.update(draw(pages, rows))


def draw(pages: int, rows: Sequence[SpeedUp]) -> Content:
    """The table's lines, 37 cells wide."""
    if not rows:
        return Content("")
    name, time, ideal = _WIDTHS
    heading = f"{'at ' + text.plural(pages, 'page'):<{name}}{'time':>{time}}{'ideal':>{ideal}}"
    lines = [Content.styled(f"{heading}{'×':>6}", QUIET)]
    best = max((row.times_as_fast or 0 for row in rows), default=0)
    for row in rows:
        look = look_of(row.method)
        factor = text.NOTHING if row.times_as_fast is None else f"{row.times_as_fast:.1f}"
        lines.append(
            Content.assemble(
                (f"{look.marker} {text.fit(row.method, name - 2)}", look.colour),
                f"{text.seconds(row.seconds):>{time}}",
                (f"{text.seconds(row.ideal_s):>{ideal}}", QUIET),
                (f"{factor:>6}", "bold" if row.times_as_fast == best and best > 1 else ""),
            )
        )
    lines.append(Content.styled("× as fast as one at a time", QUIET))
    limits: dict[str, list[str]] = {}
    for row in rows:
        if row.limit:
            limits.setdefault(row.limit, []).append(look_of(row.method).marker)
    if limits:
        words = " · ".join(f"{WORDS[name]} {' '.join(of)}" for name, of in limits.items())
        lines += [Content(""), Content.styled("what sets the time (Why says more):", QUIET)]
        lines.append(Content(words))
    return Content("\n").join(lines)
