"""Why it came out like that: sentences, and a table of where the time went."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import wrap
from typing import TYPE_CHECKING, Final

from textual.content import Content
from textual.style import Style

from .. import text
from ..looks import QUIET, look_of
from .speedups import WORDS

if TYPE_CHECKING:
    from tui_app.runs import Comparison, SummaryRow

_NAME: Final = 13
_WIDTH: Final = 9
_COLUMNS: Final = ("time", "network", "pace", "own", "CPU ms")
"""Measured; ``CPU ms`` is of a request. The ideal's terms stand beside them."""
_WIDEST: Final = 110
"""Cells of a line of text that is still easy to read."""


def draw(comparison: Comparison, width: int) -> Content:
    """The outcome, its reasons, and two tables, in ``width`` cells."""
    from tui_app.compare import explain

    lines: list[Content] = []
    said = [comparison.sentence(), *explain(comparison)]
    for place, sentence in enumerate(filter(None, said)):
        lines += _wrapped(sentence, width, "bold" if place == 0 else "")
    rows = list(comparison.rows_at(comparison.most_pages).values())
    if rows:
        lines += [Content(""), *_table(rows, width)]
    screen = comparison.settings.get("screen")
    if screen:
        share = f"This screen took {screen:.1%} of a processor while runs were timed."
        lines += [Content(""), *_wrapped(share, width, QUIET)]
    return Content("\n").join(lines)


def _wrapped(sentence: str, width: int, style: str | Style) -> list[Content]:
    lines = wrap(text.clean(sentence), max(20, min(width, _WIDEST) - 2))
    return [Content.styled(line, style) for line in lines]


def _table(rows: Sequence[SummaryRow], width: int) -> list[Content]:
    pages = text.plural(rows[0].pages, "page")
    terms = [
        (name, label) for name, label in WORDS.items() if any(name in (r.terms or {}) for r in rows)
    ]
    measured = list(_COLUMNS)
    if not any(row.pace_wait for row in rows):
        measured.remove("pace")
    beside = _NAME + _WIDTH * (len(measured) + len(terms)) + 3 <= width
    found = [_line(f"at {pages}", measured, quiet=True)]
    found += [_named(row, [_measured(row, name) for name in measured]) for row in rows]
    ideal = [_line("" if beside else "not less than", [label for _, label in terms], quiet=True)]
    for row in rows:
        cells: list[tuple[str, str]] = []
        for name, _ in terms:
            value = (row.terms or {}).get(name)
            longest = name == row.limit
            cells.append((f"{_seconds(value)}{'◂' if longest else ' '}", "bold" if longest else ""))
        ideal.append(_named(row, cells))
    if not beside:
        return [*found, Content(""), *ideal, _key()]
    head = _NAME
    joined = [left + "   " + right[head:] for left, right in zip(found, ideal, strict=True)]
    over = " " * (_NAME + _WIDTH * len(measured) + 3) + "not less than"
    return [Content.styled(over, QUIET), *joined, _key()]


def _key() -> Content:
    return Content.styled("seconds; ◂ what sets the time", QUIET)


def _measured(row: SummaryRow, name: str) -> tuple[str, str]:
    if name == "CPU ms":
        return f"{row.cpu_ms:.2f} ", ""
    value = {"time": row.median, "network": row.network, "pace": row.pace_wait, "own": row.own}
    return f"{_seconds(value[name])} ", "bold" if name == "time" else ""


def _seconds(value: float | None) -> str:
    if value is None:
        return text.NOTHING
    return f"{value:.3f}" if value < 9.9995 else f"{value:.1f}"


def _line(name: str, cells: Sequence[str], *, quiet: bool) -> Content:
    words = f"{name:<{_NAME}}" + "".join(f"{cell + ' ':>{_WIDTH}}" for cell in cells)
    return Content.styled(words, QUIET if quiet else "")


def _named(row: SummaryRow, cells: Sequence[tuple[str, str]]) -> Content:
    look = look_of(row.method)
    name = f"{look.marker} {text.fit(row.method, _NAME - 2)}"
    return Content.assemble(
        (name, look.colour), *((f"{cell:>{_WIDTH}}", style) for cell, style in cells)
    )
