"""What may be written where, checked before anything is requested or replaced."""

from __future__ import annotations

import errno
import os
import re
import stat
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import chain
from pathlib import Path
from typing import Final

from tui_app.redlist.columns import TAXA_TABLES, WELL_KNOWN
from tui_app.redlist.errors import UsageError
from tui_app.settings import (
    APPLICATION_FILE,
    NotRegular,
    check_regular,
    config_files,
    home_folder,
    user_config_file,
)
from tui_app.store import FILE_NAME, STARTS_FILE

STDOUT: Final = Path("-")
"""Written as ``-``: standard output in place of a file."""

Output = tuple[str, str | Path]
"""A form and its path. Forms are ``csv``, ``jsonl``, ``parquet``, ``parquet_folder``, ``xlsx``,
``requests_csv``, ``tables``, ``bibtex``, ``report``, ``figure``, ``times`` (a comparison's CSV) and
``log``."""

META: Final = ".meta.json"
REQUESTS: Final = "-requests.csv"
_DATA: Final = "-data.csv"
"""How the names of files end that stand beside an export."""
_WITH_REQUESTS: Final = (".csv", ".jsonl", ".parquet", ".xlsx", ".bib", ".svg", ".png", "")

PARTITION: Final = "operation="
"""How the names in a folder of Parquet files begin."""

_FOLDERS: Final = ("tables", "parquet_folder")
_WITH_META: Final = ("csv", "jsonl", "parquet", "xlsx", "requests_csv", *_FOLDERS)
_REGULAR: Final = {"parquet": "Parquet", "xlsx": "Excel"}
"""Forms that can't be written as a stream."""

_NO_STREAMS: Final = {
    **{
        form: (f"{name} can't go to stdout.", "Give a file name.")
        for form, name in _REGULAR.items()
    },
    "tables": ("Tables can't go to stdout: they are several files.", "Give a folder name."),
    "parquet_folder": ("Partitions can't go to stdout.", "Give a folder name."),
}
_STDOUTS: Final = ("-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1")
_STREAMS: Final = re.compile(r"/dev/(?:stdin|stdout|stderr|fd/\d+)|/proc/[^/]+/fd/\d+")

_ANOTHER: Final = "Choose another name."
_DATABASE: Final = b"SQLite format 3\0"
"""The first bytes of any SQLite database; stores in other folders are protected by it."""


class MissingFolder(UsageError):
    """A file can't be written because its ``folder`` doesn't exist, which could be created."""

    def __init__(self, folder: Path) -> None:
        super().__init__(f"There is no folder {folder}.", "Create it first.")
        self.folder = folder


@contextmanager
def created_folder(folder: Path) -> Iterator[None]:
    """A new folder with those that it is in, removed where nothing could be written into it.

    Raises:
        UsageError: it can't be created; says why.
    """
    missing = [one for one in (folder, *folder.parents) if not os.path.lexists(one)]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        yield
    except BaseException as error:
        for one in missing:
            with suppress(OSError):
                one.rmdir()
        if isinstance(error, OSError):
            why = f"{folder} can't be created: {error.strerror}."
            raise UsageError(f"Nothing was written. {why}", "Choose another folder.") from None
        raise


def is_stream(path: Path) -> bool:
    """Whether ``path`` is one of the process's open streams, whatever that leads to."""
    return path == STDOUT or _STREAMS.fullmatch(os.fspath(path)) is not None


def can_be_replaced(path: Path) -> bool:
    """Whether ``path`` is a file or could become one, rather than stdout, a pipe or a device.

    Raises:
        OSError: it can't be read: a symbolic link that leads to itself, for one.
    """
    if is_stream(path):
        return False
    try:
        return stat.S_ISREG(path.stat().st_mode)
    except FileNotFoundError:
        return True


def meta_path(path: Path) -> Path:
    """Where the provenance of an export goes: beside it, a folder's beside the folder."""
    name = path.name
    if name in ("", ".."):  # "." has a name as well
        path = _real(path)
        name = path.name
    return path.with_name(f"{name}{META}")


