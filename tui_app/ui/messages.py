"""Each error in the application's words: what happened, and which key helps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tui_app.redlist import errors
from tui_app.redlist.errors import Advice, RedListError

_WORDS: Final[Mapping[str, str]] = {
    Advice.ADD_TOKEN: "{key_token} adds one; "
    "a token is free at https://api.iucnredlist.org/users/sign_up.",
    Advice.CHECK_CONNECTION: "Check the network and the base URL.",
    Advice.COMPARE_FIRST: "Compare with {key_run} first.",
    Advice.EXPORT_AGAIN: "The run is saved: {key_export} writes it elsewhere.",
    Advice.EXPORT_RUN: "{key_export} writes it.",
    Advice.FETCH_FIRST: "Fetch with {key_run} first.",
    Advice.FETCH_LIST: "Fetch a list that has these taxa first, for example taxa/family/Felidae.",
    Advice.FETCH_FRESH: "Its pages were cached by runs that have been deleted. Tick "
    "fresh and fetch it again.",
    Advice.GIVE_LIST: "Choose a file of {what}.",
    Advice.KEEP_IN_KEYRING: "{key_token} saves one.",
    Advice.LIST_OPERATIONS: "{key_pick} lists all operations.",
    Advice.LIST_RUNS: "{key_history} lists them.",
    Advice.LIST_SETTINGS: "config.example.ini lists all settings.",
    Advice.LONGER_TIMEOUT: "A longer timeout or fewer requests in flight may help.",
    Advice.LOWER_PACE: "Another program may use the same token. Lower the rate in Setup "
    "({key_setup}).",
    Advice.NAME_COLUMN: "Give it the heading {usual}.",
    Advice.NAME_NEW_SERVER: "Make the new address the base URL if you trust it.",
    Advice.NAME_SERVER: "If you trust it, name it with IUCN_TUI_BASE_URL in the environment. "
    "Otherwise remove it from config.ini, or don't resume that run.",
    Advice.NO_KEYRING: "Set IUCN_REDLIST_KEY, or save the token in config.ini.",
    Advice.REPLAY_ORIGINAL: "Replay run {run} again from History ({key_history}).",
    Advice.RESUME: "{key_resume} continues the run.",
    Advice.RESUME_DAMAGED: "{key_resume} fetches {what} again.",
    Advice.RESUME_MISSING: "{key_resume} repeats the failed requests.",
    Advice.RESUME_SERVER_FAULT: "The server failed. {key_resume} repeats the failed requests; "
    "try it later.",
    Advice.START_DEMO: "Try again, or choose a real server.",
    Advice.USE_V4: "Use v4. The demo server still has v3, for comparisons.",
}
"""What helps. An :class:`Advice` that is missing has no counterpart in the application."""

_KEYS: Final = ("export", "history", "pick", "resume", "run", "setup", "token")


def error_in_words(error: BaseException) -> str:
    """What happened, and what helps; of a fault of the program, what was raised."""
    return error.sentence(_WORDS, _shown()) if isinstance(error, RedListError) else repr(error)


def key_advice(advice: str) -> str:
    """What helps: of advice that an error carries or a summary keeps."""
    return errors.advice_in_words(advice, _WORDS, _shown())


def key_advice_on(kind: str, request: str = "") -> str:
    """What helps against failed requests of a kind, of which one is ``request``.

    Empty where nothing is known to.
    """
    return key_advice(errors.advice_of(kind, request))


def _shown() -> dict[str, str]:
    from . import keys  # with all of textual's bindings: the model needs none of them

    return {f"key_{one.id}": keys.name_of(one) for one in keys.named(*_KEYS)}
