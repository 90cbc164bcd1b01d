"""What is asked of the user before a real server is asked for much."""

from __future__ import annotations

import sys
from math import inf

import click

from tui_app.redlist.errors import TokenRefused, UsageError
from tui_app.settings import COURTEOUS_RATE, Settings, check_token

from .saying import say


def require_token(settings: Settings) -> None:
    """Say at once, before anything is sent, that a live host wants a token, or must not have it.

    Raises:
        TokenRefused: there is none.
        TokenWithheld: it is not for that server.
    """
    if settings.pace_is_owed and settings.token is None:
        raise TokenRefused(settings.server, "no token is set")
    if settings.source == "live":
        check_token(settings)


def confirm_pace(settings: Settings, *, quiet: bool) -> None:
    """Warn of a pace that is faster than the API permits; ask, where somebody can answer.

    Args:
        settings: what would be carried out.
        quiet: warn, and don't ask.

    Raises:
        UsageError: the answer was no.
    """
    if not settings.pace_is_owed or (settings.effective_rate() or inf) <= COURTEOUS_RATE:
        return
    say(
        f"Warning: faster than the {COURTEOUS_RATE:g} requests a second that the API's "
        "guidance permits; a token can be limited or revoked for it."
    )
    if quiet or not (sys.stdin.isatty() and sys.stderr.isatty()):
        return
    if not click.confirm("Go on all the same?", default=False, err=True):
        raise UsageError("Nothing was asked.", "Leave out --rate for the default.")
