"""From what the form holds to what F5 does, or to a sentence that says what is wrong.

Operations stand in one line with `` + `` between them. No path has that in it, and a name that
does is written with ``%2B``, as :func:`join_operations` does it; commas may be part of a name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import chain
from typing import Any, Final, Literal, NamedTuple

from tui_app.methods import DEFAULT_METHODS
from tui_app.redlist import IDS, NAMES, Api, Query, make_query, parse_target
from tui_app.redlist.errors import Advice, RedListError
from tui_app.redlist.query import ROW_FILTERS, has_below
from tui_app.settings import Profile, Settings, Source, check_token, defaults, parse_setting

from . import messages
from .model import Kind
from .screenrequest import ScreenRequest

SETS: Final = ("union", "intersect")
"""What becomes of several operations."""
SEPARATOR: Final = " + "
"""Stands between operations."""

_SEPARATOR: Final = re.compile(r"\s\+(?=\s)")

Filters = tuple[tuple[str, str], ...]
"""Filters by the API's names, each with its value."""

Over = Literal["pages", "in flight"]
"""What a comparison is over: page counts, or requests in flight at the largest of them."""

_COMPARISON: Final = ("page_counts", "repeats")
_VALUED: Final = {"scope_code": "scope", "year_published": "published"}

IN_FLIGHT_COUNTS: Final = (1, 2, 4, 8, 16)
"""Requests in flight that a comparison over them begins with."""

DEFAULT_OPERATION: Final[dict[Api, str]] = {
    "v4": "red_list_categories/CR",
    "v3": "species/page",
}
"""What the form begins with, for each version of the API."""


@dataclass(frozen=True, slots=True)
class FormValues:
    """What the form holds, as text where it is typed.

    Attributes:
        operation: one operation, or several, as :func:`split_operations` reads them.
        filters: those that are set; only those that the operations take are sent.
        names: lines of the list of names, asked for by the operation ``species``.
        ids: lines of the list of ids, asked for by the operation ``assessments``.
        history: of each name, a row for every assessment. A fetch's.
        intersect: of several operations, keep only what all list. A fetch's.
        distinct: of several operations or codes, keep an assessment once. A fetch's.
        details: fetch every row's full assessment. A fetch's.
        fresh: ask for what is kept as well. A fetch's: a comparison always does.
        methods: those that a comparison times.
        over: what a comparison is over.
        method: that of a fetch.
        one_per_taxon: show and write one row per taxon. A fetch's; changes what is shown at once.
    """

    action: Kind = "compare"
    source: Source = "demo"
    profile: Profile = "typical"
    api: Api = "v4"
    operation: str = DEFAULT_OPERATION["v4"]
    filters: Filters = ()
    names: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    history: bool = False
    intersect: bool = False
    distinct: bool = False
    details: bool = False
    fresh: bool = True
    one_per_taxon: bool = False
    methods: tuple[str, ...] = DEFAULT_METHODS
    method: str = defaults.METHOD
    over: Over = "pages"
    page_counts: str = "1,3,5,10"
    in_flight_counts: str = "1,2,4,8,16"
    pages: str = "all"
    repeats: str = "1"
    concurrency: str = "8"
    rate: str = ""
    window: str = ""
    retries: str = "5"
    timeout: str = "60"


class FormProblem(NamedTuple):
    """A field that holds something unusable, and what would be right."""

    field: str  # its name in :class:`FormValues`
    sentence: str


def first_values(settings: Settings) -> FormValues:
    """What the form begins with. One repeat, where nobody asked for more: it is seen sooner."""
    repeats = settings.repeats if settings.repeats != Settings().repeats else 1
    live = settings.source == "live"
    return FormValues(
        # Benchmarks don't belong on the live API: there a fetch is what people come for.
        action="fetch" if live and (settings.token or settings.pace_is_owed) else "compare",
        source=settings.source,
        profile=settings.demo_profile,
        api=settings.api,
        operation=DEFAULT_OPERATION[settings.api],
        fresh=fresh_at_first(settings.source, settings),
        one_per_taxon=settings.one_per_taxon,
        methods=settings.methods,
        method=settings.method,
        over="in flight" if settings.in_flight_counts else "pages",
        page_counts=",".join(map(str, settings.page_counts)),
        in_flight_counts=",".join(map(str, settings.in_flight_counts or IN_FLIGHT_COUNTS)),
        pages="all" if settings.pages is None else str(settings.pages),
        repeats=str(repeats),
        concurrency=str(settings.concurrency),
        rate="" if settings.rate is None else f"{settings.rate:g}".replace("inf", "off"),
        window="" if settings.window is None else str(settings.window),
        retries=str(settings.retries),
        timeout=f"{settings.timeout_s:g}",
    )


