"""The settings: what they are, where each comes from, what counts as a good value.

Precedence: option, environment (``IUCN_TUI_<NAME>``), ``./config.ini``, ``config.ini`` in the
user's configuration folder, default. A file has ``[API]`` ``iucn = TOKEN`` and, in
``[iucn-tui]``, any of the names below.
"""

from __future__ import annotations

import configparser
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final, Literal, get_args

import platformdirs

from tui_app.methods import METHODS
from tui_app.redlist import LIVE_BASE_URLS, Api, Token, check_base_url, is_loopback
from tui_app.redlist.errors import UsageError

APP: Final = "iucn-tui"
TOKEN_VARIABLE: Final = "IUCN_REDLIST_KEY"  # noqa: S105 - the variable's name, as R users know it
CONFIG_VARIABLE: Final = "IUCN_TUI_CONFIG"
HOME_VARIABLE: Final = "IUCN_TUI_HOME"

ASSUMED: Final = "a token or base URL is given"
"""Where the source comes from when it is live although nobody said so."""

COURTEOUS_RATE: Final = 2.0
"""Requests a second that the API's guidance permits: IUCN's own R client waits 0.5 s."""

Source = Literal["demo", "live"]
Profile = Literal["fast", "typical", "iucn", "notebook", "flaky"]

MOST_IN_FLIGHT: Final = 256
LONGEST_TIMEOUT_S: Final = 86_400.0


# -- what counts as a good value ---------------------------------------------------------


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


def parse_methods(text: str) -> tuple[str, ...]:
    """``sequential,threads`` or ``all``, each once.

    Raises:
        UsageError: one of them is no method.
    """
    if text.strip().lower() == "all":
        return tuple(METHODS)
    names = [part.strip() for part in text.split(",") if part.strip()]
    return tuple(dict.fromkeys(parse_choice(name, "method", tuple(METHODS)) for name in names))


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


def _base_url(text: str) -> str:
    check_base_url(text)
    return text.rstrip("/")


# -- the settings ------------------------------------------------------------------------


def _setting(parse: Callable[[str], Any], default: Any, shown: str, about: str) -> Any:
    """A field that can be set: how it is read, its default as written, a line of help."""
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
        retries: attempts after the first.
        timeout_s: seconds for one attempt.
        connect_timeout_s: seconds for a connection.
        repeats: how often a comparison times each.
        warmup: runs before it that don't count.
        shuffle: whether it shuffles their order.
        seed: of all that is random.
        home: the folder in which runs are kept.
        token: the user's token, or None.
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
    base_url: str | None = _setting(_base_url, None, "", "the server's root, without /api/v4")
    demo_profile: Profile = _setting(
        lambda t: parse_choice(t, "demo profile", get_args(Profile)),
        "typical",
        "typical",
        "delays and faults of the demo: fast, typical, iucn, notebook or flaky",
    )
    method: str = _setting(
        lambda t: parse_choice(t, "method", tuple(METHODS)),
        "asyncio",
        "asyncio",
        f"how to fetch: {', '.join(METHODS)}",
    )
    methods: tuple[str, ...] = _setting(
        parse_methods, tuple(METHODS), ",".join(METHODS), "which to compare"
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
        "requests started a second, or off; 2 for live hosts, off on this machine",
    )
    retries: int = _setting(
        lambda t: parse_count(t, "The number of retries", 0, 100),
        5,
        "5",
        "attempts after the first",
    )
    timeout_s: float = _setting(
        lambda t: parse_seconds(t, "The time-out"), 60.0, "60", "seconds for one attempt"
    )
    connect_timeout_s: float = _setting(
        lambda t: parse_seconds(t, "The time-out to connect"), 10.0, "10", "seconds to connect"
    )
    repeats: int = _setting(
        lambda t: parse_count(t, "The number of repeats", 1, 1000),
        3,
        "3",
        "how often a comparison times each",
    )
    warmup: int = _setting(
        lambda t: parse_count(t, "The number of warm-up runs", 0, 100),
        1,
        "1",
        "runs of each method before it that don't count",
    )
    shuffle: bool = _setting(
        lambda t: parse_flag(t, "Shuffle"), True, "yes", "whether it shuffles their order"
    )
    seed: int = _setting(
        lambda t: parse_count(t, "The seed", 0), 0, "0", "seed of all that is random"
    )
    home: Path = field(default_factory=lambda: Path(platformdirs.user_data_dir(APP, False)))
    token: Token | None = None

    @property
    def server(self) -> str:
        """The root of the real server that these settings mean; of no use for the demo."""
        return self.base_url or LIVE_BASE_URLS[self.api]

    @property
    def pace_is_owed(self) -> bool:
        """Whether requests go to a host that isn't this machine."""
        return self.source == "live" and not is_loopback(self.server)

    def effective_rate(self) -> float | None:
        """Requests started a second that will really hold; None for no limit."""
        if self.rate is None:
            return COURTEOUS_RATE if self.pace_is_owed else None
        return None if math.isinf(self.rate) else self.rate


