"""Reading a store that can't be written: on a read-only file system, or without permission.

One that was closed well is read where it is. One that would first be written to - a killed program
left a log, or its schema is older - is copied to a temporary folder.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from .fitness import connect, is_damage, primary_code
from .schema import VERSION

_NEEDS_WRITING: Final = (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY)
_LEFT: Final = ("-wal", "-journal")
"""SQLite's files that have what the database lacks; ``-shm`` is made anew."""


def connect_in_place(path: Path) -> sqlite3.Connection | None:
    """A connection that needs no file beside the store; None where it can't be read like that.

    The store may be damaged.

    Raises:
        sqlite3.Error: it can't be read at all.
    """
    # Without its log it would lack what was committed last. As long as another program uses it,
    # there is one.
    ways = ("ro",) if any(_size(one) for one in _left(path)) else ("ro", "ro&immutable=1")
    for way in ways:
        with ExitStack() as undo:
            sql = undo.enter_context(closing(connect(path, way)))
            try:
                ((version,),) = sql.execute("PRAGMA user_version")
                sql.execute("SELECT count(*) FROM sqlite_master").fetchall()
            except sqlite3.DatabaseError as error:
                if primary_code(error) in _NEEDS_WRITING:
                    continue
                if not is_damage(error):
                    raise
                version = VERSION  # whoever examines it says what is wrong
            if 0 < version < VERSION:
                return None
            undo.pop_all()
            return sql
    return None


@contextmanager
def copied(path: Path) -> Iterator[Path]:
    """A copy of a store, deleted at the end.

    Raises:
        OSError: there is no room for it.
    """
    with TemporaryDirectory(prefix="iucn-tui-store-", ignore_cleanup_errors=True) as folder:
        copy = Path(folder) / path.name
        for file in (path, *_left(path)):
            if file.exists():
                shutil.copyfile(file, copy.with_name(file.name))
        yield copy


def _left(path: Path) -> list[Path]:
    return [path.with_name(path.name + suffix) for suffix in _LEFT]


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
