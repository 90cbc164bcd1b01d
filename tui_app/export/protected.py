"""The files of the program itself, which no export may replace: the store and configuration."""

from __future__ import annotations

import os
import stat
import unicodedata
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from tui_app.redlist.errors import UsageError
from tui_app.settings import APPLICATION_FILE, config_files, home_folder, user_config_file
from tui_app.store import FILE_NAME, STARTS_FILE

_DATABASE: Final = b"SQLite format 3\0"
"""The first bytes of any SQLite database; other stores are protected by it."""


def folded(path: Path) -> str:
    """A name for comparisons: some file systems ignore case and the form of accents."""
    return unicodedata.normalize("NFC", os.fspath(path)).casefold()


def real_path(path: Path) -> Path:
    """A path with ``..`` and symbolic links resolved, whether or not it exists."""
    return Path(os.path.realpath(path))


def found_at(path: Path) -> os.stat_result | None:
    """The status of the file at a path, links followed; None if there is none to be seen."""
    with suppress(OSError, ValueError):
        return path.stat()
    return None


class ProtectedFiles:
    """The store with its companions, and the configuration.

    Args:
        home: the folder of the store; None takes the environment's, or the default.
    """

    def __init__(self, home: Path | None = None) -> None:
        home = home_folder(os.environ) if home is None else home
        database = home / FILE_NAME
        self._kept = {  # SQLite's files, and ours beside them, are where a link leads
            _Beside(path)
            for path in (
                database,
                real_path(database),
                home / STARTS_FILE,
                home / APPLICATION_FILE,
            )
        }
        self._folder = real_path(user_config_file().parent)
        self._files = config_files(os.environ)

    def check(self, path: Path, *, is_folder: bool = False) -> None:
        """Check that an export may be written to a path.

        Args:
            path: a file, whether or not it exists.
            is_folder: it is a folder instead, whose files are checked one by one.

        Raises:
            UsageError: the path is a protected file, by its name or by a link.
        """
        whose = self._owner(real_path(path), found_at(path), is_folder=is_folder)
        if whose is not None:
            raise UsageError(f"{path} can't be written: it is {whose}.", "Choose another name.")

    def _owner(self, real: Path, found: os.stat_result | None, *, is_folder: bool) -> str | None:
        if any(one.has(real, found) for one in self._kept):
            return "part of the store of runs"
        if _within(real, self._folder):
            return "in iucn-tui's configuration folder"
        for file in self._files:
            if folded(real) == folded(real_path(file)) or _same(found, found_at(file)):
                return "iucn-tui's configuration"
        kept = [*(one.path for one in self._kept), *map(real_path, self._files)]
        if not is_folder and any(_within(one, real) for one in kept):
            return "a folder that iucn-tui needs"
        if found is not None and stat.S_ISREG(found.st_mode) and _is_database(real):
            return "a database"
        return None


class _Beside:
    """A file and its companions: the files in the same folder whose names begin with its name."""

    def __init__(self, path: Path) -> None:
        self.path = real_path(path.parent) / path.name
        self._folder = folded(self.path.parent)
        self._name = folded(Path(path.name))

    def __hash__(self) -> int:
        return hash(self.path)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Beside) and self.path == other.path

    def has(self, real: Path, found: os.stat_result | None) -> bool:
        """Whether a path is one of them or lies below one, by name or by a hard link."""
        if any(
            folded(one.parent) == self._folder and self._has_name(one.name)
            for one in (real, *real.parents)
        ):
            return True
        return found is not None and any(_same(found, found_at(one)) for one in self._here())

    def _has_name(self, name: str) -> bool:
        name = folded(Path(name))
        beginnings = (f"{self._name}-", f"{self._name}.", f".{self._name}.")
        return name == self._name or name.startswith(beginnings)

    def _here(self) -> Iterator[Path]:
        with suppress(OSError):
            for name in os.listdir(self.path.parent):
                if self._has_name(name):
                    yield self.path.parent / name


def _same(one: os.stat_result | None, other: os.stat_result | None) -> bool:
    return one is not None and other is not None and os.path.samestat(one, other)


def _within(path: Path, folder: Path) -> bool:
    return f"{folded(path)}{os.sep}".startswith(f"{folded(folder).rstrip(os.sep)}{os.sep}")


def _is_database(path: Path) -> bool:
    # Not called for the open store: closing a file releases all locks that SQLite has on it.
    with suppress(OSError), path.open("rb") as file:
        return file.read(len(_DATABASE)) == _DATABASE
    return False


__all__ = ["ProtectedFiles", "folded", "found_at", "real_path"]
