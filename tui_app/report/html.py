"""A report as one page of HTML: nothing is loaded from anywhere, and nothing runs.

It is well-formed XML as well, so that other programs can read it. Own writers for HTML and Markdown
rather than a library's: Jinja would be a dependency for two templates, and what has to be right,
that nothing foreign becomes markup, is a function each.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final
from xml.sax.saxutils import escape

from tui_app.redlist.text import visible

from .phases import DARK, LIGHT
from .svg import to_svg
from .words import Command, FigurePart, Grid, Part, Points, Report, Words

MARK: Final = "▸"
"""Before a cell that stands out."""

# Were anything foreign ever taken for markup, a browser would still load and run nothing.
_PAGE: Final = """\
<!DOCTYPE html>
<html lang="en-GB">
<head>
<meta charset="utf-8"/>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'"/>
<meta name="viewport" content="width=device-width, initial-scale=1"/>
<meta name="color-scheme" content="light dark"/>
<title>{title}</title>
<style>
{style}</style>
</head>
<body>
{body}
</body>
</html>
"""


def to_html(report: Report) -> str:
    """The page."""
    title = _clean(report.title)
    body = [
        f'<header>\n<h1>{title}</h1>\n<p class="subtitle">{_clean(report.subtitle)}</p>',
        *(f'<p class="notice">{_clean(notice)}</p>' for notice in report.notices),
        f'</header>\n<main>\n<p class="headline">{_clean(report.headline)}</p>',
        *_points(report.reasons),
    ]
    for section in report.sections:
        body.append(f"<section>\n<h2>{_clean(section.heading)}</h2>")
        for part in section.parts:
            body += _part(part)
        body.append("</section>")
    body.append("</main>")
    return _PAGE.format(title=title, style=_style_sheet(), body="\n".join(body))


def _part(part: Part) -> Iterable[str]:
    match part:
        case Words():
            before, link, after = (
                part.text.partition(part.link) if part.link else (part.text, "", "")
            )
            if link:
                link = f'<a href="{_attribute(link)}" rel="noreferrer">{_clean(link)}</a>'
            return [f"<p>{_clean(before)}{link}{_clean(after)}</p>"]
        case Points():
            return _points(part.items)
        case Command():
            return [f"<pre><code>{_clean(part.line)}</code></pre>"]
        case Grid():
            return _scrolling(
                part.caption, _table(part, f"<caption>{_clean(part.caption)}</caption>")
            )
        case FigurePart():
            return _figure(part)


def _points(items: Iterable[str]) -> list[str]:
    lines = [f"<li>{_clean(item)}</li>" for item in items]
    return ["<ul>", *lines, "</ul>"] if lines else []


def _figure(part: FigurePart) -> Iterable[str]:
    svg = to_svg(part.figure, _COLOURS, bare=True)
    yield "<figure>"
    yield from _scrolling(part.figure.title, [svg.rstrip()])
    if part.table is not None:
        yield f"<details><summary>{_clean(part.table.caption)}</summary>"
        yield from _scrolling(part.table.caption, _table(part.table))
        yield "</details>"
    yield "</figure>"


def _scrolling(name: str, inside: Iterable[str]) -> Iterable[str]:
    """What may be wider than the page scrolls by itself, by the keyboard as well."""
    yield f'<div class="wide" role="region" tabindex="0" aria-label="{_attribute(name)}">'
    yield from inside
    yield "</div>"


def _table(grid: Grid, caption: str = "") -> Iterable[str]:
    yield f"<table>{caption}"
    heads = (
        f'<th scope="col"{_side(grid, place)}>{_clean(name)}</th>'
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


# -- style -------------------------------------------------------------------------------

_COLOURS: Final = {name: f"var(--{name})" for name in LIGHT}
"""The figures' palette: they follow the page."""

_RULES: Final = """
html { font-size: 106.25%; }
body { margin: 0 auto; max-width: 60rem; padding: 1.5rem 1.25rem 4rem; color: var(--ink);
  background: var(--ground); font: 1rem/1.55 system-ui, "Segoe UI", Roboto, "Helvetica Neue",
  Arial, sans-serif; overflow-wrap: break-word; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 .4rem; }
h2 { font-size: 1.3rem; margin: 2.6rem 0 .6rem; }
.subtitle, caption, summary { color: var(--grey); }
.subtitle { margin: 0; }
.notice { margin: 1rem 0; padding: .6rem 1rem; background: var(--soft);
  border-left: .35rem solid var(--threads); font-weight: 600; }
.headline { font-size: 1.4rem; line-height: 1.35; font-weight: 600; margin: 1.4rem 0 .8rem; }
ul { padding-left: 1.2rem; }
li { margin: .3rem 0; }
a { color: var(--link); }
.wide { overflow-x: auto; margin: 1rem 0; }
figure { margin: 1rem 0; }
svg { display: block; width: 100%; min-width: 42rem; height: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
caption { text-align: left; padding-bottom: .4rem; font-size: .9rem; }
th, td { padding: .3rem .75rem .3rem 0; text-align: left; vertical-align: top;
  border-bottom: 1px solid var(--grid); }
thead th { font-size: .9rem; vertical-align: bottom; border-bottom: 2px solid var(--grey); }
tbody th { font-weight: 600; }
th.r, td.r { text-align: right; }
tbody .r { white-space: nowrap; }
.new th, .new td { border-top: 2px solid var(--grid); }
pre { background: var(--soft); padding: .8rem 1rem; white-space: pre-wrap;
  overflow-wrap: anywhere; font-size: .95rem; }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
@media (max-width: 40rem) {
  h1 { font-size: 1.5rem; }
  .headline { font-size: 1.2rem; }
}
@media print {
  @page { margin: 15mm; }
  html { font-size: 75%; }
  body { max-width: none; padding: 0; }
  .wide { overflow: visible; margin: .6rem 0; }
  svg { min-width: 0; width: 86%; max-height: 240mm; }
  h2 { margin-top: 1.6rem; }
  th, td { padding-top: .15rem; padding-bottom: .15rem; }
  h2, h2 + p, caption { break-after: avoid; }
  tr, li, pre, .notice { break-inside: avoid; }
  details { display: none; }
}
"""


def _style_sheet() -> str:
    light, dark = (
        " ".join(f"--{name}: {colour};" for name, colour in colours.items())
        for colours in (LIGHT, DARK)
    )
    return (
        f":root {{ color-scheme: light dark; {light} }}\n"
        # On paper it is always day.
        f"@media screen and (prefers-color-scheme: dark) {{ :root {{ {dark} }} }}{_RULES}"
    )
