"""What counts as a good value, and the sentence for one that isn't."""

from __future__ import annotations

import configparser
import math
import re
from typing import Final

from tui_app.methods import all_methods, find_method
from tui_app.redlist import check_base_url
from tui_app.redlist.errors import UsageError
from tui_app.redlist.rate_limit import NO_WINDOW, Window

MOST_IN_FLIGHT: Final = 256
MOST_RETRIES: Final = 100
MOST_PAGES: Final = 100_000
MOST_REPEATS: Final = 1000
MOST_WARMUP_RUNS: Final = 100
LARGEST_SEED: Final = 10**9
LARGEST_PORT: Final = 65_535

_DIGITS: Final = re.compile(r"[0-9]{1,20}")

LOWEST_RATE: Final = 0.0001
"""Requests a second: one in 2.8 hours. Waits stay within what a clock can take."""
HIGHEST_RATE: Final = 1_000_000

SHORTEST_TIMEOUT_S: Final = 0.001
LONGEST_TIMEOUT_S: Final = 86_400
LARGEST_WINDOW: Final = 100_000
"""Requests of a window at most: all of their start times are remembered."""


def parse_count(text: str, what: str, least: int, most: int) -> int:
    """A whole number from ``least`` to ``most``, written in digits.

    Raises:
        UsageError: it isn't.
    """
    number = _whole(text)
    if number is None or not least <= number <= most:
        raise UsageError(f"{what} is a whole number from {least} to {most}, not '{text}'.")
    return number


def parse_seconds(text: str, what: str, least: float = SHORTEST_TIMEOUT_S) -> float:
    """Seconds from ``least`` to a day.

    Raises:
        UsageError: it isn't.
    """
    number = _float(text)
    if not least <= number <= LONGEST_TIMEOUT_S:
        raise UsageError(
            f"{what} is a number of seconds from {least:g} to {LONGEST_TIMEOUT_S}, not '{text}'."
        )
    return number


def parse_rate(text: str) -> float | None:
    """``off`` (infinity), ``default`` or empty (None), or requests a second.

    Raises:
        UsageError: it is none of these.
    """
    word = text.strip().lower()
    if word in ("", "default"):
        return None
    if word == "off":
        return math.inf
    number = _float(word)
    if not LOWEST_RATE <= number <= HIGHEST_RATE:
        raise UsageError(
            f"The rate is requests a second from {LOWEST_RATE:g} to {HIGHEST_RATE}, or off, "
            f"not '{text}'."
        )
    return number


def parse_window(text: str) -> Window | None:
    """``off`` (:data:`NO_WINDOW`), ``default`` or empty (None), or requests/seconds: ``90/120``.

    Raises:
        UsageError: it is none of these.
    """
    word = text.strip().lower()
    if word in ("", "default"):
        return None
    if word == "off":
        return NO_WINDOW
    try:
        window = Window.read(word)
    except ValueError:
        window = NO_WINDOW
    if not (0 < window.requests <= LARGEST_WINDOW and 0 < window.seconds <= LONGEST_TIMEOUT_S):
        raise UsageError(
            f"The window is N/S, at most N requests in any S seconds, or off, not '{text}'.",
            "For example 90/120.",
        )
    return window


def parse_pages(text: str) -> int | None:
    """``all`` (None) or a number of pages.

    Raises:
        UsageError: it is neither.
    """
    if text.strip().lower() in ("all", ""):
        return None
    number = _whole(text)
    if number is None or not 1 <= number <= MOST_PAGES:
        raise UsageError(
            f"The number of pages is a whole number from 1 to {MOST_PAGES}, or all, not '{text}'."
        )
    return number


def parse_page_counts(text: str) -> tuple[int, ...]:
    """``1,3,5,10`` in rising order, each once.

    Raises:
        UsageError: it isn't a list of whole numbers from 1.
    """
    counts: set[int] = set()
    for part in text.split(","):
        number = _whole(part)
        if number is None or not 1 <= number <= MOST_PAGES:
            raise UsageError(
                f"Page counts are whole numbers from 1 to {MOST_PAGES} with commas between them, "
                f"not '{text}'.",
                "For example 1,3,5,10.",
            )
        counts.add(number)
    return tuple(sorted(counts))


def parse_method(text: str) -> str:
    """The name of a method.

    Raises:
        UsageError: there is none of that name.
    """
    return find_method(text.strip().lower()).name


def parse_methods(text: str) -> tuple[str, ...]:
    """``sequential,threads``, or ``all`` that can be used here; each once.

    Raises:
        UsageError: one of them is no method.
    """
    if text.strip().lower() == "all":
        return all_methods()
    names = [part.strip() for part in text.split(",") if part.strip()]
    return tuple(dict.fromkeys(map(parse_method, names)))


def parse_choice(text: str, what: str, choices: tuple[str, ...]) -> str:
    """One of ``choices``.

    Raises:
        UsageError: it is none of them.
    """
    word = text.strip().lower()
    if word not in choices:
        raise UsageError(f"There is no {what} '{text}'.", f"Choose from {', '.join(choices)}.")
    return word


def parse_flag(text: str, what: str) -> bool:
    """Yes or no, as configparser reads them.

    Raises:
        UsageError: it is neither.
    """
    known = configparser.RawConfigParser.BOOLEAN_STATES
    if text.strip().lower() not in known:
        raise UsageError(f"{what} is yes or no, not '{text}'.")
    return known[text.strip().lower()]


def _whole(text: str) -> int | None:
    """The number that ASCII digits spell; None for anything else, ``-0`` and ``1_000`` included."""
    digits = text.strip()
    return int(digits) if _DIGITS.fullmatch(digits) else None


def _float(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def parse_base_url(text: str) -> str:
    """A server's root, without a slash at its end.

    Raises:
        UsageError: it is none.
    """
    check_base_url(text)
    return text.rstrip("/")
