"""The result of a comparison and its explanation, in sentences computed from the figures."""

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
from .statistics import BASELINE, CLEARLY, FASTER, NONE, SLOWER, SummaryRow, sweeps_in_flight

WORTH_TELLING: Final = 1.02
"""From this ratio on, time over the ideal is mentioned."""


NEARLY: Final = 0.9
"""From this share on, one figure counts as nearly the other."""


def comparison_sentence(outcome: Comparison) -> str:
    """The result at the largest page count; empty without a baseline to compare with."""
    rows = outcome.rows_at(outcome.most_pages)
    if BASELINE not in rows or len(rows) < 2:
        return ""
    pages, best = outcome.where(), outcome.fastest()
    fastest = [row for row in best if row.difference == FASTER]
    if not fastest or any(row.method == BASELINE for row in best):
        return f"At {pages}, no method was clearly faster than sequential."
    who = _who(fastest)
    who += " were" if len(fastest) > 1 or who == "threads" else " was"
    times, flying = min(row.speedup or 0 for row in fastest), outcome.settings.get("concurrency")
    digits = 2 if times < 1.1 else 1  # 1.0× faster says nothing
    figures = {f"{row.speedup or 0:.{digits}f}" for row in fastest}
    figure = "at least " * (len(figures) > 1) + f"{times:.{digits}f}"
    if sweeps_in_flight(outcome.summary):
        flying = fastest[0].in_flight
    paced = outcome.settings.get("rate") or outcome.settings.get("window")
    # More is possible if latency is the limit, and not the computer.
    waits = all(
        row.ideal >= NEARLY * row.median and row.limit in ("", "latency") for row in fastest
    )
    more = ""
    if flying and not paced and waits and times < NEARLY * flying:
        more = f"; with many pages, {flying} in flight could reach {flying}×"
    return f"At {pages}, {who} {figure}× faster than sequential{more}."


def explain(outcome: Comparison) -> list[str]:
    """Why the methods took their times at the largest page count.

    The most important sentence is the first; the list is empty if no run was timed.
    """
    rows = list(outcome.rows_at(outcome.most_pages).values())
    said = _retries(rows) + _knees(outcome)
    for limit, tell in ((PACE, _pace), (LATENCY, _latency), (LINK, _link), (CPU, _cpu)):
        limited = [row for row in rows if row.limit == limit and not row.set_by_retries]
        said += tell(outcome, limited, rows) if limited else []
    said += _bare(outcome)
    return [*said, *_alike(outcome, rows), *_own(rows), *_work(rows)]


def comparison_json(outcome: Comparison) -> dict[str, Any]:
    """A comparison as ``compare --json`` prints it, with the explanation."""
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
    return [said.format(who=_who(alike)) for said, alike in found.items()]


def _knee(outcome: Comparison, rows: Rows) -> str:
    best, last = min(rows, key=lambda row: row.median), rows[-1]
    limit_s = CLEARLY * best.median
    knee = next(row for row in rows if row.median <= limit_s or outcome.alike(row, best))
    if knee is last:
        more = "; more were not timed and may be faster still"
        most = ""
        if last.in_flight > last.pages:
            most, more = f" ({last.pages} at most, with {counted(last.pages, 'page')})", ""
        elif last.in_flight == last.pages:
            more = f"; {_enough(last)}"
        return (
            f"By {{who}}, {last.in_flight} in flight{most} were faster than "
            f"{rows[-2].in_flight}{more}."
        )
    beyond = rows[rows.index(knee) + 1]
    reason = {
        PACE: "the rate limit sets the time",
        LINK: "the link sets the time",
        CPU: "this computer sets the time",
    }.get(beyond.limit, "")
    if beyond.limit == LATENCY and knee.in_flight >= knee.pages:
        reason = _enough(knee)
    elif beyond.limit == LATENCY and _rounds(knee) == _rounds(last):
        turns = counted(_rounds(knee), "turn")
        reason = f"{counted(knee.pages, 'page')} take {turns} either way"
    gained = "no gain is shown"
    if knee.median <= limit_s:
        gain = f"{knee.median / best.median - 1:.0%}"
        gained = "nothing is gained" if gain == "0%" else f"only {gain} is gained"
    said = f"Beyond {knee.in_flight} in flight {gained} by {{who}}"
    said += f": {reason}" * bool(reason)
    if last.median > CLEARLY * knee.median and not outcome.alike(last, knee):
        longer = last.median / knee.median - 1
        said += f"; {last.in_flight} took {longer:.0%} longer than {knee.in_flight}"
    return f"{said}."


def _enough(row: SummaryRow) -> str:
    return f"{counted(row.pages, 'page')} can't have more than {row.pages} in flight"


