"""Files that appear whole or not at all."""

from __future__ import annotations

import glob
import io
import json
import os
import re
import shutil
import stat
import sys
import tempfile
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path
from secrets import token_hex
from types import TracebackType
from typing import Final, Self, TextIO, TypeVar, cast

from tui_app.redlist.errors import Advice, RedListError
from tui_app.redlist.text import visible
from tui_app.settings import read_regular
from tui_app.store import Held, Lock, NoLocks

from .protected import ProtectedFiles

T = TypeVar("T")

STDOUT: Final = Path("-")
"""Written as ``-``: standard output in place of a file."""

_STREAMS: Final = re.compile(r"/dev/(?:stdin|stdout|stderr|fd/\d+)|/proc/[^/]+/fd/\d+")

_LONGEST: Final = 100
"""Bytes of a target's name within a hidden file's name; file systems allow 255, or fewer."""

_LARGEST_META: Final = 2**26

_LOCK: Final = ".iucn-tui.lock"
"""The lock file of a folder; it exists while files in the folder are replaced."""

_TRIES: Final = 3000
"""Attempts to lock a folder: 30 seconds. A lock is held for a few renames."""

ABANDONED_S: Final = 3600
"""A part that nobody has written to for so long is nobody's."""

UNFINISHED: Final[set[str]] = set()
"""Files and folders that are being made, and stand in nobody's way if they are removed."""


class ExportError(RedListError):
    """A file could not be written."""

    advice = Advice.EXPORT_AGAIN


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
def writing(path: Path, transaction: FileTransaction | None = None) -> Iterator[TextIO]:
    """A text file (UTF-8, line ends as written) that replaces ``path`` when it is whole.

    What is in the way stays until then, and stays for good where anything goes wrong. Standard
    output and devices can't be replaced: they are written to as it goes.

    Args:
        path: where.
        transaction: replaces the file together with others; None replaces it alone.

    Raises:
        ExportError: it can't be written; says why. Nothing is left behind.
        UsageError: it is a file that the program needs.
    """
    try:
        if path == STDOUT:
            with _stdout() as file:
                yield file
        elif can_be_replaced(path):
            with in_transaction(transaction, path) as current, current.file(path) as file:
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
    """Whether ``path`` is a file or could become one, rather than stdout, a pipe or a device.

    Raises:
        OSError: it can't be seen: a symbolic link that leads to itself, for one.
    """
    if is_stream(path):
        return False
    try:
        return stat.S_ISREG(path.stat().st_mode)
    except FileNotFoundError:
        return True


def is_stream(path: Path) -> bool:
    """Whether ``path`` is one of the process's open streams, whatever that leads to."""
    return path == STDOUT or _STREAMS.fullmatch(os.fspath(path)) is not None


def meta_path(path: Path) -> Path:
    """Where the provenance of an export goes: beside it, a folder's beside the folder."""
    name = path.name
    if name in ("", ".."):  # "." has a name as well
        path = Path(os.path.realpath(path))
        name = path.name
    return path.with_name(f"{name}.meta.json")


def size_of(file: TextIO) -> int:
    """How much has been written to ``file``; 0 where it can't be told, as with a pipe."""
    return file.tell() if file.seekable() else 0


