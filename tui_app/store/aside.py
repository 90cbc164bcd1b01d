"""Setting aside what stands where the store should be, and can't be used."""

from __future__ import annotations

import os
import sqlite3
from contextlib import ExitStack, closing, suppress
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from time import monotonic, sleep
from typing import Final

from tui_app.redlist.errors import KeepError, StoreFault

from .claims import locks_folder
from .fitness import Unfit, connect, examine, is_locked
from .locks import Held, Lock, NoLocks
from .salvage import Saved, salvage

_MENDING_S: Final = 60.0
"""How long one program waits while another saves what can be read."""

_RIVALS_S: Final = 2.0
"""How long two that found the damage at once try to be the one that mends it."""

_BESIDE: Final = ("-wal", "-shm", "-journal")
"""SQLite's own files beside the database. The log has commits that the file has not."""

SUSPECT: Final = "suspect"
"""In the folder of locks: use met damage that the quick check had missed."""

_MENDED: Final = Unfit("has been saved", ours=True)
"""Whoever set it aside was killed just before the new store took its place."""


def open_safely(path: Path) -> tuple[Lock | None, str | None]:
    """See to it that a store is sound or yet to be made.

    Gives the lock that says that this program uses the file, to be released after it is
    closed, and a notice if something was set aside.

    Args:
        path: the file; its folder is there.

    Raises:
        KeepError: it is damaged, and another program uses it.
        sqlite3.Error: it can't be read, or somebody holds it.
        OSError: the same.
    """
    notice = None
    began = monotonic()
    while True:
        with ExitStack() as leaving:
            present = _present(path)
            if present is not None:
                leaving.callback(present.release)
            unfit = _unfit(path)
            if unfit is None:
                leaving.pop_all()
                return present, notice
        try:
            alone: Lock | None = Lock(_store_lock(path), tries=1)
        except NoLocks:
            alone = None
        except Held:
            if monotonic() - began > _RIVALS_S:
                raise _in_use(path, unfit.reason) from None
            sleep(0.05)
            continue
        try:
            unfit = _unfit(path)  # another program may have been quicker
            if unfit is not None:
                notice = _set_aside(path, unfit)
        finally:
            if alone is not None:
                alone.release()


def suspect(path: Path) -> None:
    """Note that a store is damaged: the next one that opens it checks all of it."""
    with suppress(OSError):
        (locks_folder(path) / SUSPECT).touch()


def _store_lock(path: Path) -> Path:
    return locks_folder(path) / "store"


def _in_use(path: Path, reason: str) -> KeepError:
    return KeepError(
        f"The store {path} {reason}, and another program uses it.",
        StoreFault.DAMAGED,
        advice="End that one, then start this again: it saves what can be read.",
    )


def _present(path: Path) -> Lock | None:
    try:
        locks_folder(path).mkdir(exist_ok=True)
    except OSError:
        return None
    began = monotonic()
    while True:
        try:
            return Lock(_store_lock(path), shared=True)
        except NoLocks:
            return None
        except Held:
            if monotonic() - began > _MENDING_S:
                raise _in_use(path, "is being saved") from None


def _unfit(path: Path) -> Unfit | None:
    if not path.exists() and _mending(path).exists():
        return _MENDED
    mark = locks_folder(path) / SUSPECT
    marked = mark.exists()
    unfit = examine(path, whole=marked)
    if marked and unfit is None:
        mark.unlink(missing_ok=True)
    return unfit


def _mending(path: Path) -> Path:
    return path.with_name(f"{path.name}.mending")


def _set_aside(path: Path, unfit: Unfit) -> str:
    """Rename it; gives the notice. Until the last step all is as it was."""
    mended, saved = _mending(path), None
    if unfit is _MENDED:
        _move(path)
        mended.rename(path)
        return (
            f"The file {path} was damaged. It is now {path.name}.set-aside-… in the same folder,"
            " unchanged; the new store has what could be read of it."
        )
    if unfit.ours:
        _delete(mended)  # of one that was killed while it saved
        if path.exists() and path.stat().st_size:
            try:
                saved = salvage(path, mended)
            except BaseException:
                _delete(mended)
                raise
    else:
        _raise_if_busy(path)
    aside = _move(path)
    with suppress(FileNotFoundError):
        mended.rename(path)
    (locks_folder(path) / SUSPECT).unlink(missing_ok=True)
    return _notice(path, aside, unfit, saved)


def _delete(path: Path) -> None:
    for file in (path, *_beside(path)):
        file.unlink(missing_ok=True)


def _beside(path: Path) -> list[Path]:
    return [path.with_name(path.name + suffix) for suffix in _BESIDE]


def _move(path: Path) -> Path:
    """Rename it with all that belongs to it; gives its name now."""
    aside = _free_name(path)
    for file, to in zip((path, *_beside(path)), (aside, *_beside(aside)), strict=True):
        with suppress(FileNotFoundError):
            file.rename(to)
    return aside


def _free_name(path: Path) -> Path:
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    for number in count(1):
        again = f"-{number}" if number > 1 else ""
        name = path.with_name(f"{path.name}.set-aside-{stamp}{again}")
        if not any(os.path.lexists(file) for file in (name, *_beside(name))):
            return name
    raise AssertionError


def _raise_if_busy(path: Path) -> None:
    """Another application's file stays where it is while it is written or read there."""
    with closing(connect(path, "rw")) as sql:
        try:
            sql.execute("BEGIN EXCLUSIVE")
            sql.execute("ROLLBACK")
        except sqlite3.DatabaseError as error:
            if is_locked(error):
                raise


def _notice(path: Path, aside: Path, unfit: Unfit, saved: Saved | None) -> str:
    said = f"The file {path} {unfit.reason}. It is now {aside.name} in the same folder, unchanged"
    if not unfit.ours:
        return f"{said}, and a new store has begun. Move it to where it belongs."
    if saved is None or not (saved.runs or saved.pages):
        return f"{said}, and a new store has begun: nothing of it could be read."
    said += (
        f"; the new store has what could be read of it: {_counted(saved.runs, 'run')}"
        f" with {_counted(saved.pages, 'page')}"
    )
    if saved.lost_pages:
        lost = f"{_counted(saved.lost_pages, 'page')} could not be read"
        said += f", but {lost}{' and there may be more' if saved.gaps else ''}"
    elif saved.gaps:
        said += ", but some of it may be lost"
    else:
        return f"{said}; nothing was lost. Delete the old one when you like."
    return f"{said}. `iucn-tui resume RUN` fetches again what a run lacks."


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"
