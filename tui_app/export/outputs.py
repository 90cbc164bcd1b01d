"""Where exports go, checked before anything is requested or written."""

from __future__ import annotations

import errno
import os
import stat
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from tui_app.redlist.errors import UsageError
from tui_app.redlist.tidy import WELL_KNOWN
from tui_app.settings import NotRegular, check_regular

from .atomic import STDOUT, is_stream, meta_path
from .protected import ProtectedFiles, folded, found_at, real_path

_WITH_META: Final = ("csv", "jsonl", "parquet", "requests_csv", "tables")
_NO_STREAMS: Final = {
    "parquet": ("Parquet can't go to stdout.", "Give a file's name."),
    "tables": ("Tables can't go to stdout: they are many.", "Give a folder's name."),
}
_STDOUTS: Final = ("-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1")

Output = tuple[str, str | Path]
"""A form and its path. Forms are ``csv``, ``jsonl``, ``parquet``, ``requests_csv``, ``tables``,
``bibtex``, ``report``, ``figure``, ``times`` (a comparison's CSV) and ``log``."""


def check_outputs(
    outputs: Iterable[Output],
    *,
    home: Path | None = None,
    inputs: Iterable[str | Path] = (),
    stdout_taken: bool = False,
) -> None:
    """Check that the outputs of one command can be written and replace nothing that is needed.

    Args:
        outputs: all of them. A path as text may end in a slash, which means a folder.
        home: the folder of the store; None takes the environment's, or the default.
        inputs: files that the same command reads; ``-`` is standard input.
        stdout_taken: whether something else goes to standard output.

    Raises:
        UsageError: a name is invalid, a folder is missing or read-only, two outputs write the
            same file, or an output is an input or a protected file.
    """
    named = [(form, _named(form, target)) for form, target in outputs]
    if sum(os.fspath(path) in _STDOUTS for _, path in named) + stdout_taken > 1:
        raise UsageError("Only one thing can go to stdout.", "Give the others a file's name.")
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
            own.check(file, is_folder=form == "tables" and file == path)
            if not is_stream(path):
                _check_place(form if file == path else "", file)
        written.append(files)
    _check_apart(named, written, map(Path, inputs))


def _named(form: str, target: str | Path) -> Path:
    what = "folder" if form == "tables" else "file"
    text = os.fspath(target)
    if not text:
        raise UsageError("An export has an empty name.", f"Give a {what}'s name.")
    path = Path(text)
    if "\0" in text or any(unicodedata.category(char) == "Cc" for char in path.name):
        raise UsageError(
            f"{text} can't be written: its name has control characters.", "Choose another name."
        )
    if text.endswith(("/", os.sep)) and form not in ("tables", "parquet"):
        raise UsageError(f"{text} is a folder.", "Give a file's name.")
    if form in _WITH_META and not is_stream(path) and not real_path(path).name:
        raise UsageError(
            f"{text} can't be written: the root folder has no place for a file beside it.",
            f"Give another {what}'s name.",
        )
    return path


def _files(form: str, path: Path) -> Iterator[Path]:
    """The files that an output writes, as far as they are known in advance."""
    yield path
    if form == "tables" and _is_folder(path):
        yield from (path / f"{name}.csv" for name in WELL_KNOWN)
        with suppress(OSError):  # it can be written to and not listed
            links = (file for file in path.glob("*.csv") if os.path.islink(file))
            yield from (file for file in links if file.stem not in WELL_KNOWN)
    if form == "figure":
        from .figure.files import data_path  # with all that draws: most exports have no need of it

        yield data_path(path)
    found = found_at(path)
    if form in _WITH_META and (found is None or stat.S_ISREG(found.st_mode) or _is_folder(path)):
        yield meta_path(path)  # a device has none


def _check_place(form: str, path: Path) -> None:
    """Check, as far as possible in advance, that a file or a folder can be written.

    Args:
        form: of the output; empty for a file that is written beside it or in it.
        path: where.

    Raises:
        UsageError: it can't be written.
    """
    takes_folder = form in ("tables", "parquet")
    try:
        found = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        _check_folder(real_path(path).parent)
        return
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        advice = "Choose another name."
        if getattr(error, "errno", None) == errno.ENAMETOOLONG and path.name.endswith(".meta.json"):
            advice = "The name of an export is shorter by the length of `.meta.json`."
        raise UsageError(f"{path} can't be written: {why}.", advice) from None
    mode = found.st_mode
    if stat.S_ISDIR(mode):
        if not takes_folder:
            raise UsageError(f"{path} is a folder.", "Give a file's name.")
        if not os.access(path, os.W_OK):
            raise UsageError(f"The folder {path} is read-only.", "Choose another.")
        return
    if form == "tables":
        raise UsageError(f"{path} is a file.", "Give a folder's name.")
    if stat.S_ISREG(mode):
        _check_folder(real_path(path).parent)
    elif not form or stat.S_ISBLK(mode) or stat.S_ISSOCK(mode):  # others are written as they are
        try:
            check_regular(found)
        except NotRegular as error:
            raise UsageError(
                f"{path} can't be written: {error.strerror}.", "Choose another name."
            ) from None


def _check_folder(folder: Path) -> None:
    for one in (folder, *folder.parents):
        if found_at(one) is not None and not _is_folder(one):
            raise UsageError(f"{one} is a file, not a folder.", "Choose another name.")
    try:
        folder.stat()
    except FileNotFoundError:
        raise UsageError(f"There is no folder {folder}.", "Make it first.") from None
    except OSError as error:
        raise UsageError(f"The folder {folder} can't be used: {error.strerror}.") from None
    if not os.access(folder, os.W_OK):
        raise UsageError(f"The folder {folder} is read-only.", "Choose another.")


def _is_folder(path: Path) -> bool:
    found = found_at(path)
    return found is not None and stat.S_ISDIR(found.st_mode)


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
                raise UsageError(
                    f"{file} can't be written: it is the list that this command reads.",
                    "Choose another name.",
                )
            if ids & seen:
                raise UsageError(f"Two exports would write {file}.", "Choose another name for one.")
            seen |= ids
    for number, (form, folder) in enumerate(named):
        others = [file for place, files in enumerate(written) if place != number for file in files]
        for file in others if form in ("tables", "parquet") else ():
            if _goes_into(form, real_path(file), real_path(folder)):
                raise UsageError(
                    f"{file} can't be written: the {form} export may replace it in {folder}.",
                    "Choose another folder for one.",
                )


def _goes_into(form: str, file: Path, folder: Path) -> bool:
    """Whether a folder export may replace a file: any table, or anything in a Parquet folder."""
    if form == "tables":
        return folded(file.parent) == folded(folder) and file.suffix.lower() == ".csv"
    return folded(folder) in map(folded, file.parents)


def _ids(path: Path, *, regular: bool = False) -> Iterator[object]:
    """What all names of one file have in common: the resolved path, or device and inode."""
    path = Path("/dev/stdin") if path == STDOUT else path
    found = found_at(path)
    if regular and (found is None or not stat.S_ISREG(found.st_mode)):
        return
    yield folded(real_path(path))
    if found is not None and not stat.S_ISDIR(found.st_mode):
        yield found.st_dev, found.st_ino


__all__ = ["Output", "check_outputs"]
