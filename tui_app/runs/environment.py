"""What a comparison ran on: figures mean little without it."""

from __future__ import annotations

import os
import platform
from typing import Final

from tui_app import __version__

_LIBRARIES: Final = ("requests", "urllib3", "aiohttp", "msgspec")


def environment() -> dict[str, str | int]:
    """Versions of the program, Python and the libraries; the system, and how many processors.

    Nothing that tells whose machine it is.
    """
    # Most of what imports this room has no use for it, and it takes a while to import.
    from importlib.metadata import PackageNotFoundError, version

    found: dict[str, str | int] = {"iucn-tui": __version__, "python": platform.python_version()}
    for name in _LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:  # put into one file by a packer, for one
            continue
    found["system"] = f"{platform.system()} {platform.release()} {platform.machine()}"
    found["processors"] = _processors()
    return found


def _processors() -> int:
    """Those that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
