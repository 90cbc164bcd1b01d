"""What one run is going to do, as a frozen value, and the frontier: the requests still to be sent.

Pages beget further pages, rows beget full assessments. No I/O and no clock.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final
from urllib.parse import quote, urlencode

import msgspec

from tui_app import __version__
from tui_app.methods import has_one_in_flight
from tui_app.redlist import API_ROOTS, ASSESSMENT, FIRST_PAGE, Operation, Paging, Query, Target
from tui_app.redlist.decode import MAX_BODY_BYTES
from tui_app.redlist.errors import UsageError
from tui_app.redlist.rate_limit import Window
from tui_app.redlist.redaction import Token
from tui_app.settings import check_token_may_go, defaults
from tui_app.settings.servers import check_base_url, root_of

USER_AGENT = f"iucn-tui/{__version__} (Red List API client)"
"""Who asks. The API's terms want honest clients."""

DETAILS = -1
"""Stands for a target's index where the request is for a row's full assessment."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that a run needs to know beforehand. The same for every method."""

    query: Query
    base_url: str  # the server's root, without ``/api/v4``
    method: str = defaults.METHOD  # a name in :mod:`tui_app.methods`
    token: Token | None = None  # sent to ``base_url``'s host and nowhere else; None sends none
    pages: int | None = None  # at most so many pages of each paged operation; None for all
    concurrency: int = defaults.IN_FLIGHT  # at most (the sequential method has one)
    rate: float | None = None  # requests started a second over the whole run; None for no limit
    # Requests started in any so many seconds over the whole run; None for no limit.
    window: Window | None = None
    # Seconds for which the whole run pauses after a 429 without Retry-After.
    pause_s: float = defaults.PAUSE_S
    # A server that wants a longer wait is not waited for: the run stops, and can be resumed. None:
    # five minutes, or ``pause_s`` if that is longer.
    patience_s: float | None = None
    retries: int = defaults.RETRIES  # attempts after the first; those that met a 429 do not count
    # Seconds before the first retry at most, doubled before each further one.
    backoff_s: float = defaults.BACKOFF_S
    timeout_s: float = defaults.TIMEOUT_S  # for one attempt, from start to the end of the body
    connect_timeout_s: float = defaults.CONNECT_TIMEOUT_S  # seconds for a connection to come about
    seed: int = defaults.SEED  # seed of the backoff's jitter
    # ``{target index: total pages}`` where they are known beforehand, so that the first page
    # needn't return before the others are asked for.
    known_pages: dict[int, int] = field(default_factory=dict)
    # Whether ``known_pages`` holds whatever answers say of the list's length, so that every run of
    # a comparison asks for the same; else the newest answer counts.
    as_planned: bool = False
    # ``(target index, page)`` of what is kept already and is not asked for again; for a full
    # assessment ``(DETAILS, assessment id)``.
    kept: frozenset[tuple[int, int | None]] = frozenset()
    # ``(target index, assessment ids)`` of kept pages, where their rows beget details.
    listed: tuple[tuple[int, tuple[int, ...]], ...] = ()
    run: str = ""  # the run's id, stamped on its events
    first_number: int = 0  # number of its first request; above 0 where a run is resumed
    max_body_bytes: int = MAX_BODY_BYTES  # limit of one body

    def __post_init__(self) -> None:
        for name, least, most in (
            ("concurrency", 1, defaults.MOST_IN_FLIGHT),
            ("rate", defaults.LOWEST_RATE, defaults.HIGHEST_RATE),
            ("retries", 0, defaults.MOST_RETRIES),
            ("pause_s", defaults.SHORTEST_TIMEOUT_S, defaults.LONGEST_TIMEOUT_S),
            ("backoff_s", defaults.SHORTEST_TIMEOUT_S, defaults.LONGEST_TIMEOUT_S),
            ("timeout_s", defaults.SHORTEST_TIMEOUT_S, defaults.LONGEST_TIMEOUT_S),
            ("connect_timeout_s", defaults.SHORTEST_TIMEOUT_S, defaults.LONGEST_TIMEOUT_S),
            ("pages", 1, defaults.MOST_PAGES),
        ):
            value = getattr(self, name)
            if value is not None and not least <= value <= most:
                raise UsageError(f"{name} must be from {least} to {most}, not {value}.")
        if self.window is not None and not (self.window.requests > 0 and self.window.seconds > 0):
            raise UsageError(f"The window must be N/S above 0, not {self.window}.")
        check_base_url(self.base_url)
        check_token_may_go(self.base_url, self.token)

    @property
    def in_flight(self) -> int:
        """Requests in flight at most: 1 for sequential. Raises UsageError: no such method."""
        return 1 if has_one_in_flight(self.method) else self.concurrency

    @property
    def root(self) -> str:
        """The server's root as it is sent, the same for every method."""
        return root_of(self.base_url)

    def headers(self) -> dict[str, str]:
        """Headers of every request, the same for every method, but for the token's."""
        accepted = {"Accept": "application/json", "Accept-Encoding": "gzip, deflate"}
        return {"User-Agent": USER_AGENT, **accepted}

    def token_header(self) -> dict[str, str]:
        """The header that holds the token; empty where there is none. Never log it.

        For single requests, not for a session: aiohttp sends a session's headers to a proxy.
        """
        if self.token is None or self.query.api != "v4":
            return {}
        return {"Authorization": self.token.reveal()}

    def wire_url(self, request: Request) -> str:
        """The URL to ask. v3 wants the token in it: never show or keep it."""
        url = self.root + request.path
        if self.token is not None and self.query.api == "v3":
            return f"{url}{'&' if '?' in url else '?'}token={quote(self.token.reveal(), safe='')}"
        return url