def parquet_form(target: str) -> str:
    """``parquet_folder`` for what ends with a slash or is a folder, else ``parquet``."""
    folder = target.endswith(("/", os.sep)) or os.path.isdir(target)
    return "parquet_folder" if folder else "parquet"


def can_have_meta(path: Path) -> bool:
    """Whether a file beside ``path`` makes sense: not for standard output, pipes and devices."""
    return not is_stream(path) and (path.is_file() or path.is_dir() or not path.exists())


def data_path(path: Path) -> Path:
    """Where the data of the figure in ``path`` go."""
    return path.with_name(f"{path.stem}{_DATA}")


def is_beside(path: Path) -> bool:
    """Whether a file is one that the program writes beside an export: no target, and no list."""
    name, folder = path.name, path.parent
    if name.endswith(META):
        return True
    for tail, endings in ((_DATA, (".svg", ".png")), (REQUESTS, _WITH_REQUESTS)):
        stem = name.removesuffix(tail)
        if stem != name and any(os.path.lexists(folder / f"{stem}{one}") for one in endings):
            return True
    return False


def check_outputs(
    outputs: Iterable[Output],
    *,
    home: Path | None = None,
    inputs: Iterable[str | Path] = (),
    stdout_taken: bool = False,
) -> None:
    """Check that the outputs of one command can be written and replace nothing that is needed.

    A path as text may end in a slash, which means a folder. ``home`` is the folder of the store,
    ``inputs`` are files that the same command reads (``-`` is standard input).

    Raises:
        UsageError: a name is invalid, a folder is missing or read-only, two outputs write the
            same file, or an output is an input or a protected file.
    """
    named = [(form, _named(form, target)) for form, target in outputs]
    if sum(os.fspath(path) in _STDOUTS for _, path in named) + stdout_taken > 1:
        raise UsageError("Only one output can go to stdout.", "Give file names for the others.")
    own = ProtectedFiles(home)
    written: list[list[Path]] = []
    for form, path in named:
        if is_stream(path):
            if form in _NO_STREAMS:
                raise UsageError(*_NO_STREAMS[form])
            files = [Path("/dev/stdout") if path == STDOUT else path]
        else:
            files = list(_files(form, path))
        for file in files:
            own.check(file, is_folder=form in _FOLDERS and file == path)
            if not is_stream(path):
                _check_place(form if file == path else "", file)
        written.append(files)
    _check_apart(named, written, map(Path, inputs))


def files_replaced(outputs: Iterable[Output]) -> list[Path]:
    """The files that outputs which can be written would replace.

    Provenance is counted only where what it belongs to is missing.
    """
    found: list[Path] = []
    for form, target in outputs:
        path = _named(form, target)
        files = list(_files(form, path))
        if form == "parquet_folder":
            files += sorted(path.glob(f"{PARTITION}*/**/*.parquet"))
        there = [one for one in dict.fromkeys(files) if one.is_file()]
        found += [one for one in there if not one.name.endswith(META)] or there
    return found


def _unwritable(path: object, why: object, advice: str = _ANOTHER) -> UsageError:
    return UsageError(f"{path} can't be written: {why}.", advice)


def _named(form: str, target: str | Path) -> Path:
    what = "folder" if form in _FOLDERS else "file"
    text = os.fspath(target)
    if not text:
        raise UsageError("An export has no name.", f"Give a {what} name.")
    path = Path(text)
    if "\0" in text or any(unicodedata.category(char) == "Cc" for char in path.name):
        raise _unwritable(text, "its name has control characters")
    if text.endswith(("/", os.sep)) and form not in _FOLDERS:
        raise UsageError(f"{text} is a folder.", "Give a file name.")
    if form in _WITH_META and not is_stream(path) and not _real(path).name:
        why = "the root folder can't have a file beside it"
        raise _unwritable(text, why, f"Give another {what} name.")
    return path


