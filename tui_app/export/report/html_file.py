"""A report as one page of HTML: nothing is loaded from anywhere, and nothing runs.

It is well-formed XML as well, so that other programs can read it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final
from xml.sax.saxutils import escape

from tui_app.redlist.text import visible

from ..figure import to_svg
from .shapes import Command, Grid, Part, Picture, Points, Report, Section, Words
from .style import COLOURS, style_sheet

MARK: Final = "▸"
"""Before a cell that stands out."""

_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'"
"""Were anything foreign ever taken for markup, a browser would still load and run nothing."""


def to_html(report: Report) -> str:
    """The page."""
    title = _clean(report.title)
    return "\n".join(
        [
            "<!DOCTYPE html>",
            '<html lang="en-GB">',
            "<head>",
            '<meta charset="utf-8"/>',
            f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}"/>',
            '<meta name="viewport" content="width=device-width, initial-scale=1"/>',
            '<meta name="color-scheme" content="light dark"/>',
            f"<title>{title}</title>",
            f"<style>\n{style_sheet()}</style>",
            "</head>",
            "<body>",
            "<header>",
            f"<h1>{title}</h1>",
            f'<p class="subtitle">{_clean(report.subtitle)}</p>',
            *(f'<p class="notice">{_clean(notice)}</p>' for notice in report.notices),
            "</header>",
            "<main>",
            f'<p class="headline">{_clean(report.headline)}</p>',
            *_points(report.reasons),
            *(line for section in report.sections for line in _section(section)),
            "</main>",
            "</body>",
            "</html>",
            "",
        ]
    )


def _section(section: Section) -> Iterable[str]:
    yield "<section>"
    yield f"<h2>{_clean(section.heading)}</h2>"
    for part in section.parts:
        yield from _part(part)
    yield "</section>"


def _part(part: Part) -> Iterable[str]:
    if isinstance(part, Words):
        return [f"<p>{_linked(part)}</p>"]
    if isinstance(part, Points):
        return _points(part.items)
    if isinstance(part, Command):
        return [f"<pre><code>{_clean(part.line)}</code></pre>"]
    if isinstance(part, Grid):
        return _scrolling(part.caption, _table(part))
    return _picture(part)


def _points(items: Iterable[str]) -> list[str]:
    lines = [f"<li>{_clean(item)}</li>" for item in items]
    return ["<ul>", *lines, "</ul>"] if lines else []


def _linked(words: Words) -> str:
    if not words.link:
        return _clean(words.text)
    before, _, after = words.text.partition(words.link)
    link = f'<a href="{_attribute(words.link)}" rel="noreferrer">{_clean(words.link)}</a>'
    return f"{_clean(before)}{link}{_clean(after)}"


def _picture(picture: Picture) -> Iterable[str]:
    svg = to_svg(picture.figure, COLOURS, bare=True)
    yield "<figure>"
    yield from _scrolling(picture.figure.title, [svg.rstrip()])
    if picture.table is not None:
        yield f"<details><summary>{_clean(picture.table.caption)}</summary>"
        yield from _scrolling(picture.table.caption, _table(picture.table, captioned=False))
        yield "</details>"
    yield "</figure>"


def _scrolling(name: str, inside: Iterable[str]) -> Iterable[str]:
    """What may be wider than the page scrolls by itself, by the keyboard as well."""
    yield f'<div class="wide" role="region" tabindex="0" aria-label="{_attribute(name)}">'
    yield from inside
    yield "</div>"


def _table(grid: Grid, *, captioned: bool = True) -> Iterable[str]:
    yield "<table>"
    if captioned:
        yield f"<caption>{_clean(grid.caption)}</caption>"
    heads = (
        f'<th scope="col"{_side(grid, place)}>{_clean(name)}</th>'
        for place, name in enumerate(grid.columns)
    )
    yield f"<thead><tr>{''.join(heads)}</tr></thead>"
    yield "<tbody>"
    before: tuple[str, ...] = ()
    for number, row in enumerate(grid.rows):
        group = row[: grid.heads - 1]
        new = ' class="new"' if number and group != before else ""
        before = group
        yield f"<tr{new}>{''.join(_cell(grid, number, place) for place in range(len(row)))}</tr>"
    yield "</tbody>"
    yield "</table>"


def _cell(grid: Grid, row: int, column: int) -> str:
    words, side = _clean(grid.rows[row][column]), _side(grid, column)
    if (row, column) in grid.marked:
        words = f"<strong>{MARK} {words}</strong>"
    if column < grid.heads:
        return f'<th scope="row"{side}>{words}</th>'
    return f"<td{side}>{words}</td>"


def _side(grid: Grid, column: int) -> str:
    return ' class="r"' if grid.right[column : column + 1] == "r" else ""


def _clean(words: str) -> str:
    """Words that may be foreign, as HTML takes them: nothing in them is markup, or hides."""
    return escape(visible(words, None))


def _attribute(words: str) -> str:
    return escape(visible(words, None), {'"': "&quot;"})


__all__ = ["MARK", "to_html"]
