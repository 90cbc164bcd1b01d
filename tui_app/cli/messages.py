"""How a command ends: messages on stderr, advice on errors, exit codes."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from contextlib import suppress
from enum import IntEnum
from typing import TYPE_CHECKING, Final

from tui_app.redlist import errors
from tui_app.redlist.errors import (
    AccessRefused,
    Advice,
    RedListError,
    TokenRefused,
    TokenWithheld,
    UsageError,
)
from tui_app.redlist.text import visible

if TYPE_CHECKING:
    from tui_app.runs import Summary

WORDS: Final[Mapping[str, str]] = {
    Advice.ADD_TOKEN: "Set IUCN_REDLIST_KEY, or [API] iucn in config.ini. "
    "Tokens are free: https://api.iucnredlist.org/users/sign_up.",
    Advice.CHECK_CONNECTION: "Check the network and the base URL; `iucn-tui check` tests them.",
    Advice.COMPARE_FIRST: "Run `iucn-tui compare` first.",
    Advice.EXPORT_AGAIN: "The run is saved: `iucn-tui export {run}` writes it elsewhere.",
    Advice.EXPORT_RUN: "`iucn-tui export {run}` writes it.",
    Advice.FETCH_FIRST: "Run `iucn-tui fetch` first.",
    Advice.FETCH_FRESH: "Its pages were cached by runs that have been deleted. Fetch it again "
    "with --fresh.",
    Advice.FETCH_LIST: "Fetch a list that has these taxa first, for example "
    "`iucn-tui fetch taxa/class/MAMMALIA --latest`.",
    Advice.GIVE_LIST: "Add --{what} FILE; `-` reads standard input.",
    Advice.KEEP_IN_KEYRING: "`iucn-tui config set-token --keyring` saves one.",
    Advice.LIST_OPERATIONS: "`iucn-tui operations` lists all operations.",
    Advice.LIST_RUNS: "`iucn-tui runs` lists them.",
    Advice.LIST_SETTINGS: "`iucn-tui config` lists all settings.",
    Advice.LONGER_TIMEOUT: "A longer --timeout or a lower --concurrency may help.",
    Advice.LOWER_PACE: "Another program may use the same token. Lower --rate or --window.",
    Advice.NAME_COLUMN: "Give its heading with --column, or rename it to {usual}.",
    Advice.NAME_NEW_SERVER: "Give the new address with --base-url if you trust it.",
    Advice.NAME_SERVER: "If you trust it, name it: --base-url {base_url}, or IUCN_TUI_BASE_URL in "
    "the environment. Otherwise remove it from config.ini, or don't resume that run.",
    Advice.NEWEST_COMPARISON: "`last` is the newest.",
    Advice.NO_KEYRING: "Set IUCN_REDLIST_KEY, or `iucn-tui config set-token` without --keyring.",
    Advice.REPLAY_ORIGINAL: "`iucn-tui compare --source {run}` replays it again.",
    Advice.RESUME: "`iucn-tui resume {run}` continues the run.",
    Advice.RESUME_DAMAGED: "`iucn-tui resume {run}` fetches {what} again.",
    Advice.RESUME_MISSING: "`iucn-tui resume {run}` repeats the failed requests.",
    Advice.RESUME_SERVER_FAULT: "The server failed. `iucn-tui resume {run}` repeats the failed "
    "requests; try it later.",
    Advice.SEND_ANYWAY: "`--param {name}=…` sends it anyway.",
    Advice.START_DEMO: "Run `iucn-tui demo` to see why.",
    Advice.USE_V4: "Use v4: leave out `--api v3`. The demo server still has v3, for comparisons.",
}
"""Advice, as commands and options."""


def say(text: str) -> None:
    """Print a line to stderr, if stderr is still open."""
    with suppress(OSError):  # the terminal is closed, or `2>&1 | head` has ended
        print(visible(text), file=sys.stderr, flush=True)


def say_error(error: RedListError) -> None:
    """An error, on stderr."""
    say(f"iucn-tui: {sentence(error)}")


def sentence(error: RedListError) -> str:
    """What failed, why, and what to do."""
    return error.sentence(WORDS)


def advice_on(advice: str, run: str = "last") -> str:
    """The words of an advice, for a run."""
    return errors.advice_in_words(advice, WORDS, {"run": run})


def advice_on_kind(kind: str, run: str = "last", request: str = "") -> str:
    """Advice on failed requests of a kind, of which one is ``request``; empty if there is none."""
    return advice_on(errors.advice_of(kind, request), run)


class Exit(IntEnum):
    """The exit codes, on which scripts rely."""

    OK = 0
    FAILED = 1
    """Nothing was fetched."""
    USAGE = 2
    PARTIAL = 3
    """All that arrived is saved and written; the rest is listed."""
    TOKEN = 4
    """The token is missing or refused, or not for that server."""
    STOPPED = 130
    """By the user; all that arrived is saved."""


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
