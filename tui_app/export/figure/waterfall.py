"""Waterfalls: a row a request, its phases told apart by height and dashes as well as by colour."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from .axes import Scale
from .pen import Pen
from .shapes import Bar, Point, Span, Waterfall

PHASES: Final = {
    "paced": "waits for the pace",
    "connect": "connect, send",
    "wait": "wait for the first byte",
    "body": "body",
    "decode": "decode",
    "retry": "until a retry",
}
"""The phases of a request in their order, and what each is, for a legend."""

ROW: Final = 14
"""Pixels from one request to the next."""
_LONGEST_LABEL: Final = 28
_LETTER: Final = 6.4
_THICK: Final = 10
_LEAST: Final = {"connect": 1.5, "wait": 1.5, "body": 2.0, "decode": 1.0}
"""Pixels that a phase has at least: a body is often here at once, but is what was waited for."""


def label_width(mark: Waterfall) -> float:
    """Pixels to the left of the bars."""
    longest = max((len(_label(bar)) for bar in mark.bars), default=0)
    return longest * _LETTER + 20


def draw(mark: Waterfall, x: Scale, top: float, right: float, pen: Pen) -> list[str]:
    """The rows, from ``top`` downwards; what is said of each ends at ``right``."""
    out = []
    for place, bar in enumerate(mark.bars):
        middle = top + (place + 0.5) * ROW
        out.append(pen.text((x.start - 8, middle + 4), _label(bar), size=11, anchor="end"))
        end = x.start
        for phase, start, stop in bar.spans:
            end = max(end, x.at(stop))
            out.append(_phase(phase, (x.at(start), middle), x.at(stop), pen))
        if bar.lost:
            out += _cross((end + 6, middle), pen)
        out.append(pen.text((right, middle + 4), bar.said, size=11, anchor="end"))
    return out


def legend(marks: Sequence[Waterfall], at: Point, pen: Pen) -> list[str]:
    """The phases that occur, from ``at`` to the right."""
    spans = [span for mark in marks for bar in mark.bars for span in bar.spans]
    out, (left, middle) = [], at
    for phase in used(spans):
        out += [
            _phase(phase, (left, middle), left + 24, pen),
            pen.text((left + 30, middle + 4), PHASES[phase], size=12),
        ]
        left += 46 + 6.6 * len(PHASES[phase])
    if any(bar.lost for mark in marks for bar in mark.bars):
        out += [
            *_cross((left + 6, middle), pen),
            pen.text((left + 16, middle + 4), "lost", size=12),
        ]
    return out


def used(spans: Sequence[Span]) -> list[str]:
    """The phases that occur, in their order."""
    found = {phase for phase, _, _ in spans}
    return [phase for phase in PHASES if phase in found]


def _phase(phase: str, at: Point, end: float, pen: Pen) -> str:
    left, middle = at
    end = max(end, left + _LEAST.get(phase, 0.0))
    if phase == "decode":
        return pen.frame((left, middle - _THICK / 2), end - left, middle + _THICK / 2, phase)
    width, dashes = {
        "paced": (1.5, "1.5 3"),
        "connect": (_THICK, "1.5 1.5"),
        "wait": (5.0, ""),
        "body": (_THICK, ""),
        "retry": (1.5, "6 3"),
    }[phase]
    return pen.rule((left, middle), (end, middle), phase, width, dashes)


def _cross(at: Point, pen: Pen) -> list[str]:
    left, top = at
    return [
        pen.rule((left - 3.5, top - 3.5), (left + 3.5, top + 3.5), "lost", 2.0),
        pen.rule((left - 3.5, top + 3.5), (left + 3.5, top - 3.5), "lost", 2.0),
    ]


def _label(bar: Bar) -> str:
    label = bar.label
    return label if len(label) <= _LONGEST_LABEL else f"{label[: _LONGEST_LABEL - 1]}…"


__all__ = ["PHASES", "ROW", "draw", "label_width", "legend", "used"]