def _rounds(row: SummaryRow) -> int:
    return ceil(row.pages / row.in_flight)


def _retries(rows: Rows) -> list[str]:
    """What failed attempts took, where that is most of the time."""
    limited = [row for row in rows if row.set_by_retries]
    if not limited:
        return []
    took = ", ".join(f"{_s(row.retry)} of {_s(row.median)} by {row.method}" for row in limited)
    return [f"Failed attempts and the waits for their retries set the time: {took}."]


# -- the limits of the time -----------------------------------------------------------------

Rows = Sequence[SummaryRow]


def _pace(outcome: Comparison, limited: Rows, rows: Rows) -> list[str]:
    first = limited[0]
    waits = _each(limited, lambda row: _s(row.pace_wait))
    least_s = min(row.ideal for row in limited)
    pace = pace_in_words(outcome.settings.get("rate"), kept_window(outcome.settings))
    said = [
        f"The rate limit sets the time of {_who(limited)}: at {pace}, "
        f"{_take(first)} at least {_s(least_s)}, with any number "
        f"in flight. Time waiting for it: {waits}."
    ]
    if len(limited) == len(rows) > 1 and _near(rows):
        said.append("So the methods can't differ, and more in flight would not help.")
    return said


def _latency(outcome: Comparison, limited: Rows, rows: Rows) -> list[str]:
    said = [
        f"{_name(row)} waits for each response in turn: {_take(row)} at least "
        f"{_s(_term(row, LATENCY))}, {_s(_term(row, LATENCY) / row.pages)} each on average."
        for row in limited
        if row.in_flight == 1
    ]
    several = [row for row in limited if row.in_flight > 1]
    if several:
        row = several[0]
        at_once = min(row.in_flight, row.pages)
        verb = "wait" if len(several) > 1 else "waits"
        if at_once == 1:
            said.append(
                f"{_start(several)} {verb} for a single response: concurrency gains nothing."
            )
        else:
            equal = len(several) > 1 and _near(several)
            said.append(
                f"{_start(several)} {verb} for up to {at_once} responses at the same time: "
                f"{_take(row)} at least {_s(_term(row, LATENCY))}."
                + f" Python is idle meanwhile, so {_who(several)} take about the same time."
                * equal
            )
    return said


def _link(outcome: Comparison, limited: Rows, rows: Rows) -> list[str]:
    limited = [row for row in limited if row.in_flight > 1]  # else none is alongside others
    if not limited:
        return []
    row = limited[-1]
    runs = outcome.runs_of(row)
    took_s = median((run.latency_ms.p50 or 0.0) / 1000 for run in runs)
    alone_s = _term(row, LATENCY) / _rounds(row)
    size, link_s = median(run.bytes for run in runs), _term(row, LINK)
    return [
        f"The link sets the time of {_who(limited)}: responses slow each other down; one takes "
        f"{_s(alone_s)} alone and {_s(took_s)} alongside others (median). {_size(size)} at "
        f"{_size(size / link_s)} per second take about {_s(link_s)}, by any method and with any "
        "number in flight."
    ]


def _cpu(outcome: Comparison, limited: Rows, rows: Rows) -> list[str]:
    costs = _each(limited, lambda row: _s(row.cpu_ms / 1000))
    said = [
        f"This computer sets the time of {_who(limited)}: Python's work on the requests takes "
        f"most of it. CPU time per request: {costs}."
    ]
    base = next((row for row in rows if row.method == BASELINE), None)
    by_name = {row.method: row for row in limited}
    threads, tasks = by_name.get("threads"), by_name.get("asyncio")
    if threads is not None and base is not None:
        said.append(_of_threads(threads, base, free=outcome.free_threaded))
    if tasks is not None and base is not None and tasks.difference == FASTER:
        alone = [row for row in outcome.summary if (row.method, row.in_flight) == (tasks.method, 1)]
        overlap = not alone or alone[-1].median > CLEARLY * tasks.median
        said.append(_of_tasks(tasks, base, overlap=overlap))
    return said


_LOCK: Final = "Python runs one thread at a time (the global interpreter lock, GIL)"
_LOCKED: Final = {
    SLOWER: f": most of the work is Python code. {_LOCK}, so they can't share it, and switching "
    "between them adds to it.",
    FASTER: f": while one sends or receives, another runs Python code. {_LOCK}, so that code "
    "itself takes as long as before.",
    NONE: f": most of the work is Python code. {_LOCK}, so they can't share it.",
}
_FREE: Final = ". This Python runs threads at the same time (free-threaded build, GIL off)"
_UNLOCKED: Final = {
    SLOWER: f"{_FREE}, but what they share costs more than that gains.",
    FASTER: f"{_FREE}.",
    NONE: f"{_FREE}, but that gains nothing here.",
}
"""Why threads were slower, faster or neither, with the interpreter's lock and without it."""


