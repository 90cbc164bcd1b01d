"""Files of names and ids, as people's programs write them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

from tui_app.redlist.accounting import decode_text
from tui_app.redlist.errors import UsageError
from tui_app.settings import NotRegular, read_regular

STDIN: Final = "-"
_STDIN_NAMES: Final = (STDIN, "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0")
LARGEST_BYTES: Final = 64 * 2**20


def is_stdin(path: str | None) -> bool:
    """Whether a file's name means standard input."""
    return path in _STDIN_NAMES


def read_lines(path: str, what: str) -> list[str]:
    """The lines of a text file, or of standard input where ``path`` is ``-``.

    A pipe or a device by another name is refused: reading it may never end.

    UTF-8, UTF-16 (as spreadsheets save "Unicode text"), else Windows' Western European.

    Args:
        path: where.
        what: what it holds, for the sentence: ``names``.

    Raises:
        UsageError: it can't be read, or is no text.
    """
    try:
        if is_stdin(path):
            raw = sys.stdin.buffer.read(LARGEST_BYTES + 1)
        else:
            raw = read_regular(Path(path), LARGEST_BYTES)
    except FileNotFoundError:
        raise UsageError(f"There is no file {path} of {what}.", "`-` is standard input.") from None
    except OSError as error:
        reason = error.strerror or error
        advice = ""
        if isinstance(error, NotRegular):
            advice = f"Save it to a file, or pipe it in: `… | iucn-tui fetch … --{what} -`."
        raise UsageError(f"The file {path} of {what} can't be read: {reason}.", advice) from None
    if len(raw) > LARGEST_BYTES:
        raise UsageError(f"The file {path} of {what} is larger than 64 MB.", "Cut it in parts.")
    try:
        return decode_text(raw).splitlines()
    except ValueError:
        raise UsageError(
            f"The file {path} of {what} is no text.", "Save it as UTF-8 text."
        ) from None
