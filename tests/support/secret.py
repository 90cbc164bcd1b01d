"""The one token of all tests, and how it is found again where it must not be."""

from __future__ import annotations

import base64
import re
from pathlib import Path
from typing import Final
from urllib.parse import quote

SECRET: Final = "s3cr3t+T0k3n%only$4tests"
"""With characters that URLs quote, each in a way of its own."""

OWN_FILES: Final = ("config.ini",)
"""Where a user keeps a token, and tests write it."""


def _spellings() -> list[bytes]:
    quoted = quote(SECRET, safe="")
    lower = re.sub("%..", lambda found: found[0].lower(), quoted)
    texts = [SECRET, quote(SECRET), quoted, lower, quote(quoted, safe="")]
    raw = SECRET.encode()
    # In base64 what stands around shifts it by up to two bytes: what is the same in each.
    packed = [base64.b64encode(b"\0" * shift + raw)[shift + 2 : -4] for shift in range(3)]
    return [*dict.fromkeys(text.encode() for text in texts), SECRET.encode("utf-16-le"), *packed]


SPELLINGS: Final = tuple(_spellings())


def leaks(data: bytes | str) -> bool:
    """Whether the token is in there: plain, quoted, as base64 or as UTF-16."""
    if isinstance(data, str):
        data = data.encode("utf-8", "replace")
    return any(spelt in data for spelt in SPELLINGS)


def leaking_files(folder: Path) -> list[Path]:
    """Files below a folder that hold it, but for those that are made for it."""
    return [path for path in folder.rglob("*") if _is_foreign(path) and leaks(_content(path))]


def _is_foreign(path: Path) -> bool:
    return path.is_file() and not path.is_symlink() and path.name not in OWN_FILES


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except PermissionError:  # what a test closed to everyone
        return b""
