"""What came out of a comparison and why, in sentences that follow from the figures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations
from math import ceil
from statistics import median
from typing import Any, Final

from tui_app.redlist.rate_limit import kept_window, pace_in_words
from tui_app.redlist.text import counted, joined
from tui_app.redlist.text import timespan as _s

from .comparison import Comparison
from .ideal import CPU, LATENCY, LINK, PACE
from .statistics import BASELINE, CLEARLY, FASTER, SLOWER, SummaryRow, sweeps_in_flight

WORTH_TELLING: Final = 1.02
"""What a method takes beyond the ideal is told from here on."""


NEARLY: Final = 0.9
"""What takes no longer than so much of another is nearly as good."""


def comparison_sentence(outcome: Comparison) -> str:
    """The outcome at the largest page count; nothing without a baseline to hold it against."""
    rows = outcome.rows_at(outcome.most_pages)
    if BASELINE not in rows or len(rows) < 2:
        return ""
    pages, best = outcome.where(), outcome.fastest()
    fastest = [row for row in best if row.difference == FASTER]
    if not fastest or any(row.method == BASELINE for row in best):
        return f"At {pages} no method was clearly faster than sequential."
    who = f"{_who(fastest)} {'were' if len(fastest) > 1 else 'was'}"
    times, flying = min(row.speedup or 0 for row in fastest), outcome.settings.get("concurrency")
    if sweeps_in_flight(outcome.summary):
        flying = fastest[0].in_flight
    paced = outcome.settings.get("rate") or outcome.settings.get("window")
    # More could be had where it is waiting that limits, and not the computer.
    waits = all(
        row.ideal >= NEARLY * row.median and row.limit in ("", "latency") for row in fastest
    )
    more = ""
    if flying and not paced and waits and times < NEARLY * flying:
        more = f"; with many pages, {flying} in flight could reach {flying}×"
    return f"At {pages} {who} {times:.1f} times as fast as sequential{more}."


def explain(outcome: Comparison) -> list[str]:
    """What limited each method at the largest page count, and what that means.

    The most important sentence is the first; there is none where nothing was timed.
    """
    rows = list(outcome.rows_at(outcome.most_pages).values())
    said = _knees(outcome)
    for limit, tell in ((PACE, _pace), (LATENCY, _latency), (LINK, _link), (CPU, _cpu)):
        limited = [row for row in rows if row.limit == limit]
        said += tell(outcome, limited, rows) if limited else []
    return [*said, *_alike(outcome, rows), *_own(rows)]


def comparison_json(outcome: Comparison) -> dict[str, Any]:
    """A comparison as ``compare --json`` prints it: with the explanation."""
    return {**outcome.to_json(), "why": explain(outcome)}


# -- more requests in flight ---------------------------------------------------------------


def _knees(outcome: Comparison) -> list[str]:
    """From how many requests in flight on nothing is gained, for each method that was swept."""
    found: dict[str, list[SummaryRow]] = {}
    for method in outcome.rows_at(outcome.most_pages):
        rows = [
            row
            for row in outcome.summary
            if (row.method, row.pages) == (method, outcome.most_pages)
        ]
        if len(rows) > 1:
            found.setdefault(_knee(outcome, rows), []).append(rows[0])
    return [f"{_start(alike)}: {said}" for said, alike in found.items()]


def _knee(outcome: Comparison, rows: Rows) -> str:
    best, last = min(rows, key=lambda row: row.median), rows[-1]
    limit_s = CLEARLY * best.median
    knee = next(row for row in rows if row.median <= limit_s or outcome.alike(row, best))
    if knee is last:
        more = "more were not timed and may be faster still"
        if last.in_flight >= last.pages:
            more = f"{counted(last.pages, 'page')} can use no more"
        return f"{last.in_flight} in flight were faster than {rows[-2].in_flight}; {more}."
    beyond = rows[rows.index(knee) + 1]
    reason = {
        PACE: "the rate limit sets the time",
        LINK: "the link sets the time",
        CPU: "this computer sets the time",
    }.get(beyond.limit, "")
    if beyond.limit == LATENCY and knee.in_flight >= knee.pages:
        reason = f"{counted(knee.pages, 'page')} can use no more"
    elif beyond.limit == LATENCY and _rounds(knee) == _rounds(last):
        turns = counted(_rounds(knee), "turn")
        reason = f"{counted(knee.pages, 'page')} take {turns} either way"
    said = f"beyond {knee.in_flight} in flight nothing is gained" + f": {reason}" * bool(reason)
    if last.median > CLEARLY * knee.median and not outcome.alike(last, knee):
        said += f"; {last.in_flight} took {last.median / knee.median - 1:.0%} longer"
    return f"{said}."


def _rounds(row: SummaryRow) -> int:
    return ceil(row.pages / row.in_flight)


# -- what can set the time -----------------------------------------------------------------

Rows = Sequence[SummaryRow]


def _pace(outcome: Comparison, limited: Rows, rows: Rows) -> list[str]:
    first = limited[0]
    waits = _each(limited, lambda row: _s(row.pace_wait))
    pace = pace_in_words(outcome.settings.get("rate"), kept_window(outcome.settings))
    said = [
        f"The pace sets the time of {_who(limited)}: at {pace}, "
        f"{counted(first.pages, 'page')} take {_s(_term(first, PACE))} at least, however many are "
        f"in flight. {waits} went by in waiting for it."
    ]
    if len(limited) == len(rows) > 1:
        said.append("So the methods can't differ, and more in flight would change nothing.")
    return said


def _latency(outcome: Comparison, limited: Rows, rows: Rows) -> list[str]:
    said = [
        f"{_name(row)} waits for each answer in turn: {counted(row.pages, 'page')} of about "
        f"{_s(_term(row, LATENCY) / row.pages)} each make {_s(_term(row, LATENCY))}."
        for row in limited
        if row.in_flight == 1
    ]
    several = [row for row in limited if row.in_flight > 1]
    if several:
        row = several[0]
        at_once, rounds = min(row.in_flight, row.pages), _rounds(row)
        verb = "wait" if len(several) > 1 else "waits"
        if at_once == 1:
            said.append(f"{_start(several)} {verb} for the one answer there is: nothing to gain.")
        else:
            turns = "one turn" if rounds == 1 else f"{rounds} turns"
            answers = counted(at_once, "answer")
            said.append(
                f"{_start(several)} {verb} for {answers} at once: {turns} in place of "
                f"{row.pages}, {_s(_term(row, LATENCY))} at least. Meanwhile Python has nothing to "
                "do, so it matters little whether a thread waits or a task."
            )
    return said


def _link(outcome: Comparison, limited: Rows, rows: Rows) -> list[str]:
    row = limited[-1]
    runs = outcome.runs_of(row)
    took_s = median((run.latency_ms.p50 or 0.0) / 1000 for run in runs)
    alone_s = _term(row, LATENCY) / _rounds(row)
    size, link_s = median(run.bytes for run in runs), _term(row, LINK)
    return [
        f"The link sets the time of {_who(limited)}: answers slow each other down; one "
        f"took {_s(took_s)} beside others and takes {_s(alone_s)} alone. {_size(size)} at "
        f"{_size(size / link_s)} a second take {_s(link_s)}, however many are in flight and by "
        "whatever method."
    ]


def _cpu(outcome: Comparison, limited: Rows, rows: Rows) -> list[str]:
    costs = _each(limited, lambda row: _s(row.cpu_ms / 1000))
    said = [
        f"This computer sets the time of {_who(limited)}: answers come faster than Python "
        f"takes them. A request costs the processor {costs}."
    ]
    base = next((row for row in rows if row.method == BASELINE), None)
    by_name = {row.method: row for row in limited}
    threads, tasks = by_name.get("threads"), by_name.get("asyncio")
    if threads is not None and base is not None:
        said.append(_of_threads(threads, base))
    if tasks is not None and base is not None and tasks.difference == FASTER:
        said.append(_of_tasks(tasks, base))
    return said


def _of_threads(threads: SummaryRow, base: SummaryRow) -> str:
    many = f"{threads.in_flight} threads"
    lock = "Python runs one thread at a time (its global lock, the GIL)"
    if threads.difference == SLOWER:
        longer = threads.median / base.median - 1
        return (
            f"{many} took {longer:.0%} longer than sequential: the work is Python's. {lock}, so "
            "they can't share it, and changing from one to another costs more."
        )
    if threads.difference == FASTER:
        return (
            f"{many} were {base.median / threads.median:.2f} times as fast as sequential: while "
            f"one sends or receives, another does Python's work. {lock}, so that work itself takes "
            "as long as before."
        )
    return (
        f"{many} were no faster than sequential: the work is Python's. {lock}, so they can't "
        "share it."
    )


def _of_tasks(tasks: SummaryRow, base: SummaryRow) -> str:
    times = base.median / tasks.median
    cost = tasks.cpu_ms / base.cpu_ms if base.cpu_ms else 1.0
    said = (
        f"asyncio was {times:.2f} times as fast as sequential. A request costs it {cost:.0%} of "
        "the processor time"
    )
    # Where its cost explains most of the gain; else answers arrive while others are handled.
    if cost < NEARLY and 1 / max(cost, 0.01) >= NEARLY * times:
        return f"{said}: it is faster because it does less."
    return f"{said}: it is faster because answers arrive while it handles others."


# -- what is left -------------------------------------------------------------------------


def _alike(outcome: Comparison, rows: Rows) -> list[str]:
    others = [row for row in rows if row.method != BASELINE]
    pairs = [_who(pair) for pair in combinations(others, 2) if outcome.alike(*pair)]
    if not pairs:
        return []
    words = "; ".join(pairs)
    n = min(row.n for row in rows)
    spread = f"the spread of {counted(n, 'run')}" if n > 1 else "one run could show"
    return [f"No difference beyond {spread}: {words}."]


def _own(rows: Rows) -> list[str]:
    waiting = [row for row in rows if row.limit != CPU and row.over_ideal >= WORTH_TELLING]
    if not waiting:
        return []
    beyond = _each(waiting, lambda row: f"{row.over_ideal - 1:.0%}")
    return [f"Time over the ideal: {beyond}. This is the overhead of the methods themselves."]


# -- words --------------------------------------------------------------------------------


def _term(row: SummaryRow, name: str) -> float:
    return (row.terms or {}).get(name, row.ideal)


def _who(rows: Rows) -> str:
    return joined(row.method for row in rows)


def _start(rows: Rows) -> str:
    who = _who(rows)
    return who[:1].upper() + who[1:]


def _name(row: SummaryRow) -> str:
    return "Sequential" if row.method == BASELINE else row.method.capitalize()


def _each(rows: Rows, figure: Callable[[SummaryRow], str]) -> str:
    return ", ".join(f"{figure(row)} by {row.method}" for row in rows)


def _size(size_bytes: float) -> str:
    for unit, size in (("bytes", 1), ("kB", 1000)):
        if size_bytes < 999.5 * size:
            return f"{size_bytes / size:.3g} {unit}"
    return f"{size_bytes / 1e6:.3g} MB"
