"""From what the form holds to what F5 does, or to a sentence that says what is wrong."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final, TypeVar

from tui_app.methods import DEFAULT_METHODS
from tui_app.redlist import IDS, NAMES, Api, Query
from tui_app.redlist.errors import RedListError
from tui_app.settings import Profile, Settings, Source, check_token, parse_setting

from . import messages
from .asking import Filters, ask, filters_for, only, split
from .model import Kind
from .order import Order

T = TypeVar("T")

DEFAULT_OPERATION: Final[dict[Api, str]] = {
    "v4": "red_list_categories/CR",
    "v3": "species/page",
}
"""What the form begins with, for each version of the API."""


@dataclass(frozen=True, slots=True)
class FormValues:
    """What the form holds, as text where it is typed.

    Attributes:
        operation: one operation, or several, as :func:`tui_app.ui.asking.split` reads them.
        filters: those that are set; only those that the operations take are sent.
        names: lines of the list of names, asked for by the operation ``species``.
        ids: lines of the list of ids, asked for by the operation ``assessments``.
        intersect: of several operations, keep only what all list. A fetch's.
        details: fetch every row's full assessment. A fetch's.
        fresh: ask for what is kept as well. A fetch's: a comparison always does.
    """

    action: Kind = "compare"
    source: Source = "demo"
    profile: Profile = "typical"
    api: Api = "v4"
    operation: str = DEFAULT_OPERATION["v4"]
    filters: Filters = ()
    names: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    intersect: bool = False
    details: bool = False
    fresh: bool = True
    methods: tuple[str, ...] = DEFAULT_METHODS
    page_counts: str = "1,3,5,10"
    pages: str = "all"
    repeats: str = "1"
    concurrency: str = "8"
    rate: str = ""
    window: str = ""
    retries: str = "5"
    timeout: str = "60"


@dataclass(frozen=True, slots=True)
class Problem:
    """A field that holds something unusable.

    Attributes:
        field: its name in :class:`FormValues`.
        sentence: what is wrong, and what would be right.
    """

    field: str
    sentence: str


def first_values(settings: Settings) -> FormValues:
    """What the form begins with. One repeat, where nobody asked for more: it is seen sooner."""
    repeats = settings.repeats if settings.repeats != Settings().repeats else 1
    rate = "" if settings.rate is None else f"{settings.rate:g}".replace("inf", "off")
    return FormValues(
        # Benchmarks don't belong on the live API: there a fetch is what people come for.
        action="fetch" if settings.pace_is_owed else "compare",
        source=settings.source,
        profile=settings.demo_profile,
        api=settings.api,
        operation=DEFAULT_OPERATION[settings.api],
        fresh=fresh_at_first(settings.source, settings),
        methods=settings.methods,
        page_counts=",".join(map(str, settings.page_counts)),
        pages="all" if settings.pages is None else str(settings.pages),
        repeats=str(repeats),
        concurrency=str(settings.concurrency),
        rate=rate,
        window="" if settings.window is None else str(settings.window),
        retries=str(settings.retries),
        timeout=f"{settings.timeout_s:g}",
    )


def fresh_at_first(source: Source, base: Settings) -> bool:
    """Whether a source is asked for what is kept as well, until the user says otherwise.

    The demo is there to be timed, and costs nobody anything.
    """
    return base.fresh or source == "demo"


def with_source(values: FormValues, base: Settings) -> Settings:
    """The settings with the form's server; enough to ask it for a code list."""
    return replace(base, source=values.source, demo_profile=values.profile, api=values.api)


