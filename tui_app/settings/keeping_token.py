"""Keeping a token: in the user's ``config.ini``, or in the keyring that it then names."""

from __future__ import annotations

import configparser
import os
import re
from collections.abc import Mapping
from pathlib import Path

from tui_app.redlist import Token
from tui_app.redlist.errors import UsageError

from .files import read_config
from .keyring import MARK, to_keyring
from .loading import CONFIG_VARIABLE, user_config_file
from .token_sources import can_be_token


def read_token(typed: str) -> Token:
    """What a user typed or pasted, as a token.

    Raises:
        UsageError: it can't be one. The sentence doesn't repeat it.
    """
    text = typed.strip()
    if not can_be_token(text):
        raise UsageError("That is no token: it has characters that no token has.")
    return Token(text)


def token_file(environ: Mapping[str, str]) -> Path:
    """The file that will be read for a token: the one the environment names, or the user's."""
    named = environ.get(CONFIG_VARIABLE)
    return Path(named).expanduser() if named else user_config_file()


def names_keyring(file: Path) -> bool:
    """Whether a configuration says that the token is in the keyring."""
    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read_string(read_config(file))
    except (OSError, UnicodeDecodeError, configparser.Error):
        return False  # whoever writes it will say what is wrong with it
    return parser.get("API", "iucn", fallback="").strip() == MARK


def keep_token(token: Token, file: Path, *, keyring: bool) -> None:
    """Keep a token in the place of an earlier one, readable by the user alone.

    Args:
        token: it.
        file: a ``config.ini``; its other lines stay as they are.
        keyring: into the system's keyring; the file then says so.

    Raises:
        UsageError: the file, or the keyring, can't be written; an earlier token is still there.
    """
    if keyring:
        to_keyring(token.reveal())
    try:
        _write(file, MARK if keyring else token.reveal())
    except OSError as error:
        raise UsageError(f"{file} can't be written: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise UsageError(f"{file} is not UTF-8 text.", "Move it away first.") from None


def _write(file: Path, value: str) -> None:
    import tempfile  # the application starts without it

    text = read_config(file) if file.exists() else ""
    line = f"iucn = {value}"
    section = re.search(r"(?m)^\[API\][^\n]*(\n|\Z)", text)
    if section is None:
        text = f"[API]\n{line}\n\n{text}"
    else:
        head, tail = text[: section.end()].rstrip("\n") + "\n", text[section.end() :]
        inside, bracket, rest = tail.partition("\n[")
        inside = re.sub(r"(?im)^iucn\s*[=:].*\n?", "", inside)
        text = f"{head}{line}\n{inside}{bracket}{rest}"
    file.parent.mkdir(parents=True, exist_ok=True)
    target = Path(os.path.realpath(file))  # a link stays a link
    # Made anew, so that nobody who could read the old one, or has it open, reads this one.
    handle, part = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".part", dir=target.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as out:
            out.write(text)
        os.replace(part, target)
    except BaseException:
        os.unlink(part)
        raise


__all__ = ["keep_token", "names_keyring", "read_token", "token_file"]
