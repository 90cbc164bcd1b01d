"""Folders that can't be written to, also by root."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest

WAYS: Final = ("file system", "permissions", "as the system says")
"""A mount (needs root), permissions (don't bind root), and what the system says of a folder: the
last can always be tried."""


@contextmanager
def read_only(folder: Path, how: str, patch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nothing can be written to a folder; skips where that can't be had here."""
    if how == "file system":
        with _mounted(folder):
            yield
    elif how == "permissions":
        with _without_permission(folder):
            yield
    else:
        with patch.context() as patched:
            patched.setattr(os, "access", _refusing(folder))
            yield


def _refusing(folder: Path) -> Callable[..., bool]:
    real = os.access

    def access(path: Path | str, mode: int, **more: bool) -> bool:
        asked = Path(path)
        refused = mode & os.W_OK and (asked == folder or folder in asked.parents)
        return not refused and real(path, mode, **more)

    return access


@contextmanager
def _mounted(folder: Path) -> Iterator[None]:
    mount = shutil.which("mount")
    if mount is None or sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("only root mounts")
    if subprocess.run([mount, "--bind", str(folder), str(folder)], capture_output=True).returncode:
        pytest.skip("nothing can be mounted here")
    try:
        command = [mount, "-o", "remount,ro,bind", str(folder)]
        if subprocess.run(command, capture_output=True).returncode:
            pytest.skip("nothing can be mounted read-only here")
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@contextmanager
def _without_permission(folder: Path) -> Iterator[None]:
    everything = [folder, *folder.rglob("*")]
    before = [one.stat().st_mode for one in everything]
    for one in everything:
        one.chmod(0o555 if one.is_dir() else 0o444)
    try:
        if os.access(folder, os.W_OK):
            pytest.skip("permissions don't bind here")
        yield
    finally:
        for one, mode in zip(everything, before, strict=True):
            one.chmod(mode)
