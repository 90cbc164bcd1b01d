"""Keeping a token: in the user's ``config.ini``, or in the keyring that it then names."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from configparser import ConfigParser
from contextlib import suppress
from pathlib import Path
from typing import Final

from tui_app.redlist import Token
from tui_app.redlist.errors import UsageError
from tui_app.redlist.redaction import DOTS, SHORTEST

from .loading import (
    CONFIG_VARIABLE,
    LARGEST_CONFIG_BYTES,
    MARK,
    ask_keyring,
    can_be_token,
    expanded,
    is_mark,
    read_config,
    read_regular,
    token_in,
    user_config_file,
)

_HEADER: Final = ConfigParser.SECTCRE
_NAME: Final = re.compile("[=:]")
_OF_TOKEN: Final = ("API", "DEFAULT")
"""Sections in which a token is found."""


def read_token(typed: str) -> Token:
    """What a user typed or pasted, as a token; else UsageError, which doesn't repeat it."""
    text = typed.strip()
    if not can_be_token(text):
        raise UsageError(
            "This is not a token: tokens are ASCII without blanks, and not `keyring:`.",
            "Copy it again from https://api.iucnredlist.org/users/edit.",
        )
    return Token(text)


def token_file(environ: Mapping[str, str]) -> Path:
    """The file that will be read for a token: the one the environment names, or the user's.

    Raises:
        UsageError: it is in the folder of a user that there isn't.
    """
    named = environ.get(CONFIG_VARIABLE)
    return expanded(named) if named else user_config_file()


def names_keyring(file: Path) -> bool:
    """Whether a configuration says that the token is in the keyring."""
    try:
        found = read_config(file)
    except UsageError:
        return False  # whoever writes it will say what is wrong with it
    return found is not None and is_mark(token_in(found))


def keep_token(token: Token, file: Path, *, keyring: bool) -> None:
    """Keep a token in the place of an earlier one, readable by the user alone.

    It goes into a ``config.ini``, of which the other lines stay as they are, or into the system's
    keyring, and the file says so.

    Raises:
        UsageError: the file, or the keyring, can't be read or written; an earlier token is still
            there.
    """
    try:
        _write(token, file, keyring=keyring)
    except OSError as error:
        raise UsageError(f"{file} can't be written: {error.strerror}.") from None


def _write(token: Token, file: Path, *, keyring: bool) -> None:
    import tempfile  # the application starts without it

    value = MARK if keyring else token.reveal()
    before = read_config(file)
    text, line_end = _content(file)
    old = "" if before is None else token_in(before)
    secrets = {one for one in _secrets_in(old) if len(one) >= SHORTEST}
    text = _with_token(text, value, secrets)
    file.parent.mkdir(parents=True, exist_ok=True)
    target = Path(os.path.realpath(file))  # a link stays a link
    # Made anew, so that nobody who could read the old one, or has it open, reads this one.
    handle, part = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".part", dir=target.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline=line_end) as out:
            out.write(text)
        rest = text.replace(value, "")
        if not _is_read_as(Path(part), value, before) or any(one in rest for one in secrets):
            raise UsageError(
                f"{file} is unchanged: the token can't be replaced in it, or occurs in another "
                "place as well.",
                "Remove the token from it, then try again.",
            )
        if keyring:
            ask_keyring("set_password", token.reveal())
        os.replace(part, target)
    except BaseException:
        os.unlink(part)
        raise
    if is_mark(old) and not keyring:
        with suppress(UsageError):  # it is locked or gone: nothing reads the old token there
            if ask_keyring("get_password"):
                ask_keyring("delete_password")


def _secrets_in(written: str) -> list[str]:
    """What may be a token in the value that stands in its place."""
    if can_be_token(written):
        return [written]
    # With words behind it, or over several lines: a real one has digits, which few words have.
    return [word for word in re.split(r"[\s=:]+", written) if any(map(str.isdigit, word))]


def _content(file: Path) -> tuple[str, str]:
    """A configuration's text, and how its lines end; empty where there is none yet."""
    try:
        raw = read_regular(file, LARGEST_CONFIG_BYTES)
    except FileNotFoundError:
        return "", "\n"
    text = raw.decode("utf-8-sig")
    line_end = "\r\n" if "\r\n" in text else "\n"
    return text.replace("\r\n", "\n").replace("\r", "\n"), line_end


def _with_token(text: str, value: str, secrets: set[str]) -> str:
    """A configuration with another token, taken line by line as ``configparser`` takes it.

    The secrets are taken out of comments.
    """
    lines: list[str] = []
    place, indent = None, ""  # where the new line goes, and its indentation
    section, depth, in_option, dropped, after_header = "", 0, False, False, False
    for line in text.split("\n"):
        words = line.strip()
        if not words or words[0] in "#;":
            for one in secrets:
                line = line.replace(one, DOTS)  # noqa: PLW2901
            lines.append(line)
            continue
        blanks = line[: len(line) - len(line.lstrip())]
        if in_option and len(blanks) > depth:  # a value goes on
            lines += [line] * (not dropped)
            continue
        if after_header:
            indent = blanks  # else this line would go on with the token
        header = _HEADER.match(words)
        depth, in_option, after_header = len(blanks), header is None, False
        name = _NAME.split(words, maxsplit=1)[0].strip().lower()
        dropped = header is None and section in _OF_TOKEN and name == "iucn"
        if dropped and section == "API":
            place, indent = len(lines), blanks
        if not dropped:
            lines.append(line)
        if header is not None:
            section, after_header = header["header"], header["header"] == "API"
            place = len(lines) if after_header else place
    new = f"{indent}iucn = {value}"
    if place is None:
        # At the end: no line comes after it that could go on with the token.
        rest = "\n".join(lines).rstrip()
        return (rest + "\n\n" if rest else "") + f"[API]\n{new}\n"
    return "\n".join([*lines[:place], new, *lines[place:]])


def _is_read_as(part: Path, value: str, before: ConfigParser | None) -> bool:
    """Whether a new configuration has the new token, and all else as it was."""
    try:
        after = read_config(part)
    except UsageError:
        return False
    return after is not None and token_in(after) == value and _rest(after) == _rest(before)


def _rest(parser: ConfigParser | None) -> dict[tuple[str, str], str]:
    """All that a configuration says but for the token, each where it is written."""
    if parser is None:
        return {}
    defaults = parser.defaults()
    return {
        (name, option): text
        for name, section in parser.items()
        for option, text in section.items()
        if option != "iucn" and (name == parser.default_section or defaults.get(option) != text)
    }
