"""The parts of a report, its sentences, and the command that repeats the comparison.

All words are plain text; writers escape them.
"""

from __future__ import annotations

import platform
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

from tui_app.compare.comparison import Comparison
from tui_app.compare.statistics import sweeps_in_flight
from tui_app.export.meta_file import NOTICE
from tui_app.redlist import LIVE_BASE_URLS
from tui_app.redlist.citation import SITE, SYNTHETIC, TERMS, citation
from tui_app.redlist.rate_limit import kept_window, pace_in_words
from tui_app.redlist.text import counted, joined, timespan
from tui_app.settings import Settings, on_this_machine, public_name
from tui_app.settings.servers import is_red_list

from .figure import Figure


@dataclass(frozen=True, slots=True)
class Words:
    """A paragraph."""

    text: str
    link: str = ""  # part of the text, to be followed: this program's own, never a foreign address


@dataclass(frozen=True, slots=True)
class Points:
    """A list."""

    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Grid:
    """A table."""

    caption: str  # what it holds, with units
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]  # cells as they are shown
    right: str = ""  # a character a column, ``r`` for those aligned to the right
    heads: int = 1  # how many columns, from the left, say what a row is about
    marked: frozenset[tuple[int, int]] = frozenset()  # cells that stand out: row, column, from 0


@dataclass(frozen=True, slots=True)
class FigurePart:
    """A figure."""

    figure: Figure
    table: Grid | None = None  # the same in numbers; None where a table stands beside it


@dataclass(frozen=True, slots=True)
class Command:
    """A command line, to be copied."""

    line: str  # quoted as a shell takes it


Part = Words | Points | Grid | FigurePart | Command


@dataclass(frozen=True, slots=True)
class ReportSection:
    """A heading and its contents."""

    heading: str
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """A report."""

    title: str
    subtitle: str  # of what, from whom, when
    notices: tuple[str, ...]  # warnings, such as that it is incomplete
    headline: str  # the result in a sentence
    reasons: tuple[str, ...]  # its explanation
    sections: tuple[ReportSection, ...]


# -- sentences ---------------------------------------------------------------------------

NOTHING: Final = "–"
"""Shown in place of a missing figure."""

OF_WATERFALLS: Final = (
    "The run with the median time of each method, on one scale. A row is a request, from its first "
    "attempt to its end."
)


def title(outcome: Comparison) -> str:
    """The operations and the methods."""
    methods = joined(outcome.settings.get("methods") or ("nothing",))
    return f"Fetching {label(outcome.settings)}: {methods}"


def label(settings: Mapping[str, Any]) -> str:
    """The operations, or the first of many."""
    operations = settings.get("operations") or ["nothing"]
    if len(operations) > 3:
        operations = [*operations[:2], f"{len(operations) - 2} more"]
    return joined(operations)


def subtitle(outcome: Comparison) -> str:
    """Operations, server, settings and time: the line under a title."""
    said = outcome.settings
    facts = (
        label(said),
        server_in_words(said),
        f"up to {in_flight(said)} in flight",
        f"rate limit {pace_of(said)}",
        _minute(outcome.created_utc),
    )
    return " · ".join(filter(None, facts))


def in_flight(settings: Mapping[str, Any]) -> str:
    """How many requests are in flight at most: a number, or those that were compared."""
    return joined(settings.get("in_flight_counts") or [settings.get("concurrency", NOTHING)])


def server_in_words(settings: Mapping[str, Any]) -> str:
    """The server, without this machine's name; of a replay, the one that had the data."""
    demo = settings.get("source") == "demo"
    if replayed := settings.get("replay_of"):
        whose = "synthetic data" if demo else _host(str(settings.get("replayed_base_url", "")))
        fetched = str(settings.get("fetched_utc", ""))[:10]
        return f"a replay of run {replayed} ({whose}, fetched {fetched})"
    if demo:
        return f"the demo server (synthetic data, profile {settings.get('demo_profile')})"
    return _host(str(settings.get("base_url", "")))


def _host(base_url: str) -> str:
    if is_here(base_url):
        return "a server on this machine"
    return urlsplit(base_url).netloc or base_url