@dataclass(frozen=True, slots=True)
class Loaded:
    """Settings, and where each came from (``option``, ``IUCN_TUI_RATE``, a file, ``default``)."""

    settings: Settings
    origins: Mapping[str, str]


# Names in files and the environment that differ from the attribute's.
_PUBLIC: Final = {"timeout_s": "timeout", "connect_timeout_s": "connect_timeout"}


def public_name(attribute: str) -> str:
    """A setting's name in options (with dashes), files and the environment (in capitals)."""
    return _PUBLIC.get(attribute, attribute)


def load_settings(
    options: Mapping[str, str | None] | None = None,
    environ: Mapping[str, str] | None = None,
    folder: Path | None = None,
) -> Loaded:
    """Find the settings.

    Args:
        options: values by :func:`public_name`, as text; None is not given.
        environ: the environment; empty by default.
        folder: where ``./config.ini`` is looked for; None looks nowhere.

    Raises:
        UsageError: a value is no good, or a file can't be read; says which and from where.
    """
    environ = environ or {}
    files = _read_files(environ, folder)
    values: dict[str, Any] = {}
    origins: dict[str, str] = {}
    for one in fields(Settings):
        if "parse" not in one.metadata:
            continue
        name = public_name(one.name)
        text, origin = _find(name, options or {}, environ, files)
        if text is None:
            origins[one.name] = "default"
            continue
        try:
            values[one.name] = one.metadata["parse"](text)
        except UsageError as error:
            where = "" if origin == "option" else f" (from {origin})"
            raise UsageError(f"{error}{where}", error.advice) from None
        origins[one.name] = origin
    _find_token(values, origins, environ, files)
    if environ.get(HOME_VARIABLE):
        values["home"] = _path(environ[HOME_VARIABLE])
        origins["home"] = HOME_VARIABLE
    if "source" not in values and ("token" in values or "base_url" in values):
        values["source"] = "live"
        origins["source"] = ASSUMED
    _agree(values, origins)
    return Loaded(Settings(**values), origins)


def _agree(values: Mapping[str, Any], origins: Mapping[str, str]) -> None:
    if values.get("source") == "demo" and origins.get("base_url") == "option":
        raise UsageError(
            "--base-url names a server, but --source demo asks for the embedded one.",
            "Leave out one of them.",
        )


_File = tuple[str, configparser.ConfigParser]


def user_config_file() -> Path:
    """``config.ini`` in the user's configuration folder (XDG)."""
    return Path(platformdirs.user_config_dir(APP, False)) / "config.ini"


def _read_files(environ: Mapping[str, str], folder: Path | None) -> list[_File]:
    named = environ.get(CONFIG_VARIABLE)
    if named:
        found = _read_file(_path(named))
        if found is None:
            raise UsageError(f"There is no configuration file {named}.")
        return [found]
    paths = [] if folder is None else [folder / "config.ini"]
    paths.append(user_config_file())
    return [found for path in paths if (found := _read_file(path)) is not None]