def _files(form: str, path: Path) -> Iterator[Path]:
    """The files that an output writes, as far as they are known in advance."""
    yield path
    found = _status(path)
    is_folder = found is not None and stat.S_ISDIR(found.st_mode)
    if form == "tables" and is_folder:
        known = WELL_KNOWN | TAXA_TABLES
        yield from (path / f"{name}.csv" for name in known)
        with suppress(OSError):  # the folder may be writable but not listable
            links = (file for file in path.glob("*.csv") if os.path.islink(file))
            yield from (file for file in links if file.stem not in known)
    if form == "figure":
        yield data_path(path)
    if form in _WITH_META and (found is None or is_folder or stat.S_ISREG(found.st_mode)):
        yield meta_path(path)  # a device has none


def _check_place(form: str, path: Path) -> None:
    """Check, as far as possible in advance, that an output, or a file beside it, can be written."""
    try:
        found = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        _check_folder(_real(path).parent)
        return
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        advice = _ANOTHER
        if getattr(error, "errno", None) == errno.ENAMETOOLONG and path.name.endswith(".meta.json"):
            advice = "Choose a name that is at least 10 characters shorter, for `.meta.json`."
        raise _unwritable(path, why, advice) from None
    mode = found.st_mode
    if stat.S_ISDIR(mode):
        if form not in _FOLDERS:
            raise UsageError(f"{path} is a folder.", "Give a file name.")
        _check_writable(path)
        if form == "parquet_folder":
            _check_partitions(path)
    elif form in _FOLDERS:
        raise UsageError(f"{path} is a file.", "Give a folder name.")
    elif stat.S_ISREG(mode):
        _check_folder(_real(path).parent)
    elif form in _REGULAR:
        raise _unwritable(path, f"{_REGULAR[form]} needs a regular file")
    elif not form or stat.S_ISBLK(mode) or stat.S_ISSOCK(mode):
        try:  # other forms are written to pipes and devices as they are
            check_regular(found)
        except NotRegular as error:
            raise _unwritable(path, error.strerror) from None


def _check_partitions(folder: Path) -> None:
    """Check that a folder holds nothing but partitions: readers take all of it for one table."""
    names = os.listdir(folder)
    if any(not name.startswith((PARTITION, ".")) for name in names):
        raise _unwritable(folder, "it has other files", "Choose an empty folder, or a new one.")


def _check_folder(folder: Path) -> None:
    for one in (folder, *folder.parents):
        found = _status(one)
        if found is not None and not stat.S_ISDIR(found.st_mode):
            raise UsageError(f"{one} is a file, not a folder.", _ANOTHER)
    try:
        folder.stat()
    except FileNotFoundError:
        raise MissingFolder(folder) from None
    except OSError as error:
        raise UsageError(f"The folder {folder} can't be used: {error.strerror}.") from None
    _check_writable(folder)


def _check_writable(folder: Path) -> None:
    if not os.access(folder, os.W_OK):
        raise UsageError(f"The folder {folder} is read-only.", "Choose another folder.")


def _check_apart(
    named: Sequence[tuple[str, Path]], written: Sequence[Sequence[Path]], inputs: Iterable[Path]
) -> None:
    """Check that no file is written twice, and no input is written."""
    read = {one for path in inputs for one in _ids(path, regular=True)}
    seen: set[object] = set()
    for files in written:
        for file in files:
            ids = set(_ids(file))
            if ids & read:
                raise _unwritable(file, "it is the list that this command reads")
            if ids & seen:
                raise UsageError(f"Two exports would write {file}.", "Choose another name for one.")
            seen |= ids
    for number, (form, folder) in enumerate(named):
        others = chain(*written[:number], *written[number + 1 :])
        for file in others if form == "tables" else ():
            # A server may name a list, and so a table, as it likes.
            in_folder = _folded(_real(file).parent) == _folded(_real(folder))
            if in_folder and file.suffix.lower() == ".csv":
                why = f"the tables export may replace it in {folder}"
                raise _unwritable(file, why, "Choose another folder for one.")


