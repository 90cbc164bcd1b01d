"""Files of names and ids, as people's programs write them."""

from __future__ import annotations

import codecs
import sys
from pathlib import Path
from typing import Final

from tui_app.redlist.errors import UsageError

STDIN: Final = "-"
LARGEST_BYTES: Final = 64 * 2**20


def read_lines(path: str, what: str) -> list[str]:
    """The lines of a text file, or of standard input where ``path`` is ``-``.

    UTF-8, UTF-16 (as spreadsheets save "Unicode text"), else Windows' Western European.

    Args:
        path: where.
        what: what it holds, for the sentence: ``names``.

    Raises:
        UsageError: it can't be read, or is no text.
    """
    try:
        if path == STDIN:
            raw = sys.stdin.buffer.read(LARGEST_BYTES + 1)
        else:
            with Path(path).open("rb") as file:
                raw = file.read(LARGEST_BYTES + 1)
    except FileNotFoundError:
        raise UsageError(f"There is no file {path} of {what}.", "`-` is standard input.") from None
    except OSError as error:
        reason = error.strerror or error
        raise UsageError(f"The file {path} of {what} can't be read: {reason}.") from None
    if len(raw) > LARGEST_BYTES:
        raise UsageError(f"The file {path} of {what} is larger than 64 MB.", "Cut it in parts.")
    return _text(raw, path, what).splitlines()


def _text(raw: bytes, path: str, what: str) -> str:
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return raw.decode("utf-16", errors="replace")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    if b"\0" in raw:
        raise UsageError(f"The file {path} of {what} is no text.", "Save it as UTF-8 text.")
    return raw.decode("cp1252", errors="replace")
