"""What an answer is worth: a page to keep, or the error that it means."""

from __future__ import annotations

from hashlib import blake2b

from tui_app.redlist import assessment_ids, check_body, inflate, paging, redact, redact_bytes
from tui_app.redlist.errors import KeepError, Malformed, Repeated, RequestError, Retired
from tui_app.redlist.validation import check_page

from .attempt import Attempt
from .events import State
from .outcome import Page, Response, status_error
from .plan import Plan, Request
from .shelf import Shelved

KEPT_HEADERS = frozenset(
    {"etag", "total-pages", "total-count", "page-items", "current-page", "x-runtime", "date"}
)
"""Headers worth keeping with a page. None of them can carry a secret."""


class Judge:
    """Judges the answers of one run, the same for every method.

    Args:
        plan: of the run.
    """

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._follows = plan.query.details or plan.query.intersect
        self._answered = False
        self._first_of: dict[int, tuple[int | None, bytes]] = {}

    def judge(self, attempt: Attempt, response: Response) -> Page | RequestError:
        """The page that came, or what is wrong with the answer."""
        found = self._judge(attempt, response)
        if isinstance(found, Page):
            self._answered = True
        elif self._plan.query.api == "v3" and not self._answered and _no_v3(response):
            return Retired(
                attempt.label,
                f"API v3 is retired: the server answered HTTP {response.status}"
                + (" without JSON" if response.status == 200 else ""),
                response.status,
            )
        return found

    def _judge(self, attempt: Attempt, response: Response) -> Page | RequestError:
        if response.status == 304 and attempt.shelved is not None:
            return self._unchanged(attempt, attempt.shelved, response)
        try:
            body = inflate(
                response.body,
                response.headers.get("content-encoding", ""),
                attempt.label,
                self._plan.max_body_bytes,
            )
        except RequestError as wrong:
            return status_error(response, attempt.request) or wrong
        body = redact_bytes(body, self._plan.token)  # a server may repeat what it was sent
        error = status_error(response, attempt.request, body)
        if error is not None:
            return error
        try:
            self._check_page(attempt.request, response)
            rows = self._check(attempt.request, body)
            if rows and attempt.request.page is not None and "total-pages" not in response.headers:
                self._check_new(attempt, body)
        except RequestError as wrong:
            return wrong
        return self._page(attempt, response, rows, body=body, ids=self.ids(attempt.request, body))

    @staticmethod
    def _check(request: Request, body: bytes) -> int:
        """Check that a body answers a request; gives how many rows it has."""
        return check_body(request.operation, body, request.label, request.target, request.page)

    @staticmethod
    def _check_page(request: Request, response: Response) -> None:
        if request.page is not None:
            check_page(response.headers, request.page, request.label)

    def _check_new(self, attempt: Attempt, body: bytes) -> None:
        """Refuse a page that is another one again.

        Where no header says how many pages there are, they are asked for until one is empty: of a
        server that doesn't know of pages, for ever.
        """
        request, digest = attempt.request, blake2b(body).digest()
        page, first = self._first_of.setdefault(request.target_index, (request.page, digest))
        if page != request.page and digest == first:
            raise Repeated(attempt.label, f"it is page {page} once more")

    def ids(self, request: Request, body: bytes) -> tuple[int, ...]:
        """Assessments that a checked body names, where they are to be followed."""
        if not self._follows:
            return ()
        return assessment_ids(request.operation, body, self._plan.query.only)

    def saved_ids(self, request: Request, shelved: Shelved) -> tuple[int, ...]:
        """As :meth:`ids`, of a saved page that may be used in the place of an answer.

        Raises:
            KeepError: the page is damaged.
            RequestError: it is no answer to this request.
        """
        body = shelved.body()
        if self._check(request, body) != shelved.rows:
            raise Malformed(request.label, "the saved page is damaged")
        return self.ids(request, body)

    def _unchanged(
        self, attempt: Attempt, shelved: Shelved, response: Response
    ) -> Page | RequestError:
        """The saved page is the newest there is, if it is this one that the answer means."""
        try:
            self._check_page(attempt.request, response)
            tag = self._clean(response.headers.get("etag", ""))
            if tag and tag.removeprefix("W/") != (shelved.etag or "").removeprefix("W/"):
                raise Malformed(attempt.label, "the answer is about another version (304)")
            ids = self.saved_ids(attempt.request, shelved)
        except KeepError as error:
            return Malformed(attempt.label, f"the saved page can't be read ({error})")
        except RequestError as wrong:
            return wrong
        return self._page(attempt, response, shelved.rows, ids=ids, shelved=shelved)

    def _page(
        self,
        attempt: Attempt,
        response: Response,
        rows: int,
        *,
        body: bytes = b"",
        ids: tuple[int, ...] = (),
        shelved: Shelved | None = None,
    ) -> Page:
        attempt.mark(State.DECODED, records=rows)
        headers = {
            name: self._clean(response.headers[name])
            for name in KEPT_HEADERS & response.headers.keys()
        }
        said = paging(headers)
        if shelved is not None and said.total_pages is None:
            said = shelved.paging
        return Page(
            attempt.request,
            response.status,
            headers,
            body,
            len(response.body),
            rows,
            attempt.number,
            attempt.phases,
            said,
            shelved=shelved,
            ids=ids,
        )

    def _clean(self, header: str) -> str:
        """A header's value as it may be saved: without the token, in ASCII."""
        text = redact(header, self._plan.token)
        return text if text.isascii() else text.encode("ascii", "backslashreplace").decode()


def _no_v3(response: Response) -> bool:
    """Whether an answer is what a server without v3 gives."""
    if response.status != 200:
        return response.status in (403, 404, 410)
    kind = response.headers.get("content-type", "")
    return "json" not in kind.lower() if kind else response.body.lstrip()[:1] == b"<"
