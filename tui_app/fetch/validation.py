"""What a response is worth: a page to keep, or the error that it means."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from hashlib import blake2b
from time import thread_time

from tui_app.redlist import Kind, assessment_ids, check_body, inflate, paging, redact, redact_bytes
from tui_app.redlist.decode import error_message, first_words
from tui_app.redlist.errors import (
    AccessRefused,
    KeepError,
    Malformed,
    NotFound,
    Redirected,
    Rejected,
    Repeated,
    RequestError,
    Retired,
    ServerFault,
    Throttled,
    TokenRefused,
    Unexpected,
)
from tui_app.redlist.validation import check_page

from .attempt import NOT_HTTP, Attempt, Page, Response
from .events import State
from .plan import Plan, Request
from .response_cache import CachedResponse

KEPT_HEADERS = frozenset(
    {"etag", "total-pages", "total-count", "page-items", "current-page", "x-runtime", "date"}
)
"""Headers worth keeping with a page. None of them can carry a secret."""


class Validator:
    """Checks the answers of one run, the same for every method."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._answered = False
        self._first_of: dict[int, tuple[int | None, bytes]] = {}

    def validate(self, attempt: Attempt, response: Response) -> Page | RequestError:
        """The page that came, or what is wrong with the answer."""
        try:
            page = self._page(attempt, response)
        except RequestError as wrong:
            if self._plan.query.api == "v3" and not self._answered and _no_v3(response):
                said = f"API v3 is retired: the server returned HTTP {response.status}"
                said += " without JSON" * (response.status == 200)
                return Retired(attempt.label, said, response.status)
            return wrong
        self._answered = True
        return page

    def _page(self, attempt: Attempt, response: Response) -> Page:
        request, phases = attempt.request, attempt.phases
        cached = attempt.cached if response.status == 304 else None
        body = self._body(attempt, response) if cached is None else b""
        if request.page is not None:
            check_page(response.headers, request.page, request.label)
        if cached is not None:
            rows, ids = cached.rows, self._unchanged(request, cached, response)
        else:
            rows = _rows(request, body)
            if rows and request.page is not None and "total-pages" not in response.headers:
                self._check_new(request, body)
            ids = self._ids(request, body)
        attempt.mark(State.DECODED, records=rows)
        sent = response.headers
        headers = {name: self._clean(sent[name]) for name in KEPT_HEADERS if name in sent}
        said = paging(headers)
        if cached is not None and said.total_pages is None:
            said = cached.paging
        facts = (response.status, headers, body, len(response.body), rows)
        return Page(request, *facts, attempt.number, phases, said, cached=cached, ids=ids)

    def _body(self, attempt: Attempt, response: Response) -> bytes:
        """The body, unpacked, of an answer whose status is good."""
        request, coding = attempt.request, response.headers.get("content-encoding", "")
        began_s = thread_time() if coding and attempt.work_s is not None else 0.0
        try:
            body = inflate(response.body, coding, request.label, self._plan.max_body_bytes)
        except RequestError as wrong:
            raise status_error(response, request) or wrong from None
        # A loop written by hand has its library unpack: that is no work that we add.
        if coding and attempt.work_s is not None:
            attempt.work_s -= thread_time() - began_s
        body = redact_bytes(body, self._plan.token)  # a server may repeat what it was sent
        if (error := status_error(response, request, body)) is not None:
            raise error
        return body

    def _check_new(self, request: Request, body: bytes) -> None:
        """Refuse a page that is another one again.

        Without a header that says how many there are, pages are requested until one is empty: of
        a server that doesn't know of pages, for ever.
        """
        digest = blake2b(body).digest()
        page, first = self._first_of.setdefault(request.target_index, (request.page, digest))
        if page != request.page and digest == first:
            raise Repeated(request.label, f"it repeats page {page}")

    def _ids(self, request: Request, body: bytes) -> tuple[int, ...]:
        """Assessments that a checked body names, where they are to be followed."""
        query = self._plan.query
        if not (query.details or query.intersect):
            return ()
        return assessment_ids(request.operation, body, query.only)

    def saved_ids(self, request: Request, rows: int, body: bytes) -> tuple[int, ...]:
        """Those of a cached response that may stand for an answer. Raises RequestError if not."""
        if _rows(request, body) != rows:
            raise Malformed(request.label, "the saved page is damaged")
        return self._ids(request, body)

    def _unchanged(
        self, request: Request, cached: CachedResponse, response: Response
    ) -> tuple[int, ...]:
        """The saved page is the newest there is, if it is this one that the answer means."""
        tag = self._clean(response.headers.get("etag", ""))
        if tag and tag.removeprefix("W/") != (cached.etag or "").removeprefix("W/"):
            raise Malformed(request.label, "the response is for another version (304)")
        try:
            return self.saved_ids(request, cached.rows, cached.body())
        except KeepError as error:
            raise Malformed(request.label, f"the saved page can't be read ({error})") from None

    def _clean(self, header: str) -> str:
        """A header's value as it may be saved: without the token, in ASCII."""
        text = redact(header, self._plan.token)
        return text if text.isascii() else text.encode("ascii", "backslashreplace").decode()


def _rows(request: Request, body: bytes) -> int:
    """Check that a body answers a request; gives how many rows it has."""
    return check_body(request.operation, body, request.label, request.target, request.page)


def _no_v3(response: Response) -> bool:
    """Whether an answer is what a server without v3 gives."""
    if response.status != 200:
        return response.status in (403, 404, 410)
    kind = response.headers.get("content-type", "")
    return "json" not in kind.lower() if kind else response.body.lstrip()[:1] == b"<"


def status_error(response: Response, request: Request, body: bytes = b"") -> RequestError | None:
    """The error that a status means, given the unpacked body; None where it may be good."""
    status, label = response.status, request.label
    single = request.operation.kind is Kind.RECORD
    if status == 200:
        empty = single and not response.body
        return NotFound(label, "not found (the response is empty)", status) if empty else None
    if status < 200:  # by a method that skips no informational response
        return Malformed(label, NOT_HTTP)
    said = error_message(body)
    detail = f"HTTP {status}" + (f" ({said})" if said else "")
    if status == 401:
        return TokenRefused(label, f"the token is missing or refused ({detail})", status)
    if status == 403:
        return AccessRefused(label, f"the server refuses the request ({detail})", status)
    if (status == 404 and (said or not body.strip())) or (status == 204 and single):
        return NotFound(label, f"not found ({detail})", status)
    if status == 429:
        return Throttled(label, detail, retry_after_s(response.headers))
    if status == 408 or 500 <= status < 600:
        return ServerFault(label, detail, status, retry_after_s(response.headers))
    if 300 <= status < 400 and status != 304:
        return Redirected(label, f"{detail}: the server redirects to another address", status)
    if status in (400, 422):
        return Rejected(label, detail, status)
    words = "" if said else first_words(body)
    return Unexpected(label, detail + (f": {words}" if words else ""), status)


def retry_after_s(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """Seconds that a Retry-After header asks for: a number, or an HTTP date (RFC 9110, 10.2.3).

    Nonsense counts as absent; what lies in the past is 0.
    """
    text = headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:12])
    try:
        when = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
    if when.tzinfo is None:
        when = when.replace(tzinfo=UTC)
    return max(0.0, (when - (now or datetime.now(UTC))).total_seconds())