class Request(msgspec.Struct, frozen=True, gc=False):
    """One request of a run, with all of its attempts to come."""

    number: int  # its place in the order in which the plan found it, from 0
    target_index: int  # which of the query's targets it belongs to
    target: Target
    page: int | None  # the page's number as the API counts, or None
    label: str  # in words: ``countries/MG page 3``
    path: str  # from the server's root with its query, without a token

    @property
    def operation(self) -> Operation:
        """The catalogue's entry."""
        return self.target.operation

    @property
    def key(self) -> tuple[int, int | None]:
        """What tells it apart in its run, however it is numbered: target and page or id."""
        if self.target_index == DETAILS:
            return DETAILS, int(self.target.value or 0)
        return self.target_index, self.page


def make_request(number: int, target_index: int, target: Target, page: int | None) -> Request:
    """The request for one page of a target, or for the target itself (``page`` None)."""
    if page is None:
        query = f"?{urlencode(target.params)}" if target.params else ""
        path = f"{API_ROOTS[target.operation.api]}{target.path}{query}"
        return Request(number, target_index, target, page, target.label, path)
    label, before, after = _around_page(target)
    path = f"{before}{page}{after}"
    return Request(number, target_index, target, page, f"{label} page {page}", path)


@lru_cache(maxsize=64)
def _around_page(target: Target) -> tuple[str, str, str]:
    """A target's label, and its path before and behind a page's number."""
    path, query = API_ROOTS[target.operation.api] + target.path, urlencode(target.params)
    if target.operation.api == "v3":
        return target.label, f"{path}/", query and f"?{query}"
    return target.label, f"{path}?{query and f'{query}&'}page=", ""


def make_detail(number: int, assessment_id: int) -> Request:
    """The request for a row's full assessment."""
    return make_request(number, DETAILS, Target(ASSESSMENT, str(assessment_id)), None)


DETAILS_AHEAD: Final = 4
"""So many details for each request in flight wait before the next page is asked for: enough to
keep every worker busy until it is here, and no more, so that a run that is stopped early has
rows with their details rather than rows alone."""

EMPTY_PAGES: Final = 3
"""After so many empty pages in a row no further one of the list is requested, whatever the server
says of their number: a wrong one (999,999,999) would be followed for ever."""

_ENDLESS: Final = 2**63


