"""What counts as a good value, and the sentence for one that isn't."""

from __future__ import annotations

import configparser
import math
from typing import Final

from tui_app.methods import all_methods, find_method
from tui_app.redlist import check_base_url
from tui_app.redlist.errors import UsageError

LONGEST_TIMEOUT_S: Final = 86_400.0


def parse_count(text: str, what: str, least: int = 1, most: int = 10**9) -> int:
    """A whole number from ``least`` to ``most``.

    Raises:
        UsageError: it isn't.
    """
    try:
        number = int(text)
    except ValueError:
        number = least - 1
    if not least <= number <= most:
        upto = f" to {most}" if most < 10**9 else " up"
        raise UsageError(f"{what} is a whole number from {least}{upto}, not '{text}'.")
    return number


def parse_seconds(text: str, what: str) -> float:
    """Seconds above 0, at most a day.

    Raises:
        UsageError: it isn't.
    """
    number = _float(text)
    if not 0 < number <= LONGEST_TIMEOUT_S:
        raise UsageError(f"{what} is a number of seconds above 0, not '{text}'.")
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
    if not 0 < number < math.inf:
        raise UsageError(f"The rate is requests a second above 0, or off, not '{text}'.")
    return number


def parse_pages(text: str) -> int | None:
    """``all`` (None) or a number of pages.

    Raises:
        UsageError: it is neither.
    """
    if text.strip().lower() in ("all", ""):
        return None
    try:
        return parse_count(text, "The number of pages")
    except UsageError:
        raise UsageError(f"The number of pages is 1 or more, or all, not '{text}'.") from None


def parse_page_counts(text: str) -> tuple[int, ...]:
    """``1,3,5,10`` in rising order, each once.

    Raises:
        UsageError: it isn't a list of whole numbers from 1.
    """
    parts = [part.strip() for part in text.split(",")]
    try:
        counts = [parse_count(part, "A page count", most=100_000) for part in parts]
    except UsageError:
        raise UsageError(
            f"Page counts are whole numbers from 1 with commas between them, not '{text}'.",
            "For example 1,3,5,10.",
        ) from None
    return tuple(sorted(set(counts)))


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
