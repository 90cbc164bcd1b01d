"""From what the form holds to what F5 does, or to a sentence that says what is wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

from tui_app.redlist import Api, Query, make_query
from tui_app.redlist.errors import RedListError, TokenRefused
from tui_app.settings import (
    MOST_IN_FLIGHT,
    Profile,
    Settings,
    Source,
    parse_count,
    parse_page_counts,
    parse_pages,
    parse_rate,
    parse_seconds,
)

from . import text
from .model import Kind

T = TypeVar("T")

DEFAULT_OPERATION: Final[dict[Api, str]] = {
    "v4": "red_list_categories/CR",
    "v3": "species/page",
}
"""What the form begins with, for each version of the API."""


@dataclass(frozen=True, slots=True)
class FormValues:
    """What the form holds, as text where it is typed."""

    action: Kind = "compare"
    source: Source = "demo"
    profile: Profile = "typical"
    api: Api = "v4"
    operation: str = DEFAULT_OPERATION["v4"]
    methods: tuple[str, ...] = ("sequential", "threads", "asyncio")
    page_counts: str = "1,3,5,10"
    pages: str = "all"
    repeats: str = "1"
    concurrency: str = "8"
    rate: str = ""
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


@dataclass(frozen=True, slots=True)
class Order:
    """What F5 does.

    Attributes:
        kind: compare or fetch.
        query: what is wanted.
        settings: how.
        resumes: id of the run that it finishes, or None.
    """

    kind: Kind
    query: Query
    settings: Settings
    resumes: str | None = None

    @property
    def label(self) -> str:
        """What is wanted, in words."""
        return self.query.label

    @property
    def methods(self) -> tuple[str, ...]:
        """Those that take part."""
        return self.settings.methods if self.kind == "compare" else (self.settings.method,)

    @property
    def runs(self) -> int:
        """How many runs are timed."""
        settings = self.settings
        if self.kind == "fetch":
            return 1
        return len(settings.methods) * len(settings.page_counts) * settings.repeats

    @property
    def requests_per_method(self) -> int:
        """Pages that a comparison times by each method; 0 for a fetch, where nobody knows."""
        if self.kind == "fetch":
            return 0
        lists = len(self.query.targets)
        return sum(self.settings.page_counts) * self.settings.repeats * lists

    @property
    def requests(self) -> int:
        """Requests of a comparison in all, warm-ups and the first look included; 0 for a fetch."""
        if self.kind == "fetch":
            return 0
        settings = self.settings
        counts = settings.page_counts
        warm_up = max(counts) + min(counts) * (len(settings.methods) - 1)
        lists = len(self.query.targets)
        timed = self.requests_per_method * len(settings.methods)
        return timed + (warm_up * settings.warmup + 1) * lists

    @property
    def server(self) -> str:
        """Who is asked, in words."""
        if self.settings.source == "demo":
            return "the demo server"
        return urlsplit(self.settings.server).netloc

    def in_words(self) -> str:
        """What F5 does, in a sentence without its end."""
        settings = self.settings
        if self.kind == "fetch":
            upto = "all pages" if settings.pages is None else text.plural(settings.pages, "page")
            return f"fetches {upto} of {self.label} by {settings.method}"
        runs, requests = text.plural(self.runs, "run"), text.plural(self.requests, "request")
        return f"compares at {text.page_list(settings.page_counts)} pages: {runs}, {requests}"


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
        methods=settings.methods,
        page_counts=",".join(map(str, settings.page_counts)),
        pages="all" if settings.pages is None else str(settings.pages),
        repeats=str(repeats),
        concurrency=str(settings.concurrency),
        rate=rate,
        retries=str(settings.retries),
        timeout=f"{settings.timeout_s:g}",
    )


def read_form(values: FormValues, base: Settings) -> tuple[Order | None, list[Problem]]:
    """Read the form.

    Args:
        values: what it holds.
        base: settings for all that it doesn't hold: token, base URL, seed, home.

    Returns:
        The order, or None and what is wrong, in the form's order.
    """
    problems: list[Problem] = []

    def read(field: str, parse: Callable[[], T], fallback: T) -> T:
        try:
            return parse()
        except RedListError as error:
            problems.append(Problem(field, error.sentence()))
            return fallback

    settings = replace(base, source=values.source, demo_profile=values.profile, api=values.api)
    if settings.pace_is_owed and settings.token is None:
        words = f"A live run needs a token. {TokenRefused.advice}"
        problems.append(Problem("source", words))
    query = read(
        "operation", lambda: make_query([values.operation], values.api), Query(values.api, ())
    )
    if values.action == "compare" and not all(one.operation.paged for one in query.targets):
        words = f"{query.label} has no pages to compare at; fetch it, or try a list such as "
        problems.append(Problem("operation", words + f"{DEFAULT_OPERATION[values.api]}."))
    if not values.methods:
        problems.append(Problem("methods", "Tick a method at least."))
    changes: dict[str, Any] = {
        "concurrency": read(
            "concurrency",
            lambda: parse_count(values.concurrency, "In flight", 1, MOST_IN_FLIGHT),
            1,
        ),
        "rate": read("rate", lambda: parse_rate(values.rate), None),
        "retries": read(
            "retries", lambda: parse_count(values.retries, "The number of retries", 0, 100), 0
        ),
        "timeout_s": read("timeout", lambda: parse_seconds(values.timeout, "The time-out"), 1.0),
        "methods": values.methods,
    }
    if values.action == "compare":
        changes["page_counts"] = read(
            "page_counts", lambda: parse_page_counts(values.page_counts), base.page_counts
        )
        changes["repeats"] = read(
            "repeats", lambda: parse_count(values.repeats, "The number of repeats", 1, 1000), 1
        )
    else:
        changes["pages"] = read("pages", lambda: parse_pages(values.pages), None)
        changes["method"] = next(iter(values.methods), base.method)
    settings = replace(settings, **changes)
    if problems:
        return None, problems
    return Order(values.action, query, settings), []
