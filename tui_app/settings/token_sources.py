"""Where the token comes from: environment, files, and the keyring where a file says so."""

from __future__ import annotations

import configparser
import os
import shlex
from collections.abc import Mapping, Sequence
from typing import Final

from tui_app.redlist import Token
from tui_app.redlist.errors import Advice, UsageError

from .keyring import from_keyring, is_mark
from .servers import APP, named_by

TOKEN_VARIABLE: Final = "IUCN_REDLIST_KEY"  # noqa: S105 - the variable's name, as R users know it

LONGEST_TOKEN: Final = 4096
"""Characters; servers take no longer header."""

File = tuple[str, configparser.ConfigParser]
"""A configuration file that was read, by its path."""


def find_token(environ: Mapping[str, str], files: Sequence[File]) -> tuple[Token | None, str]:
    """The token that counts, and where it is from (``default``: there is none).

    Args:
        environ: the environment.
        files: configuration files, the first counts.

    Raises:
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
            f"The token from {origin} is `{text}`, which only names the keyring. That belongs in "
            "config.ini.",
            Advice.KEEP_IN_KEYRING,
        )
    if not can_be_token(text):
        raise UsageError(
            f"The token from {origin} has characters that no token has.",
            "Copy it again from https://api.iucnredlist.org/users/edit.",
        )
    return Token(text, *named_by(beside)), origin


def can_be_token(text: str) -> bool:
    """Whether it could be one, so that a header can carry it; what names a keyring is none."""
    fits = 0 < len(text) <= LONGEST_TOKEN and not is_mark(text)
    return fits and text.isascii() and text.isprintable() and " " not in text


def readable_token(path: str, parser: configparser.ConfigParser) -> str | None:
    """The sentence for a file with a token that others can read; None where all is well."""
    if os.name != "posix" or token_in(parser) == "" or is_mark(token_in(parser)):
        return None
    if not os.stat(path).st_mode & 0o077:
        return None
    return f"Others can read {path}, which holds a token: chmod 600 {shlex.quote(path)}"


def token_in(parser: configparser.ConfigParser) -> str:
    """What stands in a file in the place of the token; empty where nothing does."""
    return parser.get("API", "iucn", fallback="").strip()


def setting_in(parser: configparser.ConfigParser, name: str) -> str | None:
    """A setting as a file has it; None where it has none, or nothing stands there."""
    for spelt in (name, name.replace("_", "-")):
        if parser.has_option(APP, spelt) and parser.get(APP, spelt).strip():
            return parser.get(APP, spelt)
    return None


__all__ = [
    "LONGEST_TOKEN",
    "TOKEN_VARIABLE",
    "File",
    "can_be_token",
    "find_token",
    "readable_token",
    "setting_in",
    "token_in",
]
