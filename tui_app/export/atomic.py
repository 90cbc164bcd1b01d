"""Files that appear whole or not at all."""

from __future__ import annotations

import glob
import io
import os
import re
import shutil
import stat
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TextIO, cast

from tui_app.redlist.errors import RedListError
from tui_app.redlist.visible import visible

STDOUT: Final = Path("-")
"""Written as ``-``: standard output in place of a file."""

_STREAMS: Final = re.compile(r"/dev/(?:stdin|stdout|stderr|fd/\d+)|/proc/[^/]+/fd/\d+")

ABANDONED_S: Final = 3600
"""A part that nobody has written to for so long is nobody's."""

UNFINISHED: Final[set[str]] = set()
"""Files and folders that are being made, and stand in nobody's way if they are removed."""


class ExportError(RedListError):
    """A file could not be written."""

    advice = "What was fetched is kept: `iucn-tui export last` writes it elsewhere."


@dataclass(frozen=True, slots=True)
class Exported:
    """A file that was written.

    Attributes:
        path: where; :data:`STDOUT` for standard output.
        rows: how many rows, its header not counted.
        size_bytes: how large it is.
    """

    path: Path
    rows: int
    size_bytes: int


@contextmanager
def writing(path: Path) -> Iterator[TextIO]:
    """A text file (UTF-8, line ends as written) that replaces ``path`` when it is whole.

    What is in the way stays until then, and stays for good where anything goes wrong. Standard
    output and devices can't be replaced: they are written to as it goes.

    Raises:
        ExportError: it can't be written; says why. Nothing is left behind.
    """
    try:
        if path == STDOUT:
            with _stdout() as file:
                yield file
        elif can_be_replaced(path):
            with _replacing(path) as file:
                yield file
        else:
            with path.open("w", encoding="utf-8", newline="") as file:
                yield file
    except BrokenPipeError:
        raise  # whoever read our output has gone: no error of the file's
    except OSError as error:
        what = "Standard output" if path == STDOUT else path
        raise ExportError(f"{what} can't be written: {error.strerror or error}.") from error


def can_be_replaced(path: Path) -> bool:
    """Whether ``path`` is a file or could become one, rather than stdout, a pipe or a device."""
    return not is_stream(path) and (path.is_file() or not path.exists())


def is_stream(path: Path) -> bool:
    """Whether ``path`` is one of the process's open streams, whatever that leads to."""
    return path == STDOUT or _STREAMS.fullmatch(os.fspath(path)) is not None


def size_of(file: TextIO) -> int:
    """How much has been written to ``file``; 0 where it can't be told, as with a pipe."""
    return file.tell() if file.seekable() else 0


@contextmanager
def _replacing(path: Path) -> Iterator[TextIO]:
    target = Path(os.path.realpath(path))  # a link stays a link
    _remove_abandoned(target)
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".part", dir=target.parent)
    UNFINISHED.add(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, mode_of(target))
        os.replace(name, target)
    except BaseException:
        with suppress(OSError):
            os.unlink(name)
        raise
    finally:
        UNFINISHED.discard(name)


def _remove_abandoned(target: Path) -> None:
    """Remove what exports to ``target`` left that were killed: who writes leaves a fresh time."""
    with suppress(OSError):
        for part in target.parent.glob(f".{glob.escape(target.name)}.*.part"):
            said = part.lstat()  # a folder of parts may hold what was there before: it stays
            if stat.S_ISREG(said.st_mode) and said.st_mtime < time.time() - ABANDONED_S:
                part.unlink()


def remove_unfinished() -> None:
    """Remove what is being written: for a process that ends at once, without cleaning up."""
    for name in list(UNFINISHED):
        with suppress(OSError):
            if os.path.isdir(name):
                shutil.rmtree(name)
                os.rmdir(os.path.dirname(name))  # of Swap's own, unless something else is in it
            else:
                os.unlink(name)


def mode_of(target: Path) -> int:
    """The permissions of what is at ``target``, or of a new file there."""
    with suppress(OSError):
        return target.stat().st_mode & 0o777
    mask = os.umask(0)  # there is no other way to ask for it
    os.umask(mask)
    return 0o666 & ~mask


class _Terminal(io.TextIOBase):
    """A terminal on which data are looked at: it gets them with nothing in them that it obeys."""

    def seekable(self) -> bool:
        return False

    def write(self, text: str) -> int:
        lines = text.replace("\r\n", "\n").split("\n")
        sys.stdout.write("\n".join(visible(line, None) for line in lines))
        return len(text)

    def flush(self) -> None:
        sys.stdout.flush()


class _Borrowed(io.TextIOWrapper):
    """Text on the bytes of a stream that goes on without it, also where it could not be written."""

    def close(self) -> None:
        """Leave the stream open."""


@contextmanager
def _stdout() -> Iterator[TextIO]:
    if not hasattr(sys.stdout, "buffer"):  # replaced by a test or another program
        yield sys.stdout
        return
    if sys.stdout.isatty():
        yield cast("TextIO", _Terminal())
        return
    file = _Borrowed(sys.stdout.buffer, encoding="utf-8", newline="")
    yield file
    file.flush()
