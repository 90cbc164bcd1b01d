"""What can go wrong, as one small tree.

::

    RedListError
    ├── UsageError              bad input, said before anything is sent
    │   └── UnknownOperation    with the nearest ones
    ├── TokenWithheld           the server is none that the user has named for the token
    ├── KeepError               the store can't be used; its fault says which case it is
    ├── RunHalted               too much failed: nothing more is asked
    │   └── MethodFailed        what carried the run failed, or left it undone
    └── RequestError            one request failed
        ├── Unreachable         no connection: refused, reset, DNS, TLS
        ├── TimedOut            an attempt took too long
        ├── CutOff              the body ended early
        ├── Malformed           no valid HTTP, or a body that the operation doesn't answer
        ├── TooLarge            the body passed the limit
        ├── Repeated            a page that is another one again
        ├── Throttled           429: asked too often
        ├── ServerFault         408, or any 5xx
        ├── NotFound            404, or an empty answer: that item doesn't exist
        ├── Rejected            400, 422: the operation or its parameters are wrong
        ├── Unexpected          a status that the API doesn't document
        ├── Redirected          3xx: never followed, a token stays with its host
        ├── Interrupted         under way when the user stopped the run
        ├── Retired             v3 where there is no v3 any more
        └── TokenRefused        401, or v3's "Token not valid!"
            └── AccessRefused   403: also of valid tokens, for hours

Each says what failed, for which request, and what to do. Which of them are tried again is
the policy's to decide (:mod:`tui_app.fetch.policy`), not theirs.
"""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar, Final

from .token import Token, redact

RESUME: Final = "`iucn-tui resume last`"
"""What finishes a run, in advice. Who knows which run, or has a key for it, says that instead."""


def naming(run: str, advice: str) -> str:
    """Advice for a run that is known: what finishes it, and not just the last one."""
    return advice.replace(RESUME, f"`iucn-tui resume {run}`")


class RedListError(Exception):
    """Base of all errors that this program words for its user."""

    advice: str = ""
    """What the user can do about it, a sentence or empty."""

    def sentence(self) -> str:
        """The message with its advice, as a person reads it."""
        said = str(self)
        if said and not said.endswith((".", "!", "?")):
            said += "."
        return f"{said} {self.advice}".strip()


class UsageError(RedListError):
    """Bad input: what was wrong, with what, and what to do."""

    def __init__(self, message: str, advice: str = "") -> None:
        super().__init__(message)
        self.advice = advice


class UnknownOperation(UsageError):
    """No such operation in the catalogue.

    Attributes:
        nearest: the most similar paths that exist, best first.
    """

    def __init__(self, asked: str, nearest: tuple[str, ...] = ()) -> None:
        advice = (
            f"Did you mean {' or '.join(nearest)}?"
            if nearest
            else "`iucn-tui operations` lists what there is."
        )
        super().__init__(f"There is no operation '{asked}'.", advice)
        self.nearest = nearest


class TokenWithheld(RedListError):
    """The token is not sent to a server that a file or a run names, and not the user."""

    def __init__(self, base_url: str) -> None:
        super().__init__(
            f"The token is not sent to {base_url}: you have not named that server yourself, and it "
            "has not had this token before."
        )
        self.advice = (
            f"If you trust it, name it: --base-url {base_url}, or IUCN_TUI_BASE_URL in the "
            "environment. Otherwise remove it from config.ini, or don't resume that run."
        )


class StoreFault(StrEnum):
    """Why the store can't be used."""

    FULL = "full"
    LOCKED = "locked"
    READ_ONLY = "read-only"
    DENIED = "denied"
    NEWER = "newer"
    OLDER = "older"
    DAMAGED = "damaged"
    NOT_A_STORE = "not a store"
    NOT_A_FILE = "not a file"
    NO_FOLDER = "no folder"
    MOVED = "moved"
    DISK = "disk"
    OTHER = "other"