def _of_threads(threads: SummaryRow, base: SummaryRow, *, free: bool) -> str:
    found = "were no faster than sequential"
    if threads.difference == SLOWER:
        found = f"took {threads.median / base.median - 1:.0%} longer than sequential"
    elif threads.difference == FASTER:
        found = f"were {base.median / threads.median:.2f}× faster than sequential"
    reasons = _UNLOCKED if free else _LOCKED
    why = reasons.get(threads.difference, reasons[NONE])  # old comparisons have none
    return f"{threads.in_flight} threads {found}{why}"


def _of_tasks(tasks: SummaryRow, base: SummaryRow, *, overlap: bool) -> str:
    """``overlap``: as far as is known, it gains from more than one request in flight."""
    times = base.median / tasks.median
    cost = tasks.cpu_ms / base.cpu_ms if base.cpu_ms else 1.0
    said = f"asyncio needs {cost:.0%} of sequential's CPU time per request"
    reasons = []
    if cost < NEARLY:
        reasons.append("aiohttp does less work than requests")
    # Unless its cost explains most of the gain.
    if overlap and 1 / max(cost, 0.01) < NEARLY * times:
        reasons.append("responses arrive while it processes others")
    return f"{said}{': it is faster because ' * bool(reasons)}{' and '.join(reasons)}."


# -- differences -------------------------------------------------------------------------


def _alike(outcome: Comparison, rows: Rows) -> list[str]:
    others = [row for row in rows if row.method != BASELINE]
    pairs = [pair for pair in combinations(others, 2) if outcome.alike(*pair)]
    if not pairs:
        return []
    n = min(row.n for row in rows)
    if n == 1:
        words = ", or ".join(f"{one.method} from {other.method}" for one, other in pairs)
        return [f"One run each can't separate {words}."]
    said = []
    for one, other in pairs:
        low, high = sorted((one, other), key=lambda row: row.median)
        if high.min > low.max:
            most = ceil(100 * (high.median / low.median - 1))
            apart = f"{_who((one, other))} differ by less than {most}%"
        else:
            apart = f"the spread shows no difference between {_who((one, other))}"
        said.append(f"At {outcome.where()}, {apart}.")
    return said


def _own(rows: Rows) -> list[str]:
    retried = [row for row in rows if row.retry >= (WORTH_TELLING - 1) * row.median > 0]
    beyond = [
        row
        for row in rows
        if row.limit != CPU and row.over_ideal >= WORTH_TELLING and row not in retried
    ]
    said = []
    if few := [row for row in retried if not row.set_by_retries]:
        took = _each(few, lambda row: _s(row.retry))
        said.append(f"Failed attempts and the waits for their retries took {took}.")
    if beyond:
        over = _each(beyond, lambda row: f"{_s(row.median - row.ideal)} ({row.over_ideal - 1:.0%})")
        own = _each(beyond, lambda row: _s(row.own))
        said.append(f"Time over the ideal: {over}. Outside network and waits: {own}.")
    return said


def _bare(outcome: Comparison) -> list[str]:
    """The speed-ups of the same loops without this program, if they were timed."""
    bare = outcome.settings.get("written_bare") or {}
    seconds: dict[str, float] = dict(bare.get("seconds") or {})
    base = seconds.pop(BASELINE, 0.0)
    if not base or not seconds:
        return []
    gains = joined(f"{base / took:.1f}× by {method}" for method, took in seconds.items() if took)
    return [f"Written bare, without this program, the speed-up over sequential is {gains}."]


def _work(rows: Rows) -> list[str]:
    """What this program adds to the libraries, in milliseconds of the processor a page."""
    known = [row for row in rows if row.work_ms > 0]
    if not known:  # a comparison that was made before this was measured
        return []
    figures = [f"{row.work_ms:.2f} ms a page" for row in known]
    alike = len(set(figures)) == 1
    each = [f"{figure} by {row.method}" for figure, row in zip(figures, known, strict=True)]
    words = figures[0] if alike else ", ".join(each)
    what = "CPU time for pace, checks, decoding and events"
    return [f"This program's own work ({what}): {words}."]


# -- words --------------------------------------------------------------------------------


def _take(row: SummaryRow) -> str:
    return f"{counted(row.pages, 'page')} take{'s' if row.pages == 1 else ''}"


def _term(row: SummaryRow, name: str) -> float:
    return (row.terms or {}).get(name, row.ideal)


def _near(rows: Rows) -> bool:
    """Whether these took about the same time."""
    return max(row.median for row in rows) <= CLEARLY * min(row.median for row in rows)


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
