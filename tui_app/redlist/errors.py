"""What can go wrong, as one small tree.

::

    RedListError
    ├── UsageError              bad input, said before anything is sent
    │   └── UnknownOperation    with the nearest ones
    ├── KeepError               what arrived could not be kept (full disk, read-only folder)
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
        ├── ServerFault         5xx
        ├── NotFound            404: that item doesn't exist
        ├── Rejected            400 and other refusals that a repeat won't change
        ├── Redirected          3xx: never followed, a token stays with its host
        ├── Interrupted         under way when the user stopped the run
        └── TokenRefused        401, or v3's "Token not valid!"

Each says what failed, for which request, and what to do. Which of them are tried again is
the policy's to decide (:mod:`tui_app.fetch.policy`), not theirs.
"""

from __future__ import annotations

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


class KeepError(RedListError):
    """What arrived could not be written to the store."""

    advice = "Free some space or choose another folder with IUCN_TUI_HOME, then try again."


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
    advice = "Lower --rate or --concurrency."

    def __init__(self, label: str, detail: str, retry_after_s: float | None = None) -> None:
        super().__init__(label, detail, 429)
        self.retry_after_s = retry_after_s


class ServerFault(RequestError):
    """The server failed (5xx).

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
    """The item doesn't exist (404)."""

    kind = "not-found"
    advice = "Check its spelling; `iucn-tui operations` lists the code lists."


class Rejected(RequestError):
    """The server refused the request for good (400 and the like)."""

    kind = "rejected"
    advice = "Check the operation and its filters."


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
