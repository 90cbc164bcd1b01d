"""Rows and counts of a run as text: fitted to the terminal, with bars."""

from __future__ import annotations

import shutil
import sys
from typing import Final

import click
from rich.console import Console
from rich.text import Text

from tui_app.redlist.text import joined
from tui_app.runs.columns import reading_order
from tui_app.runs.counts import RowCounts
from tui_app.runs.preview import fitted_lines
from tui_app.runs.records_table import RecordsView
from tui_app.ui.categories import CATEGORIES

from .messages import say
from .output import table_lines

WIDEST_BAR: Final = 40
MOST_VALUES: Final = 50
EMPTY: Final = "(empty)"


def print_rows(view: RecordsView, most: int) -> None:
    """The first rows of a run, without columns that are empty in them.

    A terminal gets the columns that fit, the most informative first; the others are listed.
    """
    places = {name: place for place, name in enumerate(view.columns)}
    names = reading_order(view.columns)
    rows = [{name: row[places[name]] for name in names} for row in view.rows(0, most)]
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else sys.maxsize
    lines, left = fitted_lines(rows, width)
    for line in lines:
        click.echo(line)
    if left:
        say(f"Columns that did not fit: {joined(left)}.")


def print_counts(found: RowCounts) -> None:
    """Counts with a bar for each value; categories in their colours where a terminal has them."""
    shown = list(found.totals)[:MOST_VALUES]
    most = max(found.totals.values(), default=1)
    rows = []
    for value in shown:
        total = found.totals[value]
        counts = [found.pairs[value, second] or None for second in found.values]
        bar = "█" * round(WIDEST_BAR * total / most) or "▏"
        share = f"{total / found.records:.1%}"
        rows.append((value or EMPTY, *counts, f"{total:,}", share, bar))
    header = (found.fields[0], *(one or EMPTY for one in found.values), "count", "share", "")
    console = Console(highlight=False, soft_wrap=True)
    lines = map(Text, table_lines(header, rows, " " + "r" * (len(header) - 2)))
    for value, line in zip(("", *shown), lines, strict=True):
        if category := CATEGORIES.get(value):
            line.stylize(category.style(), 0, len(value))
            if category.colour != "#000000":  # which a dark terminal would hide
                line.stylize(category.colour, line.plain.rfind(" ") + 1)
        console.print(line)
    if len(found.totals) > len(shown):
        more = len(found.totals) - len(shown)
        say(f"{more:,} more values are not shown. --csv FILE writes all.")
