"""The demo room: a Red List server of our own, over an invented catalogue.

It speaks API v4 and v3 as the real one does, is as slow or as faulty as it is told to be, and
runs in a process of its own (:class:`DemoServer`), so that it takes no time from the methods that
are compared.  No taxon, assessment or text in it is IUCN's.

:mod:`tui_app.demo.launch` starts and ends that process; ``__main__`` is the command in it.
"""

from __future__ import annotations

from .launch import DemoError, DemoServer

__all__ = ["DemoError", "DemoServer"]
