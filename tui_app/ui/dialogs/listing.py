"""A list of names or ids as text: made harmless, counted, read from a file. No widgets here."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from tui_app.redlist.accounting import InputLine, decode_text
from tui_app.redlist.errors import UsageError
from tui_app.settings import read_regular

from .. import text

Sort = Literal["names", "ids"]
"""Of what a list consists."""

ReadLines = Callable[[Iterable[str]], tuple[InputLine, ...]]
"""Understands lines: :func:`tui_app.redlist.accounting.read_names` or ``read_ids``."""

LARGEST_FILE: Final = 4_000_000
"""Bytes. 50,000 names are 1 MB; more than that is no list to look through on a screen."""
_LONGEST_LINE: Final = 500
"""Characters; no name has as many, and a line of a megabyte takes an editor's breath away."""
_REASONS: Final = 3

# Copied text has marks that nobody sees; in a name they would make it another one.
_INVISIBLE: Final = re.compile("[\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")


def harmless(typed: str) -> str:
    """Text as an editor may show it: no invisible marks, no control characters, no endless line."""
    lines = _INVISIBLE.sub("", typed).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    # Tabs stay: they stand between columns, of which the first one counts.
    return "\n".join("\t".join(map(text.clean, line[:_LONGEST_LINE].split("\t"))) for line in lines)


def read_list(path: Path) -> str:
    """A file's text, made harmless.

    Raises:
        UsageError: it can't be read, is too large, or isn't text.
    """
    try:
        body = read_regular(path, LARGEST_FILE)
    except OSError as error:
        raise UsageError(f"{path} can't be read: {error.strerror}.") from None
    except ValueError:
        raise UsageError("That is no path.") from None
    if len(body) > LARGEST_FILE:
        raise UsageError(
            f"{path} has more than {text.size(LARGEST_FILE)}.",
            "Split it, or fetch it on the command line.",
        )
    try:
        return harmless(decode_text(body))
    except ValueError:
        raise UsageError(f"{path} is no text.", "Save it as UTF-8 text.") from None


@dataclass(frozen=True, slots=True)
class Tally:
    """What became of the lines of a list.

    Attributes:
        sort: names or ids.
        understood: lines that will be asked for.
        duplicates: lines that say what another one says.
        malformed: lines that can't be asked for.
        reasons: why, of the first few kinds.
    """

    sort: Sort
    understood: int
    duplicates: int
    malformed: int
    reasons: tuple[str, ...]

    def in_words(self) -> str:
        """``52 names (1 duplicate, 2 malformed)``."""
        notes = []
        if self.duplicates:
            notes.append(text.plural(self.duplicates, "duplicate"))
        if self.malformed:
            notes.append(f"{text.count(self.malformed)} malformed")
        return text.plural(self.understood, self.sort[:-1]) + (
            f" ({', '.join(notes)})" if notes else ""
        )

    def in_short(self) -> str:
        """``52 names (2 malformed)``."""
        words = text.plural(self.understood, self.sort[:-1])
        return f"{words} ({text.count(self.malformed)} malformed)" if self.malformed else words


def tally(sort: Sort, lines: Sequence[InputLine]) -> Tally:
    """Count lines."""
    bad = [line for line in lines if line.problem]
    again = [line for line in lines if not line.problem and line.same_as is not None]
    kinds = Counter(line.problem for line in bad)
    reasons = []
    for problem, many in list(kinds.items())[:_REASONS]:
        first = next(line for line in bad if line.problem == problem)
        more = f" (and {text.plural(many - 1, 'line')} more)" if many > 1 else ""
        shown = text.fit(text.clean(first.text), 30).rstrip()
        reasons.append(f"line {first.number} '{shown}': {text.clean(problem)}{more}")
    understood = len(lines) - len(bad) - len(again)
    return Tally(sort, understood, len(again), len(bad), tuple(reasons))
