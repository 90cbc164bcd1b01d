"""What one run is going to do, as a frozen value, and the requests that it takes."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import quote, urlencode

import msgspec

from tui_app import __version__
from tui_app.methods import has_one_in_flight
from tui_app.redlist import API_ROOTS, ASSESSMENT, Operation, Query, Target
from tui_app.redlist.decode import MAX_BODY_BYTES
from tui_app.redlist.errors import UsageError
from tui_app.redlist.rate_limit import Window
from tui_app.redlist.token import Token
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
        """Requests in flight at most: 1 for the sequential method.

        Raises:
            UsageError: there is no such method.
        """
        return 1 if has_one_in_flight(self.method) else self.concurrency

    @property
    def root(self) -> str:
        """The server's root as it is sent, the same for every method."""
        return root_of(self.base_url)

    def headers(self) -> dict[str, str]:
        """Headers of every request, the same for every method, but for the token's."""
        return {
            "User-Agent": USER_AGENT,
            "Accept": "application/json",
            "Accept-Encoding": "gzip, deflate",
        }

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


class Request(msgspec.Struct, frozen=True):
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
    path = API_ROOTS[target.operation.api] + target.path
    label, params = target.label, target.params
    if page is not None:
        label = f"{label} page {page}"
        if target.operation.api == "v3":
            path = f"{path}/{page}"
        else:
            params = (*params, ("page", str(page)))
    if params:
        path = f"{path}?{urlencode(params)}"
    return Request(number, target_index, target, page, label, path)


def make_detail(number: int, assessment_id: int) -> Request:
    """The request for a row's full assessment."""
    return make_request(number, DETAILS, Target(ASSESSMENT, str(assessment_id)), None)
