"""What goes to stdout: JSON, and tables of plain text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import click
import msgspec

from tui_app.export import STDOUT, Exported
from tui_app.redlist.text import visible

from .messages import say

WIDEST: Final = 400
"""Characters of a table's cell."""

# C0 is escaped in JSON anyhow, but for the line ends that are its layout; DEL and C1 aren't, nor
# are the marks that reorder or hide text.
_UNPRINTABLE: Final = re.compile(
    "[\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e007f]"
)


def print_json(value: Any) -> None:
    r"""One JSON object on stdout. What a terminal might obey is written as ``\u009b``."""
    text = msgspec.json.format(msgspec.json.encode(value), indent=2).decode()
    click.echo(_UNPRINTABLE.sub(_escaped, text))


def _escaped(found: re.Match[str]) -> str:
    units = found[0].encode("utf-16-be")
    return "".join(f"\\u{units[n]:02x}{units[n + 1]:02x}" for n in range(0, len(units), 2))


def print_text(text: object = "") -> None:
    """A line on stdout in which nothing can steer a terminal."""
    click.echo(visible(str(text)))


def print_table(columns: Sequence[str], rows: Sequence[Sequence[object]], right: str = "") -> None:
    """A table with aligned columns. Cells that would make it too wide to read are cut.

    Args:
        columns: their titles.
        rows: their cells; None is shown as nothing.
        right: a character a column, ``r`` for those aligned to the right.
    """
    texts = [["" if cell is None else visible(str(cell), WIDEST) for cell in row] for row in rows]
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
