"""Where each setting and the token come from: option, environment, files, keyring, default."""

from __future__ import annotations

import configparser
import errno
import io
import os
import shlex
import stat
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

from tui_app.redlist import Token
from tui_app.redlist.errors import Advice, TokenWithheld, UsageError

from .servers import APP, is_red_list, named_by, user_folder
from .settings import Settings, check_token, help_on, parse_setting, public_name

LARGEST_CONFIG_BYTES: Final = 2**20

_FLAGS: Final = (
    os.O_RDONLY
    | getattr(os, "O_BINARY", 0)
    | getattr(os, "O_NOCTTY", 0)
    | getattr(os, "O_NONBLOCK", 0)  # a pipe without a writer is opened at once
)


class NotRegular(OSError):
    """It is a pipe, a socket or a device; ``strerror`` says which."""


def read_regular(path: Path, most_bytes: int) -> bytes:
    """Read a regular file; the null device counts as an empty one.

    Of a file that is longer than *most_bytes* one byte more is read, so that the caller can tell.

    Raises:
        NotRegular: it is a pipe, a socket or a device, and reading could wait for ever.
        OSError: it can't be read.
    """
    check_regular(path.stat())  # opening a device may change something already
    with open(path, "rb", opener=lambda name, _: os.open(name, _FLAGS)) as file:
        check_regular(os.fstat(file.fileno()))  # it may have been replaced meanwhile
        return file.read(most_bytes + 1)


def check_regular(found: os.stat_result) -> None:
    """Check that what was found is a regular file or the null device.

    Raises:
        NotRegular: it is a pipe, a socket or a device.
        IsADirectoryError: it is a folder.
    """
    mode = found.st_mode
    if stat.S_ISREG(mode) or os.path.samestat(found, os.stat(os.devnull)):
        return
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    kind = "pipe" if stat.S_ISFIFO(mode) else "socket" if stat.S_ISSOCK(mode) else "device"
    raise NotRegular(errno.EINVAL, f"it is a {kind}, not a regular file")


MARK: Final = "keyring:"
"""Stands in ``config.ini`` in the place of a token: ``iucn = keyring:``."""


def is_mark(text: str) -> bool:
    """Whether a text stands for the token in the keyring, and is none itself."""
    return text.strip().lower() == MARK


def from_keyring() -> str:
    """The token that the system's keyring keeps; UsageError if there is none, or no keyring."""
    found = ask_keyring("get_password")
    if not found:
        raise UsageError("The keyring has no token.", Advice.KEEP_IN_KEYRING)
    return str(found).strip()


def ask_keyring(what: str, *more: str) -> Any:
    """Call a function of keyring on our entry; UsageError if there is none, or it is locked."""
    try:
        import keyring
        from keyring.errors import KeyringError, NoKeyringError
    except ImportError:
        raise UsageError(
            "The token is in the keyring, but the package keyring is not installed.",
            "Run `pip install 'iucn-tui[keyring]'`.",
        ) from None
    try:
        return getattr(keyring, what)(APP, TOKEN_VARIABLE, *more)
    except NoKeyringError:
        said = "This system has no usable keyring."
        raise UsageError(said, Advice.NO_KEYRING) from None
    except KeyringError as error:
        # Its name only: some backends' messages repeat what they were given.
        raise UsageError(
            f"The keyring can't be used ({type(error).__name__}).", "Unlock it, then try again."
        ) from None


TOKEN_VARIABLE: Final = "IUCN_REDLIST_KEY"  # noqa: S105 - the variable's name, as R users know it

LONGEST_TOKEN: Final = 4096
"""Characters; servers take no longer header."""

File = tuple[str, configparser.ConfigParser]
"""A configuration file that was read, by its path."""


def find_token(environ: Mapping[str, str], files: Sequence[File]) -> tuple[Token | None, str]:
    """The token that counts, and where it is from (``default``: there is none).

    UsageError: it can't be one, or the keyring that a file names hasn't got it.
    """
    text, origin = environ.get(TOKEN_VARIABLE, "").strip(), TOKEN_VARIABLE
    beside = None
    for path, parser in files:
        if not text:
            text, origin, beside = token_in(parser), path, setting_in(parser, "base_url")
            if is_mark(text):  # any file can say so: that is no place where the token is
                text, origin, beside = from_keyring(), f"the keyring, as {path} says", None
    if not text:
        return None, "default"
    if is_mark(text):
        raise UsageError(
            f"The token from {origin} is `{text}`, which refers to the keyring. This is valid in "
            "config.ini only.",
            Advice.KEEP_IN_KEYRING,
        )
    if not can_be_token(text):
        raise UsageError(
            f"The token from {origin} has characters that are not valid in a token.",
            "Copy it again from https://api.iucnredlist.org/users/edit.",
        )
    return Token(text, *named_by(beside)), origin