def read_form(values: FormValues, base: Settings) -> tuple[Order | None, list[Problem]]:
    """Read the form.

    Args:
        values: what it holds.
        base: settings for all that it doesn't hold: token, base URL, seed, home.

    Returns:
        The order, or None and what is wrong, in the form's order.
    """
    problems: list[Problem] = []
    settings = with_source(values, base)
    if settings.pace_is_owed and settings.token is None:
        words = "A live run needs a token, which is free. Ctrl+S, or t in a panel, adds one."
        problems.append(Problem("source", words))
    if settings.source == "live":
        try:
            check_token(settings)
        except RedListError as error:
            problems.append(Problem("source", messages.sentence(error)))
    query = _read_query(values, problems)
    if values.action == "compare" and not all(one.operation.paged for one in query.targets):
        what = "A list of your own" if query.lines else query.label
        words = f"{what} has no pages to compare at; fetch it, or try a list such as "
        problems.append(Problem("operation", words + f"{DEFAULT_OPERATION[values.api]}."))
    read = _Reader(problems)
    changes = _how(values, read, paced=True)
    if values.action == "compare":
        changes |= _how_often(values, base, read)
    else:
        changes["pages"] = read("pages", "pages", values.pages, None)
        changes["method"] = next(iter(values.methods), base.method)
        changes["fresh"] = values.fresh
    settings = replace(settings, **changes)
    if problems:
        return None, problems
    return Order(values.action, query, settings), []


def read_replay(values: FormValues, base: Settings) -> tuple[Settings | None, list[Problem]]:
    """Read what the form says of a comparison, whatever it says of servers and operations.

    Its pace is a server's, and holds for none of a replay's pages: there is none.

    Args:
        values: what it holds.
        base: settings for all that it doesn't hold.

    Returns:
        The settings, or None and what is wrong, in the form's order.
    """
    problems: list[Problem] = []
    read = _Reader(problems)
    changes = _how(values, read, paced=False) | _how_often(values, base, read)
    return (None, problems) if problems else (replace(base, **changes), [])


class _Reader:
    """Reads fields; what is wrong with one goes to ``problems``."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems

    def __call__(self, field: str, attribute: str, text: str, fallback: T) -> T:
        try:
            value: T = parse_setting(attribute, text)
        except RedListError as error:
            self.problems.append(Problem(field, messages.sentence(error)))
            return fallback
        return value


def _how(values: FormValues, read: _Reader, *, paced: bool) -> dict[str, Any]:
    """By which methods, and how each request is made."""
    if not values.methods:
        read.problems.append(Problem("methods", "Tick a method at least."))
    return {
        "concurrency": read("concurrency", "concurrency", values.concurrency, 1),
        "rate": read("rate", "rate", values.rate, None) if paced else None,
        "window": read("window", "window", values.window, None) if paced else None,
        "retries": read("retries", "retries", values.retries, 0),
        "timeout_s": read("timeout", "timeout_s", values.timeout, 1.0),
        "methods": values.methods,
    }


def _how_often(values: FormValues, base: Settings, read: _Reader) -> dict[str, Any]:
    """At which page counts, and how often each."""
    return {
        "page_counts": read("page_counts", "page_counts", values.page_counts, base.page_counts),
        "repeats": read("repeats", "repeats", values.repeats, 1),
    }


def _read_query(values: FormValues, problems: list[Problem]) -> Query:
    """What is asked for; what is wrong with it goes to ``problems``, in the form's own words."""
    asked, fetch = split(values.operation), values.action == "fetch"
    for word, lines, what in ((NAMES, values.names, "names"), (IDS, values.ids, "ids")):
        if word in asked and values.api == "v4" and not any(map(str.strip, lines)):
            problems.append(Problem("list", f"There are no {what} yet: paste them, or a file."))
            return Query(values.api, ())
    filters = only(values.filters, filters_for(values.operation, values.api))
    given = (values.operation, values.api, filters, values.names, values.ids)
    try:
        query = ask(*given)
    except RedListError as error:
        problems.append(Problem("operation", messages.sentence(error)))
        return Query(values.api, ())
    intersect, details = fetch and values.intersect and len(asked) > 1, fetch and values.details
    details = details and values.api == "v4"
    try:
        if intersect:
            query = ask(*given, intersect=True)
    except RedListError:
        words = "Only lists of assessments can be intersected: choose union."
        problems.append(Problem("several", words))
        return query
    try:
        return ask(*given, details=True, intersect=intersect) if details else query
    except RedListError:
        words = f"{query.label} lists no assessments to follow: untick details."
        problems.append(Problem("take", words))
        return query


__all__ = [
    "DEFAULT_OPERATION",
    "FormValues",
    "Order",
    "Problem",
    "first_values",
    "fresh_at_first",
    "read_form",
    "read_replay",
    "with_source",
]
