"""What has arrived and is not in the database yet: one file a run, for the moment between.

Writing 20 KB to the end of a file takes a hundredth of the time of a commit, and is as safe from
a kill. So nobody waits for the database: what arrived is written here first and committed in the
background, many pages at a time. Where a program was killed between, the next one that opens the
store takes up what it left.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from glob import escape
from pathlib import Path
from time import time
from typing import Final

import msgspec

from tui_app.settings import check_regular, read_regular

from .rows import AttemptRow, PageRow

MOST_WAITING_BYTES: Final = 1 << 24
"""So much may wait for the database; then the next page waits for its commit. Bounds memory."""

MOST_WAITING: Final = 48
"""So many pages may wait."""

LARGEST: Final = 1 << 24
"""Of a file, in bytes; then it is emptied before it grows further."""

EMPTIED_FROM: Final = 1 << 22
"""A file from this size on is emptied when nothing in it waits."""

Record = tuple[float, PageRow, AttemptRow]

_ENCODE: Final = msgspec.msgpack.Encoder().encode
_DECODE: Final = msgspec.msgpack.Decoder(Record).decode
_SIZE_BYTES: Final = 4

_FLAGS: Final = (
    (os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND)
    | getattr(os, "O_BINARY", 0)
    | getattr(os, "O_NONBLOCK", 0)  # opening a pipe in its place would wait for a reader
)


def spool_path(database: Path, run: str) -> Path:
    """The file of a run."""
    return database.with_name(f"{database.name}.arrived-{run}")


def spooled_runs(database: Path) -> Iterator[str]:
    """The runs that have a file, because they go on or were killed."""
    beginning = spool_path(database, "").name
    for path in sorted(database.parent.glob(f"{escape(beginning)}*")):
        run = path.name.removeprefix(beginning)
        if run.isascii() and run.isdigit():
            yield run


class Spool:
    """Takes what arrives for one run. Safe to use from several threads.

    Args:
        path: the file; it is made for the first page, and taken away by :meth:`close`.
        stamp: tells the run from another one with its id.
    """

    def __init__(self, path: Path, stamp: str) -> None:
        self._path = path
        self._head = _sized(stamp.encode())
        self._lock = threading.Lock()
        self._fd = -1
        self._size = 0
        self._closed = False
        self._waiting: dict[tuple[int, int], int] = {}  # bytes, by request and attempt
        self._waiting_bytes = 0

    def add(self, page: PageRow, attempt: AttemptRow) -> bool:
        """Write a page down; whether it is safe now, and need not wait for the database."""
        with self._lock:
            if self._closed or len(self._waiting) >= MOST_WAITING:
                return False
            if len(page.body) > MOST_WAITING_BYTES:  # told before it is there twice
                return False
            try:
                record = _sized(_ENCODE((time(), page, attempt)))
            except (OverflowError, UnicodeError):  # the database says what is wrong with it
                return False
            size = len(record)
            if (
                self._waiting_bytes + size > MOST_WAITING_BYTES
                or self._size + size > LARGEST
                or not self._write(record)
            ):
                return False
            self._waiting[attempt.request, attempt.attempt] = size
            self._waiting_bytes += size
            return True

    def committed(self, attempts: Iterable[AttemptRow]) -> None:
        """The database has them now."""
        with self._lock:
            for one in attempts:
                self._waiting_bytes -= self._waiting.pop((one.request, one.attempt), 0)
            if not self._waiting and self._size >= EMPTIED_FROM:
                self._cut(0)

    def close(self) -> None:
        """Take the file away, unless it has what the database could not take."""
        with self._lock:
            self._closed = True
            if self._fd < 0:
                return
            with suppress(OSError):
                os.close(self._fd)
            self._fd = -1
            if not self._waiting:
                with suppress(OSError):
                    self._path.unlink()

    def _write(self, record: bytes) -> bool:
        try:
            if self._fd < 0:
                self._fd = os.open(self._path, _FLAGS, 0o600)
                check_regular(os.fstat(self._fd))
            if self._size == 0:
                record = self._head + record
            written = os.write(self._fd, record)
        except OSError:
            written = 0
        if written == len(record):
            self._size += written
            return True
        if self._fd >= 0:  # the disk is full: what follows a torn record could not be read
            self._cut(self._size)
        return False

    def _cut(self, size: int) -> None:
        try:
            os.ftruncate(self._fd, size)
            self._size = size
        except OSError:
            self._size = LARGEST  # nothing is written any more


def left_over(path: Path, stamp: str) -> Iterator[tuple[PageRow, AttemptRow]]:
    """What a file has; nothing where it is another run's.

    A record that was cut off by a kill, or that the disk never had, is its end.

    Raises:
        OSError: it can't be read.
    """
    pieces = _pieces(memoryview(read_regular(path, 2 * LARGEST)))
    if bytes(next(pieces, b"")) != stamp.encode():
        return
    for piece in pieces:
        try:
            at, page, attempt = _DECODE(piece)
            arrived = datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")
            with suppress(RecursionError):  # as deep as it may be when it came
                msgspec.json.decode(page.body, type=msgspec.Raw)
        except (msgspec.MsgspecError, ValueError, OverflowError, OSError):
            return
        yield msgspec.structs.replace(page, fetched_utc=arrived), attempt


def _sized(piece: bytes) -> bytes:
    return len(piece).to_bytes(_SIZE_BYTES, "big") + piece


def _pieces(rest: memoryview) -> Iterator[memoryview]:
    while len(rest) >= _SIZE_BYTES:
        end = _SIZE_BYTES + int.from_bytes(rest[:_SIZE_BYTES], "big")
        if end > len(rest):
            return
        yield rest[_SIZE_BYTES:end]
        rest = rest[end:]
