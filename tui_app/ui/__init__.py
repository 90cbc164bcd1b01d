"""The application: one screen over :class:`tui_app.runs.Service`.

It knows the service, the settings, and the plain values of ``redlist`` and ``fetch``; nothing
below it knows a screen. :mod:`tui_app.ui.terminal` says whether it can open at all and imports
nothing of Textual.
"""

from __future__ import annotations

import atexit
import gc
import sys
from collections.abc import Collection, Mapping

from tui_app.settings import Settings

__all__ = ["run_app"]


def run_app(
    settings: Settings,
    notices: tuple[str, ...] = (),
    given: Collection[str] = (),
    own_keys: Mapping[str, str] | None = None,
) -> int:
    """Open the application and return when the user has left it.

    Args:
        settings: what the setup form begins with, and where runs are kept.
        notices: sentences that the user must read, about the settings.
        given: settings that the user has named, by attribute; the others are as they were last.
        own_keys: keys that the user wants, as the configuration has them.

    Returns:
        The exit code.
    """
    from .app import RedListApp  # Textual is imported when used
    from .drawing import LastingOutput
    from .remembered import recall

    # Else the interpreter goes through all the widgets once more before it ends: half a second.
    atexit.register(gc.freeze)
    app = RedListApp(
        settings,
        notices=notices,
        remembered=recall(settings.home),
        given=given,
        own_keys=own_keys,
    )
    # Textual draws on this one.
    terminal = sys.__stderr__
    if terminal is not None:
        sys.__stderr__ = LastingOutput(terminal, app.leave_soon)  # type: ignore[misc,assignment]
    try:
        app.run()
    finally:
        sys.__stderr__ = terminal  # type: ignore[misc]
    app.service.close()
    return app.return_code or 0