class FileTransaction:
    """Replaces the files of one export together, its ``.meta.json`` included; a context manager.

    Content is written to hidden files beside the targets. On exit without an error they are
    renamed under a lock of the folder, so that two exports to one file at the same time leave the
    files of one of them. The old ``.meta.json`` is removed first: a process killed in between
    leaves an export without provenance, not with another export's.

    Args:
        path: the export, a file or a folder.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._protected = ProtectedFiles()
        self._moves: list[tuple[Path, Callable[[], object]]] = []
        self._kept = ExitStack()

    def keep(self, context: AbstractContextManager[T]) -> T:
        """Enter a context manager that exits after the commit or the rollback."""
        return self._kept.enter_context(context)

    def then(self, target: Path, put: Callable[[], object]) -> None:
        """Add a step to the commit.

        Args:
            target: the file or folder that the step replaces, symbolic links resolved.
            put: replaces it; leaves it as it was if it raises.
        """
        self._moves.append((target, put))

    @contextmanager
    def file(self, path: Path) -> Iterator[TextIO]:
        """A text file that replaces ``path`` on commit.

        Raises:
            OSError: it can't be written.
            UsageError: ``path`` is a file that the program needs.
        """
        self._protected.check(path)
        target = Path(os.path.realpath(path))  # a link stays a link
        _remove_abandoned(target)
        handle, name = tempfile.mkstemp(
            prefix=part_prefix(target), suffix=".part", dir=target.parent
        )
        UNFINISHED.add(name)
        self._kept.callback(_discard, name)
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, mode_of(target))
        self.then(target, partial(os.replace, name, target))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is not None:
            self._kept.__exit__(kind, error, trace)
            return
        try:
            with self._kept:
                self._commit()
        except OSError as failure:
            why = failure.strerror or failure
            raise ExportError(f"{self._path} can't be written: {why}.") from failure

    def _commit(self) -> None:
        targets = [target for target, _ in self._moves]
        with ExitStack() as locked, ExitStack() as undo:
            for folder in sorted({target.parent for target in targets}):
                locked.enter_context(self._folder_lock(folder))
            stale = {meta for one in targets if (meta := _provenance(one, targets)) is not None}
            for meta in stale:
                self._put_aside(meta, undo)
            for _, put in sorted(self._moves, key=lambda move: move[0] in stale):
                put()
                undo.pop_all()  # the old provenance no longer describes what is there

    def _put_aside(self, meta: Path, undo: ExitStack) -> None:
        aside = meta.with_name(f"{part_prefix(meta)}{token_hex(4)}.part")
        with suppress(FileNotFoundError):
            os.rename(meta, aside)
            self._kept.callback(_discard, os.fspath(aside))
            undo.callback(os.replace, aside, meta)

    @contextmanager
    def _folder_lock(self, folder: Path) -> Iterator[None]:
        path = folder / _LOCK
        try:
            lock = Lock(path, tries=_TRIES)
        except Held:
            raise ExportError(
                f"{self._path} can't be written: another program is replacing files there.",
                "Try again when that one has ended.",
            ) from None
        except NoLocks:  # the file system has none, or the file is another user's
            yield
            return
        UNFINISHED.add(os.fspath(path))
        try:
            yield
        finally:
            lock.release()
            UNFINISHED.discard(os.fspath(path))


def in_transaction(
    transaction: FileTransaction | None, path: Path
) -> AbstractContextManager[FileTransaction]:
    """The transaction that was given, which its owner commits, or a new one."""
    return FileTransaction(path) if transaction is None else nullcontext(transaction)


def part_prefix(target: Path) -> str:
    """The beginning of the names of a target's hidden files, short enough for any file system."""
    name = os.fsencode(target.name)
    if len(name) > _LONGEST:
        return f".{sha256(name).hexdigest()[:32]}."
    return f".{target.name}."


def _provenance(target: Path, others: Collection[Path]) -> Path | None:
    """The ``.meta.json`` that describes the present content of ``target``; None if there is none.

    One that is replaced as well (among ``others``), or that names ``target`` as its export.
    """
    if not target.name:
        return None
    meta = Path(os.path.realpath(meta_path(target)))
    if meta in others:
        return meta
    with suppress(OSError, ValueError, LookupError, TypeError, RecursionError):
        said = json.loads(read_regular(meta, _LARGEST_META))
        if str(said["program"]).startswith("iucn-tui ") and said["file"] == target.name:
            return meta
    return None


def _discard(name: str) -> None:
    with suppress(OSError):
        os.unlink(name)
    UNFINISHED.discard(name)


def _remove_abandoned(target: Path) -> None:
    """Remove what exports to ``target`` left that were killed: who writes leaves a fresh time."""
    with suppress(OSError):
        for part in target.parent.glob(f"{glob.escape(part_prefix(target))}*.part"):
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
