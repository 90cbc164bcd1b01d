"""From a nested record to one flat row, under names that R users know.

``scopes: [{"description": {"en": "Global"}, "code": "1"}]`` becomes ``scopes_code`` = ``1``
and ``scopes_description`` = ``Global``; several items are joined as ``a|b``, each column in
the same order, so that the parts still line up. Dates become days: ``2024-05-17``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

import msgspec

from .decode import Record

_TIMESTAMP: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T")

Cell = str | int | float | bool | None
"""What a cell of a flat row can hold."""


def is_date(name: str) -> bool:
    """Whether a field holds a date, by its name: ``assessment_date``."""
    return name.endswith("date")


def day_of(value: Any) -> Any:
    """The day of a date as the API writes it; anything else as it is.

    The API has written days as midnight in UTC and as midnight in London with its offset; in
    every form the first ten characters are the day.
    """
    return value[:10] if isinstance(value, str) and _TIMESTAMP.match(value) else value


def flatten(record: Record) -> dict[str, Cell]:
    """One flat row: nested objects get ``parent_child`` names, lists become ``a|b``.

    What is nested deeper than a list of flat objects is kept as JSON text: nothing is lost.
    """
    row: dict[str, Cell] = {}
    for name, value in record.items():
        if (type(value) is str or value is None) and name not in row:  # most fields by far
            row[name] = day_of(value) if is_date(name) else value
        else:
            _add(row, _cells(name, value))
    return row


def _add(row: dict[str, Cell], cells: Iterable[tuple[str, Cell]]) -> None:
    """Add cells; one whose name is taken by another value gets a number: ``a_b_2``."""
    for name, cell in cells:
        free, number = name, 2
        while row.get(free, cell) != cell:
            free, number = f"{name}_{number}", number + 1
        row[free] = cell


def _cells(name: str, value: Any) -> Iterator[tuple[str, Cell]]:
    if isinstance(value, dict):
        if value.keys() == {"en"}:  # {"description": {"en": "Global"}}: the language says nothing
            yield from _cells(name, value["en"])
            return
        for key, inner in value.items():
            yield from _cells(f"{name}_{key}", inner)
    elif isinstance(value, list):
        yield from _list_cells(name, value)
    else:
        yield name, day_of(value) if is_date(name) else value


def _list_cells(name: str, items: list[Any]) -> Iterator[tuple[str, Cell]]:
    if not items:  # no column of its own: beside scopes_code an empty "scopes" would only puzzle
        return
    objects = [item for item in items if item is not None]
    if not objects or not all(isinstance(item, dict) for item in objects):
        yield name, "|".join(_text(item) for item in items)
        return
    flat: list[dict[str, Cell]] = []
    for item in objects:
        flat.append({})
        for key, inner in item.items():
            _add(flat[-1], _inner(key, inner))
    for key in dict.fromkeys(key for item in flat for key in item):
        cells = [_text(item.get(key)) for item in flat]
        yield f"{name}_{key}", "|".join(cells) if any(cells) else None


def _inner(key: str, value: Any) -> Iterator[tuple[str, Cell]]:
    if isinstance(value, list):
        yield key, msgspec.json.encode(value).decode() if value else None
    else:
        yield from _cells(key, value)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict | list):
        return msgspec.json.encode(value).decode()
    return str(value).replace("|", "\\|")
