"""The critical path of a run: the requests that, one after another, made it as long as it was.

Read backwards from the request that ended last. Each could start because something let it: the
pace, then the request that started before it; or a place that became free, then the one that
ended just before. A shorter request beside the path would have saved nothing.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING, Final

from ..requestrow import Phase

if TYPE_CHECKING:
    from ..requestrow import RequestRow

EVERY_S: Final = 1.0
"""While a run goes on its path is found anew after so many seconds."""

MANY: Final = 5_000
"""Of more requests than these it is found when the run has ended."""

HANDED_OVER_S: Final = 0.05
"""A place that became free no longer ago than this was what a request waited for."""


class Path:
    """The critical paths of the runs that are shown, found anew now and then."""

    __slots__ = ("_found",)

    def __init__(self) -> None:
        self._found: dict[str, tuple[float, int, frozenset[int]]] = {}

    def has(self, row: RequestRow, now: float) -> bool:
        """Whether a request is on the critical path of its run, as far as it has got."""
        run = row.owner
        at, done, path = self._found.get(run.run, (float("-inf"), -1, frozenset()))
        over = run.ended is not None
        wait_s = EVERY_S if len(run.rows) <= MANY else float("inf")
        if done != run.done and (over or now - at >= wait_s):
            path = critical_path(run.rows)
            self._found[run.run] = now, run.done, path
        return row.number in path


def critical_path(rows: list[RequestRow]) -> frozenset[int]:
    """Numbers of the requests on it; of those that have ended."""
    by_number = {row.number: row for row in rows if row.ended is not None}
    started = sorted(
        (began, row.number) for row in by_number.values() if (began := _start(row)) is not None
    )
    if not started:
        return frozenset()
    begins = {number: began for began, number in started}
    ended = sorted((by_number[number].ended or 0.0, number) for number in begins)
    ends, starts = [at for at, _ in ended], [at for at, _ in started]
    path: set[int] = set()
    number: int | None = ended[-1][1]
    while number is not None and number not in path:
        path.add(number)
        began = begins[number]
        if _was_paced(by_number[number]):
            place = bisect_left(starts, began) - 1
            number = started[place][1] if place >= 0 else None
        else:
            place = bisect_right(ends, began) - 1
            free = place >= 0 and began - ends[place] <= HANDED_OVER_S
            number = ended[place][1] if free else None
    return frozenset(path)


def _start(row: RequestRow) -> float | None:
    """When its first attempt went out; None where none did."""
    return next((at for phase, at in row.steps if phase >= Phase.CONNECTING), None)


def _was_paced(row: RequestRow) -> bool:
    for phase, _ in row.steps:
        if phase is Phase.PACED:
            return True
        if phase >= Phase.CONNECTING:
            return False
    return False