def fresh_at_first(source: Source, base: Settings) -> bool:
    """Whether a source is asked for what is saved as well: the demo is there to be timed."""
    return base.fresh or source == "demo"


def with_source(values: FormValues, base: Settings) -> Settings:
    """The settings with the form's server; enough to ask it for a code list."""
    return replace(base, source=values.source, demo_profile=values.profile, api=values.api)


def read_form(values: FormValues, base: Settings) -> tuple[ScreenRequest | None, list[FormProblem]]:
    """The job request, or None and what is wrong.

    Args:
        values: what the form holds.
        base: settings for all that it doesn't hold: token, base URL, seed, home.
    """
    problems: list[FormProblem] = []
    settings, compare = with_source(values, base), values.action == "compare"
    if settings.pace_is_owed and settings.token is None:
        from . import keys  # the form is read without Textual where no screen is

        add = keys.key_name("token")
        words = f"The live API needs a token, which is free. Add one with {add}, or choose demo."
        problems.append(FormProblem("source", words))
    if settings.source == "live":
        try:
            check_token(settings)
        except RedListError as error:
            problems.append(FormProblem("source", messages.error_in_words(error)))
    query = _read_query(values, problems)
    if compare and (query.lines or not all(one.operation.paged for one in query.targets)):
        what = "A list of your own" if query.lines else query.label
        words = f"{what} has no pages to compare. Choose fetch, or a list such as "
        problems.append(FormProblem("operation", words + f"{DEFAULT_OPERATION[values.api]}."))
    changes = _typed(values, problems, *(_COMPARISON if compare else ("pages",)), paced=True)
    if problems:
        return None, problems
    if not compare:
        changes |= {"method": values.method, "fresh": values.fresh}
        changes["one_per_taxon"] = values.one_per_taxon
    return ScreenRequest(values.action, query, replace(settings, **changes)), []


def read_replay(values: FormValues, base: Settings) -> tuple[Settings | None, list[FormProblem]]:
    """Settings of a comparison on saved pages, or None and what is wrong.

    Its pace is a server's, and holds for none of a replay's pages: there is none.
    """
    problems: list[FormProblem] = []
    changes = _typed(values, problems, *_COMPARISON, paced=False)
    return (None, problems) if problems else (replace(base, **changes), [])


def _typed(
    values: FormValues, problems: list[FormProblem], *more: str, paced: bool
) -> dict[str, Any]:
    """By which methods, and how each request is made."""
    if not values.methods and "page_counts" in more:  # a comparison
        problems.append(FormProblem("methods", "Tick at least one method."))
    methods = values.methods or DEFAULT_METHODS  # a fetch needs none
    changes: dict[str, Any] = {"methods": methods, "rate": None, "window": None}
    changes["in_flight_counts"] = ()
    pace = ("rate", "window") if paced else ()
    flying = "concurrency"
    if values.over == "in flight" and "page_counts" in more:
        flying = "in_flight_counts"
    for field in (flying, *pace, "retries", "timeout", *more):
        name = "timeout_s" if field == "timeout" else field
        try:
            changes[name] = parse_setting(name, getattr(values, field))
        except RedListError as error:
            problems.append(FormProblem(field, messages.error_in_words(error)))
    return changes


