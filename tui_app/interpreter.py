"""Python processes that the program starts: what they import from, and which secrets they get.

A folder that somebody downloaded may hold a ``textual.py``: no process imports from the current
folder just because it was started there.
"""

from __future__ import annotations

import os
import sys
import sysconfig
from collections.abc import Callable
from pathlib import Path
from typing import Final

PYTHON: Final = (sys.executable, "-P")
"""Python without the current folder on its path; what is to be run follows."""


def child_environment(*without: str) -> dict[str, str]:
    """This process's environment for a Python process that imports this package.

    ``PYTHONPATH`` keeps the folders that the user names, and gets this package's own where it is
    not installed. An empty entry, which a stray colon leaves, and ``.`` mean the current folder
    and are left out.

    Args:
        without: variables that the process has no need of.
    """
    environment = {name: value for name, value in os.environ.items() if name not in without}
    named = environment.pop("PYTHONPATH", "").split(os.pathsep)
    folders = [one for one in named if one and os.path.normpath(one) != os.curdir]
    home = str(Path(__file__).resolve().parents[1])
    installed = {
        str(Path(path).resolve()) for path in map(sysconfig.get_path, ("purelib", "platlib"))
    }
    if home not in installed:
        folders.insert(0, home)
    if folders:
        environment["PYTHONPATH"] = os.pathsep.join(folders)
    return environment


def gil_enabled() -> bool:
    """Whether Python runs one thread at a time (the global interpreter lock, GIL).

    Free-threaded builds of Python 3.13 and later may run several:
    https://docs.python.org/3/howto/free-threading-python.html
    """
    enabled: Callable[[], bool] | None = getattr(sys, "_is_gil_enabled", None)
    return enabled is None or enabled()


def is_free_threaded_build() -> bool:
    """Whether this Python was built to run without the GIL, on or off as it may be now."""
    return bool(sysconfig.get_config_var("Py_GIL_DISABLED"))
