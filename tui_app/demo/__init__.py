"""The demo room: a Red List server of our own, over an invented catalogue.

It speaks API v4 and v3 as the real one does, is as slow or as faulty as it is told to be, and
runs in a process of its own (:class:`DemoServer`), so that it takes no time from the methods that
are compared.  No taxon, assessment or text in it is IUCN's.

:mod:`tui_app.demo.launch` starts and ends that process; ``__main__`` is the command in it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .launch import DemoError, DemoServer

__all__ = ["DemoError", "DemoServer"]


def __getattr__(name: str) -> Any:
    """Import what the parent needs when it is used: the server's process does not need it."""
    if name in __all__:
        from . import launch

        return getattr(launch, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
