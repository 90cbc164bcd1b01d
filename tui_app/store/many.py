"""One statement for many rows.

``executemany`` lets go of the interpreter's lock at each row and waits for it again. Beside an
event loop that is busy that costs more than the rows do.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import chain
from typing import Any, NamedTuple


class Many(NamedTuple):
    """A statement.

    Attributes:
        sql: with ``{rows}`` where the rows' marks go.
        row: the marks of one row.
    """

    sql: str
    row: str


def many(statement: Many, rows: Sequence[tuple[Any, ...]]) -> tuple[str, tuple[Any, ...]]:
    """The statement for so many rows, and its values: what ``execute`` takes."""
    return _written(statement, len(rows)), tuple(chain.from_iterable(rows))


@cache
def _written(statement: Many, count: int) -> str:
    return statement.sql.format(rows=", ".join([statement.row] * count))