def _read_query(values: FormValues, problems: list[FormProblem]) -> Query:
    """What is asked for; what is wrong with it goes to ``problems``, in the form's own words."""
    asked, fetch = split_operations(values.operation), values.action == "fetch"
    query = Query(values.api, ())
    for word, lines, what in ((NAMES, values.names, "names"), (IDS, values.ids, "ids")):
        if word in asked and values.api == "v4" and not any(map(str.strip, lines)):
            problems.append(
                FormProblem(
                    "list", f"No {what} yet. Open {what.capitalize()} to paste them or read a file."
                )
            )
            return query
    filters = filters_among(values.filters, filters_for(values.operation, values.api))
    history = fetch and values.history and fetches_names(values.operation, values.api)
    given = (values.operation, values.api, filters, values.names, values.ids)
    intersect, details = fetch and values.intersect, fetch and values.details
    details = details and values.api == "v4"
    distinct = fetch and values.distinct and can_repeat(values.operation)
    options = {"details": False, "intersect": False, "distinct": False}
    for field, more in (
        ("operation", {}),
        ("several", {"intersect": intersect}),
        ("distinct", {"distinct": distinct}),
        ("take", {"details": details}),
    ):
        options |= more
        try:
            query = query_of_form(*given, history=history, **options)
        except RedListError as error:
            words = {
                "several": "Only lists of assessments can be intersected: choose union.",
                "distinct": "Only lists of assessments can be made distinct: untick distinct.",
                "take": f"{query.label} has no assessments to follow: untick details.",
            }
            sentence = words.get(field) or messages.error_in_words(error)
            where = "list" if error.advice is Advice.NAME_COLUMN else field
            problems.append(FormProblem(where, sentence))
            break
    return query


def split_operations(line: str) -> tuple[str, ...]:
    """The operations of a line, in their order."""
    parts = _SEPARATOR.split(f" {line} ")
    return tuple(part.strip() for part in parts if part.strip())


def can_repeat(line: str) -> bool:
    """Whether an assessment may come more than once: of several operations or codes."""
    asked = split_operations(line)
    return len(asked) > 1 or any(map(has_below, asked))


def join_operations(operations: Iterable[str]) -> str:
    """A line of operations that :func:`split_operations` reads back."""
    return SEPARATOR.join(_SEPARATOR.sub(" %2B", one.strip()) for one in operations)


def filters_for(line: str, api: Api) -> tuple[str, ...]:
    """The filters that every operation of a line takes; none while one of them is unreadable."""
    taken = [_filters_of(text, api) for text in split_operations(line)]
    return tuple(name for name in chain(*taken[:1]) if all(name in one for one in taken))


def _filters_of(text: str, api: Api) -> tuple[str, ...]:
    if text in (NAMES, IDS) and api == "v4":
        return ROW_FILTERS if text == NAMES else ()
    try:
        operation = parse_target(text, api).operation
    except RedListError:
        return ()
    # A taxon comes with all of its assessments: these filters choose among them here.
    taxon = operation.lists_assessments and not operation.paged
    return ROW_FILTERS if taxon else operation.filters


def fetches_names(line: str, api: Api) -> bool:
    """Whether one of a line's operations stands for a list of names."""
    return api == "v4" and NAMES in split_operations(line)


def all_paged(line: str, api: Api) -> bool:
    """Whether every operation of a line answers in pages, as far as they can be read."""
    for text in split_operations(line):
        try:
            if text in (NAMES, IDS) or not parse_target(text, api).operation.paged:
                return False
        except RedListError:
            continue
    return True


def filters_among(filters: Filters, taken: Iterable[str]) -> Filters:
    """The filters that are among those taken."""
    names = set(taken)
    return tuple((name, value) for name, value in filters if name in names)


def filters_in_words(filters: Filters) -> str:
    """``latest, scope 1``; empty where there are none."""
    words = []
    for name, value in filters:
        if name in _VALUED:
            words.append(f"{_VALUED[name]} {value}")
        else:
            what = name.replace("_", " ")
            no = "not the latest" if name == "latest" else f"not {what}"
            words.append(what if value == "true" else no)
    return ", ".join(words)


# The form is read at every key; a list of 4,000 names need not be.
@lru_cache(maxsize=4)
def query_of_form(
    line: str,
    api: Api,
    filters: Filters = (),
    names: tuple[str, ...] = (),
    ids: tuple[str, ...] = (),
    *,
    history: bool = False,
    details: bool = False,
    intersect: bool = False,
    distinct: bool = False,
) -> Query:
    """The query that the form means; a list that isn't asked for has no effect.

    Raises:
        RedListError: it can't be asked for; says why.
    """
    asked = split_operations(line)
    return make_query(
        asked,
        api,
        filters=dict(filters),
        names=names if fetches_names(line, api) else None,
        ids=ids if IDS in asked and api == "v4" else None,
        details=details,
        intersect=intersect and len(asked) > 1,
        history=history,
        distinct=distinct,
    )
