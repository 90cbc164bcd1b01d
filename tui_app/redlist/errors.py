"""The errors: one small tree. Each has its kind, its facts and its message.

Advice is a sentence here if it is the same in all faces. If it needs a command, an option or a key,
an error has an :class:`Advice`, and each face has the words: ``tui_app/cli/messages.py``
and ``tui_app/ui/messages.py``. Which requests are retried is decided in
:mod:`tui_app.fetch.policy`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import Enum, StrEnum
from typing import Any, ClassVar, Final

from .redaction import Token, redact


class Advice(StrEnum):
    """Advice that each face words by itself; ``{…}`` in the words are facts of the error."""

    ADD_TOKEN = "add-token"  # noqa: S105 - no password
    CHECK_CONNECTION = "check-connection"
    COMPARE_FIRST = "compare-first"
    EXPORT_AGAIN = "export-again"
    EXPORT_RUN = "export-run"
    FETCH_FRESH = "fetch-fresh"
    FETCH_FIRST = "fetch-first"
    FETCH_LIST = "fetch-list"
    GIVE_LIST = "give-list"
    KEEP_IN_KEYRING = "keep-in-keyring"
    LIST_OPERATIONS = "list-operations"
    LIST_RUNS = "list-runs"
    LIST_SETTINGS = "list-settings"
    LONGER_TIMEOUT = "longer-timeout"
    LOWER_PACE = "lower-pace"
    NAME_SERVER = "name-server"
    NAME_COLUMN = "name-column"
    NAME_NEW_SERVER = "name-new-server"
    NEWEST_COMPARISON = "newest-comparison"
    NO_KEYRING = "no-keyring"
    REPLAY_ORIGINAL = "replay-original"
    RESUME = "resume"
    RESUME_DAMAGED = "resume-damaged"
    RESUME_MISSING = "resume-missing"
    RESUME_SERVER_FAULT = "resume-server-fault"
    SEND_ANYWAY = "send-anyway"
    START_DEMO = "start-demo"
    USE_V4 = "use-v4"


_LAST: Final = {"run": "last", "what": "it"}
_NO_WORDS: Final[Mapping[str, str]] = {}


def advice_in_words(
    advice: str, words: Mapping[str, str], facts: Mapping[str, str] = _NO_WORDS
) -> str:
    """Advice, which may be a sentence already, in a face's words with the facts put in."""
    if advice not in frozenset(Advice):
        return advice
    return words.get(advice, "").format_map({**_LAST, **facts})


class RedListError(Exception):
    """Base of all errors with a message for the user."""

    kind: ClassVar[str] = "error"
    advice: str = ""  # a sentence, or an Advice

    def __init_subclass__(cls, kind: str | None = None, advice: str | None = None) -> None:
        cls.kind = cls.kind if kind is None else kind
        cls.advice = cls.advice if advice is None else advice

    def __init__(self, message: str = "", advice: str | None = None, **facts: str) -> None:
        super().__init__(message)
        if advice is not None:
            self.advice = advice
        self.facts = facts  # what a face's words may name

    def sentence(
        self, words: Mapping[str, str] = _NO_WORDS, further: Mapping[str, str] = _NO_WORDS
    ) -> str:
        """The message and the advice, in a face's words.

        ``further`` are facts besides the error's own: a face's keys.
        """
        said = str(self)
        if said and not said.endswith((".", "!", "?")):
            said += "."
        facts = {**further, **self.facts}
        return f"{said} {advice_in_words(self.advice, words, facts)}".strip()


class UsageError(RedListError):
    """Bad input: what is wrong, and how to correct it."""


class UnknownOperation(UsageError):
    """No such operation in the catalogue; ``why`` is a sentence on what the API doesn't have."""

    def __init__(self, asked: str, nearest: tuple[str, ...] = (), why: str = "") -> None:
        meant = f"Did you mean {' or '.join(nearest)}?" if nearest else Advice.LIST_OPERATIONS
        super().__init__(f"There is no operation '{asked}'. {why}".rstrip(), meant)
        self.nearest = nearest  # paths that exist, best first


