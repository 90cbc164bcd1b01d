"""What goes to stdout: JSON, and tables of plain text."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
import msgspec

from tui_app.export import STDOUT, Exported

from .progress import clean, say


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


def say_written(written: Sequence[Exported], tables: Path | None) -> None:
    """A line on stderr for each file that was written; one for a folder of tables."""
    in_folder = [one for one in written if tables is not None and one.path.parent == tables]
    for one in written:
        if one.path != STDOUT and one not in in_folder:
            say(f"{counted(one.rows, 'row')} to {one.path}")
    if in_folder:
        assessments = next(one.rows for one in in_folder if one.path.name == "assessments.csv")
        tables_said = counted(len(in_folder), "table")
        say(f"{tables_said} of {counted(assessments, 'assessment')} to the folder {tables}")
