"""Figures drawn with characters, for where there are no pictures."""

from __future__ import annotations

from typing import Final

from ..figure import PHASES, Bar, Figure, Line, Plot, Span, Waterfall

_WIDTH: Final = 40
"""Characters of the longest bar."""
_PARTS: Final = " ▏▎▍▌▋▊▉"
_FULL: Final = "█"
_GLYPHS: Final = {
    "paced": "░",
    "connect": "═",
    "wait": "━",
    "body": "█",
    "decode": "▓",
    "retry": "~",
}
"""A glyph a phase: those that the application draws."""
_LOST: Final = "✗"


def drawn(figure: Figure) -> list[str]:
    """A figure of lines or of waterfalls, line by line; of others only what is said above them."""
    out: list[str] = []
    falls = [mark for plot in figure.plots for mark in plot.marks if isinstance(mark, Waterfall)]
    for plot in figure.plots:
        lines = [mark for mark in plot.marks if isinstance(mark, Line)]
        out += ["", plot.note] if plot.note else [""]
        out += _lines(figure, lines) if lines else _waterfall(figure, plot)
    return [*out[1:], *_legend(falls)]


# -- lines -------------------------------------------------------------------------------


def _lines(figure: Figure, lines: list[Line]) -> list[str]:
    """A bar a point: the points of all lines at the same place stand together."""
    most = max((y for line in lines for _, y in line.points), default=0.0)
    name_width = max(len(line.method) for line in lines)
    has_ideal = any(line.ideal for line in lines)
    heading = f"{figure.x:>8}  {'':<{name_width}}  {figure.y:>9}"
    out = [f"{heading}  {'ideal':>9}" if has_ideal else heading]
    for place in sorted({x for line in lines for x, _ in line.points}):
        first = True
        for line in lines:
            y, ideal = dict(line.points).get(place), dict(line.ideal).get(place)
            if y is None:
                continue
            row = f"{f'{place:g}' if first else '':>8}  {line.method:<{name_width}}  {y:>9.3f}"
            if has_ideal:
                row += f"  {'' if ideal is None else f'{ideal:.3f}':>9}"
            out.append(f"{row}  {_bar(y, most)}")
            first = False
    return out


def _bar(value: float, most: float) -> str:
    eighths = round(value / most * _WIDTH * 8) if most > 0 else 0
    whole, part = divmod(max(1, eighths), 8)
    return f"{_FULL * whole}{_PARTS[part]}".rstrip()


# -- waterfalls --------------------------------------------------------------------------


def _waterfall(figure: Figure, plot: Plot) -> list[str]:
    ends = [end for one in figure.plots for bar in _bars(one) for _, _, end in bar.spans]
    longest, bars = max(ends, default=0.0), _bars(plot)
    names = max((len(bar.label) for bar in bars), default=0)
    said = max((len(bar.said) for bar in bars), default=0)
    return [
        f"{bar.label:<{names}}  {_cells(bar, longest):<{_WIDTH + 2}}  {bar.said:>{said}} {figure.y}"
        for bar in bars
    ]


def _bars(plot: Plot) -> list[Bar]:
    return [bar for mark in plot.marks if isinstance(mark, Waterfall) for bar in mark.bars]


def _cells(bar: Bar, longest: float) -> str:
    cells = [" "] * (_WIDTH + 2)
    last = -1
    for span in bar.spans:
        first, after = _place(span, longest)
        cells[first:after] = _GLYPHS[span[0]] * (after - first)
        last = max(last, after - 1)
    if bar.lost:
        cells[min(last + 1, _WIDTH + 1)] = _LOST
    return "".join(cells)


def _place(span: Span, longest: float) -> tuple[int, int]:
    phase, start, end = span
    first, after = (round(at / longest * _WIDTH) if longest > 0 else 0 for at in (start, end))
    if after <= first and phase in ("wait", "body"):  # what the picture is about is always seen
        after = max(1, after)
        first = after - 1 if phase == "body" else first
        after = max(after, first + 1)
    return first, max(first, after)


def _legend(falls: list[Waterfall]) -> list[str]:
    if not falls:
        return []
    bars = [bar for mark in falls for bar in mark.bars]
    spans = {phase for bar in bars for phase, _, _ in bar.spans}
    words = [f"{_GLYPHS[phase]} {PHASES[phase]}" for phase in PHASES if phase in spans]
    lost = [f"{_LOST} lost"] if any(bar.lost for bar in bars) else []
    return ["", "  ".join([*words, *lost])]


__all__ = ["drawn"]