def _path(text: str) -> Path:
    try:
        return Path(text).expanduser()
    except RuntimeError:
        raise UsageError(f"There is no such user: {text}.") from None


def _read_file(path: Path) -> _File | None:
    # No interpolation: a token may hold a per cent sign.
    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read_string(path.read_text(encoding="utf-8-sig"))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise UsageError(f"The configuration {path} can't be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise UsageError(f"The configuration {path} is not UTF-8 text.") from None
    except configparser.Error as error:
        # The message may quote the file, and the file may hold a token: name the line only.
        line = getattr(error, "lineno", None) or next(
            (number for number, _ in getattr(error, "errors", ())), None
        )
        at = f" (line {line})" if line else ""
        raise UsageError(
            f"The configuration {path} is not in the form of config.example.ini{at}.",
            "It wants [API] with iucn = TOKEN, and [iucn-tui] with the other settings.",
        ) from None
    _check_names(path, parser)
    return str(path), parser


def _check_names(path: Path, parser: configparser.ConfigParser) -> None:
    """A setting with a misspelt name would be ignored without a word."""
    if not parser.has_section(APP):
        return
    known = [public_name(one.name) for one in fields(Settings) if "parse" in one.metadata]
    for name in parser[APP]:
        spelt = name.replace("-", "_")
        if spelt not in known:
            near = get_close_matches(spelt, known, 1)
            raise UsageError(
                f"There is no setting '{name}' (from {path}).",
                f"Did you mean {near[0]}?" if near else "`iucn-tui config` shows what there is.",
            )


def _find(
    name: str,
    options: Mapping[str, str | None],
    environ: Mapping[str, str],
    files: list[_File],
) -> tuple[str | None, str]:
    if options.get(name) is not None:
        return options[name], "option"
    variable = f"IUCN_TUI_{name.upper()}"
    if environ.get(variable):
        return environ[variable], variable
    for path, parser in files:
        for spelt in (name, name.replace("_", "-")):
            if parser.has_option(APP, spelt) and parser.get(APP, spelt).strip():
                return parser.get(APP, spelt), path
    return None, "default"


def _find_token(
    values: dict[str, Any],
    origins: dict[str, str],
    environ: Mapping[str, str],
    files: list[_File],
) -> None:
    text, origin = environ.get(TOKEN_VARIABLE, "").strip(), TOKEN_VARIABLE
    for path, parser in files:
        if not text and parser.has_option("API", "iucn"):
            text, origin = parser.get("API", "iucn").strip(), path
    origins["token"] = "default"  # noqa: S105 - where it is from
    if not text:
        return
    if not (text.isascii() and text.isprintable()) or " " in text:
        raise UsageError(
            f"The token from {origin} has characters that no token has.",
            "Copy it again from https://api.iucnredlist.org/users/edit.",
        )
    values["token"] = Token(text)
    origins["token"] = origin


def example() -> str:
    """A ``config.ini`` with every setting, commented out, at its default."""
    lines = [
        "# iucn-tui's configuration. Copy it to ./config.ini, or to the folder that",
        "# `iucn-tui config path` names, and take away the # where you want another value.",
        "",
        "[API]",
        "# Your token, free at https://api.iucnredlist.org/users/sign_up. Without one the demo",
        "# server answers. The environment's IUCN_REDLIST_KEY comes first. Keep this file to",
        "# yourself: chmod 600 config.ini",
        "# iucn = ",
        "",
        "[iucn-tui]",
    ]
    for one in fields(Settings):
        if "about" in one.metadata:
            lines += [
                f"# {one.metadata['about']}",
                f"# {public_name(one.name)} = {one.metadata['shown']}",
            ]
    return "\n".join(lines) + "\n"
