"""What a report is made of, what it says in sentences, and the command that repeats it.

All words are plain text: a writer makes them safe.
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
    """A heading, and what stands under it."""

    heading: str
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """A report."""

    title: str
    subtitle: str  # of what, from whom, when
    notices: tuple[str, ...]  # what has to be known first: that it is incomplete, for one
    headline: str  # the outcome in a sentence
    reasons: tuple[str, ...]  # why it came out like that
    sections: tuple[ReportSection, ...]


# -- sentences ---------------------------------------------------------------------------

NOTHING: Final = "–"
"""Stands where there is no figure."""

OF_WATERFALLS: Final = (
    "Of each method the run that took the median time. A row is a request, from its first attempt "
    "to its end; all stand on one scale."
)


def title(outcome: Comparison) -> str:
    """What was fetched, by what."""
    methods = joined(outcome.settings.get("methods") or ("nothing",))
    return f"Fetching {label(outcome.settings)}: {methods}"


def label(settings: Mapping[str, Any]) -> str:
    """The operations; of many the first ones."""
    operations = settings.get("operations") or ["nothing"]
    if len(operations) > 3:
        operations = [*operations[:2], f"{len(operations) - 2} more"]
    return joined(operations)


def subtitle(outcome: Comparison) -> str:
    """Of whom, how, and when: the line under a title."""
    said = outcome.settings
    facts = (
        label(said),
        server_in_words(said),
        f"{in_flight(said)} in flight at most",
        f"pace {pace_of(said)}",
        _minute(outcome.created_utc),
    )
    return " · ".join(filter(None, facts))


def in_flight(settings: Mapping[str, Any]) -> str:
    """How many requests are in flight at most: a number, or those that were compared."""
    return joined(settings.get("in_flight_counts") or [settings.get("concurrency", NOTHING)])


def server_in_words(settings: Mapping[str, Any]) -> str:
    """Who was asked, without telling this machine's name."""
    if settings.get("source") == "demo":
        return f"the demo server (invented data, profile {settings.get('demo_profile')})"
    base_url = str(settings.get("base_url", ""))
    if is_here(base_url):
        return "a server on the same machine"
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


def notices(outcome: Comparison) -> Iterator[str]:
    """What has to be known before anything else."""
    said = outcome.settings
    if said.get("source") == "demo":
        yield f"{NOTICE}."
    lists = (said.get("methods", ()), said.get("pages", ()))
    once = len(lists[0]) * len(lists[1]) * int(said.get("repeats") or 1)
    planned = int(said.get("planned") or once)
    done = len(outcome.runs)
    lost = sum(run.failed for run in outcome.runs)
    if done < planned:
        were = "was" if done == 1 else "were"
        yield (
            f"Incomplete: {done} of {counted(planned, 'run')} {were} timed before it ended; all "
            "that follows is of these alone."
        )
    if lost:
        yield (
            f"Incomplete: {counted(lost, 'request')} failed for good; the runs that lost "
            f"{'it' if lost == 1 else 'them'} have fewer pages than they should."
        )
    if not outcome.complete and not lost and done == planned:
        yield "Incomplete: some requests of the warm-ups failed."
    if outcome.note:
        yield outcome.note


def medians(outcome: Comparison) -> str:
    """The outcome where nothing was held against one at a time: what each took."""
    rows = outcome.rows_at(outcome.most_pages).values()
    took = joined(f"{timespan(row.median)} by {row.method}" for row in rows)
    return f"{outcome.where()} took {took}."


_TERMS_MEAN: Final = {
    "pace": "Pace: so many requests at the rate and within the window.",
    "latency": "Latency: the turns that it takes with so many in flight, each page taking the time "
    "that it takes alone.",
    "link": "Link: the bytes at the bandwidth at which answers slowed each other down.",
    "cpu": "Processor: what Python works on them, one thing at a time.",
}


def columns_of_where(outcome: Comparison) -> Iterator[str]:
    """What the columns of the table mean, those of the terms only where they are there."""
    terms = {
        name for row in outcome.rows_at(outcome.most_pages).values() for name in row.terms or {}
    }
    yield "Network: at least one request was on the network."
    yield "Pace wait: nothing could be sent because of the pace alone."
    yield "Own: neither; what the method itself took."
    yield (
        "Over ideal: the median over the least time that the same answers could have taken. "
        "That is the longest of the terms that follow."
    )
    yield from (meaning for name, meaning in _TERMS_MEAN.items() if name in terms)


def how(outcome: Comparison) -> Iterator[str]:
    """How it was measured."""
    said = outcome.settings
    yield (
        "Every method fetched the same pages of the same server, "
        f"{_times(said.get('repeats'))} at each number of pages."
    )
    yield (
        "Seconds are counted from the first request's queueing to the last page, on a monotonic "
        "clock. Pages are saved when the clock has stopped: saving is not part of what is measured."
    )
    if said.get("shuffle"):
        yield f"The order was shuffled within each round, by seed {said.get('seed')}."
    elif said.get("shuffle") is False:
        yield "The order was as listed, not shuffled."
    warm = said.get("warmup")
    if warm:
        yield f"Before that every method ran {_times(warm)} at the fewest pages, to warm up."
    elif warm == 0:
        yield "Nothing was warmed up before."
    if said.get("same_answers"):
        yield "All runs had the same answers."
    elif said.get("same_answers") is False:
        yield "The runs did not all have the same answers."
    if any(row.ci_low is not None for row in outcome.summary):
        yield (
            "95 %: a bootstrap interval of the median. A difference that is no larger than the "
            "spread is called none."
        )
    if said.get("screen") is not None:
        yield (
            f"The application's screen took {said['screen']:.1%} of a processor while runs were "
            "timed; it is not counted with the methods."
        )


def data_terms(outcome: Comparison, version: str | None) -> tuple[Words, ...]:
    """Whose data were fetched, and on what terms."""
    said = outcome.settings
    if said.get("source") == "demo":
        return (Words(SYNTHETIC),)
    if not is_red_list(str(said.get("base_url", ""))):
        return (
            Words(f"The answers are those of {server_in_words(said)}, not of the Red List itself."),
        )
    known = citation(version, outcome.created_utc)
    unknown = (
        f"The IUCN Red List of Threatened Species, {SITE}. Which version it was is not known; "
        "please cite the one that you used."
    )
    terms = f"Its data are not to be redistributed; none of them are in here. Its terms: {TERMS}"
    return Words(known or unknown, SITE), Words(terms, TERMS)


def when(outcome: Comparison) -> str:
    """When it began, in a sentence."""
    began = _minute(outcome.created_utc)
    return f"It began at {began}." if began else "When it began is not known."


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
    """The command line, quoted for a POSIX shell. A token never stands in one.

    It says all that a configuration might say otherwise, and of the rest what isn't usual.
    """
    said = settings.get
    words = ["iucn-tui", "compare", *map(str, said("operations") or ())]
    words += _server_options(settings)
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
