"""The first rows of a run as lines of text, for a terminal or a screen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any, Final

from tui_app.redlist import Record, flatten
from tui_app.redlist.status import category_pe
from tui_app.redlist.text import visible

WIDEST_CELL: Final = 40
_LONGEST: Final = 400
"""Characters of a cell that are looked at."""
_COLUMNS: Final = 4
"""Fields that are shown of records without a name."""
_GAP: Final = "  "


def preview_lines(records: Sequence[Record], width: int) -> list[str]:
    """Records as a table of at most so many cells: name, category, year and scope.

    Of records that have no name these are their first fields.
    """
    rows = [_status_cells(one) for one in records]
    if not any(row.get("name") for row in rows):
        rows = [dict(list(flatten(one).items())[:_COLUMNS]) for one in records]
    return fitted_lines(rows, width)[0]


def fitted_lines(rows: Sequence[Mapping[str, object]], width: int) -> tuple[list[str], list[str]]:
    """Rows as a table in so many cells of a terminal, and the columns that did not fit.

    Columns that are empty in all rows are left out, long cells cut.
    """
    from rich.cells import cell_len, set_cell_size  # as wide as a terminal shows them

    names = dict.fromkeys(chain(*rows))
    columns: list[list[str]] = []
    left = [name for name in names if any(row.get(name) not in (None, "") for row in rows)]
    while left:
        cells = [left[0], *(row.get(left[0]) for row in rows)]
        texts = ["" if cell is None else visible(str(cell), _LONGEST) for cell in cells]
        room = width - len(_GAP) * bool(columns)
        size = min(max(map(cell_len, texts)), WIDEST_CELL, room)
        if columns and size < min(cell_len(texts[0]), WIDEST_CELL):
            break  # not even its name fits
        columns.append(
            [
                set_cell_size(text, size)
                if cell_len(text) <= size
                else f"{set_cell_size(text, size - 1)}…"
                for text in texts
            ]
        )
        width, left = room - size, left[1:]
    return [_GAP.join(line).rstrip() for line in zip(*columns, strict=True)], left


def _status_cells(record: Record) -> dict[str, Any]:
    """What a preview shows of an assessment, a taxon or an input line."""
    taxon, scopes = record.get("taxon"), record.get("scopes")
    named = ("taxon_scientific_name", "scientific_name", "matched_name", "input")
    name = next((found for field in named if (found := record.get(field))), None)
    if name is None and isinstance(taxon, dict):
        name = taxon.get("scientific_name")
    if isinstance(scopes, list):
        flat = flatten({"scopes": scopes})
        scopes = str(flat.get("scopes_description") or "").replace("|", ", ")
    return {
        "name": name,
        "outcome": record.get("outcome"),
        "category": category_pe(record) or record.get("category"),
        "year": record.get("year_published"),
        "scope": scopes,
    }