def can_be_token(text: str) -> bool:
    """Whether it could be one, so that a header can carry it; what names a keyring is none."""
    fits = 0 < len(text) <= LONGEST_TOKEN and not is_mark(text)
    return fits and text.isascii() and text.isprintable() and " " not in text


def readable_token(path: str, parser: configparser.ConfigParser) -> str | None:
    """The sentence for a file with a token that others can read; None where all is well."""
    here = os.name == "posix" and token_in(parser) and not is_mark(token_in(parser))
    said = f"Other users can read {path}, which has a token. Run: chmod 600 {shlex.quote(path)}"
    return said if here and os.stat(path).st_mode & 0o077 else None


def token_in(parser: configparser.ConfigParser) -> str:
    """What stands in a file in the place of the token; empty where nothing does."""
    return parser.get("API", "iucn", fallback="").strip()


def setting_in(parser: configparser.ConfigParser, name: str) -> str | None:
    """A setting as a file has it; None where it has none, or nothing stands there."""
    spelt = (parser.get(APP, one, fallback="") for one in (name, name.replace("_", "-")))
    return next((text for text in spelt if text.strip()), None)


CONFIG_VARIABLE: Final = "IUCN_TUI_CONFIG"
HOME_VARIABLE: Final = "IUCN_TUI_HOME"

KEYS: Final = "keys"
"""The section of a file that changes the application's keys."""

ASSUMED: Final = "a token or base URL is given"
"""The origin of the source if it is live by implication."""


_SETTINGS: Final = [one.name for one in fields(Settings) if "about" in one.metadata]


@dataclass(frozen=True, slots=True)
class Loaded:
    """Settings, and where each came from (``option``, ``IUCN_TUI_RATE``, a file, ``default``)."""

    settings: Settings
    origins: Mapping[str, str]  # by attribute
    # that other users can read the token, or that it is sent to another server
    notices: tuple[str, ...] = ()
    # the application's keys that the files change, as written
    keys: Mapping[str, str] = field(default_factory=dict)


def load_settings(
    options: Mapping[str, str | None] | None = None,
    environ: Mapping[str, str] | None = None,
    folder: Path | None = None,
) -> Loaded:
    """Find the settings.

    ``options`` are values by :func:`public_name`, as text; None is not given. The environment is
    empty by default; ``./config.ini`` is looked for in ``folder``, if there is one.

    Raises:
        UsageError: a value is no good, or a file can't be read; says which and from where.
    """
    options, environ = options or {}, environ or {}
    files = _read_files(environ, folder)
    notices = [words for path, parser in files if (words := readable_token(path, parser))]
    values: dict[str, Any] = {}
    origins: dict[str, str] = {}
    for name in _SETTINGS:
        text, origins[name] = _find(public_name(name), options, environ, files)
        if text is None:
            continue
        try:
            values[name] = parse_setting(name, text)
        except UsageError as error:
            where = "" if origins[name] == "option" else f" (from {origins[name]})"
            said = str(error).removesuffix(".")
            raise UsageError(f"{said}{where}", error.advice, **error.facts) from None
    values["token"], origins["token"] = find_token(environ, files)
    own = (setting_in(parser, "base_url") for path, parser in files if _is_users(Path(path)))
    values["named"] = named_by(options.get("base_url"), environ.get("IUCN_TUI_BASE_URL"), *own)
    if environ.get(HOME_VARIABLE):
        values["home"], origins["home"] = home_folder(environ), HOME_VARIABLE
    if "source" not in values and (values["token"] or "base_url" in values):
        values["source"], origins["source"] = "live", ASSUMED
    if values.get("source") == "demo" and origins["base_url"] == "option":
        raise UsageError(
            "A base URL is given, but the source is demo: the embedded server.",
            "Leave out one of them.",
        )
    settings = Settings(**values)
    if settings.source == "live":
        with suppress(TokenWithheld):  # which is said when it would be sent: most commands don't
            check_token(settings)
            if settings.token and not is_red_list(settings.server) and settings.pace_is_owed:
                notices.append(
                    f"The token from {origins['token']} is sent to {settings.server}, which is not "
                    "the Red List's own server."
                )
    keys: dict[str, str] = {}
    for _, parser in reversed(files):  # of two that say something of the same key, the first counts
        keys |= dict(parser.items(KEYS)) if parser.has_section(KEYS) else {}
    return Loaded(settings, origins, tuple(notices), keys)


