"""What earlier runs saved, as a run sees it: looked up before a request is sent, many at once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final, Protocol

from tui_app.redlist import FIRST_PAGE, Paging
from tui_app.redlist.errors import KeepError, RequestError

from .events import Cancel
from .plan import DETAILS, Plan, Request, make_detail, make_request

MAX_ETAG: Final = 1024
"""Characters of an ETag that is sent back; servers refuse requests of more than 8 KB."""

AT_ONCE: Final = 1_000
"""Requests that are looked up together, at most."""

PAGES_AHEAD: Final = 500
"""So many pages of a list are looked up at once."""

MARGIN: Final = 100
"""Pages before the last one that was looked up at which the next ones are."""


@dataclass(frozen=True, slots=True)
class CachedResponse:
    """A response that an earlier run saved."""

    rows: int  # how many records it has
    etag: str | None  # what the server called this version of it, or None
    fresh: bool  # whether it is as good as new: no request is needed
    paging: Paging  # what its headers said of the whole list
    fetched_utc: str  # when the server last vouched for it, ISO 8601
    reference: int  # what its store knows its body by
    body: Callable[[], bytes]  # reads its body, unpacked; may raise KeepError
    ids: tuple[int, ...] = ()  # assessments that its rows name, where they are to be followed

    @property
    def validator(self) -> str | None:
        """The ETag to ask with; None where it can't be sent: control characters, or too long."""
        etag = self.etag or ""
        sendable = etag.isascii() and etag.isprintable() and len(etag) <= MAX_ETAG
        return etag if etag and sendable else None


class ResponseCache(Protocol):
    """Where saved responses are looked up."""

    def find(self, paths: Sequence[str]) -> Iterable[tuple[str, CachedResponse, bytes]]:
        """Of each path (from the server's root, with its query) the newest response, if any.

        Gives the path, the response, and its body; damaged ones are left out. Raises KeepError.
        """


class Lookup:
    """What the cache has for the requests of one run. Safe to use from several threads.

    A body is ``read`` as :meth:`Validator.saved_ids` does. Without a cache nothing is found.
    """

    def __init__(
        self,
        plan: Plan,
        cache: ResponseCache | None,
        read: Callable[[Request, int, bytes], tuple[int, ...]],
        halt: Cancel,
    ) -> None:
        self.found: dict[str, CachedResponse] = {}  # to be used, or asked about, by path
        self._plan = plan
        self._cache = cache
        self._read = read
        self._halt = halt
        self._first = FIRST_PAGE[plan.query.api]
        self._looked_up: dict[int, int] = {}  # by list, the first page that was not
        self._details: set[int] = set()
        self._lock = threading.Lock()

    def begin(self) -> None:
        """Look up all requests that are known before the first one is sent."""
        plan = self._plan
        if self._cache is None:
            return
        requests: list[Request] = []
        for index, target in enumerate(plan.query.targets):
            page = self._first if target.operation.paged else None
            if page is not None:
                self._looked_up[index] = page + 1
            if (index, page) not in plan.kept:
                requests.append(make_request(-1, index, target, page))
            elif page is not None:
                requests += self._pages(index, page, plan.known_pages.get(index))
        for _, ids in plan.listed:
            requests += self._full(ids)
        self._find(requests)

    def follow(self, request: Request, paging: Paging, ids: Iterable[int]) -> None:
        """Look up the requests that a response reveals, before anything is made of it."""
        if self._cache is not None:
            with self._lock:
                self._find(self._revealed(request, paging, ids))

    def _revealed(self, request: Request, paging: Paging, ids: Iterable[int]) -> list[Request]:
        if request.page is None:
            return self._full(ids)
        pages = self._pages(request.target_index, request.page, paging.total_pages)
        return pages + self._full(ids)

    def _pages(self, index: int, page: int, total: int | None) -> list[Request]:
        """The next pages of a list, where this one is near the last that was looked up."""
        start = self._looked_up[index]
        if page + MARGIN < start:
            return []
        ends = [start + PAGES_AHEAD]
        ends += [self._first + most for most in (total, self._plan.pages) if most is not None]
        self._looked_up[index] = max(start, min(ends))
        target = self._plan.query.targets[index]
        return [
            make_request(-1, index, target, one)
            for one in range(start, self._looked_up[index])
            if (index, one) not in self._plan.kept
        ]

    def _full(self, ids: Iterable[int]) -> list[Request]:
        """The full assessments that rows name."""
        if not self._plan.query.details:
            return []
        new = [
            one
            for one in dict.fromkeys(ids)
            if one not in self._details and (DETAILS, one) not in self._plan.kept
        ]
        self._details.update(new)
        return [make_detail(-1, one) for one in new]

    def _find(self, requests: list[Request]) -> None:
        assert self._cache is not None
        while requests and not self._halt.is_set():
            by_path = {one.path: one for one in requests[:AT_ONCE]}
            requests = requests[AT_ONCE:]
            with suppress(KeepError):  # what can't be read counts as not saved
                for path, found, body in self._cache.find(list(by_path)):
                    with suppress(RequestError):
                        ids = self._read(by_path[path], found.rows, body)
                        if found.fresh or found.validator:
                            self.found[path] = replace(found, ids=ids)
                        requests += self._revealed(by_path[path], found.paging, ids)
