"""Which type holds all values of a column, for formats that want to know."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime
from enum import Enum, auto
from typing import Final

from tui_app.redlist import Cell

from .growing_table import as_text


class ColumnType(Enum):
    """What a column holds, apart from nothing."""

    TEXT = auto()
    INTEGER = auto()  # 64 bits
    FLOAT = auto()
    BOOLEAN = auto()
    DATE = auto()
    INSTANT = auto()  # date and time, UTC


class _Kind(Enum):
    """What one value is."""

    TEXT = auto()
    SMALL = auto()  # an integer that a double holds exactly
    LARGE = auto()  # one that it doesn't, of 64 bits
    FLOAT = auto()
    BOOLEAN = auto()
    DAY = auto()  # 2016-04-01
    MIDNIGHT = auto()  # 2016-04-01T00:00:00.000Z: how the API writes a day
    INSTANT = auto()


_HOLDS: Final[tuple[tuple[ColumnType, set[_Kind]], ...]] = (
    (ColumnType.BOOLEAN, {_Kind.BOOLEAN}),
    (ColumnType.INTEGER, {_Kind.SMALL, _Kind.LARGE}),
    (ColumnType.FLOAT, {_Kind.SMALL, _Kind.FLOAT}),
    (ColumnType.DATE, {_Kind.DAY, _Kind.MIDNIGHT}),
    (ColumnType.INSTANT, {_Kind.MIDNIGHT, _Kind.INSTANT}),
)
_DAY: Final = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_ISO: Final = re.compile(  # what a microsecond doesn't hold, or has no offset, stays text
    rf"{_DAY}(?P<time>T[0-9]{{2}}:[0-9]{{2}}:[0-9]{{2}}(\.[0-9]{{1,6}})?"
    r"(Z|[+-][0-9]{2}:[0-9]{2}))?"
)
_MIDNIGHT: Final = re.compile(r"T00:00:00(\.0+)?(Z|\+00:00)")
_LONGEST: Final = len("2016-04-01T00:00:00.000000+00:00")


class Learner:
    """Learns a column's type from all of its values, some at a time."""

    def __init__(self) -> None:
        self._seen: set[_Kind] = set()

    def learn(self, cells: Sequence[Cell]) -> None:
        """Take further values into account."""
        if _Kind.TEXT in self._seen:
            return  # text holds everything
        types = set(map(type, cells))
        if bool in types:
            self._seen.add(_Kind.BOOLEAN)
        if float in types:
            self._seen.add(_Kind.FLOAT)
        if int in types:
            numbers = [cell for cell in cells if type(cell) is int]
            self._seen |= {_kind_of_integer(min(numbers)), _kind_of_integer(max(numbers))}
        if str in types:
            for cell in cells:
                if type(cell) is str:
                    self._seen.add(_kind_of_text(cell))
                    if _Kind.TEXT in self._seen:
                        return

    @property
    def type(self) -> ColumnType:
        """The type that holds all values so far; text where there were none, or of all sorts."""
        if self._seen:
            for one, holds in _HOLDS:
                if self._seen <= holds:
                    return one
        return ColumnType.TEXT


def typed(cells: Sequence[Cell], column: ColumnType) -> list[object]:
    """Values as a column of that type has them; None stays None.

    Text is what CSV has: ``true``, no NUL, and no half of a surrogate pair.

    Raises:
        ValueError, TypeError: a value that :class:`Learner` wasn't shown doesn't fit.
    """
    match column:
        case ColumnType.TEXT:
            return [None if cell is None else text_of(cell) for cell in cells]
        case ColumnType.DATE:
            return [None if cell is None else date.fromisoformat(str(cell)[:10]) for cell in cells]
        case ColumnType.INSTANT:
            return [None if cell is None else _instant(str(cell)) for cell in cells]
        case _:
            return list(cells)


def text_of(cell: Cell) -> str:
    """A value as CSV has it."""
    text = str(as_text(cell))
    if text.isascii():
        return text
    return text.encode(errors="replace").decode()  # half a surrogate pair is no UTF-8


def _kind_of_integer(number: int) -> _Kind:
    if abs(number) <= 2**53:
        return _Kind.SMALL
    return _Kind.LARGE if -(2**63) <= number < 2**63 else _Kind.TEXT


def _kind_of_text(text: str) -> _Kind:
    found = _ISO.fullmatch(text) if len(text) <= _LONGEST else None
    if found is None:
        return _Kind.TEXT
    time = found["time"]
    try:
        date.fromisoformat(text[:10])
        if time is not None:
            _instant(text)
    except (ValueError, OverflowError):  # 2016-02-30, or before the year 1 in UTC
        return _Kind.TEXT
    if time is None:
        return _Kind.DAY
    return _Kind.MIDNIGHT if _MIDNIGHT.fullmatch(time) else _Kind.INSTANT


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


__all__ = ["ColumnType", "Learner", "text_of", "typed"]
