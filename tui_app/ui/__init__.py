"""The application: one screen over :class:`tui_app.runs.Service`.

It knows the service, the settings, and the plain values of ``redlist`` and ``fetch``; nothing
below it knows a screen. :mod:`tui_app.ui.terminal` says whether it can open at all and imports
nothing of Textual.
"""

from __future__ import annotations

import atexit
import gc
import os
import sys
import threading
from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractContextManager, nullcontext, suppress
from time import sleep
from typing import Any, Final

from tui_app.settings import Settings

__all__ = ["WhenAsked", "run_app"]

LIFELINE: Final = "IUCN_TUI_LIFELINE"
"""Set by what serves the application to a browser: the pipe that closes when that ends."""
_GRACE_S: Final = 2.0
_LONGEST_LEAVING_S: Final = 5.0
"""After a signal, until the process is ended. Leaving takes half a second."""


WhenAsked = Callable[..., AbstractContextManager[None]]
"""``when_asked(ask, give_back, within_s)``: within the context the first signal calls ``ask``; the
process is ended ``within_s`` seconds later, after a call of ``give_back``."""


def _end_with(lifeline: int, leave: Callable[[], None]) -> None:
    """Leave when nothing holds the other end of a pipe any more, and end in any case."""

    def wait() -> None:
        with suppress(OSError):
            while os.read(lifeline, 1):
                pass
        leave()
        sleep(_GRACE_S)
        os._exit(1)

    threading.Thread(target=wait, name="lifeline", daemon=True).start()


def run_app(
    settings: Settings,
    notices: tuple[str, ...] = (),
    given: Collection[str] = (),
    own_keys: Mapping[str, str] | None = None,
    *,
    when_asked: WhenAsked | None = None,
    form: Mapping[str, Any] | None = None,
) -> int:
    """Open the application; gives the exit code when the user has left it.

    Args:
        settings: what the setup form begins with, and where runs are kept.
        notices: sentences that the user must read, about the settings.
        given: settings that the user has named, by attribute; the others are as they were last.
        own_keys: keys that the user wants, as the configuration has them.
        when_asked: sends signals to the application while it is open.
        form: what the form begins with, by field of :class:`~tui_app.ui.form.FormValues`; the rest
            is as it was last.
    """
    from .app import RedListApp  # Textual is imported when used
    from .remembered import recall
    from .terminal import LastingOutput

    # Else the interpreter goes through all the widgets once more before it ends: half a second.
    atexit.register(gc.freeze)
    lifeline = os.environ.pop(LIFELINE, "")
    app = RedListApp(
        settings,
        notices=notices,
        remembered=recall(settings.home),
        given=given,
        own_keys=own_keys,
        form=form,
    )
    if lifeline.isdigit():
        _end_with(int(lifeline), app.leave_soon)
    # Textual draws on this one.
    terminal = sys.__stderr__
    if terminal is not None:
        sys.__stderr__ = LastingOutput(terminal, app.leave_soon)  # type: ignore[misc,assignment]
    try:
        asked = (
            when_asked(app.leave_soon, app.give_back, _LONGEST_LEAVING_S) if when_asked else None
        )
        with asked or nullcontext():
            app.run()
            app.service.close()
    finally:
        sys.__stderr__ = terminal  # type: ignore[misc]
    return app.return_code or 0
