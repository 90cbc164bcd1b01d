"""The phases of a request and the methods: their names, glyphs, markers and colours.

Screen, paper, report, table and CSV read them here. Colours are ``#rrggbb``: of those for a dark
ground and for a light one, words have a contrast of 4.5 to 1 or more and marks of 3 to 1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from itertools import pairwise
from typing import Final

from tui_app.methods import place_among_others


class Phase(IntEnum):
    """What a request spends its time on, in order."""

    QUEUED = 0
    PACED = 1
    CONNECT = 2
    WAIT = 3
    BODY = 4
    DECODE = 5
    RETRY = 6

    @property
    def key(self) -> str:
        """Its name in column names, CSS and SVG: ``wait``."""
        return self.name.lower()

    @property
    def glyph(self) -> str:
        """One character, so that it can be told without colour."""
        return _GLYPHS[self]

    @property
    def meaning(self) -> str:
        """What the request does meanwhile, for a legend that has room."""
        return _MEANINGS[self]


_WHOLE_CELL: Final = 1 - 1e-6
_GLYPHS: Final = "·░═━█▓~"
_MEANINGS: Final = (
    "queued",
    "paced (rate limit)",
    "connect and send",
    "wait for the first byte",
    "body",
    "decode",
    "retry (backoff)",
)

LOST_GLYPH: Final = "✗"


def phase_cells(spans: Sequence[tuple[Phase, float, float]], width: int) -> list[Phase | None]:
    """Which phase each of so many cells shows; None: no phase.

    ``spans`` are a request's phases, rising, in cells from the left edge. A phase shorter than a
    cell takes none: its time goes to those beside it. A request has one cell at least.
    """
    cells: list[Phase | None] = [None] * width
    queued = [span for span in spans if span[0] is Phase.QUEUED]
    own = [span for span in spans if span[0] is not Phase.QUEUED] or queued[-1:]
    if not own or width < 1:
        return cells
    for _, start, stop in queued:
        for column in range(max(0, round(start)), min(width, round(stop))):
            cells[column] = Phase.QUEUED
    shown = [span for span in own if span[2] - span[1] >= _WHOLE_CELL]
    shown = shown or [max(own, key=lambda span: span[2] - span[1])]
    edges = [own[0][1], *((one[2] + other[1]) / 2 for one, other in pairwise(shown)), own[-1][2]]
    first = max(0, min(width - 1, round(edges[0])))
    for (phase, _, _), edge in zip(shown, edges[1:], strict=True):
        after = min(width, max(first + 1, round(edge)))
        cells[first:after] = [phase] * (after - first)
        first = max(first, after)
    return cells


@dataclass(frozen=True, slots=True)
class MethodMark:
    """How a method is told from the others, with colour and without."""

    colour: str  # its name in DARK and LIGHT
    glyph: str
    shape: str  # the corners of the marker on paper, as SVG takes them; empty for a circle


_MARKS: Final = {
    "sequential": MethodMark("sequential", "●", ""),
    "threads": MethodMark("threads", "▲", "0,-5.5 5.2,4 -5.2,4"),
    "asyncio": MethodMark("asyncio", "■", "-4.2,-4.2 4.2,-4.2 4.2,4.2 -4.2,4.2"),
}
_OTHER_MARKS: Final = (
    MethodMark("other-1", "◆", "0,-6 6,0 0,6 -6,0"),
    MethodMark("other-2", "▼", "0,5.5 5.2,-4 -5.2,-4"),
    MethodMark("other-3", "◄", "-5.5,0 4,-5.2 4,5.2"),
    MethodMark("other-4", "◊", "0,-6.5 3.6,0 0,6.5 -3.6,0"),
)


def mark_of(method: str) -> MethodMark:
    """The mark of a method; beyond the usual ones four differ, then they share."""
    return _MARKS.get(method) or _OTHER_MARKS[place_among_others(method) % len(_OTHER_MARKS)]


_COLOURS: Final = {
    # on a dark ground, on a light one
    "ground": ("#14191d", "#ffffff"),
    "ink": ("#dde3e8", "#1d2328"),
    "grey": ("#a3adb4", "#59636b"),
    "grid": ("#333d44", "#dfe3e6"),
    "soft": ("#20282e", "#f1f4f5"),
    "link": ("#7fc4d8", "#17596f"),
    "sequential": ("#7aa2d8", "#2f69ad"),
    "threads": ("#dd9a4b", "#99500e"),
    "asyncio": ("#57b894", "#17755a"),
    "other-1": ("#c183c9", "#8a3f95"),
    "other-2": ("#c9b458", "#6d6412"),
    "other-3": ("#dc8fa5", "#a33560"),
    "other-4": ("#b4bcc4", "#4c5963"),
    "paced": ("#5e72ef", "#a570ec"),
    "connect": ("#a16d7b", "#491156"),
    "wait": ("#a4d5d9", "#2b9b90"),
    "body": ("#ba5018", "#6e0f08"),
    "decode": ("#745fad", "#172796"),
    "retry": ("#eef1a0", "#cb7516"),
    "lost": ("#e0796f", "#ad241c"),
}
"""Ground and inks of a page, methods, phases by their keys.

No phase has the colour of a method or of another phase, also for those who don't see red, green or
blue. Waiting is lighter than a body: prints may have no colours.
"""

DARK: Final[Mapping[str, str]] = {name: dark for name, (dark, _) in _COLOURS.items()}
LIGHT: Final[Mapping[str, str]] = {name: light for name, (_, light) in _COLOURS.items()}
"""For a light ground, and paper."""
