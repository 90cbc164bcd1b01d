"""Reading files that a user or another program names: regular files only, and not endless ones."""

from __future__ import annotations

import errno
import io
import os
import stat
from pathlib import Path
from typing import Final

LARGEST_CONFIG_BYTES: Final = 2**20

_FLAGS: Final = (
    os.O_RDONLY
    | getattr(os, "O_BINARY", 0)
    | getattr(os, "O_NOCTTY", 0)
    | getattr(os, "O_NONBLOCK", 0)  # a pipe without a writer is opened at once
)


class NotRegular(OSError):
    """It is a pipe, a socket or a device; ``strerror`` says which."""


def read_regular(path: Path, most_bytes: int) -> bytes:
    """Read a regular file; the null device counts as an empty one.

    Reading anything else could wait for ever, or never end.

    Args:
        path: where.
        most_bytes: one byte more is read if there is one, so that the caller can tell.

    Raises:
        NotRegular: it is a pipe, a socket or a device.
        OSError: it can't be read.
    """
    check_regular(path.stat())  # opening a device may change something already
    with open(path, "rb", opener=lambda name, _: os.open(name, _FLAGS)) as file:
        check_regular(os.fstat(file.fileno()))  # it may have been replaced meanwhile
        return file.read(most_bytes + 1)


def check_regular(found: os.stat_result) -> None:
    """Check that what was found is a regular file or the null device.

    Raises:
        NotRegular: it is a pipe, a socket or a device.
        IsADirectoryError: it is a folder.
    """
    mode = found.st_mode
    if stat.S_ISREG(mode) or os.path.samestat(found, os.stat(os.devnull)):
        return
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    kind = "pipe" if stat.S_ISFIFO(mode) else "socket" if stat.S_ISSOCK(mode) else "device"
    raise NotRegular(errno.EINVAL, f"it is a {kind}, not a regular file")


def config_text(path: Path) -> str:
    """The text of a configuration file.

    Raises:
        NotRegular: it is a pipe, a socket or a device.
        OSError: it can't be read, or is larger than 1 MB.
        UnicodeDecodeError: it is not UTF-8.
    """
    raw = read_regular(path, LARGEST_CONFIG_BYTES)
    if len(raw) > LARGEST_CONFIG_BYTES:
        raise OSError(errno.EFBIG, "it is larger than 1 MB")
    return io.TextIOWrapper(io.BytesIO(raw), encoding="utf-8-sig").read()


__all__ = ["NotRegular", "check_regular", "config_text", "read_regular"]
