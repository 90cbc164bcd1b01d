"""Sentences for the user, on stderr."""

from __future__ import annotations

import sys
from contextlib import suppress

from tui_app.redlist.visible import visible


def say(text: str) -> None:
    """A line on stderr; nothing where nobody can read it any more."""
    with suppress(OSError):  # the terminal is gone, or `2>&1 | head` has enough
        print(visible(text), file=sys.stderr, flush=True)
