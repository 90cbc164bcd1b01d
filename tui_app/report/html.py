"""A report as one page of HTML: nothing is loaded from anywhere, and nothing runs.

It is well-formed XML as well, so that other programs can read it. Own writers for HTML and Markdown
rather than a library's: Jinja would be a dependency for two templates, and what has to be right,
that nothing foreign becomes markup, is a function each.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from string import Template
from typing import Final

from .phases import DARK, LIGHT
from .svg import escaped, to_svg
from .words import Command, FigurePart, Grid, Part, Points, Report, Words

_COLOURS: Final = {name: f"var(--{name})" for name in LIGHT}
"""The figures' palette: they follow the page."""

MARK: Final = "▸"
"""Before a cell that stands out."""

# Its policy: were anything foreign ever taken for markup, a browser would load and run nothing.
_PAGE: Final = Path(__file__).with_name("page.html")


def to_html(report: Report) -> str:
    """The page."""
    title = escaped(report.title)
    body = [
        f'<header>\n<h1>{title}</h1>\n<p class="subtitle">{escaped(report.subtitle)}</p>',
        *(f'<p class="notice">{escaped(notice)}</p>' for notice in report.notices),
        f'</header>\n<main>\n<p class="headline">{escaped(report.headline)}</p>',
        *_points(report.reasons),
    ]
    for section in report.sections:
        body.append(f"<section>\n<h2>{escaped(section.heading)}</h2>")
        for part in section.parts:
            body += _part(part)
        body.append("</section>")
    body.append("</main>")
    light, dark = (
        " ".join(f"--{name}: {colour};" for name, colour in colours.items())
        for colours in (LIGHT, DARK)
    )
    page = Template(_PAGE.read_text(encoding="utf-8"))
    return page.substitute(title=title, light=light, dark=dark, body="\n".join(body))


def _part(part: Part) -> Iterable[str]:
    match part:
        case Words():
            before, link, after = (
                part.text.partition(part.link) if part.link else (part.text, "", "")
            )
            if link:
                link = f'<a href="{escaped(link)}" rel="noreferrer">{escaped(link)}</a>'
            return [f"<p>{escaped(before)}{link}{escaped(after)}</p>"]
        case Points():
            return _points(part.items)
        case Command():
            return [f"<pre><code>{escaped(part.line)}</code></pre>"]
        case Grid():
            return _scrolling(
                part.caption, _table(part, f"<caption>{escaped(part.caption)}</caption>")
            )
        case FigurePart():
            return _figure(part)


def _points(items: Iterable[str]) -> list[str]:
    lines = [f"<li>{escaped(item)}</li>" for item in items]
    return ["<ul>", *lines, "</ul>"] if lines else []


def _figure(part: FigurePart) -> Iterable[str]:
    svg = to_svg(part.figure, _COLOURS, bare=True)
    yield "<figure>"
    yield from _scrolling(part.figure.title, [svg.rstrip()])
    if part.table is not None:
        yield f"<details><summary>{escaped(part.table.caption)}</summary>"
        yield from _scrolling(part.table.caption, _table(part.table))
        yield "</details>"
    yield "</figure>"


def _scrolling(name: str, inside: Iterable[str]) -> Iterable[str]:
    """What may be wider than the page scrolls by itself, by the keyboard as well."""
    yield f'<div class="wide" role="region" tabindex="0" aria-label="{escaped(name)}">'
    yield from inside
    yield "</div>"


def _table(grid: Grid, caption: str = "") -> Iterable[str]:
    yield f"<table>{caption}"
    heads = (
        f'<th scope="col"{_side(grid, place)}>{escaped(name)}</th>'
        for place, name in enumerate(grid.columns)
    )
    yield f"<thead><tr>{''.join(heads)}</tr></thead>\n<tbody>"
    before: tuple[str, ...] = ()
    for number, row in enumerate(grid.rows):
        group = row[: grid.heads - 1]
        new = ' class="new"' if number and group != before else ""
        before = group
        yield f"<tr{new}>{''.join(_cell(grid, number, place) for place in range(len(row)))}</tr>"
    yield "</tbody>\n</table>"


def _cell(grid: Grid, row: int, column: int) -> str:
    words, side = escaped(grid.rows[row][column]), _side(grid, column)
    if (row, column) in grid.marked:
        words = f"<strong>{MARK} {words}</strong>"
    if column < grid.heads:
        return f'<th scope="row"{side}>{words}</th>'
    return f"<td{side}>{words}</td>"


def _side(grid: Grid, column: int) -> str:
    return ' class="r"' if grid.right[column : column + 1] == "r" else ""
