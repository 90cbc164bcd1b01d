"""What goes to stdout: JSON, and tables of plain text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click
import msgspec

from .progress import clean


def print_json(value: Any) -> None:
    """One JSON object on stdout."""
    click.echo(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())


def print_table(columns: Sequence[str], rows: Sequence[Sequence[object]], right: str = "") -> None:
    """A table with aligned columns.

    Args:
        columns: their titles.
        rows: their cells; None is shown as nothing.
        right: a character a column, ``r`` for those aligned to the right.
    """
    texts = [["" if cell is None else clean(str(cell)) for cell in row] for row in rows]
    widths = [
        max(len(title), *(len(row[index]) for row in texts)) if texts else len(title)
        for index, title in enumerate(columns)
    ]
    for line in (list(columns), *texts):
        cells = [
            cell.rjust(width) if right[index : index + 1] == "r" else cell.ljust(width)
            for index, (cell, width) in enumerate(zip(line, widths, strict=True))
        ]
        click.echo("  ".join(cells).rstrip())


def counted(number: int, word: str) -> str:
    """``1 page``, ``1,000 pages``."""
    return f"{number:,} {word}{'s' * (number != 1)}"
