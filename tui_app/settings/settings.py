"""The settings: one frozen value, each field with how it is read and a line of help."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal, get_args

import platformdirs

from tui_app.methods import DEFAULT_METHODS, methods_in_words
from tui_app.redlist import LIVE_BASE_URLS, Api, Token
from tui_app.redlist.rate_limit import KNOWN_PAUSE_S, NO_WINDOW, Window

from .servers import APP, named_by, on_this_machine
from .values import (
    LARGEST_SEED,
    MOST_IN_FLIGHT,
    MOST_REPEATS,
    MOST_RETRIES,
    MOST_WARMUP_RUNS,
    parse_base_url,
    parse_choice,
    parse_count,
    parse_flag,
    parse_method,
    parse_methods,
    parse_page_counts,
    parse_pages,
    parse_rate,
    parse_seconds,
    parse_window,
)

APPLICATION_FILE: Final = "application.json"
"""Beside the store: what the application remembers from one session to the next."""

COURTEOUS_RATE: Final = 2.0
"""Requests a second that the API's guidance permits: IUCN's own R client waits 0.5 s."""

COURTEOUS_WINDOW: Final = Window(90, 120.0)
"""Requests in any so many seconds that keep below the limit of the live API, which was seen to be
about 100 in 120 s."""

Source = Literal["demo", "live"]
Profile = Literal["fast", "typical", "iucn", "notebook", "flaky"]


def _setting(
    parse: Callable[[str], Any], default: Any, shown: str, about: str | Callable[[], str]
) -> Any:
    """A field that can be set: how it is read, its default as written, a line of help.

    The line may be made when it is read: other packages' methods are looked for no sooner.
    """
    return field(default=default, metadata={"parse": parse, "shown": shown, "about": about})


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings, each with a good value. ``dataclasses.replace`` gives a variant.

    Attributes:
        source: the embedded demo server, or a real one.
        api: which version it speaks.
        base_url: the server's root; None for the source's own.
        demo_profile: which delays and faults the demo server has.
        method: how to fetch.
        methods: which to compare.
        pages: at most so many pages of each operation; None for all.
        page_counts: which to compare at.
        concurrency: requests in flight at most.
        rate: requests started a second; None for the source's default, infinity for no limit.
        window: requests started in any so many seconds; None for the source's default,
            ``NO_WINDOW`` for no limit.
        pause_s: seconds for which a run pauses after a 429 without Retry-After.
        retries: attempts after the first.
        backoff_s: seconds before the first retry at most; doubled before each further one.
        timeout_s: seconds for one attempt.
        connect_timeout_s: seconds for a connection.
        repeats: how often a comparison times each.
        warmup: runs before it that don't count.
        shuffle: whether it shuffles their order.
        seed: of all that is random.
        fresh: whether to ask for what is kept as well.
        home: the folder in which runs are kept.
        token: the user's token, or None.
        named: the servers that the user has named by hand, as
            :func:`~tui_app.redlist.server.server_of` writes them: they may be sent any token. None:
            the one of ``base_url``, as it is when the settings are made.
    """

    source: Source = _setting(
        lambda t: parse_choice(t, "source", get_args(Source)),
        "demo",
        "",
        "demo (the embedded server) or live (a real one); live where a token is set",
    )
    api: Api = _setting(
        lambda t: parse_choice(t, "API version", get_args(Api)), "v4", "v4", "v4 or v3 (retired)"
    )
    base_url: str | None = _setting(parse_base_url, None, "", "the server's root, without /api/v4")
    demo_profile: Profile = _setting(
        lambda t: parse_choice(t, "demo profile", get_args(Profile)),
        "typical",
        "typical",
        "delays and faults of the demo: fast, typical, iucn, notebook or flaky",
    )
    method: str = _setting(
        parse_method, "asyncio", "asyncio", lambda: f"how to fetch: {methods_in_words()}"
    )
    methods: tuple[str, ...] = _setting(
        parse_methods,
        DEFAULT_METHODS,
        ",".join(DEFAULT_METHODS),
        lambda: f"which to compare, or all: {methods_in_words()}",
    )
    pages: int | None = _setting(
        parse_pages, None, "all", "at most so many pages of each operation, or all"
    )
    page_counts: tuple[int, ...] = _setting(
        parse_page_counts, (1, 3, 5, 10), "1,3,5,10", "page counts to compare at"
    )
    concurrency: int = _setting(
        lambda t: parse_count(t, "In flight", 1, MOST_IN_FLIGHT),
        8,
        "8",
        "requests in flight at most",
    )
    rate: float | None = _setting(
        parse_rate,
        None,
        "",
        f"requests started a second, or off; {COURTEOUS_RATE:g} for live hosts, off on this "
        "machine",
    )
    window: Window | None = _setting(
        parse_window,
        None,
        "",
        "N/S: at most N requests in any S seconds, other runs included, or off; "
        f"{COURTEOUS_WINDOW} for live hosts",
    )
    pause_s: float = _setting(
        lambda t: parse_seconds(t, "The pause"),
        KNOWN_PAUSE_S,
        f"{KNOWN_PAUSE_S:g}",
        "seconds for which a run pauses after a 429 without Retry-After",
    )
    retries: int = _setting(
        lambda t: parse_count(t, "The number of retries", 0, MOST_RETRIES),
        5,
        "5",
        "attempts after the first",
    )
    backoff_s: float = _setting(
        lambda t: parse_seconds(t, "The backoff"),
        0.5,
        "0.5",
        "seconds before the first retry at most, doubled before each further one",
    )
    timeout_s: float = _setting(
        lambda t: parse_seconds(t, "The time-out"), 60.0, "60", "seconds for one attempt"
    )
    connect_timeout_s: float = _setting(
        lambda t: parse_seconds(t, "The time-out to connect"), 10.0, "10", "seconds to connect"
    )
    repeats: int = _setting(
        lambda t: parse_count(t, "The number of repeats", 1, MOST_REPEATS),
        3,
        "3",
        "how often a comparison times each",
    )
    warmup: int = _setting(
        lambda t: parse_count(t, "The number of warm-up runs", 0, MOST_WARMUP_RUNS),
        1,
        "1",
        "runs of each method before it that don't count",
    )
    shuffle: bool = _setting(
        lambda t: parse_flag(t, "Shuffle"), True, "yes", "whether it shuffles their order"
    )
    seed: int = _setting(
        lambda t: parse_count(t, "The seed", 0, LARGEST_SEED), 0, "0", "seed of all that is random"
    )
    fresh: bool = _setting(
        lambda t: parse_flag(t, "Fresh"),
        False,
        "no",
        "ask for everything again, using nothing kept",
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
    """A setting's value, read as in options, files, the environment and the form.

    Raises:
        UsageError: it is out of range, or of another kind; says what is accepted.
    """
    return Settings.__dataclass_fields__[attribute].metadata["parse"](text)


def help_on(attribute: str) -> str:
    """A line of help on a setting."""
    words = Settings.__dataclass_fields__[attribute].metadata["about"]
    return str(words() if callable(words) else words)


# Names in files and the environment that differ from the attribute's.
_PUBLIC: Final = {
    "timeout_s": "timeout",
    "connect_timeout_s": "connect_timeout",
    "pause_s": "pause",
    "backoff_s": "backoff",
}


def public_name(attribute: str) -> str:
    """A setting's name in options (with dashes), files and the environment (in capitals)."""
    return _PUBLIC.get(attribute, attribute)
