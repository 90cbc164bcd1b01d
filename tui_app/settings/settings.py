"""The settings: one frozen value, each field with how it is read and a line of help.

Every ``parse_…`` here raises UsageError where a text is not what it reads; the sentence says what
is accepted. The defaults are in :mod:`tui_app.settings.defaults`.
"""

from __future__ import annotations

import configparser
import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Final, Literal, get_args

import platformdirs

from tui_app.methods import DEFAULT_METHODS, all_methods, find_method, known_methods
from tui_app.redlist import LIVE_BASE_URLS, Api, Token
from tui_app.redlist.errors import TokenWithheld, UsageError
from tui_app.redlist.rate_limit import NO_WINDOW, Window

from . import defaults
from .defaults import (
    COURTEOUS_RATE,
    COURTEOUS_WINDOW,
    HIGHEST_RATE,
    LONGEST_TIMEOUT_S,
    LOWEST_RATE,
    MOST_PAGES,
    SHORTEST_TIMEOUT_S,
)
from .servers import (
    APP,
    check_base_url,
    check_token_may_go,
    had_token,
    is_red_list,
    named_by,
    on_this_machine,
    remember_token,
    server_of,
)

_DIGITS: Final = re.compile(r"[0-9]{1,20}")
_AS_DEFAULT: Final = ("", "default")


def parse_count(text: str, what: str, least: int, most: int) -> int:
    """A whole number from ``least`` to ``most``, written in digits."""
    number = _whole(text, least, most)
    if number is None:
        raise UsageError(f"{what} is a whole number from {least} to {most}, not '{text}'.")
    return number


def parse_seconds(text: str, what: str, least: float = SHORTEST_TIMEOUT_S) -> float:
    """Seconds from ``least`` to a day."""
    number = _float(text)
    if not least <= number <= LONGEST_TIMEOUT_S:
        raise UsageError(
            f"{what} is a number of seconds from {least:g} to {LONGEST_TIMEOUT_S}, not '{text}'."
        )
    return number


def parse_rate(text: str) -> float | None:
    """``off`` (infinity), ``default`` or empty (None), or requests a second."""
    word = text.strip().lower()
    if word in _AS_DEFAULT:
        return None
    number = _float(word)
    if word != "off" and not LOWEST_RATE <= number <= HIGHEST_RATE:
        raise UsageError(
            f"The rate is requests a second from {LOWEST_RATE:g} to {HIGHEST_RATE}, or off, "
            f"not '{text}'."
        )
    return math.inf if word == "off" else number


def parse_window(text: str) -> Window | None:
    """``off`` (:data:`NO_WINDOW`), ``default`` or empty (None), or requests/seconds: ``90/120``."""
    word = text.strip().lower()
    if word in _AS_DEFAULT:
        return None
    if word == "off":
        return NO_WINDOW
    try:
        window = Window.read(word)
    except ValueError:
        window = NO_WINDOW
    most = defaults.LARGEST_WINDOW
    if not (0 < window.requests <= most and 0 < window.seconds <= LONGEST_TIMEOUT_S):
        raise UsageError(
            f"The window is N/S, at most N requests in any S seconds, or off, not '{text}'.",
            "For example 90/120.",
        )
    return window


def parse_pages(text: str) -> int | None:
    """``all`` (None) or a number of pages."""
    if text.strip().lower() in ("all", ""):
        return None
    if (number := _whole(text, 1, MOST_PAGES)) is None:
        raise UsageError(
            f"The number of pages is a whole number from 1 to {MOST_PAGES}, or all, not '{text}'."
        )
    return number


def parse_page_counts(text: str) -> tuple[int, ...]:
    """``1,3,5,10`` in rising order, each once."""
    return _parse_counts(text, "Page counts", MOST_PAGES, "1,3,5,10")


def parse_in_flight_counts(text: str) -> tuple[int, ...]:
    """``1,2,4,8`` in rising order, each once; nothing is none."""
    most = defaults.MOST_IN_FLIGHT
    what = "Requests in flight to compare at"
    return _parse_counts(text, what, most, "1,2,4,8") if text.strip() else ()


def _parse_counts(text: str, what: str, most: int, example: str) -> tuple[int, ...]:
    counts = [_whole(part, 1, most) for part in text.split(",")]
    if None in counts:
        raise UsageError(
            f"{what} are whole numbers from 1 to {most} with commas between them, not '{text}'.",
            f"For example {example}.",
        )
    return tuple(sorted(set(filter(None, counts))))


def parse_method(text: str) -> str:
    """The name of a method."""
    return find_method(text.strip().lower()).name


def parse_methods(text: str) -> tuple[str, ...]:
    """``sequential,threads``, or ``all`` that can be used here; each once."""
    if text.strip().lower() == "all":
        return all_methods()
    return tuple(dict.fromkeys(parse_method(part) for part in text.split(",") if part.strip()))