class Frontier:
    """Hands out each request of a plan once."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        first = FIRST_PAGE[plan.query.api]
        self._lists = [
            _Pages(
                first,
                plan.pages,
                plan.known_pages.get(index),
                # Where the first page is kept, it has told its number of pages, or never will.
                probing=plan.query.api == "v4" and (index, first) not in plan.kept,
            )
            if target.operation.paged
            else _Pages(0, 1, None, probing=False)  # itself is all
            for index, target in enumerate(plan.query.targets)
        ]
        # Counted once: there may be thousands of targets, and planned() is asked at each answer.
        targets = zip(plan.query.targets, self._lists, strict=True)
        self._paged = [pages for target, pages in targets if target.operation.paged]
        self._singles = len(self._lists) - len(self._paged)
        self._kept = sum(index != DETAILS for index, _ in plan.kept)
        self._cursor = 0  # targets before it have nothing new to send
        self._numbers = plan.first_number
        # Full assessments, each once however many lists have it.
        self._waiting: deque[int] = deque()
        self._listed_by: dict[int, set[int]] = {}  # only where it takes several lists
        self._sides = plan.query.sides if plan.query.intersect else ()
        self._found = 0  # by now, those that are kept left out
        self._seen = {page for index, page in plan.kept if index == DETAILS}
        self._seen.update(
            int(target.value or 0)
            for target in plan.query.targets
            if target.operation.gives_assessment
        )
        for index, ids in plan.listed:
            self._list_details(index, ids)

    def next(self) -> Request | None:
        """The next request; None where nothing can be asked before something returns."""
        waiting = self._waiting
        if len(waiting) < DETAILS_AHEAD * self._plan.in_flight and (found := self._next_of_lists()):
            return found
        return make_detail(self._number(), waiting.popleft()) if waiting else None

    def _next_of_lists(self) -> Request | None:
        targets = self._plan.query.targets
        for index in range(self._cursor, len(targets)):
            pages = self._lists[index]
            while pages.ready():
                page = pages.next_page if targets[index].operation.paged else None
                pages.next_page += 1
                if (index, page) not in self._plan.kept:
                    return make_request(self._number(), index, targets[index], page)
            if pages.exhausted() and index == self._cursor:
                self._cursor += 1
        return None

    def _list_details(self, target_index: int, ids: Iterable[int]) -> None:
        """A list has these assessments."""
        query = self._plan.query
        if not query.details:
            return
        for one in ids:
            if one in self._seen:
                continue
            if query.intersect:
                lists = self._listed_by.setdefault(one, set())
                lists.add(target_index)
                if any(lists.isdisjoint(side) for side in self._sides):
                    continue
                del self._listed_by[one]
            self._seen.add(one)
            self._waiting.append(one)
            self._found += 1

    def _number(self) -> int:
        self._numbers += 1
        return self._numbers - 1

    def answered(
        self, request: Request, records: int, paging: Paging, ids: Iterable[int] = ()
    ) -> bool:
        """A good answer is here: ``records`` rows, of which ``ids`` have full assessments.

        Gives whether it is part of its list, rather than past the list's end.
        """
        if request.target_index == DETAILS:
            return True
        self._list_details(request.target_index, ids)
        if request.page is None:
            return True
        pages = self._lists[request.target_index]
        if paging.total_pages is not None:
            # The newest word counts: lists grow and shrink while we fetch.
            if pages.known is None or not self._plan.as_planned:
                pages.total(paging.total_pages)
            pages.probing = False
            if not records and not self._plan.as_planned:
                pages.found_empty(request.page)
            self._cursor = min(self._cursor, request.target_index)
            return True
        pages.probing = False  # no page headers: ask on until a page is empty
        if records:
            return True
        pages.ends_before(request.page)
        only = request.page == pages.first
        pages.known = 0 if only else pages.end - pages.first
        return only

    def failed(self, request: Request, *, missing: bool) -> None:
        """A request was given up; ``missing``: because there is no such thing."""
        if request.page is None:
            return
        pages = self._lists[request.target_index]
        if request.page == pages.first and pages.probing:
            pages.ends_before(pages.first)  # how many more there are will never be known
            pages.probing = False
        if missing:
            pages.ends_before(request.page)

    def planned(self) -> int:
        """How many requests are known of by now, kept ones left out."""
        total = self._singles - self._kept + self._found
        for pages in self._paged:
            end = 0 if pages.known is None else pages.end
            total += max(end, pages.next_page) - pages.first
        return total

    def pages_total(self) -> int | None:
        """Pages of all paged targets, as far as the server said; None if any is unknown."""
        known = [pages.known for pages in self._paged]
        return None if any(one is None for one in known) else sum(one or 0 for one in known)


class _Pages:
    """What is known of one target's pages: which come next, and where they end."""

    __slots__ = ("_empty", "_limit", "end", "first", "known", "next_page", "probing")

    def __init__(self, first: int, limit: int | None, known: int | None, *, probing: bool) -> None:
        self.first = self.next_page = first
        self.known = known  # how many pages there are, where that is known
        # Whether the first page has to return before any other is asked for.
        self.probing = probing and known is None
        self._empty: set[int] = set()
        # No page from this one on is asked for.
        self.end = self._limit = _ENDLESS if limit is None else first + limit
        if known is not None:
            self.total(known)

    def total(self, pages: int) -> None:
        """There are so many pages, by the newest word. The first may always be asked for."""
        self.known = pages
        self.end = min(self.first + max(pages, 1), self._limit)

    def found_empty(self, page: int) -> None:
        """A page has no rows, though there should be so many pages: three in a row are the end."""
        self._empty.add(page)
        for start in range(page - EMPTY_PAGES + 1, page + 1):
            if self._empty.issuperset(range(start, start + EMPTY_PAGES)):
                self._limit = min(self._limit, start + EMPTY_PAGES)
                self.ends_before(start + EMPTY_PAGES)

    def ends_before(self, page: int) -> None:
        """A page was empty or missing: the list ends before it, or before an earlier one."""
        self.end = min(self.end, max(page, self.first + 1))

    def ready(self) -> bool:
        return not self.exhausted() and not (self.probing and self.next_page > self.first)

    def exhausted(self) -> bool:
        return self.next_page >= self.end
