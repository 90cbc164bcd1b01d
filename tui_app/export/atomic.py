"""Files that appear whole or not at all."""

from __future__ import annotations

import glob
import io
import json
import os
import stat
import sys
import tempfile
import time
from collections.abc import Collection, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from secrets import token_hex
from typing import Any, Final, Self, TextIO, TypeVar, cast

from tui_app.redlist.errors import Advice, RedListError
from tui_app.redlist.text import visible
from tui_app.settings import read_regular
from tui_app.store import Held, Lock, NoLocks

from .destinations import STDOUT, ProtectedFiles, can_be_replaced, meta_path

T = TypeVar("T")

_LONGEST: Final = 100
"""Bytes of a target's name within a hidden file's name; file systems allow 255, or fewer."""

_LARGEST_META: Final = 2**26

_LOCK: Final = ".iucn-tui.lock"
"""The lock file of a folder; it exists while files in the folder are replaced."""

_TRIES: Final = 3000
"""Attempts to lock a folder: 30 seconds. A lock is held for a few renames."""

ABANDONED_S: Final = 3600
"""Seconds without a write after which a hidden file is left over from a killed export."""

UNFINISHED: Final[set[str]] = set()
"""Hidden files and locks that exist now: they are removed when the process ends early."""


class ExportError(RedListError):
    """A file could not be written."""

    advice = Advice.EXPORT_AGAIN


@dataclass(frozen=True, slots=True)
class Exported:
    """A file that was written."""

    path: Path  # where; `STDOUT` for standard output
    rows: int  # number of rows, without the header
    size_bytes: int
    note: str = ""  # a sentence on what else is to be known of it


@contextmanager
def export_errors(path: Path) -> Iterator[None]:
    """Raise what goes wrong with the file or folder at ``path`` as an :class:`ExportError`."""
    try:
        yield
    except BrokenPipeError:
        raise  # the reader of our output has gone: no error of the file's
    except OSError as error:
        what = "Standard output" if path == STDOUT else path
        raise ExportError(f"{what} can't be written: {error.strerror or error}.") from error


@contextmanager
def writing(path: Path, transaction: FileTransaction | None = None) -> Iterator[TextIO]:
    """A text file (UTF-8, line ends as written) that replaces ``path`` when it is whole.

    Until then the old file stays, and after an error it stays for good. Standard output, pipes
    and devices can't be replaced: they are written to as it goes.

    Raises:
        ExportError: it can't be written; says why. Nothing is left behind.
        UsageError: it is a file that the program needs.
    """
    with export_errors(path):
        if path == STDOUT:
            with _stdout() as file:
                yield file
        elif can_be_replaced(path):
            with (
                in_transaction(transaction, path) as current,
                current.part(path) as part,
                part.open("w", encoding="utf-8", newline="") as file,
            ):
                yield file
        else:
            with path.open("w", encoding="utf-8", newline="") as file:
                yield file


def size_of(file: TextIO) -> int:
    """How much has been written to ``file``, bytes; 0 where that is unknown, as with a pipe."""
    return file.tell() if file.seekable() else 0