def home_folder(environ: Mapping[str, str]) -> Path:
    """The folder in which runs are kept; UsageError if it is of a user that there isn't."""
    named = environ.get(HOME_VARIABLE)
    return expanded(named) if named else Settings().home


def config_files(environ: Mapping[str, str]) -> list[Path]:
    """All files that may configure the program here; UsageError as :func:`home_folder`."""
    named = environ.get(CONFIG_VARIABLE)
    return [*([expanded(named)] if named else []), Path("config.ini"), user_config_file()]


def user_config_file() -> Path:
    """``config.ini`` in the user's configuration folder (XDG)."""
    return user_folder() / "config.ini"


def _is_users(path: Path) -> bool:
    """Whether a file is the user's own configuration, by whatever name."""
    try:
        return path.samefile(user_config_file())
    except OSError:
        return False


def _read_files(environ: Mapping[str, str], folder: Path | None) -> list[File]:
    named = environ.get(CONFIG_VARIABLE)
    beside = [] if folder is None else [folder / "config.ini"]
    paths = [expanded(named)] if named else [*beside, user_config_file()]
    files = [(str(path), found) for path in paths if (found := read_config(path)) is not None]
    if named and not files:
        raise UsageError(f"There is no configuration file {named}.")
    return files


def expanded(text: str, advice: str | None = None) -> Path:
    """A path in which ``~`` is a user's folder; UsageError if there is no such user."""
    try:
        return Path(text).expanduser()
    except RuntimeError:
        raise UsageError(f"There is no user for {text}.", advice) from None


def read_config(path: Path) -> configparser.ConfigParser | None:
    """A configuration file; None where there is none.

    Raises:
        UsageError: it can't be read, or not understood; says where, without quoting it.
    """
    # No interpolation: a token may hold a per cent sign.
    parser = configparser.ConfigParser(interpolation=None)
    try:
        raw = read_regular(path, LARGEST_CONFIG_BYTES)
        if len(raw) > LARGEST_CONFIG_BYTES:
            raise OSError(errno.EFBIG, "it is larger than 1 MB")
        parser.read_string(io.TextIOWrapper(io.BytesIO(raw), encoding="utf-8-sig").read())
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise UsageError(
            f"The configuration {path} can't be read: {error.strerror}.",
            "Save it as a regular file." if isinstance(error, NotRegular) else "",
        ) from None
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
            "Write iucn = TOKEN below [API], and the other settings below [iucn-tui].",
        ) from None
    _check_names(path, parser)
    return parser


def _check_names(path: Path, parser: configparser.ConfigParser) -> None:
    """A setting with a misspelt name would be ignored without a word."""
    known = list(map(public_name, _SETTINGS))
    for name in parser[APP] if parser.has_section(APP) else ():
        spelt = name.replace("-", "_")
        if spelt not in known:
            near = get_close_matches(spelt, known, 1)
            raise UsageError(
                f"There is no setting '{name}' (from {path}).",
                f"Did you mean {near[0]}?" if near else Advice.LIST_SETTINGS,
            )


def _find(
    name: str, options: Mapping[str, str | None], environ: Mapping[str, str], files: list[File]
) -> tuple[str | None, str]:
    variable = f"IUCN_TUI_{name.upper()}"
    places = [
        (options.get(name), "option"),
        (environ.get(variable) or None, variable),
        *((setting_in(parser, name), path) for path, parser in files),
    ]
    return next((one for one in places if one[0] is not None), (None, "default"))


_EXAMPLE_HEAD: Final = """\
# Configuration of iucn-tui. Copy it to ./config.ini, or to the path that
# `iucn-tui config path` prints. To change a setting, remove the # before it.

[API]
# Your token; get one free at https://api.iucnredlist.org/users/sign_up. Without a token
# the source is the demo server. The environment variable IUCN_REDLIST_KEY takes precedence.
# Make this file readable by you alone: chmod 600 config.ini. The value `keyring:` reads the
# token from the system's keyring; `iucn-tui config set-token --keyring` writes it there.
# iucn =\x20

[iucn-tui]"""


def example() -> str:
    """A ``config.ini`` with every setting, commented out, at its default; without keys."""
    lines = [_EXAMPLE_HEAD]
    for name in _SETTINGS:
        form, about, shown = help_on(name)
        lines += [f"# {about} [{form}]", f"# {public_name(name)} = {shown}"]
    return "\n".join([*lines, ""])
