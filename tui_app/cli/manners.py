"""What is asked of the user before a real server is asked for much."""

from __future__ import annotations

import sys

import click

from tui_app.redlist.errors import TokenRefused, UsageError
from tui_app.redlist.rate_limit import pace_in_words
from tui_app.settings import COURTEOUS_RATE, COURTEOUS_WINDOW, Settings, check_token

from .messages import say


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
    if not settings.hasty:
        return
    usual = pace_in_words(COURTEOUS_RATE, COURTEOUS_WINDOW)
    say(
        f"Warning: faster than the {usual} that the API permits; a token can be limited or revoked "
        "for it."
    )
    if quiet or not (sys.stdin.isatty() and sys.stderr.isatty()):
        return
    if not click.confirm("Go on all the same?", default=False, err=True):
        raise UsageError("Nothing was asked.", "Leave out --rate and --window for the default.")