class FileTransaction:
    """Replaces the files of one export together, its ``.meta.json`` included; a context manager.

    Content is written to hidden files beside the targets. On exit without an error they are
    renamed under a lock of the folder, so that two exports to one file at the same time leave the
    files of one of them. The old ``.meta.json`` is removed first: a process killed in between
    leaves an export without provenance, not with another export's. An OSError says what can't be
    written, a UsageError that the program needs a file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._protected = ProtectedFiles()
        self._parts: list[tuple[str, Path]] = []
        self._replaced: list[tuple[Path, str]] = []
        self._open = ExitStack()

    def keep(self, context: AbstractContextManager[T]) -> T:
        """Enter a context manager that exits after the commit or the rollback."""
        return self._open.enter_context(context)

    def scratch(self, path: Path) -> Path:
        """A new hidden file beside ``path``, removed with the end of the transaction."""
        self._protected.check(path)
        target = Path(os.path.realpath(path))
        _remove_abandoned(target)
        handle, name = tempfile.mkstemp(
            prefix=_part_prefix(target), suffix=".part", dir=target.parent
        )
        os.close(handle)
        UNFINISHED.add(name)
        self._open.callback(_discard, name)
        return Path(name)

    @contextmanager
    def part(self, path: Path) -> Iterator[Path]:
        """An empty file, to be filled, that replaces ``path`` on commit."""
        part = self.scratch(path)
        yield part
        with part.open("r+b") as file:
            os.fsync(file.fileno())
        target = Path(os.path.realpath(path))  # a link stays a link
        part.chmod(_mode_of(target))
        self._parts.append((os.fspath(part), target))

    def replace_all(self, folder: Path, pattern: str) -> None:
        """Remove on commit all files that ``pattern`` finds in ``folder`` and that aren't new."""
        self._replaced.append((folder.resolve(), pattern))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: Any) -> None:
        if raised != (None, None, None):
            self._open.__exit__(*raised)
            return
        with export_errors(self._path), self._open:
            self._commit()

    def _commit(self) -> None:
        targets = [target for _, target in self._parts]
        with ExitStack() as locked, ExitStack() as undo:
            for folder in sorted({target.parent for target in targets}):
                locked.enter_context(self._folder_lock(folder))
            stale = {meta for one in targets if (meta := _provenance(one, targets)) is not None}
            found = {one for folder, pattern in self._replaced for one in folder.glob(pattern)}
            for old in stale | found.difference(targets):
                aside = old.with_name(f"{_part_prefix(old)}{token_hex(4)}.part")
                with suppress(FileNotFoundError):
                    os.rename(old, aside)
                    self._open.callback(_discard, os.fspath(aside))
                    undo.callback(os.replace, aside, old)
            for part, target in sorted(self._parts, key=lambda move: move[1] in stale):
                os.replace(part, target)
                undo.pop_all()  # the old provenance no longer describes what is there

    @contextmanager
    def _folder_lock(self, folder: Path) -> Iterator[None]:
        path = folder / _LOCK
        try:
            lock = Lock(path, tries=_TRIES)
        except Held:
            raise ExportError(
                f"{self._path} can't be written: another program is writing there.",
                "Try again when it has finished.",
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


@contextmanager
def made_folder(folder: Path, what: str) -> Iterator[None]:
    """A folder for ``what`` (``tables``), made if need be, and removed where it can't be filled."""
    if folder == STDOUT:
        raise ExportError(f"{what.capitalize()} are many files: they can't go to standard output.")
    new = False
    with export_errors(folder):
        try:
            new = not folder.exists()
            if not new and not folder.is_dir():
                raise ExportError(f"{folder} can't hold the {what}: it is a file, not a folder.")
            if not folder.parent.is_dir():
                raise ExportError(f"{folder} can't be created: there is no folder {folder.parent}.")
            folder.mkdir(exist_ok=True)
            yield
        except BaseException:
            if new:
                with suppress(OSError):
                    folder.rmdir()
            raise


def in_transaction(
    transaction: FileTransaction | None, path: Path
) -> AbstractContextManager[FileTransaction]:
    """The given transaction, which its owner commits, or a new one."""
    return FileTransaction(path) if transaction is None else nullcontext(transaction)


def remove_unfinished() -> None:
    """Remove what is being written: for a process that ends at once, without cleaning up."""
    for name in list(UNFINISHED):
        with suppress(OSError):
            os.unlink(name)


def _part_prefix(target: Path) -> str:
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
        content = json.loads(read_regular(meta, _LARGEST_META))
        if str(content["program"]).startswith("iucn-tui ") and content["file"] == target.name:
            return meta
    return None


def _discard(name: str) -> None:
    with suppress(OSError):
        os.unlink(name)
    UNFINISHED.discard(name)


def _remove_abandoned(target: Path) -> None:
    """Remove hidden files that killed exports to ``target`` left."""
    with suppress(OSError):
        for part in target.parent.glob(f"{glob.escape(_part_prefix(target))}*.part"):
            found = part.lstat()
            if stat.S_ISREG(found.st_mode) and found.st_mtime < time.time() - ABANDONED_S:
                part.unlink()


def _mode_of(target: Path) -> int:
    """The permissions of the file at ``target``, or of a new file there."""
    with suppress(OSError):
        return target.stat().st_mode & 0o777
    mask = os.umask(0)  # there is no way to read it without setting it
    os.umask(mask)
    return 0o666 & ~mask


class _Terminal(io.TextIOBase):
    """A terminal, which gets data without the control characters that it would obey."""

    def write(self, text: str) -> int:
        lines = text.replace("\r\n", "\n").split("\n")
        sys.stdout.write("\n".join(visible(line, None) for line in lines))
        return len(text)

    def flush(self) -> None:
        sys.stdout.flush()


class _Borrowed(io.TextIOWrapper):
    """Text on the bytes of a stream that stays open, also where it could not be written."""

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