def is_here(base_url: str) -> bool:
    """Whether a server is on this machine, by whatever name."""
    host, own = (urlsplit(base_url).hostname or "").lower(), platform.node().lower()
    short = own.partition(".")[0]
    names = (own, short, f"{short}.{host.rpartition('.')[2]}")  # such as laptop.local
    return on_this_machine(base_url) or (short != "" and host in names)


def pace_of(settings: Mapping[str, Any]) -> str:
    """``off``, or how many requests a second, and in any so many seconds."""
    return pace_in_words(settings.get("rate"), kept_window(settings))


INCOMPLETE: Final = "Incomplete"
"""How a notice begins that runs or responses are missing."""


def notices(outcome: Comparison) -> Iterator[str]:
    """The warnings, which come first."""
    said = outcome.settings
    if said.get("source") == "demo":
        yield f"{NOTICE}."
    if said.get("replay_of"):
        yield (
            f"Replay of run {said['replay_of']}: this machine served its saved responses again, "
            "each with its measured latency. No request went to their server."
        )
    lists = (said.get("methods", ()), said.get("pages", ()))
    once = len(lists[0]) * len(lists[1]) * int(said.get("repeats") or 1)
    planned = int(said.get("planned") or once)
    done = len(outcome.runs)
    lost = sum(run.failed for run in outcome.runs)
    if done < planned:
        yield (
            f"{INCOMPLETE}: the comparison ended after {done} of {counted(planned, 'run')}; the "
            f"results below are of {'that run' if done == 1 else 'these runs'} only."
        )
    if lost:
        yield (
            f"{INCOMPLETE}: {counted(lost, 'request')} failed after all retries, so some runs lack "
            "pages."
        )
    if not outcome.complete and not lost and done == planned:
        yield f"{INCOMPLETE}: some requests of the warm-up runs failed."
    if outcome.note:
        yield outcome.note


def medians(outcome: Comparison) -> str:
    """The result without a baseline: the median of each method."""
    rows = outcome.rows_at(outcome.most_pages).values()
    took = joined(f"{timespan(row.median)} by {row.method}" for row in rows)
    return f"{outcome.where()} took {took}."


_TERMS_MEAN: Final = {
    "pace": "Pace: the requests at the rate limit.",
    "latency": "Latency: the responses in their order, that many in flight, without gaps, each "
    "page taking as long as it takes alone.",
    "link": "Link: the bytes at the bandwidth at which responses slowed each other down.",
    "cpu": "Processor: the CPU time that Python spent on them, one thread at a time.",
}


def columns_of_where(outcome: Comparison) -> Iterator[str]:
    """The meaning of the table's columns, with the terms that it has."""
    rows = outcome.rows_at(outcome.most_pages).values()
    terms = {name for row in rows for name in row.terms or {}}
    yield "Network: at least one request was on the network."
    yield "Pace wait: no request could be sent, because of the rate limit alone."
    if any(row.retry for row in rows):
        yield "Retries: only failed attempts were under way, or a retry waited."
    yield "Rest: none of these; mostly the overhead of the method."
    yield (
        "Over ideal: the median divided by the ideal, which is the lower bound on the time for the "
        "same responses: the longest of the following terms."
    )
    yield from (meaning for name, meaning in _TERMS_MEAN.items() if name in terms)


def how(outcome: Comparison) -> Iterator[str]:
    """How the times were measured."""
    said = outcome.settings
    each = "number in flight" if sweeps_in_flight(outcome.summary) else "page count"
    yield (
        "Each method fetched the same pages from the same server, "
        f"{_times(said.get('repeats'))} at each {each}."
    )
    yield (
        "The time runs from the queueing of the first request to the last page, on a monotonic "
        "clock. Pages are saved after the clock has stopped, so saving is not measured."
    )
    if said.get("shuffle"):
        yield f"The order was shuffled within each round (random seed {said.get('seed')})."
    elif said.get("shuffle") is False:
        yield "The order was as listed, not shuffled."
    warm = said.get("warmup")
    if warm:
        yield f"Each method first ran {_times(warm)} at the lowest page count, to warm up."
    elif warm == 0:
        yield "There were no warm-up runs."
    if said.get("same_answers"):
        yield "All runs received the same responses."
    elif said.get("same_answers") is False:
        yield "The runs did not all receive the same responses."
    if any(row.ci_low is not None for row in outcome.summary):
        yield (
            "95 %: bootstrap confidence interval of the median. A difference within the spread "
            "counts as none."
        )
    if said.get("screen") is not None:
        yield (
            f"The application's screen used {said['screen']:.1%} of a processor during the timed "
            "runs; this is not attributed to the methods."
        )


