"""A report as Markdown, as GitHub reads it: tables, and figures drawn with characters."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from tui_app.redlist.text import seconds_figure, visible

from .figure import Bar, Figure, LineMark, Plot, phases_used
from .html import MARK
from .phases import LOST_GLYPH, Phase, phase_cells
from .words import Command, FigurePart, Grid, Part, Points, Report, Words

_SPECIAL: Final = re.compile(r"[\\`*\[\]<>|~&$@]|(?<![^\W_])_|_(?![^\W_])|(?<=www)\.|:(?=//)")
"""What is markup, or the beginning of a link that nobody has made. An underscore within a word
is none."""
_LEADS: Final = re.compile(r"^(?:[-+=#]|\d+(?=[.)]))")
"""What makes something else of a paragraph where it stands first."""


def to_markdown(report: Report) -> str:
    """The text."""
    blocks = [
        f"# {_clean(report.title)}",
        _paragraph(report.subtitle),
        *(f"> **{_clean(notice)}**" for notice in report.notices),
        f"**{_clean(report.headline)}**",
        _points(report.reasons),
    ]
    for section in report.sections:
        blocks += [f"## {_clean(section.heading)}", *map(_part, section.parts)]
    return "\n\n".join(filter(None, blocks)) + "\n"


def _part(part: Part) -> str:
    match part:
        case Words():
            if not part.link:
                return _paragraph(part.text)
            before, _, after = part.text.partition(part.link)
            return f"{_paragraph(before)}<{part.link}>{_clean(after)}"
        case Points():
            return _points(part.items)
        case Command():
            return _block([part.line], "sh")
        case FigurePart():
            return _block(_drawn(part.figure))
        case Grid():
            return f"{_paragraph(part.caption)}\n\n{_table(part)}"


def _points(items: Sequence[str]) -> str:
    return "\n".join(f"- {_paragraph(item)}" for item in items)


def _table(grid: Grid) -> str:
    lines = [list(map(_clean, row)) for row in (grid.columns, *grid.rows)]
    for row, column in grid.marked:
        lines[row + 1][column] = f"**{MARK} {lines[row + 1][column]}**"
    sides = grid.right.ljust(len(grid.columns))
    lines.insert(1, ["--:" if side == "r" else "---" for side in sides])
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _block(lines: Sequence[str], language: str = "") -> str:
    """Lines as they are, within a fence that nothing in them can close."""
    shown = [visible(line, None) for line in lines]
    longest = max((len(run) for line in shown for run in re.findall("`+", line)), default=0)
    fence = "`" * max(3, longest + 1)
    return "\n".join([f"{fence}{language}", *shown, fence])


def _paragraph(words: str) -> str:
    return _LEADS.sub(
        lambda found: f"{found[0]}\\" if found[0].isdigit() else f"\\{found[0]}",
        _clean(words).lstrip(),
    )


def _clean(words: str) -> str:
    """Words that may be foreign, with nothing in them that is markup, or hides."""
    return _SPECIAL.sub(r"\\\g<0>", visible(words, None))


# -- figures of characters ---------------------------------------------------------------

_WIDTH: Final = 40
"""Characters of the longest bar."""
_PARTS: Final = " ▏▎▍▌▋▊▉"


def _drawn(figure: Figure) -> list[str]:
    """A figure of lines or of waterfalls, line by line; of others only their notes."""
    out: list[str] = []
    for plot in figure.plots:
        out += ["", plot.note] if plot.note else [""]
        out += _lines(figure, plot.lines) if plot.lines else _waterfall(figure, plot)
    if falls := figure.waterfalls:
        words = [f"{phase.glyph} {phase.meaning}" for phase in phases_used(falls)]
        words += [f"{LOST_GLYPH} failed"] * any(bar.lost for mark in falls for bar in mark.bars)
        out += ["", "  ".join(words)]
    return out[1:]


def _lines(figure: Figure, lines: list[LineMark]) -> list[str]:
    """A bar a point: the points of all lines at the same place stand together."""
    most = max((y for line in lines for _, y in line.points), default=0.0)
    width = max(len(line.method) for line in lines)
    has_ideal = any(line.ideal for line in lines)
    out = [f"{figure.x:>8}  {'':<{width}}  {figure.y:>9}" + f"  {'ideal':>9}" * has_ideal]
    for place in sorted({x for line in lines for x, _ in line.points}):
        label = f"{place:g}"
        for line in lines:
            y, ideal = dict(line.points).get(place), dict(line.ideal).get(place)
            if y is None:
                continue
            row = f"{label:>8}  {line.method:<{width}}  {seconds_figure(y, 3):>9}"
            if has_ideal:
                row += f"  {'' if ideal is None else seconds_figure(ideal, 3):>9}"
            out.append(f"{row}  {_bar(y, most)}")
            label = ""
    return out


def _bar(value: float, most: float) -> str:
    eighths = round(value / most * _WIDTH * 8) if most > 0 else 0
    whole, part = divmod(max(1, eighths), 8)
    return f"{Phase.BODY.glyph * whole}{_PARTS[part]}".rstrip()


def _waterfall(figure: Figure, plot: Plot) -> list[str]:
    every = [bar for mark in figure.waterfalls for bar in mark.bars]
    longest = max((end for bar in every for _, _, end in bar.spans), default=0.0)
    bars = [bar for mark in plot.waterfalls for bar in mark.bars]
    names = max((len(bar.label) for bar in bars), default=0)
    figures = max((len(bar.figure) for bar in bars), default=0)
    return [
        f"{bar.label:<{names}}  {_cells(bar, longest):<{_WIDTH + 2}}  "
        f"{bar.figure:>{figures}} {figure.y}"
        for bar in bars
    ]


def _cells(bar: Bar, longest: float) -> str:
    scale = _WIDTH / longest if longest > 0 else 0.0
    spans = [(phase, start * scale, stop * scale) for phase, start, stop in bar.spans]
    cells = "".join(phase.glyph if phase else " " for phase in phase_cells(spans, _WIDTH)).rstrip()
    return cells + LOST_GLYPH if bar.lost else cells
