"""Exit codes, as scripts rely on them."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

from tui_app.redlist.errors import (
    AccessRefused,
    RedListError,
    TokenRefused,
    TokenWithheld,
    UsageError,
)

if TYPE_CHECKING:
    from tui_app.runs import Summary


class Exit(IntEnum):
    """How a command ended."""

    OK = 0
    FAILED = 1
    """Nothing was fetched."""
    USAGE = 2
    PARTIAL = 3
    """What arrived is kept and written, the rest is named."""
    TOKEN = 4
    """The token is missing or refused, or not for that server."""
    STOPPED = 130
    """By the user; what arrived is kept."""


def exit_of_error(error: RedListError) -> Exit:
    """The exit code that an error means."""
    if isinstance(error, UsageError):
        return Exit.USAGE
    if isinstance(error, TokenRefused | TokenWithheld):
        return Exit.TOKEN
    return Exit.FAILED


def exit_of_summary(summary: Summary, *, stopped: bool) -> Exit:
    """The exit code that the end of a run means."""
    if stopped:
        return Exit.STOPPED
    if summary.complete and not (summary.lines or {}).get("malformed"):
        return Exit.OK
    if any(error["kind"] in (TokenRefused.kind, AccessRefused.kind) for error in summary.errors):
        return Exit.TOKEN
    return Exit.PARTIAL if summary.pages else Exit.FAILED
