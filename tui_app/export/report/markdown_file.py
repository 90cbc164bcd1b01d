"""A report as Markdown, as GitHub reads it: tables, and pictures made of characters."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from tui_app.redlist.text import visible

from .characters import drawn
from .html_file import MARK
from .shapes import Command, Grid, Part, Picture, Points, Report, Section, Words

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
        *(block for section in report.sections for block in _section(section)),
    ]
    return "\n\n".join(filter(None, blocks)) + "\n"


def _section(section: Section) -> Iterable[str]:
    yield f"## {_clean(section.heading)}"
    for part in section.parts:
        yield _part(part)


def _part(part: Part) -> str:
    if isinstance(part, Words):
        return _linked(part)
    if isinstance(part, Points):
        return _points(part.items)
    if isinstance(part, Command):
        return _block([part.line], "sh")
    if isinstance(part, Picture):
        return _block(drawn(part.figure))
    return f"{_paragraph(part.caption)}\n\n{_table(part)}"


def _linked(words: Words) -> str:
    if not words.link:
        return _paragraph(words.text)
    before, _, after = words.text.partition(words.link)
    return f"{_paragraph(before)}<{words.link}>{_clean(after)}"


def _points(items: Sequence[str]) -> str:
    return "\n".join(f"- {_paragraph(item)}" for item in items)


def _table(grid: Grid) -> str:
    sides = ("--:" if grid.right[n : n + 1] == "r" else "---" for n in range(len(grid.columns)))
    lines = [
        [_clean(name) for name in grid.columns],
        list(sides),
        *(
            [_cell(grid, number, place) for place in range(len(row))]
            for number, row in enumerate(grid.rows)
        ),
    ]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _cell(grid: Grid, row: int, column: int) -> str:
    words = _clean(grid.rows[row][column])
    return f"**{MARK} {words}**" if (row, column) in grid.marked else words


def _block(lines: Sequence[str], language: str = "") -> str:
    """Lines as they are, within a fence that nothing in them can close."""
    shown = [visible(line, None) for line in lines]
    longest = max((len(run) for line in shown for run in re.findall("`+", line)), default=0)
    fence = "`" * max(3, longest + 1)
    return "\n".join([f"{fence}{language}", *shown, fence])


def _paragraph(words: str) -> str:
    return _LEADS.sub(_escaped_lead, _clean(words).lstrip())


def _escaped_lead(found: re.Match[str]) -> str:
    return f"{found[0]}\\" if found[0].isdigit() else f"\\{found[0]}"


def _clean(words: str) -> str:
    """Words that may be foreign, with nothing in them that is markup, or hides."""
    return _SPECIAL.sub(r"\\\g<0>", visible(words, None))


__all__ = ["to_markdown"]
