"""The demo server: a local Red List API with a synthetic catalogue.

It serves API v4 and v3 like the real one, with delays and faults by profile, and runs in a process
of its own (:class:`DemoServer`), so that it takes no time from the methods under comparison. No
taxon, assessment or text in it is IUCN's.

:mod:`tui_app.demo.launch` starts and ends that process; ``__main__`` is the command in it.
"""

from __future__ import annotations

from .launch import DemoError, DemoServer

__all__ = ["DemoError", "DemoServer"]