class TokenWithheld(RedListError, advice=Advice.NAME_SERVER):
    """The token is not sent to a server that a file or a run names, and not the user."""

    def __init__(self, base_url: str) -> None:
        super().__init__(
            f"The token is not sent to {base_url}: you have not named that server yourself, and "
            "it has not received this token before.",
            base_url=base_url,
        )


_ELSEWHERE: Final = "or choose another folder with IUCN_TUI_HOME"


class StoreFault(Enum):
    """Why the store can't be used: the cause, which follows "can't be used:", and advice."""

    FULL = "the disk is full", f"Free some space {_ELSEWHERE}, then try again."
    LOCKED = (
        "another program has locked it",
        "Wait until that program has finished, or end it, then try again.",
    )
    READ_ONLY = (
        "it is read-only",
        "Its runs can be listed, shown and exported. To fetch, compare or delete, make it writable"
        f" {_ELSEWHERE}.",
    )
    DENIED = "you have no permission to read it", f"Change its permissions {_ELSEWHERE}."
    NEWER = "it was made by a newer iucn-tui", f"Upgrade iucn-tui {_ELSEWHERE}."
    OLDER = "it was made by an older iucn-tui, and can't be read", f"Move it away {_ELSEWHERE}."
    DAMAGED = "it is damaged", "Start iucn-tui again: it recovers the readable data."
    NOT_A_STORE = "it is not a database of iucn-tui", f"Move that file away {_ELSEWHERE}."
    NOT_A_FILE = "it is not a file", f"Move it away {_ELSEWHERE}."
    NO_FOLDER = "its folder can't be created", f"Correct the path {_ELSEWHERE}."
    MOVED = (
        "it was moved or deleted while in use",
        "Move it back, or start iucn-tui again to create a new one.",
    )
    DISK = (
        "the disk failed",
        f"Free some space and check the disk, {_ELSEWHERE}, then try again.",
    )
    OTHER = "", ""

    def __init__(self, cause: str, advice: str) -> None:
        self.cause = cause
        self.advice = advice


def waiting_words(waited_s: float) -> str:
    """The message while another program has locked the store."""
    return f"Waiting for another program to release the store ({waited_s:.0f} s)…"


class KeepError(RedListError):
    """The store can't be used, or what is saved can't be read."""

    def __init__(
        self,
        message: str,
        fault: StoreFault = StoreFault.OTHER,
        detail: str = "",
        advice: str | None = None,
        **facts: str,
    ) -> None:
        super().__init__(message, fault.advice if advice is None else advice, **facts)
        self.fault = fault
        self.detail = detail  # what the system or SQLite said


class RunHalted(RedListError, advice="The run can be resumed when the server works again."):
    """So many requests failed that the run stops: the server is unreachable or failing."""


class MethodFailed(RunHalted, advice="The run can be resumed, best by another method."):
    """The method failed, or returned before all was done."""


