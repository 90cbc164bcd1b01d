"""A file or a folder of parts that takes the place of an older one when it is whole."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Final, Self

from .atomic import UNFINISHED, ExportError, mode_of, part_prefix
from .protected import ProtectedFiles

_PART: Final = re.compile(r"part-[0-9]{5,}\.parquet")


class Swap:
    """Parts wait in a hidden folder beside their place; used as a context.

    Attributes:
        size_bytes: how much was added.
        target: the place, links followed.
    """

    def __init__(self, path: Path) -> None:
        """Nothing is touched yet.

        Args:
            path: where the file or the folder is to be.
        """
        self.size_bytes = 0
        self._path = path
        self.target = Path(os.path.realpath(path))  # a link stays a link
        self._parts: list[Path] = []

    @staticmethod
    def check(path: Path) -> None:
        """See whether what is at ``path``, if anything, may be replaced.

        Raises:
            ExportError: it is a folder with other things in it, a device or a pipe.
            OSError: it can't be seen.
        """
        if path.is_dir():
            with os.scandir(path) as entries:
                if not all(map(_is_part, entries)):
                    raise ExportError(
                        f"{path} can't be replaced: it is a folder that holds more than the "
                        "parts of an earlier export."
                    )
        elif path.exists() and not path.is_file():
            raise ExportError(f"{path} can't be written: it is neither a file nor a folder.")

    def __enter__(self) -> Self:
        ProtectedFiles().check(self._path)
        target = self.target
        self._aside = Path(
            tempfile.mkdtemp(prefix=part_prefix(target), suffix=".part", dir=target.parent)
        )
        self._new = self._aside / "new"
        UNFINISHED.add(os.fspath(self._new))
        self._new.mkdir()
        return self

    def add(self, name: str, content: memoryview) -> None:
        """Write a part aside.

        Raises:
            OSError: it can't be written.
        """
        part = self._new / name
        with part.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        self._parts.append(part)
        self.size_bytes += len(content)

    def finish(self, *, as_folder: bool) -> None:
        """Put all that was added in its place.

        Args:
            as_folder: as a folder in any case, also where it is one part.

        Raises:
            ExportError: something that can't be replaced came in the way meanwhile.
            OSError: it can't be put there; what was there before is there again.
        """
        target = self.target
        self.check(self._path)
        if target.is_file():
            for part in self._parts:  # what was private stays so
                part.chmod(mode_of(target))
        elif target.is_dir():
            self._new.chmod(mode_of(target))
        if len(self._parts) == 1 and not as_folder:
            os.replace(self._parts[0], target)
            return
        old = self._aside / "old"
        if target.exists():
            os.rename(target, old)
        try:
            os.rename(self._new, target)
        except BaseException:
            if old.exists():
                os.rename(old, target)
            raise
        _remove(old)

    def __exit__(self, *_: object) -> None:
        _remove(self._new)
        with suppress(OSError):  # an old one that couldn't be put back is still in it
            self._aside.rmdir()
        UNFINISHED.discard(os.fspath(self._new))


def _is_part(entry: os.DirEntry[str]) -> bool:
    return _PART.fullmatch(entry.name) is not None and entry.is_file(follow_symlinks=False)


def _remove(path: Path) -> None:
    with suppress(OSError):
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