def _ids(path: Path, *, regular: bool = False) -> Iterator[object]:
    """What all names of one file have in common: the resolved path, or device and inode."""
    path = Path("/dev/stdin") if path == STDOUT else path
    found = _status(path)
    if regular and (found is None or not stat.S_ISREG(found.st_mode)):
        return
    yield _folded(_real(path))
    if found is not None and not stat.S_ISDIR(found.st_mode):
        yield found.st_dev, found.st_ino


class ProtectedFiles:
    """The files of the program itself: the store with its companions, and the configuration."""

    def __init__(self, home: Path | None = None) -> None:
        home = home_folder(os.environ) if home is None else home
        database = home / FILE_NAME
        # SQLite's files, and ours beside them, are where a link leads.
        names = (database, _real(database), home / STARTS_FILE, home / APPLICATION_FILE)
        self._store = {_real(path.parent) / path.name for path in names}
        self._folder = _real(user_config_file().parent)
        self._files = config_files(os.environ)

    def check(self, path: Path, *, is_folder: bool = False) -> None:
        """Raise a UsageError where a path is a protected file, by its name or by a link.

        The files of a folder are checked one by one, not with it.
        """
        real, found = _real(path), _status(path)
        needed = [*self._store, *map(_real, self._files)]
        if any(_is_of(file, real, found) for file in self._store):
            raise _unwritable(path, "it is part of the store of runs")
        if _within(real, self._folder):
            raise _unwritable(path, "it is in iucn-tui's configuration folder")
        for file in self._files:
            if _folded(real) == _folded(_real(file)) or _same(found, _status(file)):
                raise _unwritable(path, "it is iucn-tui's configuration")
        if not is_folder and any(_within(one, real) for one in needed):
            raise _unwritable(path, "it is a folder that iucn-tui needs")
        if found is not None and stat.S_ISREG(found.st_mode) and _is_database(real):
            raise _unwritable(path, "it is a database")


def _is_of(file: Path, real: Path, found: os.stat_result | None) -> bool:
    """Whether a path is ``file``, a companion of it, or below one, by name or by a hard link.

    Companions are in the same folder, and their names begin with the file's.
    """
    folder, name = file.parent, _folded(Path(file.name))

    def has_name(other: str) -> bool:
        other = _folded(Path(other))
        return other == name or other.startswith((f"{name}-", f"{name}.", f".{name}."))

    folded = _folded(folder)
    if any(_folded(one.parent) == folded and has_name(one.name) for one in (real, *real.parents)):
        return True
    here: list[str] = []
    with suppress(OSError):
        here = [] if found is None else os.listdir(folder)
    return any(has_name(one) and _same(found, _status(folder / one)) for one in here)


def _folded(path: Path) -> str:
    """A name for comparisons: some file systems ignore case and the form of accents."""
    return unicodedata.normalize("NFC", os.fspath(path)).casefold()


def _real(path: Path) -> Path:
    """A path with ``..`` and symbolic links resolved, whether or not it exists."""
    return Path(os.path.realpath(path))


def _status(path: Path) -> os.stat_result | None:
    """The status of the file at a path, links followed; None where it can't be read."""
    with suppress(OSError, ValueError):
        return path.stat()
    return None


def _same(one: os.stat_result | None, other: os.stat_result | None) -> bool:
    return one is not None and other is not None and os.path.samestat(one, other)


def _within(path: Path, folder: Path) -> bool:
    return f"{_folded(path)}{os.sep}".startswith(f"{_folded(folder).rstrip(os.sep)}{os.sep}")


def _is_database(path: Path) -> bool:
    # Not called for the open store: closing a file releases all locks that SQLite has on it.
    with suppress(OSError), path.open("rb") as file:
        return file.read(len(_DATABASE)) == _DATABASE
    return False