def parse_choice(text: str, what: str, choices: tuple[str, ...]) -> str:
    """One of ``choices``."""
    word = text.strip().lower()
    if word not in choices:
        raise UsageError(f"There is no {what} '{text}'.", f"Choose from {', '.join(choices)}.")
    return word


def parse_flag(text: str, what: str) -> bool:
    """Yes or no, as configparser reads them."""
    known = configparser.RawConfigParser.BOOLEAN_STATES
    if text.strip().lower() not in known:
        raise UsageError(f"{what} is yes or no, not '{text}'.")
    return known[text.strip().lower()]


def _whole(text: str, least: int, most: int) -> int | None:
    """The number that ASCII digits spell; None for anything else, ``-0`` and ``1_000`` included."""
    digits = text.strip()
    number = int(digits) if _DIGITS.fullmatch(digits) else None
    return number if number is not None and least <= number <= most else None


def _float(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def parse_base_url(text: str) -> str:
    """A server's root, without a slash at its end."""
    check_base_url(text)
    return text.rstrip("/")


APPLICATION_FILE: Final = "application.json"
"""Beside the store: what the application remembers from one session to the next."""

Source = Literal["demo", "live"]
Profile = Literal["fast", "typical", "iucn", "notebook", "flaky"]


def _setting(
    parse: Callable[[str], Any],
    form: str | Callable[[], str],
    default: Any,
    about: str,
    shown: str | None = None,
) -> Any:
    """A field that can be set: how it is read, which values it takes, its default, a line of help.

    ``form`` may be computed when it is read: methods of other packages are not searched for before.
    ``shown`` is the default as text, if `_written` would give another.
    """
    shown = _written(default) if shown is None else shown
    return field(
        default=default, metadata={"parse": parse, "form": form, "shown": shown, "about": about}
    )


def _choice(what: str, choices: tuple[str, ...]) -> tuple[Callable[[str], Any], str]:
    """How a choice is read, and the values that it takes."""
    return partial(parse_choice, what=what, choices=choices), "|".join(choices)


def _written(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ",".join(map(str, value))
    return "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings, each with a good value. ``dataclasses.replace`` gives a variant.

    Each field's line of help says what it is. Besides: ``base_url`` is None for the source's own,
    ``pages`` None for all, ``rate`` and ``window`` None for the source's default (infinity and
    ``NO_WINDOW`` for no limit). ``home`` is the folder in which runs are kept, ``named`` the
    servers that the user has named by hand, as :func:`~tui_app.settings.servers.server_of` writes
    them: they may be sent any token. None: the one of ``base_url``, as it is when the settings are
    made.
    """

    source: Source = _setting(
        *_choice("source", get_args(Source)),
        "demo",
        "demo server or real API; live if a token is set",
        "",
    )
    api: Api = _setting(*_choice("API version", get_args(Api)), "v4", "API version; v3 is retired")
    base_url: str | None = _setting(parse_base_url, "URL", None, "server root, without /api/v4")
    demo_profile: Profile = _setting(
        *_choice("demo profile", get_args(Profile)),
        defaults.DEMO_PROFILE,
        "demo delays and faults",
    )
    method: str = _setting(
        parse_method,
        lambda: "|".join(known_methods()),
        defaults.METHOD,
        "method (uvloop: an extra)",
    )
    methods: tuple[str, ...] = _setting(
        parse_methods,
        lambda: "|".join(("all", *known_methods())) + ",…",
        DEFAULT_METHODS,
        "methods",
    )
    pages: int | None = _setting(
        parse_pages, "N|all", None, "maximum pages per operation (100 rows each)", "all"
    )
    page_counts: tuple[int, ...] = _setting(
        parse_page_counts, "N,…", defaults.PAGE_COUNTS, "page counts to compare"
    )
    in_flight_counts: tuple[int, ...] = _setting(
        parse_in_flight_counts,
        "N,…",
        (),
        "requests in flight to compare, at the largest page count",
    )
    concurrency: int = _setting(
        partial(parse_count, what="In flight", least=1, most=defaults.MOST_IN_FLIGHT),
        "N",
        defaults.IN_FLIGHT,
        "maximum requests in flight",
    )
    rate: float | None = _setting(
        parse_rate,
        "N|off",
        None,
        f"maximum requests per second; {COURTEOUS_RATE:g} for live hosts, off on this machine",
    )
    window: Window | None = _setting(
        parse_window,
        "N/S|off",
        None,
        "maximum N requests in any S seconds, other runs included; "
        f"{COURTEOUS_WINDOW} for live hosts",
    )
    pause_s: float = _setting(
        partial(parse_seconds, what="The pause"),
        "SECONDS",
        defaults.PAUSE_S,
        "pause of a run after HTTP 429 without Retry-After",
    )
    retries: int = _setting(
        partial(parse_count, what="The number of retries", least=0, most=defaults.MOST_RETRIES),
        "N",
        defaults.RETRIES,
        "retries of a failed request",
    )
    backoff_s: float = _setting(
        partial(parse_seconds, what="The backoff"),
        "SECONDS",
        defaults.BACKOFF_S,
        "maximum wait before the first retry; doubled before each further one",
    )
    timeout_s: float = _setting(
        partial(parse_seconds, what="The timeout"),
        "SECONDS",
        defaults.TIMEOUT_S,
        "timeout of one attempt",
    )
    connect_timeout_s: float = _setting(
        partial(parse_seconds, what="The timeout to connect"),
        "SECONDS",
        defaults.CONNECT_TIMEOUT_S,
        "timeout to connect",
    )
    repeats: int = _setting(
        partial(parse_count, what="The number of repeats", least=1, most=defaults.MOST_REPEATS),
        "N",
        defaults.REPEATS,
        "runs per method and page count",
    )
    warmup: int = _setting(
        partial(
            parse_count, what="The number of warm-up runs", least=0, most=defaults.MOST_WARMUP_RUNS
        ),
        "N",
        defaults.WARMUP_RUNS,
        "warm-up runs of each method",
    )
    shuffle: bool = _setting(
        partial(parse_flag, what="Shuffle"), "yes|no", True, "shuffle the timed runs"
    )
    seed: int = _setting(
        partial(parse_count, what="The seed", least=0, most=defaults.LARGEST_SEED),
        "N",
        defaults.SEED,
        "random seed",
    )
    fresh: bool = _setting(
        partial(parse_flag, what="Fresh"), "yes|no", False, "ignore cached responses"
    )
    one_per_taxon: bool = _setting(
        partial(parse_flag, what="One per taxon"),
        "yes|no",
        False,
        "write one row per taxon: the latest Global assessment, else the latest, else the newest",
    )
    home: Path = field(default_factory=lambda: Path(platformdirs.user_data_dir(APP, False)))
    token: Token | None = None
    named: frozenset[str] | None = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        if self.named is None:
            # From now on, also where `replace` puts another base URL into its place.
            object.__setattr__(self, "named", named_by(self.base_url))

    @property
    def server(self) -> str:
        """The root of the real server that these settings mean; of no use for the demo."""
        return self.base_url or LIVE_BASE_URLS[self.api]

    @property
    def pace_is_owed(self) -> bool:
        """Whether requests go to a host that isn't this machine."""
        return self.source == "live" and not on_this_machine(self.server)

    def effective_rate(self) -> float | None:
        """Requests started a second that will really hold; None for no limit."""
        if self.rate is None:
            return COURTEOUS_RATE if self.pace_is_owed else None
        return None if math.isinf(self.rate) else self.rate

    def effective_window(self) -> Window | None:
        """Requests in any so many seconds that will really hold; None for no limit."""
        if self.window is None:
            return COURTEOUS_WINDOW if self.pace_is_owed else None
        return None if self.window == NO_WINDOW else self.window

    @property
    def hasty(self) -> bool:
        """Whether a real host would be asked faster than by default."""
        if not self.pace_is_owed:
            return False
        rate, window = self.effective_rate() or math.inf, self.effective_window()
        usual = COURTEOUS_WINDOW
        most = rate * usual.seconds
        if window is not None:
            most = min(most, window.requests * math.ceil(usual.seconds / window.seconds))
        return rate > COURTEOUS_RATE or most > usual.requests


def parse_setting(attribute: str, text: str) -> Any:
    """A setting's value, read as in options, files, the environment and the form."""
    return Settings.__dataclass_fields__[attribute].metadata["parse"](text)


def help_on(attribute: str) -> tuple[str, str, str]:
    """A setting's values (``demo|live``, ``N``), its line of help, its default as text."""
    about = Settings.__dataclass_fields__[attribute].metadata
    form = about["form"]
    return form() if callable(form) else form, about["about"], about["shown"]


def profile_in_words(profile: Profile) -> str:
    """What a demo profile is like, from the demo's own table."""
    from tui_app.demo.behaviour import PROFILES  # most commands need no demo

    return PROFILES[profile].in_words()


def public_name(attribute: str) -> str:
    """A setting's name in options (with dashes), files and the environment (in capitals)."""
    return attribute.removesuffix("_s")


def check_token(settings: Settings) -> None:
    """Check that the settings' token, if there is one, may go to the settings' server.

    Raises:
        TokenWithheld: the user has not named that server, and it has not had this token before.
        UsageError: the base URL is none, or the token would travel over plain http.
    """
    base_url, token = settings.server, settings.token
    if token is None:
        return
    check_base_url(base_url)
    check_token_may_go(base_url, token)
    server = server_of(base_url)
    own = is_red_list(base_url) and server.startswith("https:")
    named = own or server == token.server or server in (settings.named or ())
    if not (named or had_token(server, token)):
        raise TokenWithheld(base_url)


def token_for(settings: Settings) -> Token | None:
    """The token that the settings' server is to be sent; None where none is set.

    Remembers that this server has it, so that a run can be resumed without naming it again. Raises
    what :func:`check_token` raises.
    """
    check_token(settings)
    token, base_url = settings.token, settings.server
    if token is not None and not is_red_list(base_url):
        remember_token(server_of(base_url), token)
    return token
