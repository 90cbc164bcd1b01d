"""Files of names and ids, as people's programs write them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

from tui_app.redlist.errors import UsageError
from tui_app.redlist.lines import text_of

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
    try:
        return text_of(raw).splitlines()
    except ValueError:
        raise UsageError(
            f"The file {path} of {what} is no text.", "Save it as UTF-8 text."
        ) from None
