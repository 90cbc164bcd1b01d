"""The program as a process: its streams, its signals, its exit code."""

from __future__ import annotations

import os
import sys
from typing import Final

from .stopping import Signals, heard

COMPLETION: Final = "_IUCN_TUI_COMPLETE"
"""Set by a shell that completes a command line."""


def main(args: list[str] | None = None) -> int:
    """Run the program; gives its exit code.

    ``args`` is the command line without the program's name; None is the process's own, which ends
    with it.
    """
    with heard() as signals:  # before anything that takes time is imported
        from .messages import Exit
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

    from .messages import Exit, exit_of_error, say, say_error
    from .streams import OutputLost, nobody_reads

    try:
        if not words and COMPLETION not in os.environ:
            from .application import open_application

            return open_application()  # without click, for a fast first frame
        with signals.asking(signals.interrupt):
            from .commands import run_command_line

            return run_command_line(words)
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