class RequestError(RedListError):
    """One request failed."""

    def __init__(
        self,
        label: str,
        detail: str,
        status: int | None = None,
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(f"{label}: {detail}")
        self.label = label  # the request in words: countries/MG page 3
        self.detail = detail
        self.status = status  # None where no answer came
        self.retry_after_s = retry_after_s  # that the server asked to wait

    def redact(self, token: Token | None) -> None:
        """Take a token out of the message, and out of any URL in it."""
        self.detail = redact(self.detail, token)
        self.args = (f"{self.label}: {self.detail}",)

    def let_go(self) -> None:
        """Forget where it was raised, and what it came of: both hold the body that was read."""
        self.__traceback__ = self.__cause__ = self.__context__ = None


class Unreachable(RequestError, kind="connection", advice=Advice.CHECK_CONNECTION):
    """No connection (refused, reset, DNS, TLS), or it broke before the answer."""


class TimedOut(RequestError, kind="timeout", advice=Advice.LONGER_TIMEOUT):
    """An attempt took longer than its timeout."""


class CutOff(RequestError, kind="cut-off", advice=Advice.RESUME_MISSING):
    """The body ended before its announced length."""


class Malformed(
    RequestError,
    kind="malformed",
    advice="The server or a proxy sent other content; try again later.",
):
    """The response is not valid HTTP, or its body is not what the operation answers."""


class TooLarge(
    RequestError, kind="too-large", advice="No Red List response is this large; check the base URL."
):
    """The body passed the size limit."""


class Repeated(
    RequestError,
    kind="repeated",
    advice="This server has no pages of this list; check the base URL.",
):
    """A page that is another one again: the server doesn't know of pages."""


class Throttled(RequestError, kind="throttled", advice=Advice.LOWER_PACE):
    """The rate limit is reached (429)."""

    def __init__(self, label: str, detail: str, retry_after_s: float | None = None) -> None:
        super().__init__(label, detail, 429, retry_after_s)


class ServerFault(RequestError, kind="server", advice=Advice.RESUME_SERVER_FAULT):
    """The server failed, or what stands in front of it did (408, 5xx)."""


class NotFound(RequestError, kind="not-found"):
    """The item doesn't exist (404, or an answer without a body to a name or an id)."""

    def __init__(self, label: str, *args: Any) -> None:
        super().__init__(label, *args)
        self.advice = absent(label)


_PAGE: Final = re.compile(r" page (\d+)$")


def absent(request: str) -> str:
    """Advice on a 404 for a request, which is given in words."""
    page = _PAGE.search(request)
    path = _PAGE.sub("", request).partition("?")[0]
    stem, _, value = path.rpartition("/")
    if path == "taxa/scientific_name":
        return (
            "The Red List has no taxon with this accepted name. The name may be a synonym, which "
            "the API does not resolve, or its taxon may not be assessed."
        )
    if stem == "taxa/sis":
        return (
            "The Red List has no taxon with this SIS id. For the id of an assessment, use "
            "assessment/ID."
        )
    if stem == "assessment":
        return (
            "The Red List has no assessment with this id; it may have been withdrawn. For "
            "the id of a taxon, use taxa/sis/ID."
        )
    if page is not None and int(page[1]) > 1:
        return "The list has no such page; it may have become shorter since the run began."
    if not request:
        return "The server does not have what was requested."
    if stem and stem not in ("taxa", "information", "statistics", "green_status", "species"):
        return f"The server does not know '{value}'. Fetch {stem} to list the valid ones."
    return "The server does not have this operation. Check the base URL."


class Rejected(RequestError, kind="rejected", advice="Check the operation and its filters."):
    """The server refused the operation or its parameters (400, 422)."""


class Unexpected(
    RequestError,
    kind="unexpected",
    advice=(
        "The server may not be a Red List server, or a proxy may have answered. "
        "Check the base URL, or try again later."
    ),
):
    """A status that the API doesn't document."""


class Retired(RequestError, kind="retired", advice=Advice.USE_V4):
    """API v3 was requested, and the server has no v3."""


class Redirected(RequestError, kind="redirected", advice=Advice.NAME_NEW_SERVER):
    """The server pointed elsewhere, and a token never follows."""


class Interrupted(RequestError, kind="cancelled", advice=Advice.RESUME):
    """The user stopped the run while the request was under way."""


class TokenRefused(RequestError, kind="token", advice=Advice.ADD_TOKEN):
    """The token is missing or wrong (401, or v3's "Token not valid!")."""


class AccessRefused(
    TokenRefused,
    kind="forbidden",
    advice=(
        "The token may lack access, or the server is refusing requests for now, as it has done for "
        "hours before. Check the token, or resume later."
    ),
):
    """The server refuses the request (403): of no token, a wrong one, and at times of any."""


def advice_of(kind: str, request: str = "") -> str:
    """Advice on errors of a kind: a sentence, an :class:`Advice`, or empty.

    ``request`` is one of the failed requests, in words.
    """
    if kind == NotFound.kind:
        return absent(request)
    every = (*RequestError.__subclasses__(), *TokenRefused.__subclasses__())
    return next((one.advice for one in every if one.kind == kind), "")