def data_terms(outcome: Comparison, version: str | None) -> tuple[Words, ...]:
    """The source of the data, and its terms."""
    said = outcome.settings
    if said.get("source") == "demo":
        return (Words(SYNTHETIC),)
    if not is_red_list(str(said.get("replayed_base_url") or said.get("base_url", ""))):
        return (Words(f"The data are from {server_in_words(said)}, not from the Red List itself."),)
    known = citation(version, said.get("fetched_utc") or outcome.created_utc)
    unknown = (
        f"The IUCN Red List of Threatened Species, {SITE}. The version is unknown; please cite the "
        "one that you used."
    )
    terms = f"Red List data must not be redistributed; this report has none. Terms of use: {TERMS}"
    return Words(known or unknown, SITE), Words(terms, TERMS)


def when(outcome: Comparison) -> str:
    """The start, in a sentence."""
    began = _minute(outcome.created_utc)
    return f"Started at {began}." if began else "The start is unknown."


def _times(number: Any) -> str:
    return {None: NOTHING, 1: "once", 2: "twice"}.get(number, f"{number} times")


def _minute(utc: str) -> str:
    """``2026-11-25 21:01 UTC``; nothing where it isn't known."""
    try:
        return f"{datetime.fromisoformat(utc):%Y-%m-%d %H:%M} UTC"
    except ValueError:
        return ""


# -- the command that repeats it ---------------------------------------------------------

_USUAL: Final = {public_name(one.name): one.default for one in fields(Settings)}


def command(settings: Mapping[str, Any]) -> str:
    """The command line, quoted for a POSIX shell, without a token.

    It has all options that a configuration may set, and others if they differ from the default.
    """
    said = settings.get
    words = ["iucn-tui", "compare"]
    if said("replay_of"):  # operations and server are those of the saved run
        words += ["--source", str(said("replay_of"))]
    else:
        words += [*map(str, said("operations") or ()), *_server_options(settings)]
    words += ["--methods", ",".join(map(str, said("methods") or ()))]
    words += ["--pages", ",".join(map(str, said("pages") or ()))]
    rate = said("rate")
    flying = said("in_flight_counts") or [said("concurrency")]
    words += ["--concurrency", ",".join(map(str, flying))]
    words += ["--rate", "off" if rate is None else _number(rate)]
    words += ["--window", said("window") or "off"]
    for name in ("retries", "timeout", "connect_timeout"):
        value = said(name)
        if value is not None and value != _USUAL[name]:
            words += [f"--{name.replace('_', '-')}", _number(value)]
    words += ["--repeats", str(said("repeats")), "--warmup", str(said("warmup"))]
    words += ["--shuffle" if said("shuffle") else "--no-shuffle", "--seed", str(said("seed"))]
    return shlex.join(words)


def _server_options(settings: Mapping[str, Any]) -> list[str]:
    api = settings.get("api")
    words = [] if api == _USUAL["api"] else ["--api", str(api)]
    if settings.get("source") == "demo":
        return [*words, "--source", "demo", "--demo-profile", str(settings.get("demo_profile"))]
    base_url = str(settings.get("base_url"))
    if is_here(base_url) and not on_this_machine(base_url):  # by the machine's own name
        parts = urlsplit(base_url)
        port = f":{parts.port}" if parts.port else ""
        base_url = urlunsplit(parts._replace(netloc=f"localhost{port}"))
    if base_url not in LIVE_BASE_URLS.values():
        words += ["--base-url", base_url]
    return [*words, "--source", "live", "--live"]


def _number(value: float) -> str:
    return str(value).removesuffix(".0")
