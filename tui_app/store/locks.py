"""Locks that the operating system lets go when their process ends, however it ends."""

from __future__ import annotations

import errno
import os
import sys
from contextlib import suppress
from pathlib import Path
from time import sleep
from typing import Final

_HELD: Final = {errno.EACCES, errno.EAGAIN, errno.EWOULDBLOCK, errno.EDEADLK}
TRIES: Final = 30
_BETWEEN_S: Final = 0.01
"""Who only looks whether a lock is held has it for a moment: a few tries tell that apart."""

# A file each and flock, not record locks: those belong to the process, so that two stores in
# one would not see each other's, and closing any of its descriptors would lose them all.
if sys.platform == "win32":
    import msvcrt

    def _lock(fd: int, *, shared: bool) -> None:
        if shared:
            raise OSError(errno.ENOTSUP, "no shared locks")
        msvcrt.locking(fd, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _lock(fd: int, *, shared: bool) -> None:
        fcntl.flock(fd, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)


class Held(Exception):
    """Somebody else has the lock."""


class NoLocks(Exception):
    """This file system has no locks, or no room for them."""


class Lock:
    """A lock that is held until it is released, or its process ends.

    Args:
        path: the lock's file; it is made, and taken away with an exclusive lock.
        shared: whether others may share it.
        tries: how often to try, some hundredths of a second apart.

    Raises:
        Held: somebody else has it.
        NoLocks: there are no locks here.
    """

    def __init__(self, path: Path, *, shared: bool = False, tries: int = TRIES) -> None:
        self._path = path
        self._shared = shared
        self._fd = -1
        for left in reversed(range(tries)):
            if self._take():
                return
            if left:
                sleep(_BETWEEN_S)
        raise Held

    def release(self) -> None:
        """Let it go; safe to call twice."""
        if self._fd < 0:
            return
        fd, self._fd = self._fd, -1
        if sys.platform != "win32":  # while it is held, or it might be another's by then
            self._take_away()
        os.close(fd)
        if sys.platform == "win32":  # which lets nobody take away what is open
            self._take_away()

    def _take_away(self) -> None:
        if not self._shared:
            with suppress(OSError):
                self._path.unlink()

    def _take(self) -> bool:
        """Whether it was taken: not where it is held, or its file was taken away meanwhile."""
        try:
            fd = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            if sys.platform == "win32" and error.errno == errno.EACCES:
                return False  # its file is about to be taken away
            raise NoLocks from error
        taken = False
        try:
            _lock(fd, shared=self._shared)
            taken = os.path.samestat(os.fstat(fd), self._path.stat())
        except FileNotFoundError:
            pass
        except OSError as error:
            if error.errno not in _HELD:
                with suppress(OSError):
                    self._path.unlink()
                raise NoLocks from error
        finally:
            if not taken:
                os.close(fd)
        if taken:
            self._fd = fd
        return taken
