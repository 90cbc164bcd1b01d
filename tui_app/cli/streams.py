"""Standard input, output and error: always open, able to take any text, errors reported."""

from __future__ import annotations

import errno
import io
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from .messages import say

if TYPE_CHECKING:
    from .messages import Exit


_NO_SPACE: Final = (errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC))


class OutputLost(OSError):
    """Standard output can't be written. Where a pipe was closed it is a ``BrokenPipeError``."""

    def told(self, instead: Exit | None = None) -> Exit:
        """Print what failed, why, and what to do; returns the exit code.

        ``instead`` is that of a command whose results are saved.
        """
        from .messages import Exit

        discard(sys.stdout)
        if self.errno == errno.EIO:  # it was a terminal that has been closed
            return Exit.STOPPED
        if self.errno == errno.EBADF:
            words = "Standard output is closed. Open it, or redirect it to /dev/null"
        else:
            room = "Free some space, or r" if self.errno in _NO_SPACE else "R"
            words = f"Standard output can't be written: {self.strerror}. {room}edirect it"
        say(f"iucn-tui: {words}.")
        return Exit.FAILED if instead is None else instead


class _Output(io.FileIO):
    """Standard output, whose errors have a type of their own."""

    def write(self, data: Any) -> int:
        try:
            return super().write(data) or 0
        except BrokenPipeError:
            raise
        except OSError as error:
            raise OutputLost(error.errno, error.strerror) from None


def three_streams() -> None:
    """Open what is closed of stdin, stdout and stderr, and have them take any text."""
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        try:
            os.fstat(number)
        except OSError:
            # Else a socket or the store would get its number, and whoever writes to that number
            # would write into it. What is written to a closed stdout must fail.
            os.open(os.devnull, os.O_RDONLY if number == 1 else os.O_RDWR)
        if getattr(sys, name) is None:
            file = open(number, mode, encoding="utf-8", closefd=False)  # noqa: SIM115
            setattr(sys, name, file)
    buffer = getattr(sys.stdout, "buffer", None)  # one that a test put in its place stays
    if type(getattr(buffer, "raw", buffer)) is io.FileIO:
        out: Any = sys.stdout
        sys.stdout = io.TextIOWrapper(
            io.BufferedWriter(_Output(sys.stdout.fileno(), "w", closefd=False)),
            encoding=sys.stdout.encoding,
            line_buffering=out.line_buffering or out.write_through,
        )
    for stream in (sys.stdout, sys.stderr):
        # Names have every script; a terminal in another encoding shows ? rather than a traceback.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")


def delivered(write: Callable[[], None], code: Exit) -> Exit:
    """Print the result of a run that is saved; returns the exit code, ``code`` if it is printed."""
    from .messages import Exit

    try:
        write()
    except BrokenPipeError:
        discard(sys.stdout)
    except OutputLost as lost:
        return lost.told(code or Exit.PARTIAL)
    return code


def flushed(code: int) -> int:
    """Write what is still buffered; returns the exit code.

    Python would do it while it finalizes, and report errors as "Exception ignored".
    """
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        discard(sys.stdout)
    except OutputLost as lost:
        if code:  # it has been reported
            discard(sys.stdout)
        else:
            code = lost.told()
    try:
        sys.stderr.flush()
    except OSError:
        discard(sys.stderr)
    return code


def discard(stream: Any) -> None:
    """Send all further output of a stream to the null device."""
    with suppress(OSError):  # replaced by a test or another program: it has no file descriptor
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


def nobody_reads() -> int:
    """The exit code of a program whose reader (``| head``) has closed the pipe: success."""
    discard(sys.stdout)
    return 0
