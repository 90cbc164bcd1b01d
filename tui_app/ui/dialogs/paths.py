"""An input for a path: it completes file names."""

from __future__ import annotations

import os
from pathlib import Path
from typing import ClassVar

from textual.binding import BindingType
from textual.suggester import Suggester
from textual.widgets import Input

from tui_app.redlist.errors import UsageError

from .. import keys


def typed_path(typed: str) -> Path:
    """The path that was typed; ``~`` is the user's folder.

    Raises:
        UsageError: it is the folder of a user that there isn't.
    """
    try:
        return Path(typed).expanduser()
    except RuntimeError:
        raise UsageError(f"There is no such user: {typed}.", "Type another path.") from None


class PathSuggester(Suggester):
    """The first file or folder that begins with what has been typed."""

    def __init__(self) -> None:
        super().__init__(use_cache=False, case_sensitive=True)

    async def get_suggestion(self, value: str) -> str | None:
        """The completion of ``value``, or None."""
        return complete_path(value)


def complete_path(value: str) -> str | None:
    """``out/fel`` becomes ``out/felidae.csv``; folders come first and end in a slash."""
    folder_text, name = os.path.split(value)
    if not value or (not name and not folder_text):
        return None
    try:
        folder = Path(folder_text or ".").expanduser()
        with os.scandir(folder) as found_there:
            entries = [
                (not os.path.isdir(entry), entry.name)  # of a link that leads nowhere as well
                for entry in found_there
                if entry.name.startswith(name) and (name.startswith(".") or entry.name[0] != ".")
            ]
    except (OSError, ValueError, RuntimeError):
        return None
    for is_file, found in sorted(entries):
        completed = value + found[len(name) :] + ("" if is_file else os.sep)
        if completed != value:
            return completed
    return None


class PathInput(Input):
    """An input that Tab completes, as in a shell; with nothing to complete, Tab moves on."""

    BINDINGS: ClassVar[list[BindingType]] = list(keys.PATH_INPUT)

    def action_complete(self) -> None:
        """Take the suggestion, or move on."""
        completed = complete_path(self.value) if self.cursor_at_end else None
        if completed is None:
            self.screen.focus_next()
        else:
            self.value = completed
            self.cursor_position = len(completed)
