"""Opening the application, on a terminal or in a browser's page."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from .stopping import heard

NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


def open_application(
    form: Mapping[str, Any] = NOTHING, options: Mapping[str, str | None] = NOTHING
) -> int:
    """Open the application; gives its exit code when the user has left it.

    ``form`` is what its form begins with, by field; ``options`` are settings by public name.

    Raises:
        RedListError: a setting is not valid, or this is not a terminal.
    """
    from tui_app.redlist.errors import UsageError
    from tui_app.ui.terminal import why_not_here

    reason = why_not_here(
        sys.stdin.isatty(), sys.stdout.isatty(), sys.stderr.isatty(), os.environ.get("TERM", "")
    )
    if reason is not None:
        raise UsageError(reason)
    return run_application(form, options)


def run_application(
    form: Mapping[str, Any] = NOTHING, options: Mapping[str, str | None] = NOTHING
) -> int:
    """Open the application, on a terminal or a page; gives its exit code.

    Before it is drawn, a signal ends the process.

    Raises:
        RedListError: a setting is not valid.
    """
    with heard() as signals, signals.asking(signals.end):
        from tui_app.settings import TOKEN_VARIABLE, load_settings
        from tui_app.ui.terminal import without_lines

        loaded = load_settings(options, os.environ, Path())
        # What it starts (a browser, for one) has no need of the token.
        os.environ.pop(TOKEN_VARIABLE, None)
        from tui_app.ui import run_app

        plain = without_lines(getattr(sys.__stderr__, "encoding", None) or "utf-8")
        notices = loaded.notices + ((plain,) if plain else ())
        given = [name for name, origin in loaded.origins.items() if origin != "default"]
        return run_app(
            loaded.settings,
            notices,
            given,
            loaded.keys,
            when_asked=signals.asking,
            form=form,
        )