_ELSEWHERE: Final = "or choose another folder with IUCN_TUI_HOME"

STORE_FAULTS: Final[dict[StoreFault, tuple[str, str]]] = {
    StoreFault.FULL: (
        "the disk is full",
        f"Free some space {_ELSEWHERE}, then try again.",
    ),
    StoreFault.LOCKED: (
        "another program has locked it",
        "Wait until that program has finished, or end it, then try again.",
    ),
    StoreFault.READ_ONLY: (
        "it is read-only",
        "Its runs can be listed, shown and exported. To fetch, compare or delete, make it writable"
        f" {_ELSEWHERE}.",
    ),
    StoreFault.DENIED: (
        "you have no permission to read it",
        f"Change its permissions {_ELSEWHERE}.",
    ),
    StoreFault.NEWER: (
        "it was made by a newer iucn-tui",
        f"Upgrade iucn-tui {_ELSEWHERE}.",
    ),
    StoreFault.OLDER: (
        "it was made by an older iucn-tui, and can't be read",
        f"Move it away {_ELSEWHERE}.",
    ),
    StoreFault.DAMAGED: (
        "it is damaged",
        "Start iucn-tui again: it saves what can be read.",
    ),
    StoreFault.NOT_A_STORE: (
        "it is no database of iucn-tui",
        f"Move that file away {_ELSEWHERE}.",
    ),
    StoreFault.NOT_A_FILE: (
        "it is no file",
        f"Move it away {_ELSEWHERE}.",
    ),
    StoreFault.NO_FOLDER: (
        "its folder can't be made",
        f"Correct the path {_ELSEWHERE}.",
    ),
    StoreFault.MOVED: (
        "it was moved or deleted while it was in use",
        "Put it back where it was, or start iucn-tui again: it begins a new one.",
    ),
    StoreFault.DISK: (
        "the disk failed",
        f"Free some space and check the disk, {_ELSEWHERE}, then try again.",
    ),
    StoreFault.OTHER: ("", ""),
}
"""Each fault's cause, which goes on from "can't be used:", and what to do about it."""


def waiting_words(waited_s: float) -> str:
    """What is said while another program has locked the store."""
    return f"Waiting for another program to release the store ({waited_s:.0f} s)…"


class KeepError(RedListError):
    """The store can't be used, or what is kept can't be read.

    Attributes:
        fault: which case it is; :data:`STORE_FAULTS` has its words.
        detail: what the system or SQLite said of it; may be empty.
    """

    def __init__(
        self, message: str, fault: StoreFault = StoreFault.OTHER, detail: str = ""
    ) -> None:
        super().__init__(message)
        self.fault = fault
        self.detail = detail
        self.advice = STORE_FAULTS[fault][1]


class RunHalted(RedListError):
    """So much failed that nothing more is asked: the server is away, or in trouble."""

    advice = f"What arrived is kept; {RESUME} goes on when the server is well."


class MethodFailed(RunHalted):
    """What carried the run failed, or returned before all was done."""

    advice = f"What arrived is kept; {RESUME} goes on, best by another method."


class RequestError(RedListError):
    """One request failed.

    Attributes:
        label: the request in words: ``countries/MG page 3``.
        detail: what happened, without the label.
        status: the HTTP status, or None where no answer came.
    """

    kind: ClassVar[str] = "error"

    def __init__(self, label: str, detail: str, status: int | None = None) -> None:
        super().__init__(f"{label}: {detail}")
        self.label = label
        self.detail = detail
        self.status = status

    def redact(self, token: Token | None) -> None:
        """Take a token out of the message, and out of any URL in it."""
        self.detail = redact(self.detail, token)
        self.args = (f"{self.label}: {self.detail}",)

    def let_go(self) -> None:
        """Forget where it was raised, and what it came of: both hold the body that was read."""
        self.__traceback__ = self.__cause__ = self.__context__ = None


