"""The application: one screen over :class:`tui_app.runs.Service`.

It knows the service, the settings, and the plain values of ``redlist`` and ``fetch``; nothing
below it knows a screen. :mod:`tui_app.ui.terminal` says whether it can open at all and imports
nothing of Textual.
"""

from __future__ import annotations

from tui_app.settings import Settings

__all__ = ["run_app"]


def run_app(settings: Settings) -> int:
    """Open the application and return when the user has left it.

    Args:
        settings: what the setup form begins with, and where runs are kept.

    Returns:
        The exit code.
    """
    from .app import RedListApp  # Textual is imported when used

    app = RedListApp(settings)
    app.run()
    app.service.close()
    return app.return_code or 0
