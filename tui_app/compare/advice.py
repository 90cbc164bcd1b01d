"""Advice on method and concurrency, in a sentence or two, based on a forecast."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from typing import Final

from .forecast import ForecastRow, Limit, duration

ABOUT_THE_SAME: Final = 1.05
"""Times within this ratio count as equal."""

SEVERAL: Final = 2
"""With fewer requests, all settings take as long."""

ONE_AT_A_TIME: Final = "sequential"

_WAIT_FOR: Final = {
    Limit.PACE: "wait for the rate limit",
    Limit.LINK: "only share the link",
    Limit.COMPUTER: "wait for this computer",
}


def advise(
    rows: Sequence[ForecastRow],
    method: str,
    concurrency: int,
    row_of: Callable[[str, int], ForecastRow],
) -> tuple[str, ...]:
    """The advice on a forecast's rows; ``row_of`` draws runs with any number in flight."""
    if max((row.requests for row in rows), default=0) < SEVERAL:
        return ()
    if rows[0].halted:
        return ("So many requests fail that a run would stop early.",)
    best = min(row.seconds for row in rows)
    fit = [row for row in rows if row.seconds <= best * ABOUT_THE_SAME]
    chosen = method if any(row.method == method for row in fit) else fit[0].method
    mine = [row for row in rows if row.method == chosen]
    said = [] if chosen == ONE_AT_A_TIME else [_flight(mine, concurrency, row_of)]
    said.append(_methods(rows, method, concurrency))
    return tuple(filter(None, said))


def _flight(
    mine: Sequence[ForecastRow], concurrency: int, row_of: Callable[[str, int], ForecastRow]
) -> str:
    """Advice on the concurrency of one method."""
    most = mine[-1]
    best = min(row.seconds for row in mine)
    enough = _least(mine, best, row_of)
    own = next((row for row in mine if row.concurrency == concurrency), most)
    if own.seconds > best * ABOUT_THE_SAME:
        would = next(row for row in mine if row.concurrency >= enough)
        return (
            f"{would.concurrency} in flight would take {duration(would.seconds)} instead of "
            f"{duration(own.seconds)}."
        )
    if enough == most.concurrency:
        return f"{concurrency} in flight is right: fewer would take longer."
    why = _WAIT_FOR.get(most.limit)
    if most.limit is Limit.LINK:
        return f"The link is full with {enough} in flight: more only share it."
    if why is None:
        return f"{enough} in flight is enough: more would be idle."
    if enough == concurrency:
        return f"{concurrency} in flight is enough: more {why}."
    return f"{concurrency} in flight is enough: more than {enough} {why}."


def _least(
    mine: Sequence[ForecastRow], best: float, row_of: Callable[[str, int], ForecastRow]
) -> int:
    """The lowest concurrency that takes about as long as the best, also between the rows."""
    enough = next(row for row in mine if row.seconds <= best * ABOUT_THE_SAME)
    low = max((row.concurrency for row in mine if row.concurrency < enough.concurrency), default=0)
    between = range(low + 1, enough.concurrency)

    def is_enough(count: int) -> bool:
        return row_of(enough.method, count).seconds <= best * ABOUT_THE_SAME

    return low + 1 + bisect_left(between, True, key=is_enough)


def _methods(rows: Sequence[ForecastRow], method: str, concurrency: int) -> str:
    """Advice on the method, at the concurrency that is set."""
    at = {
        row.method: row
        for row in rows
        if row.concurrency == concurrency or row.method == ONE_AT_A_TIME
    }
    alone = at.get(ONE_AT_A_TIME)
    fastest = min(at.values(), key=lambda row: row.seconds)
    if len(at) > 1 and all(row.seconds <= fastest.seconds * ABOUT_THE_SAME for row in at.values()):
        why = _WAIT_FOR.get(fastest.limit)
        return f"The method makes no difference here{f': all {why}' if why else ''}."
    idle = [
        row.method
        for row in at.values()
        if alone is not None
        and row is not alone
        and row.limit is Limit.COMPUTER
        and row.seconds * ABOUT_THE_SAME >= alone.seconds
    ]
    if idle:
        gain = "gains" if idle == ["asyncio"] else "gain"
        return (
            f"{' and '.join(idle)} {gain} nothing here: responses arrive faster than Python can "
            "process them."
        )
    own = at.get(method)
    if own is not None and own.seconds > fastest.seconds * ABOUT_THE_SAME:
        times = own.seconds / fastest.seconds
        return f"{fastest.method} is {times:.1f}× faster than {method}."
    return ""