class Unreachable(RequestError):
    """No connection came about, or it broke before the answer."""

    kind = "connection"
    advice = "Check the network and the base URL; `iucn-tui check` tries it."


class TimedOut(RequestError):
    """An attempt took longer than its time-out."""

    kind = "timeout"
    advice = "A longer --timeout or fewer in flight may help."


class CutOff(RequestError):
    """The body ended before its announced length."""

    kind = "cut-off"
    advice = f"{RESUME} asks again for what is missing."


class Malformed(RequestError):
    """The response is not valid HTTP, or its body is not what the operation answers."""

    kind = "malformed"
    advice = "The server, or something in front of it, sent something else; try again later."


class TooLarge(RequestError):
    """The body passed the size limit."""

    kind = "too-large"
    advice = "No Red List answer is this large; check the base URL."


class Repeated(RequestError):
    """A page that is another one again: the server doesn't know of pages."""

    kind = "repeated"
    advice = "This server doesn't give this list by pages; check the base URL."


class Throttled(RequestError):
    """The server asked to slow down (429).

    Attributes:
        retry_after_s: seconds that it asked to wait, or None where it did not say.
    """

    kind = "throttled"
    advice = "Another program may use the same token. Lower --rate or --window."

    def __init__(self, label: str, detail: str, retry_after_s: float | None = None) -> None:
        super().__init__(label, detail, 429)
        self.retry_after_s = retry_after_s


class ServerFault(RequestError):
    """The server failed, or what stands in front of it did (408, 5xx).

    Attributes:
        retry_after_s: seconds that it asked to wait, or None where it did not say.
    """

    kind = "server"
    advice = f"The server is in trouble; {RESUME} asks again for what is missing."

    def __init__(
        self, label: str, detail: str, status: int, retry_after_s: float | None = None
    ) -> None:
        super().__init__(label, detail, status)
        self.retry_after_s = retry_after_s


class NotFound(RequestError):
    """The item doesn't exist (404, or an answer without a body to a name or an id)."""

    kind = "not-found"
    advice = (
        "The server has nothing under this code, name or id. Codes are in the code lists; "
        "names must be the accepted ones, synonyms are not resolved."
    )


class Rejected(RequestError):
    """The server refused the operation or its parameters (400, 422)."""

    kind = "rejected"
    advice = "Check the operation and its filters."


class Unexpected(RequestError):
    """A status that the API doesn't document."""

    kind = "unexpected"
    advice = (
        "This may not be a Red List server, or a proxy stands in front of it. "
        "Check the base URL, or try again later."
    )


class Retired(RequestError):
    """API v3 was requested, and the server has no v3."""

    kind = "retired"
    advice = "Use v4: leave out `--api v3`. The demo server still has v3, for comparisons."


class Redirected(RequestError):
    """The server pointed elsewhere, and a token never follows."""

    kind = "redirected"
    advice = "Give the new address with --base-url if you trust it."


class Interrupted(RequestError):
    """The user stopped the run while the request was under way."""

    kind = "cancelled"
    advice = f"{RESUME} goes on."


class TokenRefused(RequestError):
    """The token is missing or wrong."""

    kind = "token"
    advice = (
        "Set IUCN_REDLIST_KEY or [API] iucn in config.ini; "
        "a token is free at https://api.iucnredlist.org/users/sign_up."
    )


class AccessRefused(TokenRefused):
    """The server refuses the request (403): of no token, a wrong one, and at times of any."""

    kind = "forbidden"
    advice = (
        "The token may lack access. Valid tokens have also been refused for hours before: "
        "check the token, and resume later."
    )


def advice_of(kind: str) -> str:
    """What the user can do about errors of a kind; empty for kinds that are not of requests."""
    queue = [RequestError]
    while queue:
        one = queue.pop()
        if one.kind == kind:
            return one.advice
        queue += one.__subclasses__()
    return ""
