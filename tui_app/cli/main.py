"""The program as a process: its streams, its signals, its exit code."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Final

from .stopping import Signals, heard

COMPLETION: Final = "_IUCN_TUI_COMPLETE"
"""Set by a shell that wants to know how a command line goes on."""


def open_application() -> int:
    """Open the application; gives its exit code when the user has left it.

    Raises:
        RedListError: the settings are no good, or this is no terminal.
    """
    from tui_app.redlist.errors import UsageError
    from tui_app.ui.terminal import why_not_here

    reason = why_not_here(
        sys.stdin.isatty(), sys.stdout.isatty(), sys.stderr.isatty(), os.environ.get("TERM", "")
    )
    if reason is not None:
        raise UsageError(reason)
    return run_application()


def run_application() -> int:
    """Open the application, whatever it is drawn on; gives its exit code.

    Until it is there, a signal ends the process.

    Raises:
        RedListError: the settings are no good.
    """
    with heard() as signals, signals.asking(signals.end):
        return _run_application(signals)


def _run_application(signals: Signals) -> int:
    from tui_app.settings import TOKEN_VARIABLE, load_settings
    from tui_app.ui.terminal import without_lines

    loaded = load_settings({}, os.environ, Path())
    # What it starts (a browser, for one) has no need of the token.
    os.environ.pop(TOKEN_VARIABLE, None)
    from tui_app.ui import run_app

    plain = without_lines(getattr(sys.__stderr__, "encoding", None) or "utf-8")
    notices = loaded.notices + ((plain,) if plain else ())
    given = [name for name, origin in loaded.origins.items() if origin != "default"]
    return run_app(loaded.settings, notices, given, loaded.keys, when_asked=signals.asking)


def main(args: list[str] | None = None) -> int:
    """Run the program; gives its exit code.

    Args:
        args: the command line without the program's name; None for the process's own, which
            ends with it.
    """
    with heard() as signals:  # before anything that takes time is imported
        from .exits import Exit
        from .streams import flushed, three_streams

        three_streams()
        code = flushed(_ended(sys.argv[1:] if args is None else args, signals))
        code = Exit.STOPPED if signals.interrupted else code
        if args is None:
            # Python's own end prints a traceback at a signal, and takes seconds to take a list
            # of a million names apart.
            os._exit(code)
        return code


def _ended(words: list[str], signals: Signals) -> int:
    from tui_app.redlist.errors import RedListError

    from .exits import Exit, exit_of_error
    from .messages import say, say_error
    from .streams import OutputLost

    try:
        if not words and COMPLETION not in os.environ:
            return open_application()  # without click: the first frame is waited for
        with signals.asking(signals.interrupt):
            from .commands import run

            return run(words)
    except KeyboardInterrupt:
        say("Stopped.")
        return Exit.STOPPED
    except RedListError as error:
        say_error(error)
        return exit_of_error(error)
    except BrokenPipeError:
        return nobody_reads()
    except OutputLost as lost:
        return lost.told()
    except OSError as error:
        say(f"iucn-tui: {error.strerror or error}.")  # the current folder is gone, for one
        return Exit.FAILED


def nobody_reads() -> int:
    """What became of a program whose reader (``| head``) has what it wanted: all is well."""
    from .streams import discard

    discard(sys.stdout)
    return 0
