"""The program as a process: its streams, its signals, its exit code."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, Final

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

    Raises:
        RedListError: the settings are no good.
    """
    from tui_app.settings import TOKEN_VARIABLE, load_settings
    from tui_app.ui.terminal import without_lines

    loaded = load_settings({}, os.environ, Path())
    # What it starts (a browser, for one) has no need of the token.
    os.environ.pop(TOKEN_VARIABLE, None)
    from tui_app.ui import run_app

    plain = without_lines(getattr(sys.__stderr__, "encoding", None) or "utf-8")
    notices = loaded.notices + ((plain,) if plain else ())
    given = [name for name, origin in loaded.origins.items() if origin != "default"]
    return run_app(loaded.settings, notices, given, loaded.keys)


@contextmanager
def _as_ctrl_c() -> Iterator[list[int]]:
    """SIGTERM and SIGHUP end whatever goes on as Ctrl-C would: terminal and files left tidy.

    Gives a list that gets the signals that came.
    """
    asked: list[int] = []

    def leave(signum: int, frame: FrameType | None) -> None:
        if asked and signum != signal.SIGTERM:  # shell and system both say that a terminal closed
            return
        asked.append(signum)
        signal.raise_signal(signal.SIGINT)  # a KeyboardInterrupt; asyncio cancels its main task

    before: dict[int, Any] = {}
    if threading.current_thread() is threading.main_thread():
        for name in ("SIGTERM", "SIGHUP"):
            signum = getattr(signal, name, None)
            if signum and signal.getsignal(signum) is signal.SIG_DFL:  # nohup ignores SIGHUP
                before[signum] = signal.signal(signum, leave)
    try:
        yield asked
    finally:
        for signum, handler in before.items():
            signal.signal(signum, handler)


def main(args: list[str] | None = None) -> int:
    """Run the program; gives its exit code.

    Args:
        args: the command line without the program's name; None for the process's own.
    """
    from .exits import Exit

    _three_streams()
    with _as_ctrl_c() as asked:
        code = _ended(args)
    return Exit.STOPPED if asked else code


def _ended(args: list[str] | None) -> int:
    from tui_app.redlist.errors import RedListError

    from .exits import Exit, exit_of_error
    from .saying import say

    words = sys.argv[1:] if args is None else args
    try:
        if words or COMPLETION in os.environ:
            from .commands import run

            return run(words)
        return open_application()  # without click: the first frame is waited for
    except KeyboardInterrupt:
        say("Stopped.")
        return Exit.STOPPED
    except RedListError as error:
        say(f"iucn-tui: {error.sentence()}")
        return exit_of_error(error)
    except BrokenPipeError:
        return nobody_reads()
    except OSError as error:
        say(f"iucn-tui: {error.strerror or error}.")  # the current folder is gone, for one
        return Exit.FAILED


def nobody_reads() -> int:
    """What became of a program whose reader (``| head``) has what it wanted: all is well."""
    # Python would complain at exit.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _three_streams() -> None:
    """See to it that stdin, stdout and stderr are there, and take any text."""
    # Else a socket or the store would get the number of one that is closed (`>&-`), and whoever
    # writes to that number would write into it.
    while (opened := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass
    os.close(opened)
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        # Names have every script; a terminal in another encoding shows ? rather than a traceback.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
